//! A server that stands in for Discord, in the words of the domain: people say things in channels and
//! threads, press, type commands, and expect messages. It keeps state, misbehaves on demand, and has
//! every request judged at the end.

mod gateway;
mod judge;
mod rest;
pub(crate) mod server;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quad::model::secret::SecretRef;
use quad::vendors::discord::Config;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use gateway::{Gateway, Order};
use server::{APPLICATION, Channel, GUILD, Interaction, Member, Message, QUAD, Server, show_user};

pub(crate) use judge::{judge, offences};
pub(crate) use server::{Fault, Request};

/// How long something may take that takes milliseconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What happens once a call is carried out, before its answer is sent: it never will be.
type Trap = Option<(String, Box<dyn FnOnce() + Send>)>;

pub(crate) struct Shared {
    server: Mutex<Server>,
    gateway: Mutex<Gateway>,
    trap: Mutex<Trap>,
    changes: watch::Sender<u64>,
    rest: std::net::SocketAddr,
    socket: std::net::SocketAddr,
    token: String,
}

impl Shared {
    fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gateway(&self) -> MutexGuard<'_, Gateway> {
        self.gateway.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sprung(&self, route: &str) -> Option<Box<dyn FnOnce() + Send>> {
        let mut trap = self.trap.lock().unwrap_or_else(PoisonError::into_inner);
        trap.take_if(|(meant, _)| meant == route).map(|(_, spring)| spring)
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn socket_url(&self) -> String {
        format!("ws://{}", self.socket)
    }

    /// Waits until `look` finds something. Panics with `wanted` and what there is.
    async fn wait<T>(&self, wanted: &str, mut look: impl FnMut(&mut Server, &Gateway) -> Option<T>) -> T {
        let mut changes = self.changes.subscribe();
        let search = async {
            loop {
                changes.borrow_and_update();
                let found = look(&mut self.server(), &self.gateway());
                if let Some(found) = found {
                    return found;
                }
                let _ = changes.changed().await;
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(found) => found,
            Err(_) => panic!("Discord waited in vain for {wanted}; there is:\n{}", self.told()),
        }
    }

    fn told(&self) -> String {
        let server = self.server();
        let lines = server.messages.iter().map(|message| {
            let state = if message.read { "read" } else { "unread" };
            format!(
                "[{state}] {} {} {:?} {}: {}",
                message.channel,
                message.id,
                message.only_for,
                message.author,
                message.text()
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The stand-in. Ends with the test.
pub(crate) struct Discord {
    shared: Arc<Shared>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    secrets: tempfile::TempDir,
}

impl Drop for Discord {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Discord {
    /// A server with the channels `ops` (private), `general` (open) and `board` (quad may not see it),
    /// alice (who holds the role `sre`), bob and carol, and mallory, who is not on it.
    pub(crate) async fn start() -> Self {
        let rest = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let secrets = tempfile::tempdir().expect("a folder");
        let token = ["stand", "in", "token"].join(".");
        std::fs::write(secrets.path().join("bot"), &token).expect("writes");
        let channel = |id: &str, name: &str, is_private| Channel {
            id: id.to_owned(),
            name: name.to_owned(),
            kind: 0,
            parent: None,
            is_private,
            joined: false,
        };
        let member = |id: &str, name: &str, nick: Option<&str>, roles: &[&str]| Member {
            id: id.to_owned(),
            name: name.to_owned(),
            nick: nick.map(str::to_owned),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            is_member: name != "mallory",
            takes_messages: true,
        };
        let socket_address = socket.local_addr().expect("an address");
        let server = Server {
            channels: vec![
                channel("300000000000000001", "ops", true),
                channel("300000000000000002", "general", false),
                channel("300000000000000003", "board", true),
            ],
            members: vec![
                member("400000000000000001", "alice", Some("Alice Liddell"), &["200000000000000001"]),
                member("400000000000000002", "bob", None, &[]),
                member("400000000000000003", "carol", None, &[]),
                member("400000000000000004", "mallory", None, &[]),
            ],
            roles: vec![("200000000000000001".to_owned(), "sre".to_owned())],
            gateway: format!("ws://{socket_address}"),
            intents_on: true,
            ..Server::default()
        };
        let shared = Arc::new(Shared {
            server: Mutex::new(server),
            gateway: Mutex::new(Gateway { interval: 41_250, ..Gateway::default() }),
            trap: Mutex::default(),
            changes: watch::Sender::new(0),
            rest: rest.local_addr().expect("an address"),
            socket: socket_address,
            token,
        });
        let tasks = vec![
            tokio::spawn(rest::serve(rest, Arc::clone(&shared))),
            tokio::spawn(gateway::serve(socket, Arc::clone(&shared))),
        ];
        Self { shared, tasks, secrets }
    }

    /// What quad's configuration says about this server.
    pub(crate) fn config(&self) -> Config {
        Config {
            bot_token: SecretRef::File(self.token_path()),
            channel: "#ops".to_owned(),
            base_url: format!("http://{}/api/v10", self.shared.rest).parse().expect("a URL"),
            timeout_secs: 5,
            ..Config::default()
        }
    }

    /// The file with the bot's token.
    pub(crate) fn token_path(&self) -> PathBuf {
        self.secrets.path().join("bot")
    }

    /// The same as it stands in a file.
    pub(crate) fn settings(&self) -> Value {
        let config = self.config();
        json!({"bot_token": config.bot_token, "channel": "#ops", "base_url": config.base_url, "timeout_secs": 5,
            "roles": {"responder": {"roles": ["sre"]}}})
    }

    pub(crate) fn person(&self, name: &str) -> String {
        self.shared.server().member(name).id.clone()
    }

    /// Changes what a person is.
    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Member)) {
        let mut server = self.shared.server();
        change(server.members.iter_mut().find(|one| one.name == name).expect("a member"));
    }

    /// The next call of `route` (`POST channels/:id/messages`, or `*`) goes wrong.
    pub(crate) fn next(&self, route: &str, fault: Fault) {
        self.shared.server().faults.push_back((route.to_owned(), fault));
    }

    /// Once the next call of `route` is carried out, `spring` is called instead of an answer.
    pub(crate) fn trap(&self, route: &str, spring: impl FnOnce() + Send + 'static) {
        *self.shared.trap.lock().expect("no panic") = Some((route.to_owned(), Box::new(spring)));
    }

    /// How often a route was called.
    pub(crate) fn calls(&self, method: &str, end: &str) -> usize {
        let server = self.shared.server();
        server.requests.iter().filter(|one| one.method == method && one.path.ends_with(end)).count()
    }

    pub(crate) fn commands(&self) -> Value {
        self.shared.server().commands.clone()
    }

    pub(crate) fn without_intents(&self) {
        self.shared.server().intents_on = false;
    }

    // The gateway.

    pub(crate) fn gateway(&self, change: impl FnOnce(&mut Gateway)) {
        change(&mut self.shared.gateway());
    }

    /// How often a session was begun, and taken up.
    pub(crate) fn sessions(&self) -> (usize, usize) {
        let gateway = self.shared.gateway();
        (gateway.identified, gateway.resumed)
    }

    pub(crate) fn close(&self, code: u16) {
        self.shared.gateway().order(Order::Close(code));
    }

    pub(crate) fn cut(&self) {
        self.shared.gateway().order(Order::Cut);
    }

    /// Sends a frame as it is.
    pub(crate) fn frame(&self, frame: &Value) {
        self.shared.gateway().order(Order::Send(frame.to_string()));
    }

    /// Waits until quad listens, and so many sessions were begun and taken up.
    pub(crate) async fn listened_to(&self, identified: usize, resumed: usize) {
        let enough = |gateway: &Gateway| gateway.identified >= identified && gateway.resumed >= resumed;
        self.shared
            .wait("quad to listen", |_, gateway| (gateway.is_listened_to() && enough(gateway)).then_some(()))
            .await;
    }

    pub(crate) async fn until(&self, what: &str, is: impl Fn(&Gateway) -> bool) {
        self.shared.wait(what, |_, gateway| is(gateway).then_some(())).await;
    }

    /// Hands an event in as it is.
    pub(crate) fn event(&self, kind: &str, data: &Value) {
        self.shared.gateway().hand(kind, data);
    }

    pub(crate) fn swapped(&self, kind: &str, first: &Value, second: &Value) {
        self.shared.gateway().hand_swapped(kind, first, second);
    }

    // People.

    /// A channel by name.
    pub(crate) fn channel(&self, name: &str) -> Place<'_> {
        let id = self.shared.server().channel(name).id.clone();
        Place { discord: self, channel: id }
    }

    /// Somebody mentions quad in a channel.
    pub(crate) fn mention(&self, channel: &str, by: &str, text: &str) -> Posted<'_> {
        self.say(channel, by, &format!("<@{QUAD}> {text}"))
    }

    /// Somebody says something in a channel, or in a thread by its root.
    pub(crate) fn say(&self, channel: &str, by: &str, content: &str) -> Posted<'_> {
        let posted = self.write(channel, by, content);
        self.event("MESSAGE_CREATE", &posted.event());
        posted
    }

    /// The same, and Discord has told nobody yet.
    pub(crate) fn write(&self, channel: &str, by: &str, content: &str) -> Posted<'_> {
        let mut server = self.shared.server();
        let channel = server.channel(channel).id.clone();
        let author = server.member(by).id.clone();
        let id = server.id();
        server.messages.push(Message {
            id: id.clone(),
            channel: channel.clone(),
            author,
            content: content.to_owned(),
            read: true,
            ..Message::default()
        });
        Posted { discord: self, channel, id }
    }

    /// Somebody deletes their message. Discord says no more than which one.
    pub(crate) fn delete(&self, message: &Posted<'_>) {
        let gone = json!({"id": message.id, "channel_id": message.channel, "guild_id": GUILD});
        self.event("MESSAGE_DELETE", &gone);
    }

    /// Somebody writes to quad alone.
    pub(crate) fn direct(&self, by: &str, content: &str) -> Posted<'_> {
        let name = format!("direct-{by}");
        {
            let mut server = self.shared.server();
            if !server.channels.iter().any(|one| one.name == name) {
                let id = server.id();
                server.channels.push(Channel {
                    id,
                    name: name.clone(),
                    kind: 1,
                    parent: None,
                    is_private: true,
                    joined: true,
                });
            }
        }
        self.say(&name, by, content)
    }

    /// `/quad text service`
    pub(crate) fn slash(&self, channel: &str, by: &str, options: &[(&str, &str)]) -> String {
        let options: Vec<Value> =
            options.iter().map(|(name, value)| json!({"name": name, "type": 3, "value": value})).collect();
        let data = json!({"id": "500000000000000001", "name": "quad", "type": 1, "options": options});
        self.interact(channel, by, 2, data, None)
    }

    /// Somebody types a service's name; what quad offers.
    pub(crate) async fn complete(&self, channel: &str, by: &str, typed: &str) -> Vec<String> {
        let option = json!({"name": "service", "type": 3, "value": typed, "focused": true});
        let data = json!({"id": "500000000000000001", "name": "quad", "type": 1, "options": [option]});
        let token = self.interact(channel, by, 4, data, None);
        let callback = self.answered(&token).await;
        assert_eq!(callback["type"], 8);
        let choices = callback["data"]["choices"].as_array().expect("choices");
        choices.iter().map(|choice| choice["name"].as_str().expect("a name").to_owned()).collect()
    }

    /// Somebody presses, or chooses, what is labelled so.
    pub(crate) fn click(&self, message: &Posted<'_>, label: &str, by: &str) -> String {
        let shown = message.now();
        let rows = shown.components.as_array().cloned().unwrap_or_default();
        let controls: Vec<Value> =
            rows.iter().flat_map(|row| row["components"].as_array().cloned().unwrap_or_default()).collect();
        let data = controls.iter().find_map(|control| {
            if control["label"] == label {
                return Some(json!({"component_type": 2, "custom_id": control["custom_id"]}));
            }
            let option = control["options"].as_array()?.iter().find(|option| option["label"] == label)?;
            Some(json!({"component_type": 3, "custom_id": control["custom_id"], "values": [option["value"]]}))
        });
        let data = data.unwrap_or_else(|| panic!("nothing says {label} in {controls:?}"));
        self.interact(&message.channel, by, 3, data, Some(&shown))
    }

    /// Somebody types into the window that a press has opened.
    pub(crate) async fn type_into(&self, message: &Posted<'_>, token: &str, by: &str, words: &str) -> Value {
        let window = self.answered(token).await;
        assert_eq!(window["type"], 9);
        let field = &window["data"]["components"][0]["components"][0];
        let typed = json!([{"type": 1, "components": [{"type": 4, "custom_id": field["custom_id"], "value": words}]}]);
        let data = json!({"custom_id": window["data"]["custom_id"], "components": typed});
        self.interact(&message.channel, by, 5, data, Some(&message.now()));
        window
    }

    /// What quad answered an interaction with, once it has.
    pub(crate) async fn answered(&self, token: &str) -> Value {
        let look = |server: &mut Server, _: &Gateway| {
            server
                .interactions
                .get(token)
                .map(|one| one.callback.clone())
                .filter(|callback| !callback.is_null())
        };
        self.shared.wait("an acknowledgement", look).await
    }

    fn interact(&self, channel: &str, by: &str, kind: u64, data: Value, on: Option<&Message>) -> String {
        let (event, token) = self.interaction_of(channel, by, kind, data, on);
        self.event("INTERACTION_CREATE", &event);
        token
    }

    fn interaction_of(
        &self,
        channel: &str,
        by: &str,
        kind: u64,
        data: Value,
        on: Option<&Message>,
    ) -> (Value, String) {
        let mut server = self.shared.server();
        let channel = server.channel(channel).clone();
        let member = server.member(by).clone();
        let id = server.id();
        let token = format!("aW50ZXJhY3Rpb24-{id}");
        server.interactions.insert(
            token.clone(),
            Interaction {
                id: id.clone(),
                channel: channel.id.clone(),
                person: member.id.clone(),
                callback: Value::Null,
                original: None,
            },
        );
        let mut event = json!({"id": id, "application_id": APPLICATION, "type": kind, "token": token, "version": 1, "data": data,
            "guild_id": GUILD, "channel_id": channel.id, "channel": {"id": channel.id, "type": channel.kind, "parent_id": channel.parent},
            "member": {"user": show_user(&member), "nick": member.nick, "roles": member.roles, "pending": !member.is_member}});
        if let Some(on) = on {
            event["message"] = json!({"id": on.id, "channel_id": on.channel, "content": on.content});
        }
        (event, token)
    }

    // Looking.

    /// Every message of quad's, read by that.
    pub(crate) fn read_everything(&self) -> Vec<Message> {
        let mut server = self.shared.server();
        server.messages.iter_mut().for_each(|message| message.read = true);
        server.messages.iter().filter(|message| message.author == QUAD).cloned().collect()
    }

    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.server().requests.clone()
    }

