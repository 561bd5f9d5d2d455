//! What we read beside what three other stacks read, on messages that are valid.

use bytes::Bytes;
use ezk_sip_types::header::typed as ezk;
use ezk_sip_types::msg::{Line, MessageLine, PullParser};
use ezk_sip_types::print::AppendCtx;
use rsip::message::HeadersExt;
use rsip::prelude::{ToTypedHeader, UntypedHeader};
use sip::message::{Builder, Capabilities, Method, Name, NewVia, Reply, Transport, parse, unquote, validate};

use crate::material;
use crate::samples::{BUSY, BYE, INVITE};

/// What decides where a message belongs; every reader must agree on it.
#[derive(Debug, PartialEq, Default)]
struct Identity {
    /// The method and Request-URI, or the status.
    start: (String, String),
    call_id: String,
    cseq: (u32, String),
    from_tag: Option<String>,
    to_tag: Option<String>,
    branch: Option<String>,
}

/// Faults of the others, found by these tests and checked by reading the standard.
const KNOWN_FAULTS: &[(&str, &str, &str)] = &[
    ("ezk-sip-types", "invite", "an escaped quote ends a quoted string"),
    ("ezk-sip-types", "built escaped", "an escaped quote ends a quoted string"),
    ("ezk-sip-types", "wsinv", "no white space around the slashes of a Via"),
    ("ezk-sip-types", "ipv6-bug-abnf-3-colons", "RFC 5118 §4.10: three colons are to be let through"),
    ("ezk-sip-types", "ipv6-correct-abnf-2-colons", "the Request-URI is not given back as it came"),
    ("rsip", "busy", "no compact header names"),
    ("rsip", "dblreq", "no compact header names"),
    ("rsip", "esc01", "no compact header names"),
    ("rsip", "longreq", "no compact header names"),
    ("rsip", "wsinv", "no white space before a colon"),
    ("rsip", "bye", "the Request-URI is not given back as it came"),
    ("rsip", "semiuri", "no semicolon in a user part"),
    ("rsip", "built sips to IPv6", "no IPv6"),
    ("rsip", "ipv4-mapped-ipv6", "no IPv6"),
    ("rsip", "ipv6-bug-abnf-3-colons", "no IPv6"),
    ("rsip", "ipv6-correct-abnf-2-colons", "no IPv6"),
    ("rsip", "ipv6-good", "no IPv6"),
    ("rsip", "ipv6-in-sdp", "no IPv6"),
    ("rsip", "mult-ip-in-header", "no IPv6"),
    ("rsip", "mult-ip-in-sdp", "no IPv6"),
    ("rsip", "port-ambiguous", "no IPv6"),
    ("rsip", "port-unambiguous", "no IPv6"),
    ("rsip", "via-received-param-no-delim", "no IPv6"),
    ("rsip", "via-received-param-with-delim", "no IPv6"),
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn ours(bytes: &[u8]) -> Option<Identity> {
    let message = parse(bytes).ok()?;
    validate(&message, &Capabilities { methods: &Method::KNOWN, ..Capabilities::default() }).ok()?;
    let cseq = message.cseq().ok()?;
    let tag = |tag: Option<&[u8]>| tag.map(text);
    Some(Identity {
        start: match message.status() {
            Some(status) => (status.to_string(), String::new()),
            None => (text(message.method_bytes()), text(message.uri_bytes())),
        },
        call_id: text(message.call_id().ok()?),
        cseq: (cseq.number, text(cseq.method_bytes)),
        from_tag: tag(message.from().ok()?.tag()),
        to_tag: tag(message.to().ok()?.tag()),
        branch: message.via().ok()?.branch().map(|branch| text(&unquote(branch))),
    })
}

fn sipx(bytes: &[u8]) -> Option<Identity> {
    use sipx_sip::{Address, CSeq, HeaderName, Message, TypedHeader, Via};
    let message =
        sipx_sip::parse_datagram(Bytes::copy_from_slice(bytes), &sipx_sip::Limits::default()).ok()?;
    let value = |name: HeaderName| message.headers().value(&name).map(std::borrow::Cow::into_owned);
    let cseq = CSeq::decode(&value(HeaderName::CSeq)?).ok()?;
    let tag = |name| Some(Address::parse(&value(name)?, "").ok()?.tag().map(text));
    let vias = value(HeaderName::Via)?;
    let via = Via::parse_list(&vias).ok()?;
    Some(Identity {
        start: match &message {
            Message::Request(request) => (text(request.method.as_bytes()), text(&request.uri.to_bytes())),
            Message::Response(response) => (response.status.code().to_string(), String::new()),
        },
        call_id: text(&value(HeaderName::CallId)?),
        cseq: (cseq.sequence, text(cseq.method.as_bytes())),
        from_tag: tag(HeaderName::From)?,
        to_tag: tag(HeaderName::To)?,
        branch: via.first()?.branch().map(text),
    })
}

fn ezk(bytes: &[u8]) -> Option<Identity> {
    use ezk_sip_types::{Headers, Name};
    let held = Bytes::copy_from_slice(bytes);
    let mut lines = PullParser::new(&held, 0);
    let first = std::str::from_utf8(lines.next()?.ok()?).ok()?;
    let start: MessageLine = first.parse().ok()?;
    let mut headers = Headers::new();
    for line in lines {
        let (_, line) = Line::parse(&held, std::str::from_utf8(line.ok()?).ok()?).ok()?;
        headers.insert(line.name, line.value);
    }
    let cseq = headers.get_named::<ezk::CSeq>().ok()?;
    let tag = |name| Some(headers.get::<ezk::FromTo>(name).ok()?.tag.map(|tag| tag.to_string()));
    let vias = headers.get_named::<Vec<ezk::Via>>().ok()?;
    Some(Identity {
        start: match &start {
            MessageLine::Request(line) => (line.method.to_string(), line.uri.default_print_ctx().to_string()),
            MessageLine::Response(line) => (line.code.into_u16().to_string(), String::new()),
        },
        call_id: headers.get_named::<ezk::CallID>().ok()?.0.to_string(),
        cseq: (cseq.cseq, cseq.method.to_string()),
        from_tag: tag(Name::FROM)?,
        to_tag: tag(Name::TO)?,
        branch: vias.first()?.params.get_val("branch").map(ToString::to_string),
    })
}

fn rsip(bytes: &[u8]) -> Option<Identity> {
    let message = rsip::SipMessage::try_from(bytes).ok()?;
    let start = match &message {
        rsip::SipMessage::Request(request) => (request.method().to_string(), request.uri().to_string()),
        rsip::SipMessage::Response(response) => (response.status_code().code().to_string(), String::new()),
    };
    let cseq = message.cseq_header().ok()?.typed().ok()?;
    let via = message.via_header().ok()?.typed().ok()?;
    let tag = |tag: Option<rsip::param::Tag>| tag.map(|tag| tag.to_string());
    Some(Identity {
        start,
        call_id: message.call_id_header().ok()?.value().to_string(),
        cseq: (cseq.seq, cseq.method.to_string()),
        from_tag: tag(message.from_header().ok()?.typed().ok()?.tag().cloned()),
        to_tag: tag(message.to_header().ok()?.typed().ok()?.tag().cloned()),
        branch: via.branch().map(ToString::to_string),
    })
}

/// Messages of our own making, one for each shape the gateway sends.
fn built() -> Vec<(String, Vec<u8>)> {
    let plain = |method| request(method, b"sip:4420@example.net", "Bob", Some(b"xy"));
    let mut all: Vec<_> =
        Method::KNOWN.iter().map(|&method| (format!("built {method}"), plain(method))).collect();
    let escaped = request(Method::Bye, b"sip:4420@example.net", r#"Bob \ "the" builder"#, Some(b"xy"));
    all.push(("built escaped".to_owned(), escaped));
    let ipv6 = request(Method::Invite, b"sips:4420@[2001:db8::1]:5071;transport=tcp", "", None);
    all.push(("built sips to IPv6".to_owned(), ipv6));
    let invite = request(Method::Invite, b"sip:4420@example.net", "Bob", None);
    for status in [100, 180, 183, 200, 404, 486, 503] {
        let mut out = Vec::new();
        let source = "198.51.100.7:5070".parse().ok();
        let reply = Reply { status, phrase: "", tag: Some(b"our-tag"), source };
        Builder::reply(&mut out, &parse(&invite).unwrap(), reply).end();
        all.push((format!("built {status}"), out));
    }
    all
}

fn request(method: Method, uri: &[u8], display: &str, to_tag: Option<&[u8]>) -> Vec<u8> {
    let via = NewVia {
        transport: Transport::Udp,
        sent_by: "203.0.113.5:5060".parse().unwrap(),
        branch: b"z9hG4bK-7-3f9a",
        rport: true,
    };
    let mut out = Vec::new();
    let display = Some(display.as_bytes()).filter(|display| !display.is_empty());
    let to_params: Vec<_> = to_tag.map(|tag| ("tag", Some(tag))).into_iter().collect();
    let builder = Builder::request(&mut out, method, uri)
        .via(&via)
        .number(Name::MaxForwards, 69)
        .address(Name::From, display, b"sip:bob@example.org", &[("tag", Some(b"ab-12"))])
        .address(Name::To, None, uri, &to_params)
        .header(Name::CallId, "7f3a9b@203.0.113.5")
        .cseq(77, method)
        .tokens(Name::Supported, ["100rel", "timer"]);
    if method == Method::Prack {
        builder.rack(1, 76, Method::Invite).end();
    } else {
        builder.end();
    }
    out
}

fn samples() -> Vec<(String, Vec<u8>)> {
    let written = [("invite", INVITE), ("busy", BUSY), ("bye", BYE)];
    let mut all: Vec<_> = written.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).into();
    all.extend(built());
    all.extend(material::all().into_iter().map(|sample| (sample.name, sample.bytes)));
    all
}

#[test]
fn three_other_stacks_read_in_valid_messages_what_we_read() {
    type Reader = fn(&[u8]) -> Option<Identity>;
    let readers: [(&str, Reader); 3] = [("sipx-sip", sipx), ("ezk-sip-types", ezk), ("rsip", rsip)];
    let mut compared = 0;
    for (name, bytes) in samples() {
        let Some(ours) = ours(&bytes) else { continue };
        for (reader, read) in readers {
            let theirs = read(&bytes);
            let known = KNOWN_FAULTS.iter().any(|(of, message, _)| *of == reader && *message == name);
            if known {
                assert_ne!(
                    theirs.as_ref(),
                    Some(&ours),
                    "{reader} now reads {name} rightly: strike it from the list"
                );
            } else {
                assert_eq!(theirs.as_ref(), Some(&ours), "{reader} reads {name} otherwise");
                compared += 1;
            }
        }
    }
    assert!(compared >= 65, "{compared} comparisons");
}
