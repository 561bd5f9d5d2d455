//! One channel as the far end has it: what it hears there, and the script's steps.

use call::{Cause, Digit, Location, Number, Progress, Setup, Signal};

use super::far_call::{FarCall, PATIENCE, Run, T302, T305, T308};
use super::{Act, Observation, Wish};
use crate::ChannelId;
use crate::sim::bearer::Voice;
use crate::sim::script::{Step, StepCause};
use crate::sim::sound::Saying;
use crate::trunk::Side;

/// A channel of the exchange.
#[derive(Debug)]
pub(super) struct Far {
    pub(super) id: ChannelId,
    pub(super) call: FarCall,
    /// What is said there, whether or not a bearer is open.
    pub(super) saying: Saying,
    pub(super) voice: Option<Voice>,
    /// The gateway wants no call here.
    pub(super) blocked: bool,
    pub(super) deaf: bool,
    /// The channel on which the gateway began the call, if it was moved here.
    pub(super) moved_from: Option<ChannelId>,
}

impl Far {
    pub(super) fn new(id: ChannelId) -> Self {
        Self {
            id,
            call: FarCall::Idle,
            saying: Saying::Silence,
            voice: None,
            blocked: false,
            deaf: false,
            moved_from: None,
        }
    }

    pub(super) fn is_free(&self) -> bool {
        matches!(self.call, FarCall::Idle) && !self.blocked && !self.deaf
    }

    pub(super) fn until(&self) -> Option<std::time::Instant> {
        if self.deaf { None } else { self.call.until() }
    }

    pub(super) fn hear(&mut self) -> Option<Digit> {
        self.voice.as_mut()?.hear()
    }

    pub(super) fn flush(&mut self) {
        if let Some(voice) = &mut self.voice {
            voice.flush();
        }
    }

    /// Nothing is left of the call.
    pub(super) fn end(&mut self) {
        self.call = FarCall::Idle;
        self.moved_from = None;
        self.say(Saying::Silence);
        self.voice = None;
    }

    pub(super) fn vacate(&mut self) -> FarCall {
        let call = core::mem::replace(&mut self.call, FarCall::Idle);
        self.end();
        call
    }

    pub(super) fn adopt(&mut self, call: FarCall, from: ChannelId) {
        self.call = call;
        self.moved_from = Some(from);
    }

    fn say(&mut self, saying: Saying) {
        if let Some(voice) = &mut self.voice {
            voice.say(saying.clone());
        }
        self.saying = saying;
    }

    /// The gateway says something here.
    pub(super) fn hear_signal(&mut self, signal: Signal, act: &mut Act<'_>) {
        if self.deaf {
            return;
        }
        self.moved_from = None;
        match signal {
            Signal::Setup(setup) => self.hear_setup(&setup, act),
            Signal::Digit(digit) => {
                act.note(Observation::Said { channel: self.id, signal: Signal::Digit(digit) });
                self.hear_keypad(digit, act);
            }
            Signal::Connect => {
                act.note(Observation::Said { channel: self.id, signal: Signal::Connect });
                self.answered(act);
            }
            Signal::Disconnect { cause, progress } => {
                act.note(Observation::Said {
                    channel: self.id,
                    signal: Signal::Disconnect { cause, progress },
                });
                if !matches!(self.call, FarCall::Idle | FarCall::Releasing { .. }) {
                    self.release(cause, act);
                }
            }
            Signal::Release(cause) => {
                act.note(Observation::Said { channel: self.id, signal: Signal::Release(cause) });
                if !matches!(self.call, FarCall::Releasing { .. } | FarCall::Idle) {
                    act.say(self.id, Signal::Release(cause));
                }
                self.end();
            }
            Signal::SetupAck | Signal::Proceeding | Signal::Alerting(_) | Signal::Progress(_) => {
                act.note(Observation::Said { channel: self.id, signal });
            }
        }
    }

    /// A SETUP where we have one of our own is a glare: the network's stays (Q.931 §5.7). One where we have the
    /// gateway's call already was sent again.
    fn hear_setup(&mut self, setup: &Setup, act: &mut Act<'_>) {
        match core::mem::replace(&mut self.call, FarCall::Idle) {
            FarCall::Idle => {}
            FarCall::Calling { origination, .. } if act.side == Side::User => {
                act.wish = Some(Wish::Yield(origination));
            }
            call @ (FarCall::Calling { .. }
            | FarCall::Collecting { .. }
            | FarCall::Called(_)
            | FarCall::Talking(_)
            | FarCall::Disconnecting { .. }
            | FarCall::Releasing { .. }) => {
                self.call = call;
                return;
            }
        }
        act.note(Observation::Called { channel: self.id, called: setup.called, calling: setup.calling });
        self.route(setup.called, setup.sending_complete, act);
    }

    fn route(&mut self, called: Number, complete: bool, act: &mut Act<'_>) {
        if let Some((rule, fit)) = act.script.find(called.digits()) {
            self.call = FarCall::Called(Run::new(rule.steps.clone(), fit.captured));
            self.proceed(act);
        } else if !complete && act.script.could_find(called.digits()) {
            act.say(self.id, Signal::SetupAck);
            self.call = FarCall::Collecting { until: act.now + T302, called };
        } else {
            self.clear(Cause::UNALLOCATED.at(Location::PublicRemote), act);
        }
    }

    fn hear_keypad(&mut self, digit: Digit, act: &mut Act<'_>) {
        let FarCall::Collecting { mut called, .. } = self.call else { return };
        if called.push(digit.as_char()).is_err() || !act.script.could_find(called.digits()) {
            return self.clear(Cause::UNALLOCATED.at(Location::PublicRemote), act);
        }
        self.call = FarCall::Collecting { until: act.now + T302, called };
        if act.script.find(called.digits()).is_some() {
            self.route(called, true, act);
        }
    }

