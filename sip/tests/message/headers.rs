//! Headers: names, folds, lists, and the typed views of their values.

use sip::message::{
    CSeq, ContentType, Fault, Host, List, Method, Name, NameAddr, Params, Protocol, RAck, Reason, RetryAfter,
    Timestamp, Transport, Via, Warning, parse, unfold, unquote,
};

use crate::samples::{BUSY, INVITE};

fn with_header(line: &str) -> Vec<u8> {
    format!("OPTIONS sip:a@b SIP/2.0\r\n{line}\r\n\r\n").into_bytes()
}

#[test]
fn a_name_is_known_in_any_case_and_by_its_compact_form() {
    for (spelling, name) in [
        ("Call-ID", Name::CallId),
        ("CALL-id", Name::CallId),
        ("i", Name::CallId),
        ("I", Name::CallId),
        ("v", Name::Via),
        ("k", Name::Supported),
        ("WWW-Authenticate", Name::WwwAuthenticate),
        ("x", Name::SessionExpires),
        ("X-Custom", Name::Other),
        ("", Name::Other),
        ("C%6Fntact", Name::Other),
    ] {
        assert_eq!(Name::from_bytes(spelling.as_bytes()), name, "{spelling}");
    }
}

#[test]
fn white_space_may_stand_before_the_colon_and_a_value_may_fold() {
    let bytes = with_header("Subject  :\r\n first \r\n\t second\r\n  ");
    let message = parse(&bytes).unwrap();
    assert_eq!(message.flaw(), None);
    assert_eq!(unfold(message.header(Name::Subject).unwrap()).as_ref(), b"first second");
}

#[test]
fn a_header_of_any_name_and_bytes_is_carried_through() {
    let mut bytes = b"OPTIONS sip:a@b SIP/2.0\r\nX-Raw: \xff\xfe\0 caf\xe9\r\n\r\n".to_vec();
    bytes.extend(b"body");
    let message = parse(&bytes).unwrap();
    assert_eq!(message.named(b"x-raw").next(), Some(&b"\xff\xfe\0 caf\xe9"[..]));
    let header = message.headers().next().unwrap();
    assert_eq!((header.name, header.name_bytes), (Name::Other, &b"X-Raw"[..]));
}

