//! Reports, timeouts, closing, limits.

#![expect(clippy::unwrap_used, reason = "a test's own helpers may stop the test")]

use core::time::Duration;

use media::rtp::rtcp::{self, NtpTime, Report, ReportBlock, SenderInfo};
use media::sdp::Direction;
use media::{Command, Event, OpenError, Port, Statistics, StreamConfig};

use crate::lab::{Lab, address, voice};

fn reports(lab: &Lab) -> Vec<rtcp::Received> {
    let sent = lab.sent.iter().filter(|sent| sent.port == Port::Control);
    sent.map(|sent| rtcp::parse(&sent.bytes, 5).unwrap()).collect()
}

#[test]
fn a_missed_stream_is_told_once_until_it_comes_back() {
    let impatient = |stream: &mut StreamConfig| stream.timeout = Some(Duration::from_secs(3));
    let mut lab = Lab::new();
    let a = lab.stream(1, impatient);
    lab.pass(2900);
    assert_eq!(lab.events, []);
    lab.talk(a, 1, voice(5, 1, 0), 5);
    lab.pass(2800);
    assert_eq!(lab.events, []);
    lab.pass(10_000);
    assert_eq!(lab.events, [Event::Timeout { endpoint: a }]);
    lab.talk(a, 1, voice(5, 6, 800), 5);
    lab.pass(10_000);
    assert_eq!(lab.events.len(), 2);
}

#[test]
fn a_stream_on_hold_is_not_missed() {
    let mut lab = Lab::new();
    lab.stream(1, |stream| {
        stream.timeout = Some(Duration::from_secs(3));
        stream.negotiated.direction = Direction::SendOnly;
    });
    lab.pass(60_000);
    assert_eq!(lab.events, []);
}

#[test]
fn reports_tell_both_directions_and_end_with_goodbye() {
    let mut lab = Lab::new();
    let (a, b) = (lab.stream(1, |_| {}), lab.stream(2, |_| {}));
    lab.bridge(a, b);
    lab.pass(20_000);
    assert!(reports(&lab).is_empty(), "nothing to report of");
    lab.talk(a, 1, voice(5, 1, 0), 500);
    lab.talk(a, 1, voice(5, 501 + 56, 500 * 160), 500);
    let about_a: Vec<_> = reports(&lab).into_iter().filter_map(|report| report.about_us).collect();
    assert!((3..=7).contains(&about_a.len()), "{} reports in 20 s", about_a.len());
    let last = about_a.last().unwrap();
    assert_eq!((last.ssrc, last.cumulative_lost), (5, 56));
    let to_b: Vec<_> = reports(&lab).into_iter().filter_map(|report| report.sender).collect();
    assert!(to_b.windows(2).all(|pair| {
        let seconds = (pair[1].time.0 - pair[0].time.0) >> 16;
        let units = pair[1].rtp_timestamp.wrapping_sub(pair[0].rtp_timestamp);
        ((seconds * 8000) >> 16).abs_diff(units.into()) < 400
    }));
    let last = *to_b.last().unwrap();
    assert_eq!(last.octets, last.packets * 160);
    lab.sent.clear();
    lab.close(a);
    lab.close(b);
    assert!(reports(&lab).iter().all(|report| report.bye) && reports(&lab).len() == 2);
}

