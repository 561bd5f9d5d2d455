//! Headers good and bad, read and rewritten.

use super::{Extension, Header, NotRtp, Packet, is_rtcp};
use proptest::prelude::*;

const HEADER: Header =
    Header { payload_type: 8, marker: true, sequence: 0xFFFE, timestamp: 0x0102_0304, ssrc: 0xDEAD_BEEF };

fn packet(first: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = HEADER.to_bytes().to_vec();
    bytes[0] |= first;
    bytes.extend_from_slice(rest);
    bytes
}

#[test]
fn a_plain_packet_is_its_header_and_its_payload() {
    let mut bytes = [0; 64];
    let octets = HEADER.write(b"voice", &mut bytes).unwrap();
    let parsed = Packet::parse(&bytes[..octets]).unwrap();
    assert_eq!((parsed.header, parsed.payload), (HEADER, &b"voice"[..]));
    assert_eq!(parsed.extension, None);
    assert_eq!(parsed.contributing_sources().count(), 0);
    assert_eq!(HEADER.write(b"voice", &mut bytes[..16]), None);
}

#[test]
fn sources_extension_and_padding_are_set_apart_from_the_payload() {
    let rest = [0, 0, 0, 1, 0, 0, 0, 2, 0xBE, 0xDE, 0, 1, 9, 9, 9, 9, b'h', b'i', 0, 0, 3];
    let bytes = packet(0x20 | 0x10 | 2, &rest);
    let parsed = Packet::parse(&bytes).unwrap();
    assert_eq!(parsed.contributing_sources().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(parsed.extension, Some(Extension { profile: 0xBEDE, data: &[9; 4] }));
    assert_eq!(parsed.payload, b"hi");
}

#[test]
fn what_reaches_beyond_the_end_is_refused() {
    assert_eq!(Packet::parse(&[0x80; 11]), Err(NotRtp::TooShort));
    assert_eq!(Packet::parse(&packet(1, &[0; 3])), Err(NotRtp::ContributingSources));
    assert_eq!(Packet::parse(&packet(0x10, &[0; 3])), Err(NotRtp::Extension));
    assert_eq!(Packet::parse(&packet(0x10, &[0, 0, 0, 2, 1, 2, 3, 4])), Err(NotRtp::Extension));
    assert_eq!(Packet::parse(&packet(0x20, &[])), Err(NotRtp::Padding));
    assert_eq!(Packet::parse(&packet(0x20, &[0])), Err(NotRtp::Padding));
    assert_eq!(Packet::parse(&packet(0x20, &[1, 1, 4])), Err(NotRtp::Padding));
    assert_eq!(Packet::parse(&packet(0x20, &[1, 1, 3])).unwrap().payload, b"");
}

#[test]
fn another_version_and_rtcp_are_not_rtp() {
    let mut bytes = packet(0, &[]);
    bytes[0] = 0x40;
    assert_eq!(Packet::parse(&bytes), Err(NotRtp::Version(1)));
    for (packet_type, expected) in
        [(199, true), (200, true), (204, true), (223, true), (224, false), (72, false)]
    {
        bytes[0] = 0x80;
        bytes[1] = packet_type;
        assert_eq!(is_rtcp(&bytes), expected, "{packet_type}");
        assert_eq!(Packet::parse(&bytes) == Err(NotRtp::Rtcp), expected, "{packet_type}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic_and_a_rewrite_changes_only_the_five_fields(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..80),
        version_2: bool,
    ) {
        if let (true, Some(first)) = (version_2, bytes.first_mut()) {
            *first = *first & 0x3F | 0x80;
        }
        let before = bytes.clone();
        if let Ok(parsed) = Packet::parse(&before) {
            HEADER.rewrite(&mut bytes);
            let rewritten = Packet::parse(&bytes).unwrap();
            prop_assert_eq!(rewritten.header, HEADER);
            prop_assert_eq!(rewritten.payload, parsed.payload);
            prop_assert_eq!(rewritten.extension, parsed.extension);
            prop_assert!(rewritten.contributing_sources().eq(parsed.contributing_sources()));
            parsed.header.rewrite(&mut bytes);
            prop_assert_eq!(bytes, before);
        }
    }
}
