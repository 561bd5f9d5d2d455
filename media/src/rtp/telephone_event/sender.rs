//! The sending side: a queue of digits, told as RFC 4733 §2.5.1 asks, at most one packet a frame of voice.

use std::collections::VecDeque;

use call::Digit;

use super::Event;

/// Digits that may wait; more are refused.
pub const QUEUE_MAX: usize = 64;
/// How often an end is told, of an event or of a segment (§2.5.1.4).
const TELLINGS: u8 = 3;
/// Power level told, in -dBm0: that of most telephones.
const VOLUME: u8 = 10;
/// Silence between two digits, 40 ms at least (ITU-T Q.24).
const PAUSE_MS: u32 = 60;
/// The longest segment (§2.5.1.3).
const SEGMENT_MAX: u32 = u16::MAX as u32;

/// One packet to send in place of a frame of voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing {
    /// Set on the first packet of an event (§2.5.1.1).
    pub marker: bool,
    /// When the event, or this segment of it, began: the same in all its packets.
    pub timestamp: u32,
    /// The report.
    pub event: Event,
}

/// How long a key stays down, in timestamp units.
#[derive(Debug, Clone, Copy)]
enum Length {
    Fixed(u32),
    /// Until [`Sender::release`], but at least so long.
    Held(u32),
}

#[derive(Debug, Clone, Copy)]
enum State {
    Idle,
    Down(Down),
    /// The key came up at `end`; the end is told `left` times more, and then there is a pause.
    Up {
        last: Outgoing,
        left: u8,
        told: u32,
        end: u32,
    },
}

#[derive(Debug, Clone, Copy)]
struct Down {
    digit: Digit,
    length: Length,
    start: u32,
    /// Units since `start` at the end of the last frame.
    elapsed: u32,
    /// Units from `start` to the beginning of the running segment.
    segment: u32,
    /// Units since `start` at the last report.
    told: Option<u32>,
    /// How often the end of the segment before is still to be told.
    tellings: u8,
}

/// The sender of one RTP stream.
#[derive(Debug)]
pub struct Sender {
    samples_per_ms: u32,
    update: u32,
    state: State,
    queue: VecDeque<(Digit, Length)>,
}

impl Sender {
    /// A sender whose reports are `update_ms` apart (§2.5.1.2; 20 or 50 ms are usual).
    pub fn new(clock_rate: u32, update_ms: u32) -> Self {
        let samples_per_ms = clock_rate / 1000;
        Self {
            samples_per_ms,
            update: update_ms.saturating_mul(samples_per_ms),
            state: State::Idle,
            queue: VecDeque::with_capacity(QUEUE_MAX),
        }
    }

    /// Queues a digit of a known length; `false` if too many wait.
    #[must_use]
    pub fn send(&mut self, digit: Digit, ms: u32) -> bool {
        self.push(digit, Length::Fixed(ms.max(1).saturating_mul(self.samples_per_ms)))
    }

    /// Queues a digit that lasts until [`Sender::release`], and at least `minimum_ms`; `false` if too many wait.
    #[must_use]
    pub fn hold(&mut self, digit: Digit, minimum_ms: u32) -> bool {
        self.push(digit, Length::Held(minimum_ms.max(1).saturating_mul(self.samples_per_ms)))
    }

    fn push(&mut self, digit: Digit, length: Length) -> bool {
        let room = self.queue.len() < QUEUE_MAX;
        if room {
            self.queue.push_back((digit, length));
        }
        room
    }

    /// Lets go of the last digit held, whether it has begun or still waits.
    pub fn release(&mut self) {
        if let Some((_, length)) = self.queue.back_mut() {
            if let Length::Held(minimum) = *length {
                *length = Length::Fixed(minimum);
            }
        } else if let State::Down(down) = &mut self.state
            && let Length::Held(minimum) = down.length
        {
            down.length = Length::Fixed(minimum.max(down.elapsed));
        }
    }

