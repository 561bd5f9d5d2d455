//! The torture messages of RFC 4475 and the IPv6 messages of RFC 5118, sent to the running gateway as they are.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::io::lab::{Gateway, material};

use crate::Verdict;
use crate::field;

/// Who sends them.
const SENDER: [u8; 4] = [127, 0, 0, 4];
/// How long an answer may take.
const ANSWER: Duration = Duration::from_millis(600);

struct Case {
    name: String,
    bytes: Vec<u8>,
    expected: Value,
}

pub(crate) fn rfc4475_udp() -> Verdict {
    over_udp("rfc4475", "dat", 49)
}

pub(crate) fn rfc5118_udp() -> Verdict {
    over_udp("rfc5118", "sip", 12)
}

pub(crate) fn rfc4475_tcp() -> Verdict {
    over_tcp("rfc4475", "dat", 49)
}

pub(crate) fn rfc5118_tcp() -> Verdict {
    over_tcp("rfc5118", "sip", 12)
}

fn cases(folder: &str, extension: &str, count: usize) -> Result<Vec<Case>, String> {
    let folder: PathBuf = material().join(folder);
    let oracle = fs::read_to_string(folder.join("oracle.json"))
        .map_err(|why| format!("{}: {why}", folder.display()))?;
    let oracle: Value = serde_json::from_str(&oracle).map_err(|why| why.to_string())?;
    let named = oracle.as_object().ok_or("the oracle names nothing")?;
    let read = |(name, expected): (&String, &Value)| {
        let bytes =
            fs::read(folder.join(format!("{name}.{extension}"))).map_err(|why| format!("{name}: {why}"))?;
        Ok(Case { name: name.clone(), bytes, expected: expected.clone() })
    };
    let cases = named.iter().map(read).collect::<Result<Vec<_>, String>>()?;
    if cases.len() == count { Ok(cases) } else { Err(format!("{} messages, not {count}", cases.len())) }
}

/// Whether what came back is what the oracle asks; `None` in place of a status stands for silence.
fn judge(expected: &Value, statuses: &[u16]) -> bool {
    let accepted = |status: &u16| ![400, 500, 505, 513].contains(status);
    let finals: Vec<u16> = statuses.iter().copied().filter(|status| *status >= 200).collect();
    let last = finals.first().or(statuses.first());
    let fits = |wish: &str| match wish {
        "silent" => statuses.is_empty(),
        "accept" => last.is_some_and(accepted),
        "4xx" => last.is_some_and(|status| (400..500).contains(status)),
        digits => last.is_some_and(|status| status.to_string() == digits),
    };
    let wish = &expected["ok"];
    let wished = match wish.as_array() {
        Some(wishes) => wishes.iter().filter_map(Value::as_str).any(fits),
        None => wish.as_str().is_some_and(fits),
    };
    let liberal = expected["liberal"].as_str().is_some_and(|wish| wish.starts_with("accept"));
    wished || (liberal && fits("accept"))
}

fn status(bytes: &[u8]) -> Option<u16> {
    std::str::from_utf8(bytes.strip_prefix(b"SIP/2.0 ")?.get(..3)?).ok()?.parse().ok()
}

/// The Call-ID, where it stands on one line.
fn call_id(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = name.trim();
        let named = name.eq_ignore_ascii_case("call-id") || name.eq_ignore_ascii_case("i");
        (named && !value.trim().is_empty()).then(|| value.trim().to_owned())
    })
}

/// Whether a stream can tell where the message ends: RFC 3261 §18.3 asks for Content-Length there.
fn is_framed(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let named = |line: &str| {
        line.split(':').next().is_some_and(|name| ["content-length", "l"].contains(&name.trim()))
    };
    text.contains("\r\n\r\n") && head.lines().any(named)
}

/// The port the message's own Via asks for answers to.
fn via_port(bytes: &[u8]) -> u16 {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let via = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = name.trim();
        (name.eq_ignore_ascii_case("via") || name.eq_ignore_ascii_case("v")).then(|| value.to_owned())
    });
    let sent_by =
        via.as_deref().and_then(|via| via.split(';').next()?.split_whitespace().last().map(str::to_owned));
    let port = sent_by.as_deref().and_then(|host| match host.rsplit_once("]:") {
        Some((_, port)) => Some(port.to_owned()),
        None if host.contains('[') => None,
        None => host.split_once(':').map(|(_, port)| port.to_owned()),
    });
    port.and_then(|port| port.parse().ok()).unwrap_or(5060)
}

