//! The limits of a message and of a stream, each reached.

use sip::message::{
    Broken, Capabilities, Fact, Flaw, Frame, FrameLimits, Framer, HEADERS_MAX, Invalid, MESSAGE_BYTES_MAX,
    Method, Name, ParseError, parse, validate,
};

use crate::samples::INVITE;

const REQUIRED: &str = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n\
    Call-ID: x\r\nCSeq: 1 OPTIONS\r\n";

fn options(more: &str) -> Vec<u8> {
    format!("OPTIONS sip:c@d SIP/2.0\r\n{REQUIRED}{more}\r\n").into_bytes()
}

fn verdict(bytes: &[u8]) -> Result<(), Invalid> {
    validate(&parse(bytes).unwrap(), &Capabilities::default())
}

fn refused(fact: Fact) -> Result<(), Invalid> {
    Err(Invalid::Refuse(fact))
}

#[test]
fn what_is_no_message_is_told_apart() {
    let large = vec![b'x'; MESSAGE_BYTES_MAX + 1];
    for (bytes, error) in [
        (&b""[..], ParseError::Empty),
        (b"\r\n\r\n", ParseError::Empty),
        (&large, ParseError::TooLarge),
        (b"\0\0\0\0", ParseError::StartLine),
        (b"GET / HTTP/1.1\r\n\r\n", ParseError::StartLine),
        (b"INVITE sip:a@b\r\n\r\n", ParseError::StartLine),
        (b"SIP/2.0 99 Low\r\n\r\n", ParseError::StatusCode),
        (b"SIP/2.0 700 High\r\n\r\n", ParseError::StatusCode),
        (b"SIP/2.0 4294967301 Higher\r\n\r\n", ParseError::StatusCode),
    ] {
        assert_eq!(parse(bytes).unwrap_err(), error);
    }
}

#[test]
fn headers_beyond_the_inline_table_are_all_read() {
    let message = options(&"Supported: x\r\n".repeat(100));
    let message = parse(&message).unwrap();
    assert_eq!(message.headers().count(), 105);
    assert_eq!(message.values(Name::Supported).count(), 100);
    assert_eq!(message.flaw(), None);
}

#[test]
fn too_many_headers_are_refused_and_the_body_still_found() {
    let most = options(&"Supported: x\r\n".repeat(HEADERS_MAX - 5));
    assert_eq!(verdict(&most), Ok(()));
    let over = options(&"Supported: x\r\n".repeat(HEADERS_MAX - 4));
    assert_eq!(verdict(&over), refused(Fact::Flaw(Flaw::TooManyHeaders)));
    assert!(parse(&over).unwrap().body().is_empty());
}

#[test]
fn a_message_longer_than_we_take_is_refused_with_513_and_a_uri_with_414() {
    let message = parse(INVITE).unwrap();
    let small = Capabilities { message_bytes_max: 500, ..Capabilities::default() };
    assert_eq!(validate(&message, &small), refused(Fact::TooLarge));
    let short = Capabilities { uri_bytes_max: 20, ..Capabilities::default() };
    assert_eq!(validate(&message, &short), refused(Fact::RequestUriTooLong));
    assert_eq!((Fact::TooLarge.status(), Fact::RequestUriTooLong.status()), (513, 414));
}

#[test]
fn content_length_rules_the_body_of_a_datagram() {
    let body = |length: &str| parse(&options(&format!("Content-Length: {length}\r\n"))).unwrap().flaw();
    assert_eq!(body("0"), None);
    assert_eq!(body("1"), Some(Flaw::BodyTooShort));
    for bad in ["-1", "+0", "0x0", "", "99999999999999999999", "0, 0"] {
        assert_eq!(body(bad), Some(Flaw::ContentLength), "{bad}");
    }
    assert_eq!(body("0\r\nl: 0"), Some(Flaw::ContentLength));
    let mut beyond = options("Content-Type: application/sdp\r\nContent-Length: 3\r\n");
    beyond.extend(b"v=0 and noise");
    assert_eq!(parse(&beyond).unwrap().body(), b"v=0");
    let mut without = options("Content-Type: application/sdp\r\n");
    without.extend(b"v=0 and all");
    assert_eq!(parse(&without).unwrap().body(), b"v=0 and all");
}

