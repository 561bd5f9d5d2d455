//! Headers about time: Retry-After, Timestamp, Date (RFC 3261 §20.33, §20.38, §20.17).

use super::bytes::{Scan, TOKEN, number, trim};
use super::name::Name;
use super::params::Params;
use super::view::Message;

/// How deep comments may nest.
const NESTING_MAX: usize = 8;

/// When it may be worth asking again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter<'a> {
    /// From now, in seconds.
    pub seconds: u32,
    /// `duration` and the like.
    pub params: Params<'a>,
}

impl<'a> RetryAfter<'a> {
    /// Reads `delta-seconds [comment] *(;param)`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::new(trim(value));
        let seconds = u32::try_from(number(scan.run(TOKEN), u64::from(u32::MAX))?).ok()?;
        scan.space();
        if scan.peek() == Some(b'(') {
            scan.comment(NESTING_MAX)?;
            scan.space();
        }
        matches!(scan.peek(), None | Some(b';'))
            .then(|| RetryAfter { seconds, params: Params::new(scan.rest()) })
    }
}

/// When the request was sent by its sender's clock, and how long the answer took to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp<'a> {
    /// As written, digits with at most one point; to be echoed.
    pub sent: &'a [u8],
    /// Likewise, if given.
    pub delay: Option<&'a [u8]>,
}

impl<'a> Timestamp<'a> {
    /// Reads `time [LWS delay]`.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut scan = Scan::new(trim(value));
        let sent = scan.run(TOKEN);
        scan.space();
        let delay = scan.run(TOKEN);
        let decimal = |text: &[u8]| {
            text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
                && text.iter().filter(|byte| **byte == b'.').count() <= 1
        };
        let sound = scan.is_empty() && !sent.is_empty() && decimal(sent) && decimal(delay);
        sound.then_some(Timestamp { sent, delay: Some(delay).filter(|delay| !delay.is_empty()) })
    }
}

impl<'a> Message<'a> {
    /// When it may be worth asking again; nothing if absent or unreadable (RFC 4475 §3.1.2.5).
    pub fn retry_after(&self) -> Option<RetryAfter<'a>> {
        RetryAfter::parse(self.header(Name::RetryAfter)?)
    }

    /// The sender's clock.
    pub fn timestamp(&self) -> Option<Timestamp<'a>> {
        Timestamp::parse(self.header(Name::Timestamp)?)
    }

    /// Date in seconds since 1970; nothing if absent, of another zone than GMT, or no date (RFC 4475 §3.1.2.12).
    pub fn date(&self) -> Option<u64> {
        date(self.header(Name::Date)?)
    }
}

/// Reads `Sat, 13 Nov 2010 23:29:00 GMT`; the weekday is not looked at.
fn date(value: &[u8]) -> Option<u64> {
    const MONTHS: [&[u8]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    let mut words = value.split(|byte| b" \t\r\n,".contains(byte)).filter(|word| !word.is_empty()).skip(1);
    let day = number(words.next()?, 31).filter(|&day| day >= 1)?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
    let year = number(words.next()?, 9999).filter(|&year| year >= 1970)?;
    let mut clock = words.next()?.split(|&byte| byte == b':');
    let hour = number(clock.next()?, 23)?;
    let minute = number(clock.next()?, 59)?;
    let second = number(clock.next()?, 60)?;
    if words.next()? != b"GMT" || words.next().is_some() || clock.next().is_some() {
        return None;
    }
    let days = days_since_1970(year, u64::try_from(month).ok()? + 1, day);
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days from 1 January 1970 in the Gregorian calendar, years counted from March so that a leap day comes last.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    const DAYS_TO_1970_FROM_MARCH_OF_YEAR_0: u64 = 719_468;
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - DAYS_TO_1970_FROM_MARCH_OF_YEAR_0
}
