//! Whether Slack would have taken what it was sent: limits and shapes of Block Kit, and the
//! parameters that each method has. Written from Slack's reference; `scripts/judge-slack` asks
//! Slack's own Python SDK about the same requests.

use serde_json::Value;

use super::workspace::Request;

/// What is wrong with a request, one sentence a mistake.
pub(crate) fn judge(request: &Request) -> Vec<String> {
    let mut wrong = Vec::new();
    let body = &request.body;
    if let Some(known) = parameters(&request.method) {
        for name in body.as_object().into_iter().flat_map(|body| body.keys()) {
            if !known.contains(&name.as_str()) {
                wrong.push(format!("{} has no parameter {name}", request.method));
            }
        }
    } else {
        wrong.push(format!("{} is not known here", request.method));
    }
    let text = body["text"].as_str().unwrap_or_default();
    at_most(&mut wrong, "the text", text, 40_000);
    if text.contains("<!") || text.contains("<@") {
        wrong.push(format!("the text mentions somebody: {text}"));
    }
    let view = &body["view"];
    for (what, most) in [("title", 24), ("submit", 24), ("close", 24)] {
        at_most(&mut wrong, what, view[what]["text"].as_str().unwrap_or_default(), most);
    }
    at_most(&mut wrong, "metadata", view["private_metadata"].as_str().unwrap_or_default(), 3_000);
    let blocks = if view.is_null() { &body["blocks"] } else { &view["blocks"] };
    let blocks: Vec<&Value> = blocks.as_array().into_iter().flatten().collect();
    if blocks.len() > if view.is_null() { 50 } else { 100 } {
        wrong.push(format!("{} blocks", blocks.len()));
    }
    let mut ids = Vec::new();
    let mut tables = 0;
    for block in blocks {
        match block["type"].as_str().unwrap_or_default() {
            "section" => {
                if block["text"].is_null() && block["fields"].is_null() {
                    wrong.push("a section without text and fields".to_owned());
                }
                if !block["text"].is_null() {
                    text_object(&mut wrong, &block["text"], 3_000);
                }
                let fields: Vec<&Value> = block["fields"].as_array().into_iter().flatten().collect();
                if fields.len() > 10 || block["fields"].is_array() && fields.is_empty() {
                    wrong.push(format!("a section with {} fields", fields.len()));
                }
                fields.into_iter().for_each(|field| text_object(&mut wrong, field, 2_000));
            }
            "context" => elements(block, 10, &mut wrong)
                .for_each(|element| text_object(&mut Vec::new(), element, 3_000)),
            "actions" => {
                let all: Vec<Value> = elements(block, 25, &mut wrong).cloned().collect();
                for element in &all {
                    control(&mut wrong, element);
                    ids.push(element["action_id"].as_str().unwrap_or_default().to_owned());
                }
            }
            "input" if !view.is_null() => {
                text_object(&mut wrong, &block["label"], 2_000);
                text_object(&mut wrong, &block["element"]["placeholder"], 150);
                if block["element"]["type"] != "plain_text_input" {
                    wrong.push(format!("an input of {}", block["element"]));
                }
            }
            "table" => {
                let rows: Vec<&Value> = block["rows"].as_array().into_iter().flatten().collect();
                let width = rows.first().and_then(|row| row.as_array()).map_or(0, Vec::len);
                tables += 1;
                if tables > 1 || rows.len() > 100 || width > 20 || width == 0 {
                    wrong.push(format!("table {tables} of {} rows and {width} columns", rows.len()));
                }
                for cell in rows.iter().flat_map(|row| row.as_array().into_iter().flatten()) {
                    if cell["type"] != "raw_text" || cell["text"].as_str().is_none_or(str::is_empty) {
                        wrong.push(format!("a cell {cell}"));
                    }
                }
                if rows.iter().any(|row| row.as_array().map_or(0, Vec::len) != width) {
                    wrong.push("a table with ragged rows".to_owned());
                }
            }
            "image" => {
                let alt = block["alt_text"].as_str().unwrap_or_default();
                at_most(&mut wrong, "a picture's description", alt, 2_000);
                if alt.is_empty() || block["slack_file"]["id"].is_null() {
                    wrong.push("a picture without words or without its file".to_owned());
                }
            }
            other => wrong.push(format!("a block of type {other}")),
        }
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    if ids.len() < all {
        wrong.push("two controls with the same action_id".to_owned());
    }
    wrong
}

fn parameters(method: &str) -> Option<&'static [&'static str]> {
    Some(match method {
        "auth.test" => &[],
        "chat.postMessage" => &[
            "channel",
            "text",
            "blocks",
            "metadata",
            "thread_ts",
            "unfurl_links",
            "unfurl_media",
            "reply_broadcast",
        ],
        "chat.postEphemeral" => &["channel", "user", "text", "blocks", "thread_ts"],
        "respond" => &["channel", "person", "response_type", "replace_original", "text", "blocks"],
        "chat.update" => &["channel", "ts", "text", "blocks", "metadata"],
        "conversations.history" => {
            &["channel", "oldest", "latest", "inclusive", "limit", "cursor", "include_all_metadata"]
        }
        "conversations.replies" => {
            &["channel", "ts", "oldest", "latest", "inclusive", "limit", "cursor", "include_all_metadata"]
        }
        "conversations.info" => &["channel"],
        "conversations.list" => &["types", "exclude_archived", "limit", "cursor"],
        "files.getUploadURLExternal" => &["filename", "length"],
        "upload" => &["file", "length", "is_png"],
        "files.completeUploadExternal" => &["files"],
        "chat.unfurl" => &["channel", "ts", "unfurls"],
        "views.open" => &["trigger_id", "view"],
        "views.publish" => &["user_id", "view"],
        "conversations.open" => &["users"],
        "reactions.add" => &["channel", "timestamp", "name"],
        "assistant.threads.setStatus" => &["channel_id", "thread_ts", "status"],
        "users.info" => &["user"],
        "users.list" => &["limit"],
        "usergroups.list" => &[],
        "usergroups.users.list" => &["usergroup"],
        _ => return None,
    })
}

