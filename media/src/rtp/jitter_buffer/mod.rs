//! The adaptive jitter buffer: packets as they come in, an even stream of octets out.
//!
//! It holds octets by their timestamp and plays them a delay after the fastest packet would have brought them.
//! The delay follows what the network does, and changes where that is heard least: in silence and in losses.
//! For codecs with an octet a timestamp unit.

mod delay;
mod ring;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use super::{Header, stats};
use crate::Law;
use delay::{Delay, is_less};
use ring::{CAPACITY, Ring};

const CLOCK_RATE: u32 = 8000;
const UNITS_PER_MS: u32 = 8;
/// The delay stands while it is at most so much shorter than wanted, or longer.
const SHORT_MAX: i32 = 5 * 8;
const LONG_MAX: i32 = 20 * 8;
/// At most so much is cut or stretched at once.
const STEP_MAX: u32 = 10 * 8;
/// So much too long, and it is cut even where that may be heard.
const LONG_LOUD_MAX: i32 = 40 * 8;
/// After so long without voice a gap is a silence and not a loss; concealment has faded out by then.
const LOSS_MAX: u32 = 60 * 8;
/// A transit time so far from the fastest is not the network's doing: the source's clock has jumped.
const JUMP: u32 = 1200 * 8;
/// So many such packets, each as far off as the one before to within `JUMP_SPREAD`, are believed.
const JUMP_PACKETS: u8 = 3;
const JUMP_SPREAD: u32 = 40 * 8;
/// Packets before the delay at the start gives way to what was learnt.
const LEARN: u64 = 8;
/// Frames longer than this are not provided for.
const FRAME_MAX: u32 = 60 * 8;
/// Voice below a quarter of its mean, or below this mean magnitude (about -45 dBm0), is quiet.
const QUIET: u32 = 90;

/// The bounds of the delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Never less than this; a frame of the peer's is usual.
    pub delay_min: Duration,
    /// Never more than this, at most 300 ms.
    pub delay_max: Duration,
    /// Before anything is known, and a frame of ours more.
    pub delay_start: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            delay_min: Duration::from_millis(20),
            delay_max: Duration::from_millis(200),
            delay_start: Duration::from_millis(20),
        }
    }
}

/// What the buffer made of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It will be played, or some of it.
    Yes,
    /// Its turn has passed.
    Late,
    /// All of it was there already, or there was nothing in it.
    Duplicate,
    /// Its timestamp is beyond what the buffer holds, or not believed yet.
    Astray,
}

/// What a stretch of pulled octets is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// Voice.
    Voice,
    /// Voice that does not continue what was pulled before: some was cut out.
    VoiceAfterCut,
    /// Voice that is missing, or room made to wait longer: conceal it.
    Lost,
    /// Nothing was said.
    Silence,
}

/// What has happened in the buffer, in packets where nothing else is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets given.
    pub packets: u64,
    /// Came too late to be played.
    pub late: u64,
    /// Came twice.
    pub duplicates: u64,
    /// Beyond the buffer.
    pub astray: u64,
    /// Times the source began anew.
    pub restarts: u64,
    /// Octets pulled that had to be concealed.
    pub lost_octets: u64,
    /// Octets of voice pulled.
    pub voice_octets: u64,
    /// Times the delay was made shorter.
    pub cuts: u64,
    /// Times the delay was made longer.
    pub stretches: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No packet yet.
    Empty,
    /// Nothing to play since long: the delay may change freely.
    Silent,
    /// Voice is played; so many units of it have been missing on end.
    Talking { missing: u32 },
}

/// The buffer of one stream.
#[derive(Debug)]
pub struct JitterBuffer {
    law: Law,
    delay_min: u32,
    delay_max: u32,
    /// The delay before anything is known, but for the frame.
    start: u32,
    ring: Ring,
    delay: Delay,
    wanted: u32,
    /// Octets pulled since the last tick, and between the two before: the frame.
    pulled: u32,
    frame: u32,
    state: State,
    epoch: Option<Instant>,
    ssrc: Option<u32>,
    /// Timestamp of the next octet to be pulled.
    play: u32,
    /// Timestamp after the last octet there is.
    newest: u32,
    /// The delay of late, smoothed: local time less `play` less the fastest transit.
    standing: i32,
    /// Octets still to be pulled without going on.
    hold: u32,
    cut: bool,
    /// Transit time of a packet that was not believed, and how many have been like it.
    doubted: Option<(u32, u8)>,
    /// Mean magnitude of voice, sixteen times.
    loudness: u32,
    counters: Counters,
}

