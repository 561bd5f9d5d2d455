//! The strict reader: what of a parsed message is wrong, and whether a refusal can be answered.

use super::bytes::{self, trim};
use super::content::ContentType;
use super::cseq::{CSeq, RAck};
use super::fault::Flaw;
use super::list::List;
use super::method::Method;
use super::name::Name;
use super::name_addr::NameAddr;
use super::uri::{Scheme, Uri};
use super::via::Via;
use super::view::{Message, Start};

/// What this element can do; decides between the refusals that are no syntax errors.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// Methods allowed; others known get 405, unknown ones 501.
    pub methods: &'static [Method],
    /// Methods passed on to another leg, so that Max-Forwards 0 gets 483.
    pub forwarded: &'static [Method],
    /// Option tags understood; another in Require gets 420.
    pub extensions: &'static [&'static str],
    /// Media types understood in bodies and sent in answers; others get 415 or 406.
    pub content_types: &'static [&'static str],
    /// Schemes of the Request-URI understood; another gets 416.
    pub schemes: &'static [Scheme<'static>],
    /// Larger messages get 513.
    pub message_bytes_max: usize,
    /// Longer Request-URIs get 414.
    pub uri_bytes_max: usize,
}

impl Default for Capabilities {
    /// A back-to-back user agent for calls described by SDP.
    fn default() -> Self {
        Capabilities {
            methods: &[
                Method::Invite,
                Method::Ack,
                Method::Cancel,
                Method::Bye,
                Method::Options,
                Method::Prack,
                Method::Update,
            ],
            forwarded: &[Method::Invite],
            extensions: &["100rel"],
            content_types: &["application/sdp", "multipart/mixed", "multipart/alternative"],
            schemes: &[Scheme::Sip, Scheme::Sips, Scheme::Tel],
            message_bytes_max: super::parse::MESSAGE_BYTES_MAX,
            uri_bytes_max: super::uri::URI_BYTES_MAX,
        }
    }
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Its frame.
    Flaw(Flaw),
    /// White space too much in the start line.
    StartLine,
    /// A header that must be there is not.
    Missing(Name),
    /// A header is not what the grammar says.
    Malformed(Name),
    /// A header that may stand once stands more often.
    Repeated(Name),
    /// A response with more than one Via (RFC 3261 §8.1.3.3).
    SeveralVias,
    /// CSeq counts another method than the request's (RFC 3261 §8.1.1.5).
    MethodMismatch,
    /// The Request-URI is none, or carries headers (RFC 3261 §19.1.1).
    RequestUri,
    /// The Request-URI is longer than we look into.
    RequestUriTooLong,
    /// The Request-URI's scheme is not ours.
    Scheme,
    /// Not SIP/2.0.
    Version,
    /// A method nobody told us about.
    MethodUnknown,
    /// A method we know and do not allow.
    MethodNotAllowed,
    /// Require names what we do not support.
    Extension,
    /// A body we do not understand.
    ContentType,
    /// A body encoded as we do not understand.
    ContentEncoding,
    /// The caller accepts no answer we could give.
    NotAcceptable,
    /// No hop is left to pass it on.
    TooManyHops,
    /// Larger than we take.
    TooLarge,
}

/// What to do with a message that is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// Answer with the fact's status.
    Refuse(Fact),
    /// Say nothing: a response, an ACK, or a request whose answer could not be routed and matched.
    Drop(Fact),
}

impl Invalid {
    /// What is wrong.
    pub fn fact(self) -> Fact {
        match self {
            Invalid::Refuse(fact) | Invalid::Drop(fact) => fact,
        }
    }
}

/// Checks a parsed message against the standard and what we can do.
pub fn validate(message: &Message<'_>, capabilities: &Capabilities) -> Result<(), Invalid> {
    match message.start() {
        Start::Response(_) => response(message).map_err(Invalid::Drop),
        Start::Request(method) => request(message, method, capabilities).map_err(|fact| {
            if method != Method::Ack && is_answerable(message) {
                Invalid::Refuse(fact)
            } else {
                Invalid::Drop(fact)
            }
        }),
    }
}

/// An answer needs a Via to be routed by and a CSeq to be matched by; the rest is copied as far as it is there.
pub fn is_answerable(request: &Message<'_>) -> bool {
    request.is_request() && request.via().is_ok() && request.header(Name::CSeq).is_some()
}

