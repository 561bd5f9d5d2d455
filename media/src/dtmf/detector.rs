//! Hears digits as ITU-T Q.24 asks: sure of real ones, deaf to voices.
//!
//! Every 5 ms the voice is correlated with the eight frequencies. Of the last 25 ms the strongest low and high
//! one are taken; their phase between two halves tells how far off they truly are, and with that how much of all
//! the energy is theirs. A digit is five such looks on end that are pure, level and on frequency.

#![expect(
    clippy::indexing_slicing,
    reason = "fixed arrays, indexed by constants and by the keypad's rows and columns"
)]

use core::f32::consts::TAU;
use std::time::Duration;

use call::Digit;

use super::{HIGH, LOW, digit};
use crate::Law;
use crate::tone::oscillator::sine_of;

const SAMPLE_RATE: f32 = 8000.0;
/// Samples of a block: 5 ms.
const BLOCK: usize = 40;
/// Blocks of a look.
const LOOK: usize = 5;
/// Looks on end that make a digit: a tone of 35 ms has them always, one of 30 ms or less never has.
const LOOKS_ON: u8 = 5;
/// Looks on end without it that end a digit: a break of 20 ms has fewer, a pause of 40 ms has more.
const LOOKS_OFF: u8 = 7;
/// The two frequencies' share of the energy, to begin and to go on.
const PURE_ON: f32 = 0.75;
const PURE_ALONG: f32 = 0.6;
/// And of all looks that begin it: voices seldom reach it, a digit in noise 12 dB below it does.
const PURE_IN_ALL: f32 = 0.9;
/// Off frequency by so much and it is none of ours: 1.8 % must be heard and 3 % must not (Q.24 table A-1).
const OFF_FREQUENCY_MAX: f32 = 0.024;
/// The same of a single look, which noise may tilt.
const OFF_FREQUENCY_LOOK_MAX: f32 = 0.032;
/// Each frequency at least so loud; -25 dBm0 must be heard and -29 must not (Q.24 table A-1: NTT).
const LEVEL_MIN_DBM0: f64 = -27.0;
/// The high frequency is at most so much louder than the low, or softer, in power (Q.24: +4 and -8 dB, and 9 or
/// 10 dB in some countries).
const HIGH_LOUDER_MAX: f32 = 6.3;
const HIGH_SOFTER_MAX: f32 = 11.2;

/// What the detector heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// A digit has sounded for some 35 ms and goes on.
    Start(Digit),
    /// It has ceased.
    End {
        /// The digit.
        digit: Digit,
        /// How long it was, to some 5 ms.
        duration: Duration,
    },
}

/// The detector of one line; it takes linear samples in frames of any length.
#[derive(Debug, Clone)]
pub struct Detector {
    /// Goertzel's two delays, and the samples they have taken of the running block.
    delays: [[f32; 8]; 2],
    taken: usize,
    energy: f32,
    /// The phase of each frequency at the end of the block before.
    phase: [Complex; 8],
    /// The last blocks, oldest first.
    blocks: [Block; LOOK],
    state: State,
    level_min: f32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Complex {
    re: f32,
    im: f32,
}

/// What 5 ms hold of each frequency, and of all.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    at: [Complex; 8],
    energy: f32,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Quiet,
    /// A digit has been in so many looks on end; their sum.
    Maybe {
        digit: Digit,
        looks: u8,
        sum: Look,
    },
    /// It is one, for so many looks, and the last so many were without it.
    On {
        digit: Digit,
        looks: u32,
        without: u8,
    },
}

/// The two frequencies of a look.
#[derive(Debug, Clone, Copy)]
struct Look {
    low: Tone,
    high: Tone,
    energy: f32,
}

#[derive(Debug, Clone, Copy)]
struct Tone {
    which: usize,
    /// Product of the later half and the conjugate of the earlier: its angle is what it is off in 10 ms.
    turn: Complex,
    energy: f32,
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}

impl Detector {
    /// A detector that has heard nothing.
    #[expect(clippy::cast_possible_truncation, reason = "f32 is precise enough for a threshold")]
    pub fn new() -> Self {
        // The laws differ by 0.06 dB here.
        let peak = Law::A.peak_of_sine(LEVEL_MIN_DBM0);
        let samples = (BLOCK * (LOOK - 1)) as f64;
        Self {
            delays: [[0.0; 8]; 2],
            taken: 0,
            energy: 0.0,
            phase: [Complex { re: 1.0, im: 0.0 }; 8],
            blocks: [Block::default(); LOOK],
            state: State::Quiet,
            level_min: (peak * peak / 2.0 * samples) as f32,
        }
    }

