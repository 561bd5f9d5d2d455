//! How calls end, from either side and from both at once.

use call::Progress;

use super::*;

const CLEARING: &str = r#"
numbers:
  - {called: "1000", do: [answer, {wait: 5s}, {clear: 16}]}
  - {called: "1001", do: [alert, {wait: 2s}, {release: 21}]}
  - {called: "1002", do: [{disconnect: {cause: 1, milliwatt: , for: 10s}}]}
  - {called: "1003", do: [answer]}
  - {called: "1004", do: [alert, {wait: 1s}, {progress: {indicator: 8, cause: 31}}, {wait: 1s}, answer]}
"#;

fn world() -> World {
    World::new(&channels("1-2"), script(CLEARING))
}

const FIRST: ChannelId = ChannelId::new(1, 1);

#[test]
fn the_callee_hangs_up_after_its_time() {
    let mut world = world();
    world.call("1000");
    world.pass_ms(6000);
    assert_eq!(world.told(), ["0.000 1.1 CONNECT", "5.000 1.1 RELEASE 16 normal call clearing"]);
    world.assert_comes_to_rest();
}

#[test]
fn a_callee_may_decline_while_it_rings() {
    let mut world = world();
    world.call("1001");
    world.pass_ms(6000);
    assert_eq!(world.told(), ["0.000 1.1 ALERTING", "2.000 1.1 RELEASE 21 call rejected"]);
    world.assert_comes_to_rest();
}

#[test]
fn tones_of_a_disconnect_are_heard_until_the_far_end_releases() {
    let mut world = world();
    world.call("1002");
    let mut bearer = world.trunk.bearer(FIRST).unwrap();
    let mut heard = [0; 8];
    bearer.exchange(&[0xd5; 8], &mut heard);
    assert_eq!(heard, [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4]);
    world.pass_ms(20_000);
    assert_eq!(
        world.told(),
        ["0.000 1.1 DISCONNECT 1 unallocated number PI 8", "10.000 1.1 RELEASE 1 unallocated number"]
    );
    bearer.exchange(&[0xd5; 8], &mut heard);
    assert_eq!(heard, [0xd5; 8], "silence after the call");
    world.assert_comes_to_rest();
}

#[test]
fn the_caller_may_hang_up_while_tones_are_played() {
    let mut world = world();
    world.call("1002");
    world.pass_ms(3000);
    world.hang_up(FIRST);
    world.told();
    world.assert_comes_to_rest();
}

#[test]
fn the_gateway_may_disconnect_with_tones_of_its_own() {
    let mut world = world();
    world.call("1003");
    world.told();
    world.say(FIRST, Signal::Disconnect { cause: Cause::USER_BUSY, progress: Progress::IN_BAND });
    assert_eq!(world.told(), ["0.000 1.1 RELEASE 17 user busy"]);
    world.assert_comes_to_rest();
}

#[test]
fn a_release_of_the_gateway_is_answered_and_nothing_more_is_told() {
    let mut world = world();
    world.call("1003");
    world.told();
    world.hang_up(FIRST);
    assert_eq!(world.told(), Vec::<String>::new());
    assert_eq!(world.state(FIRST), "in_service guard");
    world.hang_up(FIRST);
    assert_eq!(world.trunk.counters().unexpected, 0, "a second release is not odd");
    world.assert_comes_to_rest();
}

#[test]
fn both_may_release_at_once() {
    let mut world = world();
    world.call("1003");
    world.told();
    // Theirs is on its way when ours goes.
    world.trunk.line_mut().hang_up(FIRST, Cause::NORMAL_CLEARING, world.now);
    world.hang_up(FIRST);
    assert_eq!(world.told(), Vec::<String>::new());
    world.assert_comes_to_rest();
}

#[test]
fn progress_after_ringing_carries_its_indicator_and_cause() {
    let mut world = world();
    world.call("1004");
    world.pass_ms(2000);
    assert_eq!(
        world.told(),
        ["0.000 1.1 ALERTING", "1.000 1.1 PROGRESS PI 8 (31 normal, unspecified)", "2.000 1.1 CONNECT"]
    );
}

#[test]
fn a_signal_for_a_channel_that_is_not_there_is_counted_and_nothing_else() {
    let mut world = world();
    world.hang_up(ChannelId::new(7, 7));
    world.say(FIRST, Signal::Connect);
    assert_eq!(world.trunk.counters().unexpected, 2);
    assert!(world.trunk.at_rest());
}
