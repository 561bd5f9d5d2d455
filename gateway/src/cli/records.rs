//! `tandem records tail`: call records as they come.

use super::Exit;
use super::gateway::{Reach, check, finish, strange};
use super::say::Say;
use crate::control::{Answer, Request};
use crate::records::CallRecord;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Records {
    /// The last call records, one a line, and with --follow each one to come
    Tail(Tail),
}

#[derive(Debug, clap::Args)]
pub(super) struct Tail {
    #[command(flatten)]
    reach: Reach,
    /// How many of the last
    #[arg(short = 'n', long, default_value_t = 10)]
    last: usize,
    /// Go on with each record to come
    #[arg(short, long)]
    follow: bool,
}

impl Records {
    pub(super) fn run(&self, say: &Say) -> Exit {
        let Self::Tail(tail) = self;
        finish(tail.run(say))
    }
}

impl Tail {
    fn run(&self, say: &Say) -> Result<Exit, Exit> {
        let mut client = self.reach.connect(say)?;
        let request = Request::RecordsTail { last: self.last, follow: self.follow };
        let asked = client.follow(&request).map(|()| Answer::Done { what: String::new() });
        check(say, asked)?;
        loop {
            let heard = match client.hear() {
                Ok(None) => return Ok(Exit::Ok),
                Ok(Some(answer)) => Ok(answer),
                Err(why) => Err(why),
            };
            let Answer::Record { record } = check(say, heard)? else { return Err(strange(say)) };
            say.result(&record, || line(&record));
        }
    }
}

fn line(record: &CallRecord) -> String {
    let calling = record.calling.as_ref().map_or("-", |calling| calling.received.as_str());
    let trunks: Vec<&str> = record.attempts.iter().map(|attempt| attempt.trunk.as_str()).collect();
    let from = record.caller.trunk.as_deref().unwrap_or("-");
    format!(
        "{:.3} {} {from} {calling} > {} [{}] {} {}s {} {} by {}\n",
        record.times.setup_at,
        record.id,
        record.called.received,
        trunks.join(" "),
        record.end.outcome.word(),
        record.times.billable_ms / 1000,
        record.end.cause,
        record.end.cause_name,
        record.end.released_by.word(),
    )
}
