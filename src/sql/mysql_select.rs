//! What may be done to a statement of MySQL or MariaDB: be planned, or be carried out to measure it. Decided from its
//! words alone: all of it is one SELECT that locks, stores and assigns nothing, and calls nothing but functions that
//! are known to only compute. Where there is doubt the answer is no. That holds beside a transaction that only reads,
//! not instead of it.

use std::collections::BTreeSet;

use sqlparser::dialect::MySqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

/// Words that no SELECT has that only reads. `FOR` and `LOCK` lock rows, or take the next value of a sequence.
const ACTING: [&str; 23] = [
    "INTO",
    "OUTFILE",
    "DUMPFILE",
    "FOR",
    "LOCK",
    "SHARE",
    "INSERT",
    "UPDATE",
    "DELETE",
    "REPLACE",
    "CREATE",
    "ALTER",
    "DROP",
    "TRUNCATE",
    "CALL",
    "DO",
    "EXECUTE",
    "PREPARE",
    "HANDLER",
    "LOAD",
    "GRANT",
    "SET",
    "PROCEDURE",
];

/// Words in front of a `(` that call nothing.
const SYNTAX: [&str; 44] = [
    "ALL",
    "AND",
    "ANY",
    "AS",
    "BETWEEN",
    "BY",
    "CASE",
    "CROSS",
    "DISTINCT",
    "DIV",
    "ELSE",
    "EXCEPT",
    "EXISTS",
    "FROM",
    "HAVING",
    "IN",
    "INDEX",
    "INNER",
    "INTERSECT",
    "INTERVAL",
    "IS",
    "JOIN",
    "KEY",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "MOD",
    "NOT",
    "OFFSET",
    "ON",
    "OR",
    "OVER",
    "PARTITION",
    "RIGHT",
    "ROW",
    "SELECT",
    "SOME",
    "THEN",
    "UNION",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
];

/// Functions that only compute. Those that wait, lock, read files, or count on are not among them.
const COMPUTING: &str = "ABS ACOS ADDDATE ADDTIME AGAINST ASCII ASIN ATAN ATAN2 AVG BIN BINARY BIT_AND BIT_COUNT BIT_LENGTH \
    BIT_OR BIT_XOR CAST CEIL CEILING CHAR CHARACTER_LENGTH CHAR_LENGTH COALESCE CONCAT CONCAT_WS CONV \
    CONVERT CONVERT_TZ COS COT COUNT CRC32 CUME_DIST CURDATE CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP \
    CURTIME DATE DATEDIFF DATETIME DATE_ADD DATE_FORMAT DATE_SUB DAY DAYNAME DAYOFMONTH DAYOFWEEK \
    DAYOFYEAR DECIMAL DEGREES DENSE_RANK ELT EXP EXTRACT FIELD FIND_IN_SET FIRST_VALUE FLOOR FORMAT \
    FROM_BASE64 FROM_DAYS FROM_UNIXTIME GREATEST GROUP_CONCAT HEX HOUR IF IFNULL INET6_ATON INET6_NTOA \
    INET_ATON INET_NTOA INSTR ISNULL JSON_ARRAY JSON_ARRAYAGG JSON_CONTAINS JSON_CONTAINS_PATH \
    JSON_DEPTH JSON_EXTRACT JSON_KEYS JSON_LENGTH JSON_OBJECT JSON_OBJECTAGG JSON_QUOTE JSON_SEARCH \
    JSON_TYPE JSON_UNQUOTE JSON_VALID JSON_VALUE LAG LAST_DAY LAST_VALUE LCASE LEAD LEAST LENGTH LN \
    LOCALTIME LOCALTIMESTAMP LOCATE LOG LOG10 LOG2 LOWER LPAD LTRIM MAKEDATE MAKETIME MATCH MAX MD5 \
    MICROSECOND MID MIN MINUTE MONTH MONTHNAME NOW NTH_VALUE NTILE NULLIF OCT OCTET_LENGTH ORD \
    PERCENT_RANK PERIOD_ADD PERIOD_DIFF PI POSITION POW POWER QUARTER QUOTE RADIANS RAND RANK \
    REGEXP_INSTR REGEXP_REPLACE REGEXP_SUBSTR REPEAT REVERSE ROUND ROW_NUMBER RPAD RTRIM SECOND \
    SEC_TO_TIME SHA SHA1 SHA2 SIGN SIGNED SIN SOUNDEX SPACE SQRT STD STDDEV STDDEV_POP STDDEV_SAMP \
    STRCMP STR_TO_DATE SUBDATE SUBSTR SUBSTRING SUBSTRING_INDEX SUBTIME SUM TAN TIME TIMEDIFF TIMESTAMP \
    TIMESTAMPADD TIMESTAMPDIFF TIME_FORMAT TIME_TO_SEC TO_BASE64 TO_DAYS TO_SECONDS TRIM UCASE UNHEX \
    UNIX_TIMESTAMP UPPER UTC_DATE UTC_TIME UTC_TIMESTAMP UUID VARCHAR VARIANCE VAR_POP VAR_SAMP WEEK \
    WEEKDAY WEEKOFYEAR WEIGHT_STRING YEAR YEARWEEK";

