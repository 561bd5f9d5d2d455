//! What is made up against what was lost.

#![expect(clippy::cast_possible_truncation, reason = "samples are rounded")]

use super::Concealer;
use crate::speech::narrow_band;

/// Frames of 20 ms of which some are lost, by a seeded chance.
fn losses(frames: usize, share: f64, seed: u64) -> Vec<bool> {
    let mut random = seed;
    (0..frames)
        .map(|_| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((random >> 11) as f64 / (1_u64 << 53) as f64) < share
        })
        .collect()
}

fn concealed(speech: &[i16], lost: &[bool]) -> Vec<i16> {
    let mut concealer = Concealer::default();
    let mut out = speech.to_vec();
    for (frame, lost) in out.chunks_exact_mut(160).zip(lost) {
        if *lost { concealer.lost(frame) } else { concealer.voice(frame) }
    }
    out
}

fn silenced(speech: &[i16], lost: &[bool]) -> Vec<i16> {
    let mut out = speech.to_vec();
    out.chunks_exact_mut(160).zip(lost).filter(|(_, lost)| **lost).for_each(|(frame, _)| frame.fill(0));
    out
}

/// Mean distance in dB between the short-time spectra of two signals, over eight bands of 400 Hz, every 10 ms.
fn spectral_distance(a: &[i16], b: &[i16]) -> f64 {
    let power = |frame: &[i16], hertz: i32| {
        let w = std::f64::consts::TAU * f64::from(hertz) / 8000.0;
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in frame.iter().enumerate() {
            let window = 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / frame.len() as f64).cos();
            re += window * f64::from(*sample) * (w * n as f64).cos();
            im += window * f64::from(*sample) * (w * n as f64).sin();
        }
        re * re + im * im
    };
    let spectrum = |frame: &[i16]| -> Vec<f64> {
        (0..8)
            .map(|band| (0..8).map(|part| power(frame, 200 + 400 * band + 50 * part)).sum::<f64>())
            .map(|power| 10.0 * (power + 1e8).log10())
            .collect()
    };
    let (mut sum, mut count) = (0.0, 0.0);
    for at in (0..a.len().min(b.len()) - 160).step_by(80) {
        count += 1.0;
        let (a, b) = (&a[at..at + 160], &b[at..at + 160]);
        if a == b {
            continue;
        }
        let (a, b) = (spectrum(a), spectrum(b));
        sum += a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    }
    sum / count
}

fn snr_db(speech: &[i16], out: &[i16]) -> f64 {
    let power = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let signal = power(&mut speech.iter().map(|sample| f64::from(*sample)));
    let noise = power(&mut speech.iter().zip(out).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    10.0 * (signal / noise).log10()
}

#[test]
fn concealed_speech_is_nearer_to_what_was_said_than_speech_with_holes() {
    let speech = narrow_band();
    for share in [0.03, 0.05, 0.10] {
        let (mut made_up, mut holes) = (0.0, 0.0);
        for seed in 0..5 {
            let lost = losses(speech.len() / 160, share, seed);
            made_up += spectral_distance(&speech, &concealed(&speech, &lost));
            holes += spectral_distance(&speech, &silenced(&speech, &lost));
        }
        assert!(made_up < 0.65 * holes, "{share}: {made_up:.2} against {holes:.2} dB");
    }
}

#[test]
fn a_steady_tone_goes_on_through_a_loss() {
    let tone: Vec<i16> = (0..3200)
        .map(|n| (8000.0 * (std::f64::consts::TAU * 200.0 * f64::from(n) / 8000.0).sin()) as i16)
        .collect();
    let mut lost = vec![false; 20];
    lost[10] = true;
    let out = concealed(&tone, &lost);
    assert_eq!(out[..1600], tone[..1600], "voice that came is not touched before a loss");
    assert!(snr_db(&tone[1600..1680], &out[1600..1680]) > 20.0, "the first 10 ms");
    let steepest = out.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
    let own = tone.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap();
    assert!(steepest < own * 13 / 10, "no click: {steepest} against {own}");
}

#[test]
fn a_long_loss_fades_to_silence_in_60_ms() {
    let speech = narrow_band();
    let loudest =
        speech.chunks(160).enumerate().max_by_key(|(_, c)| c.iter().map(|s| i64::from(s.abs())).sum::<i64>());
    let from = loudest.unwrap().0;
    let mut lost = vec![false; speech.len() / 160];
    lost[from + 1..(from + 9).min(speech.len() / 160)].fill(true);
    let out = concealed(&speech, &lost);
    let start = (from + 1) * 160;
    let energy = |at: usize| out[at..at + 80].iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
    assert!(energy(start) > 0.0);
    assert!(energy(start + 400) < energy(start) / 4.0);
    assert!(out[start + 480..start + 640].iter().all(|sample| *sample == 0));
}

#[test]
fn frames_of_any_size_conceal_alike() {
    let speech = narrow_band();
    let whole = {
        let mut concealer = Concealer::default();
        let mut out = speech[..8000].to_vec();
        concealer.voice(&mut out[..4000]);
        concealer.lost(&mut out[4000..4480]);
        concealer.voice(&mut out[4480..]);
        out
    };
    for size in [1, 7, 80, 333] {
        let mut concealer = Concealer::default();
        let mut out = speech[..8000].to_vec();
        out[..4000].chunks_mut(size).for_each(|piece| concealer.voice(piece));
        out[4000..4480].chunks_mut(size).for_each(|piece| concealer.lost(piece));
        out[4480..].chunks_mut(size).for_each(|piece| concealer.voice(piece));
        assert!(out == whole, "{size}");
    }
}

#[test]
fn before_any_voice_there_is_silence_and_a_cut_makes_no_click() {
    let mut concealer = Concealer::default();
    let mut frame = [9; 160];
    concealer.lost(&mut frame);
    assert_eq!(frame, [0; 160]);

    let wave = |n: i32| (8000.0 * (std::f64::consts::TAU * 150.0 * f64::from(n) / 8000.0).sin()) as i16;
    let mut before: Vec<i16> = (0..800).map(wave).collect();
    // Half a turn is cut out: without a blend the join would be a step.
    let mut after: Vec<i16> = (827..1627).map(wave).collect();
    let mut concealer = Concealer::default();
    concealer.voice(&mut before);
    concealer.cut();
    concealer.voice(&mut after);
    let step = before[799].abs_diff(after[0]);
    assert!(step < 1500, "{step}");
}
