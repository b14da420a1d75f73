//! What is asked for in every answer must not take longer with everything that was ever kept.

use sqlx::{AssertSqlSafe, Row as _};

use super::Store;
use super::outbox::GIVEN_UP;
use super::points::{NEWEST_CHUNKS, NEWEST_POINTS};

/// Tables that grow with time, and the names they have in statements.
const GROWING: [&str; 5] = ["outbox", "points", "p", "chunks", "c"];

#[tokio::test]
async fn no_overview_reads_through_all_that_was_sent_or_measured() {
    let store = Store::open("sqlite::memory:").await.expect("opens");
    for statement in [GIVEN_UP, NEWEST_POINTS, NEWEST_CHUNKS] {
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")))
            .bind(0_i64)
            .fetch_all(&store.0.read)
            .await
            .expect("is planned");
        for step in plan {
            let step: String = step.try_get("detail").expect("is in words");
            let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
            assert!(!scanned.is_some_and(|table| GROWING.contains(&table)), "{step}: {statement}");
        }
    }
}
