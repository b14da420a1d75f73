//! Which statements are the same.

use super::{Dialect, fingerprint};

#[track_caller]
fn check(statement: &str, expected: &str) {
    assert_eq!(fingerprint(statement, Dialect::MySql), expected, "{statement}");
}

#[track_caller]
fn postgres(statement: &str, expected: &str) {
    assert_eq!(fingerprint(statement, Dialect::Postgres), expected, "{statement}");
}

#[test]
fn literals_are_taken_out() {
    check(
        "SELECT * FROM t WHERE a = 5 AND b = 'x' AND c IS NULL",
        "select * from t where a = ? and b = ? and c is ?",
    );
    check(
        "select 0x1F, 1.5e-3, -4, .5, x'ab', b'01', _utf8'x', true",
        "select ?, ?, ?, ?, ?, ?, _utf8?, ?".replace("_utf8", "_utf?").as_str(),
    );
    check(r"select 'it''s', 'a\'b', 'c:\\' from t", "select ?, ?, ? from t");
    check("select \"a\"\"b\" from t", "select ? from t");
    check("select a from t where b = 'never ends", "select a from t where b = ?");
    check("select 'a' 'b'", "select ?");
}

#[test]
fn signs_belong_to_numbers_and_minus_between_operands_does_not() {
    check("select a from t where x = -5 and y in (-1, +2, - 3)", "select a from t where x = ? and y in(?+)");
    check("select a - 5, b-5 from t", "select a - ?, b-? from t");
    check("select (a) - 1", "select (a) - ?");
}

#[test]
fn lists_are_one() {
    check("select a from t where id in (1,2 , 3)", "select a from t where id in(?+)");
    check("select a from t where id IN(1)", "select a from t where id in(?+)");
    check("select a from t where (a, b) in ((1, 2), (3, 4))", "select a from t where (a, b) in(?+)");
    check(
        "select a from t where id in (select id from u where x in (1, 2))",
        "select a from t where id in (select id from u where x in(?+))",
    );
    check("select a from t where id in (1, now())", "select a from t where id in (?, now())");
}

#[test]
fn rows_of_values_are_one() {
    check("INSERT INTO `foo` VALUES (1, 2, 3),(4, 5, 6);", "insert into `foo` values(?+)");
    check("insert into t (a, b) values (1, now()), (2, now())", "insert into t (a, b) values (?, now())");
    check(
        "insert into t values (1, 'a)'), (2, 'b') on duplicate key update n = n + 1",
        "insert into t values(?+) on duplicate key update n = n + ?",
    );
    check(
        "insert into t values (1), (2), (3) as new on duplicate key update a=new.a",
        "insert into t values(?+) as new on duplicate key update a=new.a",
    );
    check("replace into t value (1)", "replace into t value(?+)");
    check("insert into t values ()", "insert into t values ()");
}

#[test]
fn comments_go_and_hints_stay() {
    check("select /* by me */ 1", "select ?");
    check("select 1 -- ' not a string\nfrom t # or this\nwhere a=1", "select ? from t where a=?");
    check("select 5--3", "select ?-?");
    check("select /*! STRAIGHT_JOIN */ a from t", "select /*! straight_join */ a from t");
    check("/* nothing but */", "");
}

#[test]
fn order_and_limit_have_one_form() {
    check("select * from p ORDER BY name ASC, shape asc", "select * from p order by name, shape");
    check("select asc from p", "select asc from p");
    check("select a from t limit 5, 10", "select a from t limit ?");
    check("select a from t limit 5 offset 10", "select a from t limit ?");
    check("select a from t limit 5 for update", "select a from t limit ? for update");
}

#[test]
fn unions_of_the_same_are_one() {
    check("select 1 union select 2 union select 4", "select ? /*repeat union*/");
    check("select a from t union all select a from t", "select a from t /*repeat union all*/");
    check("select a from t union select b from t", "select a from t union select b from t");
}

#[test]
fn some_statements_are_one_class_as_a_whole() {
    check("use `shop`", "use ?");
    check("SELECT /*!40001 SQL_NO_CACHE */ * FROM `orders`", "mysqldump");
    check("CALL shop.Refresh(1, 'x')", "call shop.refresh");
}

#[test]
fn names_of_shards_are_one_and_columns_of_postgresql_keep_their_digits() {
    check("select tbl1.col from db3.tbl1", "select tbl?.col from db?.tbl?");
    check("select `a1` from `T 2`", "select `a?` from `t ?`");
    postgres("select t1.address2 from t1", "select t1.address2 from t1");
    postgres("select * from events_2024_01", "select * from events_?_?");
}

#[test]
fn postgresql_quotes_in_its_own_ways() {
    postgres(
        r#"SELECT "Id" FROM "Users" WHERE name = E'a\'b' AND x = 'c:\'"#,
        r#"select "id" from "users" where name = ? and x = ?"#,
    );
    postgres("select $1, $2::int, $$a 'b$$, $x$ $$ $x$ from t", "select ?, ?::int, ?, ? from t");
    postgres("select * from t where id = any(array[1, 2, 3])", "select * from t where id = any(array[?+])");
    postgres("select '2024-01-01'::date - interval '7 days'", "select ?::date - interval ?");
    postgres("select a->>'name' from t --'x", "select a->>? from t");
    postgres("select a from t where b = 1 # 2", "select a from t where b = ? # ?");
}

mod properties {
    use proptest::prelude::*;

    use super::super::{Dialect, write};

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>, mysql: bool) {
            let mut out = Vec::new();
            write(&bytes, if mysql { Dialect::MySql } else { Dialect::Postgres }, &mut out);
        }

        #[test]
        fn sql_like_text_gives_no_digit_of_a_literal(
            words in proptest::collection::vec(
                prop_oneof![
                    Just("select".to_owned()), Just("in (".to_owned()), Just("values (".to_owned()),
                    Just(")".to_owned()), Just(",".to_owned()), Just("limit".to_owned()), Just("'7 7'".to_owned()),
                    Just("777".to_owned()), Just("union".to_owned()), Just("- 7".to_owned()), Just("/* 7 */".to_owned()),
                    Just("\"7\"".to_owned()), Just("order by".to_owned()), Just("asc".to_owned()), Just("'7".to_owned()),
                ],
                0..40,
            ),
        ) {
            let text = words.join(" ");
            let mut out = Vec::new();
            let out = write(text.as_bytes(), Dialect::MySql, &mut out);
            prop_assert!(!out.contains(&b'7'), "{text:?} gave {:?}", String::from_utf8_lossy(out));
        }
    }
}

#[test]
fn hints_are_kept_without_their_values() {
    for (statement, expected) in [
        ("SELECT /*!40001 SQL_NO_CACHE */ a FROM t", "select /*!40001 sql_no_cache */ a from t"),
        ("SELECT /*+ MAX_EXECUTION_TIME(500) */ a FROM t", "select /*+ max_execution_time(?) */ a from t"),
        (
            "SELECT a FROM t /*! WHERE b = 'hidden' AND c9 = 42 */",
            "select a from t /*! where b = ? and c9 = ? */",
        ),
        ("SELECT a FROM t /*! WHERE b = 'it''s */", "select a from t /*! where b = ?? */"),
    ] {
        assert_eq!(fingerprint(statement, Dialect::MySql), expected);
    }
}
