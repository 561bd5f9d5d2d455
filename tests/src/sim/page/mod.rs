//! A page of `tests/calls/`: a title, what each party does, and what follows from it on the wires.
//!
//! ```text
//! A caller hangs up
//!
//!   carrier dials 1000
//!   at 3s carrier hangs up
//!
//! ladder
//! …
//! ```
//! A line is `[at TIME] WHO DOES WHAT`. Whatever stands from `ladder` on is drawn, never written.

mod read;

use std::time::Duration;

use gateway::records::CallRecord;

use super::phone::Act;
use super::world::{PSTN, Setting, World};
pub use read::read;

/// How long a world may take to come to rest after the last thing a page does.
const REST: Duration = Duration::from_secs(600);

/// A page as it is written.
#[derive(Debug)]
pub struct Page {
    /// Its first line.
    pub title: String,
    /// What is not as in the lab.
    pub setting: Setting,
    /// How parties behave throughout.
    pub manners: Vec<Manner>,
    /// What is done when.
    pub deeds: Vec<(Duration, Deed)>,
    /// The page down to its ladder.
    pub script: String,
    /// The rest: what follows.
    pub golden: String,
}

/// How a phone or the network behaves throughout.
#[derive(Clone, Debug)]
pub enum Manner {
    /// How a phone answers its n-th call and those after it.
    Answers(String, super::phone::Plan),
    /// It never acknowledges.
    NeverAcks(String),
    /// It does not hear this method.
    Ignores(String, String),
    /// It says this status to this method.
    Refuses(String, String, u16),
    /// It sends everything once.
    NeverRepeats(String),
    /// A fault of the network.
    Fault(super::network::Fault),
    /// So many ports cannot be opened.
    PortsFail(u32),
}

/// One thing done.
#[derive(Clone, Debug)]
pub enum Deed {
    /// By a phone.
    Phone(String, Act),
    /// By a phone, to one of its calls.
    PhoneCall(String, usize, Act),
    /// The exchange calls.
    Originate(Box<trunks::sim::OriginateSpec>),
    /// The exchange hangs up whatever is there, with this cause.
    Clear(call::Cause),
    /// The exchange raises an alarm (or clears it).
    Alarm(bool),
    /// The exchange restarts the channels that have calls.
    Restart,
    /// No voice comes from this phone any more.
    Silence(String),
    /// The gateway takes no new calls.
    Drain,
    /// The gateway ends every call.
    HangUpAll,
}

/// Runs a page and draws what happened.
///
/// # Errors
/// Every mistake in its config.
pub fn run(page: &Page) -> Result<String, String> {
    let mut world = World::new(&page.setting, 1)?;
    page.manners.iter().for_each(|manner| behave(&mut world, manner));
    for (at, deed) in &page.deeds {
        let due = world.start + *at;
        while world.step(due) {}
        perform(&mut world, deed);
    }
    let rested = world.come_to_rest(REST);
    let mut drawn = format!("ladder\n{}\nrecords\n", world.ladder.draw(&World::lanes()));
    for record in &world.records {
        drawn += &format!("  {}\n", told(record));
    }
    if world.records.is_empty() {
        drawn += "  none\n";
    }
    drawn += &aftermath(&world, rested);
    Ok(drawn)
}

/// What must hold after every page; said only where it does not.
fn aftermath(world: &World, rested: bool) -> String {
    let mut wrongs: Vec<String> = world.plane.wrongs.clone();
    if !rested {
        wrongs.push("the gateway did not come to rest".into());
    }
    if world.plane.endpoints() > 0 {
        wrongs.push(format!("{} endpoints are still open", world.plane.endpoints()));
    }
    wrongs.extend(
        world
            .network
            .unused()
            .map(|fault| format!("the network never met {} of {}", fault.count, fault.what)),
    );
    wrongs.into_iter().map(|wrong| format!("WRONG: {wrong}\n")).collect()
}