#[test]
fn commas_in_quotes_and_angle_brackets_join_nothing() {
    let list = br#""Smith, \", J" <sip:a,b@c>;x="1,2" , <sip:d?e=f,g>,sip:h"#;
    let elements: Vec<_> = List::new(list).collect();
    assert_eq!(elements, [&br#""Smith, \", J" <sip:a,b@c>;x="1,2""#[..], b"<sip:d?e=f,g>", b"sip:h"]);
}

#[test]
fn repeated_and_comma_joined_headers_read_alike() {
    let message = parse(INVITE).unwrap();
    let hosts: Vec<_> =
        message.vias().map(|via| (via.unwrap().transport, via.unwrap().key().unwrap())).collect();
    let expected: [(Transport, &[u8]); 3] = [
        (Transport::Udp, b"z9hG4bK776asdhds8f7g"),
        (Transport::Tcp, b"z9hG4bKinner"),
        (Transport::Udp, b"z9hG4bKinnermost"),
    ];
    assert_eq!(hosts, expected);
    let routes: Vec<_> = message.addresses(Name::RecordRoute).map(|route| route.unwrap().uri_bytes).collect();
    assert_eq!(routes, [&b"sip:edge.example.net;lr"[..], b"sip:core.example.net;lr;ftag=1928"]);
}

#[test]
fn a_display_name_is_read_without_its_quotes_and_escapes() {
    let message = parse(INVITE).unwrap();
    let from = message.from().unwrap();
    assert_eq!(from.display().unwrap().as_ref(), br#"Alice, of "Wonderland""#);
    assert_eq!(from.uri().unwrap().param_value("user"), Some(&b"phone"[..]));
    let token = NameAddr::parse(b"caller<sip:caller@example.com>;tag=323").unwrap();
    assert_eq!(token.display().unwrap().as_ref(), b"caller");
}

#[test]
fn without_brackets_the_parameters_are_the_headers() {
    let bare = NameAddr::parse(b"sip:+16505552222@ss1.example.net;user=phone;tag=1").unwrap();
    assert_eq!(bare.uri_bytes, b"sip:+16505552222@ss1.example.net");
    assert_eq!(bare.tag(), Some(&b"1"[..]));
    assert!(!bare.is_bracketed() && bare.is_sound());
    let instance = NameAddr::parse(b"sip:a@b;+sip.instance=\"<urn:uuid:0>\"").unwrap();
    assert_eq!(instance.params.get("+sip.instance").unwrap().text().as_ref(), b"<urn:uuid:0>");
}

#[test]
fn an_address_that_breaks_the_grammar_is_read_leniently_and_called_unsound() {
    for text in [
        "Bell, Alexander <sip:a@b>;tag=43",
        "\"Watson\" < sip:a@b >",
        "sip:user@example.com?Route=%3Csip:b%3E",
        "\"Joe\" <sip:joe@example.org>;;;;",
        "<sip:a@b>;tag=",
        "<sip:a%4@b>",
        "<sip:a@b;;lr>",
    ] {
        assert!(!NameAddr::parse(text.as_bytes()).unwrap().is_sound(), "{text}");
    }
    for text in
        ["\"Mr. J. User <sip:j.user@example.com>", "<sip:a@b", "\"a\" sip:a@b", "", "<sip:a@b> x", ";tag=1"]
    {
        assert!(NameAddr::parse(text.as_bytes()).is_none(), "{text}");
    }
}

#[test]
fn a_via_tells_where_a_response_goes() {
    let via = Via::parse(
        b"SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;maddr=224.2.0.1;received=[2001:db8::9:255];rport=5061;branch=z9hG4bKa7c6a8dlze.1",
    )
    .unwrap();
    assert_eq!(
        (via.transport, via.host, via.port),
        (Transport::Udp, Host::Name(b"first.example.com"), Some(4000))
    );
    assert_eq!(via.ttl(), Some(16));
    assert_eq!(via.maddr().unwrap().address(), "224.2.0.1".parse().ok());
    assert_eq!(via.received(), "2001:db8::9:255".parse().ok());
    assert_eq!(via.rport(), Some(Some(5061)));
    assert_eq!(via.key(), Some(&b"z9hG4bKa7c6a8dlze.1"[..]));
    let bare = Via::parse(b"SIP/2.0/TCP [2001:db8::9:1];received=2001:db8::9:255;rport").unwrap();
    assert_eq!((bare.received(), bare.rport()), ("2001:db8::9:255".parse().ok(), Some(None)));
    assert_eq!((bare.key(), bare.port), (None, None));
}

#[test]
fn what_is_no_via_is_none_and_a_bad_one_unsound() {
    for text in [
        "",
        "SIP/2.0",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ;branch=1",
        "HTTP/1.1/TCP a",
        "SIP/2.0/UDP a:99999",
        "SIP/2.0/UDP a b",
    ] {
        assert!(Via::parse(text.as_bytes()).is_none(), "{text}");
    }
    for text in
        ["SIP/2.0/UDP 192.0.2.15;;,;,,", "SIP/2.0/UDP a;branch=z9hG4bK", "SIP/3.0/UDP a;branch=z9hG4bKx"]
    {
        assert!(!Via::parse(text.as_bytes()).unwrap().is_sound(), "{text}");
    }
}

#[test]
fn numbers_are_checked_before_they_are_used() {
    assert_eq!(
        CSeq::parse(b"2147483647 INVITE").map(|cseq| (cseq.number, cseq.method)),
        Some((i32::MAX as u32, Method::Invite))
    );
    for text in [
        "2147483648 INVITE",
        "36893488147419103232 REGISTER",
        "-1 INVITE",
        "1",
        "1 ",
        "one INVITE",
        "1 INVITE x",
    ] {
        assert!(CSeq::parse(text.as_bytes()).is_none(), "{text}");
    }
    for (line, expected) in [
        ("Max-Forwards: 0068", Ok(68)),
        ("Max-Forwards: 255", Ok(255)),
        ("Max-Forwards: 256", Err(Fault::Malformed(Name::MaxForwards))),
        ("Max-Forwards: -1", Err(Fault::Malformed(Name::MaxForwards))),
        ("Max-Forwards:", Err(Fault::Malformed(Name::MaxForwards))),
        ("Subject: none", Err(Fault::Missing(Name::MaxForwards))),
    ] {
        assert_eq!(parse(&with_header(line)).unwrap().max_forwards(), expected, "{line}");
    }
    assert_eq!(
        parse(&with_header("Expires: 4294967296")).unwrap().expires(),
        Err(Fault::Malformed(Name::Expires))
    );
}

#[test]
fn a_rack_names_the_response_it_acknowledges() {
    let rack = RAck::parse(b"776656 1 INVITE").unwrap();
    assert_eq!((rack.response, rack.cseq.number, rack.cseq.method), (776_656, 1, Method::Invite));
    assert!(RAck::parse(b"1 INVITE").is_none());
}

#[test]
fn a_reason_gives_the_cause_of_the_pstn_and_of_sip() {
    let message = parse(BUSY).unwrap();
    assert_eq!(message.q850_cause(), Some(17));
    let read: Vec<_> = message.reasons().map(|reason| (reason.protocol, reason.cause)).collect();
    assert_eq!(read, [(Protocol::Q850, Some(17)), (Protocol::Sip, Some(486))]);
    assert_eq!(message.reasons().next().unwrap().text().unwrap().as_ref(), b"User busy");
    let other = Reason::parse(b"Preemption ;cause=1;text=\"UA Preemption\"").unwrap();
    assert_eq!(other.protocol, Protocol::Other(b"Preemption"));
    assert_eq!(Reason::parse(b"q.850;cause=99999").unwrap().cause, None);
    assert!(Reason::parse(b";cause=16").is_none());
}

#[test]
fn times_and_warnings_are_read_or_left_alone() {
    let retry = RetryAfter::parse(b"120 (I'm in a (long) meeting);duration=3600").unwrap();
    assert_eq!((retry.seconds, retry.params.value("duration")), (120, Some(&b"3600"[..])));
    assert!(RetryAfter::parse(b"949302838503028349304023988").is_none());
    assert!(RetryAfter::parse(b"18 (never closed").is_none());
    assert!(RetryAfter::parse(b"18 ((((((((((too deep))))))))))").is_none());
    let timestamp = Timestamp::parse(b"54.21 0.5").unwrap();
    assert_eq!((timestamp.sent, timestamp.delay), (&b"54.21"[..], Some(&b"0.5"[..])));
    assert!(Timestamp::parse(b"5.4.2").is_none());
    let warning = Warning::parse(br#"370 isi.edu "Insufficient \"Bandwidth\"""#).unwrap();
    assert_eq!((warning.code, warning.agent), (370, &b"isi.edu"[..]));
    assert_eq!(warning.text.as_ref(), br#"Insufficient "Bandwidth""#);
    assert!(Warning::parse(b"1812 overture \"In Progress\"").is_none());
}

#[test]
fn a_date_is_read_and_a_bad_one_harms_nothing() {
    let date = |text: &str| parse(&with_header(&format!("Date: {text}"))).unwrap().date();
    assert_eq!(date("Sat, 13 Nov 2010 23:29:00 GMT"), Some(1_289_690_940));
    assert_eq!(date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
    assert_eq!(date("Thu, 29 Feb 2024 12:00:00 GMT"), Some(1_709_208_000));
    assert_eq!(date("Fri, 01 Jan 2010 16:00:00 EST"), None);
    assert_eq!(date("yesterday"), None);
}

#[test]
fn a_content_type_has_parameters() {
    let kind = ContentType::parse(b"multipart/Mixed ; boundary=\"a b\";charset=utf-8").unwrap();
    assert!(kind.is("multipart/mixed") && !kind.is("multipart/alternative"));
    assert_eq!(kind.params.get("Boundary").unwrap().text().as_ref(), b"a b");
    assert!(ContentType::parse(b"text").is_none());
}

#[test]
fn the_sdp_is_found_in_a_multipart_body_and_no_other_part() {
    let body = "preamble, ignored\r\n--b1\r\nContent-Type: text/plain\r\n\r\nHello\r\n\
        --b1\r\nContent-Type: multipart/alternative;boundary=\"in ner\"\r\n\r\n\
        --in ner\r\nC: application/SDP\r\nContent-Disposition: session\r\n\r\nv=0\r\ns=--b\r\n--in ner--\r\n\
        --b1--\r\nepilogue";
    let bytes = format!("INVITE sip:a@b SIP/2.0\r\nContent-Type: multipart/mixed;boundary=b1\r\n\r\n{body}")
        .into_bytes();
    let message = parse(&bytes).unwrap();
    assert_eq!(message.body_of("application/sdp"), Some(&b"v=0\r\ns=--b"[..]));
    assert_eq!(message.body_of("text/plain"), Some(&b"Hello"[..]));
    assert_eq!(message.body_of("application/isup"), None);
}

#[test]
fn multiparts_nested_beyond_reason_are_not_followed() {
    let mut body = "Content-Type: application/sdp\r\n\r\nv=0".to_owned();
    for depth in 0..5 {
        body = format!(
            "Content-Type: multipart/mixed;boundary=b{depth}\r\n\r\n--b{depth}\r\n{body}\r\n--b{depth}--"
        );
    }
    let bytes = format!("INVITE sip:a@b SIP/2.0\r\n{body}").into_bytes();
    assert_eq!(parse(&bytes).unwrap().body_of("application/sdp"), None);
}

#[test]
fn quotes_and_escapes_are_resolved_on_demand() {
    assert_eq!(unquote(br#""a \"b\" \\ c""#).as_ref(), br#"a "b" \ c"#);
    assert_eq!(unquote(b"plain").as_ref(), b"plain");
    let params = Params::new(b"; a = 1 ;b;c=\"x;y\"; d=[::1]");
    let read: Vec<_> = params.into_iter().map(|param| param.text().into_owned()).collect();
    assert_eq!(read, [&b"1"[..], b"", b"x;y", b"[::1]"]);
    assert!(params.are_sound());
    let many = ";x=1".repeat(65);
    assert!(!Params::new(many.as_bytes()).are_sound());
    assert_eq!(Params::new(many.as_bytes()).into_iter().count(), 64);
}
