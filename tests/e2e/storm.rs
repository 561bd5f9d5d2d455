//! A million mutated messages, with canaries among them that must be answered at once.

use std::io::IoSliceMut;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrIn, recvmsg, setsockopt, sockopt::ReceiveTimestampns,
};
use nix::sys::time::TimeSpec;
use serde_json::Value;
use sip::message::{Message, parse};
use tests::io::{http, wait};

use crate::house::House;
use crate::mutation::Mutation;
use crate::report::{Outcome, Report};
use crate::torture;

/// How many mutated messages, unless `STORM` says otherwise.
const MESSAGES: usize = 1_000_000;
/// How many a second: more than a full gateway of this size ever sees, less than the two fill the machine with.
const PER_SECOND: f64 = 16_000.0;
/// Messages sent in one go; then the clock is looked at.
const BURST: usize = 16;
/// A canary after so many messages.
const CANARY_EVERY: usize = 1000;
/// No answer may be later.
const LATE: Duration = Duration::from_millis(50);
/// The share of canaries that may: where others load the machine, the kernel may leave a process waiting for longer
/// than that. One in a hundred.
const LATE_SHARE: f64 = 0.01;
/// No canary at all may wait for so long.
const LOST: Duration = Duration::from_secs(2);
/// A new live call, whose messages are mutated too, after so many.
const CALL_EVERY: usize = 20_000;
/// Every call is hung up after so many, so that there is room for the next.
const HANG_UP_EVERY: usize = 50_000;
/// How much more memory may be held at any time after a third of the storm, in KiB.
const GROWTH_KIB: u64 = 16 * 1024;

/// The whole storm.
pub(crate) fn run(report: &mut Report) {
    // Few enough calls and transactions that each limit is reached early: what is held then is all that ever is.
    let change = [(
        "{calls: 20000, calls_per_second: 5000, transactions: 400000}",
        "{calls: 400, calls_per_second: 400, transactions: 40000}",
    )];
    let mut house = match House::open(2, &change) {
        Ok(house) => house,
        Err(why) => return report.case("the gateway starts for the storm", Err(why.to_string())),
    };
    let count = std::env::var("STORM").ok().and_then(|count| count.parse().ok()).unwrap_or(MESSAGES);
    let storm = match Storm::new(&house).and_then(|mut storm| storm.blow(&mut house, count).map(|()| storm)) {
        Ok(storm) => storm,
        Err(why) => return report.case("the storm", Err(why)),
    };
    report.case(
        &format!("{count} mutated messages leave the gateway sound"),
        house.sound().map(|()| storm.speed.clone()),
    );
    report.case("canaries are answered at once", storm.latency());
    report.case("what still rings is hung up", hang_up_all(&house));
    let flat = move |rest: u64| flat(&storm.resident_kib, rest);
    report.leave("the storm", house, Some(Box::new(flat)));
}

/// Ends every call by the operator's hand: whom a mutated INVITE rings may ring for minutes.
fn hang_up_all(house: &House) -> Outcome {
    let (_, text) = http::get(house.gateway.admin, "/api/v1/calls").map_err(|error| error.to_string())?;
    let listed: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
    let calls = listed["calls"].as_array().ok_or_else(|| format!("no list of calls: {text}"))?;
    for call in calls {
        let path = format!("/api/v1/calls/{}", call["id"].as_str().unwrap_or_default());
        // A call that has ended by itself in between is no longer there.
        http::request(house.gateway.admin, "DELETE", &path).map_err(|error| error.to_string())?;
    }
    Ok(format!("{} calls", calls.len()))
}

/// Judged from a third of the storm on, when every limit was reached.
fn flat(tenths: &[u64], rest: u64) -> Outcome {
    let early = tenths.get(tenths.len() / 3).copied().unwrap_or_default();
    let most = tenths.iter().copied().max().unwrap_or_default().max(rest);
    let said = format!("KiB after each tenth {tenths:?}, at rest {rest}");
    if early > 0 && most <= early + GROWTH_KIB { Ok(said) } else { Err(said) }
}

