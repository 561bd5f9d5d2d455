//! What holds for any bytes, any texts, any cut of a stream.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sip::message::{
    Broken, Builder, Capabilities, Frame, FrameLimits, Framer, List, Message, Method, Name, NameAddr, NewVia,
    OwnedMessage, Transport, Uri, Via, parse, percent_decode, unfold, unquote, validate,
};

use crate::samples::{BUSY, BYE, INVITE};

/// Bytes that look like SIP more often than chance would have it.
fn sip_like() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![
        Just(&b"INVITE sip:a@b SIP/2.0\r\n"[..]),
        Just(&b"SIP/2.0 200 OK\r\n"[..]),
        Just(&b"Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"[..]),
        Just(&b"From: \"a\" <sip:a@b>;tag=1\r\n"[..]),
        Just(&b"Content-Length: 4\r\n"[..]),
        Just(&b"\r\n"[..]),
        Just(&b" folded\r\n"[..]),
        Just(&b"\""[..]),
        Just(&b"<sip:["[..]),
        Just(&b";x=\"\\"[..]),
    ]
    .prop_map(<[u8]>::to_vec);
    let chance = prop::collection::vec(any::<u8>(), 0..12);
    prop::collection::vec(prop_oneof![3 => pieces, 1 => chance], 0..24).prop_map(|parts| parts.concat())
}

/// Texts with what could break out of a line, a quoted string or a URI.
fn nasty() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => any::<u8>(),
        1 => prop::sample::select(b"\r\n\"\\<>;:, %\0".to_vec()),
    ];
    prop::collection::vec(byte, 1..40)
}

/// Cuts the stream at the given places and frames it piece by piece, as a connection would.
fn frames(stream: &[u8], cuts: &[usize]) -> Vec<Frame> {
    let mut framer = Framer::new(FrameLimits::default());
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
    ends.push(stream.len());
    ends.sort_unstable();
    let (mut begin, mut found) = (0, Vec::new());
    for end in ends {
        loop {
            let frame = framer.next(&stream[begin..end]);
            match frame {
                Frame::Incomplete => break,
                Frame::KeepAlive { len, .. } | Frame::Complete { len } => begin += len,
                Frame::Broken { .. } => {
                    found.push(frame);
                    return found;
                }
            }
            found.push(frame);
        }
    }
    found
}

fn owned_copy(message: &Message<'_>) -> OwnedMessage {
    OwnedMessage::from(message)
}

