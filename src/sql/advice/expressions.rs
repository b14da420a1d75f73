//! What an index can hold besides a column: an expression that always gives the same for the same row. Which functions
//! and casts do is PostgreSQL's to say ("immutable"), and depends on types: a `timestamp` is of one day wherever it is
//! asked, a `timestamptz` is not.
//!
//! <https://www.postgresql.org/docs/current/xfunc-volatility.html>

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    UnaryOperator, Value, Visit, VisitMut, Visitor, VisitorMut,
};

use super::naming::Names;

/// Functions that compute from texts, numbers and JSON alone.
const COMPUTING: &str = "abs ascii btrim ceil ceiling char_length character_length floor initcap jsonb_array_length \
    jsonb_extract_path_text left length lower lpad ltrim md5 octet_length replace reverse right round \
    rpad rtrim sign split_part strpos substr substring trim upper";
/// Functions that give one of what they are given.
const CHOOSING: &str = "coalesce greatest least nullif";
/// Functions of times, which give the same everywhere only for those without a time zone.
const OF_TIMES: &str = "date date_part date_trunc";

impl Names<'_> {
    /// Table and indexable expression: a column, a function of one, a field of JSON.
    pub(super) fn target(&self, expr: &Expr) -> Option<(String, String)> {
        if let Some(column) = self.column(expr) {
            return Some(column);
        }
        if let Expr::Nested(inner) = expr {
            return self.target(inner);
        }
        let (table, kinds) = self.made_of(expr)?;
        // What may fail is only kept off rows that other conditions leave out; an index is of all.
        (is_immutable(expr, &kinds) && (self.alone || !fails(expr, &kinds)))
            .then(|| (table, self.written(expr)))
    }

    /// Whether a column or an expression is a text, so that an index of its beginnings or its parts serves LIKE.
    pub(super) fn is_text(&self, expr: &Expr) -> bool {
        self.made_of(expr).is_some_and(|(_, kinds)| kinds.iter().all(|kind| is_text(kind)))
    }

    /// Whether an expression is JSON.
    pub(super) fn is_json(&self, expr: &Expr) -> bool {
        let gives_json = match expr {
            Expr::Nested(inner) => return self.is_json(inner),
            Expr::BinaryOp { op, .. } => matches!(op, BinaryOperator::Arrow | BinaryOperator::HashArrow),
            other => self.column(other).is_some(),
        };
        gives_json && self.made_of(expr).is_some_and(|(_, kinds)| kinds.iter().all(|kind| *kind == "jsonb"))
    }

    /// Table and key of a full text search: `to_tsvector('english', body)`, with the name of its configuration, or a column
    /// that is one.
    pub(super) fn searched(&self, expr: &Expr) -> Option<(String, String)> {
        if let Some((table, column)) = self.column(expr) {
            let kind = &self.catalog.tables.get(&table)?.columns.get(&column)?.kind;
            return (kind == "tsvector").then_some((table, column));
        }
        let call = match expr {
            Expr::Nested(inner) => return self.searched(inner),
            Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("to_tsvector") => call,
            _ => return None,
        };
        let [configuration, text] = &arguments(call)?[..] else { return None };
        let is_named = matches!(configuration, Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_)));
        let (table, kinds) = self.made_of(text)?;
        (is_named && is_immutable(text, &kinds)).then(|| (table, self.written(expr)))
    }

    /// The one table whose columns an expression is made of, and their types.
    fn made_of(&self, expr: &Expr) -> Option<(String, Vec<&str>)> {
        let mut columns = Columns(Vec::new());
        if expr.visit(&mut columns).is_break() {
            return None;
        }
        let known: Option<Vec<_>> = columns.0.iter().map(|expr| self.column(expr)).collect();
        let known = known?;
        let (table, _) = known.first()?.clone();
        let about = self.catalog.tables.get(&table)?;
        let kinds = known.iter().map(|(of, column)| {
            (*of == table).then(|| about.columns.get(column).map(|column| &*column.kind)).flatten()
        });
        let kinds = kinds.collect::<Option<_>>()?;
        Some((table, kinds))
    }

    /// An expression as an index has it: names without their tables, in parentheses where it is no call.
    fn written(&self, expr: &Expr) -> String {
        struct Own<'a, 'b>(&'a Names<'b>);
        impl VisitorMut for Own<'_, '_> {
            type Break = ();
            fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
                if matches!(expr, Expr::CompoundIdentifier(_) | Expr::Identifier(_))
                    && let Some((_, column)) = self.0.column(expr)
                {
                    // As the catalog has it, in quotes where it needs them.
                    *expr = Expr::Identifier(Ident::new(column));
                } else if let Expr::Function(call) = expr {
                    for part in &mut call.name.0 {
                        if let sqlparser::ast::ObjectNamePart::Identifier(name) = part {
                            name.value = name.value.to_lowercase();
                        }
                    }
                }
                ControlFlow::Continue(())
            }
        }
        let mut own = expr.clone();
        let _ = VisitMut::visit(&mut own, &mut Own(self));
        if matches!(own, Expr::Function(_)) { own.to_string() } else { format!("({own})") }
    }
}

