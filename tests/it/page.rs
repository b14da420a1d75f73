//! The page: who gets in, what they see, and that it reaches them.

use chrono::TimeDelta;
use quad::model::alert::AlertNumber;
use quad::model::answer::{Answer, Mark, Press, Section};
use quad::model::inbound::Said;
use quad::ports::messenger::{Messenger as _, Spot};
use quad::store::Content;
use quad::web::CONVERSATION;
use quad::web::settings::Settings;

use crate::support::door::{House, alice, cli_token, days};

#[tokio::test]
async fn a_sign_in_link_works_once_and_not_for_a_program_that_only_looks() {
    let house = House::open().await;
    let link = house.link().await;

    // What a chat program does to show a preview.
    for _ in 0..2 {
        let preview = house.call("GET", &link, &[], b"").await;
        assert_eq!((preview.status, preview.header("set-cookie")), (200, None));
    }

    let first = house.take_link(&link).await;
    assert_eq!((first.status, first.header("location")), (303, Some("/")));
    let set = first.header("set-cookie").expect("a cookie");
    for flag in ["httponly", "samesite=strict", "path=/", "max-age=2592000"] {
        assert!(set.contains(flag), "{set}");
    }
    assert_eq!(first.cookie().split_once('=').expect("name=value").1.len(), 64);

    let second = house.take_link(&link).await;
    assert_eq!((second.status, second.header("set-cookie")), (403, None));
    assert!(second.body.contains("used before"));
    assert_eq!(house.call("GET", "/", &[("cookie", &first.cookie())], b"").await.status, 200);
}

