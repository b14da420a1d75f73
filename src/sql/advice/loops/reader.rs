//! Reads a statement of MySQL or MariaDB as blocks.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, FromTable, GroupByExpr, Ident, InTarget, Join, JoinConstraint, JoinOperator,
    LimitClause, ObjectName, OrderByExpr, OrderByKind, OrderBySort, Query, Select, SelectItem, SetExpr,
    Statement as Sql, TableFactor, TableWithJoins, Value, ValueWithSpan, Visit, Visitor,
};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::{Parser, ParserOptions};

use super::{Block, Link, Part, Source};
use crate::sql::advice::Catalog;
use crate::sql::fingerprint::{Dialect, fingerprint};
use crate::sql::plan::condition::How;

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
    let mut reader =
        Reader { catalog, odd: is_odd(sql), blocks: Vec::new(), joined: Vec::new(), named: Vec::new() };
    match &parsed(sql)? {
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

/// A SELECT that looks for the rows that an UPDATE or DELETE of one table changes: it is planned the same way, and
/// changes nothing. `None` where it is neither, or has values that may mean something else when written again.
#[must_use]
pub fn as_select(sql: &str) -> Option<String> {
    let (table, selection) = match parsed(sql)? {
        Sql::Update(update) => (update.table, update.selection?),
        Sql::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = delete.from;
            (from.into_iter().next()?, delete.selection?)
        }
        _ => return None,
    };
    let catalog = Catalog::default();
    let blocks = vec![Block::default()];
    let reader =
        Reader { catalog: &catalog, odd: is_odd(sql), blocks, joined: Vec::new(), named: Vec::new() };
    (table.joins.is_empty() && !reader.mentions(0, &selection).odd)
        .then(|| format!("SELECT * FROM {table} WHERE {selection}"))
}

/// Whether a statement has signs that are written in more than one way, outside of what a visitor sees.
fn is_odd(sql: &str) -> bool {
    sql.contains('{')
}

/// One statement. Values stay as they were written, so that a condition can be asked about in the same words.
fn parsed(sql: &str) -> Option<Sql> {
    let parsed = Parser::new(&MySqlDialect {})
        .with_recursion_limit(200)
        .with_options(ParserOptions { unescape: false, ..ParserOptions::default() })
        .try_with_sql(sql)
        .ok()?
        .parse_statements()
        .ok()?;
    let mut all = parsed.into_iter();
    all.next().filter(|_| all.next().is_none())
}

struct Reader<'a> {
    catalog: &'a Catalog,
    /// It has signs that are written in more than one way (ODBC's braces): its texts are not written again.
    odd: bool,
    blocks: Vec<Block>,
    /// Subqueries behind IN that were read as tables already.
    joined: Vec<Query>,
    /// What WITH has named, and the block of each.
    named: Vec<(String, usize)>,
}

/// What an expression speaks of.
#[derive(Default)]
struct Mentions {
    here: BTreeSet<usize>,
    /// Columns of a SELECT around this one.
    outer: bool,
    subquery: bool,
    /// A text with signs that may mean something else when it is written again.
    odd: bool,
}

