//! Carries out the steps of an escalation, and calls off what is no longer needed: always in the
//! transaction that changes the alert, so that whoever acknowledges at the same moment either comes
//! first, and nobody is paged, or comes second, and the paging service hears of it.

use chrono::TimeDelta;

use super::announcer::{Announcer, Destination, write};
use crate::alert::escalation::{self, Policy};
use crate::alert::page::page;
use crate::alert::runbook::Runbooks;
use crate::alert::{Reason, words};
use crate::deliver;
use crate::model::alert::Alert;
use crate::model::escalation::{Done, Escalation, Recipient};
use crate::model::outgoing::{DeliveryId, Kind, Outgoing, Place, Platform, Target};
use crate::model::page::{PageState, Paged};
use crate::model::time::Moment;
use crate::store::Tx;

/// Who is told when nobody reacts, and what helps them.
#[derive(Debug, Clone, Default)]
pub struct OnCall {
    /// Whom, and when.
    pub policy: Policy,
    /// Where each of them is found. Who is not among these can't be reached.
    pub reach: Vec<(Recipient, Destination)>,
    /// What to do about which alert.
    pub runbooks: Runbooks,
    /// The address of quad's page where people can open it; links lead below it.
    pub address: Option<url::Url>,
}

/// What a change of an alert means for those who were called about it.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// What need not be sent any more.
    withdrawn: Vec<DeliveryId>,
    /// What the paging service is to be told.
    state: Option<PageState>,
}

impl Announcer {
    /// Brings the alert's plan up to date with its state.
    pub(super) fn follow(&self, alert: &mut Alert, now: Moment) -> Followed {
        let state = escalation::page_state(alert);
        if let (Some(state), Some(paged)) = (state, &mut alert.ledger.paged) {
            paged.state = state;
        }
        let plan = escalation::plan(alert, &self.on_call.policy, now);
        let old = std::mem::replace(&mut alert.ledger.escalation, plan);
        let withdrawn = match (old, &alert.ledger.escalation) {
            (Some(old), None) => {
                old.steps.into_iter().filter_map(|planned| planned.done).flat_map(|d| d.deliveries).collect()
            }
            _ => Vec::new(),
        };
        Followed { withdrawn, state }
    }

    /// Carries out what [`Announcer::follow`] found.
    pub(super) async fn call_off(
        &self,
        tx: &mut Tx,
        alert: &Alert,
        followed: Followed,
        now: Moment,
    ) -> anyhow::Result<()> {
        for id in followed.withdrawn {
            tx.withdraw(id, "somebody has the alert", now).await?;
        }
        let Some((state, paged)) = followed.state.zip(alert.ledger.paged.as_ref()) else { return Ok(()) };
        let key = Paged::key(alert.id, paged.round);
        tx.enqueue(&self.event(alert, key, state, Vec::new(), now)).await
    }

    /// Carries out the steps `due` of the alert's plan, each once: that they are taken is written with
    /// what is sent for them.
    ///
    /// # Errors
    /// [`super::announcer::Outrun`] where another writer was first; otherwise where the store refuses.
    pub async fn escalate(
        &self,
        tx: &mut Tx,
        alert: &Alert,
        due: &[usize],
        now: Moment,
    ) -> anyhow::Result<()> {
        let mut alert = alert.clone();
        let Some(plan) = alert.ledger.escalation.clone() else { return Ok(()) };
        let waited = now - plan.since;
        let known = self.places(alert.number).await?;
        let mut sending: Vec<(Outgoing, bool)> = Vec::new();
        let mut told = Vec::new();
        for at in due {
            let Some(planned) = plan.steps.get(*at) else { continue };
            let mut done = Done { at: now, deliveries: Vec::new(), missed: None };
            for recipient in &planned.step.targets {
                let outgoing = match self.destination(recipient) {
                    Some(to) if to.platform == Platform::Pagerduty => {
                        let links = self.ways(&alert, &known);
                        let calls = self.call(&mut alert, links, now);
                        calls.into_iter().map(|call| (call, false)).collect()
                    }
                    Some(to) => {
                        let heard = known.iter().any(|place| place.is(to));
                        vec![(self.message_to(&alert, to, heard, waited, now), !heard)]
                    }
                    None => {
                        done.missed = Some(format!("{recipient} is not set up"));
                        Vec::new()
                    }
                };
                done.deliveries.extend(outgoing.iter().map(|(outgoing, _)| outgoing.id));
                sending.extend(outgoing);
            }
            told.push(escalation::names(&planned.step));
            if let Some(plan) = &mut alert.ledger.escalation {
                plan.steps[*at].done = Some(done);
            }
        }
        let because = Reason::Escalated { minutes: waited.num_minutes(), to: told.join(" and ") };
        let alert = write(tx, alert).await?;
        tx.add_event(alert.number, now, None, &because.to_string()).await?;
        for (outgoing, is_root) in sending {
            match is_root {
                true => deliver::announce(tx, &self.messengers, alert.number, outgoing).await?,
                false => deliver::enqueue(tx, &self.messengers, outgoing).await?,
            }
        }
        for planned in alert.ledger.escalation.iter().flat_map(|plan| &plan.steps) {
            if let Some(why) = planned.done.as_ref().filter(|d| d.at == now).and_then(|d| d.missed.as_ref()) {
                self.report(tx, &alert, &escalation::names(&planned.step), why, now).await?;
            }
        }
        Ok(())
    }