/// The names in a statement that only reads: tables, columns, aliases, in small letters.
///
/// # Errors
/// Why it can't be said that it only reads.
pub fn only_reads(sql: &str) -> Result<BTreeSet<String>, String> {
    // Servers carry out what stands in these comments, or go by it.
    if ["/*!", "/*M!", "/*+"].iter().any(|sign| sql.contains(sign)) {
        return Err("a part of it stands in a comment that the server carries out".to_owned());
    }
    // Where a comment or a word ends is not the same for the server and for the reader below.
    let is_odd = |sign: char| {
        sign.is_control() && !matches!(sign, '\t' | '\n' | '\r') || sign.is_whitespace() && !sign.is_ascii()
    };
    if sql.contains("--") || sql.contains(is_odd) {
        return Err("it has signs that servers read in more than one way".to_owned());
    }
    let tokens = Tokenizer::new(&MySqlDialect {}, sql)
        .with_unescape(false)
        .tokenize()
        .map_err(|_| "its text can't be told apart, it may be cut off".to_owned())?;
    // `1sum(a)` and `0xsum(a)` call functions of such names.
    let is_number = |token: &Token| matches!(token, Token::Number(..) | Token::HexStringLiteral(_));
    let runs_on = tokens.windows(2).any(|two| is_number(&two[0]) && matches!(two[1], Token::Word(_)));
    if runs_on || tokens.iter().any(|token| matches!(token, Token::Char(_))) {
        return Err("it has signs that servers read in more than one way".to_owned());
    }
    let tokens: Vec<Token> =
        tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    let end = tokens.iter().rposition(|token| *token != Token::SemiColon).map_or(0, |last| last + 1);
    let tokens = &tokens[..end];
    if tokens.contains(&Token::SemiColon) {
        return Err("it is more than one statement".to_owned());
    }
    let first = tokens.iter().find(|token| **token != Token::LParen);
    let verb = match first {
        Some(Token::Word(word)) if word.quote_style.is_none() => word.value.to_uppercase(),
        _ => String::new(),
    };
    if verb != "SELECT" && verb != "WITH" {
        return Err("only a SELECT is looked at".to_owned());
    }
    let mut names = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(word) => {
                let upper = word.value.to_uppercase();
                // `SUBSTRING(phone FROM 1 FOR 2)`: what locks or counts on names something else.
                let is_length = upper == "FOR" && matches!(tokens.get(at + 1), Some(Token::Number(..)));
                if word.quote_style.is_none() && !is_length && ACTING.contains(&upper.as_str()) {
                    return Err(format!("it has the word {upper}"));
                }
                let qualified = at > 0 && tokens[at - 1] == Token::Period;
                let calls = tokens.get(at + 1) == Some(&Token::LParen);
                if calls && !is_harmless(&upper, word.quote_style.is_some(), qualified, &tokens[..at]) {
                    return Err(format!("it calls {}, which may do more than compute", word.value));
                }
                // A backtick in a name is written twice.
                names.insert(word.value.replace("``", "`").to_lowercase());
            }
            // Assigning to a variable is writing, too.
            Token::Assignment => return Err("it assigns to a variable".to_owned()),
            _ => {}
        }
    }
    Ok(names)
}

/// Whether a function of this name only computes; in capitals.
fn computes(name: &str) -> bool {
    COMPUTING.split_ascii_whitespace().any(|one| one == name)
}

/// Whether the name in front of a `(` calls nothing that does more than compute.
fn is_harmless(name: &str, quoted: bool, qualified: bool, before: &[Token]) -> bool {
    if qualified || quoted {
        return false;
    }
    // `WITH page (id) AS (...)`: its columns.
    let names_columns = matches!(before.last(), Some(Token::Word(word)) if matches!(word.value.to_uppercase().as_str(), "WITH" | "RECURSIVE"));
    computes(name) || SYNTAX.contains(&name) || names_columns
}

