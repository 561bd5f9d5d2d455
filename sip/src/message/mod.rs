//! SIP messages: bytes read in place, typed views made on demand, and a builder that writes bytes.

mod build;
mod bytes;
mod cseq;
mod fault;
mod host;
mod list;
mod method;
mod name;
mod name_addr;
mod owned;
mod params;
mod parse;
mod phrase;
mod uri;
mod via;
mod view;

pub use build::{Builder, NewVia, Reply};
pub use bytes::{percent_decode, unfold, unquote};
pub use cseq::{CSeq, RAck};
pub use fault::{Fault, Flaw, ParseError};
pub use host::Host;
pub use list::List;
pub use method::Method;
pub use name::Name;
pub use name_addr::NameAddr;
pub use owned::OwnedMessage;
pub use params::{PARAMETERS_MAX, Param, Params};
pub use parse::{HEADERS_MAX, MESSAGE_BYTES_MAX, parse};
pub use phrase::usual_phrase;
pub use uri::{Scheme, URI_BYTES_MAX, Uri};
pub use via::{MAGIC_COOKIE, Transport, Via};
pub use view::{Header, Message, Start};
