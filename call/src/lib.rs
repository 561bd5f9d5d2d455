//! The words of telephony: causes, numbers, digits and signals. Depends on nothing.

mod cause;
mod digit;
mod number;
mod signal;

pub use cause::{Cause, CauseClass, Location};
pub use digit::Digit;
pub use number::{MAX_DIGITS, Number, NumberError, NumberType, NumberingPlan, Presentation, Screening};
pub use signal::{
    Bearer, MAX_NAME, Name, Origin, Progress, ProgressDescription, ProgressIndicator, Redirecting, Setup,
    Signal,
};
