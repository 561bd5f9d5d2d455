//! The torture messages of RFC 4475 and RFC 5118 against a live stack, by datagram and by stream.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests, where a panic is a failure and any beginning of time will do"
)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;
use sip::Stack;
use sip::message::{Capabilities, Flaw, Method, Name, parse};
use sip::stack::{Config, Content, Event, Input, Listener, Output};
use sip::transport::{ConnectionId, Transport};

/// What a stack did with a message.
#[derive(Debug, Default)]
struct Outcome {
    /// Final statuses sent, in order.
    finals: Vec<u16>,
    /// The connection was closed by us.
    closed: bool,
    /// Calls and requests the user was told of.
    told: usize,
    /// Where anything went.
    destinations: Vec<SocketAddr>,
}

struct Bench {
    stack: Stack,
    now: Instant,
    local: SocketAddr,
    peer: SocketAddr,
}

impl Bench {
    fn new(registrar: bool) -> Self {
        let local: SocketAddr = "192.0.2.250:5060".parse().unwrap();
        let listener = |transport| Listener { transport, local, advertised: None };
        let usual = Config::default().capabilities;
        let methods: &'static [Method] = if registrar { &Method::KNOWN } else { usual.methods };
        let config = Config {
            listeners: vec![listener(Transport::Udp), listener(Transport::Tcp)],
            capabilities: Capabilities { methods, ..usual },
            ..Config::default()
        };
        let peer = "192.0.2.77:6060".parse().unwrap();
        Self { stack: Stack::new(config, [4; 32]), now: Instant::now(), local, peer }
    }

    /// Answers every call with 404 and every other request with 200, until nothing is left to do at this moment.
    fn drain(&mut self, outcome: &mut Outcome) {
        while let Some(output) = self.stack.poll_output() {
            let nothing = Content::EMPTY;
            match output {
                Output::Send(transmit) => {
                    outcome.destinations.push(transmit.destination);
                    let status = parse(&transmit.bytes).unwrap().status();
                    outcome.finals.extend(status.filter(|status| *status >= 200));
                }
                Output::Event(Event::Invite { session, .. }) => {
                    outcome.told += 1;
                    self.stack.reject(session, 404, "", &nothing, self.now).unwrap();
                }
                Output::Event(Event::Request { request, .. }) => {
                    outcome.told += 1;
                    self.stack.respond_request(request, 200, "", &nothing, self.now).unwrap();
                }
                Output::Close { .. } => outcome.closed = true,
                _ => {}
            }
        }
    }

    fn datagram(&mut self, bytes: &[u8]) -> Outcome {
        let mut outcome = Outcome::default();
        self.stack.handle_input(Input::Datagram { local: self.local, source: self.peer, bytes }, self.now);
        self.drain(&mut outcome);
        outcome
    }

    fn stream(&mut self, bytes: &[u8]) -> Outcome {
        let mut outcome = Outcome::default();
        let connection = self.open();
        for byte in bytes.chunks(11) {
            self.stack.handle_input(Input::Stream { connection, bytes: byte }, self.now);
            self.drain(&mut outcome);
        }
        if outcome.finals.is_empty() && !outcome.closed {
            self.wait(Duration::from_secs(11), &mut outcome);
        }
        self.stack.handle_input(Input::Closed { connection }, self.now);
        self.drain(&mut outcome);
        outcome
    }

    fn open(&mut self) -> ConnectionId {
        self.stack.connection_accepted(Transport::Tcp, self.local, self.peer, self.now).unwrap()
    }

    fn wait(&mut self, how_long: Duration, outcome: &mut Outcome) {
        let until = self.now + how_long;
        while let Some(at) = self.stack.poll_timeout().filter(|at| *at <= until) {
            self.now = at;
            self.stack.handle_input(Input::Timeout, at);
            self.drain(outcome);
        }
        self.now = until;
    }

    /// A message that follows works as ever, and in the end nothing is held.
    fn still_works(&mut self, name: &str) {
        let options =
            b"OPTIONS sip:192.0.2.250 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.77:6060;branch=z9hG4bKafter\r\n\
            From: <sip:a@192.0.2.77>;tag=a\r\nTo: <sip:192.0.2.250>\r\nCall-ID: after\r\nCSeq: 1 OPTIONS\r\n\
            Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(self.datagram(options).finals, [200], "after {name}");
        let mut ignored = Outcome::default();
        self.wait(Duration::from_secs(3600), &mut ignored);
        assert!(self.stack.at_rest(), "{name} leaves {:?}", self.stack.counters());
    }
}

