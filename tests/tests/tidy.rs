//! Tests about the source itself: who may know whom, where the world is touched, how large a file grows.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::string_slice,
    reason = "a test's own helpers may stop the test"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// A file of the project: its path from the root with `/`, and its text.
struct Source {
    path: String,
    text: String,
}

/// Which of our crates a crate may know; arrows never turn back.
const MAY_KNOW: [(&str, &[&str]); 8] = [
    ("call", &[]),
    ("mistakes", &[]),
    ("sip", &[]),
    ("media", &["call"]),
    ("dialplans", &["call", "mistakes"]),
    ("trunks", &["call", "media", "mistakes"]),
    ("gateway", &["call", "mistakes", "sip", "media", "dialplans", "trunks"]),
    ("tests", &["call", "mistakes", "sip", "media", "dialplans", "trunks", "gateway"]),
];

/// Crates that belong to the control plane's shore: nobody but the gateway may depend on them.
const ONLY_GATEWAY: [&str; 5] = ["tokio", "axum", "hyper", "prometheus-client", "clap"];

/// Places that know both SIP and trunks; the first is the rule, each of the others has its reason.
const KNOWS_SIP_AND_TRUNKS: [(&str, &str); 1] = [("gateway/src/b2bua/", "joining the two is its task")];

/// Lines a file may have (tests apart).
const LINES_MAX: usize = 500;

/// Words that touch the world: a clock, a socket, a file, a thread, chance.
const WORLD: [&str; 17] = [
    "Instant::now",
    "SystemTime",
    "std::net::UdpSocket",
    "std::net::Tcp",
    "std::os::unix::net",
    "std::fs",
    "fs::File",
    "thread::spawn",
    "thread::sleep",
    "thread::park",
    "thread::scope",
    "thread::Builder",
    "tokio::",
    "socket2::",
    "nix::",
    "libc::",
    "getrandom::",
];

/// File names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["manager", "handler", "util", "utils", "common", "misc", "types"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_owned()
}

fn collect(folder: &Path, root: &Path, into: &mut Vec<Source>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", "out"].contains(&name.as_str()) && !name.starts_with(".git") {
                collect(&path, root, into);
            }
            continue;
        }
        if name == ".git" {
            continue;
        }
        // What is no text (speech, images) is nobody's to tidy.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let path = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        into.push(Source { path, text });
    }
}

fn project() -> Vec<Source> {
    let mut sources = Vec::new();
    collect(&root(), &root(), &mut sources);
    assert!(sources.len() > 20, "the walk found the project");
    sources
}

fn is_rust(source: &Source) -> bool {
    Path::new(&source.path).extension().is_some_and(|extension| extension == "rs")
}

/// Test code: a `tests` folder or `tests.rs` inside a crate, and the parts of the tests crate that are not `src`.
fn is_test(path: &str) -> bool {
    let mut parts = path.split('/');
    let in_tests = parts.next() == Some("tests");
    let rest: Vec<&str> = parts.collect();
    let named = rest
        .iter()
        .any(|part| ["tests", "tests.rs", "examples", "benches", "bench", "e2e", "fuzz"].contains(part));
    named || (in_tests && rest.first() != Some(&"src"))
}

/// The shore, where the world may be touched.
fn is_shore(path: &str) -> bool {
    is_test(path)
        || path.split('/').any(|part| part == "io" || part == "cli")
        || ["/main.rs", "/io.rs", "/build.rs"].iter().any(|end| path.ends_with(end))
}

/// The text with comments, strings and test items blanked, line for line.
fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if rest.starts_with('"') {
            string_length(rest)
        } else if let Some(letter) = ["'\"'", "'\\\"'", "'{'", "'}'", "b'\\''", "'\\''"]
            .iter()
            .find(|letter| rest.starts_with(**letter))
        {
            letter.len()
        } else {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            out.push_str(&rest[..length]);
            at += length;
            continue;
        };
        out.extend(rest[..length].chars().filter(|&letter| letter == '\n'));
        at += length;
    }
    without_tests(&out)
}

/// The code without its `#[cfg(test)]` items that have a body, line for line.
fn without_tests(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = match rest.find(['{', ';']) {
            Some(open) if rest[open..].starts_with('{') => open + body_length(&rest[open..]),
            Some(semicolon) => semicolon + 1,
            None => rest.len(),
        };
        out.extend(rest[..end].chars().filter(|&letter| letter == '\n'));
        rest = &rest[end..];
    }
    out + rest
}

fn body_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    for (at, letter) in rest.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    rest.len()
}

fn string_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}

