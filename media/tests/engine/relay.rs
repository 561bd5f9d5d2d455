//! Streams forwarded as they come.

use media::rtp::Header;
use media::sdp::PayloadTypes;
use media::{Command, Law};

use crate::lab::{Lab, address, assert_continuous, mu_law, voice};

#[test]
fn the_same_codec_goes_on_as_it_came_under_the_legs_own_numbers() {
    let mut lab = Lab::new();
    let (a, b) = (lab.stream(1, |_| {}), lab.stream(2, |_| {}));
    lab.bridge(a, b);
    let sent = lab.talk(a, 1, voice(5, 100, 7), 50);
    assert_eq!(sent.len(), 50);
    assert!(sent.iter().all(|packet| packet.to == address(2) && packet.payload() == [0x55; 160]));
    assert_ne!(sent[0].header().ssrc, 5);
    assert!(sent[0].header().marker && !sent[1].header().marker);
    assert_continuous(&sent);
    let back = lab.talk(b, 2, voice(6, 9, 9), 2);
    assert_eq!(back[0].to, address(1));
    assert_ne!(back[0].header().ssrc, sent[0].header().ssrc);
}

#[test]
fn payload_types_are_mapped_for_voice_and_events() {
    let mut lab = Lab::new();
    let a = lab.stream(1, |stream| {
        stream.negotiated.payload_type = PayloadTypes { send: 8, receive: 97 };
        stream.negotiated.telephone_event = Some(PayloadTypes { send: 96, receive: 98 });
    });
    let b = lab.stream(2, |_| {});
    lab.bridge(a, b);
    let voice = lab.packet(a, 1, Header { payload_type: 97, ..voice(5, 1, 0) }, &[1; 160]).unwrap();
    let event = Header { payload_type: 98, marker: true, ..crate::lab::voice(5, 2, 160) };
    let event = lab.packet(a, 1, event, &[1, 10, 0, 160]).unwrap();
    assert_eq!((voice.header().payload_type, event.header().payload_type), (8, 101));
    assert_eq!(event.header().timestamp.wrapping_sub(voice.header().timestamp), 160);
    let back = lab.packet(b, 2, Header { payload_type: 101, ..crate::lab::voice(1, 1, 0) }, &[1, 10, 0, 160]);
    assert_eq!(back.unwrap().header().payload_type, 96);
    lab.packet(a, 1, crate::lab::voice(5, 3, 320), &[1; 160]);
    assert_eq!(lab.close(a).discarded.payload_type, 1);
}

#[test]
fn a_law_becomes_mu_law_octet_by_octet_on_arrival() {
    let mut lab = Lab::new();
    let (a, b) = (lab.stream(1, |_| {}), lab.stream(2, mu_law));
    lab.bridge(a, b);
    let said: Vec<u8> = (0..160).collect();
    let mut expected = said.clone();
    Law::A.transcode(Law::Mu, &mut expected);
    let heard = lab.packet(a, 1, voice(5, 1, 0), &said).unwrap();
    assert_eq!((heard.header().payload_type, heard.payload()), (0, &expected[..]));
    let event = lab.packet(a, 1, Header { payload_type: 101, ..voice(5, 2, 160) }, &[1, 10, 0, 160]);
    assert_eq!(event.unwrap().payload(), [1, 10, 0, 160]);
}

#[test]
fn another_source_another_bridge_and_a_reconfigured_stream_leave_the_numbers_going_on() {
    let mut lab = Lab::new();
    let (a, b, c) = (lab.stream(1, |_| {}), lab.stream(2, |_| {}), lab.stream(3, |_| {}));
    lab.bridge(a, b);
    lab.talk(a, 1, voice(5, 65530, u32::MAX - 300), 10);
    lab.talk(a, 1, voice(77, 3, 12345), 10);
    lab.pass(500);
    lab.bridge(c, b);
    lab.talk(c, 3, voice(5, 40000, 99), 10);
    lab.configure(b, 2, mu_law);
    lab.talk(c, 3, voice(5, 40010, 99 + 1600), 10);
    let heard = lab.heard_by(2);
    assert_eq!(heard.len(), 40);
    assert_continuous(&heard);
    let marked: Vec<_> = (0..40).filter(|at| heard[*at].header().marker).collect();
    assert_eq!(marked, [0, 10, 20, 30]);
}

