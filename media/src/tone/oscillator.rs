//! Sine waves from a table, exact in phase for ever.

#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the table is indexed by the top bits of the phase; phases wrap"
)]

const SAMPLE_RATE: f64 = 8000.0;
const TABLE_BITS: u32 = 10;
const TABLE_SIZE: usize = 1 << TABLE_BITS;
const FRACTION_BITS: u32 = 32 - TABLE_BITS;

/// One turn of a sine, and its first value again.
static SINE: [f32; TABLE_SIZE + 1] = sine();

const fn sine() -> [f32; TABLE_SIZE + 1] {
    let mut table = [0.0; TABLE_SIZE + 1];
    let mut n = 0;
    while n <= TABLE_SIZE {
        table[n] = sine_of(n as f64 / TABLE_SIZE as f64) as f32;
        n += 1;
    }
    table
}

/// The sine of so many turns, zero or more, for tables made at compile time.
pub(crate) const fn sine_of(turns: f64) -> f64 {
    let turns = turns - (turns as u64) as f64;
    // Taylor's series about the nearest half turn, where it converges well beyond f32.
    let (x, sign) = if turns < 0.25 {
        (turns, 1.0)
    } else if turns < 0.75 {
        (turns - 0.5, -1.0)
    } else {
        (turns - 1.0, 1.0)
    };
    let x = x * core::f64::consts::TAU;
    let (mut term, mut sum, mut k) = (x, x, 1.0);
    while k < 12.0 {
        term *= -x * x / ((2.0 * k) * (2.0 * k + 1.0));
        sum += term;
        k += 1.0;
    }
    sign * sum
}

/// One sine wave at 8000 samples a second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Oscillator {
    phase: u32,
    step: u32,
}

impl Oscillator {
    /// A wave that begins at zero.
    pub(crate) fn new(hertz: f32) -> Self {
        let turns = f64::from(hertz) / SAMPLE_RATE;
        Self { phase: 0, step: (turns * 4_294_967_296.0).round() as u32 }
    }

    /// The next sample, -1 to 1.
    #[inline]
    pub(crate) fn next(&mut self) -> f32 {
        let at = (self.phase >> FRACTION_BITS) as usize;
        let part = (self.phase << TABLE_BITS) as f32 * (1.0 / 4_294_967_296.0);
        self.phase = self.phase.wrapping_add(self.step);
        let (here, there) = (SINE[at], SINE[at + 1]);
        here + (there - here) * part
    }
}
