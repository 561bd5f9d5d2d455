//! Europe: tones by ITU-T E.180 Supplement 2.

use super::{Levels, Tones};
use crate::tone::cadence::{Cadence, END, off, one, sum};

/// United Kingdom.
pub(super) static UK: Tones = Tones {
    dial: Cadence(&[sum((350, 440), 0).steady()]),
    busy: Cadence(&[one(400, 375), off(375)]),
    ringback: Cadence(&[sum((400, 450), 400), off(200), sum((400, 450), 400), off(2000)]),
    congestion: Cadence(&[one(400, 400), off(350), one(400, 225), off(525)]),
    call_waiting: Cadence(&[one(400, 100), off(4000)]),
    information: Cadence(&[one(950, 330), off(15), one(1400, 330), off(15), one(1800, 330), off(1000)]),
    levels: Levels::E_180,
    digit_high_dbm0: -9.0,
    digit_low_dbm0: -11.0,
};

/// France.
pub(super) static FR: Tones = Tones {
    dial: Cadence(&[one(440, 0).steady()]),
    busy: Cadence(&[one(440, 500), off(500)]),
    ringback: Cadence(&[one(440, 1500), off(3500)]),
    congestion: Cadence(&[one(440, 250), off(250)]),
    call_waiting: Cadence(&[one(440, 300), off(10000)]),
    information: Cadence(&[one(950, 330).once(), one(1400, 330).once(), one(1800, 330).once(), END]),
    levels: Levels::E_180,
    digit_high_dbm0: -9.0,
    digit_low_dbm0: -11.0,
};

/// Netherlands.
pub(super) static NL: Tones = Tones {
    dial: Cadence(&[one(425, 0).steady()]),
    busy: Cadence(&[one(425, 500), off(500)]),
    ringback: Cadence(&[one(425, 1000), off(4000)]),
    congestion: Cadence(&[one(425, 250), off(250)]),
    call_waiting: Cadence(&[one(425, 500), off(9500)]),
    information: Cadence(&[one(950, 330), one(1400, 330), one(1800, 330), off(1000)]),
    levels: Levels::E_180,
    digit_high_dbm0: -9.0,
    digit_low_dbm0: -11.0,
};

/// Spain.
pub(super) static ES: Tones = Tones {
    dial: Cadence(&[one(425, 0).steady()]),
    busy: Cadence(&[one(425, 200), off(200)]),
    ringback: Cadence(&[one(425, 1500), off(3000)]),
    congestion: Cadence(&[one(425, 200), off(200), one(425, 200), off(200), one(425, 200), off(600)]),
    call_waiting: Cadence(&[one(425, 175), off(175), one(425, 175), off(3500)]),
    information: Cadence(&[one(950, 330), off(1000)]),
    levels: Levels::E_180,
    digit_high_dbm0: -9.0,
    digit_low_dbm0: -11.0,
};

/// Italy.
pub(super) static IT: Tones = Tones {
    dial: Cadence(&[one(425, 200), off(200), one(425, 600), off(1000)]),
    busy: Cadence(&[one(425, 500), off(500)]),
    ringback: Cadence(&[one(425, 1000), off(4000)]),
    congestion: Cadence(&[one(425, 200), off(200)]),
    call_waiting: Cadence(&[one(425, 400), off(100), one(425, 250), off(100), one(425, 150), off(14000)]),
    information: Cadence(&[
        one(950, 330).once(),
        one(1400, 330).once(),
        one(1800, 330).once(),
        off(1000).once(),
        one(950, 330).once(),
        one(1400, 330).once(),
        one(1800, 330).once(),
        off(1000).once(),
        one(950, 330).once(),
        one(1400, 330).once(),
        one(1800, 330).once(),
        off(1000).once(),
        END,
    ]),
    levels: Levels::E_180,
    digit_high_dbm0: -9.0,
    digit_low_dbm0: -11.0,
};

