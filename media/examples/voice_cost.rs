//! Measures what a 20 ms frame of voice costs, step by step: `cargo run --release -p media --example voice_cost`.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement reads the clock and prints what it found"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use call::Digit;
use media::conceal::Concealer;
use media::rtp::jitter_buffer::Config;
use media::rtp::{Header, JitterBuffer, Packet, Playout};
use media::tone::{Country, Kind, Tone};
use media::{Law, dtmf, tone};

const FRAME: usize = 160;
const FRAMES: u32 = 200_000;

/// The best of five runs, in nanoseconds a frame: others share the machine.
fn measure(what: &str, mut frame: impl FnMut(u32)) {
    let best = (0..5)
        .map(|_| {
            let start = Instant::now();
            (0..FRAMES).for_each(&mut frame);
            start.elapsed()
        })
        .min()
        .unwrap_or_default();
    println!("{what:<28} {:>7} ns a frame", best.as_nanos() / u128::from(FRAMES));
}

fn main() {
    codecs();
    signals();
    streams();
}

fn voice() -> [i16; FRAME] {
    let mut pcm = [0; FRAME];
    let mut generator = tone::Generator::new(Tone::of(Country::Us, Kind::Dial), Law::A);
    generator.fill(&mut pcm);
    pcm
}

fn codecs() {
    let mut pcm = voice();
    let mut octets = [0; FRAME];
    for law in Law::ALL {
        measure(&format!("G.711 encode {law:?}"), |_| {
            law.encode_into(black_box(&pcm), &mut octets);
            black_box(&octets);
        });
        measure(&format!("G.711 decode {law:?}"), |_| {
            law.decode_into(black_box(&octets), &mut pcm);
            black_box(&pcm);
        });
    }
    measure("G.711 A to mu in place", |_| {
        Law::A.transcode(Law::Mu, black_box(&mut octets));
    });
    let mut packet = [0; 172];
    let header = Header { payload_type: 8, marker: false, sequence: 1, timestamp: 2, ssrc: 3 };
    header.write(&octets, &mut packet);
    measure("RTP parse and rewrite", |n| {
        if let Ok(parsed) = Packet::parse(black_box(&packet)) {
            Header { timestamp: n, ..parsed.header }.rewrite(&mut packet);
        }
    });
}

fn signals() {
    let mut pcm = [0; FRAME];
    for (what, country, kind) in [
        ("tone of one frequency", Country::De, Kind::Dial),
        ("tone of two", Country::Us, Kind::Dial),
        ("modulated tone", Country::In, Kind::Dial),
    ] {
        let mut generator = tone::Generator::new(Tone::of(country, kind), Law::A);
        measure(what, |_| generator.fill(black_box(&mut pcm)));
    }
    let mut generator = dtmf::Generator::new(Country::Us, Law::A);
    measure("DTMF made", |_| {
        if generator.is_idle() {
            Digit::all().for_each(|digit| {
                black_box(generator.send(digit));
            });
        }
        generator.fill(black_box(&mut pcm));
    });
    let mut detector = dtmf::Detector::new();
    let pcm = voice();
    measure("DTMF listened for", |_| {
        detector.listen(black_box(&pcm), |heard| {
            black_box(heard);
        });
    });
    let mut concealer = Concealer::default();
    let mut frame = pcm;
    measure("concealment, nothing lost", |_| concealer.voice(black_box(&mut frame)));
    measure("concealment, each other lost", |n| {
        if n % 2 == 0 { concealer.lost(black_box(&mut frame)) } else { concealer.voice(&mut frame) }
    });
}

fn streams() {
    let voice = [0x55; FRAME];
    let mut octets = [0; FRAME];
    let start = Instant::now();
    let header = |n: u32| Header {
        payload_type: 8,
        marker: false,
        sequence: 0,
        timestamp: n.wrapping_mul(160),
        ssrc: 1,
    };
    let mut count = 0;
    let mut buffer = JitterBuffer::new(Law::A, Config::default());
    measure("jitter buffer put and pull", |_| {
        let now = start + Duration::from_millis(20) * count;
        buffer.put(header(count), &voice, now);
        buffer.tick(now);
        let mut at = 0;
        while let Some(rest @ [_, ..]) = octets.get_mut(at..) {
            at += buffer.pull(rest).0;
        }
        count += 1;
        black_box(&octets);
    });
    let mut count = 0;
    let mut pcm = [0; FRAME];
    let mut playout = Playout::new(Law::A, Config::default());
    measure("play-out of a packet", |_| {
        let now = start + Duration::from_millis(20) * count;
        playout.put(header(count), &voice, now);
        playout.frame(&mut pcm, now);
        count += 1;
        black_box(&pcm);
    });
}