/// Sends one message and takes the statuses that come back, at the source and where its Via points.
fn exchange(case: &Case, gateway: SocketAddr) -> Result<Vec<u16>, String> {
    let wait = Duration::from_millis(20);
    let source = field::socket(SocketAddr::from((SENDER, 6000)), wait)?;
    let port = via_port(&case.bytes);
    let other = (port != 6000).then(|| field::socket(SocketAddr::from((SENDER, port)), wait)).transpose()?;
    source.send_to(&case.bytes, gateway).map_err(|why| why.to_string())?;
    let sockets: Vec<&UdpSocket> = std::iter::once(&source).chain(other.as_ref()).collect();
    let call = call_id(&case.bytes);
    // An earlier message's refusal may still be repeated: it is of another call.
    let ours = |answer: &[u8]| call.is_none() || call_id(answer) == call;
    let (mut statuses, begin, mut buffer) = (Vec::new(), Instant::now(), [0; 65_536]);
    while begin.elapsed() < ANSWER && !statuses.iter().any(|status| *status >= 200) {
        for socket in &sockets {
            if let Ok((length, _)) = socket.recv_from(&mut buffer)
                && ours(&buffer[..length])
            {
                statuses.extend(status(&buffer[..length]));
            }
        }
    }
    Ok(statuses)
}

fn over_udp(folder: &str, extension: &str, count: usize) -> Verdict {
    let cases = cases(folder, extension, count)?;
    let mut gateway = field::start(folder)?;
    let address = field::local(field::SIP_PORT);
    let mut wrong = Vec::new();
    for case in &cases {
        let statuses = exchange(case, address)?;
        if !judge(&case.expected, &statuses) {
            wrong.push(format!("{}: {statuses:?}, not {}", case.name, case.expected["ok"]));
        }
        field::still_well(&mut gateway)?;
    }
    sum(&wrong, count)
}

fn sum(wrong: &[String], count: usize) -> Verdict {
    let right = count - wrong.len();
    if wrong.is_empty() {
        Ok(format!("{right}/{count}"))
    } else {
        Err(format!("{right}/{count}; {}", wrong.join("; ")))
    }
}

/// Over a stream a wrong Content-Length is not the message's fault alone: the oracle says what is asked there.
fn over_tcp(folder: &str, extension: &str, count: usize) -> Verdict {
    let cases = cases(folder, extension, count)?;
    let mut gateway: Gateway = field::start(&format!("{folder}-tcp"))?;
    let mut wrong = Vec::new();
    for case in &cases {
        let (statuses, closed) = converse(case)?;
        let fits = match case.expected["tcp"].as_str() {
            // No answer, a close or a refusal: what must not happen is that the body is taken for another message.
            Some(_) => closed || statuses.iter().all(|status| *status >= 400),
            None if !is_framed(&case.bytes) => closed || statuses.iter().all(|status| *status >= 400),
            None => judge(&case.expected, &statuses),
        };
        if !fits {
            wrong.push(format!("{}: {statuses:?}, not {}", case.name, case.expected["ok"]));
        }
        field::still_well(&mut gateway)?;
    }
    sum(&wrong, count)
}

fn converse(case: &Case) -> Result<(Vec<u16>, bool), String> {
    let mut stream = TcpStream::connect(field::local(field::SIP_PORT)).map_err(|why| why.to_string())?;
    stream.set_read_timeout(Some(Duration::from_millis(20))).map_err(|why| why.to_string())?;
    stream.write_all(&case.bytes).map_err(|why| why.to_string())?;
    let (mut heard, mut buffer, begin) = (Vec::new(), [0; 65_536], Instant::now());
    let mut closed = false;
    let statuses = |heard: &[u8]| -> Vec<u16> {
        let text = String::from_utf8_lossy(heard).into_owned();
        text.split("\r\n").filter_map(|line| status(line.as_bytes())).collect()
    };
    while begin.elapsed() < ANSWER && !closed && !statuses(&heard).iter().any(|status| *status >= 200) {
        match stream.read(&mut buffer) {
            Ok(0) => closed = true,
            Ok(length) => heard.extend_from_slice(&buffer[..length]),
            Err(why) if why.kind() == std::io::ErrorKind::ConnectionReset => closed = true,
            Err(_) => {}
        }
    }
    Ok((statuses(&heard), closed))
}
