//! Messages as they are written, byte for byte.

use sip::message::{Builder, Method, Name, NewVia, Protocol, Reply, Transport, parse, write_user};

use crate::samples::{BYE, INVITE};

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = b"left over from the last message".to_vec();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_request_is_written_in_one_pass() {
    let text = written(|out| {
        let via = NewVia {
            transport: Transport::Udp,
            sent_by: "203.0.113.5:5060".parse().unwrap(),
            branch: b"z9hG4bK-1-7",
            rport: true,
        };
        Builder::request(out, Method::Invite, b"sip:+442079460123@[2001:db8::7]:5070;user=phone")
            .via(&via)
            .number(Name::MaxForwards, 69)
            .address(Name::From, Some("Zoë \"Z\"".as_bytes()), b"sip:z@example.org", &[("tag", Some(b"a1"))])
            .address(Name::To, None, b"sip:+442079460123@example.net", &[])
            .header(Name::CallId, "1a2b@203.0.113.5")
            .cseq(1, Method::Invite)
            .tokens(Name::Supported, ["100rel"])
            .tokens(Name::Require, [""; 0])
            .routes(Name::Route, [&b"<sip:a;lr>, <sip:b;lr>"[..]])
            .reason(Protocol::Q850, 16, Some("Normal call clearing"))
            .named(b"X-Trunk", b"london")
            .body("application/sdp", b"v=0\r\n");
    });
    assert_eq!(
        text,
        "INVITE sip:+442079460123@[2001:db8::7]:5070;user=phone SIP/2.0\r\n\
         Via: SIP/2.0/UDP 203.0.113.5:5060;rport;branch=z9hG4bK-1-7\r\n\
         Max-Forwards: 69\r\n\
         From: \"Zoë \\\"Z\\\"\" <sip:z@example.org>;tag=a1\r\n\
         To: <sip:+442079460123@example.net>\r\n\
         Call-ID: 1a2b@203.0.113.5\r\n\
         CSeq: 1 INVITE\r\n\
         Supported: 100rel\r\n\
         Route: <sip:a;lr>\r\n\
         Route: <sip:b;lr>\r\n\
         Reason: Q.850;cause=16;text=\"Normal call clearing\"\r\n\
         X-Trunk: london\r\n\
         Content-Type: application/sdp\r\n\
         Content-Length: 5\r\n\
         \r\n\
         v=0\r\n"
    );
}

#[test]
fn a_response_copies_what_its_request_asks_to_have_copied() {
    let request = parse(INVITE).unwrap();
    let text = written(|out| {
        let reply =
            Reply { status: 180, phrase: "", tag: Some(b"b2"), source: "192.0.2.9:6060".parse().ok() };
        Builder::reply(out, &request, reply).end();
    });
    assert_eq!(
        text,
        "SIP/2.0 180 Ringing\r\n\
         Via: SIP/2.0/UDP 198.51.100.10:5060;branch=z9hG4bK776asdhds8f7g;received=192.0.2.9;rport=6060\r\n\
         Via: SIP/2.0/TCP [2001:db8::7];branch=z9hG4bKinner, SIP/2.0/UDP proxy.example.net;branch=z9hG4bKinnermost\r\n\
         Record-Route: <sip:edge.example.net;lr>, <sip:core.example.net;lr;ftag=1928>\r\n\
         From: \"Alice, of \\\"Wonderland\\\"\" <sip:+442079460456@example.com;user=phone>;tag=1928301774\r\n\
         To: <sip:+442079460123@gateway.example.com;user=phone>;tag=b2\r\n\
         Call-ID: a84b4c76e66710-5f3a9b@198.51.100.10\r\n\
         CSeq: 314159 INVITE\r\n\
         Content-Length: 0\r\n\
         \r\n"
    );
}

#[test]
fn a_tag_that_is_there_stays() {
    let request = parse(BYE).unwrap();
    let text = written(|out| {
        Builder::reply(out, &request, Reply { status: 481, phrase: "", tag: Some(b"new"), source: None })
            .end();
    });
    assert!(text.contains("To: \"Alice\" <sip:+442079460456@example.com>;tag=1928301774\r\n"), "{text}");
    assert!(text.contains("Via: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bKnashds10;rport\r\n"), "{text}");
}

