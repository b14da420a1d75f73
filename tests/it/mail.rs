//! Mail through a real Postfix and a real Dovecot: questions, alerts, replies, and what is not answered.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use quad::model::alert::Status;
use quad::model::inbound::{Inbound, Said};
use quad::model::person::Role;
use quad::vendors::mail::{Config, Mail, Sink, Taken};
use quad::web::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};
use serde_json::{Value, json};

use crate::support::bot::{Bot, START, minutes};
use crate::support::dkim::{Key, NameServer};
use crate::support::mail::{MX, MailServers, QUAD};
use crate::support::processes::{eventually, eventually_within};
use crate::support::quad::Quad;

/// A mail as the trusted server would hand it on.
fn mail(from: &str, noted: &str, id: &str, more: &str, text: &str) -> String {
    format!(
        "Authentication-Results: {MX}; {noted}\nFrom: {from}\nTo: {QUAD}\nMessage-ID: <{id}>\n{more}Content-Type: text/plain; charset=utf-8\n\n{text}\n"
    )
}

const SIGNED: &str = "dkim=pass header.d=example.com";
const SENT: &str = "spf=pass smtp.mailfrom=example.com";
const ALICE: &str = "alice@example.com";

fn settings(servers: &MailServers, more: &Value) -> String {
    let mut file = json!({"mail": servers.config(), "monitoring": {"enabled": false}, "sources": {"host": null}});
    for (key, value) in more.as_object().expect("keys") {
        file[key] = value.clone();
    }
    file.to_string()
}

#[tokio::test]
async fn a_question_is_answered_in_its_thread_and_then_marked_as_seen() {
    let servers = MailServers::start().await;
    let quad = Quad::start(&settings(&servers, &json!({}))).await;
    let question = mail("Alice <alice@example.com>", SIGNED, "q1@alice", "Subject: what can you do?\nReferences: <q0@alice>\n", "help\n\n-- \nAlice");
    servers.send(ALICE, QUAD, &question).await;

    let answer = servers.expect(ALICE, 1).await;
    assert_eq!(answer.header("Subject"), "Re: what can you do?");
    assert_eq!(answer.header("In-Reply-To"), "<q1@alice>");
    assert_eq!(answer.header("References"), "<q0@alice> <q1@alice>");
    assert_eq!(answer.header("Auto-Submitted"), "auto-replied");
    assert!(answer.header("From").contains(QUAD), "{}", answer.header("From"));
    let raw = answer.raw();
    for part in ["multipart/alternative", "text/plain", "text/html"] {
        assert!(raw.contains(part), "{part} in {raw}");
    }
    eventually("the mail is marked as seen", async || (servers.seen() == (1, 0)).then_some(())).await;

    // The same mail once more is no second question.
    servers.send(ALICE, QUAD, &question).await;
    // Nobody of these is answered: not believed, a forged note below another server's, a list, a stranger.
    let forged = format!("Authentication-Results: mx.evil.org; none\n{}", mail(ALICE, SIGNED, "f1@alice", "", "help"));
    servers.send(ALICE, QUAD, &forged).await;
    servers.send(ALICE, QUAD, &mail(ALICE, "dkim=none", "f2@alice", "", "help")).await;
    servers.send(ALICE, QUAD, &mail(ALICE, SIGNED, "l1@alice", "List-Id: <ops.example.com>\n", "help")).await;
    servers.send("", QUAD, &mail(ALICE, SIGNED, "b1@alice", "", "help")).await;
    servers.send("eve@evil.org", QUAD, &mail("eve@evil.org", SIGNED, "e1@evil", "", "help")).await;
    // One that is answered shows that the others have been looked at.
    servers.send("bob@example.com", QUAD, &mail("bob@example.com", SENT, "q2@bob", "Subject: status?\n", "")).await;
    servers.expect("bob@example.com", 1).await;
    eventually("all are marked as seen", async || (servers.seen() == (8, 0)).then_some(())).await;
    assert_eq!(servers.inbox(ALICE).len(), 1);
    assert!(servers.inbox("eve@evil.org").is_empty());
    quad.stop().await;
}

