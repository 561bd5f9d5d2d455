//! What the far end does: rules by called number, and calls of its own.

use core::time::Duration;
use std::sync::Arc;

use call::{Cause, Number, Progress};
use media::Law;

use super::exchange::OriginateSpec;
use super::pattern::{Fit, Pattern};
use super::sound::Saying;
use crate::Hunt;

/// A whole script.
#[derive(Clone, Debug)]
pub struct Script {
    /// The law its sounds are coded by.
    pub law: Law,
    /// The order in which the exchange takes channels for calls of its own.
    pub hunt: Hunt,
    /// Who answers how; the first rule that fits decides.
    pub rules: Vec<Rule>,
    /// Calls of its own.
    pub calls: Vec<CallPlan>,
}

/// What happens to calls for some numbers.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Which numbers.
    pub called: Pattern,
    /// What is done, in this order.
    pub steps: Arc<[Step]>,
}

/// One thing that the exchange does in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// CALL PROCEEDING.
    Proceeding,
    /// ALERTING.
    Alert(Progress),
    /// PROGRESS.
    Progress(Progress),
    /// CONNECT.
    Answer,
    /// Time passes.
    Wait(Duration),
    /// From now on this is to be heard.
    Say(Saying),
    /// DISCONNECT with progress indicator 8: this is heard for so long, then RELEASE follows.
    Disconnect(StepCause, Saying, Duration),
    /// DISCONNECT without tones: the call is over.
    Clear(StepCause),
    /// RELEASE: as the first step, a refusal of the channel or the call.
    Release(StepCause),
    /// Says nothing at all.
    Ignore,
    /// A SETUP of its own for this number on the same channel, as if both had been sent at once.
    Glare(Number),
    /// Takes another channel for the call.
    TakeAnother,
    /// From now on neither hears nor says anything on this channel, restarts included.
    GoDeaf,
}

/// A cause in a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepCause {
    /// This one.
    Fixed(Cause),
    /// The one whose value the pattern captured; outside 1–127 it reads 31.
    Captured,
}

/// Calls that the exchange makes.
#[derive(Clone, Debug)]
pub struct CallPlan {
    /// By what name they are asked for.
    pub name: Option<String>,
    /// When they begin after the start; without it, only when asked for.
    pub at: Option<Duration>,
    /// What they are.
    pub spec: OriginateSpec,
}

impl Script {
    /// The steps for a called number, and what its pattern captured.
    pub(super) fn find(&self, digits: &str) -> Option<(&Rule, Fit)> {
        self.rules.iter().find_map(|rule| rule.called.fit(digits).map(|fit| (rule, fit)))
    }

    /// Could a rule be for a number that begins with these digits?
    pub(super) fn could_find(&self, digits: &str) -> bool {
        self.rules.iter().any(|rule| rule.called.could_fit(digits))
    }
}
