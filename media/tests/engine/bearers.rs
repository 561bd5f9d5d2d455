//! Lines to the PSTN and what goes through them.

#![expect(clippy::unwrap_used, reason = "a test's own helpers may stop the test")]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use call::Digit;
use media::dtmf::{Detector, Generator, Heard};
use media::rtp::Header;
use media::{Bearer, Command, DigitSource, EndpointId, Event, Law};

use crate::lab::{Lab, assert_continuous, mu_law, voice};

/// A line whose far end says what it is given and keeps what it hears.
struct FarEnd {
    says: Receiver<Vec<u8>>,
    saying: VecDeque<u8>,
    hears: Sender<Vec<u8>>,
    law: Law,
}

impl Bearer for FarEnd {
    fn law(&self) -> Law {
        self.law
    }

    fn exchange(&mut self, to_line: &[u8], from_line: &mut [u8]) {
        assert_eq!(to_line.len(), from_line.len());
        self.saying.extend(self.says.try_iter().flatten());
        let idle = self.law.silence();
        from_line.iter_mut().for_each(|octet| *octet = self.saying.pop_front().unwrap_or(idle));
        drop(self.hears.send(to_line.to_vec()));
    }
}

/// The far end as a test holds it.
struct Phone {
    endpoint: EndpointId,
    say: Sender<Vec<u8>>,
    heard: RefCell<Receiver<Vec<u8>>>,
    law: Law,
}

impl Phone {
    fn on(lab: &mut Lab, law: Law) -> Self {
        let endpoint = lab.ids.take().unwrap();
        let (say, says) = channel();
        let (hears, heard) = channel();
        let bearer = Box::new(FarEnd { says, saying: VecDeque::new(), hears, law });
        lab.command(Command::OpenBearer { endpoint, bearer, detect_digits: true });
        Self { endpoint, say, heard: RefCell::new(heard), law }
    }

    fn heard(&self) -> Vec<u8> {
        self.heard.borrow().try_iter().flatten().collect()
    }

    fn heard_digits(&self) -> String {
        let mut pcm = vec![0; 0];
        pcm.extend(self.heard().iter().map(|octet| self.law.decode(*octet)));
        let mut digits = String::new();
        Detector::new().listen(&pcm, |heard| {
            if let Heard::Start(digit) = heard {
                digits.push(digit.as_char());
            }
        });
        digits
    }

    fn press(&self, digit: char) {
        let mut generator = Generator::with_levels(-9.0, -11.0, self.law);
        assert!(generator.send_for(Digit::from_char(digit).unwrap(), 100));
        let mut pcm = [0; 8 * 200];
        generator.fill(&mut pcm);
        let mut octets = vec![0; pcm.len()];
        self.law.encode_into(&pcm, &mut octets);
        self.say.send(octets).unwrap();
    }
}

fn event(sequence: u16, timestamp: u32, end: bool, duration: u16) -> (Header, [u8; 4]) {
    let [high, low] = duration.to_be_bytes();
    let header = Header { payload_type: 101, marker: false, sequence, timestamp, ssrc: 5 };
    (header, [5, if end { 0x8a } else { 10 }, high, low])
}

#[test]
fn a_line_hears_the_packets_and_its_voice_goes_out_in_packets() {
    for law in Law::ALL {
        let mut lab = Lab::new();
        let (phone, stream) = (Phone::on(&mut lab, law), lab.stream(1, |_| {}));
        lab.bridge(phone.endpoint, stream);
        let spoken: Vec<u8> = (0..1600_u32).map(|n| u8::try_from(n * 7 % 256).unwrap()).collect();
        phone.say.send(spoken.clone()).unwrap();
        lab.talk(stream, 1, voice(5, 1, 0), 50);
        let sent = lab.heard_by(1);
        assert!((49..=51).contains(&sent.len()));
        assert_continuous(&sent);
        assert!(sent[0].header().marker && sent.iter().skip(1).all(|packet| !packet.header().marker));
        let out: Vec<u8> = sent.iter().flat_map(|packet| packet.payload().to_vec()).collect();
        let expected: Vec<_> = spoken.iter().map(|octet| Law::A.encode(law.decode(*octet))).collect();
        assert!(out[..1600] == expected, "{law:?}");
        let heard = phone.heard();
        let said = [law.encode(Law::A.decode(0x55)); 160];
        assert_eq!(heard.len(), 1000 * 8);
        assert!(heard[heard.len() - 4000..].chunks(160).all(|frame| frame == said));
    }
}

#[test]
fn a_line_hears_silence_while_nothing_comes_and_time_goes_on_for_it() {
    let mut lab = Lab::new();
    let phone = Phone::on(&mut lab, Law::Mu);
    lab.pass(1000);
    let heard = phone.heard();
    assert_eq!(heard.len(), 8000);
    assert!(heard.iter().all(|octet| *octet == Law::Mu.silence()));
    lab.close(phone.endpoint);
    lab.pass(1000);
    assert!(phone.heard().is_empty());
    assert_eq!(lab.core.poll_timeout(), None);
}

