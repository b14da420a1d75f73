//! A workspace that stands in for Slack, in the words of the domain: people say things in channels,
//! press buttons, and expect messages. It keeps state, misbehaves on demand, and has every request
//! judged at the end.

mod judge;
mod sockets;
mod web_api;
pub(crate) mod workspace;

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quad::model::secret::SecretRef;
use quad::vendors::slack::Config;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use sockets::{Order, Sockets};
use workspace::{Channel, Group, Message, QUAD, TEAM, User, Workspace};

pub(crate) use workspace::Fault;

/// How long something may take that takes milliseconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What happens at the moment when Slack has done what it was asked to.
pub(crate) struct Trap {
    pub(crate) method: &'static str,
    pub(crate) at: When,
    /// Gets the id of the delivery that was carried out.
    pub(crate) spring: Box<dyn FnOnce(String) + Send>,
}

/// When a trap springs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// It is done, and the answer has not been sent; it never will be.
    BeforeTheAnswer,
    /// The last byte of the answer has just been sent.
    AfterTheAnswer,
}

pub(crate) struct Shared {
    trap: Mutex<Option<Trap>>,
    workspace: Mutex<Workspace>,
    sockets: Mutex<Sockets>,
    changes: watch::Sender<u64>,
    web: std::net::SocketAddr,
    socket: std::net::SocketAddr,
    bot_token: String,
    app_token: String,
}

impl Shared {
    fn workspace(&self) -> MutexGuard<'_, Workspace> {
        self.workspace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sprung(&self, method: &str) -> Option<Trap> {
        let mut trap = self.trap.lock().unwrap_or_else(PoisonError::into_inner);
        trap.take_if(|trap| trap.method == method)
    }

