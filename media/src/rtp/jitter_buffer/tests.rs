//! Streams over simulated networks: what is played, when, and how often the delay moves.

#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "simulated times are rounded")]

use std::time::{Duration, Instant};

use super::{Config, JitterBuffer, Kept, Run};
use crate::Law;
use crate::rtp::{Header, epoch};

fn header(ssrc: u32, timestamp: u32) -> Header {
    Header { payload_type: 8, marker: false, sequence: 0, timestamp, ssrc }
}

fn ms(ms: f64) -> Duration {
    Duration::from_secs_f64(ms.max(0.0) / 1000.0)
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A simulated sender and network: packets of `ptime`, each with its arrival.
struct Network {
    ptime_ms: f64,
    /// Sender's clock against ours.
    drift_ppm: f64,
    /// Packets lost, 0 to 1.
    loss: f64,
    /// Each packet is late by up to so much, and one in a hundred by up to five times that.
    jitter_ms: f64,
    seconds: f64,
    /// Silence suppressed: so many ms of voice, then as many of nothing.
    spurt_ms: Option<f64>,
    seed: u64,
}

impl Network {
    const EVEN: Self = Self {
        ptime_ms: 20.0,
        drift_ppm: 0.0,
        loss: 0.0,
        jitter_ms: 0.0,
        seconds: 60.0,
        spurt_ms: None,
        seed: 1,
    };

    /// Arrival in ms and timestamp of each packet that comes, by arrival.
    fn packets(&self) -> Vec<(f64, u32)> {
        let mut random = Random(self.seed);
        let count = (self.seconds * 1000.0 / self.ptime_ms) as u32;
        let samples = (self.ptime_ms * 8.0) as u32;
        let mut packets: Vec<(f64, u32)> = (0..count)
            .filter_map(|n| {
                let said = f64::from(n) * self.ptime_ms;
                let quiet = self.spurt_ms.is_some_and(|spurt| (said / spurt) as u64 % 2 == 1);
                let lost = random.next() < self.loss;
                let spike = if random.next() < 0.01 { 5.0 } else { 1.0 };
                let late = self.jitter_ms * spike * random.next();
                let at = said * (1.0 + self.drift_ppm / 1e6) + self.ptime_ms + 30.0 + late;
                (!lost && !quiet).then_some((at, 0xFFFF_0000_u32.wrapping_add(n * samples)))
            })
            .collect();
        packets.sort_by(|a, b| a.0.total_cmp(&b.0));
        packets
    }
}

/// What came out of a buffer, octet by octet: `Some` voice, `None` nothing; and the delays at each tick.
struct Played {
    buffer: JitterBuffer,
    octets: Vec<Option<u8>>,
    delays: Vec<Duration>,
}

/// The octet said at a timestamp: a code loud or soft that tells where it is from.
fn said(timestamp: u32, is_loud: bool) -> u8 {
    let code = (timestamp / 8) as u8 & 0x0F;
    // A-law: segment 6 is loud, segment 0 is soft.
    (if is_loud { 0xE0 | code } else { 0x80 | code }) ^ 0x55
}

fn play(network: &Network, frame_ms: f64, is_loud: impl Fn(u32) -> bool) -> Played {
    let start = epoch();
    let mut buffer = JitterBuffer::new(Law::A, Config::default());
    let mut packets = network.packets().into_iter().peekable();
    let samples = (network.ptime_ms * 8.0) as u32;
    let mut octets = Vec::new();
    let mut delays = Vec::new();
    let mut frame = vec![0; (frame_ms * 8.0) as usize];
    let mut now = 0.0;
    while now < network.seconds * 1000.0 {
        while let Some((at, timestamp)) = packets.next_if(|(at, _)| *at <= now) {
            let voice: Vec<u8> =
                (0..samples).map(|n| timestamp.wrapping_add(n)).map(|ts| said(ts, is_loud(ts))).collect();
            buffer.put(header(1, timestamp), &voice, start + ms(at));
        }
        pull(&mut buffer, &mut frame, start + ms(now), &mut octets);
        delays.push(buffer.delay());
        now += frame_ms;
    }
    Played { buffer, octets, delays }
}

fn pull(buffer: &mut JitterBuffer, frame: &mut [u8], now: Instant, octets: &mut Vec<Option<u8>>) {
    buffer.tick(now);
    let mut at = 0;
    while at < frame.len() {
        let (length, run) = buffer.pull(&mut frame[at..]);
        assert!(length > 0, "no progress");
        let voice = matches!(run, Run::Voice | Run::VoiceAfterCut);
        octets.extend(frame[at..at + length].iter().map(|octet| voice.then_some(*octet)));
        at += length;
    }
}

fn loud(_: u32) -> bool {
    true
}

/// Sentences of three seconds with half a second of rest.
fn like_speech(timestamp: u32) -> bool {
    timestamp / 8 % 3500 < 3000
}

#[test]
fn an_even_stream_is_played_whole_whatever_the_sizes() {
    for ptime_ms in [10.0, 20.0, 30.0, 40.0, 60.0] {
        for frame_ms in [1.0, 5.0, 10.0, 20.0, 30.0, 60.0] {
            let played = play(&Network { ptime_ms, seconds: 10.0, ..Network::EVEN }, frame_ms, loud);
            let first = played.octets.iter().position(Option::is_some).unwrap();
            let end = played.octets.len() - 8 * 120;
            for (n, octet) in played.octets[first..end].iter().enumerate() {
                let expected = said(0xFFFF_0000_u32.wrapping_add(n as u32), true);
                assert_eq!(*octet, Some(expected), "{ptime_ms} ms packets, {frame_ms} ms frames, octet {n}");
            }
            let counters = played.buffer.counters();
            assert_eq!((counters.late, counters.cuts), (0, 0));
            assert!(first <= 8 * (30 + 60 + 60 + 60), "begins after {first} octets");
        }
    }
}

#[test]
fn order_and_doubles_do_not_matter() {
    let start = epoch();
    let mut buffer = JitterBuffer::new(Law::A, Config::default());
    for (n, timestamp) in [0_u32, 320, 160, 160, 480, 640, 320].into_iter().enumerate() {
        let kept = buffer.put(header(1, timestamp), &[timestamp as u8; 160], start);
        assert_eq!(kept == Kept::Duplicate, n == 3 || n == 6, "packet {n}");
    }
    let mut octets = Vec::new();
    for tick in 0..7 {
        pull(&mut buffer, &mut [0; 160], start + ms(f64::from(tick) * 20.0), &mut octets);
    }
    let voice: Vec<u8> = octets.into_iter().flatten().collect();
    let expected: Vec<u8> = [0_u32, 160, 320, 480, 640].iter().flat_map(|ts| [*ts as u8; 160]).collect();
    assert_eq!(voice, expected);
    assert_eq!(buffer.counters().duplicates, 2);
}

#[test]
fn what_comes_after_its_turn_is_late_and_what_is_half_late_is_half_played() {
    let start = epoch();
    let mut buffer = JitterBuffer::new(Law::A, Config { delay_start: ms(30.0), ..Config::default() });
    let mut octets = Vec::new();
    buffer.put(header(1, 0), &[1; 160], start);
    for tick in 0..7 {
        // Played from 40 ms on; after this loop 30 ms of it are gone.
        pull(&mut buffer, &mut [0; 80], start + ms(f64::from(tick) * 10.0), &mut octets);
    }
    assert_eq!(octets.iter().flatten().count(), 160);
    assert_eq!(buffer.put(header(1, 160), &[2; 160], start + ms(61.0)), Kept::Yes);
    assert_eq!(buffer.put(header(1, 0), &[1; 160], start + ms(61.0)), Kept::Late);
    for tick in 7..10 {
        pull(&mut buffer, &mut [0; 80], start + ms(f64::from(tick) * 10.0), &mut octets);
    }
    assert_eq!(octets.iter().filter(|octet| **octet == Some(2)).count(), 80);
    assert_eq!(buffer.counters().late, 1);
}

#[test]
fn jitter_is_absorbed_and_the_delay_is_no_more_than_it_needs() {
    for (jitter_ms, most_delay) in [(0.0, 30), (10.0, 70), (25.0, 150), (40.0, 200)] {
        for seed in 0..3 {
            let network = Network { jitter_ms, seconds: 120.0, seed, ..Network::EVEN };
            let played = play(&network, 20.0, like_speech);
            let counters = played.buffer.counters();
            let late = counters.late as f64 / counters.packets as f64;
            assert!(late < 0.02, "{jitter_ms} ms: {late:.3} late");
            let most = played.delays.iter().max().unwrap();
            assert!(most.as_millis() <= most_delay + 40, "{jitter_ms} ms: {most:?}");
            let moves = counters.cuts + counters.stretches;
            assert!(moves <= 120, "{jitter_ms} ms: moved {moves} times in two minutes");
        }
    }
}

#[test]
fn losses_are_concealed_and_counted_and_move_nothing() {
    let played = play(&Network { loss: 0.05, seconds: 120.0, ..Network::EVEN }, 20.0, loud);
    let counters = played.buffer.counters();
    let share = counters.lost_octets as f64 / (counters.lost_octets + counters.voice_octets) as f64;
    assert!((0.035..0.065).contains(&share), "{share:.3}");
    assert_eq!((counters.late, counters.stretches), (0, 0));
    assert!(counters.cuts <= 1, "once, from the delay at the start");
}

#[test]
fn an_hour_on_a_clock_200_ppm_off_stays_in_bounds_with_few_moves() {
    for drift_ppm in [-200.0, 200.0] {
        let network = Network { drift_ppm, jitter_ms: 5.0, seconds: 3600.0, ..Network::EVEN };
        let played = play(&network, 20.0, like_speech);
        let counters = played.buffer.counters();
        let settled = &played.delays[500..];
        let (least, most) = (settled.iter().min().unwrap(), settled.iter().max().unwrap());
        assert!(most.as_millis() <= 90 && least.as_millis() >= 10, "{drift_ppm} ppm: {least:?} to {most:?}");
        // 720 ms in an hour, some 10 ms at a time.
        let moves = counters.cuts + counters.stretches;
        assert!((40..=220).contains(&moves), "{drift_ppm} ppm: moved {moves} times");
        let late = counters.late as f64 / counters.packets as f64;
        assert!(late < 0.01, "{drift_ppm} ppm: {late:.4} late");
    }
}

#[test]
fn a_steady_tone_on_a_drifting_clock_stays_in_bounds_though_it_is_never_quiet() {
    for drift_ppm in [-200.0, 200.0] {
        let played = play(&Network { drift_ppm, seconds: 1200.0, ..Network::EVEN }, 20.0, loud);
        let most = played.delays[500..].iter().max().unwrap();
        assert!(most.as_millis() <= 100, "{drift_ppm} ppm: {most:?}");
        let counters = played.buffer.counters();
        assert!(counters.late * 50 < counters.packets, "{} late", counters.late);
    }
}

#[test]
fn silences_are_not_losses_and_each_spurt_is_whole() {
    let network = Network { spurt_ms: Some(1000.0), jitter_ms: 10.0, seconds: 60.0, ..Network::EVEN };
    let played = play(&network, 20.0, loud);
    let counters = played.buffer.counters();
    // Each of the thirty ends is taken for a loss for at most 80 ms.
    assert!(counters.lost_octets <= 30 * 80 * 8 + 3000, "{}", counters.lost_octets);
    let share = counters.voice_octets as f64 / (network.packets().len() * 160) as f64;
    assert!(share > 0.97, "{share:.3} of the voice was played");
}

#[test]
fn another_source_or_a_jumped_clock_is_followed_at_once() {
    let start = epoch();
    let mut buffer = JitterBuffer::new(Law::A, Config::default());
    let mut octets = Vec::new();
    let mut tick = 0_u32;
    let mut run =
        |buffer: &mut JitterBuffer, ssrc: u32, base: u32, mark: u8, octets: &mut Vec<Option<u8>>| {
            for n in 0..50 {
                let now = start + ms(f64::from(tick) * 20.0);
                buffer.put(header(ssrc, base.wrapping_add(n * 160)), &[mark; 160], now);
                pull(buffer, &mut [0; 160], now, octets);
                tick += 1;
            }
        };
    run(&mut buffer, 1, 0, 1, &mut octets);
    run(&mut buffer, 2, 0x8000_0000, 2, &mut octets);
    run(&mut buffer, 2, 0x1234_5678, 3, &mut octets);
    for mark in [1, 2, 3] {
        let heard = octets.iter().filter(|octet| **octet == Some(mark)).count();
        assert!(heard >= 44 * 160, "{mark}: {heard}");
    }
    assert_eq!(buffer.counters().restarts, 2);
    assert!(buffer.counters().astray <= 3);
    let now = start + ms(f64::from(tick) * 20.0);
    assert_eq!(buffer.put(header(2, 0x7000_0000), &[9; 160], now), Kept::Astray, "one wild packet");
}

#[test]
fn a_network_that_grows_slower_or_faster_is_followed() {
    for shift in [150.0, -150.0] {
        let start = epoch();
        let mut buffer = JitterBuffer::new(Law::A, Config::default());
        let mut octets = Vec::new();
        let mut arrivals: Vec<(f64, u32)> = (0..3000_u32)
            .map(|n| (f64::from(n) * 20.0 + 200.0 + if n >= 1000 { shift } else { 0.0 }, n * 160))
            .collect();
        arrivals.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut arrivals = arrivals.into_iter().peekable();
        for tick in 0..3000 {
            let now = f64::from(tick) * 20.0;
            while let Some((at, timestamp)) = arrivals.next_if(|(at, _)| *at <= now) {
                buffer.put(
                    header(1, timestamp),
                    &[said(timestamp, like_speech(timestamp)); 160],
                    start + ms(at),
                );
            }
            pull(&mut buffer, &mut [0; 160], start + ms(now), &mut octets);
        }
        let tail = &octets[octets.len() - 160 * 500..];
        let voice = tail.iter().flatten().count() as f64 / tail.len() as f64;
        assert!(voice > 0.99, "{shift}: {voice}");
        assert!(buffer.delay().as_millis() < 80, "{shift}: {:?}", buffer.delay());
    }
}

#[test]
fn the_bounds_are_kept_whatever_comes() {
    let mut random = Random(9);
    let start = epoch();
    let mut buffer = JitterBuffer::new(Law::Mu, Config::default());
    let mut octets = Vec::new();
    let mut now = 0.0;
    for _ in 0..20_000 {
        now += random.next() * 30.0;
        let timestamp = (random.next() * f64::from(u32::MAX)) as u32 >> ((random.next() * 24.0) as u32);
        let length = (random.next() * 700.0) as usize;
        buffer.put(header((random.next() * 1.02) as u32, timestamp), &vec![0x80; length], start + ms(now));
        let frame = 1 + (random.next() * 480.0) as usize;
        pull(&mut buffer, &mut vec![0; frame], start + ms(now), &mut octets);
        assert!(buffer.delay_wanted() <= Duration::from_millis(200));
        assert!(buffer.delay_wanted() >= Duration::from_millis(20));
        octets.clear();
    }
    let silent = JitterBuffer::new(Law::A, Config::default()).pull(&mut [0; 10]);
    assert_eq!(silent, (10, Run::Silence));
}
