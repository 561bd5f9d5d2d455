//! Real speech for tests, from the material beside the project.

#![expect(clippy::cast_possible_truncation, reason = "samples are rounded")]

use std::path::PathBuf;

/// The speech file at 8000 samples a second: band-limited, every second sample.
pub(crate) fn narrow_band() -> Vec<i16> {
    let material = std::env::var_os("TANDEM_MATERIAL").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/material")),
        PathBuf::from,
    );
    let mut file = hound::WavReader::open(material.join("speech/speech.wav")).expect("the speech material");
    let wide: Vec<f64> = file.samples::<i16>().map(|sample| f64::from(sample.unwrap())).collect();
    assert_eq!(file.spec().sample_rate, 16_000);
    let taps: Vec<f64> = (-32_i32..=32).map(low_pass_tap).collect();
    wide.windows(taps.len())
        .step_by(2)
        .map(|window| window.iter().zip(&taps).map(|(sample, tap)| sample * tap).sum::<f64>())
        .map(|sample| crate::tone::round(sample as f32))
        .collect()
}

/// A windowed sinc with its edge at 3.6 kHz of 16 kHz.
fn low_pass_tap(n: i32) -> f64 {
    let (n, edge) = (f64::from(n), 2.0 * 3600.0 / 16_000.0);
    let x = std::f64::consts::PI * n * edge;
    let sinc = if n == 0.0 { 1.0 } else { x.sin() / x };
    edge * sinc * (0.54 + 0.46 * (std::f64::consts::PI * n / 32.0).cos())
}