    fn sockets(&self) -> MutexGuard<'_, Sockets> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn socket_url(&self) -> String {
        format!("ws://{}/link/?ticket=secret-ticket&app_id=A0QUAD001", self.socket)
    }

    /// Waits until `look` finds something. Panics with `wanted` and what there is.
    async fn wait<T>(&self, wanted: &str, mut look: impl FnMut(&mut Workspace, &Sockets) -> Option<T>) -> T {
        let mut changes = self.changes.subscribe();
        let search = async {
            loop {
                changes.borrow_and_update();
                let found = look(&mut self.workspace(), &self.sockets());
                if let Some(found) = found {
                    return found;
                }
                let _ = changes.changed().await;
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(found) => found,
            Err(_) => panic!("Slack waited in vain for {wanted}; there is:\n{}", self.told()),
        }
    }

    fn told(&self) -> String {
        let workspace = self.workspace();
        let lines = workspace.messages.iter().map(|message| {
            let state = if message.read { "read" } else { "unread" };
            format!(
                "[{state}] {} {} {:?} {}: {}",
                message.channel, message.ts, message.thread, message.user, message.text
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The stand-in. Ends with the test.
pub(crate) struct Slack {
    shared: Arc<Shared>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    secrets: tempfile::TempDir,
    repeats: Mutex<usize>,
    events: Mutex<u64>,
}

impl Drop for Slack {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Slack {
    /// A workspace with the channels `ops` (private, quad is in it) and `general` (public, quad is not),
    /// `board` (private, quad is not), alice, bob and carol, the guest mallory, and the user group `sre` with alice.
    pub(crate) async fn start() -> Self {
        let web = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let secrets = tempfile::tempdir().expect("a folder");
        let (bot_token, app_token) = (["xoxb", "stand-in"].join("-"), ["xapp", "stand-in"].join("-"));
        std::fs::write(secrets.path().join("bot"), &bot_token).expect("writes");
        std::fs::write(secrets.path().join("app"), &app_token).expect("writes");
        std::fs::write(secrets.path().join("signing"), SIGNING).expect("writes");
        let channel = |id: &str, name: &str, is_private, is_member| Channel {
            id: id.to_owned(),
            name: name.to_owned(),
            is_private,
            is_member,
        };
        let user = |id: &str, name: &str, is_guest| User {
            id: id.to_owned(),
            name: name.to_owned(),
            email: format!("{name}@example.com"),
            is_guest,
        };
        let workspace = Workspace {
            channels: vec![
                channel("C0OPS0001", "ops", true, true),
                channel("C0GENERAL", "general", false, false),
                channel("G0BOARD01", "board", true, false),
                channel("D0ALICE01", "alice", true, true),
            ],
            users: vec![
                user("U0ALICE01", "alice", false),
                user("U0BOB0001", "bob", false),
                user("U0CAROL01", "carol", false),
                user("U0MALLORY", "mallory", true),
            ],
            groups: vec![Group {
                id: "S0SRE0001".to_owned(),
                handle: "sre".to_owned(),
                users: vec!["U0ALICE01".to_owned()],
            }],
            address: format!("http://{}/api", web.local_addr().expect("an address")),
            ..Workspace::default()
        };
        let shared = Arc::new(Shared {
            trap: Mutex::default(),
            workspace: Mutex::new(workspace),
            sockets: Mutex::default(),
            changes: watch::Sender::new(0),
            web: web.local_addr().expect("an address"),
            socket: socket.local_addr().expect("an address"),
            bot_token,
            app_token,
        });
        let tasks = vec![
            tokio::spawn(web_api::serve(web, Arc::clone(&shared))),
            tokio::spawn(sockets::serve(socket, Arc::clone(&shared))),
        ];
        Self { shared, tasks, secrets, repeats: Mutex::new(1), events: Mutex::new(0) }
    }

    /// What quad's configuration says about this workspace.
    pub(crate) fn config(&self) -> Config {
        Config {
            bot_token: self.secret("bot"),
            app_token: Some(self.secret("app")),
            signing_secret: Some(self.secret("signing")),
            base_url: format!("http://{}/api", self.shared.web).parse().expect("a URL"),
            timeout_secs: 5,
            ..Config::default()
        }
    }

    fn secret(&self, name: &str) -> SecretRef {
        SecretRef::File(self.path(name))
    }

    /// The file with a secret: `bot`, `app` or `signing`.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.secrets.path().join(name)
    }

    /// A channel by name.
    pub(crate) fn channel(&self, name: &str) -> Place<'_> {
        let id =
            self.shared.workspace().channel(name).unwrap_or_else(|| panic!("no channel {name}")).id.clone();
        Place { slack: self, channel: id }
    }

    /// The id of a person.
    pub(crate) fn person(&self, name: &str) -> String {
        self.shared.workspace().user(name).id.clone()
    }

    /// Somebody is a guest from now on.
    pub(crate) fn becomes_guest(&self, name: &str) {
        self.shared
            .workspace()
            .users
            .iter_mut()
            .filter(|user| user.name == name)
            .for_each(|user| user.is_guest = true);
    }

    /// The next call of `method` (or `*`) goes wrong.
    pub(crate) fn next(&self, method: &str, fault: Fault) {
        self.shared.workspace().faults.push_back((method.to_owned(), fault));
    }

    /// From now on every call is answered with 500, or none is any more.
    pub(crate) fn fails(&self, all: bool) {
        self.shared.workspace().is_ill = all;
    }

    /// How many calls failed since.
    pub(crate) fn failed(&self) -> usize {
        self.shared.workspace().failed
    }

    /// So many messages with a new picture are refused until Slack knows that it is one.
    pub(crate) fn pictures_take(&self, looks: u32) {
        self.shared.workspace().looks_until_known = looks;
    }

    /// Sets a trap for the next call of its method, or takes the last one away.
    pub(crate) fn trap(&self, trap: Option<Trap>) {
        *self.shared.trap.lock().expect("no panic") = trap;
    }

    /// The first message of quad's in a channel that says `words`, if there is one.
    pub(crate) fn find(&self, channel: &str, words: &str) -> Option<Posted<'_>> {
        self.find_by(channel, words, true)
    }

    /// The first message of a person in a channel that says `words`.
    pub(crate) fn question(&self, channel: &str, words: &str) -> Posted<'_> {
        self.find_by(channel, words, false).expect("somebody said it")
    }

    fn find_by(&self, channel: &str, words: &str, by_quad: bool) -> Option<Posted<'_>> {
        let channel = self.channel(channel).channel;
        let workspace = self.shared.workspace();
        let mut all = workspace.messages.iter();
        let fits = |message: &&Message| {
            message.channel == channel
                && message.thread.is_none()
                && (message.user == QUAD) == by_quad
                && message.only_for.is_none()
                && message.text.contains(words)
        };
        let found = all.find(fits)?;
        Some(Posted { slack: self, channel, ts: found.ts.clone(), root: None })
    }

    /// Every message there is, read by that.
    pub(crate) fn read_everything(&self) -> Vec<Message> {
        let mut workspace = self.shared.workspace();
        workspace.messages.iter_mut().for_each(|message| message.read = true);
        workspace.messages.clone()
    }

    /// From now on every event is delivered so often.
    pub(crate) fn repeat_events(&self, times: usize) {
        *self.repeats.lock().expect("no panic") = times;
    }

    /// Slack asks for new connections.
    pub(crate) fn disconnect(&self) {
        self.shared.sockets().order(&Order::Disconnect);
    }

    /// All connections break.
    pub(crate) fn cut(&self) {
        self.shared.sockets().order(&Order::Cut);
    }

    /// Somebody mentions quad in a channel.
    pub(crate) fn mention(&self, channel: &str, by: &str, text: &str) -> Posted<'_> {
        self.mention_in(channel, by, text, None)
    }

    /// Somebody mentions quad under a message.
    pub(crate) fn mention_under(&self, root: &Posted<'_>, by: &str, text: &str) -> Posted<'_> {
        let channel = root.channel.clone();
        self.mention_in(&channel, by, text, Some(root.root.clone().unwrap_or_else(|| root.ts.clone())))
    }

    fn mention_in(&self, channel: &str, by: &str, text: &str, thread: Option<String>) -> Posted<'_> {
        let posted = self.said(channel, by, &format!("<@{QUAD}> {text}"), thread);
        let mut event = posted.event("app_mention");
        self.event(event.clone());
        // Slack reports the same message a second time to apps that read the channel.
        event["type"] = json!("message");
        event["channel_type"] = json!("channel");
        self.event(event);
        posted
    }

    /// Somebody mentions quad, and Slack reports it once; the message's `ts`. For measurements with
    /// thousands of them.
    #[allow(dead_code, reason = "benches/numbers measures with it")]
    pub(crate) fn ask(&self, channel: &str, by: &str, text: &str) -> String {
        let posted = self.said(channel, by, &format!("<@{QUAD}> {text}"), None);
        self.event(posted.event("app_mention"));
        posted.ts
    }

    /// How many messages quad has posted in each thread, by the root's `ts`.
    #[allow(dead_code, reason = "benches/numbers measures with it")]
    pub(crate) fn answers(&self) -> HashMap<String, usize> {
        let mut answers = HashMap::new();
        for message in self.shared.workspace().messages.iter().filter(|message| message.user == QUAD) {
            if let Some(thread) = &message.thread {
                *answers.entry(thread.clone()).or_default() += 1;
            }
        }
        answers
    }

    /// How long each question waited for the first words of quad's in its thread: both bear a time.
    #[allow(dead_code, reason = "benches/numbers measures with it")]
    pub(crate) fn waits(&self) -> Vec<Duration> {
        let seconds = |ts: &str| ts.parse::<f64>().expect("a time");
        let mut answered: HashMap<String, f64> = HashMap::new();
        for message in self.shared.workspace().messages.iter().filter(|message| message.user == QUAD) {
            if let Some(thread) = &message.thread {
                answered.entry(thread.clone()).or_insert_with(|| seconds(&message.ts));
            }
        }
        answered.iter().map(|(asked, at)| Duration::from_secs_f64((at - seconds(asked)).max(0.0))).collect()
    }

    /// Somebody writes to quad alone. Only alice has opened such a conversation.
    pub(crate) fn direct(&self, by: &str, text: &str) -> Posted<'_> {
        let posted = self.said(by, by, text, None);
        let mut event = posted.event("message");
        event["channel_type"] = json!("im");
        self.event(event);
        posted
    }

    /// `/quad text`. The id of what was typed is its trigger.
    pub(crate) fn slash(&self, channel: &str, by: &str, text: &str) {
        self.hand("slash_commands", self.command_of(channel, by, text));
    }

    /// What Slack hands in for `/quad text`.
    pub(crate) fn command_of(&self, channel: &str, by: &str, text: &str) -> Value {
        let channel = self.channel(channel).channel;
        json!({"token": "x", "team_id": TEAM, "team_domain": "example", "channel_id": channel, "channel_name": "x",
            "user_id": self.person(by), "user_name": by, "command": "/quad", "text": text, "api_app_id": "A0QUAD001",
            "response_url": self.response_url(&channel, by), "trigger_id": self.trigger()})
    }

    /// Somebody presses what is labelled so.
    pub(crate) fn click(&self, message: &Posted<'_>, label: &str, by: &str) {
        self.hand("interactive", self.press_of(message, label, by));
    }

    /// Somebody presses what is labelled so on quad's home tab, as it was published.
    pub(crate) fn press_at_home(&self, page: &Value, label: &str, by: &str) {
        let blocks = page["view"]["blocks"].as_array().cloned().unwrap_or_default();
        let mut controls = blocks
            .iter()
            .flat_map(|block| block["elements"].as_array().cloned().unwrap_or_default())
            .chain(blocks.iter().map(|block| block["accessory"].clone()));
        let control = controls
            .find(|control| control["text"]["text"] == label)
            .unwrap_or_else(|| panic!("nothing says {label} in {blocks:?}"));
        let action = json!({"type": "button", "block_id": "b", "action_id": control["action_id"], "value": control["value"],
            "text": control["text"], "action_ts": self.shared.workspace().ts()});
        self.hand("interactive", json!({"type": "block_actions", "api_app_id": "A0QUAD001", "token": "x",
            "user": {"id": self.person(by), "username": by, "name": by, "team_id": TEAM}, "trigger_id": self.trigger(),
            "container": {"type": "view", "view_id": "V0HOME001"}, "team": {"id": TEAM, "domain": "example"},
            "enterprise": null, "is_enterprise_install": false, "view": {"id": "V0HOME001", "type": "home"},
            "actions": [action]}));
    }

    /// What Slack hands in when somebody presses what is labelled so.
    pub(crate) fn press_of(&self, message: &Posted<'_>, label: &str, by: &str) -> Value {
        let shown = message.now();
        let controls: Vec<Value> = shown
            .blocks
            .as_array()
            .into_iter()
            .flatten()
            .filter(|block| block["type"] == "actions")
            .flat_map(|block| block["elements"].as_array().cloned().unwrap_or_default())
            .collect();
        let mut action = controls.iter().find_map(|control| {
            if control["text"]["text"] == label {
                return Some(json!({"type": "button", "action_id": control["action_id"], "value": control["value"], "text": control["text"]}));
            }
            let option = control["options"].as_array()?.iter().find(|option| option["text"]["text"] == label)?;
            Some(json!({"type": control["type"], "action_id": control["action_id"], "selected_option": option}))
        });
        let action = action.as_mut().unwrap_or_else(|| panic!("nothing says {label} in {controls:?}"));
        action["block_id"] = json!("b");
        action["action_ts"] = json!(self.shared.workspace().ts());
        let mut on = json!({"type": "message", "user": shown.user, "ts": shown.ts, "text": shown.text, "blocks": shown.blocks});
        if let Some(thread) = &shown.thread {
            on["thread_ts"] = json!(thread);
        }
        json!({"type": "block_actions", "user": {"id": self.person(by), "username": by, "name": by, "team_id": TEAM},
            "api_app_id": "A0QUAD001", "token": "x", "trigger_id": self.trigger(),
            "container": {"type": "message", "message_ts": shown.ts, "channel_id": shown.channel, "is_ephemeral": false},
            "team": {"id": TEAM, "domain": "example"}, "enterprise": null, "is_enterprise_install": false,
            "response_url": self.response_url(&shown.channel, by),
            "channel": {"id": shown.channel, "name": "x"}, "message": on, "actions": [action]})
    }

    /// Somebody opens quad's home tab.
    pub(crate) fn visit(&self, by: &str) {
        self.event(
            json!({"type": "app_home_opened", "tab": "home", "user": self.person(by), "channel": "D0ALICE01",
            "event_ts": self.shared.workspace().ts()}),
        );
    }

    /// Somebody posts a link to quad's page.
    pub(crate) fn share(&self, channel: &str, by: &str, url: &str) -> Posted<'_> {
        let posted = self.said(channel, by, url, None);
        self.event(json!({"type": "link_shared", "channel": posted.channel, "user": self.person(by), "message_ts": posted.ts,
            "event_ts": posted.ts, "unfurl_id": "C.1.abc", "source": "conversations_history", "is_bot_user_member": true,
            "links": [{"url": url, "domain": "quad.example.com"}]}));
        posted
    }

    /// What was shown in place of a link, once there are so many.
    pub(crate) async fn unfurl(&self, count: usize) -> Value {
        self.shared
            .wait("a link that is shown", |workspace, _| workspace.unfurls.get(count - 1).cloned())
            .await
    }

    /// What Slack showed as a window or home tab last, once there are so many.
    pub(crate) async fn view(&self, count: usize) -> Value {
        self.shared.wait("a view", |workspace, _| workspace.views.get(count - 1).cloned()).await
    }

    /// Somebody fills in the window that was opened last, and sends it.
    pub(crate) fn fill_in(&self, window: &Value, by: &str, words: &str) {
        let view = &window["view"];
        let values = json!({"words": {"words": {"type": "plain_text_input", "value": words}}});
        self.hand("interactive", json!({"type": "view_submission", "team": {"id": TEAM, "domain": "example"},
            "user": {"id": self.person(by), "username": by, "name": by, "team_id": TEAM}, "api_app_id": "A0QUAD001",
            "token": "x", "trigger_id": self.trigger(), "response_urls": [], "is_enterprise_install": false, "enterprise": null,
            "view": {"id": format!("V{}", self.trigger()), "team_id": TEAM, "type": "modal", "blocks": view["blocks"],
                "private_metadata": view["private_metadata"], "callback_id": view["callback_id"],
                "state": {"values": values}, "hash": "1.x", "title": view["title"], "app_id": "A0QUAD001"}}));
    }

    /// Somebody chooses "Analyze this" on a message.
    pub(crate) fn analyze(&self, message: &Posted<'_>, by: &str) {
        let on = message.now();
        self.hand("interactive", json!({"type": "message_action", "callback_id": "quad.analyze", "trigger_id": self.trigger(),
            "user": {"id": self.person(by), "username": by, "name": by, "team_id": TEAM}, "team": {"id": TEAM, "domain": "example"},
            "channel": {"id": on.channel, "name": "x"}, "message_ts": on.ts, "token": "x", "action_ts": self.shared.workspace().ts(),
            "message": {"type": "message", "user": on.user, "ts": on.ts, "text": on.text}, "response_url": self.response_url(&on.channel, by)}));
    }

    /// Somebody changes the words with which they asked quad.
    pub(crate) fn change(&self, message: &Posted<'_>, by: &str, text: &str) {
        let (before, now) = {
            let mut workspace = self.shared.workspace();
            let edited = workspace.ts();
            let mut all = workspace.messages.iter_mut();
            let found = all
                .find(|one| one.channel == message.channel && one.ts == message.ts)
                .expect("messages stay");
            let before = json!({"type": "message", "user": found.user, "ts": found.ts, "text": found.text});
            found.text = format!("<@{QUAD}> {text}");
            let now = json!({"type": "message", "user": found.user, "ts": found.ts, "text": found.text,
                "edited": {"user": found.user, "ts": edited}});
            (before, now)
        };
        debug_assert_eq!(now["user"], self.person(by));
        self.event(json!({"type": "message", "subtype": "message_changed", "hidden": true, "channel": message.channel,
            "ts": self.shared.workspace().ts(), "event_ts": "1.1", "channel_type": "channel", "message": now,
            "previous_message": before}));
    }

    /// Somebody deletes their message. One with replies leaves a stone behind, and Slack calls that a change.
    pub(crate) fn delete(&self, message: &Posted<'_>) {
        let (before, answered) = {
            let workspace = self.shared.workspace();
            let found = workspace
                .messages
                .iter()
                .find(|one| one.channel == message.channel && one.ts == message.ts)
                .expect("messages stay");
            let before = json!({"type": "message", "user": found.user, "ts": found.ts, "text": found.text});
            let replies = |one: &Message| one.thread.as_deref() == Some(&*found.ts) && one.ts != found.ts;
            (before, workspace.messages.iter().any(replies))
        };
        let mut event = json!({"type": "message", "subtype": "message_deleted", "hidden": true,
            "channel": message.channel, "ts": self.shared.workspace().ts(), "event_ts": "1.1",
            "channel_type": "channel", "deleted_ts": message.ts, "previous_message": before});
        if answered {
            event["subtype"] = json!("message_changed");
            event["message"] = json!({"type": "message", "subtype": "tombstone", "user": "USLACKBOT",
                "text": "This message was deleted.", "hidden": true, "thread_ts": message.ts, "ts": message.ts});
            event.as_object_mut().expect("an object").remove("deleted_ts");
        }
        self.event(event);
    }

    /// Somebody says something in a channel to other people.
    pub(crate) fn overheard(&self, channel: &str, by: &str, text: &str) -> Posted<'_> {
        let posted = self.said(channel, by, text, None);
        let mut event = posted.event("message");
        event["channel_type"] = json!("channel");
        self.event(event);
        posted
    }

    /// Somebody says something under a message, without naming quad.
    pub(crate) fn say_under(&self, root: &Posted<'_>, by: &str, text: &str) -> Posted<'_> {
        let channel = root.channel.clone();
        let thread = root.root.clone().unwrap_or_else(|| root.ts.clone());
        let posted = self.said(&channel, by, text, Some(thread));
        let mut event = posted.event("message");
        event["channel_type"] = json!("channel");
        self.event(event);
        posted
    }

    /// Somebody mentions quad, and Slack has told nobody yet.
    pub(crate) fn write(&self, channel: &str, by: &str, text: &str) -> Posted<'_> {
        self.said(channel, by, &format!("<@{QUAD}> {text}"), None)
    }

    /// What Slack hands in for a mention.
    pub(crate) fn event_of(&self, posted: &Posted<'_>) -> Value {
        self.callback(posted.event("app_mention"))
    }

    /// Hands in an event of any kind.
    pub(crate) fn event(&self, event: Value) {
        let payload = self.callback(event);
        self.hand("events_api", payload);
    }

    fn callback(&self, event: Value) -> Value {
        let id = {
            let mut events = self.events.lock().expect("no panic");
            *events += 1;
            format!("Ev{:08}", *events)
        };
        json!({"token": "x", "team_id": TEAM, "api_app_id": "A0QUAD001", "event": event, "type": "event_callback",
            "event_id": id, "event_time": 1_767_880_920, "is_ext_shared_channel": false,
            "authorizations": [{"enterprise_id": null, "team_id": TEAM, "user_id": QUAD, "is_bot": true, "is_enterprise_install": false}]})
    }

    /// Hands in a payload as it is, as often as events are repeated.
    pub(crate) fn hand(&self, kind: &str, payload: Value) {
        let times = *self.repeats.lock().expect("no panic");
        for _ in 0..times {
            self.shared.sockets().hand(kind, payload.clone());
        }
    }

    fn response_url(&self, channel: &str, by: &str) -> String {
        format!("http://{}/respond?channel={channel}&person={}", self.shared.web, self.person(by))
    }

    fn trigger(&self) -> String {
        format!("{}.trigger", self.shared.workspace().ts())
    }

    fn said(&self, channel: &str, by: &str, text: &str, thread: Option<String>) -> Posted<'_> {
        let mut workspace = self.shared.workspace();
        let channel = workspace.channel(channel).unwrap_or_else(|| panic!("no channel {channel}")).id.clone();
        let user = workspace.user(by).id.clone();
        let ts = workspace.ts();
        workspace.messages.push(Message {
            channel: channel.clone(),
            ts: ts.clone(),
            thread: thread.clone(),
            user,
            text: text.to_owned(),
            blocks: Value::Null,
            metadata: Value::Null,
            only_for: None,
            broadcast: false,
            edits: 0,
            read: true,
            reactions: Vec::new(),
        });
        Posted { slack: self, channel, ts, root: thread }
    }

    /// Waits until every envelope so far is acknowledged; how long each took.
    pub(crate) async fn acknowledged(&self) -> Vec<Duration> {
        self.shared
            .wait("acknowledgements", |_, sockets| {
                (sockets.pending.is_empty() && sockets.waiting.is_empty())
                    .then(|| sockets.acknowledged.clone())
            })
            .await
    }

    /// Waits until so many connections are open, of so many that were opened.
    pub(crate) async fn connections(&self, open: usize, opened: usize) {
        self.shared
            .wait("connections", |_, sockets| {
                (sockets.open() == open && sockets.opened() >= opened).then_some(())
            })
            .await;
    }

    /// How many connections were ever opened.
    pub(crate) fn opened(&self) -> usize {
        self.shared.sockets().opened()
    }

    /// What came with acknowledgements of commands.
    pub(crate) fn replies(&self) -> Vec<Value> {
        self.shared.sockets().replies.clone()
    }

    /// Fails if quad has said anything that no test has looked at.
    pub(crate) fn expect_silence(&self) {
        let unread: Vec<String> = self
            .shared
            .workspace()
            .messages
            .iter()
            .filter(|message| !message.read)
            .map(|message| message.text.clone())
            .collect();
        assert!(unread.is_empty(), "quad said more than was expected: {unread:#?}");
    }

    /// How often a method was called.
    pub(crate) fn calls(&self, method: &str) -> usize {
        self.shared.workspace().requests.iter().filter(|request| request.method == method).count()
    }

    /// Nothing unread, and every request such that Slack would have taken it. With QUAD_SLACK_LOG
    /// set to a file, the requests are appended there for `scripts/judge-slack`.
    pub(crate) fn finish(&self) {
        self.expect_silence();
        let workspace = self.shared.workspace();
        for request in &workspace.requests {
            let wrong = judge::judge(request);
            assert!(
                wrong.is_empty(),
                "Slack would refuse this {}: {wrong:#?}\n{:#}",
                request.method,
                request.body
            );
        }
        if let Some(path) = std::env::var_os("QUAD_SLACK_LOG") {
            let mut file =
                std::fs::OpenOptions::new().create(true).append(true).open(path).expect("the log opens");
            // Addresses that Slack hands out are no methods of its Web API.
            let is_method = |request: &&workspace::Request| request.method.contains('.');
            for request in workspace.requests.iter().filter(is_method) {
                let line = json!({"method": request.method, "body": request.body}).to_string() + "\n";
                file.write_all(line.as_bytes()).expect("the log is written");
            }
        }
    }
}

