//! What a message is, in a few words: for the ladder, and for faults that pick messages.

use call::{Number, Presentation, Signal};
use sip::message::{Message, Name, parse};

/// The name faults pick it by: the method of a request; status and method of a response, INVITE left out.
pub fn kind(bytes: &[u8]) -> String {
    let Ok(message) = parse(bytes) else { return "garbage".into() };
    match message.status() {
        None => String::from_utf8_lossy(message.method_bytes()).into_owned(),
        Some(status) => match method_of(&message).as_str() {
            "INVITE" => status.to_string(),
            method => format!("{status} {method}"),
        },
    }
}

fn method_of(message: &Message<'_>) -> String {
    let cseq = message.header(Name::CSeq).unwrap_or_default();
    String::from_utf8_lossy(cseq).split_whitespace().nth(1).unwrap_or("?").to_owned()
}

/// One line for the ladder.
pub fn describe(bytes: &[u8]) -> String {
    let Ok(message) = parse(bytes) else { return "garbage".into() };
    let mut words = match message.status() {
        None => {
            let method = String::from_utf8_lossy(message.method_bytes()).into_owned();
            let is_reinvite = message.to().is_ok_and(|to| to.tag().is_some());
            match method.as_str() {
                "INVITE" if is_reinvite => "re-INVITE".into(),
                "INVITE" => format!("INVITE {}", user(&message)),
                _ => method,
            }
        }
        Some(status) => {
            let phrase = String::from_utf8_lossy(message.reason_phrase()).into_owned();
            match method_of(&message).as_str() {
                "INVITE" => format!("{status} {phrase}"),
                method => format!("{status} {phrase} ({method})"),
            }
        }
    };
    if let Some(sdp) = sdp(&message) {
        words += &format!(" ({sdp})");
    }
    if let Some(cause) = message.header(Name::Reason) {
        let cause = String::from_utf8_lossy(cause).replace("Q.850;cause=", "cause ");
        words += &format!(" [{}]", cause.split(";text").next().unwrap_or_default());
    }
    if let Ok(hops) = message.max_forwards()
        && hops < 60
    {
        words += &format!(" [{hops} hops]");
    }
    if let Some(after) = message.header(Name::RetryAfter) {
        words += &format!(" [retry after {}]", String::from_utf8_lossy(after));
    }
    words
}

fn user(message: &Message<'_>) -> String {
    let user = message.uri().and_then(|uri| uri.user_decoded().map(|user| user.into_owned()));
    user.map_or_else(|| "?".into(), |user| String::from_utf8_lossy(&user).into_owned())
}

/// `SDP`, with its direction if voice does not go both ways.
fn sdp(message: &Message<'_>) -> Option<String> {
    let body = String::from_utf8_lossy(message.body()).into_owned();
    if !body.starts_with("v=0") {
        return (!body.is_empty()).then(|| "body".into());
    }
    let direction = body.lines().find_map(|line| match line {
        "a=sendonly" | "a=recvonly" | "a=inactive" => Some(&line[2..]),
        _ => None,
    });
    let refused = body.lines().any(|line| line.starts_with("m=audio 0 "));
    Some(match direction {
        _ if refused => "SDP refused".into(),
        Some(direction) => format!("SDP {direction}"),
        None => "SDP".into(),
    })
}

/// A SETUP for the ladder.
pub fn setup(called: &Number, calling: Option<&Number>) -> String {
    match calling {
        None => format!("SETUP {}", called.digits()),
        Some(calling) if calling.presentation == Presentation::Restricted => {
            format!("SETUP {} by {}, withheld", called.digits(), calling.digits())
        }
        Some(calling) => format!("SETUP {} by {}", called.digits(), calling.digits()),
    }
}

/// A signal for the ladder: causes by number only.
pub fn signal(signal: &Signal) -> String {
    if let Signal::Setup(wanted) = signal {
        return setup(&wanted.called, wanted.calling.as_ref());
    }
    let said = signal.to_string();
    let mut words = said.split(' ');
    let mut short: Vec<&str> = Vec::new();
    for word in words.by_ref() {
        short.push(word);
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            break;
        }
    }
    let rest: Vec<&str> = words.collect();
    if let Some(at) = rest.iter().position(|word| *word == "PI") {
        short.extend(rest.iter().skip(at));
    }
    short.join(" ")
}
