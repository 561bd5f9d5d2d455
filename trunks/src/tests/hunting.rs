//! Which channel the next call takes.

use super::*;
use crate::{Hunt, RefusalReason};

fn hunted(hunt: Hunt) -> World {
    World::new(&Config { hunt, ..channels("1-4") }, Script::lab(Law::A))
}

fn slots(world: &mut World, calls: usize) -> Vec<u8> {
    (0..calls).map(|_| world.call("1000").slot()).collect()
}

fn free(world: &mut World, slot: u8) {
    world.hang_up(ChannelId::new(1, slot));
    world.pass_ms(25);
}

#[test]
fn ascending_takes_the_lowest_that_is_free() {
    let mut world = hunted(Hunt::Ascending);
    assert_eq!(slots(&mut world, 3), [1, 2, 3]);
    free(&mut world, 2);
    free(&mut world, 1);
    assert_eq!(slots(&mut world, 3), [1, 2, 4]);
}

#[test]
fn descending_takes_the_highest_that_is_free() {
    let mut world = hunted(Hunt::Descending);
    assert_eq!(slots(&mut world, 3), [4, 3, 2]);
    free(&mut world, 3);
    free(&mut world, 4);
    assert_eq!(slots(&mut world, 3), [4, 3, 1]);
}

#[test]
fn round_robin_up_goes_on_from_the_last_and_round() {
    let mut world = hunted(Hunt::RoundRobinUp);
    assert_eq!(slots(&mut world, 2), [1, 2]);
    free(&mut world, 1);
    free(&mut world, 2);
    assert_eq!(slots(&mut world, 4), [3, 4, 1, 2]);
}

#[test]
fn round_robin_down_goes_on_from_the_last_and_round() {
    let mut world = hunted(Hunt::RoundRobinDown);
    assert_eq!(slots(&mut world, 2), [4, 3]);
    free(&mut world, 4);
    free(&mut world, 3);
    assert_eq!(slots(&mut world, 4), [2, 1, 4, 3]);
}

#[test]
fn longest_idle_takes_the_channel_that_rested_most() {
    let mut world = hunted(Hunt::LongestIdle);
    assert_eq!(slots(&mut world, 4), [1, 2, 3, 4]);
    for slot in [3, 1, 4, 2] {
        free(&mut world, slot);
    }
    assert_eq!(slots(&mut world, 4), [3, 1, 4, 2]);
}

#[test]
fn all_busy_is_said_before_anything_goes_to_the_line() {
    for hunt in Hunt::ALL {
        let mut world = hunted(hunt);
        slots(&mut world, 4);
        let refusal = world.try_call("1000").unwrap_err();
        assert_eq!((refusal.reason, refusal.cause), (RefusalReason::AllBusy, Cause::NO_CIRCUIT));
        assert_eq!(world.trunk.counters().refused.all_busy, 1);
    }
}

#[test]
fn a_released_channel_is_left_alone_for_its_guard_time() {
    let mut world = World::new(&channels("1"), Script::lab(Law::A));
    let channel = world.call("1005");
    world.hang_up(channel);
    assert!(world.try_call("1005").is_err());
    world.pass_ms(20);
    assert_eq!(world.call("1005"), channel);
}

#[test]
fn spans_are_hunted_one_after_the_other() {
    let config = Config::new(vec![Span::whole(Layout::T1), Span::whole(Layout::E1)]);
    let mut world = World::new(&config, Script::lab(Law::Mu));
    let taken: Vec<String> = (0..53).map(|_| world.call("1000").to_string()).collect();
    assert_eq!(taken[..2], ["1.1", "1.2"]);
    assert_eq!(taken[22..25], ["1.23", "2.1", "2.2"]);
    assert_eq!(taken[52], "2.31");
    assert!(world.try_call("1000").is_err());
    assert_eq!(world.trunk.calls(), 53);
}

#[test]
fn a_reserved_channel_waits_for_its_call_and_no_longer() {
    let mut world = hunted(Hunt::Ascending);
    let reserved = world.trunk.reserve(crate::Priority::Normal, world.now).unwrap();
    assert_eq!(world.state(reserved), "in_service reserved");
    assert_eq!(world.call("1005").slot(), 2);
    let seized = world.trunk.seize(reserved, Setup::voice(number("1005"), None), world.now).unwrap();
    assert_eq!(seized, reserved);
    let again = world.trunk.reserve(crate::Priority::Normal, world.now).unwrap();
    world.pass_ms(4000);
    assert_eq!(world.state(again), "in_service idle");
}
