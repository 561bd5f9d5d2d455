//! The leg on a SIP session: signals become requests and responses.

use std::time::Instant;

use call::{Cause, Number, Presentation, Signal};
use dialplans::Attempt;
use media::codec::Codec;
use media::sdp::{Local, Order};
use media::{Command, StreamConfig};
use sip::stack::{Content, Destination, Header, Invite, Misuse};

use super::call::Call;
use super::causes;
use super::leg::{Exchange, Leg, Line, SipLeg};
use super::progress::{Side, State};
use super::settings::SipTrunk;
use super::switch::{NotStarted, Switch};

/// Where withheld callers come from, RFC 3323 §4.1.1.3.
const ANONYMOUS: &str = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

impl Switch {
    pub(super) fn sip_trunk(&self, leg: &Leg) -> Option<&SipTrunk> {
        self.trunks.get(leg.trunk).and_then(super::trunk::Trunk::sip)
    }

    /// Sends an INVITE with our offer.
    pub(super) fn invite(
        &mut self,
        call: &mut Call,
        place: usize,
        attempt: &Attempt,
        now: Instant,
    ) -> Result<(), NotStarted> {
        let Some(trunk) = self.trunks.get(place).and_then(super::trunk::Trunk::sip).cloned() else {
            return Err(Cause::NETWORK_OUT_OF_ORDER.into());
        };
        let beside = call.endpoint(Side::Caller);
        let endpoint =
            self.voice.open_rtp(call.key, Side::Callee, beside).ok_or(Cause::RESOURCE_UNAVAILABLE)?;
        let mut sdp = media::sdp::Session::new(self.random());
        let codecs = preferred(&trunk.codecs, &self.wanted_codecs(&call.caller));
        let offer = sdp.offer(&Local::new(self.voice.address(), endpoint.port.unwrap_or(0), &codecs));
        let target = format!("sip:{}@{}", attempt.called.dialled(), trunk.peer);
        let from = from_header(
            attempt.calling.as_ref(),
            call.setup.as_ref().and_then(|setup| setup.calling_name.get()),
            &trunk,
        );
        let private = [Header { name: "Privacy", value: b"id" }];
        let withheld = attempt.calling.is_none_or(|number| number.presentation != Presentation::Allowed);
        let sent = self.stack.invite(
            &Invite {
                target: target.as_bytes(),
                destination: Destination {
                    transport: trunk.transport,
                    local: trunk.local,
                    remote: trunk.peer,
                },
                from: from.as_bytes(),
                to: format!("<{target}>").as_bytes(),
                routes: &[],
                max_forwards: call.max_forwards,
                content: Content { headers: if withheld { &private } else { &[] }, ..Content::sdp(&offer) },
            },
            now,
        );
        let session = match sent {
            Ok(session) => session,
            Err(misuse) => {
                self.voice.close(&endpoint);
                let cause = if misuse == Misuse::Full {
                    Cause::SWITCHING_CONGESTION
                } else {
                    Cause::TEMPORARY_FAILURE
                };
                return Err(cause.into());
            }
        };
        self.sessions.insert(session, (call.key, Side::Callee));
        let sip = SipLeg { sdp, ..SipLeg::new(session, 0, Exchange::Awaiting) };
        call.callee = Some(Leg { endpoint: Some(endpoint), ..Leg::new(place, Line::Sip(Box::new(sip))) });
        call.said(Side::Callee, "INVITE".into(), now);
        Ok(())
    }

    /// The codecs that would spare a transcoding, best first.
    fn wanted_codecs(&self, caller: &Leg) -> Vec<Codec> {
        match self.codec_of(caller) {
            Some(codec) => vec![codec],
            None => caller.offered_codecs(),
        }
    }

    /// Says a signal on a SIP session.
    pub(super) fn say_sip(&mut self, call: &mut Call, side: Side, signal: &Signal, now: Instant) {
        match (side, signal) {
            (Side::Caller, Signal::Alerting(progress)) => {
                let in_band = progress.in_band() || call.toned;
                self.provisional(call, if in_band { 183 } else { 180 }, in_band, now);
            }
            (Side::Caller, Signal::Progress(progress)) => {
                self.provisional(call, 183, progress.in_band(), now);
            }
            (Side::Caller, Signal::Connect) => self.accept(call, now),
            (_, Signal::Release(cause)) => self.release_sip(call, side, *cause, now),
            (
                _,
                Signal::Setup(_)
                | Signal::SetupAck
                | Signal::Proceeding
                | Signal::Alerting(_)
                | Signal::Progress(_)
                | Signal::Connect
                | Signal::Digit(_)
                | Signal::Disconnect { .. },
            ) => {}
        }
    }

    fn provisional(&mut self, call: &mut Call, status: u16, with_answer: bool, now: Instant) {
        let answer = if with_answer { self.answer(call) } else { None };
        let Some(sip) = call.caller.sip() else { return };
        let content = answer.as_deref().map_or(Content::EMPTY, Content::sdp);
        if self.stack.provisional(sip.session, status, "", &content, now).is_ok() {
            call.said(Side::Caller, said(status, answer.is_some()), now);
        }
    }

    /// Makes ready what the caller must hear before the answer.
    pub(super) fn ready_to_hear(&mut self, call: &mut Call) {
        call.heard_in_band = true;
        let _answered_in_the_next_provisional = self.answer(call);
    }

