//! What a plan decides: order, weights, failover, forms of numbers.
#![expect(clippy::expect_used, reason = "the plans of these tests are right")]

use call::{Cause, Location, Number, NumberType, Presentation};
use dialplans::{Decision, DialPlan, Failure, KnownTrunk, Query, SendAs, Surroundings};

/// A plan of the sections given, with the trunks a, b and c.
fn plan(sections: &str) -> DialPlan {
    let text = format!("dialplan: 1\ntests: []\n{sections}");
    DialPlan::load("plan.yaml", &text, &Surroundings::alone())
        .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect::<String>())
        .expect("the plan is right")
}

const ABC: &str = "trunks: {a: {}, b: {}, c: {}}\n";

fn query(dialled: &str) -> Query<'static> {
    Query { from: "a", dialled: Number::parse(dialled).expect("a number"), calling: None, draw: 0 }
}

/// The trunks tried, in order; none when refused.
fn tried(plan: &DialPlan, query: &Query<'_>) -> Vec<String> {
    match plan.decide(query) {
        Decision::Route { attempts, .. } => {
            attempts.iter().map(|attempt| attempt.trunk.to_string()).collect()
        }
        Decision::Refuse { .. } => Vec::new(),
    }
}

#[test]
fn a_lower_priority_number_comes_first_whatever_the_order_written() {
    let plan = plan(&format!(
        "{ABC}routes: {{r: {{try: [{{via: c, priority: 9}}, {{via: a, priority: 1}}, {{via: b, priority: 5}}]}}}}\n\
         rules: [{{id: r, then: {{route: r}}}}]\n"
    ));
    assert_eq!(tried(&plan, &query("1")), ["a", "b", "c"]);
}

#[test]
fn weights_share_the_first_place_in_proportion_and_the_same_draw_gives_the_same_order() {
    let plan = plan(&format!(
        "{ABC}routes: {{r: {{try: [{{via: a, weight: 70}}, {{via: b, weight: 30}}, {{via: c, weight: 0}}]}}}}\n\
         rules: [{{id: r, then: {{route: r}}}}]\n"
    ));
    let mut first_a = 0;
    for draw in 0..10_000 {
        let query = Query { draw, ..query("1") };
        let order = tried(&plan, &query);
        assert_eq!(order, tried(&plan, &query));
        assert_eq!(order.len(), 3);
        assert_eq!(order[2], "c", "a weight of 0 comes last");
        first_a += usize::from(order[0] == "a");
    }
    assert!((6_800..=7_200).contains(&first_a), "{first_a} of 10,000 for a weight of 70 in 100");
}

#[test]
fn attempts_are_limited() {
    let plan = plan(&format!(
        "{ABC}routes: {{r: {{attempts_max: 2, try: [{{via: a}}, {{via: b, priority: 1}}, {{via: c, priority: 2}}]}}}}\n\
         rules: [{{id: r, then: {{route: r}}}}]\n"
    ));
    assert_eq!(tried(&plan, &query("1")), ["a", "b"]);
}

#[test]
fn without_a_policy_congestion_overflows_and_nobody_is_rung_again_who_said_no() {
    let plan = plan(&format!("{ABC}rules: [{{id: r, then: {{to: a}}}}]\n"));
    let Decision::Route { reroute, .. } = plan.decide(&query("1")) else { panic!("refused") };
    assert_eq!(reroute.name(), "congestion");
    let cause = |value| Failure::of_cause(Cause::new(value, Location::PublicLocal).unwrap());
    for congested in [2, 3, 27, 34, 38, 41, 42, 43, 44, 47, 58, 63, 102] {
        assert!(reroute.tries_next(&cause(congested)), "{congested}");
    }
    for said_no in [1, 16, 17, 18, 19, 20, 21, 22, 28, 31] {
        assert!(!reroute.tries_next(&cause(said_no)), "{said_no}");
    }
    for down in [408, 500, 502, 503, 504] {
        assert!(reroute.tries_next(&Failure::of_sip(down)), "{down}");
    }
    for said_no in [403, 404, 480, 484, 486, 487, 600, 603, 604, 606] {
        assert!(!reroute.tries_next(&Failure::of_sip(said_no)), "{said_no}");
    }
    // The Reason header says more than the status: a 503 because the callee was busy is no congestion.
    assert!(!reroute.tries_next(&Failure { cause: Cause::USER_BUSY, sip_status: Some(503) }));
}

