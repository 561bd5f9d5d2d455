//! Blocking, unblocking, resetting and alarms, with and without calls.

use super::*;
use crate::{Alarm, BlockHow, RefusalReason};

fn two() -> World {
    World::new(&channels("1-2"), Script::lab(Law::A))
}

const FIRST: ChannelId = ChannelId::new(1, 1);
const SECOND: ChannelId = ChannelId::new(1, 2);

impl World {
    fn block(&mut self, channel: ChannelId, how: BlockHow) {
        assert_eq!(self.trunk.block(&[channel], how, self.now), 1);
        self.drain();
    }

    fn unblock(&mut self, channel: ChannelId) {
        assert_eq!(self.trunk.unblock(&[channel], self.now), 1);
        self.drain();
    }
}

#[test]
fn a_graceful_block_lets_the_call_end_by_itself() {
    let mut world = two();
    world.call("1005");
    world.block(FIRST, BlockHow::Graceful);
    assert_eq!(world.state(FIRST), "local_blocked active");
    world.hang_up(FIRST);
    world.pass_ms(20);
    assert_eq!(world.state(FIRST), "local_blocked idle");
    assert_eq!(world.call("1005"), SECOND);
    world.unblock(FIRST);
    assert_eq!(world.call("1005"), FIRST);
    assert_eq!(
        world.told(),
        [
            "0.000 1.1 CONNECT",
            "0.000 1.1 is local_blocked",
            "0.020 1.2 CONNECT",
            "0.020 1.1 is in_service",
            "0.020 1.1 CONNECT"
        ]
    );
}

#[test]
fn a_block_at_once_ends_the_call_with_cause_41() {
    let mut world = two();
    world.call("1005");
    world.block(FIRST, BlockHow::AtOnce);
    assert_eq!(
        world.told(),
        ["0.000 1.1 CONNECT", "0.000 1.1 is local_blocked", "0.000 1.1 RELEASE 41 temporary failure"]
    );
    world.assert_comes_to_rest();
}

#[test]
fn when_all_is_blocked_the_refusal_says_so() {
    let mut world = two();
    world.block(FIRST, BlockHow::Graceful);
    world.block(SECOND, BlockHow::Graceful);
    let refusal = world.try_call("1005").unwrap_err();
    assert_eq!((refusal.reason, refusal.cause), (RefusalReason::Blocked, Cause::NO_CIRCUIT));
    assert_eq!(world.trunk.block(&[ChannelId::new(1, 16)], BlockHow::AtOnce, world.now), 0);
}

#[test]
fn the_far_end_does_not_seize_what_we_blocked() {
    let mut world = two();
    world.block(FIRST, BlockHow::Graceful);
    world.far(|exchange, now| assert!(exchange.originate_named("echo", now)));
    assert_eq!(world.told(), ["0.000 1.1 is local_blocked", "0.000 1.2 SETUP 20xx"]);
}

#[test]
fn a_call_on_a_channel_we_blocked_is_refused_with_44() {
    let mut world = two();
    // The far end sends its SETUP before it hears of the block.
    world.trunk.line_mut().originate_named("echo", world.now);
    world.trunk.line_mut().handle_timeout(world.now);
    world.block(FIRST, BlockHow::Graceful);
    assert_eq!(
        world.told(),
        ["0.000 1.1 is local_blocked", "0.000 1.1 refused: blocked (44 requested channel not available)"]
    );
    world.assert_comes_to_rest();
}

#[test]
fn we_do_not_seize_what_the_far_end_blocked_until_it_seizes_it_itself() {
    let mut world = two();
    world.far(|exchange, _| exchange.block(FIRST, true));
    assert_eq!(world.state(FIRST), "remote_blocked idle");
    assert_eq!(world.call("1005"), SECOND);
    world.far(|exchange, now| assert!(exchange.originate_named("echo", now)));
    assert_eq!(world.state(FIRST), "in_service present");
    world.far(|exchange, _| {
        exchange.block(SECOND, true);
        exchange.block(SECOND, false);
    });
    assert_eq!(world.state(SECOND), "in_service active");
}

#[test]
fn both_sides_may_block_and_either_alone_keeps_the_channel_out() {
    let mut world = two();
    world.block(FIRST, BlockHow::Graceful);
    world.far(|exchange, _| exchange.block(FIRST, true));
    world.unblock(FIRST);
    assert_eq!(world.state(FIRST), "remote_blocked idle");
    world.far(|exchange, _| exchange.block(FIRST, false));
    assert_eq!(world.state(FIRST), "in_service idle");
}

#[test]
fn a_reset_ends_the_call_on_both_sides() {
    let mut world = two();
    world.call("1005");
    world.told();
    assert_eq!(world.trunk.reset(&[FIRST, SECOND], world.now), 2);
    world.drain();
    assert_eq!(world.told(), ["0.000 1.1 RELEASE 41 temporary failure"]);
    assert_eq!(world.state(FIRST), "in_service idle");
    world.assert_comes_to_rest();
}

#[test]
fn a_restart_by_the_far_end_ends_the_call() {
    let mut world = two();
    world.call("1005");
    world.far(|exchange, _| exchange.restart(FIRST));
    assert_eq!(world.told(), ["0.000 1.1 CONNECT", "0.000 1.1 RELEASE 41 temporary failure"]);
    assert_eq!(world.state(FIRST), "in_service idle");
    world.assert_comes_to_rest();
}

#[test]
fn an_alarm_ends_every_call_and_refuses_new_ones_until_it_clears() {
    let mut world = two();
    world.call("1005");
    world.call("1000");
    world.told();
    world.far(|exchange, _| exchange.alarm(1, Some(Alarm::LossOfSignal)));
    assert_eq!(
        world.told(),
        [
            "0.000 span 1 alarm los",
            "0.000 1.1 RELEASE 27 destination out of order",
            "0.000 1.2 RELEASE 27 destination out of order"
        ]
    );
    assert_eq!(world.state(FIRST), "out_of_service(los) idle");
    let refusal = world.try_call("1005").unwrap_err();
    assert_eq!((refusal.reason, refusal.cause), (RefusalReason::Alarm, Cause::NETWORK_OUT_OF_ORDER));
    world.far(|exchange, _| exchange.alarm(1, Some(Alarm::AllOnes)));
    world.far(|exchange, _| exchange.alarm(1, None));
    assert_eq!(world.told(), ["0.000 span 1 alarm ais", "0.000 span 1 alarm clear"]);
    assert_eq!(world.call("1005"), FIRST);
    world.hang_up(FIRST);
    world.assert_comes_to_rest();
}

#[test]
fn an_alarm_leaves_a_block_standing() {
    let mut world = two();
    world.block(FIRST, BlockHow::Graceful);
    world.far(|exchange, _| exchange.alarm(1, Some(Alarm::Remote)));
    world.far(|exchange, _| exchange.alarm(1, None));
    assert_eq!(world.state(FIRST), "local_blocked idle");
}

#[test]
fn an_alarm_on_one_span_leaves_the_other_alone() {
    let config = Config::new(vec![Span::whole(Layout::E1), Span::whole(Layout::E1)]);
    let mut world = World::new(&config, Script::lab(Law::A));
    world.far(|exchange, _| exchange.alarm(1, Some(Alarm::LossOfFrame)));
    assert_eq!(world.call("1005"), ChannelId::new(2, 1));
}