#[tokio::test]
async fn links_and_sessions_end() {
    let house = House::open().await;
    let link = house.link().await;
    house.clock.advance(TimeDelta::minutes(61));
    assert_eq!(house.take_link(&link).await.status, 403);

    let cookie = house.sign_in().await;
    house.clock.advance(days(29));
    assert_eq!(house.call("GET", "/session", &[("cookie", &cookie)], b"").await.status, 200);
    house.clock.advance(days(2));
    assert_eq!(house.call("GET", "/session", &[("cookie", &cookie)], b"").await.status, 401);

    let cookie = house.sign_in().await;
    let form = format!("token={}", house.page_token(&cookie).await);
    let headers = [("cookie", cookie.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(house.call("POST", "/logout", &headers, form.as_bytes()).await.status, 303);
    assert_eq!(house.call("GET", "/session", &[("cookie", &cookie)], b"").await.status, 401);
}

#[tokio::test]
async fn strangers_see_nothing() {
    let house = House::open().await;
    let page = house.call("GET", "/", &[], b"").await;
    assert_eq!(page.status, 401);
    assert!(page.body.contains("You are not signed in"));
    for (method, path) in [
        ("GET", "/events"),
        ("GET", "/session"),
        ("GET", "/api/alerts"),
        ("GET", "/api/metrics"),
        ("GET", "/api/status"),
        ("POST", "/messages"),
        ("POST", "/press"),
        ("POST", "/faults"),
        ("POST", "/api/ask"),
        ("POST", "/api/login"),
        ("POST", "/api/deployments"),
    ] {
        let reply = house
            .call(method, path, &[("cookie", "quad_1=00"), ("content-type", "application/json")], b"{}")
            .await;
        assert_eq!(reply.status, 401, "{method} {path}");
    }
    // A link from elsewhere brings no cookie along: the page asks once more, from here.
    let from_slack = house.call("GET", "/", &[("sec-fetch-site", "cross-site")], b"").await;
    assert!(from_slack.body.contains("http-equiv=\"refresh\""));
}

#[tokio::test]
async fn other_sites_can_not_act_in_a_person_s_name() {
    let house = House::open().await;
    let cookie = house.sign_in().await;
    let token = house.page_token(&cookie).await;
    let json = ("content-type", "application/json");
    let body = br#"{"id":"12345678","text":"ack 1"}"#;
    for forged in [
        vec![],
        vec![("x-quad-token", "0000")],
        vec![("x-quad-token", token.as_str()), ("origin", "http://evil.example")],
        vec![("x-quad-token", token.as_str()), ("sec-fetch-site", "cross-site")],
    ] {
        let headers: Vec<_> = forged.into_iter().chain([("cookie", cookie.as_str()), json]).collect();
        let reply = house.call("POST", "/messages", &headers, body).await;
        assert_eq!(reply.status, 403, "{headers:?}: {}", reply.body);
    }
    let form = ("content-type", "application/x-www-form-urlencoded");
    let link = house.link().await;
    let login = format!("token={}", &link["/login/".len()..]);
    let reply =
        house.call("POST", "/login", &[form, ("origin", "http://evil.example")], login.as_bytes()).await;
    assert_eq!(reply.status, 403);
    assert!(house.words().is_empty());
}

#[tokio::test]
async fn other_names_are_not_answered() {
    let house = House::open().await;
    for host in ["evil.example", "evil.example:7077", "127.0.0.1.evil.example"] {
        let reply = house.call("GET", "/", &[("host", host)], b"").await;
        assert_eq!(reply.status, 421, "{host}");
        assert!(reply.body.contains("web.allowed_hosts"));
    }
    assert_eq!(house.call("GET", "/healthz", &[("host", "10.1.2.3.probe")], b"").await.status, 200);
    let settings = Settings { allowed_hosts: vec!["quad.example.com".to_owned()], ..Settings::default() };
    let named = House::open_with(settings, false).await;
    assert_eq!(named.call("GET", "/", &[("host", "quad.example.com")], b"").await.status, 401);
}

#[tokio::test]
async fn every_response_tells_browsers_to_be_careful() {
    let house = House::open().await;
    for path in ["/", "/app.js", "/nothing", "/healthz"] {
        let reply = house.call("GET", path, &[], b"").await;
        let policy = reply.header("content-security-policy").expect(path);
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    }
    let page = house.call("GET", "/", &[], b"").await;
    assert!(!page.body.contains("<style") && !page.body.contains(" style=") && !page.body.contains("://"));
}

#[tokio::test]
async fn what_is_said_is_handed_in_once_and_shown_to_all() {
    let house = House::open().await;
    let cookie = house.sign_in().await;
    let mut page = house.events(&cookie, None).await;
    page.until("event: panels").await;

    for _ in 0..2 {
        assert_eq!(house.say(&cookie, "message-1", "why is it slow?").await.status, 202);
    }
    assert_eq!(house.words(), ["why is it slow?"]);
    let heard = house.heard.lock().expect("no panic")[0].clone();
    assert_eq!((heard.person, heard.place.channel.as_str()), (alice(), CONVERSATION));
    page.until("why is it slow?").await;

    house.messenger().working(&Spot::New { channel: CONVERSATION.to_owned(), thread: None }).await;
    page.until("event: working").await;
    house.deliver(Answer::new("`checkout` is slow").marked(Mark::Critical), None).await;
    let seen = page.until("is slow").await.to_owned();
    assert_eq!(seen.matches("why is it slow?").count(), 1);

    // A page that was away is told what it missed, and nothing twice.
    let id = seen.split("id: ").nth(1).and_then(|rest| rest.lines().next()).expect("an event id");
    let mut back = house.events(&cookie, Some(id)).await;
    let seen = back.until("event: panels").await;
    assert!(seen.contains("is slow") && !seen.contains("why is it slow?"), "{seen}");

    let reloaded = house.call("GET", "/", &[("cookie", &cookie)], b"").await;
    assert!(reloaded.body.contains("why is it slow?") && reloaded.body.contains("<code>checkout</code>"));
}

#[tokio::test]
async fn a_delivery_is_kept_once_and_its_edit_replaces_it() {
    let house = House::open().await;
    let cookie = house.sign_in().await;
    let sent = house.deliver(Answer::new("firing"), None).await;
    let spot = Spot::New { channel: CONVERSATION.to_owned(), thread: None };
    let again = house.messenger().send(&spot, &sent).await.expect("kept");
    let found = house.messenger().find(&spot, &sent).await.expect("looks").expect("finds");
    assert_eq!(found, again);

    let mut page = house.events(&cookie, None).await;
    page.until("firing").await;
    let edit = quad::model::outgoing::Outgoing { answer: Answer::new("resolved"), ..sent };
    house.messenger().send(&Spot::Existing(found), &edit).await.expect("edited");
    page.until("resolved").await;
    let kept = house.store.messages(CONVERSATION, 0, 10).await.expect("reads");
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].content, Content::Answer(Answer::new("resolved")));
}

