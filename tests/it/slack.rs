//! Slack, against a workspace that keeps state and misbehaves.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use quad::error::CallError;
use quad::model::alert::AlertNumber;
use quad::model::answer::{Answer, Choice, Control, Figure, Mark, Press, Section, Table};
use quad::model::inbound::{Inbound, Said};
use quad::model::outgoing::{Kind, Outgoing, Place, Platform, Receipt, Target};
use quad::model::person::{Person, Role};
use quad::model::roles::DefaultRole;
use quad::ports::clock::Clock;
use quad::ports::messenger::{Messenger as _, Spot};
use quad::vendors::http::check::Health;
use quad::vendors::slack::config::Members;
use quad::vendors::slack::{Config, Sink, Slack as Vendor};
use tokio::sync::watch;

use crate::support::slack::{Fault, Slack};

/// Keeps what came in, as a store would.
#[derive(Default)]
struct Inbox {
    seen: Mutex<HashSet<String>>,
    kept: watch::Sender<Vec<Inbound>>,
    fails: Mutex<u32>,
}

impl Inbox {
    fn sink(self: &Arc<Self>) -> Sink {
        let inbox = Arc::clone(self);
        Arc::new(move |inbound| {
            let inbox = Arc::clone(&inbox);
            async move {
                {
                    let mut fails = inbox.fails.lock().expect("no panic");
                    if *fails > 0 {
                        *fails -= 1;
                        anyhow::bail!("the disk is full");
                    }
                }
                let is_new = inbox.seen.lock().expect("no panic").insert(inbound.event_id.clone());
                if is_new {
                    inbox.kept.send_modify(|kept| kept.push(inbound));
                }
                Ok(is_new)
            }
            .boxed()
        })
    }

    async fn has(&self, count: usize) -> Vec<Inbound> {
        let mut kept = self.kept.subscribe();
        let wait = kept.wait_for(|kept| kept.len() >= count);
        let found = tokio::time::timeout(Duration::from_secs(30), wait).await;
        found.expect("in time").expect("the inbox is there").clone()
    }
}

