//! What the stand-in knows: channels, people, groups, messages, and everything it was asked.

use std::collections::VecDeque;

use serde_json::{Value, json};

pub(crate) const TEAM: &str = "T0TEAM001";
pub(crate) const QUAD: &str = "U0QUAD001";
pub(crate) const QUAD_BOT: &str = "B0QUAD001";

/// How the next call of a method goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 429 with Retry-After, in seconds.
    Busy(u64),
    /// A status without sense, with a page instead of JSON.
    Status(u16),
    /// `{"ok": false, "error": ...}`
    Refuse(&'static str),
    /// The connection is closed before anything is done.
    Close,
    /// Done, and then the connection is closed without an answer.
    AcceptThenDrop,
    /// Done, and half of the answer sent.
    HalfAnswer,
    /// 200 with something that is no JSON.
    Garbage,
    /// Nothing is said until the client gives up.
    Hang,
}

/// One call, for judging afterwards.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) body: Value,
}

#[derive(Debug, Clone)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_private: bool,
    pub(crate) is_member: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) is_guest: bool,
}

impl User {
    /// What people see; the account name is nobody's name.
    fn called(&self) -> &str {
        match self.name.as_str() {
            "alice" => "Alice Liddell",
            "bob" => "Bob Cratchit",
            name => name,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) handle: String,
    pub(crate) users: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) channel: String,
    pub(crate) ts: String,
    pub(crate) thread: Option<String>,
    pub(crate) user: String,
    pub(crate) text: String,
    pub(crate) blocks: Value,
    pub(crate) metadata: Value,
    /// Who alone sees it.
    pub(crate) only_for: Option<String>,
    /// A reply that its channel sees, too.
    pub(crate) broadcast: bool,
    pub(crate) edits: u32,
    /// Whether a test has looked at it since it was posted or edited.
    pub(crate) read: bool,
    pub(crate) reactions: Vec<String>,
}

/// A file on its way in, or there.
#[derive(Debug, Clone, Default)]
pub(crate) struct File {
    pub(crate) id: String,
    pub(crate) length: usize,
    pub(crate) is_png: bool,
    pub(crate) is_done: bool,
    /// How many more messages that show it are refused, since Slack does not know it yet.
    pub(crate) looks_left: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Workspace {
    /// Where the stand-in is.
    pub(crate) address: String,
    pub(crate) files: Vec<File>,
    /// Windows and home tabs that were shown, the latest last.
    pub(crate) views: Vec<Value>,
    /// Links that were shown in place.
    pub(crate) unfurls: Vec<Value>,
    pub(crate) looks_until_known: u32,
    pub(crate) channels: Vec<Channel>,
    pub(crate) users: Vec<User>,
    pub(crate) groups: Vec<Group>,
    pub(crate) messages: Vec<Message>,
    pub(crate) statuses: Vec<String>,
    pub(crate) requests: Vec<Request>,
    pub(crate) faults: VecDeque<(String, Fault)>,
    /// Every call fails.
    pub(crate) is_ill: bool,
    /// How many did, because of that.
    pub(crate) failed: usize,
    pub(super) last_ts: u64,
}

impl Workspace {
    /// A new `ts`: unique and growing, as in Slack.
    pub(crate) fn ts(&mut self) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        self.last_ts = (now.as_micros() as u64).max(self.last_ts + 1);
        format!("{}.{:06}", self.last_ts / 1_000_000, self.last_ts % 1_000_000)
    }

    pub(crate) fn channel(&self, named: &str) -> Option<&Channel> {
        // A person's id stands for the conversation with them.
        let person = self.users.iter().find(|user| user.id == named);
        let named = person.map_or(named, |user| user.name.as_str());
        let name = named.trim_start_matches('#');
        self.channels.iter().find(|channel| channel.id == named || channel.name == name)
    }

    pub(crate) fn user(&self, named: &str) -> &User {
        self.users
            .iter()
            .find(|user| user.id == named || user.name == named)
            .unwrap_or_else(|| panic!("no user {named}"))
    }