    /// Says that steps reached nobody, once: that it was said is written along.
    ///
    /// # Errors
    /// As [`Announcer::escalate`].
    pub async fn own_up(
        &self,
        tx: &mut Tx,
        alert: &Alert,
        missed: &[(usize, String)],
        now: Moment,
    ) -> anyhow::Result<()> {
        let mut alert = alert.clone();
        let mut whom = Vec::new();
        for (at, why) in missed {
            let Some(planned) = alert.ledger.escalation.as_mut().and_then(|plan| plan.steps.get_mut(*at))
            else {
                continue;
            };
            whom.push((escalation::names(&planned.step), why));
            if let Some(done) = &mut planned.done {
                done.missed = Some(why.clone());
            }
        }
        let alert = write(tx, alert).await?;
        for (whom, why) in whom {
            tx.add_event(alert.number, now, None, &format!("{whom} was not reached: {why}")).await?;
            self.report(tx, &alert, &whom, why, now).await?;
        }
        Ok(())
    }

    /// Writes other due times, and nothing else.
    ///
    /// # Errors
    /// As [`Announcer::escalate`].
    pub async fn replan(&self, tx: &mut Tx, alert: &Alert, plan: Escalation) -> anyhow::Result<()> {
        let mut alert = alert.clone();
        alert.ledger.escalation = Some(plan);
        write(tx, alert).await.map(|_| ())
    }

    async fn report(
        &self,
        tx: &mut Tx,
        alert: &Alert,
        whom: &str,
        why: &str,
        now: Moment,
    ) -> anyhow::Result<()> {
        for destination in &self.destinations {
            let place = Place { channel: destination.channel.clone(), thread: None };
            let said = words::not_reached(alert, whom, why, now, self.timezone);
            let outgoing = Outgoing::new(destination.platform, Kind::Page, Target::Post(place), said, now);
            deliver::enqueue(tx, &self.messengers, outgoing).await?;
        }
        Ok(())
    }

    /// The events that call somebody: none where they are being called, and a new incident where the
    /// last one is taken or over, since what is added to a taken one wakes nobody.
    fn call(&self, alert: &mut Alert, links: Vec<crate::model::page::Link>, now: Moment) -> Vec<Outgoing> {
        let mut calls = Vec::new();
        let round = match &alert.ledger.paged {
            Some(paged) if paged.state == PageState::Triggered => return calls,
            Some(paged) => {
                if paged.state == PageState::Acknowledged {
                    let key = Paged::key(alert.id, paged.round);
                    calls.push(self.event(alert, key, PageState::Resolved, Vec::new(), now));
                }
                paged.round + 1
            }
            None => 1,
        };
        let call = self.event(alert, Paged::key(alert.id, round), PageState::Triggered, links, now);
        alert.ledger.paged = Some(Paged { round, state: PageState::Triggered, delivery: call.id });
        calls.push(call);
        calls
    }

    fn event(
        &self,
        alert: &Alert,
        key: String,
        state: PageState,
        links: Vec<crate::model::page::Link>,
        now: Moment,
    ) -> Outgoing {
        let said = words::message(alert, now, self.timezone);
        let page = page(alert, key.clone(), state, links, now, self.timezone);
        let outgoing = Outgoing::new(Platform::Pagerduty, Kind::Page, Target::Incident(key), said, now);
        Outgoing { page: Some(page), ..outgoing }
    }

    fn message_to(
        &self,
        alert: &Alert,
        to: &Destination,
        heard: bool,
        waited: TimeDelta,
        now: Moment,
    ) -> Outgoing {
        let said = match heard {
            true => words::still_nobody(alert, waited, now, self.timezone),
            false => self.helped(words::escalated(alert, waited, now, self.timezone), alert),
        };
        let place = Place { channel: to.channel.clone(), thread: None };
        Outgoing::new(to.platform, Kind::Page, Target::Post(place), said, now)
    }

    fn destination(&self, recipient: &Recipient) -> Option<&Destination> {
        self.on_call.reach.iter().find(|(named, _)| named == recipient).map(|(_, to)| to)
    }
}
