//! Advice on statements of a database: by its planner where HypoPG is installed, otherwise worked out from
//! plans as they are. Statements are explained, never carried out; conditions of theirs are counted in samples.

use anyhow::{Context as _, bail};

use crate::sql::advice::counted::Counted;
use crate::sql::advice::expressions::warning;
use crate::sql::advice::outcome::can_be_asked;
use crate::sql::advice::partners::partners;
use crate::sql::advice::prices::bytes;
use crate::sql::advice::surprise::{corrected, greatest};
use crate::sql::advice::verdict::{WORTH, is_cheap, refused};
use crate::sql::advice::workload::SMALL;
use crate::sql::advice::{
    Advice, Advised, By, Candidate, Catalog, Choice, Explained, Outcome, Prices, Statement, candidates,
    readings, uses, verdict,
};
use crate::sql::generic::plannable;
use crate::sql::plan::{self, Plan};
use crate::sql::pure_select::Words;

use super::Connected;

/// A statement that planning does nothing with but plan.
pub(super) struct Checked {
    pub(super) sql: String,
    pub(super) words: Words,
}

/// What is the same for all statements.
struct About {
    catalog: Catalog,
    prices: Prices,
    /// The planner can be asked about indexes that are not there.
    hypopg: bool,
}

/// Advises on statements.
///
/// # Errors
/// Where the server can't be asked at all. Of a statement that it refuses the advice says so.
pub async fn advise(server: &mut Connected, statements: &[Statement]) -> anyhow::Result<Outcome> {
    let about = About {
        hypopg: server.has_hypopg().await?,
        catalog: server.catalog().await?,
        prices: server.prices().await?,
    };
    let counted = statements.iter().any(|statement| statement.load.is_some());
    let seconds = if counted { server.statements_counted_for().await? } else { None };
    let mut queries = Vec::with_capacity(statements.len());
    for statement in statements {
        sqlx::query("SAVEPOINT one").execute(&mut server.connection).await?;
        let mut advised = server.advise_on(statement, &about).await.unwrap_or_else(|error| Advised {
            advice: Advice::not_looked_at(&statement.id, &format!("{error:#}")),
            cost: 0.0,
            small: None,
        });
        advised.advice.load.clone_from(&statement.load);
        queries.push(advised);
        sqlx::query("ROLLBACK TO SAVEPOINT one")
            .execute(&mut server.connection)
            .await
            .context("the connection to the server was lost")?;
    }
    let by = if about.hypopg { By::Planner } else { By::Plans };
    let mut outcome = Outcome { by, ..Outcome::of(queries, &about.catalog, seconds) };
    for one in outcome.workload.iter_mut().filter(|one| can_be_asked(&one.index)) {
        one.size = match about.hypopg {
            true => server.size(&one.index).await,
            false => reckoned_size(&one.index, &about.catalog),
        };
    }
    Ok(outcome)
}

/// How large an index would be; of a partial one nobody knows.
fn reckoned_size(index: &Candidate, catalog: &Catalog) -> Option<f64> {
    let table = catalog.tables.get(&index.table).filter(|_| index.only.is_none())?;
    Some(bytes(index, table, table.rows))
}

impl Connected {
    async fn advise_on(&mut self, statement: &Statement, about: &About) -> anyhow::Result<Advised> {
        if about.hypopg {
            self.forget().await?;
        }
        let sql = plannable(&statement.sql);
        let words = self.may_be_planned(&sql).await?;
        let checked = Checked { sql, words };
        let json = self.planned(&checked.sql, &checked.words).await?;
        let plan = plan::read(&json)?;
        let mut base = Explained::of(&plan, &about.catalog);
        let Some(uses) = uses(&checked.sql, &about.catalog) else { bail!("quad can't read this statement") };
        let (asked, inside): (Vec<_>, Vec<_>) =
            candidates(&uses, &about.catalog).into_iter().partition(can_be_asked);
        let choice = if asked.is_empty() || is_cheap(&base) {
            None
        } else if about.hypopg {
            // For a statement that runs often a smaller gain counts, too.
            let least = if statement.load.is_some() { SMALL } else { WORTH };
            self.choose(&checked, &asked, &base, (&about.catalog, &about.prices), least).await?
        } else {
            let planned = Planned { plan: &plan, json: &json, cost: base.cost };
            self.reckon(&planned, &asked, &uses, &about.catalog, &about.prices).await?
        };
        // A promise of few lookups is worth nothing where there are many, and an index by content finds few rows or none.
        let rests_on_rows =
            choice.as_ref().is_some_and(|choice| choice.gain >= WORTH && choice.lookups > 1.0);
        let readings = readings(&plan, &json, &about.catalog);
        base.describe(&readings);
        let counted = match rests_on_rows || !inside.is_empty() {
            true => self.rows_by_sample(&readings, &about.catalog).await?,
            false => Vec::new(),
        };
        base.correct(&counted);
        let mut surprises: Vec<_> = counted.iter().filter_map(Counted::surprise).collect();
        surprises.extend(partners(&plan, &about.catalog));
        let promised = choice.clone().filter(Choice::is_sure);
        let choice = match choice {
            Some(choice) if !surprises.is_empty() && choice.by_planner => {
                let with = self.plan_with(&checked, &choice.indexes).await?;
                Some(choice.corrected(corrected(&plan, &surprises), corrected(&with, &surprises)))
            }
            choice => choice.map(|choice| choice.doubted(&surprises)),
        };
        let small = choice.clone().filter(|choice| !choice.is_sure() && choice.indexes.len() == 1);
        let mut advice = verdict(&statement.id, &base, &uses, choice, &inside, &about.catalog, about.hypopg);
        if let (Some(promised), Some(surprise)) = (promised, greatest(&surprises))
            && advice.indexes.is_empty()
        {
            advice.because = refused(&promised, surprise);
        }
        if let Some(warning) = advice.indexes.iter().find_map(|index| warning(&index.keys)) {
            advice.because = format!("{}; {warning}", advice.because);
        }
        Ok(Advised { advice, cost: base.cost, small })
    }

    /// What the planner makes of a statement that may be planned.
    pub(super) async fn expected(
        &mut self,
        statement: &Checked,
        catalog: &Catalog,
    ) -> anyhow::Result<Explained> {
        let json = self.planned(&statement.sql, &statement.words).await?;
        Ok(Explained::of(&plan::read(&json)?, catalog))
    }
}

/// The plan of a statement, read and as it came.
pub(super) struct Planned<'a> {
    pub(super) plan: &'a Plan,
    pub(super) json: &'a str,
    pub(super) cost: f64,
}
