//! The tables of G.711, made at compile time from its rules; tables 3 and 4 as the Recommendation lists them.

#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "evaluated at compile time, where a mistake does not compile"
)]

/// Linear value of every A-law octet (G.711 table 1, column 7), left-justified in 16 bits.
pub(super) static A_DECODE: [i16; 256] = a_decode();
/// Linear value of every mu-law octet (G.711 table 2, column 7), left-justified in 16 bits.
pub(super) static MU_DECODE: [i16; 256] = mu_decode();
/// A-law octet of every positive 12-bit magnitude.
pub(super) static A_ENCODE: [u8; 2048] = a_encode();
/// Mu-law octet of every positive 13-bit magnitude.
pub(super) static MU_ENCODE: [u8; 8192] = mu_encode();
/// Mu-law octet to A-law octet (G.711 table 3).
pub(super) static MU_TO_A: [u8; 256] = mu_to_a();
/// A-law octet to mu-law octet (G.711 table 4).
pub(super) static A_TO_MU: [u8; 256] = a_to_mu();

/// G.711 table 3: the A-law decoder output value number of each mu-law one, 0–127.
///
/// As note 3 of the Recommendation says, mu-80 goes to A-81 so that A-mu-A keeps bits 1 to 7.
#[rustfmt::skip]
const TABLE_3: [u8; 128] = [
      1,   1,   2,   2,   3,   3,   4,   4,   5,   5,   6,   6,   7,   7,   8,   8,
      9,  10,  11,  12,  13,  14,  15,  16,  17,  18,  19,  20,  21,  22,  23,  24,
     25,  27,  29,  31,  33,  34,  35,  36,  37,  38,  39,  40,  41,  42,  43,  44,
     46,  48,  49,  50,  51,  52,  53,  54,  55,  56,  57,  58,  59,  60,  61,  62,
     64,  65,  66,  67,  68,  69,  70,  71,  72,  73,  74,  75,  76,  77,  78,  79,
     81,  82,  83,  84,  85,  86,  87,  88,  89,  90,  91,  92,  93,  94,  95,  96,
     97,  98,  99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112,
    113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128,
];

/// G.711 table 4: the mu-law decoder output value number of each A-law one, 1–128.
#[rustfmt::skip]
const TABLE_4: [u8; 128] = [
      1,   3,   5,   7,   9,  11,  13,  15,  16,  17,  18,  19,  20,  21,  22,  23,
     24,  25,  26,  27,  28,  29,  30,  31,  32,  32,  33,  33,  34,  34,  35,  35,
     36,  37,  38,  39,  40,  41,  42,  43,  44,  45,  46,  47,  48,  48,  49,  49,
     50,  51,  52,  53,  54,  55,  56,  57,  58,  59,  60,  61,  62,  63,  64,  64,
     65,  66,  67,  68,  69,  70,  71,  72,  73,  74,  75,  76,  77,  78,  79,  79,
     80,  81,  82,  83,  84,  85,  86,  87,  88,  89,  90,  91,  92,  93,  94,  95,
     96,  97,  98,  99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
    112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127,
];

/// What G.711 inverts of an A-law character: the even bits.
const A_INVERTED: u8 = 0x55;
const POSITIVE: u8 = 0x80;

const fn a_decode() -> [i16; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let code = octet as u8 ^ A_INVERTED;
        let (segment, step) = ((code >> 4) & 7, (code & 15) as i16);
        let magnitude = match segment {
            0 => (step << 4) + 8,
            _ => ((step << 4) + 0x108) << (segment - 1),
        };
        table[octet] = if code & POSITIVE != 0 { magnitude } else { -magnitude };
        octet += 1;
    }
    table
}

const fn mu_decode() -> [i16; 256] {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let code = !(octet as u8);
        let (segment, step) = ((code >> 4) & 7, (code & 15) as i16);
        let magnitude = (((step << 3) + MU_BIAS) << segment) - MU_BIAS;
        table[octet] = if octet as u8 & POSITIVE != 0 { magnitude } else { -magnitude };
        octet += 1;
    }
    table
}

/// The bias of mu-law, 33 of 14 bits, left-justified.
const MU_BIAS: i16 = 33 << 2;

const fn a_encode() -> [u8; 2048] {
    let mut table = [0; 2048];
    let mut magnitude: usize = 0;
    while magnitude < 2048 {
        // Segments 0 and 1 have the same step, and each further one twice the step of that before.
        let segment = if magnitude < 32 { magnitude >> 4 } else { magnitude.ilog2() as usize - 3 };
        let step = (if segment == 0 { magnitude } else { magnitude >> (segment - 1) }) & 15;
        table[magnitude] = (POSITIVE | (segment << 4 | step) as u8) ^ A_INVERTED;
        magnitude += 1;
    }
    table
}

const fn mu_encode() -> [u8; 8192] {
    let mut table = [0; 8192];
    let mut magnitude: usize = 0;
    while magnitude < 8192 {
        let biased = if magnitude + 33 > 8191 { 8191 } else { magnitude + 33 };
        let segment = biased.ilog2() as usize - 5;
        let step = (biased >> (segment + 1)) & 15;
        table[magnitude] = !((segment << 4 | step) as u8);
        magnitude += 1;
    }
    table
}

const fn mu_to_a() -> [u8; 256] {
    let mut table = [0; 256];
    let mut number = 0;
    while number < 128 {
        let a = TABLE_3[number] - 1;
        table[0xFF - number] = (POSITIVE | a) ^ A_INVERTED;
        table[0x7F - number] = a ^ A_INVERTED;
        number += 1;
    }
    table
}

const fn a_to_mu() -> [u8; 256] {
    let mut table = [0; 256];
    let mut number = 0;
    while number < 128 {
        let mu = TABLE_4[number];
        table[(number | 0x80) ^ 0x55] = 0xFF - mu;
        table[number ^ 0x55] = 0x7F - mu;
        number += 1;
    }
    table
}