#[test]
fn of_comma_joined_vias_only_the_topmost_is_touched_and_the_answer_does_not_swell() {
    let vias = "SIP/2.0/UDP a;rport,".repeat(500);
    let bytes = format!("OPTIONS sip:a SIP/2.0\r\nVia: {vias}SIP/2.0/UDP b\r\n\r\n");
    let text = written(|out| {
        let source = "192.0.2.1:5060".parse().ok();
        let request = parse(bytes.as_bytes()).unwrap();
        Builder::reply(out, &request, Reply { status: 200, phrase: "", tag: None, source }).end();
    });
    let expected =
        "Via: SIP/2.0/UDP a;received=192.0.2.1;rport=5060, SIP/2.0/UDP a;rport,SIP/2.0/UDP a;rport,";
    assert!(text.contains(expected));
    assert!(text.len() < bytes.len() + 60);
    assert_eq!(parse(text.as_bytes()).unwrap().vias().flatten().count(), 501);
}

#[test]
fn a_user_part_is_escaped_where_it_must_be() {
    let mut out = Vec::new();
    write_user(&mut out, "+44 (0)20:7946#@x%<é".as_bytes());
    assert_eq!(out, b"+44%20(0)20%3A7946%23%40x%25%3C%C3%A9");
}

#[test]
fn a_via_without_rport_still_learns_where_it_came_from() {
    let bytes = b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP phone.example.com;branch=z9hG4bK1;received=1.2.3.4\r\n\r\n";
    let text = written(|out| {
        let source = "[2001:db8::5]:5060".parse().ok();
        Builder::reply(out, &parse(bytes).unwrap(), Reply { status: 200, phrase: "", tag: None, source })
            .end();
    });
    assert!(
        text.contains("Via: SIP/2.0/UDP phone.example.com;branch=z9hG4bK1;received=2001:db8::5\r\n"),
        "{text}"
    );
}

#[test]
fn a_100_carries_the_timestamp_back_and_folds_become_one_line() {
    let bytes = b"OPTIONS sip:a SIP/2.0\r\nv: SIP/2.0/UDP\r\n  h ;branch=z9hG4bK1\r\nTimestamp: 54\r\nf:\r\n <sip:a>\r\n ;tag=1\r\n\r\n";
    let text = written(|out| {
        Builder::reply(
            out,
            &parse(bytes).unwrap(),
            Reply { status: 100, phrase: "", tag: None, source: None },
        )
        .end();
    });
    assert!(text.contains("Via: SIP/2.0/UDP h ;branch=z9hG4bK1\r\n"), "{text}");
    assert!(text.contains("From: <sip:a> ;tag=1\r\n") && text.contains("Timestamp: 54\r\n"), "{text}");
}

#[test]
fn what_would_break_out_of_its_field_cannot() {
    let text = written(|out| {
        let params: [(&str, Option<&[u8]>); 3] =
            [("a", Some(b"\"x\";evil=\"y\"")), ("b\r\nEvil", Some(b"")), ("c", Some(b"[2001:db8::1]"))];
        Builder::request(out, Method::Bye, b"sip:a@b> SIP/2.0\r\nEvil: 1")
            .address(Name::Contact, Some(b"a\" <sip:evil>\r\nEvil: 2"), b"sip:a@b>;evil\r\n", &params)
            .header(Name::Subject, "hello\r\nEvil: 3")
            .end();
    });
    assert_eq!(
        text,
        "BYE sip:a@b%3E%20SIP/2.0%0D%0AEvil:%201 SIP/2.0\r\n\
         Contact: \"a\\\" <sip:evil>  Evil: 2\" <sip:a@b%3E;evil%0D%0A>;a=\"\\\"x\\\";evil=\\\"y\\\"\";b__Evil=\"\";c=[2001:db8::1]\r\n\
         Subject: hello  Evil: 3\r\n\
         Content-Length: 0\r\n\
         \r\n"
    );
}
