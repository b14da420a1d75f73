//! Reaches people when nobody reacts. Looks every few seconds, beside the loop that watches: a source
//! that hangs must not hold up a page. What is due is decided from what is kept with each alert, and
//! that it was done is written along with what is sent.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use tokio::sync::{Mutex, watch};
use tracing::{error, info, warn};

use crate::alert::escalation::{self, Fate};
use crate::alert::{Act, Announce, Book, Change, MaintenanceWindow, QuietHours, Reason};
use crate::deliver::announcer::{Announcer, Outrun};
use crate::error::UserError;
use crate::gather::readable::Readable;
use crate::handlers::act::Books;
use crate::model::alert::{Alert, AlertNumber};
use crate::model::outgoing::{DeliveryId, Platform};
use crate::model::page::{PageState, Paged};
use crate::model::person::{Person, Role};
use crate::model::time::Moment;
use crate::ports::clock::Clock;
use crate::store::Store;

/// Between two looks. A step is never later than this, however its alert came about.
const LOOK: TimeDelta = TimeDelta::seconds(10);

/// A press and a round may come in between; then it is decided anew.
const TRIES: usize = 5;

/// Older events are recordings that somebody plays again.
const LATEST: TimeDelta = TimeDelta::days(2);

/// Reaches people.
pub struct OnCall {
    store: Store,
    clock: Clock,
    readable: Readable,
    announcer: Announcer,
    books: Books,
    maintenance: Vec<MaintenanceWindow>,
    quiet_hours: Option<QuietHours>,
    /// One look at a time, and the alerts whose messages can't name each other.
    looking: Mutex<BTreeSet<AlertNumber>>,
}

/// What is done for an alert, one after the other.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Steps { is_quiet: bool },
    Check,
    Link,
}

/// Something that a person did at the paging service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The service's id of the event; the same one counts once.
    pub event_id: String,
    /// Which incident.
    pub key: String,
    /// Its state there now.
    pub state: PageState,
    /// Who.
    pub who: Person,
    /// When.
    pub at: Moment,
}

impl OnCall {
    /// Looks at the alerts of `store`, and says through `announcer` what is to be said.
    pub fn new(
        store: Store,
        clock: Clock,
        readable: Readable,
        announcer: Announcer,
        books: Books,
        maintenance: Vec<MaintenanceWindow>,
        quiet_hours: Option<QuietHours>,
    ) -> Self {
        let looking = Mutex::default();
        Self { store, clock, readable, announcer, books, maintenance, quiet_hours, looking }
    }

