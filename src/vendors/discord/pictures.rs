//! Charts as attachments, which the embeds of a message then show. Source: docs.discord.com,
//! "Uploading files".

use serde_json::{Value, json};

use super::Discord;
use super::api::Refused;
use crate::model::answer::Answer;
use crate::model::chart::Chart;
use crate::model::outgoing::Outgoing;
use crate::render::chart::{self, alt};
use crate::render::discord::limits;
use crate::vendors::http::File;
use reqwest::Method;

/// A message as it is sent: with its charts as pictures, and the same in words for where pictures
/// are not taken.
pub(super) struct Form {
    pub(super) body: Value,
    in_words: Value,
    files: Vec<File>,
}

impl Form {
    /// Adds something that is the same in words.
    pub(super) fn set(&mut self, key: &str, value: Value) {
        self.in_words[key] = value.clone();
        self.body[key] = value;
    }
}

impl Discord {
    /// The message for a delivery, with its charts drawn. `answers`: the message that it refers to.
    pub(super) async fn form(&self, outgoing: &Outgoing, answers: Option<&str>) -> Form {
        let in_words = super::find::body(outgoing, answers, &[]);
        let drawn = self.drawn(&outgoing.answer).await;
        if drawn.iter().all(Option::is_none) {
            return Form { body: in_words.clone(), in_words, files: Vec::new() };
        }
        let names: Vec<Option<String>> =
            drawn.iter().map(|one| one.as_ref().map(|(file, _)| file.name.clone())).collect();
        let mut body = super::find::body(outgoing, answers, &names);
        let (files, words): (Vec<File>, Vec<String>) = drawn.into_iter().flatten().unzip();
        let attachments =
            files.iter().zip(&words).enumerate().map(
                |(n, (file, alt))| json!({"id": n.to_string(), "filename": file.name, "description": alt}),
            );
        body["attachments"] = attachments.collect();
        Form { body, in_words, files }
    }

    /// Sends it, in words where Discord refuses its pictures: where quad may not attach files, or they
    /// are too large for that server.
    pub(super) async fn send_form(&self, method: Method, path: &str, form: &Form) -> Result<Value, Refused> {
        let edits = method == Method::PATCH;
        if !form.files.is_empty() {
            match self.api().attach(method.clone(), path, &form.body, &form.files).await {
                Err(Refused { code: 50_013 | 40_005, .. }) => {}
                outcome => return outcome,
            }
        }
        let mut body = form.in_words.clone();
        if edits {
            // What stood there before goes.
            body["attachments"] = json!([]);
        }
        self.api().change(method, path, Some(&body)).await
    }

    /// An answer's charts in order with their words; `None` for one that is said in words.
    async fn drawn(&self, answer: &Answer) -> Vec<Option<(File, String)>> {
        let mut drawn = Vec::new();
        for (n, chart) in answer.charts().enumerate() {
            drawn.push(draw(chart).await.map(|bytes| {
                let file = File { name: format!("chart-{}.png", n + 1), kind: "image/png", bytes };
                (file, alt(chart).chars().take(limits::ALT_TEXT).collect())
            }));
        }
        drawn
    }
}

/// Drawing takes a core for a moment, on which nobody else should wait.
async fn draw(chart: &Chart) -> Option<Vec<u8>> {
    let chart = chart.clone();
    match tokio::task::spawn_blocking(move || chart::png(&chart, &chart::DARK)).await {
        Ok(Ok(png)) => Some(png),
        Ok(Err(error)) => {
            tracing::warn!("A chart goes to Discord in words: {error:#}");
            None
        }
        Err(_) => None,
    }
}
