//! `tandem demo`

use std::path::PathBuf;

use super::Exit;
use super::say::Say;

#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// Keep the gateway running afterwards
    #[arg(long)]
    stay: bool,
    /// A WAV file of speech to play instead of the built-in one
    #[arg(long, value_name = "FILE")]
    play: Option<PathBuf>,
    /// Where to keep what came back, as a WAV file
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl Demo {
    pub(super) fn run(&self, say: &Say) -> Exit {
        let Self { stay: _, play: _, record: _ } = self;
        say.wrong("the demo is not built yet");
        Exit::Failed
    }
}
