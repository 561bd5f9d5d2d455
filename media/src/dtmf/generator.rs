//! Plays digits one after the other, as a telephone would.

use std::collections::VecDeque;

use call::Digit;

use super::frequencies;
use crate::Law;
use crate::tone::{Country, oscillator::Oscillator, round};

/// Digits that may wait; more are refused.
pub const QUEUE_MAX: usize = 64;
/// Length of a digit whose length is not told, and of the silence after each.
const ON_MS: u32 = 100;
const OFF_MS: u32 = 100;
/// A digit shorter than this might not be heard (Q.24 asks receivers for 40 ms).
const ON_MS_MIN: u32 = 50;
const SAMPLES_PER_MS: u32 = 8;

#[derive(Debug, Clone, Copy)]
enum Length {
    Fixed(u32),
    /// Until [`Generator::release`], but at least so many samples.
    Held(u32),
}

#[derive(Debug, Clone, Copy)]
enum State {
    Idle,
    On { low: Oscillator, high: Oscillator, length: Length, played: u32 },
    Off { left: u32 },
}

/// The digits of one line.
#[derive(Debug)]
pub struct Generator {
    low_peak: f32,
    high_peak: f32,
    state: State,
    queue: VecDeque<(Digit, Length)>,
}

impl Generator {
    /// Digits as loud as in this country, for a stream that will be coded by this law.
    pub fn new(country: Country, law: Law) -> Self {
        let (high, low) = country.digit_levels_dbm0();
        Self::with_levels(high, low, law)
    }

    /// Digits whose high and low frequencies have these levels in dBm0.
    #[expect(clippy::cast_possible_truncation, reason = "f32 is precise enough for 16-bit samples")]
    pub fn with_levels(high_dbm0: f64, low_dbm0: f64, law: Law) -> Self {
        Self {
            low_peak: law.peak_of_sine(low_dbm0) as f32,
            high_peak: law.peak_of_sine(high_dbm0) as f32,
            state: State::Idle,
            queue: VecDeque::with_capacity(QUEUE_MAX),
        }
    }

    /// Queues a digit of the usual length; `false` if too many wait.
    #[must_use]
    pub fn send(&mut self, digit: Digit) -> bool {
        self.send_for(digit, ON_MS)
    }

    /// Queues a digit of this length, made longer where it might not be heard; `false` if too many wait.
    #[must_use]
    pub fn send_for(&mut self, digit: Digit, ms: u32) -> bool {
        self.push(digit, Length::Fixed(ms.max(ON_MS_MIN).saturating_mul(SAMPLES_PER_MS)))
    }

    /// Queues a digit that lasts until [`Generator::release`]; `false` if too many wait.
    #[must_use]
    pub fn hold(&mut self, digit: Digit) -> bool {
        self.push(digit, Length::Held(ON_MS_MIN * SAMPLES_PER_MS))
    }

    fn push(&mut self, digit: Digit, length: Length) -> bool {
        let room = self.queue.len() < QUEUE_MAX;
        if room {
            self.queue.push_back((digit, length));
        }
        room
    }

    /// Lets go of the last digit held, whether it sounds or still waits.
    pub fn release(&mut self) {
        if let Some((_, length)) = self.queue.back_mut() {
            if let Length::Held(minimum) = *length {
                *length = Length::Fixed(minimum);
            }
        } else if let State::On { length, played, .. } = &mut self.state
            && let Length::Held(minimum) = *length
        {
            *length = Length::Fixed(minimum.max(*played));
        }
    }

    /// Whether nothing sounds and nothing waits: then [`Generator::fill`] leaves frames alone.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle) && self.queue.is_empty()
    }

    /// Puts digits and the silences between them over a frame; what comes after the last is left as it is.
    pub fn fill(&mut self, pcm: &mut [i16]) {
        let mut rest = pcm;
        while !rest.is_empty() {
            let filled = match &mut self.state {
                State::Idle => {
                    if !self.begin() {
                        return;
                    }
                    0
                }
                State::On { low, high, length, played } => {
                    let left = match *length {
                        Length::Fixed(samples) => samples.saturating_sub(*played),
                        Length::Held(_) => u32::MAX,
                    };
                    let piece = rest.len().min(left as usize);
                    for sample in rest.iter_mut().take(piece) {
                        *sample = round(low.next() * self.low_peak + high.next() * self.high_peak);
                    }
                    *played = played.saturating_add(u32::try_from(piece).unwrap_or(u32::MAX));
                    if piece == left as usize {
                        self.state = State::Off { left: OFF_MS * SAMPLES_PER_MS };
                    }
                    piece
                }
                State::Off { left } => {
                    let piece = rest.len().min(*left as usize);
                    rest.iter_mut().take(piece).for_each(|sample| *sample = 0);
                    *left -= u32::try_from(piece).unwrap_or(*left);
                    if *left == 0 {
                        self.state = State::Idle;
                    }
                    piece
                }
            };
            let Some((_, after)) = rest.split_at_mut_checked(filled) else { return };
            rest = after;
        }
    }

    fn begin(&mut self) -> bool {
        let Some((digit, length)) = self.queue.pop_front() else { return false };
        let (low, high) = frequencies(digit);
        self.state = State::On { low: Oscillator::new(low), high: Oscillator::new(high), length, played: 0 };
        true
    }
}
