//! Reads the script of a page.

use std::net::SocketAddr;
use std::time::Duration;

use call::{Cause, Number, Presentation};
use trunks::sim::OriginateSpec;

use super::super::network::{Fate, Fault};
use super::super::phone::{Act, Dialling, Plan, PlanStep, Reinvite, Reply};
use super::super::world::{GATEWAY, Setting};
use super::{Deed, Manner, Page};

/// The line that begins what is drawn.
const LADDER: &str = "ladder";

/// Reads a page.
///
/// # Errors
/// The first line that says nothing understandable.
pub fn read(text: &str) -> Result<Page, String> {
    let at = text.lines().position(|line| line == LADDER);
    let lines: Vec<&str> = text.lines().collect();
    let (script, golden) = lines.split_at(at.unwrap_or(lines.len()));
    let joined = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let mut page = Page {
        title: script.first().copied().unwrap_or_default().to_owned(),
        setting: Setting::default(),
        manners: Vec::new(),
        deeds: Vec::new(),
        script: joined(script).trim_end().to_owned(),
        golden: joined(golden),
    };
    let mut section: Option<(String, String)> = None;
    for line in script.iter().skip(1) {
        if let Some(more) = line.strip_prefix("    ") {
            let (_, block) = section.as_mut().ok_or_else(|| format!("what is this part of? {line}"))?;
            *block += &format!("{more}\n");
            continue;
        }
        if let Some((head, block)) = section.take() {
            end_section(&mut page, &head, &block)?;
        }
        let line = line.split(" # ").next().unwrap_or_default().trim();
        if let Some(head) = line.strip_suffix(':') {
            section = Some((head.to_owned(), String::new()));
        } else if !line.is_empty() {
            statement(&mut page, line).map_err(|why| format!("{why}: {line}"))?;
        }
    }
    if let Some((head, block)) = section.take() {
        end_section(&mut page, &head, &block)?;
    }
    page.deeds.sort_by_key(|(at, _)| *at);
    Ok(page)
}

/// A head line and the indented block under it.
fn end_section(page: &mut Page, head: &str, block: &str) -> Result<(), String> {
    let (at, head) = timed(head)?;
    match head {
        "plan" => page.setting.plan = Some(block.into()),
        "exchange" => page.setting.exchange = Some(block.into()),
        "config carrier" => page.setting.carrier = block.into(),
        "config other" => page.setting.other = block.into(),
        "config pstn" => page.setting.pstn = block.into(),
        "config sip" => page.setting.sip = block.into(),
        _ => {
            let who = head.strip_suffix(" sends").ok_or_else(|| format!("no such section: {head}"))?;
            let message = block.replace("{gateway}", GATEWAY).replace('\n', "\r\n");
            page.deeds.push((at, Deed::Phone(who.into(), Act::Raw((message + "\r\n").into_bytes()))));
        }
    }
    Ok(())
}

fn timed(line: &str) -> Result<(Duration, &str), String> {
    let Some(rest) = line.strip_prefix("at ") else { return Ok((Duration::ZERO, line)) };
    let (time, rest) = rest.split_once(' ').ok_or("nothing is done")?;
    Ok((duration(time)?, rest))
}

fn duration(text: &str) -> Result<Duration, String> {
    let number = |digits: &str| digits.parse::<f64>().map_err(|_| format!("no time: {text}"));
    let seconds = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(digits), _) => number(digits)? / 1000.0,
        (None, Some(digits)) => number(digits)?,
        (None, None) => return Err(format!("no time: {text}")),
    };
    Ok(Duration::from_secs_f64(seconds))
}

fn statement(page: &mut Page, line: &str) -> Result<(), String> {
    let (at, line) = timed(line)?;
    let (who, what) = line.split_once(' ').ok_or("nothing is done")?;
    let deed = match who {
        "network" => return network(page, what),
        "gateway" => match what {
            "drains" => Deed::Drain,
            "hangs up all" => Deed::HangUpAll,
            _ => return gateway(page, what),
        },
        "pstn" => pstn(what)?,
        _ => match phone(page, who, what)? {
            Some(deed) => deed,
            None => return Ok(()),
        },
    };
    page.deeds.push((at, deed));
    Ok(())
}

