//! The test desk's files: what a placed call plays, and where it keeps what it hears.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Builder;
use std::time::Instant;

use call::{Digit, Number};
use media::{Bearer, Law};

use super::ask::Ask;
use crate::b2bua::{Gateway, Placed};
use crate::control::{Answer, PlaceCall, Question, RefusedBecause};

/// Octets a second of a line.
const OCTETS_PER_SECOND: usize = 8000;
/// The longest file that is played or kept, in seconds.
const SECONDS_MAX: usize = 600;
/// Blocks of heard voice that wait to be written; a slow disk loses voice, never a call.
const BLOCKS: usize = 512;

/// Places calls with files; every other question goes on to the gateway.
pub(super) fn answer(gateway: &mut Gateway, ask: Ask, now: Instant) -> Option<Ask> {
    let Question::PlaceCall(place) = &ask.question else { return Some(ask) };
    let answer = match prepare(place) {
        Ok(placed) => gateway.place(placed, now),
        Err(why) => Answer::refused(RefusedBecause::Invalid, why),
    };
    // Who asked may have gone; the call is placed all the same.
    let _heard = ask.reply.send(answer);
    None
}

fn prepare(place: &PlaceCall) -> Result<Placed, String> {
    let number = |text: &str| Number::parse(text).map_err(|why| format!("{text:?}: {why}"));
    let mut says = Vec::new();
    if let Some(file) = &place.play {
        says = read_wav(file)?;
    }
    if let Some(digits) = &place.dtmf {
        says.extend(tones(digits)?);
    }
    let heard = place.record.as_deref().map(keeper).transpose()?;
    Ok(Placed {
        to: number(&place.to)?,
        calling: place.calling.as_deref().map(number).transpose()?,
        via: place.via.clone(),
        bearer: Box::new(Desk { says: says.into_iter(), heard }),
    })
}

/// A line that plays and keeps, in A-law.
struct Desk {
    says: std::vec::IntoIter<u8>,
    heard: Option<SyncSender<Vec<u8>>>,
}

impl Bearer for Desk {
    fn law(&self) -> Law {
        Law::A
    }

    fn exchange(&mut self, to_line: &[u8], from_line: &mut [u8]) {
        for octet in from_line {
            *octet = self.says.next().unwrap_or(Law::A.silence());
        }
        if let Some(heard) = &self.heard
            && heard.try_send(to_line.to_vec()).is_err()
        {
            // The writer is too slow or gone: this block is lost.
        }
    }
}

/// A file as A-law octets at 8 kHz.
pub fn read_wav(file: &Path) -> Result<Vec<u8>, String> {
    let samples = read_samples(file)?;
    Ok(samples.into_iter().map(|sample| Law::A.encode(sample)).collect())
}

/// A mono WAV file as samples at 8 kHz; 16 kHz is halved, 8 kHz taken as it is.
pub fn read_samples(file: &Path) -> Result<Vec<i16>, String> {
    let named = |why: hound::Error| format!("{}: {why}", file.display());
    let mut reader = hound::WavReader::open(file).map_err(named)?;
    let spec = reader.spec();
    if spec.channels != 1 || spec.bits_per_sample != 16 || !matches!(spec.sample_rate, 8000 | 16000) {
        return Err(format!("{}: a WAV of one channel, 16 bits, 8 or 16 kHz is wanted", file.display()));
    }
    let limit = SECONDS_MAX * usize::try_from(spec.sample_rate).unwrap_or(OCTETS_PER_SECOND);
    let samples: Result<Vec<i16>, _> = reader.samples::<i16>().take(limit).collect();
    let samples = samples.map_err(named)?;
    Ok(if spec.sample_rate == 16000 { halve(&samples) } else { samples })
}

/// Half the sample rate, with what lies above 3.6 kHz taken away first (a windowed sinc of 63 taps).
fn halve(samples: &[i16]) -> Vec<i16> {
    const HALF: i32 = 31;
    let taps: Vec<f64> = (-HALF..=HALF)
        .map(|n| {
            let cutoff = 3600.0 / 16000.0;
            let x = f64::from(n);
            let sinc = if n == 0 {
                2.0 * cutoff
            } else {
                (std::f64::consts::TAU * cutoff * x).sin() / (std::f64::consts::PI * x)
            };
            let window = 0.54 + 0.46 * (std::f64::consts::PI * x / f64::from(HALF)).cos();
            sinc * window
        })
        .collect();
    let at = |place: i64| {
        usize::try_from(place).ok().and_then(|place| samples.get(place)).copied().map_or(0.0, f64::from)
    };
    (0..samples.len() / 2)
        .map(|out| {
            let centre = i64::try_from(out * 2).unwrap_or(0);
            let sum: f64 =
                taps.iter().zip(-i64::from(HALF)..).map(|(tap, offset)| tap * at(centre + offset)).sum();
            clip(sum)
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
fn clip(sample: f64) -> i16 {
    sample.round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
}

/// DTMF digits of 100 ms with pauses of 100 ms, after half a second of silence.
fn tones(digits: &str) -> Result<Vec<u8>, String> {
    let mut octets = vec![Law::A.silence(); OCTETS_PER_SECOND / 2];
    for key in digits.chars() {
        let digit = Digit::from_char(key).ok_or_else(|| format!("{key:?} is no DTMF digit"))?;
        let mut pcm = [0; OCTETS_PER_SECOND / 5];
        let mut generator = media::dtmf::Generator::new(media::tone::Country::Us, Law::A);
        if !generator.send(digit) {
            return Err(format!("{key:?} could not be made"));
        }
        generator.fill(&mut pcm);
        octets.extend(pcm.iter().map(|&sample| Law::A.encode(sample)));
    }
    Ok(octets)
}

/// A thread that writes what is heard; it ends with the line.
fn keeper(file: &Path) -> Result<SyncSender<Vec<u8>>, String> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let writer = hound::WavWriter::create(file, spec).map_err(|why| format!("{}: {why}", file.display()))?;
    let (sender, receiver) = sync_channel(BLOCKS);
    Builder::new()
        .name("recording".to_owned())
        .spawn(move || keep(writer, &receiver))
        .map_err(|why| format!("recording: {why}"))?;
    Ok(sender)
}

fn keep(mut writer: hound::WavWriter<std::io::BufWriter<std::fs::File>>, heard: &Receiver<Vec<u8>>) {
    let mut left = SECONDS_MAX * OCTETS_PER_SECOND;
    while let Ok(block) = heard.recv() {
        for octet in block.iter().take(left) {
            if writer.write_sample(Law::A.decode(*octet)).is_err() {
                return;
            }
        }
        left = left.saturating_sub(block.len());
    }
    if let Err(why) = writer.finalize() {
        tracing::warn!(%why, "recording not finished");
    }
}
