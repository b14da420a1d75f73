//! One statement as a tree, where it is not so deep that going down it would take more stack than there is.

use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Statement};
use sqlparser::dialect::Dialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserOptions};
use sqlparser::tokenizer::{Token, Tokenizer};

/// So many parentheses and subqueries may stand in each other,
const MOST_NESTED: usize = 200;
/// and so many operators may follow each other, each a step down in the tree: a chain of thousands of ORs is read
/// without trouble, and ends the program where the tree is walked. `IN` is a list and may be as long as it likes.
const MOST_CHAINED: usize = 400;

/// The only statement of a text. Values stay as they were written where `unescape` is off, so that a condition can be
/// asked about in the same words.
pub(super) fn parsed(sql: &str, dialect: &dyn Dialect, unescape: bool) -> Option<Statement> {
    let tokens = Tokenizer::new(dialect, sql).with_unescape(unescape).tokenize().ok()?;
    if chained(&tokens) > MOST_CHAINED {
        return None;
    }
    let statements = Parser::new(dialect)
        .with_recursion_limit(MOST_NESTED)
        .with_options(ParserOptions { unescape, ..ParserOptions::default() })
        .with_tokens(tokens)
        .parse_statements()
        .ok()?;
    let mut all = statements.into_iter();
    all.next().filter(|_| all.next().is_none())
}

/// The column of `MIN(column)` or `MAX(column)`, whose value stands first in the order of the column; `true`: of MAX.
pub(super) fn extreme(expr: &Expr) -> Option<(&Expr, bool)> {
    let Expr::Function(call) = expr else { return None };
    let descending = match &*call.name.to_string().to_lowercase() {
        "max" => true,
        "min" => false,
        _ => return None,
    };
    let FunctionArguments::List(list) = &call.args else { return None };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(column))] = &list.args[..] else { return None };
    call.over.is_none().then_some((column, descending))
}

/// How many operators the deepest place stands under. A comma ends what hangs together.
fn chained(tokens: &[Token]) -> usize {
    /// Inside of one pair of parentheses.
    #[derive(Default)]
    struct Level {
        operators: usize,
        selects: usize,
    }
    impl Level {
        fn many(&self) -> usize {
            self.operators + self.selects
        }
    }
    // What surrounds the level at hand stands behind it.
    let (mut level, mut around, mut outside, mut most) = (Level::default(), Vec::new(), 0, 0);
    for token in tokens {
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                outside += level.many();
                around.push(std::mem::take(&mut level));
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                level = around.pop().unwrap_or(level);
                outside = outside.saturating_sub(level.many());
            }
            Token::Comma => level.operators = 0,
            Token::Word(word) => match word.keyword {
                Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::MINUS => level.selects += 1,
                keyword => level.operators += usize::from(joins(keyword)),
            },
            Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::DoubleQuotedString(_)
            | Token::Whitespace(_)
            | Token::Period
            | Token::SemiColon
            | Token::Placeholder(_) => {}
            _ => level.operators += 1,
        }
        most = most.max(outside + level.many());
    }
    most
}

/// Whether a word stands between two expressions, or behind one.
fn joins(word: Keyword) -> bool {
    use Keyword as K;
    matches!(
        word,
        K::AND
            | K::OR
            | K::XOR
            | K::NOT
            | K::DIV
            | K::IS
            | K::IN
            | K::LIKE
            | K::ILIKE
            | K::RLIKE
            | K::REGEXP
            | K::SIMILAR
            | K::BETWEEN
            | K::COLLATE
            | K::AT
            | K::OVERLAPS
            | K::MEMBER
            | K::OPERATOR
            | K::NOTNULL
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlparser::dialect::PostgreSqlDialect;

    fn is_read(sql: &str) -> bool {
        parsed(sql, &PostgreSqlDialect {}, false).is_some()
    }

    #[test]
    fn long_chains_are_not_walked_and_long_lists_are() {
        let chain = |many: usize, with: &str| format!("SELECT 1 WHERE a = 1{}", with.repeat(many));
        assert!(is_read(&chain(190, " OR a = 2")));
        for with in [
            " OR a = 2",
            " AND b",
            " + 1",
            " IS NULL",
            " UNION SELECT 1, 2",
            " OR (a, b) IN (1)",
            " OR a @> ARRAY[1, 2]",
        ] {
            assert!(!is_read(&chain(20_000, with)), "{with}");
        }
        assert!(is_read(&format!("SELECT 1 WHERE a IN (1{}) AND b = 2", ", -2".repeat(20_000))));
        assert!(is_read(&format!("SELECT a + 1{}", ", a + b * 2".repeat(1_000))));
        assert!(!is_read("SELECT 1; SELECT 2"));
    }
}
