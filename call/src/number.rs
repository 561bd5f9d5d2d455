//! A telephone number as signalling carries it: digits, type, plan, presentation, screening.

use core::fmt;

/// The most digits a number may have; E.164 allows 15, private plans and prefixes need more.
pub const MAX_DIGITS: usize = 32;

/// Type of number, Q.931 Table 4-9.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NumberType {
    /// As dialled; prefixes may be present.
    #[default]
    Unknown,
    /// Country code first, no prefix.
    International,
    /// National (significant) number, no prefix.
    National,
    /// Meaningful to the network that serves the line only.
    NetworkSpecific,
    /// Local (directory) number.
    Subscriber,
    /// Abbreviated (short) number.
    Abbreviated,
}

/// Numbering plan identification, Q.931 Table 4-9.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NumberingPlan {
    /// Not said.
    Unknown,
    /// ISDN and telephony, E.164.
    #[default]
    E164,
    /// Data, X.121.
    Data,
    /// Telex, F.69.
    Telex,
    /// National standard.
    National,
    /// Private.
    Private,
}

/// Whether a number may be shown, Q.931 Table 4-11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Presentation {
    /// May be shown.
    #[default]
    Allowed,
    /// Withheld by its owner.
    Restricted,
    /// Lost in interworking.
    Unavailable,
}

/// Who vouches for a number, Q.931 Table 4-11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Screening {
    /// The user gave it and nobody checked.
    #[default]
    UserNotScreened,
    /// The user gave it and the network found it right.
    UserPassed,
    /// The user gave it and the network found it wrong.
    UserFailed,
    /// The network gave it.
    Network,
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// No digit at all.
    Empty,
    /// More than [`MAX_DIGITS`].
    TooLong,
    /// This character is no digit.
    NotADigit(char),
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "a number needs at least one digit"),
            Self::TooLong => write!(f, "a number has at most {MAX_DIGITS} digits"),
            Self::NotADigit(c) => write!(f, "{c:?} is no digit (0-9, *, #, A-D)"),
        }
    }
}

impl std::error::Error for NumberError {}

/// A number. Its digits are held in place, so that it is copied and never allocated.
/// `Display` masks the last digits, as logs must; [`Number::digits`] and [`Number::dialled`] give them all.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Number {
    digits: [u8; MAX_DIGITS],
    length: u8,
    /// Type of number.
    pub number_type: NumberType,
    /// Numbering plan.
    pub plan: NumberingPlan,
    /// May it be shown?
    pub presentation: Presentation,
    /// Who vouches for it?
    pub screening: Screening,
}

