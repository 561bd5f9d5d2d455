//! A wire that can lose, delay and cut, the stacks on it, and a clock that only moves when told.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sip::stack::{
    Config, Content, Destination, End, Event, Header, Input, Invite, Listener, Output, SessionId, Stack,
    Trace, Transmit,
};
use sip::transport::{ConnectionId, Transport};

/// A place on the wire: a stack, or a peer the test plays itself.
pub(crate) struct Node {
    pub(crate) stack: Stack,
    pub(crate) address: SocketAddr,
    pub(crate) events: Vec<Event>,
}

/// Whether a message gets lost, judged by its sender's place and its first line.
pub(crate) type Lose = Box<dyn FnMut(usize, &str) -> bool>;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Parcel {
    Datagram { from: SocketAddr, to: SocketAddr, bytes: Vec<u8> },
    Stream { node: usize, connection: u64, bytes: Vec<u8> },
    Opened { node: usize, connection: u64, from: SocketAddr, to: SocketAddr },
    Closed { node: usize, connection: u64 },
}

pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) start: Instant,
    pub(crate) nodes: Vec<Node>,
    /// Every message that was sent: milliseconds, sender, first line, whether it was lost.
    pub(crate) log: Vec<(u128, usize, String, bool)>,
    /// What a stranger (an address without a stack) was sent.
    pub(crate) strangers: Vec<(SocketAddr, Vec<u8>)>,
    /// What the stacks showed of their messages, if asked to.
    pub(crate) traces: Vec<(usize, Trace)>,
    pub(crate) lose: Lose,
    pub(crate) delay: Box<dyn FnMut() -> Duration>,
    /// How many bytes a stream carries at once.
    pub(crate) cut: usize,
    parcels: BinaryHeap<Reverse<(Instant, u64, Parcel)>>,
    sent: u64,
    pairs: BTreeMap<(usize, u64), (usize, u64)>,
    names: BTreeMap<(usize, u64), ConnectionId>,
}

pub(crate) const SDP: &[u8] =
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";

impl World {
    /// `count` stacks at 192.0.2.1, 192.0.2.2 …, each with what `change` makes of the usual configuration.
    pub(crate) fn new(count: u8, change: impl Fn(&mut Config)) -> Self {
        let now = Instant::now();
        let nodes = (1..=count)
            .map(|n| {
                let address = SocketAddr::from(([192, 0, 2, n], 5060));
                let listener = |transport| Listener { transport, local: address, advertised: None };
                let mut config = Config {
                    listeners: vec![listener(Transport::Udp), listener(Transport::Tcp)],
                    shard: u16::from(n),
                    ..Config::default()
                };
                change(&mut config);
                Node { stack: Stack::new(config, [n; 32]), address, events: Vec::new() }
            })
            .collect();
        Self {
            now,
            start: now,
            nodes,
            log: Vec::new(),
            strangers: Vec::new(),
            traces: Vec::new(),
            lose: Box::new(|_, _| false),
            delay: Box::new(|| Duration::from_millis(1)),
            cut: usize::MAX,
            parcels: BinaryHeap::new(),
            sent: 0,
            pairs: BTreeMap::new(),
            names: BTreeMap::new(),
        }
    }

    /// Node 0 calls node 1 by this transport, with an offer.
    pub(crate) fn call(&mut self, transport: Transport) -> SessionId {
        self.call_with(transport, Content::sdp(SDP))
    }

    pub(crate) fn call_with(&mut self, transport: Transport, content: Content<'_>) -> SessionId {
        let destination =
            Destination { transport, local: self.nodes[0].address, remote: self.nodes[1].address };
        self.call_to(0, destination, content)
    }

    pub(crate) fn call_to(
        &mut self,
        from: usize,
        destination: Destination,
        content: Content<'_>,
    ) -> SessionId {
        let invite = Invite {
            target: b"sip:+4930123456@192.0.2.2",
            destination,
            from: b"\"Alice\" <sip:alice@192.0.2.1>",
            to: b"<sip:+4930123456@192.0.2.2>",
            routes: &[],
            max_forwards: 70,
            content,
        };
        let session = self.nodes[from].stack.invite(&invite, self.now).unwrap();
        self.drain(from);
        session
    }

    /// Does something with a node's stack, then takes its outputs.
    pub(crate) fn with<T>(&mut self, node: usize, act: impl FnOnce(&mut Stack, Instant) -> T) -> T {
        let result = act(&mut self.nodes[node].stack, self.now);
        self.drain(node);
        result
    }