/// Where a path beginning with the crate `name` stands in code: the numbers of the lines.
fn lines_naming(code: &str, name: &str) -> Vec<usize> {
    let wanted = format!("{name}::");
    let named = |line: &str| {
        line.match_indices(&wanted).any(|(at, _)| {
            !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
        }) || line.trim() == format!("use {name};")
    };
    let local = code.lines().any(|line| line.trim_end().ends_with(&format!("mod {name};")));
    if local {
        return Vec::new();
    }
    code.lines().enumerate().filter(|(_, line)| named(line)).map(|(number, _)| number + 1).collect()
}

/// The names a Cargo.toml depends on, in any of its dependency tables.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]") && !line.starts_with("[workspace");
        } else if inside && let Some((key, _)) = line.split_once('=') {
            names.push(key.trim().trim_end_matches(".workspace").to_owned());
        }
    }
    names
}

fn wrong_acquaintances(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let Some((name, "Cargo.toml")) = source.path.split_once('/') else { continue };
        let Some((_, allowed)) = MAY_KNOW.iter().find(|(known, _)| *known == name) else {
            found.push(format!("{name}: a crate the table of who may know whom does not have"));
            continue;
        };
        for dependency in dependencies(&source.text) {
            let ours = MAY_KNOW.iter().any(|(known, _)| *known == dependency);
            if ours && !allowed.contains(&dependency.as_str()) {
                found.push(format!("{}: {name} may not know {dependency}", source.path));
            }
            if name != "gateway" && ONLY_GATEWAY.contains(&dependency.as_str()) {
                found.push(format!("{}: only gateway may depend on {dependency}", source.path));
            }
        }
    }
    found
}

fn sip_meets_trunks(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.path.starts_with("gateway/src/") && is_rust(source)) {
        if is_test(&source.path)
            || KNOWS_SIP_AND_TRUNKS.iter().any(|(place, _)| source.path.starts_with(place))
        {
            continue;
        }
        let code = code(&source.text);
        if let (Some(sip), Some(trunks)) =
            (lines_naming(&code, "sip").first(), lines_naming(&code, "trunks").first())
        {
            found.push(format!("{}: knows sip (line {sip}) and trunks (line {trunks})", source.path));
        }
    }
    found
}

fn touches_the_world(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| is_rust(source) && !is_shore(&source.path)) {
        for (number, line) in code(&source.text).lines().enumerate() {
            for word in WORLD.iter().filter(|word| names(line, word)) {
                found.push(format!("{}:{}: {word} outside io", source.path, number + 1));
            }
        }
    }
    found
}

fn names(line: &str, word: &str) -> bool {
    let part_of_a_name = |before: char| before.is_alphanumeric() || before == '_';
    line.match_indices(word).any(|(at, _)| !line[..at].ends_with(part_of_a_name))
}

fn too_long(sources: &[Source]) -> Vec<String> {
    let measured = sources.iter().filter(|source| is_rust(source) && !is_test(&source.path));
    let lines = measured.map(|source| (&source.path, source.text.lines().count()));
    lines
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect()
}

fn says_nothing_first(sources: &[Source]) -> Vec<String> {
    let sentence = |text: &str| {
        let first = text.lines().next().unwrap_or_default();
        let mut opening =
            text.lines().take_while(|line| line.starts_with("//!")).map(|line| line[3..].trim());
        first.starts_with("//! ") && opening.any(|line| line.ends_with(['.', ':']) || line.contains(". "))
    };
    let silent = sources.iter().filter(|source| is_rust(source) && !sentence(&source.text));
    silent.map(|source| format!("{}: the first line is no `//!` sentence", source.path)).collect()
}

fn unfinished(sources: &[Source]) -> Vec<String> {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("#[", "ignore")];
    found_words(sources, &marks, "left open")
}

fn machine_paths(sources: &[Source]) -> Vec<String> {
    let places = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    found_words(sources, &places, "a place of one machine")
}

fn found_words(sources: &[Source], words: &[&str], what: &str) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                found.push(format!("{}:{}: {word}: {what}", source.path, number + 1));
            }
        }
    }
    found
}

fn empty_names(sources: &[Source]) -> Vec<String> {
    let empty = |path: &str| {
        path.split('/')
            .any(|part| EMPTY_NAMES.contains(&part.trim_end_matches(".rs").trim_end_matches("_v2")))
    };
    let named = sources.iter().filter(|source| is_rust(source) && empty(&source.path));
    named.map(|source| format!("{}: a name that says nothing", source.path)).collect()
}

fn source(path: &str, text: &str) -> Vec<Source> {
    vec![Source { path: path.into(), text: text.into() }]
}

fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}

