//! SIP messages: bytes read in place, typed views made on demand, and a builder that writes bytes.
//!
//! ```
//! use sip::message::{Builder, Capabilities, Invalid, Name, Reply, parse, refuse, validate};
//!
//! let datagram = b"OPTIONS sip:gateway@example.com SIP/2.0\r\n\
//!     v: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK77;rport\r\n\
//!     f: \"Alice\" <sip:alice@example.com>;tag=1\r\n\
//!     t: <sip:gateway@example.com>\r\n\
//!     i: 42@192.0.2.7\r\n\
//!     CSeq: 1 OPTIONS\r\n\
//!     Require: telepathy\r\n\r\n";
//! let source = "192.0.2.7:40000".parse().ok();
//! let can = Capabilities::default();
//! let mut out = Vec::new();
//!
//! let request = parse(datagram).unwrap();
//! assert_eq!(request.from().unwrap().tag(), Some(&b"1"[..]));
//! assert_eq!(request.via().unwrap().key(), Some(&b"z9hG4bK77"[..]));
//! let reply = Reply { status: 200, phrase: "", tag: Some(b"2"), source };
//! match validate(&request, &can) {
//!     Ok(()) => Builder::reply(&mut out, &request, reply).end(),
//!     Err(Invalid::Refuse(fact)) => refuse(&mut out, &request, fact, &can, reply),
//!     Err(Invalid::Drop(_)) => {}
//! }
//!
//! let response = parse(&out).unwrap();
//! assert_eq!(response.status(), Some(420));
//! assert_eq!(response.header(Name::Unsupported), Some(&b"telepathy"[..]));
//! assert_eq!(response.via().unwrap().rport(), Some(Some(40000)));
//! ```

mod build;
mod bytes;
mod content;
mod cseq;
mod fault;
mod frame;
mod host;
mod list;
mod method;
mod name;
mod name_addr;
mod owned;
mod params;
mod parse;
mod phrase;
mod reason;
mod refuse;
mod timing;
mod uri;
mod validate;
mod via;
mod view;
mod warning;
mod write;

pub use build::{Builder, NewVia, Reply};
pub use bytes::{percent_decode, unfold, unquote};
pub use content::ContentType;
pub use cseq::{CSeq, RAck};
pub use fault::{Fault, Flaw, ParseError};
pub use frame::{Broken, Frame, FrameLimits, Framer};
pub use host::Host;
pub use list::List;
pub use method::Method;
pub use name::Name;
pub use name_addr::NameAddr;
pub use owned::OwnedMessage;
pub use params::{PARAMETERS_MAX, Param, Params};
pub use parse::{HEADERS_MAX, MESSAGE_BYTES_MAX, parse};
pub use phrase::usual_phrase;
pub use reason::{Protocol, Reason};
pub use refuse::refuse;
pub use timing::{RetryAfter, Timestamp};
pub use uri::{Scheme, URI_BYTES_MAX, Uri};
pub use validate::{Capabilities, Fact, Invalid, is_answerable, unsupported, validate};
pub use via::{MAGIC_COOKIE, Transport, Via};
pub use view::{Header, Message, Start};
pub use warning::Warning;
pub use write::{write_number, write_quoted, write_socket, write_user};