fn gateway(page: &mut Page, what: &str) -> Result<(), String> {
    if let Some(ports) = what.strip_prefix("has ports ") {
        page.setting.ports = Some(ports.into());
    } else if let Some(count) = what.strip_prefix("cannot open ports ") {
        page.manners.push(Manner::PortsFail(count.parse().map_err(|_| "how many?")?));
    } else {
        return Err("the gateway does no such thing".into());
    }
    Ok(())
}

/// `loses 2 INVITE from carrier`, `doubles 1 200 BYE to carrier`, `delays 1 200 by 2s from carrier`.
fn network(page: &mut Page, what: &str) -> Result<(), String> {
    let mut words = what.split(' ').peekable();
    let verb = words.next().unwrap_or_default();
    let count = words.next().and_then(|word| word.parse().ok()).ok_or("how many?")?;
    let (mut names, mut late, mut side) = (Vec::new(), None, None);
    while let Some(word) = words.next() {
        match word {
            "by" => late = Some(duration(words.next().unwrap_or_default())?),
            "from" | "to" => side = Some((address(words.next().unwrap_or_default())?, word == "from")),
            name => names.push(name),
        }
    }
    let fate = match (verb, late) {
        ("loses", None) => Fate::Lost,
        ("doubles", None) => Fate::Doubled,
        ("delays", Some(late)) => Fate::Late(late),
        _ => return Err("the network does no such thing".into()),
    };
    page.manners.push(Manner::Fault(Fault { fate, count, what: names.join(" "), side }));
    Ok(())
}

fn address(who: &str) -> Result<SocketAddr, String> {
    let text = match who {
        "carrier" => "127.0.0.2:5090",
        "other" => "127.0.0.3:5090",
        "stranger" => "127.0.0.9:5090",
        _ => return Err(format!("who is {who}?")),
    };
    text.parse().map_err(|_| "no address".into())
}

/// `calls 2000 as 0312345678 for 5s, withheld`, `hangs up with cause 16`, …
fn pstn(what: &str) -> Result<Deed, String> {
    let number = |text: &str| Number::parse(text).map_err(|why| format!("{text}: {why}"));
    if let Some(rest) = what.strip_prefix("calls ") {
        let (rest, withheld) = rest.strip_suffix(", withheld").map_or((rest, false), |rest| (rest, true));
        let mut words = rest.split(' ');
        let mut spec = OriginateSpec::new(number(words.next().unwrap_or_default())?, None);
        while let Some(word) = words.next() {
            let value = words.next().unwrap_or_default();
            match word {
                "as" => spec.calling = Some(number(value)?),
                "for" => spec.hold = Some(duration(value)?),
                "waiting" => spec.patience = duration(value)?,
                "times" => spec.count = value.parse().map_err(|_| "how often?")?,
                "every" => spec.every = duration(value)?,
                _ => return Err(format!("what is {word}?")),
            }
        }
        if withheld {
            spec.calling = spec.calling.map(|calling| calling.presented(Presentation::Restricted));
        }
        return Ok(Deed::Originate(Box::new(spec)));
    }
    match what {
        "hangs up" => Ok(Deed::Clear(Cause::NORMAL_CLEARING)),
        "restarts" => Ok(Deed::Restart),
        "loses its frames" => Ok(Deed::Alarm(true)),
        "has its frames again" => Ok(Deed::Alarm(false)),
        _ => Err("the exchange does no such thing".into()),
    }
}

