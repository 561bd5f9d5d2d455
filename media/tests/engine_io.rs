//! The media engine on real sockets: one suite that every backend must pass.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's own helpers may stop the test")]

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use media::rtp::{Header, Packet};
use media::sdp::{Direction, Negotiated, PayloadTypes};
use media::{
    Backend, Bearer, Codec, Command, EndpointId, Engine, EngineConfig, Event, Ids, Law, OpenError,
    StreamConfig,
};
use nix::poll::{PollFd, PollFlags, poll};

/// Each test has ports of its own.
static PORT: AtomicU16 = AtomicU16::new(31_000);

struct Lab {
    engine: Engine,
    ids: Ids,
}

/// An endpoint and the phone at its other end.
struct Leg {
    endpoint: EndpointId,
    gateway: SocketAddr,
    phone: UdpSocket,
}

impl Lab {
    fn new(backend: Backend) -> Self {
        let config = EngineConfig { endpoints: 64, backend, ..EngineConfig::default() };
        let engine = Engine::start(&config).unwrap();
        assert!(engine.backends().all(|chosen| chosen.backend == backend && chosen.fallback.is_none()));
        Self { engine, ids: Ids::new(1, 64) }
    }

    fn command(&mut self, command: Command) {
        self.engine.send(command).unwrap();
    }

    fn leg(&mut self, change: impl FnOnce(&mut StreamConfig)) -> Leg {
        let endpoint = self.ids.take().unwrap();
        let gateway = local();
        let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
        phone.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let remote = phone.local_addr().unwrap();
        self.command(Command::Open { endpoint, local: gateway });
        let mut stream = StreamConfig::new(Negotiated {
            codec: Codec::Pcma,
            payload_type: PayloadTypes { send: 8, receive: 8 },
            telephone_event: None,
            packet_milliseconds: 20,
            direction: Direction::SendReceive,
            remote,
            remote_rtcp: SocketAddr::new(remote.ip(), remote.port() + 1),
        });
        change(&mut stream);
        self.command(Command::Configure { endpoint, stream });
        Leg { endpoint, gateway, phone }
    }

    /// The next event; there must be one soon.
    fn event(&mut self) -> Event {
        for _ in 0..500 {
            if let Some(event) = self.engine.poll_event() {
                return event;
            }
            poll(&mut [PollFd::new(self.engine.event_fd(), PollFlags::POLLIN)], 10_u16).unwrap();
        }
        panic!("no event")
    }

    /// What the engine says when asked to close, after it has done all that was asked before.
    fn close(&mut self, leg: &Leg) -> media::Statistics {
        self.command(Command::Close { endpoint: leg.endpoint });
        loop {
            if let Event::Closed { endpoint, statistics } = self.event()
                && endpoint == leg.endpoint
            {
                return *statistics;
            }
        }
    }

    /// Waits until everything asked so far is done.
    fn settle(&mut self) {
        let nobody = self.ids.take().unwrap();
        self.command(Command::Close { endpoint: nobody });
        assert!(matches!(self.event(), Event::Closed { endpoint, .. } if endpoint == nobody));
        self.ids.release(nobody);
    }
}

impl Leg {
    fn say(&self, sequence: u16, payload: &[u8]) {
        say(&self.phone, self.gateway, sequence, payload);
    }

    fn hear(&self) -> (Header, Vec<u8>) {
        let mut room = [0; 2000];
        let octets = self.phone.recv(&mut room).unwrap();
        let packet = Packet::parse(room.get(..octets).unwrap()).unwrap();
        (packet.header, packet.payload.to_vec())
    }
}

fn say(from: &UdpSocket, to: SocketAddr, sequence: u16, payload: &[u8]) {
    let timestamp = u32::from(sequence) * 160;
    let mut bytes =
        Header { payload_type: 8, marker: false, sequence, timestamp, ssrc: 1 }.to_bytes().to_vec();
    bytes.extend_from_slice(payload);
    from.send_to(&bytes, to).unwrap();
}

