//! A SIP phone or carrier, written apart from the product's own stack: it does what a page says and, unless told
//! otherwise, what RFC 3261 asks.

mod act;
mod leg;
mod proxy;
mod text;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sip::message::{Message, Method, parse};

pub use act::{Act, Dialling, Plan, PlanStep, Reinvite, Reply};
use leg::{Leg, State};
pub use text::Voice;
use text::{Draft, description};

/// RFC 3261 T1.
const T1: Duration = Duration::from_millis(500);
/// RFC 3261 T2.
const T2: Duration = Duration::from_secs(4);
/// When a repetition is given up (64·T1).
const GIVE_UP: Duration = Duration::from_secs(32);

/// What a phone does by itself.
#[derive(Clone, Debug)]
pub struct Habits {
    /// It acknowledges final responses.
    pub acks: bool,
    /// Methods it does not hear.
    pub ignores: Vec<String>,
    /// What it says to a re-INVITE, BYE, CANCEL and the like instead of 200.
    pub refuses: Vec<(String, u16)>,
    /// How it answers calls: the n-th by the n-th plan, the rest by the last.
    pub plans: Vec<Plan>,
    /// It repeats requests and 200s that get no answer.
    pub repeats: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            acks: true,
            ignores: Vec::new(),
            refuses: Vec::new(),
            plans: vec![Plan::default()],
            repeats: true,
        }
    }
}

/// A phone.
#[derive(Debug)]
pub struct Phone {
    /// Its name in pages and ladders.
    pub name: String,
    /// Its address.
    pub address: SocketAddr,
    /// The gateway's.
    pub gateway: SocketAddr,
    /// What it does by itself.
    pub habits: Habits,
    /// Final statuses its own calls got, and how its calls ended.
    pub said: Vec<String>,
    legs: Vec<Leg>,
    incoming: usize,
    serial: u32,
    out: VecDeque<Vec<u8>>,
}

impl Phone {
    /// A phone that has done nothing yet.
    pub fn new(name: &str, address: SocketAddr, gateway: SocketAddr) -> Self {
        Self {
            name: name.into(),
            address,
            gateway,
            habits: Habits::default(),
            said: Vec::new(),
            legs: Vec::new(),
            incoming: 0,
            serial: 0,
            out: VecDeque::new(),
        }
    }

    /// The next datagram for the gateway.
    pub fn poll_send(&mut self) -> Option<Vec<u8>> {
        self.out.pop_front()
    }

    /// When it does something by itself next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.legs.iter().filter_map(Leg::poll_timeout).min()
    }

    /// Whether one of its calls is neither over nor given up.
    pub fn busy(&self) -> bool {
        self.legs.iter().any(|leg| !matches!(leg.state, State::Over))
    }

    /// Does what a page says, to its newest call if to any.
    pub fn act(&mut self, act: &Act, now: Instant) {
        let last = self.legs.len().checked_sub(1);
        match (act, last) {
            (Act::Dial(how), _) => self.dial(how, now),
            (Act::Stray(method), _) => self.stray(method),
            (Act::Raw(bytes), _) => self.out.push_back(bytes.clone()),
            (Act::Say(plan), Some(leg)) => {
                self.legs[leg].plan.extend(plan.0.iter().cloned());
                self.legs[leg].due = Some(now);
                self.go_on(leg, now);
            }
            (Act::Cancel, Some(leg)) => self.cancel(leg, now),
            (Act::HangUp(headers), Some(leg)) => self.bye(leg, headers, now),
            (Act::Reinvite(how), Some(leg)) => self.reinvite(leg, *how, now),
            (Act::Again, Some(leg)) => self.out.extend(self.legs[leg].last_request.clone()),
            (Act::Say(_) | Act::Cancel | Act::HangUp(_) | Act::Reinvite(_) | Act::Again, None) => {}
        }
    }

    /// Does an act to one of several calls, counted from the first.
    pub fn act_on(&mut self, leg: usize, act: &Act, now: Instant) {
        if leg < self.legs.len() {
            match act {
                Act::Cancel => self.cancel(leg, now),
                Act::HangUp(headers) => self.bye(leg, headers, now),
                Act::Reinvite(how) => self.reinvite(leg, *how, now),
                Act::Again => self.out.extend(self.legs[leg].last_request.clone()),
                Act::Dial(_) | Act::Stray(_) | Act::Raw(_) | Act::Say(_) => self.act(act, now),
            }
        }
    }

    /// How many calls it has had.
    pub fn calls(&self) -> usize {
        self.legs.len()
    }

    /// Time has come to `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        for leg in 0..self.legs.len() {
            if self.legs[leg].due.is_some_and(|due| due <= now) {
                self.go_on(leg, now);
            }
            let again = self.legs[leg].repeat(now);
            self.out.extend(again);
        }
    }

    /// A datagram came from the gateway.
    pub fn receive(&mut self, bytes: &[u8], now: Instant) {
        let Ok(message) = parse(bytes) else { return };
        if message.is_request() {
            self.asked(&message, now);
        } else {
            self.answered(&message);
        }
    }

    fn find(&self, message: &Message<'_>) -> Option<usize> {
        let call = String::from_utf8_lossy(message.call_id().ok()?).into_owned();
        self.legs.iter().rposition(|leg| leg.call_id == call)
    }

    fn voice(&self, leg: usize) -> Voice {
        let port = 40_000 + u16::try_from(leg).unwrap_or_default() * 2 % 2000;
        Voice { port, formats: &[8, 0], direction: "sendrecv", version: 1 }
    }

    fn body(&self, leg: usize) -> String {
        description(self.address, self.legs[leg].voice)
    }
}

