//! Asks the planner what it would make of indexes that are not there (HypoPG), and chooses the smallest
//! that do nearly as well as all of them together. Statements are explained, never carried out.
//!
//! <https://hypopg.readthedocs.io/>

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row as _};

use crate::model::signal::thousands;
use crate::sql::advice::{
    Advice, Candidate, Catalog, Method, Outcome, Statement, Uses, candidates, outcome::can_be_asked, uses,
};

use super::Connected;

/// An index is worth it from this gain on.
const WORTH: f64 = 2.0;
/// What is cheaper than this is over in no time whatever is done (in the planner's units).
const CHEAP: f64 = 150.0;
/// A smaller set of indexes is taken where it costs no more than this multiple of the best,
const NEARLY: f64 = 1.3;
/// or where it leaves no more than this share of what the statement costs today.
const LITTLE: f64 = 0.005;
/// HypoPG leaves out what it costs to go down an index to its leaf: three levels of 50 operators each.
const DESCENT: f64 = 3.0 * 50.0 * 0.0025;
/// How many rows a join leaves is estimated badly, so a gain that rests on looking many of them up has to
/// promise more: twice as much at this many.
const MANY_LOOKUPS: f64 = 10_000.0;
/// An index that gives more than this share of a table's rows is no shorter way to them than the table.
const MOST_ROWS: f64 = 0.1;
/// More indexes than this for one statement nobody makes.
const MOST: usize = 3;
/// A row that is found by an index costs the planner about this much.
const ROW_BY_INDEX: f64 = 4.0;

/// What a plan costs, which indexes it uses, and what it reads from end to end.
struct Explained {
    cost: f64,
    rows: f64,
    /// How often an index is gone down.
    lookups: f64,
    /// Indexes that are read to a large part: name, table, rows.
    long: Vec<(String, String, f64)>,
    indexes: Vec<String>,
    scans: Vec<Scan>,
}

struct Scan {
    table: String,
    cost: f64,
    rows: f64,
}

/// What a plan is with certain indexes.
struct With {
    cost: f64,
    used: Vec<Candidate>,
    lookups: f64,
    long: Vec<(Candidate, String, f64)>,
}

/// What was chosen, how many times cheaper the statement gets, and whether that can be relied on.
struct Choice {
    indexes: Vec<Candidate>,
    gain: f64,
    lookups: f64,
    sure: bool,
}

/// Advises on statements.
///
/// # Errors
/// Where the server can't be asked at all. A statement that it refuses is named in the notes.
pub async fn advise(server: &mut Connected, statements: &[Statement]) -> anyhow::Result<Outcome> {
    let hypothetical = sqlx::query("SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'")
        .fetch_optional(&mut server.connection)
        .await?;
    if hypothetical.is_none() {
        bail!(
            "this database has no HypoPG, without which the planner can't be asked about indexes that are not there: \
             install postgresql-{}-hypopg and run CREATE EXTENSION hypopg (it changes nothing else)",
            server.version / 10_000
        );
    }
    let catalog = server.catalog().await?;
    let mut outcome = Outcome::default();
    for statement in statements {
        sqlx::query("SAVEPOINT one").execute(&mut server.connection).await?;
        match one(server, statement, &catalog).await {
            Ok(advice) => outcome.queries.push(advice),
            Err(error) => outcome.queries.push(Advice {
                id: statement.id.clone(),
                indexes: Vec::new(),
                speedup: 1.0,
                because: format!("not looked at: {error:#}"),
                verified: false,
            }),
        }
        sqlx::query("ROLLBACK TO SAVEPOINT one")
            .execute(&mut server.connection)
            .await
            .context("the server is gone")?;
    }
    whole(server, &mut outcome, &catalog).await?;
    Ok(outcome)
}

