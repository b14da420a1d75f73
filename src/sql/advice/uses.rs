//! What a statement looks for: which columns it compares, joins, sorts and reads.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Distinct, Expr, GroupByExpr, InTarget, OrderByKind, OrderBySort, Query, SelectItem,
    SetExpr, Statement as Sql, TableFactor, UnaryOperator, Value, Visit, Visitor,
};
use sqlparser::dialect::PostgreSqlDialect;

use super::Catalog;
use super::naming::{Names, meant};
use super::parsed::{extreme, parsed};

/// What a statement does with one table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Uses {
    /// Compared with a value: `a = 1`, `a in (...)`.
    pub equal: BTreeSet<String>,
    /// Compared with a column of another table.
    pub joined: BTreeSet<String>,
    /// Compared with bounds: `<`, `between`, `like 'x%'` where order allows.
    pub range: BTreeSet<String>,
    /// `like 'x%'`.
    pub prefix: BTreeSet<String>,
    /// `like '%xyz%'`, `ilike`.
    pub infix: BTreeSet<String>,
    /// `@>` on JSON or an array.
    pub contains: BTreeSet<String>,
    /// Keys of indexes by content, as SQL has them: `to_tsvector('english', body)`, `(meta -> 'tags') jsonb_path_ops`.
    pub content: BTreeSet<String>,
    /// What would let an index serve that can't as it is written.
    pub rewrites: BTreeSet<String>,
    /// Conditions that hold for few rows and can be an index's own: `deleted_at IS NULL`, `NOT done`.
    pub partial: BTreeSet<String>,
    /// Sorted by, in order; `true`: descending.
    pub order: Vec<(String, bool)>,
    /// Every column that is read.
    pub read: BTreeSet<String>,
    /// All columns are read.
    pub all: bool,
    /// The statement deletes from this table.
    pub deleted: bool,
}

/// By table; nothing where the statement can't be read.
#[must_use]
pub fn uses(sql: &str, catalog: &Catalog) -> Option<BTreeMap<String, Uses>> {
    let statement = &parsed(sql, &PostgreSqlDialect {}, true)?;
    let mut names = Names { catalog, aliases: BTreeMap::new(), alone: is_alone(statement) };
    let _ = statement.visit(&mut names);
    let mut reader = Reader { names, uses: BTreeMap::new() };
    for table in reader.names.aliases.values() {
        reader.uses.entry(table.clone()).or_default();
    }
    if let Sql::Delete(delete) = statement {
        let from = match &delete.from {
            sqlparser::ast::FromTable::WithFromKeyword(tables)
            | sqlparser::ast::FromTable::WithoutKeyword(tables) => tables,
        };
        for table in from {
            if let TableFactor::Table { name, .. } = &table.relation
                && let Some(table) = reader.names.table(name)
            {
                reader.uses.entry(table).or_default().deleted = true;
            }
        }
    }
    let _ = statement.visit(&mut reader);
    Some(reader.uses)
}

struct Reader<'a> {
    names: Names<'a>,
    uses: BTreeMap<String, Uses>,
}