impl JitterBuffer {
    /// A buffer for octets of this law. All memory it will ever use is taken here.
    pub fn new(law: Law, config: Config) -> Self {
        let units = |time: Duration| stats::units(time.min(Duration::from_millis(300)), CLOCK_RATE);
        let delay_max = units(config.delay_max);
        let delay_min = units(config.delay_min).min(delay_max);
        Self {
            law,
            delay_min,
            delay_max,
            start: units(config.delay_start),
            ring: Ring::new(),
            delay: Delay::new(),
            wanted: units(config.delay_start).clamp(delay_min, delay_max),
            pulled: 0,
            frame: 0,
            state: State::Empty,
            epoch: None,
            ssrc: None,
            play: 0,
            newest: 0,
            standing: 0,
            hold: 0,
            cut: false,
            doubted: None,
            loudness: 0,
            counters: Counters::default(),
        }
    }

    /// Takes the voice of one packet.
    pub fn put(&mut self, header: Header, voice: &[u8], now: Instant) -> Kept {
        self.counters.packets += 1;
        let local = self.local(now);
        let transit = local.wrapping_sub(header.timestamp);
        let changed = self.ssrc.replace(header.ssrc) != Some(header.ssrc);
        if changed || self.state == State::Empty {
            self.restart(transit, local);
        } else if self.is_jump(transit) {
            if !self.is_believed(transit) {
                self.counters.astray += 1;
                return Kept::Astray;
            }
            self.restart(transit, local);
        }
        self.doubted = None;
        self.delay.observe(transit, local);
        self.keep(header.timestamp, voice)
    }

    fn keep(&mut self, timestamp: u32, voice: &[u8]) -> Kept {
        if voice.is_empty() {
            return Kept::Duplicate;
        }
        let ahead = timestamp.wrapping_sub(self.play).cast_signed();
        let passed = usize::try_from(-i64::from(ahead)).unwrap_or(0);
        let Some(rest @ [_, ..]) = voice.get(passed..) else {
            self.counters.late += 1;
            return Kept::Late;
        };
        let ahead = ahead.max(0).unsigned_abs();
        if ahead as usize + rest.len() > CAPACITY as usize {
            self.counters.astray += 1;
            return Kept::Astray;
        }
        let start = self.play.wrapping_add(ahead);
        if self.ring.put(start, rest) == 0 {
            self.counters.duplicates += 1;
            return Kept::Duplicate;
        }
        let end = timestamp.wrapping_add(u32::try_from(voice.len()).unwrap_or(0));
        if is_less(self.newest, end) {
            self.newest = end;
        }
        Kept::Yes
    }

    fn is_jump(&self, transit: u32) -> bool {
        transit.wrapping_sub(self.delay.fastest()).cast_signed().unsigned_abs() > JUMP
    }

    fn is_believed(&mut self, transit: u32) -> bool {
        let alike = match self.doubted {
            Some((before, count))
                if transit.wrapping_sub(before).cast_signed().unsigned_abs() <= JUMP_SPREAD =>
            {
                count + 1
            }
            Some(_) | None => 1,
        };
        self.doubted = Some((transit, alike));
        alike >= JUMP_PACKETS
    }

    /// Another source, or the same on another clock: what it said before is dropped.
    fn restart(&mut self, transit: u32, local: u32) {
        if self.state != State::Empty {
            self.counters.restarts += 1;
            self.cut = true;
        }
        self.ring.clear();
        self.delay.restart(transit, local);
        self.state = State::Silent;
        self.hold = 0;
        self.play = self.ideal(local);
        self.newest = self.play;
        self.standing = self.wanted.cast_signed();
    }

    /// What would be played now if the delay were as wanted.
    const fn ideal(&self, local: u32) -> u32 {
        local.wrapping_sub(self.delay.fastest()).wrapping_sub(self.wanted)
    }

    /// Begins a frame that is due now, and adapts the delay. Then [`JitterBuffer::pull`] until it is full.
    pub fn tick(&mut self, now: Instant) {
        let local = self.local(now);
        self.frame = std::mem::take(&mut self.pulled).min(FRAME_MAX);
        let jitter = if self.counters.packets > LEARN { self.delay.wanted() } else { self.start };
        // The end of a frame is pulled a frame before it is due.
        self.wanted = (jitter + self.frame).clamp(self.delay_min, self.delay_max);
        match self.state {
            State::Empty => {}
            State::Silent => self.adapt_in_silence(local),
            State::Talking { .. } => self.adapt_in_voice(local),
        }
    }

    /// In silence the next octet to play moves freely, as long as none that is there is passed over.
    fn adapt_in_silence(&mut self, local: u32) {
        let ideal = self.ideal(local);
        self.standing = self.wanted.cast_signed();
        if is_less(self.play, ideal) {
            let skipped = ideal.wrapping_sub(self.play);
            let (present, free) = self.ring.run(self.play, skipped as usize);
            if !present {
                self.play = self.play.wrapping_add(u32::try_from(free).unwrap_or(skipped));
            }
            // More than a moment behind: voice has waited longer than it may.
            self.cut_to(ideal.wrapping_sub(self.delay_max), local);
        } else if is_less(self.newest, ideal.wrapping_add(CAPACITY)) {
            self.play = ideal;
        }
    }

