//! Reads a statement of MySQL or MariaDB as blocks.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, FromTable, GroupByExpr, Join, JoinConstraint, JoinOperator, LimitClause, OrderByExpr, OrderByKind,
    OrderBySort, Query, Select, SelectItem, SetExpr, Statement as Sql, TableFactor, TableWithJoins, Value,
    Visit, Visitor,
};

use super::conditions::Columns;
use super::names::Gives;
use super::rewrite::{is_odd, read};
use super::{Block, Source};
use crate::sql::advice::Catalog;
use crate::sql::advice::parsed::extreme;

/// Functions that make one row of many.
const AGGREGATES: [&str; 12] = [
    "COUNT",
    "SUM",
    "MIN",
    "MAX",
    "AVG",
    "GROUP_CONCAT",
    "BIT_AND",
    "BIT_OR",
    "STD",
    "STDDEV",
    "VARIANCE",
    "JSON_ARRAYAGG",
];

/// The blocks of one statement, that which gives the result first; `None` where quad can't read it.
#[must_use]
pub fn blocks(sql: &str, catalog: &Catalog) -> Option<Vec<Block>> {
    let mut reader = Reader {
        catalog,
        odd: is_odd(sql),
        blocks: Vec::new(),
        joined: Vec::new(),
        joins_behind_in: true,
        gives: Vec::new(),
        named: Vec::new(),
    };
    match &read(sql)? {
        Sql::Query(query) => {
            reader.query(query, &[])?;
        }
        // What they look for is found as a SELECT finds it.
        Sql::Update(update) => reader.change(&update.table, update.selection.as_ref())?,
        Sql::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            let [table] = &from[..] else { return None };
            reader.change(table, delete.selection.as_ref())?;
        }
        _ => return None,
    }
    Some(reader.blocks)
}

pub(super) struct Reader<'a> {
    pub(super) catalog: &'a Catalog,
    /// It has signs that are written in more than one way (ODBC's braces): its texts are not written again.
    pub(super) odd: bool,
    pub(super) blocks: Vec<Block>,
    /// Subqueries behind IN that were read as tables already.
    pub(super) joined: Vec<Query>,
    /// A subquery behind IN is joined like a table, as of a SELECT, but not of an UPDATE or DELETE.
    pub(super) joins_behind_in: bool,
    /// What each block gives, by name.
    pub(super) gives: Vec<(usize, Vec<(String, Gives)>)>,
    /// What WITH has named, and the block of each.
    pub(super) named: Vec<(String, usize)>,
}

