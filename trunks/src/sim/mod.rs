//! The simulated exchange: a far end that does what a script says, in voice as in signalling.

mod bearer;
mod exchange;
mod pattern;
mod script;
mod sound;

pub use exchange::{Exchange, Observation, OriginateSpec};
pub use pattern::Pattern;
pub use script::{CallPlan, Rule, Script, Step, StepCause};
pub use sound::{Saying, Sound};
