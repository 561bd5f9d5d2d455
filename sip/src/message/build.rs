//! Writing messages straight into a reused buffer; no typed field can break out of its line.

use std::net::SocketAddr;

use super::bytes::{Scan, is_token, trim};
use super::host::Host;
use super::list::List;
use super::method::Method;
use super::name::Name;
use super::phrase::usual_phrase;
use super::reason::Protocol;
use super::via::{Transport, Via};
use super::view::Message;
use super::write::{
    write_address, write_copy, write_line, write_number, write_quoted, write_socket, write_token, write_uri,
};

/// Writes one message into a buffer; `body` or `end` completes it.
#[must_use = "a message is complete only after `body` or `end`"]
pub struct Builder<'o> {
    out: &'o mut Vec<u8>,
}

/// A Via of our own.
#[derive(Clone, Copy, Debug)]
pub struct NewVia<'a> {
    /// The transport.
    pub transport: Transport,
    /// Our address, as `sent-by`.
    pub sent_by: SocketAddr,
    /// The transaction's branch.
    pub branch: &'a [u8],
    /// Whether to ask for the port the request came from (RFC 3581).
    pub rport: bool,
}

/// What a response adds to its request.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The status.
    pub status: u16,
    /// The reason phrase; empty for the usual one.
    pub phrase: &'a str,
    /// Our tag, put on To if the request's has none.
    pub tag: Option<&'a [u8]>,
    /// Where the request came from, for `received` and `rport` of its topmost Via.
    pub source: Option<SocketAddr>,
}

impl<'o> Builder<'o> {
    /// Begins a request; the buffer is emptied first.
    pub fn request(out: &'o mut Vec<u8>, method: Method, uri: &[u8]) -> Self {
        out.clear();
        out.extend_from_slice(method.name().as_bytes());
        out.push(b' ');
        write_uri(out, uri);
        out.extend_from_slice(b" SIP/2.0\r\n");
        Builder { out }
    }

    /// Begins a response; the buffer is emptied first. An empty phrase becomes the usual one.
    pub fn response(out: &'o mut Vec<u8>, status: u16, phrase: &str) -> Self {
        let phrase = if phrase.is_empty() { usual_phrase(status) } else { phrase };
        out.clear();
        out.extend_from_slice(b"SIP/2.0 ");
        write_number(out, u64::from(status));
        out.push(b' ');
        write_line(out, phrase.as_bytes());
        out.extend_from_slice(b"\r\n");
        Builder { out }
    }

    /// Begins the response to a request: Via, From, To with our tag, Call-ID and CSeq as they came
    /// (RFC 3261 §8.2.6.2), Record-Route where a dialog may begin (§12.1.1), Timestamp in a 100 (§8.2.6.1).
    pub fn reply(out: &'o mut Vec<u8>, request: &Message<'_>, reply: Reply<'_>) -> Self {
        let mut builder = Builder::response(out, reply.status, reply.phrase);
        for (at, value) in request.all(Name::Via).enumerate() {
            match reply.source {
                Some(source) if at == 0 => builder.topmost_via(value, source),
                Some(_) | None => builder.copied(Name::Via, value),
            }
        }
        if request.method() != Some(Method::Register) && (101..300).contains(&reply.status) {
            request.all(Name::RecordRoute).for_each(|value| builder.copied(Name::RecordRoute, value));
        }
        if let Some(from) = request.header(Name::From) {
            builder.copied(Name::From, from);
        }
        if let Some(to) = request.header(Name::To) {
            builder.to(to, reply.tag.filter(|_| request.to().map_or(true, |to| to.tag().is_none())));
        }
        for name in [Name::CallId, Name::CSeq] {
            if let Some(value) = request.header(name) {
                builder.copied(name, value);
            }
        }
        if reply.status == 100
            && let Some(timestamp) = request.header(Name::Timestamp)
        {
            builder.copied(Name::Timestamp, timestamp);
        }
        builder
    }