#[test]
fn broken_lines_are_refused_not_guessed_at() {
    let bare = String::from_utf8(options("")).unwrap().replace("\r\n", "\n");
    assert_eq!(verdict(bare.as_bytes()), refused(Fact::Flaw(Flaw::LineEnd)));
    assert_eq!(verdict(&options("Subject: a\rEvil: b\r\n")), refused(Fact::Flaw(Flaw::LineEnd)));
    assert_eq!(verdict(&options("no colon here\r\n")), refused(Fact::Flaw(Flaw::HeaderLine)));
    assert_eq!(verdict(&options(": no name\r\n")), refused(Fact::Flaw(Flaw::HeaderLine)));
    let cut = options("Subject: cut");
    assert_eq!(verdict(&cut), refused(Fact::Flaw(Flaw::NoEndOfHeaders)));
}

#[test]
fn only_a_request_that_can_be_answered_is() {
    let without = |name: &str| {
        let kept: String = REQUIRED.split_inclusive("\r\n").filter(|line| !line.starts_with(name)).collect();
        verdict(format!("OPTIONS sip:c@d SIP/2.0\r\n{kept}\r\n").as_bytes())
    };
    assert_eq!(without("Via"), Err(Invalid::Drop(Fact::Missing(Name::Via))));
    assert_eq!(without("CSeq"), Err(Invalid::Drop(Fact::Missing(Name::CSeq))));
    assert_eq!(without("From"), refused(Fact::Missing(Name::From)));
    assert_eq!(without("To"), refused(Fact::Missing(Name::To)));
    assert_eq!(without("Call-ID"), refused(Fact::Missing(Name::CallId)));
    let ack = String::from_utf8(options("")).unwrap().replace("OPTIONS", "ACK").replace("Call-ID: x\r\n", "");
    assert_eq!(verdict(ack.as_bytes()), Err(Invalid::Drop(Fact::Missing(Name::CallId))));
}

#[test]
fn what_we_cannot_do_is_refused_by_its_own_status() {
    let as_method = |method: Method, more: &str| {
        let bytes = String::from_utf8(options(more)).unwrap().replace("OPTIONS", method.name());
        verdict(bytes.as_bytes())
    };
    assert_eq!(as_method(Method::Refer, ""), refused(Fact::MethodNotAllowed));
    assert_eq!(as_method(Method::Other, ""), refused(Fact::MethodUnknown));
    assert_eq!(as_method(Method::Invite, "Max-Forwards: 0\r\n"), refused(Fact::TooManyHops));
    assert_eq!(as_method(Method::Options, "Max-Forwards: 0\r\n"), Ok(()));
    assert_eq!(as_method(Method::Options, "Require: 100rel, nonsense\r\n"), refused(Fact::Extension));
    assert_eq!(as_method(Method::Cancel, "Require: nonsense\r\n"), Ok(()));
    assert_eq!(as_method(Method::Prack, ""), refused(Fact::Missing(Name::RAck)));
    assert_eq!(as_method(Method::Invite, "Accept: text/plain\r\n"), refused(Fact::NotAcceptable));
    assert_eq!(as_method(Method::Invite, "Accept: text/plain, application/*;q=0.5\r\n"), Ok(()));
    let zipped = "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx";
    assert_eq!(
        verdict(format!("OPTIONS sip:c@d SIP/2.0\r\n{REQUIRED}{zipped}").as_bytes()),
        refused(Fact::ContentEncoding)
    );
    let optional =
        "Content-Type: text/x\r\nContent-Disposition: icon;handling=optional\r\nContent-Length: 1\r\n\r\nx";
    assert_eq!(verdict(format!("OPTIONS sip:c@d SIP/2.0\r\n{REQUIRED}{optional}").as_bytes()), Ok(()));
}