    fn adapt_in_voice(&mut self, local: u32) {
        let delay = local.wrapping_sub(self.play).wrapping_sub(self.delay.fastest()).cast_signed();
        self.standing += (delay - self.standing) / 8;
        let long = self.standing - self.wanted.cast_signed();
        let present = self.ring.run(self.play, 1).0;
        if delay > (self.delay_max + JUMP_SPREAD).cast_signed() {
            self.cut_to(self.ideal(local), local);
        } else if long > LONG_MAX {
            if !present || long > LONG_LOUD_MAX || self.is_quiet() {
                self.cut(long.unsigned_abs().min(STEP_MAX));
            }
        } else if long < -SHORT_MAX && self.hold == 0 {
            let short = long.unsigned_abs();
            if !present {
                self.stretch(short);
            } else if self.is_quiet() {
                self.stretch(short.min(STEP_MAX));
            }
        }
    }

    /// Goes on at a later timestamp, if `to` is later.
    fn cut_to(&mut self, to: u32, local: u32) {
        if is_less(self.play, to) {
            self.cut(to.wrapping_sub(self.play));
            self.standing = local.wrapping_sub(self.play).wrapping_sub(self.delay.fastest()).cast_signed();
        }
    }

    fn cut(&mut self, octets: u32) {
        self.ring.forget(self.play, octets);
        self.play = self.play.wrapping_add(octets);
        self.standing -= octets.cast_signed();
        self.cut = true;
        self.counters.cuts += 1;
    }

    const fn stretch(&mut self, octets: u32) {
        self.hold = octets;
        self.standing += octets.cast_signed();
        self.counters.stretches += 1;
    }

    /// Whether the next 10 ms are there and softer than the voice is on average.
    fn is_quiet(&self) -> bool {
        let mut next = [0; STEP_MAX as usize];
        let (present, length) = self.ring.run(self.play, next.len());
        if !present || length < next.len() {
            return false;
        }
        self.ring.copy(self.play, &mut next);
        let sum: u32 = next.iter().map(|octet| u32::from(self.law.decode(*octet).unsigned_abs())).sum();
        let mean = sum / STEP_MAX;
        mean < QUIET || mean * 4 < self.loudness / 16
    }

    /// Fills the beginning of `octets`; how much of it, and what that is. Nothing is written for what is lost or
    /// silent. Never zero octets, if there is room for one.
    pub fn pull(&mut self, octets: &mut [u8]) -> (usize, Run) {
        let (length, run) = self.take(octets);
        self.pulled = self.pulled.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
        (length, run)
    }

    fn take(&mut self, octets: &mut [u8]) -> (usize, Run) {
        if self.hold > 0 {
            let held = octets.len().min(self.hold as usize);
            self.hold -= u32::try_from(held).unwrap_or(self.hold);
            return (held, self.missing(held));
        }
        if self.state == State::Empty {
            return (octets.len(), Run::Silence);
        }
        let (present, length) = self.ring.run(self.play, octets.len());
        let run = if present {
            let voice = octets.get_mut(..length).unwrap_or_default();
            self.ring.copy(self.play, voice);
            self.listen(voice);
            self.state = State::Talking { missing: 0 };
            self.counters.voice_octets += length as u64;
            if std::mem::take(&mut self.cut) { Run::VoiceAfterCut } else { Run::Voice }
        } else {
            self.missing(length)
        };
        let units = u32::try_from(length).unwrap_or(0);
        self.ring.forget(self.play, units);
        self.play = self.play.wrapping_add(units);
        (length, run)
    }

    fn missing(&mut self, octets: usize) -> Run {
        match self.state {
            State::Empty | State::Silent => Run::Silence,
            State::Talking { missing } => {
                let missing = missing.saturating_add(u32::try_from(octets).unwrap_or(u32::MAX));
                self.state = if missing > LOSS_MAX { State::Silent } else { State::Talking { missing } };
                self.counters.lost_octets += octets as u64;
                Run::Lost
            }
        }
    }

    /// Keeps the mean loudness of voice, from every eighth octet.
    fn listen(&mut self, voice: &[u8]) {
        for octet in voice.iter().step_by(8) {
            let magnitude = u32::from(self.law.decode(*octet).unsigned_abs());
            // A memory of 128 of these octets, which are 128 ms.
            self.loudness = self.loudness - self.loudness / 128 + magnitude / 8;
        }
    }

    fn local(&mut self, now: Instant) -> u32 {
        let epoch = *self.epoch.get_or_insert(now);
        stats::units(now.saturating_duration_since(epoch), CLOCK_RATE)
    }

    /// How long voice waits now, beyond what the fastest packet takes.
    pub fn delay(&self) -> Duration {
        let units = u64::from(self.standing.max(0).unsigned_abs());
        Duration::from_micros(units * 1000 / u64::from(UNITS_PER_MS))
    }

    /// How long it should wait.
    pub fn delay_wanted(&self) -> Duration {
        Duration::from_micros(u64::from(self.wanted) * 1000 / u64::from(UNITS_PER_MS))
    }

    /// What has happened.
    pub const fn counters(&self) -> Counters {
        self.counters
    }
}
