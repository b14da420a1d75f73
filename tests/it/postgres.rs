//! The whole agent with its store in PostgreSQL: it watches, answers, alerts, and forgets nothing
//! over a restart.

use serde_json::{Value, json};

use crate::support::broken::{Broken, Trouble};
use crate::support::postgres::Postgres;
use crate::support::processes::eventually;
use crate::support::program::Program;

async fn open_alerts(program: &Program, wanted: usize) -> Value {
    eventually(&format!("{wanted} alerts are open"), async || {
        let alerts = program.run(&["alerts", "--json"]).good().json();
        (alerts.as_array().map(Vec::len) == Some(wanted)).then_some(alerts)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_on_postgresql() {
    let postgres = Postgres::start();
    let shop = Broken::start(Trouble::reply("200 OK", "", "fine")).await;
    let program = Program::configured(&format!(
        "monitoring: {{check_interval_secs: 1}}\nstore: {{postgres: {{env: QUAD_POSTGRES_URL}}}}\ndetect: {{for_critical_seconds: 1, keep_firing_seconds: 1, grace_after_start_seconds: 0}}\nsources:\n  host: null\n  probe: [{{url: \"{}\", service: shop}}]\n",
        shop.url()
    ))
    .env("QUAD_POSTGRES_URL", &postgres.fresh_database());
    let mut quad = program.start(&[]).await;
    eventually("all is well", async || {
        program.run(&["ask", "status"]).good().out.contains("Nothing is wrong").then_some(())
    })
    .await;

    shop.now(Trouble::reply("500 Internal Server Error", "", "broken"));
    let alerts = open_alerts(&program, 1).await;
    let number = alerts[0]["number"].as_i64().expect("a number");
    assert!(alerts[0]["message"].as_str().is_some_and(|text| text.contains("shop")), "{alerts:#}");
    let said = program.run(&["ask", &format!("ack {number}")]).good().out;
    assert!(said.contains(&number.to_string()), "{said}");
    let acknowledged = open_alerts(&program, 1).await;
    assert_eq!(acknowledged[0]["status"], json!("acknowledged"), "{acknowledged:#}");
    let visitor = quad.sign_in(&quad.link).await;
    eventually("the page shows the alert", async || {
        visitor.page().await.contains("acknowledged").then_some(())
    })
    .await;

    assert!(quad.terminate().await.success());
    let mut quad = program.start(&[]).await;
    assert_eq!(open_alerts(&program, 1).await[0]["number"], json!(number), "the same alert after a restart");
    shop.now(Trouble::reply("200 OK", "", "fine"));
    open_alerts(&program, 0).await;
    let past = program.run(&["alerts", "--hours", "1", "--json"]).good().json();
    assert_eq!(
        (past.as_array().map(Vec::len), &past[0]["status"]),
        (Some(1), &json!("resolved")),
        "{past:#}"
    );
    assert!(program.run(&["report", "daily"]).good().out.contains("Daily report"));
    assert!(program.run(&["deployed", "shop", "v2", "--json"]).good().json()["new"] == json!(true));
    assert!(quad.terminate().await.success());
    assert!(!quad.said().contains(" ERROR "), "{}", quad.said());
}
