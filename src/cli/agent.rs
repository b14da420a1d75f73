//! `quad` without a subcommand: start, say what is watched and where to chat, and run until told
//! to stop.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::cli::{output, prompt};
use crate::config::{Config, unbuilt};
use crate::ports::clock::Clock;

/// Runs the agent until Ctrl-C, SIGTERM, or the end of a prompt.
///
/// # Errors
/// Where it can't start: the address is taken, the store can't be opened, a secret is missing.
pub async fn run(config: Config) -> anyhow::Result<ExitCode> {
    if !config.file.enabled {
        output::print("`enabled: false` stands in the configuration, so quad does nothing.\n");
        return Ok(ExitCode::SUCCESS);
    }
    output::start_logging(std::io::stdin().is_terminal());
    let app = App::start(config, Clock::system()).await?;
    output::print(&banner(&app).await?);
    until_told(&app).await?;
    app.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Waits for a signal, or for the person at the prompt to leave.
pub(super) async fn until_told(app: &App) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let at_prompt = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = prompt::run(app), if at_prompt => {}
    }
    Ok(())
}

/// At most ten lines: what it watches, where to chat, what to do next.
pub(super) async fn banner(app: &App) -> anyhow::Result<String> {
    let config = app.config();
    let mut lines = vec![format!(
        "quad {} watches {}, every {} s.",
        env!("CARGO_PKG_VERSION"),
        app.watched().join(", "),
        config.file.monitoring.check_interval_secs
    )];
    if let Some(warning) = unbuilt::warning(config) {
        lines.push(format!("  warning  {warning}"));
    }
    for problem in app.troubles() {
        lines.push(format!("  warning  {problem}"));
    }
    lines.truncate(6);
    lines.push(format!("  chat     {}  (signs you in, once)", app.login_link().await?));
    let here = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let ask = if here { "type here" } else { "quad ask \"status\"" };
    lines.push(format!("           or {ask}; in Slack: {}", app.slack_state()));
    lines.push(next(config));
    Ok(lines.join("\n") + "\n")
}

fn next(config: &Config) -> String {
    let file = &config.file;
    let todo = if file.sources.prometheus.is_empty() && file.sources.scrape.is_empty() {
        "name your Prometheus and Slack in .quad/infrastructure-agent.yml, or add --probe URL, --scrape URL"
    } else if file.slack.is_none() {
        "connect Slack: `quad manifest` prints the app; the README says the rest"
    } else {
        "`quad doctor` looks at everything quad needs"
    };
    format!("  next     ask \"why is it slow?\" or \"status\"; {todo}")
}
