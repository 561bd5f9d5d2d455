//! Plans made at random: the tries, the explanation and the check for shadowed rules against a plain reading
//! of the language, rule by rule and digit by digit.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test's own reading of a pattern may panic"
)]

use call::{Cause, Number, NumberType};
use dialplans::{Decision, DialPlan, Query, Surroundings};
use mistakes::{Mistake, Severity};
use proptest::prelude::*;

/// A rule as generated, and as the plain reading sees it.
#[derive(Clone, Debug)]
struct Rule {
    from: Option<&'static str>,
    dialled: Vec<String>,
    called: Vec<String>,
    calling: Vec<String>,
    list: bool,
    end: End,
}

/// Rules with the numbers they are named after.
type Rules = Vec<(usize, Rule)>;

#[derive(Clone, Debug)]
enum End {
    To(&'static str),
    Reject,
    Next { strip: usize, add: &'static str },
}

#[derive(Clone, Debug)]
struct Call {
    from: &'static str,
    dialled: String,
    calling: Option<String>,
}

const LIST: [&str; 5] = ["1", "22", "+81", "+8190", "333"];

/// The alphabet is small so that patterns and numbers meet often.
fn element() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec!["1", "2", "3", "8", "9", "0", "*", "#"]).prop_map(str::to_owned),
        2 => Just("x".to_owned()),
        2 => prop::sample::select(vec!["[1-3]", "[289]", "[0-9]", "[*#]"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["x{2}", "[1-3]{0,2}", "2{1,3}", "x{0,1}", "x{0,4}"]).prop_map(str::to_owned),
    ]
}

fn pattern() -> impl Strategy<Value = String> {
    let plus = prop::bool::weighted(0.3);
    let any = prop::bool::weighted(0.4);
    (plus, prop::collection::vec(element(), 1..5), any).prop_map(|(plus, elements, any)| {
        let body = elements.concat();
        // A star at the end would be "any rest"; the key is written as a choice.
        let body = body.strip_suffix('*').map(|rest| format!("{rest}[*]")).unwrap_or(body);
        format!("{}{body}{}", if plus { "+" } else { "" }, if any { "*" } else { "" })
    })
}

fn some_patterns(weight: f64) -> impl Strategy<Value = Vec<String>> {
    prop::option::weighted(weight, prop::collection::vec(pattern(), 1..12))
        .prop_map(Option::unwrap_or_default)
}

fn rule() -> impl Strategy<Value = Rule> {
    let end = prop_oneof![
        4 => prop::sample::select(vec!["a", "b"]).prop_map(End::To),
        1 => Just(End::Reject),
        1 => (0usize..3, prop::sample::select(vec!["", "1", "+81"]))
            .prop_map(|(strip, add)| End::Next { strip, add }),
    ];
    let from = prop::option::weighted(0.4, prop::sample::select(vec!["a", "b"]));
    let list = prop::bool::weighted(0.15);
    (from, some_patterns(0.5), some_patterns(0.5), some_patterns(0.2), list, end).prop_map(
        |(from, dialled, called, calling, list, end)| Rule { from, dialled, called, calling, list, end },
    )
}

fn number() -> impl Strategy<Value = String> {
    "[+]?[12389*#0]{1,6}"
}

fn call() -> impl Strategy<Value = Call> {
    let from = prop::sample::select(vec!["a", "b"]);
    (from, number(), prop::option::of(number())).prop_map(|(from, dialled, calling)| Call {
        from,
        dialled,
        calling,
    })
}

/// The plan's text; each rule stands on its own line, the first on line [`FIRST_LINE`].
fn text(rules: &[(usize, Rule)]) -> String {
    let quoted = |patterns: &[String]| {
        patterns.iter().map(|pattern| format!("{pattern:?}")).collect::<Vec<_>>().join(", ")
    };
    let mut text = String::from(
        "dialplan: 1\nnumbering: {n: {country: \"81\", national: \"0\", international: \"00\", keep: [\"0x\"]}}\n\
         trunks: {a: {}, b: {send: {called: prefixed}}}\n\
         lists: {l: {prefixes: [\"1\", \"22\", \"+81\", \"+8190\", \"333\"]}}\ntests: []\nrules:\n",
    );
    for (id, rule) in rules {
        let mut when = Vec::new();
        when.extend(rule.from.map(|from| format!("from: {from}")));
        let called = if rule.list {
            let patterns = quoted(&rule.called);
            Some(format!("called: [{patterns}{}{{list: l}}]", if patterns.is_empty() { "" } else { ", " }))
        } else {
            (!rule.called.is_empty()).then(|| format!("called: [{}]", quoted(&rule.called)))
        };
        when.extend(called);
        when.extend((!rule.dialled.is_empty()).then(|| format!("dialled: [{}]", quoted(&rule.dialled))));
        when.extend((!rule.calling.is_empty()).then(|| format!("calling: [{}]", quoted(&rule.calling))));
        let then = match &rule.end {
            End::To(trunk) => format!("to: {trunk}"),
            End::Reject => "reject: {cause: 21}".to_owned(),
            End::Next { strip, add: "" } => format!("strip: {strip}, next: true"),
            End::Next { strip, add } => format!("strip: {strip}, add: {add:?}, next: true"),
        };
        text.push_str(&format!("  - {{id: r{id}, when: {{{}}}, then: {{{then}}}}}\n", when.join(", ")));
    }
    text
}

