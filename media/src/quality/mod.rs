//! How good a call sounds: by its loss and delay (the E-model), and by what came out against what went in.

mod emodel;
mod similarity;
#[cfg(test)]
mod tests;

pub use emodel::{Concealment, mos, rating};
pub use similarity::{Similarity, similarity};
