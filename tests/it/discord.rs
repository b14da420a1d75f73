//! Discord, against a server that keeps state and misbehaves.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use quad::error::CallError;
use quad::model::answer::{Answer, Mark, Section};
use quad::model::outgoing::{Kind, Outgoing, Place, Platform, Receipt, Target};
use quad::model::person::{Person, Role};
use quad::model::roles::DefaultRole;
use quad::ports::clock::Clock;
use quad::ports::messenger::{Messenger as _, Spot};
use quad::store::Store;
use quad::vendors::discord::{Config, Discord as Vendor};
use serde_json::{Value, json};

use crate::support::bot::{Bot, START, minutes};
use crate::support::discord::server::QUAD;
use crate::support::discord::{Discord, Fault};
use crate::support::pages::Pages;
use crate::support::processes::eventually;
use crate::support::program::Program;

/// quad on Discord alone: `sre` (alice) responds, everybody else on the server asks.
async fn quad(discord: &Discord) -> Bot {
    Box::pin(quad_with(discord, json!({}))).await
}

async fn quad_with(discord: &Discord, more: Value) -> Bot {
    let mut settings = json!({"discord": discord.settings(), "slack": null});
    for (key, value) in more.as_object().expect("settings") {
        settings["discord"][key] = value.clone();
    }
    let bot = Box::pin(Bot::start_with(settings, START)).await;
    discord.listened_to(1, 0).await;
    bot
}

/// The alert that checkout is slow, as it stands in #ops.
async fn alert<'d>(bot: &Bot, discord: &'d Discord) -> crate::support::discord::Posted<'d> {
    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(4)).await;
    let alert = discord.channel("ops").expect_message("checkout").await;
    bot.settled().await;
    discord.read_everything();
    alert
}

#[tokio::test]
async fn somebody_is_told_alone_when_nobody_reacts_and_can_acknowledge_there() {
    let discord = Discord::start().await;
    let steps = json!([{"after_minutes": 5, "targets": [{"person": discord.person("alice")}]}]);
    let settings = json!({"discord": discord.settings(), "slack": null, "escalation": {"steps": steps}});
    let bot = Box::pin(Bot::start_with(settings, START)).await;
    discord.listened_to(1, 0).await;
    let alert = alert(&bot, &discord).await;
    bot.advance(minutes(6)).await;
    let told = discord.expect_private("alice", "You get this because nobody has acknowledged it").await;
    bot.settled().await;
    discord.click(&told, "Acknowledge", "alice");
    alert.expect_edit("Acknowledged by").await;
    bot.settled_in_time().await;
    discord.read_everything();
    bot.finish().await;
    discord.finish();
}

/// Returns once a message is answered, while time passes.
async fn in_time(bot: &Bot, discord: &Discord, asked: &str) {
    eventually("an answer", async || {
        bot.sleep(chrono::TimeDelta::seconds(1));
        discord.answers().contains_key(asked).then_some(())
    })
    .await;
}

fn vendor(discord: &Discord) -> Vendor {
    Vendor::new(discord.config()).expect("the configuration is fine")
}

fn outgoing(answer: Answer) -> Outgoing {
    let place = Place { channel: "#ops".to_owned(), thread: None };
    Outgoing::new(Platform::Discord, Kind::Alert, Target::Post(place), answer, Clock::system().now())
}

fn to(channel: &str) -> Spot {
    Spot::New { channel: channel.to_owned(), thread: None }
}

#[tokio::test]
async fn a_mention_is_answered_in_place() {
    let discord = Discord::start().await;
    let bot = quad(&discord).await;
    let asked = discord.mention("general", "bob", "status");
    let answer = asked.expect_answer("2 watched").await;
    assert_eq!(discord.typing(), [discord.channel("general").id()]);
    discord.say("general", "bob", "lunch?");
    discord.delete(&asked);
    answer.expect_edit("The question was deleted").await;
    let direct = discord.direct("carol", "help");
    direct.expect_answer("why").await;
    bot.finish().await;
    discord.finish();
}