impl Reader<'_> {
    fn at(&mut self, table: String) -> &mut Uses {
        self.uses.entry(table).or_default()
    }

    fn compared(&mut self, left: &Expr, right: &Expr, equal: bool) {
        // By another collation than that of the column.
        if [left, right].iter().any(|side| matches!(side, Expr::Collate { .. })) {
            return;
        }
        let (one, other) = (self.names.target(left), self.names.target(right));
        match (one, other) {
            (Some((table, _)), Some((same, _))) if table == same => {
                // Two columns of a table, or the table joined with itself under two names.
                if let (Some(a), Some(b)) = (alias(left), alias(right))
                    && a != b
                    && equal
                {
                    for expr in [left, right] {
                        if let Some((table, column)) = self.names.column(expr) {
                            self.at(table).joined.insert(column);
                        }
                    }
                }
            }
            (Some((table, column)), Some((other, with))) => {
                if equal {
                    self.at(table).joined.insert(column);
                    self.at(other).joined.insert(with);
                }
            }
            (Some((table, column)), None) | (None, Some((table, column))) => {
                let uses = self.at(table);
                if equal {
                    uses.equal.insert(column)
                } else {
                    uses.range.insert(column)
                };
            }
            (None, None) => {}
        }
    }

    fn like(&mut self, expr: &Expr, pattern: &Expr, folds: bool) {
        let Some((table, column)) = self.names.target(expr) else { return };
        let Some(text) = text_of(pattern).filter(|_| self.names.is_text(expr)) else { return };
        let uses = self.at(table);
        let starts = text.chars().next().is_some_and(|c| c != '%' && c != '_');
        if starts && !folds {
            uses.prefix.insert(column);
        } else if text.split(|sign: char| !sign.is_alphanumeric()).any(|word| word.chars().count() >= 3) {
            // Three signs of a word are what such an index holds.
            uses.infix.insert(column);
        }
    }

    /// `~ '^word'` is looked for like `LIKE 'word%'`.
    fn regex(&mut self, expr: &Expr, pattern: &Expr) {
        let starts = |text: &str| {
            let word = text.strip_prefix('^').unwrap_or_default();
            let plain =
                word.chars().take_while(|sign| sign.is_alphanumeric() || matches!(sign, '-' | '_' | ' '));
            plain.count() >= 3 && !text.contains('|')
        };
        if let (Some((table, column)), Some(text)) = (self.names.target(expr), text_of(pattern))
            && starts(text)
            && self.names.is_text(expr)
        {
            self.at(table).prefix.insert(column);
        }
    }

    /// Columns that are a condition by themselves: `WHERE active`.
    fn booleans(&mut self, condition: &Expr) {
        match condition {
            Expr::Nested(inner) => self.booleans(inner),
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.booleans(left);
                self.booleans(right);
            }
            _ => {
                if let Some((table, column)) = self.names.column(condition) {
                    let uses = self.at(table);
                    uses.partial.insert(column.clone());
                    uses.equal.insert(column);
                }
            }
        }
    }

    fn order(&mut self, keys: Vec<(&Expr, bool)>) {
        let mut found: Vec<(String, String, bool)> = Vec::new();
        for (key, descending) in keys {
            match self.names.target(key) {
                Some((table, column)) if found.first().is_none_or(|(first, ..)| *first == table) => {
                    found.push((table, column, descending));
                }
                _ => break,
            }
        }
        if let Some((table, ..)) = found.first() {
            let table = table.clone();
            let uses = self.at(table);
            if uses.order.is_empty() {
                uses.order = found.into_iter().map(|(_, column, descending)| (column, descending)).collect();
            }
        }
    }
}

