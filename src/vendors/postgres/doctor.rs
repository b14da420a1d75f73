//! What is missing for watching and explaining a database, each with the statement that mends it.

use sqlx::Row as _;

use super::Connected;

/// Texts of statements are cut at this length, in bytes, which is the server's default.
const SHORT: i64 = 4_096;

impl Connected {
    /// Looks at what is needed to watch, and to explain.
    pub(super) async fn needs(
        &mut self,
        watched: bool,
        explains: bool,
    ) -> anyhow::Result<Vec<(bool, String)>> {
        let row = sqlx::query(
            "SELECT /* quad */ current_user::text, pg_has_role(current_user, 'pg_read_all_stats', 'USAGE'), pg_is_in_recovery(), \
               (SELECT setting::int8 FROM pg_settings WHERE name = 'track_activity_query_size'), \
               EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'), \
               EXISTS (SELECT 1 FROM pg_settings WHERE name = 'pg_stat_statements.max'), \
               EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'hypopg'), \
               (SELECT count(*) FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace NOT IN \
                  ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) \
                AND NOT (has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')))",
        )
        .persistent(false)
        .fetch_one(&mut self.connection)
        .await?;
        let user: String = row.try_get(0)?;
        let (sees, replica, size): (bool, bool, Option<i64>) =
            (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        let (made, loaded, hypopg): (bool, bool, bool) = (row.try_get(4)?, row.try_get(5)?, row.try_get(6)?);
        let unreadable: i64 = row.try_get(7)?;
        let version = format!("{}.{}", self.version / 10_000, self.version % 10_000);
        let what = if replica { "a replica" } else { "a primary" };
        let mut says = vec![(true, format!("answers: PostgreSQL {version}, {what}, as {user}"))];
        if self.version < 130_000 {
            says.push((false, format!("PostgreSQL {version} is older than 13, the first that quad knows")));
        }
        if watched {
            if !loaded {
                says.push((
                    false,
                    "pg_stat_statements is not loaded: add it to shared_preload_libraries and restart the server".to_owned(),
                ));
            } else if !made {
                says.push((
                    false,
                    "pg_stat_statements is loaded and not made: CREATE EXTENSION pg_stat_statements"
                        .to_owned(),
                ));
            }
            if !sees {
                says.push((
                    false,
                    format!("only its own statements can be seen: GRANT pg_monitor TO {user}"),
                ));
            }
            if size.is_some_and(|size| size < SHORT) {
                says.push((
                    true,
                    format!(
                        "texts of running statements are cut at {} bytes; track_activity_query_size = 16kB shows more",
                        size.unwrap_or_default()
                    ),
                ));
            }
        }
        if explains {
            if unreadable > 0 {
                says.push((
                    false,
                    format!("{unreadable} tables can't be read, so statements on them can't be explained: GRANT pg_read_all_data TO {user}, or SELECT on them"),
                ));
            }
            if !hypopg {
                says.push((
                    true,
                    "HypoPG is not there, so the planner can't be asked about indexes: CREATE EXTENSION hypopg".to_owned(),
                ));
            }
        }
        Ok(says)
    }
}
