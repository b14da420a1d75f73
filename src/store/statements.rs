//! What statements of databases cost, window by window. A day is kept in detail; older windows are put
//! together by the hour, so that a month stays small.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use sqlx::Row as _;

use super::instant::{DAY, HOUR, floor};
use super::{Store, Tx};
use crate::model::statement::{Counters, StatementId, StatementText, Window};
use crate::model::subject::Subject;
use crate::model::time::TimeRange;

/// How long windows are kept as they were.
const DETAIL_KEPT: i64 = 2 * DAY;
/// How long anything is kept of a window, and the text of a statement after it was last seen.
pub(super) const KEPT: i64 = 35 * DAY;
/// So many statements of a window are kept by name, by their time in all, by call and by their calls; the rest is
/// summed up.
const NAMED: usize = 100;

impl Store {
    /// What was used in windows that lie in `range`, all put together, and the stretch that they truly
    /// cover; `None` where no window was seen. A window belongs to the time of its end.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn statements_used(
        &self,
        database: &Subject,
        range: TimeRange,
    ) -> anyhow::Result<Option<Window>> {
        Ok(together(self.statement_windows(database, range).await?))
    }

    /// The same of windows that lie in `range` whole: what began before it does not count.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn statements_used_wholly(
        &self,
        database: &Subject,
        range: TimeRange,
    ) -> anyhow::Result<Option<Window>> {
        Ok(together(self.windows("begins >= $2 AND ends <= $3", database, range).await?))
    }

    /// The windows that lie in `range`, the oldest first; those of older days are hours.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn statement_windows(
        &self,
        database: &Subject,
        range: TimeRange,
    ) -> anyhow::Result<Vec<Window>> {
        self.windows("ends > $2 AND ends <= $3", database, range).await
    }

    async fn windows(
        &self,
        within: &'static str,
        database: &Subject,
        range: TimeRange,
    ) -> anyhow::Result<Vec<Window>> {
        let sql =
            format!("SELECT body FROM statement_windows WHERE database = $1 AND {within} ORDER BY ends");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(database.key())
            .bind(range.from.timestamp_millis())
            .bind(range.to.timestamp_millis())
            .fetch_all(&self.0.read)
            .await?;
        let mut windows = Vec::with_capacity(rows.len());
        for row in rows {
            let body: String = row.try_get(0)?;
            windows.push(serde_json::from_str(&body).context("reading a window of statements")?);
        }
        Ok(windows)
    }

    /// The texts of a database's statements.
    ///
    /// # Errors
    /// Where the database can't be read.
    pub async fn statement_texts(
        &self,
        database: &Subject,
    ) -> anyhow::Result<BTreeMap<StatementId, StatementText>> {
        let rows = sqlx::query("SELECT statement, text, owner FROM statements WHERE database = $1")
            .bind(database.key())
            .fetch_all(&self.0.read)
            .await?;
        rows.iter()
            .map(|row| {
                let text = StatementText { fingerprint: row.try_get(1)?, owner: row.try_get(2)? };
                Ok((StatementId(row.try_get(0)?), text))
            })
            .collect()
    }
}

impl Tx {
    /// Keeps a window, and the texts that were seen in it.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn keep_window(
        &mut self,
        database: &Subject,
        window: &Window,
        texts: &BTreeMap<StatementId, StatementText>,
    ) -> anyhow::Result<()> {
        let (key, kept) = (database.key(), named(window));
        sqlx::query(
            "INSERT INTO statement_windows (database, ends, begins, body) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (database, ends) DO NOTHING",
        )
        .bind(&key)
        .bind(window.range.to.timestamp_millis())
        .bind(window.range.from.timestamp_millis())
        .bind(serde_json::to_string(&kept)?)
        .execute(self.on())
        .await
        .context("keeping a window of statements")?;
        let at = window.range.to.timestamp_millis();
        for (id, text) in texts {
            sqlx::query(
                "INSERT INTO statements (database, statement, text, owner, first_seen, last_seen) \
                 VALUES ($1, $2, $3, $4, $5, $5) \
                 ON CONFLICT (database, statement) DO UPDATE SET text = excluded.text, owner = excluded.owner, \
                   last_seen = excluded.last_seen",
            )
            .bind(&key)
            .bind(&id.0)
            .bind(&text.fingerprint)
            .bind(text.owner.as_deref())
            .bind(at)
            .execute(self.on())
            .await
            .context("keeping the text of a statement")?;
        }
        // Whatever still runs keeps its text.
        for id in kept.used.keys().filter(|id| !id.0.is_empty() && !texts.contains_key(*id)) {
            sqlx::query("UPDATE statements SET last_seen = $3 WHERE database = $1 AND statement = $2 AND last_seen < $4")
                .bind(&key)
                .bind(&id.0)
                .bind(at)
                .bind(at - DAY)
                .execute(self.on())
                .await?;
        }
        Ok(())
    }

    /// Puts windows that are old enough together by the hour. Returns how many rows are gone.
    ///
    /// # Errors
    /// Where the database refuses.
    pub(super) async fn roll_up_statements(&mut self, now: i64) -> anyhow::Result<u64> {
        let rows = sqlx::query(
            "SELECT database, ends, body FROM statement_windows WHERE ends < $1 AND ends - begins < $2 ORDER BY database, ends",
        )
        .bind(floor(now - DETAIL_KEPT, HOUR))
        .bind(HOUR / 2)
        .fetch_all(self.on())
        .await?;
        let mut hours: BTreeMap<(String, i64), Vec<(i64, Window)>> = BTreeMap::new();
        for row in rows {
            let (ends, body): (i64, String) = (row.try_get(1)?, row.try_get(2)?);
            let window = serde_json::from_str(&body).context("reading a window of statements")?;
            // A window that ends on the hour belongs to the one that it is of.
            hours.entry((row.try_get(0)?, floor(ends - 1, HOUR))).or_default().push((ends, window));
        }
        let mut gone = 0;
        for ((database, _), windows) in hours {
            let (ends, windows): (Vec<i64>, Vec<Window>) = windows.into_iter().unzip();
            let Some(sum) = together(windows).filter(|_| ends.len() > 1) else { continue };
            for end in &ends {
                sqlx::query("DELETE FROM statement_windows WHERE database = $1 AND ends = $2")
                    .bind(&database)
                    .bind(*end)
                    .execute(self.on())
                    .await?;
            }
            sqlx::query(
                "INSERT INTO statement_windows (database, ends, begins, body) VALUES ($1, $2, $3, $4)",
            )
            .bind(&database)
            .bind(sum.range.to.timestamp_millis())
            .bind(sum.range.from.timestamp_millis())
            .bind(serde_json::to_string(&named(&sum))?)
            .execute(self.on())
            .await?;
            gone += ends.len() as u64 - 1;
        }
        Ok(gone)
    }
}

