//! Every page of `tests/calls/`: what each party does, and the ladder that follows from it.
//!
//! `UPDATE_GOLDEN=1 cargo test -p tests --test calls` draws the ladders anew; a word after `--` picks pages.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a test runner of its own")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use tests::io::lab::root;
use tests::sim::page;

/// So many pages at least: fewer, and some were lost.
const PAGES_MIN: usize = 40;

fn pages(wanted: &[String]) -> Vec<PathBuf> {
    let folder = root().join("tests/calls");
    let Ok(entries) = fs::read_dir(&folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "call"));
    paths.retain(|path| wanted.is_empty() || wanted.iter().any(|word| path.to_string_lossy().contains(word)));
    paths.sort();
    paths
}

/// Runs a page; says what is wrong with it.
fn check(path: &PathBuf, update: bool) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let page = page::read(&text)?;
    if page.title.is_empty() || page.deeds.is_empty() {
        return Err("a page has a title, and something is done in it".into());
    }
    let drawn = page::run(&page)?;
    if drawn.contains("WRONG") {
        return Err(drawn);
    }
    if update {
        fs::write(path, format!("{}\n\n{drawn}", page.script)).map_err(|error| error.to_string())?;
    } else if drawn != page.golden {
        return Err(difference(&page.golden, &drawn));
    }
    Ok(page.title)
}

fn difference(golden: &str, drawn: &str) -> String {
    let (golden, drawn): (Vec<&str>, Vec<&str>) = (golden.lines().collect(), drawn.lines().collect());
    let same = golden.iter().zip(&drawn).take_while(|(one, other)| one == other).count();
    let tail = |lines: &[&str], sign: char| {
        lines.iter().skip(same).take(12).map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    let before: String =
        drawn.iter().take(same).skip(same.saturating_sub(3)).map(|line| format!("  {line}\n")).collect();
    format!("from line {} on:\n{before}{}{}", same + 1, tail(&golden, '-'), tail(&drawn, '+'))
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let paths = pages(&wanted);
    let mut titles: BTreeMap<String, String> = BTreeMap::new();
    let mut failed = 0;
    println!("\nrunning {} tests", paths.len());
    for path in &paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let result = check(path, update).and_then(|title| match titles.insert(title, name.clone()) {
            None => Ok(()),
            Some(other) => Err(format!("has the title of {other}")),
        });
        match result {
            Ok(()) => println!("test {name} ... ok"),
            Err(why) => {
                failed += 1;
                println!("test {name} ... FAILED");
                eprintln!("{name}: {why}");
            }
        }
    }
    if wanted.is_empty() && paths.len() < PAGES_MIN {
        failed += 1;
        eprintln!("{} pages; there are at least {PAGES_MIN}", paths.len());
    }
    let result = if failed == 0 { "ok" } else { "FAILED" };
    let passed = paths.len().saturating_sub(failed);
    println!(
        "\ntest result: {result}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out\n"
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
