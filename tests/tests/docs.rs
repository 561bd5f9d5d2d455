//! The documentation fits the product: every field, path and cause is described, every link and folder exists.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::string_slice,
    reason = "a test's own helpers may stop the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use call::{Cause, Location};
use serde_json::Value;
use tests::io::lab::root;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Files below `folder` with this ending, but those of build and version control.
fn files(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "out", ".git"].contains(&name.as_str()) {
            files(&path, ending, into);
        } else if name.ends_with(ending) && !name.starts_with("tests") {
            into.push(path);
        }
    }
}

/// The words that stand in quotes in `text`.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

/// The fields that code reads: the lists in `.map(&[…])`, `.chain([…])` and `const …: [&str; N] = […]`.
fn fields(code: &str) -> BTreeSet<String> {
    let after = |start: &'static str| code.match_indices(start).map(move |(at, _)| at + start.len());
    let constants = after("[&str; ").filter_map(|at| {
        let value = at + code[at..].find('=')?;
        Some(value + code[value..].find('[')?)
    });
    let mut found = BTreeSet::new();
    for at in after(".map(&[").chain(after(".chain([")).chain(constants) {
        let list = &code[at..at + code[at..].find(']').unwrap_or(0)];
        found.extend(quoted(list).map(str::to_owned));
    }
    found
}

/// The first words in code style of every table row.
fn rows(page: &str) -> BTreeSet<String> {
    let cells = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    cells.map(str::to_owned).collect()
}

fn fields_below(folder: &str) -> BTreeSet<String> {
    let mut paths = Vec::new();
    files(&root().join(folder), ".rs", &mut paths);
    assert!(!paths.is_empty(), "{folder} has code");
    paths.iter().flat_map(|path| fields(&fs::read_to_string(path).unwrap())).collect()
}

fn assert_same(documented: &BTreeSet<String>, read: &BTreeSet<String>, page: &str) {
    let missing: Vec<_> = read.difference(documented).collect();
    let unknown: Vec<_> = documented.difference(read).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "{page} lacks {missing:?}; nothing reads {unknown:?}");
}

#[test]
fn every_field_of_the_config_is_documented_and_no_other() {
    let mut read_by_code = fields_below("gateway/src/config");
    read_by_code.extend(dialplans::SendAs::FIELDS.map(str::to_owned));
    assert!(read_by_code.len() > 50, "{read_by_code:?}");
    assert_same(&rows(&read("docs/config.md")), &read_by_code, "docs/config.md");
}

#[test]
fn every_word_of_an_exchange_script_is_documented_and_no_other() {
    let mut words = fields_below("trunks/src/sim/load");
    words.extend(["name", "at", "called", "calling", "calling_name", "withheld"].map(str::to_owned));
    words.extend(["count", "every", "hold", "patience", "for"].map(str::to_owned));
    assert_same(&rows(&read("docs/exchange.md")), &words, "docs/exchange.md");
}

#[test]
fn every_field_of_a_call_record_is_documented() {
    let page = read("docs/records.md");
    let documented = rows(&page);
    for path in ["gateway/src/records/mod.rs", "gateway/src/records/leg.rs"] {
        for line in read(path).lines() {
            let field = line.strip_prefix("    pub ").filter(|rest| rest.ends_with(','));
            let Some((name, _)) = field.and_then(|rest| rest.split_once(": ")) else { continue };
            if ["times", "end"].contains(&name) {
                continue; // flattened into the record itself
            }
            assert!(documented.contains(name), "docs/records.md lacks {name}");
        }
    }
}

#[test]
fn every_path_of_the_api_is_documented() {
    let page = read("docs/http.md");
    let api: Value = serde_json::from_str(&read("gateway/src/io/admin/openapi.json")).unwrap();
    let paths: Vec<&String> = api["paths"].as_object().unwrap().keys().collect();
    assert!(paths.len() > 10);
    for path in paths {
        assert!(page.contains(&format!("`{path}`")), "docs/http.md lacks {path}");
    }
}