    /// Lets time pass until nothing happens any more, or for this long.
    pub(crate) fn run(&mut self, for_how_long: Duration) {
        let until = self.now + for_how_long;
        while self.step(until) {}
        self.now = until;
    }

    /// Runs until everything is at rest, an hour at most.
    pub(crate) fn run_out(&mut self) {
        self.run(Duration::from_secs(3600));
    }

    /// The next thing that happens before `until`.
    pub(crate) fn step(&mut self, until: Instant) -> bool {
        let parcel = self.parcels.peek().map(|Reverse((at, _, _))| *at);
        let timer = self.nodes.iter().filter_map(|node| node.stack.poll_timeout()).min();
        let Some(next) = [parcel, timer].into_iter().flatten().min().filter(|next| *next <= until) else {
            return false;
        };
        self.now = self.now.max(next);
        if parcel == Some(next) {
            let Some(Reverse((_, _, parcel))) = self.parcels.pop() else { return false };
            self.deliver(parcel);
        } else {
            for node in 0..self.nodes.len() {
                if self.nodes[node].stack.poll_timeout().is_some_and(|at| at <= self.now) {
                    self.with(node, |stack, now| stack.handle_input(Input::Timeout, now));
                }
            }
        }
        true
    }

    /// Puts a datagram on the wire from a stranger's address.
    pub(crate) fn inject(&mut self, from: &str, node: usize, message: &str) {
        let bytes = message.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes();
        let to = self.nodes[node].address;
        self.deliver(Parcel::Datagram { from: from.parse().unwrap(), to, bytes });
    }

    /// The events of a node since the last time they were asked for, in words.
    pub(crate) fn told(&mut self, node: usize) -> Vec<String> {
        self.nodes[node].events.drain(..).map(|event| describe(&event)).collect()
    }

    /// The session of the call that came to a node, which must have been told of it.
    pub(crate) fn incoming(&mut self, node: usize) -> SessionId {
        let found = self.nodes[node].events.iter().position(|event| matches!(event, Event::Invite { .. }));
        let at = found.expect("a call came in");
        match self.nodes[node].events.remove(at) {
            Event::Invite { session, .. } => session,
            _ => unreachable!(),
        }
    }

    /// First lines as they were sent, with their senders; retransmissions included.
    pub(crate) fn ladder(&self) -> Vec<String> {
        self.log
            .iter()
            .map(|(ms, node, line, lost)| {
                format!("{ms:>6} {node} {line}{}", if *lost { "  (lost)" } else { "" })
            })
            .collect()
    }

    /// How often a node sent a message with this first word or status.
    pub(crate) fn count(&self, node: usize, what: &str) -> usize {
        self.log.iter().filter(|(_, sender, line, _)| *sender == node && line.contains(what)).count()
    }

    pub(crate) fn assert_at_rest(&self) {
        for node in &self.nodes {
            assert!(node.stack.at_rest(), "{} still holds {:#?}", node.address, node.stack.counters());
        }
    }

    fn drain(&mut self, node: usize) {
        while let Some(output) = self.nodes[node].stack.poll_output() {
            match output {
                Output::Send(transmit) => self.transmit(node, transmit),
                Output::Event(event) => self.nodes[node].events.push(event),
                Output::Connect { connection, remote, .. } => {
                    self.names.insert((node, connection.get()), connection);
                    let from =
                        SocketAddr::new(self.nodes[node].address.ip(), 40_000 + (self.sent % 20_000) as u16);
                    self.post(Parcel::Opened { node, connection: connection.get(), from, to: remote });
                }
                Output::Close { connection } => self.hang_up(node, connection.get()),
                Output::Trace(trace) => self.traces.push((node, *trace)),
            }
        }
    }

    fn transmit(&mut self, node: usize, transmit: Transmit) {
        let Transmit { destination, connection, bytes, .. } = transmit;
        let line = String::from_utf8_lossy(bytes.split(|&byte| byte == b'\r').next().unwrap_or_default())
            .into_owned();
        let lost = (self.lose)(node, &line);
        self.log.push(((self.now - self.start).as_millis(), node, line, lost));
        match connection {
            None if lost => {}
            None => {
                let from = self.nodes[node].address;
                self.post(Parcel::Datagram { from, to: destination, bytes: bytes.clone() });
            }
            Some(connection) => {
                if let Some(&(peer, other)) = self.pairs.get(&(node, connection.get())) {
                    for piece in bytes.chunks(self.cut) {
                        self.post(Parcel::Stream { node: peer, connection: other, bytes: piece.to_vec() });
                    }
                }
            }
        }
        self.nodes[node].stack.recycle(bytes);
    }

