//! The call record of a call that is over, and one side of a call as operators see it.

use std::time::Instant;

use call::Cause;

use super::call::Call;
use super::draft::milliseconds;
use super::leg::{Leg, Line};
use super::progress::{EndedBy, Side, State};
use super::trunk::Trunk;
use crate::records::{self, CallRecord, End, Outcome, Rtp, SCHEMA, Times, WallClock, Why};

/// What is written of `call`, which is over.
pub(super) fn record(
    node: &str,
    call: &mut Call,
    trunks: &[Trunk],
    wall: &WallClock,
    now: Instant,
) -> CallRecord {
    let draft = std::mem::take(&mut call.draft);
    let ended = draft.ended.unwrap_or(now);
    let (cause, by) = match call.state {
        State::Over { cause, by } => (cause, by),
        State::Trying { .. } | State::Ringing { .. } | State::Talking { .. } | State::Tones { .. } => {
            (Cause::NORMAL_UNSPECIFIED, EndedBy::Gateway)
        }
    };
    let outcome = match (draft.answered, by) {
        (Some(_), _) => Outcome::Answered,
        (None, EndedBy::Side(Side::Caller)) => Outcome::Canceled,
        (None, EndedBy::Side(Side::Callee) | EndedBy::Gateway) => Outcome::of_cause(cause),
    };
    let status = |leg: Option<&Leg>| leg.and_then(Leg::sip).and_then(|leg| leg.status);
    CallRecord {
        schema: SCHEMA,
        id: call.id,
        node: node.to_owned(),
        times: Times {
            setup_at: wall.at(call.began),
            alerting_at: draft.alerting.map(|at| wall.at(at)),
            answered_at: draft.answered.map(|at| wall.at(at)),
            ended_at: wall.at(ended),
            post_dial_delay_ms: draft.first_sign.map(|at| milliseconds(call.began, at)),
            billable_ms: draft.answered.map_or(0, |at| milliseconds(at, ended)),
        },
        calling: draft.calling,
        called: draft.called,
        rule: draft.rule,
        attempts: draft.attempts,
        end: End {
            outcome,
            released_by: released_by(by),
            why: draft.why.unwrap_or(Why::Released),
            cause: cause.value(),
            cause_name: cause.name().to_owned(),
            sip_status: status(Some(&call.caller)).or_else(|| status(call.callee.as_ref())),
        },
        caller: side(&call.caller, trunks),
        callee: call.callee.as_ref().map(|leg| side(leg, trunks)),
    }
}

const fn released_by(by: EndedBy) -> records::Side {
    match by {
        EndedBy::Side(Side::Caller) => records::Side::Caller,
        EndedBy::Side(Side::Callee) => records::Side::Callee,
        EndedBy::Gateway => records::Side::Gateway,
    }
}

/// One side, live or over.
pub(super) fn side(leg: &Leg, trunks: &[Trunk]) -> records::Leg {
    records::Leg {
        trunk: trunks.get(leg.trunk).map(|trunk| trunk.name.clone()),
        circuit: match &leg.line {
            Line::Sip(_) | Line::Desk(_) => None,
            Line::Channel(channel) => Some(channel.to_string()),
        },
        codec: leg.codec.map(|codec| codec.name().to_ascii_lowercase()),
        rtp: leg.statistics.as_deref().filter(|_| leg.sip().is_some()).map(rtp),
        digits: leg.digits,
    }
}

fn rtp(statistics: &media::Statistics) -> Rtp {
    let discarded = statistics.discarded;
    Rtp {
        received: statistics.received.packets,
        sent: statistics.sent.packets,
        lost: statistics.received.lost,
        discarded_source: discarded.source,
        discarded_late: discarded.late.saturating_add(discarded.overflow),
        discarded_invalid: discarded
            .malformed
            .saturating_add(discarded.payload_type)
            .saturating_add(discarded.unexpected),
        jitter_ms: statistics.received.jitter.as_secs_f64() * 1e3,
        round_trip_ms: statistics.round_trip.map(|rtt| rtt.as_secs_f64() * 1e3),
        mos: statistics.mos.map(f64::from),
    }
}
