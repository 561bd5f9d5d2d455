//! The far end of a simulated trunk: takes calls as its script says, and makes calls of its own.

mod far;
mod far_call;
mod originate;

use std::collections::VecDeque;
use std::time::Instant;

use call::{Cause, Digit, Number, Signal};
use media::Bearer;

pub use originate::OriginateSpec;

use far::Far;
use far_call::FarCall;
use originate::Origination;

use super::bearer::Voice;
use super::script::Script;
use super::sound::Saying;
use crate::trunk::{Config, Side};
use crate::{Alarm, ChannelId, FromLine, Signalling, ToLine};

/// How many observations are kept for whoever asks; older ones go first.
const OBSERVATIONS_MAX: usize = 1024;

/// What the exchange saw or heard, for tests and for the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// A call for this number came in from the gateway.
    Called {
        /// Where.
        channel: ChannelId,
        /// For whom.
        called: Number,
        /// By whom.
        calling: Option<Number>,
    },
    /// The gateway said something in a call.
    Said {
        /// Where.
        channel: ChannelId,
        /// What.
        signal: Signal,
    },
    /// The exchange said something in a call; told only while it is watched.
    Told {
        /// Where.
        channel: ChannelId,
        /// What.
        signal: Signal,
    },
    /// A DTMF digit was heard in-band.
    Heard {
        /// Where.
        channel: ChannelId,
        /// Which.
        digit: Digit,
    },
    /// A call of the exchange went out.
    Originated {
        /// Where.
        channel: ChannelId,
        /// Which of all its calls, counted from 1.
        number: u64,
    },
    /// A call of the exchange found no channel.
    NoChannel {
        /// Which of all its calls, counted from 1.
        number: u64,
    },
}

/// A simulated exchange.
#[derive(Debug)]
pub struct Exchange {
    script: Script,
    side: Side,
    /// Ascending by id.
    channels: Vec<Far>,
    originations: Vec<Origination>,
    /// How many calls of its own it has made.
    originated: u64,
    /// The index of the channel its last call took.
    last: Option<usize>,
    outputs: VecDeque<FromLine>,
    observations: VecDeque<Observation>,
    watched: bool,
}

impl Exchange {
    /// The far end of a trunk of this configuration: same channels, other side, the script's law.
    pub fn new(trunk: &Config, script: Script, now: Instant) -> Self {
        let numbered = (1..).zip(&trunk.spans);
        let channels = numbered.flat_map(|(number, span)| span.channels(number)).map(Far::new).collect();
        let mut exchange = Self {
            side: trunk.side.other(),
            channels,
            originations: Vec::new(),
            originated: 0,
            last: None,
            outputs: VecDeque::new(),
            observations: VecDeque::new(),
            watched: false,
            script,
        };
        let planned: Vec<_> =
            exchange.script.calls.iter().filter_map(|plan| Some((plan.at?, plan.spec.clone()))).collect();
        for (at, spec) in planned {
            exchange.originate(spec, now + at);
        }
        exchange
    }

    /// From now on what it says is observed too: its wire can be drawn from both ends.
    pub fn watch(&mut self) {
        self.watched = true;
    }

    /// The next thing it saw or heard.
    pub fn observe(&mut self) -> Option<Observation> {
        for far in &mut self.channels {
            while let Some(digit) = far.hear() {
                let channel = far.id;
                note(&mut self.observations, Observation::Heard { channel, digit });
            }
        }
        self.observations.pop_front()
    }

    /// Blocks one of its channels for the gateway's calls, or unblocks it.
    pub fn block(&mut self, channel: ChannelId, blocked: bool) {
        let said = if blocked { FromLine::Blocked(channel) } else { FromLine::Unblocked(channel) };
        self.outputs.push_back(said);
    }

    /// Ends what is on a channel and begins afresh.
    pub fn restart(&mut self, channel: ChannelId) {
        if let Some(far) = self.far(channel) {
            far.end();
            self.outputs.push_back(FromLine::Restart(channel));
        }
    }

    /// Raises an alarm on a span, or clears it. Its own calls on the span are lost with the first.
    pub fn alarm(&mut self, span: u16, alarm: Option<Alarm>) {
        for far in self.channels.iter_mut().filter(|far| far.id.span() == span) {
            far.end();
        }
        self.outputs.push_back(match alarm {
            Some(alarm) => FromLine::AlarmRaised(span, alarm),
            None => FromLine::AlarmCleared(span),
        });
    }

    /// A channel that went deaf hears again.
    pub fn heal(&mut self, channel: ChannelId) {
        if let Some(far) = self.far(channel) {
            far.deaf = false;
            far.end();
        }
    }

    /// Hangs up whatever is on the channel.
    pub fn hang_up(&mut self, channel: ChannelId, cause: Cause, now: Instant) {
        if self.has_call(channel) {
            self.with(channel, |far, act| far.clear(cause, act), now);
        }
    }

    fn far(&mut self, id: ChannelId) -> Option<&mut Far> {
        let index = self.index(id)?;
        self.channels.get_mut(index)
    }

