//! Cuts what is too long for one message into several deliveries, each retried by itself.

use std::sync::Arc;

use uuid::Uuid;

use crate::model::alert::AlertNumber;
use crate::model::answer::Answer;
use crate::model::outgoing::{DeliveryId, Kind, Outgoing, Platform, Target};
use crate::model::time::Moment;
use crate::ports::messenger::Messenger;
use crate::store::Tx;

/// Adds `outgoing` to the outbox, in as many messages as its platform needs: the first under its
/// own id, the others in the thread under it.
///
/// # Errors
/// Where the database refuses.
pub async fn enqueue(
    tx: &mut Tx,
    messengers: &[Arc<dyn Messenger>],
    outgoing: Outgoing,
) -> anyhow::Result<()> {
    if let Target::Replace(replaced) = outgoing.target
        && edits(messengers, outgoing.platform)
    {
        return replace(tx, replaced, parts(messengers, outgoing)).await;
    }
    let outgoing = match outgoing.target {
        // What can't be changed is said once more, under what it was said in.
        Target::Replace(said) => Outgoing { kind: Kind::Note, target: Target::Under(said), ..outgoing },
        _ => outgoing,
    };
    for part in parts(messengers, outgoing) {
        tx.enqueue(&part).await?;
    }
    Ok(())
}

/// Whether messages on this platform can be replaced.
pub(super) fn edits(messengers: &[Arc<dyn Messenger>], platform: Platform) -> bool {
    let messenger = messengers.iter().find(|messenger| messenger.platform() == platform);
    messenger.is_none_or(|messenger| messenger.edits())
}

/// Each part takes the place of the part that said it before. What is new is added under the message,
/// and what has become too much says so: nothing is posted again at each edit.
async fn replace(tx: &mut Tx, replaced: DeliveryId, parts: Vec<Outgoing>) -> anyhow::Result<()> {
    let Some(first) = parts.first().cloned() else { return Ok(()) };
    let count = parts.len();
    for (n, part) in parts.into_iter().enumerate() {
        let earlier = part_id(replaced, n);
        let part = match n {
            0 => part,
            _ if tx.is_delivery(earlier).await? => Outgoing { target: Target::Replace(earlier), ..part },
            _ => Outgoing { id: earlier, ..part },
        };
        tx.enqueue(&part).await?;
    }
    for n in count.. {
        let earlier = part_id(replaced, n);
        if n == 0 || !tx.is_delivery(earlier).await? {
            break;
        }
        let answer = Answer::new("This part does not hold any more.");
        let id = part_id(first.id, n);
        tx.enqueue(&Outgoing { id, target: Target::Replace(earlier), answer, ..first.clone() }).await?;
    }
    Ok(())
}

/// Takes back what was said: what was not sent yet never is, what was says `instead`.
///
/// # Errors
/// Where the database refuses.
pub async fn take_back(
    tx: &mut Tx,
    messengers: &[Arc<dyn Messenger>],
    platform: Platform,
    said: DeliveryId,
    instead: Answer,
    at: Moment,
) -> anyhow::Result<()> {
    const WHY: &str = "what it answers was deleted";
    tx.withdraw_changes(said, WHY, at).await?;
    if tx.may_be_seen(said).await? {
        let outgoing = Outgoing::new(platform, Kind::Answer, Target::Replace(said), instead, at);
        return enqueue(tx, messengers, outgoing).await;
    }
    tx.withdraw(said, WHY, at).await?;
    for n in 1.. {
        let part = part_id(said, n);
        if !tx.is_delivery(part).await? {
            break;
        }
        if !tx.may_be_seen(part).await? {
            tx.withdraw(part, WHY, at).await?;
        } else {
            let gone = Answer::new("This part does not hold any more.");
            tx.enqueue(&Outgoing::new(platform, Kind::Answer, Target::Replace(part), gone, at)).await?;
        }
    }
    Ok(())
}

/// The same, and remembers the first message as the alert's root message where it goes.
///
/// # Errors
/// Where the database refuses.
pub async fn announce(
    tx: &mut Tx,
    messengers: &[Arc<dyn Messenger>],
    number: AlertNumber,
    outgoing: Outgoing,
) -> anyhow::Result<()> {
    for (n, part) in parts(messengers, outgoing).iter().enumerate() {
        if n == 0 {
            tx.announce(number, part).await?;
        } else {
            tx.enqueue(part).await?;
        }
    }
    Ok(())
}

fn is_page(messenger: &dyn Messenger, target: &Target) -> bool {
    match target {
        Target::Post(place) | Target::Private(place, _) => messenger.is_page(&place.channel),
        Target::Replace(_) | Target::Under(_) | Target::Incident(_) => false,
    }
}

fn parts(messengers: &[Arc<dyn Messenger>], outgoing: Outgoing) -> Vec<Outgoing> {
    let messenger = messengers.iter().find(|messenger| messenger.platform() == outgoing.platform);
    let mut answers = match messenger {
        Some(messenger) if !is_page(messenger.as_ref(), &outgoing.target) => {
            messenger.split(outgoing.answer.clone())
        }
        Some(_) => vec![outgoing.answer.clone()],
        // Nobody carries it now; it waits until the platform is configured again, or is given up.
        None => vec![outgoing.answer.clone()],
    };
    if answers.is_empty() {
        answers.push(outgoing.answer.clone());
    }
    let rest = follow_up(&outgoing);
    answers
        .into_iter()
        .enumerate()
        .map(|(n, answer)| match n {
            0 => Outgoing { answer, ..outgoing.clone() },
            _ => Outgoing {
                id: part_id(outgoing.id, n),
                target: rest.clone(),
                answer,
                // Its beginning is enough to be noticed.
                broadcast: false,
                ..outgoing.clone()
            },
        })
        .collect()
}

/// Where the rest of a message goes that did not fit into one.
fn follow_up(outgoing: &Outgoing) -> Target {
    match &outgoing.target {
        Target::Post(place) if place.thread.is_none() => Target::Under(outgoing.id),
        // Already in a thread (and threads have no threads), or for one person's eyes.
        in_place @ (Target::Post(_) | Target::Under(_) | Target::Private(..) | Target::Incident(_)) => {
            in_place.clone()
        }
        Target::Replace(replaced) => Target::Under(*replaced),
    }
}

/// The same for the same delivery, so that enqueueing it again changes nothing.
fn part_id(whole: DeliveryId, n: usize) -> DeliveryId {
    DeliveryId(Uuid::new_v5(&whole.0, n.to_string().as_bytes()))
}