#[test]
fn arrows_between_crates_never_turn_back() {
    let bad = source("sip/Cargo.toml", "[dependencies]\ncall.workspace = true\n");
    assert_eq!(wrong_acquaintances(&bad), ["sip/Cargo.toml: sip may not know call"]);
    let bad = source("media/Cargo.toml", "[dev-dependencies]\ntrunks = { path = \"x\" }\n");
    assert_eq!(wrong_acquaintances(&bad), ["media/Cargo.toml: media may not know trunks"]);
    let bad = source("trunks/Cargo.toml", "[dependencies]\ntokio.workspace = true\n");
    assert_eq!(wrong_acquaintances(&bad), ["trunks/Cargo.toml: only gateway may depend on tokio"]);
    assert_eq!(wrong_acquaintances(&source("stray/Cargo.toml", "[dependencies]\n")).len(), 1);
    assert_none(&wrong_acquaintances(&project()));
}

#[test]
fn only_the_b2bua_joins_sip_and_trunks() {
    let text = "//! X.\nuse sip::Stack;\nfn f(trunk: &trunks::Trunk) {}\n";
    assert_eq!(sip_meets_trunks(&source("gateway/src/config/load.rs", text)).len(), 1);
    assert_none(&sip_meets_trunks(&source("gateway/src/b2bua/call.rs", text)));
    assert_none(&sip_meets_trunks(&source("gateway/src/records.rs", "//! Not `sip::` nor \"trunks::\".\n")));
    assert_none(&sip_meets_trunks(&project()));
}

#[test]
fn each_place_that_joins_them_still_exists_and_says_why() {
    let sources = project();
    for (place, reason) in KNOWS_SIP_AND_TRUNKS {
        assert!(!reason.is_empty());
        let any_gateway = sources.iter().any(|source| source.path.starts_with("gateway/src/b2bua/"));
        let there = sources.iter().any(|source| source.path.starts_with(place));
        assert!(there || !any_gateway, "{place} is gone: take it from the list");
    }
}

#[test]
fn clocks_sockets_files_and_threads_stay_at_the_shore() {
    for bad in [
        "let now = Instant::now();",
        "let now = std::time::SystemTime::now();",
        "use std::net::UdpSocket;",
        "let text = std::fs::read(path);",
        "std::thread::spawn(f);",
        "use tokio::net::TcpStream;",
    ] {
        let bad_line = format!("//! X.\n{bad}\n");
        let found = touches_the_world(&source("sip/src/stack.rs", &bad_line));
        assert!(!found.is_empty(), "{bad}");
        assert_none(&touches_the_world(&source("sip/src/io/udp.rs", &bad_line)));
        assert_none(&touches_the_world(&source("sip/tests/live.rs", &bad_line)));
        assert!(!touches_the_world(&source("tests/src/sim/phone.rs", &bad_line)).is_empty());
    }
    let inline =
        "//! X.\n#[cfg(test)]\nmod tests {\n    fn g() { Instant::now(); }\n}\nfn f() { Instant::now(); }\n";
    assert_eq!(
        touches_the_world(&source("sip/src/stack.rs", inline)),
        ["sip/src/stack.rs:6: Instant::now outside io"]
    );
    assert_none(&touches_the_world(&source(
        "sip/src/stack.rs",
        "//! X.\n// std::fs is not \"std::fs\" here\n",
    )));
    assert_none(&touches_the_world(&project()));
}

#[test]
fn a_file_is_one_thing_of_at_most_five_hundred_lines() {
    let long = "x\n".repeat(LINES_MAX + 1);
    assert_eq!(too_long(&source("sip/src/stack.rs", &long)), ["sip/src/stack.rs: 501 lines"]);
    assert_none(&too_long(&source("sip/src/stack/tests.rs", &long)));
    assert_none(&too_long(&project()));
}

#[test]
fn every_file_opens_with_a_sentence() {
    for bad in ["use std::fmt;\n", "// A comment.\n", "//! No sentence\nuse x;\n", "//!\n//! Late.\n", ""] {
        assert_eq!(says_nothing_first(&source("call/src/cause.rs", bad)).len(), 1, "{bad:?}");
    }
    assert_none(&says_nothing_first(&source("call/src/cause.rs", "//! Causes of Q.850.\n")));
    assert_none(&says_nothing_first(&project()));
}

#[test]
fn nothing_is_left_open() {
    for bad in [concat!("// TO", "DO: later"), concat!("todo", "!()"), concat!("#[", "ignore = \"slow\"]")] {
        assert_eq!(unfinished(&source("call/src/cause.rs", bad)).len(), 1, "{bad}");
    }
    assert_none(&unfinished(&project()));
}

#[test]
fn no_file_names_a_place_of_one_machine() {
    let bad = source("README.md", concat!("cd /ho", "me/someone/tandem\n"));
    assert_eq!(machine_paths(&bad).len(), 1);
    assert_none(&machine_paths(&project()));
}

#[test]
fn names_say_what_a_file_is() {
    assert_eq!(empty_names(&source("sip/src/util.rs", "")).len(), 1);
    assert_eq!(empty_names(&source("gateway/src/common/mod.rs", "")).len(), 1);
    assert_none(&empty_names(&project()));
}
