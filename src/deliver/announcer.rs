//! Carries out one change of an alert: its new state, its timeline, and what is said about it, all
//! in the caller's transaction. The loop and the buttons both end here, so that an alert is one
//! message a channel, however its state came about.

use std::sync::Arc;

use chrono_tz::Tz;

use crate::alert::{Announce, Change, Reason, words};
use crate::deliver;
use crate::deliver::escalate::OnCall;
use crate::deliver::links;
use crate::model::alert::{Alert, AlertNumber};
use crate::model::answer::Answer;
use crate::model::outgoing::{DeliveryId, Kind, Outgoing, Place, Platform, Target};
use crate::model::time::Moment;
use crate::ports::messenger::Messenger;
use crate::store::{Store, Tx};

/// Where alerts are announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The platform.
    pub platform: Platform,
    /// Its channel.
    pub channel: String,
}

/// Somebody else changed the alert first: look again and decide anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("alert {0} was changed by somebody else at the same time")]
pub struct Outrun(pub AlertNumber);

/// Says what changed, where it is to be said.
#[derive(Clone)]
pub struct Announcer {
    pub(super) store: Store,
    pub(super) destinations: Vec<Destination>,
    pub(super) messengers: Vec<Arc<dyn Messenger>>,
    pub(super) timezone: Tz,
    pub(super) on_call: Arc<OnCall>,
}

impl Announcer {
    /// An announcer to `destinations`, in the team's time zone.
    pub fn new(
        store: Store,
        destinations: Vec<Destination>,
        messengers: Vec<Arc<dyn Messenger>>,
        timezone: Tz,
    ) -> Self {
        Self { store, destinations, messengers, timezone, on_call: Arc::default() }
    }

    /// The same, and knows who is told when nobody reacts, and which runbook helps.
    pub fn escalating(self, on_call: OnCall) -> Self {
        Self { on_call: Arc::new(on_call), ..self }
    }

    /// Writes the alert's new state and enqueues what is said about it.
    ///
    /// # Errors
    /// [`Outrun`] where another writer was first; otherwise where the store refuses.
    pub async fn carry(&self, tx: &mut Tx, change: &Change, now: Moment) -> anyhow::Result<Carried> {
        let mut change = change.clone();
        let followed = self.follow(&mut change.alert, now);
        change.alert = write(tx, change.alert).await?;
        let alert = &change.alert;
        let number = alert.number;
        self.call_off(tx, alert, followed, now).await?;
        if change.because != Reason::GoesOn {
            tx.add_event(number, now, change.because.by(), &change.because.to_string()).await?;
        }
        let roots = match change.announce {
            Announce::Nothing => self.store.alert_announcements(number).await?,
            Announce::New => self.post(tx, alert, now).await?,
            Announce::Edit | Announce::EditAndNote => self.edit(tx, alert, now).await?,
        };
        let (edited, kept): (Roots, Roots) = roots.iter().partition(|(platform, _)| self.edits(*platform));
        if change.announce == Announce::EditAndNote
            && let Some(note) = words::note(&change, now, self.timezone)
        {
            self.tell(tx, &edited, &note, now, change.because.is_loud()).await?;
        }
        if matches!(change.announce, Announce::Edit | Announce::EditAndNote)
            && let Some(news) = words::follow_up(&change, now, self.timezone)
        {
            self.note(tx, &kept, &news, now).await?;
        }
        Ok(Carried { number, roots })
    }

    /// Says something in an alert's threads.
    ///
    /// # Errors
    /// Where the store refuses.
    pub async fn note(&self, tx: &mut Tx, roots: &Roots, note: &Answer, now: Moment) -> anyhow::Result<()> {
        self.tell(tx, roots, note, now, false).await
    }

    /// `broadcast`: those who don't follow the thread should see it, too.
    async fn tell(
        &self,
        tx: &mut Tx,
        roots: &Roots,
        note: &Answer,
        now: Moment,
        broadcast: bool,
    ) -> anyhow::Result<()> {
        for (platform, root) in roots {
            let outgoing = Outgoing::new(*platform, Kind::Note, Target::Under(*root), note.clone(), now);
            let outgoing = Outgoing { broadcast, ..outgoing };
            deliver::enqueue(tx, &self.messengers, outgoing).await?;
        }
        Ok(())
    }

    fn edits(&self, platform: Platform) -> bool {
        deliver::enqueue::edits(&self.messengers, platform)
    }

    async fn post(&self, tx: &mut Tx, alert: &Alert, now: Moment) -> anyhow::Result<Roots> {
        let mut roots = Vec::with_capacity(self.destinations.len());
        for destination in &self.destinations {
            let place = Place { channel: destination.channel.clone(), thread: None };
            let message = self.helped(words::message(alert, now, self.timezone), alert);
            let outgoing =
                Outgoing::new(destination.platform, Kind::Alert, Target::Post(place), message, now);
            roots.push((destination.platform, outgoing.id));
            deliver::announce(tx, &self.messengers, alert.number, outgoing).await?;
        }
        Ok(roots)
    }

    async fn edit(&self, tx: &mut Tx, alert: &Alert, now: Moment) -> anyhow::Result<Roots> {
        let roots = self.store.alert_announcements(alert.number).await?;
        let places = self.places(alert.number).await?;
        for (platform, root) in roots.iter().filter(|(platform, _)| self.edits(*platform)) {
            let message = self.helped(words::message(alert, now, self.timezone), alert);
            let message = links::also_in(message, *root, &places);
            let outgoing = Outgoing::new(*platform, Kind::Edit, Target::Replace(*root), message, now);
            deliver::enqueue(tx, &self.messengers, outgoing).await?;
        }
        Ok(roots)
    }
}

/// What came of a change.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The alert's number; new where the alert is.
    pub number: AlertNumber,
    /// Where its threads are.
    pub roots: Roots,
}

/// The root message of an alert on each platform.
pub type Roots = Vec<(Platform, DeliveryId)>;

/// New alerts come with the number 0 and get theirs here.
pub(super) async fn write(tx: &mut Tx, mut alert: Alert) -> anyhow::Result<Alert> {
    if alert.number == AlertNumber(0) {
        alert.number = tx.insert_alert(&alert).await?;
    } else if !tx.update_alert(&alert).await? {
        return Err(Outrun(alert.number).into());
    }
    Ok(alert)
}
