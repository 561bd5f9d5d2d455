//! Messages that cross on the wire (RFC 5407).

use std::time::Duration;

use sip::stack::{Content, SessionId};
use sip::transport::Transport;

use crate::world::{REASON, SDP, World};

const SECOND: Duration = Duration::from_secs(1);

fn ringing() -> (World, SessionId, SessionId) {
    let mut world = World::new(2, |_| {});
    let caller = world.call(Transport::Udp);
    world.run(SECOND);
    let callee = world.incoming(1);
    world.with(1, |stack, now| stack.provisional(callee, 180, "", &Content::EMPTY, now)).unwrap();
    world.run(SECOND);
    world.told(0);
    (world, caller, callee)
}

#[test]
fn a_cancel_ends_a_ringing_call_with_487_acknowledged() {
    let (mut world, caller, callee) = ringing();
    let headers = [REASON];
    world.with(0, |stack, now| stack.end(caller, &Content::headers(&headers), now)).unwrap();
    world.run(SECOND);
    assert_eq!(world.told(1), ["canceled"]);
    assert_eq!(world.told(0), [""; 0]);
    assert_eq!(world.count(1, "487"), 1);
    assert_eq!(world.count(0, "ACK"), 1);
    assert!(world.with(1, |stack, now| stack.accept(callee, &Content::EMPTY, now)).is_err());
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn a_cancel_waits_for_a_provisional_response() {
    let mut world = World::new(2, |_| {});
    let mut lost = 2;
    world.lose = Box::new(move |_, line| {
        let hit = line.starts_with("INVITE") && lost > 0;
        lost -= u32::from(hit);
        hit
    });
    let caller = world.call(Transport::Udp);
    world.with(0, |stack, now| stack.end(caller, &Content::EMPTY, now)).unwrap();
    world.run(SECOND);
    assert_eq!(world.count(0, "CANCEL"), 0);
    world.run(SECOND * 3);
    assert_eq!(world.count(0, "CANCEL"), 1);
    assert_eq!(world.told(1), ["invite", "canceled"]);
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn an_answer_that_crosses_a_cancel_is_acknowledged_and_ended() {
    let (mut world, caller, callee) = ringing();
    world.with(0, |stack, now| stack.end(caller, &Content::EMPTY, now)).unwrap();
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND);
    assert_eq!(world.told(1), ["acknowledged", "ended by BYE"]);
    assert_eq!(world.told(0), [""; 0]);
    assert_eq!((world.count(0, "ACK"), world.count(0, "BYE"), world.count(0, "CANCEL")), (1, 1, 1));
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn a_cancel_that_comes_after_the_answer_changes_nothing() {
    let (mut world, caller, callee) = ringing();
    // The 200 is lost until the CANCEL has come.
    let mut lost = 1;
    world.lose = Box::new(move |node, line| {
        let hit = node == 1 && line.contains("200 OK") && lost > 0;
        lost -= u32::from(hit);
        hit
    });
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.with(0, |stack, now| stack.end(caller, &Content::EMPTY, now)).unwrap();
    world.run(SECOND * 3);
    assert_eq!(world.count(1, "487"), 0);
    assert_eq!(world.told(1), ["acknowledged", "ended by BYE"]);
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn both_sides_may_hang_up_at_once() {
    let (mut world, caller, callee) = ringing();
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND);
    world.told(0);
    world.told(1);
    world.with(0, |stack, now| stack.end(caller, &Content::EMPTY, now)).unwrap();
    world.with(1, |stack, now| stack.end(callee, &Content::EMPTY, now)).unwrap();
    world.run_out();
    assert_eq!((world.told(0), world.told(1)), (vec![], vec![]));
    assert_eq!((world.count(0, "BYE"), world.count(1, "BYE")), (1, 1));
    world.assert_at_rest();
}

#[test]
fn a_callee_that_hangs_up_at_once_waits_for_the_ack() {
    let (mut world, _, callee) = ringing();
    let mut lost = 3;
    world.lose = Box::new(move |_, line| {
        let hit = line.starts_with("ACK") && lost > 0;
        lost -= u32::from(hit);
        hit
    });
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    let headers = [REASON];
    world.with(1, |stack, now| stack.end(callee, &Content::headers(&headers), now)).unwrap();
    world.run(SECOND);
    assert_eq!(world.count(1, "BYE"), 0);
    world.run(SECOND * 9);
    assert_eq!(world.count(1, "BYE"), 1);
    assert_eq!(world.told(1), [""; 0]);
    assert_eq!(world.told(0), ["accepted", "ended by BYE"]);
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn an_answer_lost_four_times_still_arrives() {
    let mut world = World::new(2, |_| {});
    // The first 200 and the ACKs are late: the caller repeats nothing, the callee repeats the 200.
    let mut lost = 4;
    world.lose = Box::new(move |node, line| {
        let hit = node == 1 && line.contains("200") && lost > 0;
        lost -= u32::from(hit);
        hit
    });
    world.call(Transport::Udp);
    world.run(Duration::from_millis(2));
    let callee = world.incoming(1);
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND * 10);
    assert_eq!(world.told(0), ["accepted"]);
    assert_eq!(world.told(1), ["acknowledged"]);
    world.with(1, |stack, now| stack.end(callee, &Content::EMPTY, now)).unwrap();
    world.run_out();
    world.assert_at_rest();
}
