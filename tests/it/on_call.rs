//! Who is told when nobody reacts: once, whatever goes wrong, and never once somebody has it.

use quad::model::alert::AlertNumber;
use quad::model::answer::Press;
use serde_json::{Value, json};

use crate::support::bot::{Bot, START, minutes};
use crate::support::pagerduty::{Fault, PagerDuty, integration, judge, user};
use crate::support::processes::eventually;
use crate::support::slack::Posted;

/// quad with a pager, and `checkout` slow since two minutes.
async fn trouble(pager: &PagerDuty, more: Value) -> Bot {
    let mut more = more;
    more["pagerduty"] = pager.config();
    let bot = Bot::start_with(more, START).await;
    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(2)).await;
    bot
}

/// The alert's message in Slack, read with its thread.
async fn alert(bot: &Bot) -> Posted<'_> {
    let alert = bot.slack().channel("ops").expect_message("checkout").await;
    alert.expect_reply("checkout").await;
    bot.settled().await;
    alert.read();
    alert
}

/// Hands in what PagerDuty says; the status.
async fn call_back(bot: &Bot, (body, signature): &(String, String)) -> u16 {
    bot.post("/hooks/pagerduty", &[("X-PagerDuty-Signature", signature)], body).await
}

#[tokio::test]
async fn nobody_reacts_for_a_quarter_of_an_hour_and_the_pager_goes_once() {
    let pager = PagerDuty::start().await;
    let bot = trouble(&pager, json!({})).await;
    let alert = alert(&bot).await;
    bot.advance(minutes(13)).await;
    pager.expect_silence();
    bot.advance(minutes(3)).await;
    let (key, incident) = pager.expect(1, "triggered").await;
    assert!(key.starts_with("quad-"), "{key}");
    let payload = &incident.event["payload"];
    assert_eq!(
        payload["summary"],
        "#1 checkout (prod) has been slow since 13:57: P95 2,400 ms (the line is 500 ms)"
    );
    assert_eq!((&payload["severity"], &payload["component"]), (&json!("critical"), &json!("checkout")));
    assert_eq!(payload["custom_details"]["P95 POST /api/pay"], "2,400 ms over 60 s (line 500 ms)");
    let link = incident.event["links"][0]["href"].as_str().expect("a link to the thread");
    assert!(link.starts_with("https://example.slack.com/archives/"), "{link}");

    bot.advance(minutes(60)).await;
    bot.slack().click(&alert, "Acknowledge", "alice");
    pager.expect(1, "acknowledged").await;
    alert.expect_edit("Acknowledged by").await;
    bot.metrics().set("p95_ms", "checkout", 60.0);
    bot.advance(minutes(5)).await;
    let (_, incident) = pager.expect(1, "resolved").await;
    assert_eq!(incident.calls, 1);
    assert_eq!(pager.requests(), 3, "one event a state");
    alert.expect_reply("Recovered").await;
    alert.read();
    bot.finish().await;
    pager.finish();
}

#[tokio::test]
async fn who_takes_it_in_time_is_not_called_and_who_forgets_it_is() {
    let pager = PagerDuty::start().await;
    let bot = trouble(&pager, json!({"alerts": {"life": {"acknowledgement_minutes": 30}}})).await;
    let alert = alert(&bot).await;
    bot.slack().click(&alert, "Acknowledge", "alice");
    alert.expect_edit("Acknowledged by").await;
    bot.advance(minutes(29)).await;
    pager.expect_silence();
    bot.advance(minutes(2)).await;
    alert.expect_reply("expired").await;
    bot.advance(minutes(12)).await;
    pager.expect_silence();
    bot.advance(minutes(4)).await;

    // Taken in the pager and forgotten again: what is added to a taken incident would wake nobody.
    let (first, _) = pager.expect(1, "triggered").await;
    let said = pager.webhook(&first, "acknowledged", user("PALICE", "Alice Liddell"));
    assert_eq!(call_back(&bot, &said).await, 202);
    alert.expect_edit("Acknowledged by Alice Liddell").await;
    bot.advance(minutes(31)).await;
    alert.expect_reply("expired").await;
    bot.advance(minutes(16)).await;
    let (second, _) = pager.expect(2, "triggered").await;
    assert_ne!(first, second);
    assert_eq!(pager.incidents()[&first].status, "resolved");
    bot.settled().await;
    alert.read();
    bot.finish().await;
    pager.finish();
}

