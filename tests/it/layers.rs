//! Holds the layer table of ARCHITECTURE.md for every `crate::` path, not only `use` lines.

use std::path::Path;

use crate::support::layers::paths::Source;
use crate::support::layers::table::Table;
use crate::support::layers::{judge, violations};

fn table() -> Table {
    let document = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md"));
    Table::parse(&document.expect("ARCHITECTURE.md can be read")).expect("its layer table can be read")
}

#[test]
fn the_source_keeps_the_layer_table() {
    let found = violations(Path::new(env!("CARGO_MANIFEST_DIR")), &table());
    assert!(found.is_empty(), "{} violations:\n{}", found.len(), found.join("\n"));
}

/// What the checker says about one file whose `//!` and `mod` lines are in order.
fn said(name: &str, text: &str) -> Vec<String> {
    let source = Source::read(name, &format!("//! Why.\n{text}"));
    judge(&[source], &table()).into_iter().filter(|line| !line.contains("no mod declares")).collect()
}

#[test]
fn a_forbidden_edge_is_found_wherever_it_hides() {
    for (name, text) in [
        ("src/alert/mod.rs", "use crate::store::Store;"),
        ("src/alert/mod.rs", "use crate::{model::alert::Alert, store::{self, Store}};"),
        ("src/alert/mod.rs", "fn f() { crate::store::open(); }"),
        ("src/alert/mod.rs", "fn f(_: &[crate::store::Store]) {}"),
        ("src/alert/mod.rs", "fn f() -> String { format!(\"{}\", crate::store::NAME) }"),
        ("src/render/html.rs", "fn f() { html! { p { (crate::web::title()) } } }"),
        ("src/alert/state.rs", "use super::super::store::Store;"),
        ("src/alert/mod.rs", "mod inner { fn f() { super::super::store::open(); } }"),
        ("src/alert/mod.rs", "macro_rules! m { () => { $crate::store::open() } }"),
        ("src/model/mod.rs", "use crate::error::UserError;"),
        ("src/detect/mod.rs", "use crate::alert::fold;"),
        ("src/intent/mod.rs", "use crate::diagnose::rank;"),
        ("src/gather/mod.rs", "use crate::monitor::Loop;"),
        ("src/gather/mod.rs", "use crate::deliver::Outbox;"),
        ("src/handlers/mod.rs", "use crate::config::Config;"),
        ("src/store/mod.rs", "use crate::gather::Gatherer;"),
        ("src/vendors/slack/mod.rs", "use crate::vendors::prometheus::Prometheus;"),
        ("src/vendors/slack/send.rs", "use super::super::prometheus::Prometheus;"),
        ("src/vendors/slack/mod.rs", "use crate::store::Store;"),
        ("src/web/mod.rs", "use crate::vendors::slack::Slack;"),
        ("src/web/mod.rs", "use crate::app::start;"),
        ("src/surprise/mod.rs", "use crate::model::alert::Alert;"),
        ("src/chat/mod.rs", "use crate as quad;"),
        ("src/chat/mod.rs", "use crate::*;"),
        ("src/chat/mod.rs", "#[path = \"../store/mod.rs\"] mod store;"),
    ] {
        assert!(!said(name, text).is_empty(), "{name}: {text}");
    }
}

