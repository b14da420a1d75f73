//! Deployments that quad learned of.

use anyhow::Context as _;
use sqlx::Row as _;

use super::Store;
use super::instant::{MINUTE, floor};
use crate::model::deployment::Deployment;
use crate::model::time::TimeRange;

impl Store {
    /// Keeps a deployment. `false` where the same version of the same service in the same
    /// environment is known for the same minute: hooks are called twice, and several ways tell of
    /// one deployment.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn add_deployment(&self, deployment: &Deployment) -> anyhow::Result<bool> {
        let at = deployment.at.timestamp_millis();
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "INSERT INTO deployments (service, environment, version, minute, at, body) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (service, environment, version, minute) DO NOTHING",
        )
        .bind(deployment.service.as_str())
        .bind(deployment.environment.as_str())
        .bind(deployment.version.as_str())
        .bind(floor(at, MINUTE))
        .bind(at)
        .bind(serde_json::to_string(deployment)?)
        .execute(tx.on())
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Deployments in `range`, oldest first.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn deployments(&self, range: TimeRange) -> anyhow::Result<Vec<Deployment>> {
        let rows = sqlx::query(
            "SELECT body FROM deployments WHERE at >= $1 AND at < $2 ORDER BY at, service, environment, version",
        )
        .bind(range.from.timestamp_millis())
        .bind(range.to.timestamp_millis())
        .fetch_all(&self.0.read)
        .await?;
        rows.iter()
            .map(|row| {
                let body: String = row.try_get(0)?;
                serde_json::from_str(&body).context("reading a deployment")
            })
            .collect()
    }
}
