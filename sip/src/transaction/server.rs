//! The non-INVITE server transaction: RFC 3261 §17.2.2.

use std::time::Instant;

use super::{Class, ServerAct, ServerInput, Timing};

/// ```text
/// Trying ──1xx──► Proceeding ──200-699──► Completed ──J──► Terminated
///    └──200-699──────────────────────────────┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// Nothing answered yet: swallows retransmissions.
    Trying {
        /// When the client has given up and no answer helps any more.
        until: Instant,
    },
    /// A provisional response was sent; repeats it on request.
    Proceeding {
        /// When the client has given up and no answer helps any more.
        until: Instant,
    },
    /// The final response was sent; repeats it on request (J).
    Completed {
        /// Timer J.
        until: Instant,
    },
    /// Over.
    Terminated,
}

impl Server {
    /// The request has just arrived.
    pub fn start(timing: &Timing, now: Instant) -> Self {
        Self::Trying { until: now + timing.patience() }
    }

    /// The next moment at which [`ServerInput::Timeout`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match *self {
            Self::Trying { until } | Self::Proceeding { until } | Self::Completed { until } => Some(until),
            Self::Terminated => None,
        }
    }

    /// Takes one input to the next state.
    pub fn handle(&mut self, input: ServerInput, timing: &Timing, reliable: bool, now: Instant) -> ServerAct {
        let (next, act) = match *self {
            Self::Trying { until } => Self::while_trying(input, until, timing, reliable, now),
            Self::Proceeding { until } => Self::while_proceeding(input, until, timing, reliable, now),
            Self::Completed { until } => Self::while_completed(input, until, now),
            Self::Terminated => (Self::Terminated, ServerAct::Nothing),
        };
        *self = next;
        act
    }

    fn while_trying(
        input: ServerInput,
        until: Instant,
        timing: &Timing,
        reliable: bool,
        now: Instant,
    ) -> (Self, ServerAct) {
        let same = Self::Trying { until };
        match input {
            ServerInput::Request | ServerInput::Acknowledge => (same, ServerAct::Nothing),
            ServerInput::Respond(class) => Self::respond(class, until, timing, reliable, now),
            ServerInput::TransportError => (Self::Terminated, ServerAct::Nothing),
            ServerInput::Timeout if now >= until => (Self::Terminated, ServerAct::Overdue),
            ServerInput::Timeout => (same, ServerAct::Nothing),
        }
    }

    fn while_proceeding(
        input: ServerInput,
        until: Instant,
        timing: &Timing,
        reliable: bool,
        now: Instant,
    ) -> (Self, ServerAct) {
        let same = Self::Proceeding { until };
        match input {
            ServerInput::Request => (same, ServerAct::Retransmit),
            ServerInput::Acknowledge => (same, ServerAct::Nothing),
            ServerInput::Respond(class) => Self::respond(class, until, timing, reliable, now),
            ServerInput::TransportError => (Self::Terminated, ServerAct::Nothing),
            ServerInput::Timeout if now >= until => (Self::Terminated, ServerAct::Overdue),
            ServerInput::Timeout => (same, ServerAct::Nothing),
        }
    }

    fn while_completed(input: ServerInput, until: Instant, now: Instant) -> (Self, ServerAct) {
        let same = Self::Completed { until };
        match input {
            ServerInput::Request => (same, ServerAct::Retransmit),
            ServerInput::Acknowledge | ServerInput::Respond(_) => (same, ServerAct::Nothing),
            ServerInput::TransportError => (Self::Terminated, ServerAct::Nothing),
            ServerInput::Timeout if now >= until => (Self::Terminated, ServerAct::Nothing),
            ServerInput::Timeout => (same, ServerAct::Nothing),
        }
    }

    fn respond(
        class: Class,
        until: Instant,
        timing: &Timing,
        reliable: bool,
        now: Instant,
    ) -> (Self, ServerAct) {
        let next = match class {
            Class::Provisional => Self::Proceeding { until },
            Class::Success | Class::Failure => {
                let wait = timing.late_requests(reliable);
                if wait.is_zero() { Self::Terminated } else { Self::Completed { until: now + wait } }
            }
        };
        (next, ServerAct::Send)
    }
}
