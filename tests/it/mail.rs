//! Mail through a real Postfix and a real Dovecot: questions, alerts, replies, and what is not answered.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use quad::model::alert::Status;
use quad::model::inbound::{Inbound, Said};
use quad::model::outgoing::Platform;
use quad::model::person::Role;
use quad::ports::clock::Clock;
use quad::vendors::mail::{Config, Door, Mail, Sink, Taken};
use quad::web::signature::{SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};
use serde_json::{Value, json};

use crate::support::bot::{Bot, START, minutes};
use crate::support::cut::Cut;
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
    let mut file =
        json!({"mail": servers.config(), "monitoring": {"enabled": false}, "sources": {"host": null}});
    for (key, value) in more.as_object().expect("keys") {
        file[key] = value.clone();
    }
    file.to_string()
}

#[tokio::test]
async fn a_question_is_answered_in_its_thread_and_then_marked_as_seen() {
    let servers = MailServers::start().await;
    let quad = Quad::start(&settings(&servers, &json!({}))).await;
    let question = mail(
        "Alice <alice@example.com>",
        SIGNED,
        "q1@alice",
        "Subject: what can you do?\nReferences: <q0@alice>\n",
        "help\n\n-- \nAlice",
    );
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
    let forged =
        format!("Authentication-Results: mx.evil.org; none\n{}", mail(ALICE, SIGNED, "f1@alice", "", "help"));
    servers.send(ALICE, QUAD, &forged).await;
    servers.send(ALICE, QUAD, &mail(ALICE, "dkim=none", "f2@alice", "", "help")).await;
    servers.send(ALICE, QUAD, &mail(ALICE, SIGNED, "l1@alice", "List-Id: <ops.example.com>\n", "help")).await;
    servers.send("", QUAD, &mail(ALICE, SIGNED, "b1@alice", "", "help")).await;
    servers.send("eve@evil.org", QUAD, &mail("eve@evil.org", SIGNED, "e1@evil", "", "help")).await;
    // One that is answered shows that the others have been looked at.
    servers
        .send("bob@example.com", QUAD, &mail("bob@example.com", SENT, "q2@bob", "Subject: status?\n", ""))
        .await;
    servers.expect("bob@example.com", 1).await;
    eventually("all are marked as seen", async || (servers.seen() == (8, 0)).then_some(())).await;
    assert_eq!(servers.inbox(ALICE).len(), 1);
    assert!(servers.inbox("eve@evil.org").is_empty());
    quad.stop().await;
}

#[tokio::test]
async fn an_alert_by_mail_is_acknowledged_by_a_reply() {
    let servers = MailServers::start().await;
    let more =
        json!({"mail": servers.config(), "alerts": {"email_enabled": true, "email_to": ["ops@example.com"]}});
    let bot = Bot::start_with(more, START).await;
    bot.metrics().down("checkout");
    bot.advance(minutes(2)).await;
    bot.slack().channel("ops").expect_message("checkout").await;
    let alert = servers.expect("ops@example.com", 1).await;
    assert!(alert.header("Subject").contains("checkout"), "{}", alert.header("Subject"));
    assert_eq!(alert.header("Auto-Submitted"), "auto-generated");
    let cause = servers.expect("ops@example.com", 2).await;
    assert!(cause.raw().contains("Root cause"), "{}", cause.raw());
    assert_eq!(cause.header("References"), alert.header("Message-ID"));

    let reply = |from: &str, noted: &str, id: &str, text: &str| {
        let thread = format!(
            "Subject: Re: {}\nIn-Reply-To: {1}\nReferences: {1}\n",
            alert.header("Subject"),
            alert.header("Message-ID")
        );
        mail(
            from,
            noted,
            id,
            &thread,
            &format!("{text}\n\nOn Thu, 8 Jan 2026 at 13:54, quad <{QUAD}> wrote:\n> resolve 1\n"),
        )
    };
    // Their server alone is not enough to change anything.
    servers.send(ALICE, QUAD, &reply(ALICE, SENT, "r1@alice", "ack")).await;
    let refused = servers.expect(ALICE, 1).await;
    assert!(refused.raw().contains("role responder"), "{}", refused.raw());

    servers.send(ALICE, QUAD, &reply("Alice <alice@example.com>", SIGNED, "r2@alice", "ack")).await;
    let answer = servers.expect(ALICE, 2).await;
    assert!(answer.raw().contains("acknowledged by Alice"), "{}", answer.raw());
    assert!(
        answer.header("References").contains(&alert.header("Message-ID")),
        "{}",
        answer.header("References")
    );
    let open = bot.app().readable().open_alerts().await.expect("reads");
    assert_eq!(open[0].status, Status::Acknowledged);
    let news = servers.expect("ops@example.com", 3).await;
    assert!(news.raw().contains("Alice acknowledged it."), "{}", news.raw());
    assert_eq!(news.header("In-Reply-To"), alert.header("Message-ID"));
    assert_eq!(news.header("Subject"), format!("Re: {}", alert.header("Subject")));
    eventually("Slack shows it", async || bot.slack().find("ops", "Acknowledged by Alice").map(|_| ())).await;
}

