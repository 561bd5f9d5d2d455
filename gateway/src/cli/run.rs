//! `tandem run`: the gateway itself.

use super::say::Say;
use super::{ConfigFile, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Run {
    #[command(flatten)]
    file: ConfigFile,
}

impl Run {
    pub(super) fn run(&self, say: &Say) -> Exit {
        let loaded = match self.file.load(say) {
            Ok(loaded) => loaded,
            Err(exit) => return exit,
        };
        let report = loaded.config.dialplan.run_tests();
        if !report.passed() {
            say.aside(&super::route::told(&report));
            return Exit::Invalid;
        }
        for remark in &loaded.warnings {
            say.aside(&format!("{remark}\n"));
        }
        match crate::io::run::run(loaded.config, &self.file.path()) {
            Ok(()) => Exit::Ok,
            Err(why) => {
                say.wrong(&why);
                Exit::Failed
            }
        }
    }
}
