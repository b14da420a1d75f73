//! Whatever people type is read, and nothing that is only asked or quoted acts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quad::intent;
use quad::model::inventory::Inventory;
use quad::model::request::Request;
use quad::model::time::Moment;

fuzz_target!(|text: &str| {
    let names = |names: &str| names.split(' ').map(str::to_owned).collect();
    let inventory = Inventory {
        services: names("checkout payments users-api web"),
        containers: names("web-1 postgres-quad-dev"),
        hosts: names("db-1"),
        databases: names("shop-db"),
        environments: names("dev qa prod"),
        ..Inventory::default()
    };
    let now = Moment::from_timestamp(1_767_880_800, 0).expect("a moment");
    let parsed = intent::parse(text, &inventory, now);
    assert!((0.0..=1.0).contains(&parsed.confidence));
    // Marks further apart than 600 letters are no quotation.
    let quoted: String = text.replace(['"', '\n', '\r'], " ").chars().take(500).collect();
    let parsed = intent::parse(&format!("\"{quoted}\""), &inventory, now);
    assert!(!matches!(parsed.request, Request::AlertChange(_) | Request::WorldChange(_)), "{}", parsed.explanation);
});