struct Storm {
    mutation: Mutation,
    seeds: Vec<Vec<u8>>,
    /// Whose messages are mutated: a carrier's, and a stranger's now and then.
    trusted: UdpSocket,
    stranger: UdpSocket,
    /// Canaries have a socket of their own.
    canary: UdpSocket,
    to: SocketAddr,
    /// The call that is up: its Call-ID and its To tag.
    live: Option<(String, String)>,
    waits: Vec<Duration>,
    lost: usize,
    /// Memory after every tenth of the storm.
    resident_kib: Vec<u64>,
    speed: String,
}

impl Storm {
    fn new(house: &House) -> Result<Self, String> {
        let bound =
            |at: (std::net::Ipv4Addr, u16)| UdpSocket::bind(at).map_err(|error| format!("{at:?}: {error}"));
        let canary = bound((house.trusted(), 6100))?;
        setsockopt(&canary, ReceiveTimestampns, &true).map_err(|error| error.to_string())?;
        canary.set_read_timeout(Some(LOST)).map_err(|error| error.to_string())?;
        let mut seeds = torture::seeds();
        let from = SocketAddr::from((house.trusted(), 5060));
        seeds.extend(valid(from, house.sip()));
        Ok(Self {
            mutation: Mutation::new(4475),
            seeds,
            trusted: bound((house.trusted(), 5060))?,
            stranger: bound((house.stranger(), 5060))?,
            canary,
            to: house.sip(),
            live: None,
            waits: Vec::new(),
            lost: 0,
            resident_kib: Vec::new(),
            speed: String::new(),
        })
    }

    fn blow(&mut self, house: &mut House, count: usize) -> Result<(), String> {
        let lifeless = self.seeds.len();
        self.trusted.set_nonblocking(true).map_err(|error| error.to_string())?;
        let started = Instant::now();
        let (mut due, pause) = (started, Duration::from_secs_f64(BURST as f64 / PER_SECOND));
        let mut bytes = Vec::new();
        for sent in 0..count {
            if sent % CALL_EVERY == 0 {
                self.live_call(sent, lifeless);
            }
            if sent % CANARY_EVERY == 0 {
                self.ask_canary(sent)?;
            }
            if sent % (count / 10).max(1) == 0 {
                self.resident_kib.push(house.gateway.child.resident_kib());
            }
            if sent % HANG_UP_EVERY == HANG_UP_EVERY - 1 {
                hang_up_all(house)?;
            }
            let seed = self.mutation.below(self.seeds.len());
            bytes.clear();
            bytes.extend_from_slice(&self.seeds[seed]);
            self.renew(&mut bytes, sent, seed >= lifeless);
            self.mutation.apply(&mut bytes, &self.seeds);
            let socket = if sent % 16 == 0 { &self.stranger } else { &self.trusted };
            // A datagram that cannot be sent (an empty queue's worth of luck) is one the gateway need not survive.
            socket.send_to(&bytes, self.to).ok();
            if sent % BURST == 0 {
                self.discard();
                // What was missed is not caught up with in a rush: that would be another rate.
                due = (due + pause).max(Instant::now() - pause * 4);
                if let Some(early) = due.checked_duration_since(Instant::now()) {
                    wait::pass(early);
                }
            }
            if sent % 10_000 == 0 && !house.gateway.child.runs() {
                return Err(format!("the gateway ended after {sent} messages: {:?}", house.sound()));
            }
        }
        self.hang_up();
        self.resident_kib.push(house.gateway.child.resident_kib());
        self.speed = format!("{:.0} a second", count as f64 / started.elapsed().as_secs_f64());
        Ok(())
    }

    /// Most messages are of a call of their own, or they would all be retransmissions of the first.
    fn renew(&mut self, bytes: &mut Vec<u8>, sent: usize, lives: bool) {
        if self.mutation.below(8) == 0 {
            return;
        }
        let fresh = format!("{sent:08x}");
        let marks: [&[u8]; 2] = [b"branch=z9hG4bK", b"Call-ID: "];
        for mark in marks.into_iter().take(if lives { 1 } else { 2 }) {
            let found = bytes.windows(mark.len()).position(|part| part == mark);
            if let Some(at) = found {
                let at = at + mark.len();
                bytes.splice(at..at, fresh.bytes());
            }
        }
    }