impl Visitor for Reader<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(order) = &query.order_by
            && let OrderByKind::Expressions(keys) = &order.kind
        {
            // An order in which what has no value stands elsewhere is another one.
            let usual = keys.iter().take_while(|key| {
                let descending = matches!(key.options.sort, Some(OrderBySort::Desc));
                key.options.nulls_first.is_none_or(|first| first == descending)
            });
            self.order(
                usual.map(|key| (&key.expr, matches!(key.options.sort, Some(OrderBySort::Desc)))).collect(),
            );
        }
        if let SetExpr::Select(select) = &*query.body {
            if select
                .projection
                .iter()
                .any(|item| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)))
            {
                // `exists (select * ...)` reads nothing, but telling that apart gains little.
                for uses in self.uses.values_mut() {
                    uses.all = true;
                }
            }
            if let Some(Distinct::On(keys)) = &select.distinct {
                self.order(keys.iter().map(|key| (key, false)).collect());
            }
            if let Some(condition) = &select.selection {
                self.booleans(condition);
            }
            if matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty()) {
                self.order(
                    select.projection.iter().filter_map(of_item).filter_map(extreme).take(1).collect(),
                );
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Some((table, column)) = self.names.column(expr) {
            self.at(table).read.insert(column);
        }
        match expr {
            Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::Eq => self.compared(left, right, true),
                BinaryOperator::Gt | BinaryOperator::GtEq | BinaryOperator::Lt | BinaryOperator::LtEq => {
                    self.compared(left, right, false);
                }
                BinaryOperator::AtArrow | BinaryOperator::PGOverlap => {
                    if let Some((table, column)) = self.names.column(left) {
                        self.at(table).contains.insert(column);
                    } else if *op == BinaryOperator::AtArrow
                        && self.names.is_json(left)
                        && let Some((table, key)) = self.names.target(left)
                    {
                        self.at(table).content.insert(format!("{key} jsonb_path_ops"));
                    }
                }
                BinaryOperator::AtAt => {
                    if let Some((table, key)) = self.names.searched(left) {
                        self.at(table).content.insert(key);
                    }
                }
                // The smaller operator class has no keys by themselves.
                BinaryOperator::Question | BinaryOperator::QuestionPipe | BinaryOperator::QuestionAnd => {
                    if self.names.is_json(left)
                        && let Some((table, key)) = self.names.target(left)
                    {
                        self.at(table).content.insert(key);
                    }
                }
                BinaryOperator::PGRegexMatch => self.regex(left, right),
                _ => {}
            },
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => {
                if let Some((table, column)) = self.names.column(right) {
                    let rewrite = format!(
                        "no index serves = ANY ({column}); write {column} @> ARRAY[...], and one by content (GIN) on {column} can"
                    );
                    self.at(table).rewrites.insert(rewrite);
                } else if let Some((table, column)) = self.names.target(left) {
                    self.at(table).equal.insert(column);
                }
            }
            Expr::Between { expr, negated: false, .. } => {
                if let Some((table, column)) = self.names.target(expr) {
                    self.at(table).range.insert(column);
                }
            }
            Expr::In { expr, target, negated: false, .. } => {
                if let Some((table, column)) = self.names.target(expr) {
                    let uses = self.at(table);
                    match target {
                        InTarget::Subquery(_) => uses.joined.insert(column),
                        _ => uses.equal.insert(column),
                    };
                }
            }
            // A b-tree finds what has no value, too, and what has one.
            Expr::IsNull(inner) => {
                if let Some((table, column)) = self.names.column(inner) {
                    let uses = self.at(table);
                    uses.partial.insert(format!("{column} IS NULL"));
                    uses.equal.insert(column);
                }
            }
            Expr::IsNotNull(inner) => {
                if let Some((table, column)) = self.names.column(inner) {
                    let uses = self.at(table);
                    uses.partial.insert(format!("{column} IS NOT NULL"));
                    uses.range.insert(column);
                }
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                if let Some((table, column)) = self.names.column(expr) {
                    let uses = self.at(table);
                    uses.partial.insert(format!("NOT {column}"));
                    uses.equal.insert(column);
                }
            }
            Expr::IsTrue(inner) | Expr::IsFalse(inner) => {
                if let Some((table, column)) = self.names.column(inner) {
                    self.at(table).equal.insert(column);
                }
            }
            Expr::Like { negated: false, expr, pattern, .. } => self.like(expr, pattern, false),
            Expr::ILike { negated: false, expr, pattern, .. } => self.like(expr, pattern, true),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Whether a statement asks one table by one condition.
fn is_alone(statement: &Sql) -> bool {
    let Sql::Query(query) = statement else { return false };
    let SetExpr::Select(select) = &*query.body else { return false };
    let [from] = &select.from[..] else { return false };
    let joined =
        query.with.is_some() || !from.joins.is_empty() || !matches!(from.relation, TableFactor::Table { .. });
    let mut condition = select.selection.as_ref();
    while let Some(Expr::Nested(inner)) = condition {
        condition = Some(inner);
    }
    let several =
        matches!(condition, Some(Expr::BinaryOp { op: BinaryOperator::And | BinaryOperator::Or, .. }));
    !joined && !several
}

/// What is selected, without its name.
fn of_item(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

/// What a qualified column is qualified with.
fn alias(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Nested(inner) => alias(inner),
        Expr::CompoundIdentifier(parts) => parts.first().map(meant),
        _ => None,
    }
}

fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Nested(inner) => text_of(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}
