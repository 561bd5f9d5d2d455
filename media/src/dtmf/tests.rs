//! Digits of every level, length, twist and frequency Q.24 names, and voices that are none.

#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "samples are rounded")]

use std::time::Duration;

use call::Digit;

use super::{Detector, Generator, Heard, frequencies};
use crate::Law;
use crate::tone::Country;

const LEVEL: f64 = -10.0;

/// A signal made of pieces, in linear samples before rounding.
#[derive(Default, Clone)]
struct Signal(Vec<f64>);

impl Signal {
    fn pause(mut self, ms: f64) -> Self {
        self.0.resize(self.0.len() + (ms * 8.0) as usize, 0.0);
        self
    }

    /// Two tones, each with its own level in dBm0.
    fn tones(mut self, (low, low_dbm0): (f64, f64), (high, high_dbm0): (f64, f64), ms: f64) -> Self {
        let from = self.0.len();
        let (low_peak, high_peak) = (Law::A.peak_of_sine(low_dbm0), Law::A.peak_of_sine(high_dbm0));
        for n in from..from + (ms * 8.0) as usize {
            let t = n as f64 / 8000.0 * std::f64::consts::TAU;
            self.0.push(low_peak * (t * low).sin() + high_peak * (t * high + 1.0).sin());
        }
        self
    }

    fn digit(self, key: char, ms: f64) -> Self {
        let (low, high) = frequencies(Digit::from_char(key).unwrap());
        self.tones((low.into(), LEVEL), (high.into(), LEVEL), ms)
    }

    /// White noise over all of it, of this level.
    fn noise(mut self, dbm0: f64, seed: u64) -> Self {
        let deviation = Law::A.peak_of_sine(dbm0) / 2f64.sqrt();
        let mut random = Random(seed);
        self.0.iter_mut().for_each(|sample| *sample += deviation * random.gauss());
        self
    }

    fn pcm(&self, law: Law) -> Vec<i16> {
        self.0.iter().map(|sample| law.decode(law.encode(sample.round() as i16))).collect()
    }

