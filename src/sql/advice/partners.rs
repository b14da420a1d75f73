//! Joins by a whole key of several columns. The planner takes the columns to be independent of each other, and so expects
//! hardly any partner where in truth each row has its own: `l_partkey = ps_partkey AND l_suppkey = ps_suppkey`. Only a
//! foreign key tells it better.
//!
//! <https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-EXTENDED>

use super::Catalog;
use super::surprise::{NEARLY, Surprise};
use crate::sql::plan::node::Used;
use crate::sql::plan::{At, Kind, Node, Plan};
use crate::sql::words::{count, rows};

/// The joins whose rows would be so many more if each row finds its partner.
#[must_use]
pub fn partners(plan: &Plan, catalog: &Catalog) -> Vec<Surprise> {
    plan.walk().filter_map(|(at, join)| of_join(plan, at, join, catalog)).collect()
}

fn of_join(plan: &Plan, at: At, join: &Node, catalog: &Catalog) -> Option<Surprise> {
    if !matches!(join.kind, Kind::HashJoin | Kind::MergeJoin | Kind::NestedLoop)
        || ["Semi", "Anti"].iter().any(|kind| join.name.contains(kind))
    {
        return None;
    }
    let (outer, inner) = (plan.outer(at)?.0, plan.inner(at)?.0);
    // Of a nested loop the inner side is looked up by the key; otherwise the join itself compares.
    let (used, sides) = match join.kind {
        Kind::NestedLoop => (Used::Index, vec![(inner, outer)]),
        _ => (Used::Join, vec![(outer, inner), (inner, outer)]),
    };
    let compares = if used == Used::Index { &plan[inner] } else { join };
    let pairs: Vec<_> = compares
        .conditions
        .iter()
        .filter(|condition| condition.used == used)
        .flat_map(|condition| equal(&condition.text))
        .collect();
    let compared: usize = compares
        .conditions
        .iter()
        .filter(|condition| condition.used == used)
        .map(|condition| condition.text.matches(" AND ").count() + 1)
        .sum();
    let (table, key_of, other, with) = sides.into_iter().find_map(|(side, other)| {
        let scan = below(plan, side)?;
        // What is only a part of the table has lost partners.
        if scan.conditions.iter().any(|condition| condition.used != used) {
            return None;
        }
        let alias = scan.alias.as_deref().or(scan.relation.as_deref())?;
        let full =
            scan.schema.as_ref().zip(scan.relation.as_ref()).map(|(schema, name)| format!("{schema}.{name}"));
        let (name, table) = catalog.named(full.as_ref().or(scan.relation.as_ref())?)?;
        let partner = |column: &String| {
            pairs.iter().find_map(|((one, own), (other, _))| {
                (one == alias && other != alias && table.column_named(own) == Some(column)).then_some(other)
            })
        };
        let mut keys = table
            .indexes
            .iter()
            .filter(|index| index.unique && !index.partial && index.columns.len() > 1)
            .filter_map(|index| index.columns.iter().map(partner).collect::<Option<Vec<_>>>());
        // All by the columns of one other table, and by nothing else.
        let with = keys.find(|all| all.windows(2).all(|two| two[0] == two[1]) && compared == all.len())?;
        Some((name, alias, other, with.first()?.to_string()))
    })?;
    let (expected, each) = (join.estimated.rows?.max(1.0), plan[other].estimated.rows?);
    let factor = each / expected;
    (factor > NEARLY).then(|| Surprise {
        of: vec![key_of.to_owned(), with],
        factor,
        words: format!(
            "it expects {} left of the join with {table} by its whole key, where likely each of {} finds its partner",
            rows(expected),
            count(each)
        ),
    })
}

/// The table that a side reads, where nothing but a hash table, a sort or the like stands above it.
fn below(plan: &Plan, mut at: At) -> Option<&Node> {
    while matches!(plan[at].kind, Kind::Hash | Kind::Sort | Kind::Materialize | Kind::Memoize) {
        at = plan.children(at).find(|(_, child)| child.subplan.is_none())?.0;
    }
    plan[at].relation.as_ref().map(|_| &plan[at])
}

/// Columns that are compared with each other, each with the table it is of, both ways round.
fn equal(text: &str) -> Vec<((String, String), (String, String))> {
    let text = text.replace(['(', ')', '"'], " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let column =
        |word: &str| word.rsplit_once('.').map(|(table, column)| (table.to_owned(), column.to_owned()));
    words
        .windows(3)
        .filter(|three| three[1] == "=")
        .filter_map(|three| Some((column(three[0])?, column(three[2])?)))
        .flat_map(|(one, other)| [(one.clone(), other.clone()), (other, one)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Column, Index, Table};
    use super::*;
    use crate::sql::plan;

    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        let key = Index {
            columns: vec!["ps_partkey".to_owned(), "ps_suppkey".to_owned()],
            unique: true,
            ..Index::default()
        };
        let columns = key.columns.iter().map(|name| (name.clone(), Column::default())).collect();
        catalog
            .tables
            .insert("partsupp".to_owned(), Table { columns, indexes: vec![key], ..Table::default() });
        catalog
    }

    fn plan(condition: &str, filter: &str) -> Plan {
        let text = format!(
            r#"[{{"Plan": {{"Node Type": "Hash Join", "Join Type": "Inner", "Total Cost": 900.0, "Plan Rows": 122, "Plan Width": 8, "Startup Cost": 0.0,
            "Hash Cond": "{condition}", "Plans": [
            {{"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "lineitem", "Alias": "l", "Total Cost": 500.0, "Plan Rows": 30329, "Plan Width": 4, "Startup Cost": 0.0}},
            {{"Node Type": "Hash", "Parent Relationship": "Inner", "Total Cost": 3.0, "Plan Rows": 80000, "Plan Width": 4, "Startup Cost": 0.0, "Plans": [
              {{"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "partsupp", "Alias": "ps", {filter} "Total Cost": 3.0, "Plan Rows": 80000, "Plan Width": 4, "Startup Cost": 0.0}}]}}
            ]}}}}]"#
        );
        plan::read(&text).expect("a plan")
    }

    #[test]
    fn by_a_whole_key_each_row_finds_its_partner() {
        let both = "((l.l_suppkey = ps.ps_suppkey) AND (l.l_partkey = ps.ps_partkey))";
        let found = partners(&plan(both, ""), &catalog());
        let [found] = &found[..] else { panic!("{found:?}") };
        assert_eq!(found.factor.round(), 249.0);
        assert_eq!(
            found.words,
            "it expects 122 rows left of the join with partsupp by its whole key, where likely each of 30,329 finds its partner"
        );
        assert_eq!(found.of, ["ps", "l"]);
        // Of a part of it nobody knows, nor by a part of the key.
        assert_eq!(partners(&plan(both, r#""Filter": "(ps.x = 1)","#), &catalog()), []);
        assert_eq!(partners(&plan("(l.l_suppkey = ps.ps_suppkey)", ""), &catalog()), []);
    }
}
