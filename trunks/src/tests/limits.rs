//! Capacity and rate.

use core::num::NonZeroU32;

use super::*;
use crate::{Limits, Priority, RefusalReason};

fn limited(calls: Option<u32>, per_second: Option<u32>) -> World {
    let calls_per_second = per_second.and_then(NonZeroU32::new);
    World::new(&Config { limits: Limits { calls, calls_per_second }, ..e1() }, Script::lab(Law::A))
}

#[test]
fn capacity_refuses_the_call_beyond_it_and_names_itself() {
    let mut world = limited(Some(3), None);
    let first = world.call("1000");
    world.call("1000");
    world.call("1000");
    let refusal = world.try_call("1000").unwrap_err();
    assert_eq!((refusal.reason, refusal.cause), (RefusalReason::Capacity, Cause::NO_CIRCUIT));
    assert_eq!(refusal.to_string(), "capacity (34 no circuit available)");
    world.hang_up(first);
    world.call("1000");
    assert_eq!(world.trunk.counters().refused.capacity, 1);
}

#[test]
fn rate_allows_a_second_of_calls_at_once_and_then_one_by_one() {
    let mut world = limited(None, Some(5));
    for _ in 0..5 {
        world.call("1005");
    }
    let refusal = world.try_call("1005").unwrap_err();
    assert_eq!((refusal.reason, refusal.cause), (RefusalReason::Rate, Cause::SWITCHING_CONGESTION));
    world.pass_ms(199);
    assert!(world.try_call("1005").is_err());
    world.pass_ms(1);
    world.call("1005");
    assert!(world.try_call("1005").is_err());
    world.pass_ms(10_000);
    assert_eq!((0..20).filter(|_| world.try_call("1005").is_ok()).count(), 5, "a bucket holds one second");
}

#[test]
fn an_emergency_call_is_refused_by_no_limit() {
    let mut world = limited(Some(1), Some(1));
    world.call("1000");
    assert!(world.try_call("1000").is_err());
    let setup = Setup::voice(number("1000"), None);
    assert!(world.trunk.setup_with(setup, Priority::Emergency, world.now).is_ok());
}

#[test]
fn calls_from_the_far_end_obey_the_limits_and_are_told_for_the_record() {
    let mut world = limited(Some(1), None);
    world.call("1000");
    world.told();
    world.far(|exchange, now| assert!(exchange.originate_named("echo", now)));
    assert_eq!(world.told(), ["0.000 1.2 refused: capacity (34 no circuit available)"]);
    assert_eq!(world.trunk.counters().setups_in, 0);
    world.hang_up(ChannelId::new(1, 1));
    world.assert_comes_to_rest();
}

#[test]
fn a_refusal_spends_no_token() {
    let mut world = World::new(
        &Config { limits: Limits { calls: None, calls_per_second: NonZeroU32::new(2) }, ..channels("1") },
        Script::lab(Law::A),
    );
    let channel = world.call("1005");
    assert_eq!(world.try_call("1005").unwrap_err().reason, RefusalReason::AllBusy);
    world.hang_up(channel);
    world.pass_ms(20);
    world.call("1005");
}