    /// Our answer to the caller's offer, made once; `None` if there is no offer or nothing in common.
    fn answer(&mut self, call: &mut Call) -> Option<Vec<u8>> {
        let across = call.callee.as_ref().and_then(|leg| self.codec_of(leg));
        let trunk = self.sip_trunk(&call.caller)?.clone();
        let port = call.caller.endpoint.as_ref().and_then(|endpoint| endpoint.port)?;
        let address = self.voice.address();
        let sip = call.caller.sip_mut()?;
        let offer = match &sip.exchange {
            Exchange::Answered(answer) => return Some(answer.clone()),
            Exchange::Offered(offer) => offer.as_ref().clone(),
            Exchange::Late | Exchange::Awaiting | Exchange::Settled => return None,
        };
        let codecs = preferred(&trunk.codecs, across.as_slice());
        let order = if across.is_some() { Order::Local } else { Order::Peer };
        let local = Local { order, ..Local::new(address, port, &codecs) };
        let (answer, negotiated) = sip.sdp.answer(&offer, &local).ok()?;
        sip.exchange = Exchange::Answered(answer.clone());
        sip.negotiated = Some(negotiated);
        let live = matches!(call.state, State::Talking { .. });
        self.configure(call, Side::Caller, live);
        Some(answer)
    }

    /// 200 with the answer, or with our offer if the INVITE had none.
    fn accept(&mut self, call: &mut Call, now: Instant) {
        let body = match self.answer(call) {
            Some(answer) => {
                self.configure(call, Side::Caller, true);
                answer
            }
            None => match self.late_offer(call) {
                Some(offer) => offer,
                None => {
                    call.hang_up = Some(Cause::INCOMPATIBLE_DESTINATION);
                    return;
                }
            },
        };
        let Some(sip) = call.caller.sip_mut() else { return };
        if self.stack.accept(sip.session, &Content::sdp(&body), now).is_err() {
            return;
        }
        sip.answered = true;
        if matches!(sip.exchange, Exchange::Answered(_)) {
            sip.exchange = Exchange::Settled;
        }
        call.said(Side::Caller, said(200, true), now);
    }

    /// Our offer to a caller who made none.
    fn late_offer(&mut self, call: &mut Call) -> Option<Vec<u8>> {
        let across = call.callee.as_ref().and_then(|leg| self.codec_of(leg));
        let codecs = preferred(&self.sip_trunk(&call.caller)?.codecs, across.as_slice());
        let port = call.caller.endpoint.as_ref().and_then(|endpoint| endpoint.port)?;
        let local = Local::new(self.voice.address(), port, &codecs);
        let sip = call.caller.sip_mut()?;
        if !matches!(sip.exchange, Exchange::Late) {
            return None;
        }
        sip.exchange = Exchange::Awaiting;
        Some(sip.sdp.offer(&local))
    }

    /// Ends a session as its state asks: CANCEL, BYE or a final response with the cause's status.
    fn release_sip(&mut self, call: &mut Call, side: Side, cause: Cause, now: Instant) {
        let callee = call.draft.last_status();
        let Some(sip) = call.leg_mut(side).and_then(Leg::sip_mut) else { return };
        let reason = causes::written(cause);
        let headers = [Header { name: "Reason", value: reason.as_bytes() }];
        let content = Content::headers(&headers);
        let session = sip.session;
        let answered = sip.answered;
        let what = if side == Side::Caller && !answered {
            let status = causes::status_for_caller(cause, callee);
            sip.status.get_or_insert(status);
            // The session may be over already: then there is nobody left to tell.
            let _gone = self.stack.reject(session, status, "", &content, now);
            said(status, false)
        } else {
            let _gone = self.stack.end(session, &content, now);
            if answered { format!("BYE ({cause})") } else { format!("CANCEL ({cause})") }
        };
        call.said(side, what, now);
    }

    /// Tells the media thread what was agreed; a timeout only once the call is answered.
    pub(super) fn configure(&mut self, call: &mut Call, side: Side, answered: bool) {
        let Some(leg) = call.leg(side) else { return };
        let (Some(endpoint), Some(negotiated)) =
            (leg.endpoint_id(), leg.sip().and_then(|sip| sip.negotiated))
        else {
            return;
        };
        let (latch, timeout) = match self.sip_trunk(leg) {
            Some(trunk) => (trunk.latch, trunk.media_timeout.filter(|_| answered)),
            None => (None, None),
        };
        self.voice
            .command(Command::Configure { endpoint, stream: StreamConfig { negotiated, latch, timeout } });
        if let Some(leg) = call.leg_mut(side) {
            leg.codec = Some(negotiated.codec);
        }
    }
}

/// The allowed codecs, those that are wanted first.
pub(super) fn preferred(allowed: &[Codec], wanted: &[Codec]) -> Vec<Codec> {
    let mut codecs: Vec<Codec> = wanted.iter().copied().filter(|codec| allowed.contains(codec)).collect();
    codecs.extend(allowed.iter().copied().filter(|codec| !wanted.contains(codec)));
    codecs
}

/// A From header: the number at our address, or nobody at all if it is withheld.
fn from_header(calling: Option<&Number>, name: Option<&str>, trunk: &SipTrunk) -> String {
    let Some(number) = calling.filter(|number| number.presentation == Presentation::Allowed) else {
        return ANONYMOUS.to_owned();
    };
    let mut from = String::with_capacity(64);
    if let Some(name) = name {
        from.push('"');
        for c in name.chars() {
            if matches!(c, '"' | '\\') {
                from.push('\\');
            }
            from.push(c);
        }
        from.push_str("\" ");
    }
    from.push_str(&format!("<sip:{}@{}>", number.dialled(), trunk.host));
    from
}

/// A response as a ladder shows it.
pub(super) fn said(status: u16, sdp: bool) -> String {
    let phrase = sip::message::usual_phrase(status);
    if sdp { format!("{status} {phrase} (SDP)") } else { format!("{status} {phrase}") }
}