#[tokio::test]
async fn what_is_done_elsewhere_follows_up_once_in_the_mail_thread() {
    let servers = MailServers::start().await;
    let more =
        json!({"mail": servers.config(), "alerts": {"email_enabled": true, "email_to": ["ops@example.com"]}});
    let bot = Bot::start_with(more, START).await;
    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(2)).await;
    let in_slack = bot.slack().channel("ops").expect_message("checkout").await;
    let alert = servers.expect("ops@example.com", 1).await;
    let cause = servers.expect("ops@example.com", 2).await.raw();
    for picture in
        ["multipart/related", "src=3D\"cid:chart-1.quad.", "Content-ID: <chart-1.quad.", "image/png"]
    {
        assert!(cause.contains(picture), "{picture} in {cause:.3000}");
    }

    bot.slack().click(&in_slack, "Acknowledge", "bob");
    let news = servers.expect("ops@example.com", 3).await;
    assert!(news.raw().contains("acknowledged it."), "{}", news.raw());
    assert_eq!(news.header("In-Reply-To"), alert.header("Message-ID"));
    in_slack.expect_edit("Acknowledged by").await;

    // A reply to the follow-up is about the same alert, with other words and in another client's form.
    let reply = |id: &str, text: &str| {
        let thread = format!("Subject: AW: x\nIn-Reply-To: {}\n", news.header("Message-ID"));
        let quoted =
            format!("{text}\n\nVon: quad <{QUAD}>\nGesendet: Donnerstag\nAn: Alice\nBetreff: x\n\nack 1\n");
        mail("Alice <alice@example.com>", SIGNED, id, &thread, &quoted)
    };
    servers.send(ALICE, QUAD, &reply("r1@alice", "silence 2h")).await;
    let silenced = servers.expect("ops@example.com", 4).await;
    assert!(silenced.raw().contains("Alice silenced it until 15:59"), "{}", silenced.raw());
    in_slack.expect_edit("Silenced").await;
    servers.send(ALICE, QUAD, &reply("r2@alice", "resolve")).await;
    let resolved = servers.expect("ops@example.com", 5).await;
    assert!(resolved.raw().contains("Alice resolved it"), "{}", resolved.raw());
    servers.expect(ALICE, 2).await;
    eventually("everything is sent", async || {
        bot.store().outbox_lanes(Platform::Mail).await.expect("reads").is_empty().then_some(())
    })
    .await;
    assert_eq!((servers.inbox("ops@example.com").len(), servers.inbox(ALICE).len()), (5, 2));
}

#[tokio::test]
async fn the_daily_report_goes_out_by_mail() {
    let servers = MailServers::start().await;
    let alerts = json!({"email_enabled": true, "email_to": ["ops@example.com"], "daily_report_email_to": ["lead@example.com"]});
    let bot =
        Bot::start_with(json!({"mail": servers.config(), "alerts": alerts}), "2026-01-09T07:53:00Z").await;
    bot.advance(minutes(3)).await;
    let report = servers.expect("lead@example.com", 1).await;
    let subject = report.header("Subject");
    assert!(subject.starts_with("Daily report for Thursday, 8 January 2026: "), "{subject}");
    assert!(report.raw().contains("<table>") && report.raw().contains("API P95"), "{}", report.raw());
    assert!(servers.inbox("ops@example.com").is_empty());
}

#[tokio::test]
async fn whoever_is_told_by_mail_when_nobody_reacts_can_acknowledge_by_reply() {
    let servers = MailServers::start().await;
    let escalation = json!({"steps": [{"after_minutes": 5, "targets": [{"mail": "oncall@example.com"}]}]});
    let bot = Bot::start_with(json!({"mail": servers.config(), "escalation": escalation}), START).await;
    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(2)).await;
    let in_slack = bot.slack().channel("ops").expect_message("checkout").await;
    assert!(servers.inbox("oncall@example.com").is_empty());
    bot.advance(minutes(6)).await;
    let told = servers.expect("oncall@example.com", 1).await;
    assert!(told.raw().contains("nobody has acknowledged it"), "{}", told.raw());
    let thread = format!("In-Reply-To: {}\n", told.header("Message-ID"));
    servers.send(ALICE, QUAD, &mail("Alice <alice@example.com>", SIGNED, "r1@alice", &thread, "ack")).await;
    assert!(servers.expect(ALICE, 1).await.raw().contains("acknowledged by Alice"));
    in_slack.expect_edit("Acknowledged by Alice").await;
    let news = servers.expect("oncall@example.com", 2).await;
    assert_eq!(news.header("In-Reply-To"), told.header("Message-ID"));
}

