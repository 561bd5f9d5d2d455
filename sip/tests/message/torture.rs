//! What reading and validating makes of each torture message, beside what the standards ask.

use sip::message::{
    Capabilities, Fact, Flaw, Invalid, Message, Method, Name, ParseError, Reply, parse, refuse, validate,
};

use crate::material::{Sample, samples};

/// What becomes of a message before transactions see it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// Passed on; a response included.
    Accepted,
    /// Answered with the fact's status.
    Refused(Fact),
    /// Nothing is said.
    Dropped(Fact),
    /// Nothing is said, as it is no message.
    Unread(ParseError),
}
use Fate::{Accepted, Dropped, Refused, Unread};

const RFC4475: [(&str, Fate); 49] = [
    ("wsinv", Accepted),
    ("intmeth", Refused(Fact::MethodUnknown)),
    ("esc01", Accepted),
    ("escnull", Accepted),
    ("esc02", Refused(Fact::MethodUnknown)),
    ("lwsdisp", Accepted),
    ("longreq", Accepted),
    ("dblreq", Accepted),
    ("semiuri", Accepted),
    ("transports", Accepted),
    ("mpart01", Accepted),
    ("unreason", Accepted),
    ("noreason", Accepted),
    ("badinv01", Refused(Fact::Malformed(Name::Via))),
    ("clerr", Refused(Fact::Flaw(Flaw::BodyTooShort))),
    ("ncl", Refused(Fact::Flaw(Flaw::ContentLength))),
    ("scalar02", Refused(Fact::Malformed(Name::CSeq))),
    ("scalarlg", Dropped(Fact::Malformed(Name::CSeq))),
    ("quotbal", Refused(Fact::Malformed(Name::To))),
    ("ltgtruri", Refused(Fact::RequestUri)),
    ("lwsruri", Refused(Fact::RequestUri)),
    ("lwsstart", Refused(Fact::RequestUri)),
    ("trws", Refused(Fact::StartLine)),
    ("escruri", Refused(Fact::RequestUri)),
    ("baddate", Accepted),
    ("regbadct", Refused(Fact::Malformed(Name::Contact))),
    ("badaspec", Refused(Fact::Malformed(Name::To))),
    // Its headers are not ended by an empty line either.
    ("baddn", Refused(Fact::Flaw(Flaw::NoEndOfHeaders))),
    ("badvers", Refused(Fact::Version)),
    ("mismatch01", Refused(Fact::MethodMismatch)),
    ("mismatch02", Refused(Fact::MethodMismatch)),
    ("bigcode", Unread(ParseError::StatusCode)),
    ("badbranch", Refused(Fact::Malformed(Name::Via))),
    ("insuf", Refused(Fact::Missing(Name::From))),
    ("unkscm", Refused(Fact::Scheme)),
    ("novelsc", Refused(Fact::Scheme)),
    ("unksm2", Refused(Fact::Malformed(Name::To))),
    ("bext01", Refused(Fact::Extension)),
    ("invut", Refused(Fact::ContentType)),
    // Credentials of an unknown scheme: 401 is for whoever authenticates.
    ("regaut01", Accepted),
    ("multi01", Refused(Fact::Repeated(Name::CSeq))),
    ("mcl01", Refused(Fact::Flaw(Flaw::ContentLength))),
    ("bcast", Dropped(Fact::SeveralVias)),
    ("zeromf", Accepted),
    ("cparam01", Accepted),
    ("cparam02", Accepted),
    ("regescrt", Accepted),
    ("sdp01", Refused(Fact::NotAcceptable)),
    ("inv2543", Accepted),
];

const RFC5118: [(&str, Fate); 12] = [
    ("ipv4-mapped-ipv6", Accepted),
    ("ipv6-bad", Refused(Fact::RequestUri)),
    ("ipv6-bug-abnf-3-colons", Accepted),
    ("ipv6-correct-abnf-2-colons", Accepted),
    ("ipv6-good", Accepted),
    ("ipv6-in-sdp", Accepted),
    ("mult-ip-in-header", Accepted),
    ("mult-ip-in-sdp", Accepted),
    ("port-ambiguous", Accepted),
    ("port-unambiguous", Accepted),
    ("via-received-param-no-delim", Accepted),
    ("via-received-param-with-delim", Accepted),
];

/// Every method we know allowed, so that what is judged is the message.
fn capabilities() -> Capabilities {
    Capabilities { methods: &Method::KNOWN, ..Capabilities::default() }
}

fn fate(bytes: &[u8], capabilities: &Capabilities) -> Fate {
    match parse(bytes).map(|message| validate(&message, capabilities)) {
        Err(error) => Unread(error),
        Ok(Ok(())) => Accepted,
        Ok(Err(Invalid::Refuse(fact))) => Refused(fact),
        Ok(Err(Invalid::Drop(fact))) => Dropped(fact),
    }
}

/// Whether the oracle allows it; what is accepted here is judged further when it is live.
fn is_allowed(fate: Fate, sample: &Sample) -> bool {
    let allows = |verdict: &serde_json::Value| match (fate, verdict.as_str()) {
        (Accepted, Some("accept")) => true,
        (Accepted, Some(_)) => !parse(&sample.bytes).unwrap().is_request(),
        (Accepted, None) => verdict[0].as_str().is_some_and(|status| ["200", "401"].contains(&status)),
        (Dropped(_) | Unread(_), said) => said == Some("silent"),
        (Refused(fact), Some(said)) => said == "4xx" && fact.status() / 100 == 4,
        (Refused(fact), None) => {
            verdict.as_array().unwrap().iter().any(|status| *status == fact.status().to_string().as_str())
        }
    };
    allows(&sample.oracle["ok"]) || sample.oracle.get("liberal").is_some_and(allows)
}

