//! A statement in anybody's SQL.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quad::sql::advice::{Catalog, uses};
use quad::sql::fingerprint::{Dialect, fingerprint};
use quad::sql::{generic, hints, pure_select};

fuzz_target!(|sql: &str| {
    for dialect in [Dialect::Postgres, Dialect::MySql] {
        let once = fingerprint(sql, dialect);
        // What is a fingerprint already stays one: classes don't depend on how often a text passed through.
        assert_eq!(fingerprint(&once, dialect), once, "{sql:?}");
    }
    let _ = hints::owner(sql.as_bytes());
    let _ = hints::trace(sql.as_bytes());
    let _ = pure_select::words(&generic::plannable(sql));
    let _ = uses(sql, &Catalog::default());
});
