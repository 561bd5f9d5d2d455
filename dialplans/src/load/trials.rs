//! The section `tests:`.

use call::{Cause, Location, Number, NumberType};
use mistakes::{Map, Value};

use super::names::{NONE, Names};
use crate::Name;
use crate::numbering::{TYPES, typed};
use crate::reroute::Failure;
use crate::trial::{Expected, Final, Reply, SentExpected, Trial};

/// The most tests of one plan.
const TESTS_MAX: usize = 10_000;

pub(super) fn read(map: &Map<'_>, names: &Names<'_>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for item in map.optional("tests", Value::items).unwrap_or_default() {
        if trials.len() >= TESTS_MAX {
            item.complain(format!("more than {TESTS_MAX} tests"));
            break;
        }
        read_test(item, names, &mut trials);
    }
    trials
}

/// One test: a single call, or several under `each`.
fn read_test(value: Value<'_>, names: &Names<'_>, trials: &mut Vec<Trial>) -> Option<()> {
    let map = value.map(&["name", "call", "replies", "expect", "each"])?;
    let name = map.required("name", Value::text)?;
    let Some(each) = map.get("each") else {
        trials.push(read_call(&map, name.to_owned(), value.line(), names)?);
        return Some(());
    };
    for single in ["call", "replies", "expect"] {
        if let Some(key) = map.key(single) {
            key.complain_expected("a test has one call or several under `each`", "one of the two");
        }
    }
    for (item, number) in each.items()?.into_iter().zip(1..) {
        let fields = item.map(&["call", "replies", "expect"]);
        let trial = fields.and_then(|map| read_call(&map, format!("{name} #{number}"), item.line(), names));
        trials.extend(trial);
    }
    Some(())
}

fn read_call(map: &Map<'_>, name: String, line: u32, names: &Names<'_>) -> Option<Trial> {
    let call = map.required("call", |v| {
        let call = v.map(&["from", "dialled", "type", "calling", "seed"])?;
        let from = call.required("from", |v| trunk(v, names));
        let number_type = call.optional("type", |v| v.choice(&TYPES));
        let dialled = call.required("dialled", read_number);
        let calling = call.optional("calling", read_number);
        let draw = call.optional("seed", |v| v.integer(0..=i64::MAX)).unwrap_or(0);
        Some((from?, number_type, dialled?, calling, draw))
    });
    let replies = map.optional("replies", |v| {
        let replies = v.entries()?.into_iter();
        Some(replies.filter_map(|(key, reply)| Some((trunk(key, names)?, read_reply(reply)?))).collect())
    });
    let expect = map.required("expect", |v| read_expected(v, names));
    let (from, number_type, dialled, calling, draw) = call?;
    let dialled = typed(dialled, number_type.unwrap_or(dialled.number_type));
    let replies = replies.unwrap_or_default();
    let draw = u64::try_from(draw).unwrap_or(0);
    Some(Trial { name, line, from, dialled, calling, draw, replies, expect: expect? })
}

fn trunk(value: Value<'_>, names: &Names<'_>) -> Option<Name> {
    names.trunks.look_up("trunk", value)?;
    value.scalar().map(Into::into)
}

fn read_number(value: Value<'_>) -> Option<Number> {
    let digits = value.digits()?;
    match Number::parse(digits) {
        Ok(number) => Some(number),
        Err(why) => {
            value.complain_expected(&why.to_string(), "a whole number, such as \"0312345678\"");
            None
        }
    }
}

fn read_reply(value: Value<'_>) -> Option<Reply> {
    value.parse("answer, q850/34 or sip/486", |text| {
        let not_one = || format!("`{}` is not a reply", text.escape_debug());
        match text.split_once('/') {
            None if text == "answer" => Ok(Reply::Answer),
            Some(("q850", cause)) => cause
                .parse()
                .ok()
                .and_then(|cause| Cause::new(cause, Location::PublicLocal))
                .map(|cause| Reply::Fail(Failure::of_cause(cause)))
                .ok_or_else(|| format!("`{cause}` is not a Q.850 cause: 1 to 127")),
            Some(("sip", status)) => status
                .parse()
                .ok()
                .filter(|status| (300..=699).contains(status))
                .map(|status| Reply::Fail(Failure::of_sip(status)))
                .ok_or_else(|| format!("`{status}` is not a failure status: 300 to 699")),
            Some(_) | None => Err(not_one()),
        }
    })
}

fn read_expected(value: Value<'_>, names: &Names<'_>) -> Option<Expected> {
    let map = value.map(&["rule", "called", "calling", "tried", "sent", "final"])?;
    if value.entries()?.is_empty() {
        value.complain_expected("this test expects nothing", "rule, called, tried, sent or final");
    }
    let sent = map.optional("sent", |v| {
        let entries = v.entries()?.into_iter();
        let one = |(key, sent)| Some((trunk(key, names)?, read_sent(sent)?));
        Some(entries.filter_map(one).collect())
    });
    Some(Expected {
        rule: map.optional("rule", |v| read_rule(v, names)),
        called: map.optional("called", read_written),
        calling: map.optional("calling", read_written),
        tried: map.optional("tried", |v| v.one_or_more(|v| trunk(v, names))),
        sent: sent.unwrap_or_default(),
        end: map.optional("final", read_final),
    })
}

/// A rule's id, or `none` where no rule is to match.
fn read_rule(value: Value<'_>, names: &Names<'_>) -> Option<Option<Name>> {
    if value.scalar() == Some(NONE) {
        return Some(None);
    }
    names.rules.look_up("rule", value)?;
    Some(value.scalar().map(Into::into))
}

/// A number as it is to read, `+` and all.
fn read_written(value: Value<'_>) -> Option<String> {
    read_number(value).map(|number| number.dialled().to_string())
}

fn read_sent(value: Value<'_>) -> Option<SentExpected> {
    let map = value.map(&["called", "calling", "type"])?;
    Some(SentExpected {
        called: map.optional("called", digits_only),
        calling: map.optional("calling", digits_only),
        number_type: map.optional("type", |v| v.choice(&TYPES)),
    })
}

/// The digits and, if a `+` is written, that the number is international.
fn digits_only(value: Value<'_>) -> Option<(String, bool)> {
    let number = read_number(value)?;
    Some((number.digits().to_owned(), number.number_type == NumberType::International))
}

fn read_final(value: Value<'_>) -> Option<Final> {
    if value.scalar() == Some("answer") {
        return Some(Final::Answer);
    }
    let map = value.map(&["sip", "cause"])?;
    if value.entries()?.is_empty() {
        value.complain_expected("nothing is expected here", "answer, or {sip: 486, cause: 17}");
    }
    let sip = map.optional("sip", |v| v.integer(300..=699u16));
    let cause = map.optional("cause", |v| v.integer(1..=127u8));
    Some(Final::Failed { sip, cause })
}