    /// Answers to mutated messages: nobody asked for them, but their queue shall not fill.
    fn discard(&self) {
        let mut buffer = [0_u8; 2048];
        while self.trusted.recv_from(&mut buffer).is_ok() {}
    }

    /// Sets a call up and makes the requests of its dialog seeds in place of the last one's, so that mutations reach
    /// into a live call. Where no channel is free the last one stays.
    fn live_call(&mut self, sent: usize, lifeless: usize) {
        let here = self.canary.local_addr().expect("a bound socket has an address");
        let id = format!("live-{sent}");
        let invite = request("INVITE", "1001", here, self.to, &id, "", 1, OFFER);
        self.canary.send_to(invite.as_bytes(), self.to).ok();
        let Some((status, tag)) = self.final_of(&id) else { return };
        let ack = request("ACK", "1001", here, self.to, &id, &tag, 1, "");
        self.canary.send_to(ack.as_bytes(), self.to).ok();
        if status >= 300 {
            return;
        }
        self.hang_up();
        self.seeds.truncate(lifeless);
        for (method, cseq, body) in
            [("INVITE", 2, OFFER), ("UPDATE", 3, OFFER), ("INFO", 4, ""), ("BYE", 5, ""), ("ACK", 1, "")]
        {
            self.seeds.push(request(method, "1001", here, self.to, &id, &tag, cseq, body).into_bytes());
        }
        self.live = Some((id, tag));
    }

    /// Ends the live call, if mutations have not.
    fn hang_up(&mut self) {
        let here = self.canary.local_addr().expect("a bound socket has an address");
        if let Some((id, tag)) = self.live.take() {
            let bye = request("BYE", "1001", here, self.to, &id, &tag, 1_000_000, "");
            self.canary.send_to(bye.as_bytes(), self.to).ok();
            self.final_of(&id);
        }
    }

    /// The final answer to what was asked in the call `id`: its status and its To tag.
    fn final_of(&self, id: &str) -> Option<(u16, String)> {
        let end = Instant::now() + LOST;
        while Instant::now() < end {
            let (answer, _) = self.hear()?;
            let Ok(message) = parse(&answer) else { continue };
            let ours = message.call_id().is_ok_and(|call| call == id.as_bytes());
            if let Some(status) = message.status().filter(|status| ours && *status >= 200) {
                return Some((status, tag_of(&message)));
            }
        }
        None
    }

    /// OPTIONS and an INVITE in turn, timed from before the send to when the kernel received the answer.
    fn ask_canary(&mut self, sent: usize) -> Result<(), String> {
        let here = self.canary.local_addr().map_err(|error| error.to_string())?;
        let id = format!("canary-{sent}");
        let invites = sent / CANARY_EVERY % 2 == 1;
        let method = if invites { "INVITE" } else { "OPTIONS" };
        let text = request(method, "4000", here, self.to, &id, "", 1, if invites { OFFER } else { "" });
        let before = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?;
        self.canary.send_to(text.as_bytes(), self.to).map_err(|error| error.to_string())?;
        let end = Instant::now() + LOST;
        let mut first = None;
        while Instant::now() < end {
            let Some((answer, at)) = self.hear() else { break };
            let Ok(message) = parse(&answer) else { continue };
            if !message.call_id().is_ok_and(|call| call == id.as_bytes()) {
                continue;
            }
            first.get_or_insert(at.saturating_sub(before));
            if message.status().is_some_and(|status| status >= 200) {
                if invites {
                    let ack = request("ACK", "4000", here, self.to, &id, &tag_of(&message), 1, "");
                    self.canary.send_to(ack.as_bytes(), self.to).map_err(|error| error.to_string())?;
                }
                break;
            }
        }
        match first {
            Some(wait) => self.waits.push(wait),
            None => self.lost += 1,
        }
        Ok(())
    }

