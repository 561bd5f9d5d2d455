//! Nothing lasts for ever: every state but idle ends by itself, whatever the far end leaves unsaid.

use super::*;
use crate::CallState;
use crate::sim::OriginateSpec;

const SILENT: &str = r#"
numbers:
  - {called: "1000", do: [ignore]}
  - {called: "1001", do: [proceeding]}
  - {called: "1002", do: [proceeding, alert]}
  - {called: "1003", do: [answer]}
  - {called: "1004", do: [go_deaf]}
  - {called: "1005", do: [answer, go_deaf]}
  - {called: "1006", do: [{disconnect: {cause: 17, milliwatt: , for: 1h}}]}
"#;

fn silent() -> World {
    World::new(&channels("1-4"), script(SILENT))
}

fn told_at_the_end(digits: &str, after: Duration) -> Vec<String> {
    let mut world = silent();
    world.call(digits);
    world.assert_no_state_without_end();
    world.pass(after);
    world.told()
}

#[test]
fn an_ignored_setup_is_sent_twice_and_fails_with_timer_expiry() {
    assert_eq!(
        told_at_the_end("1000", Duration::from_secs(60)),
        ["8.000 1.1 RELEASE 102 recovery on timer expiry"]
    );
}

#[test]
fn nothing_after_proceeding_ends_with_t310() {
    assert_eq!(
        told_at_the_end("1001", Duration::from_secs(600)),
        ["0.000 1.1 CALL PROCEEDING", "60.000 1.1 RELEASE 102 recovery on timer expiry"]
    );
}

#[test]
fn ringing_ends_with_t301() {
    assert_eq!(
        told_at_the_end("1002", Duration::from_secs(600)),
        ["0.000 1.1 CALL PROCEEDING", "0.000 1.1 ALERTING", "180.000 1.1 RELEASE 19 no answer from user"]
    );
}

#[test]
fn a_call_that_nobody_ends_ends_after_half_a_day() {
    assert_eq!(
        told_at_the_end("1003", Duration::from_secs(86_400)),
        ["0.000 1.1 CONNECT", "43200.000 1.1 RELEASE 102 recovery on timer expiry"]
    );
}

#[test]
fn the_tones_of_a_disconnect_end_with_t306() {
    assert_eq!(
        told_at_the_end("1006", Duration::from_secs(600)),
        ["0.000 1.1 DISCONNECT 17 user busy PI 8", "30.000 1.1 RELEASE 17 user busy"]
    );
}

#[test]
fn a_far_end_that_went_deaf_costs_the_channel_until_it_answers_a_restart() {
    let mut world = silent();
    let channel = world.call("1005");
    world.hang_up(channel);
    assert_eq!(world.state(channel), "in_service releasing");
    world.pass(Duration::from_secs(8));
    assert_eq!(world.state(channel), "in_service restart_pending");
    world.assert_no_state_without_end();
    world.pass(Duration::from_secs(240));
    assert_eq!(world.state(channel), "maintenance idle");
    assert_eq!(world.told(), ["0.000 1.1 CONNECT", "248.000 1.1 is maintenance"]);
    assert_eq!(world.trunk.counters().faults, 1);
    assert_eq!(world.call("1003"), ChannelId::new(1, 2), "it is hunted no more");

    world.trunk.line_mut().heal(channel);
    world.trunk.reset(&[channel], world.now);
    world.drain();
    assert_eq!(world.state(channel), "in_service idle");
    world.hang_up(ChannelId::new(1, 2));
    world.assert_comes_to_rest();
}

#[test]
fn an_incoming_call_that_the_gateway_forgets_is_released() {
    for (signal, state, seconds, cause) in [
        (None, CallState::Present, 15, "41 temporary failure"),
        (Some(Signal::SetupAck), CallState::OverlapReceiving, 30, "28 invalid number format"),
        (Some(Signal::Proceeding), CallState::IncomingProceeding, 60, "102 recovery on timer expiry"),
        (Some(Signal::Alerting(call::Progress::NONE)), CallState::Received, 180, "19 no answer from user"),
    ] {
        let mut world = silent();
        let patient = Duration::from_secs(3600);
        let spec = OriginateSpec { patience: patient, ..OriginateSpec::new(number("2000"), None) };
        world.far(|exchange, now| exchange.originate(spec, now));
        let channel = ChannelId::new(1, 4);
        if let Some(signal) = signal {
            world.say(channel, signal);
        }
        assert_eq!(world.state(channel), format!("in_service {state}"));
        world.assert_no_state_without_end();
        world.pass(Duration::from_secs(3600));
        let told = world.told();
        assert_eq!(told[1..], [format!("{seconds}.000 1.4 RELEASE {cause}")]);
        world.assert_comes_to_rest();
    }
}

#[test]
fn an_exchange_gives_up_a_call_that_nobody_answers() {
    let mut world = silent();
    let spec = OriginateSpec { patience: Duration::from_secs(5), ..OriginateSpec::new(number("2000"), None) };
    world.far(|exchange, now| exchange.originate(spec, now));
    world.say(ChannelId::new(1, 4), Signal::Alerting(call::Progress::NONE));
    world.pass_ms(10_000);
    assert_eq!(world.told()[1..], ["5.000 1.4 RELEASE 16 normal call clearing"]);
    world.assert_comes_to_rest();
}

#[test]
fn an_audit_names_every_call_that_one_side_alone_believes_in() {
    use crate::{Inconsistency, Wrong};
    let mut world = silent();
    let channel = world.call("1003");
    assert_eq!(world.trunk.audit(&[channel], world.now), []);
    let nobody = [Inconsistency { channel, wrong: Wrong::NoOwner }];
    assert_eq!(world.trunk.audit(&[], world.now), nobody);
    let (idle, strange) = (ChannelId::new(1, 2), ChannelId::new(9, 9));
    let both = [
        Inconsistency { channel: idle, wrong: Wrong::NoCall },
        Inconsistency { channel: strange, wrong: Wrong::NoChannel },
    ];
    assert_eq!(world.trunk.audit(&[channel, idle, strange], world.now), both);
    let late = world.now + Duration::from_secs(12 * 3600 + 2);
    let overdue = [Inconsistency { channel, wrong: Wrong::Overdue }];
    assert_eq!(world.trunk.audit(&[channel], late), overdue);
}