#[tokio::test]
async fn a_press_goes_into_the_thread_of_its_message() {
    let house = House::open().await;
    let cookie = house.sign_in().await;
    let alert = Answer::new("slow").button("Acknowledge", Press::Acknowledge(AlertNumber(12)));
    house.deliver(alert, None).await;
    let root = house.store.messages(CONVERSATION, 0, 1).await.expect("reads")[0].id;

    let press = format!(r#"{{"id":"press-001","press":"ack:12","on":{root}}}"#);
    assert_eq!(house.post(&cookie, "/press", &press).await.status, 202);
    let heard = house.heard.lock().expect("no panic")[0].clone();
    assert_eq!(heard.place.thread, Some(root.to_string()));
    let on = Some(root.to_string());
    assert_eq!(heard.said, Said::Press { press: Press::Acknowledge(AlertNumber(12)), on });

    // What asks is shown as if it had been typed.
    let ask = r#"{"id":"press-002","press":"ask:why is web slow?"}"#;
    assert_eq!(house.post(&cookie, "/press", ask).await.status, 202);
    assert_eq!(house.words(), ["ack:12", "why is web slow?"]);
    let kept = house.store.messages(CONVERSATION, root, 10).await.expect("reads");
    assert_eq!(kept[0].content, Content::Text("why is web slow?".to_owned()));

    let unknown = house.post(&cookie, "/press", r#"{"id":"press-003","press":"rm -rf"}"#).await;
    assert_eq!(unknown.status, 400);
}

#[tokio::test]
async fn what_is_too_large_gets_a_sentence_that_says_the_limit() {
    let house = House::open().await;
    let cookie = house.sign_in().await;
    let huge = house.say(&cookie, "message-1", &"a".repeat(10_000_000)).await;
    assert_eq!(huge.status, 413);
    assert!(huge.body.contains("1,000,000 bytes at most"), "{}", huge.body);
    let long = house.say(&cookie, "message-2", &"é".repeat(10_001)).await;
    assert_eq!(long.status, 413);
    assert!(long.body.contains("10,001 characters; quad reads 10,000 at most"), "{}", long.body);
    assert_eq!(house.say(&cookie, "message-3", " \n ").await.status, 422);
    assert!(house.words().is_empty());
    assert!(house.store.messages(CONVERSATION, 0, 10).await.expect("reads").is_empty());
}

#[tokio::test]
async fn what_people_type_is_text_on_the_page() {
    let house = House::open().await;
    let cookie = house.sign_in().await;
    for (id, text) in [
        ("message-1", "<script>alert(1)</script><img src=x onerror=alert(1)>"),
        ("message-2", "ab\u{200b}cd \u{202e}txt.exe \u{2066}x"),
        ("message-3", "متى كان checkout بطيئا؟"),
    ] {
        assert_eq!(house.say(&cookie, id, text).await.status, 202);
    }
    let evil = Section::Text("<svg onload=alert(1)> [x](javascript:alert(1))".to_owned());
    house.deliver(Answer::new("<b>x</b>").with(evil), None).await;
    let page = house.call("GET", "/", &[("cookie", &cookie)], b"").await.body;
    for markup in ["<script>", "<img", "<svg onload", "<b>x", "javascript:", "\u{202e}", "\u{2066}"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("متى كان checkout بطيئا؟"));
    // What reaches the parser is what was typed.
    assert!(house.words()[1].contains('\u{202e}'));
}

#[tokio::test]
async fn a_terminal_asks_with_the_token_of_the_data_folder() {
    let house = House::open().await;
    let bearer = format!("Bearer {}", cli_token());
    let json = ("content-type", "application/json");
    let with = [("authorization", bearer.as_str()), json];
    let answer = house.call("POST", "/api/ask", &with, br#"{"text":"status"}"#).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let said: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    assert_eq!(
        (&said["text"], &said["answer"]["headline"]),
        (&"you asked: status\n".into(), &"you asked: status".into())
    );

    let unsure = house.call("POST", "/api/ask", &with, br#"{"text":"who"}"#).await;
    assert_eq!(unsure.status, 422);
    assert!(unsure.body.contains("did you mean `checkout`?"));
    let broken = house.call("POST", "/api/ask", &with, br#"{"text":"break"}"#).await;
    assert_eq!(broken.status, 500);
    assert!(!broken.body.contains("inner reason"));
    let wrong = [("authorization", "Bearer wrong"), json];
    assert_eq!(house.call("POST", "/api/ask", &wrong, br#"{"text":"status"}"#).await.status, 401);

    let link = house.call("POST", "/api/login", &with[..1], b"").await;
    assert!(link.body.contains("/login/"), "{}", link.body);
    let records =
        house.call("GET", "/api/metrics?signal=cpu&from=2026-01-01T00:00:00Z", &with[..1], b"").await;
    assert!(records.body.contains("Cpu"), "{}", records.body);
    let garbage = house.call("POST", "/api/ask", &with, b"{\"text\": ").await;
    assert!(garbage.status == 400 && garbage.body.starts_with("{\"error\":"), "{}", garbage.body);
    let unknown = house.call("GET", "/api/metrics?signal=mood", &with[..1], b"").await;
    assert!(unknown.status == 400 && unknown.body.contains("api_response_time"), "{}", unknown.body);
}

#[tokio::test]
async fn it_is_ready_after_its_first_check_and_says_how_it_is() {
    let house = House::open().await;
    assert_eq!(house.call("GET", "/healthz", &[], b"").await.status, 200);
    let early = house.call("GET", "/readyz", &[], b"").await;
    assert_eq!((early.status, early.body.as_str()), (503, "the first check is not done yet\n"));
    house.web.first_check_done();
    assert_eq!(house.call("GET", "/readyz", &[], b"").await.status, 200);

    let figures = house.call("GET", "/metrics", &[], b"").await.body;
    for name in
        ["quad_alerts_open{status=\"firing\"} 0", "quad_outbox_depth 0", "process_resident_memory_bytes"]
    {
        assert!(figures.contains(name), "{name} in {figures}");
    }
    let lines = figures.lines().map(|line| Ok(line.to_owned()));
    assert!(prometheus_parse::Scrape::parse(lines).is_ok());
}

#[tokio::test]
async fn stopping_ends_open_pages() {
    let mut house = House::open().await;
    let cookie = house.sign_in().await;
    let mut page = house.events(&cookie, None).await;
    page.until("event: panels").await;
    house.close().await;
    assert!(page.rest().await.contains("event: end"));
}

#[tokio::test]
async fn faults_are_switched_in_the_demo_only() {
    let plain = House::open().await;
    let cookie = plain.sign_in().await;
    let on = r#"{"name":"slow-query","on":true}"#;
    assert_eq!(plain.post(&cookie, "/faults", on).await.status, 404);
    let demo = House::open_with(Settings::default(), true).await;
    let cookie = demo.sign_in().await;
    assert_eq!(demo.post(&cookie, "/faults", on).await.status, 204);
    assert!(demo.switched.lock().expect("no panic")[0].on);
}