#[test]
fn the_round_trip_comes_from_the_peers_report() {
    let mut lab = Lab::new();
    let (a, b) = (lab.stream(1, |_| {}), lab.stream(2, |_| {}));
    lab.bridge(a, b);
    lab.talk(b, 2, voice(5, 1, 0), 250);
    let to_a = lab.sent.iter().find(|sent| sent.port == Port::Control && sent.to.ip() == address(1).ip());
    let (report, at) = to_a.map(|sent| (rtcp::parse(&sent.bytes, 5).unwrap(), sent.at)).unwrap();
    let sender = report.sender.unwrap();
    lab.pass(1000);
    let passed = Duration::from_millis(5000 + 1000) - at;
    let block = ReportBlock {
        ssrc: report.ssrc,
        fraction_lost: 0,
        cumulative_lost: 12,
        highest_sequence: 0,
        jitter: 80,
        last_sender_report: sender.time.middle(),
        delay_since_last_sender_report: u32::try_from((passed.as_millis() - 40) * 65_536 / 1000).unwrap(),
    };
    let info = SenderInfo { time: NtpTime(1 << 40), rtp_timestamp: 0, packets: 1, octets: 160 };
    let mut room = [0; 512];
    let answer = Report { ssrc: 99, sender: Some(info), reception: Some(block), cname: "x", bye: false };
    let octets = answer.write(&mut room).unwrap();
    lab.control(a, "198.51.100.9:4001".parse().unwrap(), &room[..octets]);
    lab.control(a, "192.0.2.1:4001".parse().unwrap(), &room[..octets]);
    lab.control(a, "192.0.2.1:4001".parse().unwrap(), &[0; 40]);
    let statistics = lab.close(a);
    let trip = statistics.round_trip.unwrap().as_millis();
    assert!((39..=41).contains(&trip), "{trip} ms");
    let reported = statistics.reported.unwrap();
    assert_eq!((reported.lost, reported.jitter), (12, Duration::from_millis(10)));
    assert_eq!((statistics.discarded.source, statistics.discarded.malformed), (1, 1));
}

#[test]
fn closing_gives_the_figures_back_and_leaves_nothing() {
    let mut lab = Lab::new();
    let (a, b) = (lab.stream(1, |_| {}), lab.stream(2, |_| {}));
    lab.bridge(a, b);
    lab.talk(a, 1, voice(5, 1, 0), 10);
    lab.talk(a, 1, voice(5, 13, 1920), 8);
    let statistics = lab.close(a);
    let received = statistics.received;
    assert_eq!((received.packets, received.octets, received.lost), (18, 18 * 160, 2));
    assert_eq!(received.last.unwrap() - received.first.unwrap(), Duration::from_millis(340));
    assert!(received.jitter < Duration::from_millis(20));
    let mos = statistics.mos.unwrap();
    assert!((3.0..4.2).contains(&mos), "{mos} with a tenth lost");
    assert_eq!(lab.close(b).sent.packets, 18);
    lab.pass(1000);
    assert_eq!((lab.core.endpoints(), lab.core.poll_timeout()), (0, None));
}

#[test]
fn close_is_always_answered_and_other_commands_to_nobody_are_ignored() {
    let mut lab = Lab::new();
    let a = lab.ids.take().unwrap();
    lab.configure(a, 1, |_| {});
    lab.command(Command::Unbridge { endpoint: a });
    assert_eq!(lab.close(a), Statistics::default());
    lab.command(Command::Open { endpoint: a, local: address(0) });
    lab.core.handle_open_failed(0, OpenError::InUse, lab.now);
    lab.command(Command::StopTone { endpoint: a });
    assert_eq!(lab.events, [Event::OpenFailed { endpoint: a, why: OpenError::InUse }]);
    assert_eq!(lab.close(a), Statistics::default());
}

#[test]
fn a_place_holds_one_endpoint() {
    let mut lab = Lab::new();
    let a = lab.stream(1, |_| {});
    lab.ids.release(a);
    let all: Vec<_> = std::iter::from_fn(|| lab.ids.take()).collect();
    let usurper = *all.iter().find(|id| id.place() == a.place()).unwrap();
    lab.command(Command::Open { endpoint: usurper, local: address(0) });
    assert_eq!(lab.events, [Event::OpenFailed { endpoint: usurper, why: OpenError::Limit }]);
    assert_eq!(lab.talk(a, 1, voice(5, 1, 0), 1).len(), 0);
    assert_eq!(lab.core.endpoints(), 1);
}

#[test]
fn random_bytes_do_no_harm() {
    let mut lab = Lab::new();
    let (a, b) = (lab.stream(1, |_| {}), lab.stream(2, |stream| stream.negotiated.packet_milliseconds = 30));
    lab.bridge(a, b);
    let mut state = 1_u64;
    for _ in 0..20_000 {
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[1]
        };
        let length = usize::from(random());
        let mut bytes: Vec<u8> = (0..length).map(|_| random()).collect();
        if let [first, second, ..] = &mut bytes[..] {
            *first = *first & 0x3f | 0x80;
            *second = [8, 101, 0x88, *second][usize::from(*second % 4)];
        }
        lab.control(a, address(1), &bytes);
        lab.datagram(a, address(1), bytes);
        lab.pass(1);
    }
    assert!(lab.close(a).received.packets > 1000);
}
