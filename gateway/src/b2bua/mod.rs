//! The back-to-back user agent: calls between SIP dialogs and trunk channels. The only room that knows both.
//!
//! [`Gateway`] owns every call, dialog and channel. It is told [`Input`]s and the time, and says [`Output`]s;
//! sockets, clocks and threads are under `io`. Inside, a [`Call`](call::Call) has two legs and one
//! [`State`](progress::State); a leg says and hears [`Signal`](::call::Signal)s whatever it is on.

mod answers;
mod assembly;
mod call;
mod causes;
mod counters;
mod desk;
mod draft;
mod ended;
mod gateway;
mod incoming;
mod key;
mod leg;
mod limiter;
mod media_events;
mod progress;
mod record;
mod said;
mod settings;
mod sip_events;
mod sip_leg;
mod strangers;
mod switch;
mod trunk;
mod trunk_leg;
mod voice;

pub use assembly::{ENDPOINTS_PER_THREAD, assemble};
pub use desk::Placed;
pub use gateway::{Gateway, Input, Output};
pub use progress::Patience;
pub use settings::{LineTrunk, Media, Settings, SipTrunk, TrunkKind, TrunkSettings};