#[tokio::test]
async fn an_alert_is_one_message_edited_as_its_state_changes_with_a_thread() {
    let discord = Discord::start().await;
    let bot = quad(&discord).await;
    let alert = alert(&bot, &discord).await;
    assert_eq!(
        alert.controls(),
        "[Acknowledge] [Silence 1 h] [More: Resolve, False alarm, Why, Silence for …, Resolve, and say how …]"
    );
    assert!(alert.text().starts_with("🔴 #1 "), "{}", alert.text());

    let token = discord.click(&alert, "Acknowledge", "alice");
    assert_eq!(discord.answered(&token).await, json!({"type": 6}));
    alert.expect_edit("Acknowledged by Alice Liddell").await;

    // In its thread quad needs no mention, and knows which alert is meant.
    alert.say_under("bob", "why is it slow?");
    alert.expect_reply("checkout").await;
    assert!(alert.thread_name().contains("checkout"), "{}", alert.thread_name());

    bot.metrics().set("p95_ms", "checkout", 60.0);
    bot.advance(minutes(15)).await;
    alert.expect_edit("Recovered by itself").await;
    alert.expect_reply("Recovered after").await;
    bot.settled().await;
    assert_eq!(discord.channel("ops").count(), 1, "one alert, one message");
    bot.finish().await;
    discord.finish();
}

#[tokio::test]
async fn whoever_lacks_the_role_is_refused_privately_and_nothing_changes() {
    let discord = Discord::start().await;
    let bot = quad(&discord).await;
    let alert = alert(&bot, &discord).await;
    discord.click(&alert, "Acknowledge", "bob");
    discord.channel("ops").expect_private("bob", "You need the role responder").await;
    assert!(alert.text().contains("Nobody has acknowledged it yet"));

    // A stranger's words are answered to them alone.
    discord.mention("ops", "mallory", "status");
    bot.settled().await;
    discord.expect_private("mallory", "You need the role viewer").await;

    // Where they take no messages, a sign says that it was heard.
    discord.change("mallory", |mallory| mallory.takes_messages = false);
    let asked = discord.mention("ops", "mallory", "help");
    bot.settled().await;
    eventually("a sign", async || (!asked.reactions().is_empty()).then_some(())).await;

    // And a stranger's command leaves nothing behind for others.
    discord.slash("ops", "mallory", &[("text", "ack 1")]);
    discord.channel("ops").expect_private("mallory", "You need the role responder").await;
    bot.settled().await;
    assert_eq!(discord.channel("ops").count(), 3, "the alert, and what bob and mallory see alone");
    bot.finish().await;
    discord.finish();
}

#[tokio::test]
async fn the_command_is_offered_completed_and_answered() {
    let discord = Discord::start().await;
    let bot = quad(&discord).await;
    eventually("the command is offered", async || discord.commands().is_array().then_some(())).await;
    assert_eq!(discord.complete("ops", "bob", "che").await, ["checkout"]);
    assert_eq!(discord.complete("ops", "bob", "").await, ["web", "checkout"]);

    let token = discord.slash("general", "bob", &[("text", "why is it slow?"), ("service", "checkout")]);
    assert_eq!(discord.answered(&token).await, json!({"type": 5}));
    discord.channel("general").expect_message("checkout").await;

    // After its fifteen minutes it is answered as an ordinary message.
    discord.next("GET webhooks/:id/:token/messages/@original", Fault::Refuse(404, 10_015));
    discord.slash("general", "bob", &[("text", "status")]);
    discord.channel("general").expect_message("2 watched").await;
    bot.settled().await;
    bot.finish().await;
    discord.finish();
}

#[tokio::test]
async fn windows_ask_for_how_long_and_what_was_done() {
    let discord = Discord::start().await;
    let bot = quad(&discord).await;
    let alert = alert(&bot, &discord).await;
    let token = discord.click(&alert, "Silence for …", "alice");
    let window = discord.type_into(&alert, &token, "alice", "2 h").await;
    assert_eq!(window["data"]["title"], "Silence #1");
    alert.expect_edit("Silenced until").await;
    alert.expect_reply("silenced").await;

    let token = discord.click(&alert, "Resolve, and say how …", "alice");
    discord.type_into(&alert, &token, "alice", "restarted postgres").await;
    alert.expect_edit("restarted postgres").await;
    bot.settled().await;
    discord.read_everything();
    bot.finish().await;
    discord.finish();
}

