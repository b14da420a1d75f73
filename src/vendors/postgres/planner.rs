//! Asks the planner what it would make of indexes that are not there (HypoPG), and chooses the smallest
//! that do nearly as well as all of them together. Statements are explained, never carried out.
//!
//! <https://hypopg.readthedocs.io/>

use std::collections::BTreeMap;

use sqlx::Row as _;

use crate::sql::advice::{Candidate, Catalog, Choice, Explained, Method, Prices, Table};
use crate::sql::plan::{self, Plan};

use super::Connected;
use super::advise::Checked;

/// A smaller set of indexes is taken where it costs no more than this multiple of the best,
const NEARLY: f64 = 1.3;
/// or where it leaves no more than this share of what the statement costs today.
const LITTLE: f64 = 0.005;
/// Columns stay in a key where the statement would cost more than this multiple without them.
const WORSE: f64 = 5.0;
/// An index that gives more than this share of a table's rows is no shorter way to them than the table.
const MOST_ROWS: f64 = 0.1;
/// Whole stretches of a table are read as quickly as the table itself.
const MOST_STRETCHES: f64 = 0.3;
/// From this share of a table's rows on an index of stretches finds them nearly as well, at a thousandth of
/// the size.
const WIDE: f64 = 0.01;
/// More indexes than this for one statement nobody makes.
const MOST: usize = 3;

/// The largest share of a table's rows that an index is a shorter way to.
fn most(index: &Candidate, table: &Table) -> f64 {
    let in_order = index.keys.first().is_some_and(|key| table.lies_in_order_of(key));
    if in_order { MOST_STRETCHES } else { MOST_ROWS }
}

/// What a plan is with certain indexes.
struct With {
    cost: f64,
    lookups: f64,
    used: Vec<Candidate>,
    /// Those that are read without stopping early, with the rows that they give.
    whole: Vec<(Candidate, f64)>,
}

impl Connected {
    /// Whether the planner can be asked about indexes that are not there.
    pub(super) async fn has_hypopg(&mut self) -> anyhow::Result<bool> {
        let found = sqlx::query("SELECT /* quad */ 1 FROM pg_extension WHERE extname = 'hypopg'")
            .persistent(false)
            .fetch_optional(&mut self.connection)
            .await?;
        Ok(found.is_some())
    }

    pub(super) async fn forget(&mut self) -> anyhow::Result<()> {
        sqlx::query("SELECT /* quad */ hypopg_reset()").execute(&mut self.connection).await?;
        Ok(())
    }

    /// The cost with exactly these indexes, and which of them are used.
    async fn with(
        &mut self,
        sql: &Checked,
        indexes: &[Candidate],
        catalog: &Catalog,
    ) -> anyhow::Result<With> {
        let names = self.pretend(indexes).await?;
        let explained = self.expected(sql, catalog).await?;
        let candidate = |name: &String| names.get(name).cloned();
        let mut used: Vec<_> = explained.indexes.iter().filter_map(candidate).collect();
        used.sort();
        used.dedup();
        let whole =
            explained.whole.iter().filter_map(|(name, rows)| Some((candidate(name)?, *rows))).collect();
        Ok(With { cost: explained.cost, lookups: explained.lookups, used, whole })
    }

    /// The plan with exactly these indexes.
    pub(super) async fn plan_with(&mut self, sql: &Checked, indexes: &[Candidate]) -> anyhow::Result<Plan> {
        self.pretend(indexes).await?;
        Ok(plan::read(&self.planned(&sql.sql, &sql.words).await?)?)
    }

