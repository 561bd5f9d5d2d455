//! The sections `reroute:` and `routes:`.

use std::sync::Arc;
use std::time::Duration;

use mistakes::{Map, Value};

use super::names::{Names, read_name};
use crate::reroute::{DEFAULT, Failures, Reroute};
use crate::route::{ATTEMPTS_DEFAULT, Entry, Route, TRUNKS_PER_ROUTE_MAX, WEIGHT_MAX};

/// The most routes, and the most reroutes.
const ROUTES_MAX: usize = 10_000;
/// The longest wait for a reply to a set-up.
const SETUP_WAIT_MAX: Duration = Duration::from_secs(60);

const FAILURES: &str = "q850/27, q850/41-47, sip/408, sip/500-504, sip/5xx or any";

pub(super) fn read_reroutes<'d>(map: &Map<'d>, names: &mut Names<'d>) -> Vec<Arc<Reroute>> {
    let mut reroutes: Vec<Arc<Reroute>> = Vec::new();
    for reroute in Reroute::built_in() {
        names.reroutes.define(reroute.name.clone(), reroutes.len(), None);
        reroutes.push(Arc::new(reroute));
    }
    for (key, value) in map.optional("reroute", Value::entries).unwrap_or_default() {
        if reroutes.len() >= ROUTES_MAX {
            key.complain(format!("more than {ROUTES_MAX} reroutes"));
            break;
        }
        let (Some(name), Some(reroute)) = (read_name(key), read_reroute(key, value)) else { continue };
        names.reroutes.define(name, reroutes.len(), Some(key));
        reroutes.push(Arc::new(reroute));
    }
    reroutes
}

fn read_reroute(key: Value<'_>, value: Value<'_>) -> Option<Reroute> {
    let map = value.map(&["retry", "stop"])?;
    let mut setup_wait = None;
    let retry = map.required("retry", |v| read_failures(v, &mut Some(&mut setup_wait)))?;
    let stop = map.optional("stop", |v| read_failures(v, &mut None)).unwrap_or_default();
    let both = retry.causes & stop.causes;
    if both != 0 && !retry.any {
        let cause = both.trailing_zeros();
        value.complain_expected(
            &format!("q850/{cause} is in `retry` and in `stop`"),
            "each failure in one of them; `stop` would win",
        );
    }
    Some(Reroute { name: key.scalar().unwrap_or_default().into(), retry, stop, setup_wait })
}

/// A list of failures; in `retry` it may also hold how long a set-up may stay without reply.
fn read_failures(value: Value<'_>, wait: &mut Option<&mut Option<Duration>>) -> Option<Failures> {
    let mut failures = Failures::default();
    value.one_or_more(|item| {
        if item.scalar().is_some_and(|text| text.starts_with("no-answer-to-setup")) {
            return read_wait(item, wait);
        }
        item.parse(FAILURES, |text| add_failure(text, &mut failures))
    })?;
    Some(failures)
}

fn read_wait(item: Value<'_>, wait: &mut Option<&mut Option<Duration>>) -> Option<()> {
    let Some(wait) = wait else {
        item.complain_expected("no answer to the set-up is no reason to stop", "it in `retry`");
        return None;
    };
    let text = item.scalar().unwrap_or_default();
    let seconds = text.strip_prefix("no-answer-to-setup/").and_then(mistakes::parse_duration);
    match seconds.filter(|wait| !wait.is_zero() && *wait <= SETUP_WAIT_MAX) {
        Some(duration) => **wait = Some(duration),
        None => item.complain_expected("how long?", "no-answer-to-setup/6s, at most 60s"),
    }
    Some(())
}

fn add_failure(text: &str, failures: &mut Failures) -> Result<(), String> {
    let range = |text: &str| -> Option<(u16, u16)> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?;
        let (first, last) = (digits(first)?, digits(last)?);
        (first <= last).then_some((first, last))
    };
    if text == "any" {
        failures.any = true;
        return Ok(());
    }
    match text.split_once('/') {
        Some(("q850", causes)) => {
            let (first, last) = range(causes)
                .filter(|(first, last)| *first >= 1 && *last <= 127)
                .ok_or_else(|| format!("`{causes}` is not a Q.850 cause, nor a range of them: 1 to 127"))?;
            failures.add_causes(u8::try_from(first).unwrap_or(127), u8::try_from(last).unwrap_or(127));
            Ok(())
        }
        Some(("sip", statuses)) => {
            let class = statuses.strip_suffix("xx").and_then(|class| class.parse::<u16>().ok());
            let (first, last) = class
                .map(|class| (class * 100, class * 100 + 99))
                .or_else(|| range(statuses))
                .filter(|(first, last)| *first >= 300 && *last <= 699)
                .ok_or_else(|| format!("`{statuses}` is not a failure status, nor a range: 300 to 699"))?;
            failures.statuses.push((first, last));
            Ok(())
        }
        Some(_) | None => Err(format!("`{}` is not a failure", text.escape_debug())),
    }
}