#[tokio::test]
async fn an_alert_by_mail_is_acknowledged_by_a_reply() {
    let servers = MailServers::start().await;
    let more = json!({"mail": servers.config(), "alerts": {"email_enabled": true, "email_to": ["ops@example.com"]}});
    let bot = Bot::start_with(more, START).await;
    bot.metrics().down("checkout");
    bot.advance(minutes(2)).await;
    bot.slack().channel("ops").expect_message("checkout").await;
    let alert = servers.expect("ops@example.com", 1).await;
    assert!(alert.header("Subject").contains("checkout"), "{}", alert.header("Subject"));
    assert_eq!(alert.header("Auto-Submitted"), "auto-generated");
    let said = servers.inbox("ops@example.com").len();

    let reply = |from: &str, noted: &str, id: &str, text: &str| {
        let thread = format!("Subject: Re: {}\nIn-Reply-To: {1}\nReferences: {1}\n", alert.header("Subject"), alert.header("Message-ID"));
        mail(from, noted, id, &thread, &format!("{text}\n\nOn Thu, 8 Jan 2026 at 13:54, quad <{QUAD}> wrote:\n> resolve 1\n"))
    };
    // Their server alone is not enough to change anything.
    servers.send(ALICE, QUAD, &reply(ALICE, SENT, "r1@alice", "ack")).await;
    let refused = servers.expect(ALICE, 1).await;
    assert!(refused.raw().contains("role responder"), "{}", refused.raw());

    servers.send(ALICE, QUAD, &reply("Alice <alice@example.com>", SIGNED, "r2@alice", "ack")).await;
    let answer = servers.expect(ALICE, 2).await;
    assert!(answer.raw().contains("acknowledged by Alice"), "{}", answer.raw());
    assert!(answer.header("References").contains(&alert.header("Message-ID")), "{}", answer.header("References"));
    let open = bot.app().readable().open_alerts().await.expect("reads");
    assert_eq!(open[0].status, Status::Acknowledged);
    let news = servers.expect("ops@example.com", said + 1).await;
    assert!(news.raw().contains("Alice acknowledged it."), "{}", news.raw());
    assert_eq!(news.header("In-Reply-To"), alert.header("Message-ID"));
    assert_eq!(news.header("Subject"), format!("Re: {}", alert.header("Subject")));
    eventually("Slack shows it", async || bot.slack().find("ops", "Acknowledged by Alice").map(|_| ())).await;
}

#[tokio::test]
async fn a_server_that_restarts_in_the_middle_loses_nothing() {
    let mut servers = MailServers::start().await;
    let quad = Quad::start(&settings(&servers, &json!({}))).await;
    servers.send(ALICE, QUAD, &mail(ALICE, SIGNED, "q1@alice", "Subject: 1\n", "help")).await;
    servers.expect(ALICE, 1).await;
    servers.stop_reading().await;
    // Waits in Postfix' queue.
    servers.send(ALICE, QUAD, &mail(ALICE, SIGNED, "q2@alice", "Subject: 2\n", "help")).await;
    servers.start_reading().await;
    let answer = servers.expect(ALICE, 2).await;
    assert_eq!(answer.header("In-Reply-To"), "<q2@alice>");
    eventually("both are marked as seen", async || (servers.seen() == (2, 0)).then_some(())).await;
    quad.stop().await;
}

#[tokio::test]
async fn a_thousand_mails_at_once_are_answered_once_each() {
    const ALL: usize = 1_000;
    let servers = MailServers::start().await;
    let mut config = servers.config();
    config["answers_per_sender_and_hour"] = json!(ALL);
    servers.put((0..ALL).map(|n| mail(ALICE, SIGNED, &format!("q{n}@alice"), "", "help")));
    let quad = Quad::start(&settings(&servers, &json!({"mail": config}))).await;
    eventually_within(Duration::from_secs(180), "all are answered", async || {
        (servers.inbox(ALICE).len() >= ALL && servers.seen() == (ALL, 0)).then_some(())
    })
    .await;
    let mut answered: Vec<String> = servers.inbox(ALICE).iter().map(|got| got.header("In-Reply-To")).collect();
    answered.sort();
    answered.dedup();
    assert_eq!((answered.len(), servers.inbox(ALICE).len()), (ALL, ALL));
    quad.stop().await;
}

