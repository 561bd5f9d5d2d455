//! The torture messages of RFC 4475 and RFC 5118, live against the release binary, by datagram and by stream.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use sip::message::{Flaw, Name, parse};
use socket2::{Domain, Socket, Type};
use tests::io::lab::material;

use crate::house::House;
use crate::report::Report;

/// Each collection: its folder, what its messages' files end with, how many there are.
const COLLECTIONS: [(&str, &str, usize); 2] = [("rfc4475", "dat", 49), ("rfc5118", "sip", 12)];
/// The statuses that say a message was not even understood.
const NOT_ACCEPTED: [u16; 4] = [400, 500, 505, 513];
/// How long the gateway may take to answer; OPTIONS behind a silent message come at once.
const ANSWER_MAX: Duration = Duration::from_secs(2);
/// Longer than the gateway waits for the rest of a message that began on a stream.
const STREAM_MAX: Duration = Duration::from_secs(15);

/// A message and what is asked of whoever receives it.
struct Sample {
    name: String,
    bytes: Vec<u8>,
    verdict: Value,
}

/// What became of a message.
#[derive(Debug, Default)]
struct Outcome {
    finals: Vec<u16>,
    closed: bool,
    /// An answer that belongs to nothing that was asked, or lacks what it must hold.
    odd: Option<String>,
}

/// Every message of both collections.
pub(crate) fn run(report: &mut Report) {
    let house = match House::open(0, &[]) {
        Ok(house) => house,
        Err(why) => return report.case("the gateway starts for torture", Err(why.to_string())),
    };
    for (collection, extension, count) in COLLECTIONS {
        let Some(samples) = samples(collection, extension) else {
            report.skipped(&format!("no torture messages in {}", material().join(collection).display()));
            continue;
        };
        let by_stream = streams(&house, &samples);
        let mut kept = 0;
        println!("{:<28} {:<24} {:<10} tcp", collection, "asked", "udp");
        for (sample, stream) in samples.iter().zip(by_stream) {
            let outcome = datagram(&house, sample);
            let judged =
                judge_datagram(sample, &outcome).and_then(|()| judge_stream(sample, stream.as_ref()));
            kept += usize::from(judged.is_ok());
            let udp = said(&outcome);
            let tcp = stream.as_ref().map_or("-".to_owned(), said);
            println!("{:<28} {:<24} {udp:<10} {tcp}", sample.name, sample.verdict["ok"].to_string());
            if let Err(why) = judged {
                println!("    {why}");
            }
        }
        let all = kept == count && samples.len() == count;
        let sum = format!("{kept}/{count}");
        report.case(&format!("{collection} live"), if all { Ok(sum) } else { Err(sum) });
    }
    report.leave("torture", house, None);
}

fn samples(collection: &str, extension: &str) -> Option<Vec<Sample>> {
    let folder = material().join(collection);
    let oracle: Value = serde_json::from_slice(&fs::read(folder.join("oracle.json")).ok()?).ok()?;
    let entries = oracle.as_object()?.iter();
    let read = entries.map(|(name, verdict)| {
        let bytes = fs::read(folder.join(format!("{name}.{extension}"))).ok()?;
        Some(Sample { name: name.clone(), bytes, verdict: verdict.clone() })
    });
    read.collect()
}

fn said(outcome: &Outcome) -> String {
    let finals: Vec<String> = outcome.finals.iter().map(u16::to_string).collect();
    let finals = if finals.is_empty() { "silence".to_owned() } else { finals.join(",") };
    if outcome.closed { finals + ", closed" } else { finals }
}

/// Sends one message from the port its topmost Via names, so that its answers come there either way.
fn datagram(house: &House, sample: &Sample) -> Outcome {
    let port = parse(&sample.bytes).ok().and_then(|message| message.via().ok()?.port).unwrap_or(5060);
    let mut outcome = Outcome::default();
    let socket = match UdpSocket::bind((house.trusted(), port)) {
        Ok(socket) => socket,
        Err(why) => {
            outcome.odd = Some(format!("{}:{port}: {why}", house.trusted()));
            return outcome;
        }
    };
    let sent = socket.send_to(&sample.bytes, house.sip());
    if let Err(why) = sent {
        outcome.odd = Some(why.to_string());
    }
    // The gateway reads one datagram after the other: once OPTIONS are answered, silence is silence.
    let mut alive = false;
    let end = Instant::now() + ANSWER_MAX;
    let canary = canary(house.trusted(), port, &sample.name);
    let asked = socket.send_to(canary.as_bytes(), house.sip());
    if let Err(why) = asked {
        outcome.odd = Some(why.to_string());
    }
    let mut trying = false;
    let mut buffer = [0_u8; 65_536];
    while Instant::now() < end && !(alive && (!trying || !outcome.finals.is_empty())) {
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a time-out is no zero");
        let Ok((length, _)) = socket.recv_from(&mut buffer) else { continue };
        let bytes = &buffer[..length];
        let Ok(message) = parse(bytes) else {
            outcome.odd = Some(format!("an answer nobody can read: {:?}", String::from_utf8_lossy(bytes)));
            continue;
        };
        let status = message.status().unwrap_or_default();
        if message.call_id().is_ok_and(|id| id.starts_with(b"canary-")) {
            alive = true;
        } else if status >= 200 {
            note_final(&mut outcome, &sample.bytes, bytes, status);
            if let Some(ack) = acknowledgement(&sample.bytes, bytes) {
                socket.send_to(&ack, house.sip()).ok();
            }
        } else {
            trying = true;
        }
    }
    if !alive {
        outcome.odd = Some("OPTIONS afterwards are not answered".to_owned());
    }
    outcome
}

