//! A message becomes an answer: receive, understand, check the role, answer.
//!
//! What comes in is stored before it is acknowledged, and marked as done in the transaction that
//! stores its answer: a crash in between means that it is worked on again, never that it is lost
//! or answered twice.

mod sign_in;
mod understand;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tracing::{info, warn};

use crate::chat::understand::{Meant, Wish, understand};
use crate::deliver;
use crate::deliver::announcer::Outrun;
use crate::error::{CallError, UserError};
use crate::gather::readable::Readable;
use crate::handlers;
use crate::handlers::act::Books;
use crate::model::alert::AlertNumber;
use crate::model::answer::{Answer, Mark, Press, escape};
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::{Kind, Outgoing, Platform, Receipt, Target};
use crate::model::person::{Person, Role};
use crate::model::request::{AlertChange, Request};
use crate::ports::clock::Clock;
use crate::ports::messenger::{Messenger, Spot};
use crate::ports::sign_in::SignIn;
use crate::store::{AuditLine, Store};

/// How many messages are worked on at once: enough that a slow look-up holds nobody up, few
/// enough that a flood doesn't.
const AT_ONCE: u32 = 8;

/// How often an answer is tried before it is left for later.
const TRIES: u64 = 3;

/// The talking half of quad.
#[derive(Clone)]
pub struct Chat(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    store: Store,
    clock: Clock,
    readable: Readable,
    books: Books,
    messengers: Vec<Arc<dyn Messenger>>,
    links: Option<Arc<dyn SignIn>>,
}

/// What a message leads to, decided before anything is written.
enum Decision {
    /// Say this.
    Say(Answer),
    /// Say this to the person alone.
    Tell(Answer),
    /// Say this to the person alone, and note what they tried to change.
    Refuse(Answer, AuditLine),
    /// Say this to the person alone, with a sign-in link for them.
    Admit(Answer),
    /// Change quad's books, and say what came of it; unless it was `pressed` on the alert's own
    /// message, which then shows it.
    Change { change: AlertChange, thread: Option<AlertNumber>, pressed: bool },
}

impl Chat {
    /// Puts the talking half together.
    pub fn new(
        store: Store,
        clock: Clock,
        readable: Readable,
        books: Books,
        messengers: Vec<Arc<dyn Messenger>>,
    ) -> Self {
        Self(Arc::new(Inner { store, clock, readable, books, messengers, links: None }))
    }

    /// The same, and people who ask for it get a sign-in link from `links`. For a chat that nobody
    /// uses yet.
    pub fn signing_in_by(self, links: Arc<dyn SignIn>) -> Self {
        let Inner { store, clock, readable, books, messengers, .. } = Arc::unwrap_or_clone(self.0);
        Self(Arc::new(Inner { store, clock, readable, books, messengers, links: Some(links) }))
    }

    /// Takes in what a platform hands over. Once this returns it will be answered, whatever
    /// happens to the process; `false` means that it had been taken in before.
    ///
    /// # Errors
    /// Where it could not be stored. The platform must then deliver it again.
    pub async fn accept(&self, inbound: &Inbound) -> anyhow::Result<bool> {
        self.0.store.accept(inbound, self.0.clock.now()).await
    }

