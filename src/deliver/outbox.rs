//! Carries out what `next` and `outcome` decide: one worker a platform, one task a busy channel.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::TimeDelta;
use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::next::{Step, next};
use super::outcome::{After, after};
use super::pace::Bucket;
use super::sign_in::with_link;
use crate::error::CallError;
use crate::model::outgoing::{INCIDENTS, Kind, Outgoing, Platform, Receipt, Target};
use crate::model::person::Person;
use crate::model::time::Moment;
use crate::ports::clock::Clock;
use crate::ports::messenger::{Messenger, Spot};
use crate::ports::sign_in::SignIn;
use crate::store::{Claimed, Reference, Store, Waiting};

/// How long one attempt may take: looking and sending together.
const ATTEMPT: Duration = Duration::from_secs(45);

/// How long a claim holds. Longer than an attempt, or a slow send would be taken for a dead one.
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// How long what nobody carries waits for its platform to come back: as long as attempts go on.
const PATIENCE: TimeDelta = TimeDelta::days(3);

/// Channels of one platform that are served at the same time.
const CHANNELS: usize = 8;

/// Answers in one channel that are under way at the same time.
const ABREAST: usize = 4;

/// How often rows are looked for that another process has put there; what this process enqueues is
/// seen at once.
const LOOK_AROUND: Duration = Duration::from_secs(2);

/// How long sends under way may take to end when quad stops. What is cut off is looked up later.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Rows looked at first, and where none of those can be sent.
const FEW: u32 = 16;
const MANY: u32 = 5_000;

/// Hears what became of each attempt: `sent`, `retried`, `paused`, `superseded` or `given_up`; and
/// `reconciled` before `sent` where an earlier attempt had arrived after all.
pub type Count = Arc<dyn Fn(Platform, &'static str) + Send + Sync>;

/// Delivers everything that is in the store's outbox.
pub struct Outbox {
    store: Store,
    messengers: Vec<Arc<dyn Messenger>>,
    clock: Clock,
    count: Count,
    links: Option<Arc<dyn SignIn>>,
}

impl Outbox {
    /// An outbox that delivers through `messengers`, one a platform.
    pub fn new(store: Store, messengers: Vec<Arc<dyn Messenger>>, clock: Clock) -> Self {
        Self { store, messengers, clock, count: Arc::new(|_, _| ()), links: None }
    }

    /// The same, and messages that promise a sign-in link get it from `links`.
    pub fn signing_in_by(self, links: Arc<dyn SignIn>) -> Self {
        Self { links: Some(links), ..self }
    }

    /// The same, and `count` hears what becomes of each attempt.
    pub fn counted_by(self, count: Count) -> Self {
        Self { count, ..self }
    }

    /// Delivers until `stop` turns true. Sends under way then have five seconds to end.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        if let Err(error) = self.store.take_over_deliveries().await {
            // Leases of the process before this one then end by themselves, within a minute.
            tracing::warn!(error = format!("{error:#}"), "could not take over what was being sent");
        }
        let workers = join_all(self.messengers.iter().map(|messenger| {
            let worker = Worker {
                store: self.store.clone(),
                messenger: Arc::clone(messenger),
                clock: self.clock.clone(),
                count: Arc::clone(&self.count),
                links: self.links.clone(),
                buckets: Mutex::default(),
            };
            Arc::new(worker).run(stop.clone())
        }));
        tokio::join!(workers, self.give_up_uncarried(stop.clone()));
    }

    /// What goes to a platform that was removed waits as long as what can't reach one, and then ends
    /// with a reason instead of waiting for ever.
    async fn give_up_uncarried(&self, mut stop: watch::Receiver<bool>) {
        let carried: Vec<Platform> = self.messengers.iter().map(|messenger| messenger.platform()).collect();
        while !*stop.borrow() {
            let now = self.clock.now();
            match self.store.give_up_uncarried(&carried, now - PATIENCE, now).await {
                Ok(0) => {}
                Ok(count) => {
                    tracing::warn!(count, "deliveries to platforms that are not set up were given up")
                }
                Err(error) => tracing::warn!(error = format!("{error:#}"), "can't look through the outbox"),
            }
            tokio::select! {
                () = self.clock.pass(TimeDelta::hours(1)) => {}
                _ = stop.changed() => return,
            }
        }
    }
}

/// Delivers to one platform.
struct Worker {
    store: Store,
    messenger: Arc<dyn Messenger>,
    clock: Clock,
    count: Count,
    links: Option<Arc<dyn SignIn>>,
    buckets: Mutex<HashMap<String, Bucket>>,
}