impl Reader<'_> {
    /// The block that gives what `query` gives. `around`: the blocks that it stands in, the innermost last.
    fn query(&mut self, query: &Query, around: &[usize]) -> Option<usize> {
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
                Some(())
            }
            SetExpr::SetOperation { left, right, .. } => {
                for side in [left, right] {
                    let inner = self.blocks.len();
                    self.blocks.push(Block::default());
                    self.body(side, inner, around)?;
                    self.gives(at, inner);
                }
                Some(())
            }
            _ => None,
        }
    }

    /// The block `at` reads what `inner` gives.
    fn gives(&mut self, at: usize, inner: usize) {
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

    fn table(&self, name: &ObjectName) -> Option<String> {
        let parts: Option<Vec<&str>> =
            name.0.iter().map(|part| part.as_ident().map(|name| name.value.as_str())).collect();
        self.catalog.named(&parts?.join(".")).map(|(name, _)| name.to_owned())
    }

    fn column_in(&self, at: usize, source: usize, name: &Ident) -> Option<String> {
        let source = &self.blocks[at].sources[source];
        if source.given_by.is_some() {
            return Some(name.value.clone());
        }
        self.catalog.tables.get(&source.table)?.column_named(&name.value).map(str::to_owned)
    }

    /// Source and column that an expression names in this block.
    fn column(&self, at: usize, expr: &Expr) -> Option<(usize, String)> {
        let sources = &self.blocks[at].sources;
        match expr {
            Expr::Nested(inner) => self.column(at, inner),
            Expr::Identifier(name) => {
                // What another block gives has columns that nobody knows here; tables come first.
                let of_tables = (0..sources.len()).filter(|source| sources[*source].given_by.is_none());
                let is_given = |source: &Source| source.given_by.is_some() && !source.behind_in;
                let given = (0..sources.len()).filter(|source| is_given(&sources[*source]));
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

    fn mentions(&self, at: usize, expr: &Expr) -> Mentions {
        let mut all = All { reader: self, at, found: Mentions { odd: self.odd, ..Mentions::default() } };
        let _ = expr.visit(&mut all);
        all.found
    }

    fn link(&mut self, at: usize, one: (usize, String), other: (usize, String)) {
        self.blocks[at].links.push(Link { one, other });
    }

    /// Takes in what must hold. `outer`: the side that is joined to what the others give.
    fn condition(&mut self, expr: &Expr, at: usize, outer: Option<usize>, around: &[usize]) {
        if let Expr::In { expr: column, target: InTarget::Subquery(query), negated: false, .. } = expr
            && outer.is_none()
            && self.behind_in(at, column, query, around).is_some()
        {
            return;
        }
        match expr {
            Expr::Nested(inner) => return self.condition(inner, at, outer, around),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.condition(left, at, outer, around);
                return self.condition(right, at, outer, around);
            }
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                if let (Some(one), Some(other)) = (self.column(at, left), self.column(at, right))
                    && one.0 != other.0
                {
                    return self.link(at, one, other);
                }
            }
            // What holds in each of the ways holds in all.
            Expr::BinaryOp { left, op: BinaryOperator::Or, right } if outer.is_none() => {
                for common in common(left, right) {
                    self.condition(common, at, outer, around);
                }
                self.each_alone(at, expr);
            }
            _ => {}
        }
        let about = self.mentions(at, expr);
        if about.outer && !around.is_empty() {
            self.blocks[at].around = around.last().copied();
        }
        // What several tables must fulfil together leaves some rows; how many is not known.
        let [source] = about.here.iter().copied().collect::<Vec<_>>()[..] else { return };
        if outer.is_some_and(|outer| outer != source) {
            return;
        }
        let (key, how, single) = self.reading(at, expr);
        let asked = !about.outer && !about.subquery && !about.odd;
        let inside = inside(expr).filter(|_| key.is_none());
        let part = Part { key, how, single, inside, text: asked.then(|| expr.to_string()), share: None };
        self.blocks[at].sources[source].add(part);
    }

    /// What several tables must fulfil together in one of several ways says something of each table alone, where each way
    /// speaks of it: `(a.x = 1 AND b.y = 1) OR (a.x = 2 AND b.y = 2)`.
    fn each_alone(&mut self, at: usize, expr: &Expr) {
        if self.mentions(at, expr).here.len() < 2 {
            return;
        }
        let mut all = Vec::new();
        ways(expr, &mut all);
        for source in 0..self.blocks[at].sources.len() {
            let of_it = |part: &&&Expr| {
                let about = self.mentions(at, part);
                about.here == [source].into() && !about.outer && !about.subquery && !about.odd
            };
            let way = |parts: &Vec<&Expr>| {
                let texts: Vec<String> = parts.iter().filter(of_it).map(|part| format!("({part})")).collect();
                (!texts.is_empty()).then(|| texts.join(" AND "))
            };
            if let Some(texts) = all.iter().map(way).collect::<Option<Vec<_>>>() {
                let text = Some(texts.join(" OR "));
                let part =
                    Part { key: None, how: How::Other, single: false, inside: None, text, share: None };
                self.blocks[at].sources[source].add(part);
            }
        }
    }

    /// Reads `column IN (SELECT ...)` as a table that is joined, where the subquery does not refer to this block: so
    /// the server does, too.
    fn behind_in(&mut self, at: usize, expr: &Expr, query: &Query, around: &[usize]) -> Option<()> {
        let column = self.column(at, expr)?;
        let (known, named) = (self.blocks.len(), self.named.len());
        let around: Vec<usize> = around.iter().copied().chain([at]).collect();
        let block = self.query(query, &around);
        let block = block.filter(|block| self.blocks[*block..].iter().all(|inner| inner.around != Some(at)));
        let Some(block) = block else {
            self.blocks.truncate(known);
            self.named.truncate(named);
            return None;
        };
        self.joined.push(query.clone());
        self.gives(at, block);
        let source = self.blocks[at].sources.len() - 1;
        self.blocks[at].sources[source].behind_in = true;
        self.link(at, column, (source, String::new()));
        Some(())
    }

    /// The column that a condition compares, how, and whether with one value only.
    fn reading(&self, at: usize, expr: &Expr) -> (Option<String>, How, bool) {
        let nothing = (None, How::Other, false);
        let known = |expr: &Expr| self.mentions(at, expr).here.is_empty();
        let column = |expr: &Expr| self.column(at, expr).map(|(_, column)| column);
        match expr {
            Expr::BinaryOp { left, op, right } => {
                let how = match op {
                    BinaryOperator::Eq | BinaryOperator::Spaceship => How::Equal,
                    BinaryOperator::Gt | BinaryOperator::GtEq | BinaryOperator::Lt | BinaryOperator::LtEq => {
                        How::Range
                    }
                    _ => return nothing,
                };
                let found = match (column(left), column(right)) {
                    (Some(name), _) if known(right) => Some(name),
                    (_, Some(name)) if known(left) => Some(name),
                    _ => None,
                };
                found.map_or(nothing, |name| (Some(name), how, how == How::Equal))
            }
            Expr::Between { expr, negated: false, low, high } if known(low) && known(high) => {
                (column(expr), How::Range, false)
            }
            Expr::In { expr, target: InTarget::List(list), negated: false, .. } if list.iter().all(known) => {
                (column(expr), How::Equal, list.len() == 1)
            }
            Expr::Like { negated: false, expr, pattern, .. } if starts(pattern) => {
                (column(expr), How::Prefix, false)
            }
            Expr::IsNull(inner) => (column(inner), How::Equal, true),
            _ => nothing,
        }
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
            self.blocks[at].sorts = true;
            self.blocks[at].order = self.order(keys, at);
            for key in keys {
                if let Some((source, column)) = self.column(at, &key.expr) {
                    self.blocks[at].sources[source].read.insert(column);
                }
            }
        }
        let number = |expr: &Expr| match expr {
            Expr::Value(value) => match &value.value {
                Value::Number(text, _) => text.parse::<f64>().ok(),
                _ => None,
            },
            _ => None,
        };
        self.blocks[at].limit = match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit: Some(limit), offset, .. }) => {
                let skipped = offset.as_ref().map_or(Some(0.0), |offset| number(&offset.value));
                number(limit).zip(skipped).map(|(limit, skipped)| limit + skipped)
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
                number(limit).zip(number(offset)).map(|(limit, skipped)| limit + skipped)
            }
            _ => None,
        };
    }

    fn order(&self, keys: &[OrderByExpr], at: usize) -> Option<(usize, Vec<(String, bool)>)> {
        let mut found: Option<(usize, Vec<(String, bool)>)> = None;
        for key in keys {
            let (source, column) = self.column(at, &key.expr)?;
            let (first, columns) = found.get_or_insert((source, Vec::new()));
            if *first != source {
                return None;
            }
            columns.push((column, matches!(key.options.sort, Some(OrderBySort::Desc))));
        }
        found.filter(|(source, _)| self.blocks[at].sources[*source].given_by.is_none())
    }
}

