//! Watches the folders of a mailbox: one connection each, told by the server at once where it can
//! (IDLE), asked again and again where it can't. A mail is marked as seen once its answer is in the
//! outbox, or once it is clear that there will be none; until then it is found again after any restart.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_imap::types::{Uid, UnsolicitedResponse};
use futures_util::future::{BoxFuture, join_all};
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Mail;
use super::config::Imap;
use super::connection::{Mailbox, PATIENCE, connect, failed};
use super::intake::{Sink, Taken};
use crate::error::CallError;
use crate::ports::clock::Clock;

/// First and longest pause before a connection is opened again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));
/// A wrong password is tried less often: servers lock out who insists.
const AFTER_REFUSAL: Duration = Duration::from_secs(120);
/// Servers may end an IDLE after 30 minutes (RFC 2177), and some routers earlier.
const IDLE: Duration = Duration::from_secs(9 * 60);
/// What could not be decided is looked at again after this.
const LATER: Duration = Duration::from_secs(30);
/// Answers come in bursts; marks are set together.
const TOGETHER: Duration = Duration::from_millis(150);
/// Mails fetched at a time: so many, and no more bytes than this unless one alone is larger.
const BATCH: (usize, u32) = (50, 1_000_000);

/// Events of mails that came in and are not answered yet.
pub type Unanswered = Arc<dyn Fn() -> BoxFuture<'static, anyhow::Result<HashSet<String>>> + Send + Sync>;

/// The way into the house.
#[derive(Clone)]
pub struct Door {
    /// Takes what was said.
    pub sink: Sink,
    /// What still waits for its answer.
    pub unanswered: Unanswered,
    /// Changes when an answer is in the outbox.
    pub answers: watch::Receiver<u64>,
}

/// What is known of the mails in a folder that are not marked as seen.
#[derive(Default)]
struct Open {
    /// Taken in: their events.
    said: BTreeMap<Uid, String>,
    /// To be looked at again, from then on.
    later: BTreeMap<Uid, Instant>,
    /// Those that the server could not hand over; left alone on this connection.
    unreadable: HashSet<Uid>,
}

impl Open {
    fn knows(&self, uid: Uid) -> bool {
        self.said.contains_key(&uid)
            || self.unreadable.contains(&uid)
            || self.later.get(&uid).is_some_and(|at| *at > Instant::now())
    }
}

impl Mail {
    /// Watches until dropped; returns at once where no mailbox is configured. Connections that end
    /// are opened again. Dropping it loses nothing: what is not marked as seen is found again.
    pub async fn listen(self: &Arc<Self>, door: Door, clock: Clock) {
        let Some(imap) = &self.config().imap else { return };
        join_all(imap.folders.iter().map(|folder| self.keep_watching(imap, folder, &door, &clock))).await;
    }