#[test]
fn a_line_is_paced_by_the_packets_its_listener_wants() {
    let mut lab = Lab::new();
    let phone = Phone::on(&mut lab, Law::A);
    let stream = lab.stream(1, |stream| stream.negotiated.packet_milliseconds = 30);
    lab.bridge(stream, phone.endpoint);
    lab.pass(600);
    let sent = lab.heard_by(1);
    assert!((19..=20).contains(&sent.len()));
    assert!(sent.iter().all(|packet| packet.payload().len() == 240));
    lab.configure(stream, 1, |stream| stream.negotiated.packet_milliseconds = 10);
    lab.pass(600);
    let sent = lab.heard_by(1);
    assert!((58..=60).contains(&sent.len()));
    assert_continuous(&sent);
}

#[test]
fn two_lines_hear_each_other() {
    let mut lab = Lab::new();
    let (a, b) = (Phone::on(&mut lab, Law::A), Phone::on(&mut lab, Law::Mu));
    lab.bridge(a.endpoint, b.endpoint);
    a.say.send(vec![0x55; 800]).unwrap();
    lab.pass(200);
    let said = Law::Mu.encode(Law::A.decode(0x55));
    assert_eq!(b.heard().iter().filter(|octet| **octet == said).count(), 800);
    assert!(a.heard().iter().all(|octet| *octet == Law::A.silence()));
}

#[test]
fn an_event_becomes_a_tone_on_the_line_and_is_told_once() {
    let mut lab = Lab::new();
    let (phone, stream) = (Phone::on(&mut lab, Law::A), lab.stream(1, |_| {}));
    lab.bridge(phone.endpoint, stream);
    lab.talk(stream, 1, voice(5, 1, 0), 10);
    phone.heard();
    for n in 0..5_u16 {
        let (header, payload) = event(11 + n, 1600, false, 160 * (n + 1));
        lab.packet(stream, 1, header, &payload);
        lab.pass(20);
    }
    for n in 0..3 {
        let (header, payload) = event(16 + n, 1600, true, 960);
        lab.packet(stream, 1, header, &payload);
        lab.pass(20);
    }
    lab.talk(stream, 1, voice(5, 19, 3200), 10);
    assert_eq!(phone.heard_digits(), "5");
    let digit = Digit::from_char('5').unwrap();
    let told = Event::Digit { endpoint: stream, digit, milliseconds: 120, how: DigitSource::Event };
    assert_eq!(lab.events, [told]);
}

#[test]
fn a_digit_heard_on_the_line_is_told_and_goes_out_as_an_event_without_its_sound() {
    let mut lab = Lab::new();
    let (phone, stream) = (Phone::on(&mut lab, Law::Mu), lab.stream(1, |_| {}));
    lab.bridge(phone.endpoint, stream);
    lab.pass(100);
    phone.press('7');
    lab.pass(500);
    let Some(Event::Digit { endpoint, digit, how: DigitSource::InBand, milliseconds }) = lab.events.pop()
    else {
        panic!("no digit")
    };
    assert_eq!((endpoint, digit.as_char()), (phone.endpoint, '7'));
    assert!((90..=110).contains(&milliseconds), "{milliseconds}");
    let sent = lab.heard_by(1);
    let events: Vec<_> = sent.iter().filter(|packet| packet.header().payload_type == 101).collect();
    assert!(events.len() >= 6 && events.iter().all(|packet| packet.payload()[0] == 7));
    assert!(events.iter().all(|packet| packet.header().timestamp == events[0].header().timestamp));
    assert_eq!(events.iter().filter(|packet| packet.payload()[1] & 0x80 != 0).count(), 3);
    let numbers: Vec<_> = sent.iter().map(|packet| packet.header().sequence).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)));
    let loud =
        |packet: &&crate::lab::Sent| packet.payload().iter().any(|octet| Law::A.decode(*octet).abs() > 1000);
    let leaked = sent.iter().filter(|packet| packet.header().payload_type == 8).filter(loud).count();
    assert!(leaked <= 3, "{leaked} frames of the tone leaked");
}

#[test]
fn a_digit_heard_on_the_line_sounds_on_where_the_peer_takes_no_events() {
    let mut lab = Lab::new();
    let phone = Phone::on(&mut lab, Law::A);
    let stream = lab.stream(1, |stream| stream.negotiated.telephone_event = None);
    lab.bridge(phone.endpoint, stream);
    phone.press('#');
    lab.pass(500);
    let mut pcm = Vec::new();
    for packet in lab.heard_by(1) {
        assert_eq!(packet.header().payload_type, 8);
        pcm.extend(packet.payload().iter().map(|octet| Law::A.decode(*octet)));
    }
    let mut digits = String::new();
    Detector::new().listen(&pcm, |heard| {
        if let Heard::End { digit, duration } = heard {
            assert!(duration > Duration::from_millis(80));
            digits.push(digit.as_char());
        }
    });
    assert_eq!(digits, "#");
}

#[test]
fn a_digit_sent_to_a_line_sounds_there() {
    let mut lab = Lab::new();
    let (phone, stream) = (Phone::on(&mut lab, Law::A), lab.stream(1, mu_law));
    lab.bridge(stream, phone.endpoint);
    for key in "19#".chars() {
        let digit = Digit::from_char(key).unwrap();
        lab.command(Command::Digit { endpoint: phone.endpoint, digit, milliseconds: 80 });
    }
    lab.talk(stream, 1, Header { payload_type: 0, ..voice(5, 1, 0) }, 50);
    assert_eq!(phone.heard_digits(), "19#");
}
