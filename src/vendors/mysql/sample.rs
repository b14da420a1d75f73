//! Which share of a table's rows each condition leaves, and how many values a column has: from a sample, since most
//! servers keep no such statistics of columns without an index. It reads a few thousand rows from all over the
//! table by its primary key, in the transaction that only reads; no value of them leaves the server.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, Row as _};

use super::Connected;
use super::catalog::quoted;
use crate::sql::advice::loops::{Block, Source};
use crate::sql::advice::prices::column_of;
use crate::sql::advice::{Catalog, Table};
use crate::sql::mysql_select::only_reads;
use crate::sql::plan::condition::How;

/// So many rows are read of one table, each by its number,
const ROWS: f64 = 8_000.0;
/// this many at a time: MariaDB makes a table of longer lists,
const AT_A_TIME: usize = 800;
/// or, where there are more numbers for a row than this, in so many stretches.
const SPARSE: f64 = 3.0;
const STRETCHES: f64 = 100.0;

/// Columns of tables of which it was counted already how many values they have.
#[derive(Debug, Default)]
pub(super) struct Counted(BTreeSet<(String, String)>);

impl Connected {
    /// Fills in what conditions leave. `real`: the values in the statement are those of the application.
    ///
    /// # Errors
    /// Where the connection is lost.
    pub(super) async fn fill_shares(
        &mut self,
        blocks: &mut [Block],
        catalog: &mut Catalog,
        counted: &mut Counted,
        real: bool,
    ) -> anyhow::Result<()> {
        for block in blocks {
            for at in 0..block.sources.len() {
                let linked: Vec<String> =
                    block.links.iter().filter_map(|link| Some(link.at(at)?.0.to_owned())).collect();
                let source = &mut block.sources[at];
                let Some(table) = catalog.tables.get_mut(&source.table) else { continue };
                let equal = source
                    .parts
                    .iter()
                    .filter(|part| part.how == How::Equal)
                    .filter_map(|part| part.key.clone());
                for column in linked.into_iter().chain(equal).collect::<BTreeSet<_>>() {
                    if counted.0.insert((source.table.clone(), column.clone())) {
                        self.count_values(&source.table, table, &column).await?;
                    }
                }
                self.shares(source, table, real).await?;
            }
        }
        Ok(())
    }

    /// How many values a column has, where no index says it.
    async fn count_values(&mut self, name: &str, table: &mut Table, column: &str) -> anyhow::Result<()> {
        if table.columns.get(column).is_none_or(|column| column.distinct >= 1.0) {
            return Ok(());
        }
        let sample = self.sample(name, table, &[column.to_owned()].into()).await?;
        let sql = format!(
            "SELECT COALESCE(SUM(n), 0) + 0e0, COUNT(*) + 0e0, COALESCE(SUM(n = 1), 0) + 0e0 FROM (SELECT COUNT(*) AS n FROM \
             ({sample}) AS one WHERE {column} IS NOT NULL GROUP BY {column}) AS every"
        );
        let Some([rows, values, once]) = self.numbers(&sql).await? else { return Ok(()) };
        if let Some(column) = table.columns.get_mut(column) {
            column.distinct = in_all(rows, values, once, table.rows);
        }
        Ok(())
    }

    async fn shares(&mut self, source: &mut Source, table: &Table, real: bool) -> anyhow::Result<()> {
        let asked: Vec<usize> =
            (0..source.parts.len()).filter(|at| real && source.parts[*at].text.is_some()).collect();
        let texts: Vec<&str> = asked.iter().filter_map(|at| source.parts[*at].text.as_deref()).collect();
        if !texts.is_empty() {
            let sample = self.sample(&source.table, table, &source.read).await?;
            let together = texts.iter().map(|text| format!("({text})")).collect::<Vec<_>>().join(" AND ");
            let sums = texts
                .iter()
                .copied()
                .chain([&*together])
                .map(|text| format!("COALESCE(SUM(({text}) IS TRUE), 0) + 0e0"));
            let alias = quoted(&source.alias);
            let sql = format!(
                "SELECT COUNT(*) + 0e0, {} FROM ({sample}) AS {alias}",
                sums.collect::<Vec<_>>().join(", ")
            );
            if let Some(found) = self.many_numbers(&sql).await?
                && let [rows, each @ .., together] = &found[..]
                && *rows >= 1.0
            {
                for (at, found) in asked.iter().zip(each) {
                    // Of a stretch of time or numbers the sample may have missed all, since it reads in stretches, too.
                    let least = if source.parts[*at].how == How::Equal || table.rows <= ROWS {
                        0.5
                    } else {
                        0.5 * rows / STRETCHES
                    };
                    source.parts[*at].share = Some((found.max(least) / rows).min(1.0));
                }
                if asked.len() == source.parts.len() {
                    source.share = Some((together.max(0.5) / rows).min(1.0));
                }
            }
        }
        let rows = table.rows.max(1.0);
        for part in source.parts.iter_mut().filter(|part| part.how == How::Equal) {
            let distinct = part
                .key
                .as_ref()
                .and_then(|key| table.columns.get(key))
                .map_or(0.0, |column| column.distinct);
            if distinct < 1.0 {
                continue;
            }
            let on_average = (1.0 / distinct).max(1.0 / rows);
            // What a sample does not hold is rare; how rare is said by how many values there are.
            let is_rare = part.share.is_some_and(|share| share < on_average || share * rows.min(ROWS) < 1.0);
            if part.share.is_none() || (is_rare && part.single) {
                part.share = Some(part.share.map_or(on_average, |share| share.min(on_average)));
            }
        }
        let product: f64 = source.parts.iter().filter_map(|part| part.share).product();
        source.share =
            source.share.map(|share| if share * rows.min(ROWS) < 1.0 { share.min(product) } else { share });
        Ok(())
    }

