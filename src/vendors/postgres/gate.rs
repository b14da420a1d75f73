//! Asks the catalog what a statement's names stand for, and so whether it may be planned or even be
//! carried out. Planning runs functions too: those that don't depend on rows are computed at once. In
//! a transaction that only reads they can't write here, but a function of somebody's own may reach
//! another server; so nothing that somebody wrote is run, and nothing that is volatile.

use sqlx::{AssertSqlSafe, Row as _};

use crate::sql::pure_select::{self, Words};

use super::Connected;
use super::explain::lost;

/// Functions that neither PostgreSQL nor an extension brought.
const OWN: &str = "own(oid, name, volatile, called_as_column) AS (
  SELECT p.oid, p.proname::text, p.provolatile = 'v',
    p.pronargs = 1 AND EXISTS (SELECT 1 FROM pg_type t WHERE t.oid = p.proargtypes[0] AND t.typtype IN ('c', 'p'))
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND NOT EXISTS (SELECT 1 FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'))";

/// Tables and views with these names ($1), and what they are made of.
const REACHED: &str = "reached(oid) AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relname = ANY($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'pg_catalog'
  UNION
  SELECT next.oid FROM reached r, LATERAL (
    SELECT d.refobjid FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
      AND d.refclassid = 'pg_class'::regclass WHERE w.ev_class = r.oid
    UNION ALL SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = r.oid) next(oid))";

impl Connected {
    /// Why even planning the statement might do something; `None` where it can't.
    ///
    /// # Errors
    /// Where the catalog can't be read.
    pub(super) async fn objection_to_planning(&mut self, words: &Words) -> anyhow::Result<Option<String>> {
        if !words.can_be_planned() {
            let verb = if words.verb.is_empty() { "this" } else { &words.verb };
            return Ok(Some(format!("the planner has no plan for {verb}")));
        }
        // They run a query of their own over whatever is named, views with functions among it.
        if let Some(name) = words.called.iter().find(|name| name.contains("to_xml")) {
            return Ok(Some(format!("it calls {name}, which runs further statements")));
        }
        let sql = format!(
            "WITH /* quad */ RECURSIVE {OWN}, {REACHED} \
             SELECT 'it calls ' || name FROM own WHERE NOT volatile AND (name = ANY($2) OR called_as_column AND name = ANY($1)) \
             UNION ALL SELECT 'it uses the operator ' || o.oprname FROM pg_operator o JOIN own ON own.oid = o.oprcode \
               WHERE NOT own.volatile AND o.oprname::text ~ $3 \
             UNION ALL SELECT 'a value in it may be cast by ' || own.name FROM pg_cast c JOIN own ON own.oid = c.castfunc \
               JOIN pg_type t ON t.oid = c.casttarget WHERE NOT own.volatile AND (c.castcontext <> 'e' OR t.typname = ANY($1)) \
             UNION ALL SELECT r.oid::regclass || ' calls ' || own.name FROM reached r, LATERAL ( \
                 SELECT 'pg_rewrite'::regclass::oid, w.oid FROM pg_rewrite w WHERE w.ev_class = r.oid \
                 UNION ALL SELECT 'pg_policy'::regclass::oid, y.oid FROM pg_policy y WHERE y.polrelid = r.oid) o(class, oid) \
               JOIN pg_depend d ON d.classid = o.class AND d.objid = o.oid \
               LEFT JOIN pg_operator op ON d.refclassid = 'pg_operator'::regclass AND op.oid = d.refobjid \
               JOIN own ON d.refclassid = 'pg_proc'::regclass AND own.oid = d.refobjid OR own.oid = op.oprcode \
               WHERE NOT own.volatile AND (SELECT relkind FROM pg_class WHERE oid = r.oid) <> 'm' \
             LIMIT 1"
        );
        let why = self.first(&sql, words).await?;
        Ok(why.map(|why| format!("{why}, a function of your own that would run while it is planned")))
    }

