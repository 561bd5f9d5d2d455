//! The receiving side: hears each digit once, however often and however patchily it is reported.

use std::time::{Duration, Instant};

use call::Digit;

use super::Event;
use crate::rtp::Header;

/// Without a report for so long, an event is over: three lost updates at 50 ms (RFC 4733 §2.5.2.2).
const SILENCE_MAX: Duration = Duration::from_millis(200);
/// A new timestamp at most so much older than the newest one is a straggler, not a restarted source.
const STRAGGLER_SECONDS_MAX: u32 = 10;
/// What waits to be polled at most. One packet says three things: one digit ends, another starts and ends.
const HEARD_MAX: usize = 4;

/// What the receiver makes of the reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// A key went down.
    Start {
        /// The key.
        digit: Digit,
        /// Power level in -dBm0.
        volume: u8,
    },
    /// The key came up, or the reports ceased.
    End {
        /// The key.
        digit: Digit,
        /// How long it was down, as far as reported.
        duration: Duration,
    },
}

/// The receiver of one RTP source. Packets in, then [`Receiver::poll`] until `None`.
#[derive(Debug)]
pub struct Receiver {
    clock_rate: u32,
    state: State,
    heard: [Option<Heard>; HEARD_MAX],
    unknown: u64,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// Nothing heard yet.
    Idle,
    /// A key is down.
    Down { event: Running, until: Instant },
    /// The last key is up; its repeated and late reports are known by their timestamps.
    Up { event: Running },
}

/// An event as its reports describe it.
#[derive(Debug, Clone, Copy)]
struct Running {
    digit: Digit,
    /// Timestamp of the running segment.
    timestamp: u32,
    /// Units of the segments before this one (§2.5.1.3).
    before: u32,
    /// Units reported of this segment.
    duration: u16,
}

impl Running {
    fn units(&self) -> u32 {
        self.before.saturating_add(u32::from(self.duration))
    }
}

impl Receiver {
    /// A receiver for events with this clock rate, which is that of the voice they replace.
    pub const fn new(clock_rate: u32) -> Self {
        Self { clock_rate, state: State::Idle, heard: [None; HEARD_MAX], unknown: 0 }
    }

    /// Takes one packet of the telephone-event payload type.
    pub fn handle_packet(&mut self, header: Header, payload: &[u8], now: Instant) {
        let Some((event, digit)) =
            Event::parse(payload).and_then(|event| Some((event, Digit::from_event(event.code)?)))
        else {
            self.unknown += 1;
            return;
        };
        let timestamp = header.timestamp;
        match self.state {
            State::Idle => self.start(digit, timestamp, event, now),
            State::Down { event: running, .. } => self.while_down(running, digit, timestamp, event, now),
            State::Up { event: last } => {
                let same = timestamp == last.timestamp;
                if !same && !self.is_straggler(timestamp, last.timestamp) {
                    self.start(digit, timestamp, event, now);
                }
            }
        }
    }

    fn while_down(&mut self, running: Running, digit: Digit, timestamp: u32, event: Event, now: Instant) {
        let ahead = timestamp.wrapping_sub(running.timestamp);
        if ahead == 0 {
            let duration = running.duration.max(event.duration);
            self.update(Running { duration, ..running }, event.end, now);
        } else if digit == running.digit && ahead <= u32::from(running.duration) {
            // The next segment of a long event starts exactly where the full one ended (§2.5.1.3). One that
            // starts inside the running event overlaps it, and so is that event, wrongly stamped.
            let before = running.before.saturating_add(ahead);
            let next = Running { digit, timestamp, before, duration: event.duration };
            self.update(next, event.end, now);
        } else if !self.is_straggler(timestamp, running.timestamp) {
            self.finish(running);
            self.start(digit, timestamp, event, now);
        }
    }

    fn start(&mut self, digit: Digit, timestamp: u32, event: Event, now: Instant) {
        self.say(Heard::Start { digit, volume: event.volume });
        self.update(Running { digit, timestamp, before: 0, duration: event.duration }, event.end, now);
    }

    fn update(&mut self, event: Running, end: bool, now: Instant) {
        if end {
            self.finish(event);
        } else {
            self.state = State::Down { event, until: now + SILENCE_MAX };
        }
    }

    fn finish(&mut self, event: Running) {
        self.state = State::Up { event };
        let seconds = f64::from(event.units()) / f64::from(self.clock_rate.max(1));
        self.say(Heard::End { digit: event.digit, duration: Duration::from_secs_f64(seconds) });
    }

    /// Whether a timestamp lies before that of an event already begun: its packet came too late to count.
    fn is_straggler(&self, timestamp: u32, newest: u32) -> bool {
        let behind = newest.wrapping_sub(timestamp);
        behind != 0 && behind < self.clock_rate.saturating_mul(STRAGGLER_SECONDS_MAX)
    }

    fn say(&mut self, heard: Heard) {
        if let Some(free) = self.heard.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(heard);
        }
    }

    /// What was heard, oldest first.
    pub fn poll(&mut self) -> Option<Heard> {
        let [first, ..] = self.heard;
        self.heard.rotate_left(1);
        if let Some(last) = self.heard.last_mut() {
            *last = None;
        }
        first
    }

    /// When [`Receiver::handle_timeout`] is due.
    pub const fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Down { until, .. } => Some(until),
            State::Idle | State::Up { .. } => None,
        }
    }

    /// Ends an event whose reports have ceased.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.state {
            State::Down { event, until } if until <= now => self.finish(event),
            State::Down { .. } | State::Idle | State::Up { .. } => {}
        }
    }

    /// The source has changed (another SSRC): its timestamps say nothing of the former ones.
    pub fn restart(&mut self) {
        if let State::Down { event, .. } = self.state {
            self.finish(event);
        }
        self.state = State::Idle;
    }

    /// Packets that were no digit.
    pub const fn unknown(&self) -> u64 {
        self.unknown
    }
}
