//! Messages from peers that are no stack of ours, written by hand.

use std::net::SocketAddr;
use std::time::Duration;

use sip::stack::{Content, Destination};
use sip::transport::Transport;

use crate::world::{SDP, World};

fn request(method: &str, uri: &str, branch: &str, more: &str) -> String {
    format!(
        "{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.1:5070;branch={branch}\nMax-Forwards: 70\n\
         From: <sip:bob@198.51.100.1>;tag=b0b\nTo: <sip:x@192.0.2.1>\nCall-ID: from-bob\nCSeq: 7 {method}\n{more}\
         Content-Length: 0\n\n"
    )
}

impl World {
    /// The last thing a stranger was sent, as text.
    pub(crate) fn heard(&mut self) -> Option<String> {
        self.run(Duration::from_millis(5));
        self.strangers.pop().map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[test]
fn options_are_answered_with_what_we_can_do_or_503_while_draining() {
    let mut world = World::new(1, |_| {});
    world.inject("198.51.100.1:5070", 0, &request("OPTIONS", "sip:192.0.2.1", "z9hG4bKa", ""));
    let answer = world.heard().unwrap();
    assert!(answer.starts_with("SIP/2.0 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE\r\n"), "{answer}");
    assert!(answer.contains("\r\nAccept: application/sdp"), "{answer}");
    world.nodes[0].stack.set_draining(true);
    world.inject("198.51.100.1:5070", 0, &request("OPTIONS", "sip:192.0.2.1", "z9hG4bKb", ""));
    let answer = world.heard().unwrap();
    assert!(answer.starts_with("SIP/2.0 503 ") && answer.contains("\r\nRetry-After: 5\r\n"), "{answer}");
    world.assert_at_rest();
}

#[test]
fn requests_of_no_dialog_get_481_and_are_forgotten() {
    let mut world = World::new(1, |_| {});
    for method in ["BYE", "UPDATE", "INFO", "CANCEL"] {
        let message =
            request(method, "sip:192.0.2.1", "z9hG4bKc", "").replace("x@192.0.2.1>", "x@192.0.2.1>;tag=no");
        world.inject("198.51.100.1:5070", 0, &message);
        let answer = world.heard().unwrap();
        let expected = if method == "INFO" { "SIP/2.0 405 " } else { "SIP/2.0 481 " };
        assert!(answer.starts_with(expected), "{method}: {answer}");
    }
    world.assert_at_rest();
}

const BOB: &str = "198.51.100.1:5070";

/// An INVITE of Bob's; `more` are whole header lines.
fn invite(branch: &str, to_tag: &str, cseq: u32, method: &str) -> String {
    let to_tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    format!(
        "{method} sip:x@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.1:5070{branch}\nMax-Forwards: 70\n\
         From: <sip:bob@198.51.100.1>;tag=b0b\nTo: <sip:x@192.0.2.1>{to_tag}\nCall-ID: from-bob\n\
         CSeq: {cseq} {method}\nContact: <sip:bob@198.51.100.1:5070>\nContent-Length: 0\n\n"
    )
}

fn tag_of(message: &str) -> String {
    let to = message.lines().find(|line| line.starts_with("To:")).unwrap();
    to.split("tag=").nth(1).unwrap().to_owned()
}

/// Bob's INVITE, answered with 200; the world, the session and our tag.
fn answered() -> (World, sip::stack::SessionId, String) {
    let mut world = World::new(1, |_| {});
    world.inject(BOB, 0, &invite(";branch=z9hG4bK1", "", 7, "INVITE"));
    let session = world.incoming(0);
    world.with(0, |stack, now| stack.accept(session, &Content::sdp(SDP), now)).unwrap();
    let tag = tag_of(&world.heard().unwrap());
    (world, session, tag)
}

#[test]
fn the_same_request_by_two_ways_is_refused_with_482() {
    let mut world = World::new(1, |_| {});
    world.inject(BOB, 0, &invite(";branch=z9hG4bK1", "", 7, "INVITE"));
    assert!(world.heard().unwrap().starts_with("SIP/2.0 100 "));
    world.inject(BOB, 0, &invite(";branch=z9hG4bK1", "", 7, "INVITE"));
    assert!(world.heard().unwrap().starts_with("SIP/2.0 100 "), "a retransmission gets the last response");
    world.inject(BOB, 0, &invite(";branch=z9hG4bK2", "", 7, "INVITE"));
    assert!(world.heard().unwrap().starts_with("SIP/2.0 482 "));
    assert_eq!(world.told(0), ["invite"]);
}

#[test]
fn a_request_of_ours_that_comes_back_is_a_loop() {
    let mut world = World::new(1, |_| {});
    let remote = BOB.parse().unwrap();
    let destination = Destination { transport: Transport::Udp, local: world.nodes[0].address, remote };
    world.call_to(0, destination, Content::EMPTY);
    let ours = world.heard().unwrap();
    let back = ours.replacen("Via:", "Via: SIP/2.0/UDP 198.51.100.1:5070;branch=z9hG4bKp\r\nVia:", 1);
    world.inject(BOB, 0, &back);
    let answer = world.heard().unwrap();
    assert!(answer.starts_with("SIP/2.0 482 "), "{answer}");
}

#[test]
fn an_ack_older_than_branches_must_carry_our_tag() {
    let mut world = World::new(1, |_| {});
    world.inject(BOB, 0, &invite("", "", 7, "INVITE"));
    let session = world.incoming(0);
    world.with(0, |stack, now| stack.reject(session, 486, "", &Content::EMPTY, now)).unwrap();
    let tag = tag_of(&world.heard().unwrap());
    world.inject(BOB, 0, &invite("", "someone-else", 7, "ACK"));
    world.run(Duration::from_secs(3));
    let repeated = world.count(0, "486");
    assert!(repeated > 1, "the ACK of another's response stops nothing");
    world.inject(BOB, 0, &invite("", &tag, 7, "ACK"));
    world.run(Duration::from_secs(40));
    assert_eq!(world.count(0, "486"), repeated);
    world.assert_at_rest();
}

#[test]
fn an_ack_is_found_by_dialog_and_cseq_whatever_its_branch() {
    let (mut world, session, tag) = answered();
    world.inject(BOB, 0, &invite(";branch=z9hG4bKack", &tag, 6, "ACK"));
    assert_eq!(world.told(0), [""; 0], "another INVITE's ACK");
    world.inject(BOB, 0, &invite(";branch=z9hG4bK1", &tag, 7, "ACK"));
    assert_eq!(world.told(0), ["acknowledged"], "even with the branch of its INVITE");
    world.with(0, |stack, now| stack.end(session, &Content::EMPTY, now)).unwrap();
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn sequence_numbers_may_skip_but_not_go_back() {
    let (mut world, _, tag) = answered();
    world.inject(BOB, 0, &invite(";branch=z9hG4bKa", &tag, 7, "ACK"));
    world.inject(BOB, 0, &invite(";branch=z9hG4bKb", &tag, 5, "BYE"));
    assert!(world.heard().unwrap().starts_with("SIP/2.0 500 "));
    world.inject(BOB, 0, &invite(";branch=z9hG4bKc", &tag, 900, "OPTIONS"));
    assert!(world.heard().unwrap().starts_with("SIP/2.0 200 "));
    world.inject(BOB, 0, &invite(";branch=z9hG4bKd", &tag, 1000, "BYE"));
    assert!(world.heard().unwrap().starts_with("SIP/2.0 200 "));
    assert_eq!(world.told(0), ["acknowledged", "ended by BYE"]);
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn a_second_invite_before_the_answer_gets_500_with_a_time_to_try_again() {
    let mut world = World::new(1, |_| {});
    world.inject(BOB, 0, &invite(";branch=z9hG4bK1", "", 7, "INVITE"));
    let session = world.incoming(0);
    world.with(0, |stack, now| stack.provisional(session, 180, "", &Content::EMPTY, now)).unwrap();
    let tag = tag_of(&world.heard().unwrap());
    world.inject(BOB, 0, &invite(";branch=z9hG4bK2", &tag, 8, "INVITE"));
    let answer = world.heard().unwrap();
    assert!(answer.starts_with("SIP/2.0 500 ") && answer.contains("\r\nRetry-After: "), "{answer}");
    assert_eq!(world.told(0), [""; 0]);
}

#[test]
fn a_caller_may_end_an_early_call_with_bye() {
    let mut world = World::new(1, |_| {});
    world.inject(BOB, 0, &invite(";branch=z9hG4bK1", "", 7, "INVITE"));
    let session = world.incoming(0);
    world.with(0, |stack, now| stack.provisional(session, 180, "", &Content::EMPTY, now)).unwrap();
    let tag = tag_of(&world.heard().unwrap());
    world.inject(BOB, 0, &invite(";branch=z9hG4bK2", &tag, 8, "BYE"));
    world.run(Duration::from_millis(10));
    assert_eq!(world.told(0), ["ended by BYE"]);
    assert_eq!((world.count(0, "200 OK"), world.count(0, "487")), (1, 1));
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn an_update_is_an_offer_or_a_refresh_and_waits_for_its_turn() {
    let (mut world, session, tag) = answered();
    let update = |branch: &str, cseq: u32, body: bool| {
        let message = invite(branch, &tag, cseq, "UPDATE");
        let with = format!("Content-Type: application/sdp\nContent-Length: {}\n\n", SDP.len());
        let sdp = std::str::from_utf8(SDP).unwrap();
        if body { message.replace("Content-Length: 0\n\n", &with) + sdp } else { message }
    };
    world.inject(BOB, 0, &invite(";branch=z9hG4bKa", &tag, 7, "ACK"));
    world.inject(BOB, 0, &update(";branch=z9hG4bKb", 8, false));
    assert!(world.heard().unwrap().starts_with("SIP/2.0 200 "));
    world.inject(BOB, 0, &update(";branch=z9hG4bKc", 9, true));
    assert_eq!(world.told(0), ["acknowledged", "offer"]);
    world.inject(BOB, 0, &update(";branch=z9hG4bKd", 10, true));
    assert!(world.heard().unwrap().starts_with("SIP/2.0 500 "));
    world.with(0, |stack, now| stack.answer_offer(session, &Content::sdp(SDP), now)).unwrap();
    assert!(world.heard().unwrap().starts_with("SIP/2.0 200 "));
    world.with(0, |stack, now| stack.offer(session, &Content::sdp(SDP), now)).unwrap();
    world.inject(BOB, 0, &update(";branch=z9hG4bKe", 11, true));
    assert!(world.heard().unwrap().starts_with("SIP/2.0 491 "));
    world.with(0, |stack, now| stack.end(session, &Content::EMPTY, now)).unwrap();
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn a_strict_router_gets_its_uri_in_the_request_line() {
    let mut world = World::new(1, |_| {});
    let routes =
        "Record-Route: <sip:198.51.100.8>\nRecord-Route: <sip:198.51.100.9;lr>\nContent-Length: 0\n\n";
    let message = invite(";branch=z9hG4bK1", "", 7, "INVITE").replace("Content-Length: 0\n\n", routes);
    world.inject(BOB, 0, &message);
    let session = world.incoming(0);
    world.with(0, |stack, now| stack.accept(session, &Content::sdp(SDP), now)).unwrap();
    let answer = world.heard().unwrap();
    assert_eq!(answer.matches("\r\nRecord-Route: <sip:198.51.100.").count(), 2, "{answer}");
    let tag = tag_of(&answer);
    world.inject(BOB, 0, &invite(";branch=z9hG4bKa", &tag, 7, "ACK"));
    world.with(0, |stack, now| stack.end(session, &Content::EMPTY, now)).unwrap();
    world.run(Duration::from_millis(5));
    let (to, bytes) = world.strangers.pop().unwrap();
    let bye = String::from_utf8(bytes).unwrap();
    assert_eq!(to, "198.51.100.8:5060".parse().unwrap());
    assert!(bye.starts_with("BYE sip:198.51.100.8 SIP/2.0\r\n"), "{bye}");
    assert!(
        bye.contains("\r\nRoute: <sip:198.51.100.9;lr>\r\nRoute: <sip:bob@198.51.100.1:5070>\r\nFrom: "),
        "{bye}"
    );
}

#[test]
fn every_message_can_be_shown_with_its_session() {
    let mut world = World::new(2, |config| config.trace = true);
    let caller = world.call(Transport::Udp);
    world.run(Duration::from_secs(1));
    let callee = world.incoming(1);
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(Duration::from_secs(1));
    world.with(0, |stack, now| stack.end(caller, &Content::EMPTY, now)).unwrap();
    world.run(Duration::from_secs(1));
    assert_eq!(world.traces.len(), 12, "six messages, sent and received");
    for (node, trace) in &world.traces {
        assert_eq!(trace.session, Some([caller, callee][*node]), "{}", String::from_utf8_lossy(&trace.bytes));
    }
}

#[test]
fn a_response_says_where_its_request_came_from_and_goes_back_there() {
    let mut world = World::new(1, |_| {});
    let natted =
        request("OPTIONS", "sip:192.0.2.1", "z9hG4bKn;rport", "").replace("198.51.100.1:5070", "10.0.0.1");
    world.inject("198.51.100.7:1024", 0, &natted);
    world.run(Duration::from_millis(5));
    let (to, bytes) = world.strangers.pop().unwrap();
    let answer = String::from_utf8(bytes).unwrap();
    assert_eq!(to, "198.51.100.7:1024".parse().unwrap());
    let via = "\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKn;received=198.51.100.7;rport=1024\r\n";
    assert!(answer.contains(via), "{answer}");
    let plain = request("OPTIONS", "sip:192.0.2.1", "z9hG4bKp", "").replace("198.51.100.1:5070", "10.0.0.1");
    world.inject("198.51.100.7:1024", 0, &plain);
    world.run(Duration::from_millis(5));
    let (to, bytes) = world.strangers.pop().unwrap();
    assert_eq!(to, "198.51.100.7:5060".parse().unwrap());
    let answer = String::from_utf8(bytes).unwrap();
    assert!(answer.contains(";branch=z9hG4bKp;received=198.51.100.7\r\n"), "{answer}");
}

#[test]
fn calls_go_over_ipv6_as_well() {
    let mut world = World::new(2, |config| {
        for listener in &mut config.listeners {
            let last = config.shard;
            listener.local = SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, last], 5060));
        }
    });
    for (n, node) in (1..).zip(&mut world.nodes) {
        node.address = SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, n], 5060));
    }
    let caller = world.call(Transport::Udp);
    world.run(Duration::from_secs(1));
    let callee = world.incoming(1);
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(Duration::from_secs(1));
    world.with(0, |stack, now| stack.end(caller, &Content::EMPTY, now)).unwrap();
    world.run_out();
    assert_eq!(world.told(1), ["acknowledged", "ended by BYE"]);
    assert!(
        world.log.iter().any(|(_, _, line, _)| line.contains("@[2001:db8::2]:5060 SIP/2.0")),
        "{:#?}",
        world.log
    );
    world.assert_at_rest();
}

#[test]
fn an_offer_may_be_withdrawn_before_it_is_answered() {
    let (mut world, session, tag) = answered();
    world.inject(BOB, 0, &invite(";branch=z9hG4bKa", &tag, 7, "ACK"));
    world.inject(BOB, 0, &invite(";branch=z9hG4bKb", &tag, 8, "INVITE"));
    world.inject(BOB, 0, &invite(";branch=z9hG4bKb", &tag, 8, "CANCEL"));
    assert_eq!(world.told(0), ["acknowledged", "offer", "offer withdrawn"]);
    assert_eq!((world.count(0, "487"), world.count(0, "200 OK")), (1, 2));
    let late = world.with(0, |stack, now| stack.answer_offer(session, &Content::sdp(SDP), now));
    assert_eq!(late, Err(sip::stack::Misuse::WrongState));
    world.inject(BOB, 0, &invite(";branch=z9hG4bKb", &tag, 8, "ACK"));
    world.with(0, |stack, now| stack.offer(session, &Content::sdp(SDP), now)).unwrap();
    world.with(0, |stack, now| stack.end(session, &Content::EMPTY, now)).unwrap();
    world.run_out();
    world.assert_at_rest();
}