    /// Why the statement may not be carried out; `None` where it certainly only reads.
    ///
    /// # Errors
    /// Where the catalog can't be read.
    pub(super) async fn objection_to_running(&mut self, words: &Words) -> anyhow::Result<Option<String>> {
        if let Some(why) = words.not_only_reading() {
            return Ok(Some(why));
        }
        let mut whole = words.clone();
        for view in self.views(words).await? {
            match pure_select::words(&view) {
                Ok(inside) if inside.not_only_reading().is_none() => {
                    whole.called.extend(inside.called);
                    whole.named.extend(inside.named);
                    whole.operators.extend(inside.operators);
                }
                Ok(_) | Err(_) => return Ok(Some("a view in it can't be told apart".to_owned())),
            }
        }
        if let Some(why) = self.objection_to_planning(&whole).await? {
            return Ok(Some(why));
        }
        let sql = format!(
            "WITH /* quad */ RECURSIVE {OWN}, {REACHED} \
             SELECT 'it calls ' || p.proname || ', which is volatile' FROM pg_proc p WHERE p.provolatile = 'v' \
               AND (p.proname = ANY($2) OR p.proname = ANY($1) AND p.pronargs = 1 \
                 AND EXISTS (SELECT 1 FROM pg_type t WHERE t.oid = p.proargtypes[0] AND t.typtype = 'c')) \
             UNION ALL SELECT 'it calls ' || name || ', a function of your own' FROM own WHERE name = ANY($2) OR called_as_column AND name = ANY($1) \
             UNION ALL SELECT 'it uses the operator ' || o.oprname || ', which calls a function of your own' \
               FROM pg_operator o JOIN own ON own.oid = o.oprcode WHERE o.oprname::text ~ $3 \
             UNION ALL SELECT 'its type ' || t.typname || ' is checked by a condition of your own' FROM pg_type t \
               JOIN pg_constraint k ON k.contypid = t.oid WHERE t.typtype = 'd' AND (t.typname = ANY($1) OR t.typname = ANY($2)) \
             UNION ALL SELECT c.oid::regclass || ' lies on another server' FROM reached JOIN pg_class c USING (oid) WHERE c.relkind = 'f' \
             UNION ALL SELECT c.oid::regclass || ' has row security, whose policies call functions' FROM reached JOIN pg_class c USING (oid) \
               WHERE c.relrowsecurity \
             LIMIT 1"
        );
        self.first(&sql, &whole).await
    }

    async fn first(&mut self, sql: &str, words: &Words) -> anyhow::Result<Option<String>> {
        let called: Vec<&String> = words.called.iter().collect();
        // A table may stand in front of a bracket too: INSERT INTO t (a), FROM t (a, b).
        let named: Vec<&String> = words.named.iter().chain(&words.called).collect();
        let row = sqlx::query(AssertSqlSafe(sql.to_owned()))
            .persistent(false)
            .bind(&named)
            .bind(&called)
            .bind(made_of(words))
            .fetch_optional(&mut self.connection)
            .await
            .map_err(lost)?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// The texts of the views that these words reach.
    async fn views(&mut self, words: &Words) -> anyhow::Result<Vec<String>> {
        let named: Vec<&String> = words.named.iter().chain(&words.called).collect();
        let sql = format!(
            "WITH /* quad */ RECURSIVE {REACHED} SELECT pg_get_viewdef(c.oid) FROM reached JOIN pg_class c USING (oid) \
             WHERE c.relkind = 'v' AND c.relnamespace <> 'information_schema'::regnamespace"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .persistent(false)
            .bind(&named)
            .fetch_all(&mut self.connection)
            .await
            .map_err(lost)?;
        rows.iter().map(|row| Ok(row.try_get::<Option<String>, _>(0)?.unwrap_or_default())).collect()
    }
}

/// A pattern for operators that could be in the statement: those of nothing but its signs, since where
/// one ends and the next begins is the server's to say.
fn made_of(words: &Words) -> String {
    let mut signs: Vec<char> = words.operators.iter().flat_map(|one| one.chars()).collect();
    signs.sort_unstable();
    signs.dedup();
    if signs.is_empty() {
        return "^$".to_owned();
    }
    let class: String = signs.iter().map(|sign| format!("\\{sign}")).collect();
    format!("^[{class}]+$")
}