/// What Slack signs with.
pub(crate) const SIGNING: &str = "not a secret";

/// A channel.
pub(crate) struct Place<'a> {
    slack: &'a Slack,
    channel: String,
}

impl<'a> Place<'a> {
    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.channel
    }

    /// Waits for a message outside threads that says `words`, and reads it.
    pub(crate) async fn expect_message(&self, words: &str) -> Posted<'a> {
        self.slack
            .unread(&self.channel, words, |message| message.thread.is_none() && message.only_for.is_none())
            .await
    }

    /// Waits for a message that only `person` sees.
    pub(crate) async fn expect_private(&self, person: &str, words: &str) -> Posted<'a> {
        let person = self.slack.person(person);
        self.slack.unread(&self.channel, words, |message| message.only_for.as_ref() == Some(&person)).await
    }

    /// Fails if quad said anything here outside the thread of `only`.
    pub(crate) fn expect_only(&self, only: &Posted<'_>) {
        let workspace = self.slack.shared.workspace();
        let others: Vec<&str> = workspace
            .messages
            .iter()
            .filter(|message| {
                message.channel == self.channel && message.user == QUAD && message.ts != only.ts
            })
            .filter(|message| message.thread.is_none())
            .map(|message| message.text.as_str())
            .collect();
        assert!(others.is_empty(), "one message was expected, and there is also {others:#?}");
    }

    /// Everything quad said here.
    pub(crate) fn said(&self) -> Vec<String> {
        let workspace = self.slack.shared.workspace();
        let mine = workspace
            .messages
            .iter()
            .filter(|message| message.channel == self.channel && message.user == QUAD);
        mine.map(|message| message.text.clone()).collect()
    }
}