#[tokio::test]
async fn an_environment_that_asks_for_it_pages_at_once() {
    let pager = PagerDuty::start().await;
    let bot = trouble(&pager, json!({"prod": {"escalate_to_oncall": true}})).await;
    pager.expect(1, "triggered").await;
    alert(&bot).await;
    bot.advance(minutes(20)).await;
    pager.expect(1, "triggered").await;
    assert_eq!(pager.requests(), 1, "who is being called is not called again");
    let asked = bot.slack().mention("ops", "carol", "who's on call in prod?");
    let answer = asked.expect_reply("").await;
    insta::assert_snapshot!(answer.text(), @r"
    Whom an alert in prod reaches while nobody acknowledges it:
    • critical, at once: PagerDuty
    • critical, after 15 min: PagerDuty
    PagerDuty knows who holds the pager now; I don't ask it
    ");
    bot.finish().await;
    pager.finish();
}

#[tokio::test]
async fn what_a_person_does_in_pagerduty_is_done_here_in_their_name_and_not_echoed() {
    let pager = PagerDuty::start().await;
    let bot = trouble(&pager, json!({"prod": {"escalate_to_oncall": true}})).await;
    let alert = alert(&bot).await;
    let (key, _) = pager.expect(1, "triggered").await;

    let (body, signature) = pager.webhook(&key, "acknowledged", user("PALICE", "Alice <b>Liddell</b>"));
    assert_eq!(call_back(&bot, &(body.clone(), "v1=00".to_owned())).await, 401, "forged");
    assert_eq!(call_back(&bot, &(body.replace("01EVENT", "02EVENT"), signature.clone())).await, 401);
    assert_eq!(call_back(&bot, &(body.clone(), signature.clone())).await, 202);
    alert.expect_edit("Acknowledged by Alice &lt;b&gt;Liddell").await;
    for _ in 0..3 {
        assert_eq!(call_back(&bot, &(body.clone(), signature.clone())).await, 202, "again changes nothing");
    }
    assert_eq!(pager.requests(), 1, "nothing is told back");

    // quad's own doing, said back by PagerDuty, is an echo.
    let echo = pager.webhook(&key, "resolved", integration());
    assert_eq!(call_back(&bot, &echo).await, 200);
    let foreign = pager.webhook("srv01/HTTP", "resolved", user("PALICE", "Alice"));
    assert_eq!(call_back(&bot, &foreign).await, 200);
    bot.advance(minutes(1)).await;
    assert!(alert.text().contains("Acknowledged by Alice"), "{}", alert.text());

    let resolved = pager.webhook(&key, "resolved", user("PALICE", "Alice Liddell"));
    assert_eq!(call_back(&bot, &resolved).await, 202);
    alert.expect_edit("Resolved by Alice Liddell").await;
    bot.settled().await;
    assert_eq!(pager.requests(), 1);
    alert.read();
    let audit = bot.audit().await;
    assert!(audit.contains("pagerduty:PALICE Alice Liddell resolved alert #1 checkout (prod)"), "{audit}");
    bot.finish().await;
    pager.finish();
}

#[tokio::test]
async fn a_pager_in_trouble_is_asked_again_until_it_has_it_and_calls_once() {
    for faults in [
        &[Fault::Status(500), Fault::Status(503), Fault::Close][..],
        &[Fault::AcceptThenDrop, Fault::AcceptThenDrop],
        &[Fault::Busy(7)],
    ] {
        let pager = PagerDuty::start().await;
        pager.next(faults);
        let bot = trouble(&pager, json!({"prod": {"escalate_to_oncall": true}})).await;
        alert(&bot).await;
        let incident = eventually("the pager has it", async || {
            bot.sleep(chrono::TimeDelta::seconds(2));
            pager.incidents().into_values().next()
        })
        .await;
        assert_eq!((incident.status, incident.calls), ("triggered", 1), "{faults:?}");
        bot.finish().await;
        pager.finish();
    }
}

#[tokio::test]
async fn who_takes_it_while_the_pager_is_down_is_not_called_when_it_is_back() {
    let pager = PagerDuty::start().await;
    pager.next(&[Fault::Status(500); 40]);
    let bot = trouble(&pager, json!({"prod": {"escalate_to_oncall": true}})).await;
    let alert = alert(&bot).await;
    bot.slack().click(&alert, "Acknowledge", "alice");
    alert.expect_edit("Acknowledged by").await;
    pager.recover();
    bot.advance(minutes(10)).await;
    eventually("the pager hears the end of it", async || (pager.requests() >= 1).then_some(())).await;
    pager.expect_silence();
    bot.finish().await;
    pager.finish();
}

#[tokio::test]
async fn an_escalation_that_reaches_nobody_is_said_once_and_known_to_the_metrics() {
    let pager = PagerDuty::start().await;
    pager.next(&[Fault::Status(400)]);
    let bot = trouble(&pager, json!({"prod": {"escalate_to_oncall": true}})).await;
    alert(&bot).await;
    bot.advance(minutes(1)).await;
    let said = bot.slack().channel("ops").expect_message("was not reached").await;
    assert!(said.text().contains("PagerDuty refused the event (HTTP 400): is the routing key right?"));
    assert_eq!(said.controls(), "[Acknowledge]");
    assert!(bot.own_metrics().await.contains("quad_escalations_missed 1"));
    bot.advance(minutes(30)).await;
    bot.expect_silence().await;
    let checks = bot.app().examine().await.expect("looks");
    let said: Vec<&str> = checks.iter().filter(|c| c.what == "on call").map(|c| c.says.as_str()).collect();
    assert!(said.iter().any(|says| says.contains("PagerDuty was not reached about #1")), "{said:?}");
    bot.finish().await;
}

#[tokio::test]
async fn steps_reach_channels_and_people_and_survive_a_restart() {
    let steps = json!([
        {"after_minutes": 5, "targets": [{"person": "D0ALICE01"}]},
        {"after_minutes": 10, "targets": [{"channel": "#ops"}, "pagerduty"]},
    ]);
    let pager = PagerDuty::start().await;
    let bot = trouble(&pager, json!({"escalation": {"steps": steps}})).await;
    {
        let alert = alert(&bot).await;
        bot.advance(minutes(6)).await;
        let told = bot.slack().channel("alice").expect_message("You get this").await;
        insta::assert_snapshot!(told.text(), @r"
        :red_circle: #1 checkout (prod) has been slow since 13:57: P95 2,400 ms (the line is 500 ms)
        You get this because nobody has acknowledged it for 5 min.
        P95 POST /api/pay: 2,400 ms over 60 s (line 500 ms)
        Nobody has acknowledged it yet.
        ");
        bot.settled().await;
        alert.read();
    }
    let bot = bot.restart_after(minutes(120)).await;
    let again = bot.slack().channel("ops").expect_message(" for 2 h").await;
    insta::assert_snapshot!(again.text(), @":red_circle: Nobody has acknowledged #1 for 2 h 7 min: checkout (prod) has been slow since 13:57: P95 2,400 ms (the line is 500 ms)");
    pager.expect(1, "triggered").await;
    bot.settled().await;
    bot.slack().read_everything();

    bot.slack().click(&again, "Acknowledge", "bob");
    pager.expect(1, "acknowledged").await;
    eventually("the message to the other person shows it too", async || {
        bot.slack().find("alice", "Acknowledged by Bob Cratchit").map(|_| ())
    })
    .await;
    bot.settled().await;
    bot.slack().read_everything();
    bot.finish().await;
    pager.finish();
}

#[tokio::test]
async fn a_silence_and_planned_work_page_nobody() {
    let pager = PagerDuty::start().await;
    let bot = trouble(&pager, json!({})).await;
    let alert = alert(&bot).await;
    bot.slack().click(&alert, "Silence 1 h", "bob");
    alert.expect_edit("Silenced until").await;
    bot.advance(minutes(55)).await;
    pager.expect_silence();
    bot.advance(minutes(12)).await;
    alert.expect_reply("The silence is over").await;
    pager.expect_silence();
    bot.advance(minutes(12)).await;
    pager.expect(1, "triggered").await;
    bot.settled().await;
    alert.read();
    bot.finish().await;
    pager.finish();
}

#[tokio::test]
async fn warnings_wait_until_the_quiet_hours_are_over() {
    let hours = json!({"quiet_hours": {"from": "13:00", "to": "14:30"}});
    let bot = Bot::start_with(hours, START).await;
    bot.metrics().set("p95_ms", "checkout", 300.0);
    bot.advance(minutes(20)).await;
    bot.expect_silence().await;
    bot.advance(minutes(15)).await;
    let alert = bot.slack().channel("ops").expect_message("checkout").await;
    assert!(alert.text().starts_with(":large_yellow_circle:"), "{}", alert.text());
    bot.settled().await;
    alert.read();
    alert.read_thread();
    bot.finish().await;
}

#[tokio::test]
async fn the_places_of_an_alert_lead_to_each_other_and_change_together() {
    let runbooks = concat!(env!("CARGO_MANIFEST_DIR"), "/config/runbooks");
    let more = json!({"web": {"public_url": "https://quad.example.com"}, "runbooks": runbooks});
    let bot = Bot::start_with(more, START).await;
    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(2)).await;
    let alert = alert(&bot).await;
    bot.advance(minutes(1)).await;
    eventually("Slack names the page", async || alert.text().contains("Also in quad's page").then_some(()))
        .await;
    bot.settled().await;
    insta::assert_snapshot!(alert.read(), @r"
    :red_circle: #1 checkout (prod) has been slow since 13:57: P95 2,400 ms (the line is 500 ms)
    P95 POST /api/pay: 2,400 ms over 60 s (line 500 ms)
    Nobody has acknowledged it yet.
    Runbook: Slow answers
    Also in quad's page
    ");
    assert!(alert.blocks().to_string().contains("https://quad.example.com/runbooks/high-latency"));
    eventually("the page names Slack", async || {
        bot.page_alert().await.contains("https://example.slack.com/archives/C0OPS0001/p").then_some(())
    })
    .await;

    // The clock stands still: whatever happens now happens in none of quad's time.
    bot.slack().click(&alert, "Acknowledge", "alice");
    alert.expect_edit("Acknowledged by Alice Liddell").await;
    eventually("the page shows it", async || {
        bot.page_alert().await.contains("Acknowledged by Alice Liddell").then_some(())
    })
    .await;
    bot.press_on_page(Press::Undo(AlertNumber(1))).await;
    alert.expect_edit("Nobody has acknowledged it yet").await;
    eventually("the page shows that too", async || {
        bot.page_alert().await.contains("Nobody has acknowledged it yet").then_some(())
    })
    .await;

    bot.slack().click(&alert, "Runbook", "carol");
    let runbook = alert.expect_reply("Runbook").await;
    assert!(runbook.text().contains("Slow answers") && runbook.text().contains("4. If a dependency is slow"));
    let asked = bot.slack().mention_under(&alert, "carol", "show me the runbook");
    asked.expect_reply("Slow answers").await;
    bot.settled().await;
    alert.read();
    bot.finish().await;
}

#[test]
fn the_judge_refuses_what_pagerduty_would() {
    let Some(judge) = judge() else { return };
    let good = json!({"routing_key": "k", "event_action": "trigger", "dedup_key": "d",
        "payload": {"summary": "s", "severity": "critical", "source": "x", "timestamp": "2026-01-08T12:57:00.000Z"},
        "links": [{"href": "https://example.com", "text": "t"}]});
    assert!(judge.is_valid(&good));
    for (pointer, value) in [
        ("/routing_key", Value::Null),
        ("/event_action", json!("page")),
        ("/dedup_key", json!(7)),
        ("/payload", json!("s")),
        ("/payload/severity", json!("fatal")),
        ("/payload/summary", json!(["s"])),
        ("/payload/timestamp", json!("noon")),
        ("/links/0", json!({"text": "t"})),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).expect("is there") = value;
        assert!(!judge.is_valid(&bad), "{pointer} is let through");
    }
    for missing in ["summary", "severity", "source"] {
        let mut bad = good.clone();
        bad["payload"].as_object_mut().expect("an object").remove(missing);
        assert!(!judge.is_valid(&bad), "{missing} is not missed");
    }
}
