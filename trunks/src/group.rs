//! A trunk group: which free channel the next call takes, and how many calls there may be.

use std::time::Instant;

use call::Cause;

use crate::channel::{Administrative, Channel};
use crate::limits::{Limits, TokenBucket};

/// The order in which channels are tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Hunt {
    /// From the lowest; give the far end `Descending`, so that both seldom meet.
    #[default]
    Ascending,
    /// From the highest.
    Descending,
    /// Upwards from the one after the last seized.
    RoundRobinUp,
    /// Downwards from the one before the last seized.
    RoundRobinDown,
    /// The one that has been idle for the longest time.
    LongestIdle,
}

impl Hunt {
    /// Every order.
    pub const ALL: [Self; 5] =
        [Self::Ascending, Self::Descending, Self::RoundRobinUp, Self::RoundRobinDown, Self::LongestIdle];

    /// Its name in a config.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
            Self::RoundRobinUp => "round_robin_up",
            Self::RoundRobinDown => "round_robin_down",
            Self::LongestIdle => "longest_idle",
        }
    }

    /// The first of `count` places that is free, given the one taken last. Who knows nothing of idle times
    /// takes the lowest for the longest idle.
    pub(crate) fn next(
        self,
        count: usize,
        last: Option<usize>,
        free: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let free = |index: &usize| free(*index);
        match self {
            Self::Ascending | Self::LongestIdle => (0..count).find(free),
            Self::Descending => (0..count).rev().find(free),
            Self::RoundRobinUp => {
                let from = last.map_or(0, |last| last + 1).min(count);
                (from..count).chain(0..from).find(free)
            }
            Self::RoundRobinDown => {
                let from = last.unwrap_or(count).min(count);
                (0..from).rev().chain((from..count).rev()).find(free)
            }
        }
    }

    /// The order of this name in a config.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hunt| hunt.name() == name)
    }
}

/// Why a trunk takes no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// What the caller is told.
    pub cause: Cause,
    /// What decided.
    pub reason: RefusalReason,
}

/// What decided that a trunk takes no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefusalReason {
    /// As many calls as the trunk may carry.
    Capacity,
    /// Too many calls in a second.
    Rate,
    /// Every channel that is not busy is blocked, or out for maintenance.
    Blocked,
    /// Every channel has a call.
    AllBusy,
    /// Every channel that is not busy is on a span with an alarm.
    Alarm,
}

impl RefusalReason {
    /// Its name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Capacity => "capacity",
            Self::Rate => "cps",
            Self::Blocked => "blocked",
            Self::AllBusy => "all_busy",
            Self::Alarm => "alarm",
        }
    }

    /// What the caller is told.
    pub const fn cause(self) -> Cause {
        match self {
            Self::Capacity | Self::Blocked | Self::AllBusy => Cause::NO_CIRCUIT,
            Self::Rate => Cause::SWITCHING_CONGESTION,
            Self::Alarm => Cause::NETWORK_OUT_OF_ORDER,
        }
    }
}

impl From<RefusalReason> for Refusal {
    fn from(reason: RefusalReason) -> Self {
        Self { cause: reason.cause(), reason }
    }
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} ({})", self.reason.name(), self.cause)
    }
}

/// Whether limits hold for a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// They do.
    #[default]
    Normal,
    /// An emergency call: no limit refuses it, only the want of a channel.
    Emergency,
}

/// The group that a trunk's channels form.
#[derive(Debug)]
pub(crate) struct TrunkGroup {
    hunt: Hunt,
    /// The index of the channel seized last.
    last: Option<usize>,
    calls_max: Option<u32>,
    rate: Option<TokenBucket>,
}

impl TrunkGroup {
    pub(crate) fn new(hunt: Hunt, limits: Limits, now: Instant) -> Self {
        let rate = limits.calls_per_second.map(|per_second| TokenBucket::new(per_second, now));
        Self { hunt, last: None, calls_max: limits.calls, rate }
    }

    /// May one more call begin, while this many are up? Takes a token if so.
    pub(crate) fn admit(&mut self, calls: usize, priority: Priority, now: Instant) -> Result<(), Refusal> {
        if priority == Priority::Emergency {
            return Ok(());
        }
        let calls = u32::try_from(calls).unwrap_or(u32::MAX);
        if self.calls_max.is_some_and(|max| calls >= max) {
            return Err(RefusalReason::Capacity.into());
        }
        let within = self.rate.as_mut().is_none_or(|rate| rate.take(now));
        if within { Ok(()) } else { Err(RefusalReason::Rate.into()) }
    }

    /// The index of the channel that a new call takes, if the limits allow one more. A token is spent only on
    /// a call that finds a channel.
    pub(crate) fn hunt_admitted(
        &mut self,
        channels: &[Channel],
        calls: usize,
        priority: Priority,
        now: Instant,
    ) -> Result<usize, Refusal> {
        let last = self.last;
        let found = self.hunt(channels)?;
        self.admit(calls, priority, now).inspect_err(|_| self.last = last)?;
        Ok(found)
    }

    /// The index of the channel that the next call takes.
    pub(crate) fn hunt(&mut self, channels: &[Channel]) -> Result<usize, Refusal> {
        let free = |index: usize| channels.get(index).is_some_and(Channel::is_free);
        let found = match self.hunt {
            Hunt::LongestIdle => {
                let idle_since = |index: &usize| channels.get(*index).map(|channel| channel.since);
                (0..channels.len()).filter(|&index| free(index)).min_by_key(idle_since)
            }
            Hunt::Ascending | Hunt::Descending | Hunt::RoundRobinUp | Hunt::RoundRobinDown => {
                self.hunt.next(channels.len(), self.last, free)
            }
        };
        if found.is_some() {
            self.last = found;
        }
        found.ok_or_else(|| why_none(channels).into())
    }
}

/// Why no channel is free: by what keeps those without a call.
fn why_none(channels: &[Channel]) -> RefusalReason {
    let mut reason = RefusalReason::AllBusy;
    for channel in channels.iter().filter(|channel| channel.call.until().is_none()) {
        match channel.standing.state() {
            Administrative::OutOfService(_) => return RefusalReason::Alarm,
            Administrative::LocalBlocked | Administrative::RemoteBlocked | Administrative::Maintenance => {
                reason = RefusalReason::Blocked;
            }
            Administrative::InService => {}
        }
    }
    reason
}