#[tokio::test]
async fn a_session_is_taken_up_after_a_drop_and_nothing_is_lost() {
    let discord = Discord::start().await;
    let bot = quad(&discord).await;
    for (resumed, end) in [0, 4000, 4001, 4002, 4008].into_iter().enumerate() {
        if end == 0 {
            discord.cut()
        } else {
            discord.close(end)
        }
        let asked = discord.mention("general", "bob", "status");
        asked.expect_answer("2 watched").await;
        discord.listened_to(1, resumed + 1).await;
    }
    assert_eq!(discord.sessions(), (1, 5));
    bot.finish().await;
    discord.finish();
}

#[tokio::test]
async fn a_session_that_is_over_is_begun_anew() {
    let discord = Discord::start().await;
    let bot = quad(&discord).await;
    for (begun, code) in [4003, 4005, 4006, 4007, 4009].into_iter().enumerate() {
        discord.close(code);
        discord.listened_to(begun + 2, 0).await;
    }
    discord.frame(&json!({"op": 9, "d": false}));
    discord.listened_to(7, 0).await;
    discord.frame(&json!({"op": 7, "d": null}));
    discord.listened_to(7, 1).await;
    discord.mention("general", "bob", "status").expect_answer("2 watched").await;
    bot.finish().await;
}

#[tokio::test]
async fn what_only_a_person_can_mend_is_said_plainly() {
    for code in [4004, 4010, 4011, 4012, 4013, 4014] {
        let discord = Discord::start().await;
        let vendor = Arc::new(vendor(&discord));
        discord.gateway(|gateway| gateway.refuse_with = Some(code));
        let doors = doors();
        let error = vendor.listen(doors, Clock::system()).await.expect_err("it is refused");
        assert!(
            matches!(error, CallError::Permanent { .. }) && error.to_string().contains(&code.to_string()),
            "{error}"
        );
    }
}

/// Takes nothing in.
fn doors() -> quad::vendors::discord::Doors {
    use futures_util::FutureExt as _;
    quad::vendors::discord::Doors {
        sink: Arc::new(|_| async { Ok(true) }.boxed()),
        services: Arc::new(|| async { Vec::new() }.boxed()),
        load: Arc::new(|| async { None }.boxed()),
        keep: Arc::new(|_| async {}.boxed()),
    }
}

#[tokio::test]
async fn a_connection_that_gives_no_sign_of_life_is_left() {
    let discord = Discord::start().await;
    discord.gateway(|gateway| gateway.interval = 200);
    let bot = quad(&discord).await;
    discord.until("heartbeats", |gateway| gateway.beats > 2).await;
    discord.gateway(|gateway| gateway.is_deaf = true);
    discord.listened_to(1, 1).await;
    discord.gateway(|gateway| gateway.is_deaf = false);
    discord.mention("general", "bob", "status").expect_answer("2 watched").await;
    bot.finish().await;
}

#[tokio::test]
async fn the_same_event_again_and_events_out_of_order_are_answered_once() {
    let discord = Discord::start().await;
    let bot = quad(&discord).await;
    let asked = discord.mention("general", "bob", "status");
    discord.event("MESSAGE_CREATE", &asked.event());
    let (first, second) = (
        discord.write("general", "bob", &format!("<@{QUAD}> help")),
        discord.write("general", "carol", &format!("<@{QUAD}> status")),
    );
    discord.swapped("MESSAGE_CREATE", &first.event(), &second.event());
    asked.expect_answer("2 watched").await;
    first.expect_answer("why").await;
    second.expect_answer("2 watched").await;
    bot.settled().await;
    assert!(discord.answers().values().all(|count| *count == 1), "{:?}", discord.answers());
    bot.finish().await;
    discord.finish();
}

#[tokio::test]
async fn a_restart_takes_up_what_was_said_meanwhile() {
    let discord = Discord::start().await;
    let bot = quad(&discord).await;
    discord.mention("general", "bob", "status").expect_answer("2 watched").await;
    bot.settled().await;
    // How far it came is noted every few seconds, and at the end of a connection.
    discord.cut();
    discord.listened_to(1, 1).await;
    let bot = bot.restart_with(|| discord.mention("general", "bob", "help").id).await;
    discord.listened_to(1, 2).await;
    discord.channel("general").expect_message("why").await;
    bot.settled().await;
    assert!(discord.answers().values().all(|count| *count == 1));
    bot.finish().await;
    discord.finish();
}

