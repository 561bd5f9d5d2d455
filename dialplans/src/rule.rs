//! A rule: when it matches, and what it then does.

use call::{Cause, MAX_DIGITS, Number, NumberType};

use crate::Name;
use crate::condition::{Condition, Lists};
use crate::digits::Text;
use crate::numbering::{Numbering, number_of};

/// One rule of a plan.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Name,
    pub(crate) line: u32,
    pub(crate) when: When,
    pub(crate) then: Then,
}

/// Every condition that is given must hold.
#[derive(Debug, Default)]
pub(crate) struct When {
    /// Trunks, sorted.
    pub(crate) from: Option<Vec<u16>>,
    pub(crate) dialled: Option<Condition>,
    pub(crate) called: Option<Condition>,
    pub(crate) calling: Option<Condition>,
}

/// Which condition of a rule did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unmet {
    From,
    Dialled,
    Called,
    Calling,
}

/// What a rule does: first to the number, then with the call.
#[derive(Debug)]
pub(crate) struct Then {
    /// Whether it strips and adds to the called number rather than the dialled one: the rule asks about the
    /// called number alone, so that is the one its author has before his eyes.
    pub(crate) of_called: bool,
    pub(crate) strip: usize,
    pub(crate) add: Option<String>,
    pub(crate) end: End,
}

/// What becomes of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The index of a route.
    Route(usize),
    Reject(Cause),
    /// On to the rules below.
    Next,
}

/// A call as the rules see it.
#[derive(Clone, Copy)]
pub(crate) struct View<'p> {
    pub(crate) from: Option<u16>,
    numbering: Option<&'p Numbering>,
    pub(crate) dialled: Number,
    pub(crate) called: Number,
    pub(crate) calling: Option<Number>,
    pub(crate) texts: Texts,
}

/// The numbers of a call as symbols.
#[derive(Clone, Copy)]
pub(crate) struct Texts {
    pub(crate) dialled: Text,
    pub(crate) called: Text,
    pub(crate) calling: Option<Text>,
}

impl<'p> View<'p> {
    pub(crate) fn new(
        from: Option<u16>,
        numbering: Option<&'p Numbering>,
        dialled: Number,
        calling: Option<Number>,
    ) -> Self {
        let normalise = |number: &Number| numbering.map_or(*number, |numbering| numbering.normalise(number));
        let called = normalise(&dialled);
        let calling = calling.as_ref().map(normalise);
        let texts = Texts {
            dialled: Text::of(&dialled),
            called: Text::of(&called),
            calling: calling.as_ref().map(Text::of),
        };
        Self { from, numbering, dialled, called, calling, texts }
    }
}

impl When {
    /// The first condition that does not hold, in the order they are written about.
    pub(crate) fn unmet(&self, view: &View<'_>, lists: &Lists) -> Option<Unmet> {
        let from = |from: &Vec<u16>| view.from.is_some_and(|trunk| from.binary_search(&trunk).is_ok());
        let holds = |condition: &Option<Condition>, text: Option<&Text>| {
            condition.as_ref().is_none_or(|condition| text.is_some_and(|text| condition.matches(text, lists)))
        };
        if !self.from.as_ref().is_none_or(from) {
            Some(Unmet::From)
        } else if !holds(&self.dialled, Some(&view.texts.dialled)) {
            Some(Unmet::Dialled)
        } else if !holds(&self.called, Some(&view.texts.called)) {
            Some(Unmet::Called)
        } else if !holds(&self.calling, view.texts.calling.as_ref()) {
            Some(Unmet::Calling)
        } else {
            None
        }
    }
}

impl Then {
    /// The call with its number stripped and added to, as if that had been dialled; `None` if nothing, or too
    /// much, is left. `strip` counts what one would see written, the `+` of an international number too.
    pub(crate) fn rewrite<'p>(&self, view: View<'p>) -> Option<View<'p>> {
        if self.strip == 0 && self.add.is_none() {
            return Some(view);
        }
        let number = if self.of_called { &view.called } else { &view.dialled };
        let plus = usize::from(number.is_e164());
        let rest = number.digits().get(self.strip.saturating_sub(plus)..)?;
        let (number_type, add) = match self.add.as_deref() {
            Some(add) => match add.strip_prefix('+') {
                Some(add) => (NumberType::International, add),
                None => (NumberType::Unknown, add),
            },
            None if number.is_e164() => (NumberType::Unknown, ""),
            None => (number.number_type, ""),
        };
        if add.len() + rest.len() > MAX_DIGITS {
            return None;
        }
        let dialled = number_of(&[add, rest], number_type, number)?;
        let mut rewritten = View::new(view.from, view.numbering, dialled, None);
        rewritten.calling = view.calling;
        rewritten.texts.calling = view.texts.calling;
        Some(rewritten)
    }
}