    /// Where "quad is typing" was shown.
    pub(crate) fn typing(&self) -> Vec<String> {
        self.shared.server().typing.clone()
    }

    /// How many messages of quad's answer each message, by its id.
    pub(crate) fn answers(&self) -> HashMap<String, usize> {
        let mut answers = HashMap::new();
        for message in self.shared.server().messages.iter().filter(|one| one.author == QUAD) {
            if let Some(answered) = &message.answers {
                *answers.entry(answered.clone()).or_default() += 1;
            }
        }
        answers
    }

    /// Fails if quad has said anything that no test has looked at.
    pub(crate) fn expect_silence(&self) {
        let server = self.shared.server();
        let unread: Vec<String> = server.messages.iter().filter(|one| !one.read).map(Message::text).collect();
        assert!(unread.is_empty(), "quad said more than was expected: {unread:#?}");
    }

    /// Nothing unread, and every request such that Discord would have taken it.
    pub(crate) fn finish(&self) {
        self.expect_silence();
        offences(&self.requests());
    }

    /// Waits for a message, wherever it stands, that only `person` sees.
    pub(crate) async fn expect_private(&self, person: &str, words: &str) -> Posted<'_> {
        let person = Some(self.person(person));
        self.unread(words, |_, message| message.only_for == person).await
    }

    async fn unread(&self, words: &str, fits: impl Fn(&Server, &Message) -> bool) -> Posted<'_> {
        let look = |server: &mut Server, _: &Gateway| {
            let found = server.messages.iter().position(|message| {
                !message.read
                    && message.author == QUAD
                    && message.text().contains(words)
                    && fits(server, message)
            })?;
            let message = &mut server.messages[found];
            message.read = true;
            Some((message.channel.clone(), message.id.clone()))
        };
        let (channel, id) = self.shared.wait(words, look).await;
        Posted { discord: self, channel, id }
    }
}

