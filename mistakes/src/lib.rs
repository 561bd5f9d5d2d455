//! What a user wrote wrongly, and where: file, line, column, snippet, nearest word.
//!
//! A config, a dial plan or a script is read once and every mistake in it is told at once. Reading never
//! stops at the first wrong value: each one is noted where it stands, and the caller goes on with the rest.
//!
//! ```
//! use std::time::Duration;
//! use mistakes::{Document, Mistakes, Value};
//!
//! let text = "listen: [\"127.0.0.1:5060\"]\nprobe: {every: 30 s, downafter: 3}\nemergency: 0119\n";
//! let mistakes = Mistakes::new();
//! let document = Document::parse("tandem.yaml", text, &mistakes).unwrap();
//!
//! let map = document.root().map(&["listen", "probe", "emergency"]).unwrap(); // unknown fields are told here
//! let listen = map.required("listen", |v| v.list(Value::socket_address));
//! let probe = map.optional("probe", |v| {
//!     let probe = v.map(&["every", "down_after"])?;
//!     let every = probe.optional("every", Value::duration);
//!     let down_after = probe.optional("down_after", |v| v.integer(1..=100));
//!     Some((every.unwrap_or(Duration::from_secs(30)), down_after.unwrap_or(3)))
//! });
//! let emergency = map.required("emergency", Value::digits);
//!
//! assert_eq!(listen.unwrap().len(), 1);
//! assert_eq!((probe, emergency), (Some((Duration::from_secs(30), 3)), None));
//! let found = mistakes.into_vec();
//! assert_eq!(found.len(), 3); // `30 s`, `downafter`, and 0119 without quotes
//! assert_eq!(found[1].nearest.as_deref(), Some("down_after"));
//! ```
//!
//! [`Value`] is a small copyable view of a node: `map`, `list`, `entries` walk; `text`, `digits`, `integer`,
//! `duration`, `truth`, `choice`, `socket_address`, `network`, `port_range`, `path`, `secret` read; `parse`
//! reads anything else; `complain`, `complain_expected`, `complain_at`, `unknown` and `warn` note what only
//! the caller can know.

mod document;
mod mistake;
mod nearest;
mod network;
mod read;
mod tree;
mod value;

pub use document::{DEPTH_MAX, Document, Limits};
pub use mistake::{MISTAKES_MAX, Mistake, Mistakes, Severity};
pub use nearest::nearest;
pub use network::Network;
pub use read::{Digits, SecretSource, parse_duration};
pub use value::{Map, Value};