impl Number {
    /// From dialled text: a leading `+` makes it international; `-`, `.`, `(`, `)` and spaces are
    /// visual separators (RFC 3966 §5.1.1) and dropped.
    ///
    /// # Errors
    /// When there is no digit, too many, or anything else than a digit.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let (number_type, rest) = match text.strip_prefix('+') {
            Some(rest) => (NumberType::International, rest),
            None => (NumberType::Unknown, text),
        };
        let mut number = Self::empty(number_type);
        for c in rest.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')' | ' ')) {
            number.push(c)?;
        }
        if number.length == 0 { Err(NumberError::Empty) } else { Ok(number) }
    }

    /// A number with these digits and this type.
    ///
    /// # Errors
    /// As [`Number::parse`].
    pub fn with_type(digits: &str, number_type: NumberType) -> Result<Self, NumberError> {
        let number = Self::parse(digits)?;
        Ok(Self { number_type, ..number })
    }

    fn empty(number_type: NumberType) -> Self {
        Self {
            digits: [0; MAX_DIGITS],
            length: 0,
            number_type,
            plan: NumberingPlan::default(),
            presentation: Presentation::default(),
            screening: Screening::default(),
        }
    }

    /// Adds a digit at the end, as overlap sending does.
    ///
    /// # Errors
    /// When the number is full or the character is no digit.
    pub fn push(&mut self, c: char) -> Result<(), NumberError> {
        let digit = match c {
            '0'..='9' | '*' | '#' | 'A'..='D' => c,
            'a'..='d' => c.to_ascii_uppercase(),
            other => return Err(NumberError::NotADigit(other)),
        };
        let slot = self.digits.get_mut(usize::from(self.length)).ok_or(NumberError::TooLong)?;
        *slot = u8::try_from(digit).map_err(|_| NumberError::NotADigit(c))?;
        self.length += 1;
        Ok(())
    }

    /// All digits, without `+`.
    pub fn digits(&self) -> &str {
        self.digits
            .get(..usize::from(self.length))
            .and_then(|d| core::str::from_utf8(d).ok())
            .unwrap_or_default()
    }

    /// How many digits it has.
    pub fn len(&self) -> usize {
        usize::from(self.length)
    }

    /// Never true of a parsed number; here because `len` is.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// True if it is an international number, so that `+` and its digits are E.164.
    pub fn is_e164(&self) -> bool {
        self.number_type == NumberType::International
    }

    /// The whole number as a person would write it: `+` before an international one. For the wire and for
    /// call records, never for logs above DEBUG.
    pub fn dialled(&self) -> Dialled<'_> {
        Dialled(self)
    }

    /// The same number, shown or withheld.
    #[must_use]
    pub fn presented(self, presentation: Presentation) -> Self {
        Self { presentation, ..self }
    }

    /// The same number, vouched for by someone else.
    #[must_use]
    pub fn screened(self, screening: Screening) -> Self {
        Self { screening, ..self }
    }
}

/// A whole number, written out.
pub struct Dialled<'a>(&'a Number);

impl fmt::Display for Dialled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_e164() {
            f.write_str("+")?;
        }
        f.write_str(self.0.digits())
    }
}

impl fmt::Display for Number {
    /// Half the digits, at most four, are hidden from the end: `+8131234xxxx`, `10xx`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        let hidden = digits.len().div_ceil(2).min(4);
        if self.is_e164() {
            f.write_str("+")?;
        }
        f.write_str(digits.get(..digits.len() - hidden).unwrap_or_default())?;
        f.write_str("xxxx".get(..hidden).unwrap_or_default())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self} {:?}", self.number_type)?;
        if self.presentation != Presentation::Allowed {
            write!(f, " {:?}", self.presentation)?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_makes_a_number_international_and_separators_fall_away() {
        let number = Number::parse("+81-3 (1234)5678").unwrap();
        assert_eq!(number.digits(), "81312345678");
        assert_eq!(number.number_type, NumberType::International);
        assert_eq!(number.dialled().to_string(), "+81312345678");
    }

    #[test]
    fn what_is_no_number_says_why() {
        assert_eq!(Number::parse(""), Err(NumberError::Empty));
        assert_eq!(Number::parse("+"), Err(NumberError::Empty));
        assert_eq!(Number::parse("alice"), Err(NumberError::NotADigit('l')));
        assert_eq!(Number::parse("12\u{665}"), Err(NumberError::NotADigit('\u{665}')));
        assert_eq!(Number::parse(&"1".repeat(33)), Err(NumberError::TooLong));
        assert_eq!(Number::parse(&"1".repeat(32)).unwrap().len(), 32);
    }

    #[test]
    fn logs_never_see_a_whole_number() {
        assert_eq!(Number::parse("+81312345678").unwrap().to_string(), "+8131234xxxx");
        assert_eq!(Number::parse("1000").unwrap().to_string(), "10xx");
        assert_eq!(Number::parse("110").unwrap().to_string(), "1xx");
        assert_eq!(format!("{:?}", Number::parse("1000").unwrap()), "Number(10xx Unknown)");
    }

    #[test]
    fn a_number_grows_digit_by_digit_as_overlap_sending_does() {
        let mut number = Number::parse("1").unwrap();
        number.push('a').unwrap();
        number.push('#').unwrap();
        assert_eq!(number.digits(), "1A#");
        assert_eq!(number.push('x'), Err(NumberError::NotADigit('x')));
    }
}
