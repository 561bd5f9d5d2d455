//! The INVITE client transaction: RFC 3261 §17.1.1 as corrected by RFC 6026 §8.4.

use std::time::{Duration, Instant};

use super::{Backoff, Class, ClientAct, ClientInput, Timing};

/// ```text
/// Calling ──1xx──► Proceeding ──CANCEL──► Canceled
///    │ └───────────────┴───2xx──────────────┴──► Accepted ──M──► Terminated
///    │                 └───300-699──────────┴──► Completed ──D──► Terminated
///    └──B or transport error──► Terminated
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteClient {
    /// Nothing heard: retransmits (A) until it gives up (B).
    Calling {
        /// Timer A; none on a reliable transport.
        retransmit: Option<Backoff>,
        /// Timer B.
        until: Instant,
    },
    /// A provisional response came; waits for the final one (C).
    Proceeding {
        /// Timer C.
        until: Instant,
    },
    /// A CANCEL was sent; waits for the final response, 64 × T1 at most (§9.1).
    Canceled {
        /// When the INVITE counts as cancelled without an answer.
        until: Instant,
    },
    /// A failure came and was acknowledged; acknowledges its retransmissions (D).
    Completed {
        /// Timer D.
        until: Instant,
    },
    /// A success came; its retransmissions and those of other branches go to the user (M).
    Accepted {
        /// Timer M.
        until: Instant,
    },
    /// Over.
    Terminated,
}

impl InviteClient {
    /// The request has just been sent.
    pub fn start(timing: &Timing, reliable: bool, now: Instant) -> Self {
        let retransmit = (!reliable).then(|| Backoff::start(timing.t1, now));
        Self::Calling { retransmit, until: now + timing.patience() }
    }

    /// The next moment at which [`ClientInput::Timeout`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match *self {
            Self::Calling { retransmit: Some(backoff), until } => Some(backoff.at.min(until)),
            Self::Calling { retransmit: None, until }
            | Self::Proceeding { until }
            | Self::Canceled { until }
            | Self::Completed { until }
            | Self::Accepted { until } => Some(until),
            Self::Terminated => None,
        }
    }

    /// Takes one input to the next state.
    pub fn handle(&mut self, input: ClientInput, timing: &Timing, reliable: bool, now: Instant) -> ClientAct {
        let (next, act) = match *self {
            Self::Calling { retransmit, until } => {
                Self::while_calling(input, retransmit, until, timing, reliable, now)
            }
            Self::Proceeding { until } => Self::while_proceeding(input, until, timing, reliable, now),
            Self::Canceled { until } => Self::while_canceled(input, until, timing, reliable, now),
            Self::Completed { until } => Self::while_completed(input, until, now),
            Self::Accepted { until } => Self::while_accepted(input, until, now),
            Self::Terminated => (Self::Terminated, ClientAct::Nothing),
        };
        *self = next;
        act
    }

    fn while_calling(
        input: ClientInput,
        retransmit: Option<Backoff>,
        until: Instant,
        timing: &Timing,
        reliable: bool,
        now: Instant,
    ) -> (Self, ClientAct) {
        let same = Self::Calling { retransmit, until };
        match input {
            ClientInput::Response(Class::Provisional) => {
                (Self::Proceeding { until: now + timing.ringing }, ClientAct::Deliver)
            }
            ClientInput::Response(Class::Success) => Self::accept(timing, now),
            ClientInput::Response(Class::Failure) => Self::complete(timing, reliable, now),
            // §9.1: a CANCEL waits for a provisional response; the user asks again then.
            ClientInput::Cancel => (same, ClientAct::Nothing),
            ClientInput::TransportError => (Self::Terminated, ClientAct::Failed),
            ClientInput::Timeout if now >= until => (Self::Terminated, ClientAct::TimedOut),
            ClientInput::Timeout => match retransmit {
                Some(backoff) if now >= backoff.at => {
                    let retransmit = Some(backoff.next(Duration::MAX, now));
                    (Self::Calling { retransmit, until }, ClientAct::Retransmit)
                }
                Some(_) | None => (same, ClientAct::Nothing),
            },
        }
    }

    fn while_proceeding(
        input: ClientInput,
        until: Instant,
        timing: &Timing,
        reliable: bool,
        now: Instant,
    ) -> (Self, ClientAct) {
        let canceled = (Self::Canceled { until: now + timing.patience() }, ClientAct::Cancel);
        match input {
            ClientInput::Response(Class::Provisional) => {
                (Self::Proceeding { until: now + timing.ringing }, ClientAct::Deliver)
            }
            ClientInput::Response(Class::Success) => Self::accept(timing, now),
            ClientInput::Response(Class::Failure) => Self::complete(timing, reliable, now),
            ClientInput::Cancel => canceled,
            // The request did arrive; a later ICMP message says nothing about the answer.
            ClientInput::TransportError => (Self::Proceeding { until }, ClientAct::Nothing),
            ClientInput::Timeout if now >= until => canceled,
            ClientInput::Timeout => (Self::Proceeding { until }, ClientAct::Nothing),
        }
    }

    fn while_canceled(
        input: ClientInput,
        until: Instant,
        timing: &Timing,
        reliable: bool,
        now: Instant,
    ) -> (Self, ClientAct) {
        let same = Self::Canceled { until };
        match input {
            ClientInput::Response(Class::Provisional) => (same, ClientAct::Nothing),
            ClientInput::Response(Class::Success) => Self::accept(timing, now),
            ClientInput::Response(Class::Failure) => Self::complete(timing, reliable, now),
            ClientInput::Cancel => (same, ClientAct::Nothing),
            ClientInput::TransportError => (Self::Terminated, ClientAct::Failed),
            ClientInput::Timeout if now >= until => (Self::Terminated, ClientAct::TimedOut),
            ClientInput::Timeout => (same, ClientAct::Nothing),
        }
    }

    fn while_completed(input: ClientInput, until: Instant, now: Instant) -> (Self, ClientAct) {
        let same = Self::Completed { until };
        match input {
            ClientInput::Response(Class::Failure) => (same, ClientAct::Acknowledge),
            ClientInput::Response(Class::Provisional | Class::Success) | ClientInput::Cancel => {
                (same, ClientAct::Nothing)
            }
            ClientInput::TransportError => (Self::Terminated, ClientAct::Nothing),
            ClientInput::Timeout if now >= until => (Self::Terminated, ClientAct::Nothing),
            ClientInput::Timeout => (same, ClientAct::Nothing),
        }
    }

    fn while_accepted(input: ClientInput, until: Instant, now: Instant) -> (Self, ClientAct) {
        let same = Self::Accepted { until };
        match input {
            ClientInput::Response(Class::Success) => (same, ClientAct::Deliver),
            ClientInput::Response(Class::Provisional | Class::Failure)
            | ClientInput::Cancel
            | ClientInput::TransportError => (same, ClientAct::Nothing),
            ClientInput::Timeout if now >= until => (Self::Terminated, ClientAct::Nothing),
            ClientInput::Timeout => (same, ClientAct::Nothing),
        }
    }

    fn accept(timing: &Timing, now: Instant) -> (Self, ClientAct) {
        (Self::Accepted { until: now + timing.patience() }, ClientAct::Deliver)
    }

    fn complete(timing: &Timing, reliable: bool, now: Instant) -> (Self, ClientAct) {
        let wait = timing.late_failures(reliable);
        let next = if wait.is_zero() { Self::Terminated } else { Self::Completed { until: now + wait } };
        (next, ClientAct::DeliverAndAcknowledge)
    }
}
