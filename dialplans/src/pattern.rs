//! Patterns of digits: how they are written, what they match, and whether one covers another.

use std::fmt;

use crate::digits::{SYMBOLS, TEXT_MAX, symbol};

/// The most digits a pattern may spell out.
pub(crate) const ELEMENTS_MAX: usize = 40;
/// The most plain prefixes one pattern is filed under.
const LEADS_MAX: usize = 64;
/// How far the proof that one pattern covers another may go before it is given up.
const PROOF_STEPS_MAX: usize = 4096;

/// A pattern. `0312`: these digits; `x`: any of 0–9; `[2-8]`, `[15*#]`: any of these; `{3}`, `{1,4}` after one
/// of them: as many of it; `*` at the end: anything, or nothing, after it (the star key at the end is `[*]`);
/// `+` at the start: an international number.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    elements: Vec<Element>,
    /// Which elements may be left out, a bit each.
    optional: u64,
    /// Whether anything may follow.
    open: bool,
    source: Box<str>,
}

/// One digit: a bit for each symbol that will do.
type Element = u32;

/// A pattern that cannot be read: where, what is wrong, what would be right.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) at: usize,
    pub(crate) message: String,
    pub(crate) expected: &'static str,
}

const WORDS: &str =
    "digits, x for any digit, [2-8] for some, {3} or {1,4} for how many, * at the end for any rest";

impl Pattern {
    /// Reads a pattern as users write it.
    pub(crate) fn parse(source: &str) -> Result<Self, Flaw> {
        let characters: Vec<char> = source.chars().collect();
        let mut reader = Reader { characters: &characters, at: 0 };
        let mut pattern = Self { elements: Vec::new(), optional: 0, open: false, source: source.into() };
        if characters.is_empty() {
            return Err(reader.flaw("an empty pattern matches nothing", WORDS));
        }
        while let Some(c) = reader.next() {
            if c == '*' && reader.at == characters.len() {
                pattern.open = true;
                break;
            }
            let element = reader.element(c)?;
            let (least, most) = reader.count()?;
            for copy in 0..most {
                if pattern.elements.len() >= ELEMENTS_MAX {
                    return Err(reader.flaw("the pattern is too long", "at most 40 digits"));
                }
                if copy >= least {
                    pattern.optional |= 1 << pattern.elements.len();
                }
                pattern.elements.push(element);
            }
        }
        Ok(pattern)
    }

    /// Whether it matches a whole number.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        if self.optional == 0 {
            let enough =
                if self.open { text.len() >= self.elements.len() } else { text.len() == self.elements.len() };
            return enough
                && self.elements.iter().zip(text).all(|(element, symbol)| element >> symbol & 1 == 1);
        }
        let mut states = self.leap(1);
        for symbol in text {
            if self.open && states & self.end() != 0 {
                return true;
            }
            states = self.step(states, *symbol);
            if states == 0 {
                return false;
            }
        }
        states & self.end() != 0
    }

    /// The state after the last element, as a bit.
    fn end(&self) -> u64 {
        1 << self.elements.len()
    }

    /// Every state one symbol leads to from any of `states`.
    fn step(&self, states: u64, symbol: u8) -> u64 {
        let mut next = 0;
        for (index, element) in self.elements.iter().enumerate() {
            if states >> index & 1 == 1 && element >> symbol & 1 == 1 {
                next |= 1 << (index + 1);
            }
        }
        if self.open && states & self.end() != 0 {
            next |= self.end();
        }
        self.leap(next)
    }

    /// Adds the states reached by leaving optional elements out.
    fn leap(&self, mut states: u64) -> u64 {
        for index in 0..self.elements.len() {
            if states >> index & 1 == 1 && self.optional >> index & 1 == 1 {
                states |= 1 << (index + 1);
            }
        }
        states
    }

    /// The plain prefixes every match begins with one of; at most [`LEADS_MAX`], and at least the empty one.
    pub(crate) fn leads(&self) -> Vec<Vec<u8>> {
        let mut leads: Vec<Vec<u8>> = vec![Vec::new()];
        for (index, element) in self.elements.iter().enumerate() {
            let ways = element.count_ones() as usize;
            if self.optional >> index & 1 == 1 || leads.len() * ways > LEADS_MAX {
                break;
            }
            leads = leads
                .iter()
                .flat_map(|lead| {
                    symbols_of(*element).map(move |symbol| lead.iter().copied().chain([symbol]).collect())
                })
                .collect();
        }
        leads
    }

    /// Whether everything `other` matches is matched by `self` too; `false` also when the proof is too long.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let mut waiting = vec![(0usize, self.leap(1))];
        let mut seen = waiting.clone();
        while let Some((at, states)) = waiting.pop() {
            let everything_after = self.open && states & self.end() != 0;
            if everything_after {
                continue;
            }
            let Some(element) = other.elements.get(at) else {
                if other.open || states & self.end() == 0 {
                    return false;
                }
                continue;
            };
            let mut next: Vec<(usize, u64)> =
                symbols_of(*element).map(|symbol| (at + 1, self.step(states, symbol))).collect();
            if next.iter().any(|(_, states)| *states == 0) {
                return false;
            }
            if other.optional >> at & 1 == 1 {
                next.push((at + 1, states));
            }
            next.retain(|pair| !seen.contains(pair));
            next.sort_unstable();
            next.dedup();
            seen.extend(&next);
            waiting.extend(next);
            if seen.len() > PROOF_STEPS_MAX {
                return false;
            }
        }
        true
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.source)
    }
}

