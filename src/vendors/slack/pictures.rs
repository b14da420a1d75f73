//! Charts as files of the workspace, which messages then show. A chart that can't be handed in is said
//! in words instead: no answer waits for its picture. Source: docs.slack.dev, "Working with files".

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Slack;
use super::api::Effect;
use crate::error::CallError;
use crate::model::answer::Answer;
use crate::model::chart::Chart;
use crate::render::chart;
use crate::render::slack as render;

/// An edited or repeated message shows the file that is there already.
const REMEMBERED: usize = 100;
/// All of a message's pictures must be there by then.
const IN_TIME: Duration = Duration::from_secs(5);
/// Where pictures failed, messages go in words for a while: alerts behind them must not wait.
const REST: Duration = Duration::from_mins(5);
/// Drawing takes a core; when many ask at once, words come first.
const AT_ONCE: usize = 2;
/// How long a message waits for Slack to know its pictures, try by try; then it says them in words.
const UNTIL_SHOWN: [Duration; 4] =
    [Duration::from_millis(300), Duration::from_millis(700), Duration::from_secs(1), Duration::from_secs(2)];

type Digest = [u8; 32];

/// Which charts are files already.
#[derive(Debug)]
pub(super) struct Pictures {
    known: Mutex<VecDeque<(Digest, String)>>,
    rests_until: Mutex<Option<Instant>>,
    turns: tokio::sync::Semaphore,
}

impl Default for Pictures {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            rests_until: Mutex::default(),
            turns: tokio::sync::Semaphore::new(AT_ONCE),
        }
    }
}

impl Pictures {
    fn get(&self, digest: &Digest) -> Option<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|(one, _)| one == digest).map(|(_, id)| id.clone())
    }

    fn rest(&self) {
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + REST);
    }

    fn rests(&self) -> bool {
        let until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    /// Files that a message was refused for: they may be gone.
    fn forget(&self, files: &[Option<String>]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, id)| !files.iter().flatten().any(|gone| gone == id));
    }

    fn put(&self, digest: Digest, id: String) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.push_back((digest, id));
        if known.len() > REMEMBERED {
            known.pop_front();
        }
    }
}

impl Slack {
    /// The files of an answer's charts, in order; `None`, or nothing, for what is said in words.
    pub(super) async fn files_of(&self, answer: &Answer) -> Vec<Option<String>> {
        if answer.charts().next().is_none() || self.pictures().rests() {
            return Vec::new();
        }
        let all = async {
            let mut files = Vec::new();
            for chart in answer.charts() {
                files.push(self.file_of(chart).await?);
            }
            Ok::<_, CallError>(files)
        };
        let why = match tokio::time::timeout(IN_TIME, all).await {
            Ok(Ok(files)) => return files,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("not there within {} s", IN_TIME.as_secs()),
        };
        tracing::warn!("Charts go to Slack in words for the next {} min: {why}", REST.as_secs() / 60);
        self.pictures().rest();
        Vec::new()
    }

    async fn file_of(&self, chart: &Chart) -> Result<Option<String>, CallError> {
        let ours = |why: String| CallError::permanent(why);
        let digest = serde_json::to_vec(chart).map_err(|error| ours(error.to_string()))?;
        let digest: Digest = Sha256::digest(&digest).into();
        if let Some(id) = self.pictures().get(&digest) {
            return Ok(Some(id));
        }
        let Ok(_turn) = self.pictures().turns.try_acquire() else { return Ok(None) };
        let drawn = chart.clone();
        let png = tokio::task::spawn_blocking(move || chart::png(&drawn, &chart::LIGHT)).await;
        let png = match png {
            Ok(Ok(png)) => png,
            Ok(Err(error)) => return Err(ours(format!("it can't be drawn: {error:#}"))),
            Err(_) => return Err(ours("drawing it was broken off".to_owned())),
        };
        let id = self.hand_over(&png).await?;
        self.pictures().put(digest, id.clone());
        Ok(Some(id))
    }

    /// Three calls: where to, the bytes, done. What it shows is said by the message. What breaks off in between is a file that nobody sees.
    async fn hand_over(&self, png: &[u8]) -> Result<String, CallError> {
        const WHERE: &str = "files.getUploadURLExternal";
        let params = [("filename", "chart.png"), ("length", &png.len().to_string())];
        let place = self.api().ask(WHERE, &params).await?;
        let url = place["upload_url"].as_str().and_then(|url| self.own_url(url));
        let (Some(url), Some(id)) = (url, place["file_id"].as_str()) else {
            return Err(CallError::transient(format!("{WHERE}: Slack did not say where the picture goes")));
        };
        self.api().upload(url, png, "image/png").await?;
        let done = json!({"files": [{"id": id, "title": "Chart"}]});
        self.api().call("files.completeUploadExternal", Effect::Posts, &done).await?;
        Ok(id.to_owned())
    }
}

impl Slack {
    /// Posts or edits a message. Slack refuses one with pictures until it has seen that a new file is a
    /// picture, which takes it a moment; what it refuses all the same is said in words.
    pub(super) async fn call_in_words_at_last(
        &self,
        method: &str,
        mut body: Value,
        answer: &Answer,
        files: &[Option<String>],
    ) -> Result<Value, CallError> {
        let shows = files.iter().any(Option::is_some);
        let waits = if shows { UNTIL_SHOWN.as_slice() } else { &[] };
        for wait in waits.iter().map(Some).chain([None]) {
            match self.api().call(method, Effect::Posts, &body).await {
                Err(CallError::Permanent { why }) if why.contains("invalid_blocks") => {}
                outcome => return outcome,
            }
            if let Some(wait) = wait {
                tokio::time::sleep(*wait).await;
            }
        }
        self.pictures().forget(files);
        let in_words = json!(render::in_words(answer).blocks);
        if body["blocks"] == in_words {
            return Err(super::api::refused(method, Effect::Posts, "invalid_blocks"));
        }
        tracing::warn!("Slack refused a table or a picture; it goes in words");
        body["blocks"] = in_words;
        self.api().call(method, Effect::Posts, &body).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_files_are_remembered() {
        let pictures = Pictures::default();
        let digest = |n: usize| -> Digest { Sha256::digest(n.to_be_bytes()).into() };
        for n in 0..=REMEMBERED {
            pictures.put(digest(n), format!("F{n}"));
        }
        assert_eq!(pictures.get(&digest(0)), None);
        assert_eq!(pictures.get(&digest(REMEMBERED)), Some(format!("F{REMEMBERED}")));
    }
}
