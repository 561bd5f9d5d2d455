//! What a relayed packet costs on each backend, beside a bare forwarder in the same minute.
//!
//! `cargo run --release -p media --example relay_cost` prints microseconds of CPU a packet, kernel included.
//! `… --example relay_cost -- core 1000000` pumps packets through the core alone, for callgrind or perf to count.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement may stop on any surprise, and looks at the clock"
)]

#[path = "../../tests/bench/ring.rs"]
mod ring;

use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};
use std::{fs, thread};

use media::rtp::Header;
use media::sdp::{Direction, Negotiated, PayloadTypes};
use media::{Backend, Codec, Command, Core, CoreConfig, EndpointId, Engine, EngineConfig, Ids, StreamConfig};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

const CALLS: u16 = 100;
const ROUNDS: usize = 3;
const SECONDS: u16 = 4;
const PORTS: u16 = 40_000;

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let [_, what, packets] = &arguments[..]
        && what == "core"
    {
        return core(packets.parse().expect("how many packets"));
    }
    println!("{:9} {:>8} {:>16} {:>20}", "backend", "bare µs", "relay µs (ratio)", "A↔µ µs (ratio)");
    let mut port = PORTS;
    for backend in [Backend::Epoll, Backend::Uring] {
        let mut figures = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            for (work, costs) in figures.iter_mut().enumerate() {
                port += 800;
                costs.push(measure(backend, work, port));
            }
        }
        let [bare, relay, transcode] = figures.map(|mut costs| {
            costs.sort_by(f64::total_cmp);
            costs[ROUNDS / 2]
        });
        let ratio = |cost: f64| format!("{cost:.2} ({:.2})", cost / bare);
        println!("{:9} {bare:8.2} {:>16} {:>20}", format!("{backend:?}"), ratio(relay), ratio(transcode));
    }
}

/// Microseconds of CPU a packet of one kind of work: 0 bare, 1 relay, 2 transcode.
fn measure(backend: Backend, work: usize, port: u16) -> f64 {
    let address = |n: u16| SocketAddr::from(([127, 0, 0, 1], port + n));
    let phones: Vec<_> = (0..CALLS * 2).map(|n| phone(address(400 + n * 2), address(n * 2))).collect();
    let _engine;
    let name = if work == 0 {
        let legs: Vec<_> = (0..CALLS * 2).map(|n| phone(address(n * 2), address(400 + n * 2))).collect();
        let spawned = thread::Builder::new().name("bare".into()).spawn(move || forward(backend, &legs));
        drop(spawned.unwrap());
        "bare"
    } else {
        let far = if work == 1 { Codec::Pcma } else { Codec::Pcmu };
        _engine = engine(backend, far, address);
        "media-0"
    };
    speak(&phones, work, Duration::from_millis(500));
    let before = cpu(name);
    let packets = speak(&phones, work, Duration::from_secs(SECONDS.into()));
    let after = cpu(name);
    (after - before).as_secs_f64() * 1e6 / f64::from(packets)
}

