//! A message becomes an answer: receive, understand, check the role, answer.
//!
//! What comes in is stored before it is acknowledged, and marked as done in the transaction that
//! stores its answer: a crash in between means that it is worked on again, never that it is lost
//! or answered twice.

mod understand;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tracing::{info, warn};

use crate::chat::understand::{Meant, Wish, understand};
use crate::deliver;
use crate::deliver::announcer::Outrun;
use crate::error::UserError;
use crate::gather::readable::Readable;
use crate::handlers;
use crate::handlers::act::Books;
use crate::model::alert::AlertNumber;
use crate::model::answer::{Answer, Mark, Press, escape};
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::{Kind, Outgoing, Platform, Target};
use crate::model::person::{Person, Role};
use crate::model::request::{AlertChange, Request};
use crate::ports::clock::Clock;
use crate::ports::messenger::{Messenger, Spot};
use crate::store::Store;

/// How many messages are worked on at once: enough that a slow look-up holds nobody up, few
/// enough that a flood doesn't.
const AT_ONCE: u32 = 8;

/// The talking half of quad.
#[derive(Clone)]
pub struct Chat(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    readable: Readable,
    books: Books,
    messengers: Vec<Arc<dyn Messenger>>,
}

/// What a message leads to, decided before anything is written.
enum Decision {
    /// Say this.
    Say(Answer),
    /// Say this to the person alone.
    Tell(Answer),
    /// Change quad's books, and say what came of it.
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
        Self(Arc::new(Inner { store, clock, readable, books, messengers }))
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

    /// Answers at once, for doors where the person waits on the line: `quad ask` and the prompt.
    /// Nothing is stored but what the words change.
    pub async fn answer(&self, inbound: &Inbound) -> Answer {
        let (change, thread) = match self.decide(inbound).await {
            Ok(Decision::Say(answer) | Decision::Tell(answer)) => return answer,
            Ok(Decision::Change { change, thread, .. }) => (change, thread),
            Err(error) => return failure(&error),
        };
        let mut tries = 1..=3;
        loop {
            let outcome = async {
                let mut tx = self.0.store.begin().await?;
                let answer = self.0.books.change(&mut tx, &change, thread, &inbound.person).await?;
                tx.commit().await?;
                anyhow::Ok(answer)
            };
            match outcome.await {
                Ok(answer) => return answer,
                // The loop or somebody else wrote first: look again, and decide anew.
                Err(error) if error.is::<Outrun>() && tries.next().is_some() => {}
                Err(error) => return failure(&error),
            }
        }
    }

    async fn work(&self, id: i64, inbound: Inbound) {
        if let Some(messenger) = self.messenger(inbound.platform) {
            let (messenger, spot) = (Arc::clone(messenger), spot(&inbound));
            tokio::spawn(async move { messenger.working(&spot).await });
        }
        let inbound = Inbound { person: self.person(&inbound).await, ..inbound };
        for attempt in 1..=3 {
            match self.work_once(id, &inbound).await {
                Ok(()) => return,
                // Most failures here are two writers at once; the next try sees the other's work.
                Err(error) if attempt < 3 => {
                    info!(inbound.id = id, attempt, "answering again: {error:#}");
                    tokio::time::sleep(Duration::from_millis(50 * attempt)).await;
                }
                // Its lease ends, and it is claimed again.
                Err(error) => warn!(inbound.id = id, "could not store an answer: {error:#}"),
            }
        }
    }

    async fn work_once(&self, id: i64, inbound: &Inbound) -> anyhow::Result<()> {
        // Reading happens before the transaction: a diagnosis must not hold the one writer.
        let decision = self.decide(inbound).await.unwrap_or_else(|error| Decision::Say(failure(&error)));
        let mut tx = self.0.store.begin().await?;
        let (answer, private) = match decision {
            Decision::Say(answer) => (Some(answer), false),
            Decision::Tell(answer) => (Some(answer), true),
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
            let outgoing = self.outgoing(inbound, answer, private);
            deliver::enqueue(&mut tx, &self.0.messengers, outgoing).await?;
        }
        tx.inbound_done(id).await?;
        tx.commit().await
    }

    /// What a message leads to. Reads only.
    async fn decide(&self, inbound: &Inbound) -> anyhow::Result<Decision> {
        let ctx = &self.0.readable;
        let Meant { wish, thread, unknown } = understand(ctx, inbound).await?;
        if let Some(refusal) = refused(&inbound.person, &wish) {
            return Ok(Decision::Tell(refusal));
        }
        let answer = match wish {
            Wish::Why(number) => handlers::why(ctx, number).await?,
            Wish::Request(request) => match *request {
                Request::Query(query) => handlers::answer(ctx, &query, thread).await?,
                Request::WorldChange(change) => handlers::world_change(&change),
                Request::Talk(kind) => handlers::talk(kind),
                Request::AlertChange(change) => {
                    let pressed = matches!(inbound.said, Said::Press { .. });
                    return Ok(Decision::Change { change, thread, pressed });
                }
            },
        };
        Ok(Decision::Say(match unknown {
            Some(name) => did_you_mean(ctx, answer, &name).await?,
            None => answer,
        }))
    }

    fn outgoing(&self, inbound: &Inbound, answer: Answer, private: bool) -> Outgoing {
        let target = if private {
            Target::Private(inbound.place.clone(), inbound.person.id.clone())
        } else {
            Target::Post(inbound.place.clone())
        };
        Outgoing::new(inbound.platform, Kind::Answer, target, answer, self.0.clock.now())
    }

    fn messenger(&self, platform: Platform) -> Option<&Arc<dyn Messenger>> {
        self.0.messengers.iter().find(|messenger| messenger.platform() == platform)
    }

    /// The person with the role they hold now. Where the platform can't be asked, they count as a
    /// stranger: better a refusal that can be repeated than an act that should not have been.
    async fn person(&self, inbound: &Inbound) -> Person {
        let mut person = inbound.person.clone();
        if let Some(messenger) = self.messenger(inbound.platform) {
            person.role = messenger.role(&person).await.unwrap_or_else(|error| {
                warn!("can't look up a role, so nothing is allowed: {error}");
                None
            });
        }
        person
    }
}

/// What a person lacks for their wish, in words for them alone.
fn refused(person: &Person, wish: &Wish) -> Option<Answer> {
    let request = match wish {
        Wish::Request(request) => Some(&**request),
        Wish::Why(_) => None,
    };
    let (needed, verb) = match request {
        Some(Request::AlertChange(_)) => (Role::Responder, "change alerts"),
        Some(Request::WorldChange(_)) => (Role::Operator, "change anything outside my books"),
        _ => (Role::Viewer, "ask me about operations"),
    };
    if person.may(needed) {
        return None;
    }
    let holds = person.role.map_or("no role".to_owned(), |role| format!("the role {}", role.name()));
    Some(Answer::new(format!(
        "You need the role {} to {verb}; you hold {holds}, so nothing was changed. Whoever runs quad can map it in its configuration.",
        needed.name()
    )))
}

/// Adds what a name that is not known may have been meant for.
async fn did_you_mean(ctx: &Readable, answer: Answer, name: &str) -> anyhow::Result<Answer> {
    let services = ctx.inventory().await?.services;
    let nearest = services.iter().min_by_key(|known| strsim::damerau_levenshtein(known, name));
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

fn spot(inbound: &Inbound) -> Spot {
    Spot::New { channel: inbound.place.channel.clone(), thread: inbound.place.thread.clone() }
}