fn elements<'a>(block: &'a Value, most: usize, wrong: &mut Vec<String>) -> impl Iterator<Item = &'a Value> {
    let elements: &[Value] = block["elements"].as_array().map_or(&[], Vec::as_slice);
    if elements.is_empty() || elements.len() > most {
        wrong.push(format!("{} elements in {}", elements.len(), block["type"]));
    }
    elements.iter()
}

fn control(wrong: &mut Vec<String>, element: &Value) {
    at_most(wrong, "an action_id", element["action_id"].as_str().unwrap_or_default(), 255);
    match element["type"].as_str().unwrap_or_default() {
        "button" => {
            text_object(wrong, &element["text"], 75);
            at_most(wrong, "a button's value", element["value"].as_str().unwrap_or_default(), 2_000);
        }
        kind @ ("overflow" | "static_select") => {
            let options: Vec<&Value> = element["options"].as_array().into_iter().flatten().collect();
            if options.is_empty() || options.len() > if kind == "overflow" { 5 } else { 100 } {
                wrong.push(format!("{} options in {kind}", options.len()));
            }
            for option in options {
                text_object(wrong, &option["text"], 75);
                at_most(wrong, "an option's value", option["value"].as_str().unwrap_or_default(), 150);
            }
        }
        other => wrong.push(format!("a control of type {other}")),
    }
}

fn text_object(wrong: &mut Vec<String>, object: &Value, most: usize) {
    let text = object["text"].as_str().unwrap_or_default();
    if text.is_empty() {
        wrong.push("an empty text".to_owned());
    }
    at_most(wrong, "a text", text, most);
    if object["type"] == "mrkdwn" {
        for piece in text.split('<').skip(1) {
            if !["!date^", "http://", "https://"].iter().any(|own| piece.starts_with(own)) {
                wrong.push(format!("a bare < in {text}"));
            }
        }
    } else if object["type"] != "plain_text" {
        wrong.push(format!("a text of type {}", object["type"]));
    }
}

fn at_most(wrong: &mut Vec<String>, what: &str, text: &str, most: usize) {
    let length = text.encode_utf16().count();
    if length > most {
        wrong.push(format!("{what} of {length}, {most} are allowed"));
    }
}