    fn index(&self, id: ChannelId) -> Option<usize> {
        self.channels.binary_search_by_key(&id, |far| far.id).ok()
    }

    /// Lets a channel act, then does what it cannot do alone.
    fn with(&mut self, id: ChannelId, step: impl FnOnce(&mut Far, &mut Act<'_>), now: Instant) {
        let Some(index) = self.index(id) else { return };
        let Some(far) = self.channels.get_mut(index) else { return };
        let mut act = Act {
            now,
            side: self.side,
            script: &self.script,
            outputs: &mut self.outputs,
            observations: &mut self.observations,
            wish: None,
        };
        step(far, &mut act);
        match act.wish {
            Some(Wish::TakeAnother) => self.take_another(index, now),
            Some(Wish::Yield(origination)) => self.originations.push(*origination),
            None => {}
        }
    }

    /// A RELEASE on the channel that a call left, before anything was said on the new one, refuses the move.
    fn end_refused_move(&mut self, from: ChannelId) {
        if let Some(moved) = self.channels.iter_mut().find(|far| far.moved_from == Some(from)) {
            let call = moved.vacate();
            if let Some(far) = self.far(from).filter(|far| matches!(far.call, FarCall::Idle)) {
                far.call = call;
            }
        }
    }

    /// Moves a call to another channel and goes on with it there.
    fn take_another(&mut self, from: usize, now: Instant) {
        let free = |(index, far): (usize, &Far)| (index != from && far.is_free()).then_some(index);
        let found = self.channels.iter().enumerate().rev().find_map(free);
        let source = self.channels.get_mut(from).map(|far| (far.id, far.vacate()));
        let (Some(to), Some((source, call))) = (found, source) else { return };
        let Some(target) = self.channels.get_mut(to) else { return };
        target.adopt(call, source);
        let to = target.id;
        self.outputs.push_back(FromLine::Moved { from: source, to });
        self.with(to, Far::proceed, now);
    }
}

/// What a channel may use while it acts.
struct Act<'a> {
    now: Instant,
    side: Side,
    script: &'a Script,
    outputs: &'a mut VecDeque<FromLine>,
    observations: &'a mut VecDeque<Observation>,
    wish: Option<Wish>,
}

/// What a channel cannot do alone.
enum Wish {
    TakeAnother,
    /// Its own call lost a glare: try it again elsewhere.
    Yield(Box<Origination>),
}

impl Act<'_> {
    fn say(&mut self, channel: ChannelId, signal: Signal) {
        self.outputs.push_back(FromLine::Signal(channel, signal));
    }

    fn note(&mut self, observation: Observation) {
        note(self.observations, observation);
    }
}

fn note(observations: &mut VecDeque<Observation>, observation: Observation) {
    if observations.len() == OBSERVATIONS_MAX {
        observations.pop_front();
    }
    observations.push_back(observation);
}

impl Signalling for Exchange {
    fn handle_input(&mut self, input: ToLine, now: Instant) {
        match input {
            ToLine::Signal(id, signal) => {
                if matches!(signal, Signal::Release(_)) {
                    self.end_refused_move(id);
                }
                self.with(id, |far, act| far.hear_signal(signal, act), now);
            }
            ToLine::Restart(id) => {
                if let Some(far) = self.far(id).filter(|far| !far.deaf) {
                    far.end();
                    self.outputs.push_back(FromLine::Restarted(id));
                }
            }
            ToLine::Restarted(_) => {}
            ToLine::Block(id) | ToLine::Unblock(id) => {
                let blocked = matches!(input, ToLine::Block(_));
                if let Some(far) = self.far(id) {
                    far.blocked = blocked;
                }
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        for index in 0..self.channels.len() {
            let Some(far) = self.channels.get_mut(index) else { continue };
            far.flush();
            let id = far.id;
            if far.until().is_some_and(|until| until <= now) {
                self.with(id, Far::wake, now);
            }
        }
        self.originate_due(now);
    }

    fn poll_output(&mut self) -> Option<FromLine> {
        let output = self.outputs.pop_front();
        if self.watched
            && let Some(FromLine::Signal(channel, signal)) = &output
        {
            note(&mut self.observations, Observation::Told { channel: *channel, signal: signal.clone() });
        }
        output
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let channels = self.channels.iter().filter_map(Far::until);
        channels.chain(self.originations.iter().map(|origination| origination.next)).min()
    }

    fn bearer(&mut self, channel: ChannelId) -> Option<Box<dyn Bearer>> {
        let law = self.script.law;
        let far = self.far(channel)?;
        let saying = if matches!(far.call, FarCall::Idle) { Saying::Silence } else { far.saying.clone() };
        let (voice, bearer) = Voice::open(law, saying);
        far.voice = Some(voice);
        Some(Box::new(bearer))
    }

    fn has_call(&self, channel: ChannelId) -> bool {
        let far = self.index(channel).and_then(|index| self.channels.get(index));
        far.is_some_and(|far| !matches!(far.call, FarCall::Idle))
    }

    fn at_rest(&self) -> bool {
        self.outputs.is_empty() && self.channels.iter().all(|far| matches!(far.call, FarCall::Idle))
    }
}
