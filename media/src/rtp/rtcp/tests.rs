//! Reports written, read, refused, and their times.

use std::time::Duration;

use super::{
    NotRtcp, NtpTime, PACKET_OCTETS_MAX, Received, Report, ReportBlock, Schedule, SenderInfo, parse,
};
use crate::rtp::epoch;
use proptest::prelude::*;

const BLOCK: ReportBlock = ReportBlock {
    ssrc: 2,
    fraction_lost: 12,
    cumulative_lost: -3,
    highest_sequence: 0x1_0005,
    jitter: 33,
    last_sender_report: 0x1234_5678,
    delay_since_last_sender_report: 0x0001_0000,
};

fn report() -> Report<'static> {
    Report {
        ssrc: 1,
        sender: Some(SenderInfo {
            time: NtpTime(0x0102_0304_0506_0708),
            rtp_timestamp: 9,
            packets: 10,
            octets: 11,
        }),
        reception: Some(BLOCK),
        cname: "a1b2c3d4",
        bye: false,
    }
}

fn written(report: &Report<'_>) -> Vec<u8> {
    let mut packet = vec![0; PACKET_OCTETS_MAX];
    let octets = report.write(&mut packet).unwrap();
    packet.truncate(octets);
    packet
}

#[test]
fn a_report_is_read_as_it_is_written() {
    for sender in [report().sender, None] {
        for reception in [Some(BLOCK), None] {
            for bye in [false, true] {
                let packet = written(&Report { sender, reception, bye, ..report() });
                let received = parse(&packet, 2).unwrap();
                assert_eq!((received.ssrc, received.sender, received.bye), (1, sender, bye));
                assert_eq!(received.about_us, reception);
                assert_eq!(parse(&packet, 3).unwrap().about_us, None, "the block is not about 3");
            }
        }
    }
}

#[test]
fn a_sender_report_has_the_bytes_of_the_standard() {
    let packet = written(&Report { reception: None, ..report() });
    let expected: &[u8] = &[
        0x80, 200, 0, 6, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 9, 0, 0, 0, 10, 0, 0, 0, 11, // SR
        0x81, 202, 0, 4, 0, 0, 0, 1, 1, 8, b'a', b'1', b'b', b'2', b'c', b'3', b'd', b'4', 0, 0, // SDES
    ];
    assert_eq!(packet, expected);
}

#[test]
fn the_longest_name_still_fits_and_one_longer_is_refused() {
    let name = "x".repeat(255);
    let mut packet = vec![0; PACKET_OCTETS_MAX];
    assert!(Report { cname: &name, bye: true, ..report() }.write(&mut packet).is_some());
    let name = "x".repeat(256);
    assert_eq!(Report { cname: &name, ..report() }.write(&mut packet), None);
    assert_eq!(report().write(&mut packet[..20]), None);
}

#[test]
fn a_compound_packet_must_begin_with_a_report_and_have_true_lengths() {
    let whole = written(&report());
    assert_eq!(parse(&[], 2), Err(NotRtcp));
    for short in 1..whole.len() {
        // The report alone is whole after 52 octets.
        assert_eq!(parse(&whole[..short], 2).is_err(), short != 52, "{short} octets");
    }
    assert_eq!(parse(&whole[52..], 2), Err(NotRtcp), "SDES first");
    let mut version = whole;
    version[0] = 0x41;
    assert_eq!(parse(&version, 2), Err(NotRtcp));
}

#[test]
fn a_bye_of_another_source_is_not_the_senders() {
    let mut packet = written(&Report { bye: true, ..report() });
    let last = packet.len() - 1;
    packet[last] = 99;
    assert!(!parse(&packet, 2).unwrap().bye);
}

/// The example of RFC 3550 figure 2.
#[test]
fn the_round_trip_of_figure_2_is_6_125_seconds() {
    let came = NtpTime(0xB44D_B710_8000_0000);
    let block =
        ReportBlock { last_sender_report: 0xB705_2000, delay_since_last_sender_report: 0x0005_4000, ..BLOCK };
    let trip = block.round_trip(came).unwrap();
    assert_eq!(trip, Duration::from_millis(6_125));
    assert_eq!(ReportBlock { last_sender_report: 0, ..block }.round_trip(came), None);
    let ahead = ReportBlock { delay_since_last_sender_report: 0x7000_0000, ..block };
    assert_eq!(ahead.round_trip(came), Some(Duration::ZERO));
}

#[test]
fn ntp_time_counts_from_1900() {
    let time = NtpTime::from_unix(Duration::new(0, 500_000_000));
    assert_eq!(time.0, 2_208_988_800 << 32 | 0x8000_0000);
}

#[test]
fn reports_are_five_seconds_apart_on_average_and_the_first_comes_sooner() {
    let start = epoch();
    let mut schedule = Schedule::new(8000, start, 0.5);
    let first = schedule.poll_timeout() - start;
    assert!(
        first >= Duration::from_secs_f64(2.5 * 0.5 / 1.22)
            && first <= Duration::from_secs_f64(2.5 * 1.5 / 1.21)
    );
    let (mut sent, mut chance) = (0_u32, 0.37_f64);
    let mut last = start;
    while last < start + Duration::from_secs(5000) {
        let now = schedule.poll_timeout();
        chance = (chance * 997.13).fract();
        if schedule.handle_timeout(2, now, chance) {
            assert!(sent == 0 || now - last >= Duration::from_secs_f64(5.0 * 0.5 / 1.2183));
            (sent, last) = (sent + 1, now);
            schedule.count(100);
        }
    }
    let average = (last - start).as_secs_f64() / f64::from(sent);
    assert!((4.4..5.6).contains(&average), "{average} s");
}

#[test]
fn a_report_is_not_due_before_its_time() {
    let start = epoch();
    let mut schedule = Schedule::new(8000, start, 1.0);
    assert!(!schedule.handle_timeout(2, start, 0.0));
    assert!(schedule.handle_timeout(2, schedule.poll_timeout(), 0.0));
}

fn is_about(ours: u32) -> impl Fn(Received) -> bool {
    move |received| received.about_us.is_none_or(|block| block.ssrc == ours)
}

proptest! {
    #[test]
    fn no_bytes_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(parse(&bytes, 2).is_ok_and(is_about(2)) || parse(&bytes, 2).is_err());
        // Damage a good packet too, where parsers go deeper.
        let mut whole = written(&Report { bye: true, ..report() });
        for (at, octet) in bytes.drain(..).enumerate().take(8) {
            let place = usize::from(octet) * (at + 1) % whole.len();
            whole[place] = octet.wrapping_mul(31);
            prop_assert!(parse(&whole, 2).is_ok_and(is_about(2)) || parse(&whole, 2).is_err());
        }
    }
}
