//! The mapping tables, row by row.

use super::*;

fn cause(value: u8) -> Cause {
    Cause::new(value, Location::PublicLocal).unwrap()
}

#[test]
fn a_cause_is_1_to_127() {
    assert_eq!(Cause::new(0, Location::User), None);
    assert_eq!(Cause::new(128, Location::User), None);
    assert!((1..=127).all(|value| Cause::new(value, Location::User).is_some()));
}

#[test]
fn every_row_of_rfc_3398_7_2_4_1_holds() {
    let rows = [
        (1, 404),
        (2, 404),
        (3, 404),
        (17, 486),
        (18, 408),
        (19, 480),
        (20, 480),
        (21, 403),
        (22, 410),
        (23, 410),
        (26, 404),
        (27, 502),
        (28, 484),
        (29, 501),
        (31, 480),
        (34, 503),
        (38, 503),
        (41, 503),
        (42, 503),
        (47, 503),
        (55, 403),
        (57, 403),
        (58, 503),
        (65, 488),
        (70, 488),
        (79, 501),
        (87, 403),
        (88, 503),
        (102, 504),
        (111, 500),
        (127, 500),
    ];
    for (value, status) in rows {
        assert_eq!(cause(value).sip_status(), status, "cause {value}");
    }
    assert_eq!(Cause::CALL_REJECTED.at(Location::User).sip_status(), 603);
}

#[test]
fn every_row_of_rfc_3398_8_2_6_1_holds() {
    let rows = [
        (400, 41),
        (401, 21),
        (402, 21),
        (403, 21),
        (404, 1),
        (405, 63),
        (406, 79),
        (407, 21),
        (408, 102),
        (410, 22),
        (413, 127),
        (414, 127),
        (415, 79),
        (416, 127),
        (420, 127),
        (421, 127),
        (423, 127),
        (480, 18),
        (481, 41),
        (482, 25),
        (483, 25),
        (484, 28),
        (485, 1),
        (486, 17),
        (488, 31),
        (500, 41),
        (501, 79),
        (502, 38),
        (503, 41),
        (504, 102),
        (505, 127),
        (513, 127),
        (600, 17),
        (603, 21),
        (604, 1),
        (606, 31),
    ];
    for (status, value) in rows {
        assert_eq!(Cause::from_sip_status(status).value(), value, "status {status}");
    }
}

#[test]
fn every_cause_has_a_name_and_a_failure_status() {
    for value in 1..=127 {
        let cause = cause(value);
        assert!(!cause.name().is_empty());
        assert!((400..=699).contains(&cause.sip_status()), "{cause}");
        let class = cause.class();
        assert_eq!(cause.at(Location::User).class(), class);
    }
}

#[test]
fn a_callee_who_rejects_survives_sip_and_back() {
    assert_eq!(Cause::from_sip_status(603), Cause::CALL_REJECTED.at(Location::User));
    assert_eq!(Cause::from_sip_status(Cause::USER_BUSY.sip_status()).value(), 17);
    assert_eq!(Cause::from_sip_status(699).value(), 21);
    assert_eq!(Cause::from_sip_status(302).value(), 23);
}

#[test]
fn locations_keep_their_q850_values() {
    for value in [0, 1, 2, 3, 4, 5, 7, 10] {
        assert_eq!(Location::from_value(value).value(), value);
    }
    assert_eq!(Location::from_value(6), Location::BeyondInterworking);
}
