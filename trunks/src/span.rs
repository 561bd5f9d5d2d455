//! Spans and their timeslots: E1, T1 and J1, and lists of channels as people write them ("1-15,17-31").

use core::fmt;

use media::Law;

/// The most spans one trunk may have; NFAS groups have up to 20.
pub const SPANS_MAX: usize = 32;

/// How the timeslots of a span are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layout {
    /// 2.048 Mb/s: 30 bearers in slots 1–15 and 17–31; slot 0 frames, slot 16 signals (G.704).
    E1,
    /// 1.544 Mb/s with the D-channel in slot 24: 23 bearers.
    T1,
    /// 1.544 Mb/s without a D-channel of its own (another span signals for it, or bits do): 24 bearers.
    T1Full,
    /// Japan's 1.544 Mb/s (JT-I431-a) with the D-channel in slot 24: 23 bearers.
    J1,
    /// Japan's 1.544 Mb/s without a D-channel of its own: 24 bearers.
    J1Full,
}

impl Layout {
    /// The layout of this name in a config.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.name() == name)
    }

    /// Every layout.
    pub const ALL: [Self; 5] = [Self::E1, Self::T1, Self::T1Full, Self::J1, Self::J1Full];

    /// Its name in a config.
    pub const fn name(self) -> &'static str {
        match self {
            Self::E1 => "e1",
            Self::T1 => "t1",
            Self::T1Full => "t1-24",
            Self::J1 => "j1",
            Self::J1Full => "j1-24",
        }
    }

    /// The law its bearers are coded by, if a config says nothing else.
    pub const fn law(self) -> Law {
        match self {
            Self::E1 => Law::A,
            Self::T1 | Self::T1Full | Self::J1 | Self::J1Full => Law::Mu,
        }
    }

    /// The slot that signals, if the span has one.
    pub const fn signalling_slot(self) -> Option<u8> {
        match self {
            Self::E1 => Some(16),
            Self::T1 | Self::J1 => Some(24),
            Self::T1Full | Self::J1Full => None,
        }
    }

    const fn last_slot(self) -> u8 {
        match self {
            Self::E1 => 31,
            Self::T1 | Self::T1Full | Self::J1 | Self::J1Full => 24,
        }
    }

    /// Every bearer slot, ascending.
    pub fn bearers(self) -> Slots {
        let mut slots = Slots::default();
        for slot in 1..=self.last_slot() {
            if self.signalling_slot() != Some(slot) {
                slots.0 |= 1 << slot;
            }
        }
        slots
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of timeslots of one span.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Slots(u32);

impl Slots {
    /// Reads "1-15,17-31" for a span of this layout.
    ///
    /// # Errors
    /// The first thing that is wrong with the list, as a fact.
    pub fn parse(text: &str, layout: Layout) -> Result<Self, SlotsError> {
        let mut slots = Self::default();
        for part in text.split(',') {
            let part = part.trim();
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (number(first, part)?, number(last, part)?);
            if first > last {
                return Err(SlotsError::Backwards { first, last });
            }
            for slot in first..=last {
                slots.add(slot, layout)?;
            }
        }
        Ok(slots)
    }

    fn add(&mut self, slot: u8, layout: Layout) -> Result<(), SlotsError> {
        if layout.signalling_slot() == Some(slot) {
            return Err(SlotsError::Signalling { slot, layout });
        }
        if !layout.bearers().contains(slot) {
            return Err(SlotsError::NoSuchSlot { slot, layout });
        }
        if self.contains(slot) {
            return Err(SlotsError::Twice { slot });
        }
        self.0 |= 1 << slot;
        Ok(())
    }

    /// True if `slot` is one of them.
    pub const fn contains(self, slot: u8) -> bool {
        slot < 32 && self.0 & (1 << slot) != 0
    }

    /// How many there are.
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// True if there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, ascending.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..32).filter(move |&slot| self.contains(slot))
    }
}

fn number(text: &str, part: &str) -> Result<u8, SlotsError> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SlotsError::NotANumber(part.to_owned()));
    }
    text.parse().map_err(|_| SlotsError::NotANumber(part.to_owned()))
}

impl fmt::Display for Slots {
    /// As people write it: `1-15,17-31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut slot = 0;
        while slot < 32 {
            if !self.contains(slot) {
                slot += 1;
                continue;
            }
            let first = slot;
            while self.contains(slot + 1) {
                slot += 1;
            }
            if first == slot {
                write!(f, "{separator}{first}")?;
            } else {
                write!(f, "{separator}{first}-{slot}")?;
            }
            separator = ",";
            slot += 1;
        }
        Ok(())
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slots({self})")
    }
}

/// What is wrong with a list of channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotsError {
    /// Neither a slot nor a range of slots.
    NotANumber(String),
    /// A range that ends before it begins.
    Backwards {
        /// Where it begins.
        first: u8,
        /// Where it ends.
        last: u8,
    },
    /// The span has no such bearer.
    NoSuchSlot {
        /// The slot.
        slot: u8,
        /// The span's layout.
        layout: Layout,
    },
    /// The slot carries the signalling.
    Signalling {
        /// The slot.
        slot: u8,
        /// The span's layout.
        layout: Layout,
    },
    /// The slot is named twice.
    Twice {
        /// The slot.
        slot: u8,
    },
}

impl fmt::Display for SlotsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber(part) => write!(f, "{part:?} is no channel and no range like 1-15"),
            Self::Backwards { first, last } => write!(f, "{first}-{last} runs backwards"),
            Self::NoSuchSlot { slot, layout } => {
                write!(f, "{layout} has no channel {slot}; it has {}", layout.bearers())
            }
            Self::Signalling { slot, layout } => {
                write!(
                    f,
                    "channel {slot} carries the signalling of {layout}; voice goes in {}",
                    layout.bearers()
                )
            }
            Self::Twice { slot } => write!(f, "channel {slot} is named twice"),
        }
    }
}

impl std::error::Error for SlotsError {}

/// A span as a trunk uses it: its layout and the slots that are ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// How its slots are used.
    pub layout: Layout,
    /// Which of them this trunk has.
    pub slots: Slots,
}

impl Span {
    /// A span of which every bearer is ours.
    pub fn whole(layout: Layout) -> Self {
        Self { layout, slots: layout.bearers() }
    }

    /// Its channels, as the span of this number (from 1).
    pub(crate) fn channels(self, span: u16) -> impl Iterator<Item = ChannelId> {
        self.slots.iter().map(move |slot| ChannelId { span, slot })
    }
}

/// A channel of a trunk: the span, counted from 1, and the timeslot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId {
    span: u16,
    slot: u8,
}

impl ChannelId {
    /// The channel in this slot of this span (counted from 1).
    pub const fn new(span: u16, slot: u8) -> Self {
        Self { span, slot }
    }

    /// Its span, counted from 1.
    pub const fn span(self) -> u16 {
        self.span
    }

    /// Its timeslot.
    pub const fn slot(self) -> u8 {
        self.slot
    }

    /// Reads what `Display` writes, and a bare slot as one of span 1.
    pub fn parse(text: &str) -> Option<Self> {
        let (span, slot) = text.split_once('.').unwrap_or(("1", text));
        Some(Self { span: span.parse().ok().filter(|&span| span > 0)?, slot: slot.parse().ok()? })
    }
}

impl fmt::Display for ChannelId {
    /// Span and slot: `1.17`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.span, self.slot)
    }
}
