//! Digits told and heard, over good and bad networks.

use std::time::Duration;

use call::Digit;
use proptest::prelude::*;

use super::{Event, Heard, Outgoing, Receiver, Sender};
use crate::rtp::{Header, epoch};

const FRAME: u32 = 160;

fn digit(key: char) -> Digit {
    Digit::from_char(key).unwrap()
}

fn header(timestamp: u32, marker: bool) -> Header {
    Header { payload_type: 101, marker, sequence: 0, timestamp, ssrc: 1 }
}

fn report(key: char, duration: u16, end: bool) -> [u8; 4] {
    Event { code: digit(key).event(), end, volume: 10, duration }.to_bytes()
}

fn drain(receiver: &mut Receiver) -> Vec<Heard> {
    std::iter::from_fn(|| receiver.poll()).collect()
}

fn start(key: char) -> Heard {
    Heard::Start { digit: digit(key), volume: 10 }
}

fn end(key: char, ms: u64) -> Heard {
    Heard::End { digit: digit(key), duration: Duration::from_millis(ms) }
}

/// Every packet of a sender until it is idle, with the frame number it went out in.
fn told(sender: &mut Sender, frames: u32) -> Vec<(u32, Outgoing)> {
    (0..frames).filter_map(|frame| Some((frame, sender.frame(frame * FRAME, FRAME)?))).collect()
}

#[test]
fn a_payload_is_read_as_it_is_written() {
    let event = Event { code: 11, end: true, volume: 63, duration: 0x1234 };
    assert_eq!(event.to_bytes(), [11, 0xBF, 0x12, 0x34]);
    assert_eq!(Event::parse(&event.to_bytes()), Some(event));
    assert_eq!(Event::parse(&[1, 2, 3]), None);
}

#[test]
fn a_digit_has_one_timestamp_one_marker_and_three_ends() {
    let mut sender = Sender::new(8000, 20);
    assert!(sender.send(digit('5'), 100));
    let packets = told(&mut sender, 20);
    let durations: Vec<u16> = packets.iter().map(|(_, p)| p.event.duration).collect();
    assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
    assert_eq!(packets.iter().filter(|(_, p)| p.marker).count(), 1);
    assert!(packets[0].1.marker);
    assert!(packets.iter().all(|(_, p)| p.timestamp == 0 && p.event.code == 5));
    assert_eq!(packets.iter().filter(|(_, p)| p.event.end).count(), 3);
    assert!(sender.is_idle() && !sender.replaces_voice());
}

#[test]
fn updates_may_be_50_ms_apart() {
    let mut sender = Sender::new(8000, 50);
    assert!(sender.send(digit('5'), 200));
    let frames: Vec<u32> = told(&mut sender, 40).iter().map(|(frame, _)| *frame).collect();
    assert_eq!(frames, [0, 3, 6, 9, 12, 15]);
}

#[test]
fn a_shortest_digit_is_marker_and_end_at_once() {
    let mut sender = Sender::new(8000, 20);
    assert!(sender.send(digit('#'), 15));
    let packets = told(&mut sender, 20);
    assert_eq!(packets.len(), 3);
    assert!(packets[0].1.marker && packets[0].1.event.end);
    assert!(!packets[1].1.marker);
    assert_eq!(packets[0].1.event.duration, 120);
}

#[test]
fn digits_follow_each_other_after_a_pause() {
    let mut sender = Sender::new(8000, 20);
    assert!(sender.send(digit('1'), 100) && sender.send(digit('1'), 100));
    let starts: Vec<u32> =
        told(&mut sender, 40).into_iter().filter(|(_, p)| p.marker).map(|(frame, _)| frame).collect();
    assert_eq!(starts, [0, 8], "100 ms down, 60 ms up");
}

#[test]
fn a_held_digit_lasts_until_released_and_at_least_its_minimum() {
    for (release_frame, expected) in [(1, 640), (10, 1600)] {
        let mut sender = Sender::new(8000, 20);
        assert!(sender.hold(digit('9'), 80));
        let mut last = None;
        for frame in 0..40 {
            if frame == release_frame {
                sender.release();
            }
            last = sender.frame(frame * FRAME, FRAME).or(last);
        }
        let last = last.unwrap().event;
        assert_eq!((last.end, last.duration), (true, expected));
    }
}