/// A message.
#[derive(Clone)]
pub(crate) struct Posted<'a> {
    slack: &'a Slack,
    pub(crate) channel: String,
    pub(crate) ts: String,
    root: Option<String>,
}

impl<'a> Posted<'a> {
    fn now(&self) -> Message {
        let workspace = self.slack.shared.workspace();
        let found = workspace
            .messages
            .iter()
            .find(|message| message.channel == self.channel && message.ts == self.ts);
        found.expect("messages stay").clone()
    }

    fn event(&self, kind: &str) -> Value {
        let message = self.now();
        let mut event = json!({"type": kind, "user": message.user, "text": message.text, "ts": message.ts, "channel": message.channel,
            "event_ts": message.ts, "team": TEAM, "client_msg_id": "6e3a0b3c-0000-4000-8000-000000000000"});
        if let Some(thread) = message.thread {
            event["thread_ts"] = json!(thread);
        }
        event
    }

    /// What it says now, in plain words.
    pub(crate) fn text(&self) -> String {
        self.now().text
    }

    /// Its blocks now.
    pub(crate) fn blocks(&self) -> Value {
        self.now().blocks
    }

    /// Whether it is a reply that the channel sees, too.
    pub(crate) fn is_broadcast(&self) -> bool {
        self.now().broadcast
    }