/// A channel.
pub(crate) struct Place<'a> {
    discord: &'a Discord,
    channel: String,
}

impl<'a> Place<'a> {
    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.channel
    }

    /// Waits for a message here that everybody sees and that says `words`, and reads it.
    pub(crate) async fn expect_message(&self, words: &str) -> Posted<'a> {
        let channel = self.channel.clone();
        self.discord
            .unread(words, |_, message| message.channel == channel && message.only_for.is_none())
            .await
    }

    /// Waits for a message here that only `person` sees.
    pub(crate) async fn expect_private(&self, person: &str, words: &str) -> Posted<'a> {
        let (channel, person) = (self.channel.clone(), Some(self.discord.person(person)));
        self.discord
            .unread(words, |_, message| message.channel == channel && message.only_for == person)
            .await
    }

    /// How many messages of quad's stand here.
    pub(crate) fn count(&self) -> usize {
        let server = self.discord.shared.server();
        server.messages.iter().filter(|one| one.channel == self.channel && one.author == QUAD).count()
    }
}

/// A message.
#[derive(Clone)]
pub(crate) struct Posted<'a> {
    discord: &'a Discord,
    pub(crate) channel: String,
    pub(crate) id: String,
}

impl<'a> Posted<'a> {
    fn now(&self) -> Message {
        let server = self.discord.shared.server();
        server.messages.iter().find(|one| one.id == self.id).expect("messages stay").clone()
    }

