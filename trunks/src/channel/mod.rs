//! One channel of a span: may it be used (administrative), and what is on it (call).

mod administrative;
mod call_state;
mod clearing;
mod incoming;
mod outgoing;

use std::time::Instant;

use ::call::{Cause, Setup, Signal};

pub use administrative::{Administrative, Alarm, Standing};
pub(crate) use call_state::Call;
pub use call_state::CallState;

use crate::{ChannelId, Counters, Side, Timers, ToLine};

/// A channel and both axes of its state.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) id: ChannelId,
    pub(crate) standing: Standing,
    pub(crate) call: Call,
    /// When the call state was entered.
    pub(crate) since: Instant,
}

/// What may happen to a channel.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// It was hunted, for a call that comes soon.
    Reserve,
    /// It was hunted for this call, which was refused this many channels before.
    Seize(Box<Setup>, u8),
    /// The gateway says.
    Gateway(Signal),
    /// The line says.
    Line(Signal),
    /// The line began a call that may not be: refuse it for this cause.
    Refuse(Cause),
    /// The state's deadline has come.
    Timeout,
    /// End the call for this cause, telling both sides.
    Clear(Cause),
    /// The line is gone; end the call for this cause without a word to the line.
    Cut(Cause),
    /// The far end begins afresh.
    FarRestart,
    /// The far end has answered our restart.
    RestartDone,
    /// We begin afresh.
    Reset,
}

/// What a state of a call deals with by itself.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The gateway says.
    Gateway(Signal),
    /// The line says.
    Line(Signal),
    /// The state's deadline has come.
    Timeout,
}

/// What a channel wants done.
#[derive(Debug)]
pub(crate) enum Action {
    /// Say this to the line.
    Line(ToLine),
    /// Say this to the gateway.
    Gateway(Signal),
    /// The line took the channel from this call or refused it; try another, else fail for the cause.
    Elsewhere(Box<Setup>, u8, Cause),
    /// A call from the line took the channel that was reserved.
    ReservationLost,
    /// No restart was answered.
    Faulty,
    /// A restart was answered.
    Repaired,
}

/// What a step of a channel may use: the time, the rules, and where its wishes go.
pub(crate) struct Step<'a> {
    pub(crate) now: Instant,
    pub(crate) id: ChannelId,
    pub(crate) side: Side,
    pub(crate) timers: &'a Timers,
    pub(crate) counters: &'a mut Counters,
    pub(crate) actions: &'a mut Vec<Action>,
}

impl Channel {
    pub(crate) fn new(id: ChannelId, now: Instant) -> Self {
        Self { id, standing: Standing::default(), call: Call::Idle, since: now }
    }

    /// True if a call from us may be put on it.
    pub(crate) fn is_free(&self) -> bool {
        matches!(self.call, Call::Idle) && self.standing.state() == Administrative::InService
    }

    /// Gives up its call to another channel.
    pub(crate) fn vacate(&mut self, now: Instant) -> Call {
        self.since = now;
        core::mem::replace(&mut self.call, Call::Idle)
    }

    /// Takes one input to the next state.
    pub(crate) fn handle(&mut self, input: Input, step: &mut Step<'_>) {
        let before = self.call.state();
        let call = core::mem::replace(&mut self.call, Call::Idle);
        self.call = call.next(input, step);
        if self.call.state() != before {
            self.since = step.now;
        }
    }
}

impl Step<'_> {
    fn line(&mut self, signal: Signal) {
        self.actions.push(Action::Line(ToLine::Signal(self.id, signal)));
    }

    fn gateway(&mut self, signal: Signal) {
        self.actions.push(Action::Gateway(signal));
    }

    /// Nothing that the state foresees: counted, and the state stays.
    fn unexpected(&mut self, call: Call) -> Call {
        self.counters.unexpected += 1;
        call
    }

    /// We are first to release: the line answers within T308.
    fn release(&mut self, cause: Cause) -> Call {
        self.line(Signal::Release(cause));
        Call::Releasing { until: self.now + self.timers.t308, sent: 1, cause }
    }

    /// The line released first: answer it, and tell the gateway.
    fn released(&mut self, cause: Cause) -> Call {
        self.line(Signal::Release(cause));
        self.gateway(Signal::Release(cause));
        self.guard()
    }

    /// The call fails here: both sides hear of it.
    fn fail(&mut self, cause: Cause) -> Call {
        self.gateway(Signal::Release(cause));
        self.release(cause)
    }

    /// A deadline ended the call.
    fn expire(&mut self, cause: Cause) -> Call {
        self.counters.expired += 1;
        self.fail(cause)
    }

    fn guard(&self) -> Call {
        Call::Guard { until: self.now + self.timers.guard }
    }

    /// The line says DISCONNECT: if it carries tones the gateway may listen until T306, else all is over.
    fn disconnected(&mut self, cause: Cause, progress: ::call::Progress) -> Call {
        if !progress.in_band() {
            return self.fail(cause);
        }
        self.gateway(Signal::Disconnect { cause, progress });
        Call::DisconnectIndicated { until: self.now + self.timers.t306, cause }
    }

    /// The gateway says DISCONNECT: the line shall release within T305, or T306 while tones are played.
    fn disconnect(&mut self, cause: Cause, progress: ::call::Progress) -> Call {
        self.line(Signal::Disconnect { cause, progress });
        let patience = if progress.in_band() { self.timers.t306 } else { self.timers.t305 };
        Call::DisconnectRequested { until: self.now + patience, cause }
    }

    /// A call from the line begins.
    fn present(&mut self, setup: Box<Setup>) -> Call {
        self.gateway(Signal::Setup(setup));
        Call::Present { until: self.now + self.timers.t302 }
    }

    fn active(&self) -> Call {
        Call::Active { until: self.now + self.timers.call }
    }
}
