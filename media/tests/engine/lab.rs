//! A core with its wires in view.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's own helpers may stop the test"
)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use media::rtp::{Header, Packet};
use media::sdp::{Direction, Negotiated, PayloadTypes};
use media::{
    Codec, Command, Core, CoreConfig, EndpointId, Event, Ids, Output, Port, Statistics, StreamConfig,
};

/// A packet the core sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) port: Port,
    pub(crate) to: SocketAddr,
    pub(crate) bytes: Vec<u8>,
    pub(crate) at: Duration,
}

impl Sent {
    pub(crate) fn header(&self) -> Header {
        Packet::parse(&self.bytes).unwrap().header
    }

    pub(crate) fn payload(&self) -> &[u8] {
        Packet::parse(&self.bytes).unwrap().payload
    }
}

/// One core, its clock, and all it has said.
pub(crate) struct Lab {
    pub(crate) core: Core,
    pub(crate) ids: Ids,
    start: Instant,
    pub(crate) now: Instant,
    pub(crate) sent: Vec<Sent>,
    pub(crate) events: Vec<Event>,
    /// Sockets opened, tied and closed, in words.
    pub(crate) sockets: Vec<String>,
}

impl Lab {
    #[expect(clippy::disallowed_methods, reason = "an Instant has no other beginning")]
    pub(crate) fn new() -> Self {
        let start = Instant::now();
        let config =
            CoreConfig { endpoints: 8, seed: [7; 32], since_1970: Duration::from_secs(1_000_000_000) };
        Self {
            core: Core::new(&config, start),
            ids: Ids::new(1, 8),
            start,
            now: start,
            sent: Vec::new(),
            events: Vec::new(),
            sockets: Vec::new(),
        }
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.core.handle_command(command, self.now);
        self.drain();
    }

    /// An RTP endpoint whose peer is host `peer`, opened and configured.
    pub(crate) fn stream(&mut self, peer: u8, change: impl FnOnce(&mut StreamConfig)) -> EndpointId {
        let endpoint = self.ids.take().unwrap();
        self.command(Command::Open { endpoint, local: SocketAddr::from(([203, 0, 113, 1], 20000)) });
        self.configure(endpoint, peer, change);
        endpoint
    }

    pub(crate) fn configure(
        &mut self,
        endpoint: EndpointId,
        peer: u8,
        change: impl FnOnce(&mut StreamConfig),
    ) {
        let mut stream = StreamConfig::new(negotiated(peer));
        change(&mut stream);
        self.command(Command::Configure { endpoint, stream });
    }

    pub(crate) fn bridge(&mut self, a: EndpointId, b: EndpointId) {
        self.command(Command::Bridge { a, b });
    }

    /// A packet from host `peer`; what the core sends on at once.
    pub(crate) fn packet(
        &mut self,
        endpoint: EndpointId,
        peer: u8,
        header: Header,
        payload: &[u8],
    ) -> Option<Sent> {
        let mut bytes = header.to_bytes().to_vec();
        bytes.extend_from_slice(payload);
        self.datagram(endpoint, address(peer), bytes)
    }

    pub(crate) fn datagram(
        &mut self,
        endpoint: EndpointId,
        from: SocketAddr,
        mut bytes: Vec<u8>,
    ) -> Option<Sent> {
        let place = u16::try_from(endpoint.place()).unwrap();
        let forward = self.core.handle_packet(place, from, &mut bytes, self.now);
        let at = self.now.duration_since(self.start);
        let sent = forward.map(|forward| Sent {
            port: Port::Rtp,
            to: forward.to,
            bytes: bytes[forward.packet].to_vec(),
            at,
        });
        self.sent.extend(sent.clone());
        self.drain();
        sent
    }

    pub(crate) fn control(&mut self, endpoint: EndpointId, from: SocketAddr, bytes: &[u8]) {
        let place = u16::try_from(endpoint.place()).unwrap();
        self.core.handle_control_packet(place, from, bytes, self.now);
        self.drain();
    }

