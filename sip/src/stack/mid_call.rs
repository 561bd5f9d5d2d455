//! Requests of ours inside a call.

use std::time::Instant;

use super::calling::{Launch, free_method};
use super::content::Content;
use super::event::{Misuse, RequestId, SessionId};
use super::sessions::{Pending, Phase};
use super::transactions::Purpose;
use super::{Stack, write};
use crate::message::Method;
use crate::session::{Carrier, OfferAnswer, Step};

impl Stack {
    /// Sends a re-INVITE; without a body the peer is asked for its offer. Comes back as
    /// [`Event::Accepted`](super::Event::Accepted) or [`Event::OfferRefused`](super::Event::OfferRefused).
    ///
    /// # Errors
    /// [`Misuse::Gone`]; [`Misuse::WrongState`] while another offer or INVITE is open; [`Misuse::Unwritable`].
    pub fn offer(&mut self, session: SessionId, content: &Content<'_>, now: Instant) -> Result<(), Misuse> {
        write::check(content)?;
        let held = self.live(session)?;
        let free = matches!(held.pending, Pending::Nothing) && held.offer == OfferAnswer::Settled;
        if !free || held.update.is_some() || held.phase != Phase::Confirmed {
            return Err(Misuse::WrongState);
        }
        let contact = held.contact;
        let Some(mut dialog) = held.dialog.take() else { return Err(Misuse::WrongState) };
        held.offer = held.offer.after(Step::Ours, Carrier::Invite, content.body.is_some());
        let (mut out, layout, key) = self.write_in_dialog(&mut dialog, b"INVITE");
        let flow = dialog.flow;
        self.session(session).ok_or(Misuse::Gone)?.dialog = Some(dialog);
        let line = self.contact_line(&contact, &flow);
        out.extend_from_slice(&line);
        self.pool.give(line);
        self.write_us(&mut out, true);
        write::content(&mut out, content);
        let (purpose, method) = (Purpose::Reinvite, Method::Invite);
        let launch = Launch { bytes: out, layout, key, flow, purpose, method, session: Some(session) };
        self.launch(launch, |held, transaction| held.pending = Pending::Sent { transaction }, now);
        Ok(())
    }

    /// Sends any other request inside a call, e.g. INFO; its answer comes as
    /// [`Event::Response`](super::Event::Response).
    ///
    /// # Errors
    /// [`Misuse::Gone`]; [`Misuse::WrongState`] before the call is answered, or for a method that has its own
    /// way in; [`Misuse::Full`]; [`Misuse::Unwritable`].
    pub fn request_inside(
        &mut self,
        session: SessionId,
        method: &str,
        content: &Content<'_>,
        now: Instant,
    ) -> Result<RequestId, Misuse> {
        write::check(content)?;
        let known = free_method(method)?;
        if !self.has_room(true) {
            return Err(Misuse::Full);
        }
        let held = self.live(session)?;
        if held.phase != Phase::Confirmed {
            return Err(Misuse::WrongState);
        }
        let contact = held.contact;
        let Some(mut dialog) = held.dialog.take() else { return Err(Misuse::WrongState) };
        let (mut out, layout, key) = self.write_in_dialog(&mut dialog, method.as_bytes());
        let flow = dialog.flow;
        self.session(session).ok_or(Misuse::Gone)?.dialog = Some(dialog);
        let line = self.contact_line(&contact, &flow);
        out.extend_from_slice(&line);
        self.pool.give(line);
        self.write_us(&mut out, false);
        write::content(&mut out, content);
        let launch = Launch {
            bytes: out,
            layout,
            key,
            flow,
            purpose: Purpose::Named,
            method: known,
            session: Some(session),
        };
        let at = self.launch_alone(launch, now);
        Ok(self.request_id(at))
    }
}
