//! The states of a call on a channel, each with what only it needs, and the inputs that cut across all.
//!
//! ```text
//!          ┌─ Reserved ──┐
//!   Idle ──┤             ├─ Seizing ─ OverlapSending ─ Proceeding ─ Delivered ──┐
//!          └─ Present ─ OverlapReceiving ─ IncomingProceeding ─ Received ───────┴─ Active
//!   any of these ─ DisconnectRequested | DisconnectIndicated ─ Releasing ─ Guard ─ Idle
//!   anything unanswered or reset ─ RestartPending ─ Idle
//! ```

use core::fmt;
use std::time::Instant;

use call::{Cause, Setup, Signal};

use super::{Action, Event, Input, Step};
use crate::ToLine;

/// What is on a channel. Names are those of Q.931 §2.1 where it has one.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    /// Nothing.
    Idle,
    /// Hunted for a call of ours that is not sent yet.
    Reserved { until: Instant },
    /// SETUP sent (Q.931 U1); kept to be sent again or elsewhere.
    Seizing { until: Instant, sent: u8, tried: u8, setup: Box<Setup> },
    /// The line wants more digits (U2).
    OverlapSending { until: Instant },
    /// The line is dealing with it (U3).
    Proceeding { until: Instant },
    /// It rings there, or an announcement plays (U4).
    Delivered { until: Instant },
    /// SETUP came in (U6).
    Present { until: Instant },
    /// The gateway wants more digits (U25).
    OverlapReceiving { until: Instant },
    /// The gateway is dealing with it (U9).
    IncomingProceeding { until: Instant },
    /// It rings on our side (U7).
    Received { until: Instant },
    /// Answered (U10).
    Active { until: Instant },
    /// We said DISCONNECT (U11).
    DisconnectRequested { until: Instant, cause: Cause },
    /// The line said DISCONNECT (U12).
    DisconnectIndicated { until: Instant, cause: Cause },
    /// We said RELEASE (U19); the gateway is out of it.
    Releasing { until: Instant, sent: u8, cause: Cause },
    /// Over; the channel rests before we seize it again.
    Guard { until: Instant },
    /// We said RESTART.
    RestartPending { until: Instant, sent: u8 },
}

/// The call axis of a channel's state, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallState {
    /// Nothing.
    Idle,
    /// Hunted for a call that is not sent yet.
    Reserved,
    /// Outgoing: SETUP sent.
    Seizing,
    /// Outgoing: more digits are wanted.
    OverlapSending,
    /// Outgoing: being dealt with.
    Proceeding,
    /// Outgoing: ringing, or an announcement.
    Delivered,
    /// Incoming: SETUP came.
    Present,
    /// Incoming: we want more digits.
    OverlapReceiving,
    /// Incoming: being dealt with.
    IncomingProceeding,
    /// Incoming: ringing.
    Received,
    /// Answered.
    Active,
    /// We disconnect.
    DisconnectRequested,
    /// The far end disconnects.
    DisconnectIndicated,
    /// RELEASE sent.
    Releasing,
    /// Resting.
    Guard,
    /// RESTART sent.
    RestartPending,
}

impl CallState {
    /// Its name in metrics and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Reserved => "reserved",
            Self::Seizing => "seizing",
            Self::OverlapSending => "overlap_sending",
            Self::Proceeding => "proceeding",
            Self::Delivered => "delivered",
            Self::Present => "present",
            Self::OverlapReceiving => "overlap_receiving",
            Self::IncomingProceeding => "incoming_proceeding",
            Self::Received => "received",
            Self::Active => "active",
            Self::DisconnectRequested => "disconnect_requested",
            Self::DisconnectIndicated => "disconnect_indicated",
            Self::Releasing => "releasing",
            Self::Guard => "guard",
            Self::RestartPending => "restart_pending",
        }
    }

    /// True while the gateway has a call on the channel: from SETUP until the first RELEASE of either side.
    pub const fn has_call(self) -> bool {
        match self {
            Self::Idle | Self::Reserved | Self::Releasing | Self::Guard | Self::RestartPending => false,
            Self::Seizing
            | Self::OverlapSending
            | Self::Proceeding
            | Self::Delivered
            | Self::Present
            | Self::OverlapReceiving
            | Self::IncomingProceeding
            | Self::Received
            | Self::Active
            | Self::DisconnectRequested
            | Self::DisconnectIndicated => true,
        }
    }
}

impl fmt::Display for CallState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Call {
    pub(crate) const fn state(&self) -> CallState {
        match self {
            Self::Idle => CallState::Idle,
            Self::Reserved { .. } => CallState::Reserved,
            Self::Seizing { .. } => CallState::Seizing,
            Self::OverlapSending { .. } => CallState::OverlapSending,
            Self::Proceeding { .. } => CallState::Proceeding,
            Self::Delivered { .. } => CallState::Delivered,
            Self::Present { .. } => CallState::Present,
            Self::OverlapReceiving { .. } => CallState::OverlapReceiving,
            Self::IncomingProceeding { .. } => CallState::IncomingProceeding,
            Self::Received { .. } => CallState::Received,
            Self::Active { .. } => CallState::Active,
            Self::DisconnectRequested { .. } => CallState::DisconnectRequested,
            Self::DisconnectIndicated { .. } => CallState::DisconnectIndicated,
            Self::Releasing { .. } => CallState::Releasing,
            Self::Guard { .. } => CallState::Guard,
            Self::RestartPending { .. } => CallState::RestartPending,
        }
    }