    /// Works on what has come in until told to stop.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        if let Err(error) = self.0.store.take_over_inbound().await {
            // Leases of the process before this one then end by themselves.
            warn!("could not take over what was being answered: {error:#}");
        }
        let places = Arc::new(Semaphore::new(AT_ONCE as usize));
        while !*stop.borrow() {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            match self.0.store.next_inbound(self.0.clock.now()).await {
                Ok(Some((id, inbound))) => {
                    let chat = self.clone();
                    tokio::spawn(async move {
                        chat.work(id, inbound).await;
                        drop(place);
                    });
                }
                Ok(None) => {
                    drop(place);
                    if let Err(error) = self.own_up().await {
                        warn!("can't say that a message was left without an answer: {error:#}");
                    }
                    tokio::select! {
                        () = self.0.store.inbound_came() => {}
                        // A message whose worker died is claimed again when its lease ends.
                        () = tokio::time::sleep(Duration::from_secs(5)) => {}
                        _ = stop.changed() => {}
                    }
                }
                Err(error) => {
                    warn!("can't look for messages to answer: {error:#}");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
        // Let those at work finish; what does not is claimed again after the restart.
        let _ = tokio::time::timeout(Duration::from_secs(5), places.acquire_many(AT_ONCE)).await;
    }

    /// Says so where a message could not be answered: whatever was wrong with it ended quad, or could
    /// not be stored, five times. It is not looked at again.
    async fn own_up(&self) -> anyhow::Result<()> {
        while let Some((id, inbound)) = self.0.store.forsaken_inbound(self.0.clock.now()).await? {
            let answer = Answer::new(
                "I tried five times to answer this and failed each time, so I leave it; my log says more. Please ask in other words.",
            )
            .marked(Mark::Unknown);
            let mut tx = self.0.store.begin().await?;
            let outgoing = self.outgoing(&inbound, answer, true);
            deliver::enqueue(&mut tx, &self.0.messengers, outgoing).await?;
            tx.inbound_done(id).await?;
            tx.commit().await?;
            warn!(inbound.id = id, "a message was left without an answer after five tries");
        }
        Ok(())
    }

    /// Answers at once, for doors where the person waits on the line: `quad ask` and the prompt.
    /// Nothing is stored but what the words change.
    pub async fn answer(&self, inbound: &Inbound) -> Answer {
        for _ in 1..TRIES {
            match self.answer_once(inbound).await {
                Err(error) if error.is::<Outrun>() => info!("answering again: {error:#}"),
                outcome => return outcome.unwrap_or_else(|error| failure(&error)),
            }
        }
        self.answer_once(inbound).await.unwrap_or_else(|error| failure(&error))
    }

    async fn answer_once(&self, inbound: &Inbound) -> anyhow::Result<Answer> {
        let (change, thread) = match self.decide(inbound).await? {
            Decision::Admit(answer) => return self.admit(inbound, answer).await,
            Decision::Say(answer) | Decision::Tell(answer) => return Ok(answer),
            Decision::Refuse(answer, line) => {
                let mut tx = self.0.store.begin().await?;
                tx.take_books().await?;
                tx.add_audit(&line).await?;
                tx.commit().await?;
                return Ok(answer);
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

    async fn work(&self, id: i64, inbound: Inbound) {
        // A press needs no sign: what it did is the sign.
        if let (Some(messenger), Said::Text(_)) = (self.messenger(inbound.platform), &inbound.said) {
            let (messenger, spot) = (Arc::clone(messenger), spot(&inbound));
            tokio::spawn(async move { messenger.working(&spot).await });
        }
        let known = self.role(&inbound).await;
        let stranger = known.is_err();
        let person = Person {
            role: known.unwrap_or_default(),
            name: self.name(&inbound).await,
            ..inbound.person.clone()
        };
        let inbound = Inbound { person, ..inbound };
        for attempt in 1..=TRIES {
            match self.work_once(id, &inbound, stranger).await {
                Ok(()) => return,
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

    /// `stranger`: the platform could not say who they are to us.
    async fn work_once(&self, id: i64, inbound: &Inbound, stranger: bool) -> anyhow::Result<()> {
        // Reading happens before the transaction: a diagnosis must not hold the one writer.
        let decision = if stranger {
            Decision::Tell(not_looked_up(inbound.platform))
        } else {
            self.decide(inbound).await.unwrap_or_else(|error| Decision::Say(failure(&error)))
        };
        let admits = matches!(decision, Decision::Admit(_));
        let mut tx = self.0.store.begin().await?;
        if !matches!(decision, Decision::Say(_) | Decision::Tell(_)) {
            tx.take_books().await?;
        }
        let (answer, private) = match decision {
            Decision::Say(answer) => (Some(answer), false),
            Decision::Admit(answer) => {
                tx.add_audit(&sign_in::noted(&inbound.person, self.0.clock.now())).await?;
                (Some(answer), true)
            }
            Decision::Tell(answer) => (Some(answer), true),
            Decision::Refuse(answer, line) => {
                tx.add_audit(&line).await?;
                (Some(answer), true)
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
        if let Some(answer) = answer {
            let sign_in = admits.then(|| inbound.person.clone());
            let outgoing = Outgoing { sign_in, ..self.outgoing(inbound, answer, private) };
            deliver::enqueue(&mut tx, &self.0.messengers, outgoing).await?;
        }
        tx.inbound_done(id).await?;
        tx.commit().await
    }

    /// What a message leads to. Reads only.
    async fn decide(&self, inbound: &Inbound) -> anyhow::Result<Decision> {
        let ctx = &self.0.readable;
        let Meant { wish, thread, unknown } = understand(ctx, inbound).await?;
        if let Some(needed) = lacks(&inbound.person, &wish) {
            let answer = refusal(&inbound.person, needed);
            return Ok(match tried(&wish) {
                Some((what, subject)) => Decision::Refuse(
                    answer,
                    AuditLine {
                        at: ctx.now(),
                        who_id: inbound.person.id.clone(),
                        who_name: inbound.person.name.clone(),
                        what,
                        subject,
                        outcome: format!("refused: needs the role {}", needed.name()),
                    },
                ),
                None => Decision::Tell(answer),
            });
        }
        let answer = match wish {
            Wish::SignIn if inbound.platform == Platform::Page => sign_in::already(&inbound.person),
            Wish::SignIn if self.0.links.is_none() => sign_in::no_page(),
            Wish::SignIn => return Ok(Decision::Admit(sign_in::answer())),
            Wish::Why(number) => handlers::why(ctx, number).await?,
            Wish::Runbook(number) => handlers::runbook(ctx, number).await?,
            Wish::Request(request) => match *request {
                Request::Query(query) => {
                    let answer = handlers::answer(ctx, &query, thread).await?;
                    match unknown {
                        Some(name) => did_you_mean(ctx, answer, &name).await?,
                        None => answer,
                    }
                }
                Request::WorldChange(change) => handlers::world_change(&change),
                Request::Talk(kind) => match unknown {
                    Some(name) => return Ok(Decision::Tell(about_nobody("ack", &name))),
                    None => handlers::talk(kind),
                },
                Request::AlertChange(change) => {
                    let which = change.which();
                    if let Some(name) = unknown
                        && which.number.is_none()
                        && thread.is_none()
                    {
                        // The only alert there is may be about something else altogether.
                        return Ok(Decision::Tell(about_nobody(change.verb(), &name)));
                    }
                    // On a list of alerts nothing else would show what the press did.
                    let on_its_message = thread.is_some() && thread == change.which().number;
                    let pressed = matches!(inbound.said, Said::Press { .. }) && on_its_message;
                    return Ok(Decision::Change { change, thread, pressed });
                }
            },
        };
        Ok(Decision::Say(answer))
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

    fn messenger(&self, platform: Platform) -> Option<&Arc<dyn Messenger>> {
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

/// What to say where the platform can't be asked: better a refusal that can be repeated than an
/// act that should not have been.
fn not_looked_up(platform: Platform) -> Answer {
    Answer::new(format!(
        "I could not look up your role at {} just now, so nothing was done. Please say it again in a minute.",
        platform.name()
    ))
    .marked(Mark::Unknown)
}

/// The role that a person lacks for their wish.
fn lacks(person: &Person, wish: &Wish) -> Option<Role> {
    let needed = match wish {
        Wish::Request(request) => match &**request {
            Request::AlertChange(_) => Role::Responder,
            Request::WorldChange(_) => Role::Operator,
            Request::Query(_) | Request::Talk(_) => Role::Viewer,
        },
        Wish::Why(_) | Wish::Runbook(_) | Wish::SignIn => Role::Viewer,
    };
    (!person.may(needed)).then_some(needed)
}

/// What a person lacks, in words for them alone.
fn refusal(person: &Person, needed: Role) -> Answer {
    let verb = match needed {
        Role::Viewer => "ask me about operations",
        Role::Responder => "change alerts",
        Role::Operator | Role::Admin => "change anything outside my books",
    };
    let holds = person.role.map_or("no role".to_owned(), |role| format!("the role {}", role.name()));
    let so = if needed == Role::Viewer { "" } else { ", so nothing was changed" };
    Answer::new(format!(
        "You need the role {} to {verb}; you hold {holds}{so}. Whoever runs quad can give it to you in its configuration.",
        needed.name()
    ))
}

/// What a wish would have changed, and of what: for the audit log.
fn tried(wish: &Wish) -> Option<(String, String)> {
    let Wish::Request(request) = wish else { return None };
    match &**request {
        Request::AlertChange(change) => {
            let which = change.which();
            let subject = match (&which.number, &which.scope.service) {
                (Some(number), _) => format!("alert {number}"),
                (None, Some(service)) => service.clone(),
                (None, None) => "no alert was named".to_owned(),
            };
            Some((change.verb().to_owned(), subject))
        }
        Request::WorldChange(change) => {
            Some((change.0.intent.replace('_', " "), "outside quad's books".to_owned()))
        }
        Request::Query(_) | Request::Talk(_) => None,
    }
}

/// A change of something that is not known: nothing is guessed.
fn about_nobody(verb: &str, name: &str) -> Answer {
    Answer::new(format!(
        "I don't know `{}`. Nothing was changed; `alerts` lists what can be named, as in `{} 12`.",
        escape(name),
        verb
    ))
    .marked(Mark::Unknown)
}

/// Adds what a name that is not known may have been meant for.
async fn did_you_mean(ctx: &Readable, answer: Answer, name: &str) -> anyhow::Result<Answer> {
    let services = ctx.inventory().await?.services;
    let distance = |known: &str| strsim::damerau_levenshtein(known, name);
    let nearest = services.iter().min_by_key(|known| distance(known));
    // Farther apart than this they are two names, not one and its misspelling.
    let nearest = nearest.filter(|known| distance(known) <= 1 + name.chars().count() / 3);
    let shown = escape(name);
    let answer = Answer { mark: answer.mark.or(Some(Mark::Unknown)), ..answer };
    Ok(match nearest {
        Some(near) => answer
            .footnote(format!(
                "I don't know `{shown}`, so this is about everything; did you mean `{}`?",
                escape(near)
            ))
            .button(&format!("Ask about {near}"), Press::Ask(format!("why is {near} slow?"))),
        None => answer.footnote(format!("I don't know `{shown}`, so this is about everything I see.")),
    })
}

/// A failure in words. A person can mend a `UserError`; anything else is quad's own.
fn failure(error: &anyhow::Error) -> Answer {
    match error.downcast_ref::<UserError>() {
        Some(told) => Answer::new(escape(&told.0)),
        None => {
            warn!("could not answer: {error:#}");
            Answer::new("I could not look that up: something failed on my side, and the log says what.")
                .marked(Mark::Unknown)
        }
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

#[cfg(test)]
mod tests;
