//! What the rows of a block must be like: which column a condition compares and how, and which tables it joins.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, InTarget, Query, SetExpr,
    UnaryOperator, Value, Visit, Visitor,
};

use super::kinds::Kind;
use super::reader::Reader;
use super::ways::{common, either, ways};
use super::{Link, Part};
use crate::sql::fingerprint::{Dialect, fingerprint};
use crate::sql::plan::condition::How;

/// Subqueries behind IN that stand deeper than this are not read as tables.
const MOST_INSIDE: usize = 4;

impl Reader<'_> {
    /// Takes in what must hold. `outer`: the side that is joined to what the others give.
    pub(super) fn condition(&mut self, expr: &Expr, at: usize, outer: Option<usize>, around: &[usize]) {
        if let Expr::In { expr: column, target: InTarget::Subquery(query), negated: false, .. } = expr
            && outer.is_none()
            && self.joins_behind_in
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
        self.blocks[at].unsure |= about.subquery || about.here.len() > 1;
        let [source] = about.here.iter().copied().collect::<Vec<_>>()[..] else { return };
        if outer.is_some_and(|outer| outer != source) {
            return;
        }
        let (key, how, single) = self.reading(at, expr, around);
        // What WHERE says of the other side of an outer join is asked of joined rows: where it can't hold without a
        // partner the join is no outer one, and where it can nobody knows how many are left.
        if outer.is_none() && self.blocks[at].sources[source].outer {
            if key.is_none() || matches!(expr, Expr::IsNull(_)) {
                return;
            }
            let source = &mut self.blocks[at].sources[source];
            source.outer = false;
            source.after.clear();
        }
        let asked = !about.outer && !about.subquery && !about.odd;
        let rewrite = if key.is_none() { self.rewrite(at, expr, around) } else { None };
        let part = Part { key, how, single, rewrite, text: asked.then(|| expr.to_string()), share: None };
        self.blocks[at].sources[source].add(part);
    }

    pub(super) fn link(&mut self, at: usize, one: (usize, String), other: (usize, String)) {
        let serves = match (self.kind(at, &one), self.kind(at, &other)) {
            (Some(kind), Some(others)) => (kind.joins(others), others.joins(kind)),
            _ => (false, false),
        };
        self.blocks[at].links.push(Link { one, other, serves });
    }

    /// What several tables must fulfil together in one of several ways says something of each table alone, where each way
    /// speaks of it: `(a.x = 1 AND b.y = 1) OR (a.x = 2 AND b.y = 2)`.
    fn each_alone(&mut self, at: usize, expr: &Expr) {
        if self.mentions(at, expr).here.len() < 2 {
            return;
        }
        let all = ways(expr);
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
                    Part { key: None, how: How::Other, single: false, rewrite: None, text, share: None };
                self.blocks[at].sources[source].add(part);
            }
        }
    }

    /// Reads `column IN (SELECT ...)` as a table that is joined, where the subquery does not refer to this block: so
    /// the server does, too.
    fn behind_in(&mut self, at: usize, expr: &Expr, query: &Query, around: &[usize]) -> Option<()> {
        // One of several SELECTs is not: it is run again for each row.
        let SetExpr::Select(_) = &*query.body else { return None };
        // What turns out to refer to this block is read a second time, and all inside of it.
        if around.len() > MOST_INSIDE {
            return None;
        }
        let column = self.column(at, expr)?;
        let (known, named) = (self.blocks.len(), self.named.len());
        let around: Vec<usize> = around.iter().copied().chain([at]).collect();
        let block = self.query(query, &around);
        let block = block.filter(|block| self.blocks[*block..].iter().all(|inner| inner.around != Some(at)));
        let Some(block) = block else {
            self.blocks.truncate(known);
            self.named.truncate(named);
            self.gives.retain(|(block, _)| *block < known);
            return None;
        };
        self.joined.push(query.clone());
        self.gives(at, block);
        let source = self.blocks[at].sources.len() - 1;
        self.blocks[at].sources[source].behind_in = true;
        self.link(at, column, (source, String::new()));
        Some(())
    }

    /// What would have to be written instead of a condition that no index serves.
    fn rewrite(&self, at: usize, expr: &Expr, around: &[usize]) -> Option<String> {
        if let Some(inside) = inside(expr) {
            return Some(format!(
                "{inside} hides its column from every index: compare the column itself, and one on it can serve"
            ));
        }
        match expr {
            Expr::In { expr, target: InTarget::Subquery(_), negated: false, .. } => {
                let (_, column) = self.column(at, expr).filter(|_| !self.joins_behind_in)?;
                Some(format!(
                    "what stands behind IN is looked for again for each row of an UPDATE or DELETE: join the tables, and an index on \
                     {column} can serve"
                ))
            }
            Expr::BinaryOp { op: BinaryOperator::Or, .. } => {
                let serves = |expr: &&Expr| self.reading(at, expr, around).0.is_some();
                either(expr).iter().all(serves).then(|| {
                    "its OR compares several columns: an index on each of them may serve together (index_merge), and surely with a SELECT \
                     for each put together by UNION"
                        .to_owned()
                })
            }
            _ => None,
        }
    }

    /// The column that a condition compares, how, and whether with one value only. `None` for the column where no index
    /// on it can be gone down.
    fn reading(&self, at: usize, expr: &Expr, around: &[usize]) -> (Option<String>, How, bool) {
        let nothing = (None, How::Other, false);
        let fits = |column: &Expr, value: &Expr| {
            let about = self.mentions(at, value);
            about.here.is_empty() && !about.varies && self.takes(at, column, value, around)
        };
        let column = |expr: &Expr| self.column(at, expr).map(|(_, column)| column);
        match expr {
            Expr::Nested(inner) => self.reading(at, inner, around),
            Expr::BinaryOp { op: BinaryOperator::Or, .. } => {
                let each = either(expr).into_iter().map(|one| self.reading(at, one, around));
                each.reduce(|one, other| {
                    let how = if one.1 == How::Equal { other.1 } else { How::Range };
                    let serves = |how| matches!(how, How::Equal | How::Range | How::Prefix);
                    let same = one.0 == other.0 && serves(one.1) && serves(other.1);
                    if same {
                        (one.0, if how == How::Equal { how } else { How::Range }, false)
                    } else {
                        nothing.clone()
                    }
                })
                .unwrap_or(nothing.clone())
            }
            Expr::BinaryOp { left, op, right } => {
                let how = match op {
                    BinaryOperator::Eq | BinaryOperator::Spaceship => How::Equal,
                    BinaryOperator::Gt | BinaryOperator::GtEq | BinaryOperator::Lt | BinaryOperator::LtEq => {
                        How::Range
                    }
                    _ => return nothing,
                };
                let found = match (column(left), column(right)) {
                    (Some(name), _) if fits(left, right) => Some(name),
                    (_, Some(name)) if fits(right, left) => Some(name),
                    _ => None,
                };
                found.map_or(nothing, |name| (Some(name), how, how == How::Equal))
            }
            Expr::Between { expr, negated: false, low, high } if fits(expr, low) && fits(expr, high) => {
                (column(expr), How::Range, false)
            }
            Expr::In { expr, target: InTarget::List(list), negated: false, .. }
                if list.iter().all(|value| fits(expr, value)) =>
            {
                (column(expr), How::Equal, list.len() == 1)
            }
            Expr::Like { negated: false, expr, pattern, .. } if starts(pattern) && self.is_text(at, expr) => {
                (column(expr), How::Prefix, false)
            }
            Expr::IsNull(inner) => (column(inner), How::Equal, true),
            // `NOT paid` is `paid = 0`.
            Expr::UnaryOp { op: UnaryOperator::Not, expr } if self.column(at, expr).is_some() => {
                (column(expr), How::Equal, true)
            }
            // `WHERE paid` is `paid <> 0`.
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => (column(expr), How::Range, false),
            _ => nothing,
        }
    }

    /// Whether an index on a column is gone down with such a value, which may be a column of a SELECT around this one.
    fn takes(&self, at: usize, column: &Expr, value: &Expr, around: &[usize]) -> bool {
        let Some(about) = self.column(at, column).and_then(|column| self.about(at, &column)) else {
            return true;
        };
        let kind = Kind::of(about);
        if !matches!(value, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) {
            return kind.takes(Kind::of_value(value));
        }
        let outer = around.iter().rev().find_map(|outer| self.about(*outer, &self.column(*outer, value)?));
        outer.is_none_or(|outer| kind.joins(Kind::of(outer)))
    }

    /// LIKE compares texts: of a date or a number no index is of use for it.
    fn is_text(&self, at: usize, expr: &Expr) -> bool {
        let about = self.column(at, expr).and_then(|column| self.about(at, &column));
        about.is_none_or(|about| matches!(Kind::of(about), Kind::Text(_) | Kind::Bytes | Kind::Any))
    }
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
    if let Expr::Function(call) = pattern
        && call.name.to_string().eq_ignore_ascii_case("CONCAT")
        && let FunctionArguments::List(list) = &call.args
        && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(first))) = list.args.first()
    {
        return starts(first);
    }
    let Expr::Value(value) = pattern else { return false };
    match &value.value {
        Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => {
            text.chars().next().is_some_and(|first| !matches!(first, '%' | '_' | '\\'))
        }
        _ => false,
    }
}

/// Names of columns, also those inside of subqueries: they may be of a SELECT around them.
#[derive(Default)]
pub(super) struct Columns(pub(super) Vec<Expr>);

impl Visitor for Columns {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) {
            self.0.push(expr.clone());
        }
        ControlFlow::Continue(())
    }
}
