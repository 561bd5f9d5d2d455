//! DTMF digits in the voice band (ITU-T Q.23, Q.24): made and heard.

mod detector;
mod generator;
#[cfg(test)]
mod tests;

pub use detector::{Detector, Heard};
pub use generator::{Generator, QUEUE_MAX};

use call::Digit;

/// The low group: the rows of the keypad (Q.23), in hertz.
const LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
/// The high group: its columns.
const HIGH: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const KEYPAD: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// The digit at a row and a column.
fn digit(row: usize, column: usize) -> Option<Digit> {
    Digit::from_char(*KEYPAD.get(row)?.get(column)?)
}

/// The two frequencies of a digit, low and high.
fn frequencies(digit: Digit) -> (f32, f32) {
    let key = digit.as_char();
    KEYPAD
        .iter()
        .zip(LOW)
        .flat_map(|(row, low)| row.iter().zip(HIGH).map(move |(at, high)| (*at, low, high)))
        .find(|(at, _, _)| *at == key)
        .map_or((0.0, 0.0), |(_, low, high)| (low, high))
}