/// Waits until any of them has ended.
async fn one_of(under_way: &mut JoinSet<anyhow::Result<()>>) -> anyhow::Result<()> {
    under_way.join_next().await.unwrap_or(Ok(Ok(()))).context("a delivery panicked")?
}

/// Waits until this one has ended.
async fn this_one(under_way: &mut JoinSet<anyhow::Result<()>>, own: tokio::task::Id) -> anyhow::Result<()> {
    while let Some(ended) = under_way.join_next_with_id().await {
        let (id, outcome) = ended.context("a delivery panicked")?;
        outcome?;
        if id == own {
            break;
        }
    }
    Ok(())
}

/// Why a channel has nothing to do just now. Any change in the outbox ends a rest.
#[derive(Debug, Clone, Copy, Default)]
struct Rest {
    /// Until then by the clock: back-off, leases, what the platform asked for.
    until: Option<Moment>,
    /// Until then in real time: pacing, which concerns the platform and not our calendar.
    paced: Option<Instant>,
    /// The state of the outbox that it was decided for.
    change: u64,
}

/// What a step came to.
enum Did {
    /// This one is ours to send.
    Claim(Box<(Waiting, Claimed)>),
    /// Something was cleared away.
    Clear,
    /// There is nothing to do.
    Rest(Rest),
}

impl Rest {
    fn is_over(&self, now: Moment, instant: Instant) -> bool {
        self.until.is_some_and(|until| until <= now) || self.paced.is_some_and(|paced| paced <= instant)
    }
}

