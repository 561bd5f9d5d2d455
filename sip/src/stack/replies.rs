//! Responses: stateless ones, and the lines that begin every response of a transaction.

use std::time::Instant;

use super::content::{Content, Header};
use super::digest::Digest;
use super::mint::Token;
use super::{Stack, write};
use crate::message::{Builder, Fact, Message, Method, Name, Reply, Via, refuse, usual_phrase};
use crate::transport::{Flow, reply_address};

/// A response that is given at once and forgotten.
#[derive(Clone, Copy)]
pub(super) struct Refusal<'a> {
    pub(super) status: u16,
    pub(super) phrase: &'a str,
    /// A header that goes with the status.
    pub(super) header: Option<(Name, &'a [u8])>,
}

impl Refusal<'_> {
    pub(super) fn new(status: u16) -> Self {
        Self { status, phrase: "", header: None }
    }
}

const RECORD_ROUTE: &[u8] = b"Record-Route: ";

impl Stack {
    /// Where responses to this request go; counts it if that is nowhere.
    pub(super) fn reply_flow(&mut self, message: &Message<'_>, flow: &Flow) -> Option<Flow> {
        self.reply_flow_by(&message.via().ok()?, flow)
    }

    /// As [`reply_flow`](Self::reply_flow), for a Via that has been read.
    pub(super) fn reply_flow_by(&mut self, via: &Via<'_>, flow: &Flow) -> Option<Flow> {
        let address = reply_address(via, flow.transport, flow.remote);
        if address.is_none() {
            self.counters.dropped.unroutable += 1;
        }
        Some(Flow { remote: address?, ..*flow })
    }

    /// Answers and keeps nothing: RFC 3261 §8.2.7. The same request gets the same response again.
    pub(super) fn refuse(&mut self, message: &Message<'_>, flow: &Flow, refusal: Refusal<'_>, now: Instant) {
        if message.method() == Some(Method::Ack) {
            self.counters.dropped.stray_ack += 1;
            return;
        }
        let Some(back) = self.reply_flow(message, flow) else { return };
        let tag = self.stateless_tag(message);
        let mut out = self.pool.take();
        let reply = Reply {
            status: refusal.status,
            phrase: refusal.phrase,
            tag: Some(tag.as_bytes()),
            source: Some(flow.remote),
        };
        let mut builder = Builder::reply(&mut out, message, reply);
        if let Some((name, value)) = refusal.header {
            builder = builder.header(name, value);
        }
        if matches!(refusal.status, 405 | 501) {
            builder = builder.header(Name::Allow, self.allow());
        }
        builder.end();
        self.counters.stateless_refusals += 1;
        self.counters.responses_sent.add(refusal.status);
        self.send(back, out, None, now);
    }

    /// Refuses what is not valid with the status the standard has for it.
    pub(super) fn refuse_invalid(&mut self, message: &Message<'_>, flow: &Flow, fact: Fact, now: Instant) {
        let Some(back) = self.reply_flow(message, flow) else { return };
        let tag = self.stateless_tag(message);
        let mut out = self.pool.take();
        let reply = Reply { status: 400, phrase: "", tag: Some(tag.as_bytes()), source: Some(flow.remote) };
        refuse(&mut out, message, fact, &self.config.capabilities, reply);
        self.counters.stateless_refusals += 1;
        self.counters.responses_sent.add(fact.status());
        self.send(back, out, None, now);
    }

    /// 503 with Retry-After.
    pub(super) fn refuse_for_load(&mut self, message: &Message<'_>, flow: &Flow, now: Instant) {
        let mut seconds = Vec::new();
        write::number(&mut seconds, u64::from(self.config.limits.retry_after_seconds));
        let header = Some((Name::RetryAfter, seconds.as_slice()));
        self.refuse(message, flow, Refusal { status: 503, phrase: "", header }, now);
    }

    /// 500 with Retry-After between 0 and 10 seconds: RFC 3261 §14.2.
    pub(super) fn refuse_for_now(&mut self, message: &Message<'_>, flow: &Flow, now: Instant) {
        let mut seconds = Vec::new();
        write::number(&mut seconds, u64::from(self.mint.below(11)));
        let header = Some((Name::RetryAfter, seconds.as_slice()));
        self.refuse(message, flow, Refusal { status: 500, phrase: "", header }, now);
    }

