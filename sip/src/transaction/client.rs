//! The non-INVITE client transaction: RFC 3261 §17.1.2.

use std::time::Instant;

use super::{Backoff, Class, ClientAct, ClientInput, Timing};

/// ```text
/// Trying ──1xx──► Proceeding ──200-699──► Completed ──K──► Terminated
///    └──200-699──────────────────────────────┘
///    └──F or transport error──► Terminated
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Nothing heard: retransmits (E) until it gives up (F).
    Trying {
        /// Timer E; none on a reliable transport.
        retransmit: Option<Backoff>,
        /// Timer F.
        until: Instant,
    },
    /// A provisional response came; retransmits every T2 (E) until it gives up (F).
    Proceeding {
        /// Timer E; none on a reliable transport.
        retransmit: Option<Backoff>,
        /// Timer F.
        until: Instant,
    },
    /// The final response came; swallows its retransmissions (K).
    Completed {
        /// Timer K.
        until: Instant,
    },
    /// Over.
    Terminated,
}

impl Client {
    /// The request has just been sent.
    pub fn start(timing: &Timing, reliable: bool, now: Instant) -> Self {
        let retransmit = (!reliable).then(|| Backoff::start(timing.t1, now));
        Self::Trying { retransmit, until: now + timing.patience() }
    }

    /// The next moment at which [`ClientInput::Timeout`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match *self {
            Self::Trying { retransmit: Some(backoff), until }
            | Self::Proceeding { retransmit: Some(backoff), until } => Some(backoff.at.min(until)),
            Self::Trying { retransmit: None, until }
            | Self::Proceeding { retransmit: None, until }
            | Self::Completed { until } => Some(until),
            Self::Terminated => None,
        }
    }

    /// Takes one input to the next state.
    pub fn handle(&mut self, input: ClientInput, timing: &Timing, reliable: bool, now: Instant) -> ClientAct {
        let (next, act) = match *self {
            Self::Trying { retransmit, until } => {
                Self::while_trying(input, retransmit, until, timing, reliable, now)
            }
            Self::Proceeding { retransmit, until } => {
                Self::while_proceeding(input, retransmit, until, timing, reliable, now)
            }
            Self::Completed { until } => Self::while_completed(input, until, now),
            Self::Terminated => (Self::Terminated, ClientAct::Nothing),
        };
        *self = next;
        act
    }

    fn while_trying(
        input: ClientInput,
        retransmit: Option<Backoff>,
        until: Instant,
        timing: &Timing,
        reliable: bool,
        now: Instant,
    ) -> (Self, ClientAct) {
        let same = Self::Trying { retransmit, until };
        match input {
            ClientInput::Response(Class::Provisional) => {
                let retransmit = retransmit.map(|_| Backoff::start(timing.t2, now));
                (Self::Proceeding { retransmit, until }, ClientAct::Deliver)
            }
            ClientInput::Response(Class::Success | Class::Failure) => Self::complete(timing, reliable, now),
            ClientInput::Cancel => (same, ClientAct::Nothing),
            ClientInput::TransportError => (Self::Terminated, ClientAct::Failed),
            ClientInput::Timeout if now >= until => (Self::Terminated, ClientAct::TimedOut),
            ClientInput::Timeout => match retransmit {
                Some(backoff) if now >= backoff.at => {
                    let retransmit = Some(backoff.next(timing.t2, now));
                    (Self::Trying { retransmit, until }, ClientAct::Retransmit)
                }
                Some(_) | None => (same, ClientAct::Nothing),
            },
        }
    }

    fn while_proceeding(
        input: ClientInput,
        retransmit: Option<Backoff>,
        until: Instant,
        timing: &Timing,
        reliable: bool,
        now: Instant,
    ) -> (Self, ClientAct) {
        let same = Self::Proceeding { retransmit, until };
        match input {
            ClientInput::Response(Class::Provisional) => (same, ClientAct::Deliver),
            ClientInput::Response(Class::Success | Class::Failure) => Self::complete(timing, reliable, now),
            ClientInput::Cancel => (same, ClientAct::Nothing),
            ClientInput::TransportError => (Self::Terminated, ClientAct::Failed),
            ClientInput::Timeout if now >= until => (Self::Terminated, ClientAct::TimedOut),
            ClientInput::Timeout => match retransmit {
                Some(backoff) if now >= backoff.at => {
                    let retransmit = Some(Backoff::start(timing.t2, now));
                    (Self::Proceeding { retransmit, until }, ClientAct::Retransmit)
                }
                Some(_) | None => (same, ClientAct::Nothing),
            },
        }
    }

    fn while_completed(input: ClientInput, until: Instant, now: Instant) -> (Self, ClientAct) {
        let same = Self::Completed { until };
        match input {
            ClientInput::Response(_) | ClientInput::Cancel => (same, ClientAct::Nothing),
            ClientInput::TransportError => (Self::Terminated, ClientAct::Nothing),
            ClientInput::Timeout if now >= until => (Self::Terminated, ClientAct::Nothing),
            ClientInput::Timeout => (same, ClientAct::Nothing),
        }
    }

    fn complete(timing: &Timing, reliable: bool, now: Instant) -> (Self, ClientAct) {
        let wait = timing.late_messages(reliable);
        let next = if wait.is_zero() { Self::Terminated } else { Self::Completed { until: now + wait } };
        (next, ClientAct::Deliver)
    }
}
