//! Both sides seize one channel at the same time, and channels that the far end refuses or changes.

use super::*;
use crate::Side;

const GLARING: &str = r#"
numbers:
  - {called: "1000", do: [{glare: "2000"}, proceeding, alert]}
  - {called: "1xxx", do: [answer]}
  - {called: "2000", do: [{release: 44}]}
  - {called: "30CC", do: [{release: captured}]}
  - {called: "4000", do: [take_another_channel, alert, {wait: 1s}, answer]}
"#;

#[test]
fn as_user_our_call_goes_elsewhere_at_once_and_theirs_stays() {
    let config = Config { side: Side::User, ..channels("1-2") };
    let mut world = World::new(&config, script(GLARING));
    let ours = world.call("1005");
    world.hang_up(ours);
    world.pass_ms(20);
    world.told();

    assert_eq!(world.call("1000"), ChannelId::new(1, 1));
    // The second try meets a glare too, and no third channel is left.
    assert_eq!(
        world.told(),
        [
            "0.020 1.1 moved to 1.2",
            "0.020 1.1 SETUP 20xx",
            "0.020 1.2 RELEASE 44 requested channel not available",
            "0.020 1.2 SETUP 20xx"
        ]
    );
    assert_eq!(world.trunk.counters().glares_lost, 2);
    for slot in [1, 2] {
        world.say(ChannelId::new(1, slot), Signal::Connect);
        world.hang_up(ChannelId::new(1, slot));
    }
    world.assert_comes_to_rest();
}

#[test]
fn as_user_a_call_that_crosses_an_originated_one_is_moved_and_both_are_answered() {
    let config = Config { side: Side::User, ..channels("1-2") };
    let mut world = World::new(&config, script(GLARING));
    let spec = crate::sim::OriginateSpec::new(number("2000"), None);
    // The exchange has sent its SETUP; ours goes before theirs is heard.
    world.trunk.line_mut().originate(spec, world.now);
    let exchange = world.trunk.line_mut();
    exchange.handle_timeout(world.now);
    let ours = world.call("1005");
    assert_eq!(ours, ChannelId::new(1, 2).min(ours));
    let told = world.told();
    assert!(told.iter().any(|line| line.ends_with("SETUP 20xx")), "{told:?}");
    assert!(told.iter().any(|line| line.ends_with("CONNECT")), "{told:?}");
    assert_eq!(world.trunk.calls(), 2);
    for slot in [1, 2] {
        world.hang_up(ChannelId::new(1, slot));
    }
    world.assert_comes_to_rest();
}

#[test]
fn as_network_our_call_stays_and_theirs_goes_elsewhere() {
    let config = Config { side: Side::Network, ..channels("1-2") };
    let script = script(&format!("hunt: ascending\n{GLARING}"));
    let mut world = World::new(&config, script);
    let spec = crate::sim::OriginateSpec::new(number("2000"), None);
    world.trunk.line_mut().originate(spec, world.now);
    world.trunk.line_mut().handle_timeout(world.now);
    let ours = world.call("1005");
    world.pass_ms(0);
    assert_eq!(ours, ChannelId::new(1, 1));
    assert_eq!(world.told(), ["0.000 1.1 CONNECT", "0.000 1.2 SETUP 20xx"]);
    assert_eq!(world.trunk.counters().glares_won, 1);
    assert_eq!(world.trunk.counters().moved, 0);
    world.hang_up(ours);
    world.hang_up(ChannelId::new(1, 2));
    world.assert_comes_to_rest();
}

#[test]
fn a_scripted_glare_is_won_as_network() {
    let config = Config { side: Side::Network, ..channels("1-4") };
    let mut world = World::new(&config, script(GLARING));
    let ours = world.call("1000");
    assert_eq!(world.told(), ["0.000 1.1 CALL PROCEEDING", "0.000 1.1 ALERTING"]);
    assert_eq!(world.trunk.counters().glares_won, 1);
    world.hang_up(ours);
    world.assert_comes_to_rest();
}

#[test]
fn cause_44_tries_other_channels_before_it_is_a_failure() {
    let mut world = World::new(&e1(), script(GLARING));
    let first = world.call("2000");
    assert_eq!(first, ChannelId::new(1, 1));
    assert_eq!(
        world.told(),
        [
            "0.000 1.1 moved to 1.2",
            "0.000 1.2 moved to 1.3",
            "0.000 1.3 moved to 1.4",
            "0.000 1.4 RELEASE 44 requested channel not available"
        ]
    );
    assert_eq!(world.trunk.counters().moved, 3);
    assert_eq!(world.trunk.counters().setups_out, 1, "one call, however many channels");
    world.assert_comes_to_rest();
}

#[test]
fn only_causes_of_the_channel_try_another_one() {
    for value in 1..=99_u8 {
        let mut world = World::new(&e1(), script(GLARING));
        world.call(&format!("30{value:02}"));
        let moved = world.trunk.counters().moved;
        assert_eq!(moved, if [6, 34, 44].contains(&value) { 3 } else { 0 }, "cause {value}");
        let last = world.told().pop().unwrap();
        assert!(last.contains(&format!("RELEASE {value} ")), "{last}");
        world.assert_comes_to_rest();
    }
}

#[test]
fn the_far_end_may_choose_another_channel() {
    let mut world = World::new(&channels("1-4"), script(GLARING));
    let first = world.call("4000");
    world.pass_ms(1000);
    assert_eq!(first, ChannelId::new(1, 1));
    assert_eq!(world.told(), ["0.000 1.1 moved to 1.4", "0.000 1.4 ALERTING", "1.000 1.4 CONNECT"]);
    assert_eq!(world.state(first), "in_service idle");
    let to = ChannelId::new(1, 4);
    assert!(world.trunk.bearer(to).is_some());
    world.hang_up(to);
    world.assert_comes_to_rest();
}

#[test]
fn a_choice_that_cannot_be_ends_the_call_with_cause_6() {
    let mut world = World::new(&channels("1-2"), script(GLARING));
    let reserved = {
        world.trunk.reserve(crate::Priority::Normal, world.now).unwrap();
        ChannelId::new(1, 1)
    };
    assert_eq!(world.call("4000"), ChannelId::new(1, 2));
    assert_eq!(world.told().pop().unwrap(), "0.000 1.2 RELEASE 6 channel unacceptable");
    world.say(reserved, Signal::Release(Cause::NORMAL_CLEARING));
    world.assert_comes_to_rest();
}

#[test]
fn a_reservation_gives_way_to_a_call_of_the_far_end() {
    let mut world = World::new(&channels("1-2"), script(&format!("hunt: ascending\n{GLARING}")));
    let reserved = world.trunk.reserve(crate::Priority::Normal, world.now).unwrap();
    let spec = crate::sim::OriginateSpec::new(number("2000"), None);
    world.far(|exchange, now| exchange.originate(spec, now));
    assert_eq!(world.state(reserved), "in_service present");
    let seized = world.trunk.seize(reserved, Setup::voice(number("1005"), None), world.now).unwrap();
    assert_eq!(seized, ChannelId::new(1, 2));
    world.drain();
    world.hang_up(reserved);
    world.hang_up(seized);
    world.assert_comes_to_rest();
}