    /// What the gateway says of it.
    pub(crate) fn event(&self) -> Value {
        let message = self.now();
        let server = self.discord.shared.server();
        let (member, channel) = (server.member(&message.author), server.channel(&message.channel));
        let mentions: Vec<Value> = message
            .content
            .contains(QUAD)
            .then(|| json!({"id": QUAD, "username": "quad", "bot": true}))
            .into_iter()
            .collect();
        let mut event = json!({"id": message.id, "channel_id": message.channel, "type": 0, "content": message.content,
            "author": show_user(member), "mentions": mentions, "mention_roles": [], "mention_everyone": false, "attachments": [],
            "embeds": [], "pinned": false, "tts": false, "timestamp": "2026-01-08T12:52:00.000000+00:00", "edited_timestamp": null});
        if channel.kind != 1 {
            event["guild_id"] = json!(GUILD);
            event["member"] = json!({"nick": member.nick, "roles": member.roles});
        }
        event
    }

    /// What it says now, without markup.
    pub(crate) fn text(&self) -> String {
        self.now().text()
    }

    pub(crate) fn reactions(&self) -> Vec<String> {
        self.now().reactions
    }

    /// What can be pressed under it: `[Acknowledge] [Silence 1 h] [More: Resolve, Why]`.
    pub(crate) fn controls(&self) -> String {
        let rows = self.now().components;
        let all = rows.as_array().into_iter().flatten();
        let all = all.flat_map(|row| row["components"].as_array().into_iter().flatten());
        let word = |value: &Value| value["label"].as_str().unwrap_or_default().to_owned();
        let shown = all.map(|control| match control["options"].as_array() {
            Some(options) => {
                let options: Vec<String> = options.iter().map(word).collect();
                format!("[{}: {}]", control["placeholder"].as_str().unwrap_or_default(), options.join(", "))
            }
            None => format!("[{}]", word(control)),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    /// Somebody says something in its thread, without mentioning quad.
    pub(crate) fn say_under(&self, by: &str, content: &str) -> Posted<'a> {
        self.discord.say(&self.id, by, content)
    }

    /// Waits for a message in its thread that says `words`, and reads it.
    pub(crate) async fn expect_reply(&self, words: &str) -> Posted<'a> {
        let thread = self.id.clone();
        self.discord.unread(words, |_, message| message.channel == thread && message.only_for.is_none()).await
    }

    /// Waits for a message beside it that answers it and says `words`, and reads it.
    pub(crate) async fn expect_answer(&self, words: &str) -> Posted<'a> {
        let (channel, id) = (self.channel.clone(), Some(self.id.clone()));
        self.discord.unread(words, |_, message| message.channel == channel && message.answers == id).await
    }

    /// Waits until it was edited so that it says `words`, and reads it.
    pub(crate) async fn expect_edit(&self, words: &str) {
        let id = self.id.clone();
        self.discord.unread(words, |_, message| message.id == id && message.edits > 0).await;
    }

    /// The name of its thread.
    pub(crate) fn thread_name(&self) -> String {
        self.discord.shared.server().channel(&self.id).name.clone()
    }
}