    fn to(&mut self, value: &[u8], tag: Option<&[u8]>) {
        self.name(Name::To);
        write_copy(self.out, value);
        if let Some(tag) = tag {
            self.out.extend_from_slice(b";tag=");
            write_token(self.out, tag);
        }
        self.line_end();
    }

    /// RFC 3261 §18.2.1 and RFC 3581 §4: the address and port the request really came from.
    fn topmost_via(&mut self, value: &[u8], source: SocketAddr) {
        let mut list = List::new(value);
        let top = list.by_ref().find(|element| !element.is_empty()).unwrap_or_default();
        let Some(via) = Via::parse(top) else { return self.copied(Name::Via, value) };
        self.name(Name::Via);
        let sent_by = top.get(..top.len() - via.params.as_bytes().len()).unwrap_or_default();
        write_copy(self.out, trim(sent_by));
        let wants_port = via.rport().is_some();
        for param in via.params {
            if !param.name.eq_ignore_ascii_case(b"rport") && !param.name.eq_ignore_ascii_case(b"received") {
                self.param(param.name, param.value);
            }
        }
        if wants_port || via.host.address() != Some(source.ip()) {
            self.out.extend_from_slice(b";received=");
            write_address(self.out, source.ip());
        }
        if wants_port {
            self.out.extend_from_slice(b";rport=");
            write_number(self.out, u64::from(source.port()));
        }
        if let Some(rest) = list.rest() {
            self.out.extend_from_slice(b", ");
            write_copy(self.out, trim(rest));
        }
        self.line_end();
    }

    /// Copies a value as it came, folds made one line.
    fn copied(&mut self, name: Name, value: &[u8]) {
        self.name(name);
        write_copy(self.out, value);
        self.line_end();
    }

    /// Adds a header whose value is text of ours; line ends in it become spaces.
    pub fn header(self, name: Name, value: impl AsRef<[u8]>) -> Self {
        debug_assert!(name != Name::Other, "a name of its own goes through `named`");
        self.named(name.as_str().as_bytes(), value.as_ref())
    }

    /// Adds a header of any name.
    pub fn named(mut self, name: &[u8], value: &[u8]) -> Self {
        write_token(self.out, name);
        self.out.extend_from_slice(b": ");
        write_line(self.out, value);
        self.line_end();
        self
    }

    /// Adds a header that is a number.
    pub fn number(mut self, name: Name, value: u32) -> Self {
        self.name(name);
        write_number(self.out, u64::from(value));
        self.line_end();
        self
    }

    /// Adds a Reason (RFC 3326).
    pub fn reason(mut self, protocol: Protocol<'_>, cause: u16, text: Option<&str>) -> Self {
        self.name(Name::Reason);
        write_token(self.out, protocol.as_bytes());
        self.out.extend_from_slice(b";cause=");
        write_number(self.out, u64::from(cause));
        if let Some(text) = text {
            self.out.extend_from_slice(b";text=");
            write_quoted(self.out, text.as_bytes());
        }
        self.line_end();
        self
    }

    /// Adds a Warning (RFC 3261 §20.43).
    pub fn warning(mut self, code: u16, agent: &str, text: &str) -> Self {
        self.name(Name::Warning);
        write_number(self.out, u64::from(code));
        self.out.push(b' ');
        write_token(self.out, agent.as_bytes());
        self.out.push(b' ');
        write_quoted(self.out, text.as_bytes());
        self.line_end();
        self
    }

    /// Adds the RAck of a PRACK (RFC 3262 §7.2).
    pub fn rack(mut self, response: u32, number: u32, method: Method) -> Self {
        self.name(Name::RAck);
        write_number(self.out, u64::from(response));
        self.out.push(b' ');
        write_number(self.out, u64::from(number));
        self.out.push(b' ');
        self.out.extend_from_slice(method.name().as_bytes());
        self.line_end();
        self
    }

    /// Adds our Via.
    pub fn via(mut self, via: &NewVia<'_>) -> Self {
        self.name(Name::Via);
        self.out.extend_from_slice(b"SIP/2.0/");
        self.out.extend_from_slice(via.transport.name().as_bytes());
        self.out.push(b' ');
        write_socket(self.out, via.sent_by);
        if via.rport {
            self.out.extend_from_slice(b";rport");
        }
        self.out.extend_from_slice(b";branch=");
        write_token(self.out, via.branch);
        self.line_end();
        self
    }

