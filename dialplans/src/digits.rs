//! A number as the matchers see it: symbols of an alphabet of seventeen, held in place.

use call::{MAX_DIGITS, Number};

/// 0–9, `*`, `#`, A–D, and the `+` of an international number.
pub(crate) const SYMBOLS: u8 = 17;
/// The symbol of `+`.
const PLUS: u8 = 16;
/// The longest text: every digit a number may have, and `+`.
pub(crate) const TEXT_MAX: usize = MAX_DIGITS + 1;

/// A symbol's place in the alphabet.
pub(crate) fn symbol(c: char) -> Option<u8> {
    Some(match c {
        '0'..='9' => c as u8 - b'0',
        '*' => 10,
        '#' => 11,
        'A'..='D' => 12 + (c as u8 - b'A'),
        'a'..='d' => 12 + (c as u8 - b'a'),
        '+' => PLUS,
        _ => return None,
    })
}

/// A number's symbols, `+` first when it is international.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    symbols: [u8; TEXT_MAX],
    length: usize,
}

impl Text {
    pub(crate) fn of(number: &Number) -> Self {
        let mut text = Self { symbols: [0; TEXT_MAX], length: 0 };
        if number.is_e164() {
            text.push(PLUS);
        }
        for c in number.digits().chars() {
            if let Some(symbol) = symbol(c) {
                text.push(symbol);
            }
        }
        text
    }

    pub(crate) fn of_symbols(symbols: &[u8]) -> Self {
        let mut text = Self { symbols: [0; TEXT_MAX], length: 0 };
        for symbol in symbols {
            text.push(*symbol);
        }
        text
    }

    fn push(&mut self, symbol: u8) {
        if let Some(slot) = self.symbols.get_mut(self.length) {
            *slot = symbol;
            self.length += 1;
        }
    }

    pub(crate) fn symbols(&self) -> &[u8] {
        self.symbols.get(..self.length).unwrap_or_default()
    }
}

/// The symbols of a plain prefix such as `+8190`, or `None` if it holds anything else.
pub(crate) fn plain(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text.chars().map(symbol).collect::<Option<_>>()?;
    let plus_inside = symbols.iter().skip(1).any(|&symbol| symbol == PLUS);
    (!symbols.is_empty() && symbols.len() <= TEXT_MAX && !plus_inside).then_some(symbols)
}