    /// The emoji under it.
    pub(crate) fn reactions(&self) -> Vec<String> {
        self.now().reactions
    }

    /// Reads it as it stands now.
    pub(crate) fn read(&self) -> String {
        let mut workspace = self.slack.shared.workspace();
        let mut all = workspace.messages.iter_mut();
        let found = all.find(|message| message.channel == self.channel && message.ts == self.ts);
        let found = found.expect("messages stay");
        found.read = true;
        found.text.clone()
    }

    /// Reads everything that quad said in its thread so far.
    pub(crate) fn read_thread(&self) -> Vec<String> {
        let mut workspace = self.slack.shared.workspace();
        let all = workspace.messages.iter_mut();
        all.filter(|message| message.channel == self.channel && message.thread.as_ref() == Some(&self.ts))
            .filter(|message| message.user == QUAD)
            .map(|message| {
                message.read = true;
                message.text.clone()
            })
            .collect()
    }

    /// Waits until somebody put this emoji under it.
    pub(crate) async fn expect_reaction(&self, name: &str) {
        let wanted = format!("{name} under {}", self.text());
        let look = |workspace: &mut Workspace, _: &Sockets| {
            let mut all = workspace.messages.iter();
            all.find(|message| message.channel == self.channel && message.ts == self.ts)
                .filter(|message| message.reactions.iter().any(|one| one == name))
                .map(|_| ())
        };
        self.slack.shared.wait(&wanted, look).await;
    }