#[tokio::test]
async fn what_becomes_of_a_change_is_said_under_it_since_a_mail_stays_as_it_is() {
    let servers = MailServers::start().await;
    let mut config = servers.config();
    config["roles"] = json!({"admin": {"addresses": [ALICE]}});
    let bot = Bot::start_with(json!({"mail": config}), START).await;
    let question =
        mail(ALICE, SIGNED, "q1@alice", "Subject: x\n", "set the latency threshold of web to 300 ms");
    servers.send(ALICE, QUAD, &question).await;
    let shown = servers.expect(ALICE, 1).await;
    assert!(shown.raw().contains("Reply with: approve 1 | cancel 1"), "{}", shown.raw());
    // Sent, before its time is over.
    bot.settled().await;
    bot.advance(minutes(11)).await;
    let expired = servers.expect(ALICE, 2).await;
    assert!(expired.raw().contains("expired"), "{}", expired.raw());
    for name in ["Subject", "In-Reply-To", "References"] {
        assert_eq!(expired.header(name), shown.header(name));
    }
    assert_eq!(expired.header("In-Reply-To"), "<q1@alice>");
}

#[tokio::test]
async fn a_mail_is_marked_as_seen_only_when_its_answer_is_in_the_outbox() {
    let servers = MailServers::start().await;
    let mailbox: Config = serde_json::from_value(servers.config()).expect("reads");
    let (answers, listened) = tokio::sync::watch::channel(0);
    let unanswered: Arc<Mutex<HashSet<String>>> = Arc::default();
    let listen = || {
        let (kept, waiting) = (Arc::clone(&unanswered), Arc::clone(&unanswered));
        let door = Door {
            sink: Arc::new(move |inbound: Inbound| {
                let is_new = kept.lock().expect("no panic").insert(inbound.event_id);
                async move { Ok(is_new) }.boxed()
            }),
            answers: listened.clone(),
            unanswered: Arc::new(move || {
                let waiting = waiting.lock().expect("no panic").clone();
                async move { Ok(waiting) }.boxed()
            }),
        };
        let mail = Arc::new(Mail::new(mailbox.clone()).expect("made"));
        let (listening, clock) = (Arc::clone(&mail), Clock::system());
        (mail, tokio::spawn(async move { listening.listen(door, clock).await }))
    };
    let outcome = |mail: &Mail, name: &str| {
        mail.counts().outcomes().iter().find(|(one, _)| *one == name).map_or(0, |(_, times)| *times)
    };

    let (mail_before, before) = listen();
    servers.send(ALICE, QUAD, &mail(ALICE, SIGNED, "q1@alice", "", "help")).await;
    eventually("it is taken in", async || (outcome(&mail_before, "said") == 1).then_some(())).await;
    // An answer to somebody else.
    answers.send_modify(|changes| *changes += 1);
    servers.send(ALICE, QUAD, &mail(ALICE, "dkim=none", "q2@alice", "", "help")).await;
    eventually("the next one is refused", async || (servers.seen() == (1, 1)).then_some(())).await;

    // quad ends before it has answered, and finds the mail again.
    before.abort();
    let (mail_after, after) = listen();
    eventually("it is found again", async || (outcome(&mail_after, "again") == 1).then_some(())).await;
    assert_eq!(servers.seen(), (1, 1));
    unanswered.lock().expect("no panic").clear();
    answers.send_modify(|changes| *changes += 1);
    eventually("it is marked as seen", async || (servers.seen() == (2, 0)).then_some(())).await;
    after.abort();
}

#[tokio::test]
async fn several_folders_are_read_where_the_server_can_only_be_asked() {
    let servers = MailServers::start_without_idle().await;
    let mut config = servers.config();
    config["imap"]["port"] = json!(servers.plain_imap());
    config["imap"]["tls"] = json!("starttls");
    config["imap"]["folders"] = json!(["INBOX", "Support"]);
    config["imap"]["poll_secs"] = json!(1);
    let question = |n: usize| mail(ALICE, SIGNED, &format!("q{n}@alice"), "Subject: x\n", "help");
    servers.put_in(".Support", [question(1)].into_iter());
    let quad = Quad::start(&settings(&servers, &json!({"mail": config}))).await;
    assert_eq!(servers.expect(ALICE, 1).await.header("In-Reply-To"), "<q1@alice>");
    servers.put_in(".Support", [question(2)].into_iter());
    assert_eq!(servers.expect(ALICE, 2).await.header("In-Reply-To"), "<q2@alice>");
    servers.send(ALICE, QUAD, &question(3)).await;
    assert_eq!(servers.expect(ALICE, 3).await.header("In-Reply-To"), "<q3@alice>");
    eventually("all are marked as seen", async || {
        (servers.seen() == (1, 0) && servers.seen_in(".Support") == (2, 0)).then_some(())
    })
    .await;
    quad.stop().await;
}

