//! `tandem man`: the manual.

use std::path::PathBuf;

use clap::CommandFactory;

use super::say::Say;
use super::{Cli, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// Write a page for each command into this folder instead
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(&self, say: &Say) -> Exit {
        let done = match &self.out {
            Some(folder) => clap_mangen::generate_to(Cli::command(), folder),
            None => {
                let mut page = Vec::new();
                let rendered = clap_mangen::Man::new(Cli::command()).render(&mut page);
                say.text(&String::from_utf8_lossy(&page));
                rendered
            }
        };
        match done {
            Ok(()) => Exit::Ok,
            Err(why) => {
                say.wrong(&format!("the manual was not written: {}", crate::io::files::plain(&why)));
                Exit::Failed
            }
        }
    }
}