async fn one(server: &mut Connected, statement: &Statement, catalog: &Catalog) -> anyhow::Result<Advice> {
    server.forget().await?;
    let base = server.explain(&statement.sql).await?;
    let advice = |indexes: Vec<Candidate>, speedup: f64, because: String, verified: bool| Advice {
        id: statement.id.clone(),
        indexes,
        speedup,
        because,
        verified,
    };
    let Some(uses) = uses(&statement.sql, catalog) else {
        return Ok(advice(
            Vec::new(),
            1.0,
            "quad can't read this statement, so it knows no index for it".to_owned(),
            false,
        ));
    };
    if let Some(found) = foreign_key(&uses, catalog, &base) {
        return Ok(advice(vec![found.0], found.1, found.2, false));
    }
    if base.cost < CHEAP {
        return Ok(advice(
            Vec::new(),
            1.0,
            "it is cheap already: the planner expects next to no work".to_owned(),
            true,
        ));
    }
    let all = candidates(&uses, catalog);
    let (asked, inside): (Vec<_>, Vec<_>) = all.into_iter().partition(can_be_asked);
    let best =
        if asked.is_empty() { None } else { server.choose(&statement.sql, &asked, &base, catalog).await? };
    let gain = best.as_ref().filter(|choice| choice.sure).map_or(1.0, |choice| choice.gain);
    if let Some((index, expected)) = by_content(&inside, &base, catalog)
        && expected >= WORTH
        && expected > gain
    {
        let trigrams = index.keys[0].contains("gin_trgm_ops") && !catalog.trigrams;
        let because = format!(
            "the search reads all of {} for {}; an index by content finds them{}",
            index.table,
            rows(base.rows),
            if trigrams { " (needs CREATE EXTENSION pg_trgm)" } else { "" }
        );
        return Ok(advice(vec![index], expected, because, false));
    }
    match best {
        Some(choice) if choice.sure => {
            let tables: Vec<_> = choice.indexes.iter().map(|index| index.table.clone()).collect();
            let because = format!(
                "the planner's cost falls from {} to {} ({})",
                cost(base.cost),
                cost(base.cost / gain),
                read(&base, &tables)
            );
            Ok(advice(choice.indexes, gain, because, true))
        }
        Some(choice) if choice.gain >= WORTH => {
            let because = format!(
                "the planner promises {} times less for {}, but only with {} lookups, and how many those are it \
                 estimates badly: not worth the writes",
                thousands(choice.gain, 1),
                choice.indexes.iter().map(Candidate::sql).collect::<Vec<_>>().join(" and "),
                thousands(choice.lookups, 0)
            );
            Ok(advice(Vec::new(), 1.0, because, true))
        }
        _ => Ok(advice(Vec::new(), 1.0, nothing_helps(&base, &uses), true)),
    }
}

/// Deleting a row means looking for those that refer to it: in every table that has no index for that,
/// from end to end. No plan shows it.
fn foreign_key(
    uses: &BTreeMap<String, Uses>,
    catalog: &Catalog,
    base: &Explained,
) -> Option<(Candidate, f64, String)> {
    let (table, _) = uses.iter().find(|(_, uses)| uses.deleted)?;
    let key = catalog.tables.get(table)?.referred_by.iter().find(|key| {
        catalog
            .tables
            .get(&key.table)
            .is_some_and(|child| child.rows > 10_000.0 && !child.has_index(&key.columns))
    })?;
    let child = catalog.tables.get(&key.table)?;
    let search = child.pages + child.rows * 0.0125;
    let index = Candidate {
        table: key.table.clone(),
        method: Method::Btree,
        keys: key.columns.clone(),
        include: Vec::new(),
        only: None,
    };
    let because = format!(
        "for each row that is deleted, all {} of {} are searched for what refers to it (foreign key)",
        rows(child.rows),
        key.table
    );
    Some((index, (base.cost + search) / (base.cost + 10.0), because))
}

/// An index by what is inside values, costed here: each row that is found once.
fn by_content(inside: &[Candidate], base: &Explained, catalog: &Catalog) -> Option<(Candidate, f64)> {
    let gain = |index: &Candidate| {
        let scan = base.scans.iter().find(|scan| scan.table == index.table)?;
        let all = catalog.tables.get(&index.table)?.rows;
        // Many rows by an index are dearer than all in order.
        (scan.rows < all * 0.05)
            .then(|| base.cost / (base.cost - scan.cost + 50.0 + scan.rows * ROW_BY_INDEX))
    };
    inside
        .iter()
        .filter_map(|index| Some((index.clone(), gain(index)?)))
        .max_by(|one, other| one.1.total_cmp(&other.1))
}

fn nothing_helps(base: &Explained, uses: &BTreeMap<String, Uses>) -> String {
    let searched =
        uses.values().any(|uses| !uses.equal.is_empty() || !uses.range.is_empty() || !uses.prefix.is_empty());
    if !searched && base.scans.len() == 1 {
        return format!(
            "it reads all of {}: there is no search that an index could serve",
            base.scans[0].table
        );
    }
    if base.scans.is_empty() {
        return "the planner reads it by indexes already".to_owned();
    }
    "no index that quad could think of makes it twice as cheap for the planner: most of what is read is needed".to_owned()
}

/// What is read from end to end today.
fn read(base: &Explained, tables: &[String]) -> String {
    match base.scans.iter().find(|scan| tables.contains(&scan.table)) {
        Some(scan) => format!("today it reads all of {} for {}", scan.table, rows(scan.rows)),
        None => "today another index is used".to_owned(),
    }
}

