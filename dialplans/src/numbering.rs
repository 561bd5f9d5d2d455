//! Numbering plans: how a trunk's digits become E.164, and back into the form another trunk wants.

use call::{MAX_DIGITS, Number, NumberType};

use crate::digits::Text;
use crate::pattern::Pattern;

/// The most digits of an international number, E.164 §6.2.1.
pub(crate) const E164_DIGITS_MAX: usize = 15;

/// How numbers are written where a trunk is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbering {
    pub(crate) country: String,
    /// The prefix before a national number; may be empty, as in Italy.
    pub(crate) national: Option<String>,
    pub(crate) international: Option<String>,
    /// The area whose subscribers are dialled without prefix.
    pub(crate) area: Option<String>,
    /// Short numbers that stay as they are: emergency, services, extensions.
    pub(crate) keep: Vec<Pattern>,
}

/// How a trunk wants numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Form {
    /// `+81312345678`, type international. On ISDN the type says what `+` says in SIP.
    #[default]
    PlusE164,
    /// `81312345678`, type unknown.
    E164,
    /// `312345678` of type national within the country, else country code first of type international.
    National,
    /// Country code first, type international: the name ISDN has for `+e164`.
    International,
    /// `12345678` of type subscriber within the area, else as `national`.
    Subscriber,
    /// With the prefixes one dials: `0312345678`, `010442071234567`; type unknown.
    Prefixed,
    /// As it was dialled, after what the rules stripped and added.
    AsDialled,
}

impl Form {
    /// The words of a plan and what they stand for.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("+e164", Self::PlusE164),
        ("e164", Self::E164),
        ("national", Self::National),
        ("international", Self::International),
        ("subscriber", Self::Subscriber),
        ("prefixed", Self::Prefixed),
        ("as-dialled", Self::AsDialled),
    ];
}

/// The words for types of number.
pub(crate) const TYPES: [(&str, NumberType); 6] = [
    ("unknown", NumberType::Unknown),
    ("international", NumberType::International),
    ("national", NumberType::National),
    ("network-specific", NumberType::NetworkSpecific),
    ("subscriber", NumberType::Subscriber),
    ("abbreviated", NumberType::Abbreviated),
];

/// The word for a type of number.
pub(crate) fn type_word(number_type: NumberType) -> &'static str {
    TYPES.iter().find(|(_, known)| *known == number_type).map_or("unknown", |(word, _)| word)
}

/// What is sent to a trunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SendAs {
    /// The form of called numbers.
    pub called: Form,
    /// The form of calling numbers.
    pub calling: Form,
    /// Said of called numbers in place of the type that goes with the form (except international ones that
    /// had to be sent because the form could not hold them).
    pub number_type: Option<NumberType>,
}

impl Numbering {
    /// The E.164 form if the number has one, else the number as it is.
    pub(crate) fn normalise(&self, number: &Number) -> Number {
        self.e164(number).unwrap_or(*number)
    }

    fn e164(&self, number: &Number) -> Option<Number> {
        let digits = number.digits();
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        if number.number_type == NumberType::International {
            return Some(*number);
        }
        let text = Text::of(number);
        if self.keep.iter().any(|kept| kept.matches(text.symbols())) {
            return None;
        }
        let after =
            |prefix: &Option<String>| prefix.as_deref().and_then(|prefix| digits.strip_prefix(prefix));
        let country = self.country.as_str();
        match number.number_type {
            NumberType::International => Some(*number),
            NumberType::National => {
                let bare = after(&self.national).unwrap_or(digits);
                e164_of(&[country, bare], number)
            }
            NumberType::Subscriber => e164_of(&[country, self.area.as_deref()?, digits], number),
            NumberType::Unknown | NumberType::NetworkSpecific | NumberType::Abbreviated => {
                if let Some(rest) = after(&self.international) {
                    e164_of(&[rest], number)
                } else if let Some(rest) = after(&self.national) {
                    e164_of(&[country, rest], number)
                } else {
                    e164_of(&[country, self.area.as_deref()?, digits], number)
                }
            }
        }
    }
}

impl SendAs {
    /// The called number as a trunk of this numbering is sent it.
    pub(crate) fn called(&self, numbering: Option<&Numbering>, normal: &Number, dialled: &Number) -> Number {
        let (number, in_form) = put(self.called, numbering, normal, dialled);
        match self.number_type {
            Some(number_type) if in_form => typed(number, number_type),
            Some(_) | None => number,
        }
    }

    /// The calling number as a trunk of this numbering is sent it.
    pub(crate) fn calling(
        &self,
        numbering: Option<&Numbering>,
        normal: &Number,
        received: &Number,
    ) -> Number {
        put(self.calling, numbering, normal, received).0
    }
}

/// The number in a form, and whether the form could hold it.
fn put(form: Form, numbering: Option<&Numbering>, normal: &Number, original: &Number) -> (Number, bool) {
    if form == Form::AsDialled {
        return (*original, true);
    }
    if !normal.is_e164() {
        return (typed(*normal, NumberType::Unknown), false);
    }
    let digits = normal.digits();
    let national = numbering.and_then(|numbering| digits.strip_prefix(numbering.country.as_str()));
    let subscriber = numbering.zip(national).and_then(|(numbering, national)| {
        national.strip_prefix(numbering.area.as_deref()?).filter(|rest| !rest.is_empty())
    });
    let prefix = |prefix: &Option<String>| prefix.clone().unwrap_or_default();
    let made = match (form, numbering) {
        (Form::PlusE164 | Form::International | Form::AsDialled, _) => return (*normal, true),
        (Form::E164, _) => number_of(&[digits], NumberType::Unknown, normal),
        (Form::National, _) => national.and_then(|rest| number_of(&[rest], NumberType::National, normal)),
        (Form::Subscriber, _) => subscriber
            .and_then(|rest| number_of(&[rest], NumberType::Subscriber, normal))
            .or_else(|| national.and_then(|rest| number_of(&[rest], NumberType::National, normal))),
        (Form::Prefixed, Some(numbering)) => {
            let parts = match national {
                Some(rest) => [prefix(&numbering.national), rest.to_owned()],
                None => [prefix(&numbering.international), digits.to_owned()],
            };
            number_of(&[&parts[0], &parts[1]], NumberType::Unknown, normal)
        }
        (Form::Prefixed, None) => None,
    };
    made.map_or((*normal, false), |number| (number, true))
}

/// An international number of these parts, if E.164 allows its length.
fn e164_of(parts: &[&str], like: &Number) -> Option<Number> {
    number_of(parts, NumberType::International, like).filter(|number| number.len() <= E164_DIGITS_MAX)
}

/// A number of these parts with everything else as in `like`; nothing is allocated.
pub(crate) fn number_of(parts: &[&str], number_type: NumberType, like: &Number) -> Option<Number> {
    let mut digits = [0u8; MAX_DIGITS];
    let mut length = 0;
    for byte in parts.iter().flat_map(|part| part.bytes()) {
        *digits.get_mut(length)? = byte;
        length += 1;
    }
    let text = std::str::from_utf8(digits.get(..length)?).ok()?;
    let mut number = Number::with_type(text, number_type).ok()?;
    number.plan = like.plan;
    number.presentation = like.presentation;
    number.screening = like.screening;
    Some(number)
}

/// The same number with another type.
pub(crate) fn typed(mut number: Number, number_type: NumberType) -> Number {
    number.number_type = number_type;
    number
}
