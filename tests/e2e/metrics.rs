//! What the running gateway shows is what the docs say it shows.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use tests::io::lab::root;

use crate::field;
use crate::report::Outcome;

pub(crate) fn documented() -> Outcome {
    let gateway = field::start("metrics")?;
    field::caller("1234", 5, Duration::from_millis(100))?
        .wait(Duration::from_secs(30))
        .ok_or("calls hang")?;
    let text = gateway.metrics().map_err(|why| why.to_string())?;
    let shown: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next().map(str::to_owned))
        .collect();
    let docs = fs::read_to_string(root().join("docs/metrics.md")).map_err(|why| why.to_string())?;
    let named = docs.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let documented: BTreeSet<String> = named.map(str::to_owned).collect();
    let counted = |name: &String| documented.contains(name) || documented.contains(&format!("{name}_total"));
    let unknown: Vec<&String> = shown.iter().filter(|name| !counted(name)).collect();
    if shown.len() < 20 {
        return Err(format!("only {shown:?} are shown"));
    }
    // What nothing has happened to yet (a timeout, a lost packet) is not shown, and that is no mistake.
    if unknown.is_empty() {
        Ok(format!("{} of {} metrics", shown.len(), documented.len()))
    } else {
        Err(format!("shown but not in docs/metrics.md: {unknown:?}"))
    }
}