impl Worker {
    async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let mut changes = self.store.outbox_changes();
        let mut tasks: JoinSet<Rest> = JoinSet::new();
        let mut busy: HashMap<tokio::task::Id, String> = HashMap::new();
        let mut rests: HashMap<String, Rest> = HashMap::new();
        let mut look_around = tokio::time::interval(LOOK_AROUND);
        look_around.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);

        while !*stop.borrow() {
            let change = *changes.borrow_and_update();
            let ready = self.ready(&rests, &busy, change).await.unwrap_or_else(|error| {
                tracing::error!(
                    platform = self.name(),
                    error = format!("{error:#}"),
                    "can't read the outbox"
                );
                Vec::new()
            });
            for lane in ready.into_iter().take(CHANNELS.saturating_sub(busy.len())) {
                rests.remove(&lane);
                let task = tasks.spawn(Arc::clone(&self).serve(lane.clone(), change));
                busy.insert(task.id(), lane);
            }

            // What is over must not wake the loop again and again while all hands are busy.
            let (now, instant) = (self.clock.now(), Instant::now());
            rests.retain(|_, rest| !rest.is_over(now, instant));
            let until = rests.values().filter_map(|rest| rest.until).min();
            let paced = rests.values().filter_map(|rest| rest.paced).min();
            tokio::select! {
                _ = changes.changed() => {}
                Some(ended) = tasks.join_next_with_id() => {
                    let (id, rest) = match ended {
                        Ok((id, rest)) => (id, rest),
                        Err(error) => {
                            tracing::error!(platform = self.name(), %error, "a delivery panicked");
                            (error.id(), Rest { paced: Some(Instant::now() + LOOK_AROUND), ..Rest::default() })
                        }
                    };
                    if let Some(lane) = busy.remove(&id) {
                        rests.insert(lane, rest);
                    }
                }
                () = self.clock.wait_until(until.unwrap_or_default()), if until.is_some() => {}
                () = tokio::time::sleep_until(paced.unwrap_or_else(Instant::now).into()), if paced.is_some() => {}
                _ = look_around.tick() => rests.retain(|_, rest| rest.paced.is_some_and(|at| at > Instant::now())),
                gone = stop.changed() => if gone.is_err() { break },
            }
        }
        let ended = tokio::time::timeout(LAST_WORDS, async { while tasks.join_next().await.is_some() {} });
        if ended.await.is_err() {
            tracing::warn!(
                platform = self.name(),
                "a send was cut off; the next start looks what became of it"
            );
        }
    }

    /// Channels that have something to do, the one with the most urgent message first. Forgets
    /// nothing: a channel that rests is left out for now.
    async fn ready(
        &self,
        rests: &HashMap<String, Rest>,
        busy: &HashMap<tokio::task::Id, String>,
        change: u64,
    ) -> anyhow::Result<Vec<String>> {
        let (now, instant) = (self.clock.now(), Instant::now());
        let busy: BTreeSet<&str> = busy.values().map(String::as_str).collect();
        let resting = |lane: &str| {
            rests.get(lane).is_some_and(|rest| rest.change == change && !rest.is_over(now, instant))
        };
        let lanes = self.store.outbox_lanes(self.messenger.platform()).await?;
        Ok(lanes.into_iter().filter(|lane| !busy.contains(lane.as_str()) && !resting(lane)).collect())
    }

    /// Sends what can be sent in one channel until it must rest: one message after the other, answers to
    /// different threads side by side.
    async fn serve(self: Arc<Self>, lane: String, change: u64) -> Rest {
        let mut changes = self.store.outbox_changes();
        // Tasks of their own: one that holds the store's writer must not wait for this loop.
        let mut under_way: JoinSet<anyhow::Result<()>> = JoinSet::new();
        loop {
            changes.borrow_and_update();
            let stepped = match self.step(&lane).await {
                Ok(Did::Claim(claimed)) => {
                    let (worker, kind) = (Arc::clone(&self), claimed.0.kind);
                    let own =
                        under_way.spawn(async move { worker.attempt(&claimed.0, &claimed.1).await }).id();
                    match kind {
                        Kind::Answer if under_way.len() < ABREAST => Ok(()),
                        Kind::Answer => one_of(&mut under_way).await,
                        _ => this_one(&mut under_way, own).await,
                    }
                }
                Ok(Did::Clear) => Ok(()),
                Ok(Did::Rest(rest)) if under_way.is_empty() => return Rest { change, ..rest },
                // A page that comes in meanwhile does not wait for what is under way.
                Ok(Did::Rest(_)) => tokio::select! {
                    ended = one_of(&mut under_way) => ended,
                    _ = changes.changed() => Ok(()),
                },
                Err(error) => Err(error),
            };
            if let Err(error) = stepped {
                let error = format!("{error:#}");
                tracing::error!(platform = self.name(), error, "the outbox can't be worked on");
                under_way.join_all().await;
                return Rest { paced: Some(Instant::now() + LOOK_AROUND), change, ..Rest::default() };
            }
        }
    }

    /// One step in one channel.
    async fn step(&self, lane: &str) -> anyhow::Result<Did> {
        let (now, platform) = (self.clock.now(), self.messenger.platform());
        if let Some(until) = self.store.paused_until(platform, lane).await?.filter(|until| *until > now) {
            return Ok(Did::Rest(Rest { until: Some(until), ..Rest::default() }));
        }
        let mut rows = self.store.outbox_waiting(platform, lane, FEW).await?;
        if rows.len() == FEW as usize && matches!(next(&rows, now), Step::Rest(_)) {
            rows = self.store.outbox_waiting(platform, lane, MANY).await?;
        }
        match next(&rows, now) {
            Step::Rest(until) => return Ok(Did::Rest(Rest { until, ..Rest::default() })),
            Step::Supersede(row) => {
                self.store.supersede(row, now).await?;
                self.count("superseded");
            }
            Step::GiveUp(row, why) => {
                if self.store.give_up_unsent(row, why, now).await? {
                    self.count("given_up");
                    self.log_given_up(row.id, why);
                }
            }
            Step::Send(row) => {
                let wait = match self.take_turn(lane, row.kind) {
                    Ok(()) => return self.claim(row, now).await,
                    Err(wait) => wait,
                };
                // What stands already can be changed meanwhile: who acknowledges is seen at once.
                let edits = self.store.outbox_edits(platform, lane, FEW).await?;
                match next(&edits, now) {
                    Step::Supersede(row) => {
                        self.store.supersede(row, now).await?;
                        self.count("superseded");
                        return Ok(Did::Clear);
                    }
                    Step::Send(row) if self.take_turn(lane, row.kind).is_ok() => {
                        return self.claim(row, now).await;
                    }
                    _ => {}
                }
                return Ok(Did::Rest(Rest { paced: Some(Instant::now() + wait), ..Rest::default() }));
            }
        }
        Ok(Did::Clear)
    }

    async fn claim(&self, row: &Waiting, now: Moment) -> anyhow::Result<Did> {
        // `None`: another process was first. The next look shows what is left.
        let claim = self.store.claim(row, now, now + LEASE).await?;
        Ok(claim.map_or(Did::Clear, |claim| Did::Claim(Box::new((row.clone(), claim)))))
    }

    /// One attempt, and what follows from it.
    async fn attempt(&self, row: &Waiting, claim: &Claimed) -> anyhow::Result<()> {
        let outcome = match spot(row) {
            None => Err(CallError::permanent("what it refers to has no receipt")),
            Some(spot) => tokio::time::timeout(ATTEMPT, self.send(&spot, claim)).await.unwrap_or_else(|_| {
                Err(CallError::Unknown { why: format!("no reply within {} s", ATTEMPT.as_secs()) })
            }),
        };
        let now = self.clock.now();
        match after(claim, outcome, now) {
            After::Sent(receipt) => {
                self.store.sent(claim, &receipt, now).await?;
                self.count("sent");
            }
            After::Again { due, doubt, why } => {
                tracing::info!(delivery.id = %claim.outgoing.id, platform = self.name(), attempt = claim.attempt,
                    doubt, why, "a delivery failed and is tried again");
                self.store.again(claim, due, doubt, &why).await?;
                self.count("retried");
            }
            After::Pause { until } => {
                tracing::info!(platform = self.name(), %until, "a channel rests: the platform asked for it");
                self.store.pause(claim, until).await?;
                self.count("paused");
            }
            After::GiveUp { why } => {
                if self.store.give_up(claim, &why, now).await? {
                    self.count("given_up");
                    self.log_given_up(claim.outgoing.id, &why);
                }
            }
        }
        Ok(())
    }

    /// Sends, but looks first where an earlier attempt may have arrived. Edits are just repeated.
    async fn send(&self, spot: &Spot, claim: &Claimed) -> Result<Receipt, CallError> {
        if claim.doubt && !matches!(spot, Spot::Existing(_)) {
            match self.messenger.find(spot, &claim.outgoing).await {
                Ok(Some(receipt)) => {
                    self.count("reconciled");
                    return Ok(receipt);
                }
                Ok(None) => {}
                Err(CallError::Permanent { why }) => {
                    // It can't be looked up, ever. An alert twice is better than none.
                    tracing::warn!(delivery.id = %claim.outgoing.id, why, "can't look it up; it may stand there twice");
                }
                // Looking changes nothing, so an unknown outcome of it is no reason to doubt more.
                Err(CallError::Unknown { why }) => return Err(CallError::Transient { why }),
                Err(error) => return Err(error),
            }
        }
        match &claim.outgoing.sign_in {
            None => self.messenger.send(spot, &claim.outgoing).await,
            Some(person) => {
                let complete = self.complete(&claim.outgoing, person).await?;
                self.messenger.send(spot, &complete).await
            }
        }
    }

    /// The message with the sign-in link that it promises, for the role that the person holds now.
    async fn complete(&self, outgoing: &Outgoing, person: &Person) -> Result<Outgoing, CallError> {
        let Some(links) = &self.links else { return Err(CallError::permanent("no page is served")) };
        let person = Person { role: self.messenger.role(person).await?, ..person.clone() };
        if person.role.is_none() {
            return Err(CallError::permanent("whoever asked for a sign-in link holds no role any more"));
        }
        let answer = with_link(links.as_ref(), &person, outgoing.answer.clone())
            .await
            .map_err(|error| CallError::transient(format!("{error:#}")))?;
        Ok(Outgoing { answer, ..outgoing.clone() })
    }

    /// Takes one message out of what the channel may be sent; `Err` with how long to wait first.
    fn take_turn(&self, lane: &str, kind: Kind) -> Result<(), Duration> {
        let Some(pace) = self.messenger.pace() else { return Ok(()) };
        let now = Instant::now();
        // Platforms count changes of messages apart from new ones, and those of all channels together.
        let lane = if kind == Kind::Edit { " edits" } else { lane }.to_owned();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.retain(|name, bucket| *name == lane || !bucket.is_full(pace, now));
        let bucket = buckets.entry(lane).or_insert_with(|| Bucket::new(now));
        bucket.take(matches!(kind, Kind::Page | Kind::Alert | Kind::Answer), pace, now)
    }

    fn log_given_up(&self, id: crate::model::outgoing::DeliveryId, why: &str) {
        tracing::error!(delivery.id = %id, platform = self.name(), why, "a delivery was given up");
    }

    fn count(&self, result: &'static str) {
        (self.count)(self.messenger.platform(), result);
    }

    fn name(&self) -> &'static str {
        Platform::name(self.messenger.platform())
    }
}

/// Where exactly a delivery goes. `None` where it refers to something without a receipt.
fn spot(row: &Waiting) -> Option<Spot> {
    let receipt = || match &row.refers {
        Some(Reference::Sent(receipt)) => Some(receipt.clone()),
        _ => None,
    };
    Some(match &row.target {
        Target::Post(place) => Spot::New { channel: place.channel.clone(), thread: place.thread.clone() },
        Target::Private(place, person) => Spot::Private {
            channel: place.channel.clone(),
            thread: place.thread.clone(),
            person: person.clone(),
        },
        Target::Under(_) => {
            receipt().map(|receipt| Spot::New { channel: receipt.channel, thread: Some(receipt.message) })?
        }
        Target::Replace(_) => Spot::Existing(receipt()?),
        Target::Incident(key) => Spot::New { channel: INCIDENTS.to_owned(), thread: Some(key.clone()) },
    })
}
