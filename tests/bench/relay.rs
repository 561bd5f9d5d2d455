//! What a packet of voice costs, relayed or transcoded, beside the forwarder on the same backend.

use std::fs;
use std::io;
use std::process::Command;

use tests::io::child::Child;
use tests::io::lab::scratch;

use crate::callee::Callee;
use crate::caller::{Caller, Load};
use crate::figures::{Figure, percentile};
use crate::forwarder::{Backend, at};
use crate::product::{self, AUDIO_PORT, CALLEE_IP, CALLER_IP};
use crate::text::Payload;
use crate::voice::{Heard, PACKETS_PER_SECOND, Stream, speak};

/// Seconds of voice before a measurement, in which sources are confirmed and buffers settle.
const SETTLE_SECONDS: u32 = 2;

/// Which work is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// The same codec on both sides.
    Relay,
    /// A-law to µ-law and back.
    Transcode,
}

impl Work {
    fn far(self) -> (Payload, &'static str) {
        match self {
            Self::Relay => (Payload::Alaw, "pcma"),
            Self::Transcode => (Payload::Ulaw, "pcmu"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Transcode => "transcode A↔µ",
        }
    }

    fn ratio_max(self) -> f64 {
        match self {
            Self::Relay => 1.15,
            Self::Transcode => 1.3,
        }
    }
}

fn streams(remotes: &[(u16, u16)], far: Payload, relay: [u8; 4]) -> io::Result<Vec<Stream>> {
    let mut streams = Vec::with_capacity(remotes.len() * 2);
    for (shift, &(near_port, far_port)) in (0_u16..).zip(remotes) {
        let port = AUDIO_PORT + shift * 2;
        streams.push(Stream::new(at(CALLER_IP, port), at(relay, near_port), Payload::Alaw)?);
        streams.push(Stream::new(at(CALLEE_IP, port), at(relay, far_port), far)?);
    }
    Ok(streams)
}

/// Places `calls` calls, lets `measured` look at their voice, and ends them.
fn with_calls<T>(work: Work, calls: u16, measured: impl FnOnce(&[Stream]) -> io::Result<T>) -> io::Result<T> {
    let (far, _) = work.far();
    let callee = Callee::start(product::callee(), far, AUDIO_PORT)?;
    let mut caller = Caller::new(product::caller(), product::product(), Payload::Alaw, AUDIO_PORT)?;
    caller.place(Load { calls: calls.into(), per_second: 100.0, hold: None })?;
    let near: Vec<u16> = caller.audio().into_iter().flatten().collect();
    let remotes: Vec<(u16, u16)> = near.into_iter().zip(callee.offers()).collect();
    if remotes.len() != usize::from(calls) {
        return Err(io::Error::other(format!(
            "{} of {calls} calls have voice: {:?}",
            remotes.len(),
            caller.outcome
        )));
    }
    let result = measured(&streams(&remotes, far, [127, 0, 0, 1])?);
    caller.release(200.0)?;
    callee.stop();
    result
}

fn forwarder_streams(work: Work, calls: u16) -> io::Result<Vec<Stream>> {
    let base = product::forwarder_audio().port();
    let remotes: Vec<(u16, u16)> = (0..calls).map(|call| (base + call * 4, base + call * 4 + 2)).collect();
    streams(&remotes, work.far().0, [127, 0, 0, 1])
}

#[expect(clippy::cast_precision_loss, reason = "a count of packets")]
fn spent(child: &Child, streams: &[Stream], seconds: u32) -> io::Result<(f64, Heard)> {
    speak(streams, 0, SETTLE_SECONDS)?;
    let before = child.cpu();
    let heard = speak(streams, SETTLE_SECONDS * PACKETS_PER_SECOND, seconds)?;
    let each = (child.cpu() - before).as_secs_f64() * 1e6 / heard.sent as f64;
    Ok((each, heard))
}

/// CPU a packet of `calls` calls, both ways, beside the forwarder's.
#[expect(clippy::cast_precision_loss, reason = "counts of packets")]
pub(crate) fn cpu(
    work: Work,
    backend: Backend,
    calls: u16,
    seconds: u32,
    rounds: usize,
) -> io::Result<Vec<Figure>> {
    let gateway = product::start(backend, work.far().1, &[])?;
    let mut figures = Vec::new();
    let mut notes = Vec::new();
    for _ in 0..rounds {
        let (ours, heard) = with_calls(work, calls, |streams| spent(&gateway.child, streams, seconds))?;
        let forwarder = product::start_voice_forwarder(backend, calls, &[])?;
        let (floor, floor_heard) = spent(&forwarder, &forwarder_streams(work, calls)?, seconds)?;
        figures.push((ours, floor));
        notes.push(format!(
            "arrived {:.2} % [{:.2} %], delay p50 {:.0} p99 {:.0} µs [{:.0} {:.0}]",
            heard.received as f64 / heard.sent as f64 * 100.0,
            floor_heard.received as f64 / floor_heard.sent as f64 * 100.0,
            percentile(&heard.delay_us, 0.5),
            percentile(&heard.delay_us, 0.99),
            percentile(&floor_heard.delay_us, 0.5),
            percentile(&floor_heard.delay_us, 0.99),
        ));
    }
    let name = format!("{}, CPU a packet, {}", work.name(), backend.name());
    let note = format!("{calls} calls of 50 packets a second each way; {}", notes.join("; "));
    Ok(vec![Figure::beside(&name, "µs", figures).at_most(work.ratio_max()).noting(note)])
}

/// User-space instructions a relayed packet, counted by callgrind over a stretch of steady voice.
pub(crate) fn instructions(
    work: Work,
    backend: Backend,
    calls: u16,
    seconds: u32,
) -> io::Result<Vec<Figure>> {
    let folder = scratch("callgrind")?;
    let out = format!("--callgrind-out-file={}/callgrind.out", folder.display());
    let wrapper = ["valgrind", "--tool=callgrind", "--quiet", out.as_str()];
    let gateway = product::start(backend, work.far().1, &wrapper)?;
    let ours = with_calls(work, calls, |streams| counted(&gateway.child, &folder, streams, seconds))?;
    drop(gateway);
    let forwarder = product::start_voice_forwarder(backend, calls, &wrapper)?;
    let floor = counted(&forwarder, &folder, &forwarder_streams(work, calls)?, seconds)?;
    drop(forwarder);
    fs::remove_dir_all(&folder)?;
    let name = format!("{}, instructions a packet, {}", work.name(), backend.name());
    let figure = Figure::plain(&name, "user-space", ours.0);
    let note = format!("the forwarder {:.0}; {} packets counted", floor.0, ours.1);
    let figure = if work == Work::Relay { figure.at_most(400.0) } else { figure };
    Ok(vec![figure.noting(note)])
}

#[expect(clippy::cast_precision_loss, reason = "counts of instructions and packets")]
fn counted(
    child: &Child,
    folder: &std::path::Path,
    streams: &[Stream],
    seconds: u32,
) -> io::Result<(f64, u64)> {
    speak(streams, 0, SETTLE_SECONDS)?;
    control(child, "--zero")?;
    let heard = speak(streams, SETTLE_SECONDS * PACKETS_PER_SECOND, seconds)?;
    control(child, "--dump")?;
    let mut newest = None;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let changed = entry.metadata()?.modified()?;
        if newest.as_ref().is_none_or(|(latest, _)| *latest < changed) {
            newest = Some((changed, entry.path()));
        }
    }
    let (_, path) = newest.ok_or_else(|| io::Error::other("callgrind wrote nothing"))?;
    let text = fs::read_to_string(&path)?;
    let total =
        |word: &str| text.lines().find_map(|line| line.strip_prefix(word)?.trim().parse::<f64>().ok());
    let total = total("summary:")
        .or_else(|| total("totals:"))
        .ok_or_else(|| io::Error::other("no total in the dump"))?;
    fs::remove_file(path)?;
    Ok((total / heard.received.max(1) as f64, heard.received))
}

fn control(child: &Child, word: &str) -> io::Result<()> {
    let done = Command::new("callgrind_control").arg(word).arg(child.id().to_string()).output()?;
    if done.status.success() { Ok(()) } else { Err(io::Error::other(format!("callgrind_control: {done:?}"))) }
}

/// The voice forwarder and the generators alone.
pub(crate) fn floor(backend: Backend, calls: u16, seconds: u32) -> io::Result<Vec<Figure>> {
    let forwarder = product::start_voice_forwarder(backend, calls, &[])?;
    let (each, heard) = spent(&forwarder, &forwarder_streams(Work::Relay, calls)?, seconds)?;
    let note = format!(
        "{} sent, {} arrived, delay p50 {:.0} p99 {:.0} µs",
        heard.sent,
        heard.received,
        percentile(&heard.delay_us, 0.5),
        percentile(&heard.delay_us, 0.99)
    );
    Ok(vec![Figure::plain(&format!("forwarder, CPU a packet, {}", backend.name()), "µs", each).noting(note)])
}