    /// The fault that the next call of `method` meets.
    pub(crate) fn fault(&mut self, method: &str) -> Option<Fault> {
        if self.is_ill {
            self.failed += 1;
            return Some(Fault::Status(500));
        }
        let at = self.faults.iter().position(|(meant, _)| meant == method || meant == "*")?;
        self.faults.remove(at).map(|(_, fault)| fault)
    }

    /// What a method answers, and what it changes.
    pub(crate) fn answer(&mut self, method: &str, body: &Value) -> Value {
        self.requests.push(Request { method: method.to_owned(), body: body.clone() });
        let result = match method {
            "auth.test" => Ok(json!({"url": "https://example.slack.com/", "team": "Example", "user": "quad",
                "team_id": TEAM, "user_id": QUAD, "bot_id": QUAD_BOT, "is_enterprise_install": false})),
            "chat.postMessage" => self.post(body),
            "chat.postEphemeral" => self.post_ephemeral(body),
            "respond" => self.respond(body),
            "chat.update" => self.update(body),
            "conversations.history" => self.history(body, false),
            "conversations.replies" => self.history(body, true),
            "conversations.info" => self.known(body).map(|channel| json!({"channel": describe(&channel)})),
            "conversations.list" => Ok(
                json!({"channels": self.channels.iter().map(describe).collect::<Vec<_>>(), "response_metadata": {"next_cursor": ""}}),
            ),
            "files.getUploadURLExternal" => {
                let id = format!("F0FILE{:04}", self.files.len());
                let length = text(body, "length").parse().unwrap_or(0);
                self.files.push(File { id: id.clone(), length, ..File::default() });
                Ok(json!({"upload_url": format!("{}/upload?file={id}", self.address), "file_id": id}))
            }
            "upload" => self.upload(body),
            "files.completeUploadExternal" => self.complete(body),
            "chat.unfurl" => {
                self.unfurls.push(body.clone());
                Ok(json!({}))
            }
            "views.open" => {
                self.views.push(body.clone());
                Ok(json!({"view": {"id": format!("V0VIEW{:04}", self.views.len())}}))
            }
            "views.publish" => {
                self.views.push(body.clone());
                Ok(json!({"view": {"id": format!("V0VIEW{:04}", self.views.len())}}))
            }
            "conversations.open" => {
                let user = self.users.iter().find(|user| user.id == text(body, "users"));
                match user.and_then(|user| self.channel(&user.name)) {
                    Some(channel) => Ok(json!({"channel": {"id": channel.id}})),
                    None => Err("users_not_found"),
                }
            }
            "reactions.add" => self.react(body),
            "assistant.threads.setStatus" => {
                self.statuses.push(text(body, "status").to_owned());
                Ok(json!({}))
            }
            "users.info" => match self.users.iter().find(|user| user.id == text(body, "user")) {
                Some(user) => Ok(json!({"user": profile(user)})),
                None => Err("user_not_found"),
            },
            "users.list" => Ok(json!({"members": self.users.iter().map(profile).collect::<Vec<_>>()})),
            "usergroups.list" => Ok(json!({"usergroups": self.groups.iter()
                .map(|group| json!({"id": group.id, "handle": group.handle, "team_id": TEAM})).collect::<Vec<_>>()})),
            "usergroups.users.list" => {
                match self.groups.iter().find(|group| group.id == text(body, "usergroup")) {
                    Some(group) => Ok(json!({"users": group.users})),
                    None => Err("no_such_subteam"),
                }
            }
            _ => Err("unknown_method"),
        };
        match result {
            Ok(mut reply) => {
                reply["ok"] = json!(true);
                reply
            }
            Err(code) => json!({"ok": false, "error": code}),
        }
    }