    fn heard(&self) -> String {
        heard(&self.pcm(Law::A))
    }
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn gauss(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}

fn heard(pcm: &[i16]) -> String {
    let mut digits = String::new();
    Detector::new().listen(pcm, |heard| {
        if let Heard::Start(digit) = heard {
            digits.push(digit.as_char());
        }
    });
    digits
}

/// Every digit in turn by `one`, which is given the digit's frequencies.
fn each_heard(one: impl Fn(Signal, f64, f64) -> Signal) -> usize {
    Digit::all()
        .filter(|digit| {
            let (low, high) = frequencies(*digit);
            // Where the tone begins within a block must not matter.
            (0..8).all(|offset| {
                let signal = Signal::default().pause(50.0 + f64::from(offset) * 0.625);
                let signal = one(signal, low.into(), high.into()).pause(60.0);
                signal.heard() == digit.to_string()
            })
        })
        .count()
}

fn level_each(dbm0: f64) -> usize {
    each_heard(|signal, low, high| signal.tones((low, dbm0), (high, dbm0), 50.0))
}

#[test]
fn every_digit_is_heard_once_in_both_laws_with_its_length() {
    for law in Law::ALL {
        let mut generator = Generator::new(Country::De, law);
        Digit::all().for_each(|digit| assert!(generator.send(digit)));
        let mut detector = Detector::new();
        let (mut digits, mut lengths) = (String::new(), Vec::new());
        let mut frame = [0; 160];
        while !generator.is_idle() {
            frame.fill(0);
            generator.fill(&mut frame);
            frame.iter_mut().for_each(|sample| *sample = law.decode(law.encode(*sample)));
            detector.listen(&frame, |heard| match heard {
                Heard::Start(digit) => digits.push(digit.as_char()),
                Heard::End { duration, .. } => lengths.push(duration),
            });
        }
        assert_eq!(digits, "0123456789*#ABCD", "{law:?}");
        assert_eq!(lengths.len(), 16);
        let off = |length: &Duration| length.as_millis().abs_diff(100);
        assert!(lengths.iter().all(|length| off(length) <= 10), "{lengths:?}");
    }
}

#[test]
fn frames_of_any_size_are_the_same() {
    let signal = Signal::default().pause(33.0).digit('7', 80.0).pause(70.0).digit('7', 45.0).pause(90.0);
    let pcm = signal.pcm(Law::Mu);
    let events = |size: usize| {
        let mut detector = Detector::new();
        let mut events = Vec::new();
        pcm.chunks(size).for_each(|chunk| detector.listen(chunk, |heard| events.push(heard)));
        events
    };
    let whole = events(pcm.len());
    assert_eq!(whole.len(), 4);
    for size in [1, 7, 40, 80, 81, 160, 333] {
        assert_eq!(events(size), whole, "{size}");
    }
}

#[test]
fn forty_milliseconds_are_a_digit_and_twenty_four_are_none() {
    assert_eq!(each_heard(|s, low, high| s.tones((low, LEVEL), (high, LEVEL), 40.0)), 16);
    for key in "0123456789*#ABCD".chars() {
        for offset in 0..8 {
            for ms in [10.0, 20.0, 24.0] {
                let signal =
                    Signal::default().pause(50.0 + f64::from(offset) * 0.625).digit(key, ms).pause(60.0);
                assert_eq!(signal.heard(), "", "{key} for {ms} ms");
            }
        }
    }
}

#[test]
fn a_pause_of_forty_milliseconds_parts_digits_and_a_break_of_twenty_does_not() {
    for key in "0123456789*#ABCD".chars() {
        for offset in 0..8 {
            let broken = |ms: f64| {
                let signal = Signal::default().pause(50.0 + f64::from(offset) * 0.625);
                signal.digit(key, 50.0).pause(ms).digit(key, 50.0).pause(60.0).heard()
            };
            for ms in [5.0, 10.0, 20.0] {
                assert_eq!(broken(ms), format!("{key}"), "{ms} ms");
            }
            assert_eq!(broken(40.0), format!("{key}{key}"));
        }
    }
}

#[test]
fn a_digit_is_heard_from_0_down_to_minus_25_dbm0_and_not_at_minus_29() {
    for dbm0 in [0.0, -3.0, -10.0, -20.0, -24.0, -25.0] {
        assert_eq!(level_each(dbm0), 16, "{dbm0} dBm0");
    }
    for dbm0 in [-29.0, -35.0, -50.0] {
        assert_eq!(level_each(dbm0), 0, "{dbm0} dBm0");
    }
}

#[test]
fn the_high_frequency_may_be_4_db_louder_and_8_db_softer_but_not_12() {
    let twisted = |db: f64| {
        each_heard(|s, low, high| s.tones((low, LEVEL - db.max(0.0)), (high, LEVEL + db.min(0.0)), 50.0))
    };
    for db in [-8.0, -6.0, -4.0, -2.0, 2.0, 4.0, 6.0] {
        assert_eq!(twisted(db), 16, "{db} dB");
    }
    for db in [-14.0, -12.0, 12.0, 14.0] {
        assert_eq!(twisted(db), 0, "{db} dB");
    }
}

#[test]
fn a_frequency_may_be_off_by_1_8_percent_but_not_by_3_5() {
    let off = |low_off: f64, high_off: f64| {
        each_heard(|s, low, high| {
            s.tones((low * (1.0 + low_off), LEVEL), (high * (1.0 + high_off), LEVEL), 50.0)
        })
    };
    for (low, high) in [(0.015, 0.015), (-0.015, -0.015), (0.018, -0.018), (-0.018, 0.018)] {
        assert_eq!(off(low, high), 16, "{low} {high}");
    }
    for (low, high) in [(0.035, 0.0), (-0.035, 0.0), (0.0, 0.035), (0.0, -0.035), (0.05, 0.05)] {
        assert_eq!(off(low, high), 0, "{low} {high}");
    }
}

#[test]
fn a_digit_is_heard_through_noise_15_db_below_it() {
    let mut missed = 0;
    for seed in 0..20 {
        for key in "0123456789*#ABCD".chars() {
            // The tones' sum is 3 dB above each.
            let signal =
                Signal::default().pause(60.0).digit(key, 50.0).pause(60.0).noise(LEVEL + 3.0 - 15.0, seed);
            missed += usize::from(signal.heard() != key.to_string());
        }
    }
    assert!(missed <= 1, "{missed} of 320");
}

#[test]
fn noise_alone_and_call_progress_tones_are_no_digits() {
    for seed in 0..3 {
        assert_eq!(Signal::default().pause(60_000.0).noise(-15.0, seed).heard(), "");
    }
    for country in Country::ALL {
        for kind in crate::tone::Kind::ALL {
            let mut generator = crate::tone::Generator::new(crate::tone::Tone::of(country, kind), Law::A);
            let mut pcm = vec![0; 80_000];
            generator.fill(&mut pcm);
            assert_eq!(heard(&pcm), "", "{country:?} {kind:?}");
        }
    }
}

/// Speech-like: noise through formants that move, with a pitch and syllables, at telephone level.
fn babble(seconds: usize, seed: u64) -> Vec<i16> {
    let mut random = Random(seed);
    let mut pcm = Vec::with_capacity(seconds * 8000);
    let mut memory = [[0.0_f64; 2]; 3];
    let (mut phase, mut pitch, mut glide) = (0.0, 120.0, 1.0);
    let (mut formants, mut loud) = ([500.0, 1500.0, 2500.0], 0.0);
    for n in 0..seconds * 8000 {
        // The voice is never still: pitch and formants glide by up to half in a second.
        pitch *= glide;
        formants.iter_mut().for_each(|formant| *formant /= glide);
        if n % 800 == 0 {
            pitch = 80.0 + 170.0 * random.next();
            glide = 1.0 + (random.next() - 0.5) / 8000.0;
            let next = |a: f64, b: f64, r: &mut Random| a + (b - a) * r.next();
            formants = [
                next(250.0, 950.0, &mut random),
                next(850.0, 2300.0, &mut random),
                next(2000.0, 3300.0, &mut random),
            ];
            loud = if random.next() < 0.2 { 0.0 } else { 600.0 * random.next() };
        }
        phase += pitch / 8000.0;
        let pulse = if phase >= 1.0 {
            phase -= 1.0;
            8.0
        } else {
            0.0
        };
        let source = loud * (pulse + 0.15 * random.gauss());
        let mut out = 0.0;
        for (state, formant) in memory.iter_mut().zip(formants) {
            // Formants some 80 Hz wide.
            let (r, w) = (0.97, formant / 8000.0 * std::f64::consts::TAU);
            let y = source + 2.0 * r * w.cos() * state[0] - r * r * state[1];
            *state = [y, state[0]];
            out += y * (1.0 - r) * 18.0;
        }
        pcm.push(out.clamp(-32_768.0, 32_767.0) as i16);
    }
    pcm
}

#[test]
fn twenty_minutes_of_speech_like_noise_are_no_digit() {
    for seed in 0..20 {
        let pcm = babble(60, seed);
        let mean_square = pcm.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / pcm.len() as f64;
        let level = Law::A.level_dbm0(mean_square);
        assert!((-25.0..-5.0).contains(&level), "{level} dBm0 is not as loud as speech");
        assert_eq!(heard(&pcm), "", "{seed}");
    }
}

#[test]
fn real_speech_is_no_digit_at_any_level() {
    let speech = crate::speech::narrow_band();
    for gain in [0.25, 0.5, 1.0, 2.0, 4.0] {
        let pcm: Vec<i16> = speech.iter().map(|sample| (f64::from(*sample) * gain) as i16).collect();
        for law in Law::ALL {
            let coded: Vec<i16> = pcm.iter().map(|sample| law.decode(law.encode(*sample))).collect();
            assert_eq!(heard(&coded), "", "{gain} {law:?}");
        }
    }
}