#[tokio::test]
async fn doctor_says_what_keeps_mail_from_working() {
    let servers = MailServers::start().await;
    let doctor = async |config: Value| {
        let config: Config = serde_json::from_value(config).expect("reads");
        let said = Mail::new(config).expect("made").doctor().await;
        said.into_iter().map(|(good, says)| format!("{good}: {says}")).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(doctor(servers.config()).await, @"");
    let mut wrong = servers.config();
    std::fs::write(servers.path("wrong"), "wrong").expect("writes");
    for server in ["smtp", "imap"] {
        wrong[server]["password"] = json!({"file": servers.path("wrong")});
    }
    insta::assert_snapshot!(doctor(wrong).await, @"");
    let mut untrusted = servers.config();
    untrusted["ca_file"] = Value::Null;
    let said = doctor(untrusted).await;
    assert_eq!(said.matches("UnknownIssuer").count(), 2, "{said}");
    let mut starttls = servers.config();
    starttls["imap"]["port"] = json!(servers.plain_imap());
    starttls["imap"]["tls"] = json!("starttls");
    starttls["imap"]["folders"] = json!(["INBOX", "Nowhere"]);
    starttls["roles"] = json!({});
    insta::assert_snapshot!(doctor(starttls).await, @"");
}

/// A mailbox without servers, and what it hears.
fn alone(more: &Value) -> (Mail, Sink, Arc<Mutex<Vec<Inbound>>>) {
    let mut config = json!({"from": QUAD, "smtp": {"host": "localhost"}, "nameserver": "127.0.0.1:9",
        "roles": {"operator": {"domains": ["example.com"]}}});
    for (key, value) in more.as_object().expect("keys") {
        config[key] = value.clone();
    }
    let config: Config = serde_json::from_value(config).expect("reads");
    let heard: Arc<Mutex<Vec<Inbound>>> = Arc::default();
    let kept = Arc::clone(&heard);
    let sink: Sink = Arc::new(move |inbound| {
        kept.lock().expect("no panic").push(inbound);
        async { Ok(true) }.boxed()
    });
    (Mail::new(config).expect("made"), sink, heard)
}

#[tokio::test]
async fn a_signature_of_the_domain_is_believed_and_a_changed_mail_is_not() {
    let key = Key::new();
    let dns = NameServer::start(&[("s1._domainkey.example.com", &key.record()), ("s1._domainkey.evil.org", &key.record())]).await;
    let (mailbox, sink, heard) = alone(&json!({"nameserver": dns.address()}));
    let now = quad::ports::clock::Clock::system().now();
    let head = "From: Alice <alice@example.com>\r\nSubject: x\r\nMessage-ID: <1@alice>\r\n";
    let signed = key.sign("example.com", head, "ack 12\r\n");
    assert!(matches!(mailbox.take_in(signed.clone().into_bytes(), &sink, now).await, Taken::Said(_)));
    let inbound = heard.lock().expect("no panic").remove(0);
    assert_eq!((inbound.person.role, inbound.said), (Some(Role::Admin), Said::Text("ack 12".to_owned())));

    let not_believed = Taken::Ignored("not_believed");
    let changed = signed.replace("ack 12", "ack 13");
    assert_eq!(mailbox.take_in(changed.into_bytes(), &sink, now).await, not_believed);
    let other_sender = signed.replace("alice@example.com", "bob@example.com");
    assert_eq!(mailbox.take_in(other_sender.into_bytes(), &sink, now).await, not_believed);
    let of_another_domain = key.sign("evil.org", head, "ack 12\r\n");
    assert_eq!(mailbox.take_in(of_another_domain.into_bytes(), &sink, now).await, not_believed);
    let unknown_key = Key::new().sign("example.com", head, "ack 12\r\n");
    assert_eq!(mailbox.take_in(unknown_key.into_bytes(), &sink, now).await, not_believed);
    let unsigned = format!("{head}\r\nack 12\r\n");
    assert_eq!(mailbox.take_in(unsigned.into_bytes(), &sink, now).await, not_believed);
    assert!(heard.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn one_sender_gets_so_many_answers_and_huge_mails_are_read_or_refused() {
    let (mailbox, sink, heard) = alone(&json!({"trusted_servers": [MX], "answers_per_sender_and_hour": 2}));
    let now = quad::ports::clock::Clock::system().now();
    for n in 0..3 {
        let raw = mail(ALICE, SIGNED, &format!("{n}@alice"), "", "status").replace('\n', "\r\n");
        let taken = mailbox.take_in(raw.into_bytes(), &sink, now).await;
        assert_eq!(taken == Taken::Ignored("too_many"), n == 2, "{taken:?}");
    }
    assert_eq!(heard.lock().expect("no panic").len(), 2);

    let with_attachment = |megabytes: usize| {
        let line = "QUJD".repeat(19) + "\r\n";
        let attachment = line.repeat(megabytes * 1024 * 1024 / line.len());
        let text = format!("--b\nContent-Type: text/plain\n\nstatus\n--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n{attachment}\n--b--\n");
        format!("Authentication-Results: {MX}; {SIGNED}\nFrom: bob@example.com\nContent-Type: multipart/mixed; boundary=b\n\n{text}").into_bytes()
    };
    assert!(matches!(mailbox.take_in(with_attachment(24), &sink, now).await, Taken::Said(_)));
    assert_eq!(heard.lock().expect("no panic").last().map(|inbound| inbound.said.clone()), Some(Said::Text("status".to_owned())));
    assert_eq!(mailbox.take_in(with_attachment(26), &sink, now).await, Taken::Ignored("too_large"));
}

#[tokio::test]
async fn raw_mails_come_in_through_the_signed_hook() {
    let servers = MailServers::start().await;
    let mut config = servers.config();
    config["imap"] = Value::Null;
    config["hook"] = json!(true);
    let secret = "hook".repeat(8);
    std::fs::write(servers.path("secret"), &secret).expect("writes");
    let hooks = json!({"secret": {"file": servers.path("secret")}});
    let quad = Quad::start(&settings(&servers, &json!({"mail": config, "hooks": hooks}))).await;
    let url = format!("http://{}/hooks/mail", quad.app().config().file.web.listen);
    let call = async |secret: &str, body: String| {
        let now = quad.app().clock().now();
        let request = reqwest::Client::builder().tls_backend_preconfigured(plain()).build().expect("a client").post(&url)
            .header(TIMESTAMP_HEADER, now.timestamp().to_string())
            .header(SIGNATURE_HEADER, sign(&secret.to_owned().into(), now, body.as_bytes()))
            .body(body);
        let reply = request.send().await.expect("an answer");
        (reply.status().as_u16(), reply.text().await.expect("text"))
    };
    let question = mail(ALICE, SIGNED, "q1@alice", "Subject: hello\n", "help");
    assert_eq!(call("another secret", question.clone()).await.0, 401);
    assert_eq!(call(&secret, question).await, (200, r#"{"mail":"answered"}"#.to_owned()));
    let list = mail(ALICE, SIGNED, "q2@alice", "Precedence: bulk\n", "help");
    assert_eq!(call(&secret, list).await, (200, r#"{"mail":"list"}"#.to_owned()));
    assert_eq!(call(&secret, "nonsense".to_owned()).await, (200, r#"{"mail":"unreadable"}"#.to_owned()));
    let large = mail(ALICE, "none", "q3@alice", "", &"x".repeat(2_000_000));
    assert_eq!(call(&secret, large).await, (200, r#"{"mail":"not_believed"}"#.to_owned()));
    assert_eq!(servers.expect(ALICE, 1).await.header("In-Reply-To"), "<q1@alice>");
    quad.stop().await;
}

/// The hook is called without TLS, but the client wants to know which it would use.
fn plain() -> rustls::ClientConfig {
    quad::vendors::http::tls::client_config(None).expect("TLS")
}