/// Listens until dropped.
struct Listening {
    inbox: Arc<Inbox>,
    vendor: Arc<Vendor>,
    task: tokio::task::JoinHandle<Result<(), CallError>>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listening(slack: &Slack) -> Listening {
    let vendor = Arc::new(Vendor::new(slack.config()).expect("the configuration is fine"));
    let inbox = Arc::new(Inbox::default());
    let (listener, sink) = (Arc::clone(&vendor), inbox.sink());
    let task = tokio::spawn(async move { listener.listen(sink, Clock::system()).await });
    slack.connections(2, 2).await;
    Listening { inbox, vendor, task }
}

fn vendor(slack: &Slack) -> Vendor {
    Vendor::new(slack.config()).expect("the configuration is fine")
}

fn outgoing(answer: Answer) -> Outgoing {
    let place = Place { channel: "C0OPS0001".to_owned(), thread: None };
    Outgoing::new(Platform::Slack, Kind::Alert, Target::Post(place), answer, Clock::system().now())
}

fn to(channel: &str) -> Spot {
    Spot::New { channel: channel.to_owned(), thread: None }
}

fn under(receipt: &Receipt) -> Spot {
    Spot::New { channel: receipt.channel.clone(), thread: Some(receipt.message.clone()) }
}

fn alert() -> Answer {
    Answer::new("`checkout` is slow")
        .marked(Mark::Critical)
        .with(Section::Text("It [began](time:1767880920) <!channel>".to_owned()))
        .button("Acknowledge", Press::Acknowledge(AlertNumber(12)))
}

#[tokio::test]
async fn a_message_is_posted_edited_and_replied_to() {
    let slack = Slack::start().await;
    let vendor = vendor(&slack);
    let receipt = vendor.send(&to("#ops"), &outgoing(alert())).await.expect("is posted");
    assert_eq!(receipt.channel, slack.channel("ops").id());
    let message = slack.channel("ops").expect_message("checkout is slow").await;

    vendor.send(&under(&receipt), &outgoing(Answer::new("A deployment did it"))).await.expect("is posted");
    let reply = message.expect_reply("A deployment did it").await;
    assert!(reply.blocks().is_array() && !message.text().contains("<!channel>"));

    let edited = outgoing(Answer::new("`checkout` is acknowledged by alice"));
    vendor.send(&Spot::Existing(receipt.clone()), &edited).await.expect("is edited");
    message.expect_edit("acknowledged by alice").await;
    assert_eq!(
        vendor.find(&Spot::Existing(receipt.clone()), &edited).await.expect("looks"),
        Some(receipt.clone())
    );
    assert_eq!(vendor.find(&Spot::Existing(receipt), &outgoing(alert())).await.expect("looks"), None);

    let alone = Spot::Private { channel: "C0OPS0001".to_owned(), thread: None, person: slack.person("bob") };
    vendor.send(&alone, &outgoing(Answer::new("Only responders may do that"))).await.expect("is shown");
    slack.channel("ops").expect_private("bob", "Only responders").await;
    slack.finish();
}

#[tokio::test]
async fn what_is_too_long_continues_in_the_thread() {
    let slack = Slack::start().await;
    let vendor = vendor(&slack);
    let number = AlertNumber(12);
    let choice = |label: &str, press| Choice { label: label.to_owned(), press };
    let mut answer = alert()
        .with(Section::Heading("Statements".to_owned()))
        .with(Section::Figures(
            (0..23)
                .map(|at| Figure {
                    label: format!("P{at}"),
                    value: "12 ms".to_owned(),
                    compared: "10 ms".to_owned(),
                })
                .collect(),
        ))
        .with(Section::Code { language: "sql".to_owned(), text: "SELECT 1 FROM t WHERE a < b\n".repeat(400) })
        .with(Section::Table(Table {
            columns: vec!["statement".to_owned(), "calls".to_owned()],
            rows: (0..150).map(|at| vec![format!("SELECT <{at}> & more"), at.to_string()]).collect(),
        }))
        .with(Section::List { numbered: true, items: (0..90).map(|at| format!("step **{at}**")).collect() })
        .with(Section::Text("Words that go on. ".repeat(600)))
        .button(&"long label ".repeat(20), Press::Ask("why is it slow? ".repeat(100)))
        .footnote("from [prometheus](https://prometheus.example.com/?a=1&b=2)");
    let few = [("Resolve", Press::Resolve(number)), ("Why", Press::Why(number))];
    let many = (0..9).map(|at| choice(&format!("ask {at}"), Press::Ask(format!("status of {at}")))).collect();
    answer.controls.extend([
        Control::Menu {
            label: "More".to_owned(),
            choices: few.into_iter().map(|(label, press)| choice(label, press)).collect(),
        },
        Control::Menu { label: "Ask".to_owned(), choices: many },
    ]);

    let mut parts = vendor.split(answer).into_iter();
    let first = parts.next().expect("one at least");
    let root = vendor.send(&to("#ops"), &outgoing(first)).await.expect("is taken");
    let message = slack.channel("ops").expect_message("checkout is slow").await;
    let rest: Vec<Answer> = parts.collect();
    assert!(rest.len() > 3);
    for part in &rest {
        vendor.send(&under(&root), &outgoing(part.clone())).await.expect("is taken");
        message.expect_reply("").await;
    }
    let all = slack.channel("ops").said().join("\n");
    assert_eq!(all.matches("SELECT 1 FROM t").count(), 400);
    assert!(all.contains("149") && all.contains("90. step 89") && all.contains("from prometheus"));
    slack.finish();
}

#[tokio::test]
async fn a_send_whose_reply_was_lost_is_found_again() {
    let slack = Slack::start().await;
    let vendor = vendor(&slack);
    let root = vendor.send(&to("C0OPS0001"), &outgoing(Answer::new("root"))).await.expect("is posted");
    slack.channel("ops").expect_message("root").await;

    for (spot, fault) in [
        (to("#ops"), Fault::AcceptThenDrop),
        (to("C0OPS0001"), Fault::HalfAnswer),
        (under(&root), Fault::AcceptThenDrop),
    ] {
        // The clock of this machine may be an hour fast.
        let mut lost = outgoing(Answer::new("lost and found"));
        lost.at += chrono::TimeDelta::hours(1);
        slack.next("chat.postMessage", fault);
        let error = vendor.send(&spot, &lost).await.expect_err("the reply is lost");
        assert!(matches!(error, CallError::Unknown { .. }), "{error:?}");
        assert!(vendor.find(&spot, &lost).await.expect("looks").is_some());
        assert_eq!(vendor.find(&spot, &outgoing(Answer::new("never sent"))).await.expect("looks"), None);
    }
    slack.channel("ops").expect_message("lost and found").await;
    slack.channel("ops").expect_message("lost and found").await;
    let found = slack.channel("ops").said().iter().filter(|text| text.contains("lost")).count();
    assert_eq!(found, 3);
}

#[tokio::test]
async fn it_is_found_behind_many_other_messages() {
    let slack = Slack::start().await;
    let vendor = vendor(&slack);
    let first = outgoing(Answer::new("the first"));
    vendor.send(&to("C0OPS0001"), &first).await.expect("is posted");
    for at in 0..120 {
        slack.mention("ops", "alice", &format!("chatter {at}"));
    }
    assert!(vendor.find(&to("C0OPS0001"), &first).await.expect("looks").is_some());
    assert_eq!(slack.calls("conversations.history"), 2);
}

#[tokio::test]
async fn failures_say_whether_to_repeat_to_wait_or_to_give_up() {
    let slack = Slack::start().await;
    let vendor = vendor(&slack);
    let send = async |fault| {
        slack.next("chat.postMessage", fault);
        vendor.send(&to("#ops"), &outgoing(alert())).await.expect_err("goes wrong")
    };
    assert_eq!(send(Fault::Busy(7)).await, CallError::Busy { retry_after: Duration::from_secs(7) });
    for fault in [Fault::Close, Fault::Status(503), Fault::Garbage, Fault::Refuse("fatal_error")] {
        let error = send(fault.clone()).await;
        assert!(matches!(error, CallError::Unknown { .. }), "{fault:?} gave {error:?}");
    }
    let error = send(Fault::Refuse("is_archived")).await;
    insta::assert_snapshot!(error, @"Slack says is_archived: the channel is archived; choose another in the configuration");

    let error = vendor.send(&to("#board"), &outgoing(alert())).await.expect_err("quad is not there");
    insta::assert_snapshot!(error, @"Slack says channel_not_found: no such channel, or a private one that quad is not in; check its name or invite quad there with /invite @quad");

    slack.next("users.info", Fault::Status(500));
    let error = vendor.role(&person(&slack, "alice")).await.expect_err("goes wrong");
    assert!(matches!(error, CallError::Transient { .. }), "{error:?}");
}

#[tokio::test]
async fn nothing_can_have_been_posted_where_nobody_listens() {
    let slack = Slack::start().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let config =
        Config { base_url: format!("http://{address}/api").parse().expect("a URL"), ..slack.config() };
    let vendor = Vendor::new(config).expect("the configuration is fine");
    let error = vendor.send(&to("#ops"), &outgoing(alert())).await.expect_err("nobody listens");
    assert!(matches!(error, CallError::Transient { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_and_the_outcome_is_unknown() {
    let slack = Slack::start().await;
    let vendor =
        Vendor::new(Config { timeout_secs: 1, ..slack.config() }).expect("the configuration is fine");
    slack.next("chat.postMessage", Fault::Hang);
    let error = vendor.send(&to("#ops"), &outgoing(alert())).await.expect_err("hangs");
    assert!(matches!(error, CallError::Unknown { .. }), "{error:?}");
}

#[tokio::test]
async fn a_wrong_token_is_said_without_showing_it() {
    let slack = Slack::start().await;
    std::fs::write(slack.path("bot"), ["xoxb", "wrong"].join("-")).expect("writes");
    let error = vendor(&slack).send(&to("#ops"), &outgoing(alert())).await.expect_err("is refused");
    insta::assert_snapshot!(error, @"Slack says invalid_auth: the token is not accepted; copy it again from the app's page");

    std::fs::write(slack.path("bot"), ["xapp", "stand-in"].join("-")).expect("writes");
    let error = Vendor::new(slack.config()).err().expect("the tokens are mixed up").to_string();
    assert!(error.contains("needs the bot token") && !error.contains("stand-in"), "{error}");
}

fn person(slack: &Slack, name: &str) -> Person {
    Person { id: slack.person(name), name: name.to_owned(), role: None }
}

#[tokio::test]
async fn roles_come_from_groups_ids_and_addresses() {
    let slack = Slack::start().await;
    let role = async |config: Config, name: &str| {
        let vendor = Vendor::new(config).expect("the configuration is fine");
        vendor.role(&person(&slack, name)).await.expect("Slack answers")
    };
    let mapped = |groups: &[&str], users: &[&str], emails: &[&str], domains: &[&str]| {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let mut config = slack.config();
        config.roles.responder = Members {
            users: all(users),
            groups: all(groups),
            emails: all(emails),
            email_domains: all(domains),
        };
        config
    };
    assert_eq!(role(slack.config(), "bob").await, Some(Role::Responder));
    assert_eq!(role(slack.config(), "mallory").await, None, "guests are strangers");
    for config in [
        mapped(&["sre"], &[], &[], &[]),
        mapped(&["S0SRE0001"], &[], &[], &[]),
        mapped(&[], &["U0ALICE01"], &[], &[]),
        mapped(&[], &[], &["Alice@Example.com"], &[]),
    ] {
        assert_eq!(role(config.clone(), "alice").await, Some(Role::Responder));
        assert_eq!(role(config, "bob").await, Some(Role::Viewer));
    }
    assert_eq!(role(mapped(&[], &[], &[], &["example.com"]), "bob").await, Some(Role::Responder));
    assert_eq!(role(mapped(&[], &[], &[], &["example.com"]), "mallory").await, None);
    assert_eq!(role(mapped(&["gone"], &[], &[], &[]), "alice").await, Some(Role::Viewer));
    let nobody = Config { default_role: DefaultRole::Nobody, ..mapped(&["sre"], &[], &[], &[]) };
    assert_eq!(role(nobody, "bob").await, None);
}

#[tokio::test]
async fn people_and_groups_are_asked_for_once() {
    let slack = Slack::start().await;
    let mut config = slack.config();
    config.roles.responder.groups = vec!["sre".to_owned()];
    let vendor = Vendor::new(config).expect("the configuration is fine");
    for _ in 0..5 {
        assert_eq!(vendor.role(&person(&slack, "alice")).await, Ok(Some(Role::Responder)));
    }
    assert_eq!((slack.calls("users.info"), slack.calls("usergroups.users.list")), (1, 1));
    assert_eq!(vendor.known_name(&slack.person("alice")).as_deref(), Some("Alice Liddell"));
}

#[tokio::test]
async fn mentions_commands_and_clicks_come_in() {
    let slack = Slack::start().await;
    let quad = listening(&slack).await;
    let message = quad.vendor.send(&to("#ops"), &outgoing(alert())).await.expect("is posted");
    let shown = slack.channel("ops").expect_message("checkout").await;

    let asked = slack.mention("ops", "alice", "why is it slow?");
    let got = quad.inbox.has(1).await.pop().expect("one");
    assert_eq!(got.said, Said::Text("why is it slow?".to_owned()));
    assert_eq!(got.place, Place { channel: "C0OPS0001".to_owned(), thread: Some(asked.ts.clone()) });

    slack.mention_under(&shown, "bob", "and payments?");
    assert_eq!(quad.inbox.has(2).await[1].place.thread.as_ref(), Some(&message.message));
    slack.direct("alice", "status");
    assert_eq!(quad.inbox.has(3).await[2].place.channel, "D0ALICE01");
    slack.slash("general", "bob", "report &amp; help");
    assert_eq!(quad.inbox.has(4).await[3].said, Said::Text("report & help".to_owned()));
    slack.click(&shown, "Acknowledge", "alice");
    let press = Said::Press { press: Press::Acknowledge(AlertNumber(12)), on: Some(message.message.clone()) };
    assert_eq!(quad.inbox.has(5).await[4].said, press);

    slack.acknowledged().await;
    assert_eq!(slack.replies(), [serde_json::json!({"response_type": "in_channel"})]);
    let counts: Vec<_> =
        quad.vendor.counts().outcomes().into_iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(counts, [("said", 5), ("not_addressed", 2)]);

    quad.vendor.working(&Spot::New { channel: "C0OPS0001".to_owned(), thread: Some(asked.ts.clone()) }).await;
    assert_eq!(asked.reactions(), ["eyes"]);
    slack.finish();
}

#[tokio::test]
async fn the_same_event_again_is_the_same_event() {
    let slack = Slack::start().await;
    let quad = listening(&slack).await;
    slack.repeat_events(3);
    slack.mention("ops", "alice", "status");
    slack.slash("ops", "alice", "status");
    slack.acknowledged().await;
    assert_eq!(quad.inbox.has(2).await.len(), 2);
    let counts = quad.vendor.counts().outcomes();
    assert!(counts.contains(&("said", 2)) && counts.contains(&("again", 4)), "{counts:?}");
}

#[tokio::test]
async fn what_could_not_be_stored_is_not_acknowledged_and_comes_again() {
    let slack = Slack::start().await;
    let quad = listening(&slack).await;
    *quad.inbox.fails.lock().expect("no panic") = 1;
    slack.mention("ops", "alice", "status");
    // The second of the two events is acknowledged, the first is not until it comes again.
    while !quad.vendor.counts().outcomes().contains(&("unstored", 1)) {
        tokio::task::yield_now().await;
    }
    slack.cut();
    assert_eq!(quad.inbox.has(1).await[0].said, Said::Text("status".to_owned()));
    slack.acknowledged().await;
}

#[tokio::test]
async fn connections_are_opened_again_and_nothing_is_lost() {
    let slack = Slack::start().await;
    let quad = listening(&slack).await;
    slack.disconnect();
    slack.connections(2, 4).await;
    slack.next("apps.connections.open", Fault::Status(500));
    slack.next("apps.connections.open", Fault::Busy(1));
    slack.cut();
    slack.mention("ops", "alice", "still there?");
    assert_eq!(quad.inbox.has(1).await[0].said, Said::Text("still there?".to_owned()));
    slack.connections(2, 6).await;
    slack.acknowledged().await;
}

#[tokio::test]
async fn what_can_not_be_read_is_counted_and_not_sent_again() {
    let slack = Slack::start().await;
    let quad = listening(&slack).await;
    slack.hand("events_api", serde_json::json!({"type": "event_callback"}));
    slack.hand("events_api", serde_json::json!(["not", "an", "event"]));
    slack.hand("interactive", serde_json::json!({"type": "block_actions", "actions": [{"value": "ack:1"}]}));
    slack.hand("surprise", serde_json::json!({}));
    slack.event(serde_json::json!({"type": "reaction_added"}));
    slack.acknowledged().await;
    let counts: Vec<_> =
        quad.vendor.counts().outcomes().into_iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(counts, [("unreadable", 4), ("other_event", 1)]);
}

#[tokio::test]
async fn many_events_are_acknowledged_fast() {
    let slack = Slack::start().await;
    let quad = listening(&slack).await;
    let before = quad.inbox.has(0).await.len();
    for at in 0..500 {
        slack.slash("ops", "alice", &format!("status {at}"));
    }
    let times = slack.acknowledged().await;
    assert_eq!((times.len(), quad.inbox.has(before + 500).await.len()), (500, 500));
}

#[tokio::test]
async fn the_doctor_says_what_to_do() {
    let slack = Slack::start().await;
    let checks =
        vendor(&slack).doctor(&["#ops".to_owned(), "general".to_owned(), "nowhere".to_owned()]).await;
    let said: Vec<String> =
        checks.iter().map(|check| format!("{:?}: {}", check.health, check.says)).collect();
    insta::assert_snapshot!(said.join("\n"), @"
    Good: quad is quad in Example
    Good: Socket Mode can be opened
    Good: #ops is private, and quad is in it
    Bad: quad is not in general; invite it there with /invite @quad
    Bad: nowhere: Slack says channel_not_found: no such channel, or a private one that quad is not in; check its name or invite quad there with /invite @quad
    ");
    assert!(checks.iter().any(|check| check.health == Health::Good));
}
