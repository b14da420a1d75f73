//! Whatever comes in wrong gets a clear answer, is said once, and stops nothing else.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use quad::web::signature::sign;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::broken::{Broken, Trouble};
use crate::support::processes::{eventually, eventually_within};
use crate::support::program::{Program, Running};
use crate::support::slack::{SIGNING, Slack};

/// Longer than a person would write by a thousand times.
fn ten_megabytes() -> String {
    "why is checkout slow? ".repeat(10 * 1024 * 1024 / 22)
}

fn now() -> chrono::DateTime<chrono::Utc> {
    quad::ports::clock::Clock::system().now()
}

/// A page that is fine, and how often it was asked.
async fn fine() -> Broken {
    Broken::start(Trouble::reply("200 OK", "", "fine")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_broken_source_is_reported_once_and_blinds_no_other() {
    let shop = fine().await;
    let wrong = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":7}]}}"#;
    let troubles = [
        ("failing", Trouble::reply("500 Internal Server Error", "", "<h1>Sorry</h1>"), "HTTP 500"),
        ("babbling", Trouble::reply("200 OK", "", "\u{1}\u{2}<html>gibberish"), ""),
        ("lying", Trouble::reply("200 OK", "", wrong), ""),
        ("halved", Trouble::half(r#"{"status":"success","data":"#), "broke off"),
        ("silent", Trouble::Silence, "no answer within"),
        ("hanging-up", Trouble::HangUp, ""),
    ];
    let mut servers = Vec::new();
    let mut sources = String::new();
    for (name, trouble, _) in &troubles {
        let server = Broken::start(trouble.clone()).await;
        sources.push_str(&format!(
            "    - {{name: {name}, base_url: \"{}\", timeout_secs: 1, deadline_secs: 2}}\n",
            server.url()
        ));
        servers.push(server);
    }
    let program = Program::configured(&format!(
        "monitoring: {{check_interval_secs: 1}}\ndetect: {{source_down_for_seconds: 1, grace_after_start_seconds: 0}}\nsources:\n  host: null\n  probe: [{{url: \"{}\", service: shop}}]\n  prometheus:\n{sources}",
        shop.url()
    ));
    let quad = program.start(&[]).await;
    let alerts = eventually_within(Duration::from_secs(90), "all are reported", async || {
        let alerts = program.run(&["alerts", "--json"]).good().json();
        let text = alerts.to_string();
        troubles
            .iter()
            .all(|(name, ..)| text.contains(&format!("No data from {name} since")))
            .then_some(alerts)
    })
    .await;
    for (name, _, why) in &troubles {
        let about: Vec<&Value> = alerts
            .as_array()
            .expect("a list")
            .iter()
            .filter(|alert| alert.to_string().contains(&format!("No data from {name} since")))
            .collect();
        assert_eq!(about.len(), 1, "{name}: {alerts:#}");
        assert!(about[0].to_string().contains(why), "{name} does not say {why}: {:#}", about[0]);
    }
    // They stay one alert each, however long it lasts, and the shop is looked at all the while.
    let asked = shop.heads().len();
    eventually("five more checks", async || (shop.heads().len() >= asked + 5).then_some(())).await;
    let later = program.run(&["alerts", "--json"]).good().json();
    assert_eq!(later.as_array().map(Vec::len), Some(troubles.len()), "{later:#}");
    let status = program.run(&["ask", "status"]).good().out;
    assert!(!status.contains("Nothing is wrong"), "{status}");
    assert!(status.contains("no data from failing since") && status.contains("HTTP 500"), "{status}");
    // What a server sent is nobody's business but its own.
    for secret in ["Sorry", "gibberish"] {
        assert!(!quad.said().contains(secret) && !alerts.to_string().contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_slack_token_is_said_and_stops_nothing_else() {
    let slack = Slack::start().await;
    let shop = fine().await;
    let program = Program::configured(&slack_yaml(&slack, &shop, "wrong-token"));
    program.write("wrong-token", &["xoxb", "of-another-workspace"].join("-"));
    let doctor = program.run(&["doctor"]);
    assert_eq!(doctor.status, Some(1));
    assert!(doctor.out.contains("BAD      slack: the bot token does not work: "), "{}", doctor.out);
    assert!(doctor.out.contains("invalid_auth"), "{}", doctor.out);

    let quad = program.start(&[]).await;
    eventually("the log says so", async || quad.said().contains("invalid_auth").then_some(())).await;
    wait_for_good_status(&program).await;
    let visitor = quad.sign_in(&quad.link).await;
    assert_eq!(visitor.say("status").await.0, 202);
}

fn slack_yaml(slack: &Slack, shop: &Broken, bot: &str) -> String {
    format!(
        "monitoring: {{check_interval_secs: 1}}\nalerts: {{slack_channel: \"ops\"}}\nsources:\n  host: null\n  probe: [{{url: \"{}\", service: shop}}]\nslack:\n  base_url: \"{}\"\n  bot_token: {{file: \"{bot}\"}}\n  app_token: null\n  signing_secret: {{file: \"{}\"}}\n",
        shop.url(),
        slack.config().base_url,
        slack.path("signing").display()
    )
}

async fn wait_for_good_status(program: &Program) {
    eventually("quad says that nothing is wrong", async || {
        program.run(&["ask", "status"]).good().out.contains("Nothing is wrong").then_some(())
    })
    .await;
}

/// Sends what Slack would send.
async fn slack_sends(quad: &Running, path: &str, kind: &str, body: &str, secret: &str, age: i64) -> u16 {
    let stamp = (now().timestamp() - age).to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(format!("v0:{stamp}:{body}").as_bytes());
    let signature = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
    let headers = [
        ("content-type", kind),
        ("x-slack-request-timestamp", stamp.as_str()),
        ("x-slack-signature", &signature),
    ];
    quad.call("POST", path, &headers, body.as_bytes()).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn what_claims_to_be_slack_s_is_looked_at_closely() {
    let slack = Slack::start().await;
    let shop = fine().await;
    let program = Program::configured(&slack_yaml(&slack, &shop, &slack.path("bot").display().to_string()));
    let quad = program.start(&[]).await;
    let (json, form) = ("application/json", "application/x-www-form-urlencoded");
    let asked = slack.mention("ops", "alice", "status");
    let mention = json!({"type": "event_callback", "event_id": "Ev1", "team_id": "T0TEAM001", "event": {
        "type": "app_mention", "user": slack.person("alice"), "text": "<@U0QUAD001> status",
        "ts": asked.ts, "channel": asked.channel}})
    .to_string();
    let events = "/slack/events";
    assert_eq!(slack_sends(&quad, events, json, &mention, "a guess", 0).await, 401);
    assert_eq!(slack_sends(&quad, events, json, &mention, SIGNING, 6 * 60).await, 401);
    for nonsense in ["{\"type\": \"event_c", "[]", "\u{0}", "{\"type\": 3}", "{\"type\": \"event_callback\"}"]
    {
        assert_eq!(slack_sends(&quad, events, json, nonsense, SIGNING, 0).await, 200, "{nonsense}");
    }
    assert_eq!(slack_sends(&quad, events, form, "payload=%7B", SIGNING, 0).await, 200);
    assert_eq!(slack_sends(&quad, events, form, "a=b", SIGNING, 0).await, 200);
    let huge = json!({"type": "event_callback", "event": {"type": "app_mention", "text": ten_megabytes()}});
    assert_eq!(slack_sends(&quad, events, json, &huge.to_string(), SIGNING, 0).await, 413);
    // After all that it still listens, and what was refused before was not taken for said.
    assert_eq!(slack_sends(&quad, events, json, &mention, SIGNING, 0).await, 200);
    assert_eq!(slack_sends(&quad, events, json, &mention, SIGNING, 0).await, 200);
    asked.expect_reply("Nothing is wrong").await;
    let command = format!(
        "command=%2Fquad&text=hello&channel_id={}&user_id={}&trigger_id=1.2.a",
        slack.channel("ops").id(),
        slack.person("alice")
    );
    assert_eq!(slack_sends(&quad, events, form, &command, SIGNING, 0).await, 200);
    slack.channel("ops").expect_message("").await;
    slack.expect_silence();
    // Each of the seven is counted where somebody looks.
    eventually("the counts are shown", async || {
        let metrics = quad.get("/metrics").await;
        let shown = |result: &str, count: u32| {
            metrics
                .contains(&format!("quad_inbound_total{{platform=\"slack\",result=\"{result}\"}} {count}\n"))
        };
        (shown("unreadable", 7) && shown("refused", 2) && shown("accepted", 2) && shown("duplicate", 1))
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_ten_megabytes_is_refused_with_the_limit() {
    let shop = fine().await;
    let program = Program::configured("monitoring: {check_interval_secs: 1}\nsources: {host: null}\n");
    let quad = program.start(&["--probe", shop.url().as_str()]).await;
    let visitor = quad.sign_in(&quad.link).await;
    let (status, said) = visitor.say(&ten_megabytes()).await;
    assert_eq!(status, 413);
    assert!(said.contains("1,000,000 bytes"), "{said}");
    let (status, said) = visitor.say(&"x".repeat(10_001)).await;
    assert!((400..500).contains(&status), "{status} {said}");
    assert!(said.contains("10,000"), "{said}");
    let ran = program.run_on(&["ask"], &ten_megabytes());
    assert_eq!((ran.status, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("1,000,000 bytes"), "{}", ran.err);
    let ran = program.run_on(&["parse"], &format!("{}\n", json!({ "text": ten_megabytes() }))).good();
    assert_eq!(ran.out.lines().count(), 1);
    wait_for_good_status(&program).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invisible_and_right_to_left_characters_change_nothing() {
    let shop = fine().await;
    let program = Program::configured(
        "monitoring: {check_interval_secs: 1}\nsources: {host: null}\nservices: {checkout: {}}\n",
    );
    let quad = program.start(&["--probe", shop.url().as_str()]).await;
    wait_for_good_status(&program).await;
    let visitor = quad.sign_in(&quad.link).await;
    // What a person sees must not be turned around or hidden by what somebody wrote.
    let tricks = ['\u{202e}', '\u{2066}', '\u{200b}', '\u{200f}', '\u{feff}'];
    for trick in tricks {
        for text in [
            format!("sta{trick}tus"),
            format!("{trick}status"),
            format!("why is check{trick}out slow{trick}?"),
        ] {
            let ran = program.run(&["ask", &text]).good();
            assert!(!ran.out.contains(trick), "{trick:?} comes back: {}", ran.out);
            let read = program.run_on(&["parse"], &format!("{}\n", json!({ "text": text }))).good().json();
            let wanted = if text.contains("slow") { "analyze_latency" } else { "status" };
            assert_eq!(read["intent"], wanted, "{text:?}: {read}");
        }
        assert_eq!(visitor.say(&format!("is {trick}everything ok{trick}?")).await.0, 202);
    }
    let arabic = program.run(&["ask", "لماذا الخدمة بطيئة؟"]).good().out;
    assert!(!arabic.trim().is_empty());
    eventually("the page answers all of them", async || {
        let page = visitor.page().await;
        (page.matches("Nothing is wrong").count() >= tricks.len()).then_some(())
    })
    .await;
    let page = visitor.page().await;
    for trick in ['\u{202e}', '\u{2066}'] {
        assert!(!page.contains(trick), "{trick:?} reaches the page");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_and_replayed_deployments_leave_no_trace() {
    let secret = "hook".repeat(8);
    let program =
        Program::configured("monitoring: {check_interval_secs: 1}\nhooks: {secret: {env: QUAD_TEST_HOOK}}\n")
            .env("QUAD_TEST_HOOK", &secret);
    let quad = program.start(&[]).await;
    let send = async |version: &str, secret: &str, age: i64| {
        let body = json!({"service": "checkout", "version": version, "environment": "prod"}).to_string();
        let at = now() - chrono::TimeDelta::seconds(age);
        let stamp = at.timestamp().to_string();
        let signature = sign(&SecretString::from(secret.to_owned()), at, body.as_bytes());
        let headers = [("x-quad-timestamp", stamp.as_str()), ("x-quad-signature", &signature)];
        let (status, _, said) = quad.call("POST", "/hooks/deployments", &headers, body.as_bytes()).await;
        (status, said)
    };
    let (status, said) = send("v-forged", "a guess", 0).await;
    assert!(status == 401 && said.contains("the signature does not fit"), "{said}");
    let (status, said) = send("v-old", &secret, 6 * 60).await;
    assert!(status == 401 && said.contains("5 minutes"), "{said}");
    // The second may fall into the next second; then it is new. The same one is not.
    let first = send("v-real", &secret, 1).await;
    assert_eq!((first.0, first.1.contains("\"new\":true")), (200, true), "{}", first.1);
    let ran = program.run(&["ask", "what was deployed today?"]).good().out;
    assert!(!ran.contains("v-forged") && !ran.contains("v-old"), "{ran}");
    let doubled =
        program.run(&["deployed", "checkout", "v-real", "--environment", "prod", "--json"]).good().json();
    assert_eq!(doubled["new"], json!(false), "known from the hook: {doubled}");
}