    /// Listens to the next samples and tells what it heard in them.
    pub fn listen(&mut self, pcm: &[i16], mut heard: impl FnMut(Heard)) {
        let mut rest = pcm;
        while !rest.is_empty() {
            let piece = rest.len().min(BLOCK - self.taken);
            self.take(&rest[..piece]);
            rest = &rest[piece..];
            if self.taken == BLOCK {
                self.end_block();
                self.look(&mut heard);
            }
        }
    }

    fn take(&mut self, pcm: &[i16]) {
        let [mut one, mut two] = self.delays;
        let mut energy = self.energy;
        for sample in pcm {
            let sample = f32::from(*sample);
            energy += sample * sample;
            for k in 0..8 {
                let next = sample + TABLE.twice_cosine[k] * one[k] - two[k];
                two[k] = one[k];
                one[k] = next;
            }
        }
        self.delays = [one, two];
        self.energy = energy;
        self.taken += pcm.len();
    }

    fn end_block(&mut self) {
        let [one, two] = self.delays;
        let mut block = Block { at: [Complex::default(); 8], energy: self.energy };
        for k in 0..8 {
            let (w, turn) = (TABLE.sample[k], TABLE.block[k]);
            let sum = Complex { re: one[k] - w.re * two[k], im: -w.im * two[k] };
            let phase = self.phase[k].times(turn);
            // Rounding must not make the phase grow or shrink over hours.
            let keep = 1.5 - 0.5 * phase.power();
            self.phase[k] = Complex { re: phase.re * keep, im: phase.im * keep };
            block.at[k] = sum.times(self.phase[k]);
        }
        self.blocks.rotate_left(1);
        self.blocks[LOOK - 1] = block;
        self.delays = [[0.0; 8]; 2];
        (self.taken, self.energy) = (0, 0.0);
    }

    fn look(&mut self, heard: &mut impl FnMut(Heard)) {
        let seen = Look::at(&self.blocks);
        self.state = match self.state {
            State::Quiet => self.maybe(seen, None),
            State::Maybe { digit, looks, sum } => self.while_maybe(seen, digit, looks, sum, heard),
            State::On { digit, looks, without } => self.while_on(seen, digit, looks, without, heard),
        };
    }

    /// A first look at a digit, if it is one.
    fn maybe(&self, seen: Look, but: Option<Digit>) -> State {
        match seen.digit(PURE_ON, self.level_min) {
            Some(digit) if Some(digit) != but => State::Maybe { digit, looks: 1, sum: seen },
            Some(_) | None => State::Quiet,
        }
    }

    fn while_maybe(
        &self,
        seen: Look,
        digit: Digit,
        looks: u8,
        sum: Look,
        heard: &mut impl FnMut(Heard),
    ) -> State {
        if seen.digit(PURE_ON, self.level_min) != Some(digit) {
            return self.maybe(seen, Some(digit));
        }
        let (looks, sum) = (looks.saturating_add(1), sum.plus(seen));
        if looks < LOOKS_ON || !sum.is_beyond_doubt() {
            return State::Maybe { digit, looks, sum };
        }
        heard(Heard::Start(digit));
        State::On { digit, looks: looks.into(), without: 0 }
    }

    fn while_on(
        &self,
        seen: Look,
        digit: Digit,
        looks: u32,
        without: u8,
        heard: &mut impl FnMut(Heard),
    ) -> State {
        let looks = looks.saturating_add(1);
        // A digit may fade a little below what it must begin with.
        if seen.digit(PURE_ALONG, self.level_min / 2.0) == Some(digit) {
            return State::On { digit, looks, without: 0 };
        }
        let without = without + 1;
        if without < LOOKS_OFF {
            return State::On { digit, looks, without };
        }
        // Looks of the tone's ends reach some 10 ms into it from each side.
        let blocks = looks.saturating_sub(without.into()) + 1;
        heard(Heard::End { digit, duration: Duration::from_millis(5) * blocks });
        self.maybe(seen, None)
    }
}

impl Look {
    fn at(blocks: &[Block; LOOK]) -> Self {
        let weighted = [0.5, 1.0, 1.0, 1.0, 0.5];
        let energy = blocks.iter().zip(weighted).map(|(block, weight)| block.energy * weight).sum();
        Self { low: Tone::strongest(blocks, 0), high: Tone::strongest(blocks, 4), energy }
    }

    fn digit(&self, pure: f32, level_min: f32) -> Option<Digit> {
        let (low, high) = (self.low.energy, self.high.energy);
        let is_digit = low >= level_min
            && high >= level_min
            && low + high >= pure * self.energy
            && self.is_on_frequency(OFF_FREQUENCY_LOOK_MAX);
        if is_digit { digit(self.low.which, self.high.which - 4) } else { None }
    }

