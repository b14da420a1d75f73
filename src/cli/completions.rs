//! `quad completions`: what a shell needs to complete quad's command line.

use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad completions bash > /etc/bash_completion.d/quad
  quad completions zsh > \"${fpath[1]}/_quad\"
  quad completions fish > ~/.config/fish/completions/quad.fish";

/// Which shell.
#[derive(Debug, Args)]
pub struct Options {
    /// The shell
    shell: Shell,
}

/// Prints the completions.
pub fn run(options: &Options) -> ExitCode {
    let mut text = Vec::new();
    clap_complete::generate(options.shell, &mut super::Cli::command(), "quad", &mut text);
    super::output::print(&String::from_utf8_lossy(&text));
    ExitCode::SUCCESS
}
