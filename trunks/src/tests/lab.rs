//! The lab's script does what the lab promises.

use call::{Cause, Signal};
use media::Law;

use super::*;

#[test]
fn the_lab_script_has_no_mistake() {
    let none = |_: &str| Err(String::new());
    let text = include_str!("../../../deploy/lab/exchange.yaml");
    let script = Script::read("deploy/lab/exchange.yaml", text, Law::A, &mut { none });
    assert_eq!(script.unwrap().rules.len(), 7);
}

#[test]
fn number_1000_rings_for_a_second_and_answers() {
    let mut world = World::lab();
    let channel = world.call("1000");
    world.pass_ms(5000);
    assert_eq!(world.told(), ["0.000 1.1 CALL PROCEEDING", "0.000 1.1 ALERTING", "1.000 1.1 CONNECT"]);
    world.hang_up(channel);
    world.assert_comes_to_rest();
}

#[test]
fn number_1000_echoes_octet_for_octet_one_exchange_later() {
    let mut world = World::lab();
    let channel = world.call("1000");
    let mut bearer = world.trunk.bearer(channel).unwrap();
    let mut from_line = [0; 160];
    bearer.exchange(&[0x55; 160], &mut from_line);
    assert_eq!(from_line, [0xd5; 160], "silent until answered");
    world.pass_ms(1000);
    let sent: Vec<Vec<u8>> =
        (0..20_u8).map(|tick| (0..160).map(|n| n ^ tick.wrapping_mul(37)).collect()).collect();
    let mut heard = Vec::new();
    for tick in &sent {
        bearer.exchange(tick, &mut from_line);
        heard.push(from_line.to_vec());
    }
    assert_eq!(heard[0], [0xd5; 160]);
    assert_eq!(heard[1..], sent[..19]);
}

#[test]
fn number_1001_speaks_from_its_answer_on() {
    let mut world = World::lab();
    let channel = world.call("1001");
    assert_eq!(world.told().last().unwrap(), "0.000 1.1 CONNECT");
    let mut bearer = world.trunk.bearer(channel).unwrap();
    let mut power = 0.0;
    for _ in 0..100 {
        let mut from_line = [0; 160];
        bearer.exchange(&[0xd5; 160], &mut from_line);
        power += from_line.iter().map(|&octet| f64::from(Law::A.decode(octet)).powi(2)).sum::<f64>();
    }
    let level = Law::A.level_dbm0(power / 16_000.0);
    assert!((-30.0..-10.0).contains(&level), "{level} dBm0");
}

#[test]
fn number_1002_announces_and_never_answers() {
    let mut world = World::lab();
    let channel = world.call("1002");
    let mut bearer = world.trunk.bearer(channel).unwrap();
    let mut from_line = [0; 1600];
    bearer.exchange(&[0xd5; 1600], &mut from_line);
    assert!(from_line.iter().any(|&octet| octet != 0xd5), "something is heard");
    world.pass_ms(179_000);
    assert_eq!(world.told(), ["0.000 1.1 CALL PROCEEDING", "0.000 1.1 PROGRESS PI 8"]);
    world.hang_up(channel);
    world.assert_comes_to_rest();
}

#[test]
fn number_1003_rings_until_t301_says_no_answer() {
    let mut world = World::lab();
    world.call("1003");
    world.pass_ms(200_000);
    assert_eq!(
        world.told(),
        ["0.000 1.1 CALL PROCEEDING", "0.000 1.1 ALERTING", "180.000 1.1 RELEASE 19 no answer from user"]
    );
    world.assert_comes_to_rest();
}

#[test]
fn any_other_1xxx_answers_at_once() {
    for digits in ["1005", "1234", "1999", "1900"] {
        let mut world = World::lab();
        let channel = world.call(digits);
        assert_eq!(world.told(), ["0.000 1.1 CONNECT"]);
        world.hang_up(channel);
        world.assert_comes_to_rest();
    }
}

#[test]
fn a_number_that_nobody_has_is_unallocated() {
    let mut world = World::lab();
    world.call("777");
    assert_eq!(world.told(), ["0.000 1.1 RELEASE 1 unallocated number"]);
    world.assert_comes_to_rest();
}

#[test]
fn every_cause_arrives_as_19ccc_dialled_it() {
    let mut world = World::lab();
    for value in 1..=127_u8 {
        let channel = world.call(&format!("19{value:03}"));
        let Some(Output::Signal { channel: where_to, signal: Signal::Release(cause) }) = world.outputs.last()
        else {
            panic!("{value}: {:?}", world.outputs);
        };
        assert_eq!((*where_to, cause.value()), (channel, value));
        world.assert_comes_to_rest();
    }
    assert_eq!(world.trunk.counters().moved, 0);
}

#[test]
fn a_cause_that_is_none_reads_normal_unspecified() {
    for digits in ["19000", "19128", "19999"] {
        let mut world = World::lab();
        world.call(digits);
        assert!(
            world.told().pop().unwrap().ends_with(&Signal::Release(Cause::NORMAL_UNSPECIFIED).to_string())
        );
    }
}

#[test]
fn the_lab_calls_the_gateway_when_asked_by_name() {
    let mut world = World::lab();
    world.far(|exchange, now| assert!(exchange.originate_named("echo", now)));
    world.far(|exchange, now| assert!(!exchange.originate_named("nobody", now)));
    assert_eq!(world.told(), ["0.000 1.1 SETUP 20xx"]);
    let channel = ChannelId::new(1, 1);
    world.say(channel, Signal::Alerting(call::Progress::NONE));
    world.pass_ms(3000);
    world.say(channel, Signal::Connect);
    world.pass_ms(20_000);
    assert_eq!(world.told(), ["13.000 1.1 RELEASE 16 normal call clearing"]);
    world.assert_comes_to_rest();
}

#[test]
fn number_1004_sends_every_dtmf_digit() {
    let mut world = World::lab();
    let channel = world.call("1004");
    let mut bearer = world.trunk.bearer(channel).unwrap();
    let mut detector = media::dtmf::Detector::new();
    let mut heard = String::new();
    for _ in 0..500 {
        world.pass_ms(20);
        let (mut from_line, mut pcm) = ([0; 160], [0; 160]);
        bearer.exchange(&[0xd5; 160], &mut from_line);
        Law::A.decode_into(&from_line, &mut pcm);
        detector.listen(&pcm, |event| {
            if let media::dtmf::Heard::Start(digit) = event {
                heard.push(digit.as_char());
            }
        });
    }
    assert_eq!(heard, "1234567890*#ABCD");
}