/// What stands in both of two conditions.
fn common<'a>(left: &'a Expr, right: &Expr) -> Vec<&'a Expr> {
    let (mut one, mut other) = (Vec::new(), Vec::new());
    ways(left, &mut one);
    ways(right, &mut other);
    let Some((first, rest)) = one.split_first() else { return Vec::new() };
    first.iter().copied().filter(|part| rest.iter().chain(&other).all(|way| way.contains(part))).collect()
}

/// The ways in which a condition can hold, each with what must hold in it.
fn ways<'a>(expr: &'a Expr, found: &mut Vec<Vec<&'a Expr>>) {
    fn parts<'a>(expr: &'a Expr, found: &mut Vec<&'a Expr>) {
        match expr {
            Expr::Nested(inner) => parts(inner, found),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                parts(left, found);
                parts(right, found);
            }
            other => found.push(other),
        }
    }
    match expr {
        Expr::Nested(inner) => ways(inner, found),
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            ways(left, found);
            ways(right, found);
        }
        other => {
            let mut way = Vec::new();
            parts(other, &mut way);
            found.push(way);
        }
    }
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

/// What stands around the column where a comparison would be of use without it.
fn inside(expr: &Expr) -> Option<String> {
    let (left, right) = match expr {
        Expr::BinaryOp {
            left,
            op:
                BinaryOperator::Eq
                | BinaryOperator::Gt
                | BinaryOperator::GtEq
                | BinaryOperator::Lt
                | BinaryOperator::LtEq,
            right,
        } => (left, right),
        Expr::Between { expr, low, negated: false, .. } => (expr, low),
        _ => return None,
    };
    let is_value = |expr: &Expr| {
        let mut columns = Columns::default();
        let _ = expr.visit(&mut columns);
        columns.0.is_empty()
    };
    let holds_one = |expr: &Expr| {
        let mut columns = Columns::default();
        let _ = expr.visit(&mut columns);
        matches!(expr, Expr::Function(_) | Expr::Cast { .. } | Expr::BinaryOp { .. }) && columns.0.len() == 1
    };
    [(left, right), (right, left)]
        .into_iter()
        .find(|(one, other)| holds_one(one) && is_value(other))
        .map(|(one, _)| fingerprint(&one.to_string(), Dialect::MySql))
}