// ---- as a caller

impl Phone {
    fn dial(&mut self, how: &Dialling, now: Instant) {
        self.serial += 1;
        let number = self.legs.len();
        let mut leg = Leg::outgoing(&self.name, self.serial, how, self.address, self.gateway);
        leg.voice = Voice { formats: how.formats, ..self.voice(number) };
        self.legs.push(leg);
        let body = how.offer.then(|| self.body(number));
        let leg = &self.legs[number];
        let mut draft = Draft::request("INVITE", &leg.target);
        leg.head(&mut draft, "INVITE", self.address, "i", how.max_forwards);
        draft.add("Contact", &format!("<sip:{}@{}>", self.name, self.address));
        for header in &how.headers {
            draft.line(header);
        }
        let bytes = draft.done(body.as_deref());
        let leg = &mut self.legs[number];
        leg.invite.clone_from(&bytes);
        leg.last_request = Some(bytes.clone());
        leg.repeat_later("INVITE", &bytes, now, self.habits.repeats);
        self.out.push_back(bytes);
    }

    fn cancel(&mut self, leg: usize, now: Instant) {
        let leg = &mut self.legs[leg];
        let mut draft = Draft::request("CANCEL", &leg.target);
        leg.head(&mut draft, "CANCEL", self.address, "i", 70);
        let bytes = draft.done(None);
        leg.repeat_later("CANCEL", &bytes, now, self.habits.repeats);
        self.out.push_back(bytes);
    }

    fn bye(&mut self, leg: usize, headers: &[String], now: Instant) {
        let address = self.address;
        let leg = &mut self.legs[leg];
        leg.due = None;
        leg.plan.clear();
        leg.cseq += 1;
        let mut draft = Draft::request("BYE", &leg.remote_target);
        leg.head(&mut draft, "BYE", address, "b", 70);
        for header in headers {
            draft.line(header);
        }
        let bytes = draft.done(None);
        leg.last_request = Some(bytes.clone());
        leg.repeat_later("BYE", &bytes, now, self.habits.repeats);
        self.out.push_back(bytes);
    }

    fn reinvite(&mut self, number: usize, how: Reinvite, now: Instant) {
        let leg = &mut self.legs[number];
        leg.cseq += 1;
        leg.voice.version += 1;
        match how {
            Reinvite::Hold => leg.voice.direction = "sendonly",
            Reinvite::Resume => leg.voice.direction = "sendrecv",
            Reinvite::Move => leg.voice.port += 500,
            Reinvite::Codec => leg.voice.formats = &[18],
            Reinvite::NoOffer => {}
        }
        let body = (how != Reinvite::NoOffer).then(|| self.body(number));
        let address = self.address;
        let leg = &mut self.legs[number];
        let mut draft = Draft::request("INVITE", &leg.remote_target);
        leg.head(&mut draft, "INVITE", address, "r", 70);
        draft.add("Contact", &format!("<sip:{}@{address}>", self.name));
        let bytes = draft.done(body.as_deref());
        leg.invite.clone_from(&bytes);
        leg.last_request = Some(bytes.clone());
        leg.answer_in_ack = how == Reinvite::NoOffer;
        leg.repeat_later("INVITE", &bytes, now, self.habits.repeats);
        self.out.push_back(bytes);
    }