#[tokio::test]
async fn being_asked_to_wait_is_obeyed_and_nothing_is_lost() {
    let discord = Discord::start().await;
    let bot = quad(&discord).await;
    discord.next("POST channels/:id/messages", Fault::Busy(1));
    let asked = discord.mention("general", "bob", "status");
    in_time(&bot, &discord, &asked.id).await;
    asked.expect_answer("2 watched").await;
    for fault in [Fault::Status(500), Fault::Close, Fault::AcceptThenDrop, Fault::HalfAnswer] {
        discord.next("POST channels/:id/messages", fault);
        let asked = discord.mention("general", "carol", "status");
        in_time(&bot, &discord, &asked.id).await;
        asked.expect_answer("2 watched").await;
    }
    assert!(discord.answers().values().all(|count| *count == 1), "{:?}", discord.answers());
    bot.settled_in_time().await;
    bot.finish().await;
    discord.finish();
}

#[tokio::test]
async fn a_message_is_posted_edited_and_replied_to() {
    let discord = Discord::start().await;
    let vendor = vendor(&discord);
    let receipt = vendor
        .send(&to("#ops"), &outgoing(Answer::new("`checkout` is slow").marked(Mark::Critical)))
        .await
        .expect("is posted");
    let message = discord.channel("ops").expect_message("checkout is slow").await;
    let reply = Spot::New { channel: receipt.channel.clone(), thread: Some(receipt.message.clone()) };
    for said in ["A deployment did it", "It is over <@400000000000000001>"] {
        vendor
            .send(
                &reply,
                &outgoing(Answer::new("Note").with(Section::Text(quad::model::answer::escape(said)))),
            )
            .await
            .expect("is posted");
    }
    message.expect_reply("A deployment did it").await;
    message.expect_reply("It is over").await;
    assert_eq!(discord.calls("POST", "/threads"), 1);
    vendor
        .send(&Spot::Existing(receipt), &outgoing(Answer::new("`checkout` is fine")))
        .await
        .expect("is edited");
    message.expect_edit("checkout is fine").await;
    discord.finish();
}

#[tokio::test]
async fn a_send_whose_reply_was_lost_is_found_again() {
    let discord = Discord::start().await;
    let vendor = vendor(&discord);
    let root = vendor.send(&to("#ops"), &outgoing(Answer::new("root"))).await.expect("is posted");
    let under = Spot::New { channel: root.channel.clone(), thread: Some(root.message.clone()) };
    vendor.send(&under, &outgoing(Answer::new("first"))).await.expect("is posted");
    let asked = discord.write("general", "bob", "x");
    let answer = |words: &str| Outgoing {
        reply_url: Some(format!("message:{}", asked.id)),
        ..outgoing(Answer::new(words))
    };
    for (spot, mut lost) in [
        (to("#ops"), outgoing(Answer::new("lost and found"))),
        (under, outgoing(Answer::new("lost and found"))),
        (to(discord.channel("general").id()), answer("lost and found")),
    ] {
        // The clock of this machine may be an hour fast.
        lost.at += chrono::TimeDelta::hours(1);
        discord.next("POST channels/:id/messages", Fault::AcceptThenDrop);
        let error = vendor.send(&spot, &lost).await.expect_err("the reply is lost");
        assert!(matches!(error, CallError::Unknown { .. }), "{error:?}");
        assert!(vendor.find(&spot, &lost).await.expect("looks").is_some());
        assert_eq!(vendor.find(&spot, &outgoing(Answer::new("never sent"))).await.expect("looks"), None);
        assert_eq!(vendor.find(&spot, &answer("something else")).await.expect("looks"), None);
        // And Discord itself does not post it twice.
        vendor.send(&spot, &lost).await.expect("is posted");
    }
    let found = discord.read_everything().iter().filter(|one| one.text().contains("lost")).count();
    assert_eq!(found, 3);
    discord.finish();
}

#[tokio::test]
async fn it_is_found_behind_many_other_messages() {
    let discord = Discord::start().await;
    let vendor = vendor(&discord);
    for at in 0..120 {
        discord.write("ops", "alice", &format!("chatter {at}"));
    }
    let late = outgoing(Answer::new("late"));
    vendor.send(&to("#ops"), &late).await.expect("is posted");
    assert!(vendor.find(&to("#ops"), &late).await.expect("looks").is_some());
}