#[test]
fn a_policy_of_the_plan_retries_what_it_lists_and_stops_where_it_says_so() {
    let plan = plan(&format!(
        "{ABC}reroute: {{mine: {{retry: [any, no-answer-to-setup/6s], stop: [q850/17, sip/6xx]}}}}\n\
         routes: {{r: {{reroute: mine, try: [{{via: a}}]}}}}\nrules: [{{id: r, then: {{route: r}}}}]\n"
    ));
    let Decision::Route { reroute, .. } = plan.decide(&query("1")) else { panic!("refused") };
    assert_eq!(reroute.no_answer_to_setup(), Some(std::time::Duration::from_secs(6)));
    assert!(reroute.tries_next(&Failure::of_cause(Cause::NO_ANSWER)));
    assert!(!reroute.tries_next(&Failure::of_cause(Cause::USER_BUSY)));
    assert!(!reroute.tries_next(&Failure::of_sip(486)), "486 says cause 17");
    assert!(!reroute.tries_next(&Failure::of_sip(603)));
}

#[test]
fn nothing_that_no_rule_matches_is_routed() {
    let plan = plan(&format!("{ABC}rules: [{{id: r, when: {{dialled: \"1*\"}}, then: {{to: a}}}}]\n"));
    let refused = Decision::Refuse { rule: None, cause: Cause::NO_ROUTE };
    assert_eq!(plan.decide(&query("2")), refused);
    assert_eq!(plan.decide(&Query { from: "nobody", ..query("2") }), refused);
    assert_eq!(Cause::NO_ROUTE.sip_status(), 404);
}

#[test]
fn a_rule_that_leaves_no_digit_refuses_the_call_as_an_invalid_number() {
    let plan =
        plan(&format!("{ABC}rules: [{{id: r, when: {{dialled: \"9*\"}}, then: {{strip: 1, to: b}}}}]\n"));
    let refused = Decision::Refuse { rule: Some("r".into()), cause: Cause::INVALID_NUMBER };
    assert_eq!(plan.decide(&query("9")), refused);
    assert_eq!(tried(&plan, &query("91")), ["b"]);
    let longest = format!("9{}", "1".repeat(31));
    let added = format!("{ABC}rules: [{{id: r, then: {{add: \"00\", to: b}}}}]\n");
    assert_eq!(self::plan(&added).decide(&query(&longest)), refused);
}

/// What a trunk is sent of a number, as digits and type.
fn sent(form: &str, dialled: &str, number_type: NumberType) -> (String, NumberType) {
    let plan = plan(&format!(
        "numbering: {{n: {{country: \"81\", national: \"0\", international: \"010\", area: \"3\", keep: [\"1xx\"]}}}}\n\
         trunks: {{a: {{send: {{called: {form}}}}}}}\nrules: [{{id: r, then: {{to: a}}}}]\n"
    ));
    let mut query = query(dialled);
    query.dialled.number_type = number_type;
    let Decision::Route { attempts, .. } = plan.decide(&query) else { return (String::new(), number_type) };
    let called = attempts.first().expect("an attempt").called;
    (called.digits().to_owned(), called.number_type)
}

#[test]
fn each_form_says_a_number_in_its_own_way_and_with_its_own_type() {
    use NumberType::{International, National, Subscriber, Unknown};
    let tokyo = |form| sent(form, "0312345678", Unknown);
    assert_eq!(tokyo("+e164"), ("81312345678".into(), International));
    assert_eq!(tokyo("international"), ("81312345678".into(), International));
    assert_eq!(tokyo("e164"), ("81312345678".into(), Unknown));
    assert_eq!(tokyo("national"), ("312345678".into(), National));
    assert_eq!(tokyo("subscriber"), ("12345678".into(), Subscriber));
    assert_eq!(tokyo("prefixed"), ("0312345678".into(), Unknown));
    assert_eq!(tokyo("as-dialled"), ("0312345678".into(), Unknown));
    // What a form cannot hold goes out in the next wider one.
    assert_eq!(sent("subscriber", "0662345678", Unknown), ("662345678".into(), National));
    assert_eq!(sent("national", "+442071838750", International), ("442071838750".into(), International));
    assert_eq!(sent("prefixed", "+442071838750", International), ("010442071838750".into(), Unknown));
    // A type that is asked for is said of numbers in the form only.
    assert_eq!(sent("prefixed, type: national", "0312345678", Unknown), ("0312345678".into(), National));
    assert_eq!(sent("national, type: unknown", "+442071838750", International).1, International);
}

#[test]
fn the_type_of_a_received_number_decides_how_it_is_read() {
    use NumberType::{International, National, Subscriber, Unknown};
    for (digits, number_type) in [
        ("81312345678", International),
        ("312345678", National),
        ("0312345678", National),
        ("12345678", Subscriber),
        ("0312345678", Unknown),
        ("01081312345678", Unknown),
        ("12345678", Unknown),
    ] {
        let expected = ("81312345678".to_owned(), International);
        assert_eq!(sent("+e164", digits, number_type), expected, "{digits} {number_type:?}");
    }
    // Emergency numbers stay as they are, whatever type a switch gives them.
    for number_type in [Unknown, National, Subscriber] {
        assert_eq!(sent("+e164", "119", number_type), ("119".to_owned(), Unknown), "{number_type:?}");
    }
    // Too long for E.164, or not digits alone: as they are.
    assert_eq!(sent("+e164", "0123456789012345", Unknown).0, "0123456789012345");
    assert_eq!(sent("+e164", "*21#", Unknown).0, "*21#");
}

