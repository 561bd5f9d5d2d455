//! The smallest things written: numbers, addresses, tokens, quoted strings; none can break out of its field.

use std::net::{IpAddr, SocketAddr};

use super::bytes::{TOKEN, USER, is, unfold_into};

/// Decimal digits, without the formatting machinery.
pub fn write_number(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0u8; 20];
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + u8::try_from(value % 10).unwrap_or_default();
        used += 1;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len() - used..).unwrap_or_default());
}

/// An address, as it stands in `received`: without brackets.
pub(super) fn write_address(out: &mut Vec<u8>, address: IpAddr) {
    use std::io::Write;
    match address {
        IpAddr::V4(v4) => {
            for (at, octet) in v4.octets().into_iter().enumerate() {
                if at > 0 {
                    out.push(b'.');
                }
                write_number(out, u64::from(octet));
            }
        }
        // Writing into a Vec cannot fail.
        IpAddr::V6(v6) => drop(write!(out, "{v6}")),
    }
}

/// `address:port`, an IPv6 address in brackets.
pub fn write_socket(out: &mut Vec<u8>, socket: SocketAddr) {
    if socket.is_ipv6() {
        out.push(b'[');
    }
    write_address(out, socket.ip());
    if socket.is_ipv6() {
        out.push(b']');
    }
    out.push(b':');
    write_number(out, u64::from(socket.port()));
}

/// A value that came from the wire: folds become one space, other CR and LF too.
pub(super) fn write_copy(out: &mut Vec<u8>, value: &[u8]) {
    unfold_into(value, out);
}

/// Text of ours: control bytes become spaces.
pub(super) fn write_line(out: &mut Vec<u8>, text: &[u8]) {
    out.extend(text.iter().map(|&byte| if byte.is_ascii_control() { b' ' } else { byte }));
}

/// A token: what cannot be in one becomes `_`.
pub(super) fn write_token(out: &mut Vec<u8>, token: &[u8]) {
    out.extend(token.iter().map(|&byte| if is(byte, TOKEN) { byte } else { b'_' }));
}

/// A quoted string, as a display name is: quotes and backslashes escaped, control bytes made spaces.
pub fn write_quoted(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            control if control.is_ascii_control() => out.push(b' '),
            plain => out.push(plain),
        }
    }
    out.push(b'"');
}

/// A URI: what would end it (space, control, quote, angle bracket) is escaped.
pub(super) fn write_uri(out: &mut Vec<u8>, uri: &[u8]) {
    for &byte in uri {
        if byte <= b' ' || byte == 0x7f || b"<>\"\\".contains(&byte) {
            write_escape(out, byte);
        } else {
            out.push(byte);
        }
    }
}

/// The user part of a SIP URI: what cannot stand there is escaped (RFC 3261 §19.1.2).
pub fn write_user(out: &mut Vec<u8>, user: &[u8]) {
    for &byte in user {
        if is(byte, USER) && byte != b'%' && byte != b':' && byte != b'#' {
            out.push(byte);
        } else {
            write_escape(out, byte);
        }
    }
}

fn write_escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
    out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
}
