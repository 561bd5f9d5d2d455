//! How far a call has come: the state machine between caller and callee, whatever either speaks.
//!
//! ```text
//!            attempt              Alerting, Progress, Proceeding        Connect
//!  (new) ───────────► Trying ─────────────────────────────► Ringing ──────────► Talking
//!                      │ ▲ │                                 │ │ ▲                 │
//!                      │ └─┴─── Release, next route ─────────┘ │ │                 │
//!                      │               Disconnect with tones   ▼ │                 │
//!                      ├────────────────────────────────────► Tones                │
//!                      ▼                                        ▼                  ▼
//!                    Over ◄──────────── Release from either side, deadline ────────┘
//! ```

use std::time::{Duration, Instant};

use call::{Cause, Progress, Signal};

/// One of the two sides of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Side {
    /// Who called.
    Caller,
    /// Who is called.
    Callee,
}

impl Side {
    /// The side across.
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Caller => Self::Callee,
            Self::Callee => Self::Caller,
        }
    }
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndedBy {
    /// One of its sides.
    Side(Side),
    /// The gateway itself: a timer, a limit, an operator.
    Gateway,
}

/// Where a call stands. Each variant holds its own deadline; leaving the state stops the timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// An attempt is on its way and nothing has come back.
    Trying {
        /// No answer to set-up by then is a failure of this route.
        until: Instant,
    },
    /// The callee's side is at work: proceeding, ringing, or playing something.
    Ringing {
        /// Nobody answered by then (Q.931 T301).
        until: Instant,
    },
    /// Answered.
    Talking {
        /// The longest a call may last.
        until: Instant,
    },
    /// Never answered and over, but the caller still hears why (Q.931 DISCONNECT with PI 8, T306).
    Tones {
        /// What the caller will be told at the end.
        cause: Cause,
        /// Who ended it.
        by: EndedBy,
        /// The tones stop then.
        until: Instant,
    },
    /// Both sides are released.
    Over {
        /// Why.
        cause: Cause,
        /// By whom.
        by: EndedBy,
    },
}

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A side says something.
    Said(Side, Signal),
    /// No voice has come from this side for too long.
    Silent(Side),
    /// An operator, or a drain that ran out of patience, ends the call.
    HangUp(Cause),
    /// The state's deadline has come.
    Deadline,
}

/// What a call asks of its gateway, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Say this to that side; saying `Release` to the callee ends the attempt.
    Say(Side, Signal),
    /// Let the caller hear the callee.
    CutThrough,
    /// Join both voices.
    Join,
    /// Give the caller ringing tone, unless its own side makes it.
    Ringback,
    /// Give the caller the tone that goes with a cause.
    FailureTone(Cause),
    /// Send a digit that came as a message towards this side.
    Digit(Side, call::Digit),
    /// The attempt failed: try the next route, which is known to exist.
    TryNext,
}

/// How long a call may stay where it is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Trying, until something comes back.
    pub setup: Duration,
    /// Ringing, until somebody answers.
    pub ringing: Duration,
    /// Talking.
    pub talking: Duration,
    /// Tones after a failure, T306.
    pub tones: Duration,
}

impl Default for Patience {
    /// What Q.931 and practice suggest: T301 for ringing, T306 for tones.
    fn default() -> Self {
        Self {
            setup: Duration::from_secs(15),
            ringing: Duration::from_secs(180),
            talking: Duration::from_secs(12 * 3600),
            tones: Duration::from_secs(30),
        }
    }
}

/// What a state machine may ask about the rest of the call.
pub(super) trait Routes {
    /// Whether another route is to be tried after the callee's side failed so.
    fn has_next(&self, cause: Cause, no_answer_to_setup: bool) -> bool;
    /// Whether a caller whose call fails is to hear a tone made here.
    fn plays_failure_tones(&self) -> bool;
}

impl State {
    /// A call whose first attempt starts now.
    pub(super) fn trying(now: Instant, patience: &Patience) -> Self {
        Self::Trying { until: now + patience.setup }
    }

    /// When `Input::Deadline` is due.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Trying { until }
            | Self::Ringing { until }
            | Self::Talking { until }
            | Self::Tones { until, .. } => Some(*until),
            Self::Over { .. } => None,
        }
    }

    /// Takes one input and returns the next state; what is to be done goes to `actions`.
    #[must_use]
    pub(super) fn next(
        self,
        input: &Input,
        now: Instant,
        patience: &Patience,
        routes: &impl Routes,
        actions: &mut Vec<Action>,
    ) -> Self {
        let mut step = Step { now, patience, routes, actions };
        match self {
            Self::Trying { until } => step.while_trying(until, input),
            Self::Ringing { until } => step.while_ringing(until, input),
            Self::Talking { until } => step.while_talking(until, input),
            Self::Tones { cause, by, until } => step.while_tones(cause, by, until, input),
            Self::Over { cause, by } => step.when_over(cause, by, input),
        }
    }
}