    fn stray(&mut self, method: &str) {
        self.serial += 1;
        let how = Dialling::to("1000");
        let mut leg = Leg::outgoing(&self.name, self.serial, &how, self.address, self.gateway);
        if !["OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE"].contains(&method) {
            leg.remote_tag = Some("nobody".into());
        }
        let uri = format!("sip:{}", self.gateway);
        let mut draft = Draft::request(method, &uri);
        leg.head(&mut draft, method, self.address, "s", 70);
        self.out.push_back(draft.done(None));
    }

    fn answered(&mut self, message: &Message<'_>) {
        if proxy::answered(message, &mut self.out) {
            return;
        }
        let (Some(number), Some(status)) = (self.find(message), message.status()) else { return };
        let Ok(cseq) = message.cseq() else { return };
        let method = cseq.method;
        let leg = &mut self.legs[number];
        if method == Method::Invite && status < 200 {
            leg.quiet("INVITE");
            if status > 100 && matches!(leg.state, State::Calling) {
                leg.learn(message);
            }
            return;
        }
        if status < 200 {
            return;
        }
        leg.quiet(&String::from_utf8_lossy(cseq.method_bytes));
        if method == Method::Bye {
            leg.state = State::Over;
        } else if method == Method::Invite && status < 300 {
            let first = !matches!(leg.state, State::Up);
            leg.learn(message);
            leg.state = State::Up;
            self.said.extend(first.then(|| status.to_string()));
            if self.habits.acks {
                self.acknowledge(number, true);
            }
        } else if method == Method::Invite {
            self.refused(number, status, message);
        }
    }

    fn refused(&mut self, number: usize, status: u16, message: &Message<'_>) {
        let leg = &mut self.legs[number];
        let reinvite = matches!(leg.state, State::Up);
        if !reinvite {
            leg.state = State::Over;
            self.said.push(status.to_string());
        }
        if self.habits.acks {
            let remote = leg.remote_tag.clone();
            leg.learn_tag(message);
            self.acknowledge(number, false);
            if reinvite {
                self.legs[number].remote_tag = remote;
            }
        }
    }

    /// The ACK of a 2xx is a request of its own; that of a refusal belongs to the INVITE's transaction.
    fn acknowledge(&mut self, number: usize, accepted: bool) {
        let body = (accepted && self.legs[number].answer_in_ack).then(|| self.body(number));
        let leg = &self.legs[number];
        let (uri, branch) =
            if accepted { (&leg.remote_target, "a") } else { (&leg.invite_uri(), leg.invite_branch()) };
        let mut draft = Draft::request("ACK", uri);
        leg.head(&mut draft, "ACK", self.address, branch, 70);
        self.out.push_back(draft.done(body.as_deref()));
    }
}

// ---- as a callee, and in a call

impl Phone {
    fn asked(&mut self, message: &Message<'_>, now: Instant) {
        let method = String::from_utf8_lossy(message.method_bytes()).into_owned();
        if self.habits.ignores.iter().any(|ignored| *ignored == method || ignored == "everything") {
            return;
        }
        let known = self.find(message);
        match (method.as_str(), known) {
            ("INVITE", None) => self.rung(message, now),
            ("INVITE", Some(leg)) => self.offered(leg, message, now),
            ("ACK", Some(leg)) => self.legs[leg].quiet("200"),
            ("ACK", None) => {}
            ("CANCEL", Some(leg)) => self.canceled(leg, message),
            ("BYE", Some(leg)) => {
                let status = self.status_for("BYE");
                self.legs[leg].state = State::Over;
                self.legs[leg].due = None;
                self.legs[leg].quiet("200");
                self.said.push("BYE".into());
                self.out.push_back(Draft::response(status, message, "x").done(None));
            }
            ("OPTIONS", _) => {
                let status = self.status_for("OPTIONS");
                self.out.push_back(Draft::response(status, message, "o").done(None));
            }
            (_, None) => self.out.push_back(Draft::response(481, message, "x").done(None)),
            (_, Some(_)) => self.out.push_back(Draft::response(501, message, "x").done(None)),
        }
    }