fn rows(count: f64) -> String {
    if count <= 1.0 { "one row".to_owned() } else { format!("{} rows", thousands(count, 0)) }
}

fn cost(value: f64) -> String {
    thousands(value, usize::from(value < 10.0))
}

/// All indexes, each once; what another one serves as well is left out. And what may go.
async fn whole(server: &mut Connected, outcome: &mut Outcome, catalog: &Catalog) -> anyhow::Result<()> {
    let mut all: Vec<Candidate> = outcome.queries.iter().flat_map(|one| one.indexes.clone()).collect();
    all.sort();
    all.dedup();
    let kept: Vec<Candidate> = all
        .iter()
        .filter(|one| !all.iter().any(|other| other != *one && other.covers(one)))
        .cloned()
        .collect();
    for index in kept {
        let serves = outcome
            .queries
            .iter()
            .filter(|query| query.indexes.iter().any(|one| *one == index || index.covers(one)))
            .map(|query| query.id.clone())
            .collect();
        let size = if can_be_asked(&index) { server.size(&index).await } else { None };
        outcome.workload.push((index, size, serves));
    }
    for (name, table) in &catalog.tables {
        for index in &table.indexes {
            let wider = table.indexes.iter().find(|other| {
                other.name != index.name
                    && !index.unique
                    && !index.partial
                    && !other.partial
                    && other.method == index.method
                    && other.columns.starts_with(&index.columns)
                    && (other.columns.len() > index.columns.len() || other.name < index.name || other.unique)
            });
            if let Some(wider) = wider {
                outcome.redundant.push((name.clone(), index.clone(), wider.name.clone()));
            } else if index.scans == 0.0 && !index.unique && index.size > 10e6 {
                outcome.unused.push((name.clone(), index.clone()));
            }
        }
    }
    Ok(())
}

/// The steps below one, and how often each is run: the inner side of a nested loop once for each row of
/// the outer one.
fn below(node: &Value, times: f64) -> Vec<(&Value, f64)> {
    let steps = node["Plans"].as_array().map_or(&[][..], Vec::as_slice);
    let outer = steps.iter().find(|step| step["Parent Relationship"] == "Outer");
    let outer_rows = outer.and_then(|step| step["Plan Rows"].as_f64()).unwrap_or(1.0).max(1.0);
    steps
        .iter()
        .map(|step| {
            let inner = node["Node Type"] == "Nested Loop" && step["Parent Relationship"] == "Inner";
            (step, if inner { times * outer_rows } else { times })
        })
        .collect()
}

impl Connected {
    async fn forget(&mut self) -> anyhow::Result<()> {
        sqlx::query("SELECT hypopg_reset()").execute(&mut self.connection).await?;
        Ok(())
    }

    /// What the planner makes of a statement. It goes as one statement over the extended protocol, so
    /// that nothing can hide behind it, and is only explained.
    async fn explain(&mut self, sql: &str) -> anyhow::Result<Explained> {
        let explain = if sql.contains('$') && self.version >= 160_000 {
            "EXPLAIN (GENERIC_PLAN, FORMAT JSON)"
        } else {
            "EXPLAIN (FORMAT JSON)"
        };
        let row = sqlx::query(AssertSqlSafe(format!("{explain} {sql}")))
            .persistent(false)
            .fetch_one(&mut self.connection)
            .await
            .map_err(|error| match error {
                sqlx::Error::Database(said) => {
                    anyhow::anyhow!("the server refuses it ({})", said.code().unwrap_or_default())
                }
                other => other.into(),
            })?;
        let plan: Value =
            serde_json::from_slice(row.try_get_raw(0)?.as_bytes().map_err(|error| anyhow::anyhow!(error))?)?;
        let root = plan.get(0).and_then(|one| one.get("Plan")).context("no plan in the server's answer")?;
        let mut explained = Explained {
            cost: root["Total Cost"].as_f64().unwrap_or(0.0),
            rows: root["Plan Rows"].as_f64().unwrap_or(0.0),
            lookups: 0.0,
            long: Vec::new(),
            indexes: Vec::new(),
            scans: Vec::new(),
        };
        let whole_cost = explained.cost;
        let mut open = vec![(root, 1.0)];
        while let Some((node, times)) = open.pop() {
            if let Some(index) = node["Index Name"].as_str() {
                explained.indexes.push(index.to_owned());
                explained.lookups += times;
                let own = node["Total Cost"].as_f64().unwrap_or(0.0);
                if index.starts_with('<') {
                    explained.cost += times * DESCENT;
                    // What stops early (LIMIT) costs the whole less than its part would cost in full.
                    if let (Some(table), Some(rows)) =
                        (node["Relation Name"].as_str(), node["Plan Rows"].as_f64())
                        && own <= whole_cost
                    {
                        explained.long.push((index.to_owned(), table.to_owned(), rows));
                    }
                }
            }
            if node["Node Type"] == "Seq Scan"
                && let Some(table) = node["Relation Name"].as_str()
            {
                explained.scans.push(Scan {
                    table: table.to_owned(),
                    cost: node["Total Cost"].as_f64().unwrap_or(0.0),
                    rows: node["Plan Rows"].as_f64().unwrap_or(0.0),
                });
            }
            open.extend(below(node, times));
        }
        Ok(explained)
    }

