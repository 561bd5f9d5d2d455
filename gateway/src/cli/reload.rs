//! `tandem reload`: the config read again.

use super::Exit;
use super::gateway::{Reach, finish, strange};
use super::say::Say;
use crate::control::{Answer, Request};

#[derive(Debug, clap::Args)]
pub(super) struct Reload {
    #[command(flatten)]
    reach: Reach,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
}

impl Reload {
    pub(super) fn run(&self, say: &Say) -> Exit {
        let answer = self.reach.request(say, &Request::Reload { dry_run: self.dry_run });
        finish(answer.map(|answer| tell(say, &answer)))
    }
}

fn tell(say: &Say, answer: &Answer) -> Exit {
    if let Answer::Reloaded { dry_run, changes } = answer {
        say.result(answer, || {
            let done = if *dry_run { "would change" } else { "changed" };
            let lines: String = changes.iter().map(|change| format!("  {change}\n")).collect();
            if changes.is_empty() { "nothing changes\n".to_owned() } else { format!("{done}:\n{lines}") }
        });
        Exit::Ok
    } else if let Answer::Mistaken { mistakes } = answer {
        say.result(answer, String::new);
        if !say.json {
            mistakes.iter().for_each(|mistake| say.aside(&format!("{}\n", mistake.text)));
        }
        say.wrong("nothing was changed: the old config stays in force");
        Exit::Invalid
    } else {
        strange(say)
    }
}
