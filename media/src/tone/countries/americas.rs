//! The Americas: tones by ITU-T E.180 Supplement 2.

use super::{Levels, Tones};
use crate::tone::cadence::{Cadence, END, off, one, sum};

/// United States / North America.
pub(super) static US: Tones = Tones {
    dial: Cadence(&[sum((350, 440), 0).steady()]),
    busy: Cadence(&[sum((480, 620), 500), off(500)]),
    ringback: Cadence(&[sum((440, 480), 2000), off(4000)]),
    congestion: Cadence(&[sum((480, 620), 250), off(250)]),
    call_waiting: Cadence(&[one(440, 300), off(10000)]),
    information: Cadence(&[one(950, 330).once(), one(1400, 330).once(), one(1800, 330).once(), END]),
    levels: Levels::NORTH_AMERICA,
    digit_high_dbm0: -10.0,
    digit_low_dbm0: -10.0,
};

/// Brazil.
pub(super) static BR: Tones = Tones {
    dial: Cadence(&[one(425, 0).steady()]),
    busy: Cadence(&[one(425, 250), off(250)]),
    ringback: Cadence(&[one(425, 1000), off(4000)]),
    congestion: Cadence(&[one(425, 250), off(250), one(425, 750), off(250)]),
    call_waiting: Cadence(&[one(425, 50), off(1000)]),
    information: Cadence(&[one(950, 330), one(1400, 330), one(1800, 330)]),
    levels: Levels::E_180,
    digit_high_dbm0: -10.0,
    digit_low_dbm0: -12.0,
};

/// Mexico.
pub(super) static MX: Tones = Tones {
    dial: Cadence(&[one(425, 0).steady()]),
    busy: Cadence(&[one(425, 250), off(250)]),
    ringback: Cadence(&[one(425, 1000), off(4000)]),
    congestion: Cadence(&[one(425, 250), off(250)]),
    call_waiting: Cadence(&[one(425, 200), off(600), one(425, 200), off(10000)]),
    information: Cadence(&[one(950, 330), off(30), one(1400, 330), off(30), one(1800, 330), off(1000)]),
    levels: Levels::E_180,
    digit_high_dbm0: -8.0,
    digit_low_dbm0: -6.0,
};
