//! What a hostile or careless plan can cost is bounded, and it is told why it was refused.

use std::time::{Duration, Instant};

use dialplans::{DialPlan, Surroundings};

/// What was promised is a second; an unoptimised build on a busy machine is given more.
const SOON: Duration = Duration::from_secs(if cfg!(debug_assertions) { 30 } else { 3 });

const FRAME: &str = "dialplan: 1\ntrunks: {a: {}}\ntests: []\n";

/// What is said first of a plan that is refused, and that it was said soon.
#[expect(clippy::disallowed_methods, reason = "a test of speed reads the clock")]
fn refused(text: &str, list: &str) -> Option<String> {
    let started = Instant::now();
    let read_file = |_: &std::path::Path| Ok(list.to_owned());
    let surroundings = Surroundings { trunks: None, read_file: &read_file };
    let mistakes = DialPlan::load("plan.yaml", text, &surroundings).err()?;
    assert!(started.elapsed() < SOON, "refused after {:?}", started.elapsed());
    mistakes.first().map(|mistake| mistake.message.clone())
}

#[test]
fn a_yaml_bomb_is_refused() {
    let mut bomb = String::from("a: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let below = [format!("*a{}", level - 1); 1].concat();
        bomb += &format!("b{level}: &a{level} [{}]\n", [below.as_str(); 10].join(", "));
    }
    assert!(refused(&bomb, "").unwrap().starts_with("more than 2000000 values"));
}

#[test]
fn deep_nesting_is_refused() {
    for deep in ["[", "{a: ", "- "] {
        let text = format!("{FRAME}rules:\n  {}", deep.repeat(1_000_000));
        assert_eq!(refused(&text, "").unwrap(), "nested deeper than 32 levels");
    }
}

#[test]
fn a_million_prefixes_in_the_plan_itself_are_refused() {
    let lines = "      - \"+81\"\n".repeat(1_000_000);
    let text = format!("{FRAME}rules: [{{id: r, then: {{to: a}}}}]\nlists:\n  l:\n    prefixes:\n{lines}");
    assert_eq!(refused(&text, "").unwrap(), "1000000 prefixes in the plan itself, more than 10000");
}

#[test]
fn a_list_file_of_millions_of_lines_is_read_no_further_than_its_limit() {
    let text = format!(
        "{FRAME}lists: {{l: {{file: l.txt}}}}\nrules: [{{id: r, when: {{called: {{list: l}}}}, then: {{to: a}}}}]\n"
    );
    let list: String = (0..3_000_000u32).map(|n| format!("+{n:07}\n")).collect();
    assert_eq!(refused(&text, &list).unwrap(), "more than 1000000 prefixes in all lists together");
    let garbage = "no prefix\n".repeat(3_000_000);
    assert_eq!(refused(&text, &garbage).unwrap(), "this line is not a prefix");
}

#[test]
fn what_a_pattern_may_spell_out_is_bounded() {
    for pattern in ["x{32}x{32}", "x{99}", "x{0,4294967296}", &"x".repeat(100_000), &"[".repeat(100_000)] {
        let text = format!("{FRAME}rules: [{{id: r, when: {{dialled: \"{pattern}\"}}, then: {{to: a}}}}]\n");
        assert!(refused(&text, "").is_some(), "{pattern:.20}");
    }
}

#[test]
fn rules_that_all_say_next_are_bounded() {
    let rules: String = (0..33).map(|n| format!("  - {{id: r{n}, then: {{next: true}}}}\n")).collect();
    let text = format!("{FRAME}rules:\n{rules}");
    assert_eq!(refused(&text, "").unwrap(), "more than 32 rules say `next`");
}
