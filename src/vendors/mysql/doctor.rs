//! What is missing for watching and explaining a database, each with the statement that mends it.

use sqlx::Row as _;

use super::Connected;

impl Connected {
    /// Looks at what is needed to watch.
    pub(super) async fn needs(&mut self, watched: bool) -> anyhow::Result<Vec<(bool, String)>> {
        let row =
            sqlx::query("SELECT /* quad */ CONVERT(CURRENT_USER() USING utf8mb4), @@global.read_only + 0")
                .fetch_one(&mut self.connection)
                .await?;
        let user: String = row.try_get(0)?;
        let user = user.split_once('@').map_or(user.clone(), |(name, host)| format!("'{name}'@'{host}'"));
        let what = if row.try_get::<i64, _>(1)? == 0 { "a primary" } else { "read-only" };
        let product = if self.mariadb { "MariaDB" } else { "MySQL" };
        let version = self.version.split('-').next().unwrap_or_default();
        let mut says = vec![(true, format!("answers: {product} {version}, {what}, as {user}"))];
        if !watched {
            return Ok(says);
        }
        if !self.is_counting().await? {
            says.push((
                false,
                "performance_schema is off, so statements are not counted: put performance_schema = ON into the server's \
                 configuration ([mysqld]) and restart it"
                    .to_owned(),
            ));
        } else if !self
            .may("SELECT 1 FROM performance_schema.events_statements_summary_by_digest LIMIT 1")
            .await
        {
            says.push((
                false,
                format!("the statistics of statements can't be read: GRANT SELECT ON performance_schema.* TO {user}"),
            ));
        }
        if !self.may("SELECT 1 FROM information_schema.INNODB_TRX LIMIT 1").await {
            says.push((
                false,
                format!(
                    "locks and the statements of other users can't be seen: GRANT PROCESS ON *.* TO {user}"
                ),
            ));
        }
        Ok(says)
    }

    async fn may(&mut self, sql: &'static str) -> bool {
        sqlx::query(sql).fetch_optional(&mut self.connection).await.is_ok()
    }
}
