//! One source's sequence numbers (RFC 3550 appendix A.1): what is new, late, double, lost or a restart.

#[cfg(test)]
mod tests;

/// A forward jump this large is not a loss but another place (`MAX_DROPOUT`).
pub const DROPOUT_MAX: u16 = 3000;
/// A step back this large is not a reordering but another place (`MAX_MISORDER`).
pub const MISORDER_MAX: u16 = 100;
/// How many packets below the highest are remembered, to tell a late one from a double.
const HISTORY: u32 = u128::BITS;

/// What one sequence number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The source is not yet valid: too few packets in sequence so far.
    Probation,
    /// The first packet of a valid source.
    First,
    /// The next packet, after this many that are missing so far.
    Next {
        /// Packets skipped.
        missing: u16,
    },
    /// Older than one already here, and not seen before.
    Late,
    /// Seen before.
    Duplicate,
    /// Far from where the source was: not believed unless the next packet follows it.
    Astray,
    /// The second packet in sequence at another place: the source has started anew.
    Restart,
}

impl Arrival {
    /// Whether the packet may be used: it is from a valid source and not a double.
    pub const fn is_usable(self) -> bool {
        match self {
            Self::First | Self::Next { .. } | Self::Late | Self::Restart => true,
            Self::Probation | Self::Duplicate | Self::Astray => false,
        }
    }
}

/// The sequence number state of one source.
#[derive(Debug, Clone)]
pub struct Sequence {
    state: State,
    /// Full turns of the 16-bit number, in the upper 16 bits.
    cycles: u32,
    highest: u16,
    /// Extended number of the first packet counted.
    base: u32,
    /// Bit n: the packet n below the highest has been seen.
    seen: u128,
    received: u64,
    duplicates: u64,
    reordered: u64,
    restarts: u64,
    /// Expected and received of the places left by restarts.
    expected_before: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waiting for so many more packets in sequence; the number that would follow, once there is one.
    Probation {
        left: u8,
        next: Option<u16>,
    },
    Valid,
    /// Valid, but the last packet was far away; this number would confirm that the source moved there.
    Doubted {
        next: u16,
    },
}

impl Sequence {
    /// A source that is valid after this many packets in sequence (`MIN_SEQUENTIAL`; 0 and 1: at once).
    pub const fn new(min_sequential: u8) -> Self {
        Self {
            state: State::Probation {
                left: if min_sequential == 0 { 1 } else { min_sequential },
                next: None,
            },
            cycles: 0,
            highest: 0,
            base: 0,
            seen: 0,
            received: 0,
            duplicates: 0,
            reordered: 0,
            restarts: 0,
            expected_before: 0,
        }
    }

    /// Takes one packet's sequence number.
    #[inline]
    pub fn receive(&mut self, sequence: u16) -> Arrival {
        match self.state {
            State::Probation { left, next } => self.on_probation(sequence, left, next),
            State::Valid => self.place(sequence, None),
            State::Doubted { next } => self.place(sequence, Some(next)),
        }
    }

    fn on_probation(&mut self, sequence: u16, left: u8, next: Option<u16>) -> Arrival {
        let in_sequence = next.is_none_or(|next| next == sequence);
        if in_sequence && left <= 1 {
            self.state = State::Valid;
            self.start_at(sequence);
            return Arrival::First;
        }
        let left = if in_sequence { left - 1 } else { left };
        self.state = State::Probation { left, next: Some(sequence.wrapping_add(1)) };
        Arrival::Probation
    }

    #[inline]
    fn place(&mut self, sequence: u16, doubted: Option<u16>) -> Arrival {
        let ahead = sequence.wrapping_sub(self.highest);
        let behind = self.highest.wrapping_sub(sequence);
        if ahead != 0 && ahead < DROPOUT_MAX {
            self.state = State::Valid;
            self.advance(sequence, ahead);
            return Arrival::Next { missing: ahead - 1 };
        }
        if behind <= MISORDER_MAX {
            return self.look_back(behind);
        }
        if doubted == Some(sequence) {
            self.state = State::Valid;
            self.expected_before += u64::from(self.expected_here());
            self.restarts += 1;
            self.start_at(sequence);
            return Arrival::Restart;
        }
        self.state = State::Doubted { next: sequence.wrapping_add(1) };
        Arrival::Astray
    }

    fn start_at(&mut self, sequence: u16) {
        self.cycles = 0;
        self.highest = sequence;
        self.base = u32::from(sequence);
        self.seen = 1;
        self.received += 1;
    }

    #[inline]
    fn advance(&mut self, sequence: u16, ahead: u16) {
        if sequence < self.highest {
            self.cycles = self.cycles.wrapping_add(1 << 16);
        }
        self.highest = sequence;
        self.seen = self.seen.checked_shl(u32::from(ahead)).unwrap_or(0) | 1;
        self.received += 1;
    }

    fn look_back(&mut self, behind: u16) -> Arrival {
        let bit = 1_u128 << (u32::from(behind) % HISTORY);
        if self.seen & bit != 0 {
            self.duplicates += 1;
            return Arrival::Duplicate;
        }
        self.seen |= bit;
        self.received += 1;
        self.reordered += 1;
        // A packet from before the first one we saw moves the beginning.
        let extended = self.extended_highest().wrapping_sub(u32::from(behind));
        if (extended.wrapping_sub(self.base)).cast_signed() < 0 {
            self.base = extended;
        }
        Arrival::Late
    }

    /// Whether the source has passed its probation.
    pub const fn is_valid(&self) -> bool {
        !matches!(self.state, State::Probation { .. })
    }

    /// The highest sequence number, extended with its cycles as RTCP reports it (RFC 3550 §6.4.1).
    #[inline]
    pub const fn extended_highest(&self) -> u32 {
        self.cycles.wrapping_add(self.highest as u32)
    }

    /// Packets expected since the source became valid, over all its restarts (appendix A.3).
    pub const fn expected(&self) -> u64 {
        self.expected_before + self.expected_here() as u64
    }

    const fn expected_here(&self) -> u32 {
        if self.is_valid() { self.extended_highest().wrapping_sub(self.base).wrapping_add(1) } else { 0 }
    }

    /// Packets counted, doubles apart.
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// Packets that came twice.
    pub const fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// Packets that came after a later one.
    pub const fn reordered(&self) -> u64 {
        self.reordered
    }

    /// How often the source began again at another number.
    pub const fn restarts(&self) -> u64 {
        self.restarts
    }

    /// Packets expected and not here.
    pub const fn lost(&self) -> u64 {
        self.expected().saturating_sub(self.received)
    }

    /// Packets lost as RTCP says it: 24 bits, below zero where more came than were expected (§6.4.1).
    pub fn cumulative_lost(&self) -> i32 {
        let lost = i128::from(self.expected()) - i128::from(self.received + self.duplicates);
        i32::try_from(lost.clamp(-0x80_0000, 0x7F_FFFF)).unwrap_or(0)
    }
}
