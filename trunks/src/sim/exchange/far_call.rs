//! The states of a call as the far end has it, and its place in the script.

use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use call::{Cause, Number};

use super::originate::Origination;
use crate::sim::script::Step;

/// T302: the next digit comes.
pub(super) const T302: Duration = Duration::from_secs(15);
/// T305: the gateway releases after a DISCONNECT.
pub(super) const T305: Duration = Duration::from_secs(30);
/// T308: the gateway answers a RELEASE; it is sent once more, then the call is forgotten.
pub(super) const T308: Duration = Duration::from_secs(4);
/// How long a call of the exchange waits to be dealt with and answered.
pub(super) const PATIENCE: Duration = Duration::from_secs(180);

/// A call on a channel, at the far end.
#[derive(Debug)]
pub(super) enum FarCall {
    /// Nothing.
    Idle,
    /// The gateway's call; more digits are wanted.
    Collecting { until: Instant, called: Number },
    /// The gateway's call; the script says what happens.
    Called(Run),
    /// A call of the exchange, until answered.
    Calling { until: Instant, origination: Box<Origination> },
    /// Answered by either side; the script goes on.
    Talking(Run),
    /// DISCONNECT said.
    Disconnecting { until: Instant, cause: Cause },
    /// RELEASE said.
    Releasing { until: Instant, sent: u8, cause: Cause },
}

/// A place in a list of steps.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) steps: Arc<[Step]>,
    pub(super) next: usize,
    /// When the next step is due; without it, the steps wait for digits or are done.
    pub(super) wake: Option<Instant>,
    pub(super) captured: Option<u32>,
    /// Whether the gateway has been told anything yet.
    pub(super) spoke: bool,
}

impl Run {
    pub(super) fn new(steps: Arc<[Step]>, captured: Option<u32>) -> Self {
        Self { steps, next: 0, wake: None, captured, spoke: false }
    }
}

impl FarCall {
    pub(super) const fn until(&self) -> Option<Instant> {
        match self {
            Self::Idle => None,
            Self::Called(run) | Self::Talking(run) => run.wake,
            Self::Collecting { until, .. }
            | Self::Calling { until, .. }
            | Self::Disconnecting { until, .. }
            | Self::Releasing { until, .. } => Some(*until),
        }
    }
}
