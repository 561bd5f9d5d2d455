//! Digits that come one by one, in either direction, and digits in a call.

use call::Digit;

use super::*;
use crate::sim::Observation;

const NUMBERS: &str = r#"
numbers:
  - {called: "1234", do: [alert, answer]}
  - {called: "19CCC", do: [{clear: captured}]}
"#;

fn begin(digits: &str) -> (World, ChannelId) {
    let mut world = World::new(&e1(), script(NUMBERS));
    let setup = Setup { sending_complete: false, ..Setup::voice(number(digits), None) };
    let channel = world.trunk.setup(setup, world.now).unwrap();
    world.drain();
    (world, channel)
}

fn digit(c: char) -> Signal {
    Signal::Digit(Digit::from_char(c).unwrap())
}

#[test]
fn the_far_end_asks_for_digits_until_the_number_is_whole() {
    let (mut world, channel) = begin("12");
    assert_eq!(world.told(), ["0.000 1.1 SETUP ACK"]);
    world.say(channel, digit('3'));
    world.pass_ms(1000);
    assert_eq!(world.told(), Vec::<String>::new());
    world.say(channel, digit('4'));
    assert_eq!(world.told(), ["1.000 1.1 ALERTING", "1.000 1.1 CONNECT"]);
    world.hang_up(channel);
    world.assert_comes_to_rest();
}

#[test]
fn a_digit_that_leads_nowhere_ends_the_call() {
    let (mut world, channel) = begin("12");
    world.say(channel, digit('9'));
    assert_eq!(world.told()[1..], ["0.000 1.1 RELEASE 1 unallocated number"]);
    world.assert_comes_to_rest();
}

#[test]
fn digits_that_stop_coming_end_the_call_with_28() {
    let (mut world, _) = begin("19");
    world.pass_ms(60_000);
    assert_eq!(world.told()[1..], ["15.000 1.1 RELEASE 28 invalid number format"]);
    world.assert_comes_to_rest();
}

#[test]
fn a_number_that_is_whole_at_once_is_not_asked_for_more() {
    let (mut world, channel) = begin("1234");
    assert_eq!(world.told(), ["0.000 1.1 ALERTING", "0.000 1.1 CONNECT"]);
    world.say(channel, digit('#'));
    let seen: Vec<_> = core::iter::from_fn(|| world.trunk.line_mut().observe()).collect();
    assert_eq!(
        seen,
        [
            Observation::Called { channel, called: number("1234"), calling: None },
            Observation::Said { channel, signal: digit('#') }
        ]
    );
}
