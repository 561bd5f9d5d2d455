//! `tandem completions`: for the shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::say::Say;
use super::{Cli, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, say: &Say) -> Exit {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "tandem", &mut text);
        say.text(&String::from_utf8_lossy(&text));
        Exit::Ok
    }
}