#[test]
fn a_withheld_number_stays_withheld_in_every_form() {
    for form in ["+e164", "e164", "national", "subscriber", "prefixed", "as-dialled"] {
        let plan = plan(&format!(
            "numbering: {{n: {{country: \"81\", national: \"0\"}}}}\ntrunks: {{a: {{send: {{calling: {form}}}}}}}\n\
             rules: [{{id: r, then: {{to: a}}}}]\n"
        ));
        let calling = Number::parse("0312345678").unwrap().presented(Presentation::Restricted);
        let query = Query { calling: Some(calling), ..query("1") };
        let Decision::Route { attempts, calling, .. } = plan.decide(&query) else { panic!("refused") };
        assert_eq!(attempts[0].calling.unwrap().presentation, Presentation::Restricted, "{form}");
        assert_eq!(calling.unwrap().presentation, Presentation::Restricted);
    }
}

#[test]
fn the_configs_trunks_are_the_plans_and_no_others() {
    let known = |name: &str| KnownTrunk { name: name.to_owned(), send: SendAs::default() };
    let surroundings =
        Surroundings { trunks: Some(vec![known("pstn"), known("carrier")]), ..Surroundings::alone() };
    let right = "dialplan: 1\nrules: [{id: r, then: {to: pstn}}]\ntests: []\n";
    assert!(DialPlan::load("plan.yaml", right, &surroundings).is_ok());
    let wrong = "dialplan: 1\ntrunks: {isdn: {}}\nrules: [{id: r, then: {to: psnt}}]\ntests: []\n";
    let told = DialPlan::load("plan.yaml", wrong, &surroundings).unwrap_err();
    let messages: Vec<&str> = told.iter().map(|mistake| mistake.message.as_str()).collect();
    assert_eq!(messages, ["unknown trunk `isdn`", "unknown trunk `psnt`"]);
    assert_eq!(told[1].nearest.as_deref(), Some("pstn"));
}

#[test]
fn an_explanation_reads_as_a_person_would_tell_it() {
    let text = std::fs::read_to_string("plans/jp-enterprise.yaml").unwrap();
    let plan = DialPlan::load("plans/jp-enterprise.yaml", &text, &Surroundings::alone()).unwrap();
    let told = |from, dialled: &str| {
        let query = Query { from, calling: Some(Number::parse("0355502001").unwrap()), ..query(dialled) };
        plan.explain(&query).to_string()
    };
    let all = [
        told("pbx", "0662345678"),
        told("pbx", "0119"),
        told("carrier-a", "+81355502001"),
        told("carrier-a", "+442071838750"),
        told("pbx", "*21#"),
    ]
    .join("\n");
    let golden = "tests/explanations.txt";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(golden, &all).unwrap();
    }
    assert_eq!(std::fs::read_to_string(golden).unwrap(), all, "UPDATE_GOLDEN=1 redraws {golden}");
}

#[test]
fn a_failing_test_says_what_was_expected_and_what_came() {
    let plan = DialPlan::load(
        "plan.yaml",
        "dialplan: 1\ntrunks: {a: {}, b: {}}\nrules:\n  - {id: one, when: {dialled: \"1*\"}, then: {to: a}}\n  - {id: two, then: {to: b}}\n\
         tests:\n  - name: wrong in every way\n    call: {from: a, dialled: \"100\"}\n    replies: {a: q850/17}\n    \
         expect: {rule: two, called: \"200\", tried: [b], sent: {a: {called: \"+100\", type: national}, b: {}}, final: answer}\n",
        &Surroundings::alone(),
    )
    .unwrap();
    let report = plan.run_tests();
    assert!(!report.passed());
    let expected = "\
FAILED wrong in every way (plan.yaml:7)
         rule: expected two, got one
         tried: expected [b], got [a]
         final: expected answer, got {sip: 486, cause: 17 user busy}
         called: expected 200, got 100
         sent.a.called: expected +100, got 100
         sent.a.type: expected national, got unknown
         sent: b is not among the routes
1 tests, 1 failed; 1 of 2 rules covered
  no test reaches `two`
";
    assert_eq!(report.to_string(), expected);
    assert_eq!(serde_json::to_value(&report).unwrap()["coverage"][1]["tests"], 0);
}
