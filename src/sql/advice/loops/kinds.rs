//! What may be compared by going down an index: only values that are compared as the column itself is ordered.
//! `phone = 4711` compares a text as a number, and no index on it is of use.
//!
//! <https://dev.mysql.com/doc/refman/8.0/en/type-conversion.html>

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value,
};

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
    /// As texts, but by a collation that the statement names.
    Collated,
    /// In a way of its own: `uuid`, `inet6`.
    Own(&'a str),
    /// It does not matter: NULL, a parameter, a text of bytes.
    Any,
    /// Nobody knows.
    Unknown,
}

/// Functions that give times.
const TIMES: &str = "NOW CURDATE CURRENT_DATE CURRENT_TIMESTAMP CURTIME UTC_DATE UTC_TIMESTAMP DATE_SUB DATE_ADD FROM_UNIXTIME LAST_DAY";
/// Functions that give texts.
const TEXTS: &str = "CONCAT CONCAT_WS CHAR DATE_FORMAT FORMAT HEX LCASE LEFT LOWER LPAD LTRIM MD5 MID REPEAT REPLACE REVERSE RIGHT RPAD \
    RTRIM SHA SHA1 SHA2 SUBSTR SUBSTRING SUBSTRING_INDEX TO_BASE64 TRIM UCASE UPPER";
/// Functions that give one of what they are given.
const CHOOSING: &str = "COALESCE GREATEST IFNULL LEAST NULLIF";
/// Functions that give numbers.
const NUMBERS: &str = "ABS CEIL CEILING CHAR_LENGTH COUNT CRC32 DATEDIFF DAY DAYOFWEEK FLOOR HOUR INET_ATON LENGTH LOCATE MINUTE \
    MOD MONTH QUARTER ROUND SIGN SUM TO_DAYS UNIX_TIMESTAMP WEEK YEAR";

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
            name => Self::Own(name),
        }
    }

    /// How the value of an expression without columns is compared.
    pub(super) fn of_value(expr: &Expr) -> Self {
        match expr {
            Expr::Nested(inner) => Self::of_value(inner),
            Expr::Value(value) => match &value.value {
                Value::Number(..) | Value::Boolean(_) => Self::Number,
                Value::SingleQuotedString(_) | Value::DoubleQuotedString(_) => Self::Text(None),
                _ => Self::Any,
            },
            Expr::TypedString(_) => Self::Time,
            Expr::Collate { .. } => Self::Collated,
            Expr::UnaryOp { .. } => Self::Number,
            Expr::BinaryOp { left, op: BinaryOperator::Plus | BinaryOperator::Minus, right }
                if matches!(**left, Expr::Interval(_)) || matches!(**right, Expr::Interval(_)) =>
            {
                Self::Time
            }
            Expr::BinaryOp { .. } => Self::Number,
            Expr::Function(call) => {
                let name = call.name.to_string().to_uppercase();
                let is_one = |all: &str| all.split_whitespace().any(|one| one == name);
                if is_one(TIMES) {
                    Self::Time
                } else if is_one(NUMBERS) {
                    Self::Number
                } else if is_one(TEXTS) {
                    Self::Text(None)
                } else if is_one(CHOOSING) {
                    let kinds: Vec<Self> = arguments(call).map(Self::of_value).collect();
                    let same = kinds.windows(2).all(|two| two[0] == two[1]);
                    kinds.first().copied().filter(|_| same).unwrap_or(Self::Unknown)
                } else {
                    Self::Unknown
                }
            }
            Expr::Ceil { .. } | Expr::Floor { .. } | Expr::Position { .. } | Expr::Extract { .. } => {
                Self::Number
            }
            Expr::Trim { .. } | Expr::Substring { .. } => Self::Text(None),
            Expr::Cast { data_type, .. } | Expr::Convert { data_type: Some(data_type), .. } => {
                let to = data_type.to_string().to_uppercase();
                match to.split(['(', ' ']).next().unwrap_or_default() {
                    "CHAR" | "CHARACTER" | "VARCHAR" | "NCHAR" => Self::Text(None),
                    "DATE" | "DATETIME" | "TIME" | "TIMESTAMP" => Self::Time,
                    "BINARY" => Self::Unknown,
                    _ => Self::Number,
                }
            }
            // `_utf8mb4'x'`
            Expr::Prefixed { value, .. } => Self::of_value(value),
            _ => Self::Unknown,
        }
    }

    /// Whether an index on a column of this kind is gone down with a constant of that kind: with one that is made a number
    /// or a time once it is, and a text is not with what is compared as something else.
    pub(super) fn takes(self, value: Kind<'_>) -> bool {
        match self {
            Self::Text(_) => !matches!(value, Kind::Number | Kind::Time | Kind::Collated | Kind::Unknown),
            Self::Bytes => !matches!(value, Kind::Number | Kind::Time),
            Self::Choice => value != Kind::Time,
            _ => true,
        }
    }

    /// Whether it is gone down with the values of such a column.
    pub(super) fn joins(self, column: Kind<'_>) -> bool {
        match (self, column) {
            (Self::Any, _) | (_, Kind::Any) => true,
            (Self::Text(Some(one)), Kind::Text(Some(other))) => one == other || decides(one, other),
            (Self::Text(_), Kind::Text(_)) => true,
            (one, other) => one == other && !matches!(one, Kind::Choice | Kind::Unknown),
        }
    }
}

/// What a function is given.
fn arguments(call: &Function) -> impl Iterator<Item = &Expr> {
    let list = match &call.args {
        FunctionArguments::List(list) => &list.args[..],
        _ => &[],
    };
    list.iter().filter_map(|one| match one {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    })
}

/// Whether two texts are compared by the first collation: it is of a character set that holds the other, or the one by
/// bytes of the same.
///
/// <https://dev.mysql.com/doc/refman/8.0/en/charset-collation-coercibility.html>
fn decides(one: &str, other: &str) -> bool {
    let wide = |collation: &str| match collation.split('_').next().unwrap_or_default() {
        "ascii" => Some(0),
        "latin1" => Some(1),
        "utf8" | "utf8mb3" => Some(2),
        "utf8mb4" => Some(3),
        _ => None,
    };
    let by_bytes = one.ends_with("_bin") && !other.ends_with("_bin");
    wide(one).zip(wide(other)).is_some_and(|(one, other)| one > other || one == other && by_bytes)
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
        assert!(text.takes(Kind::Any) && !text.takes(Kind::Collated));
        let (latin, bytes) = (column("char(2)", "latin1_swedish_ci"), column("text", "utf8mb4_bin"));
        let (latin, bytes) = (Kind::of(&latin), Kind::of(&bytes));
        // What is narrower is made wider, and bytes decide.
        assert!(text.joins(latin) && !latin.joins(text) && bytes.joins(text) && !text.joins(bytes));
        assert!(Kind::of(&column("enum('a','b')", "utf8mb4_general_ci")).takes(Kind::Text(None)));
        let (uuid, binary) = (column("uuid", ""), column("binary(16)", ""));
        let (uuid, binary) = (Kind::of(&uuid), Kind::of(&binary));
        assert!(uuid.takes(Kind::Text(None)) && uuid.joins(uuid) && !uuid.joins(text));
        assert!(binary.takes(Kind::Any) && binary.takes(Kind::Text(None)) && !binary.takes(Kind::Number));
        assert!(Kind::of(&Column::default()).joins(number));
    }
}
