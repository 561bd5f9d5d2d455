//! Every limit is reached here, and what lies beyond is refused before anything is kept.

use std::time::Duration;

use sip::stack::{Content, Misuse};
use sip::transport::Transport;

use crate::world::{SDP, World};

const SECOND: Duration = Duration::from_secs(1);

fn invite(n: usize) -> String {
    format!(
        "INVITE sip:x@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.1:5070;branch=z9hG4bK{n}\nMax-Forwards: 70\n\
         From: <sip:bob@198.51.100.1>;tag=b0b{n}\nTo: <sip:x@192.0.2.1>\nCall-ID: call{n}\nCSeq: 7 INVITE\n\
         Contact: <sip:bob@198.51.100.1:5070>\nContent-Length: 0\n\n"
    )
}

#[test]
fn calls_beyond_the_limit_get_503_and_leave_nothing() {
    for sessions in [true, false] {
        let mut world = World::new(1, |config| {
            if sessions {
                config.limits.sessions = 3;
            } else {
                config.limits.transactions = 3;
            }
        });
        for n in 0..5 {
            world.inject("198.51.100.1:5070", 0, &invite(n));
        }
        world.run(SECOND / 100);
        assert_eq!(world.told(0), ["invite"; 3]);
        assert_eq!(world.count(0, "503 Service Unavailable"), 2);
        assert_eq!(world.nodes[0].stack.counters().sessions, 3);
        world.run_out();
        world.assert_at_rest();
    }
    let mut world = World::new(2, |config| config.limits.sessions = 1);
    world.call(Transport::Udp);
    let (local, remote) = (world.nodes[0].address, world.nodes[1].address);
    let destination = sip::stack::Destination { transport: Transport::Udp, local, remote };
    let second = sip::stack::Invite {
        target: b"sip:x@y",
        destination,
        from: b"<sip:a@b>",
        to: b"<sip:x@y>",
        routes: &[],
        max_forwards: 70,
        content: Content::EMPTY,
    };
    let refused = world.with(0, |stack, now| stack.invite(&second, now));
    assert_eq!(refused, Err(Misuse::Full));
}

#[test]
fn a_call_lasts_no_longer_than_the_limit() {
    let mut world = World::new(2, |_| {});
    world.nodes[0].stack =
        World::new(1, |config| config.limits.call = Some(SECOND * 100)).nodes.remove(0).stack;
    world.call(Transport::Udp);
    world.run(SECOND);
    let callee = world.incoming(1);
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND * 99);
    assert_eq!(world.told(0), ["accepted"]);
    world.run(SECOND * 2);
    assert_eq!(world.told(0), ["ended, too long"]);
    assert_eq!(world.told(1), ["acknowledged", "ended by BYE"]);
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn connections_are_limited_for_each_address_and_in_all_and_close_when_idle() {
    let mut world = World::new(1, |config| {
        config.limits.connections = 5;
        config.limits.connections_per_address = 3;
    });
    let local = world.nodes[0].address;
    let mut open = |address: &str| {
        let remote = address.parse().unwrap();
        world.with(0, |stack, now| stack.connection_accepted(Transport::Tcp, local, remote, now)).is_some()
    };
    let first: Vec<bool> = (1..=4).map(|port| open(&format!("198.51.100.1:{port}"))).collect();
    assert_eq!(first, [true, true, true, false]);
    let second: Vec<bool> = (1..=3).map(|port| open(&format!("198.51.100.2:{port}"))).collect();
    assert_eq!(second, [true, true, false]);
    assert_eq!(world.nodes[0].stack.counters().dropped.connection_refused, 2);
    world.run(SECOND * 601);
    assert_eq!(world.nodes[0].stack.counters().connections, 0);
    world.assert_at_rest();
}

#[test]
fn what_would_break_a_message_is_refused() {
    let mut world = World::new(2, |_| {});
    let caller = world.call(Transport::Udp);
    for (name, value) in
        [("Reason", &b"a\r\nVia: b"[..]), ("Rea son\r\n", b"x"), ("", b"x"), ("X:", b"x"), ("X", b"\0")]
    {
        let headers = [sip::stack::Header { name, value }];
        let refused = world.with(0, |stack, now| stack.end(caller, &Content::headers(&headers), now));
        assert_eq!(refused, Err(Misuse::Unwritable), "{name:?}");
    }
}

#[test]
fn a_request_too_long_for_a_datagram_goes_by_tcp_and_comes_back_where_there_is_none() {
    let long = [SDP, &b"a=x:".repeat(400)].concat();
    let mut world = World::new(2, |_| {});
    world.call_with(Transport::Udp, Content::sdp(&long));
    world.run(SECOND);
    world.incoming(1);
    assert_eq!(world.nodes[1].stack.counters().connections, 1);

    let mut world = World::new(1, |_| {});
    let remote = "198.51.100.1:5060".parse().unwrap();
    let local = world.nodes[0].address;
    let destination = sip::stack::Destination { transport: Transport::Udp, local, remote };
    world.call_to(0, destination, Content::sdp(&long));
    world.run(SECOND / 10);
    let (_, bytes) = world.strangers.pop().expect("it came by datagram after all");
    assert!(String::from_utf8(bytes).unwrap().contains("\r\nVia: SIP/2.0/UDP "));
    world.run_out();
    assert_eq!(world.told(0), ["rejected 408 by nobody"]);
    world.assert_at_rest();
}