    /// Waits for a message in the same channel that only `person` sees.
    pub(crate) async fn expect_private(&self, person: &str, words: &str) -> Posted<'a> {
        let person = self.slack.person(person);
        self.slack.unread(&self.channel, words, |message| message.only_for.as_ref() == Some(&person)).await
    }

    /// What can be pressed under it: `[Acknowledge] [Silence 1 h] [More: Resolve, Why]`.
    pub(crate) fn controls(&self) -> String {
        let blocks = self.blocks();
        let all = blocks.as_array().into_iter().flatten().filter(|block| block["type"] == "actions");
        let all = all.flat_map(|block| block["elements"].as_array().into_iter().flatten());
        let shown = all.map(|control| match control["options"].as_array() {
            Some(options) => {
                let options =
                    options.iter().map(|option| option["text"]["text"].as_str().unwrap_or_default());
                format!("[More: {}]", options.collect::<Vec<_>>().join(", "))
            }
            None => format!("[{}]", control["text"]["text"].as_str().unwrap_or_default()),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    /// Waits for a message in its thread that says `words`, and reads it.
    pub(crate) async fn expect_reply(&self, words: &str) -> Posted<'a> {
        let root = self.root.clone().unwrap_or_else(|| self.ts.clone());
        self.slack
            .unread(&self.channel, words, |message| {
                message.thread.as_ref() == Some(&root) && message.only_for.is_none()
            })
            .await
    }

    /// Waits until it was edited so that it says `words`, and reads it.
    pub(crate) async fn expect_edit(&self, words: &str) {
        let ts = self.ts.clone();
        self.slack.unread(&self.channel, words, |message| message.ts == ts && message.edits > 0).await;
    }
}

impl Slack {
    async fn unread(&self, channel: &str, words: &str, fits: impl Fn(&Message) -> bool) -> Posted<'_> {
        let (ts, root) = self
            .shared
            .wait(words, |workspace, _| {
                let found = workspace.messages.iter_mut().find(|message| {
                    !message.read
                        && message.user == QUAD
                        && message.channel == channel
                        && fits(message)
                        && message.text.contains(words)
                })?;
                found.read = true;
                Some((found.ts.clone(), found.thread.clone()))
            })
            .await;
        Posted { slack: self, channel: channel.to_owned(), ts, root }
    }
}
