//! Which called numbers a rule of the script is for: "1000", "1xxx", "19CCC", "0*".

use core::fmt;

/// The longest pattern.
pub(super) const LENGTH_MAX: usize = 32;

/// A pattern of digits: a digit stands for itself, `x` for any digit, `C` for a digit to be captured, and a
/// `*` at the end for whatever follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    places: Vec<Place>,
    open: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Digit(char),
    Any,
    Capture,
}

/// A number that fits, with the captured digits as a number if there were any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// What `C…` stood for.
    pub captured: Option<u32>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The position and the character that cannot be, or the end of an empty pattern.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut pattern = Self { places: Vec::new(), open: false };
        for (at, c) in text.chars().enumerate() {
            if pattern.open {
                return Err((at - 1, "`*` stands for the rest, so it comes last".to_owned()));
            }
            match c {
                '0'..='9' | '#' => pattern.places.push(Place::Digit(c)),
                'x' | 'X' => pattern.places.push(Place::Any),
                'C' => pattern.places.push(Place::Capture),
                '*' => pattern.open = true,
                other => return Err((at, format!("{other:?} is no part of a pattern"))),
            }
        }
        if text.is_empty() || pattern.places.len() > LENGTH_MAX {
            return Err((0, format!("a pattern has 1 to {LENGTH_MAX} places")));
        }
        Ok(pattern)
    }

    /// True if it captures a cause: one to three `C`.
    pub fn captures(&self) -> bool {
        (1..=3).contains(&self.places.iter().filter(|place| **place == Place::Capture).count())
    }

    /// Does this number fit?
    pub fn fit(&self, digits: &str) -> Option<Fit> {
        let length = digits.chars().count();
        if length < self.places.len() || (length > self.places.len() && !self.open) {
            return None;
        }
        self.begins(digits)
    }

    /// Does this number fit, or could it with more digits?
    pub fn could_fit(&self, digits: &str) -> bool {
        (self.open || digits.chars().count() <= self.places.len()) && self.begins(digits).is_some()
    }

    /// As far as both go.
    fn begins(&self, digits: &str) -> Option<Fit> {
        let mut captured = None;
        for (place, c) in self.places.iter().zip(digits.chars()) {
            match place {
                Place::Digit(digit) if *digit != c => return None,
                Place::Digit(_) => {}
                Place::Any => {
                    c.to_digit(10)?;
                }
                Place::Capture => {
                    captured = Some(captured.unwrap_or(0_u32).checked_mul(10)?.checked_add(c.to_digit(10)?)?);
                }
            }
        }
        Some(Fit { captured })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in &self.places {
            match place {
                Place::Digit(digit) => write!(f, "{digit}")?,
                Place::Any => f.write_str("x")?,
                Place::Capture => f.write_str("C")?,
            }
        }
        if self.open { f.write_str("*") } else { Ok(()) }
    }
}
