//! `tandem calls`: the running gateway's calls, their ladders, and their end.

use super::Exit;
use super::gateway::{Reach, finish, strange, table};
use super::say::Say;
use crate::control::{Answer, CallView, Ladder, Question};
use crate::records::{CallId, CallRecord, Leg};

#[derive(Debug, clap::Args)]
pub(super) struct Calls {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// One call with its ladder, live or just ended
    Show { id: CallId },
    /// End a call
    Hangup { id: CallId },
    /// What the sides of a call said to each other
    Ladder { id: CallId },
}

impl Calls {
    pub(super) fn run(&self, say: &Say) -> Exit {
        let question = match &self.act {
            None => Question::Calls,
            Some(Act::Show { id }) => Question::Call { id: *id },
            Some(Act::Hangup { id }) => Question::Hangup { id: *id },
            Some(Act::Ladder { id }) => Question::Ladder { id: *id },
        };
        finish(self.reach.ask(say, question).map(|answer| tell(say, &answer)))
    }
}

fn tell(say: &Say, answer: &Answer) -> Exit {
    let text = if let Answer::Calls { total, calls } = answer {
        list(*total, calls)
    } else if let Answer::Call { call, ladder } = answer {
        one(call, ladder)
    } else if let Answer::Ladder { ladder, .. } = answer {
        ladder.to_string()
    } else if let Answer::Done { what } = answer {
        format!("{what}\n")
    } else {
        return strange(say);
    };
    say.result(answer, || text);
    Exit::Ok
}

fn list(total: usize, calls: &[CallView]) -> String {
    let trunk = |leg: Option<&Leg>| leg.and_then(|leg| leg.trunk.clone()).unwrap_or_default();
    let rows: Vec<[String; 7]> = calls
        .iter()
        .map(|call| {
            [
                call.id.to_string(),
                format!("{:.0}", call.setup_at),
                call.state.word().to_owned(),
                call.calling.clone().unwrap_or_default(),
                call.called.clone(),
                trunk(Some(&call.caller)),
                trunk(call.callee.as_ref()),
            ]
        })
        .collect();
    let table = table(["ID", "SINCE", "STATE", "CALLING", "CALLED", "FROM", "TO"], &rows);
    let left = total.saturating_sub(calls.len());
    let more = if left > 0 { format!("and {left} more\n") } else { String::new() };
    format!("{table}{more}{total} calls\n")
}

/// A call in words, with its ladder.
pub(super) fn one(call: &CallView, ladder: &Ladder) -> String {
    let calling = call.calling.as_deref().unwrap_or("unknown");
    let mut text = format!("call {}: {}, {calling} to {}\n", call.id, call.state.word(), call.called);
    if let Some(rule) = &call.rule {
        text += &format!("rule {rule}\n");
    }
    text += &side("caller", &call.caller);
    if let Some(callee) = &call.callee {
        text += &side("callee", callee);
    }
    if let Some(record) = &call.record {
        text += &end(record);
    }
    text + "\n" + &ladder.to_string()
}

fn side(name: &str, leg: &Leg) -> String {
    let mut text = format!("{name}: {}", leg.trunk.as_deref().unwrap_or("no trunk"));
    if let Some(circuit) = &leg.circuit {
        text += &format!(" {circuit}");
    }
    if let Some(codec) = &leg.codec {
        text += &format!(", {codec}");
    }
    if let Some(rtp) = &leg.rtp {
        text += &format!(
            ", {} packets in, {} out, {} lost, jitter {:.1} ms",
            rtp.received, rtp.sent, rtp.lost, rtp.jitter_ms
        );
        if let Some(mos) = rtp.mos {
            text += &format!(", MOS {mos:.2}");
        }
    }
    text + "\n"
}

fn end(record: &CallRecord) -> String {
    let end = &record.end;
    let status = end.sip_status.map(|status| format!(", SIP {status}")).unwrap_or_default();
    let seconds = record.times.billable_ms / 1000;
    let (outcome, by) = (end.outcome.word(), end.released_by.word());
    format!("{outcome}, {seconds} s, released by {by}: {} {}{status}\n", end.cause, end.cause_name)
}