pub(super) fn read<'d>(map: &Map<'d>, reroutes: &[Arc<Reroute>], names: &mut Names<'d>) -> Vec<Route> {
    let mut routes = Vec::new();
    for (key, value) in map.optional("routes", Value::entries).unwrap_or_default() {
        if routes.len() >= ROUTES_MAX {
            key.complain(format!("more than {ROUTES_MAX} routes"));
            break;
        }
        let Some(name) = read_name(key) else { continue };
        let route = read_route(&name, value, reroutes, names);
        names.routes.define(name.clone(), routes.len(), Some(key));
        routes.push(route.unwrap_or_else(|| direct(name, 0, reroutes, names)));
    }
    routes
}

fn read_route<'d>(
    name: &crate::Name,
    value: Value<'d>,
    reroutes: &[Arc<Reroute>],
    names: &Names<'d>,
) -> Option<Route> {
    let map = value.map(&["order", "reroute", "attempts_max", "try"])?;
    map.optional("order", |v| v.choice(&[("priority", ())]));
    let reroute = map.optional("reroute", |v| names.reroutes.look_up("reroute", v));
    let attempts_max = map.optional("attempts_max", |v| v.integer(1..=TRUNKS_PER_ROUTE_MAX));
    let mut entries = map.required("try", |v| {
        let entries = v.list(|item| read_entry(item, names))?;
        if v.items()?.is_empty() {
            v.complain_expected("this route tries nothing", "[{via: TRUNK}, ...]");
        }
        if entries.len() > TRUNKS_PER_ROUTE_MAX {
            v.complain(format!("more than {TRUNKS_PER_ROUTE_MAX} trunks in one route"));
        }
        Some(entries)
    })?;
    entries.sort_by_key(|(entry, _)| entry.priority);
    for (at, (entry, place)) in entries.iter().enumerate() {
        if entries.iter().take(at).any(|(before, _)| before.trunk == entry.trunk) {
            place.complain("this route tries the same trunk twice");
        }
    }
    let reroute =
        reroute.and_then(|index| reroutes.get(index).cloned()).unwrap_or_else(|| default(reroutes, names));
    Some(Route {
        name: name.clone(),
        entries: entries.into_iter().map(|(entry, _)| entry).collect(),
        attempts_max: attempts_max.unwrap_or(ATTEMPTS_DEFAULT),
        reroute,
    })
}

fn read_entry<'d>(value: Value<'d>, names: &Names<'d>) -> Option<(Entry, Value<'d>)> {
    let map = value.map(&["via", "priority", "weight"])?;
    let trunk = map.required("via", |v| names.trunks.look_up("trunk", v));
    let priority = map.optional("priority", |v| v.integer(0..=100_000)).unwrap_or(0);
    let weight = map.optional("weight", |v| v.integer(0..=WEIGHT_MAX)).unwrap_or(1);
    let trunk = u16::try_from(trunk?).ok()?;
    Some((Entry { trunk, priority, weight }, value))
}

/// A route of one trunk, as `to: TRUNK` makes it.
pub(super) fn direct(name: crate::Name, trunk: u16, reroutes: &[Arc<Reroute>], names: &Names<'_>) -> Route {
    let entries = vec![Entry { trunk, priority: 0, weight: 1 }];
    Route { name, entries, attempts_max: 1, reroute: default(reroutes, names) }
}

/// The policy of a route that names none: the plan's own `congestion` if it has one, else the built-in.
fn default(reroutes: &[Arc<Reroute>], names: &Names<'_>) -> Arc<Reroute> {
    let index = names.reroutes.get(DEFAULT);
    index.and_then(|index| reroutes.get(index).cloned()).unwrap_or_else(|| Arc::new(Reroute::congestion()))
}