const FIRST_LINE: u32 = 7;

/// Whether a pattern matches, by trying everything.
fn matches(pattern: &[char], text: &[char]) -> bool {
    if pattern == ['*'] {
        return true;
    }
    let Some(first) = pattern.first() else { return text.is_empty() };
    let (set, mut rest): (Vec<char>, &[char]) = match first {
        'x' => ("0123456789".chars().collect(), &pattern[1..]),
        '[' => {
            let close = pattern.iter().position(|c| *c == ']').unwrap();
            let inside = &pattern[1..close];
            let set = match inside {
                [low, '-', high] => (*low..=*high).collect(),
                _ => inside.to_vec(),
            };
            (set, &pattern[close + 1..])
        }
        c => (vec![*c], &pattern[1..]),
    };
    let (mut least, mut most) = (1, 1);
    if rest.first() == Some(&'{') {
        let close = rest.iter().position(|c| *c == '}').unwrap();
        let inside: String = rest[1..close].iter().collect();
        let (low, high) = inside.split_once(',').unwrap_or((&inside, &inside));
        (least, most) = (low.parse().unwrap(), high.parse().unwrap());
        rest = &rest[close + 1..];
    }
    (least..=most).any(|count| {
        text.len() >= count && text[..count].iter().all(|c| set.contains(c)) && matches(rest, &text[count..])
    })
}

fn any(patterns: &[String], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    patterns.iter().any(|pattern| matches(&pattern.chars().collect::<Vec<_>>(), &text))
}

/// E.164 in the words of the plan above.
fn normalise(number: &str) -> String {
    let digits = number.strip_prefix('+').unwrap_or(number);
    if number.starts_with('+')
        || !digits.chars().all(|c| c.is_ascii_digit())
        || (digits.len() == 2 && digits.starts_with('0'))
    {
        return number.to_owned();
    }
    match (digits.strip_prefix("00"), digits.strip_prefix('0')) {
        (Some(""), _) => number.to_owned(),
        (Some(rest), _) => format!("+{rest}"),
        (None, Some(rest)) => format!("+81{rest}"),
        (None, None) => number.to_owned(),
    }
}

impl Rule {
    fn holds(&self, call: &Call, dialled: &str) -> bool {
        let called = normalise(dialled);
        let in_list = self.list && LIST.iter().any(|prefix| called.starts_with(prefix));
        let calling = call.calling.as_deref().map(normalise);
        self.from.is_none_or(|from| from == call.from)
            && (self.dialled.is_empty() || any(&self.dialled, dialled))
            && ((self.called.is_empty() && !self.list) || any(&self.called, &called) || in_list)
            && (self.calling.is_empty() || calling.is_some_and(|calling| any(&self.calling, &calling)))
    }
}

/// What the plan says of a call, read rule by rule: the rules that matched, and whether a number was left.
fn read(rules: &[(usize, Rule)], call: &Call) -> (Vec<usize>, bool) {
    let mut dialled = call.dialled.clone();
    let mut met = Vec::new();
    for (id, rule) in rules {
        if !rule.holds(call, &dialled) {
            continue;
        }
        met.push(*id);
        let End::Next { strip, add } = &rule.end else { return (met, true) };
        if *strip > 0 || !add.is_empty() {
            let of_called = (!rule.called.is_empty() || rule.list) && rule.dialled.is_empty();
            let number = if of_called { normalise(&dialled) } else { dialled };
            // Without its first character only what stands behind it is left; a `+` that stays in front of
            // nothing new is dropped with whatever is added.
            let rest = number.get(*strip..).unwrap_or_default();
            let rest = rest.strip_prefix('+').unwrap_or(rest);
            if (number.len() < *strip) || format!("{add}{rest}").trim_start_matches('+').is_empty() {
                return (met, false);
            }
            dialled = format!("{add}{rest}");
        }
    }
    (met, true)
}