fn symbols_of(element: Element) -> impl Iterator<Item = u8> {
    (0..SYMBOLS).filter(move |symbol| element >> symbol & 1 == 1)
}

/// The digits 0–9.
const ANY_DIGIT: Element = 0x3ff;

struct Reader<'p> {
    characters: &'p [char],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.characters.get(self.at).copied();
        self.at += usize::from(c.is_some());
        c
    }

    /// A flaw at the character read last.
    fn flaw(&self, message: impl Into<String>, expected: &'static str) -> Flaw {
        Flaw { at: self.at.saturating_sub(1), message: message.into(), expected }
    }

    fn element(&mut self, c: char) -> Result<Element, Flaw> {
        match c {
            'x' | 'X' => Ok(ANY_DIGIT),
            '[' => self.class(),
            '+' if self.at > 1 => Err(self.flaw("`+` stands inside a pattern", "`+` at its start")),
            '{' | '}' | ']' => Err(self.flaw(format!("`{c}` stands alone"), WORDS)),
            'N' | 'n' | 'Z' | 'z' => {
                Err(self.flaw(format!("`{c}` is no digit"), "[2-9] for N, [1-9] for Z, x for any digit"))
            }
            '.' | '!' => Err(self.flaw(format!("`{c}` is no digit"), "* at the end for any rest")),
            '(' | ')' | '|' => Err(self.flaw(
                format!("`{c}` does not belong in a pattern"),
                "a list of patterns: [\"110\", \"119\"]",
            )),
            ' ' | '-' | '/' => {
                Err(self
                    .flaw(format!("`{c}` does not belong in a pattern"), "the digits alone, side by side"))
            }
            other => match symbol(other) {
                Some(symbol) => Ok(1 << symbol),
                None => Err(self.flaw(format!("`{}` is no digit", other.escape_debug()), WORDS)),
            },
        }
    }

    /// `[2-8]`, `[159]`, `[*#]`; the opening bracket is read already.
    fn class(&mut self) -> Result<Element, Flaw> {
        let mut element: Element = 0;
        loop {
            let c = match self.next() {
                Some(']') if element != 0 => return Ok(element),
                Some(']') => return Err(self.flaw("an empty choice of digits", "[2-8] or [159]")),
                None => return Err(self.flaw("`[` is never closed", "`]` after the digits")),
                Some('^') => {
                    return Err(self.flaw("a choice cannot be negated", "the digits that match: [2-9]"));
                }
                Some(c) => c,
            };
            let Some(first) = symbol(c).filter(|_| c != '+') else {
                return Err(self.flaw(format!("`{}` is no digit", c.escape_debug()), "[2-8] or [159]"));
            };
            if self.characters.get(self.at) != Some(&'-') {
                element |= 1 << first;
                continue;
            }
            self.at += 1;
            let last = self.next().and_then(symbol);
            match last {
                Some(last) if first < last && last <= 9 => {
                    for symbol in first..=last {
                        element |= 1 << symbol;
                    }
                }
                Some(_) | None => {
                    return Err(self.flaw("not a range of digits", "the lower digit first, such as [2-8]"));
                }
            }
        }
    }

    /// `{3}` or `{1,4}` if it follows: the least and the most.
    fn count(&mut self) -> Result<(usize, usize), Flaw> {
        if self.characters.get(self.at) != Some(&'{') {
            return Ok((1, 1));
        }
        self.at += 1;
        let mut inside = String::new();
        loop {
            match self.next() {
                Some('}') => break,
                Some(c) if inside.len() < 8 => inside.push(c),
                Some(_) | None => return Err(self.flaw("`{` is never closed", "{3} or {1,4}")),
            }
        }
        let (least, most) = inside.split_once(',').unwrap_or((&inside, &inside));
        match (least.trim().parse(), most.trim().parse()) {
            (Ok(least), Ok(most)) if least <= most && (1..TEXT_MAX).contains(&most) => Ok((least, most)),
            (Ok(_) | Err(_), Ok(_) | Err(_)) => {
                Err(self.flaw(format!("`{{{inside}}}` is not a count"), "{3} or {1,4}, at most 32"))
            }
        }
    }
}
