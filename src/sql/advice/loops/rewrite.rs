//! What a statement of MySQL is before it is looked into: whether it can be asked about, and as which SELECT.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, FromTable, ObjectName, Query, Statement as Sql, TableFactor, Value, ValueWithSpan, Visit, Visitor,
};
use sqlparser::dialect::MySqlDialect;

use crate::sql::advice::Catalog;
use crate::sql::advice::parsed::parsed;

/// One statement. Values stay as they were written.
pub(super) fn read(sql: &str) -> Option<Sql> {
    parsed(sql, &MySqlDialect {}, false)
}

/// A SELECT that looks for the rows that an UPDATE or DELETE of one table changes: it is planned the same way, and
/// changes nothing. `None` where it is neither, or has values that may mean something else when written again.
#[must_use]
pub fn as_select(sql: &str) -> Option<String> {
    let (table, selection) = match read(sql)? {
        Sql::Update(update) => (update.table, update.selection?),
        Sql::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = delete.from;
            (from.into_iter().next()?, delete.selection?)
        }
        _ => return None,
    };
    (table.joins.is_empty() && !is_odd(sql) && !has_odd_values(&selection))
        .then(|| format!("SELECT * FROM {table} WHERE {selection}"))
}

/// Whether a statement names no database, so that it is carried out where the connection is.
#[must_use]
pub fn stays_here(sql: &str) -> bool {
    struct Names(bool);
    impl Visitor for Names {
        type Break = ();
        fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
            self.0 &= name.0.len() == 1;
            ControlFlow::Continue(())
        }
    }
    let mut names = Names(true);
    read(sql).is_some_and(|sql| {
        let _ = sql.visit(&mut names);
        names.0
    })
}

/// A table of a statement of which nothing is known.
#[must_use]
pub fn unknown_table(sql: &str, catalog: &Catalog) -> Option<String> {
    struct Names<'a> {
        catalog: &'a Catalog,
        named: Vec<String>,
        unknown: Option<String>,
    }
    impl Visitor for Names<'_> {
        type Break = ();
        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            let all = query.with.iter().flat_map(|with| &with.cte_tables);
            self.named.extend(all.map(|cte| cte.alias.name.value.to_lowercase()));
            ControlFlow::Continue(())
        }
        fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
            let parts: Vec<String> =
                name.0.iter().filter_map(|part| Some(part.as_ident()?.value.clone())).collect();
            let known = match &parts[..] {
                [own] => self.named.contains(&own.to_lowercase()) || self.catalog.named(own).is_some(),
                [database, own] => *database == self.catalog.database && self.catalog.named(own).is_some(),
                _ => true,
            };
            if !known {
                self.unknown.get_or_insert(parts.join("."));
            }
            ControlFlow::Continue(())
        }
    }
    let mut names = Names { catalog, named: Vec::new(), unknown: None };
    let _ = read(sql).visit(&mut names);
    names.unknown
}

/// Whether a statement says itself which index is to be used, so that a new one would not be.
#[must_use]
pub fn has_hints(sql: &str) -> bool {
    struct Hints(bool);
    impl Visitor for Hints {
        type Break = ();
        fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
            self.0 |=
                matches!(factor, TableFactor::Table { index_directives, .. } if !index_directives.is_empty());
            ControlFlow::Continue(())
        }
    }
    let mut hints = Hints(false);
    let _ = read(sql).visit(&mut hints);
    hints.0
}

/// Whether a statement has signs that are written in more than one way (ODBC's braces), outside of what a visitor sees.
pub(super) fn is_odd(sql: &str) -> bool {
    sql.contains('{')
}

/// Whether a value may mean something else when it is written again.
pub(super) fn is_odd_value(value: &Value) -> bool {
    match value {
        Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => text.contains(['\'', '"', '\\']),
        Value::Number(..) | Value::Boolean(_) | Value::Null => false,
        _ => true,
    }
}

fn has_odd_values(expr: &Expr) -> bool {
    struct Values(bool);
    impl Visitor for Values {
        type Break = ();
        fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
            self.0 |= is_odd_value(&value.value);
            ControlFlow::Continue(())
        }
    }
    let mut values = Values(false);
    let _ = expr.visit(&mut values);
    values.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_looked_at_by_the_rows_that_they_change() {
        assert_eq!(
            as_select("UPDATE orders SET state = 'x' WHERE customer_id = 7").as_deref(),
            Some("SELECT * FROM orders WHERE customer_id = 7")
        );
        assert_eq!(
            as_select("DELETE FROM orders WHERE id = 7").as_deref(),
            Some("SELECT * FROM orders WHERE id = 7")
        );
        for sql in [
            "DELETE FROM orders",
            "UPDATE orders SET state = 'x' WHERE state = 'it''s'",
            "SELECT 1",
            "DROP TABLE orders",
        ] {
            assert_eq!(as_select(sql), None, "{sql}");
        }
    }

    #[test]
    fn a_statement_that_names_a_database_may_lead_elsewhere() {
        assert!(stays_here("SELECT o.id FROM orders o WHERE o.id IN (SELECT id FROM items)"));
        for sql in [
            "SELECT id FROM shop.orders",
            "SELECT id FROM orders WHERE id IN (SELECT id FROM `shop`.items)",
            "SELECT 1 FROM",
        ] {
            assert!(!stays_here(sql), "{sql}");
        }
    }

    #[test]
    fn tables_of_which_nothing_is_known_are_named() {
        let mut catalog = Catalog { database: "shop".to_owned(), ..Catalog::default() };
        catalog.tables.insert("orders".to_owned(), crate::sql::advice::Table::default());
        for (sql, unknown) in [
            ("WITH a AS (SELECT id FROM shop.orders) SELECT * FROM a JOIN orders o USING (id)", None),
            ("SELECT id FROM orders WHERE id IN (SELECT id FROM old)", Some("old")),
            ("SELECT id FROM other.orders", Some("other.orders")),
        ] {
            assert_eq!(unknown_table(sql, &catalog).as_deref(), unknown, "{sql}");
        }
    }

    #[test]
    fn hints_are_seen() {
        assert!(has_hints("SELECT id FROM orders USE INDEX (a) WHERE x = 1"));
        assert!(has_hints("SELECT id FROM x WHERE id IN (SELECT id FROM orders FORCE INDEX (a))"));
        assert!(!has_hints("SELECT id FROM orders WHERE x = 1"));
    }
}