fn check(collection: &str, table: &[(&str, Fate)]) {
    let samples = samples(collection);
    assert!(samples.is_empty() || samples.len() == table.len());
    for sample in &samples {
        let (_, expected) = table.iter().find(|(name, _)| *name == sample.name).expect("in the table");
        let fate = fate(&sample.bytes, &capabilities());
        assert_eq!(fate, *expected, "{}", sample.name);
        assert!(is_allowed(fate, sample), "{}: {fate:?} is not what {} asks", sample.name, sample.oracle);
    }
}

#[test]
fn the_49_messages_of_rfc_4475_meet_the_fate_the_rfc_asks() {
    check("rfc4475", &RFC4475);
}

#[test]
fn the_12_messages_of_rfc_5118_meet_the_fate_the_rfc_asks() {
    check("rfc5118", &RFC5118);
}

#[test]
fn a_gateway_that_registers_nobody_says_405_to_a_register() {
    for sample in samples("rfc4475").iter().filter(|sample| sample.name == "unksm2") {
        assert_eq!(fate(&sample.bytes, &Capabilities::default()), Refused(Fact::MethodNotAllowed));
    }
}

#[test]
fn a_hop_count_of_zero_refuses_only_what_would_be_passed_on() {
    for sample in samples("rfc4475").iter().filter(|sample| sample.name == "zeromf") {
        let forwarding = Capabilities { forwarded: &[Method::Options], ..capabilities() };
        assert_eq!(fate(&sample.bytes, &forwarding), Refused(Fact::TooManyHops));
    }
}

#[test]
fn every_refusal_is_itself_a_message_and_carries_what_came() {
    for sample in crate::material::all() {
        let Ok(request) = parse(&sample.bytes) else { continue };
        let Err(Invalid::Refuse(fact)) = validate(&request, &capabilities()) else { continue };
        let mut out = Vec::new();
        let source = "192.0.2.77:6060".parse().ok();
        let reply = Reply { status: 0, phrase: "", tag: Some(b"ours"), source };
        refuse(&mut out, &request, fact, &capabilities(), reply);
        let response = parse(&out).unwrap();
        assert_eq!(response.status(), Some(fact.status()), "{}", sample.name);
        assert_eq!(response.flaw(), None, "{}", sample.name);
        assert_eq!(response.content_length(), Ok(0));
        same_identity(&request, &response, &sample.name);
    }
}

fn same_identity(request: &Message<'_>, response: &Message<'_>, name: &str) {
    let flat =
        |message: &Message<'_>, name| message.header(name).map(|v| sip::message::unfold(v).into_owned());
    for header in [Name::From, Name::CallId, Name::CSeq] {
        assert_eq!(flat(request, header), flat(response, header), "{name}");
    }
    let branch = |message: &Message<'_>| message.via().ok().and_then(|via| via.branch().map(<[u8]>::to_vec));
    assert_eq!(branch(request), branch(response), "{name}");
}

#[test]
fn unsupported_lists_what_require_asked_for() {
    for sample in samples("rfc4475").iter().filter(|sample| sample.name == "bext01") {
        let request = parse(&sample.bytes).unwrap();
        let mut out = Vec::new();
        let reply = Reply { status: 0, phrase: "", tag: None, source: None };
        refuse(&mut out, &request, Fact::Extension, &capabilities(), reply);
        let response = parse(&out).unwrap();
        let listed: Vec<_> = response.values(Name::Unsupported).collect();
        assert_eq!(listed, [&b"nothingSupportsThis"[..], b"nothingSupportsThisEither"]);
    }
}

#[test]
fn the_folded_and_compact_invite_is_read_as_it_was_meant() {
    for sample in samples("rfc4475").iter().filter(|sample| sample.name == "wsinv") {
        let message = parse(&sample.bytes).unwrap();
        let from = message.from().unwrap();
        assert_eq!(from.display().unwrap().as_ref(), br#"J Rosenberg \""#);
        assert_eq!(from.tag(), Some(&b"98asjd8"[..]));
        assert_eq!(message.to().unwrap().tag(), Some(&b"1918181833n"[..]));
        assert_eq!(message.max_forwards(), Ok(68));
        assert_eq!(message.cseq().unwrap().number, 9);
        let branches: Vec<_> = message.vias().map(|via| via.unwrap().branch().unwrap().to_vec()).collect();
        assert_eq!(branches, [&b"390skdjuw"[..], b"z9hG4bK9ikj8", b"z9hG4bK30239"]);
        let contact = message.contact().unwrap();
        assert_eq!(contact.display().unwrap().as_ref(), br#"Quoted string """#);
        assert_eq!(contact.params.value("q"), Some(&b"0.33"[..]));
        assert_eq!(contact.params.value("newparam"), Some(&b"newvalue"[..]));
        let folded = message.named(b"newfangledheader").next().unwrap();
        assert_eq!(sip::message::unfold(folded).as_ref(), b"newfangled value continued newfangled value");
        assert_eq!(message.body().len(), 150);
    }
}

#[test]
fn a_second_request_in_the_datagram_is_ignored() {
    for sample in samples("rfc4475").iter().filter(|sample| sample.name == "dblreq") {
        let message = parse(&sample.bytes).unwrap();
        assert_eq!(message.method(), Some(Method::Register));
        assert!(message.body().is_empty());
        assert!(message.as_bytes().ends_with(b"Content-Length: 0\r\n\r\n"));
    }
}
