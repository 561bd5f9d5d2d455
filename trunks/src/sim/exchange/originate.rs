//! Calls that the exchange makes into the gateway.

use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use call::{Cause, Name, Number, Setup, Signal};

use super::far::Far;
use super::far_call::{FarCall, PATIENCE};
use super::{Exchange, Observation, note};
use crate::sim::script::{Step, StepCause};

/// What calls the exchange shall make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginateSpec {
    /// Whom.
    pub called: Number,
    /// As whom.
    pub calling: Option<Number>,
    /// Under what name.
    pub calling_name: Name,
    /// How many calls.
    pub count: u32,
    /// How long after one the next begins.
    pub every: Duration,
    /// How long an answered call lasts; without it, until the gateway ends it.
    pub hold: Option<Duration>,
    /// How long it rings before the exchange gives up.
    pub patience: Duration,
    /// What is done once it is answered.
    pub steps: Vec<Step>,
}

impl OriginateSpec {
    /// One call that stays until the gateway ends it.
    pub fn new(called: Number, calling: Option<Number>) -> Self {
        Self {
            called,
            calling,
            calling_name: Name::default(),
            count: 1,
            every: Duration::ZERO,
            hold: None,
            patience: PATIENCE,
            steps: Vec::new(),
        }
    }
}

/// Calls still to be made, or one that is being made.
#[derive(Debug)]
pub(super) struct Origination {
    pub(super) spec: Arc<OriginateSpec>,
    pub(super) left: u32,
    pub(super) next: Instant,
}

impl Origination {
    /// One plain call.
    pub(super) fn single(called: Number, now: Instant) -> Self {
        Self { spec: Arc::new(OriginateSpec::new(called, None)), left: 1, next: now }
    }

    /// The steps after the answer, the end of the holding time among them.
    pub(super) fn on_answer(&self) -> Arc<[Step]> {
        let end = self
            .spec
            .hold
            .map(|hold| [Step::Wait(hold), Step::Clear(StepCause::Fixed(Cause::NORMAL_CLEARING))]);
        self.spec.steps.iter().cloned().chain(end.into_iter().flatten()).collect()
    }
}

impl Exchange {
    /// Makes calls into the gateway, the first at `at`; [`crate::Signalling::handle_timeout`] sends them.
    pub fn originate(&mut self, spec: OriginateSpec, at: Instant) {
        let left = spec.count;
        if left > 0 {
            self.originations.push(Origination { spec: Arc::new(spec), left, next: at });
        }
    }

    /// Makes the calls that the script has under this name. Says whether there are any.
    pub fn originate_named(&mut self, name: &str, at: Instant) -> bool {
        let named = self.script.calls.iter().filter(|plan| plan.name.as_deref() == Some(name));
        let specs: Vec<_> = named.map(|plan| plan.spec.clone()).collect();
        let found = !specs.is_empty();
        for spec in specs {
            self.originate(spec, at);
        }
        found
    }

    pub(super) fn originate_due(&mut self, now: Instant) {
        let mut originations = core::mem::take(&mut self.originations);
        for origination in &mut originations {
            while origination.left > 0 && origination.next <= now {
                origination.left -= 1;
                origination.next += origination.spec.every;
                self.call_out(&origination.spec.clone(), now);
            }
        }
        originations.retain(|origination| origination.left > 0);
        originations.append(&mut self.originations);
        self.originations = originations;
    }

    fn call_out(&mut self, spec: &Arc<OriginateSpec>, now: Instant) {
        self.originated += 1;
        let number = self.originated;
        let Some(index) = self.hunt() else {
            return note(&mut self.observations, Observation::NoChannel { number });
        };
        self.last = Some(index);
        let Some(far) = self.channels.get_mut(index) else { return };
        let origination = Origination { spec: spec.clone(), left: 1, next: now };
        far.call = FarCall::Calling { until: now + spec.patience, origination: Box::new(origination) };
        let setup =
            Setup { calling_name: spec.calling_name.clone(), ..Setup::voice(spec.called, spec.calling) };
        let channel = far.id;
        self.outputs.push_back(crate::FromLine::Signal(channel, Signal::Setup(Box::new(setup))));
        note(&mut self.observations, Observation::Originated { channel, number });
    }

    fn hunt(&self) -> Option<usize> {
        let free = |index: usize| self.channels.get(index).is_some_and(Far::is_free);
        self.script.hunt.next(self.channels.len(), self.last, free)
    }
}
