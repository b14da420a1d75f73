//! What the names in a statement mean: which table, and which of the tables that a SELECT reads a column is of.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Ident, ObjectName, Query, SelectItem, SetExpr, TableFactor, ValueWithSpan, Visit, Visitor,
};

use super::kinds::Kind;
use super::reader::Reader;
use super::rewrite::is_odd_value;
use crate::sql::advice::Column;
use crate::sql::advice::parsed::extreme;

/// Functions that give something else each time.
const VARYING: [&str; 4] = ["RAND", "UUID", "UUID_SHORT", "RANDOM_BYTES"];

/// What an expression speaks of.
#[derive(Default)]
pub(super) struct Mentions {
    /// Sources of this block.
    pub(super) here: BTreeSet<usize>,
    /// Columns of a SELECT around this one.
    pub(super) outer: bool,
    pub(super) subquery: bool,
    /// A text with signs that may mean something else when it is written again.
    pub(super) odd: bool,
    /// It is something else for each row: `RAND()`.
    pub(super) varies: bool,
}

/// What a block gives under a name.
#[derive(Debug, Clone)]
pub(super) enum Gives {
    /// A column of a table, or its least or greatest value.
    Column(Box<Column>),
    Number,
    /// Something that may be of any kind.
    Other,
    /// What another block gives.
    Unknown,
}

impl Reader<'_> {
    /// The table that a name means; `None` where it is none, or one of another database, of which nothing is known.
    pub(super) fn table(&self, name: &ObjectName) -> Option<String> {
        let parts: Option<Vec<&str>> =
            name.0.iter().map(|part| part.as_ident().map(|name| name.value.as_str())).collect();
        let own = match &parts?[..] {
            [own] => *own,
            [database, own] if *database == self.catalog.database => *own,
            _ => return None,
        };
        self.catalog.named(own).map(|(name, _)| name.to_owned())
    }

    pub(super) fn column_in(&self, at: usize, source: usize, name: &Ident) -> Option<String> {
        let source = &self.blocks[at].sources[source];
        if source.given_by.is_some() {
            return Some(name.value.clone());
        }
        self.catalog.tables.get(&source.table)?.column_named(&name.value).map(str::to_owned)
    }

    /// Source and column that an expression names in this block.
    pub(super) fn column(&self, at: usize, expr: &Expr) -> Option<(usize, String)> {
        let sources = &self.blocks[at].sources;
        match expr {
            Expr::Nested(inner) => self.column(at, inner),
            Expr::Identifier(name) => {
                // What another block gives has columns that nobody knows here; tables come first.
                let of_tables = (0..sources.len()).filter(|source| sources[*source].given_by.is_none());
                let is_given = |source: &usize| {
                    let source = &sources[*source];
                    source.given_by.is_some() && !source.behind_in
                };
                let given = (0..sources.len()).filter(is_given);
                of_tables.chain(given).find_map(|source| Some((source, self.column_in(at, source, name)?)))
            }
            Expr::CompoundIdentifier(parts) => {
                let [.., table, column] = &parts[..] else { return None };
                let source =
                    sources.iter().position(|source| source.alias.eq_ignore_ascii_case(&table.value))?;
                Some((source, self.column_in(at, source, column)?))
            }
            _ => None,
        }
    }

    /// What is known of a column of this block.
    pub(super) fn about(&self, at: usize, (source, column): &(usize, String)) -> Option<&Column> {
        self.catalog.tables.get(&self.blocks[at].sources[*source].table)?.columns.get(column)
    }

    /// What an item that is selected is called, and of which kind it is.
    pub(super) fn item(&self, item: &SelectItem, at: usize) -> Option<(String, Gives)> {
        let (name, expr) = match item {
            SelectItem::ExprWithAlias { expr, alias } => (alias.value.clone(), expr),
            SelectItem::UnnamedExpr(expr) => match expr {
                Expr::Identifier(name) => (name.value.clone(), expr),
                Expr::CompoundIdentifier(parts) => (parts.last()?.value.clone(), expr),
                _ => (String::new(), expr),
            },
            _ => return None,
        };
        let column = |expr: &Expr| self.about(at, &self.column(at, expr)?).cloned();
        let plain = matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
        let of = if plain { Some(expr) } else { extreme(expr).map(|(of, _)| of) };
        let gives = match of.and_then(column) {
            Some(column) => Gives::Column(Box::new(column)),
            None if plain => Gives::Unknown,
            None if Kind::of_value(expr) == Kind::Number => Gives::Number,
            None => Gives::Other,
        };
        Some((name, gives))
    }

    /// A block that passes on what another one gives.
    pub(super) fn gives_the_same(&mut self, at: usize, inner: usize) {
        if self.gives.iter().any(|(block, _)| *block == at) {
            return;
        }
        let given = self.gives.iter().find(|(block, _)| *block == inner).map(|(_, given)| given.clone());
        self.gives.extend(given.map(|given| (at, given)));
    }

    /// The kind of a column; `None` where it may be any, and must not be relied on.
    pub(super) fn kind(&self, at: usize, column: &(usize, String)) -> Option<Kind<'_>> {
        let source = &self.blocks[at].sources[column.0];
        let Some(block) = source.given_by else {
            return Some(self.about(at, column).map_or(Kind::Any, Kind::of));
        };
        let Some((_, given)) = self.gives.iter().find(|(of, _)| *of == block) else { return Some(Kind::Any) };
        let item = match column.1.as_str() {
            // A subquery behind IN gives one.
            "" => given.first(),
            name => given.iter().find(|(item, _)| item.eq_ignore_ascii_case(name)),
        };
        match item {
            Some((_, Gives::Column(column))) => Some(Kind::of(column)),
            Some((_, Gives::Number)) => Some(Kind::Number),
            Some((_, Gives::Other)) => None,
            Some((_, Gives::Unknown)) | None => Some(Kind::Any),
        }
    }

    pub(super) fn mentions(&self, at: usize, expr: &Expr) -> Mentions {
        let found = Mentions { odd: self.odd, ..Mentions::default() };
        let mut all = All { reader: self, at, found, inside: Vec::new() };
        let _ = expr.visit(&mut all);
        all.found
    }
}