#[tokio::test]
async fn a_mail_of_unknown_fate_goes_out_again_under_its_name() {
    let servers = MailServers::start().await;
    let way = Cut::start(servers.plain_smtp(), 1).await;
    let mut config = servers.config();
    config["smtp"] = json!({"host": "localhost", "port": way.port(), "tls": "none"});
    let quad = Quad::start(&settings(&servers, &json!({"mail": config}))).await;
    servers.send(ALICE, QUAD, &mail(ALICE, SIGNED, "q1@alice", "Subject: 1\n", "help")).await;
    let first = servers.expect(ALICE, 1).await;
    let second = servers.expect(ALICE, 2).await;
    assert!(way.broke() >= 1);
    assert!(first.header("Message-ID").starts_with("<quad."), "{}", first.header("Message-ID"));
    for name in ["Message-ID", "Date", "Subject", "In-Reply-To"] {
        assert_eq!(first.header(name), second.header(name));
    }
    servers.send(ALICE, QUAD, &mail(ALICE, SIGNED, "q2@alice", "Subject: 2\n", "help")).await;
    assert_eq!(servers.expect(ALICE, 3).await.header("In-Reply-To"), "<q2@alice>");
    quad.stop().await;
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
    let asker = |n: usize| format!("asker{}@example.com", n % 8);
    servers.put((0..ALL).map(|n| mail(&asker(n), SIGNED, &format!("q{n}@asker"), "", "help")));
    let quad = Quad::start(&settings(&servers, &json!({"mail": config}))).await;
    eventually_within(Duration::from_secs(180), "all are answered", async || {
        let answers: usize = (0..8).map(|n| servers.count(&asker(n))).sum();
        (answers >= ALL && servers.seen() == (ALL, 0)).then_some(())
    })
    .await;
    let mut answered: Vec<String> =
        (0..8).flat_map(|n| servers.inbox(&asker(n))).map(|got| got.header("In-Reply-To")).collect();
    assert_eq!(answered.len(), ALL);
    answered.sort();
    answered.dedup();
    assert_eq!(answered.len(), ALL);
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
    insta::assert_snapshot!(doctor(servers.config()).await, @r"
    true: the mail server takes mail
    true: the mailbox can be read, and says at once when mail comes
    ");
    let mut wrong = servers.config();
    std::fs::write(servers.path("wrong"), "wrong").expect("writes");
    for server in ["smtp", "imap"] {
        wrong[server]["password"] = json!({"file": servers.path("wrong")});
    }
    insta::assert_snapshot!(doctor(wrong).await, @r"
    false: nothing can be sent: the mail server refuses the user name or password (535)
    false: nothing can come in: the mailbox's server refuses the user name or password
    ");
    let mut untrusted = servers.config();
    untrusted["ca_file"] = Value::Null;
    let said = doctor(untrusted).await;
    assert_eq!(said.matches("UnknownIssuer").count(), 2, "{said}");
    let mut starttls = servers.config();
    starttls["imap"]["port"] = json!(servers.plain_imap());
    starttls["imap"]["tls"] = json!("starttls");
    starttls["imap"]["folders"] = json!(["INBOX", "Nowhere"]);
    starttls["roles"] = json!({});
    starttls["smtp"]["port"] = json!(servers.implicit_smtp());
    starttls["smtp"]["tls"] = json!("implicit");
    insta::assert_snapshot!(doctor(starttls).await, @r"
    true: the mail server takes mail
    true: the mailbox can be read, and says at once when mail comes
    false: the folder `Nowhere` can't be opened
    false: nobody holds a role by mail, so no mail is answered; see `mail.roles`
    ");
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
    let dns = NameServer::start(&[
        ("s1._domainkey.example.com", &key.record()),
        ("s1._domainkey.evil.org", &key.record()),
    ])
    .await;
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
        let text = format!(
            "--b\nContent-Type: text/plain\n\nstatus\n--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n{attachment}\n--b--\n"
        );
        format!("Authentication-Results: {MX}; {SIGNED}\nFrom: bob@example.com\nContent-Type: multipart/mixed; boundary=b\n\n{text}").into_bytes()
    };
    assert!(matches!(mailbox.take_in(with_attachment(24), &sink, now).await, Taken::Said(_)));
    assert_eq!(
        heard.lock().expect("no panic").last().map(|inbound| inbound.said.clone()),
        Some(Said::Text("status".to_owned()))
    );
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
        let request = reqwest::Client::builder()
            .tls_backend_preconfigured(plain())
            .build()
            .expect("a client")
            .post(&url)
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