fn local() -> SocketAddr {
    loop {
        let port = PORT.fetch_add(2, Ordering::Relaxed);
        let free = |port| UdpSocket::bind(("127.0.0.1", port)).is_ok();
        if free(port) && free(port + 1) {
            return SocketAddr::from(([127, 0, 0, 1], port));
        }
    }
}

/// A line that says its octets back, a frame later.
struct Echo(Vec<u8>);

impl Bearer for Echo {
    fn law(&self) -> Law {
        Law::A
    }

    fn exchange(&mut self, to_line: &[u8], from_line: &mut [u8]) {
        self.0.resize(from_line.len(), Law::A.silence());
        from_line.copy_from_slice(&self.0);
        self.0.copy_from_slice(to_line);
    }
}

fn packets_are_relayed_both_ways(backend: Backend) {
    let mut lab = Lab::new(backend);
    let (a, b) = (lab.leg(|_| {}), lab.leg(|_| {}));
    lab.command(Command::Bridge { a: a.endpoint, b: b.endpoint });
    lab.settle();
    let mut before = None;
    for n in 0..2000_u16 {
        let payload = [u8::try_from(n % 256).unwrap(); 160];
        a.say(n, &payload);
        let (header, heard) = b.hear();
        assert!(heard == payload);
        assert!(before.is_none_or(|before: u16| before.wrapping_add(1) == header.sequence));
        before = Some(header.sequence);
    }
    b.say(1, &[7; 160]);
    assert_eq!(a.hear().1, [7; 160]);
    let (to_a, to_b) = (lab.close(&a), lab.close(&b));
    assert_eq!((to_a.received.packets, to_b.sent.packets), (2000, 2000));
    assert_eq!((to_b.received.packets, to_a.sent.packets), (1, 1));
}

fn a_burst_arrives_whole(backend: Backend) {
    let mut lab = Lab::new(backend);
    let (a, b) = (lab.leg(|_| {}), lab.leg(|_| {}));
    lab.command(Command::Bridge { a: a.endpoint, b: b.endpoint });
    lab.settle();
    for burst in 0..10 {
        for n in 0..100 {
            a.say(burst * 100 + n, &[1; 160]);
        }
        for _ in 0..100 {
            b.hear();
        }
    }
    assert_eq!(lab.close(&a).received.lost, 0);
}

fn strangers_are_not_heard_and_a_latch_holds(backend: Backend) {
    let mut lab = Lab::new(backend);
    let a = lab.leg(|stream| stream.latch = Some(Duration::from_secs(60)));
    let b = lab.leg(|_| {});
    lab.command(Command::Bridge { a: a.endpoint, b: b.endpoint });
    lab.settle();
    let behind_nat = UdpSocket::bind("127.0.0.1:0").unwrap();
    behind_nat.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    for n in 0..5 {
        say(&behind_nat, a.gateway, n, &[n.to_be_bytes()[1]; 160]);
    }
    for n in 1..5 {
        assert_eq!(b.hear().1, [n; 160]);
    }
    let source = behind_nat.local_addr().unwrap();
    assert_eq!(lab.event(), Event::Latched { endpoint: a.endpoint, source });
    a.say(9, &[9; 160]);
    say(&behind_nat, a.gateway, 5, &[5; 160]);
    assert_eq!(b.hear().1, [5; 160], "the stranger's packet is not before it");
    b.say(1, &[1; 160]);
    let mut room = [0; 2000];
    assert_eq!(behind_nat.recv(&mut room).unwrap(), 172);
    lab.close(&a);
}

fn a_line_echoes(backend: Backend) {
    let mut lab = Lab::new(backend);
    let a = lab.leg(|_| {});
    let line = lab.ids.take_beside(a.endpoint).unwrap();
    lab.command(Command::OpenBearer {
        endpoint: line,
        bearer: Box::new(Echo(Vec::new())),
        detect_digits: true,
    });
    lab.command(Command::Bridge { a: a.endpoint, b: line });
    lab.settle();
    let mut echoes = 0;
    let mut before = None;
    for n in 0..100 {
        let (header, heard) = a.hear();
        assert!(before.is_none_or(|before: u16| before.wrapping_add(1) == header.sequence));
        before = Some(header.sequence);
        echoes += usize::from(heard == [0x11; 160]);
        a.say(n, &[0x11; 160]);
    }
    assert!(echoes > 80, "{echoes}");
}