fn phone(local: SocketAddr, remote: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind(local).unwrap();
    socket.connect(remote).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

fn engine(backend: Backend, far: Codec, address: impl Fn(u16) -> SocketAddr) -> Engine {
    let mut engine = Engine::start(&EngineConfig { backend, ..EngineConfig::default() }).unwrap();
    let mut ids = Ids::new(1, 8192);
    let mut last: Option<EndpointId> = None;
    for n in 0..CALLS * 2 {
        let endpoint = ids.take().unwrap();
        engine.send(Command::Open { endpoint, local: address(n * 2) }).unwrap();
        let codec = if n % 2 == 0 { Codec::Pcma } else { far };
        let stream = stream(codec, address(400 + n * 2));
        engine.send(Command::Configure { endpoint, stream }).unwrap();
        if n % 2 == 1 {
            engine.send(Command::Bridge { a: last.unwrap(), b: endpoint }).unwrap();
        }
        last = Some(endpoint);
    }
    engine
}

fn stream(codec: Codec, remote: SocketAddr) -> StreamConfig {
    let payload_type = codec.static_payload_type().unwrap();
    StreamConfig::new(Negotiated {
        codec,
        payload_type: PayloadTypes { send: payload_type, receive: payload_type },
        telephone_event: Some(PayloadTypes { send: 101, receive: 101 }),
        packet_milliseconds: 20,
        direction: Direction::SendReceive,
        remote,
        remote_rtcp: SocketAddr::new(remote.ip(), remote.port() + 1),
    })
}

/// Every phone says 50 packets a second, evenly spread, and hears what comes; how many were said.
fn speak(phones: &[UdpSocket], work: usize, time: Duration) -> u32 {
    let start = Instant::now();
    let each = Duration::from_millis(20) / u32::try_from(phones.len()).unwrap();
    let mut said = 0_u32;
    let mut room = [0; 2048];
    let mut bytes = [0x55; 172];
    let first = phones[0].local_addr().unwrap().port();
    // Numbers go on from the warming up.
    let offset = if time.as_secs() == 0 { 0 } else { 25 };
    while start.elapsed() < time {
        let due = start + each * said;
        if let Some(early) = due.checked_duration_since(Instant::now()) {
            thread::sleep(early);
        }
        let n = usize::try_from(said).unwrap() % phones.len();
        let sequence = u16::try_from(said / u32::try_from(phones.len()).unwrap()).unwrap() + offset;
        let payload_type = if work == 2 && n % 2 == 1 { 0 } else { 8 };
        let ssrc = u32::from(first) + u32::try_from(n).unwrap();
        let timestamp = u32::from(sequence) * 160;
        let header = Header { payload_type, marker: false, sequence, timestamp, ssrc };
        bytes[..12].copy_from_slice(&header.to_bytes());
        drop(phones[n].send(&bytes));
        while phones[n].recv(&mut room).is_ok() {}
        said += 1;
    }
    said
}

/// The CPU time of the newest thread of this name.
fn cpu(name: &str) -> Duration {
    let tasks = fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path());
    let named = |task: &std::path::PathBuf| {
        fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name)
    };
    let number =
        |task: &std::path::PathBuf| -> u64 { task.file_name().unwrap().to_str().unwrap().parse().unwrap() };
    let task = tasks.filter(named).max_by_key(number).unwrap();
    let times = fs::read_to_string(task.join("schedstat")).unwrap();
    Duration::from_nanos(times.split(' ').next().unwrap().parse().unwrap())
}

/// The floor: one receive and one send a packet, no thought.
fn forward(backend: Backend, legs: &[UdpSocket]) {
    if backend == Backend::Uring {
        legs.iter().for_each(|leg| leg.set_nonblocking(false).unwrap());
        let descriptors: Vec<RawFd> = legs.iter().map(AsRawFd::as_raw_fd).collect();
        return ring::forward(&descriptors).unwrap();
    }
    let epoll = Epoll::new(EpollCreateFlags::empty()).unwrap();
    for (index, leg) in (0..).zip(legs) {
        epoll.add(leg, EpollEvent::new(EpollFlags::EPOLLIN, index)).unwrap();
    }
    let mut events = [EpollEvent::empty(); 64];
    let mut room = [0; 2048];
    loop {
        let ready = epoll.wait(&mut events, EpollTimeout::NONE).unwrap();
        for event in &events[..ready] {
            let index = usize::try_from(event.data()).unwrap();
            if let Ok(octets) = legs[index].recv(&mut room) {
                drop(legs[index ^ 1].send(&room[..octets]));
            }
        }
    }
}

/// Pumps packets through a core that relays, without sockets.
fn core(packets: u32) {
    let start = Instant::now();
    let config = CoreConfig { endpoints: 200, seed: [1; 32], since_1970: Duration::ZERO };
    let mut core = Core::new(&config, start);
    let mut ids = Ids::new(1, 200);
    let remote = |n: u16| SocketAddr::from(([127, 0, 0, 1], 20_000 + n));
    let mut last = None;
    for n in 0..200 {
        let endpoint = ids.take().unwrap();
        core.handle_command(Command::Open { endpoint, local: remote(0) }, start);
        core.handle_command(Command::Configure { endpoint, stream: stream(Codec::Pcma, remote(n)) }, start);
        if let (Some(a), 1) = (last, n % 2) {
            core.handle_command(Command::Bridge { a, b: endpoint }, start);
        }
        last = Some(endpoint);
    }
    while core.poll_output().is_some() {}
    let mut bytes = [0x55; 172];
    let mut forwarded = 0_u32;
    for n in 0..packets {
        let place = u16::try_from(n % 200).unwrap();
        let round = n / 200;
        let (sequence, timestamp) = (u16::try_from(round % 65_536).unwrap(), round.wrapping_mul(160));
        let header = Header { payload_type: 8, marker: false, sequence, timestamp, ssrc: 1 };
        bytes[..12].copy_from_slice(&header.to_bytes());
        let now = start + Duration::from_micros(100) * n;
        forwarded += u32::from(core.handle_packet(place, remote(place), &mut bytes, now).is_some());
    }
    while core.poll_output().is_some() {}
    println!("{forwarded} of {packets} forwarded in {:?}", start.elapsed());
}
