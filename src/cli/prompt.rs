//! The chat in the terminal: type, read, be told when something breaks.

use rustyline::error::ReadlineError;
use rustyline::{DefaultEditor, ExternalPrinter as _};
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
    let mut editor = match DefaultEditor::new() {
        Ok(editor) => editor,
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