/// A record in one line.
fn told(record: &CallRecord) -> String {
    let attempts: Vec<String> = record
        .attempts
        .iter()
        .map(|attempt| {
            let on = attempt.channel.as_ref().map(|channel| format!(" {channel}")).unwrap_or_default();
            let status = attempt.sip_status.map(|status| format!(" sip {status}")).unwrap_or_default();
            let cause = attempt.cause.map(|cause| format!(" cause {cause}")).unwrap_or_default();
            format!("{}{on} {}{status}{cause}", attempt.trunk, attempt.outcome.word())
        })
        .collect();
    let end = &record.end;
    format!(
        "{} to {}: {}, cause {}{} by {} ({}), rule {}, tried [{}], billed {} ms",
        record.calling.as_ref().map_or("nobody", |party| party.received.as_str()),
        record.called.received,
        end.outcome.word(),
        end.cause,
        end.sip_status.map(|status| format!(", sip {status}")).unwrap_or_default(),
        end.released_by.word(),
        format!("{:?}", end.why).to_lowercase(),
        record.rule.as_deref().unwrap_or("none"),
        attempts.join("; "),
        record.times.billable_ms,
    )
}

fn behave(world: &mut World, manner: &Manner) {
    match manner {
        Manner::Answers(who, plan) => {
            let plans = &mut world.phone(who).habits.plans;
            if *plans == [super::phone::Plan::default()] {
                plans.clear();
            }
            plans.push(plan.clone());
        }
        Manner::NeverAcks(who) => world.phone(who).habits.acks = false,
        Manner::Ignores(who, what) => world.phone(who).habits.ignores.push(what.clone()),
        Manner::Refuses(who, what, status) => {
            world.phone(who).habits.refuses.push((what.clone(), *status));
        }
        Manner::NeverRepeats(who) => world.phone(who).habits.repeats = false,
        Manner::Fault(fault) => world.network.fault(fault.clone()),
        Manner::PortsFail(count) => world.plane.failing = *count,
    }
}

fn perform(world: &mut World, deed: &Deed) {
    match deed {
        Deed::Phone(who, act) => world.with_phone(who, |phone, now| phone.act(act, now)),
        Deed::PhoneCall(who, leg, act) => world.with_phone(who, |phone, now| phone.act_on(*leg, act, now)),
        Deed::Originate(spec) => {
            world.exchange(|exchange, now| exchange.originate(spec.as_ref().clone(), now));
        }
        Deed::Clear(cause) => world.exchange(|exchange, now| {
            each_call(exchange, |exchange, channel| {
                exchange.hang_up(channel, *cause, now);
            });
        }),
        Deed::Restart => world.exchange(|exchange, _| each_call(exchange, trunks::sim::Exchange::restart)),
        Deed::Alarm(raised) => {
            world.remark(PSTN, if *raised { "loses its frames" } else { "has its frames again" });
            world.exchange(|exchange, _| exchange.alarm(1, raised.then_some(trunks::Alarm::LossOfSignal)));
        }
        Deed::Silence(who) => {
            let address = world.phone(who).address;
            world.remark(who, "falls silent");
            world.plane.silence(address.ip());
            world.settle();
        }
        Deed::Drain => {
            world.remark(super::world::TANDEM, "drains");
            world.gateway.drain();
        }
        Deed::HangUpAll => {
            let now = world.now;
            world.gateway.hang_up_all(call::Cause::NORMAL_CLEARING, gateway::records::Why::Shutdown, now);
            world.settle();
        }
    }
}

fn each_call(
    exchange: &mut trunks::sim::Exchange,
    mut act: impl FnMut(&mut trunks::sim::Exchange, trunks::ChannelId),
) {
    use trunks::Signalling as _;
    for channel in trunks::Layout::E1.bearers().iter().map(|slot| trunks::ChannelId::new(1, slot)) {
        if exchange.has_call(channel) {
            act(exchange, channel);
        }
    }
}
