//! What it costs to read a 1 KB INVITE: nanoseconds a message, the least and the median of many batches.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]
#![expect(clippy::expect_used, reason = "a measurement that cannot begin has nothing to say")]

use std::hint::black_box;
use std::time::Instant;

use sip::message::{Capabilities, parse, validate};

const BATCHES: usize = 400;
const MESSAGES_PER_BATCH: u32 = 500;

fn main() {
    let invite = invite();
    let capabilities = Capabilities::default();
    let message = parse(&invite).expect("the sample is a message");
    assert_eq!(validate(&message, &capabilities), Ok(()));
    println!("an INVITE of {} octets, {} headers", invite.len(), message.headers().count());

    let parsed = measure("parse", || black_box(parse(black_box(&invite))).is_ok());
    let validated = measure("parse and validate", || {
        parse(black_box(&invite)).is_ok_and(|message| validate(black_box(&message), &capabilities).is_ok())
    });
    let (held, limits) = (bytes::Bytes::from(invite), sipx_sip::Limits::default());
    let theirs = measure("sipx-sip parse", || {
        black_box(sipx_sip::parse_datagram(black_box(held.clone()), &limits)).is_ok()
    });
    measure("sipx-sip, validated", || {
        sipx_sip::parse_datagram(black_box(held.clone()), &limits)
            .is_ok_and(|message| sipx_sip::validate(black_box(&message)).is_empty())
    });
    println!("sipx-sip takes {:.1} times as long to parse", theirs / parsed);
    println!("validation adds {:.0} ns", validated - parsed);
}

/// The least nanoseconds a message over all batches; prints it beside the median.
fn measure(what: &str, mut read: impl FnMut() -> bool) -> f64 {
    let mut batches: Vec<f64> = (0..BATCHES)
        .map(|_| {
            let begin = Instant::now();
            for _ in 0..MESSAGES_PER_BATCH {
                assert!(read());
            }
            begin.elapsed().as_secs_f64() * 1e9 / f64::from(MESSAGES_PER_BATCH)
        })
        .collect();
    batches.sort_by(f64::total_cmp);
    let least = batches.first().copied().unwrap_or_default();
    let median = batches.get(BATCHES / 2).copied().unwrap_or_default();
    println!("{what:<20} {least:>8.0} ns least {median:>8.0} ns median");
    least
}

fn invite() -> Vec<u8> {
    let body = "v=0\r\n\
        o=- 3724394400 3724394405 IN IP4 198.51.100.10\r\n\
        s=-\r\n\
        c=IN IP4 198.51.100.10\r\n\
        t=0 0\r\n\
        m=audio 49170 RTP/AVP 8 0 101\r\n\
        a=rtpmap:8 PCMA/8000\r\n\
        a=rtpmap:0 PCMU/8000\r\n\
        a=rtpmap:101 telephone-event/8000\r\n\
        a=fmtp:101 0-15\r\n\
        a=sendrecv\r\n";
    let head = "INVITE sip:+442079460123@gateway.example.com;user=phone SIP/2.0\r\n\
        Via: SIP/2.0/UDP 198.51.100.10:5060;branch=z9hG4bK776asdhds8f7g;rport\r\n\
        Via: SIP/2.0/UDP 192.0.2.40:5060;branch=z9hG4bKc1d2.0a77;received=192.0.2.40\r\n\
        Record-Route: <sip:192.0.2.40;lr>\r\n\
        Max-Forwards: 70\r\n\
        From: \"Alice Liddell\" <sip:+442079460456@example.com;user=phone>;tag=1928301774\r\n\
        To: <sip:+442079460123@gateway.example.com;user=phone>\r\n\
        Call-ID: a84b4c76e66710-5f3a9b@198.51.100.10\r\n\
        CSeq: 314159 INVITE\r\n\
        Contact: <sip:alice@198.51.100.10:5060;transport=udp>\r\n\
        Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO\r\n\
        Supported: 100rel, timer, replaces\r\n\
        Session-Expires: 1800;refresher=uac\r\n\
        P-Asserted-Identity: <sip:+442079460456@example.com;user=phone>\r\n\
        User-Agent: ExamplePhone/4.2\r\n\
        Content-Type: application/sdp\r\n";
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
