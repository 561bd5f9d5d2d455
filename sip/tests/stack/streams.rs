//! Calls over streams that are cut, shared and lost.

use std::time::Duration;

use sip::stack::Content;
use sip::transport::Transport;

use crate::world::{SDP, World};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_call_survives_any_cutting_of_its_stream_and_the_loss_of_its_connection() {
    for cut in [1, 7, 100, 5000] {
        let mut world = World::new(2, |_| {});
        world.cut = cut;
        let caller = world.call(Transport::Tcp);
        world.run(SECOND);
        let callee = world.incoming(1);
        world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
        world.run(SECOND);
        assert_eq!(world.told(0), ["accepted"], "cut every {cut}");
        assert_eq!(world.told(1), ["acknowledged"]);
        world.cut_cables();
        world.with(1, |stack, now| stack.end(callee, &Content::EMPTY, now)).unwrap();
        world.run(SECOND);
        assert_eq!(world.told(0), ["ended by BYE"]);
        let _ = caller;
        world.run_out();
        assert_eq!(world.count(0, "INVITE"), 1);
        world.assert_at_rest();
    }
}

const PEER: &str = "198.51.100.1:33333";

/// A connection a stranger has opened, and what it gets back.
struct Line {
    world: World,
    connection: sip::transport::ConnectionId,
}

impl Line {
    fn open(mut world: World) -> Self {
        let (local, remote) = (world.nodes[0].address, PEER.parse().unwrap());
        let connection = world
            .with(0, |stack, now| stack.connection_accepted(Transport::Tcp, local, remote, now))
            .unwrap();
        Self { world, connection }
    }

    fn say(&mut self, text: &str) {
        let (connection, bytes) = (self.connection, text.as_bytes());
        self.world.with(0, |stack, now| {
            stack.handle_input(sip::stack::Input::Stream { connection, bytes }, now);
        });
    }

    fn lines(&self) -> Vec<&str> {
        self.world.log.iter().map(|(_, _, line, _)| line.as_str()).collect()
    }
}

fn options(n: u32, via: &str) -> String {
    format!(
        "OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP 198.51.100.1:5070;branch=z9hG4bK{n}{via}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:bob@198.51.100.1>;tag=b0b\r\nTo: <sip:x@192.0.2.1>\r\nCall-ID: c{n}\r\n\
         CSeq: 1 OPTIONS\r\nContact: <sip:bob@198.51.100.1:5070;transport=tcp>\r\nContent-Length: 0\r\n\r\n"
    )
}

#[test]
fn a_segment_may_hold_several_messages_and_keep_alives() {
    let mut line = Line::open(World::new(1, |_| {}));
    let text = format!("\r\n\r\n{}\r\n\r\n{}{}", options(1, ""), options(2, ""), options(3, ""));
    line.say(&text);
    let ok = "SIP/2.0 200 OK";
    assert_eq!(line.lines(), ["", ok, "", ok, ok], "a line end answers each pair of them");
    assert_eq!(line.world.nodes[0].stack.counters().keep_alives, 2);
}

#[test]
fn half_a_message_is_waited_for_only_so_long() {
    let mut line = Line::open(World::new(1, |_| {}));
    let text = options(1, "");
    for piece in text.as_bytes().chunks(40) {
        line.say(std::str::from_utf8(piece).unwrap());
        line.world.run(SECOND * 3);
    }
    assert_eq!(line.lines(), [""; 0]);
    assert_eq!(line.world.nodes[0].stack.counters().connections, 0);
    assert_eq!(line.world.nodes[0].stack.counters().dropped.connection_closed, 1);
    line.world.assert_at_rest();
}

#[test]
fn a_stream_that_cannot_be_followed_is_answered_and_closed() {
    for broken in ["Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "Content-Length: -3\r\n\r\n", "\r\n"] {
        let mut line = Line::open(World::new(1, |_| {}));
        line.say(&options(1, "").replace("Content-Length: 0\r\n\r\n", broken));
        assert_eq!(line.lines(), ["SIP/2.0 400 Bad Request"], "{broken:?}");
        assert_eq!(line.world.nodes[0].stack.counters().connections, 0);
    }
}

#[test]
fn a_peer_that_asks_for_it_gets_its_calls_on_the_connection_it_opened() {
    for (alias, connections) in [("", 2), (";alias", 1)] {
        let mut line = Line::open(World::new(1, |_| {}));
        line.say(&options(1, alias));
        let local = line.world.nodes[0].address;
        let remote = "198.51.100.1:5070".parse().unwrap();
        let destination = sip::stack::Destination { transport: Transport::Tcp, local, remote };
        line.world.call_to(0, destination, Content::EMPTY);
        assert_eq!(line.world.nodes[0].stack.counters().connections, connections, "{alias}");
    }
}

#[test]
fn a_response_whose_connection_is_gone_goes_to_the_address_of_the_via() {
    let mut line = Line::open(World::new(1, |_| {}));
    line.say(&options(1, "").replace("OPTIONS", "INVITE"));
    let session = line.world.incoming(0);
    let connection = line.connection;
    line.world.with(0, |stack, now| stack.handle_input(sip::stack::Input::Closed { connection }, now));
    let rejected = {
        let stack = &mut line.world.nodes[0].stack;
        stack.reject(session, 486, "", &Content::EMPTY, line.world.now).unwrap();
        stack.poll_output()
    };
    match rejected {
        Some(sip::stack::Output::Connect { remote, .. }) => {
            assert_eq!(remote, "198.51.100.1:5070".parse().unwrap());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_connection_that_cannot_be_opened_fails_the_call_at_once() {
    let mut world = World::new(1, |_| {});
    let local = world.nodes[0].address;
    let remote = "198.51.100.1:5060".parse().unwrap();
    let destination = sip::stack::Destination { transport: Transport::Tcp, local, remote };
    world.call_to(0, destination, Content::EMPTY);
    world.run(SECOND / 10);
    assert_eq!(world.told(0), ["rejected 503 by nobody"]);
    world.assert_at_rest();
}