/// Loads the plan, leaving out the rules it calls unreachable; those are returned.
fn load(mut rules: Rules) -> Result<(DialPlan, Rules, Vec<usize>), String> {
    let mut unreachable = Vec::new();
    loop {
        match DialPlan::load("random.yaml", &text(&rules), &Surroundings::alone()) {
            Ok(plan) => return Ok((plan, rules, unreachable)),
            Err(mistakes) => {
                let mut lines = Vec::new();
                let stopping = |mistake: &&Mistake| mistake.severity == Severity::Mistake;
                for mistake in mistakes.iter().filter(stopping) {
                    if !mistake.message.contains("can never match") {
                        return Err(format!("{mistake}\n{}", text(&rules)));
                    }
                    lines.push((mistake.line - FIRST_LINE) as usize);
                }
                unreachable.extend(lines.iter().filter_map(|line| rules.get(*line)).map(|(id, _)| *id));
                let mut line = 0;
                rules.retain(|_| {
                    line += 1;
                    !lines.contains(&(line - 1))
                });
                if rules.is_empty() {
                    return Err("the first rule cannot be unreachable".to_owned());
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn tries_explanations_and_the_shadow_check_agree_with_a_plain_reading(
        rules in prop::collection::vec(rule(), 1..20),
        calls in prop::collection::vec(call(), 40),
    ) {
        let rules: Rules = rules.into_iter().enumerate().collect();
        let (plan, kept, unreachable) = load(rules.clone()).map_err(TestCaseError::fail)?;
        for call in &calls {
            // No call ever ends at a rule that was refused as unreachable.
            let (met, _) = read(&rules, call);
            prop_assert!(met.iter().all(|id| !unreachable.contains(id)), "{met:?} {unreachable:?}\n{}", text(&rules));

            let (met, left) = read(&kept, call);
            let last = met.last().copied();
            let end = last.and_then(|last| kept.iter().find(|(id, _)| *id == last)).map(|(_, rule)| &rule.end);
            let expected = match end {
                _ if !left => (last, Some(Cause::INVALID_NUMBER)),
                None | Some(End::Next { .. }) => (None, Some(Cause::NO_ROUTE)),
                Some(End::Reject) => (last, Cause::new(21, call::Location::PrivateLocal)),
                Some(End::To(_)) => (last, None),
            };
            let query = Query {
                from: call.from,
                dialled: Number::parse(&call.dialled).unwrap(),
                calling: call.calling.as_deref().map(|calling| Number::parse(calling).unwrap()),
                draw: 7,
            };
            let decision = plan.decide(&query);
            let explained = plan.explain(&query);
            let expected_rule = expected.0.map(|id| format!("r{id}"));
            match &decision {
                Decision::Route { rule, attempts, .. } => {
                    prop_assert_eq!(Some(rule.to_string()), expected_rule.clone(), "{:?}\n{}", call, text(&kept));
                    prop_assert_eq!(None, expected.1);
                    let told: Vec<_> = explained.routes.iter().map(|sent| (sent.trunk.clone(), sent.called.clone())).collect();
                    let sent: Vec<_> = attempts.iter().map(|a| (a.trunk.to_string(), a.called.dialled().to_string())).collect();
                    prop_assert_eq!(told, sent);
                }
                Decision::Refuse { rule, cause } => {
                    let rule = rule.as_ref().map(ToString::to_string);
                    prop_assert_eq!((rule, Some(*cause)), (expected_rule.clone(), expected.1), "{:?}\n{}", call, text(&kept));
                    prop_assert_eq!(explained.refused.map(|refused| refused.cause), Some(cause.value()));
                }
            }
            // The explanation names the same rule, and marks exactly the rules that matched.
            prop_assert_eq!(explained.rule, expected_rule);
            let marked: Vec<_> = explained.steps.iter().filter(|step| step.matched).map(|step| step.rule.clone()).collect();
            let met: Vec<_> = met.iter().map(|id| format!("r{id}")).collect();
            prop_assert_eq!(marked, met);
        }
    }

    #[test]
    fn what_was_put_into_a_form_reads_back_as_the_same_number(national in "[2-9][0-9]{6,9}", abroad in "[1-79][0-9]{7,12}") {
        for form in ["+e164", "e164", "national", "international", "subscriber", "prefixed"] {
            let text = format!(
                "dialplan: 1\nnumbering: {{n: {{country: \"81\", national: \"0\", international: \"010\", area: \"3\"}}}}\n\
                 trunks: {{a: {{send: {{called: {form}}}}}}}\nrules: [{{id: r, then: {{to: a}}}}]\ntests: []\n"
            );
            let plan = DialPlan::load("form.yaml", &text, &Surroundings::alone()).map_err(|m| TestCaseError::fail(format!("{m:?}")))?;
            for number in [format!("+81{national}"), format!("+{abroad}")] {
                let dialled = Number::parse(&number).unwrap();
                let decide = |dialled| plan.decide(&Query { from: "a", dialled, calling: None, draw: 0 });
                let Decision::Route { attempts, .. } = decide(dialled) else { return Err(TestCaseError::fail("refused")) };
                let mut sent = attempts[0].called;
                if form == "e164" {
                    // Bare digits say nothing of themselves; whoever receives them knows they are international.
                    sent.number_type = NumberType::International;
                }
                let Decision::Route { called, .. } = decide(sent) else { return Err(TestCaseError::fail("refused")) };
                prop_assert_eq!(called.dialled().to_string(), number, "{}", form);
            }
        }
    }
}