/// Names of columns; ends at a subquery.
struct Columns(Vec<Expr>);

impl Visitor for Columns {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => self.0.push(expr.clone()),
            Expr::Subquery(_) | Expr::Exists { .. } => return ControlFlow::Break(()),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Whether an expression gives the same for the same row, whoever asks, whenever; `kinds`: the types of its columns.
fn is_immutable(expr: &Expr, kinds: &[&str]) -> bool {
    let same = |expr: &Expr| is_immutable(expr, kinds);
    let plain_times = || kinds.iter().all(|kind| matches!(*kind, "timestamp without time zone" | "date"));
    let texts = || kinds.iter().all(|kind| is_text(kind));
    match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => true,
        Expr::Nested(inner) => same(inner),
        Expr::Value(value) => {
            matches!(value.value, Value::Number(..) | Value::SingleQuotedString(_) | Value::Boolean(_))
        }
        Expr::Function(call) => {
            let name = call.name.to_string().to_lowercase();
            let known = |all: &str| all.split_whitespace().any(|one| one == name);
            // Of a date `date_trunc` makes a time with a zone first.
            let of_times =
                || plain_times() && (name != "date_trunc" || kinds.iter().all(|kind| *kind != "date"));
            let alike = || {
                texts()
                    || kinds.iter().all(|kind| is_number(kind))
                    || kinds.windows(2).all(|two| two[0] == two[1])
            };
            // A constant beside a time is read when the index is made: 'today'.
            let choosing = || alike() && !kinds.iter().any(|kind| is_time(kind));
            let harmless = known(COMPUTING) || known(OF_TIMES) && of_times() || known(CHOOSING) && choosing();
            harmless && arguments(call).is_some_and(|all| all.into_iter().all(same))
        }
        Expr::Extract { expr, .. } => same(expr) && plain_times(),
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            let parts = [substring_from, substring_for];
            same(expr) && parts.into_iter().flatten().all(|part| same(part))
        }
        Expr::Trim { expr, trim_what, trim_characters: None, .. } => {
            same(expr) && trim_what.as_ref().is_none_or(|what| same(what))
        }
        Expr::Ceil { expr, .. } | Expr::Floor { expr, .. } => same(expr),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => same(expr),
        Expr::Cast { expr, data_type, format: None, .. } => {
            same(expr) && is_immutable_cast(expr, data_type, kinds)
        }
        Expr::BinaryOp { left, op, right } => {
            let computes = match op {
                BinaryOperator::Arrow
                | BinaryOperator::LongArrow
                | BinaryOperator::HashArrow
                | BinaryOperator::HashLongArrow => kinds.iter().all(|kind| kind.starts_with("json")),
                BinaryOperator::StringConcat => texts(),
                BinaryOperator::Plus
                | BinaryOperator::Minus
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
                | BinaryOperator::Modulo => kinds.iter().all(|kind| is_number(kind)),
                _ => false,
            };
            computes && same(left) && same(right)
        }
        _ => false,
    }
}

