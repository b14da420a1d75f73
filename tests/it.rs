//! The one integration binary: the whole app against a real store and servers that hold state.

mod support;

mod it {
    mod advice;
    mod alerts;
    mod apply_index;
    mod bad_input;
    mod browser;
    mod changes;
    mod chat;
    mod cli;
    mod databases;
    mod demo;
    mod discord;
    mod discord_foreign;
    mod explain;
    mod follow_ups;
    mod gather;
    mod github;
    mod hooks;
    mod intents;
    mod kill;
    mod layers;
    mod mail;
    mod mail_foreign;
    mod mysql;
    mod mysql_advice;
    mod on_call;
    mod open_issue;
    mod outbox;
    mod page;
    mod pictures;
    mod postgres;
    mod questions;
    mod replay;
    mod report;
    mod reports;
    mod safe_explain;
    mod secrets;
    mod shop;
    mod slack;
    mod slack_foreign;
    mod slack_http;
    mod slack_surfaces;
    mod slow_queries;
    mod slowlog;
    mod slowlog_broken;
    mod sources;
    mod store;
    mod watching;
    mod weekly;
}