fn response(message: &Message<'_>) -> Result<(), Fact> {
    version(message)?;
    frame(message)?;
    headers(message)?;
    if message.values(Name::Via).nth(1).is_some() {
        return Err(Fact::SeveralVias);
    }
    Ok(())
}

fn request(message: &Message<'_>, method: Method, capabilities: &Capabilities) -> Result<(), Fact> {
    version(message)?;
    if message.as_bytes().len() > capabilities.message_bytes_max {
        return Err(Fact::TooLarge);
    }
    frame(message)?;
    headers(message)?;
    if message.version().len() != VERSION.len() {
        return Err(Fact::StartLine);
    }
    if message.cseq().is_ok_and(|cseq| cseq.method_bytes != message.method_bytes()) {
        return Err(Fact::MethodMismatch);
    }
    if method == Method::Prack && message.header(Name::RAck).is_none() {
        return Err(Fact::Missing(Name::RAck));
    }
    target(message, method, capabilities)?;
    if method == Method::Other {
        return Err(Fact::MethodUnknown);
    }
    if !capabilities.methods.contains(&method) {
        return Err(Fact::MethodNotAllowed);
    }
    if message.max_forwards() == Ok(0) && capabilities.forwarded.contains(&method) {
        return Err(Fact::TooManyHops);
    }
    if matches!(method, Method::Ack | Method::Cancel) {
        return Ok(());
    }
    if unsupported(message, capabilities).next().is_some() {
        return Err(Fact::Extension);
    }
    content(message, method, capabilities)
}

const VERSION: &[u8] = b"SIP/2.0";

fn version(message: &Message<'_>) -> Result<(), Fact> {
    let version = trim(message.version());
    if version.eq_ignore_ascii_case(VERSION) { Ok(()) } else { Err(Fact::Version) }
}

/// What the parser noted, and any CR that ends no line.
fn frame(message: &Message<'_>) -> Result<(), Fact> {
    if let Some(flaw) = message.flaw() {
        return Err(Fact::Flaw(flaw));
    }
    let head = message.head_bytes();
    let stray = memchr::memchr_iter(b'\r', head).any(|at| head.get(at + 1) != Some(&b'\n'));
    if stray { Err(Fact::Flaw(Flaw::LineEnd)) } else { Ok(()) }
}

/// Headers that may stand once (RFC 3261 §7.3.1); Content-Length is the frame's affair.
const SINGLE: [Name; 14] = [
    Name::From,
    Name::To,
    Name::CallId,
    Name::CSeq,
    Name::MaxForwards,
    Name::ContentType,
    Name::Expires,
    Name::Event,
    Name::RAck,
    Name::RSeq,
    Name::ReferTo,
    Name::Replaces,
    Name::SessionExpires,
    Name::MinSe,
];
/// Headers without which there is no message (RFC 3261 §8.1.1); Max-Forwards is left out for older peers.
const NEEDED: [Name; 5] = [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq];