fn a_port_that_is_taken_is_told_and_one_that_was_closed_is_free(backend: Backend) {
    let mut lab = Lab::new(backend);
    let a = lab.leg(|_| {});
    let second = lab.ids.take().unwrap();
    lab.command(Command::Open { endpoint: second, local: a.gateway });
    assert_eq!(lab.event(), Event::OpenFailed { endpoint: second, why: OpenError::InUse });
    a.say(1, &[1; 160]);
    assert_eq!(lab.close(&a).discarded.total(), 0);
    lab.command(Command::Open { endpoint: a.endpoint, local: SocketAddr::from(([192, 0, 2, 1], 4000)) });
    assert_eq!(lab.event(), Event::OpenFailed { endpoint: a.endpoint, why: OpenError::NoSuchAddress });
    for _ in 0..50 {
        lab.command(Command::Open { endpoint: a.endpoint, local: a.gateway });
        lab.command(Command::Close { endpoint: a.endpoint });
        assert!(matches!(lab.event(), Event::Closed { .. }), "it could be opened");
    }
    lab.settle();
    for port in [a.gateway.port(), a.gateway.port() + 1] {
        UdpSocket::bind(("127.0.0.1", port)).unwrap();
    }
}

fn an_ended_engine_leaves_no_socket_and_no_thread(backend: Backend) {
    let mut lab = Lab::new(backend);
    let legs = [lab.leg(|_| {}), lab.leg(|_| {}), lab.leg(|_| {})];
    for leg in &legs {
        leg.say(1, &[1; 160]);
    }
    lab.settle();
    drop(lab.engine);
    for leg in &legs {
        UdpSocket::bind(leg.gateway).unwrap();
    }
}

fn an_unreachable_peer_does_no_harm(backend: Backend) {
    let mut lab = Lab::new(backend);
    let (a, b) = (lab.leg(|_| {}), lab.leg(|_| {}));
    lab.command(Command::Bridge { a: a.endpoint, b: b.endpoint });
    lab.settle();
    b.say(1, &[1; 160]);
    a.hear();
    let gone = b.phone.local_addr().unwrap();
    let Leg { endpoint, gateway, phone } = b;
    drop(phone);
    for n in 0..20 {
        a.say(n, &[1; 160]);
    }
    lab.settle();
    let b = Leg { endpoint, gateway, phone: UdpSocket::bind(gone).unwrap() };
    b.phone.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    for n in 20..40 {
        a.say(n, &[2; 160]);
    }
    assert_eq!(b.hear().1.len(), 160);
    b.say(2, &[3; 160]);
    assert_eq!(a.hear().1, [3; 160]);
}

macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        mod epoll {
            $(#[test] fn $test() { super::$test(media::Backend::Epoll); })*
        }
        mod uring {
            $(#[test] fn $test() {
                if super::uring_is_permitted() {
                    super::$test(media::Backend::Uring);
                }
            })*
        }
    };
}

suite!(
    packets_are_relayed_both_ways,
    a_burst_arrives_whole,
    strangers_are_not_heard_and_a_latch_holds,
    a_line_echoes,
    a_port_that_is_taken_is_told_and_one_that_was_closed_is_free,
    an_ended_engine_leaves_no_socket_and_no_thread,
    an_unreachable_peer_does_no_harm,
);

/// Some containers forbid it; then there must be a fallback with its reason.
fn uring_is_permitted() -> bool {
    let engine = Engine::start(&EngineConfig::default()).unwrap();
    let chosen = engine.backends().next().unwrap();
    match chosen.backend {
        Backend::Uring => true,
        Backend::Epoll | Backend::Auto => {
            assert!(chosen.fallback.is_some());
            false
        }
    }
}