    /// Lets time pass, doing what becomes due when it does.
    pub(crate) fn pass(&mut self, milliseconds: u64) {
        let end = self.now + Duration::from_millis(milliseconds);
        while let Some(due) = self.core.poll_timeout().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.core.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// Twenty milliseconds of voice a packet from host `peer`, so many of them; what was forwarded.
    pub(crate) fn talk(&mut self, endpoint: EndpointId, peer: u8, first: Header, packets: u16) -> Vec<Sent> {
        let mut forwarded = Vec::new();
        for n in 0..packets {
            let header = Header {
                sequence: first.sequence.wrapping_add(n),
                timestamp: first.timestamp.wrapping_add(160 * u32::from(n)),
                ..first
            };
            forwarded.extend(self.packet(endpoint, peer, header, &[0x55; 160]));
            self.pass(20);
        }
        forwarded
    }

    /// What was sent to host `peer` by RTP since last asked.
    pub(crate) fn heard_by(&mut self, peer: u8) -> Vec<Sent> {
        let (theirs, others) =
            self.sent.drain(..).partition(|sent| sent.to == address(peer) && sent.port == Port::Rtp);
        self.sent = others;
        theirs
    }

    pub(crate) fn close(&mut self, endpoint: EndpointId) -> Statistics {
        self.command(Command::Close { endpoint });
        match self.events.pop() {
            Some(Event::Closed { endpoint: closed, statistics }) if closed == endpoint => *statistics,
            other => panic!("{other:?} instead of Closed"),
        }
    }

    fn drain(&mut self) {
        let at = self.now.duration_since(self.start);
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Open { place, local } => self.sockets.push(format!("open {place} {local}")),
                Output::OpenControl { place } => self.sockets.push(format!("open control {place}")),
                Output::Connect { place, remote: Some(remote) } => {
                    self.sockets.push(format!("connect {place} {remote}"));
                }
                Output::Connect { place, remote: None } => self.sockets.push(format!("disconnect {place}")),
                Output::Close { place } => self.sockets.push(format!("close {place}")),
                Output::Event(event) => self.events.push(event),
                Output::Send { place: _, port, to, packet } => {
                    self.sent.push(Sent { port, to, bytes: packet.to_vec(), at });
                }
            }
        }
    }
}

/// Where host `peer` sends and takes RTP.
pub(crate) fn address(peer: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, peer], 4000))
}

/// A-law both ways, events as 101, 20 ms.
pub(crate) fn negotiated(peer: u8) -> Negotiated {
    Negotiated {
        codec: Codec::Pcma,
        payload_type: PayloadTypes { send: 8, receive: 8 },
        telephone_event: Some(PayloadTypes { send: 101, receive: 101 }),
        packet_milliseconds: 20,
        direction: Direction::SendReceive,
        remote: address(peer),
        remote_rtcp: SocketAddr::from(([192, 0, 2, peer], 4001)),
    }
}

/// A header of A-law voice.
pub(crate) fn voice(ssrc: u32, sequence: u16, timestamp: u32) -> Header {
    Header { payload_type: 8, marker: false, sequence, timestamp, ssrc }
}

/// µ-law in place of A-law.
pub(crate) fn mu_law(stream: &mut StreamConfig) {
    stream.negotiated.codec = Codec::Pcmu;
    stream.negotiated.payload_type = PayloadTypes { send: 0, receive: 0 };
}

/// That the packets are one unbroken stream, with the time between them in their timestamps.
pub(crate) fn assert_continuous(packets: &[Sent]) {
    for pair in packets.windows(2) {
        let (before, after) = (pair[0].header(), pair[1].header());
        assert_eq!(after.ssrc, before.ssrc);
        assert_eq!(after.sequence, before.sequence.wrapping_add(1), "after {before:?}");
        let passed = (pair[1].at - pair[0].at).as_millis() * 8;
        let stamped = u128::from(after.timestamp.wrapping_sub(before.timestamp));
        assert!(stamped.abs_diff(passed) <= 160, "{stamped} units in {passed}: {after:?}");
    }
}
