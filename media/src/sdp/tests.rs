//! Offers and answers, and the odd things peers write.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;
use crate::codec::Codec;

const US: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 10));
const BOTH: &[Codec] = &[Codec::Pcma, Codec::Pcmu];

fn local() -> Local<'static> {
    Local::new(US, 20000, BOTH)
}

fn described(text: &str) -> Description {
    Description::parse(text.as_bytes()).unwrap()
}

fn answered(offer: &str) -> Result<(String, Negotiated), Refusal> {
    let (bytes, negotiated) = Session::new(14).answer(&described(offer), &local())?;
    Ok((String::from_utf8(bytes).unwrap(), negotiated))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

const PHONE: &str = "v=0\r\no=alice 1 1 IN IP4 192.0.2.1\r\ns=call\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
    m=audio 49170 RTP/AVP 0 8 96\r\na=rtpmap:96 telephone-event/8000\r\na=ptime:30\r\n";

#[test]
fn our_offer_reads_as_the_golden_one() {
    let offer = text(Session::new(14).offer(&local()));
    assert_eq!(
        offer,
        "v=0\r\no=- 7 1 IN IP4 203.0.113.10\r\ns=-\r\nc=IN IP4 203.0.113.10\r\nt=0 0\r\n\
         m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    );
}

#[test]
fn our_answer_reads_as_the_golden_one() {
    let (answer, negotiated) = answered(PHONE).unwrap();
    assert_eq!(
        answer,
        "v=0\r\no=- 7 1 IN IP4 203.0.113.10\r\ns=-\r\nc=IN IP4 203.0.113.10\r\nt=0 0\r\n\
         m=audio 20000 RTP/AVP 0 96\r\na=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\na=ptime:30\r\na=sendrecv\r\n"
    );
    assert_eq!(
        negotiated,
        Negotiated {
            codec: Codec::Pcmu,
            payload_type: PayloadTypes { send: 0, receive: 0 },
            telephone_event: Some(PayloadTypes { send: 96, receive: 96 }),
            packet_milliseconds: 30,
            direction: Direction::SendReceive,
            remote: "192.0.2.1:49170".parse().unwrap(),
            remote_rtcp: "192.0.2.1:49171".parse().unwrap(),
        }
    );
}

#[test]
fn the_order_of_codecs_is_the_peers_or_ours() {
    let ours = Local { order: Order::Local, ..local() };
    let (_, negotiated) = Session::new(1).answer(&described(PHONE), &ours).unwrap();
    assert_eq!(negotiated.codec, Codec::Pcma);
    let only_a = Local { codecs: &[Codec::Pcma], ..local() };
    let (_, negotiated) = Session::new(1).answer(&described(PHONE), &only_a).unwrap();
    assert_eq!(negotiated.codec, Codec::Pcma);
}

#[test]
fn the_same_offer_gets_the_same_answer_and_a_new_one_a_higher_version() {
    let mut session = Session::new(14);
    let (first, _) = session.answer(&described(PHONE), &local()).unwrap();
    let (again, _) = session.answer(&described(PHONE), &local()).unwrap();
    assert_eq!(first, again);
    let held = PHONE.replace("a=ptime:30", "a=sendonly");
    let (held, _) = session.answer(&described(&held), &local()).unwrap();
    assert!(text(held).contains("o=- 7 2 IN"));
    let (back, _) = session.answer(&described(PHONE), &local()).unwrap();
    assert!(text(back).contains("o=- 7 3 IN"));
}

#[test]
fn a_refused_offer_leaves_the_session_as_it_was() {
    let mut session = Session::new(14);
    let (first, _) = session.answer(&described(PHONE), &local()).unwrap();
    assert!(session.answer(&described("v=0\r\n"), &local()).is_err());
    assert_eq!(session.answer(&described(PHONE), &local()).unwrap().0, first);
}

#[test]
fn each_direction_is_answered_by_its_counterpart() {
    let mut session = Session::new(1);
    let mut answer = |attribute: &str, address: &str| {
        let offer = PHONE.replace("a=ptime:30", attribute).replace("c=IN IP4 192.0.2.1", address);
        session.answer(&described(&offer), &local()).unwrap().1.direction
    };
    let there = "c=IN IP4 192.0.2.1";
    assert_eq!(answer("a=sendrecv", there), Direction::SendReceive);
    assert_eq!(answer("a=sendonly", there), Direction::ReceiveOnly);
    assert_eq!(answer("a=recvonly", there), Direction::SendOnly);
    assert_eq!(answer("a=inactive", there), Direction::Inactive);
    assert_eq!(answer("a=sendrecv", "c=IN IP4 0.0.0.0"), Direction::ReceiveOnly);
    assert_eq!(answer("a=recvonly", "c=IN IP4 0.0.0.0"), Direction::Inactive);
}

#[test]
fn a_direction_at_session_level_counts_until_the_line_says_otherwise() {
    let offer = PHONE.replace("t=0 0", "t=0 0\r\na=inactive");
    assert_eq!(answered(&offer).unwrap().1.direction, Direction::Inactive);
    let offer = offer.replace("a=ptime:30", "a=sendrecv");
    assert_eq!(answered(&offer).unwrap().1.direction, Direction::SendReceive);
}

#[test]
fn other_streams_are_declined_on_their_own_lines_and_stay_there() {
    let offer = PHONE.replace("m=audio", "m=video 51372 RTP/AVP 99 100\r\nm=audio")
        + "m=image 4000 udptl t38\r\nm=audio 5000 RTP/AVP 8\r\n";
    let mut session = Session::new(14);
    let (answer, _) = session.answer(&described(&offer), &local()).unwrap();
    let lines: Vec<_> =
        text(answer).lines().filter(|line| line.starts_with("m=")).map(String::from).collect();
    let declined = [
        "m=video 0 RTP/AVP 99 100",
        "m=audio 20000 RTP/AVP 0 96",
        "m=image 0 udptl t38",
        "m=audio 0 RTP/AVP 8",
    ];
    assert_eq!(lines, declined);
    let again = text(session.offer(&local()));
    let lines: Vec<_> = again.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(lines, [declined[0], "m=audio 20000 RTP/AVP 8 0 96", declined[2], declined[3]]);
}

#[test]
fn an_insecure_answer_to_a_secure_offer_is_never_given() {
    for protocol in ["RTP/SAVP", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF", "TCP/RTP/AVP"] {
        assert_eq!(answered(&PHONE.replace("RTP/AVP", protocol)).unwrap_err(), Refusal::Transport);
    }
    let both = format!("{}m=audio 6000 RTP/AVP 8\r\n", PHONE.replace("RTP/AVP", "RTP/SAVP"));
    let (answer, negotiated) = answered(&both).unwrap();
    assert!(answer.contains("m=audio 0 RTP/SAVP 0 8 96\r\nm=audio 20000 RTP/AVP 8\r\n"));
    assert_eq!(negotiated.remote.port(), 6000);
}

#[test]
fn offers_that_cannot_be_taken_say_why() {
    let refusal = |offer: &str| answered(offer).unwrap_err();
    assert_eq!(refusal("v=0\r\n"), Refusal::NoAudio);
    assert_eq!(refusal(&PHONE.replace("49170", "0")), Refusal::NoAudio);
    assert_eq!(refusal(&PHONE.replace("0 8 96", "18 96")), Refusal::NoCodec);
    assert_eq!(refusal(&PHONE.replace("IP4 192.0.2.1", "IP4 phone.example")), Refusal::NoAddress);
    assert_eq!(refusal(&PHONE.replace("IP4 192.0.2.1", "IP4 224.2.1.1/127")), Refusal::NoAddress);
    assert_eq!(refusal(&PHONE.replace("IP4 192.0.2.1", "IP4 255.255.255.255")), Refusal::NoAddress);
    assert_eq!(refusal(&PHONE.replace("c=IN IP4 192.0.2.1\r\n", "")), Refusal::NoAddress);
    assert_eq!(refusal(&PHONE.replace("a=ptime:30", "a=rtcp:99 IN IP4 224.2.1.1")), Refusal::NoAddress);
}

#[test]
fn addresses_are_read_at_both_levels_and_in_both_families() {
    let offer = PHONE.replace("a=ptime:30", "c=IN IP6 2001:db8::5\r\na=rtcp:53020");
    let negotiated = answered(&offer).unwrap().1;
    assert_eq!(negotiated.remote, "[2001:db8::5]:49170".parse().unwrap());
    assert_eq!(negotiated.remote_rtcp, "[2001:db8::5]:53020".parse().unwrap());
    let offer = PHONE.replace("a=ptime:30", "a=rtcp:53020 IN IP4 192.0.2.9");
    assert_eq!(answered(&offer).unwrap().1.remote_rtcp, "192.0.2.9:53020".parse().unwrap());
    let v6 = Local { address: IpAddr::V6(Ipv6Addr::LOCALHOST), ..local() };
    assert!(text(Session::new(2).offer(&v6)).contains("o=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\n"));
}

#[test]
fn a_packet_is_as_long_as_the_peer_asks_within_the_limits() {
    let ptime =
        |attributes: &str| answered(&PHONE.replace("a=ptime:30", attributes)).unwrap().1.packet_milliseconds;
    assert_eq!(ptime("a=ptime:60"), 60);
    assert_eq!(ptime("a=ptime:10.0"), 10);
    for odd in ["a=ptime:0", "a=ptime:200", "a=ptime:x", "a=ptime:25", "a=ptime:-20", "a=silence"] {
        assert_eq!(ptime(odd), 20, "{odd}");
    }
    assert_eq!(ptime("a=maxptime:10"), 10);
    assert_eq!(ptime("a=ptime:40\r\na=maxptime:30"), 20);
    assert_eq!(ptime("a=maxptime:1"), 10);
}

#[test]
fn a_dynamic_number_for_a_static_codec_is_understood() {
    let offer = PHONE.replace("0 8 96", "97 96").replace("a=ptime:30", "a=rtpmap:97 pcma/8000/1");
    let negotiated = answered(&offer).unwrap().1;
    assert_eq!((negotiated.codec, negotiated.payload_type.send), (Codec::Pcma, 97));
    let stereo = offer.replace("8000/1", "8000/2");
    assert_eq!(answered(&stereo).unwrap_err(), Refusal::NoCodec);
    let renamed = PHONE.replace("0 8 96", "8").replace("a=ptime:30", "a=rtpmap:8 G729/8000");
    assert_eq!(answered(&renamed).unwrap_err(), Refusal::NoCodec);
}

#[test]
fn events_count_at_the_codecs_clock_only() {
    let offer = PHONE.replace("telephone-event/8000", "telephone-event/48000");
    let (answer, negotiated) = answered(&offer).unwrap();
    assert_eq!(negotiated.telephone_event, None);
    assert!(!answer.contains("telephone-event"));
    let without = Local { telephone_event: false, ..local() };
    assert_eq!(Session::new(1).answer(&described(PHONE), &without).unwrap().1.telephone_event, None);
}

#[test]
fn an_answer_may_number_events_its_own_way() {
    let mut session = Session::new(1);
    session.offer(&local());
    let negotiated = session.negotiate(&described(PHONE)).unwrap();
    assert_eq!(negotiated.codec, Codec::Pcmu);
    assert_eq!(negotiated.telephone_event, Some(PayloadTypes { send: 96, receive: 101 }));
    assert_eq!(session.negotiate(&described(PHONE)), Ok(negotiated));
}

#[test]
fn answers_that_do_not_fit_the_offer_say_why() {
    let mut session = Session::new(1);
    assert_eq!(session.negotiate(&described(PHONE)), Err(Refusal::Mismatch));
    session.offer(&Local { codecs: &[Codec::Pcma], ..local() });
    let refusal = |answer: &str| session.negotiate(&described(answer)).unwrap_err();
    assert_eq!(refusal("v=0\r\n"), Refusal::Mismatch);
    assert_eq!(refusal(&PHONE.replace("m=audio", "m=video")), Refusal::Mismatch);
    assert_eq!(refusal(&PHONE.replace("49170", "0")), Refusal::NoAudio);
    assert_eq!(refusal(&PHONE.replace("0 8 96", "0 96")), Refusal::NoCodec);
    assert_eq!(refusal(&PHONE.replace("RTP/AVP", "RTP/SAVP")), Refusal::Transport);
}

#[test]
fn what_this_gateway_does_not_use_cannot_refuse_a_call() {
    let odd = PHONE.replace(
        "t=0 0",
        "b=AS:many\r\nt=whenever\r\nz=x\r\nk=clear\r\nq=?\r\nnonsense\r\n\r\na=\u{fffd}\r\na=group:BUNDLE 1",
    );
    assert_eq!(answered(&odd).unwrap().1, answered(PHONE).unwrap().1);
    let mut latin1 = PHONE.replace("s=call", "s=caf#").into_bytes();
    let at = latin1.iter().position(|octet| *octet == b'#').unwrap();
    latin1[at] = 0xe9;
    assert!(Description::parse(&latin1).is_ok());
    assert!(Description::parse(PHONE.replace("\r\n", "\n").as_bytes()).is_ok());
}

#[test]
fn too_large_a_description_is_refused() {
    let long = format!("{PHONE}{}", "a=x\r\n".repeat(4000));
    assert_eq!(Description::parse(long.as_bytes()), Err(SdpError::TooLong));
    let many = format!("{PHONE}{}", "m=audio 0 RTP/AVP 0\r\n".repeat(MAX_MEDIA));
    assert_eq!(Description::parse(many.as_bytes()), Err(SdpError::TooManyMedia));
    assert_eq!(Description::parse(b"m=audio x RTP/AVP 0\r\n"), Err(SdpError::Grammar));
    let types: String = (0..200).map(|n| format!(" {n}")).collect();
    let formats = described(&format!("v=0\r\nm=audio 4 RTP/AVP{types}\r\n"));
    assert_eq!(formats.audio().next().unwrap().formats.len(), MAX_FORMATS);
}

proptest! {
    #[test]
    fn no_bytes_stop_us(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(description) = Description::parse(&bytes) {
            drop(Session::new(1).answer(&description, &local()));
        }
    }

    #[test]
    fn no_slip_of_the_pen_stops_us(at in 0..PHONE.len(), octet: u8, cut in 0..PHONE.len()) {
        let mut bytes = PHONE.as_bytes().to_vec();
        bytes[at] = octet;
        bytes.truncate(cut.max(at));
        if let Ok(description) = Description::parse(&bytes) {
            let mut session = Session::new(1);
            if let Ok((answer, negotiated)) = session.answer(&description, &local()) {
                prop_assert!(BOTH.contains(&negotiated.codec));
                let ours = Description::parse(&answer).unwrap();
                prop_assert_eq!(ours.media.len(), description.media.len());
            }
            session.offer(&local());
            if let Ok(negotiated) = session.negotiate(&description) {
                prop_assert_ne!(negotiated.remote.port(), 0);
            }
        }
    }

    #[test]
    fn two_of_us_always_agree(order: bool, ptime in 1u8..=6, sends: bool, receives: bool, event: bool) {
        let offer = Local {
            packet_milliseconds: ptime * 10,
            direction: Direction::new(sends, receives),
            telephone_event: event,
            ..local()
        };
        let answer = Local { order: if order { Order::Local } else { Order::Peer }, ..local() };
        let (mut caller, mut callee) = (Session::new(1), Session::new(2));
        let offered = Description::parse(&caller.offer(&offer)).unwrap();
        let (answered, theirs) = callee.answer(&offered, &answer).unwrap();
        let ours = caller.negotiate(&Description::parse(&answered).unwrap()).unwrap();
        prop_assert_eq!(ours.codec, theirs.codec);
        prop_assert_eq!(ours.direction, theirs.direction.reversed());
        prop_assert_eq!(ours.packet_milliseconds, theirs.packet_milliseconds);
        prop_assert_eq!(ours.telephone_event, theirs.telephone_event);
    }
}