#[test]
fn too_many_digits_are_refused() {
    let mut sender = Sender::new(8000, 20);
    for _ in 0..super::QUEUE_MAX {
        assert!(sender.send(digit('1'), 100));
    }
    assert!(!sender.send(digit('1'), 100));
}

#[test]
fn each_digit_is_heard_once_with_its_length() {
    let mut sender = Sender::new(8000, 20);
    for key in Digit::all() {
        assert!(sender.send(key, 100));
    }
    let mut receiver = Receiver::new(8000);
    let now = epoch();
    let mut heard = Vec::new();
    for (frame, packet) in told(&mut sender, 200) {
        let now = now + Duration::from_millis(u64::from(frame) * 20);
        receiver.handle_packet(header(packet.timestamp, packet.marker), &packet.event.to_bytes(), now);
        heard.extend(drain(&mut receiver));
    }
    let expected: Vec<Heard> =
        Digit::all().flat_map(|d| [start(d.as_char()), end(d.as_char(), 100)]).collect();
    assert_eq!(heard, expected);
}

#[test]
fn an_event_longer_than_eight_seconds_is_one_digit_in_segments() {
    let mut sender = Sender::new(8000, 20);
    assert!(sender.send(digit('0'), 20_000));
    let packets = told(&mut sender, 1100);
    let mut timestamps: Vec<u32> = packets.iter().map(|(_, p)| p.timestamp).collect();
    timestamps.dedup();
    assert_eq!(timestamps, [0, 65535, 131_070]);
    assert_eq!(packets.iter().filter(|(_, p)| p.marker).count(), 1);
    assert_eq!(packets.iter().filter(|(_, p)| p.event.end).count(), 3);
    assert_eq!(packets.iter().filter(|(_, p)| p.event.duration == 65535 && !p.event.end).count(), 6);

    let mut receiver = Receiver::new(8000);
    let now = epoch();
    let mut heard = Vec::new();
    for (frame, packet) in packets {
        let now = now + Duration::from_millis(u64::from(frame) * 20);
        receiver.handle_timeout(now);
        receiver.handle_packet(header(packet.timestamp, packet.marker), &packet.event.to_bytes(), now);
        heard.extend(drain(&mut receiver));
    }
    assert_eq!(heard, [start('0'), end('0', 20_000)]);
}

#[test]
fn a_lost_end_is_made_good_by_a_timeout() {
    let mut receiver = Receiver::new(8000);
    let now = epoch();
    receiver.handle_packet(header(1000, true), &report('7', 160, false), now);
    receiver.handle_packet(header(1000, false), &report('7', 320, false), now);
    let due = receiver.poll_timeout().unwrap();
    receiver.handle_timeout(due - Duration::from_millis(1));
    assert_eq!(drain(&mut receiver), [start('7')]);
    receiver.handle_timeout(due);
    assert_eq!(drain(&mut receiver), [end('7', 40)]);
    receiver.handle_packet(header(1000, false), &report('7', 800, true), due);
    assert_eq!(drain(&mut receiver), [], "the end that came after all is not a second digit");
    assert_eq!(receiver.poll_timeout(), None);
}

#[test]
fn a_lost_end_is_made_good_by_the_next_digit_and_a_lost_start_by_the_end() {
    let mut receiver = Receiver::new(8000);
    let now = epoch();
    receiver.handle_packet(header(1000, true), &report('1', 160, false), now);
    receiver.handle_packet(header(3000, false), &report('1', 800, true), now);
    assert_eq!(drain(&mut receiver), [start('1'), end('1', 20), start('1'), end('1', 100)]);
}