#[test]
fn a_response_is_dropped_only_for_what_routes_and_matches_it() {
    let response = |status: &str, change: (&str, &str)| {
        verdict(format!("SIP/2.0 {status}\r\n{REQUIRED}\r\n").replacen(change.0, change.1, 1).as_bytes())
    };
    let dropped = |fact| Err(Invalid::Drop(fact));
    assert_eq!(response("200 OK", ("", "")), Ok(()));
    assert_eq!(response("200", ("<sip:c@d>", "Watson, T <sip:c@d>;tag={}")), Ok(()));
    assert_eq!(response("200 OK", ("CSeq: 1", "Contact: <<>>;;\r\nExpires: soon\r\nCSeq: 1")), Ok(()));
    assert_eq!(response("200 OK", ("CSeq: 1", "CSeq: -1")), dropped(Fact::Malformed(Name::CSeq)));
    assert_eq!(response("200 OK", ("Call-ID: x", "X: x")), dropped(Fact::Missing(Name::CallId)));
    assert_eq!(response("200 OK", ("From: <", "From: \"<")), dropped(Fact::Malformed(Name::From)));
    assert_eq!(response("200 OK", ("z9hG4bK1", "z9hG4bK1, SIP/2.0/UDP i")), dropped(Fact::SeveralVias));
    assert_eq!(response("200 OK", ("SIP/2.0", "SIP/7.0")), dropped(Fact::Version));
}

fn frame(bytes: &[u8]) -> Frame {
    Framer::new(FrameLimits { head_bytes_max: 400, message_bytes_max: 1000 }).next(bytes)
}

#[test]
fn a_stream_is_lost_where_the_next_message_cannot_be_found() {
    let head = |more: &str| options(more).len();
    let broken = |more: &str, reason| {
        assert_eq!(frame(&options(more)), Frame::Broken { reason, head: head(more) }, "{more}");
    };
    broken("", Broken::NoContentLength);
    broken("Content-Length: -5\r\n", Broken::ContentLength);
    broken("Content-Length: 5\r\nl: 5\r\n", Broken::ContentLength);
    broken("Content-Length: 900\r\n", Broken::MessageTooLarge);
    broken("Content-Length: 4294967295\r\n", Broken::MessageTooLarge);
    assert_eq!(
        frame(&options(&"Supported: x\r\n".repeat(40))),
        Frame::Broken { reason: Broken::HeadTooLarge, head: 0 }
    );
    assert_eq!(frame(b"GET / HTTP/1.1\r\n\r\n"), Frame::Broken { reason: Broken::NotAMessage, head: 18 });
    assert_eq!(Broken::MessageTooLarge.fact(), Some(Fact::TooLarge));
}

#[test]
fn a_stream_that_was_lost_stays_lost() {
    let mut framer = Framer::new(FrameLimits::default());
    let broken = framer.next(&options(""));
    assert_eq!(framer.next(&options("Content-Length: 0\r\n")), broken);
}

#[test]
fn a_stream_is_cut_by_content_length_however_it_is_spelled() {
    for spelling in ["Content-Length: 3", "Content-Length   : 3", "CONTENT-LENGTH:3", "l : 3", "L:\r\n 3"] {
        let mut stream = options(&format!("{spelling}\r\n"));
        stream.extend(b"abcOPTIONS");
        assert_eq!(frame(&stream), Frame::Complete { len: stream.len() - 7 }, "{spelling}");
    }
}

#[test]
fn line_ends_between_messages_keep_the_connection_alive() {
    let mut framer = Framer::new(FrameLimits::default());
    assert_eq!(framer.next(b"\r"), Frame::Incomplete);
    assert_eq!(framer.next(b"\r\n\r\n"), Frame::KeepAlive { len: 2, ping: false });
    assert_eq!(framer.next(b"\r\n"), Frame::KeepAlive { len: 2, ping: true });
    assert_eq!(framer.next(b""), Frame::Incomplete);
}
