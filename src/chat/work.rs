//! From a message to its answer, in one transaction: what it changes, what is said, that it is done.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tracing::{info, warn};

use crate::chat::confirm::Overtaken;
use crate::chat::decide::Decision;
use crate::chat::refusal::{failure, not_looked_up};
use crate::chat::{Chat, follow, sign_in, understand};
use crate::deliver;
use crate::deliver::announcer::Outrun;
use crate::error::{CallError, UserError};
use crate::model::answer::{Answer, Mark};
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::{Kind, Outgoing, Place, Platform, Receipt, Target};
use crate::model::person::{Person, Role};
use crate::model::request::Query;
use crate::model::thread::Remembered;
use crate::ports::messenger::{Messenger, Spot};
use crate::store::Tx;

/// How often an answer is tried before it is left for later.
const TRIES: u64 = 3;

/// How long a message waits for its platform to say who wrote it, and how often that is asked.
const PATIENCE: TimeDelta = TimeDelta::minutes(2);
const AGAIN: Duration = Duration::from_secs(5);

impl Chat {
    /// Says so where a message could not be answered: whatever was wrong with it ended quad, or could
    /// not be stored, five times. It is not looked at again.
    pub(super) async fn own_up(&self) -> anyhow::Result<()> {
        while let Some((id, inbound)) = self.0.store.forsaken_inbound(self.0.clock.now()).await? {
            if inbound.aside || matches!(inbound.said, Said::Link(_)) {
                let mut tx = self.0.store.begin().await?;
                tx.forget_inbound(id).await?;
                tx.commit().await?;
                continue;
            }
            let answer = Answer::new(
                "I tried five times to answer this and failed each time, so I leave it; my log says more. Please ask in other words.",
            )
            .marked(Mark::Unknown);
            let mut tx = self.0.store.begin().await?;
            let outgoing = self.outgoing(&inbound, answer, true);
            deliver::enqueue(&mut tx, &self.0.messengers, outgoing).await?;
            tx.inbound_done(id, None).await?;
            tx.commit().await?;
            warn!(inbound.id = id, "a message was left without an answer after five tries");
        }
        Ok(())
    }

    /// Answers at once, for doors where the person waits on the line: `quad ask` and the prompt.
    /// Nothing is stored but what the words change, and what they may be followed by.
    pub async fn answer(&self, inbound: &Inbound) -> Answer {
        for _ in 1..TRIES {
            match self.answer_once(inbound).await {
                Err(error) if error.is::<Outrun>() || error.is::<Overtaken>() => {
                    info!("answering again: {error:#}")
                }
                outcome => return outcome.unwrap_or_else(|error| failure(&error)),
            }
        }
        self.answer_once(inbound).await.unwrap_or_else(|error| failure(&error))
    }