/// The window with only so many statements by name, and the rest under no name.
fn named(window: &Window) -> Window {
    let mut all: Vec<(&StatementId, &Counters)> = window.used.iter().collect();
    let mut keep: BTreeSet<&StatementId> = BTreeSet::new();
    // What runs often and quickly is what a lost index makes the database's load.
    for by in [|one: &Counters| one.total_ms, |one: &Counters| one.mean_ms(), |one: &Counters| one.calls] {
        all.sort_by(|a, b| by(b.1).total_cmp(&by(a.1)));
        keep.extend(all.iter().take(NAMED).map(|(id, _)| *id));
    }
    let mut used = BTreeMap::new();
    for (id, one) in &window.used {
        let name = if keep.contains(id) { id.clone() } else { StatementId(String::new()) };
        let sum: &mut Counters = used.entry(name).or_default();
        *sum = sum.plus(*one);
    }
    Window { range: window.range, used, notes: window.notes.clone() }
}

/// All of them as one.
fn together(windows: Vec<Window>) -> Option<Window> {
    let mut windows = windows.into_iter();
    let mut sum = windows.next()?;
    for window in windows {
        sum.range.from = sum.range.from.min(window.range.from);
        sum.range.to = sum.range.to.max(window.range.to);
        for (id, used) in window.used {
            let known = sum.used.entry(id).or_default();
            *known = known.plus(used);
        }
        for note in window.notes {
            if !sum.notes.contains(&note) {
                sum.notes.push(note);
            }
        }
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::model::time::Moment;

    fn window(minute: i64, calls: f64) -> Window {
        let from = Moment::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minute);
        let counters = Counters { calls, total_ms: calls * 10.0, ..Counters::default() };
        Window {
            range: TimeRange::new(from, from + TimeDelta::minutes(5)),
            used: (0..300).map(|n| (StatementId(n.to_string()), counters)).collect(),
            notes: Vec::new(),
        }
    }

    #[tokio::test]
    async fn old_windows_are_put_together_by_the_hour_and_nothing_is_lost() {
        let store = Store::open("sqlite::memory:").await.expect("opens");
        let subject = Subject { database: Some("shop-db".to_owned()), ..Subject::default() };
        let text = StatementText { fingerprint: "select ?".to_owned(), owner: None };
        let texts = BTreeMap::from([(StatementId("5".to_owned()), text.clone())]);
        let mut tx = store.begin().await.expect("begins");
        for step in 0..24 {
            tx.keep_window(&subject, &window(step * 5, 2.0), &texts).await.expect("keeps");
        }
        tx.commit().await.expect("commits");
        let start = window(0, 0.0).range.from;
        let range = TimeRange::new(start, start + TimeDelta::hours(2));
        let before = store.statements_used(&subject, range).await.expect("reads").expect("some");
        let all = |window: &Window| window.used.values().map(|used| used.calls).sum::<f64>();
        assert_eq!(all(&before), 24.0 * 300.0 * 2.0);
        assert!(before.used.len() <= 3 * NAMED + 1);
        assert_eq!(before.range, range);

        let mut tx = store.begin().await.expect("begins");
        let later = (start + TimeDelta::days(3)).timestamp_millis();
        assert_eq!(tx.roll_up_statements(later).await.expect("rolls up"), 22);
        assert_eq!(tx.roll_up_statements(later).await.expect("rolls up"), 0);
        tx.commit().await.expect("commits");
        let after = store.statements_used(&subject, range).await.expect("reads").expect("some");
        assert_eq!((all(&after), after.range), (all(&before), before.range));
        assert_eq!(store.statement_texts(&subject).await.expect("reads").into_values().next(), Some(text));
        let other = Subject { database: Some("other".to_owned()), ..Subject::default() };
        assert_eq!(store.statements_used(&other, range).await.expect("reads"), None);
    }
}
