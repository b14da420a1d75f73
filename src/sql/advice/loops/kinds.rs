//! What may be compared by going down an index: only values that are compared as the column itself is ordered.
//! `phone = 4711` compares a text as a number, and no index on it is of use.
//!
//! <https://dev.mysql.com/doc/refman/8.0/en/type-conversion.html>

use sqlparser::ast::{BinaryOperator, Expr, Value};

use crate::sql::advice::Column;

/// How values of a column, or of an expression, are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// As numbers.
    Number,
    /// By a collation, where one is known: a constant takes that of the column.
    Text(Option<&'a str>),
    /// As times.
    Time,
    /// By their bytes.
    Bytes,
    /// One of some words: `enum`, `set`.
    Choice,
    /// Nobody knows, or it does not matter: NULL, a parameter.
    Any,
    /// Something of which that is not said.
    Other,
}

/// Functions that give texts,
const TEXTS: [&str; 16] = [
    "CONCAT",
    "CONCAT_WS",
    "LOWER",
    "LCASE",
    "UPPER",
    "UCASE",
    "TRIM",
    "LTRIM",
    "RTRIM",
    "SUBSTRING",
    "SUBSTR",
    "LEFT",
    "RIGHT",
    "MD5",
    "SHA1",
    "SHA2",
];
/// and those that give times.
const TIMES: [&str; 11] = [
    "NOW",
    "CURDATE",
    "CURRENT_DATE",
    "CURRENT_TIMESTAMP",
    "CURTIME",
    "UTC_DATE",
    "UTC_TIMESTAMP",
    "DATE_SUB",
    "DATE_ADD",
    "FROM_UNIXTIME",
    "LAST_DAY",
];

impl<'a> Kind<'a> {
    /// How a column is ordered.
    pub(super) fn of(column: &'a Column) -> Self {
        match column.kind.split(['(', ' ']).next().unwrap_or_default() {
            "" => Self::Any,
            "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" | "decimal" | "numeric"
            | "float" | "double" | "bit" | "year" => Self::Number,
            "date" | "datetime" | "timestamp" | "time" => Self::Time,
            "binary" | "varbinary" => Self::Bytes,
            "enum" | "set" => Self::Choice,
            name if name.ends_with("blob") => Self::Bytes,
            name if name.ends_with("text") || name.ends_with("char") => {
                Self::Text(Some(&*column.collation).filter(|collation| !collation.is_empty()))
            }
            _ => Self::Other,
        }
    }

    /// How the value of an expression without columns is compared.
    pub(super) fn of_value(expr: &Expr) -> Self {
        match expr {
            Expr::Nested(inner) => Self::of_value(inner),
            Expr::Value(value) => match &value.value {
                Value::Number(..) | Value::Boolean(_) => Self::Number,
                Value::SingleQuotedString(_) | Value::DoubleQuotedString(_) => Self::Text(None),
                Value::Null | Value::Placeholder(_) => Self::Any,
                _ => Self::Other,
            },
            Expr::TypedString(_) => Self::Time,
            Expr::UnaryOp { .. } => Self::Number,
            Expr::BinaryOp { left, op: BinaryOperator::Plus | BinaryOperator::Minus, right }
                if matches!(**left, Expr::Interval(_)) || matches!(**right, Expr::Interval(_)) =>
            {
                Self::Time
            }
            Expr::BinaryOp { .. } => Self::Number,
            Expr::Function(call) => {
                let name = call.name.to_string().to_uppercase();
                if TEXTS.contains(&&*name) {
                    Self::Text(None)
                } else if TIMES.contains(&&*name) {
                    Self::Time
                } else {
                    Self::Other
                }
            }
            Expr::Trim { .. } | Expr::Substring { .. } => Self::Text(None),
            _ => Self::Other,
        }
    }

    /// Whether an index on a column of this kind is gone down with a constant of that kind.
    pub(super) fn takes(self, value: Kind<'_>) -> bool {
        match (self, value) {
            (Self::Any, _) | (_, Kind::Any) => true,
            (Self::Text(_), Kind::Text(None)) => true,
            (Self::Text(Some(one)), Kind::Text(Some(other))) => one == other,
            (Self::Text(_) | Self::Other, _) => false,
            (Self::Bytes, value) => matches!(value, Kind::Text(None) | Kind::Bytes),
            (Self::Choice, value) => matches!(value, Kind::Text(None) | Kind::Number),
            // A constant is made a number or a time once.
            (Self::Number | Self::Time, _) => true,
        }
    }

    /// Whether it is gone down with the values of such a column.
    pub(super) fn joins(self, column: Kind<'_>) -> bool {
        match (self, column) {
            (Self::Any, _) | (_, Kind::Any) => true,
            (Self::Text(one), Kind::Text(other)) => one == other || one.is_none() || other.is_none(),
            (Self::Number, Kind::Number) | (Self::Time, Kind::Time) | (Self::Bytes, Kind::Bytes) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: &str, collation: &str) -> Column {
        Column { kind: kind.to_owned(), collation: collation.to_owned(), ..Column::default() }
    }

    #[test]
    fn only_what_is_compared_as_the_column_is_looked_up() {
        let (text, number) = (column("varchar(20)", "utf8mb4_general_ci"), column("int(11) unsigned", ""));
        let (text, number) = (Kind::of(&text), Kind::of(&number));
        assert!(text.takes(Kind::Text(None)) && !text.takes(Kind::Number) && !text.takes(Kind::Time));
        assert!(number.takes(Kind::Text(None)) && number.takes(Kind::Number));
        assert!(!number.joins(text) && !text.joins(number) && text.joins(text));
        let other = column("char(2)", "latin1_swedish_ci");
        assert!(!text.joins(Kind::of(&other)));
        assert!(Kind::of(&column("enum('a','b')", "utf8mb4_general_ci")).takes(Kind::Text(None)));
        assert!(Kind::of(&Column::default()).joins(number));
    }
}