    fn is_on_frequency(&self, off_max: f32) -> bool {
        self.low.off_frequency() <= off_max && self.high.off_frequency() <= off_max
    }

    /// What all the looks together must be.
    fn is_beyond_doubt(&self) -> bool {
        self.low.energy + self.high.energy >= PURE_IN_ALL * self.energy
            && self.is_on_frequency(OFF_FREQUENCY_MAX)
            && self.is_level()
    }

    fn is_level(&self) -> bool {
        self.high.energy <= self.low.energy * HIGH_LOUDER_MAX
            && self.low.energy <= self.high.energy * HIGH_SOFTER_MAX
    }

    fn plus(self, other: Self) -> Self {
        Self {
            low: self.low.plus(other.low),
            high: self.high.plus(other.high),
            energy: self.energy + other.energy,
        }
    }
}

impl Tone {
    /// The strongest of the four frequencies from `first` on.
    fn strongest(blocks: &[Block; LOOK], first: usize) -> Self {
        let mut best = (first, Complex::default(), Complex::default(), -1.0);
        for k in first..first + 4 {
            let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|n| blocks[n].at[k]);
            // Each half is weighted like a tent, so that the other group hardly shows in it.
            let earlier = Complex { re: a.re / 2.0 + b.re + c.re / 2.0, im: a.im / 2.0 + b.im + c.im / 2.0 };
            let later = Complex { re: c.re / 2.0 + d.re + e.re / 2.0, im: c.im / 2.0 + d.im + e.im / 2.0 };
            let power = earlier.power() + later.power();
            if power > best.3 {
                best = (k, earlier, later, power);
            }
        }
        let (which, earlier, later, power) = best;
        let turn = later.times(Complex { re: earlier.re, im: -earlier.im });
        // (|earlier| + |later|)² / 2: a tone that fills only one half counts half.
        let coherent = power / 2.0 + turn.power().sqrt();
        let mut tone = Self { which, turn, energy: 0.0 };
        let gain = tone.gain();
        tone.energy = coherent / BLOCK as f32 / (gain * gain);
        tone
    }

    /// What of a tone this far off still shows in a half.
    fn gain(&self) -> f32 {
        let half = self.turn.angle() / 2.0;
        let sinc = if half.abs() < 1e-3 { 1.0 } else { (half / 2.0).sin() / (half / 2.0) };
        sinc * (1.0 + half.cos()) / 2.0
    }

    /// How far it is off its frequency, as a share of it.
    fn off_frequency(&self) -> f32 {
        let seconds = 2.0 * BLOCK as f32 / SAMPLE_RATE;
        let off = self.turn.angle() / TAU / seconds;
        let hertz = if self.which < 4 { LOW[self.which] } else { HIGH[self.which - 4] };
        off.abs() / hertz
    }

    fn plus(self, other: Self) -> Self {
        let turn = Complex { re: self.turn.re + other.turn.re, im: self.turn.im + other.turn.im };
        Self { which: self.which, turn, energy: self.energy + other.energy }
    }
}

impl Complex {
    fn times(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }

    fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }

    fn angle(self) -> f32 {
        self.im.atan2(self.re)
    }
}

/// The constants of Goertzel's filters.
struct Table {
    twice_cosine: [f32; 8],
    /// One sample on, backwards.
    sample: [Complex; 8],
    /// One block on, backwards.
    block: [Complex; 8],
}

/// Of `LOW` and `HIGH` in turn.
static TABLE: Table = table();

#[expect(clippy::cast_possible_truncation, reason = "evaluated at compile time; f32 is what is wanted")]
const fn table() -> Table {
    let nothing = [Complex { re: 0.0, im: 0.0 }; 8];
    let mut table = Table { twice_cosine: [0.0; 8], sample: nothing, block: nothing };
    let mut k = 0;
    while k < 8 {
        let hertz = if k < 4 { LOW[k] } else { HIGH[k - 4] };
        let turns = hertz as f64 / SAMPLE_RATE as f64;
        table.sample[k] = backwards(turns);
        table.block[k] = backwards(turns * BLOCK as f64);
        table.twice_cosine[k] = (2.0 * sine_of(turns + 0.25)) as f32;
        k += 1;
    }
    table
}

/// The number of length one at so many turns, backwards.
#[expect(clippy::cast_possible_truncation, reason = "evaluated at compile time; f32 is what is wanted")]
const fn backwards(turns: f64) -> Complex {
    Complex { re: sine_of(turns + 0.25) as f32, im: -sine_of(turns) as f32 }
}
