//! Sounds made rather than read: digits, the digital milliwatt, a voice that says nothing.

use core::f64::consts::TAU;
use core::time::Duration;

use call::Digit;
use media::tone::{Country, Generator, Kind, Segment, Tone};
use media::{Law, OCTETS_PER_MILLISECOND, dtmf};

use super::sound::Sound;

const RATE: f64 = 8000.0;
/// How much of a steady tone is kept, to be repeated.
const STEADY_MS: usize = 1000;
/// The level of each of the two frequencies of a digit.
const DIGIT_DBM0: f64 = -8.0;

/// The octets of 1 kHz at 0 dBm0, G.711 Tables 5 and 6.
pub(crate) fn milliwatt(law: Law) -> Sound {
    let octets = match law {
        Law::A => [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4],
        Law::Mu => [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e],
    };
    Sound::octets_again(&octets)
}

/// DTMF digits as a telephone sends them, each for `each` (at least 50 ms) and 100 ms apart.
pub(crate) fn digits(digits: &[Digit], each: Duration, law: Law) -> Vec<i16> {
    let mut generator = dtmf::Generator::with_levels(DIGIT_DBM0, DIGIT_DBM0, law);
    let each = u32::try_from(each.as_millis()).unwrap_or(u32::MAX);
    let mut pcm = Vec::new();
    for digit in digits {
        if !generator.send_for(*digit, each) {
            break;
        }
        while !generator.is_idle() {
            let mut millisecond = [0; OCTETS_PER_MILLISECOND];
            generator.fill(&mut millisecond);
            pcm.extend(millisecond);
        }
    }
    pcm
}

/// A country's tone: what sounds once, then what repeats. The frequencies are whole hertz, so that a steady
/// tone repeats each second without a seam.
pub(crate) fn tone(country: Country, kind: Kind, law: Law) -> Sound {
    let tone = Tone::of(country, kind);
    let length = |segment: &Segment| segment.ms.map_or(STEADY_MS, usize::from) * OCTETS_PER_MILLISECOND;
    let (once, again): (Vec<_>, Vec<_>) = tone.cadence.0.iter().partition(|segment| segment.once);
    let once: usize = once.into_iter().map(length).sum();
    let again: usize = again.into_iter().map(length).sum();
    let mut pcm = vec![0; once + again];
    Generator::new(tone, law).fill(&mut pcm);
    Sound::then_again(&pcm, once, law)
}

/// The name of a kind of tone in scripts.
pub(crate) const TONES: [(&str, Kind); 6] = [
    ("dial", Kind::Dial),
    ("busy", Kind::Busy),
    ("ringback", Kind::Ringback),
    ("congestion", Kind::Congestion),
    ("call_waiting", Kind::CallWaiting),
    ("information", Kind::Information),
];

/// How long the voice speaks before it begins again.
const SPEECH_SECONDS: u32 = 8;
/// About four syllables a second.
const SYLLABLE_SAMPLES: u32 = 2000;
/// The most harmonics that the lowest voice has below 3400 Hz.
const HARMONICS: usize = 48;

/// A voice that says nothing: a buzzing larynx through three formants, in syllables of which no two are alike,
/// with pauses. For measuring, it has what speech has: pitch, onsets, silence, most of its power below 1 kHz.
pub fn speech() -> Vec<i16> {
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    let mut pcm = Vec::new();
    let mut phase = 0.0;
    for syllable in 0..SPEECH_SECONDS * 8000 / SYLLABLE_SAMPLES {
        let pitch = 95.0 + 60.0 * chance.next();
        let glide = 30.0 * (chance.next() - 0.5);
        let loud = if syllable % 7 == 6 { 0.0 } else { 1500.0 + 1500.0 * chance.next() };
        let formants =
            [300.0 + 500.0 * chance.next(), 900.0 + 1300.0 * chance.next(), 2300.0 + 700.0 * chance.next()];
        let weights = harmonics(pitch, formants);
        for n in 0..SYLLABLE_SAMPLES {
            let within = f64::from(n) / f64::from(SYLLABLE_SAMPLES);
            phase = (phase + (pitch + glide * within) / RATE).fract();
            let envelope = (core::f64::consts::PI * within).sin().powi(2);
            pcm.push(rounded(loud * envelope * buzz(phase, &weights)));
        }
    }
    pcm
}

/// How strong each harmonic below 3400 Hz is: those near a formant stand out.
fn harmonics(pitch: f64, formants: [f64; 3]) -> [f64; HARMONICS] {
    let mut weights = [0.0; HARMONICS];
    let mut frequency = 0.0;
    for weight in &mut weights {
        frequency += pitch;
        let near = |formant: f64, width: f64| 1.0 / (1.0 + ((frequency - formant) / width).powi(2));
        if frequency < 3400.0 {
            *weight = 0.02
                + near(formants[0], 90.0)
                + 0.4 * near(formants[1], 120.0)
                + 0.15 * near(formants[2], 160.0);
        }
    }
    weights
}

/// One sample of the harmonics together; each sine comes of the two before it.
fn buzz(phase: f64, weights: &[f64; HARMONICS]) -> f64 {
    let (sine, cosine) = (TAU * phase).sin_cos();
    let (mut before, mut now) = (0.0, sine);
    let mut sum = 0.0;
    for weight in weights {
        sum += weight * now;
        (before, now) = (now, 2.0 * cosine * now - before);
    }
    sum
}

/// Always the same chance (xorshift), so that every run speaks alike.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        #[expect(clippy::cast_precision_loss, reason = "53 of its bits are kept")]
        let fraction = (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        fraction
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped")]
fn rounded(sample: f64) -> i16 {
    sample.round().clamp(-32_768.0, 32_767.0) as i16
}