impl Reader<'_> {
    /// The block that gives what `query` gives. `around`: the blocks that it stands in, the innermost last.
    pub(super) fn query(&mut self, query: &Query, around: &[usize]) -> Option<usize> {
        let known = self.named.len();
        // The place of the whole comes first.
        let at = self.blocks.len();
        self.blocks.push(Block::default());
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            let block = self.query(&cte.query, around)?;
            self.named.push((cte.alias.name.value.to_lowercase(), block));
        }
        self.body(&query.body, at, around)?;
        self.ends(query, at);
        self.named.truncate(known);
        Some(at)
    }

    fn body(&mut self, body: &SetExpr, at: usize, around: &[usize]) -> Option<()> {
        match body {
            SetExpr::Select(select) => self.select(select, at, around),
            SetExpr::Query(query) => {
                let inner = self.query(query, around)?;
                self.gives(at, inner);
                self.gives_the_same(at, inner);
                Some(())
            }
            SetExpr::SetOperation { left, right, .. } => {
                for side in [left, right] {
                    let inner = self.blocks.len();
                    self.blocks.push(Block::default());
                    self.body(side, inner, around)?;
                    self.gives(at, inner);
                    self.gives_the_same(at, inner);
                }
                Some(())
            }
            _ => None,
        }
    }

    /// The block `at` reads what `inner` gives.
    pub(super) fn gives(&mut self, at: usize, inner: usize) {
        self.blocks[at].sources.push(Source { given_by: Some(inner), all: true, ..Source::default() });
    }

    fn select(&mut self, select: &Select, at: usize, around: &[usize]) -> Option<()> {
        let mut conditions: Vec<(&Expr, Option<usize>)> = Vec::new();
        for from in &select.from {
            self.factor(&from.relation, at, around)?;
            for join in &from.joins {
                self.join(join, at, around, &mut conditions)?;
            }
        }
        conditions.extend(select.selection.iter().map(|all| (all, None)));
        let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
        self.blocks[at].streams = !grouped && select.distinct.is_none() && !aggregates(&select.projection);
        self.blocks[at].sorts = grouped || select.distinct.is_some();
        self.first_of_all(select, at);
        for (condition, outer) in conditions {
            self.condition(condition, at, outer, around);
        }
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(_) => {
                    self.blocks[at].sources.iter_mut().for_each(|source| source.all = true)
                }
                SelectItem::QualifiedWildcard(..) => {
                    // Which one is seldom worth telling apart.
                    self.blocks[at].sources.iter_mut().for_each(|source| source.all = true);
                }
                _ => {}
            }
        }
        self.reads(at, select);
        let given = select.projection.iter().filter_map(|item| self.item(item, at)).collect();
        self.gives.push((at, given));
        let mut inside = Direct::default();
        let _ = select.projection.visit(&mut inside);
        let _ = select.selection.visit(&mut inside);
        let _ = select.having.visit(&mut inside);
        for join in select.from.iter().flat_map(|from| &from.joins) {
            let _ = join.join_operator.visit(&mut inside);
        }
        let around: Vec<usize> = around.iter().copied().chain([at]).collect();
        for query in inside.found {
            if !self.joined.contains(&query) {
                self.query(&query, &around)?;
            }
        }
        Some(())
    }

    /// A change of one table's rows.
    fn change(&mut self, table: &TableWithJoins, selection: Option<&Expr>) -> Option<()> {
        if !table.joins.is_empty() {
            return None;
        }
        self.joins_behind_in = false;
        self.blocks.push(Block { streams: true, ..Block::default() });
        self.factor(&table.relation, 0, &[])?;
        self.blocks[0].sources[0].all = true;
        if let Some(selection) = selection {
            self.condition(selection, 0, None, &[]);
            self.reads(0, selection);
            let mut inside = Direct::default();
            let _ = selection.visit(&mut inside);
            for query in inside.found {
                if !self.joined.contains(&query) {
                    self.query(&query, &[0])?;
                }
            }
        }
        Some(())
    }

    fn factor(&mut self, factor: &TableFactor, at: usize, around: &[usize]) -> Option<()> {
        let source = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let own = name.0.last()?.as_ident()?.value.clone();
                let alias = alias.as_ref().map_or_else(|| own.clone(), |alias| alias.name.value.clone());
                let named = self
                    .named
                    .iter()
                    .rev()
                    .find(|(known, _)| name.0.len() == 1 && *known == own.to_lowercase());
                match named {
                    Some((_, block)) => Source { given_by: Some(*block), alias, ..Source::default() },
                    None => Source { table: self.table(name)?, alias, ..Source::default() },
                }
            }
            TableFactor::Derived { subquery, alias, lateral: false, .. } => {
                let block = self.query(subquery, around)?;
                let alias = alias.as_ref().map_or_else(String::new, |alias| alias.name.value.clone());
                Source { given_by: Some(block), alias, ..Source::default() }
            }
            TableFactor::NestedJoin { table_with_joins, alias: None }
                if table_with_joins.joins.is_empty() =>
            {
                return self.factor(&table_with_joins.relation, at, around);
            }
            _ => return None,
        };
        self.blocks[at].sources.push(source);
        Some(())
    }

    fn join<'q>(
        &mut self,
        join: &'q Join,
        at: usize,
        around: &[usize],
        conditions: &mut Vec<(&'q Expr, Option<usize>)>,
    ) -> Option<()> {
        use JoinOperator as Is;
        self.factor(&join.relation, at, around)?;
        let last = self.blocks[at].sources.len() - 1;
        let (constraint, outer) = match &join.join_operator {
            Is::Join(on) | Is::Inner(on) | Is::CrossJoin(on) | Is::StraightJoin(on) => (on, None),
            Is::Left(on) | Is::LeftOuter(on) => (on, Some(last)),
            // The other way round, and rare.
            _ => return None,
        };
        if outer.is_some() {
            let source = &mut self.blocks[at].sources[last];
            (source.outer, source.after) = (true, (0..last).collect());
        }
        match constraint {
            JoinConstraint::On(on) => conditions.push((on, outer)),
            JoinConstraint::Using(columns) => {
                for name in columns {
                    let name = name.0.last()?.as_ident()?;
                    let one = self.column_in(at, last, name)?;
                    let other = (0..last)
                        .rev()
                        .find_map(|source| Some((source, self.column_in(at, source, name)?)))?;
                    self.link(at, (last, one), other);
                }
            }
            JoinConstraint::None => {}
            JoinConstraint::Natural | JoinConstraint::UsingAlias(..) => return None,
        }
        Some(())
    }

    /// Which columns each source is read for.
    fn reads(&mut self, at: usize, part: &impl Visit) {
        let mut columns = Columns::default();
        let _ = part.visit(&mut columns);
        for expr in columns.0 {
            if let Some((source, column)) = self.column(at, &expr) {
                self.blocks[at].sources[source].read.insert(column);
            }
        }
    }

    /// Order and limit, which stand behind the whole.
    fn ends(&mut self, query: &Query, at: usize) {
        if let Some(order) = &query.order_by {
            let keys: &[OrderByExpr] = match &order.kind {
                OrderByKind::Expressions(keys) => keys,
                OrderByKind::All(_) => &[],
            };
            let items = match &*query.body {
                SetExpr::Select(select) => &select.projection[..],
                _ => &[],
            };
            let keys: Vec<(&Expr, bool)> = keys
                .iter()
                .map(|key| (selected(&key.expr, items), matches!(key.options.sort, Some(OrderBySort::Desc))))
                .collect();
            self.blocks[at].sorts = true;
            self.blocks[at].order = self.order(&keys, at);
            for (key, _) in keys {
                self.reads(at, key);
            }
        }
        if let Some(limit) = query.limit_clause.as_ref().and_then(limit) {
            self.blocks[at].limit = Some(limit);
        }
    }

    /// Sorting by columns of one table.
    fn order(&self, keys: &[(&Expr, bool)], at: usize) -> Option<(usize, Vec<(String, bool)>)> {
        let mut found: Option<(usize, Vec<(String, bool)>)> = None;
        for (key, descending) in keys {
            let (source, column) = self.column(at, key)?;
            let (first, columns) = found.get_or_insert((source, Vec::new()));
            if *first != source {
                return None;
            }
            columns.push((column, *descending));
        }
        found.filter(|(source, _)| self.blocks[at].sources[*source].given_by.is_none())
    }

    /// The least or greatest value of a column alone is the first one in its order.
    fn first_of_all(&mut self, select: &Select, at: usize) {
        let [SelectItem::UnnamedExpr(item) | SelectItem::ExprWithAlias { expr: item, .. }] =
            &select.projection[..]
        else {
            return;
        };
        let grouped = self.blocks[at].sorts || select.having.is_some();
        if let Some((column, descending)) = extreme(item).filter(|_| !grouped)
            && self.blocks[at].sources.len() == 1
            && let Some(order) = self.order(&[(column, descending)], at)
        {
            let block = &mut self.blocks[at];
            (block.order, block.limit, block.streams) = (Some(order), Some(1.0), true);
        }
    }
}