/// Whether a cast gives the same wherever it is done: not where a time is read from, or written as, a text.
fn is_immutable_cast(expr: &Expr, to: &DataType, kinds: &[&str]) -> bool {
    let to = to.to_string().to_lowercase();
    let to = to.split('(').next().unwrap_or_default().trim();
    let is_column = matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
    let all = |is: &dyn Fn(&str) -> bool| kinds.iter().all(|kind| is(kind));
    match to {
        "text" if matches!(expr, Expr::Value(_)) => true,
        "date" | "timestamp" => {
            is_column && all(&|kind| matches!(kind, "timestamp without time zone" | "date"))
        }
        "text" | "varchar" | "char" | "character varying" => {
            all(&|kind| is_number(kind) || kind == "text" || kind == "uuid" || kind.starts_with("character"))
        }
        _ if is_parsed(to) => all(&|kind| {
            is_number(kind) || is_text(kind) || kind.starts_with("json") || matches!(kind, "boolean" | "uuid")
        }),
        _ => false,
    }
}

/// Whether an expression may be an error for some value of its columns.
fn fails(expr: &Expr, kinds: &[&str]) -> bool {
    struct Fails<'a>(&'a [&'a str]);
    impl Visitor for Fails<'_> {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            let fails = match expr {
                Expr::Cast { data_type, .. } => {
                    let to = data_type.to_string().to_lowercase();
                    is_parsed(to.split('(').next().unwrap_or_default().trim())
                        && !self.0.iter().all(|kind| is_number(kind))
                }
                Expr::BinaryOp { op: BinaryOperator::Divide | BinaryOperator::Modulo, .. } => true,
                _ => false,
            };
            if fails { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    expr.visit(&mut Fails(kinds)).is_break()
}

/// Whether a text must be one of these to be cast to such a type.
fn is_parsed(to: &str) -> bool {
    matches!(
        to,
        "int"
            | "int4"
            | "int8"
            | "integer"
            | "bigint"
            | "smallint"
            | "numeric"
            | "decimal"
            | "uuid"
            | "boolean"
    )
}

/// What is to be known of an index on what may be an error, as SQL has its keys.
#[must_use]
pub fn warning(keys: &[String]) -> Option<&'static str> {
    let casts = |key: &String| {
        let key = key.to_lowercase();
        let cast = key.split("::").skip(1).chain(key.split(" as ").skip(1));
        let to = |rest: &str| rest.chars().take_while(|sign| sign.is_alphanumeric()).collect::<String>();
        cast.map(to).any(|to| is_parsed(&to)) || key.contains(" / ") || key.contains(" % ")
    };
    keys.iter().any(casts).then_some(
        "rows of which it can't be worked out (no number, a division by zero) could not be written any more",
    )
}

/// Whether a type is one of texts that can be told apart by their signs: not `character(n)`, whose end is blank, nor `citext`.
fn is_text(kind: &str) -> bool {
    kind == "text" || kind.starts_with("character varying")
}

/// Whether a type is one of times.
fn is_time(kind: &str) -> bool {
    kind.starts_with("time") || kind == "date" || kind == "interval"
}

/// Whether a type is one of numbers.
fn is_number(kind: &str) -> bool {
    ["smallint", "integer", "bigint", "numeric", "real", "double"].iter().any(|name| kind.starts_with(name))
}

