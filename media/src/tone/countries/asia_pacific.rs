//! Asia, the Pacific and Africa: tones by ITU-T E.180 Supplement 2.

use super::{Levels, Tones};
use crate::tone::cadence::{Cadence, END, modulated, off, one, sum};

/// Australia.
pub(super) static AU: Tones = Tones {
    dial: Cadence(&[sum((415, 440), 0).steady()]),
    busy: Cadence(&[one(425, 375), off(375)]),
    ringback: Cadence(&[sum((413, 438), 400), off(200), sum((413, 438), 400), off(2000)]),
    congestion: Cadence(&[one(425, 375), off(375), one(425, 375).soft(), off(375)]),
    call_waiting: Cadence(&[one(425, 100), off(200), one(425, 200), off(4400)]),
    information: Cadence(&[one(425, 2500), off(500)]),
    levels: Levels::E_180,
    digit_high_dbm0: -10.0,
    digit_low_dbm0: -10.0,
};

/// New Zealand.
pub(super) static NZ: Tones = Tones {
    dial: Cadence(&[one(400, 0).steady()]),
    busy: Cadence(&[one(400, 500), off(500)]),
    ringback: Cadence(&[sum((400, 450), 400), off(200), sum((400, 450), 400), off(2000)]),
    congestion: Cadence(&[one(400, 250), off(250)]),
    call_waiting: Cadence(&[one(400, 250), off(250), one(400, 250), off(3250)]),
    information: Cadence(&[
        one(400, 750),
        off(100),
        one(400, 750),
        off(100),
        one(400, 750),
        off(100),
        one(400, 750),
        off(400),
    ]),
    levels: Levels::E_180,
    digit_high_dbm0: -11.0,
    digit_low_dbm0: -9.0,
};

/// Japan.
pub(super) static JP: Tones = Tones {
    dial: Cadence(&[one(400, 0).steady()]),
    busy: Cadence(&[one(400, 500), off(500)]),
    ringback: Cadence(&[modulated((400, 16), 1000), off(2000)]),
    congestion: Cadence(&[one(400, 500), off(500)]),
    call_waiting: Cadence(&[modulated((400, 16), 500), off(8000)]),
    information: Cadence(&[one(950, 330).once(), one(1400, 330).once(), one(1800, 330).once(), END]),
    levels: Levels::E_180,
    digit_high_dbm0: -7.0,
    digit_low_dbm0: -7.0,
};

/// Taiwan.
pub(super) static TW: Tones = Tones {
    dial: Cadence(&[sum((350, 440), 0).steady()]),
    busy: Cadence(&[sum((480, 620), 500), off(500)]),
    ringback: Cadence(&[sum((440, 480), 1000), off(2000)]),
    congestion: Cadence(&[sum((480, 620), 250), off(250)]),
    call_waiting: Cadence(&[sum((350, 440), 250), off(250), sum((350, 440), 250), off(3250)]),
    information: Cadence(&[one(950, 330).once(), one(1400, 330).once(), one(1800, 330).once(), END]),
    levels: Levels::E_180,
    digit_high_dbm0: -11.0,
    digit_low_dbm0: -9.0,
};

/// Singapore.
pub(super) static SG: Tones = Tones {
    dial: Cadence(&[one(425, 0).steady()]),
    busy: Cadence(&[one(425, 750), off(750)]),
    ringback: Cadence(&[modulated((425, 24), 400), off(200), modulated((425, 24), 400), off(2000)]),
    congestion: Cadence(&[one(425, 250), off(250)]),
    call_waiting: Cadence(&[modulated((425, 24), 300), off(200), modulated((425, 24), 300), off(3200)]),
    information: Cadence(&[one(950, 330), one(1400, 330), one(1800, 330), off(1000)]),
    levels: Levels::E_180,
    digit_high_dbm0: -11.0,
    digit_low_dbm0: -9.0,
};

/// India.
pub(super) static IN: Tones = Tones {
    dial: Cadence(&[modulated((400, 25), 0).steady()]),
    busy: Cadence(&[one(400, 750), off(750)]),
    ringback: Cadence(&[modulated((400, 25), 400), off(200), modulated((400, 25), 400), off(2000)]),
    congestion: Cadence(&[one(400, 250), off(250)]),
    call_waiting: Cadence(&[one(400, 200), off(100), one(400, 200), off(7500)]),
    information: Cadence(&[one(950, 330).once(), one(1400, 330).once(), one(1800, 330).once(), off(1000)]),
    levels: Levels::E_180,
    digit_high_dbm0: -10.0,
    digit_low_dbm0: -10.0,
};

/// China.
pub(super) static CN: Tones = Tones {
    dial: Cadence(&[one(450, 0).steady()]),
    busy: Cadence(&[one(450, 350), off(350)]),
    ringback: Cadence(&[one(450, 1000), off(4000)]),
    congestion: Cadence(&[one(450, 700), off(700)]),
    call_waiting: Cadence(&[one(450, 400), off(4000)]),
    information: Cadence(&[
        one(450, 100),
        off(100),
        one(450, 100),
        off(100),
        one(450, 100),
        off(100),
        one(450, 400),
        off(400),
    ]),
    levels: Levels::E_180,
    digit_high_dbm0: -11.0,
    digit_low_dbm0: -9.0,
};

/// South Africa.
pub(super) static ZA: Tones = Tones {
    dial: Cadence(&[modulated((400, 33), 0).steady()]),
    busy: Cadence(&[one(400, 500), off(500)]),
    ringback: Cadence(&[modulated((400, 33), 400), off(200), modulated((400, 33), 400), off(2000)]),
    congestion: Cadence(&[one(400, 250), off(250)]),
    call_waiting: Cadence(&[
        modulated((400, 33), 250),
        off(250),
        modulated((400, 33), 250),
        off(250),
        modulated((400, 33), 250),
        off(250),
        modulated((400, 33), 250),
        off(250),
    ]),
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
    digit_high_dbm0: -11.0,
    digit_low_dbm0: -13.0,
};
