//! The INVITE server transaction: RFC 3261 §17.2.1 as corrected by RFC 6026 §8.5.

use std::time::Instant;

use super::{Backoff, Class, ServerAct, ServerInput, Timing};

/// ```text
/// Proceeding ──2xx──► Accepted ──L──► Terminated
///     └──300-699──► Completed ──ACK──► Confirmed ──I──► Terminated
///                       └──H──► Terminated
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteServer {
    /// 100 was sent; the user thinks or rings.
    Proceeding {
        /// When the last ringing response is repeated, if there was one (§13.3.1.1).
        refresh: Option<Instant>,
        /// When the user has thought too long since he last said something.
        until: Instant,
    },
    /// A failure was sent; repeats it (G) until the ACK or until it gives up (H).
    Completed {
        /// Timer G; none on a reliable transport.
        retransmit: Option<Backoff>,
        /// Timer H.
        until: Instant,
    },
    /// The ACK came; swallows its retransmissions (I).
    Confirmed {
        /// Timer I.
        until: Instant,
    },
    /// A success was sent; swallows the INVITE's retransmissions (L). The session repeats the success.
    Accepted {
        /// Timer L.
        until: Instant,
    },
    /// Over.
    Terminated,
}

impl InviteServer {
    /// The request has just arrived.
    pub fn start(timing: &Timing, now: Instant) -> Self {
        Self::Proceeding { refresh: None, until: now + timing.ringing }
    }

    /// The next moment at which [`ServerInput::Timeout`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match *self {
            Self::Proceeding { refresh: Some(at), until } => Some(at.min(until)),
            Self::Completed { retransmit: Some(backoff), until } => Some(backoff.at.min(until)),
            Self::Proceeding { refresh: None, until }
            | Self::Completed { retransmit: None, until }
            | Self::Confirmed { until }
            | Self::Accepted { until } => Some(until),
            Self::Terminated => None,
        }
    }

    /// Takes one input to the next state.
    pub fn handle(&mut self, input: ServerInput, timing: &Timing, reliable: bool, now: Instant) -> ServerAct {
        let (next, act) = match *self {
            Self::Proceeding { refresh, until } => {
                Self::while_proceeding(input, refresh, until, timing, reliable, now)
            }
            Self::Completed { retransmit, until } => {
                Self::while_completed(input, retransmit, until, timing, reliable, now)
            }
            Self::Confirmed { until } => Self::while_confirmed(input, until, now),
            Self::Accepted { until } => Self::while_accepted(input, until, now),
            Self::Terminated => (Self::Terminated, ServerAct::Nothing),
        };
        *self = next;
        act
    }

    fn while_proceeding(
        input: ServerInput,
        refresh: Option<Instant>,
        until: Instant,
        timing: &Timing,
        reliable: bool,
        now: Instant,
    ) -> (Self, ServerAct) {
        let same = Self::Proceeding { refresh, until };
        match input {
            ServerInput::Request => (same, ServerAct::Retransmit),
            ServerInput::Acknowledge | ServerInput::TransportError => (same, ServerAct::Nothing),
            ServerInput::Respond(Class::Provisional) => {
                let (refresh, until) = (Some(now + timing.refresh), now + timing.ringing);
                (Self::Proceeding { refresh, until }, ServerAct::Send)
            }
            ServerInput::Respond(Class::Success) => {
                (Self::Accepted { until: now + timing.patience() }, ServerAct::Send)
            }
            ServerInput::Respond(Class::Failure) => {
                let retransmit = (!reliable).then(|| Backoff::start(timing.t1, now));
                (Self::Completed { retransmit, until: now + timing.patience() }, ServerAct::Send)
            }
            ServerInput::Timeout if now >= until => {
                // The owner answers at once, which leaves this state.
                (Self::Proceeding { refresh: None, until: now + timing.patience() }, ServerAct::Overdue)
            }
            ServerInput::Timeout => match refresh {
                Some(at) if now >= at => {
                    (Self::Proceeding { refresh: Some(now + timing.refresh), until }, ServerAct::Retransmit)
                }
                Some(_) | None => (same, ServerAct::Nothing),
            },
        }
    }

    fn while_completed(
        input: ServerInput,
        retransmit: Option<Backoff>,
        until: Instant,
        timing: &Timing,
        reliable: bool,
        now: Instant,
    ) -> (Self, ServerAct) {
        let same = Self::Completed { retransmit, until };
        match input {
            ServerInput::Request => (same, ServerAct::Retransmit),
            ServerInput::Acknowledge => {
                let wait = timing.late_messages(reliable);
                let next =
                    if wait.is_zero() { Self::Terminated } else { Self::Confirmed { until: now + wait } };
                (next, ServerAct::Nothing)
            }
            ServerInput::Respond(_) => (same, ServerAct::Nothing),
            ServerInput::TransportError => (Self::Terminated, ServerAct::Nothing),
            ServerInput::Timeout if now >= until => (Self::Terminated, ServerAct::TimedOut),
            ServerInput::Timeout => match retransmit {
                Some(backoff) if now >= backoff.at => {
                    let retransmit = Some(backoff.next(timing.t2, now));
                    (Self::Completed { retransmit, until }, ServerAct::Retransmit)
                }
                Some(_) | None => (same, ServerAct::Nothing),
            },
        }
    }

    fn while_confirmed(input: ServerInput, until: Instant, now: Instant) -> (Self, ServerAct) {
        let same = Self::Confirmed { until };
        match input {
            ServerInput::Request
            | ServerInput::Acknowledge
            | ServerInput::Respond(_)
            | ServerInput::TransportError => (same, ServerAct::Nothing),
            ServerInput::Timeout if now >= until => (Self::Terminated, ServerAct::Nothing),
            ServerInput::Timeout => (same, ServerAct::Nothing),
        }
    }

    fn while_accepted(input: ServerInput, until: Instant, now: Instant) -> (Self, ServerAct) {
        let same = Self::Accepted { until };
        match input {
            ServerInput::Request | ServerInput::TransportError => (same, ServerAct::Nothing),
            ServerInput::Acknowledge => (same, ServerAct::Deliver),
            ServerInput::Respond(Class::Success) => (same, ServerAct::Send),
            ServerInput::Respond(Class::Provisional | Class::Failure) => (same, ServerAct::Nothing),
            ServerInput::Timeout if now >= until => (Self::Terminated, ServerAct::Nothing),
            ServerInput::Timeout => (same, ServerAct::Nothing),
        }
    }
}
