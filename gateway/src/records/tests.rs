//! A record keeps its shape on paper and its times to the millisecond.

use std::time::{Duration, Instant};

use super::*;

/// A call from `carrier` that was answered on `pstn` after one trunk was full.
pub(crate) fn answered() -> CallRecord {
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    CallRecord {
        schema: SCHEMA,
        id: CallId::new(1_767_225_600_000, 42),
        node: "gw1".into(),
        times: Times {
            setup_at: time("2026-01-01T00:00:00.000123Z"),
            alerting_at: Some(time("2026-01-01T00:00:00.250999Z")),
            answered_at: Some(time("2026-01-01T00:00:01.5Z")),
            ended_at: time("2026-01-01T00:01:01.75Z"),
            post_dial_delay_ms: Some(250),
            billable_ms: 60_250,
        },
        calling: Some(Party { received: "0312345678".into(), normalised: Some("+81312345678".into()) }),
        called: Party { received: "1000".into(), normalised: None },
        rule: Some("to-pstn".into()),
        attempts: vec![
            Attempt {
                trunk: "spare".into(),
                channel: None,
                sent: "1000".into(),
                outcome: Outcome::Failed,
                sip_status: Some(503),
                cause: Some(34),
                delay_ms: 12,
            },
            Attempt {
                trunk: "pstn".into(),
                channel: Some("1.31".into()),
                sent: "1000".into(),
                outcome: Outcome::Answered,
                sip_status: None,
                cause: None,
                delay_ms: 1488,
            },
        ],
        end: End {
            outcome: Outcome::Answered,
            released_by: Side::Caller,
            why: Why::Released,
            cause: 16,
            cause_name: "normal call clearing".into(),
            sip_status: Some(200),
        },
        caller: Leg {
            trunk: Some("carrier".into()),
            codec: Some("pcma".into()),
            rtp: Some(Rtp {
                received: 3000,
                sent: 3001,
                lost: 2,
                jitter_ms: 1.5,
                round_trip_ms: Some(20.0),
                mos: Some(4.3),
                ..Rtp::default()
            }),
            digits: 3,
            ..Leg::default()
        },
        callee: Some(Leg { trunk: Some("pstn".into()), circuit: Some("1.31".into()), ..Leg::default() }),
    }
}

#[test]
fn a_record_is_one_flat_line_and_reads_back() {
    let record = answered();
    let line = serde_json::to_string(&record).unwrap();
    let fields: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(fields["setup_at"], "2026-01-01T00:00:00.000Z");
    assert_eq!(fields["alerting_at"], "2026-01-01T00:00:00.250Z");
    assert_eq!(fields["billable_ms"], 60_250);
    assert_eq!(fields["released_by"], "caller");
    assert_eq!(fields["outcome"], "answered");
    assert_eq!(fields["cause"], 16);
    assert_eq!(fields["attempts"][0]["cause"], 34);
    assert_eq!(fields["callee"]["circuit"], "1.31");
    assert_eq!(fields["id"].as_str().unwrap().len(), 26);
    let read: CallRecord = serde_json::from_str(&line).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), line);
}

#[test]
fn a_refusal_names_its_reason_in_the_record() {
    let mut record = answered();
    record.end.why = Why::Refused(Refusal::NoRoute);
    let fields = serde_json::to_value(&record).unwrap();
    assert_eq!(fields["why"]["refused"], "no_route");
}

#[test]
fn a_call_id_sorts_by_time_and_reads_back_from_text() {
    let (early, late) = (CallId::new(1_000, u128::MAX), CallId::new(1_001, 0));
    assert!(early < late);
    assert!(early.to_string() < late.to_string());
    assert_eq!(early.to_string().parse(), Ok(early));
    assert_eq!("not-a-ulid".parse::<CallId>(), Err(NotACallId));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "any instant will do, and there is no other way to one")]
fn the_wall_clock_follows_the_monotonic_one_both_ways() {
    let start = Instant::now();
    let clock = WallClock::new(start + Duration::from_secs(5), "2026-01-01T00:00:05Z".parse().unwrap());
    assert_eq!(clock.at(start).to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(clock.at(start + Duration::from_millis(7250)).to_string(), "2026-01-01T00:00:07.25Z");
    assert_eq!(clock.milliseconds_at(start), 1_767_225_600_000);
}

#[test]
fn an_unanswered_call_comes_to_what_its_cause_says() {
    use call::Cause;
    let outcomes = [Cause::USER_BUSY, Cause::NO_ANSWER, Cause::CALL_REJECTED, Cause::NO_CIRCUIT]
        .map(|cause| Outcome::of_cause(cause).word());
    assert_eq!(outcomes, ["busy", "no_answer", "rejected", "failed"]);
}
