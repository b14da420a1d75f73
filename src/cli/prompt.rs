//! The chat in the terminal: type, read, be told when something breaks.

use std::sync::{Arc, Mutex, PoisonError};

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{Context, Editor, ExternalPrinter as _, Helper};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::app::App;
use crate::cli::output;
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::{Place, Platform};
use crate::render::terminal;

const PROMPT: &str = "quad> ";

/// Runs until the person leaves with Ctrl-D or Ctrl-C.
pub async fn run(app: &App) {
    let (lines, mut typed) = mpsc::channel::<String>(1);
    let (done, ready) = std::sync::mpsc::channel::<()>();
    let mut news = app.news();
    let names = Names::default();
    names.learn(app).await;
    let mut editor = match Editor::<Names, FileHistory>::new() {
        Ok(mut editor) => {
            editor.set_helper(Some(names.clone()));
            editor
        }
        Err(error) => {
            tracing::warn!("no prompt here: {error}");
            return std::future::pending().await;
        }
    };
    let printer = editor.create_external_printer();
    let history = app.config().file.data.join("history");
    let _ = editor.load_history(&history);
    // rustyline blocks; a thread of its own reads, and waits for each answer before the next prompt.
    std::thread::spawn(move || {
        loop {
            match editor.readline(PROMPT) {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => {
                    let _ = editor.add_history_entry(&line);
                    let _ = editor.save_history(&history);
                    if lines.blocking_send(line).is_err() || ready.recv().is_err() {
                        return;
                    }
                }
                Err(ReadlineError::Eof | ReadlineError::Interrupted) => return,
                Err(_) => return,
            }
        }
    });
    let mut printer = printer.ok();
    loop {
        tokio::select! {
            line = typed.recv() => {
                let Some(line) = line else { return };
                if matches!(line.trim(), "exit" | "quit") {
                    return;
                }
                let answer = app.chat().answer(&inbound(app, line)).await;
                output::answer(&answer, false);
                names.learn(app).await;
                let _ = done.send(());
            }
            Ok(answer) = news.recv() => {
                let text = terminal::text(&answer, output::look());
                match &mut printer {
                    Some(printer) => { let _ = printer.print(text); }
                    None => output::print(&text),
                }
            }
        }
    }
}

/// Names that the Tab key completes.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

impl Names {
    /// Those that are known now. Where they can't be read, those of before do.
    async fn learn(&self, app: &App) {
        match app.readable().inventory().await {
            Ok(all) => {
                let mut names: Vec<String> = all.known().chain(all.aliases.keys()).cloned().collect();
                names.sort_unstable();
                names.dedup();
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = names;
            }
            Err(error) => tracing::debug!("can't read names to complete: {error:#}"),
        }
    }
}

impl Completer for Names {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Self::Candidate>)> {
        let begun = line.get(..at).unwrap_or_default();
        let space = begun.char_indices().rfind(|(_, letter)| letter.is_whitespace());
        let from = space.map_or(0, |(at, letter)| at + letter.len_utf8());
        let word = begun[from..].to_lowercase();
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |name: &&String| !word.is_empty() && name.to_lowercase().starts_with(&word);
        Ok((from, names.iter().filter(fits).cloned().collect()))
    }
}

impl Hinter for Names {
    type Hint = String;
}
impl Highlighter for Names {}
impl Validator for Names {}
impl Helper for Names {}

/// What was typed, as any platform would hand it in.
pub(super) fn inbound(app: &App, text: String) -> Inbound {
    Inbound {
        event_id: Uuid::new_v4().to_string(),
        platform: Platform::Terminal,
        place: Place { channel: "terminal".to_owned(), thread: None },
        person: App::local_person(),
        said: Said::Text(text),
        at: app.clock().now(),
        message: None,
        reply_url: None,
        aside: false,
        edited: false,
        said_in: None,
    }
}

#[cfg(test)]
mod tests {
    use rustyline::history::DefaultHistory;

    use super::*;

    #[test]
    fn a_name_that_was_begun_is_completed() {
        let names = Names(Arc::new(Mutex::new(vec!["catalog".to_owned(), "checkout".to_owned()])));
        let history = DefaultHistory::new();
        let complete =
            |line: &str| names.complete(line, line.len(), &Context::new(&history)).expect("completes");
        assert_eq!(complete("why is CHeck"), (7, vec!["checkout".to_owned()]));
        assert_eq!(complete("c").1.len(), 2);
        assert_eq!(complete("why is "), (7, vec![]));
        assert_eq!(complete("\u{3000}che"), (3, vec!["checkout".to_owned()]));
    }
}
