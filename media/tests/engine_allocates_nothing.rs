//! Once a call is set up, its packets and frames take no memory from the core.

#![expect(unsafe_code, reason = "an allocator that counts must be one")]
#![expect(clippy::unwrap_used, reason = "a test's own helpers may stop the test")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::rtp::Header;
use media::sdp::{Direction, Negotiated, PayloadTypes};
use media::{Bearer, Codec, Command, Core, CoreConfig, EndpointId, Ids, Law, Output, Port, StreamConfig};

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

/// A line that says what it hears.
struct Loop;

impl Bearer for Loop {
    fn law(&self) -> Law {
        Law::Mu
    }

    fn exchange(&mut self, to_line: &[u8], from_line: &mut [u8]) {
        from_line.copy_from_slice(to_line);
    }
}

fn stream(core: &mut Core, ids: &mut Ids, now: Instant, codec: Codec, packet_milliseconds: u8) -> EndpointId {
    let endpoint = ids.take().unwrap();
    let number = u16::try_from(endpoint.place()).unwrap();
    let remote = SocketAddr::from(([192, 0, 2, 1], 4000 + 2 * number));
    let payload_type = codec.static_payload_type().unwrap();
    let negotiated = Negotiated {
        codec,
        payload_type: PayloadTypes { send: payload_type, receive: payload_type },
        telephone_event: Some(PayloadTypes { send: 101, receive: 101 }),
        packet_milliseconds,
        direction: Direction::SendReceive,
        remote,
        remote_rtcp: SocketAddr::new(remote.ip(), remote.port() + 1),
    };
    core.handle_command(Command::Open { endpoint, local: remote }, now);
    core.handle_command(Command::Configure { endpoint, stream: StreamConfig::new(negotiated) }, now);
    endpoint
}

/// So many frames of 20 ms in which every stream sends a packet; how many packets and reports went out.
fn run(
    core: &mut Core,
    streams: &[(EndpointId, u8)],
    now: &mut Instant,
    frames: core::ops::Range<u16>,
) -> (u64, u64) {
    let (mut sent, mut reports) = (0, 0);
    for n in frames {
        for (endpoint, payload_type) in streams {
            let place = u16::try_from(endpoint.place()).unwrap();
            let from = SocketAddr::from(([192, 0, 2, 1], 4000 + 2 * place));
            let mut bytes = [0x55; 172];
            let header = Header {
                payload_type: *payload_type,
                marker: false,
                sequence: n,
                timestamp: u32::from(n) * 160,
                ssrc: 7,
            };
            bytes.first_chunk_mut().map(|room| *room = header.to_bytes()).unwrap();
            sent += u64::from(core.handle_packet(place, from, &mut bytes, *now).is_some());
        }
        *now += Duration::from_millis(20);
        core.handle_timeout(*now);
        while let Some(output) = core.poll_output() {
            if let Output::Send { port, .. } = output {
                sent += u64::from(port == Port::Rtp);
                reports += u64::from(port == Port::Control);
            }
        }
    }
    (sent, reports)
}

#[test]
#[expect(clippy::disallowed_methods, reason = "virtual time must begin somewhere")]
fn a_minute_of_relay_transcoding_and_lines_takes_no_memory() {
    let mut now = Instant::now();
    let config = CoreConfig { endpoints: 16, seed: [3; 32], since_1970: Duration::ZERO };
    let mut core = Core::new(&config, now);
    let mut ids = Ids::new(1, 16);
    let pairs = [
        ((Codec::Pcma, 20), (Codec::Pcma, 20)),
        ((Codec::Pcma, 20), (Codec::Pcmu, 20)),
        ((Codec::Pcma, 20), (Codec::Pcmu, 30)),
    ];
    let mut streams = Vec::new();
    for (a, b) in pairs {
        let [a, b] = [a, b].map(|(codec, milliseconds)| {
            let endpoint = stream(&mut core, &mut ids, now, codec, milliseconds);
            streams.push((endpoint, codec.static_payload_type().unwrap()));
            endpoint
        });
        core.handle_command(Command::Bridge { a, b }, now);
    }
    let caller = stream(&mut core, &mut ids, now, Codec::Pcma, 20);
    streams.push((caller, 8));
    let line = ids.take().unwrap();
    let open = Command::OpenBearer { endpoint: line, bearer: Box::new(Loop), detect_digits: true };
    core.handle_command(open, now);
    core.handle_command(Command::Bridge { a: caller, b: line }, now);
    run(&mut core, &streams, &mut now, 0..500);
    let (mut quiet, mut sent) = (0, 0);
    for n in (500..3500).step_by(10) {
        let before = TAKEN.with(Cell::get);
        let (packets, reports) = run(&mut core, &streams, &mut now, n..n + 10);
        sent += packets;
        // A report every five seconds is no packet of voice, and its building may take memory.
        if reports == 0 {
            assert_eq!(TAKEN.with(Cell::get) - before, 0, "in packets {n} and on");
            quiet += 1;
        }
    }
    assert!(sent > 18_000 && quiet > 150, "{sent} packets, {quiet} times without a report");
}
