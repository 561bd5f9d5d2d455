//! Every tone of every country, measured.

#![expect(clippy::cast_possible_truncation, reason = "frequencies are whole numbers")]

use super::{Cadence, Country, Generator, Kind, SOFTER_DB, Segment, Sound, Tone};
use crate::Law;

fn played(tone: Tone, law: Law, samples: usize) -> Vec<i16> {
    let mut pcm = vec![0; samples];
    Generator::new(tone, law).fill(&mut pcm);
    pcm
}

/// The level in dBm0 of one frequency, by Goertzel over the whole of the samples.
fn level_at(pcm: &[i16], hertz: f64, law: Law) -> f64 {
    let w = std::f64::consts::TAU * hertz / 8000.0;
    let (mut one, mut two) = (0.0, 0.0);
    for sample in pcm {
        let next = f64::from(*sample) + 2.0 * w.cos() * one - two;
        (one, two) = (next, one);
    }
    let power = one * one + two * two - 2.0 * w.cos() * one * two;
    law.level_dbm0(2.0 * power / (pcm.len() as f64).powi(2))
}

fn level(pcm: &[i16], law: Law) -> f64 {
    let energy: f64 = pcm.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    law.level_dbm0(energy / pcm.len() as f64)
}

/// The frequencies a sound has, and their levels below that of the whole.
fn parts(sound: Sound) -> Vec<(f64, f64)> {
    match sound {
        Sound::Silence => vec![],
        Sound::One(hertz) => vec![(hertz.into(), 0.0)],
        Sound::Sum(a, b) => vec![(a.into(), 3.01), (b.into(), 3.01)],
        // Wholly modulated: the carrier has 2/3 of the power and each side 1/6.
        Sound::Modulated(hertz, by) => {
            let (hertz, by) = (f64::from(hertz), f64::from(by));
            vec![(hertz, 1.76), (hertz - by, 7.78), (hertz + by, 7.78)]
        }
    }
}

fn all() -> impl Iterator<Item = (Country, Kind)> {
    Country::ALL.into_iter().flat_map(|country| Kind::ALL.into_iter().map(move |kind| (country, kind)))
}

#[test]
fn every_frequency_of_every_tone_has_its_level() {
    for (country, kind) in all() {
        for law in Law::ALL {
            let whole = Tone::of(country, kind);
            for segment in whole.cadence.0 {
                let steady: &'static [Segment] = Box::leak(Box::new([Segment { ms: None, ..*segment }]));
                let pcm = played(Tone { cadence: Cadence(steady), ..whole }, law, 8000);
                let expected = whole.level_dbm0 - if segment.soft { SOFTER_DB } else { 0.0 };
                let parts = parts(segment.sound);
                for (hertz, below) in &parts {
                    let measured = level_at(&pcm, *hertz, law);
                    let off = (measured - (expected - below)).abs();
                    assert!(off < 0.5, "{country:?} {kind:?} {hertz} Hz: {measured:.2} dBm0");
                    // 2 % beside it there is next to nothing, unless that is another part.
                    let beside = hertz * 1.02;
                    if parts.iter().all(|(other, _)| (other - beside).abs() > 5.0) {
                        assert!(
                            level_at(&pcm, beside.round(), law) < measured - 20.0,
                            "{country:?} {kind:?}"
                        );
                    }
                }
                if !parts.is_empty() {
                    assert!((level(&pcm, law) - expected).abs() < 0.5, "{country:?} {kind:?}");
                }
            }
        }
    }
}

/// The lengths of sound and silence in samples, merged where alike sounds meet.
fn bursts(pcm: &[i16]) -> Vec<(bool, usize)> {
    let mut bursts: Vec<(bool, usize)> = Vec::new();
    for (n, _) in pcm.iter().enumerate() {
        // A wave passes through zero for a sample, never for three.
        let sounding = pcm[n.saturating_sub(1)..(n + 2).min(pcm.len())].iter().any(|s| s.unsigned_abs() > 1);
        match bursts.last_mut() {
            Some((before, length)) if *before == sounding => *length += 1,
            Some(_) | None => bursts.push((sounding, 1)),
        }
    }
    bursts
}

