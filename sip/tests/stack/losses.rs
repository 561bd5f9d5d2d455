//! What gets lost is sent again, and what never comes is given up.

use std::time::Duration;

use sip::stack::{Content, SessionId};
use sip::transport::Transport;

use crate::world::{SDP, World};

const SECOND: Duration = Duration::from_secs(1);

/// A call that is answered at once, with every message of this kind lost `times` times.
fn answered(what: &'static str, mut times: u32) -> (World, SessionId, SessionId) {
    let mut world = World::new(2, |_| {});
    world.lose = Box::new(move |_, line| {
        let hit = line.contains(what) && times > 0;
        times -= u32::from(hit);
        hit
    });
    let caller = world.call(Transport::Udp);
    world.run(SECOND * 20);
    let callee = world.incoming(1);
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND * 20);
    (world, caller, callee)
}

#[test]
fn a_call_is_made_whichever_message_is_lost_at_first() {
    for what in ["INVITE", "100 Trying", "200 OK", "ACK", "BYE"] {
        for times in 1..4 {
            let (mut world, caller, _) = answered(what, times);
            assert_eq!(world.told(0), ["accepted"], "{what} lost {times} times");
            assert_eq!(world.told(1), ["acknowledged"], "{what} lost {times} times");
            world.with(0, |stack, now| stack.end(caller, &Content::EMPTY, now)).unwrap();
            world.run_out();
            assert_eq!(world.told(1), ["ended by BYE"], "{what} lost {times} times");
            assert_eq!(world.told(0), [""; 0]);
            world.assert_at_rest();
        }
    }
}

#[test]
fn an_invite_nobody_hears_is_sent_seven_times_and_given_up_after_64_t1() {
    let mut world = World::new(2, |_| {});
    world.lose = Box::new(|_, _| true);
    world.call(Transport::Udp);
    world.run(SECOND * 31);
    assert_eq!(world.told(0), [""; 0]);
    world.run(SECOND * 2);
    assert_eq!(world.told(0), ["rejected 408 by nobody"]);
    let times: Vec<u128> = world.log.iter().map(|(ms, ..)| *ms).collect();
    assert_eq!(times, [0, 500, 1500, 3500, 7500, 15500, 31500]);
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn an_answer_never_acknowledged_is_repeated_and_ends_in_a_bye() {
    let (mut world, caller, _) = answered("ACK", u32::MAX);
    assert_eq!(world.told(0), ["accepted"]);
    world.run(SECOND * 20);
    assert_eq!(world.told(1), ["ended without ACK"]);
    assert_eq!(world.told(0), ["ended by BYE"]);
    let times: Vec<u128> = world
        .log
        .iter()
        .filter(|(_, _, line, _)| line.contains("200 OK"))
        .map(|(ms, ..)| ms - 20_000)
        .collect();
    assert_eq!(times[..11], [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]);
    assert!(world.with(0, |stack, now| stack.end(caller, &Content::EMPTY, now)).is_err());
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn a_refusal_is_repeated_until_its_ack_and_given_up_without_one() {
    for lost in [3, u32::MAX] {
        let mut world = World::new(2, |_| {});
        let mut left = lost;
        world.lose = Box::new(move |_, line| {
            let hit = line.starts_with("ACK") && left > 0;
            left -= u32::from(hit);
            hit
        });
        world.call(Transport::Udp);
        world.run(SECOND);
        let callee = world.incoming(1);
        world.with(1, |stack, now| stack.reject(callee, 486, "", &Content::EMPTY, now)).unwrap();
        world.run(SECOND * 60);
        assert_eq!(world.told(0), ["rejected 486"]);
        assert_eq!(world.told(1), [""; 0]);
        assert_eq!(world.count(1, "486"), if lost == 3 { 4 } else { 11 });
        assert_eq!(world.count(0, "ACK"), world.count(1, "486"), "each is acknowledged");
        world.run_out();
        world.assert_at_rest();
    }
}

#[test]
fn a_bye_nobody_hears_leaves_nothing_behind() {
    let (mut world, caller, callee) = answered("BYE", u32::MAX);
    world.with(0, |stack, now| stack.end(caller, &Content::EMPTY, now)).unwrap();
    world.run_out();
    assert_eq!(world.count(0, "BYE"), 11, "timers E and F");
    assert_eq!(world.told(1), ["acknowledged"]);
    world.with(1, |stack, now| stack.end(callee, &Content::EMPTY, now)).unwrap();
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn a_port_that_refuses_fails_the_call_at_once() {
    let mut world = World::new(2, |_| {});
    world.lose = Box::new(|_, _| true);
    world.call(Transport::Udp);
    let (local, destination) = (world.nodes[0].address, world.nodes[1].address);
    world.with(0, |stack, now| {
        stack.handle_input(sip::stack::Input::TransportError { local, destination }, now);
    });
    assert_eq!(world.told(0), ["rejected 503 by nobody"]);
    world.assert_at_rest();
}

#[test]
fn a_caller_that_never_answers_is_answered_by_the_stack() {
    let mut world = World::new(2, |_| {});
    world.call(Transport::Udp);
    world.run(SECOND);
    let callee = world.incoming(1);
    world.with(1, |stack, now| stack.provisional(callee, 180, "", &Content::EMPTY, now)).unwrap();
    world.run(SECOND * 250);
    assert_eq!(world.count(1, "180"), 4, "repeated every minute");
    assert_eq!(world.told(1), ["ended unanswered"]);
    assert_eq!(world.told(0).last().unwrap(), "rejected 480");
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn a_callee_that_rings_for_ever_is_cancelled() {
    let mut world = World::new(2, |config| config.timing.ringing = SECOND * 30);
    world.nodes[1].stack = World::new(2, |_| {}).nodes.remove(1).stack;
    world.call(Transport::Udp);
    world.run(SECOND);
    world.incoming(1);
    world.run(SECOND * 40);
    assert_eq!(world.told(0), ["rejected 487"]);
    assert_eq!(world.told(1), ["canceled"]);
    world.run_out();
    world.assert_at_rest();
}
