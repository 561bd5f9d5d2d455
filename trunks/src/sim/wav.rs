//! Sound files as linear samples at 8 kHz.

use std::io::Cursor;

use hound::{SampleFormat, WavReader};

/// The rate of a telephone line.
const LINE_RATE: u32 = 8000;
/// Rates that a file may have.
const RATES: core::ops::RangeInclusive<u32> = 4000..=192_000;
/// Half the length of the resampling filter, in samples at the lower of the two rates.
const REACH: f64 = 32.0;

/// Reads a WAV file: any channels (mixed to one), 8 to 32 bits or float, resampled to 8 kHz.
///
/// # Errors
/// Why it is no sound that a line can carry, in words.
pub fn read(bytes: &[u8]) -> Result<Vec<i16>, String> {
    let mut reader = WavReader::new(Cursor::new(bytes)).map_err(|why| format!("no WAV file: {why}"))?;
    let spec = reader.spec();
    if !RATES.contains(&spec.sample_rate) || spec.channels == 0 {
        return Err(format!("{} Hz with {} channels cannot be read", spec.sample_rate, spec.channels));
    }
    let samples: Result<Vec<f32>, _> = match spec.sample_format {
        SampleFormat::Float => reader.samples::<f32>().collect(),
        SampleFormat::Int => {
            let full = f32::from(2_i16).powi(i32::from(spec.bits_per_sample) - 1);
            #[expect(clippy::cast_precision_loss, reason = "24 bits are more than a telephone line carries")]
            let scale = |sample: i32| sample as f32 / full;
            reader.samples::<i32>().map(|sample| sample.map(scale)).collect()
        }
    };
    let samples = samples.map_err(|why| format!("a broken WAV file: {why}"))?;
    let channels = usize::from(spec.channels);
    let mono: Vec<f32> =
        samples.chunks(channels).map(|frame| frame.iter().sum::<f32>() / f32::from(spec.channels)).collect();
    Ok(resample(&mono, spec.sample_rate).into_iter().map(to_linear).collect())
}

/// To 8 kHz by a Hann-windowed sinc, cut off at the lower of the two Nyquist rates.
fn resample(samples: &[f32], rate: u32) -> Vec<f32> {
    if rate == LINE_RATE {
        return samples.to_vec();
    }
    let step = f64::from(rate) / f64::from(LINE_RATE);
    let cutoff = (1.0 / step).min(1.0);
    let reach = REACH / cutoff;
    let count = u64::try_from(samples.len()).unwrap_or(0) * u64::from(LINE_RATE) / u64::from(rate);
    (0..count).map(|n| filtered(samples, index_as_f64(n) * step, cutoff, reach)).collect()
}

fn filtered(samples: &[f32], centre: f64, cutoff: f64, reach: f64) -> f32 {
    let first = to_index(centre - reach);
    let last = to_index(centre + reach + 1.0).min(samples.len());
    let mut sum = 0.0;
    for (at, &sample) in samples.iter().enumerate().take(last).skip(first) {
        let distance = centre - index_as_f64(u64::try_from(at).unwrap_or(0));
        let window = 0.5 + 0.5 * (core::f64::consts::PI * distance / reach).cos();
        if distance.abs() < reach {
            sum += f64::from(sample) * cutoff * sinc(distance * cutoff) * window;
        }
    }
    #[expect(clippy::cast_possible_truncation, reason = "samples are f32")]
    let sum = sum as f32;
    sum
}

fn sinc(x: f64) -> f64 {
    let x = core::f64::consts::PI * x;
    if x.abs() < 1e-9 { 1.0 } else { x.sin() / x }
}

#[expect(clippy::cast_precision_loss, reason = "sounds are far shorter than 2^52 samples")]
fn index_as_f64(index: u64) -> f64 {
    index as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped, and `as` saturates")]
fn to_index(at: f64) -> usize {
    at.max(0.0).floor() as usize
}

#[expect(clippy::cast_possible_truncation, reason = "clamped")]
fn to_linear(sample: f32) -> i16 {
    (sample * 32_767.0).round().clamp(-32_768.0, 32_767.0) as i16
}