#[tokio::test]
async fn failures_say_whether_to_repeat_to_wait_or_to_give_up() {
    let discord = Discord::start().await;
    let vendor =
        Vendor::new(Config { timeout_secs: 1, ..discord.config() }).expect("the configuration is fine");
    let send = async |fault| {
        discord.next("POST channels/:id/messages", fault);
        vendor.send(&to("#ops"), &outgoing(Answer::new("x"))).await.expect_err("goes wrong")
    };
    for fault in [Fault::Close, Fault::Status(503), Fault::Hang] {
        let error = send(fault.clone()).await;
        assert!(matches!(error, CallError::Unknown { .. }), "{fault:?} gave {error:?}");
    }
    let error = send(Fault::Refuse(403, 50_001)).await;
    assert_eq!(
        error.to_string(),
        "Discord says 403, code 50001: quad has no access to that channel; give it the permission View Channel"
    );
    let error = vendor.send(&to("#board"), &outgoing(Answer::new("x"))).await.expect_err("quad is not there");
    assert!(matches!(error, CallError::Permanent { .. }), "{error:?}");
    let error = vendor.send(&to("#nowhere"), &outgoing(Answer::new("x"))).await.expect_err("there is none");
    assert!(error.to_string().contains("no channel #nowhere"), "{error}");
    let error = send(Fault::Busy(7)).await;
    assert_eq!(error, CallError::Busy { retry_after: Duration::from_secs(7) });
    // From then on it knows, and does not even ask.
    let before = discord.calls("POST", "/messages");
    let error = vendor.send(&to("#ops"), &outgoing(Answer::new("x"))).await.expect_err("must wait");
    assert!(
        matches!(error, CallError::Busy { .. }) && discord.calls("POST", "/messages") == before,
        "{error:?}"
    );
}

#[tokio::test]
async fn a_spent_bucket_is_not_called_again() {
    let discord = Discord::start().await;
    let vendor = vendor(&discord);
    discord.next("POST channels/:id/messages", Fault::LastOne(60));
    vendor.send(&to("#ops"), &outgoing(Answer::new("the last"))).await.expect("is posted");
    let error = vendor.send(&to("#ops"), &outgoing(Answer::new("one more"))).await.expect_err("must wait");
    assert!(matches!(error, CallError::Busy { .. }), "{error:?}");
    vendor
        .send(&to("#general"), &outgoing(Answer::new("elsewhere")))
        .await
        .expect("another channel, another bucket");
}

#[tokio::test]
async fn roles_come_from_the_server_s_roles_and_ids() {
    let discord = Discord::start().await;
    let role = async |config: Config, name: &str| {
        let vendor = Vendor::new(config).expect("the configuration is fine");
        let person = Person { id: discord.person(name), name: name.to_owned(), role: None };
        vendor.role(&person).await.expect("Discord answers")
    };
    let mapped = |roles: &[&str], users: &[&str]| {
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let mut config = discord.config();
        config.roles.responder.roles = all(roles);
        config.roles.responder.users = all(users);
        config
    };
    assert_eq!(role(discord.config(), "bob").await, Some(Role::Responder));
    assert_eq!(role(discord.config(), "mallory").await, None, "who is not on the server is a stranger");
    for config in
        [mapped(&["sre"], &[]), mapped(&["200000000000000001"], &[]), mapped(&[], &["400000000000000001"])]
    {
        assert_eq!(role(config.clone(), "alice").await, Some(Role::Responder));
        assert_eq!(role(config, "bob").await, Some(Role::Viewer));
    }
    assert_eq!(role(mapped(&["gone"], &[]), "alice").await, Some(Role::Viewer));
    let nobody = Config { default_role: DefaultRole::Nobody, ..mapped(&["sre"], &[]) };
    assert_eq!(role(nobody, "bob").await, None);
}

