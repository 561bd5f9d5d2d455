//! Pieces of messages written byte by byte into reused buffers.

use std::net::{IpAddr, SocketAddr};

use super::content::{Content, Header};
use super::event::Misuse;

/// Ends a message without a body.
pub(super) const NO_BODY: &[u8] = b"Content-Length: 0\r\n\r\n";

/// A decimal number.
pub(super) fn number(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0u8; 20];
    let mut first = digits.len();
    for (place, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (value % 10).to_le_bytes()[0];
        first = place;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(first..).unwrap_or_default());
}

/// `name: value` and the line's end.
pub(super) fn line(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// `name: number` and the line's end.
pub(super) fn numbered(out: &mut Vec<u8>, name: &str, value: u64) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    number(out, value);
    out.extend_from_slice(b"\r\n");
}

/// `host:port` as a Via or a URI has it.
pub(super) fn socket(out: &mut Vec<u8>, address: SocketAddr) {
    match address.ip() {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            for (octet, end) in [(a, b'.'), (b, b'.'), (c, b'.'), (d, b':')] {
                number(out, u64::from(octet));
                out.push(end);
            }
        }
        IpAddr::V6(v6) => {
            out.push(b'[');
            out.extend_from_slice(v6.to_string().as_bytes());
            out.extend_from_slice(b"]:");
        }
    }
    number(out, u64::from(address.port()));
}

/// The user's headers, the body, and everything in between: completes a message.
pub(super) fn content(out: &mut Vec<u8>, content: &Content<'_>) {
    for header in content.headers {
        line(out, header.name, header.value);
    }
    match content.body {
        Some(body) => {
            line(out, "Content-Type", body.content_type.as_bytes());
            numbered(out, "Content-Length", body.bytes.len() as u64);
            out.extend_from_slice(b"\r\n");
            out.extend_from_slice(body.bytes);
        }
        None => out.extend_from_slice(NO_BODY),
    }
}

/// Whether what the user gives stays within its lines.
pub(super) fn check(content: &Content<'_>) -> Result<(), Misuse> {
    let sound = |header: &Header<'_>| is_name(header.name) && is_line(header.value);
    let typed = content.body.is_none_or(|body| is_line(body.content_type.as_bytes()));
    if typed && content.headers.iter().all(sound) { Ok(()) } else { Err(Misuse::Unwritable) }
}

/// Whether bytes can stand in a header's value.
pub(super) fn is_line(bytes: &[u8]) -> bool {
    memchr::memchr3(b'\r', b'\n', 0, bytes).is_none()
}

/// Whether bytes can stand in a Request-URI or between angle brackets.
pub(super) fn is_uri(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && !bytes.iter().any(|&byte| byte <= b' ' || byte == 0x7f || byte == b'<' || byte == b'>')
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
}