/// A statement with values in the places of those that the server left out of its digest, so that it can be planned.
/// The values are made up: what the planner expects of them is not what it expects of any others. `None` where the
/// digest is cut.
#[must_use]
pub fn made_up(digest_text: &str) -> Option<String> {
    if digest_text.trim_end().ends_with("...") {
        return None;
    }
    let text = digest_text.trim().replace("(...)", "('1', '2')").replace("...", "'1'");
    let mut out = String::with_capacity(text.len() + 16);
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    while let Some(sign) = chars.next() {
        match sign {
            '`' => {
                let name: String = chars.by_ref().take_while(|sign| *sign != '`').collect();
                let is_call = chars.clone().find(|sign| !sign.is_whitespace()) == Some('(');
                let upper = name.to_uppercase();
                if is_call && computes(&upper) {
                    out.push_str(&name);
                } else {
                    out.push('`');
                    out.push_str(&name);
                    out.push('`');
                }
                word.clear();
            }
            '?' => {
                let number =
                    matches!(word.to_uppercase().as_str(), "LIMIT" | "OFFSET" | "INTERVAL" | ",LIMIT");
                out.push_str(if number { "1" } else { "'1'" });
                word = if number { ",LIMIT".to_owned() } else { String::new() };
            }
            // `LIMIT ?, ?`
            ',' if word == ",LIMIT" => out.push(','),
            sign if sign.is_whitespace() => out.push(sign),
            sign => {
                let goes_on = out.ends_with(|last: char| last.is_alphanumeric() || last == '_');
                if !(goes_on && (sign.is_alphanumeric() || sign == '_')) {
                    word.clear();
                }
                word.push(sign);
                out.push(sign);
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_reads_may_be_looked_at() {
        for sql in [
            "SELECT id, body FROM events WHERE account = 42",
            "(SELECT a FROM t) UNION ALL (SELECT b FROM u) ORDER BY 1 LIMIT 5, 10;",
            "WITH page (id) AS (SELECT id FROM t) SELECT * FROM page JOIN t USING (id)",
            "SELECT COUNT(*), date_format(at, '%Y') FROM t WHERE a IN (1, 2) AND b NOT IN (SELECT c FROM d) GROUP BY 2",
            "SELECT 'a\\' , sleep(9) , '",
            "SELECT `for`, 'into outfile' FROM `lock` /* for update */",
            "SELECT SUM(x) OVER (PARTITION BY y) FROM t WHERE (a, b) = (1, 2)",
            "SELECT SUBSTRING(phone FROM 1 FOR 2) FROM t",
        ] {
            assert!(only_reads(sql).is_ok(), "{sql}: {:?}", only_reads(sql));
        }
        assert!(only_reads("SELECT a FROM Shop.Orders").expect("reads").contains("orders"));
    }

    #[test]
    fn whatever_could_do_more_may_not() {
        for sql in [
            "INSERT INTO t VALUES (1)",
            "UPDATE t SET a = 1",
            "SELECT 1; DELETE FROM t",
            "SELECT * FROM t FOR UPDATE",
            "SELECT * FROM t LOCK IN SHARE MODE",
            "SELECT a INTO OUTFILE '/tmp/x' FROM t",
            "SELECT a INTO @x FROM t",
            "SELECT @x := a FROM t",
            "SELECT sleep(10)",
            "SELECT benchmark(1000000, md5('x'))",
            "SELECT get_lock('a', 1)",
            "SELECT load_file('/etc/passwd')",
            "SELECT my_function(a) FROM t",
            "SELECT shop.count(a) FROM t",
            "SELECT `count`(a) FROM t",
            "SELECT NEXT VALUE FOR s",
            "SELECT nextval(s)",
            "SELECT 1 /*! INTO OUTFILE '/tmp/x' */",
            "SELECT 1 /*M!100100 , sleep(9) */",
            "SELECT /*+ SET_VAR(max_execution_time=0) */ 1",
            "SELECT 1 --\u{a0} INTO OUTFILE '/tmp/x' FROM (SELECT 1) t",
            "SELECT 1 --\u{1}'\n, sleep(9) -- '",
            "SELECT 0xsum(a) FROM t",
            "SELECT 1sum(a) FROM t",
            "SELECT x\u{3000}sum(a) FROM t",
            "SELECT any_value(a) FROM t",
            "CALL p()",
            "DO sleep(1)",
            "HANDLER t OPEN",
            "EXPLAIN SELECT 1",
            "TABLE t",
            "VALUES ROW(1)",
            "SELECT * FROM t PROCEDURE ANALYSE()",
            "WITH a AS (SELECT 1) DELETE FROM t",
            "SELECT 'cut off",
            "",
        ] {
            assert!(only_reads(sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn values_are_made_up_where_the_server_keeps_none() {
        let digest = "SELECT `id` , COUNT ( * ) FROM `orders` WHERE `customer_id` = ? AND `state` IN (...) AND `upper` ( `name` ) = ? LIMIT ? , ?";
        assert_eq!(made_up("SELECT `a` FROM `t` WHERE `b` = ? ..."), None);
        let sql = made_up(digest).expect("it is whole");
        assert_eq!(
            sql,
            "SELECT `id` , COUNT ( * ) FROM `orders` WHERE `customer_id` = '1' AND `state` IN ('1', '2') AND upper ( `name` ) = '1' LIMIT 1 , 1"
        );
        assert!(only_reads(&sql).is_ok());
    }
}
