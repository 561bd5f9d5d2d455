//! The simulated exchange: a far end that does what a script says, in voice as in signalling.

pub(crate) mod bearer;
mod exchange;
pub mod io;
mod load;
mod pattern;
pub(crate) mod render;
mod script;
pub(crate) mod sound;
pub(crate) mod wav;

pub use exchange::{Exchange, Observation, OriginateSpec};
pub use load::Fetch;
pub use pattern::Pattern;
pub use render::speech;
pub use script::{CallPlan, Rule, Script, Step, StepCause};
pub use sound::{Saying, Sound};
pub use wav::read as read_wav;
