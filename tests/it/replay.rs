//! A past incident gives the same diagnosis again: from the store, and from a file anywhere else.

use serde_json::{Value, json};

use crate::support::bot::{Bot, minutes};
use crate::support::program::Program;

#[tokio::test(flavor = "multi_thread")]
async fn a_past_incident_is_diagnosed_again_without_a_source() {
    let bot = Bot::start().await;
    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(3)).await;
    let alert = bot.slack().channel("ops").expect_message("checkout").await;
    bot.settled().await;
    alert.read();
    let said = alert.read_thread();
    let folder = bot.folder().to_str().expect("a path").to_owned();

    let here = Program::new();
    let replayed = here.run(&["--data", &folder, "replay", "1"]).good().out;
    let headline = replayed.lines().next().expect("a line").trim();
    assert!(said.iter().any(|note| note.contains("inconclusive")), "{said:?}");
    assert!(headline.contains("checkout (prod): inconclusive"), "{replayed}");
    assert!(replayed.contains("The same as was said of #1 then"), "{replayed}");
    let export = here.run(&["--data", &folder, "alerts", "--export", "1"]).good();
    bot.finish().await;

    // Elsewhere, where nobody knows that alert.
    let there = Program::new();
    let unknown = there.run(&["replay", "1"]);
    assert_eq!(unknown.status, Some(1));
    assert!(unknown.err.contains("I don't know an alert #1"), "{}", unknown.err);
    there.write("incident.json", &export.out);
    let replayed = there.run(&["replay", "incident.json", "--json"]).good().json();
    assert_eq!((&replayed["alert"], &replayed["compared"]), (&json!(1), &json!("same")));
    assert_eq!(replayed["diagnosis"]["verdict"], "inconclusive");

    // Something else was said then.
    let mut changed: Value = export.json();
    changed["said"]["not_seen"] = json!(["the moon"]);
    there.write("changed.json", &changed.to_string());
    let differs = there.run(&["replay", "changed.json"]);
    assert_eq!(differs.status, Some(1));
    assert!(differs.out.contains("Differs from what was said of #1 then"), "{}", differs.out);

    changed["recorded"]["at"] = json!("-262143-01-01T00:00:00Z");
    for (name, text, why) in [
        ("garbage.json", "{]".to_owned(), "is not what `quad alerts --export` writes"),
        ("odd.json", changed.to_string(), "odd.json"),
    ] {
        there.write(name, &text);
        let refused = there.run(&["replay", name]);
        assert_eq!(refused.status, Some(1));
        assert!(refused.err.contains(why), "{}", refused.err);
    }
    assert!(there.run(&["replay", "nowhere.json"]).err.contains("neither the number of an alert nor a file"));
}
