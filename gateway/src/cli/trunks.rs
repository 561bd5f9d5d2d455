//! `tandem trunks`: the running gateway's trunks and their channels.

use super::Exit;
use super::gateway::{Reach, finish, strange, table};
use super::say::Say;
use crate::control::{Answer, BlockHow, Question, TrunkView};

#[derive(Debug, clap::Args)]
pub(super) struct Trunks {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// One trunk with its channels
    Show { trunk: String },
    /// Take channels out of service
    Block {
        trunk: String,
        /// Such as 1.17 or 1-15; all of them if not said
        channels: Option<String>,
        /// Release calls on them at once
        #[arg(long)]
        now: bool,
    },
    /// Put channels back into service
    Unblock {
        trunk: String,
        /// Such as 1.17 or 1-15; all of them if not said
        channels: Option<String>,
    },
    /// Clear channels and start them afresh, live calls too
    Reset {
        trunk: String,
        /// Such as 1.17 or 1-15; all of them if not said
        channels: Option<String>,
    },
}

impl Trunks {
    pub(super) fn run(&self, say: &Say) -> Exit {
        let question = match &self.act {
            None => Question::Trunks,
            Some(Act::Show { trunk }) => Question::Trunk { name: trunk.clone() },
            Some(Act::Block { trunk, channels, now }) => {
                let how = if *now { BlockHow::Now } else { BlockHow::WhenIdle };
                Question::Block { trunk: trunk.clone(), channels: channels.clone(), how }
            }
            Some(Act::Unblock { trunk, channels }) => {
                Question::Unblock { trunk: trunk.clone(), channels: channels.clone() }
            }
            Some(Act::Reset { trunk, channels }) => {
                Question::Reset { trunk: trunk.clone(), channels: channels.clone() }
            }
        };
        finish(self.reach.ask(say, question).map(|answer| tell(say, &answer)))
    }
}

fn tell(say: &Say, answer: &Answer) -> Exit {
    let text = if let Answer::Trunks { trunks } = answer {
        list(trunks)
    } else if let Answer::Trunk { trunk } = answer {
        let trunks = list(std::slice::from_ref(trunk));
        if trunk.channels.is_empty() { trunks } else { format!("{trunks}\n{}", channels(trunk)) }
    } else if let Answer::Done { what } = answer {
        format!("{what}\n")
    } else {
        return strange(say);
    };
    say.result(answer, || text);
    Exit::Ok
}

fn list(trunks: &[TrunkView]) -> String {
    let rows: Vec<[String; 7]> = trunks
        .iter()
        .map(|trunk| {
            [
                trunk.name.clone(),
                trunk.kind.clone(),
                if trunk.up { "up" } else { "down" }.to_owned(),
                trunk.calls_in.to_string(),
                trunk.calls_out.to_string(),
                match trunk.calls_limit {
                    0 => "-".to_owned(),
                    limit => limit.to_string(),
                },
                trunk.peer.clone(),
            ]
        })
        .collect();
    table(["TRUNK", "KIND", "STATE", "IN", "OUT", "LIMIT", "LEADS TO"], &rows)
}

fn channels(trunk: &TrunkView) -> String {
    let rows: Vec<[String; 3]> = trunk
        .channels
        .iter()
        .map(|channel| {
            let call = channel.call.map(|call| call.to_string()).unwrap_or_default();
            [channel.name.clone(), channel.state.word().to_owned(), call]
        })
        .collect();
    table(["CHANNEL", "STATE", "CALL"], &rows)
}
