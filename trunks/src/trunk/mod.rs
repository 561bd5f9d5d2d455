//! A trunk: channels, the group that hunts them, and the line they are on.

mod audit;
mod line;
mod upkeep;

use std::collections::VecDeque;
use std::time::Instant;

use call::{Cause, Setup, Signal};
use media::Bearer;

pub use audit::{Inconsistency, Wrong};
pub use upkeep::BlockHow;

use crate::channel::{Action, Administrative, Alarm, CallState, Channel, Input, Step};
use crate::group::{Hunt, Priority, Refusal, TrunkGroup};
use crate::sim::Exchange;
use crate::{ChannelId, Counters, Limits, SPANS_MAX, Signalling, Span, Timers};

/// Which side of the line we are; the other side is the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Side {
    /// The user: in a glare our call goes elsewhere.
    #[default]
    User,
    /// The network: in a glare our call stays.
    Network,
}

impl Side {
    /// The far end's side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::User => Self::Network,
            Self::Network => Self::User,
        }
    }
}

/// What a trunk is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its spans; span 1 is the first.
    pub spans: Vec<Span>,
    /// The order in which channels are tried.
    pub hunt: Hunt,
    /// Which side we are.
    pub side: Side,
    /// How many calls, and how fast.
    pub limits: Limits,
    /// How long each state may last.
    pub timers: Timers,
    /// How many channels a call may try when the far end refuses them (glare, causes 6, 34, 44).
    pub channels_tried_max: u8,
}

impl Config {
    /// A trunk of these spans, ascending, user side, without limits.
    pub fn new(spans: Vec<Span>) -> Self {
        Self {
            spans,
            hunt: Hunt::default(),
            side: Side::default(),
            limits: Limits::default(),
            timers: Timers::default(),
            channels_tried_max: 4,
        }
    }
}

/// Why a trunk cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// No span, or more than [`SPANS_MAX`].
    Spans(usize),
    /// The spans have no channel.
    NoChannel,
}

impl core::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Spans(count) => write!(f, "{count} spans; a trunk has 1 to {SPANS_MAX}"),
            Self::NoChannel => f.write_str("a trunk needs at least one channel"),
        }
    }
}

impl std::error::Error for ConfigError {}

/// What a trunk wants the gateway to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The far end says this on a channel. SETUP begins a call on it, RELEASE ends it for good.
    Signal {
        /// Where.
        channel: ChannelId,
        /// What.
        signal: Signal,
    },
    /// Our call on `from` is now on `to`: the far end took or refused `from`. Its bearer is new too.
    Moved {
        /// Where it was; something else may be there by now.
        from: ChannelId,
        /// Where it is.
        to: ChannelId,
    },
    /// A call of the far end was refused here, without the gateway: for its record.
    Refused {
        /// Where it was.
        channel: ChannelId,
        /// What it wanted.
        setup: Box<Setup>,
        /// Why it was refused.
        refusal: Refusal,
    },
    /// The administrative state of a channel changed, not counting alarms.
    Standing {
        /// Which.
        channel: ChannelId,
        /// To what.
        administrative: Administrative,
    },
    /// A span got an alarm, a different one, or none any more.
    Alarm {
        /// Which, counted from 1.
        span: u16,
        /// What.
        alarm: Option<Alarm>,
    },
}

/// A channel as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelView {
    /// Which; span and slot are in it.
    pub id: ChannelId,
    /// May it be used?
    pub administrative: Administrative,
    /// What is on it?
    pub call: CallState,
    /// When that began.
    pub since: Instant,
    /// When that ends by itself.
    pub until: Option<Instant>,
}

/// A configured trunk with its line. One input, then drain [`Trunk::poll_output`], then ask
/// [`Trunk::poll_timeout`].
#[derive(Debug)]
pub struct Trunk<L = Exchange> {
    side: Side,
    timers: Timers,
    tried_max: u8,
    group: TrunkGroup,
    /// Ascending by id.
    channels: Vec<Channel>,
    line: L,
    outputs: VecDeque<Output>,
    /// Kept only for its room.
    actions: Vec<Action>,
    counters: Counters,
}