#[test]
fn every_message_ends_as_the_oracle_says_by_datagram() {
    for (name, bytes, oracle) in samples() {
        for registrar in [false, true] {
            let mut bench = Bench::new(registrar);
            let outcome = bench.datagram(&bytes);
            assert!(
                allows(&oracle["ok"], &outcome, &bytes)
                    || oracle.get("liberal").is_some_and(|liberal| allows(liberal, &outcome, &bytes)),
                "{name}: {outcome:?} is not what {oracle} asks"
            );
            assert!(outcome.finals.len() <= 1 && outcome.told <= 1, "{name}: {outcome:?}");
            assert!(outcome.destinations.iter().all(|to| to.ip() == bench.peer.ip()), "{name}: {outcome:?}");
            bench.still_works(&name);
        }
    }
}

#[test]
fn every_message_that_a_stream_can_carry_ends_the_same_there() {
    for (name, bytes, oracle) in samples() {
        let mut bench = Bench::new(false);
        let outcome = bench.stream(&bytes);
        let Some(said) = oracle.get("tcp").and_then(Value::as_str) else {
            let length = parse(&bytes).is_ok_and(|message| {
                message.header(Name::ContentLength).is_some() && message.flaw() != Some(Flaw::NoEndOfHeaders)
            });
            // Otherwise no stream can carry it; and the second message of dblreq is one of its own there.
            if length && name != "dblreq" {
                let datagram = Bench::new(false).datagram(&bytes);
                assert_eq!(outcome.finals, datagram.finals, "{name}");
                assert_eq!(outcome.told, datagram.told, "{name}");
            }
            bench.still_works(&name);
            continue;
        };
        assert!(outcome.closed, "{name}: {said}, but {outcome:?}");
        assert!(said.starts_with("wait") == outcome.finals.is_empty(), "{name}: {said}, but {outcome:?}");
        bench.still_works(&name);
    }
}

#[test]
fn a_doubled_request_makes_one_transaction() {
    for (_, bytes, _) in samples().iter().filter(|(name, _, _)| name == "dblreq") {
        let mut bench = Bench::new(true);
        assert_eq!(bench.datagram(bytes).told, 1);
        assert_eq!(bench.stack.counters().transactions, 1);
        assert_eq!(bench.datagram(bytes).told, 0, "it is a retransmission");
        assert_eq!(bench.stack.counters().sessions, 0);
    }
}

/// Whether one verdict of the oracle covers what happened.
fn allows(verdict: &Value, outcome: &Outcome, bytes: &[u8]) -> bool {
    let status = outcome.finals.first().copied();
    let is_request = parse(bytes).is_ok_and(|message| message.is_request());
    match (verdict, status) {
        (Value::Array(statuses), Some(status)) => {
            statuses.iter().any(|one| *one == status.to_string().as_str())
        }
        (Value::String(said), Some(status)) if said.starts_with("accept") => {
            ![400, 500, 505, 513].contains(&status)
        }
        (Value::String(said), Some(status)) => said == "4xx" && (400..500).contains(&status),
        (Value::String(said), None) => said == "silent" || (said.starts_with("accept") && !is_request),
        _ => false,
    }
}

fn samples() -> Vec<(String, Vec<u8>, Value)> {
    let root = std::env::var_os("TANDEM_MATERIAL").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/material"),
        PathBuf::from,
    );
    let mut samples = Vec::new();
    for (collection, extension, count) in [("rfc4475", "dat", 49), ("rfc5118", "sip", 12)] {
        let folder = root.join(collection);
        let Ok(oracle) = std::fs::read(folder.join("oracle.json")) else {
            println!("SKIPPED: NO TORTURE MESSAGES IN {}; SET TANDEM_MATERIAL", folder.display());
            continue;
        };
        let oracle: Value = serde_json::from_slice(&oracle).unwrap();
        let entries = oracle.as_object().unwrap();
        assert_eq!(entries.len(), count);
        for (name, verdict) in entries {
            let bytes = std::fs::read(folder.join(format!("{name}.{extension}"))).unwrap();
            samples.push((name.clone(), bytes, verdict.clone()));
        }
    }
    samples
}
