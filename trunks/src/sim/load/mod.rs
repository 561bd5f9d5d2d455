//! Reads a script: YAML, every mistake at once.
//!
//! ```yaml
//! hunt: descending                 # channels for the exchange's own calls
//! numbers:                         # the first that fits decides; x any digit, C a digit of a cause, * the rest
//!   - {called: "1000", do: [alert, {wait: 1s}, answer, echo]}
//!   - {called: "19CCC", do: [{clear: captured}]}
//! calls:                           # of the exchange itself; without `at`, on demand by name
//!   - {name: morning, at: 5s, called: "2000", calling: "0312345678", count: 10, every: 100ms, hold: 30s, do: [echo]}
//! ```

mod steps;

use core::time::Duration;

use call::{Name, Number, Presentation};
use media::Law;
use mistakes::{Document, Mistake, Mistakes, Value};

use super::exchange::OriginateSpec;
use super::pattern::Pattern;
use super::script::{CallPlan, Rule, Script};
use crate::Hunt;

/// The most rules, or calls, in a script.
const ENTRIES_MAX: usize = 1000;
/// The most calls that one entry makes.
const COUNT_MAX: u32 = 1_000_000;

/// Gives the bytes of a sound file named in a script, or says why not.
pub type Fetch<'f> = dyn FnMut(&str) -> Result<Vec<u8>, String> + 'f;

/// What reading needs besides the text.
struct Reading<'r, 'f> {
    law: Law,
    fetch: &'r mut Fetch<'f>,
}

/// The lab's script, as `deploy/lab/exchange.yaml` has it.
const LAB: &str = include_str!("../../../../deploy/lab/exchange.yaml");

impl Script {
    /// Reads a script; `file` is its name in mistakes, sounds are coded by `law`.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn read(file: &str, text: &str, law: Law, fetch: &mut Fetch<'_>) -> Result<Self, Vec<Mistake>> {
        let mistakes = Mistakes::new();
        let script = {
            let document = Document::parse(file, text, &mistakes);
            document.and_then(|document| script(document.root(), &mut Reading { law, fetch }))
        };
        match script {
            Some(script) if mistakes.none() => Ok(script),
            Some(_) | None => Err(mistakes.into_vec()),
        }
    }

    /// The lab's script: 1000 rings and echoes, 1001 speaks, 1002 announces without an answer, 1003 rings for
    /// ever, 1004 sends digits, 19CCC clears with cause CCC, any other 1xxx answers at once.
    pub fn lab(law: Law) -> Self {
        let none = |name: &str| Err(format!("{name}: the lab has no files"));
        let empty = Self { law, hunt: Hunt::Descending, rules: Vec::new(), calls: Vec::new() };
        Self::read("deploy/lab/exchange.yaml", LAB, law, &mut |name| none(name)).unwrap_or(empty)
    }
}

fn script(root: Value<'_>, reading: &mut Reading<'_, '_>) -> Option<Script> {
    let map = root.map(&["hunt", "numbers", "calls"])?;
    let hunts = Hunt::ALL.map(|hunt| (hunt.name(), hunt));
    let hunt = map.optional("hunt", |value| value.choice(&hunts)).unwrap_or(Hunt::Descending);
    let rules = map.optional("numbers", |value| entries(value, |value| rule(value, reading)));
    let calls = map.optional("calls", |value| entries(value, |value| plan(value, reading)));
    Some(Script {
        law: reading.law,
        hunt,
        rules: rules.unwrap_or_default(),
        calls: calls.unwrap_or_default(),
    })
}

fn entries<'d, T>(value: Value<'d>, read: impl FnMut(Value<'d>) -> Option<T>) -> Option<Vec<T>> {
    let items = value.items()?;
    if items.len() > ENTRIES_MAX {
        value.complain(format!("{} entries, more than {ENTRIES_MAX}", items.len()));
        return None;
    }
    Some(items.into_iter().filter_map(read).collect())
}

fn rule(value: Value<'_>, reading: &mut Reading<'_, '_>) -> Option<Rule> {
    let map = value.map(&["called", "do"])?;
    let called = map.required("called", pattern);
    let captures = called.as_ref().is_some_and(Pattern::captures);
    let steps = map.required("do", |value| steps::steps(value, captures, reading));
    Some(Rule { called: called?, steps: steps?.into() })
}

fn pattern(value: Value<'_>) -> Option<Pattern> {
    let text = value.digits()?;
    let complain = |(at, message): (usize, String)| {
        value.complain_at(
            at,
            &message,
            "digits, x for any, C for a digit of a cause, * at the end for the rest",
        );
    };
    Pattern::parse(text).map_err(complain).ok()
}

fn plan(value: Value<'_>, reading: &mut Reading<'_, '_>) -> Option<CallPlan> {
    let fields = [
        "name",
        "at",
        "called",
        "calling",
        "calling_name",
        "withheld",
        "count",
        "every",
        "hold",
        "patience",
        "do",
    ];
    let map = value.map(&fields)?;
    let name = map.optional("name", Value::text).map(str::to_owned);
    let at = map.optional("at", Value::duration);
    let called = map.required("called", number);
    let withheld = map.optional("withheld", Value::truth).unwrap_or(false);
    let calling = map.optional("calling", number);
    let calling_name = map.optional("calling_name", Value::text).map(Name::new).unwrap_or_default();
    let count = map.optional("count", |value| value.integer(1..=COUNT_MAX)).unwrap_or(1);
    let every = map.optional("every", Value::duration).unwrap_or(Duration::from_secs(1));
    let hold = map.optional("hold", Value::duration);
    let patience = map.optional("patience", Value::duration);
    let steps = map.optional("do", |value| steps::steps(value, false, reading)).unwrap_or_default();
    if name.is_none() && map.get("at").is_none() {
        value.complain_expected("this call is never made", "`at` for when, or `name` to ask for it by");
    }
    let shown = if withheld { Presentation::Restricted } else { Presentation::Allowed };
    let plain = OriginateSpec::new(called?, calling.map(|calling| calling.presented(shown)));
    let patience = patience.unwrap_or(plain.patience);
    Some(CallPlan {
        name,
        at,
        spec: OriginateSpec { calling_name, count, every, hold, patience, steps, ..plain },
    })
}

fn number(value: Value<'_>) -> Option<Number> {
    let text = value.digits()?;
    Number::parse(text).map_err(|why| value.complain(why.to_string())).ok()
}
