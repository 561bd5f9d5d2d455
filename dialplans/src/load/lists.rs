//! The section `lists:`: prefixes in the plan or in text files, one a line.

use mistakes::{Map, Mistake, Mistakes, Value};

use super::Surroundings;
use super::names::{Names, read_name};
use crate::condition::Lists;
use crate::digits::plain;
use crate::index::LISTS_MAX;
use crate::trie::Prefixes;

/// The most prefixes of all lists together.
const PREFIXES_MAX: usize = 1_000_000;
/// The most prefixes written into the plan itself, for each list.
const INLINE_MAX: usize = 10_000;
/// The longest list file, in bytes.
const FILE_BYTES_MAX: usize = 64 << 20;
/// After so many lines that are no prefix the rest of a file is not read.
const WRONG_LINES_MAX: usize = 20;
/// The longest line of a list file.
const LINE_MAX: usize = 1000;

const EXPECTED: &str = "digits with or without `+` at the start, such as +8190";

pub(super) fn read<'d>(map: &Map<'d>, surroundings: &Surroundings<'_>, names: &mut Names<'d>) -> Lists {
    let mut lists = Lists::default();
    let mut gathered = Gathered { prefixes: Prefixes::default(), count: 0 };
    for (key, value) in map.optional("lists", Value::entries).unwrap_or_default() {
        if lists.names.len() >= LISTS_MAX {
            key.complain(format!("more than {LISTS_MAX} lists"));
            break;
        }
        let Some(name) = read_name(key) else { continue };
        let mark = u32::try_from(lists.names.len()).unwrap_or(u32::MAX);
        names.lists.define(name.clone(), lists.names.len(), Some(key));
        lists.names.push(name);
        let sample = read_one(value, surroundings, &mut gathered, mark);
        lists.samples.push(sample.unwrap_or_default());
    }
    if map.value().mistakes().none() {
        lists.trie = gathered.prefixes.build();
    }
    lists
}

struct Gathered {
    prefixes: Prefixes,
    count: usize,
}

/// Reads one list; one of its prefixes.
fn read_one(
    value: Value<'_>,
    surroundings: &Surroundings<'_>,
    gathered: &mut Gathered,
    mark: u32,
) -> Option<Vec<u8>> {
    let map = value.map(&["prefixes", "file"])?;
    match (map.get("prefixes"), map.get("file")) {
        (Some(prefixes), None) => inline(prefixes, gathered, mark),
        (None, Some(file)) => from_file(file, surroundings, gathered, mark),
        (Some(_), Some(file)) => {
            file.complain_expected("a list has `prefixes` or a `file`", "one of the two");
            None
        }
        (None, None) => {
            value.complain_expected("this list is empty", "`prefixes: [...]` or `file: path`");
            None
        }
    }
}

fn inline(value: Value<'_>, gathered: &mut Gathered, mark: u32) -> Option<Vec<u8>> {
    let items = value.items()?;
    if items.is_empty() {
        value.complain("this list is empty");
    }
    if items.len() > INLINE_MAX {
        let message = format!("{} prefixes in the plan itself, more than {INLINE_MAX}", items.len());
        value.complain_expected(&message, "a file of one prefix a line: `file: path`");
        return None;
    }
    let mut sample = None;
    for item in items {
        let Some(digits) = item.digits() else { continue };
        let Some(symbols) = plain(digits) else {
            item.complain_expected(&format!("\"{digits}\" is not a prefix"), EXPECTED);
            continue;
        };
        gathered.prefixes.add(&symbols, mark);
        gathered.count += 1;
        sample.get_or_insert(symbols);
    }
    sample
}

fn from_file(
    value: Value<'_>,
    surroundings: &Surroundings<'_>,
    gathered: &mut Gathered,
    mark: u32,
) -> Option<Vec<u8>> {
    let path = value.path()?;
    let text = match (surroundings.read_file)(&path) {
        Ok(text) => text,
        Err(why) => {
            value.complain(format!("{} cannot be read: {why}", path.display()));
            return None;
        }
    };
    let file = path.display().to_string();
    if text.len() > FILE_BYTES_MAX {
        value.complain(format!("{file} is longer than {FILE_BYTES_MAX} bytes"));
        return None;
    }
    let before = gathered.count;
    let sample = lines(&file, &text, value.mistakes(), gathered, mark);
    if gathered.count == before {
        value.complain(format!("{file} holds no prefix"));
    }
    sample
}

/// One prefix a line; blank lines and what follows `#` are skipped.
fn lines(file: &str, text: &str, mistakes: &Mistakes, gathered: &mut Gathered, mark: u32) -> Option<Vec<u8>> {
    let mut sample = None;
    let mut wrong = 0;
    for (line, content) in text.lines().enumerate() {
        // A `#` inside digits is a key; a comment stands at the start or after a space.
        let written = content.find(" #").and_then(|at| content.get(..at)).unwrap_or(content).trim();
        if written.is_empty() || written.starts_with('#') {
            continue;
        }
        if gathered.count >= PREFIXES_MAX {
            let message = format!("more than {PREFIXES_MAX} prefixes in all lists together");
            mistakes.push(Mistake::in_line(file, line + 1, written, message, "fewer"));
            break;
        }
        match plain(written).filter(|_| content.len() <= LINE_MAX) {
            Some(symbols) => {
                gathered.prefixes.add(&symbols, mark);
                gathered.count += 1;
                sample.get_or_insert(symbols);
            }
            None if wrong >= WRONG_LINES_MAX => {
                let message = "too many lines are not prefixes; the rest is not read";
                mistakes.push(Mistake::in_line(file, line + 1, content, message, EXPECTED));
                break;
            }
            None => {
                mistakes.push(Mistake::in_line(
                    file,
                    line + 1,
                    content,
                    "this line is not a prefix",
                    EXPECTED,
                ));
                wrong += 1;
            }
        }
    }
    sample
}