#[test]
fn a_straggler_of_the_digit_before_is_not_heard_again() {
    let mut receiver = Receiver::new(8000);
    let now = epoch();
    for (timestamp, key) in [(1000, '1'), (3000, '2')] {
        receiver.handle_packet(header(timestamp, true), &report(key, 160, false), now);
        receiver.handle_packet(header(timestamp, false), &report(key, 800, true), now);
        assert_eq!(drain(&mut receiver), [start(key), end(key, 100)]);
    }
    receiver.handle_packet(header(1000, false), &report('1', 800, true), now);
    receiver.handle_packet(header(1000, false), &report('1', 480, false), now);
    receiver.handle_packet(header(3000, false), &report('2', 480, false), now);
    assert_eq!(drain(&mut receiver), []);
}

#[test]
fn reports_that_each_carry_a_new_timestamp_are_still_one_digit() {
    let mut receiver = Receiver::new(8000);
    let now = epoch();
    for frame in 1..=5_u16 {
        let timestamp = 1000 + u32::from(frame - 1) * 160;
        receiver.handle_packet(header(timestamp, frame == 1), &report('4', frame * 160, false), now);
    }
    receiver.handle_packet(header(1000 + 5 * 160, false), &report('4', 960, true), now);
    let heard = drain(&mut receiver);
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0], start('4'));
}

#[test]
fn what_is_no_digit_is_counted() {
    let mut receiver = Receiver::new(8000);
    let flash = Event { code: 16, end: true, volume: 0, duration: 1 };
    receiver.handle_packet(header(0, true), &flash.to_bytes(), epoch());
    receiver.handle_packet(header(0, true), &[1], epoch());
    assert_eq!(receiver.unknown(), 2);
    assert_eq!(receiver.poll(), None);
}

#[test]
fn a_restarted_source_may_use_older_timestamps() {
    let mut receiver = Receiver::new(8000);
    let now = epoch();
    receiver.handle_packet(header(9000, true), &report('1', 160, false), now);
    receiver.restart();
    receiver.handle_packet(header(100, true), &report('2', 160, true), now);
    assert_eq!(receiver.poll(), Some(start('1')));
    assert_eq!(receiver.poll(), Some(end('1', 20)));
    assert_eq!(receiver.poll(), Some(start('2')));
}

proptest! {
    /// Any packets may be lost, doubled and put off, as long as one of each digit comes before the next begins.
    #[test]
    fn no_network_makes_a_digit_double_or_another(
        fates in proptest::collection::vec(0..10_u8, 200),
        keys in proptest::collection::vec(0..16_u8, 1..12),
    ) {
        let mut sender = Sender::new(8000, 20);
        for key in &keys {
            prop_assert!(sender.send(Digit::from_event(*key).unwrap(), 100));
        }
        let mut receiver = Receiver::new(8000);
        let (start, mut put_off, mut heard) = (epoch(), Vec::new(), Vec::new());
        let mut came = Vec::new();
        for ((frame, packet), fate) in told(&mut sender, 400).into_iter().zip(fates.iter().cycle()) {
            let now = start + Duration::from_millis(u64::from(frame) * 20);
            receiver.handle_timeout(now);
            heard.extend(drain(&mut receiver));
            let mut arriving = std::mem::take(&mut put_off);
            match fate {
                0..=3 => {}
                4 => put_off.push(packet),
                5 => arriving.extend([packet, packet]),
                _ => arriving.push(packet),
            }
            for packet in arriving {
                receiver.handle_packet(header(packet.timestamp, packet.marker), &packet.event.to_bytes(), now);
                // A digit all of whose packets were put off until the next had begun is not to be heard.
                if came.last().is_none_or(|last: &Outgoing| last.timestamp < packet.timestamp) {
                    came.push(packet);
                }
                heard.extend(drain(&mut receiver));
            }
        }
        receiver.handle_timeout(start + Duration::from_secs(60));
        heard.extend(drain(&mut receiver));
        let starts: Vec<u8> = heard
            .iter()
            .filter_map(|heard| match heard {
                Heard::Start { digit, .. } => Some(digit.event()),
                Heard::End { .. } => None,
            })
            .collect();
        let expected: Vec<u8> = came.iter().map(|packet| packet.event.code).collect();
        prop_assert_eq!(&starts, &expected);
        prop_assert_eq!(heard.len(), 2 * starts.len());
    }
}