struct Step<'a, R> {
    now: Instant,
    patience: &'a Patience,
    routes: &'a R,
    actions: &'a mut Vec<Action>,
}

impl<R: Routes> Step<'_, R> {
    fn while_trying(&mut self, until: Instant, input: &Input) -> State {
        match input {
            Input::Said(Side::Callee, Signal::Setup(_) | Signal::Digit(_)) => State::Trying { until },
            Input::Said(Side::Callee, signal) => self.unanswered(signal),
            Input::Said(Side::Caller, signal) => self.caller_waiting(signal, State::Trying { until }),
            Input::Silent(_) => State::Trying { until },
            Input::HangUp(cause) => self.end_both(*cause),
            Input::Deadline => {
                self.release(Side::Callee, Cause::TIMER_EXPIRY);
                self.failed(Cause::NO_USER_RESPONDING, EndedBy::Gateway, true)
            }
        }
    }

    fn while_ringing(&mut self, until: Instant, input: &Input) -> State {
        match input {
            Input::Said(
                Side::Callee,
                Signal::Setup(_) | Signal::SetupAck | Signal::Proceeding | Signal::Digit(_),
            ) => State::Ringing { until },
            Input::Said(Side::Callee, Signal::Alerting(progress)) => {
                self.alerting(*progress);
                State::Ringing { until }
            }
            Input::Said(Side::Callee, Signal::Progress(progress)) => {
                self.progress(*progress);
                State::Ringing { until }
            }
            Input::Said(Side::Callee, signal) => self.unanswered(signal),
            Input::Said(Side::Caller, signal) => self.caller_waiting(signal, State::Ringing { until }),
            Input::Silent(_) => State::Ringing { until },
            Input::HangUp(cause) => self.end_both(*cause),
            Input::Deadline => {
                self.release(Side::Callee, Cause::NO_ANSWER);
                self.failed(Cause::NO_ANSWER, EndedBy::Gateway, false)
            }
        }
    }

    fn while_talking(&mut self, until: Instant, input: &Input) -> State {
        match input {
            Input::Said(side, Signal::Release(cause)) => {
                self.release(side.other(), *cause);
                State::Over { cause: *cause, by: EndedBy::Side(*side) }
            }
            Input::Said(side, Signal::Disconnect { cause, progress: _ }) => {
                self.release(*side, *cause);
                self.release(side.other(), *cause);
                State::Over { cause: *cause, by: EndedBy::Side(*side) }
            }
            Input::Said(side, Signal::Digit(digit)) => {
                self.actions.push(Action::Digit(side.other(), *digit));
                State::Talking { until }
            }
            Input::Said(
                _,
                Signal::Setup(_)
                | Signal::SetupAck
                | Signal::Proceeding
                | Signal::Alerting(_)
                | Signal::Progress(_)
                | Signal::Connect,
            ) => State::Talking { until },
            Input::Silent(_) | Input::Deadline => self.end_both(Cause::TIMER_EXPIRY),
            Input::HangUp(cause) => self.end_both(*cause),
        }
    }

    fn while_tones(&mut self, cause: Cause, by: EndedBy, until: Instant, input: &Input) -> State {
        match input {
            Input::Said(Side::Callee, Signal::Release(_)) if by == EndedBy::Side(Side::Callee) => {
                self.release(Side::Caller, cause);
                State::Over { cause, by }
            }
            Input::Said(Side::Caller, Signal::Release(_) | Signal::Disconnect { .. }) | Input::Deadline => {
                self.release(Side::Callee, cause);
                self.release(Side::Caller, cause);
                State::Over { cause, by }
            }
            Input::HangUp(cause) => self.end_both(*cause),
            Input::Said(
                _,
                Signal::Setup(_)
                | Signal::SetupAck
                | Signal::Proceeding
                | Signal::Alerting(_)
                | Signal::Progress(_)
                | Signal::Connect
                | Signal::Digit(_)
                | Signal::Disconnect { .. }
                | Signal::Release(_),
            )
            | Input::Silent(_) => State::Tones { cause, by, until },
        }
    }

    /// Nothing said after the end changes it; a side that says it is still there is released again.
    fn when_over(&mut self, cause: Cause, by: EndedBy, input: &Input) -> State {
        match input {
            Input::Said(side, Signal::Connect | Signal::Disconnect { .. }) => self.release(*side, cause),
            Input::Said(
                _,
                Signal::Setup(_)
                | Signal::SetupAck
                | Signal::Proceeding
                | Signal::Alerting(_)
                | Signal::Progress(_)
                | Signal::Digit(_)
                | Signal::Release(_),
            )
            | Input::Silent(_)
            | Input::HangUp(_)
            | Input::Deadline => {}
        }
        State::Over { cause, by }
    }

    /// What the callee's side says before answer, from whichever state.
    fn unanswered(&mut self, signal: &Signal) -> State {
        let ringing = State::Ringing { until: self.now + self.patience.ringing };
        match signal {
            Signal::Setup(_) | Signal::Digit(_) | Signal::SetupAck | Signal::Proceeding => ringing,
            Signal::Alerting(progress) => {
                self.alerting(*progress);
                ringing
            }
            Signal::Progress(progress) => {
                self.progress(*progress);
                ringing
            }
            Signal::Connect => {
                self.actions.push(Action::Join);
                self.actions.push(Action::Say(Side::Caller, Signal::Connect));
                State::Talking { until: self.now + self.patience.talking }
            }
            Signal::Disconnect { cause, progress } => self.disconnected(*cause, *progress),
            Signal::Release(cause) => self.failed(*cause, EndedBy::Side(Side::Callee), false),
        }
    }

    fn alerting(&mut self, progress: Progress) {
        if progress.in_band() {
            self.actions.push(Action::CutThrough);
        } else {
            self.actions.push(Action::Ringback);
        }
        self.actions.push(Action::Say(Side::Caller, Signal::Alerting(progress)));
    }

    fn progress(&mut self, progress: Progress) {
        if progress.in_band() {
            self.actions.push(Action::CutThrough);
        }
        self.actions.push(Action::Say(Side::Caller, Signal::Progress(progress)));
    }

    fn disconnected(&mut self, cause: Cause, progress: Progress) -> State {
        let by = EndedBy::Side(Side::Callee);
        if progress.in_band() && !self.routes.has_next(cause, false) {
            self.actions.push(Action::CutThrough);
            self.actions.push(Action::Say(Side::Caller, Signal::Progress(progress)));
            return State::Tones { cause, by, until: self.now + self.patience.tones };
        }
        self.release(Side::Callee, cause);
        self.failed(cause, by, false)
    }

    /// The attempt is over: the next route, or the caller is told the real cause.
    fn failed(&mut self, cause: Cause, by: EndedBy, no_answer_to_setup: bool) -> State {
        if self.routes.has_next(cause, no_answer_to_setup) {
            self.actions.push(Action::TryNext);
            return State::trying(self.now, self.patience);
        }
        if self.routes.plays_failure_tones() {
            self.actions.push(Action::FailureTone(cause));
            let progress = Progress::IN_BAND;
            self.actions.push(Action::Say(Side::Caller, Signal::Disconnect { cause, progress }));
            return State::Tones { cause, by, until: self.now + self.patience.tones };
        }
        self.release(Side::Caller, cause);
        State::Over { cause, by }
    }

    fn caller_waiting(&mut self, signal: &Signal, waiting: State) -> State {
        match signal {
            Signal::Release(cause) => {
                self.release(Side::Callee, *cause);
                State::Over { cause: *cause, by: EndedBy::Side(Side::Caller) }
            }
            Signal::Disconnect { cause, progress: _ } => {
                self.release(Side::Caller, *cause);
                self.release(Side::Callee, *cause);
                State::Over { cause: *cause, by: EndedBy::Side(Side::Caller) }
            }
            Signal::Setup(_)
            | Signal::SetupAck
            | Signal::Proceeding
            | Signal::Alerting(_)
            | Signal::Progress(_)
            | Signal::Connect
            | Signal::Digit(_) => waiting,
        }
    }

    fn end_both(&mut self, cause: Cause) -> State {
        self.release(Side::Callee, cause);
        self.release(Side::Caller, cause);
        State::Over { cause, by: EndedBy::Gateway }
    }

    fn release(&mut self, side: Side, cause: Cause) {
        self.actions.push(Action::Say(side, Signal::Release(cause)));
    }
}

#[cfg(test)]
mod tests;
