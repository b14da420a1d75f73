//! Windows to type into, quad's home tab, and links that are shown in place. Source: docs.slack.dev,
//! "Modals", "App Home", "Unfurling links in messages".

use std::time::Duration;

use serde_json::{Value, json};

use super::Slack;
use super::api::Effect;
use super::read::Origin;
use crate::error::CallError;
use crate::model::answer::Answer;
use crate::model::outgoing::Receipt;
use crate::model::window::Window;
use crate::render::slack as render;

/// Before a person's id: their home tab, which takes the place of a channel.
pub(super) const HOME: &str = "home:";
/// Before a channel, a message's `ts` and a link in it: the message under which the link is shown.
pub(super) const LINK: &str = "link:";

/// The place where a link is shown.
pub(super) fn unfurled(channel: &str, ts: &str, url: &str) -> String {
    format!("{LINK}{channel}:{ts}:{url}")
}

/// A trigger ends after three seconds.
const TRIGGER: Duration = Duration::from_millis(2_500);
/// Blocks of a view.
const BLOCKS: usize = 100;

impl Slack {
    /// Opens a window for whoever pressed. Where that fails they can type the same words, and the log
    /// says why.
    pub(super) async fn open(&self, window: Window, trigger: &str, from: &Origin) {
        let body = json!({"trigger_id": trigger, "view": modal(window, from)});
        match tokio::time::timeout(TRIGGER, self.api().call("views.open", Effect::Posts, &body)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!("Could not open a window in Slack: {error}"),
            Err(_) => tracing::warn!("Slack did not open a window in time"),
        }
    }

    /// Shows an answer under the message in which a link to it stands.
    pub(super) async fn show_link(&self, place: &str, answer: &Answer) -> Result<Receipt, CallError> {
        let mut parts = place.splitn(3, ':');
        let (Some(channel), Some(ts), Some(url)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(CallError::permanent("a link without its message"));
        };
        let blocks = render::in_words(answer).blocks;
        let body = json!({"channel": channel, "ts": ts, "unfurls": {url: {"blocks": blocks}}});
        // Showing it twice is showing it once.
        self.api().call("chat.unfurl", Effect::Reads, &body).await?;
        Ok(Receipt { channel: channel.to_owned(), message: String::new() })
    }

    /// Puts an answer on a person's home tab, in place of what stood there.
    pub(super) async fn show_home(&self, person: &str, answer: &Answer) -> Result<Receipt, CallError> {
        const METHOD: &str = "views.publish";
        // Cut so that each block fits, and put together again: a tab takes more blocks than a message.
        let parts = render::split(answer.clone());
        let blocks: Vec<Value> =
            parts.iter().flat_map(|part| render::in_words(part).blocks).take(BLOCKS).collect();
        let body = json!({"user_id": person, "view": {"type": "home", "blocks": blocks}});
        // Showing it twice is showing it once.
        let reply = self.api().call(METHOD, Effect::Reads, &body).await?;
        let message = reply["view"]["id"].as_str().unwrap_or_default().to_owned();
        Ok(Receipt { channel: format!("{HOME}{person}"), message })
    }
}

fn modal(window: Window, from: &Origin) -> Value {
    let plain = |text: &str| json!({"type": "plain_text", "text": text});
    let input = json!({
        "type": "plain_text_input", "action_id": "words", "multiline": window.is_long(),
        "max_length": window.most(), "placeholder": plain(window.example()),
    });
    json!({
        "type": "modal",
        "callback_id": window.encode(),
        "private_metadata": json!(from).to_string(),
        "title": plain(&window.title()),
        "submit": plain("Do it"),
        "close": plain("Cancel"),
        "blocks": [{"type": "input", "block_id": "words", "label": plain(window.question()), "element": input}],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::alert::AlertNumber;

    #[test]
    fn a_window_says_what_it_is_about_and_where_it_was_opened() {
        let from = Origin { channel: "C1".to_owned(), thread: Some("1.2".to_owned()), reply_url: None };
        let modal = modal(Window::Silence(AlertNumber(12)), &from);
        assert_eq!(modal["callback_id"], "window:silence:12");
        assert_eq!(modal["title"]["text"], "Silence #12");
        let back: Origin =
            serde_json::from_str(modal["private_metadata"].as_str().expect("text")).expect("reads");
        assert_eq!(back, from);
    }
}
