//! A statement in anybody's SQL.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quad::sql::advice::{Catalog, uses};
use quad::sql::fingerprint::{Dialect, fingerprint};
use quad::sql::mysql_select::{made_up, only_reads};
use quad::sql::{generic, hints, pure_select};

fuzz_target!(|sql: &str| {
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        // Whatever comes behind it, a value is left out.
        let said = fingerprint(&format!("SELECT a FROM t WHERE b = 'zqsecret' AND {sql}"), dialect);
        assert!(!said.contains("zqsecret"), "{said:?}");
        let _ = fingerprint(&fingerprint(sql, dialect), dialect);
    }
    let _ = hints::owner(sql.as_bytes());
    let _ = hints::trace(sql.as_bytes());
    let _ = pure_select::words(&generic::plannable(sql));
    let _ = made_up(sql).as_deref().map(only_reads);
    let _ = uses(sql, &Catalog::default());
    assert!(only_reads(&format!("DELETE FROM t; {sql}")).is_err());
});
