//! Once a stream is set up, its packets and frames take no memory.

#![expect(unsafe_code, reason = "an allocator that counts must be one")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

use call::Digit;
use media::rtp::jitter_buffer::Config;
use media::rtp::telephone_event::{Receiver, Sender};
use media::rtp::{Header, Packet, Playout, Reception};
use media::tone::{Country, Kind, Tone};
use media::{Law, dtmf, tone};

thread_local! {
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is the system allocator's own; counting touches no memory of its callers.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.with(|taken| taken.set(taken.get() + 1));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
#[expect(clippy::disallowed_methods, reason = "virtual time must begin somewhere")]
fn a_minute_of_voice_tones_and_digits_takes_no_memory() {
    let start = Instant::now();
    let mut playout = Playout::new(Law::A, Config::default());
    let mut reception = Reception::new(1, 8000, 2);
    let (mut sender, mut receiver) = (Sender::new(8000, 20), Receiver::new(8000));
    let mut tone = tone::Generator::new(Tone::of(Country::Uk, Kind::Ringback), Law::A);
    let (mut digits, mut detector) = (dtmf::Generator::new(Country::Uk, Law::A), dtmf::Detector::new());
    let (mut pcm, mut octets, mut packet) = ([0; 160], [0; 160], [0; 172]);
    let mut heard = 0;

    let before = TAKEN.with(Cell::get);
    for n in 0..3000_u32 {
        let now = start + Duration::from_millis(20) * n;
        tone.fill(&mut pcm);
        if n % 50 == 0 {
            assert!(
                digits.send(Digit::from_event(5).unwrap()) && sender.send(Digit::from_event(5).unwrap(), 100)
            );
        }
        digits.fill(&mut pcm);
        Law::A.encode_into(&pcm, &mut octets);
        let header = Header {
            payload_type: 8,
            marker: n == 0,
            sequence: (n % 65_536).try_into().unwrap(),
            timestamp: n * 160,
            ssrc: 1,
        };
        header.write(&octets, &mut packet).unwrap();
        let parsed = Packet::parse(&packet).unwrap();
        // Some are lost.
        if n % 17 != 3 {
            reception.receive(parsed.header, now);
            playout.put(parsed.header, parsed.payload, now);
        }
        playout.frame(&mut pcm, now);
        detector.listen(&pcm, |_| heard += 1);
        if let Some(event) = sender.frame(n * 160, 160) {
            receiver.handle_packet(
                Header { timestamp: event.timestamp, ..header },
                &event.event.to_bytes(),
                now,
            );
        }
        while receiver.poll().is_some() {
            heard += 1;
        }
    }
    assert_eq!(TAKEN.with(Cell::get) - before, 0);
    assert!(heard >= 200, "{heard}");
}
