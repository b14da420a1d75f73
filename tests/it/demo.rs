//! `quad demo` as a person runs it: break the shop, read what quad says, mend it.

use std::time::Duration;

use serde_json::Value;

use crate::support::quad::Child;

const TWO_MINUTES: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_demo_shows_a_fault_its_cause_and_its_end() {
    let demo = Child::start(&["demo"]).await;
    demo.has_looked(5).await;
    assert_eq!(demo.run(&["demo", "--fault", "errors"]), "errors is on for checkout.\n");
    let explained = |record: &Value| {
        let cause = record["root_cause"].as_str().unwrap_or_default();
        record["status"] == "firing" && cause.contains("a fault inside checkout")
    };
    demo.expect_records("the cause is named", TWO_MINUTES, |records| records.iter().any(explained)).await;
    let said = demo.run(&["ask", "why does checkout fail?"]);
    assert!(said.contains("InventoryMismatch"), "{said}");

    assert_eq!(demo.run(&["demo", "--fault", "errors", "--off"]), "errors is off for checkout.\n");
    let over = |records: &[Value]| records.iter().all(|record| record["status"] == "resolved");
    demo.expect_records("it is over", TWO_MINUTES, over).await;
    assert_eq!(demo.alert_records().len(), 1, "one incident is one alert: {:#?}", demo.alert_records());
    demo.stop().await;
}