    /// When the state ends by itself. Only idle has no such moment.
    pub(crate) const fn until(&self) -> Option<Instant> {
        match self {
            Self::Idle => None,
            Self::Reserved { until }
            | Self::Seizing { until, .. }
            | Self::OverlapSending { until }
            | Self::Proceeding { until }
            | Self::Delivered { until }
            | Self::Present { until }
            | Self::OverlapReceiving { until }
            | Self::IncomingProceeding { until }
            | Self::Received { until }
            | Self::Active { until }
            | Self::DisconnectRequested { until, .. }
            | Self::DisconnectIndicated { until, .. }
            | Self::Releasing { until, .. }
            | Self::Guard { until }
            | Self::RestartPending { until, .. } => Some(*until),
        }
    }

    pub(super) fn next(self, input: Input, step: &mut Step<'_>) -> Self {
        match input {
            Input::Refuse(cause) => step.release(cause),
            Input::Clear(cause) => self.clear(cause, step),
            Input::Cut(cause) => self.cut(cause, step),
            Input::FarRestart => self.far_restart(step),
            Input::RestartDone => self.restart_done(step),
            Input::Reset => self.reset(step),
            Input::Reserve => self.reserve(step),
            Input::Seize(setup, tried) => self.seize(setup, tried, step),
            Input::Gateway(signal) => self.in_state(Event::Gateway(signal), step),
            Input::Line(signal) => self.in_state(Event::Line(signal), step),
            Input::Timeout => self.in_state(Event::Timeout, step),
        }
    }

    fn in_state(self, event: Event, step: &mut Step<'_>) -> Self {
        match self {
            Self::Idle => self.while_idle(event, step),
            Self::Reserved { .. } => self.while_reserved(event, step),
            Self::Seizing { until, sent, tried, setup } => {
                Self::while_seizing(until, (sent, tried), setup, event, step)
            }
            Self::OverlapSending { .. } => self.while_overlap_sending(event, step),
            Self::Proceeding { .. } => self.while_proceeding(event, step),
            Self::Delivered { .. } => self.while_delivered(event, step),
            Self::Present { .. } => self.while_present(event, step),
            Self::OverlapReceiving { .. } => self.while_overlap_receiving(event, step),
            Self::IncomingProceeding { .. } => self.while_incoming_proceeding(event, step),
            Self::Received { .. } => self.while_received(event, step),
            Self::Active { .. } => self.while_active(event, step),
            Self::DisconnectRequested { cause, .. } => self.while_disconnect_requested(cause, event, step),
            Self::DisconnectIndicated { cause, .. } => self.while_disconnect_indicated(cause, event, step),
            Self::Releasing { sent, cause, .. } => self.while_releasing(sent, cause, event, step),
            Self::Guard { .. } => self.while_guarding(event, step),
            Self::RestartPending { sent, .. } => self.while_restarting(sent, event, step),
        }
    }

    /// Tells the gateway that its call, if it has one here, is over.
    fn drop_call(&self, cause: Cause, step: &mut Step<'_>) {
        if self.state().has_call() {
            step.gateway(Signal::Release(cause));
        } else if matches!(self, Self::Reserved { .. }) {
            step.actions.push(Action::ReservationLost);
        }
    }

    fn clear(self, cause: Cause, step: &mut Step<'_>) -> Self {
        if self.state().has_call() { step.fail(cause) } else { self }
    }

    fn cut(self, cause: Cause, step: &mut Step<'_>) -> Self {
        self.drop_call(cause, step);
        Self::Idle
    }

    /// Q.931 §5.5.2: what is on the channel is over at once. Two restarts that cross are both answered.
    fn far_restart(self, step: &mut Step<'_>) -> Self {
        self.drop_call(Cause::TEMPORARY_FAILURE, step);
        step.actions.push(Action::Line(ToLine::Restarted(step.id)));
        step.actions.push(Action::Repaired);
        if matches!(self, Self::RestartPending { .. }) { self } else { Self::Idle }
    }

    fn restart_done(self, step: &mut Step<'_>) -> Self {
        step.actions.push(Action::Repaired);
        if matches!(self, Self::RestartPending { .. }) { Self::Idle } else { self }
    }

    fn reset(self, step: &mut Step<'_>) -> Self {
        self.drop_call(Cause::TEMPORARY_FAILURE, step);
        Self::restart(step)
    }

    /// Q.931 §5.5.1.
    pub(super) fn restart(step: &mut Step<'_>) -> Self {
        step.counters.restarts += 1;
        step.actions.push(Action::Line(ToLine::Restart(step.id)));
        Self::RestartPending { until: step.now + step.timers.t316, sent: 1 }
    }

    /// Hunting gives only channels that are idle.
    fn reserve(self, step: &mut Step<'_>) -> Self {
        if !matches!(self, Self::Idle) {
            return step.unexpected(self);
        }
        Self::Reserved { until: step.now + step.timers.reserved }
    }

    /// Puts a call of ours on a channel that is idle, or reserved for it; hunting gives no others.
    fn seize(self, setup: Box<Setup>, tried: u8, step: &mut Step<'_>) -> Self {
        if !matches!(self, Self::Idle | Self::Reserved { .. }) {
            step.actions.push(Action::Elsewhere(setup, tried, Cause::CHANNEL_UNAVAILABLE));
            return step.unexpected(self);
        }
        step.line(Signal::Setup(setup.clone()));
        Self::Seizing { until: step.now + step.timers.t303, sent: 1, tried, setup }
    }
}