/// The same cases on every machine; PROPTEST_RNG_SEED gives others.
fn repeatable() -> ProptestConfig {
    let default = ProptestConfig::default();
    let rng_seed = match default.rng_seed {
        RngSeed::Random => RngSeed::Fixed(3261),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    ProptestConfig { rng_seed, failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(repeatable())]

    #[test]
    fn no_bytes_stop_the_reader(bytes in prop_oneof![sip_like(), prop::collection::vec(any::<u8>(), 0..200)]) {
        if let Ok(message) = parse(&bytes) {
            let verdict = validate(&message, &Capabilities::default());
            prop_assert_eq!(verdict, validate(&owned_copy(&message).message(), &Capabilities::default()));
            let owned = owned_copy(&message);
            prop_assert_eq!(owned.message().headers().count(), message.headers().count());
            prop_assert_eq!(owned.message().body(), message.body());
        }
        prop_assert!(Uri::parse(&bytes).is_none_or(|uri| uri.bytes == bytes));
        prop_assert!(Via::parse(&bytes).is_none_or(|via| via.params.as_bytes().len() < bytes.len()));
        prop_assert!(NameAddr::parse(&bytes).is_none_or(|address| address.uri_bytes.len() <= bytes.len()));
        prop_assert!(List::new(&bytes).map(<[u8]>::len).sum::<usize>() <= bytes.len());
        prop_assert!(!unfold(&bytes).iter().any(|byte| b"\r\n".contains(byte)));
        prop_assert!(unquote(&bytes).len() <= bytes.len() && percent_decode(&bytes).len() <= bytes.len());
    }

    #[test]
    fn whatever_is_built_is_valid_and_says_what_was_meant(
        display in nasty(), user in "[a-z0-9]{1,12}", tag in "[a-z0-9]{1,12}", subject in nasty(),
        number in 0u32..1 << 31, body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let uri = format!("sip:{user}@example.net");
        let via = NewVia {
            transport: Transport::Tcp,
            sent_by: "[2001:db8::9]:5060".parse().unwrap(),
            branch: b"z9hG4bKx",
            rport: false,
        };
        let mut out = Vec::new();
        Builder::request(&mut out, Method::Options, uri.as_bytes())
            .via(&via)
            .address(Name::From, Some(&display), uri.as_bytes(), &[("tag", Some(tag.as_bytes()))])
            .address(Name::To, None, uri.as_bytes(), &[])
            .header(Name::CallId, "one@two")
            .cseq(number, Method::Options)
            .header(Name::Subject, &subject)
            .body("application/sdp", &body);
        let message = parse(&out).unwrap();
        prop_assert_eq!(validate(&message, &Capabilities::default()), Ok(()));
        prop_assert_eq!(message.headers().count(), 7 + usize::from(!body.is_empty()));
        prop_assert_eq!(message.cseq().unwrap().number, number);
        prop_assert_eq!(message.uri_bytes(), uri.as_bytes());
        prop_assert_eq!(message.body(), &body[..]);
        let from = message.from().unwrap();
        prop_assert_eq!(from.tag(), Some(tag.as_bytes()));
        let plain: Vec<u8> = display.iter().map(|&b| if b.is_ascii_control() { b' ' } else { b }).collect();
        prop_assert_eq!(from.display().unwrap().into_owned(), plain);
    }

    #[test]
    fn no_field_can_smuggle_a_header(
        uri in nasty(), display in nasty(), value in nasty(), token in nasty(), phrase in "\\PC{0,20}",
    ) {
        let mut out = Vec::new();
        let text = String::from_utf8_lossy(&value).into_owned();
        Builder::response(&mut out, 486, &format!("{phrase}\r\nEvil: 1"))
            .address(Name::Contact, Some(&display), &uri, &[("x", Some(&value)), (&text, None)])
            .header(Name::UserAgent, &value)
            .named(&[b"X-", &token[..]].concat(), &value)
            .tokens(Name::Allow, [&token, &value])
            .reason(sip::message::Protocol::Other(&token), 17, Some(&text))
            .warning(399, &text, &text)
            .body(&text, b"\r\nEvil: 1\r\n");
        let message = parse(&out).unwrap();
        prop_assert_eq!(message.flaw(), None);
        prop_assert_eq!(message.headers().count(), 8);
        prop_assert!(message.named(b"evil").next().is_none());
        prop_assert!(message.contact().is_ok());
        prop_assert_eq!(message.body(), b"\r\nEvil: 1\r\n");
    }

    #[test]
    fn a_stream_gives_the_same_frames_however_it_is_cut(
        order in prop::collection::vec(0usize..6, 1..8), cuts in prop::collection::vec(any::<usize>(), 0..40),
    ) {
        let parts = [INVITE, BUSY, BYE, b"\r\n", b"\r\n\r\n", b"BYE sip:a SIP/2.0\r\nContent-Length   :\r\n 2\r\n\r\nab"];
        let stream: Vec<u8> = order.iter().flat_map(|&part| parts[part].to_vec()).collect();
        let whole = frames(&stream, &[]);
        prop_assert_eq!(&frames(&stream, &cuts), &whole);
        let every_byte: Vec<usize> = (0..stream.len()).collect();
        prop_assert_eq!(&frames(&stream, &every_byte), &whole);
        let consumed: usize = whole.iter().map(|frame| match frame {
            Frame::KeepAlive { len, .. } | Frame::Complete { len } => *len,
            Frame::Incomplete | Frame::Broken { .. } => 0,
        }).sum();
        prop_assert_eq!(consumed, stream.len());
    }

    #[test]
    fn any_stream_is_cut_the_same_way_until_it_breaks(
        stream in sip_like(), cuts in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        prop_assert_eq!(frames(&stream, &cuts), frames(&stream, &[]));
    }
}

#[test]
fn a_message_that_comes_byte_by_byte_is_scanned_once() {
    let limits = FrameLimits { head_bytes_max: 60_000, message_bytes_max: 65_535 };
    let mut stream = b"INVITE sip:a@b SIP/2.0\r\nSubject: ".to_vec();
    stream.resize(50_000, b'x');
    let mut framer = Framer::new(limits);
    for end in 1..=stream.len() {
        assert_eq!(framer.next(&stream[..end]), Frame::Incomplete);
    }
    stream.resize(60_001, b'x');
    assert_eq!(framer.next(&stream), Frame::Broken { reason: Broken::HeadTooLarge, head: 0 });
}