    fn status_for(&self, method: &str) -> u16 {
        self.habits.refuses.iter().find(|(refused, _)| refused == method).map_or(200, |(_, status)| *status)
    }

    fn rung(&mut self, message: &Message<'_>, now: Instant) {
        let number = self.legs.len();
        self.serial += 1;
        let mut leg = Leg::incoming(&self.name, self.serial, message);
        leg.voice = self.voice(number);
        let plans = &self.habits.plans;
        leg.plan =
            plans.get(self.incoming).or(plans.last()).map(|plan| plan.0.clone()).unwrap_or_default().into();
        leg.due = Some(now);
        self.incoming += 1;
        self.legs.push(leg);
        self.go_on(number, now);
    }

    /// A second INVITE of the call: the same one again is answered as before, another is a re-INVITE.
    fn offered(&mut self, number: usize, message: &Message<'_>, now: Instant) {
        if self.legs[number].invite == message.as_bytes() {
            self.out.extend(self.legs[number].last_response.clone());
            return;
        }
        let status = self.status_for("INVITE");
        self.legs[number].invite = message.as_bytes().to_vec();
        self.respond(number, &Reply::new(status), now);
    }

    fn canceled(&mut self, number: usize, message: &Message<'_>) {
        self.out.push_back(Draft::response(self.status_for("CANCEL"), message, "x").done(None));
        let leg = &mut self.legs[number];
        leg.due = None;
        leg.plan.clear();
        if matches!(leg.state, State::Calling) {
            leg.state = State::Over;
            self.said.push("CANCEL".into());
            let invite = self.legs[number].invite.clone();
            if let Ok(invite) = parse(&invite) {
                let refusal = Draft::response(487, &invite, &self.legs[number].local_tag.clone()).done(None);
                self.legs[number].last_response = Some(refusal.clone());
                self.out.push_back(refusal);
            }
        }
    }

    /// Goes on with the plan of a call until it has to wait.
    fn go_on(&mut self, number: usize, now: Instant) {
        while let Some(step) = self.legs[number].plan.pop_front() {
            match step {
                PlanStep::Wait(time) => {
                    let due = self.legs[number].due.unwrap_or(now).max(now) + time;
                    self.legs[number].due = Some(due);
                    return;
                }
                PlanStep::Respond(reply) => self.respond(number, &reply, now),
                PlanStep::Bye => return self.bye(number, &[], now),
                PlanStep::Reinvite(how) => self.reinvite(number, how, now),
                PlanStep::Loop => proxy::forward(&self.legs[number].invite, self.address, &mut self.out),
            }
        }
        self.legs[number].due = None;
    }

    fn respond(&mut self, number: usize, reply: &Reply, now: Instant) {
        let invite = self.legs[number].invite.clone();
        let Ok(request) = parse(&invite) else { return };
        let tag = match reply.fork {
            Some(fork) => format!("{}-{fork}", self.legs[number].local_tag),
            None => self.legs[number].local_tag.clone(),
        };
        let mut draft = Draft::response(reply.status, &request, &tag);
        if reply.status > 100 && reply.status < 300 {
            draft.add("Contact", &format!("<sip:{}@{}>", self.name, self.address));
        }
        for header in &reply.headers {
            draft.line(header);
        }
        let body = reply.sdp.then(|| self.body(number));
        let bytes = draft.done(body.as_deref());
        let leg = &mut self.legs[number];
        leg.last_response = Some(bytes.clone());
        match reply.status {
            200..300 => {
                leg.local_tag = tag;
                leg.state = State::Up;
                leg.repeat_later("200", &bytes, now, self.habits.repeats);
            }
            300.. if matches!(leg.state, State::Calling) => leg.state = State::Over,
            _ => {}
        }
        self.out.push_back(bytes);
    }
}
