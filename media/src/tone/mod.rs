//! Call-progress tones: what each country's sound like, and the generator that plays them.

mod cadence;
mod countries;
pub(crate) mod oscillator;
#[cfg(test)]
mod tests;

pub use cadence::{Cadence, SOFTER_DB, Segment, Sound};
pub use countries::Country;

use crate::Law;
use oscillator::Oscillator;

const SAMPLES_PER_MS: u32 = 8;

/// What a tone tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Dial now.
    Dial,
    /// The called line is engaged.
    Busy,
    /// The called line rings.
    Ringback,
    /// The network is full.
    Congestion,
    /// Another call waits.
    CallWaiting,
    /// The call cannot be made: the special information tone (E.180 §9).
    Information,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Dial, Self::Busy, Self::Ringback, Self::Congestion, Self::CallWaiting, Self::Information];
}

/// A tone to be played: what it sounds like and how loud.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tone {
    /// Its sounds and silences.
    pub cadence: Cadence,
    /// All its frequencies together.
    pub level_dbm0: f64,
}

impl Tone {
    /// A country's tone at its usual level.
    pub const fn of(country: Country, kind: Kind) -> Self {
        Self { cadence: country.cadence(kind), level_dbm0: country.level_dbm0(kind) }
    }
}

/// Plays one tone into frames of linear samples of any length.
#[derive(Debug, Clone)]
pub struct Generator {
    cadence: Cadence,
    loud: f32,
    soft: f32,
    at: usize,
    left: Option<u32>,
    voice: Voice,
}

/// The sound of the running segment; every burst begins at a zero crossing.
#[derive(Debug, Clone, Copy)]
enum Voice {
    Silence,
    One { wave: Oscillator, peak: f32 },
    Sum { waves: [Oscillator; 2], peak: f32 },
    Modulated { wave: Oscillator, by: Oscillator, peak: f32 },
}

impl Generator {
    /// The tone from its beginning, for a stream that will be coded by this law.
    #[expect(clippy::cast_possible_truncation, reason = "f32 is precise enough for 16-bit samples")]
    pub fn new(tone: Tone, law: Law) -> Self {
        let mut generator = Self {
            cadence: tone.cadence,
            loud: law.peak_of_sine(tone.level_dbm0) as f32,
            soft: law.peak_of_sine(tone.level_dbm0 - SOFTER_DB) as f32,
            at: 0,
            left: Some(0),
            voice: Voice::Silence,
        };
        generator.begin(0);
        generator
    }

    /// Fills a frame with what comes next.
    pub fn fill(&mut self, pcm: &mut [i16]) {
        let mut rest = pcm;
        while !rest.is_empty() {
            let now = match self.left {
                Some(left) => rest.len().min(left as usize),
                None => rest.len(),
            };
            let Some((piece, after)) = rest.split_at_mut_checked(now) else { return };
            self.voice.fill(piece);
            rest = after;
            if let Some(left) = &mut self.left {
                *left = left.saturating_sub(u32::try_from(now).unwrap_or(u32::MAX));
                if *left == 0 {
                    self.go_on();
                }
            }
        }
    }

    /// The next segment; after the last, the first that is not played only once.
    fn go_on(&mut self) {
        let segments = self.cadence.0;
        let next = self.at + 1;
        if next < segments.len() {
            self.begin(next);
        } else if let Some(first) = segments.iter().position(|segment| !segment.once) {
            self.begin(first);
        } else {
            (self.voice, self.left) = (Voice::Silence, None);
        }
    }

    fn begin(&mut self, at: usize) {
        self.at = at;
        let Some(segment) = self.cadence.0.get(at) else {
            (self.voice, self.left) = (Voice::Silence, None);
            return;
        };
        // A segment without length would never end: the tables have none, and one is silence for ever.
        self.left = segment.ms.filter(|ms| *ms > 0).map(|ms| u32::from(ms) * SAMPLES_PER_MS);
        self.voice = Voice::new(segment.sound, if segment.soft { self.soft } else { self.loud });
    }
}

impl Voice {
    fn new(sound: Sound, peak: f32) -> Self {
        match sound {
            Sound::Silence => Self::Silence,
            Sound::One(hertz) => Self::One { wave: Oscillator::new(hertz), peak },
            // Two equal waves have the power of one when each has 1/√2 of its peak.
            Sound::Sum(a, b) => Self::Sum {
                waves: [Oscillator::new(a), Oscillator::new(b)],
                peak: peak * core::f32::consts::FRAC_1_SQRT_2,
            },
            // (1 + sin) / 2 times a wave has 3/8 of the wave's power.
            Sound::Modulated(hertz, by) => Self::Modulated {
                wave: Oscillator::new(hertz),
                by: Oscillator::new(by),
                peak: peak * (8.0_f32 / 3.0).sqrt(),
            },
        }
    }

    fn fill(&mut self, pcm: &mut [i16]) {
        match self {
            Self::Silence => pcm.fill(0),
            Self::One { wave, peak } => {
                pcm.iter_mut().for_each(|sample| *sample = round(wave.next() * *peak));
            }
            Self::Sum { waves: [a, b], peak } => {
                pcm.iter_mut().for_each(|sample| *sample = round((a.next() + b.next()) * *peak));
            }
            Self::Modulated { wave, by, peak } => {
                pcm.iter_mut()
                    .for_each(|sample| *sample = round(wave.next() * *peak * (0.5 + 0.5 * by.next())));
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast from float to integer saturates")]
pub(crate) fn round(sample: f32) -> i16 {
    // Half away from zero, without the library call that `round` is on older processors.
    (sample + 0.5_f32.copysign(sample)) as i16
}
