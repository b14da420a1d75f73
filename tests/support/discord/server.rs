//! What the stand-in knows: channels, threads, people, roles, messages, interactions, and everything
//! it was asked. Shapes and codes are those of Discord's documentation.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

pub(crate) const GUILD: &str = "100000000000000001";
pub(crate) const QUAD: &str = "900000000000000900";
pub(crate) const APPLICATION: &str = "900000000000000901";

/// The first millisecond of 2015, from which ids count.
const EPOCH: u64 = 1_420_070_400_000;

/// How the next call of a route goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 429 with Retry-After, in seconds.
    Busy(u64),
    /// A status without sense, with a page instead of JSON.
    Status(u16),
    /// A status with Discord's code.
    Refuse(u16, u64),
    /// The connection is closed before anything is done.
    Close,
    /// Done, and then the connection is closed without an answer.
    AcceptThenDrop,
    /// Done, and half of the answer sent.
    HalfAnswer,
    /// Nothing is said until the client gives up.
    Hang,
    /// Done, and the answer says that nothing is left for so many seconds.
    LastOne(u64),
}

/// One call, for judging afterwards.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Value,
    /// The names of the files that came along.
    pub(crate) files: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) name: String,
    /// 0 text, 1 direct, 11 thread.
    pub(crate) kind: u64,
    pub(crate) parent: Option<String>,
    pub(crate) is_private: bool,
    /// Whether quad is in it, where it is a thread.
    pub(crate) joined: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) nick: Option<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) is_member: bool,
    pub(crate) takes_messages: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) channel: String,
    pub(crate) author: String,
    pub(crate) content: String,
    pub(crate) embeds: Value,
    pub(crate) components: Value,
    pub(crate) nonce: Option<String>,
    pub(crate) answers: Option<String>,
    pub(crate) flags: u64,
    /// Who alone sees it.
    pub(crate) only_for: Option<String>,
    pub(crate) edits: u32,
    /// Whether a test has looked at it since it was posted or edited.
    pub(crate) read: bool,
    pub(crate) reactions: Vec<String>,
}