/// An OPTIONS of our own, which whoever lives answers.
fn canary(from: Ipv4Addr, port: u16, name: &str) -> String {
    format!(
        "OPTIONS sip:gateway SIP/2.0\r\nVia: SIP/2.0/UDP {from}:{port};branch=z9hG4bKcanary{name};rport\r\n\
         From: <sip:canary@{from}>;tag=c\r\nTo: <sip:gateway>\r\nCall-ID: canary-{name}\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}

fn note_final(outcome: &mut Outcome, asked: &[u8], answer: &[u8], status: u16) {
    let Ok(answer) = parse(answer) else { return };
    let ours = parse(asked).ok().and_then(|message| message.call_id().ok());
    match (ours, answer.call_id().ok()) {
        (Some(ours), Some(theirs)) if ours != theirs => {
            // What follows a datagram's message is no message (RFC 4475 §3.1.1.8).
            let within = asked.windows(theirs.len()).any(|part| part == theirs);
            if within {
                outcome.odd = Some(format!("{status} to what follows the message"));
            }
        }
        _ => {
            if status == 420 && answer.header(Name::Unsupported).is_none() {
                outcome.odd = Some("420 without Unsupported".to_owned());
            }
            if outcome.finals.is_empty() {
                outcome.finals.push(status);
            }
        }
    }
}

/// The ACK of a failed INVITE, as its client would send it.
fn acknowledgement(asked: &[u8], answer: &[u8]) -> Option<Vec<u8>> {
    let (asked, answer) = (parse(asked).ok()?, parse(answer).ok()?);
    if asked.method_bytes() != b"INVITE" {
        return None;
    }
    let mut ack = b"ACK ".to_vec();
    ack.extend_from_slice(asked.uri_bytes());
    ack.extend_from_slice(b" SIP/2.0\r\n");
    // The topmost Via as it was sent: an older client's ACK has no branch to be known by (RFC 3261 §17.2.3).
    for (name, of) in [(Name::Via, &asked), (Name::From, &asked), (Name::To, &answer), (Name::CallId, &asked)]
    {
        ack.extend_from_slice(name.as_str().as_bytes());
        ack.extend_from_slice(b": ");
        ack.extend_from_slice(of.header(name)?);
        ack.extend_from_slice(b"\r\n");
    }
    let cseq = String::from_utf8_lossy(answer.header(Name::CSeq)?).replace("INVITE", "ACK");
    ack.extend_from_slice(
        format!("CSeq: {cseq}\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").as_bytes(),
    );
    Some(ack)
}

/// Every message on a connection of its own, all at once: some wait until the gateway loses patience.
fn streams(house: &House, samples: &[Sample]) -> Vec<Option<Outcome>> {
    thread::scope(|scope| {
        let started: Vec<_> =
            samples.iter().map(|sample| scope.spawn(move || stream(house, sample))).collect();
        started.into_iter().map(|thread| thread.join().expect("a connection does not panic")).collect()
    })
}

/// `None` if no stream can carry the message.
fn stream(house: &House, sample: &Sample) -> Option<Outcome> {
    let carried = parse(&sample.bytes).is_ok_and(|message| {
        message.header(Name::ContentLength).is_some() && message.flaw() != Some(Flaw::NoEndOfHeaders)
    });
    let closes = sample.verdict.get("tcp").is_some();
    // On a stream the second message of dblreq is a message of its own.
    if (!carried && !closes) || sample.name == "dblreq" {
        return None;
    }
    let mut outcome = Outcome::default();
    match exchanged(house, sample, closes, &mut outcome) {
        Ok(()) => {}
        Err(why) => outcome.odd = Some(why.to_string()),
    }
    Some(outcome)
}

fn exchanged(house: &House, sample: &Sample, closes: bool, outcome: &mut Outcome) -> std::io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((house.trusted(), 0)).into())?;
    socket.connect_timeout(&house.sip().into(), ANSWER_MAX)?;
    let mut stream: TcpStream = socket.into();
    // In parts, unless the gateway may close before it has them all.
    for part in sample.bytes.chunks(if closes { usize::MAX } else { 97 }) {
        stream.write_all(part)?;
    }
    // Behind the message, unless it never ends: once OPTIONS are answered, silence is silence.
    if !closes {
        stream.write_all(canary(house.trusted(), 5060, &sample.name).replace("UDP", "TCP").as_bytes())?;
    }
    let mut bytes = Vec::new();
    let end = Instant::now() + STREAM_MAX;
    let mut buffer = [0_u8; 4096];
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    let (mut alive, mut trying) = (false, false);
    while Instant::now() < end && !(alive && (!trying || !outcome.finals.is_empty())) {
        match stream.read(&mut buffer) {
            Ok(0) => {
                outcome.closed = true;
                break;
            }
            Ok(length) => bytes.extend_from_slice(&buffer[..length]),
            Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(why) if why.kind() == ErrorKind::ConnectionReset => {
                outcome.closed = true;
                break;
            }
            Err(why) => return Err(why),
        }
        for answer in answers(&mut bytes) {
            let status = parse(&answer).ok().and_then(|message| message.status()).unwrap_or_default();
            let own = parse(&answer)
                .is_ok_and(|message| message.call_id().is_ok_and(|id| id.starts_with(b"canary-")));
            alive |= own;
            trying |= status < 200;
            if !own && status >= 200 {
                note_final(outcome, &sample.bytes, &answer, status);
                if let Some(ack) = acknowledgement(&sample.bytes, &answer) {
                    // A gateway that has closed needs none.
                    stream.write_all(&ack).ok();
                }
            }
        }
    }
    if !alive && !closes {
        outcome.odd = Some("OPTIONS behind it are not answered".to_owned());
    }
    Ok(())
}