    /// Adds an address: display name quoted as needed, URI in brackets, then the header's parameters.
    pub fn address(
        mut self,
        name: Name,
        display: Option<&[u8]>,
        uri: &[u8],
        params: &[(&str, Option<&[u8]>)],
    ) -> Self {
        self.name(name);
        if let Some(display) = display {
            write_quoted(self.out, display);
            self.out.push(b' ');
        }
        self.out.push(b'<');
        write_uri(self.out, uri);
        self.out.push(b'>');
        for (name, value) in params {
            self.param(name.as_bytes(), *value);
        }
        self.line_end();
        self
    }

    /// Adds a CSeq.
    pub fn cseq(mut self, number: u32, method: Method) -> Self {
        self.name(Name::CSeq);
        write_number(self.out, u64::from(number));
        self.out.push(b' ');
        self.out.extend_from_slice(method.name().as_bytes());
        self.line_end();
        self
    }

    /// Adds a comma-joined set of tokens (Allow, Supported, Require…); nothing for an empty one.
    pub fn tokens<T: AsRef<[u8]>>(self, name: Name, tokens: impl IntoIterator<Item = T>) -> Self {
        self.joined(name, tokens, write_token)
    }

    /// Adds a comma-joined list of texts of ours (Accept…); nothing for an empty one.
    pub fn listed<T: AsRef<[u8]>>(self, name: Name, texts: impl IntoIterator<Item = T>) -> Self {
        self.joined(name, texts, write_line)
    }

    fn joined<T: AsRef<[u8]>>(
        mut self,
        name: Name,
        elements: impl IntoIterator<Item = T>,
        write: fn(&mut Vec<u8>, &[u8]),
    ) -> Self {
        let mut elements = elements.into_iter().peekable();
        if elements.peek().is_none() {
            return self;
        }
        self.name(name);
        for (at, element) in elements.enumerate() {
            if at > 0 {
                self.out.extend_from_slice(b", ");
            }
            write(self.out, element.as_ref());
        }
        self.line_end();
        self
    }

    /// Adds each element of a route set as its own line, as it came.
    pub fn routes<'r>(mut self, name: Name, values: impl IntoIterator<Item = &'r [u8]>) -> Self {
        for value in values.into_iter().flat_map(List::new) {
            self.copied(name, value);
        }
        self
    }

    /// Completes the message with a body.
    pub fn body(mut self, content_type: &str, body: &[u8]) {
        if body.is_empty() {
            return self.end();
        }
        self.name(Name::ContentType);
        write_line(self.out, content_type.as_bytes());
        self.line_end();
        self.content_length(body.len());
        self.out.extend_from_slice(body);
    }

    /// Completes the message without a body.
    pub fn end(mut self) {
        self.content_length(0);
    }

    fn content_length(&mut self, length: usize) {
        self.name(Name::ContentLength);
        write_number(self.out, length as u64);
        self.out.extend_from_slice(b"\r\n\r\n");
    }

    fn name(&mut self, name: Name) {
        debug_assert!(name != Name::Other, "a name of its own goes through `named`");
        self.out.extend_from_slice(name.as_str().as_bytes());
        self.out.extend_from_slice(b": ");
    }

    fn param(&mut self, name: &[u8], value: Option<&[u8]>) {
        self.out.push(b';');
        write_token(self.out, name);
        let Some(value) = value else { return };
        self.out.push(b'=');
        let mut scan = Scan::new(value);
        match scan.quoted() {
            Some(_) if scan.is_empty() => write_copy(self.out, value),
            _ if is_token(value) || Host::parse(value).is_some() => self.out.extend_from_slice(value),
            _ => write_quoted(self.out, value),
        }
    }

    fn line_end(&mut self) {
        self.out.extend_from_slice(b"\r\n");
    }
}
