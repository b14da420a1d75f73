//! The command line: one file a subcommand. Here: what can be typed, and what the numbers mean
//! with which quad ends.

pub mod advise;
pub mod agent;
pub mod alerts;
pub mod ask;
pub mod completions;
pub mod config;
pub mod demo;
pub mod deployed;
pub mod doctor;
pub mod explain;
pub mod login;
pub mod output;
pub mod parse;
pub mod parse_command;
pub mod prompt;
pub mod replay;
pub mod report;
pub mod slow_queries;
pub mod slowlog;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use url::Url;

use crate::config::{Config, Unusable};

/// Exit codes, printed by `quad --help`.
const AFTER_HELP: &str = "\
Examples:
  quad                                    watch this machine, chat at http://127.0.0.1:7077
  quad --probe https://shop.example.com   also watch that it answers
  quad ask \"why is it slow?\"              ask the running quad, or its store
  quad demo                               a sample shop with faults to switch on

Exit codes:
  0  done; for `doctor` and `config check`: nothing is wrong
  1  it failed, or something is wrong; the reason is on standard error
  2  the command line or the configuration can't be understood";

/// An operations colleague who lives in the team's chat.
#[derive(Debug, Parser)]
#[command(name = "quad", version, after_help = AFTER_HELP)]
pub struct Cli {
    /// What to do; without one, quad starts and watches.
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    extra: Extra,
}

/// Flags that every subcommand understands.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The configuration file [default: .quad/infrastructure-agent.yml where it exists]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the page answers [default: 127.0.0.1:7077]
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Folder for the database and the local token [default: ./quad-data]
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

/// Things to watch besides those of the configuration.
#[derive(Debug, Clone, Default, Args)]
pub struct Extra {
    /// Also watch that this URL answers (may be given several times)
    #[arg(long, value_name = "URL")]
    probe: Vec<Url>,
    /// Also read this metrics page (may be given several times)
    #[arg(long, value_name = "URL")]
    scrape: Vec<Url>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask something, as in chat
    #[command(after_help = ask::EXAMPLES)]
    Ask(ask::Options),
    /// Show how texts are read: JSON lines in, JSON lines out
    #[command(after_help = parse_command::EXAMPLES)]
    Parse(parse_command::Options),
    /// Print a report
    #[command(after_help = report::EXAMPLES)]
    Report(report::Options),
    /// List alerts
    #[command(after_help = alerts::EXAMPLES)]
    Alerts(alerts::Options),
    /// Diagnose a past alert again, from what was recorded
    #[command(after_help = replay::EXAMPLES)]
    Replay(replay::Options),
    /// Read the plan of a statement, and say what is wrong with it
    #[command(after_help = explain::EXAMPLES)]
    Explain(explain::Options),
    /// Tell quad that a new version runs
    #[command(after_help = deployed::EXAMPLES)]
    Deployed(deployed::Options),
    /// Print another sign-in link for the page
    #[command(after_help = login::EXAMPLES)]
    Login(login::Options),
    /// Look at everything quad needs, and say what is wrong
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::Options),
    /// Check, show or describe the configuration
    #[command(subcommand, after_help = config::EXAMPLES)]
    Config(config::Action),
    /// Which indexes statements need, by the planner of their database
    #[command(after_help = advise::EXAMPLES)]
    Advise(advise::Options),
    /// The slowest statements of a database: what each costs, why, and what helps
    #[command(after_help = slow_queries::EXAMPLES)]
    SlowQueries(slow_queries::Options),
    /// Digest logs of databases: which statements cost most, and why
    #[command(after_help = slowlog::EXAMPLES)]
    Slowlog(slowlog::Options),
    /// Start a sample shop and watch it, or switch a fault of a running one
    #[command(after_help = demo::EXAMPLES)]
    Demo(demo::Options),
    /// Print the Slack app manifest
    #[command(after_help = output::MANIFEST_EXAMPLES)]
    Manifest,
    /// Print completions for a shell
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::Options),
}

/// Runs what was typed.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("quad: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let configured = || configure(&cli.common, &cli.extra);
    let config = match &cli.command {
        // These need no configuration, or take care of a broken one themselves.
        Some(Command::Manifest) => {
            let page = configured().ok().and_then(|config| config.file.web.public_url);
            return Ok(output::manifest(page.as_ref()));
        }
        Some(Command::Completions(options)) => return Ok(completions::run(options)),
        Some(Command::Advise(options)) => return output::block_on(advise::run(options)),
        Some(Command::Slowlog(options)) => return slowlog::run(options),
        Some(Command::Explain(options)) => return explain::run(options),
        Some(Command::Config(action)) => return config::run(action, configured()),
        _ => match configured() {
            Ok(config) => config,
            Err(unusable) => {
                eprintln!("{unusable}");
                return Ok(ExitCode::from(2));
            }
        },
    };
    match cli.command {
        Some(Command::Parse(options)) => parse_command::run(&options, &config),
        command => output::block_on(async move {
            match command {
                None => agent::run(config).await,
                Some(Command::Ask(options)) => ask::run(&options, &config).await,
                Some(Command::SlowQueries(options)) => slow_queries::run(&options, &config).await,
                Some(Command::Report(options)) => report::run(&options, &config).await,
                Some(Command::Alerts(options)) => alerts::run(&options, &config).await,
                Some(Command::Replay(options)) => replay::run(&options, &config).await,
                Some(Command::Deployed(options)) => deployed::run(&options, &config).await,
                Some(Command::Login(options)) => login::run(&options, &config).await,
                Some(Command::Doctor(options)) => doctor::run(&options, &config).await,
                Some(Command::Demo(options)) => Box::pin(demo::run(&options, config)).await,
                Some(_) => Ok(ExitCode::SUCCESS),
            }
        }),
    }
}

/// The configuration with the flags on top.
fn configure(common: &Common, extra: &Extra) -> Result<Config, Unusable> {
    let mut config = crate::config::load(common.config.as_deref())?;
    if let Some(listen) = common.listen {
        config.file.web.listen = listen;
        config.flags.push(("/web/listen", "--listen"));
    }
    if let Some(data) = &common.data {
        config.file.data.clone_from(data);
        config.flags.push(("/data", "--data"));
    }
    config.also_watch(&extra.probe, &extra.scrape);
    Ok(config)
}