    fn post(&mut self, parcel: Parcel) {
        self.sent += 1;
        // A stream keeps its order.
        let delay = match &parcel {
            Parcel::Datagram { .. } => (self.delay)(),
            Parcel::Stream { .. } | Parcel::Opened { .. } | Parcel::Closed { .. } => Duration::from_millis(1),
        };
        self.parcels.push(Reverse((self.now + delay, self.sent, parcel)));
    }

    fn hang_up(&mut self, node: usize, connection: u64) {
        if let Some((peer, other)) = self.pairs.remove(&(node, connection)) {
            self.pairs.remove(&(peer, other));
            self.post(Parcel::Closed { node: peer, connection: other });
        }
    }

    fn deliver(&mut self, parcel: Parcel) {
        match parcel {
            Parcel::Datagram { from, to, bytes } => {
                let Some(node) = self.nodes.iter().position(|node| node.address == to) else {
                    self.strangers.push((to, bytes));
                    return;
                };
                self.with(node, |stack, now| {
                    stack.handle_input(Input::Datagram { local: to, source: from, bytes: &bytes }, now);
                });
            }
            Parcel::Opened { node, connection, from, to } => {
                let name = self.names[&(node, connection)];
                let Some(peer) = self.nodes.iter().position(|node| node.address == to) else {
                    return self.with(node, |stack, now| {
                        stack.handle_input(Input::Closed { connection: name }, now);
                    });
                };
                let accepted =
                    self.with(peer, |stack, now| stack.connection_accepted(Transport::Tcp, to, from, now));
                let Some(accepted) = accepted else {
                    return self.with(node, |stack, now| {
                        stack.handle_input(Input::Closed { connection: name }, now);
                    });
                };
                self.names.insert((peer, accepted.get()), accepted);
                self.pairs.insert((node, connection), (peer, accepted.get()));
                self.pairs.insert((peer, accepted.get()), (node, connection));
                self.with(node, |stack, now| stack.handle_input(Input::Connected { connection: name }, now));
            }
            Parcel::Stream { node, connection, bytes } => {
                let connection = self.names[&(node, connection)];
                self.with(node, |stack, now| {
                    stack.handle_input(Input::Stream { connection, bytes: &bytes }, now);
                });
            }
            Parcel::Closed { node, connection } => {
                let connection = self.names[&(node, connection)];
                self.with(node, |stack, now| stack.handle_input(Input::Closed { connection }, now));
            }
        }
    }

    /// Breaks every connection, as a cut cable would after a while.
    pub(crate) fn cut_cables(&mut self) {
        let pairs: Vec<(usize, u64)> = self.pairs.keys().copied().collect();
        self.pairs.clear();
        for (node, connection) in pairs {
            let connection = self.names[&(node, connection)];
            self.with(node, |stack, now| stack.handle_input(Input::Closed { connection }, now));
        }
    }
}

/// An event in a few words.
pub(crate) fn describe(event: &Event) -> String {
    match event {
        Event::Invite { .. } => "invite".into(),
        Event::Provisional { status, fork, .. } => match fork {
            Some(fork) => format!("{status} from branch {}", fork.0),
            None => format!("{status}"),
        },
        Event::Accepted { owed: true, .. } => "accepted, ACK owed".into(),
        Event::Accepted { owed: false, .. } => "accepted".into(),
        Event::Rejected { status, message, .. } => {
            format!("rejected {status}{}", if message.is_some() { "" } else { " by nobody" })
        }
        Event::Acknowledged { message, .. } => {
            format!("acknowledged{}", if message.is_some() { " with answer" } else { "" })
        }
        Event::Canceled { .. } => "canceled".into(),
        Event::Offer { .. } => "offer".into(),
        Event::OfferWithdrawn { .. } => "offer withdrawn".into(),
        Event::OfferRefused { status, .. } => format!("offer refused {status}"),
        Event::Ended { why, .. } => match why {
            End::Bye(_) => "ended by BYE".into(),
            End::AckTimeout => "ended without ACK".into(),
            End::Unanswered => "ended unanswered".into(),
            End::Lost => "ended, peer lost".into(),
            End::Expired => "ended, too long".into(),
        },
        Event::Request { message, .. } => {
            format!("request {}", String::from_utf8_lossy(message.message().method_bytes()))
        }
        Event::Response { status, .. } => format!("response {status}"),
    }
}

/// A Reason header as the B2BUA sends it.
pub(crate) const REASON: Header<'static> = Header { name: "Reason", value: b"Q.850;cause=16" };
