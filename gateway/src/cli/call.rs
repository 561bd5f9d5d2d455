//! `tandem call`: a test call from the running gateway.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::Exit;
use super::calls::one;
use super::gateway::{Reach, check, finish, strange};
use super::say::Say;
use crate::control::{Answer, CallState, CallView, Ladder, PlaceCall, Question, Request};
use crate::records::{CallRecord, Outcome, Refusal, Why};

/// How long an answered call without anything to play is held.
const HOLD: Duration = Duration::from_secs(5);
/// What is left after a file has been played, for the last of it to come back.
const AFTER: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub(super) struct Call {
    #[command(flatten)]
    reach: Reach,
    /// The number to call
    #[arg(long, value_name = "NUMBER")]
    to: String,
    /// The trunk to place it by; the dial plan decides if not said
    #[arg(long, value_name = "TRUNK")]
    via: Option<String>,
    /// The calling number to show
    #[arg(long, value_name = "NUMBER")]
    calling: Option<String>,
    /// A WAV file to play after the answer (mono, 16 bits, 8 or 16 kHz)
    #[arg(long, value_name = "FILE")]
    play: Option<PathBuf>,
    /// Where to keep what comes back, as a WAV file
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Digits to send after the answer
    #[arg(long, value_name = "DIGITS")]
    dtmf: Option<String>,
    /// Seconds to stay in the call after the answer; as long as the file plays if not said
    #[arg(long, value_name = "SECONDS")]
    hold: Option<u64>,
    /// What must come of it for exit code 0: `answered`, or a Q.850 cause such as 17
    #[arg(long, value_name = "OUTCOME", default_value = "answered", value_parser = expected)]
    expect: Expect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    Answered,
    Cause(u8),
}

fn expected(text: &str) -> Result<Expect, String> {
    if text == "answered" {
        return Ok(Expect::Answered);
    }
    let cause =
        text.strip_prefix("q850/").unwrap_or(text).parse().ok().filter(|cause| (1..128).contains(cause));
    cause.map(Expect::Cause).ok_or_else(|| "`answered`, or a Q.850 cause from 1 to 127".to_owned())
}

impl Call {
    pub(super) fn run(&self, say: &Say) -> Exit {
        finish(self.call(say))
    }

    fn call(&self, say: &Say) -> Result<Exit, Exit> {
        let mut client = self.reach.connect(say)?;
        let hold = self.hold_time();
        let place = PlaceCall {
            to: self.to.clone(),
            via: self.via.clone(),
            calling: self.calling.clone(),
            play: self.play.as_deref().map(absolute),
            record: self.record.as_deref().map(absolute),
            dtmf: self.dtmf.clone(),
            hold_ms: u64::try_from(hold.as_millis()).ok(),
        };
        let ask = |question| Request::Question(question);
        let Answer::Placed { id } = check(say, client.ask(&ask(Question::PlaceCall(place))))? else {
            return Err(strange(say));
        };
        let show = ask(Question::Call { id });
        let mut talked = Duration::ZERO;
        loop {
            let asked = client.now();
            let Answer::Call { call, ladder } = check(say, client.ask_later(&show))? else {
                return Err(strange(say));
            };
            match call.state {
                CallState::Ended => return Ok(self.ended(say, &call, &ladder)),
                CallState::Answered => talked += asked.elapsed(),
                CallState::Trying | CallState::Ringing | CallState::Releasing => {}
            }
            if talked >= hold {
                talked = Duration::ZERO;
                check(say, client.ask(&ask(Question::Hangup { id })))?;
            }
        }
    }

    /// As long as was said, or as the file and the digits take.
    fn hold_time(&self) -> Duration {
        if let Some(seconds) = self.hold {
            return Duration::from_secs(seconds);
        }
        let played = self.play.as_deref().and_then(crate::io::files::wav_length);
        let digits = self.dtmf.as_ref().map_or(0, |digits| digits.chars().count());
        let sent = Duration::from_millis(500 + 200 * u64::try_from(digits).unwrap_or(0));
        match played {
            Some(length) => length + sent + AFTER,
            None if digits > 0 => sent + AFTER,
            None => HOLD,
        }
    }

    fn ended(&self, say: &Say, call: &CallView, ladder: &Ladder) -> Exit {
        let Some(record) = &call.record else { return strange(say) };
        let met = met(self.expect, record);
        let object = json!({"as_expected": met, "record": record, "ladder": ladder});
        say.result(&object, || one(call, ladder));
        match record.end.why {
            _ if met => Exit::Ok,
            Why::Refused(Refusal::NoRoute) => Exit::NoRoute,
            Why::Refused(_)
            | Why::Released
            | Why::RingTimeout
            | Why::MediaTimeout
            | Why::SignallingTimeout
            | Why::Operator
            | Why::Shutdown => Exit::Failed,
        }
    }
}

fn met(expect: Expect, record: &CallRecord) -> bool {
    match expect {
        Expect::Answered => record.end.outcome == Outcome::Answered,
        Expect::Cause(cause) => record.end.outcome != Outcome::Answered && record.end.cause == cause,
    }
}

/// The gateway works in another folder.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