    fn upload(&mut self, body: &Value) -> Result<Value, &'static str> {
        let file =
            self.files.iter_mut().find(|file| file.id == text(body, "file")).ok_or("file_not_found")?;
        file.is_png = body["is_png"] == true && body["length"] == file.length;
        Ok(json!({}))
    }

    fn complete(&mut self, body: &Value) -> Result<Value, &'static str> {
        let ids: Vec<&str> =
            body["files"].as_array().into_iter().flatten().map(|file| text(file, "id")).collect();
        for id in &ids {
            let file = self.files.iter_mut().find(|file| file.id == *id).ok_or("file_not_found")?;
            (file.is_done, file.looks_left) = (true, self.looks_until_known);
        }
        Ok(json!({"files": ids.iter().map(|id| json!({"id": id, "title": "Chart"})).collect::<Vec<_>>()}))
    }

    /// Slack shows pictures that it has, and knows to be pictures.
    fn shows(&mut self, body: &Value) -> Result<(), &'static str> {
        for block in body["blocks"].as_array().into_iter().flatten().filter(|block| block["type"] == "image")
        {
            let id = text(&block["slack_file"], "id");
            let file = self.files.iter_mut().find(|file| file.id == id).ok_or("invalid_blocks")?;
            if !file.is_done || !file.is_png || file.looks_left > 0 {
                file.looks_left = file.looks_left.saturating_sub(1);
                return Err("invalid_blocks");
            }
        }
        Ok(())
    }

    fn known(&self, body: &Value) -> Result<Channel, &'static str> {
        let channel = self.channel(text(body, "channel")).ok_or("channel_not_found")?;
        if channel.is_private && !channel.is_member { Err("channel_not_found") } else { Ok(channel.clone()) }
    }

    fn post(&mut self, body: &Value) -> Result<Value, &'static str> {
        // With chat:write.public, which the manifest asks for, quad may post where it is not.
        let channel = self.known(body)?;
        self.shows(body)?;
        if text(body, "text").is_empty() && body["blocks"].as_array().is_none_or(Vec::is_empty) {
            return Err("no_text");
        }
        let thread = body["thread_ts"].as_str().map(str::to_owned);
        if let Some(thread) = &thread
            // What is answered is mostly new: a flood would else be one of comparisons.
            && !self.messages.iter().rev().any(|message| message.ts == *thread && message.channel == channel.id)
        {
            return Err("thread_not_found");
        }
        let ts = self.ts();
        let message = Message {
            channel: channel.id.clone(),
            ts: ts.clone(),
            thread,
            user: QUAD.to_owned(),
            text: text(body, "text").to_owned(),
            blocks: body["blocks"].clone(),
            metadata: body["metadata"].clone(),
            only_for: None,
            broadcast: body["reply_broadcast"] == true,
            edits: 0,
            read: false,
            reactions: Vec::new(),
        };
        let reply = json!({"channel": channel.id, "ts": ts, "message": show(&message, true)});
        self.messages.push(message);
        Ok(reply)
    }

    fn post_ephemeral(&mut self, body: &Value) -> Result<Value, &'static str> {
        let channel = self.known(body)?;
        self.shows(body)?;
        if !channel.is_member {
            return Err("not_in_channel");
        }
        let person = text(body, "user").to_owned();
        if !self.users.iter().any(|user| user.id == person) {
            return Err("user_not_in_channel");
        }
        let ts = self.ts();
        self.messages.push(Message {
            channel: channel.id,
            ts: ts.clone(),
            thread: body["thread_ts"].as_str().map(str::to_owned),
            user: QUAD.to_owned(),
            text: text(body, "text").to_owned(),
            blocks: body["blocks"].clone(),
            metadata: Value::Null,
            only_for: Some(person),
            broadcast: false,
            edits: 0,
            read: false,
            reactions: Vec::new(),
        });
        Ok(json!({"message_ts": ts}))
    }

    /// What a `response_url` takes: an answer to a command or a press, wherever it was typed.
    fn respond(&mut self, body: &Value) -> Result<Value, &'static str> {
        let only_for = (text(body, "response_type") != "in_channel").then(|| text(body, "person").to_owned());
        let ts = self.ts();
        self.messages.push(Message {
            channel: text(body, "channel").to_owned(),
            ts,
            thread: None,
            user: QUAD.to_owned(),
            text: text(body, "text").to_owned(),
            blocks: body["blocks"].clone(),
            metadata: Value::Null,
            only_for,
            broadcast: false,
            edits: 0,
            read: false,
            reactions: Vec::new(),
        });
        Ok(json!({}))
    }

    fn update(&mut self, body: &Value) -> Result<Value, &'static str> {
        self.shows(body)?;
        // Unlike chat.postMessage it takes no names.
        let channel = self
            .channels
            .iter()
            .find(|channel| channel.id == text(body, "channel"))
            .ok_or("channel_not_found")?
            .id
            .clone();
        let ts = text(body, "ts").to_owned();
        let message = self.messages.iter_mut().find(|message| message.channel == channel && message.ts == ts);
        let message = message.ok_or("message_not_found")?;
        if message.user != QUAD || message.only_for.is_some() {
            return Err("cant_update_message");
        }
        message.text = text(body, "text").to_owned();
        message.blocks = body["blocks"].clone();
        if body["metadata"].is_object() {
            message.metadata = body["metadata"].clone();
        }
        message.edits += 1;
        message.read = false;
        Ok(json!({"channel": channel, "ts": ts, "text": message.text}))
    }

    fn history(&mut self, body: &Value, replies: bool) -> Result<Value, &'static str> {
        let named = text(body, "channel");
        let channel = self.channels.iter().find(|channel| channel.id == named).ok_or("channel_not_found")?;
        if !channel.is_member {
            return Err("not_in_channel");
        }
        let number =
            |key: &str, none: f64| body[key].as_str().and_then(|text| text.parse().ok()).unwrap_or(none);
        let (oldest, latest) = (number("oldest", 0.0), number("latest", f64::MAX));
        let inclusive = text(body, "inclusive") == "true";
        let limit = number("limit", 100.0) as usize;
        let from: usize = text(body, "cursor").parse().unwrap_or(0);
        let with_metadata = text(body, "include_all_metadata") == "true";
        let root = text(body, "ts");
        let mut found: Vec<&Message> = self
            .messages
            .iter()
            .filter(|message| message.channel == channel.id && message.only_for.is_none())
            .filter(|message| {
                if replies {
                    message.ts == root || message.thread.as_deref() == Some(root)
                } else {
                    message.thread.is_none()
                }
            })
            .filter(|message| {
                let ts: f64 = message.ts.parse().expect("a number");
                // The root of a thread comes with every page of replies.
                replies && message.ts == root
                    || oldest < ts && ts < latest
                    || inclusive && (ts == oldest || ts == latest)
            })
            .collect();
        if !replies {
            found.reverse();
        }
        let page: Vec<Value> =
            found.iter().skip(from).take(limit).map(|message| show(message, with_metadata)).collect();
        let more = found.len() > from + page.len();
        let cursor = if more { (from + page.len()).to_string() } else { String::new() };
        Ok(json!({"messages": page, "has_more": more, "response_metadata": {"next_cursor": cursor}}))
    }

    fn react(&mut self, body: &Value) -> Result<Value, &'static str> {
        let (channel, ts, name) =
            (text(body, "channel"), text(body, "timestamp"), text(body, "name").to_owned());
        let mut newest_first = self.messages.iter_mut().rev();
        let message = newest_first.find(|message| message.ts == ts && message.channel == channel);
        let message = message.ok_or("message_not_found")?;
        if message.reactions.contains(&name) {
            return Err("already_reacted");
        }
        message.reactions.push(name);
        Ok(json!({}))
    }
}

fn describe(channel: &Channel) -> Value {
    json!({"id": channel.id, "name": channel.name, "is_private": channel.is_private, "is_member": channel.is_member,
        "is_archived": false, "is_channel": true, "is_im": channel.id.starts_with('D')})
}

fn profile(user: &User) -> Value {
    json!({"id": user.id, "team_id": TEAM, "name": user.name, "deleted": false, "is_bot": false,
        "is_restricted": user.is_guest, "is_ultra_restricted": false,
        "profile": {"display_name": user.called(), "real_name": user.called(), "email": user.email}})
}

fn show(message: &Message, with_metadata: bool) -> Value {
    let mut shown = json!({"type": "message", "user": message.user, "ts": message.ts, "text": message.text, "blocks": message.blocks});
    if message.user == QUAD {
        shown["bot_id"] = json!(QUAD_BOT);
    }
    if let Some(thread) = &message.thread {
        shown["thread_ts"] = json!(thread);
    }
    if with_metadata && message.metadata.is_object() {
        shown["metadata"] = message.metadata.clone();
    }
    shown
}

pub(crate) fn text<'a>(body: &'a Value, key: &str) -> &'a str {
    body[key].as_str().unwrap_or_default()
}