#[test]
fn a_cadence_is_exact_to_the_sample_whatever_the_frames() {
    for (country, kind) in all() {
        let tone = Tone::of(country, kind);
        let total = 40 * 8000;
        let whole = played(tone, Law::A, total);
        let mut expected = Vec::with_capacity(total);
        let (mut at, mut first) = (0, true);
        while expected.len() < total {
            let segment = tone.cadence.0[at];
            if first || !segment.once {
                let samples = segment.ms.map_or(total, |ms| usize::from(ms) * 8);
                expected.resize(expected.len() + samples, segment.sound != Sound::Silence);
            }
            at += 1;
            if at == tone.cadence.0.len() {
                first = false;
                at = 0;
                if tone.cadence.0.iter().all(|segment| segment.once) {
                    expected.resize(total, false);
                }
            }
        }
        // Silence is silent to the sample; sound is not silent for long (modulated tones pass near zero).
        for (n, (sample, sounding)) in whole.iter().zip(&expected).enumerate() {
            assert!(*sounding || *sample == 0, "{country:?} {kind:?} at {n}");
        }
        for (n, window) in whole.windows(64).enumerate() {
            if expected[n..n + 64].iter().all(|sounding| *sounding) {
                assert!(window.iter().any(|sample| *sample != 0), "{country:?} {kind:?} at {n}");
            }
        }
        for size in [1, 80, 160, 333] {
            let mut generator = Generator::new(tone, Law::A);
            let mut pieces = vec![0; total];
            pieces.chunks_mut(size).for_each(|frame| generator.fill(frame));
            assert!(pieces == whole, "{country:?} {kind:?} in frames of {size}");
        }
    }
}

#[test]
fn uk_ringback_is_two_bursts_and_a_rest() {
    let pcm = played(Tone::of(Country::Uk, Kind::Ringback), Law::A, 3000 * 8);
    let lengths: Vec<usize> = bursts(&pcm).into_iter().map(|(_, length)| length / 8).collect();
    assert_eq!(lengths, [400, 199, 400, 1999], "to a sample, for the neighbours count as sound");
}

#[test]
fn japan_rings_with_a_modulated_tone() {
    let cadence = Country::Jp.cadence(Kind::Ringback);
    assert_eq!(cadence.0[0].sound, Sound::Modulated(400.0, 16.0));
    assert_eq!((cadence.0[0].ms, cadence.0[1].ms), (Some(1000), Some(2000)));
}

#[test]
fn the_american_information_tone_sounds_once() {
    let pcm = played(Tone::of(Country::Us, Kind::Information), Law::Mu, 80_000);
    assert!(pcm[..990 * 8].iter().any(|sample| *sample != 0));
    assert!(pcm[990 * 8..].iter().all(|sample| *sample == 0));
    let third = &pcm[660 * 8..990 * 8];
    assert!(level_at(third, 1800.0, Law::Mu) > -22.0);
}

#[test]
fn the_phase_drifts_not_at_all_in_an_hour() {
    let mut generator = Generator::new(Tone::of(Country::Fr, Kind::Dial), Law::A);
    let mut frame = [0; 8000];
    generator.fill(&mut frame);
    let first = frame;
    for _ in 0..3600 {
        generator.fill(&mut frame);
    }
    // 440 Hz is whole in a second; the step's rounding is 2⁻³³ of a turn a sample.
    let off = first.iter().zip(frame).map(|(a, b)| a.abs_diff(b)).max().unwrap();
    let peak = first.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
    assert!(off < peak / 20, "{off} of {peak}");
}

#[test]
fn countries_are_named_by_two_letters() {
    for country in Country::ALL {
        assert_eq!(Country::from_code(country.code()), Some(country));
        let (high, low) = country.digit_levels_dbm0();
        assert!((-13.0..=-6.0).contains(&high) && (-13.0..=-6.0).contains(&low));
    }
    assert_eq!(Country::from_code("xx"), None);
    let hundreds: i32 = (Country::Us.level_dbm0(Kind::Busy) * 100.0) as i32;
    assert_eq!(hundreds, -2100);
}