/// What a key to sort by means: `1` is what is selected first, and what is called so by AS goes before a column of the name.
fn selected<'a>(key: &'a Expr, items: &'a [SelectItem]) -> &'a Expr {
    let found = match key {
        Expr::Identifier(name) => items.iter().find(
            |item| matches!(item, SelectItem::ExprWithAlias { alias, .. } if alias.value.eq_ignore_ascii_case(&name.value)),
        ),
        Expr::Value(_) => number(key).and_then(|at| items.get((at as usize).checked_sub(1)?)),
        _ => None,
    };
    match found {
        Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => expr,
        _ => key,
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => text.parse::<f64>().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// How many rows are wanted, with those that are skipped.
fn limit(clause: &LimitClause) -> Option<f64> {
    let (limit, skipped) = match clause {
        LimitClause::LimitOffset { limit: Some(limit), offset, .. } => {
            (limit, offset.as_ref().map_or(Some(0.0), |offset| number(&offset.value)))
        }
        LimitClause::OffsetCommaLimit { offset, limit } => (limit, number(offset)),
        LimitClause::LimitOffset { limit: None, .. } => return None,
    };
    Some(number(limit)? + skipped?)
}

/// Whether one row is made of many.
fn aggregates(items: &[SelectItem]) -> bool {
    struct Calls(bool);
    impl Visitor for Calls {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            if let Expr::Function(call) = expr {
                self.0 |= AGGREGATES.contains(&&*call.name.to_string().to_uppercase()) || call.over.is_some();
            }
            ControlFlow::Continue(())
        }
    }
    let mut calls = Calls(false);
    for item in items {
        let _ = item.visit(&mut calls);
    }
    calls.0
}

/// Subqueries of an expression, not those inside of them.
#[derive(Default)]
struct Direct {
    found: Vec<Query>,
    depth: usize,
}

impl Visitor for Direct {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if self.depth == 0 {
            self.found.push(query.clone());
        }
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests;