const fn bit(name: Name) -> u128 {
    1 << name as u8
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, over a fixed array")]
const fn single() -> u128 {
    let (mut set, mut at) = (0, 0);
    while at < SINGLE.len() {
        set |= bit(SINGLE[at]);
        at += 1;
    }
    set
}

fn headers(message: &Message<'_>) -> Result<(), Fact> {
    const SINGLES: u128 = single();
    let mut seen = 0u128;
    for header in message.headers() {
        let bit = bit(header.name);
        if seen & bit & SINGLES != 0 {
            return Err(Fact::Repeated(header.name));
        }
        seen |= bit;
        if !is_sound(header.name, header.value, message) {
            return Err(Fact::Malformed(header.name));
        }
    }
    match NEEDED.into_iter().find(|&name| seen & bit(name) == 0) {
        Some(name) => Err(Fact::Missing(name)),
        None => Ok(()),
    }
}

/// Whether a header's value keeps to its grammar. Those that decide nothing here are carried as they are
/// (RFC 4475 §3.1.2.12: a bad Date is no reason to refuse); of a response only what routes and matches it is judged,
/// and only as far as that needs: a dropped 200 costs a call.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other header is carried as it is")]
fn is_sound(name: Name, value: &[u8], message: &Message<'_>) -> bool {
    let decimal = |max: u64| bytes::number(value, max).is_some();
    let in_request = message.is_request();
    match name {
        Name::Via => {
            List::new(value).all(|via| Via::parse(via).is_some_and(|via| !in_request || via.is_sound()))
        }
        Name::From | Name::To => {
            NameAddr::parse(value).is_some_and(|address| !in_request || address.is_sound())
        }
        Name::CallId => !value.is_empty() && value.iter().all(|&byte| byte > b' ' && byte != 0x7f),
        Name::CSeq => CSeq::parse(value).is_some(),
        Name::RAck => RAck::parse(value).is_some(),
        Name::Contact if in_request => is_sound_contact(value, message),
        Name::Route | Name::RecordRoute if in_request => List::new(value).all(|route| {
            NameAddr::parse(route).is_some_and(|route| route.is_bracketed() && route.is_sound())
        }),
        Name::MaxForwards if in_request => decimal(255),
        Name::Expires | Name::RSeq if in_request => decimal(u64::from(u32::MAX)),
        Name::ContentType if in_request => {
            ContentType::parse(value).is_some_and(|kind| kind.params.are_sound())
        }
        _ => true,
    }
}

fn is_sound_contact(value: &[u8], message: &Message<'_>) -> bool {
    if value == b"*" {
        return message.method() == Some(Method::Register);
    }
    List::new(value).all(|contact| NameAddr::parse(contact).is_some_and(|contact| contact.is_sound()))
}

fn target(message: &Message<'_>, method: Method, capabilities: &Capabilities) -> Result<(), Fact> {
    if message.uri_bytes().len() > capabilities.uri_bytes_max {
        return Err(Fact::RequestUriTooLong);
    }
    let uri = message.uri().filter(|uri| uri.is_sound() && !uri.has_headers()).ok_or(Fact::RequestUri)?;
    if !is_known(&uri, capabilities) {
        return Err(Fact::Scheme);
    }
    // RFC 3261 §10.3: a registrar's address of record is a SIP URI.
    let stranger = |to: NameAddr<'_>| to.uri().is_none_or(|uri| !is_known(&uri, capabilities));
    if method == Method::Register
        && capabilities.methods.contains(&method)
        && message.to().is_ok_and(stranger)
    {
        return Err(Fact::Malformed(Name::To));
    }
    Ok(())
}

fn is_known(uri: &Uri<'_>, capabilities: &Capabilities) -> bool {
    capabilities.schemes.contains(&uri.scheme)
}

/// The option tags of Require that we do not support, in order.
pub fn unsupported<'m>(
    message: &'m Message<'_>,
    capabilities: &Capabilities,
) -> impl Iterator<Item = &'m [u8]> + use<'m> {
    let extensions = capabilities.extensions;
    message
        .values(Name::Require)
        .filter(move |tag| !extensions.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(tag)))
}

/// RFC 3261 §8.2.3: bodies we must understand; a BYE is obeyed whatever it carries.
fn content(message: &Message<'_>, method: Method, capabilities: &Capabilities) -> Result<(), Fact> {
    if method == Method::Bye {
        return Ok(());
    }
    if !message.body().is_empty() && !is_optional(message) {
        let kind = message.content_type().map_err(|_| Fact::Missing(Name::ContentType))?;
        if !capabilities.content_types.iter().any(|known| kind.is(known)) {
            return Err(Fact::ContentType);
        }
        let mut encodings = message.values(Name::ContentEncoding);
        if encodings.any(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
            return Err(Fact::ContentEncoding);
        }
    }
    let acceptable = |range: &[u8]| capabilities.content_types.iter().any(|known| in_range(known, range));
    if method == Method::Invite
        && message.header(Name::Accept).is_some()
        && !message.values(Name::Accept).any(acceptable)
    {
        return Err(Fact::NotAcceptable);
    }
    Ok(())
}

fn is_optional(message: &Message<'_>) -> bool {
    message.header(Name::ContentDisposition).is_some_and(|value| {
        let semicolon = memchr::memchr(b';', value).unwrap_or(value.len());
        let params = super::params::Params::new(value.get(semicolon..).unwrap_or_default());
        params.value("handling").is_some_and(|handling| handling.eq_ignore_ascii_case(b"optional"))
    })
}

/// Whether a media type falls in a range of Accept: `a/b`, `a/*` or `*/*`.
fn in_range(kind: &str, range: &[u8]) -> bool {
    let Some(range) = ContentType::parse(range) else { return false };
    let Some((media, subtype)) = kind.split_once('/') else { return false };
    let covers =
        |pattern: &[u8], part: &str| pattern == b"*" || pattern.eq_ignore_ascii_case(part.as_bytes());
    covers(range.media, media) && covers(range.subtype, subtype)
}
