//! A call that ends, and the rest after it (Q.931 §5.3), and restarts (§5.5).

use call::{Cause, Signal};

use super::{Action, Call, Event, Step};
use crate::ToLine;

/// How often a RELEASE or a RESTART is sent before something stronger is done.
const SENT_MAX: u8 = 2;

impl Call {
    /// Both sides may disconnect at the same time: then both go on to release (Q.931 §5.3.5).
    pub(super) fn while_disconnect_requested(self, cause: Cause, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Line(Signal::Release(theirs)) => step.released(theirs),
            Event::Line(Signal::Disconnect { cause: theirs, .. }) => step.fail(theirs),
            Event::Line(signal) => self.overtaken(&signal, step),
            Event::Gateway(Signal::Release(ours)) => step.release(ours),
            Event::Gateway(signal) => self.too_late(&signal, step),
            Event::Timeout => step.expire(cause),
        }
    }

    pub(super) fn while_disconnect_indicated(self, cause: Cause, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Line(Signal::Release(theirs)) => step.released(theirs),
            Event::Line(signal) => self.overtaken(&signal, step),
            Event::Gateway(Signal::Release(ours)) => step.release(ours),
            Event::Gateway(Signal::Disconnect { cause: ours, .. }) => step.fail(ours),
            Event::Gateway(signal) => self.too_late(&signal, step),
            Event::Timeout => step.expire(cause),
        }
    }

    /// T308 twice without an answer: the channel is restarted (Q.931 §5.3.2 takes it out of service at once;
    /// a restart finds out whether it must).
    pub(super) fn while_releasing(self, sent: u8, cause: Cause, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Line(Signal::Release(_)) => step.guard(),
            Event::Line(signal) => self.overtaken(&signal, step),
            Event::Gateway(signal) => self.too_late(&signal, step),
            Event::Timeout if sent < SENT_MAX => {
                step.line(Signal::Release(cause));
                Self::Releasing { until: step.now + step.timers.t308, sent: sent + 1, cause }
            }
            Event::Timeout => {
                step.counters.expired += 1;
                Self::restart(step)
            }
        }
    }

    /// The guard keeps us from seizing; the far end may.
    pub(super) fn while_guarding(self, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Timeout => Self::Idle,
            Event::Gateway(_) | Event::Line(_) => self.while_idle(event, step),
        }
    }

    pub(super) fn while_restarting(self, sent: u8, event: Event, step: &mut Step<'_>) -> Self {
        match event {
            Event::Timeout if sent < SENT_MAX => {
                step.actions.push(Action::Line(ToLine::Restart(step.id)));
                Self::RestartPending { until: step.now + step.timers.t316, sent: sent + 1 }
            }
            Event::Timeout => {
                step.actions.push(Action::Faulty);
                Self::Idle
            }
            Event::Line(signal) => self.overtaken(&signal, step),
            Event::Gateway(signal) => self.too_late(&signal, step),
        }
    }

    /// The line says more of a call that we are ending: sent before it knew. A new call cannot be.
    fn overtaken(self, signal: &Signal, step: &mut Step<'_>) -> Self {
        if matches!(signal, Signal::Setup(_)) { step.unexpected(self) } else { self }
    }

    /// The gateway says something where it has no call, or none that could use it. A late RELEASE is not even
    /// odd: both sides may release at the same time.
    pub(super) fn too_late(self, signal: &Signal, step: &mut Step<'_>) -> Self {
        if matches!(signal, Signal::Release(_)) { self } else { step.unexpected(self) }
    }
}