impl<L: Signalling> Trunk<L> {
    /// A trunk at rest on this line.
    ///
    /// # Errors
    /// When it has no channel or too many spans.
    pub fn new(config: &Config, line: L, now: Instant) -> Result<Self, ConfigError> {
        if config.spans.is_empty() || config.spans.len() > SPANS_MAX {
            return Err(ConfigError::Spans(config.spans.len()));
        }
        let numbered = (1..).zip(&config.spans);
        let channels: Vec<Channel> = numbered
            .flat_map(|(number, span)| span.channels(number))
            .map(|id| Channel::new(id, now))
            .collect();
        if channels.is_empty() {
            return Err(ConfigError::NoChannel);
        }
        Ok(Self {
            side: config.side,
            timers: config.timers,
            tried_max: config.channels_tried_max,
            group: TrunkGroup::new(config.hunt, config.limits, now),
            channels,
            line,
            outputs: VecDeque::new(),
            actions: Vec::new(),
            counters: Counters::default(),
        })
    }

    /// Puts a call on a free channel.
    ///
    /// # Errors
    /// When limits or the state of the channels forbid it; nothing has been said to the line then.
    pub fn setup(&mut self, setup: Setup, now: Instant) -> Result<ChannelId, Refusal> {
        self.setup_with(setup, Priority::Normal, now)
    }

    /// As [`Trunk::setup`]; an emergency call is exempt from the limits.
    ///
    /// # Errors
    /// As [`Trunk::setup`].
    pub fn setup_with(
        &mut self,
        setup: Setup,
        priority: Priority,
        now: Instant,
    ) -> Result<ChannelId, Refusal> {
        let (index, id) = self.take_channel(priority, now)?;
        self.counters.setups_out += 1;
        self.drive(index, Input::Seize(Box::new(setup), 0), now);
        self.pump(now);
        Ok(id)
    }

    /// Keeps a channel for a call that comes within [`Timers::reserved`]; a call from the far end may take it.
    ///
    /// # Errors
    /// As [`Trunk::setup`].
    pub fn reserve(&mut self, priority: Priority, now: Instant) -> Result<ChannelId, Refusal> {
        let (index, id) = self.take_channel(priority, now)?;
        self.drive(index, Input::Reserve, now);
        Ok(id)
    }

    /// Puts a call on a channel reserved before, or on another if the reservation is gone.
    ///
    /// # Errors
    /// When the reservation is gone and no channel is free.
    pub fn seize(&mut self, reserved: ChannelId, setup: Setup, now: Instant) -> Result<ChannelId, Refusal> {
        let kept = self.index(reserved).filter(|&index| self.state(index) == CallState::Reserved);
        let Some(index) = kept else { return self.setup_with(setup, Priority::Emergency, now) };
        self.counters.setups_out += 1;
        self.drive(index, Input::Seize(Box::new(setup), 0), now);
        self.pump(now);
        Ok(reserved)
    }

    fn take_channel(&mut self, priority: Priority, now: Instant) -> Result<(usize, ChannelId), Refusal> {
        let calls = self.calls();
        let taken = self.group.hunt_admitted(&self.channels, calls, priority, now);
        let taken = taken.inspect_err(|refusal| self.counters.refused.count(refusal.reason))?;
        let id = self.channels.get(taken).map(|channel| channel.id);
        id.map(|id| (taken, id)).ok_or_else(|| crate::RefusalReason::AllBusy.into())
    }

    /// The gateway says the next thing about its call on this channel. What the channel's state has no use for
    /// is counted and dropped; a RELEASE of a call that is over already is neither.
    pub fn handle_signal(&mut self, channel: ChannelId, signal: Signal, now: Instant) {
        match self.index(channel) {
            Some(index) => self.drive(index, Input::Gateway(signal), now),
            None => self.counters.unexpected += 1,
        }
        self.pump(now);
    }