#[tokio::test]
async fn the_doctor_says_what_to_do() {
    let discord = Discord::start().await;
    let look = async |config: Config| {
        let vendor = Vendor::new(config).expect("the configuration is fine");
        let checks = vendor.doctor().await;
        checks
            .iter()
            .map(|check| format!("{:?}: {}", check.health, check.says))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let said = look(discord.config()).await;
    assert_eq!(
        said,
        "Good: quad is quad on Example\nGood: the Message Content Intent is on, so threads need no mention\nGood: #ops is private, and quad may write there"
    );
    let mut config = Config {
        channel: "#general".to_owned(),
        report_channels: vec!["#board".to_owned()],
        ..discord.config()
    };
    config.roles.admin.roles = vec!["chiefs".to_owned()];
    discord.without_intents();
    let said = look(config).await;
    for line in [
        "Bad: the Message Content Intent is off",
        "Bad: the server has no role chiefs",
        "Warning: #general is open to everybody",
        "Bad: #board",
    ] {
        assert!(said.contains(line), "{line} in\n{said}");
    }
    std::fs::write(discord.token_path(), "wrong").expect("writes");
    let said = look(discord.config()).await;
    assert!(said.contains("the token is not accepted") && !said.contains("wrong"), "{said}");
    let receipt = Receipt { channel: "1".to_owned(), message: "1".to_owned() };
    let error = vendor(&discord)
        .send(&Spot::Existing(receipt), &outgoing(Answer::new("x")))
        .await
        .expect_err("is refused");
    assert!(error.to_string().contains("the token is not accepted"), "{error}");
}

/// The real binary, killed (SIGKILL) where it hurts: once Discord has posted or edited something and
/// before quad reads that it has, and while nobody knows what it is doing.
#[tokio::test]
async fn whoever_pulls_the_plug_loses_nothing_and_hears_nothing_twice() {
    let discord = Discord::start().await;
    let pages = Pages::start(&["checkout", "web"]).await;
    let program = Program::new();
    let config = json!({
        "data": program.path("data"),
        "monitoring": {"check_interval_secs": 1},
        "detect": {"keep_firing_seconds": 1, "grace_after_start_seconds": 0},
        "alerts": {"daily_report_time": null, "life": {"reopen_within_minutes": 0, "resolve_grace_minutes": 0}},
        "discord": discord.settings(),
        "sources": {"scrape": pages.config(), "host": null},
    });
    program.write(".quad/infrastructure-agent.yml", &config.to_string());
    pages.down("checkout");

    // Whoever never listened has missed nothing yet.
    let mut first = program.start(&[]).await;
    discord.channel("ops").expect_message("checkout").await;
    first.kill();
    let mut asked = Vec::new();
    for round in 0..12 {
        let running = Arc::new(Mutex::new(program.start(&[]).await));
        let (told, sprung) = tokio::sync::oneshot::channel();
        let victim = Arc::clone(&running);
        let route =
            ["POST channels/:id/messages", "PATCH channels/:id/messages/:id", "GET gateway"][round % 3];
        discord.trap(route, move || {
            victim.lock().expect("no panic").kill();
            let _ = told.send(());
        });
        asked.push(discord.mention("general", "bob", "help").id);
        if round % 2 == 0 {
            pages.up("checkout")
        } else {
            pages.down("checkout")
        }
        // Where the moment does not come, any other will do.
        let _ = tokio::time::timeout(Duration::from_secs(4), sprung).await;
        running.lock().expect("no panic").kill();
    }
    discord.trap("never", || {});
    pages.up("checkout");

    let last = program.start(&[]).await;
    let store = format!("sqlite:{}", program.path("data/quad.db").display());
    let store = Store::open(&store).await.expect("the store opens");
    eventually("everything is answered and said", async || {
        let open = store.open_alerts().await.expect("the store answers");
        let lanes = store.outbox_lanes(Platform::Discord).await.expect("the store answers");
        let answers = discord.answers();
        (open.is_empty() && lanes.is_empty() && asked.iter().all(|one| answers.contains_key(one)))
            .then_some(())
    })
    .await;
    drop(last);

    let answers = discord.answers();
    assert!(asked.iter().all(|one| answers[one] == 1), "one answer a question: {answers:?}");
    let everything = discord.read_everything();
    let ops = discord.channel("ops").id().to_owned();
    let roots: Vec<String> =
        everything.iter().filter(|one| one.channel == ops).map(|one| one.text()).collect();
    let numbers: BTreeSet<&str> = roots.iter().filter_map(|text| text.split(' ').nth(1)).collect();
    assert_eq!(numbers.len(), roots.len(), "one message an alert: {roots:#?}");
    assert!(
        !roots.is_empty() && roots.iter().all(|text| text.starts_with('🟢')),
        "the last state is shown: {roots:#?}"
    );
    discord.finish();
    eprintln!(
        "12 kills, {} questions, {} alerts, sessions {:?}",
        asked.len(),
        roots.len(),
        discord.sessions()
    );
}