    /// A SELECT that gives a few thousand rows from all over a table, with these columns.
    async fn sample(
        &mut self,
        name: &str,
        table: &Table,
        columns: &BTreeSet<String>,
    ) -> anyhow::Result<String> {
        let primary = table.indexes.iter().find(|index| index.name == "PRIMARY");
        let key = primary.and_then(|index| index.columns.first()).map(|key| column_of(key).to_owned());
        let known: Vec<&str> =
            columns.iter().filter(|one| table.columns.contains_key(*one)).map(String::as_str).collect();
        let list = if known.is_empty() { "1".to_owned() } else { known.join(", ") };
        let all = format!("SELECT {list} FROM {name}");
        if table.rows <= ROWS {
            return Ok(format!("{all} LIMIT {}", 2.0 * ROWS));
        }
        let Some(key) = key else { return Ok(format!("{all} LIMIT {ROWS}")) };
        let is_number = table.columns.get(&key).is_some_and(|column| column.kind.contains("int"));
        let bounds = match is_number {
            true => {
                self.numbers::<2>(&format!("SELECT MIN({key}) + 0e0, MAX({key}) + 0e0 FROM {name}")).await?
            }
            false => None,
        };
        let Some([first, last]) = bounds else {
            let half = ROWS / 2.0;
            return Ok(format!(
                "({all} ORDER BY {key} LIMIT {half}) UNION ALL ({all} ORDER BY {key} DESC LIMIT {half})"
            ));
        };
        // Numbers with large gaps are seldom hit, and one that is only the first part of a key may have many rows.
        let is_one = primary.is_some_and(|index| index.columns.len() == 1);
        if is_one && last - first < table.rows * SPARSE {
            return Ok(by_number(&all, &key, first, last));
        }
        let stretch = ROWS / STRETCHES;
        let from = |at: f64| first + (last - first) * at / STRETCHES;
        let stretches = (0..STRETCHES as u32).map(|at| {
            format!("({all} WHERE {key} >= {:.0} ORDER BY {key} LIMIT {stretch})", from(at.into()))
        });
        Ok(stretches.collect::<Vec<_>>().join(" UNION ALL "))
    }

    async fn numbers<const N: usize>(&mut self, sql: &str) -> anyhow::Result<Option<[f64; N]>> {
        Ok(self.many_numbers(sql).await?.and_then(|found| found.try_into().ok()))
    }

    /// The numbers of one row; `None` where the server refuses, as it does where a condition makes no sense alone.
    async fn many_numbers(&mut self, sql: &str) -> anyhow::Result<Option<Vec<f64>>> {
        if only_reads(sql).is_err() {
            return Ok(None);
        }
        // Not prepared: the server would keep these long texts until the connection ends.
        match sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_one(&mut self.connection).await {
            Ok(row) => {
                Ok((0..row.len()).map(|at| row.try_get::<Option<f64>, _>(at).ok().flatten()).collect())
            }
            Err(sqlx::Error::Database(_)) => Ok(None),
            Err(_) => Err(anyhow::anyhow!("the connection to the server was lost in the middle")),
        }
    }
}

/// Rows by their numbers, spread evenly and without a period (the golden ratio), the same ones each time.
fn by_number(all: &str, key: &str, first: f64, last: f64) -> String {
    const GOLDEN: f64 = 0.618_033_988_749_895;
    let numbers: Vec<String> = (1..=ROWS as u32)
        .map(|at| format!("{:.0}", first + (last - first) * (f64::from(at) * GOLDEN).fract()))
        .collect();
    let some = |numbers: &[String]| format!("({all} WHERE {key} IN ({}))", numbers.join(", "));
    numbers.chunks(AT_A_TIME).map(some).collect::<Vec<_>>().join(" UNION ALL ")
}

/// How many values a column has, from those in a sample and those that were in it once only (Haas and Stokes 1998, the
/// estimator that PostgreSQL uses, too).
fn in_all(sampled: f64, values: f64, once: f64, rows: f64) -> f64 {
    if values < 1.0 {
        return 0.0;
    }
    let rows = rows.max(sampled);
    let below = sampled - once + once * sampled / rows;
    (sampled * values / below.max(1.0)).clamp(values, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_all_rows_are_told_from_a_sample() {
        // Each value ten times in the sample: there are no others.
        assert!((in_all(10_000.0, 1_000.0, 0.0, 1e6) - 1_000.0).abs() < 1.0);
        // Each once only: all rows may be different.
        assert!((in_all(10_000.0, 10_000.0, 10_000.0, 1e6) - 1e6).abs() < 1.0);
        assert_eq!(in_all(0.0, 0.0, 0.0, 10.0), 0.0);
    }
}
