//! What the names in a statement of PostgreSQL mean: which table, and which column of it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Ident, ObjectName, TableFactor, Visitor};

use super::Catalog;

/// What tables are called in a statement. One alias for two tables in two places is rare; the last wins.
pub(super) struct Names<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) aliases: BTreeMap<String, String>,
    /// The statement asks one table by one condition, so that nothing keeps a row from it.
    pub(super) alone: bool,
}

impl Names<'_> {
    pub(super) fn table(&self, name: &ObjectName) -> Option<String> {
        let parts: Option<Vec<String>> = name.0.iter().map(|part| part.as_ident().map(meant)).collect();
        self.catalog.named(&parts?.join(".")).map(|(name, _)| name.to_owned())
    }

    /// Table and column that an expression names.
    pub(super) fn column(&self, expr: &Expr) -> Option<(String, String)> {
        let column_of = |table: &str, column: &Ident| {
            let column = self.catalog.tables.get(table)?.column_named(&meant(column))?;
            Some((table.to_owned(), column.to_owned()))
        };
        match expr {
            Expr::Nested(inner) => self.column(inner),
            Expr::Identifier(name) => self.aliases.values().find_map(|table| column_of(table, name)),
            Expr::CompoundIdentifier(parts) => {
                let [.., table, column] = &parts[..] else { return None };
                column_of(self.aliases.get(&meant(table))?, column)
            }
            _ => None,
        }
    }
}

impl Visitor for Names<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, alias, .. } = factor
            && let Some(table) = self.table(name)
        {
            let called = match alias {
                Some(alias) => Some(meant(&alias.name)),
                None => name.0.last().and_then(|part| part.as_ident()).map(meant),
            };
            self.aliases.extend(called.map(|called| (called, table)));
        }
        ControlFlow::Continue(())
    }
}

/// What a name means: as it is in quotes, in lower case otherwise.
pub(super) fn meant(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}