    /// 200 to an OPTIONS: RFC 3261 §11.2.
    pub(super) fn answer_options(&mut self, message: &Message<'_>, flow: &Flow, now: Instant) {
        let Some(back) = self.reply_flow(message, flow) else { return };
        let tag = self.stateless_tag(message);
        let mut out = self.pool.take();
        let reply = Reply { status: 200, phrase: "", tag: Some(tag.as_bytes()), source: Some(flow.remote) };
        let mut builder = Builder::reply(&mut out, message, reply)
            .header(Name::Allow, self.allow())
            .header(Name::Accept, &self.abilities.accept);
        if !self.abilities.supported.is_empty() {
            builder = builder.header(Name::Supported, &self.abilities.supported);
        }
        if !self.config.agent.is_empty() {
            builder = builder.header(Name::Server, &self.config.agent);
        }
        builder.end();
        self.counters.responses_sent.add(200);
        self.send(back, out, None, now);
    }

    /// 100 for an INVITE, at once: RFC 3261 §8.2.6.1.
    pub(super) fn trying(&mut self, message: &Message<'_>, reply: &[u8]) -> Vec<u8> {
        let content = message
            .header(Name::Timestamp)
            .filter(|value| write::is_line(value))
            .map(|value| Header { name: Name::Timestamp.as_str(), value });
        self.write_response(reply, (100, ""), None, &Content { headers: content.as_slice(), body: None })
    }

    /// The lines that begin every response to this request, from Via to CSeq.
    pub(super) fn reply_lines(&mut self, message: &Message<'_>, source: &Flow, tag: &[u8]) -> Vec<u8> {
        let mut out = self.pool.take();
        // Any status that may begin a dialog takes the Record-Route lines along.
        let reply = Reply { status: 183, phrase: "-", tag: Some(tag), source: Some(source.remote) };
        Builder::reply(&mut out, message, reply).end();
        out.truncate(out.len().saturating_sub(write::NO_BODY.len()));
        let line = memchr::memchr(b'\n', &out).map_or(0, |end| end + 1);
        out.drain(..line);
        out
    }

    /// Writes a whole response from the lines that begin it.
    pub(super) fn write_response(
        &mut self,
        reply: &[u8],
        (status, phrase): (u16, &str),
        contact: Option<&[u8]>,
        content: &Content<'_>,
    ) -> Vec<u8> {
        let mut out = self.pool.take();
        out.extend_from_slice(b"SIP/2.0 ");
        write::number(&mut out, u64::from(status));
        out.push(b' ');
        out.extend_from_slice(if phrase.is_empty() { usual_phrase(status) } else { phrase }.as_bytes());
        out.extend_from_slice(b"\r\n");
        if (101..300).contains(&status) {
            out.extend_from_slice(reply);
        } else {
            // Record-Route is for what may begin a dialog.
            for line in reply.split_inclusive(|&byte| byte == b'\n') {
                if !line.starts_with(RECORD_ROUTE) {
                    out.extend_from_slice(line);
                }
            }
        }
        if let Some(contact) = contact {
            out.extend_from_slice(contact);
            write::line(&mut out, "Allow", self.allow());
            if !self.abilities.supported.is_empty() {
                write::line(&mut out, "Supported", &self.abilities.supported);
            }
        }
        if !self.config.agent.is_empty() {
            write::line(&mut out, "Server", &self.config.agent);
        }
        write::content(&mut out, content);
        self.counters.responses_sent.add(status);
        out
    }

    /// The methods we take.
    pub(super) fn allow(&self) -> &[u8] {
        &self.abilities.allow
    }

    /// The tag that a request gets whenever it comes, without being remembered.
    fn stateless_tag(&self, message: &Message<'_>) -> Token {
        self.mint.stateless(self.stateless_digest(message))
    }

    fn stateless_digest(&self, message: &Message<'_>) -> Digest {
        const STATELESS: u8 = 7;
        self.key
            .digest(STATELESS)
            .part(message.call_id().unwrap_or_default())
            .part(message.header(Name::From).unwrap_or_default())
            .part(message.header(Name::CSeq).unwrap_or_default())
            .finish()
    }
}