/// Sweden.
pub(super) static SE: Tones = Tones {
    dial: Cadence(&[one(425, 0).steady()]),
    busy: Cadence(&[one(425, 250), off(250)]),
    ringback: Cadence(&[one(425, 1000), off(5000)]),
    congestion: Cadence(&[one(425, 250), off(750)]),
    call_waiting: Cadence(&[one(425, 200), off(500), one(425, 200), off(9100)]),
    information: Cadence(&[
        one(950, 332).once(),
        off(24).once(),
        one(1400, 332).once(),
        off(24).once(),
        one(1800, 332).once(),
        off(2024).once(),
        END,
    ]),
    levels: Levels::E_180,
    digit_high_dbm0: -9.0,
    digit_low_dbm0: -11.0,
};

/// Poland.
pub(super) static PL: Tones = Tones {
    dial: Cadence(&[one(425, 0).steady()]),
    busy: Cadence(&[one(425, 500), off(500)]),
    ringback: Cadence(&[one(425, 1000), off(4000)]),
    congestion: Cadence(&[one(425, 500), off(500)]),
    call_waiting: Cadence(&[one(425, 150), off(150), one(425, 150), off(4000)]),
    information: Cadence(&[
        one(950, 330).once(),
        one(1400, 330).once(),
        one(1800, 330).once(),
        off(1000).once(),
        one(950, 330).once(),
        one(1400, 330).once(),
        one(1800, 330).once(),
        off(1000).once(),
        one(950, 330).once(),
        one(1400, 330).once(),
        one(1800, 330).once(),
        END,
    ]),
    levels: Levels::E_180,
    digit_high_dbm0: -9.0,
    digit_low_dbm0: -11.0,
};

/// Germany.
pub(super) static DE: Tones = Tones {
    dial: Cadence(&[one(425, 0).steady()]),
    busy: Cadence(&[one(425, 480), off(480)]),
    ringback: Cadence(&[one(425, 1000), off(4000)]),
    congestion: Cadence(&[one(425, 240), off(240)]),
    call_waiting: Cadence(&[
        one(425, 200).once(),
        off(200).once(),
        one(425, 200).once(),
        off(5000).once(),
        one(425, 200).once(),
        off(200).once(),
        one(425, 200).once(),
        off(5000).once(),
        one(425, 200).once(),
        off(200).once(),
        one(425, 200).once(),
        off(5000).once(),
        one(425, 200).once(),
        off(200).once(),
        one(425, 200).once(),
        off(5000).once(),
        one(425, 200).once(),
        off(200).once(),
        one(425, 200).once(),
        END,
    ]),
    information: Cadence(&[one(950, 330), one(1400, 330), one(1800, 330), off(1000)]),
    levels: Levels::E_180,
    digit_high_dbm0: -9.0,
    digit_low_dbm0: -11.0,
};

/// Switzerland.
pub(super) static CH: Tones = Tones {
    dial: Cadence(&[one(425, 0).steady()]),
    busy: Cadence(&[one(425, 500), off(500)]),
    ringback: Cadence(&[one(425, 1000), off(4000)]),
    congestion: Cadence(&[one(425, 200), off(200)]),
    call_waiting: Cadence(&[one(425, 200), off(200), one(425, 200), off(4000)]),
    information: Cadence(&[one(950, 330), one(1400, 330), one(1800, 330), off(1000)]),
    levels: Levels::E_180,
    digit_high_dbm0: -10.0,
    digit_low_dbm0: -10.0,
};

/// Russian Federation.
pub(super) static RU: Tones = Tones {
    dial: Cadence(&[one(425, 0).steady()]),
    busy: Cadence(&[one(425, 350), off(350)]),
    ringback: Cadence(&[one(425, 1000), off(4000)]),
    congestion: Cadence(&[one(425, 175), off(175)]),
    call_waiting: Cadence(&[one(425, 200), off(5000)]),
    information: Cadence(&[one(950, 330), one(1440, 330), one(1800, 330), off(1000)]),
    levels: Levels::E_180,
    digit_high_dbm0: -10.0,
    digit_low_dbm0: -10.0,
};