    /// What goes out in place of the frame of voice from `timestamp` on, `samples` long, if anything.
    ///
    /// Call it for every frame, in silence too. [`Sender::replaces_voice`] says whether voice stays away even
    /// where there is nothing to tell.
    pub fn frame(&mut self, timestamp: u32, samples: u32) -> Option<Outgoing> {
        match self.state {
            State::Idle => self.begin(timestamp, samples),
            State::Down(down) => self.while_down(down, timestamp, samples),
            State::Up { last, left, told, end } => self.while_up(last, left, told, end, timestamp, samples),
        }
    }

    fn begin(&mut self, timestamp: u32, samples: u32) -> Option<Outgoing> {
        let (digit, length) = self.queue.pop_front()?;
        let down = Down { digit, length, start: timestamp, elapsed: 0, segment: 0, told: None, tellings: 0 };
        self.while_down(down, timestamp, samples)
    }

    fn while_down(&mut self, mut down: Down, timestamp: u32, samples: u32) -> Option<Outgoing> {
        down.elapsed = timestamp.wrapping_add(samples).wrapping_sub(down.start);
        let told = self.tell(&mut down, timestamp);
        if let Some(Outgoing { event: Event { end: true, .. }, .. }) = told {
            return told;
        }
        self.state = State::Down(down);
        told
    }

    fn tell(&mut self, down: &mut Down, now: u32) -> Option<Outgoing> {
        if down.tellings > 0 {
            down.tellings -= 1;
            return Some(down.report(down.segment - SEGMENT_MAX, SEGMENT_MAX, false));
        }
        if down.elapsed.saturating_sub(down.segment) > SEGMENT_MAX {
            down.segment += SEGMENT_MAX;
            down.tellings = TELLINGS - 1;
            return Some(down.report(down.segment - SEGMENT_MAX, SEGMENT_MAX, false));
        }
        if let Length::Fixed(length) = down.length
            && length <= down.elapsed
        {
            let last = down.report(down.segment, length.saturating_sub(down.segment), true);
            let end = down.start.wrapping_add(length);
            let again = Outgoing { marker: false, ..last };
            self.state = State::Up { last: again, left: TELLINGS - 1, told: now, end };
            return Some(last);
        }
        if down.told.is_some_and(|told| down.elapsed.saturating_sub(told) < self.update) {
            return None;
        }
        let report = down.report(down.segment, down.elapsed.saturating_sub(down.segment), false);
        down.told = Some(down.elapsed);
        Some(report)
    }

    fn while_up(
        &mut self,
        last: Outgoing,
        left: u8,
        told: u32,
        end: u32,
        timestamp: u32,
        samples: u32,
    ) -> Option<Outgoing> {
        if left > 0 {
            if timestamp.wrapping_sub(told) < self.update {
                return None;
            }
            self.state = State::Up { last, left: left - 1, told: timestamp, end };
            return Some(last);
        }
        // The last frame of the digit may reach beyond its end.
        let paused = timestamp.wrapping_sub(end).cast_signed();
        if i64::from(paused) < i64::from(PAUSE_MS * self.samples_per_ms) {
            return None;
        }
        self.state = State::Idle;
        self.begin(timestamp, samples)
    }

    /// Whether a digit is being told, so that voice and tones stay away.
    pub const fn replaces_voice(&self) -> bool {
        match self.state {
            State::Idle => false,
            State::Down(_) => true,
            State::Up { left, .. } => left > 0,
        }
    }

    /// Whether nothing is being told and nothing waits.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle) && self.queue.is_empty()
    }
}

impl Down {
    fn report(&self, segment: u32, duration: u32, end: bool) -> Outgoing {
        let duration = u16::try_from(duration).unwrap_or(u16::MAX);
        Outgoing {
            marker: self.told.is_none() && segment == 0,
            timestamp: self.start.wrapping_add(segment),
            event: Event { code: self.digit.event(), end, volume: VOLUME, duration },
        }
    }
}
