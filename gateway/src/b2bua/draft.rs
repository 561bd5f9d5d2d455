//! A call record while its call lives.

use std::time::Instant;

use call::{Cause, Number, Setup};

use super::call::Call;
use super::leg::{Leg, Line};
use super::progress::{EndedBy, Side, State};
use super::trunk::Trunk;
use crate::records::{self, Attempt, CallRecord, End, Outcome, Party, Rtp, SCHEMA, Times, WallClock, Why};

/// What is noted as it happens; the rest is read off the call at its end.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) calling: Option<Party>,
    pub(super) called: Party,
    pub(super) rule: Option<String>,
    pub(super) attempts: Vec<Attempt>,
    attempt_began: Option<Instant>,
    first_sign: Option<Instant>,
    alerting: Option<Instant>,
    pub(super) answered: Option<Instant>,
    ended: Option<Instant>,
    pub(super) why: Option<Why>,
}

impl Draft {
    /// What the setup tells.
    pub(super) fn of(setup: Option<&Setup>) -> Self {
        let party = |number: &Number| Party { received: number.dialled().to_string(), normalised: None };
        Self {
            called: setup.map(|setup| party(&setup.called)).unwrap_or_default(),
            calling: setup.and_then(|setup| setup.calling.as_ref()).map(party),
            ..Self::default()
        }
    }

    /// An attempt starts.
    pub(super) fn attempt(&mut self, trunk: &str, sent: &Number, now: Instant) {
        self.attempt_began = Some(now);
        self.attempts.push(Attempt {
            trunk: trunk.to_owned(),
            channel: None,
            sent: sent.dialled().to_string(),
            outcome: Outcome::Canceled,
            sip_status: None,
            cause: None,
            delay_ms: 0,
        });
    }

    /// The attempt under way is on this channel.
    pub(super) fn seized(&mut self, channel: String) {
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.channel = Some(channel);
        }
    }

    /// The attempt under way failed.
    pub(super) fn attempt_failed(&mut self, cause: Cause, sip_status: Option<u16>, now: Instant) {
        self.attempt_over(Outcome::of_cause(cause), Some(cause), sip_status, now);
    }

    /// The caller gave up the attempt under way.
    pub(super) fn attempt_canceled(&mut self, now: Instant) {
        self.attempt_over(Outcome::Canceled, Some(Cause::NORMAL_CLEARING), None, now);
    }

    fn attempt_over(
        &mut self,
        outcome: Outcome,
        cause: Option<Cause>,
        sip_status: Option<u16>,
        now: Instant,
    ) {
        let Some(began) = self.attempt_began.take() else { return };
        if let Some(attempt) = self.attempts.last_mut() {
            attempt.outcome = outcome;
            attempt.cause = cause.map(Cause::value);
            attempt.sip_status = sip_status;
            attempt.delay_ms = milliseconds(began, now);
        }
    }

    /// Something was heard of the callee.
    pub(super) fn sign(&mut self, now: Instant) {
        self.first_sign.get_or_insert(now);
    }

    /// The callee is rung.
    pub(super) fn rung(&mut self, now: Instant) {
        self.sign(now);
        self.alerting.get_or_insert(now);
    }

    /// The callee answered.
    pub(super) fn answer(&mut self, now: Instant) {
        self.sign(now);
        self.answered = Some(now);
        self.attempt_over(Outcome::Answered, None, None, now);
    }

    /// The call is over.
    pub(super) fn end(&mut self, now: Instant) {
        self.ended.get_or_insert(now);
        self.attempt_canceled(now);
    }
}

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

fn milliseconds(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_millis()).unwrap_or(u64::MAX)
}
