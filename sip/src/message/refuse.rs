//! The answer to a request that is not valid: its status, why, and what the caller could do instead.

use super::build::{Builder, Reply};
use super::fault::Flaw;
use super::name::Name;
use super::validate::{Capabilities, Fact, unsupported};
use super::view::Message;

impl Fact {
    /// The status that refuses it.
    pub fn status(self) -> u16 {
        match self {
            Fact::Flaw(_)
            | Fact::StartLine
            | Fact::Missing(_)
            | Fact::Malformed(_)
            | Fact::Repeated(_)
            | Fact::SeveralVias
            | Fact::MethodMismatch
            | Fact::RequestUri => 400,
            Fact::MethodNotAllowed => 405,
            Fact::NotAcceptable => 406,
            Fact::RequestUriTooLong => 414,
            Fact::ContentType | Fact::ContentEncoding => 415,
            Fact::Scheme => 416,
            Fact::Extension => 420,
            Fact::TooManyHops => 483,
            Fact::MethodUnknown => 501,
            Fact::Version => 505,
            Fact::TooLarge => 513,
        }
    }

    /// What to say besides a 400 (RFC 3261 §21.4.1: name the syntax problem); empty for other statuses.
    fn phrase(self) -> (&'static str, &'static str) {
        match self {
            Fact::Flaw(Flaw::TooManyHeaders) => ("Too Many Header Fields", ""),
            Fact::Flaw(Flaw::HeaderLine) => ("Malformed Header Line", ""),
            Fact::Flaw(Flaw::LineEnd) => ("Lines Must End With CRLF", ""),
            Fact::Flaw(Flaw::NoEndOfHeaders) => ("No End Of Header Fields", ""),
            Fact::Flaw(Flaw::ContentLength) => ("Malformed ", Name::ContentLength.as_str()),
            Fact::Flaw(Flaw::BodyTooShort) => ("Body Shorter Than Content-Length", ""),
            Fact::StartLine => ("Malformed Request-Line", ""),
            Fact::Missing(name) => ("Missing ", name.as_str()),
            Fact::Malformed(name) => ("Malformed ", name.as_str()),
            Fact::Repeated(name) => ("Repeated ", name.as_str()),
            Fact::SeveralVias => ("Several Vias", ""),
            Fact::MethodMismatch => ("CSeq Method Differs", ""),
            Fact::RequestUri => ("Malformed Request-URI", ""),
            Fact::RequestUriTooLong
            | Fact::Scheme
            | Fact::Version
            | Fact::MethodUnknown
            | Fact::MethodNotAllowed
            | Fact::Extension
            | Fact::ContentType
            | Fact::ContentEncoding
            | Fact::NotAcceptable
            | Fact::TooManyHops
            | Fact::TooLarge => ("", ""),
        }
    }
}

/// Writes the whole refusal of a request into the buffer; the status and phrase of `reply` are replaced.
pub fn refuse(out: &mut Vec<u8>, request: &Message<'_>, fact: Fact, can: &Capabilities, reply: Reply<'_>) {
    let (what, name) = fact.phrase();
    let phrase = [what, name].concat();
    let builder = Builder::reply(out, request, Reply { status: fact.status(), phrase: &phrase, ..reply });
    let methods = can.methods.iter().map(|method| method.name());
    match fact {
        Fact::MethodNotAllowed | Fact::MethodUnknown => builder.tokens(Name::Allow, methods),
        Fact::Extension => builder.tokens(Name::Unsupported, unsupported(request, can)),
        Fact::ContentType | Fact::NotAcceptable => builder.listed(Name::Accept, can.content_types),
        Fact::ContentEncoding => builder.header(Name::AcceptEncoding, "identity"),
        Fact::Flaw(_)
        | Fact::StartLine
        | Fact::Missing(_)
        | Fact::Malformed(_)
        | Fact::Repeated(_)
        | Fact::SeveralVias
        | Fact::MethodMismatch
        | Fact::RequestUri
        | Fact::RequestUriTooLong
        | Fact::Scheme
        | Fact::Version
        | Fact::TooManyHops
        | Fact::TooLarge => builder,
    }
    .end();
}
