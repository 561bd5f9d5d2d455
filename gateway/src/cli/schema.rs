//! `tandem schema`: the shape of the config, for editors.

use super::Exit;
use super::say::Say;

/// The shape of `tandem.yaml`, for editors; the loader knows more and decides.
pub(super) const SCHEMA: &str = include_str!("tandem.schema.json");

pub(super) fn run(say: &Say) -> Exit {
    say.text(SCHEMA);
    Exit::Ok
}