    fn answered(&mut self, act: &mut Act<'_>) {
        let FarCall::Calling { origination, .. } = &self.call else { return };
        self.call = FarCall::Talking(Run::new(origination.on_answer(), None));
        self.proceed(act);
    }

    /// The state's moment has come.
    pub(super) fn wake(&mut self, act: &mut Act<'_>) {
        match &mut self.call {
            FarCall::Idle => {}
            FarCall::Called(run) | FarCall::Talking(run) => {
                run.wake = None;
                self.proceed(act);
            }
            FarCall::Collecting { .. } => self.clear(Cause::INVALID_NUMBER, act),
            FarCall::Calling { .. } => self.clear(Cause::NORMAL_CLEARING, act),
            FarCall::Disconnecting { cause, .. } => {
                let cause = *cause;
                self.release(cause, act);
            }
            FarCall::Releasing { sent: 1, cause, .. } => {
                act.say(self.id, Signal::Release(*cause));
                self.call = FarCall::Releasing { until: act.now + T308, sent: 2, cause: *cause };
            }
            FarCall::Releasing { .. } => self.end(),
        }
    }

    /// Does the steps that are due, up to the next that waits.
    pub(super) fn proceed(&mut self, act: &mut Act<'_>) {
        while let FarCall::Called(run) | FarCall::Talking(run) = &mut self.call {
            if run.wake.is_some() {
                return;
            }
            let Some(step) = run.steps.get(run.next).cloned() else { return };
            run.next += 1;
            self.perform(step, act);
            if act.wish.is_some() || self.deaf {
                return;
            }
        }
    }

    fn perform(&mut self, step: Step, act: &mut Act<'_>) {
        match step {
            Step::Proceeding => self.speak(Signal::Proceeding, act),
            Step::Alert(progress) => self.speak(Signal::Alerting(progress), act),
            Step::Progress(progress) => self.speak(Signal::Progress(progress), act),
            Step::Answer => {
                self.speak(Signal::Connect, act);
                if let FarCall::Called(run) = core::mem::replace(&mut self.call, FarCall::Idle) {
                    self.call = FarCall::Talking(run);
                }
            }
            Step::Wait(duration) => {
                if let FarCall::Called(run) | FarCall::Talking(run) = &mut self.call {
                    run.wake = Some(act.now + duration);
                }
            }
            Step::Say(saying) => self.say(saying),
            Step::Disconnect(cause, saying, duration) => {
                let cause = self.cause(cause);
                self.say(saying);
                act.say(self.id, Signal::Disconnect { cause, progress: Progress::IN_BAND });
                self.call = FarCall::Disconnecting { until: act.now + duration, cause };
            }
            Step::Clear(cause) => {
                let cause = self.cause(cause);
                self.clear(cause, act);
            }
            Step::Release(cause) => {
                let cause = self.cause(cause);
                self.release(cause, act);
            }
            Step::Ignore => {}
            Step::Glare(called) => self.glare(called, act),
            Step::TakeAnother => act.wish = Some(Wish::TakeAnother),
            Step::GoDeaf => self.deaf = true,
        }
    }

    fn speak(&mut self, signal: Signal, act: &mut Act<'_>) {
        if let FarCall::Called(run) = &mut self.call {
            run.spoke = true;
        }
        act.say(self.id, signal);
    }

    /// Our SETUP and the gateway's have crossed.
    fn glare(&mut self, called: Number, act: &mut Act<'_>) {
        let setup = Setup::voice(called, None);
        act.say(self.id, Signal::Setup(Box::new(setup)));
        if act.side == Side::Network {
            let origination = super::Origination::single(called, act.now);
            self.call = FarCall::Calling { until: act.now + PATIENCE, origination: Box::new(origination) };
        }
    }

    fn cause(&self, cause: StepCause) -> Cause {
        match cause {
            StepCause::Fixed(cause) => cause,
            StepCause::Captured => {
                let captured = match &self.call {
                    FarCall::Called(run) | FarCall::Talking(run) => run.captured,
                    FarCall::Idle
                    | FarCall::Collecting { .. }
                    | FarCall::Calling { .. }
                    | FarCall::Disconnecting { .. }
                    | FarCall::Releasing { .. } => None,
                };
                let value = captured.and_then(|value| u8::try_from(value).ok());
                let cause = value.and_then(|value| Cause::new(value, Location::PublicRemote));
                cause.unwrap_or(Cause::NORMAL_UNSPECIFIED)
            }
        }
    }

    /// The call is over: DISCONNECT, before which a call that heard nothing yet is told that it was dealt with.
    pub(super) fn clear(&mut self, cause: Cause, act: &mut Act<'_>) {
        match &self.call {
            FarCall::Called(run) if !run.spoke => act.say(self.id, Signal::Proceeding),
            FarCall::Idle | FarCall::Called(_) | FarCall::Collecting { .. } => {}
            FarCall::Calling { .. } | FarCall::Talking(_) => {}
            FarCall::Disconnecting { .. } | FarCall::Releasing { .. } => return,
        }
        self.say(Saying::Silence);
        act.say(self.id, Signal::Disconnect { cause, progress: Progress::NONE });
        self.call = FarCall::Disconnecting { until: act.now + T305, cause };
    }

    fn release(&mut self, cause: Cause, act: &mut Act<'_>) {
        self.say(Saying::Silence);
        act.say(self.id, Signal::Release(cause));
        self.call = FarCall::Releasing { until: act.now + T308, sent: 1, cause };
    }
}
