//! Loss and jitter against figures worked out by hand.

use std::time::Duration;

use super::Reception;
use crate::rtp::rtcp::NtpTime;
use crate::rtp::{Arrival, Header, epoch};

fn header(sequence: u16, timestamp: u32) -> Header {
    Header { payload_type: 0, marker: false, sequence, timestamp, ssrc: 7 }
}

#[test]
fn an_even_stream_has_neither_loss_nor_jitter() {
    let mut source = Reception::new(7, 8000, 1);
    let start = epoch();
    for n in 0..100_u16 {
        source.receive(header(n, u32::from(n) * 160), start + Duration::from_millis(20) * u32::from(n));
    }
    let report = source.report(start).unwrap();
    assert_eq!((report.fraction_lost, report.cumulative_lost, report.jitter), (0, 0, 0));
    assert_eq!((report.ssrc, report.highest_sequence), (7, 99));
    assert_eq!((report.last_sender_report, report.delay_since_last_sender_report), (0, 0));
}

#[test]
fn the_fraction_is_of_the_interval_and_the_sum_of_the_whole() {
    let mut source = Reception::new(7, 8000, 1);
    let now = epoch();
    for n in (0..100).filter(|n| n % 4 != 1) {
        source.receive(header(n, 0), now);
    }
    let first = source.report(now).unwrap();
    assert_eq!((first.fraction_lost, first.cumulative_lost), (64, 25));
    for n in 100..200 {
        source.receive(header(n, 0), now);
    }
    let second = source.report(now).unwrap();
    assert_eq!((second.fraction_lost, second.cumulative_lost), (0, 25));
    assert_eq!(source.report(now).unwrap().fraction_lost, 0, "an interval without packets");
}

#[test]
fn jitter_settles_at_the_mean_deviation() {
    let mut source = Reception::new(7, 8000, 1);
    let start = epoch();
    for n in 0..1000_u32 {
        let late = if n % 2 == 0 { 0 } else { 10 };
        source.receive(
            header(u16::try_from(n).unwrap(), n * 160),
            start + Duration::from_millis(u64::from(20 * n + late)),
        );
    }
    assert!((79..=81).contains(&source.jitter()), "10 ms are 80 units, not {}", source.jitter());
    assert!((source.jitter_time().as_millis()).abs_diff(10) <= 1);
}

#[test]
fn a_timestamp_jump_at_a_restart_is_no_jitter() {
    let mut source = Reception::new(7, 8000, 1);
    let now = epoch();
    source.receive(header(0, 0), now);
    source.receive(header(30_000, 0x8000_0000), now);
    assert_eq!(source.receive(header(30_001, 0x8000_00A0), now), Arrival::Restart);
    assert_eq!(source.jitter(), 0);
}

#[test]
fn no_report_is_made_of_a_source_on_probation() {
    let mut source = Reception::new(7, 8000, 2);
    source.receive(header(0, 0), epoch());
    assert_eq!(source.report(epoch()), None);
}

#[test]
fn the_delay_since_the_last_sender_report_is_in_65536ths() {
    let mut source = Reception::new(7, 8000, 1);
    let now = epoch();
    source.receive(header(0, 0), now);
    source.sender_report(NtpTime::from_unix(Duration::from_millis(1_500)), now);
    let report = source.report(now + Duration::from_millis(250)).unwrap();
    assert_eq!(report.last_sender_report & 0xFFFF, 0x8000);
    assert_eq!(report.delay_since_last_sender_report, 0x4000);
}