impl Message {
    /// Everything that it says, without markup.
    pub(crate) fn text(&self) -> String {
        let mut text = self.content.clone();
        for embed in self.embeds.as_array().into_iter().flatten() {
            let fields = embed["fields"].as_array().into_iter().flatten();
            let fields = fields.flat_map(|field| [&field["name"], &field["value"]]);
            for part in [&embed["description"]].into_iter().chain(fields).chain([&embed["footer"]["text"]]) {
                if let Some(part) = part.as_str() {
                    text.push('\n');
                    text.push_str(part);
                }
            }
        }
        text.replace(['*', '\\', '`'], "")
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Interaction {
    pub(crate) id: String,
    pub(crate) channel: String,
    pub(crate) person: String,
    /// What it was answered with.
    pub(crate) callback: Value,
    pub(crate) original: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Server {
    pub(crate) channels: Vec<Channel>,
    pub(crate) members: Vec<Member>,
    pub(crate) roles: Vec<(String, String)>,
    pub(crate) messages: Vec<Message>,
    pub(crate) interactions: HashMap<String, Interaction>,
    pub(crate) commands: Value,
    pub(crate) requests: Vec<Request>,
    pub(crate) faults: VecDeque<(String, Fault)>,
    pub(crate) gateway: String,
    pub(crate) intents_on: bool,
    pub(crate) typing: Vec<String>,
    pub(super) last: u64,
}

type Answer = Result<Value, (u16, u64)>;

const UNKNOWN_CHANNEL: (u16, u64) = (404, 10_003);
const UNKNOWN_MESSAGE: (u16, u64) = (404, 10_008);
const UNKNOWN_WEBHOOK: (u16, u64) = (404, 10_015);

impl Server {
    /// A new id: unique and growing with time, as in Discord.
    pub(crate) fn id(&mut self) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        self.last = (((now.as_millis() as u64) - EPOCH) << 22).max(self.last + 1);
        self.last.to_string()
    }

    pub(crate) fn channel(&self, named: &str) -> &Channel {
        let found = self.channels.iter().find(|one| one.id == named || one.name == named);
        found.unwrap_or_else(|| panic!("no channel {named}"))
    }

    pub(crate) fn member(&self, named: &str) -> &Member {
        let found = self.members.iter().find(|one| one.id == named || one.name == named);
        found.unwrap_or_else(|| panic!("no member {named}"))
    }

    /// The fault that the next call of this route meets.
    pub(crate) fn fault(&mut self, route: &str) -> Option<Fault> {
        let at = self.faults.iter().position(|(meant, _)| meant == route || meant == "*")?;
        self.faults.remove(at).map(|(_, fault)| fault)
    }

    /// What a call answers, and what it changes.
    pub(crate) fn answer(
        &mut self,
        method: &str,
        path: &str,
        query: &HashMap<String, String>,
        body: &Value,
        files: &[String],
    ) -> Answer {
        self.requests.push(Request {
            method: method.to_owned(),
            path: path.to_owned(),
            body: body.clone(),
            files: files.to_vec(),
        });
        let parts: Vec<&str> = path.split('/').collect();
        match (method, parts.as_slice()) {
            ("GET", ["gateway"]) => Ok(json!({"url": self.gateway})),
            ("GET", ["users", "@me"]) => {
                Ok(json!({"id": QUAD, "username": "quad", "bot": true, "discriminator": "0"}))
            }
            ("GET", ["users", "@me", "guilds"]) => Ok(json!([{"id": GUILD, "name": "Example"}])),
            ("GET", ["applications", "@me"]) => Ok(
                json!({"id": APPLICATION, "name": "quad", "flags": if self.intents_on { 1 << 19 } else { 0 }}),
            ),
            ("GET", ["guilds", GUILD]) => Ok(json!({"id": GUILD, "name": "Example"})),
            ("GET", ["guilds", GUILD, "roles"]) => Ok(self.all_roles()),
            ("GET", ["guilds", GUILD, "channels"]) => {
                Ok(self.channels.iter().filter(|one| one.kind == 0).map(show_channel).collect())
            }
            ("GET", ["guilds", GUILD, "members", id]) => self.show_member(id),
            ("PUT", ["applications", APPLICATION, "guilds", GUILD, "commands"]) => {
                self.commands = body.clone();
                Ok(body.clone())
            }
            ("POST", ["users", "@me", "channels"]) => self.open_direct(text(body, "recipient_id")),
            ("GET", ["channels", id]) => self.known(id).map(|channel| show_channel(&channel)),
            ("GET", ["channels", id, "thread-members", "@me"]) => match self.known(id)? {
                channel if channel.joined => Ok(json!({"id": id, "user_id": QUAD, "flags": 0})),
                _ => Err((404, 10_007)),
            },
            ("POST", ["channels", id, "typing"]) => {
                self.known(id)?;
                self.typing.push((*id).to_owned());
                Ok(Value::Null)
            }
            ("GET", ["channels", id, "messages"]) => self.history(id, query),
            ("POST", ["channels", id, "messages"]) => self.post(id, body),
            ("GET", ["channels", id, "messages", message]) => self.shown(id, message),
            ("PATCH", ["channels", id, "messages", message]) => self.edit(id, message, body),
            ("POST", ["channels", id, "messages", message, "threads"]) => {
                self.begin_thread(id, message, body)
            }
            ("PUT", ["channels", id, "messages", message, "reactions", emoji, "@me"]) => {
                self.find(id, message)?.reactions.push((*emoji).to_owned());
                Ok(Value::Null)
            }
            ("POST", ["interactions", id, token, "callback"]) => self.callback(id, token, body),
            ("POST", ["webhooks", APPLICATION, token]) => self.follow_up(token, body),
            ("GET", ["webhooks", APPLICATION, token, "messages", "@original"]) => {
                let id = self.original(token)?;
                let channel = self.interactions[*token].channel.clone();
                self.shown(&channel, &id)
            }
            ("PATCH", ["webhooks", APPLICATION, token, "messages", "@original"]) => {
                let id = self.original(token)?;
                let channel = self.interactions[*token].channel.clone();
                self.find(&channel, &id)?.flags = 0;
                self.edit(&channel, &id, body)
            }
            ("DELETE", ["webhooks", APPLICATION, token, "messages", "@original"]) => {
                let id = self.original(token)?;
                self.messages.retain(|message| message.id != id);
                self.interactions.get_mut(*token).expect("is there").original = None;
                Ok(Value::Null)
            }
            _ => panic!("Discord has no {method} {path}, or the stand-in lacks it"),
        }
    }

    fn all_roles(&self) -> Value {
        // What everybody may: see and write; quad's own role: what the README asks for.
        let everybody = json!({"id": GUILD, "name": "@everyone", "permissions": "68608"});
        let quad = json!({"id": "200000000000000900", "name": "quad", "permissions": "309237763072"});
        let named = self.roles.iter().map(|(id, name)| json!({"id": id, "name": name, "permissions": "0"}));
        [everybody, quad].into_iter().chain(named).collect()
    }

    pub(crate) fn show_member(&self, id: &str) -> Answer {
        if id == QUAD {
            return Ok(
                json!({"user": {"id": QUAD, "username": "quad", "bot": true}, "roles": ["200000000000000900"]}),
            );
        }
        let member =
            self.members.iter().find(|one| one.id == id && one.is_member).ok_or((404, 10_007_u64))?;
        Ok(json!({"user": show_user(member), "nick": member.nick, "roles": member.roles, "pending": false,
            "joined_at": "2025-01-01T00:00:00.000000+00:00", "flags": 0, "deaf": false, "mute": false}))
    }

    fn known(&self, id: &str) -> Result<Channel, (u16, u64)> {
        let channel = self.channels.iter().find(|channel| channel.id == id).ok_or(UNKNOWN_CHANNEL)?;
        if channel.name == "board" { Err((403, 50_001)) } else { Ok(channel.clone()) }
    }

    fn open_direct(&mut self, person: &str) -> Answer {
        let member = self.member(person).clone();
        let name = format!("direct-{}", member.name);
        if !self.channels.iter().any(|channel| channel.name == name) {
            let id = self.id();
            self.channels.push(Channel {
                id,
                name: name.clone(),
                kind: 1,
                parent: None,
                is_private: true,
                joined: true,
            });
        }
        Ok(show_channel(self.channel(&name)))
    }

    fn post(&mut self, channel: &str, body: &Value) -> Answer {
        let known = self.known(channel)?;
        if let Some(name) = known.name.strip_prefix("direct-")
            && !self.member(name).takes_messages
        {
            return Err((403, 50_007));
        }
        if text(body, "content").is_empty() && body["embeds"].as_array().is_none_or(Vec::is_empty) {
            return Err((400, 50_006));
        }
        let nonce = body["nonce"].as_str().map(str::to_owned);
        if body["enforce_nonce"] == true
            && let Some(same) = self
                .messages
                .iter()
                .find(|one| one.nonce.is_some() && one.nonce == nonce && one.channel == channel)
        {
            return Ok(show_message(same, true));
        }
        let id = self.id();
        let only_for = known.name.strip_prefix("direct-").map(|name| self.member(name).id.clone());
        let message = Message {
            id,
            channel: channel.to_owned(),
            author: QUAD.to_owned(),
            content: text(body, "content").to_owned(),
            embeds: body["embeds"].clone(),
            components: body["components"].clone(),
            nonce,
            answers: body["message_reference"]["message_id"].as_str().map(str::to_owned),
            only_for,
            ..Message::default()
        };
        let shown = show_message(&message, true);
        self.messages.push(message);
        if known.kind == 11 {
            self.channels.iter_mut().filter(|one| one.id == channel).for_each(|one| one.joined = true);
        }
        Ok(shown)
    }

    fn find(&mut self, channel: &str, message: &str) -> Result<&mut Message, (u16, u64)> {
        self.known(channel)?;
        let mut all = self.messages.iter_mut();
        all.find(|one| one.channel == channel && one.id == message).ok_or(UNKNOWN_MESSAGE)
    }

    fn shown(&mut self, channel: &str, message: &str) -> Answer {
        self.find(channel, message).map(|message| show_message(message, false))
    }

    fn edit(&mut self, channel: &str, message: &str, body: &Value) -> Answer {
        let message = self.find(channel, message)?;
        if message.author != QUAD {
            return Err((403, 50_005));
        }
        for (key, field) in [("embeds", &mut message.embeds), ("components", &mut message.components)] {
            if !body[key].is_null() {
                *field = body[key].clone();
            }
        }
        if let Some(content) = body["content"].as_str() {
            message.content = content.to_owned();
        }
        message.edits += 1;
        message.read = false;
        Ok(show_message(message, false))
    }

    fn begin_thread(&mut self, channel: &str, message: &str, body: &Value) -> Answer {
        if self.known(channel)?.kind != 0 {
            return Err((400, 50_024));
        }
        self.find(channel, message)?;
        if self.channels.iter().any(|one| one.id == message) {
            return Err((400, 160_004));
        }
        let thread = Channel {
            id: message.to_owned(),
            name: text(body, "name").to_owned(),
            kind: 11,
            parent: Some(channel.to_owned()),
            is_private: false,
            joined: true,
        };
        let shown = show_channel(&thread);
        self.channels.push(thread);
        Ok(shown)
    }

    fn history(&self, channel: &str, query: &HashMap<String, String>) -> Answer {
        self.known(channel)?;
        let number = |key: &str, none: u64| query.get(key).and_then(|text| text.parse().ok()).unwrap_or(none);
        let (after, limit) = (number("after", 0), number("limit", 50) as usize);
        let mut found: Vec<&Message> = self
            .messages
            .iter()
            .filter(|one| one.channel == channel && one.flags & 64 == 0)
            .filter(|one| one.id.parse::<u64>().is_ok_and(|id| id > after))
            .collect();
        found.truncate(limit);
        found.reverse();
        // A nonce is not kept.
        Ok(found.into_iter().map(|message| show_message(message, false)).collect())
    }

    fn callback(&mut self, id: &str, token: &str, body: &Value) -> Answer {
        let known = self.interactions.get(token).filter(|one| one.id == id).cloned();
        let interaction = known.ok_or((404, 10_062_u64))?;
        if !interaction.callback.is_null() {
            return Err((400, 40_060));
        }
        let mut original = None;
        if body["type"] == 5 {
            let id = self.id();
            original = Some(id.clone());
            self.messages.push(Message {
                id,
                channel: interaction.channel.clone(),
                author: QUAD.to_owned(),
                flags: 128,
                // There is nothing to read yet.
                read: true,
                ..Message::default()
            });
        }
        let interaction = self.interactions.get_mut(token).expect("is there");
        interaction.callback = body.clone();
        interaction.original = original;
        Ok(Value::Null)
    }

    fn original(&self, token: &str) -> Result<String, (u16, u64)> {
        let interaction = self.interactions.get(token).ok_or(UNKNOWN_WEBHOOK)?;
        interaction.original.clone().ok_or(UNKNOWN_MESSAGE)
    }

    fn follow_up(&mut self, token: &str, body: &Value) -> Answer {
        let interaction = self.interactions.get(token).filter(|one| !one.callback.is_null());
        let interaction = interaction.ok_or(UNKNOWN_WEBHOOK)?.clone();
        let flags = body["flags"].as_u64().unwrap_or(0);
        let message = Message {
            id: self.id(),
            channel: interaction.channel,
            author: QUAD.to_owned(),
            content: text(body, "content").to_owned(),
            embeds: body["embeds"].clone(),
            components: body["components"].clone(),
            flags,
            only_for: (flags & 64 != 0).then_some(interaction.person),
            ..Message::default()
        };
        let shown = show_message(&message, false);
        self.messages.push(message);
        Ok(shown)
    }
}

fn show_channel(channel: &Channel) -> Value {
    let rules = json!([{"id": GUILD, "type": 0, "allow": "0", "deny": if channel.is_private { "1024" } else { "0" }},
        {"id": QUAD, "type": 1, "allow": "1024", "deny": "0"}]);
    let mut shown =
        json!({"id": channel.id, "type": channel.kind, "name": channel.name, "permission_overwrites": rules});
    if channel.kind != 1 {
        shown["guild_id"] = json!(GUILD);
    }
    if let Some(parent) = &channel.parent {
        shown["parent_id"] = json!(parent);
        shown["owner_id"] = json!(QUAD);
    }
    shown
}

pub(crate) fn show_user(member: &Member) -> Value {
    json!({"id": member.id, "username": member.name, "global_name": null, "discriminator": "0", "avatar": null})
}

/// `fresh`: just posted, so with its nonce.
fn show_message(message: &Message, fresh: bool) -> Value {
    let mut shown = json!({"id": message.id, "channel_id": message.channel, "type": if message.answers.is_some() { 19 } else { 0 },
        "author": {"id": message.author, "username": "x", "bot": message.author == QUAD, "discriminator": "0", "avatar": null},
        "content": message.content, "embeds": if message.embeds.is_array() { message.embeds.clone() } else { json!([]) },
        "components": if message.components.is_array() { message.components.clone() } else { json!([]) },
        "flags": message.flags, "attachments": [], "mentions": [], "mention_roles": [], "mention_everyone": false, "pinned": false,
        "tts": false, "timestamp": "2026-01-08T12:52:00.000000+00:00", "edited_timestamp": null});
    if let Some(answers) = &message.answers {
        shown["message_reference"] = json!({"message_id": answers, "channel_id": message.channel});
    }
    if fresh && let Some(nonce) = &message.nonce {
        shown["nonce"] = json!(nonce);
    }
    shown
}

pub(crate) fn text<'a>(body: &'a Value, key: &str) -> &'a str {
    body[key].as_str().unwrap_or_default()
}