/// What stands in the parentheses of a call, where it is a plain one.
fn arguments(call: &Function) -> Option<Vec<&Expr>> {
    let FunctionArguments::List(list) = &call.args else { return None };
    let plain = call.over.is_none()
        && call.filter.is_none()
        && list.duplicate_treatment.is_none()
        && list.clauses.is_empty();
    let all = list.args.iter().map(|one| match one {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    all.collect::<Option<Vec<_>>>().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::super::{Catalog, Column, Table, uses};

    fn catalog() -> Catalog {
        let mut table = Table::default();
        for (name, kind) in [
            ("id", "bigint"),
            ("slug", "text"),
            ("\"userName\"", "character varying(20)"),
            ("meta", "jsonb"),
            ("made_at", "timestamp without time zone"),
            ("seen_at", "timestamp with time zone"),
            ("words", "tsvector"),
        ] {
            table.columns.insert(name.to_owned(), Column { kind: kind.to_owned(), ..Column::default() });
        }
        let mut catalog = Catalog::default();
        catalog.tables.insert("pages".to_owned(), table);
        catalog
    }

    /// The keys that would serve a condition.
    fn keys(condition: &str) -> Vec<String> {
        let all = uses(&format!("SELECT 1 FROM pages AS p WHERE {condition}"), &catalog()).expect("is read");
        let uses = &all["pages"];
        uses.equal.iter().chain(&uses.range).chain(&uses.prefix).chain(&uses.content).cloned().collect()
    }

    #[test]
    fn what_always_gives_the_same_can_be_a_key() {
        for (condition, key) in [
            ("LOWER(p.slug) = 'x'", "lower(slug)"),
            ("upper(\"userName\") = 'X'", "upper(\"userName\")"),
            ("p.made_at::date = '2026-01-01'", "(made_at::DATE)"),
            ("date_trunc('day', made_at) >= '2026-01-01'", "date_trunc('day', made_at)"),
            ("EXTRACT(year FROM made_at) = 2026", "(EXTRACT(YEAR FROM made_at))"),
            ("meta -> 'a' ->> 'b' = 'x'", "(meta -> 'a' ->> 'b')"),
            ("(meta ->> 'n')::int = 7", "((meta ->> 'n')::INT)"),
            ("substring(slug, 1, 3) = 'abc'", "(SUBSTRING(slug, 1, 3))"),
            ("id::text = '7'", "(id::TEXT)"),
            ("date_trunc('day'::text, made_at) = '2026-01-01'", "date_trunc('day'::TEXT, made_at)"),
            ("id * 2 > 7", "(id * 2)"),
            ("coalesce(slug, \"userName\") = 'x'", "coalesce(slug, \"userName\")"),
            ("slug ~ '^abc'", "slug"),
            ("meta -> 'tags' @> '[1]'", "(meta -> 'tags') jsonb_path_ops"),
            ("meta ? 'a'", "meta"),
            ("to_tsvector('english', slug) @@ to_tsquery('x')", "to_tsvector('english', slug)"),
            ("words @@ to_tsquery('x')", "words"),
        ] {
            assert_eq!(keys(condition), [key], "{condition}");
        }
    }

    #[test]
    fn what_may_be_an_error_is_warned_of() {
        for (key, warned) in [
            ("((meta ->> 'n')::INT)", true),
            ("(CAST(meta ->> 'n' AS NUMERIC))", true),
            ("(10 / id)", true),
            ("(made_at::DATE)", false),
            ("lower(slug)", false),
        ] {
            assert_eq!(super::warning(&[key.to_owned()]).is_some(), warned, "{key}");
        }
    }

    #[test]
    fn what_depends_on_who_asks_can_not() {
        for condition in [
            "seen_at::date = '2026-01-01'",
            "coalesce(made_at, 'today') = '2026-01-01'",
            "slug = 'a' COLLATE \"C\"",
            "slug = 'a' AND (meta ->> 'n')::int = 7",
            "slug = 'a' AND 10 / id = 7",
            "date_trunc('day', seen_at) = '2026-01-01'",
            "made_at::text = 'x'",
            "(meta ->> 'at')::date = '2026-01-01'",
            "random() * id = 1",
            "own(slug) = 'x'",
            "id || slug = 'x'",
            "lower($1) = 'x'",
            "to_tsvector(slug) @@ to_tsquery('x')",
            "slug ~ '^abc|def'",
            "'a' = ANY (meta)",
        ] {
            let found: Vec<String> = keys(condition).into_iter().filter(|key| key != "slug").collect();
            assert_eq!(found, [""; 0], "{condition}");
        }
    }
}
