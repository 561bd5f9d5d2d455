//! What the gateway says itself: tones and digits.

use call::Digit;
use media::dtmf::{Detector, Heard};
use media::rtp::Header;
use media::tone::{Country, Kind, Tone};
use media::{Command, Law};

use crate::lab::{Lab, Sent, assert_continuous, voice};

fn loud(packet: &Sent) -> bool {
    packet.payload().iter().any(|octet| Law::A.decode(*octet).abs() > 1000)
}

#[test]
fn a_tone_gives_way_to_the_far_end_and_the_stream_goes_on() {
    let mut lab = Lab::new();
    let (caller, callee) = (lab.stream(1, |_| {}), lab.stream(2, |_| {}));
    lab.command(Command::Tone { endpoint: caller, tone: Tone::of(Country::Us, Kind::Ringback) });
    lab.pass(3000);
    lab.bridge(caller, callee);
    lab.talk(callee, 2, voice(5, 1, 0), 50);
    lab.command(Command::StopTone { endpoint: caller });
    lab.talk(callee, 2, voice(5, 51, 8000), 50);
    let heard = lab.heard_by(1);
    assert_continuous(&heard);
    assert!((248..=252).contains(&heard.len()), "{}", heard.len());
    assert!(heard[..95].iter().all(loud), "two seconds of sound");
    assert!(!heard[105..195].iter().any(loud), "then four of silence");
    assert!(heard[200..].iter().all(|packet| packet.payload() == [0x55; 160]));
    let marked: Vec<_> = (0..heard.len()).filter(|at| heard[*at].header().marker).collect();
    assert_eq!(marked.len(), 2, "{marked:?}");
}

#[test]
fn nothing_is_due_when_no_tone_plays() {
    let mut lab = Lab::new();
    let caller = lab.stream(1, |_| {});
    lab.command(Command::Tone { endpoint: caller, tone: Tone::of(Country::Us, Kind::Busy) });
    lab.pass(100);
    lab.command(Command::StopTone { endpoint: caller });
    lab.sent.clear();
    lab.pass(1000);
    assert!(lab.heard_by(1).is_empty());
}

#[test]
fn a_digit_goes_to_a_stream_as_an_event_and_the_voice_comes_back() {
    let mut lab = Lab::new();
    let (a, b) = (lab.stream(1, |_| {}), lab.stream(2, |_| {}));
    lab.bridge(a, b);
    lab.talk(a, 1, voice(5, 1, 0), 10);
    lab.command(Command::Digit { endpoint: b, digit: Digit::from_char('4').unwrap(), milliseconds: 100 });
    lab.talk(a, 1, voice(5, 11, 1600), 50);
    let heard = lab.heard_by(2);
    let events: Vec<_> = heard.iter().filter(|packet| packet.header().payload_type == 101).collect();
    assert_eq!(events.iter().filter(|packet| packet.payload()[1] & 0x80 != 0).count(), 3);
    assert!(events[0].header().marker);
    assert_eq!(events.last().unwrap().payload(), [4, 0x8a, 3, 32]);
    let numbers: Vec<_> = heard.iter().map(|packet| packet.header().sequence).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)));
    let times: Vec<_> = heard.iter().map(|packet| packet.header().timestamp).collect();
    assert!(times.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) < 8000));
    assert!(heard[heard.len() - 20..].iter().all(|packet| packet.payload() == [0x55; 160]));
}

#[test]
fn an_event_sounds_as_a_tone_to_a_stream_that_takes_none() {
    let mut lab = Lab::new();
    let a = lab.stream(1, |_| {});
    let b = lab.stream(2, |stream| stream.negotiated.telephone_event = None);
    lab.bridge(a, b);
    lab.talk(a, 1, voice(5, 1, 0), 10);
    for n in 0..5_u8 {
        let header = Header { payload_type: 101, ..voice(5, 11 + u16::from(n), 1600) };
        lab.packet(a, 1, header, &[9, if n == 4 { 0x8a } else { 10 }, n, 160]);
        lab.pass(20);
    }
    lab.talk(a, 1, voice(5, 16, 2400), 30);
    let heard = lab.heard_by(2);
    let pcm: Vec<_> =
        heard.iter().flat_map(|packet| packet.payload()).map(|octet| Law::A.decode(*octet)).collect();
    let mut digits = String::new();
    Detector::new().listen(&pcm, |heard| {
        if let Heard::Start(digit) = heard {
            digits.push(digit.as_char());
        }
    });
    assert_eq!(digits, "9");
    assert_continuous(&heard);
}