    /// The cost with exactly these indexes, and which of them are used.
    async fn with(&mut self, sql: &str, indexes: &[Candidate]) -> anyhow::Result<With> {
        self.forget().await?;
        let mut names = BTreeMap::new();
        for index in indexes {
            sqlx::query("SAVEPOINT candidate").execute(&mut self.connection).await?;
            let made = sqlx::query("SELECT indexname::text FROM hypopg_create_index($1)")
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
        let explained = self.explain(sql).await?;
        let mut used: Vec<_> = explained.indexes.iter().filter_map(|name| names.get(name).cloned()).collect();
        used.sort();
        used.dedup();
        Ok(With {
            cost: explained.cost,
            used,
            lookups: explained.lookups,
            long: explained
                .long
                .into_iter()
                .filter_map(|(name, table, rows)| Some((names.get(&name)?.clone(), table, rows)))
                .collect(),
        })
    }

    /// The smallest set of indexes that does nearly what all of them together do.
    async fn choose(
        &mut self,
        sql: &str,
        all: &[Candidate],
        base: &Explained,
        catalog: &Catalog,
    ) -> anyhow::Result<Option<Choice>> {
        let mut all = all.to_vec();
        let mut with = self.with(sql, &all).await?;
        // What the planner would read to a large part is taken away, until it finds a shorter way or none.
        for _ in 0..8 {
            let rows_of = |table: &str| catalog.tables.get(table).map_or(0.0, |table| table.rows);
            let long: Vec<_> = with
                .long
                .iter()
                .filter(|(_, table, rows)| *rows > rows_of(table) * MOST_ROWS)
                .map(|(index, ..)| index.clone())
                .collect();
            if long.is_empty() {
                break;
            }
            all.retain(|one| !long.contains(one));
            with = self.with(sql, &all).await?;
        }
        let best = with.cost;
        if with.used.is_empty() || base.cost / best.max(0.01) < WORTH {
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
                let without = self.with(sql, &rest).await?.cost;
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
            self.simplify(sql, &mut kept, at, &all, &nearly).await?;
        }
        let last = self.with(sql, &kept).await?;
        let promised = base.cost / last.cost.max(0.01);
        let sure = promised >= WORTH + last.lookups / MANY_LOOKUPS;
        Ok(Some(Choice { indexes: kept, gain: promised, lookups: last.lookups, sure }))
    }

    /// Puts a smaller index in the place of one, or one that keeps no columns along, where that does nearly
    /// as well.
    async fn simplify(
        &mut self,
        sql: &str,
        kept: &mut Vec<Candidate>,
        at: usize,
        all: &[Candidate],
        nearly: &(dyn Fn(f64) -> bool + Sync),
    ) -> anyhow::Result<()> {
        for smaller in kept[at].smaller() {
            let mut other = kept.clone();
            other[at] = smaller;
            let with = self.with(sql, &other).await?;
            if nearly(with.cost) && with.used.len() == other.len() {
                *kept = other;
            }
        }
        if kept[at].include.is_empty() {
            return Ok(());
        }
        let mut plain: Option<(Candidate, f64)> = None;
        for one in all.iter().filter(|one| one.table == kept[at].table && one.include.is_empty()) {
            let mut other = kept.clone();
            other[at] = one.clone();
            let cost = self.with(sql, &other).await?.cost;
            if nearly(cost) && plain.as_ref().is_none_or(|(_, least)| cost < *least) {
                plain = Some((one.clone(), cost));
            }
        }
        if let Some((one, _)) = plain {
            kept[at] = one;
        }
        Ok(())
    }

    /// How large an index would be, in bytes.
    async fn size(&mut self, index: &Candidate) -> Option<f64> {
        self.forget().await.ok()?;
        let row = sqlx::query("SELECT hypopg_relation_size(indexrelid)::float8 FROM hypopg_create_index($1)")
            .bind(index.sql())
            .fetch_one(&mut self.connection)
            .await
            .ok()?;
        row.try_get(0).ok()
    }
}
