//! What a decision costs as rules and prefixes grow: `cargo run --release -p dialplans --example decide_cost`.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use call::Number;
use dialplans::{DialPlan, Query, Surroundings};

/// Decisions timed for each figure, after as many to warm up.
const DECISIONS: u32 = 200_000;

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{:>9}  {:>14}  {:>16}  {:>10}", "count", "rules, ns each", "a list, ns each", "load, ms")?;
    for count in [10, 1_000, 100_000] {
        let started = Instant::now();
        let rules = load(&many_rules(count), "")?;
        let loading = started.elapsed();
        let lines: String = prefixes(count).map(|prefix| format!("{prefix}\n")).collect();
        let list = load(&one_list(), &lines)?;
        let numbers: Vec<Number> = prefixes(count)
            .step_by(count.div_ceil(4096))
            .map(|prefix| dialled(&prefix))
            .collect::<Result<_, _>>()?;
        writeln!(
            out,
            "{count:>9}  {:>14.0}  {:>16.0}  {:>10}",
            nanoseconds(&rules, &numbers),
            nanoseconds(&list, &numbers),
            loading.as_millis()
        )?;
    }
    Ok(())
}

/// E.164 prefixes, all different, of four to nine digits, spread as countries and areas are.
fn prefixes(count: usize) -> impl Iterator<Item = String> + Clone {
    (0..count).map(|n| format!("+{}{:0width$}", 1 + n % 9, n, width = 3 + n % 6))
}

fn dialled(prefix: &str) -> Result<Number, call::NumberError> {
    let digits: String = prefix.chars().chain("123456789".chars()).take(13).collect();
    Number::parse(&digits)
}

fn many_rules(count: usize) -> String {
    let mut text = "dialplan: 1\ntrunks: {a: {}, b: {}}\ntests: []\nrules:\n".to_owned();
    let mut longest_first: Vec<String> = prefixes(count).collect();
    longest_first.sort_by_key(|prefix| std::cmp::Reverse(prefix.len()));
    longest_first.dedup();
    for (n, prefix) in longest_first.iter().enumerate() {
        text += &format!("  - {{id: r{n}, when: {{from: a, called: \"{prefix}*\"}}, then: {{to: b}}}}\n");
    }
    text
}

fn one_list() -> String {
    "dialplan: 1\ntrunks: {a: {}, b: {}}\ntests: []\nlists: {l: {file: prefixes.txt}}\n\
     rules: [{id: listed, when: {from: a, called: {list: l}}, then: {to: b}}]\n"
        .to_owned()
}

fn load(text: &str, list: &str) -> Result<DialPlan, String> {
    let read_file = |_: &std::path::Path| Ok(list.to_owned());
    let surroundings = Surroundings { trunks: None, read_file: &read_file };
    DialPlan::load("bench.yaml", text, &surroundings)
        .map_err(|mistakes| mistakes.iter().take(3).map(ToString::to_string).collect())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn nanoseconds(plan: &DialPlan, numbers: &[Number]) -> f64 {
    let decide = |draw: u32| {
        for number in
            numbers.iter().cycle().skip(draw as usize % numbers.len().max(1)).take(DECISIONS as usize)
        {
            let query = Query { from: "a", dialled: *number, calling: None, draw: u64::from(draw) };
            black_box(plan.decide(black_box(&query)));
        }
    };
    decide(0);
    let started = Instant::now();
    decide(1);
    started.elapsed().as_secs_f64() * 1e9 / f64::from(DECISIONS)
}