/// Takes the whole answers off the front; none of ours to these has a body.
fn answers(bytes: &mut Vec<u8>) -> Vec<Vec<u8>> {
    let mut whole = Vec::new();
    while let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
        whole.push(bytes.drain(..end + 4).collect());
    }
    whole
}

fn judge_datagram(sample: &Sample, outcome: &Outcome) -> Result<(), String> {
    if let Some(odd) = &outcome.odd {
        return Err(format!("by UDP: {odd}"));
    }
    let liberal = sample.verdict.get("liberal");
    let kept = allows(&sample.verdict["ok"], sample, outcome)
        || liberal.is_some_and(|also| allows(also, sample, outcome));
    if kept { Ok(()) } else { Err(format!("by UDP: {} is not what {} asks", said(outcome), sample.verdict)) }
}

fn judge_stream(sample: &Sample, outcome: Option<&Outcome>) -> Result<(), String> {
    let Some(outcome) = outcome else { return Ok(()) };
    if let Some(odd) = &outcome.odd {
        return Err(format!("by TCP: {odd}"));
    }
    let kept = match sample.verdict.get("tcp").and_then(Value::as_str) {
        Some(said) => outcome.closed && said.starts_with("wait") == outcome.finals.is_empty(),
        None => {
            let liberal = sample.verdict.get("liberal");
            allows(&sample.verdict["ok"], sample, outcome)
                || liberal.is_some_and(|also| allows(also, sample, outcome))
        }
    };
    if kept { Ok(()) } else { Err(format!("by TCP: {} is not what {} asks", said(outcome), sample.verdict)) }
}

/// Whether one verdict covers what happened.
fn allows(verdict: &Value, sample: &Sample, outcome: &Outcome) -> bool {
    let request = parse(&sample.bytes).is_ok_and(|message| message.is_request());
    match (verdict, outcome.finals.first()) {
        (Value::Array(statuses), Some(status)) => {
            statuses.iter().any(|one| *one == status.to_string().as_str())
        }
        (Value::String(said), Some(status)) if said.starts_with("accept") => !NOT_ACCEPTED.contains(status),
        (Value::String(said), Some(status)) => said == "4xx" && (400..500).contains(status),
        (Value::String(said), None) => said == "silent" || (said.starts_with("accept") && !request),
        _ => false,
    }
}

/// Every message of both collections, as seeds for whoever mutates them.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let collections = COLLECTIONS.iter().filter_map(|(name, extension, _)| samples(name, extension));
    let samples: BTreeMap<String, Vec<u8>> =
        collections.flatten().map(|sample| (sample.name, sample.bytes)).collect();
    samples.into_values().collect()
}
