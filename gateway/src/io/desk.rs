//! The test desk's files: what a placed call plays, and where it keeps what it hears.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Builder;
use std::time::Instant;

use call::{Digit, Number};
use media::{Bearer, Law};

use super::ask::Ask;
use super::files::ThisMachine;
use crate::b2bua::{Gateway, Placed};
use crate::config::Surroundings;
use crate::control::{Answer, PlaceCall, Question, RefusedBecause};

/// Octets a second of a line.
const OCTETS_PER_SECOND: usize = 8000;
/// The longest file that is played or kept, in seconds.
const SECONDS_MAX: usize = 600;
/// How heard voice is kept.
const SPEC: hound::WavSpec = hound::WavSpec {
    channels: 1,
    sample_rate: 8000,
    bits_per_sample: 16,
    sample_format: hound::SampleFormat::Int,
};
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
        says.extend(read_samples(file)?.into_iter().map(|sample| Law::A.encode(sample)));
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

/// A WAV file as samples at 8 kHz.
pub(super) fn read_samples(file: &Path) -> Result<Vec<i16>, String> {
    let bytes = ThisMachine.bytes(file)?;
    let samples = trunks::sim::read_wav(&bytes).map_err(|why| format!("{}: {why}", file.display()))?;
    Ok(samples.into_iter().take(SECONDS_MAX * OCTETS_PER_SECOND).collect())
}

/// Keeps samples at 8 kHz as a WAV file.
pub(super) fn write_samples(file: &Path, samples: &[i16]) -> Result<(), String> {
    let named = |why: hound::Error| format!("{}: {why}", file.display());
    let mut writer = hound::WavWriter::create(file, SPEC).map_err(named)?;
    for sample in samples {
        writer.write_sample(*sample).map_err(named)?;
    }
    writer.finalize().map_err(named)
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
    let writer = hound::WavWriter::create(file, SPEC).map_err(|why| format!("{}: {why}", file.display()))?;
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