    /// A datagram for the canary's socket and when the kernel received it; `None` if none comes.
    fn hear(&self) -> Option<(Vec<u8>, Duration)> {
        let mut buffer = [0_u8; 4096];
        let mut control = nix::cmsg_space!(TimeSpec);
        let mut slices = [IoSliceMut::new(&mut buffer)];
        let descriptor = self.canary.as_raw_fd();
        let heard =
            recvmsg::<SockaddrIn>(descriptor, &mut slices, Some(&mut control), MsgFlags::empty()).ok()?;
        let stamp = heard.cmsgs().ok()?.find_map(|message| {
            if let ControlMessageOwned::ScmTimestampns(at) = message {
                Some(Duration::from(at))
            } else {
                None
            }
        });
        let length = heard.bytes;
        Some((buffer[..length].to_vec(), stamp?))
    }

    /// What the canaries tell.
    fn latency(&self) -> Outcome {
        let mut waits = self.waits.clone();
        waits.sort();
        let at = |per_mille: usize| {
            waits.get(waits.len() * per_mille / 1000).or(waits.last()).copied().unwrap_or_default()
        };
        let late = waits.iter().filter(|wait| **wait > LATE).count();
        let milliseconds = |wait: Duration| wait.as_secs_f64() * 1e3;
        let said = format!(
            "{} canaries, p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms, {late} later than {} ms, {} lost",
            waits.len(),
            milliseconds(at(500)),
            milliseconds(at(990)),
            milliseconds(at(1000)),
            LATE.as_millis(),
            self.lost
        );
        let few = late as f64 <= waits.len() as f64 * LATE_SHARE;
        if self.lost == 0 && !waits.is_empty() && few { Ok(said) } else { Err(said) }
    }
}

/// The To tag of an answer, as a request carries it on.
fn tag_of(message: &Message<'_>) -> String {
    let to = message.to().ok();
    let tag = to.as_ref().and_then(|to| to.tag());
    tag.map(|tag| format!(";tag={}", String::from_utf8_lossy(tag))).unwrap_or_default()
}

/// An offer of A-law.
const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 39000 RTP/AVP 8 101\r\n\
                     a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n";

#[expect(clippy::too_many_arguments, reason = "a request has that many parts")]
fn request(
    method: &str,
    number: &str,
    from: SocketAddr,
    to: SocketAddr,
    id: &str,
    tag: &str,
    cseq: u32,
    body: &str,
) -> String {
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    // The ACK of a failure has its INVITE's branch; so do all messages of one number here.
    let branch =
        if matches!(method, "INVITE" | "ACK") { format!("{id}.{cseq}") } else { format!("{id}.{method}") };
    format!(
        "{method} sip:{number}@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{branch};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:0901@{from}>;tag=f\r\nTo: <sip:{number}@{to}>{tag}\r\nCall-ID: {id}\r\n\
         CSeq: {cseq} {method}\r\nContact: <sip:0901@{from}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Valid messages of calls to every kind of number.
fn valid(from: SocketAddr, to: SocketAddr) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    for number in ["1000", "1002", "1003", "1234", "19017", "19034", "2000", "3000", "4000"] {
        let id = format!("valid-{number}");
        for (method, tag, cseq, body) in [
            ("INVITE", "", 1, OFFER),
            ("INVITE", "", 1, ""),
            ("CANCEL", "", 1, ""),
            ("ACK", ";tag=x", 1, ""),
            ("BYE", ";tag=x", 2, ""),
        ] {
            messages.push(request(method, number, from, to, &id, tag, cseq, body).into_bytes());
        }
    }
    for method in ["OPTIONS", "REGISTER", "PRACK", "UPDATE", "SUBSCRIBE", "MESSAGE", "REFER"] {
        messages.push(request(method, "1000", from, to, "valid-other", "", 1, "").into_bytes());
    }
    for status in [100, 180, 183, 200, 486, 503] {
        let invite = request("INVITE", "1000", from, to, "valid-answer", ";tag=y", 1, OFFER);
        let (_, rest) = invite.split_once("\r\n").unwrap_or_default();
        messages.push(format!("SIP/2.0 {status} Because\r\n{rest}").into_bytes());
    }
    messages
}