    async fn answer_once(&self, inbound: &Inbound) -> anyhow::Result<Answer> {
        let (change, thread) = match self.decide(inbound).await? {
            Decision::Admit(answer) => return self.admit(inbound, answer).await,
            Decision::Nothing => return Ok(Answer::default()),
            Decision::Say(answer) | Decision::Tell(answer) => return Ok(answer),
            Decision::Answer(answer, query) => {
                let mut tx = self.0.store.begin().await?;
                self.remember(&mut tx, inbound, query, &answer).await?;
                tx.commit().await?;
                return Ok(answer);
            }
            Decision::Note(answer, line) => {
                let mut tx = self.0.store.begin().await?;
                tx.take_books().await?;
                tx.add_audit(&line).await?;
                tx.commit().await?;
                return Ok(answer);
            }
            Decision::Subscribe(wanted) => {
                let mut tx = self.0.store.begin().await?;
                tx.take_books().await?;
                let answer = self.subscribe(&mut tx, inbound, &wanted).await?;
                tx.commit().await?;
                return Ok(answer);
            }
            Decision::Propose(planned) => {
                let mut tx = self.0.store.begin().await?;
                tx.take_books().await?;
                let change = self.propose(&mut tx, planned, &inbound.person).await?;
                tx.add_change(&change).await?;
                tx.commit().await?;
                return Ok(self.shown(&change));
            }
            Decision::Settle { number, act, .. } => {
                let mut tx = self.0.store.begin().await?;
                tx.take_books().await?;
                let settled = self.settle(&mut tx, number, act, &inbound.person).await?;
                tx.commit().await?;
                return Ok(settled?);
            }
            Decision::Change { change, thread, .. } => (change, thread),
        };
        let mut tx = self.0.store.begin().await?;
        tx.take_books().await?;
        let answer = self.0.books.change(&mut tx, &change, thread, &inbound.person).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// The person waits on the line, so that the link goes to them and nowhere else.
    async fn admit(&self, inbound: &Inbound, answer: Answer) -> anyhow::Result<Answer> {
        let Some(links) = &self.0.links else { return Ok(sign_in::no_page()) };
        let mut tx = self.0.store.begin().await?;
        tx.add_audit(&sign_in::noted(&inbound.person, self.0.clock.now())).await?;
        tx.commit().await?;
        deliver::with_link(links.as_ref(), &inbound.person, answer).await
    }

    pub(super) async fn work(&self, id: i64, inbound: Inbound) {
        let known = self.role(&inbound).await;
        if let Err(error) = &known
            && let Some(wait) = error.passes_in(AGAIN)
            && self.put_off(id, wait).await
        {
            return;
        }
        // A press needs no sign: what it did is the sign. Nor does what may be none of quad's business.
        if let (Some(messenger), Said::Text(_), false) =
            (self.messenger(inbound.platform), &inbound.said, inbound.aside)
        {
            let (messenger, spot) = (Arc::clone(messenger), spot(&inbound));
            tokio::spawn(async move { messenger.working(&spot).await });
        }
        let stranger = known.is_err();
        let person = Person {
            role: known.unwrap_or_default(),
            name: self.name(&inbound).await,
            ..inbound.person.clone()
        };
        let inbound = Inbound { person, ..inbound };
        for attempt in 1..=TRIES {
            match self.work_once(id, &inbound, stranger).await {
                Ok(()) => return self.renew_page(&inbound).await,
                // Most failures here are two writers at once; the next try sees the other's work.
                Err(error) if attempt < TRIES => {
                    info!(inbound.id = id, attempt, "answering again: {error:#}");
                    tokio::time::sleep(Duration::from_millis(50 * attempt)).await;
                }
                // Its lease ends, and it is claimed again.
                Err(error) => warn!(inbound.id = id, "could not store an answer: {error:#}"),
            }
        }
    }

    /// Shows on quad's own page of a person what came of what they pressed there.
    async fn renew_page(&self, pressed: &Inbound) {
        let Said::Press { .. } = pressed.said else { return };
        let messenger = self.messenger(pressed.platform);
        let Some(page) = messenger.and_then(|one| one.pressed_page(&pressed.person, &pressed.place)) else {
            return;
        };
        let visit = Inbound {
            event_id: format!("renew:{}", pressed.event_id),
            place: Place { channel: page, thread: None },
            said: Said::Home,
            message: None,
            reply_url: None,
            ..pressed.clone()
        };
        if let Err(error) = self.0.store.accept(&visit, self.0.clock.now()).await {
            warn!("could not renew a person's page; it is when they open it again: {error:#}");
        }
    }

    /// Leaves a message for a little later, while its platform can't say who wrote it: nothing could be
    /// said there either. `false` once that has lasted too long.
    async fn put_off(&self, id: i64, wait: Duration) -> bool {
        let now = self.0.clock.now();
        let due = now + TimeDelta::from_std(wait).unwrap_or(PATIENCE).min(PATIENCE);
        let off = self.0.store.put_off_inbound(id, due, now - PATIENCE).await;
        if let Err(error) = &off {
            warn!(inbound.id = id, "could not leave a message for later: {error:#}");
        }
        if off.as_ref().is_ok_and(|off| *off) {
            let (store, clock) = (self.0.store.clone(), self.0.clock.clone());
            tokio::spawn(async move {
                clock.wait_until(due).await;
                store.wake_inbound();
            });
        }
        off.unwrap_or_default()
    }

    /// `stranger`: the platform could not say who they are to us.
    async fn work_once(&self, id: i64, inbound: &Inbound, stranger: bool) -> anyhow::Result<()> {
        // Reading happens before the transaction: a diagnosis must not hold the one writer.
        let unasked = inbound.aside || matches!(inbound.said, Said::Link(_));
        let decision = match stranger {
            // Nobody asked quad by name, so nobody waits for an excuse.
            true if unasked => Decision::Nothing,
            true => Decision::Tell(not_looked_up(inbound.platform)),
            false => match self.decide(inbound).await {
                Err(error) if unasked => {
                    warn!(inbound.id = id, "could not find out whether a message is for quad: {error:#}");
                    Decision::Nothing
                }
                decided => decided.unwrap_or_else(|error| Decision::Say(failure(&error))),
            },
        };
        if matches!(decision, Decision::Nothing) {
            let mut tx = self.0.store.begin().await?;
            tx.forget_inbound(id).await?;
            return tx.commit().await;
        }
        let admits = matches!(decision, Decision::Admit(_));
        // What was only asked can be taken back; what was done can't, and stays said.
        let asked = matches!(decision, Decision::Say(_) | Decision::Answer(..));
        let mut tx = self.0.store.begin().await?;
        // What was asked is nobody else's to write, and needs no turn.
        if !matches!(
            decision,
            Decision::Nothing | Decision::Say(_) | Decision::Tell(_) | Decision::Answer(..)
        ) {
            tx.take_books().await?;
        }
        let (answer, private) = match decision {
            Decision::Nothing => (None, false),
            Decision::Say(answer) => (Some(answer), false),
            Decision::Admit(answer) => {
                tx.add_audit(&sign_in::noted(&inbound.person, self.0.clock.now())).await?;
                (Some(answer), true)
            }
            Decision::Tell(answer) => (Some(answer), true),
            Decision::Answer(answer, query) => {
                self.remember(&mut tx, inbound, query, &answer).await?;
                (Some(answer), false)
            }
            Decision::Note(answer, line) => {
                tx.add_audit(&line).await?;
                (Some(answer), true)
            }
            Decision::Subscribe(wanted) => (Some(self.subscribe(&mut tx, inbound, &wanted).await?), false),
            Decision::Propose(planned) => {
                let mut change = self.propose(&mut tx, planned, &inbound.person).await?;
                let outgoing = self.outgoing(inbound, self.shown(&change), false);
                // Known before it is sent, so that the message can show what becomes of it.
                change.shown = Some((outgoing.platform, outgoing.id));
                tx.add_change(&change).await?;
                deliver::enqueue(&mut tx, &self.0.messengers, outgoing).await?;
                (None, false)
            }
            Decision::Settle { number, act, pressed } => {
                match self.settle(&mut tx, number, act, &inbound.person).await? {
                    // Its own message shows what a press did; words want words back.
                    Ok(answer) => ((!pressed).then_some(answer), false),
                    Err(told) => (Some(failure(&told.into())), true),
                }
            }
            Decision::Change { change, thread, pressed } => {
                match self.0.books.change(&mut tx, &change, thread, &inbound.person).await {
                    // The alert's own message shows what a press did; words want words back.
                    Ok(answer) => ((!pressed).then_some(answer), false),
                    Err(error) if error.is::<UserError>() => (Some(failure(&error)), true),
                    Err(error) => return Err(error),
                }
            }
        };
        let mut lasting = None;
        let mut said = None;
        if let Some(answer) = answer {
            let sign_in = admits.then(|| inbound.person.clone());
            let mut outgoing = Outgoing { sign_in, ..self.outgoing(inbound, answer, private) };
            lasting = asked.then_some(outgoing.id);
            // The answer to a question that was changed stands where the old one stood.
            if let (true, true, Some(message)) = (asked, inbound.edited, &inbound.said_in)
                && let Some(old) = tx.answer_in(inbound.platform, message).await?
                && tx.stands(old).await?
            {
                outgoing.target = Target::Replace(old);
                lasting = Some(old);
            }
            said = Some(outgoing);
        }
        if !tx.inbound_done(id, lasting).await? {
            // It took so long that another worker took it over, and was faster.
            info!(inbound.id = id, "a message was answered in the meantime, or is gone");
            return Ok(());
        }
        if let Some(outgoing) = said {
            deliver::enqueue(&mut tx, &self.0.messengers, outgoing).await?;
        }
        tx.commit().await
    }

    /// Keeps what was asked, so that the next question may continue it.
    async fn remember(
        &self,
        tx: &mut Tx,
        inbound: &Inbound,
        query: Query,
        answer: &Answer,
    ) -> anyhow::Result<()> {
        let asked = Remembered { query, choices: follow::choices(answer), at: self.0.clock.now() };
        for place in understand::places(inbound) {
            tx.remember(&place, &asked).await?;
        }
        Ok(())
    }

    fn outgoing(&self, inbound: &Inbound, answer: Answer, private: bool) -> Outgoing {
        let target = if private {
            Target::Private(inbound.place.clone(), inbound.person.id.clone())
        } else {
            Target::Post(inbound.place.clone())
        };
        let at = self.0.clock.now();
        let outgoing = Outgoing::new(inbound.platform, Kind::Answer, target, answer, at);
        Outgoing { reply_url: inbound.reply_url.clone(), ..outgoing }
    }

    pub(super) fn messenger(&self, platform: Platform) -> Option<&Arc<dyn Messenger>> {
        self.0.messengers.iter().find(|messenger| messenger.platform() == platform)
    }

    /// What the person is called: as their platform shows them, else as it handed them in.
    async fn name(&self, inbound: &Inbound) -> String {
        let known = match self.messenger(inbound.platform) {
            Some(messenger) => messenger.name(&inbound.person).await,
            None => None,
        };
        known.unwrap_or_else(|| inbound.person.name.clone())
    }

    /// The role that the person holds now, which may differ from when they said it.
    async fn role(&self, inbound: &Inbound) -> Result<Option<Role>, CallError> {
        let Some(messenger) = self.messenger(inbound.platform) else { return Ok(inbound.person.role) };
        let role = messenger.role(&inbound.person).await;
        if let Err(error) = &role {
            warn!("can't look up a role, so nothing is allowed: {error}");
        }
        role
    }
}

/// What to show on that a message is worked on: the message itself where it stands in a thread.
fn spot(inbound: &Inbound) -> Spot {
    if let Some(message) = &inbound.message
        && inbound.place.thread.as_ref().is_some_and(|thread| thread != message)
    {
        let channel = inbound.place.channel.clone();
        return Spot::Existing(Receipt { channel, message: message.clone() });
    }
    Spot::New { channel: inbound.place.channel.clone(), thread: inbound.place.thread.clone() }
}