/// What docs/causes.md says between its marks: the mapping as the code has it.
fn cause_tables() -> String {
    let mut text = String::from("| cause | name | SIP status |\n|---|---|---|\n");
    for value in 1..=127 {
        let of = |location| Cause::new(value, location).unwrap();
        let (cause, by_user) = (of(Location::PublicLocal), of(Location::User));
        let named = cause.name() != of_class(cause).name() || cause.value() == of_class(cause).value();
        if !named && cause.sip_status() == of_class(cause).sip_status() {
            continue;
        }
        let status = match (cause.sip_status(), by_user.sip_status()) {
            (one, other) if one == other => one.to_string(),
            (network, user) => format!("{network}; {user} from the user"),
        };
        text += &format!("| {value} | {} | {status} |\n", cause.name());
    }
    text += "\n| SIP status | cause | name |\n|---|---|---|\n";
    for status in 300..=699 {
        let (cause, class) =
            (Cause::from_sip_status(status), Cause::from_sip_status(status / 100 * 100 + 99));
        let class_row = status % 100 == 99;
        if class_row || cause.value() != class.value() {
            let status = if class_row { format!("other {}xx", status / 100) } else { status.to_string() };
            text += &format!("| {status} | {} | {} |\n", cause.value(), cause.name());
        }
    }
    text
}

/// The cause that stands for the rest of its class: the last value of it.
fn of_class(cause: Cause) -> Cause {
    let last = match cause.value() {
        0..=31 => 31,
        32..=47 => 47,
        48..=63 => 63,
        64..=79 => 79,
        80..=95 => 95,
        96..=111 => 111,
        112.. => 127,
    };
    Cause::new(last, cause.location()).unwrap()
}

#[test]
fn the_tables_of_causes_are_those_of_the_code() {
    let page = read("docs/causes.md");
    let (begin, end) = ("<!-- from the code -->\n", "<!-- end -->");
    let at = page.find(begin).unwrap() + begin.len();
    let length = page[at..].find(end).unwrap();
    let tables = cause_tables();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let page = format!("{}{tables}{}", &page[..at], &page[at + length..]);
        fs::write(root().join("docs/causes.md"), page).unwrap();
    } else {
        assert_eq!(page[at..at + length], tables, "UPDATE_GOLDEN=1 writes docs/causes.md anew");
    }
}

/// The targets of Markdown links in `text`, without their anchors.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("](").filter_map(|(at, open)| {
        let target = &text[at + open.len()..];
        let target = &target[..target.find(')')?];
        target.split('#').next().filter(|path| !path.is_empty() && !path.contains("://"))
    })
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut pages = Vec::new();
    files(root(), ".md", &mut pages);
    assert!(pages.len() > 12, "the pages were found");
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let folder = page.parent().unwrap_or(Path::new(""));
        for link in links(&text) {
            assert!(folder.join(link).exists(), "{}: {link} leads nowhere", page.display());
        }
    }
}

#[test]
fn the_map_of_folders_is_the_project() {
    let page = read("README.md");
    let named: BTreeSet<String> =
        rows(&page).into_iter().filter_map(|cell| cell.strip_suffix('/').map(str::to_owned)).collect();
    let hidden = |name: &str| name.starts_with('.') || ["target", "out"].contains(&name);
    let there: BTreeSet<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !hidden(name))
        .collect();
    assert_same(&named, &there, "README.md");
}

#[test]
fn every_page_of_docs_is_named_in_the_readme() {
    let readme = read("README.md");
    let mut pages = Vec::new();
    files(&root().join("docs"), ".md", &mut pages);
    for page in pages {
        let name = format!("docs/{}", page.file_name().unwrap_or_default().to_string_lossy());
        assert!(links(&readme).any(|link| link == name), "README.md has no link to {name}");
    }
}

#[test]
fn a_field_nobody_described_is_found() {
    let code = "let map = value.map(&[\"listen\", \"port\"])?;\nconst MORE: [&str; 1] = [\"codecs\"];";
    assert_eq!(fields(code), ["codecs", "listen", "port"].map(str::to_owned).into());
    assert_eq!(
        rows("| field |\n|---|\n| `listen` | x |\n| `port` | y |"),
        ["listen", "port"].map(str::to_owned).into()
    );
    assert_eq!(links("[a](docs/a.md#b) [c](https://example.com) [d](#e)").collect::<Vec<_>>(), ["docs/a.md"]);
}