#[test]
fn stragglers_from_before_a_switch_are_not_forwarded_and_the_numbers_stay_single() {
    let mut lab = Lab::new();
    let (a, b) = (lab.stream(1, |_| {}), lab.stream(2, |_| {}));
    lab.packet(a, 1, voice(5, 10, 0), &[1; 160]);
    lab.packet(a, 1, voice(5, 12, 320), &[1; 160]);
    lab.bridge(a, b);
    let first = lab.packet(a, 1, voice(5, 13, 480), &[1; 160]).unwrap();
    assert!(lab.packet(a, 1, voice(5, 11, 160), &[1; 160]).is_none());
    let next = lab.packet(a, 1, voice(5, 15, 800), &[1; 160]).unwrap();
    let late = lab.packet(a, 1, voice(5, 14, 640), &[1; 160]).unwrap();
    let numbers = [next, late].map(|packet| packet.header().sequence.wrapping_sub(first.header().sequence));
    assert_eq!(numbers, [2, 1]);
    assert!(lab.packet(a, 1, voice(5, 15, 800), &[1; 160]).is_none(), "a double is dropped");
    assert_eq!(lab.close(a).discarded.late, 1);
}

#[test]
fn header_extensions_sources_and_padding_stay_on_their_leg() {
    let mut lab = Lab::new();
    let (a, b) = (lab.stream(1, |_| {}), lab.stream(2, |_| {}));
    lab.bridge(a, b);
    let mut bytes = voice(5, 1, 0).to_bytes().to_vec();
    bytes[0] |= 0x20 | 0x10 | 1;
    bytes.extend([9, 9, 9, 9, 0xbe, 0xde, 0, 1, 1, 2, 3, 4]);
    bytes.extend([0x55; 160]);
    bytes.extend([0, 0, 0, 4]);
    let sent = lab.datagram(a, address(1), bytes).unwrap();
    assert_eq!((sent.bytes.len(), sent.bytes[0]), (172, 0x80));
    assert_eq!(sent.payload(), [0x55; 160]);
}

#[test]
fn packets_of_another_length_are_made_where_the_peers_want_them_so() {
    let mut lab = Lab::new();
    let a = lab.stream(1, |_| {});
    let b = lab.stream(2, |stream| stream.negotiated.packet_milliseconds = 30);
    lab.bridge(a, b);
    assert!(lab.talk(a, 1, voice(5, 1, 0), 60).is_empty());
    let heard = lab.heard_by(2);
    assert!((38..=41).contains(&heard.len()), "{}", heard.len());
    assert!(heard.iter().all(|packet| packet.payload().len() == 240));
    assert!(heard[5..].iter().all(|packet| packet.payload() == [0x55; 240]));
    assert_continuous(&heard);
}

#[test]
fn early_media_goes_one_way() {
    let mut lab = Lab::new();
    let (caller, callee) = (lab.stream(1, |_| {}), lab.stream(2, |_| {}));
    lab.command(Command::CutThrough { from: callee, to: caller });
    assert_eq!(lab.talk(callee, 2, voice(5, 1, 0), 3).len(), 3);
    assert!(lab.talk(caller, 1, voice(6, 1, 0), 3).is_empty());
    lab.command(Command::Unbridge { endpoint: caller });
    assert!(lab.talk(callee, 2, voice(5, 4, 480), 3).is_empty());
    assert_eq!(lab.close(callee).discarded.total(), 0);
}

#[test]
fn nobody_is_bridged_to_himself() {
    let mut lab = Lab::new();
    let a = lab.stream(1, |_| {});
    lab.bridge(a, a);
    lab.command(Command::CutThrough { from: a, to: a });
    assert!(lab.talk(a, 1, voice(5, 1, 0), 3).is_empty());
}

#[test]
fn on_hold_nothing_is_sent_to_who_wants_nothing_and_nothing_taken_from_who_sends_nothing() {
    let mut lab = Lab::new();
    let (a, b) = (lab.stream(1, |_| {}), lab.stream(2, |_| {}));
    lab.bridge(a, b);
    lab.talk(a, 1, voice(5, 1, 0), 2);
    lab.configure(b, 2, |stream| stream.negotiated.direction = media::sdp::Direction::ReceiveOnly);
    assert!(lab.talk(a, 1, voice(5, 3, 320), 2).is_empty());
    lab.configure(b, 2, |stream| stream.negotiated.direction = media::sdp::Direction::SendOnly);
    assert_eq!(lab.talk(a, 1, voice(5, 5, 640), 2).len(), 2);
    assert!(lab.talk(b, 2, voice(6, 1, 0), 2).is_empty());
    assert_continuous(&lab.heard_by(2));
    assert_eq!(lab.close(b).discarded.unexpected, 2);
}