/// Goes through an expression, also through the subqueries in it.
struct All<'a, 'b> {
    reader: &'a Reader<'b>,
    at: usize,
    found: Mentions,
    /// What the subqueries that it is in read: names that are theirs are not of this block.
    inside: Vec<Vec<Read>>,
}

/// A table that a subquery reads.
struct Read {
    alias: String,
    table: Option<String>,
}

impl All<'_, '_> {
    fn reads(&self, body: &SetExpr, found: &mut Vec<Read>) {
        match body {
            SetExpr::Select(select) => {
                let joined = |from: &'_ sqlparser::ast::TableWithJoins| -> Vec<TableFactor> {
                    let rest = from.joins.iter().map(|join| join.relation.clone());
                    std::iter::once(from.relation.clone()).chain(rest).collect()
                };
                for factor in select.from.iter().flat_map(joined) {
                    let (table, name, alias) = match &factor {
                        TableFactor::Table { name, alias, .. } => {
                            let own = name.0.last().and_then(|part| part.as_ident());
                            (self.reader.table(name), own, alias)
                        }
                        TableFactor::Derived { alias, .. } => (None, None, alias),
                        _ => continue,
                    };
                    let alias = alias.as_ref().map(|alias| &alias.name).or(name);
                    let alias = alias.map_or_else(String::new, |name| name.value.clone());
                    found.push(Read { alias, table });
                }
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.reads(left, found);
                self.reads(right, found);
            }
            SetExpr::Query(query) => self.reads(&query.body, found),
            _ => {}
        }
    }

    /// Whether a column is one that a subquery reads itself.
    fn is_inside(&self, expr: &Expr) -> bool {
        let mut reads = self.inside.iter().flatten();
        match expr {
            Expr::Identifier(name) => reads.any(|read| {
                let table = read.table.as_ref().and_then(|table| self.reader.catalog.tables.get(table));
                table.is_some_and(|table| table.column_named(&name.value).is_some())
            }),
            Expr::CompoundIdentifier(parts) => match &parts[..] {
                [.., table, _] => reads.any(|read| read.alias.eq_ignore_ascii_case(&table.value)),
                _ => false,
            },
            _ => false,
        }
    }
}

impl Visitor for All<'_, '_> {
    type Break = ();

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        self.found.odd |= is_odd_value(&value.value);
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.found.subquery = true;
        let mut reads = Vec::new();
        self.reads(&query.body, &mut reads);
        self.inside.push(reads);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.inside.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(call) = expr {
            self.found.varies |= VARYING.iter().any(|name| call.name.to_string().eq_ignore_ascii_case(name));
        }
        if matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) && !self.is_inside(expr) {
            match self.reader.column(self.at, expr) {
                Some((source, _)) => {
                    self.found.here.insert(source);
                }
                None => self.found.outer = true,
            }
        }
        ControlFlow::Continue(())
    }
}
