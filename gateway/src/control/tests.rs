//! Questions and answers keep their words on the wire.

use super::*;

#[test]
fn a_request_is_one_flat_object_whoever_answers_it() {
    let read = |text: &str| serde_json::from_str::<Request>(text).unwrap();
    assert_eq!(read(r#"{"ask":"calls"}"#), Request::Question(Question::Calls));
    assert_eq!(read(r#"{"ask":"reload","dry_run":true}"#), Request::Reload { dry_run: true });
    assert_eq!(
        read(r#"{"ask":"block","trunk":"pstn","channels":"1-15"}"#),
        Request::Question(Question::Block {
            trunk: "pstn".into(),
            channels: Some("1-15".into()),
            how: BlockHow::WhenIdle
        })
    );
    assert_eq!(
        read(r#"{"ask":"place_call","to":"1000"}"#),
        Request::Question(Question::PlaceCall(PlaceCall { to: "1000".into(), ..PlaceCall::default() }))
    );
    assert!(serde_json::from_str::<Request>(r#"{"ask":"dance"}"#).is_err());
}

#[test]
fn rejections_count_each_reason_apart() {
    use crate::records::Refusal;
    let mut rejections = Rejections::default();
    for (count, why) in Refusal::ALL.into_iter().enumerate() {
        for _ in 0..=count {
            rejections.count(why);
        }
    }
    let counted: Vec<u64> = Refusal::ALL.into_iter().map(|why| rejections.of(why)).collect();
    assert_eq!(counted, [1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn a_ladder_is_drawn_in_three_lanes() {
    let mut ladder = Ladder::default();
    let mut say = |at_ms, from, to, what: &str| ladder.add(Step { at_ms, from, to, what: what.into() });
    say(0, Lane::Caller, Lane::Gateway, "INVITE");
    say(0, Lane::Gateway, Lane::Gateway, "rule to-pstn: pstn");
    say(1, Lane::Gateway, Lane::Callee, "SETUP 10xx");
    say(31, Lane::Callee, Lane::Gateway, "ALERTING");
    say(31, Lane::Gateway, Lane::Caller, "180 Ringing");
    let expected = "
           caller                            gateway                           callee
     0 ms  |──────────── INVITE ────────────>|                                 |
     0 ms  |······················· rule to-pstn: pstn ························|
     1 ms  |                                 |────────── SETUP 10xx ──────────>|
    31 ms  |                                 |<─────────── ALERTING ───────────|
    31 ms  |<───────── 180 Ringing ──────────|                                 |
";
    assert_eq!(ladder.to_string(), expected.trim_start_matches('\n'));
}

#[test]
fn a_ladder_keeps_a_bounded_number_of_steps() {
    let mut ladder = Ladder::default();
    for at_ms in 0..(STEPS_MAX as u64 + 7) {
        ladder.add(Step { at_ms, from: Lane::Caller, to: Lane::Gateway, what: "INFO".into() });
    }
    assert_eq!((ladder.steps.len(), ladder.left_off), (STEPS_MAX, 7));
    assert!(ladder.to_string().ends_with("and 7 more steps\n"));
}