    /// Looks until told to stop.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let next = self.look().await.unwrap_or_else(|error| {
                error!("could not look who must be told: {error:#}");
                None
            });
            let soon = self.clock.now() + LOOK;
            tokio::select! {
                () = self.clock.wait_until(next.map_or(soon, |next| next.min(soon))) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// One look at every open alert; when the next step is due.
    ///
    /// # Errors
    /// Where the store can't be read. One alert that can't be written holds up none of the others.
    pub async fn look(&self) -> anyhow::Result<Option<Moment>> {
        let mut unlinkable = self.looking.lock().await;
        let now = self.clock.now();
        let silences = self.readable.silences().await?;
        let mut maintenance = self.maintenance.clone();
        maintenance.extend(self.readable.said().await?.windows);
        let tz = self.readable.team().timezone;
        let quiet_hours = self.quiet_hours.clone().map(|hours| (hours, tz));
        let quiet = Book { silences, maintenance, quiet_hours, ..Book::default() };
        let mut next: Option<Moment> = None;
        for alert in self.store.open_alerts().await? {
            let number = alert.number;
            match self.see_to(alert, &quiet, &mut unlinkable, now).await {
                Ok(due) => next = [next, due].into_iter().flatten().min(),
                Err(error) if error.is::<Outrun>() => info!("looking again soon: {error}"),
                Err(error) => error!(alert.number = number.0, "nobody could be told: {error:#}"),
            }
        }
        Ok(next)
    }

    async fn see_to(
        &self,
        alert: Alert,
        quiet: &Book,
        unlinkable: &mut BTreeSet<AlertNumber>,
        now: Moment,
    ) -> anyhow::Result<Option<Moment>> {
        let number = alert.number;
        let is_quiet = quiet.is_quiet(&alert, now);
        let alert = self.again(alert, Stage::Steps { is_quiet }, now).await?;
        let alert = self.again(alert, Stage::Check, now).await?;
        if !alert.ledger.linked && !unlinkable.contains(&number) {
            match self.announcer.linkable(number).await? {
                None => {}
                Some(false) => {
                    unlinkable.insert(number);
                }
                Some(true) => {
                    self.again(alert.clone(), Stage::Link, now).await?;
                }
            }
        }
        Ok(escalation::next_due(&alert))
    }

    /// Does one stage, and again with the newer alert where somebody else was faster. The alert as it
    /// is afterwards.
    async fn again(&self, mut alert: Alert, stage: Stage, now: Moment) -> anyhow::Result<Alert> {
        for tries in 1..=TRIES {
            let done = match stage {
                Stage::Steps { is_quiet } => self.take_steps(&alert, is_quiet, now).await,
                Stage::Check => self.check_itself(&alert, now).await,
                Stage::Link => self.link(&alert, now).await,
            };
            match done {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) if error.is::<Outrun>() && tries < TRIES => {}
                Err(error) => return Err(error),
            }
            let Some(newer) = self.store.alert(alert.number).await? else { break };
            alert = newer;
        }
        Ok(alert)
    }

    /// Takes the steps that are due; whether it wrote something.
    async fn take_steps(&self, alert: &Alert, is_quiet: bool, now: Moment) -> anyhow::Result<bool> {
        let due = escalation::due(alert, now);
        let plan = match &alert.ledger.escalation {
            Some(plan) if !due.is_empty() && is_quiet => Some(escalation::put_off(plan, now)),
            _ => escalation::caught_up(alert, now),
        };
        if due.is_empty() && plan.is_none() {
            return Ok(false);
        }
        let mut tx = self.store.begin().await?;
        match plan {
            Some(plan) => self.announcer.replan(&mut tx, alert, plan).await?,
            None => {
                self.announcer.escalate(&mut tx, alert, &due, now).await?;
                info!(alert.number = alert.number.0, "nobody has it, so others are told");
            }
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Finds steps that reached nobody, and says so once; whether there was one.
    async fn check_itself(&self, alert: &Alert, now: Moment) -> anyhow::Result<bool> {
        let mut fates = Vec::new();
        for planned in alert.ledger.escalation.iter().flat_map(|plan| &plan.steps) {
            for id in planned.done.iter().filter(|done| done.missed.is_none()).flat_map(|d| &d.deliveries) {
                fates.push((*id, self.fate(*id).await?));
            }
        }
        let fate = |id| {
            let known = fates.iter().find(|(known, _)| *known == id);
            known.map_or(Fate::Settled, |(_, fate)| fate.clone())
        };
        let missed = escalation::missed(alert, now, fate);
        if missed.is_empty() {
            return Ok(false);
        }
        let mut tx = self.store.begin().await?;
        self.announcer.own_up(&mut tx, alert, &missed, now).await?;
        tx.commit().await?;
        warn!(alert.number = alert.number.0, "an escalation reached nobody: {}", missed[0].1);
        Ok(true)
    }

    async fn fate(&self, id: DeliveryId) -> anyhow::Result<Fate> {
        Ok(match self.store.delivery_state(id).await? {
            Some((state, why)) if state == "given_up" => Fate::GivenUp(why.unwrap_or_default()),
            Some((state, why)) if state == "pending" || state == "sending" => Fate::Waiting(why),
            _ => Fate::Settled,
        })
    }

    /// Edits the alert's messages once more, so that they name each other.
    async fn link(&self, alert: &Alert, now: Moment) -> anyhow::Result<bool> {
        if alert.ledger.linked {
            return Ok(false);
        }
        let mut alert = alert.clone();
        alert.ledger.linked = true;
        let change = Change { alert, because: Reason::GoesOn, announce: Announce::Edit };
        let mut tx = self.store.begin().await?;
        self.announcer.carry(&mut tx, &change, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Takes in what a person did at the paging service: the alert changes as if they had done it
    /// here. `false` where it changed nothing: heard before, about an older call, or somebody was
    /// first.
    ///
    /// # Errors
    /// Where the store refuses; the service must then say it again.
    pub async fn heard(&self, heard: &Heard) -> anyhow::Result<bool> {
        for _ in 1..TRIES {
            match self.hear(heard).await {
                Err(error) if error.is::<Outrun>() => info!("hearing it again: {error}"),
                outcome => return outcome,
            }
        }
        self.hear(heard).await
    }

    async fn hear(&self, heard: &Heard) -> anyhow::Result<bool> {
        let now = self.clock.now();
        let Some((id, round)) = Paged::read_key(&heard.key) else { return Ok(false) };
        let Some(mut alert) = self.store.alert_with_id(id).await? else { return Ok(false) };
        let newest = alert.ledger.paged.as_ref().is_some_and(|paged| paged.round == round);
        if !newest || now - heard.at > LATEST {
            return Ok(false);
        }
        let mut tx = self.store.begin().await?;
        if !tx.first_time(Platform::Pagerduty, &heard.event_id, now).await? {
            return Ok(false);
        }
        // It stands like that there already: telling it back would be an echo.
        if let Some(paged) = &mut alert.ledger.paged {
            paged.state = heard.state;
        }
        let act = match heard.state {
            PageState::Acknowledged => Act::Acknowledge,
            PageState::Resolved => Act::Resolve { text: None },
            PageState::Triggered => return Ok(false),
        };
        // Whoever takes a call was put on call there.
        let who = Person { role: heard.who.role.max(Some(Role::Responder)), ..heard.who.clone() };
        let changed = match self.books.act(&mut tx, &alert, &act, &who).await {
            Ok(_) => true,
            // Somebody was first, or it is over: only what is known of the incident changes.
            Err(error) if error.is::<UserError>() => {
                if !tx.update_alert(&alert).await? {
                    return Err(Outrun(alert.number).into());
                }
                false
            }
            Err(error) => return Err(error),
        };
        tx.commit().await?;
        Ok(changed)
    }
}
