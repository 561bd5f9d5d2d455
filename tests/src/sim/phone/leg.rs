//! One call of a phone: its dialog, and what is repeated until it is answered.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sip::message::{Message, parse};

use super::act::{Dialling, PlanStep};
use super::text::{Draft, Voice};
use super::{GIVE_UP, T1, T2};

/// How far a call is, for the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Calling,
    Up,
    Over,
}

#[derive(Debug)]
struct Repeat {
    what: String,
    bytes: Vec<u8>,
    next: Instant,
    wait: Duration,
    until: Instant,
}

#[derive(Debug)]
pub(super) struct Leg {
    pub(super) call_id: String,
    pub(super) local_tag: String,
    pub(super) remote_tag: Option<String>,
    /// Our own and the other's URI in From and To.
    local_uri: String,
    remote_uri: String,
    /// Where the INVITE went, or came to.
    pub(super) target: String,
    pub(super) remote_target: String,
    pub(super) cseq: u32,
    /// The last INVITE, sent or received.
    pub(super) invite: Vec<u8>,
    pub(super) last_request: Option<Vec<u8>>,
    pub(super) last_response: Option<Vec<u8>>,
    pub(super) state: State,
    pub(super) voice: Voice,
    pub(super) answer_in_ack: bool,
    pub(super) plan: VecDeque<PlanStep>,
    pub(super) due: Option<Instant>,
    repeats: Vec<Repeat>,
}

impl Leg {
    pub(super) fn outgoing(
        name: &str,
        serial: u32,
        how: &Dialling,
        address: SocketAddr,
        gateway: SocketAddr,
    ) -> Self {
        let target = format!("sip:{}@{gateway}", how.number);
        let local_uri = match how.calling.as_str() {
            "anonymous" => "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned(),
            number => format!("<sip:{number}@{}>", address.ip()),
        };
        Self {
            call_id: format!("{name}-{serial}"),
            local_tag: format!("{name}{serial}"),
            local_uri,
            remote_uri: format!("<{target}>"),
            remote_target: target.clone(),
            target,
            answer_in_ack: !how.offer,
            ..Self::blank()
        }
    }

    pub(super) fn incoming(name: &str, serial: u32, invite: &Message<'_>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let header = |name| text(invite.header(name).unwrap_or_default());
        let from = header(sip::message::Name::From);
        let contact = header(sip::message::Name::Contact);
        Self {
            call_id: header(sip::message::Name::CallId),
            local_tag: format!("{name}{serial}"),
            remote_tag: from.split_once(";tag=").map(|(_, tag)| tag.to_owned()),
            local_uri: header(sip::message::Name::To),
            remote_uri: from.split(";tag=").next().unwrap_or_default().to_owned(),
            remote_target: contact.trim_start_matches('<').trim_end_matches('>').to_owned(),
            target: text(invite.uri_bytes()),
            invite: invite.as_bytes().to_vec(),
            ..Self::blank()
        }
    }

    fn blank() -> Self {
        Self {
            call_id: String::new(),
            local_tag: String::new(),
            remote_tag: None,
            local_uri: String::new(),
            remote_uri: String::new(),
            target: String::new(),
            remote_target: String::new(),
            cseq: 1,
            invite: Vec::new(),
            last_request: None,
            last_response: None,
            state: State::Calling,
            voice: Voice { port: 40_000, formats: &[8, 0], direction: "sendrecv", version: 1 },
            answer_in_ack: false,
            plan: VecDeque::new(),
            due: None,
            repeats: Vec::new(),
        }
    }

    /// The headers of a request of this call.
    pub(super) fn head(&self, draft: &mut Draft, method: &str, address: SocketAddr, branch: &str, hops: u8) {
        let of_invite = ["ACK", "CANCEL"].contains(&method);
        let cseq = if of_invite { self.invite_cseq() } else { self.cseq };
        let call = &self.call_id;
        draft.add("Via", &format!("SIP/2.0/UDP {address};branch=z9hG4bK-{call}-{cseq}{branch};rport"));
        draft.add("Max-Forwards", &hops.to_string());
        draft.add("From", &format!("{};tag={}", self.local_uri, self.local_tag));
        match &self.remote_tag {
            Some(tag) if method != "CANCEL" => draft.add("To", &format!("{};tag={tag}", self.remote_uri)),
            _ => draft.add("To", &self.remote_uri),
        }
        draft.add("Call-ID", call);
        draft.add("CSeq", &format!("{cseq} {method}"));
    }

    /// The Request-URI of the last INVITE.
    pub(super) fn invite_uri(&self) -> String {
        parse(&self.invite).map_or_else(
            |_| self.target.clone(),
            |invite| String::from_utf8_lossy(invite.uri_bytes()).into_owned(),
        )
    }

    /// The sequence number of the last INVITE, which its ACK and CANCEL repeat.
    fn invite_cseq(&self) -> u32 {
        parse(&self.invite).ok().and_then(|invite| invite.cseq().ok()).map_or(self.cseq, |cseq| cseq.number)
    }

    /// What tells the last INVITE's branch from others: `r` for a re-INVITE.
    pub(super) fn invite_branch(&self) -> &'static str {
        if self.invite_cseq() == 1 { "i" } else { "r" }
    }

    /// Takes the dialog from a response.
    pub(super) fn learn(&mut self, response: &Message<'_>) {
        self.learn_tag(response);
        if let Ok(contact) = response.contact() {
            self.remote_target = String::from_utf8_lossy(contact.uri_bytes).into_owned();
        }
    }

    pub(super) fn learn_tag(&mut self, response: &Message<'_>) {
        let to =
            String::from_utf8_lossy(response.header(sip::message::Name::To).unwrap_or_default()).into_owned();
        if let Some((_, tag)) = to.split_once(";tag=") {
            self.remote_tag = Some(tag.to_owned());
        }
    }

    /// Sends it again and again until [`Leg::quiet`].
    pub(super) fn repeat_later(&mut self, what: &str, bytes: &[u8], now: Instant, repeats: bool) {
        if repeats {
            self.repeats.push(Repeat {
                what: what.into(),
                bytes: bytes.to_vec(),
                next: now + T1,
                wait: T1,
                until: now + GIVE_UP,
            });
        }
    }

    /// It was answered.
    pub(super) fn quiet(&mut self, what: &str) {
        self.repeats.retain(|repeat| repeat.what != what);
    }

    /// What is to be sent again now.
    pub(super) fn repeat(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let mut again = Vec::new();
        for repeat in &mut self.repeats {
            if repeat.next <= now && now < repeat.until {
                repeat.wait =
                    if repeat.what == "INVITE" { repeat.wait * 2 } else { (repeat.wait * 2).min(T2) };
                repeat.next = now + repeat.wait;
                again.push(repeat.bytes.clone());
            }
        }
        let gone = self.repeats.iter().any(|repeat| repeat.until <= now);
        self.repeats.retain(|repeat| now < repeat.until);
        if gone {
            self.state = State::Over;
        }
        again
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let repeats = self.repeats.iter().map(|repeat| repeat.next.min(repeat.until));
        repeats.chain(self.due).min()
    }
}