/// Whether a pattern begins with something that an index can look for.
fn starts(pattern: &Expr) -> bool {
    let Expr::Value(value) = pattern else { return false };
    match &value.value {
        Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
            text.chars().next().is_some_and(|first| !matches!(first, '%' | '_' | '\\'))
        }
        _ => false,
    }
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

/// Names of columns, also those inside of subqueries: they may be of a SELECT around them.
#[derive(Default)]
struct Columns(Vec<Expr>);

impl Visitor for Columns {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) {
            self.0.push(expr.clone());
        }
        ControlFlow::Continue(())
    }
}

struct All<'a, 'b> {
    reader: &'a Reader<'b>,
    at: usize,
    found: Mentions,
}

impl Visitor for All<'_, '_> {
    type Break = ();

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        self.found.odd |= match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
                text.contains(['\'', '"', '\\'])
            }
            Value::Number(..) | Value::Boolean(_) | Value::Null => false,
            _ => true,
        };
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.found.subquery = true;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => match self.reader.column(self.at, expr) {
                Some((source, _)) => {
                    self.found.here.insert(source);
                }
                None => self.found.outer = true,
            },
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::advice::{Column, Table};

    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        for (name, columns) in
            [("orders", &["id", "customer_id", "state", "at"][..]), ("`Order`", &["id", "`from`"])]
        {
            let columns = columns.iter().map(|name| ((*name).to_owned(), Column::default())).collect();
            catalog.tables.insert(name.to_owned(), Table { columns, ..Table::default() });
        }
        catalog
    }

    fn read(sql: &str) -> Vec<Block> {
        blocks(sql, &catalog()).unwrap_or_else(|| panic!("{sql}"))
    }

    #[test]
    fn conditions_are_told_by_column_and_kind() {
        let all = read(
            "SELECT at FROM orders AS o WHERE o.Customer_ID IN (1, 2) AND state LIKE 'pa%' AND at >= '2026-01-01' AND at < NOW() AND LOWER(state) = 'x'",
        );
        let parts: Vec<_> =
            all[0].sources[0].parts.iter().map(|part| (part.key.as_deref(), part.how)).collect();
        assert_eq!(
            parts,
            [
                (Some("customer_id"), How::Equal),
                (Some("state"), How::Prefix),
                (Some("at"), How::Range),
                (None, How::Other)
            ]
        );
        assert_eq!(all[0].sources[0].parts[2].text.as_deref(), Some("(at >= '2026-01-01') AND (at < NOW())"));
        assert_eq!(all[0].sources[0].parts[3].inside.as_deref(), Some("lower(state)"));
        let quoted = read("SELECT * FROM `Order` WHERE `from` = 3");
        assert_eq!(quoted[0].sources[0].parts[0].key.as_deref(), Some("`from`"));
    }

    #[test]
    fn what_holds_in_every_way_holds() {
        let all = read(
            "SELECT id FROM orders o JOIN `Order` p WHERE (o.id = p.id AND state = 'a' AND at > 1) OR (state = 'a' AND o.id = p.id) \
             OR (o.id = p.id AND (state = 'a' AND customer_id = 3))",
        );
        assert_eq!(all[0].links, [Link { one: (0, "id".to_owned()), other: (1, "id".to_owned()) }]);
        let keys: Vec<_> = all[0].sources[0].parts.iter().filter_map(|part| part.key.as_deref()).collect();
        assert_eq!(keys, ["state"]);
    }

    #[test]
    fn a_subquery_behind_in_is_a_table_where_it_stands_alone() {
        let all =
            read("SELECT id FROM orders WHERE customer_id IN (SELECT id FROM `Order` WHERE `from` = 3)");
        assert_eq!((all.len(), all[0].sources.len(), all[0].links.len()), (2, 2, 1), "{all:?}");
        let all = read(
            "SELECT id FROM orders o WHERE customer_id IN (SELECT id FROM `Order` p WHERE p.`from` = o.at)",
        );
        assert_eq!((all.len(), all[0].sources.len(), all[1].around), (2, 1, Some(0)), "{all:?}");
    }

    #[test]
    fn texts_that_may_not_come_out_as_they_went_in_are_not_asked_about() {
        for value in [
            r"'it\'s'",
            "'it''s'",
            r"'a\\'",
            r#"'say "x"'"#,
            "x'41'",
            r"DATE '2024-01-01\\'",
            "{d '2024-01-01'}",
        ] {
            let all = read(&format!("SELECT id FROM orders WHERE state = {value}"));
            assert_eq!(all[0].sources[0].parts[0].text, None, "{value}");
        }
    }

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
    fn what_cannot_be_reckoned_with_is_not_read() {
        for sql in [
            "SELECT * FROM orders NATURAL JOIN `Order`",
            "SELECT * FROM nowhere",
            "SELECT 1; SELECT 2",
            "INSERT INTO orders VALUES (1)",
            "SELECT * FROM orders RIGHT JOIN `Order` USING (id)",
        ] {
            assert_eq!(blocks(sql, &catalog()), None, "{sql}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(words in proptest::collection::vec(proptest::sample::select(vec![
            "SELECT", "FROM", "orders", "o", "WHERE", "(", ")", "AND", "OR", "id", "=", "1", "JOIN", "ON", "IN", ",", "EXISTS", "LIMIT",
            "ORDER", "BY", "UNION", "WITH", "AS", "'a'", "`Order`", "LEFT", "*", "NOT", ".",
        ]), 0..30)) {
            let sql = format!("SELECT {}", words.join(" "));
            let catalog = catalog();
            if let Some(blocks) = blocks(&sql, &catalog) {
                let known = super::super::Known { catalog: &catalog, costs: super::super::Costs::MYSQL };
                let _ = known.cost(&blocks, &[]);
            }
            let _ = as_select(&sql);
        }
    }
}