    async fn keep_watching(&self, imap: &Imap, folder: &str, door: &Door, clock: &Clock) {
        let mut pause = PAUSES.0;
        loop {
            let began = Instant::now();
            let error = match self.watch(imap, folder, door, clock).await {
                Ok(never) => match never {},
                Err(error) => error,
            };
            // A connection that held for a while is no reason to wait.
            if began.elapsed() > PAUSES.1 {
                pause = PAUSES.0;
            }
            let wait = match &error {
                CallError::Permanent { .. } => AFTER_REFUSAL,
                _ => pause,
            };
            tracing::warn!(
                mail.folder = folder,
                "the mailbox is not watched, trying again in {wait:?}: {error}"
            );
            tokio::time::sleep(wait).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// One connection, until it ends.
    async fn watch(
        &self,
        imap: &Imap,
        folder: &str,
        door: &Door,
        clock: &Clock,
    ) -> Result<std::convert::Infallible, CallError> {
        let (mut session, can) = connect(imap, self.password()?, self.tls()).await?;
        let idles = can.has_str("IDLE");
        timed(session.select(folder)).await.map_err(|error| match error {
            CallError::Transient { why } if why.contains("refuses") => {
                CallError::transient(format!("the folder `{folder}` can't be opened"))
            }
            other => other,
        })?;
        tracing::info!(mail.folder = folder, mail.idle = idles, "the mailbox is watched");
        let mut open = Open::default();
        let mut answers = door.answers.clone();
        loop {
            while session.unsolicited_responses.try_recv().is_ok() {}
            answers.mark_unchanged();
            self.mark_answered(&mut session, &mut open, door).await?;
            let new = unseen(&mut session, &open).await?;
            if !new.is_empty() {
                self.take_in_all(&mut session, &new, &mut open, door, clock).await?;
                continue;
            }
            let longest = match (idles, open.later.values().min()) {
                (true, None) => IDLE,
                (false, None) => Duration::from_secs(imap.poll_secs),
                (_, Some(at)) => at.duration_since(Instant::now()).max(Duration::from_secs(1)),
            };
            let answered = answered(&mut answers, !open.said.is_empty());
            session = if idles {
                idle(session, longest, answered).await?
            } else {
                tokio::select! {
                    () = tokio::time::sleep(longest.min(Duration::from_secs(imap.poll_secs))) => {}
                    () = answered => {}
                }
                timed(session.noop()).await?;
                session
            };
        }
    }

    async fn mark_answered(
        &self,
        session: &mut Mailbox,
        open: &mut Open,
        door: &Door,
    ) -> Result<(), CallError> {
        if open.said.is_empty() {
            return Ok(());
        }
        let unanswered = (door.unanswered)()
            .await
            .map_err(|error| CallError::transient(format!("what is answered can't be read: {error:#}")))?;
        let done: Vec<Uid> =
            open.said.iter().filter(|(_, event)| !unanswered.contains(*event)).map(|(uid, _)| *uid).collect();
        mark(session, &done).await?;
        open.said.retain(|uid, _| !done.contains(uid));
        Ok(())
    }

    async fn take_in_all(
        &self,
        session: &mut Mailbox,
        new: &[Uid],
        open: &mut Open,
        door: &Door,
        clock: &Clock,
    ) -> Result<(), CallError> {
        let sizes = sizes(session, new).await?;
        let most = u32::try_from(self.config().max_bytes).unwrap_or(u32::MAX);
        let (fits, too_large): (Vec<_>, Vec<_>) = sizes.into_iter().partition(|(_, size)| *size <= most);
        for _ in &too_large {
            tracing::info!(mail.rule = "too_large", "a mail is not answered");
            self.counts().add("too_large");
        }
        mark(session, &too_large.iter().map(|(uid, _)| *uid).collect::<Vec<_>>()).await?;
        for batch in batches(&fits) {
            let mut refused = Vec::new();
            for (uid, raw) in bodies(session, &batch).await? {
                let Some(raw) = raw else {
                    open.unreadable.insert(uid);
                    continue;
                };
                open.later.remove(&uid);
                match self.take_in(raw, &door.sink, clock.now()).await {
                    Taken::Said(event) => {
                        open.said.insert(uid, event);
                    }
                    Taken::Ignored(_) => refused.push(uid),
                    Taken::Later => {
                        open.later.insert(uid, Instant::now() + LATER);
                    }
                }
            }
            // What the server did not hand over, though it was there a moment ago.
            let gone = batch.iter().filter(|uid| !open.knows(**uid) && !refused.contains(*uid)).copied();
            let gone: Vec<Uid> = gone.collect();
            open.unreadable.extend(gone);
            mark(session, &refused).await?;
        }
        Ok(())
    }
}

/// Returns once an answer is in the outbox; never where none is waited for.
async fn answered(answers: &mut watch::Receiver<u64>, waited_for: bool) {
    if !waited_for || answers.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(TOGETHER).await;
}

/// Waits until the server says something, `answered` completes, or the time is over.
async fn idle(
    session: Mailbox,
    longest: Duration,
    answered: impl Future<Output = ()>,
) -> Result<Mailbox, CallError> {
    let beside = session.unsolicited_responses.clone();
    let mut handle = session.idle();
    timed(handle.init()).await?;
    // Mail that came since the search was told of in between, and is not told of again.
    let mut came = false;
    while let Ok(said) = beside.try_recv() {
        came |= matches!(said, UnsolicitedResponse::Exists(_));
    }
    if !came {
        let (news, _stop) = handle.wait_with_timeout(longest);
        tokio::select! {
            said = news => { said.map_err(|error| failed(&error))?; }
            () = answered => {}
        }
    }
    timed(handle.done()).await
}

async fn unseen(session: &mut Mailbox, open: &Open) -> Result<Vec<Uid>, CallError> {
    let found = timed(session.uid_search("UNSEEN UNDELETED")).await?;
    let mut new: Vec<Uid> = found.into_iter().filter(|uid| !open.knows(*uid)).collect();
    new.sort_unstable();
    Ok(new)
}

async fn sizes(session: &mut Mailbox, uids: &[Uid]) -> Result<Vec<(Uid, u32)>, CallError> {
    let mut found = Vec::with_capacity(uids.len());
    for some in uids.chunks(500) {
        let fetched = async {
            let stream = session.uid_fetch(set(some), "(UID RFC822.SIZE)").await?;
            stream.try_collect::<Vec<_>>().await
        };
        found.extend(timed(fetched).await?.iter().filter_map(|one| Some((one.uid?, one.size?))));
    }
    // A server may report the same mail twice, or one that nobody asked for.
    found.retain(|(uid, _)| uids.contains(uid));
    found.dedup_by_key(|(uid, _)| *uid);
    Ok(found)
}

async fn bodies(session: &mut Mailbox, uids: &[Uid]) -> Result<Vec<(Uid, Option<Vec<u8>>)>, CallError> {
    let fetched = async {
        let mut found = Vec::with_capacity(uids.len());
        let mut stream = session.uid_fetch(set(uids), "(UID BODY.PEEK[])").await?;
        while let Some(one) = stream.next().await {
            let one = one?;
            if let Some(uid) = one.uid.filter(|uid| uids.contains(uid)) {
                found.push((uid, one.body().map(<[u8]>::to_vec)));
            }
        }
        Ok(found)
    };
    // Large mails take their time on slow lines.
    tokio::time::timeout(PATIENCE * 10, fetched)
        .await
        .map_err(|_| CallError::transient("the mailbox's server does not answer in time"))?
        .map_err(|error| failed(&error))
}

async fn mark(session: &mut Mailbox, uids: &[Uid]) -> Result<(), CallError> {
    for some in uids.chunks(500) {
        let stored = async {
            let stream = session.uid_store(set(some), "+FLAGS.SILENT (\\Seen)").await?;
            stream.try_collect::<Vec<_>>().await
        };
        timed(stored).await?;
    }
    Ok(())
}

fn set(uids: &[Uid]) -> String {
    uids.iter().map(Uid::to_string).collect::<Vec<_>>().join(",")
}

/// Cuts a list into what is fetched at a time.
fn batches(sizes: &[(Uid, u32)]) -> Vec<Vec<Uid>> {
    let mut all: Vec<Vec<Uid>> = Vec::new();
    let mut bytes = 0_u32;
    for (uid, size) in sizes {
        let sum = bytes.saturating_add(*size);
        match all.last_mut() {
            Some(batch) if batch.len() < BATCH.0 && sum <= BATCH.1 => {
                batch.push(*uid);
                bytes = sum;
            }
            _ => {
                all.push(vec![*uid]);
                bytes = *size;
            }
        }
    }
    all
}

async fn timed<T>(step: impl Future<Output = async_imap::error::Result<T>>) -> Result<T, CallError> {
    match tokio::time::timeout(PATIENCE, step).await {
        Ok(done) => done.map_err(|error| failed(&error)),
        Err(_) => Err(CallError::transient("the mailbox's server does not answer in time")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_mails_are_fetched_alone_and_small_ones_together() {
        let sizes = [(1, 400_000), (2, 400_000), (3, 400_000), (4, 25_000_000), (5, 10)];
        assert_eq!(batches(&sizes), [vec![1, 2], vec![3], vec![4], vec![5]]);
        let many: Vec<_> = (0..120).map(|uid| (uid, 100)).collect();
        assert_eq!(batches(&many).iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
        assert!(batches(&[]).is_empty());
    }
}
