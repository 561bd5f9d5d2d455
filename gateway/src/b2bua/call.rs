//! One call: its two legs, how far it is, where else it may go, and what will be written of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use call::{Cause, Setup};
use dialplans::{Attempt, Failure, Reroute};
use media::EndpointId;

use super::draft::Draft;
use super::key::CallKey;
use super::leg::Leg;
use super::progress::{Patience, Routes, Side, State};
use crate::control::{Ladder, Lane, Step};
use crate::records::CallId;

/// After the end, how long the media threads may take to say what went through.
const STATISTICS_PATIENCE: Duration = Duration::from_secs(3);

pub(super) struct Call {
    pub(super) key: CallKey,
    pub(super) id: CallId,
    pub(super) began: Instant,
    pub(super) state: State,
    pub(super) patience: Patience,
    pub(super) caller: Leg,
    pub(super) callee: Option<Leg>,
    /// Missing only where the called number could not be read, and then nothing is tried.
    pub(super) setup: Option<Box<Setup>>,
    /// What is left of the caller's, for the callee's leg.
    pub(super) max_forwards: u8,
    pub(super) routes: Remaining,
    pub(super) draft: Draft,
    pub(super) ladder: Ladder,
    pub(super) span: tracing::Span,
    /// A tone made here is played to the caller.
    pub(super) toned: bool,
    /// The callee's side has something to be heard.
    pub(super) heard_in_band: bool,
    /// Something went wrong while a signal was said: the call is to be ended so.
    pub(super) hang_up: Option<Cause>,
    /// The deadline the gateway has noted for this call.
    pub(super) noted: Option<Instant>,
    /// When the record is written even if statistics are still missing.
    pub(super) closing: Option<Instant>,
}

/// The routes still to be tried.
#[derive(Default)]
pub(super) struct Remaining {
    pub(super) attempts: std::vec::IntoIter<Attempt>,
    pub(super) reroute: Option<Arc<Reroute>>,
}

impl Call {
    /// When something must happen though nobody says anything.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.closing.or_else(|| self.state.deadline())
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Over { .. })
    }

    /// It ended: only statistics are awaited.
    pub(super) fn close(&mut self, now: Instant) {
        self.closing.get_or_insert(now + STATISTICS_PATIENCE);
    }

    /// True once nothing more will be learnt of it.
    pub(super) fn is_complete(&self) -> bool {
        self.is_over()
            && self.caller.endpoint.is_none()
            && self.callee.as_ref().is_none_or(|leg| leg.endpoint.is_none())
    }

    pub(super) fn leg(&self, side: Side) -> Option<&Leg> {
        match side {
            Side::Caller => Some(&self.caller),
            Side::Callee => self.callee.as_ref(),
        }
    }

    pub(super) fn leg_mut(&mut self, side: Side) -> Option<&mut Leg> {
        match side {
            Side::Caller => Some(&mut self.caller),
            Side::Callee => self.callee.as_mut(),
        }
    }

    pub(super) fn endpoint(&self, side: Side) -> Option<EndpointId> {
        self.leg(side)?.endpoint.as_ref().map(|endpoint| endpoint.id)
    }

    /// A message between a side and the gateway, for the ladder.
    pub(super) fn heard(&mut self, side: Side, what: String, now: Instant) {
        let step = Step { at_ms: self.since_start(now), from: lane(side), to: Lane::Gateway, what };
        self.ladder.add(step);
    }

    /// A message from the gateway to a side.
    pub(super) fn said(&mut self, side: Side, what: String, now: Instant) {
        let step = Step { at_ms: self.since_start(now), from: Lane::Gateway, to: lane(side), what };
        self.ladder.add(step);
    }

    /// Something that happened inside.
    pub(super) fn noted(&mut self, what: String, now: Instant) {
        let step = Step { at_ms: self.since_start(now), from: Lane::Gateway, to: Lane::Gateway, what };
        self.ladder.add(step);
    }

    fn since_start(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.began).as_millis()).unwrap_or(u64::MAX)
    }
}

const fn lane(side: Side) -> Lane {
    match side {
        Side::Caller => Lane::Caller,
        Side::Callee => Lane::Callee,
    }
}

/// What the state machine may ask of the call it belongs to.
pub(super) struct Prospects<'a> {
    pub(super) routes: &'a Remaining,
    /// The status behind the failure at hand, if it was SIP.
    pub(super) sip_status: Option<u16>,
    pub(super) failure_tones: bool,
}

impl Routes for Prospects<'_> {
    fn has_next(&self, cause: Cause, no_answer_to_setup: bool) -> bool {
        let Some(reroute) = &self.routes.reroute else { return false };
        let failure = Failure { cause, sip_status: self.sip_status };
        let waited = no_answer_to_setup && reroute.no_answer_to_setup().is_some();
        self.routes.attempts.len() > 0 && (waited || reroute.tries_next(&failure))
    }

    fn plays_failure_tones(&self) -> bool {
        self.failure_tones
    }
}