#[test]
fn an_allowed_edge_is_left_alone() {
    for (name, text) in [
        ("src/alert/mod.rs", "use crate::model::alert::Alert; use super::alert::state;"),
        (
            "src/alert/state.rs",
            "use super::fold; use self::inner::x; fn f() { Self::new(); Vec::<u8>::new(); }",
        ),
        ("src/diagnose/mod.rs", "use crate::detect::threshold;"),
        ("src/monitor/mod.rs", "use crate::{gather, store::Store, alert};"),
        ("src/chat/mod.rs", "use crate::handlers::status;"),
        ("src/vendors/slack/mod.rs", "use crate::vendors::http::Client; use crate::vendors::slack::send;"),
        ("src/vendors/slack/send.rs", "use super::wire; use reqwest::Client;"),
        ("src/web/mod.rs", "use crate::vendors::http::Client; use crate::store::Store;"),
        ("src/app.rs", "use crate::{config::Config, vendors::slack::Slack};"),
        ("src/demo/mod.rs", "use crate::cli::Out; use sqlx::Row;"),
        (
            "src/alert/mod.rs",
            "#[cfg(test)] mod tests { use super::*; use crate::store::Store; use std::fs; }",
        ),
        ("src/alert/mod.rs", "#[cfg(test)] use crate::store::{Store};"),
        ("src/store/mod.rs", "use sqlx::Row; async fn f() { std::fs::read(\"x\"); }"),
        ("src/ports/clock.rs", "fn now() { chrono::Utc::now(); }"),
        ("src/web/mod.rs", "fn f() { std::time::Instant::now(); }"),
    ] {
        assert_eq!(said(name, text), Vec::<String>::new(), "{name}: {text}");
    }
}

#[test]
fn code_after_the_tests_is_not_exempt() {
    let found =
        said("src/alert/mod.rs", "#[cfg(test)] mod tests { use crate::store::A; }\nuse crate::store::B;");
    assert_eq!(found, ["src/alert/mod.rs:3: `crate::store::B`: alert may not use store"]);
}

#[test]
fn clients_sql_and_the_clock_stay_in_their_places() {
    for (name, text) in [
        ("src/gather/mod.rs", "use reqwest::Client;"),
        ("src/gather/mod.rs", "use ::reqwest;"),
        ("src/chat/mod.rs", "fn f(_: slack_morphism::SlackChannelId) {}"),
        ("src/handlers/mod.rs", "fn f() { sqlx::query(\"SELECT 1\"); }"),
        ("src/handlers/mod.rs", "#[derive(sqlx::FromRow)] struct S;"),
        ("src/monitor/mod.rs", "#[cfg(test)] mod tests { use sysinfo::System; }"),
        ("src/monitor/mod.rs", "fn f() { chrono::Utc::now(); }"),
        ("src/monitor/mod.rs", "use chrono::Utc as U; fn f() { U::now(); }"),
        ("src/monitor/mod.rs", "use std::time; fn f() { time::SystemTime::now(); }"),
        ("src/cli/mod.rs", "fn f() { chrono::Local::now(); }"),
    ] {
        assert!(!said(name, text).is_empty(), "{name}: {text}");
    }
}

#[test]
fn pure_modules_do_nothing_but_think() {
    for text in [
        "async fn f() {}",
        "fn f() { g().await; }",
        "use tokio::sync::mpsc;",
        "use std::{collections::HashMap, fs};",
        "fn f() { std::env::var(\"HOME\"); }",
        "use std::net::IpAddr;",
        "use std::time::Instant;",
        "fn f() { Instant::now(); }",
    ] {
        assert!(!said("src/detect/mod.rs", text).is_empty(), "{text}");
    }
    assert!(said("src/detect/mod.rs", "use std::time::Duration; use std::fmt;").is_empty());
}

#[test]
fn every_file_says_why_and_is_declared() {
    let judged = |files: &[(&str, &str)]| {
        judge(&files.iter().map(|(name, text)| Source::read(name, text)).collect::<Vec<_>>(), &table())
    };
    assert_eq!(
        judged(&[
            ("src/lib.rs", "//! Map.\npub mod alert;"),
            ("src/alert/mod.rs", "pub mod state;"),
            ("src/alert/state.rs", "//! State."),
            ("src/alert/old.rs", "//! Forgotten."),
        ]),
        ["src/alert/mod.rs:1: starts without //!", "src/alert/old.rs:1: no mod declares this file"]
    );
    assert_eq!(
        judged(&[("src/lib.rs", "//! Map."), ("src/main.rs", "//! Line.\nuse quad::cli::main;")]),
        Vec::<String>::new()
    );
}