    /// Time has come to `now`: deadlines end what they end, the line goes on.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.line.handle_timeout(now);
        self.pump(now);
        for index in 0..self.channels.len() {
            let due = self.channels.get(index).and_then(|channel| channel.call.until());
            if due.is_some_and(|until| until <= now) {
                self.drive(index, Input::Timeout, now);
            }
        }
        self.pump(now);
    }

    /// When to call [`Trunk::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let channels = self.channels.iter().filter_map(|channel| channel.call.until());
        channels.chain(self.line.poll_timeout()).min()
    }

    /// The next thing the gateway should know.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The voice of the call on this channel, for a media thread to own until the call is over or moved.
    pub fn bearer(&mut self, channel: ChannelId) -> Option<Box<dyn Bearer>> {
        self.index(channel)?;
        self.line.bearer(channel)
    }

    /// Every channel, ascending.
    pub fn channels(&self) -> impl Iterator<Item = ChannelView> + '_ {
        self.channels.iter().map(|channel| ChannelView {
            id: channel.id,
            administrative: channel.standing.state(),
            call: channel.call.state(),
            since: channel.since,
            until: channel.call.until(),
        })
    }

    /// How many channels have a call of the gateway, or are reserved for one.
    pub fn calls(&self) -> usize {
        let taken = |state: CallState| state.has_call() || state == CallState::Reserved;
        self.channels.iter().filter(|channel| taken(channel.call.state())).count()
    }

    /// How many channels are not idle: calls, releases, restarts, guards.
    pub fn busy(&self) -> usize {
        self.channels.iter().filter(|channel| channel.call.state() != CallState::Idle).count()
    }

    /// True if every channel is idle, the line holds no call and nothing waits to be told.
    pub fn at_rest(&self) -> bool {
        self.busy() == 0 && self.outputs.is_empty() && self.line.at_rest()
    }

    /// What has been counted so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The line.
    pub fn line(&self) -> &L {
        &self.line
    }

    /// The line, to be told things that no call says. Call [`Trunk::handle_timeout`] afterwards.
    pub fn line_mut(&mut self) -> &mut L {
        &mut self.line
    }

    fn index(&self, id: ChannelId) -> Option<usize> {
        self.channels.binary_search_by_key(&id, |channel| channel.id).ok()
    }

    fn state(&self, index: usize) -> CallState {
        self.channels.get(index).map_or(CallState::Idle, |channel| channel.call.state())
    }

    /// Gives a channel one input and does what it wants done, in its order.
    fn drive(&mut self, index: usize, input: Input, now: Instant) {
        let mut actions = core::mem::take(&mut self.actions);
        let Some(channel) = self.channels.get_mut(index) else { return };
        let id = channel.id;
        let mut step = Step {
            now,
            id,
            side: self.side,
            timers: &self.timers,
            counters: &mut self.counters,
            actions: &mut actions,
        };
        channel.handle(input, &mut step);
        for action in actions.drain(..) {
            match action {
                Action::Line(input) => self.line.handle_input(input, now),
                Action::Gateway(signal) => {
                    self.counters.setups_in += u64::from(matches!(signal, Signal::Setup(_)));
                    self.outputs.push_back(Output::Signal { channel: id, signal });
                }
                Action::Elsewhere(setup, tried, cause) => self.go_elsewhere(id, setup, tried, cause, now),
                // Its holder seizes another channel in its place.
                Action::ReservationLost => {}
                Action::Faulty => self.set_faulty(index, true),
                Action::Repaired => self.set_faulty(index, false),
            }
        }
        self.actions = actions;
    }

    /// Q.931 §5.7: the call tries another channel at once; only when none is left does it fail.
    fn go_elsewhere(&mut self, from: ChannelId, setup: Box<Setup>, tried: u8, cause: Cause, now: Instant) {
        let tried = tried.saturating_add(1);
        let found = if tried < self.tried_max { self.group.hunt(&self.channels).ok() } else { None };
        let to = found.and_then(|index| self.channels.get(index).map(|channel| (index, channel.id)));
        let Some((index, to)) = to else {
            self.outputs.push_back(Output::Signal { channel: from, signal: Signal::Release(cause) });
            return;
        };
        self.counters.moved += 1;
        self.outputs.push_back(Output::Moved { from, to });
        self.drive(index, Input::Seize(setup, tried), now);
    }
}
