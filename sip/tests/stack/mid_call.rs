//! Changes inside a call, and the offers they carry.

use std::time::Duration;

use sip::stack::{Content, Event, Misuse, SessionId};
use sip::transport::Transport;

use crate::world::{SDP, World};

const SECOND: Duration = Duration::from_secs(1);

fn talking() -> (World, SessionId, SessionId) {
    let mut world = World::new(2, |_| {});
    let caller = world.call(Transport::Udp);
    world.run(SECOND);
    let callee = world.incoming(1);
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND);
    world.told(0);
    world.told(1);
    (world, caller, callee)
}

fn at_last(mut world: World, session: SessionId) {
    world.with(0, |stack, now| stack.end(session, &Content::EMPTY, now)).unwrap();
    world.run_out();
    world.assert_at_rest();
}

#[test]
fn an_offer_asked_for_comes_in_the_200_and_is_answered_in_the_ack() {
    let mut world = World::new(2, |_| {});
    let caller = world.call_with(Transport::Udp, Content::EMPTY);
    world.run(SECOND);
    let callee = world.incoming(1);
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND * 3);
    assert_eq!(world.told(0), ["accepted, ACK owed"]);
    assert!(world.count(1, "200 OK") > 2, "repeated while the user thinks");
    assert_eq!(world.count(0, "ACK"), 0);
    world.with(0, |stack, now| stack.acknowledge(caller, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND);
    assert_eq!(world.told(1), ["acknowledged with answer"]);
    let again = world.with(0, |stack, now| stack.acknowledge(caller, &Content::sdp(SDP), now));
    assert_eq!(again, Err(Misuse::WrongState));
    at_last(world, caller);
}

#[test]
fn an_ack_owed_and_never_given_ends_the_call() {
    let mut world = World::new(2, |_| {});
    world.call_with(Transport::Udp, Content::EMPTY);
    world.run(SECOND);
    let callee = world.incoming(1);
    // The callee gives up a moment earlier; here its BYE never comes.
    world.lose = Box::new(|node, line| node == 1 && line.starts_with("BYE"));
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.run_out();
    assert_eq!(world.told(0).last().unwrap(), "ended unanswered");
    world.assert_at_rest();
}

#[test]
fn a_reinvite_is_answered_by_either_side() {
    let (mut world, caller, callee) = talking();
    for (node, session, other) in [(0, caller, callee), (1, callee, caller), (0, caller, callee)] {
        world.with(node, |stack, now| stack.offer(session, &Content::sdp(SDP), now)).unwrap();
        world.run(SECOND / 10);
        assert_eq!(world.told(1 - node), ["offer"]);
        world.with(1 - node, |stack, now| stack.answer_offer(other, &Content::sdp(SDP), now)).unwrap();
        world.run(SECOND);
        assert_eq!(world.told(node), ["accepted"]);
        assert_eq!(world.told(1 - node), ["acknowledged"]);
    }
    at_last(world, caller);
}

#[test]
fn a_reinvite_refused_leaves_the_call_as_it_was() {
    let (mut world, caller, callee) = talking();
    world.with(0, |stack, now| stack.offer(caller, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND / 10);
    world.with(1, |stack, now| stack.refuse_offer(callee, 488, "", &Content::EMPTY, now)).unwrap();
    world.run(SECOND);
    assert_eq!(world.told(0), ["offer refused 488"]);
    assert_eq!(world.told(1), ["offer"]);
    let nothing = world.with(1, |stack, now| stack.refuse_offer(callee, 488, "", &Content::EMPTY, now));
    assert_eq!(nothing, Err(Misuse::WrongState));
    world.with(1, |stack, now| stack.offer(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND * 250);
    world.told(0);
    assert_eq!(world.told(1), ["offer refused 488"], "the stack refuses what its user never answers");
    at_last(world, caller);
}

#[test]
fn offers_that_cross_get_491_and_a_time_to_try_again() {
    let (mut world, caller, callee) = talking();
    world.with(0, |stack, now| stack.offer(caller, &Content::sdp(SDP), now)).unwrap();
    world.with(1, |stack, now| stack.offer(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND);
    for (node, range) in [(0, 2100..=4000), (1, 0..=2000)] {
        match world.nodes[node].events.pop() {
            Some(Event::OfferRefused { status: 491, again: Some(again), .. }) => {
                assert!(range.contains(&again.as_millis()), "{node}: {again:?}");
            }
            other => panic!("{other:?}"),
        }
    }
    at_last(world, caller);
}

#[test]
fn a_second_offer_waits_for_the_first() {
    let (mut world, caller, callee) = talking();
    world.with(0, |stack, now| stack.offer(caller, &Content::sdp(SDP), now)).unwrap();
    let second = world.with(0, |stack, now| stack.offer(caller, &Content::sdp(SDP), now));
    assert_eq!(second, Err(Misuse::WrongState));
    world.run(SECOND / 10);
    let crossing = world.with(1, |stack, now| stack.offer(callee, &Content::sdp(SDP), now));
    assert_eq!(crossing, Err(Misuse::WrongState));
    at_last(world, caller);
}

#[test]
fn a_call_that_ends_under_an_open_offer_answers_it_with_487() {
    let (mut world, caller, callee) = talking();
    world.with(0, |stack, now| stack.offer(caller, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND / 10);
    world.with(1, |stack, now| stack.end(callee, &Content::EMPTY, now)).unwrap();
    world.run_out();
    assert_eq!(world.count(1, "487"), 1);
    assert_eq!(world.told(0).last().unwrap(), "ended by BYE");
    world.assert_at_rest();
}

#[test]
fn a_peer_that_forgot_the_call_ends_it() {
    let (mut world, caller, _) = talking();
    world.nodes[1].stack = World::new(2, |_| {}).nodes.remove(1).stack;
    world.with(0, |stack, now| stack.offer(caller, &Content::sdp(SDP), now)).unwrap();
    world.run_out();
    assert_eq!(world.told(0), ["ended, peer lost"]);
    world.assert_at_rest();
}

#[test]
fn info_passes_in_a_call_if_the_user_takes_it_and_sequence_gaps_are_legal() {
    use sip::message::{Capabilities, Method};
    let mut world = World::new(2, |config| {
        config.capabilities = Capabilities { methods: &Method::KNOWN, ..config.capabilities };
    });
    let caller = world.call(Transport::Udp);
    world.run(SECOND);
    let callee = world.incoming(1);
    world.with(1, |stack, now| stack.accept(callee, &Content::sdp(SDP), now)).unwrap();
    world.run(SECOND);
    world.told(0);
    world.told(1);
    world.with(0, |stack, now| stack.request_inside(caller, "INFO", &Content::EMPTY, now)).unwrap();
    world.run(SECOND);
    let Some(Event::Request { request, session, .. }) = world.nodes[1].events.pop() else { panic!() };
    assert_eq!(session, Some(callee));
    world.with(1, |stack, now| stack.respond_request(request, 200, "", &Content::EMPTY, now)).unwrap();
    world.run(SECOND);
    assert_eq!(world.told(0), ["response 200"]);
    // Three that never arrive make a gap.
    world.lose = Box::new(|_, line| line.starts_with("INFO"));
    for _ in 0..3 {
        world.with(0, |stack, now| stack.request_inside(caller, "INFO", &Content::EMPTY, now)).unwrap();
        world.run(SECOND * 40);
    }
    world.lose = Box::new(|_, _| false);
    assert_eq!(world.told(0), ["response 408"; 3]);
    at_last(world, caller);
}