fn phone(page: &mut Page, who: &str, what: &str) -> Result<Option<Deed>, String> {
    address(who)?;
    let (name, act) = (who.to_owned(), |act| Ok(Some(Deed::Phone(who.to_owned(), act))));
    if let Some(number) = what.strip_prefix("dials ") {
        return act(Act::Dial(dialling(number)?));
    }
    if let Some(plan) = what.strip_prefix("answers: ") {
        page.manners.push(Manner::Answers(name, answers(plan)?));
        return Ok(None);
    }
    if let Some(plan) = what.strip_prefix("says ") {
        return act(Act::Say(answers(plan)?));
    }
    if let Some(method) = what.strip_prefix("ignores ") {
        page.manners.push(Manner::Ignores(name, method.into()));
        return Ok(None);
    }
    if let Some((method, status)) = what.strip_prefix("refuses ").and_then(|rest| rest.split_once(" with ")) {
        let status = status.parse().map_err(|_| "no status")?;
        page.manners.push(Manner::Refuses(name, method.into(), status));
        return Ok(None);
    }
    if let Some((call, what)) = what.strip_prefix("call ").and_then(|rest| rest.split_once(' ')) {
        let call =
            call.parse::<usize>().map_err(|_| "which call?")?.checked_sub(1).ok_or("calls count from 1")?;
        let act = in_call(what).ok_or("a phone does no such thing in a call")?;
        return Ok(Some(Deed::PhoneCall(name, call, act)));
    }
    if let Some(method) = what.strip_prefix("strays ") {
        return act(Act::Stray(method.into()));
    }
    match what {
        "never acks" => page.manners.push(Manner::NeverAcks(name)),
        "never repeats" => page.manners.push(Manner::NeverRepeats(name)),
        "falls silent" => return Ok(Some(Deed::Silence(name))),
        _ => return act(in_call(what).ok_or("a phone does no such thing")?),
    }
    Ok(None)
}

fn in_call(what: &str) -> Option<Act> {
    if let Some(header) = what.strip_prefix("hangs up with ") {
        return Some(Act::HangUp(vec![header.into()]));
    }
    Some(match what {
        "cancels" => Act::Cancel,
        "hangs up" => Act::HangUp(Vec::new()),
        "holds" => Act::Reinvite(Reinvite::Hold),
        "resumes" => Act::Reinvite(Reinvite::Resume),
        "moves its voice" => Act::Reinvite(Reinvite::Move),
        "offers another codec" => Act::Reinvite(Reinvite::Codec),
        "asks for an offer" => Act::Reinvite(Reinvite::NoOffer),
        "says it again" => Act::Again,
        _ => return None,
    })
}

/// `1000, no offer, hops 1, as anonymous, header Privacy: id`.
fn dialling(text: &str) -> Result<Dialling, String> {
    let mut parts = text.split(", ");
    let mut how = Dialling::to(parts.next().unwrap_or_default());
    for part in parts {
        match part.split_once(' ') {
            Some(("no", "offer")) => how.offer = false,
            Some(("hops", hops)) => how.max_forwards = hops.parse().map_err(|_| "no number of hops")?,
            Some(("as", calling)) => how.calling = calling.into(),
            Some(("header", line)) => how.headers.push(line.into()),
            Some(("only", "pcmu")) => how.formats = &[0],
            Some(("only", "pcma")) => how.formats = &[8],
            Some(("only", "g729")) => how.formats = &[18],
            _ => return Err(format!("what is {part}?")),
        }
    }
    Ok(how)
}

/// `180, 2s, 183 sdp, 200 fork b, 503 header Reason: Q.850;cause=34, bye`.
fn answers(text: &str) -> Result<Plan, String> {
    if text == "nothing" {
        return Ok(Plan(Vec::new()));
    }
    let step = |part: &str| {
        let (first, rest) = part.split_once(' ').unwrap_or((part, ""));
        let Ok(status) = first.parse::<u16>() else {
            return match first {
                "bye" => Ok(PlanStep::Bye),
                "loop" => Ok(PlanStep::Loop),
                "hold" => Ok(PlanStep::Reinvite(Reinvite::Hold)),
                _ => duration(first).map(PlanStep::Wait),
            };
        };
        let mut reply = Reply::new(status);
        if let Some(header) = rest.strip_prefix("header ") {
            reply.headers.push(header.into());
            return Ok(PlanStep::Respond(reply));
        }
        let mut words = rest.split(' ').filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            match word {
                "sdp" => reply.sdp = true,
                "bare" => reply.sdp = false,
                "fork" => reply.fork = words.next().and_then(|name| name.chars().next()),
                _ => return Err(format!("what is {word}?")),
            }
        }
        Ok(PlanStep::Respond(reply))
    };
    text.split(", ").map(step).collect::<Result<_, String>>().map(Plan)
}
