//! What one call costs: INVITE, 100, 180, 200, ACK, BYE, 200 between two stacks in one process, without any socket.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    unsafe_code,
    reason = "a measurement for people: it reads the clock, counts allocations and prints"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicIsize, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sip::Stack;
use sip::stack::{Config, Content, Destination, Event, Header, Input, Invite, Listener, Output, SessionId};
use sip::transport::Transport;

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static HELD: AtomicIsize = AtomicIsize::new(0);

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        HELD.fetch_add(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: the caller keeps to the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: the caller keeps to the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        HELD.fetch_add(size.cast_signed() - layout.size().cast_signed(), Ordering::Relaxed);
        // SAFETY: the caller keeps to the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const SDP: &[u8] = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n";
const BATCHES: u32 = 50;
const CALLS_PER_BATCH: u32 = 2_000;
const CALLS: u32 = BATCHES * CALLS_PER_BATCH;
/// Calls a second of virtual time: decides how many transactions wait for their timers.
const RATE: u32 = 500;

struct Pair {
    stacks: [Stack; 2],
    addresses: [SocketAddr; 2],
    now: Instant,
    messages: u64,
}

impl Pair {
    fn new() -> Self {
        let addresses = [[192, 0, 2, 1], [192, 0, 2, 2]].map(|ip| SocketAddr::from((ip, 5060)));
        let stacks = addresses.map(|local| {
            let listeners = vec![Listener { transport: Transport::Udp, local, advertised: None }];
            Stack::new(Config { listeners, ..Config::default() }, [1; 32])
        });
        Self { stacks, addresses, now: Instant::now(), messages: 0 }
    }

    fn call(&mut self) -> SessionId {
        let [local, remote] = self.addresses;
        let invite = Invite {
            target: b"sip:+4930123456@192.0.2.2",
            destination: Destination { transport: Transport::Udp, local, remote },
            from: b"<sip:+4940987654@192.0.2.1>",
            to: b"<sip:+4930123456@192.0.2.2>",
            routes: &[],
            max_forwards: 69,
            content: Content::sdp(SDP),
        };
        let session = self.stacks[0].invite(&invite, self.now).unwrap();
        self.exchange();
        session
    }

    fn hang_up(&mut self, session: SessionId) {
        let reason = [Header { name: "Reason", value: b"Q.850;cause=16" }];
        self.stacks[0].end(session, &Content::headers(&reason), self.now).unwrap();
        self.exchange();
    }

    /// Carries messages until both are quiet; the second stack rings and answers.
    fn exchange(&mut self) {
        loop {
            let mut quiet = true;
            for node in 0..2 {
                while let Some(output) = self.stacks[node].poll_output() {
                    quiet = false;
                    match output {
                        Output::Send(transmit) => {
                            self.messages += 1;
                            let input = Input::Datagram {
                                local: transmit.destination,
                                source: self.addresses[node],
                                bytes: &transmit.bytes,
                            };
                            self.stacks[1 - node].handle_input(input, self.now);
                            self.stacks[node].recycle(transmit.bytes);
                        }
                        Output::Event(Event::Invite { session, .. }) => {
                            let stack = &mut self.stacks[node];
                            stack.provisional(session, 180, "", &Content::EMPTY, self.now).unwrap();
                            stack.accept(session, &Content::sdp(SDP), self.now).unwrap();
                        }
                        Output::Event(_)
                        | Output::Connect { .. }
                        | Output::Close { .. }
                        | Output::Trace(_) => {}
                    }
                }
            }
            if quiet {
                return;
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        for stack in &mut self.stacks {
            if stack.poll_timeout().is_some_and(|at| at <= self.now) {
                stack.handle_input(Input::Timeout, self.now);
            }
        }
        self.exchange();
    }
}

fn main() {
    let mut pair = Pair::new();
    // Until as many transactions end as begin.
    for _ in 0..RATE * 40 {
        let session = pair.call();
        pair.hang_up(session);
        pair.pass(Duration::from_secs(1) / RATE);
    }
    let before = (ALLOCATIONS.load(Ordering::Relaxed), pair.messages);
    let mut batches: Vec<u128> = (0..BATCHES)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CALLS_PER_BATCH {
                let session = pair.call();
                pair.hang_up(session);
                pair.pass(Duration::from_secs(1) / RATE);
            }
            start.elapsed().as_nanos() / u128::from(CALLS_PER_BATCH)
        })
        .collect();
    batches.sort_unstable();
    let (least, median) = (batches[0], batches[batches.len() / 2]);
    let allocations = (ALLOCATIONS.load(Ordering::Relaxed) - before.0) / u64::from(CALLS);
    let messages = (pair.messages - before.1) / u64::from(CALLS);
    println!(
        "a call of {messages} messages, both ends, {} transactions held: {least} ns least, {median} ns median, {allocations} allocations",
        pair.stacks.iter().map(|stack| stack.counters().transactions).sum::<u64>()
    );

    pair.pass(Duration::from_secs(100));
    let empty = HELD.load(Ordering::Relaxed);
    let held: Vec<SessionId> = (0..10_000).map(|_| pair.call()).collect();
    pair.pass(Duration::from_secs(100));
    let bytes = (HELD.load(Ordering::Relaxed) - empty) / 10_000;
    println!("a held call, both ends, timers passed: {bytes} bytes");
    for session in held {
        pair.hang_up(session);
    }
    pair.pass(Duration::from_secs(100));
    println!("at rest: {}", pair.stacks.iter().all(Stack::at_rest));
}
