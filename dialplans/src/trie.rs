//! A trie over the symbols of numbers: its cost is the number's length, however many prefixes it holds.

use std::collections::VecDeque;
use std::ops::Range;

/// Prefixes and the marks they carry. Nodes lie breadth-first, the children of one side by side, so that a
/// child is found by counting bits; a step touches one node of sixteen bytes.
#[derive(Debug, Default)]
pub(crate) struct Trie {
    nodes: Vec<Node>,
    marks: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    /// Which symbols lead on.
    symbols: u32,
    /// The child of the lowest of them.
    first_child: u32,
    marks: u32,
    marks_end: u32,
}

/// Collects prefixes for a [`Trie`].
#[derive(Debug, Default)]
pub(crate) struct Prefixes {
    symbols: Vec<u8>,
    entries: Vec<(u32, u8, u32)>,
}

impl Prefixes {
    /// Adds a prefix with the mark it carries.
    pub(crate) fn add(&mut self, prefix: &[u8], mark: u32) {
        let start = u32::try_from(self.symbols.len()).unwrap_or(u32::MAX);
        let length = u8::try_from(prefix.len()).unwrap_or(u8::MAX);
        self.symbols.extend_from_slice(prefix);
        self.entries.push((start, length, mark));
    }

    fn prefix(&self, (start, length, _): (u32, u8, u32)) -> &[u8] {
        let start = start as usize;
        self.symbols.get(start..start + usize::from(length)).unwrap_or_default()
    }

    /// Builds the trie; a prefix added twice with one mark carries it once.
    pub(crate) fn build(mut self) -> Trie {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_unstable_by(|a, b| self.prefix(*a).cmp(self.prefix(*b)).then(a.2.cmp(&b.2)));
        let mut trie = Trie { nodes: vec![Node::EMPTY], marks: Vec::with_capacity(entries.len()) };
        let mut waiting: VecDeque<(usize, Range<usize>, usize)> = VecDeque::new();
        waiting.push_back((0, 0..entries.len(), 0));
        while let Some((node, range, depth)) = waiting.pop_front() {
            self.fill(&mut trie, &mut waiting, &entries, (node, range, depth));
        }
        trie
    }

    /// Gives one node its marks and children: the entries of `range` share their first `depth` symbols.
    fn fill(
        &self,
        trie: &mut Trie,
        waiting: &mut VecDeque<(usize, Range<usize>, usize)>,
        entries: &[(u32, u8, u32)],
        (node, range, depth): (usize, Range<usize>, usize),
    ) {
        let mut at = range.start;
        let here = |at: usize| entries.get(at).copied().filter(|_| at < range.end);
        let mut filled = Node { marks: narrow(trie.marks.len()), ..Node::EMPTY };
        while let Some(entry) = here(at).filter(|entry| usize::from(entry.1) == depth) {
            if trie.marks.len() == filled.marks as usize || trie.marks.last() != Some(&entry.2) {
                trie.marks.push(entry.2);
            }
            at += 1;
        }
        filled.marks_end = narrow(trie.marks.len());
        filled.first_child = narrow(trie.nodes.len());
        while let Some(symbol) = here(at).and_then(|entry| self.prefix(entry).get(depth).copied()) {
            let start = at;
            while here(at).is_some_and(|entry| self.prefix(entry).get(depth) == Some(&symbol)) {
                at += 1;
            }
            filled.symbols |= 1 << symbol;
            waiting.push_back((trie.nodes.len(), start..at, depth + 1));
            trie.nodes.push(Node::EMPTY);
        }
        if let Some(slot) = trie.nodes.get_mut(node) {
            *slot = filled;
        }
    }
}

impl Node {
    const EMPTY: Self = Self { symbols: 0, first_child: 0, marks: 0, marks_end: 0 };
}

impl Trie {
    /// Calls `visit` with the marks of every prefix of `text`, shortest first; stops when it returns `false`.
    pub(crate) fn walk<'t>(&'t self, text: &[u8], mut visit: impl FnMut(&'t [u32]) -> bool) {
        let mut at = 0;
        let mut rest = text.iter();
        while let Some(node) = self.nodes.get(at) {
            if node.marks < node.marks_end {
                let marks = self.marks.get(node.marks as usize..node.marks_end as usize).unwrap_or_default();
                if !visit(marks) {
                    return;
                }
            }
            let Some(symbol) = rest.next() else { return };
            let bit = 1u32 << symbol;
            if node.symbols & bit == 0 {
                return;
            }
            at = (node.first_child + (node.symbols & (bit - 1)).count_ones()) as usize;
        }
    }

    /// Whether any prefix of `text` carries `mark`.
    pub(crate) fn marks(&self, text: &[u8], mark: u32) -> bool {
        let mut found = false;
        self.walk(text, |marks| {
            found = marks.contains(&mark);
            !found
        });
        found
    }

    /// Whether it holds no prefix at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }
}

/// Tries stay far below four thousand million nodes: the loader bounds the prefixes.
fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