    /// Tells the planner of these indexes and of no others; what it calls each.
    async fn pretend(&mut self, indexes: &[Candidate]) -> anyhow::Result<BTreeMap<String, Candidate>> {
        self.forget().await?;
        let mut names = BTreeMap::new();
        for index in indexes {
            sqlx::query("SAVEPOINT candidate").execute(&mut self.connection).await?;
            let made = sqlx::query("SELECT /* quad */ indexname::text FROM hypopg_create_index($1)")
                .bind(index.sql())
                .fetch_optional(&mut self.connection)
                .await;
            match made {
                Ok(Some(row)) => {
                    names.insert(row.try_get::<String, _>(0)?, index.clone());
                }
                // A type without that order, a function that is not immutable: no such index then.
                Ok(None) | Err(sqlx::Error::Database(_)) => {
                    sqlx::query("ROLLBACK TO SAVEPOINT candidate").execute(&mut self.connection).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(names)
    }

    /// The smallest set of indexes that gains `least`, and does nearly what all of them together do.
    pub(super) async fn choose(
        &mut self,
        sql: &Checked,
        all: &[Candidate],
        base: &Explained,
        (catalog, prices): (&Catalog, &Prices),
        least: f64,
    ) -> anyhow::Result<Option<Choice>> {
        let mut all = all.to_vec();
        let mut with = self.with(sql, &all, catalog).await?;
        // What the planner would read to a large part is taken away, until it finds a shorter way or none.
        for _ in 0..8 {
            let is_long = |(index, rows): &&(Candidate, f64)| {
                catalog.tables.get(&index.table).is_some_and(|table| *rows > table.rows * most(index, table))
            };
            let long: Vec<_> = with.whole.iter().filter(is_long).map(|(index, _)| index.clone()).collect();
            if long.is_empty() {
                break;
            }
            all.retain(|one| !long.contains(one));
            with = self.with(sql, &all, catalog).await?;
        }
        let best = with.cost;
        if with.used.is_empty() || base.cost / best.max(0.01) < least {
            return Ok(None);
        }
        let nearly = |cost: f64| cost <= best * NEARLY || cost - best <= base.cost * LITTLE;
        let mut kept = with.used;
        // Each that hardly adds anything goes, the least useful first.
        while kept.len() > 1 {
            let mut least: Option<(usize, f64)> = None;
            for at in 0..kept.len() {
                let mut rest = kept.clone();
                rest.remove(at);
                let without = self.with(sql, &rest, catalog).await?.cost;
                if least.is_none_or(|(_, cost)| without < cost) {
                    least = Some((at, without));
                }
            }
            match least {
                Some((at, without)) if nearly(without) || kept.len() > MOST => {
                    kept.remove(at);
                }
                _ => break,
            }
        }
        for at in 0..kept.len() {
            self.simplify(sql, &mut kept, at, &all, catalog, &nearly).await?;
        }
        let last = self.with(sql, &kept, catalog).await?;
        if let [one] = &kept[..]
            && let Some((brin, cost)) = self.in_stretches(sql, one, &last, &all, (catalog, prices)).await?
            && nearly(cost)
        {
            let gain = base.cost / cost.max(0.01);
            return Ok(Some(Choice { gain, lookups: 1.0, indexes: vec![brin], by_planner: false }));
        }
        Ok(Some(Choice {
            gain: base.cost / last.cost.max(0.01),
            lookups: last.lookups,
            indexes: kept,
            by_planner: true,
        }))
    }

    /// An index of stretches instead of one that finds many rows of a table that lies in its order, and what
    /// the statement costs with it. The planner has to take it; what it costs is worked out, since the planner
    /// takes the rows that it finds to lie anywhere in the table.
    async fn in_stretches(
        &mut self,
        sql: &Checked,
        one: &Candidate,
        with: &With,
        all: &[Candidate],
        (catalog, prices): (&Catalog, &Prices),
    ) -> anyhow::Result<Option<(Candidate, f64)>> {
        let brin = all.iter().find(|other| {
            other.method == Method::Brin && other.table == one.table && one.keys.first() == other.keys.first()
        });
        let (Some(brin), Some(table)) = (brin, catalog.tables.get(&one.table)) else { return Ok(None) };
        let found = with.whole.iter().find(|(index, rows)| index == one && *rows > table.rows * WIDE);
        let Some((_, rows)) = found else { return Ok(None) };
        let share = rows / table.rows.max(1.0);
        let by_btree = prices.once(one, table, table.rows, share, false);
        let cost = with.cost + prices.stretches(table, share) - by_btree;
        let asked = self.with(sql, std::slice::from_ref(brin), catalog).await?;
        Ok(asked.used.contains(brin).then(|| (brin.clone(), cost)))
    }

    /// Puts a smaller index in the place of one where that does nearly as well: without the columns that are only kept
    /// along, with fewer keys, or of a few rows.
    async fn simplify(
        &mut self,
        sql: &Checked,
        kept: &mut [Candidate],
        at: usize,
        all: &[Candidate],
        catalog: &Catalog,
        nearly: &(dyn Fn(f64) -> bool + Sync),
    ) -> anyhow::Result<()> {
        if !kept[at].include.is_empty() {
            let itself = Candidate { include: Vec::new(), ..kept[at].clone() };
            let others = all.iter().filter(|one| one.table == kept[at].table && one.include.is_empty());
            let plain_ones: Vec<Candidate> = std::iter::once(itself).chain(others.cloned()).collect();
            let mut plain: Option<(Candidate, f64)> = None;
            for one in plain_ones {
                let cost = self.instead(sql, kept, at, &one, catalog).await?;
                if let Some(cost) = cost.filter(|cost| nearly(*cost))
                    && plain.as_ref().is_none_or(|(_, least)| cost < *least)
                {
                    plain = Some((one, cost));
                }
            }
            if let Some((one, _)) = plain {
                kept[at] = one;
            }
        }
        let now = self.with(sql, kept, catalog).await?.cost;
        for smaller in kept[at].smaller() {
            let cost = self.instead(sql, kept, at, &smaller, catalog).await?;
            if cost.is_some_and(|cost| nearly(cost) && cost <= now * WORSE) {
                kept[at] = smaller;
            }
        }
        if kept[at].only.is_none() {
            let few = all
                .iter()
                .filter(|one| one.table == kept[at].table && one.only.is_some() && one.include.is_empty());
            let few: Vec<Candidate> = few.cloned().collect();
            let mut least = now * NEARLY;
            for one in few {
                if let Some(cost) =
                    self.instead(sql, kept, at, &one, catalog).await?.filter(|cost| *cost <= least)
                {
                    (kept[at], least) = (one, cost);
                }
            }
        }
        Ok(())
    }

    /// The cost with another index in the place of one, where all of them are used then.
    async fn instead(
        &mut self,
        sql: &Checked,
        kept: &[Candidate],
        at: usize,
        one: &Candidate,
        catalog: &Catalog,
    ) -> anyhow::Result<Option<f64>> {
        let mut other = kept.to_vec();
        other[at] = one.clone();
        let with = self.with(sql, &other, catalog).await?;
        Ok((with.used.len() == other.len()).then_some(with.cost))
    }

    /// How large an index would be, in bytes.
    pub(super) async fn size(&mut self, index: &Candidate) -> Option<f64> {
        self.forget().await.ok()?;
        let row = sqlx::query(
            "SELECT /* quad */ hypopg_relation_size(indexrelid)::float8 FROM hypopg_create_index($1)",
        )
        .bind(index.sql())
        .fetch_one(&mut self.connection)
        .await
        .ok()?;
        row.try_get(0).ok()
    }
}
