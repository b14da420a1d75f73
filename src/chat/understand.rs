//! What a person means: their words, or the control they pressed, and the place it happened in.

use chrono::TimeDelta;

use crate::chat::follow::{self, Next};
use crate::chat::sign_in;
use crate::chat::taken_back::{Back, not_about_an_alert, taken_back};
use crate::diagnose::words::Detail;
use crate::gather::readable::Readable;
use crate::intent;
use crate::model::alert::AlertNumber;
use crate::model::answer::Press;
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::Place;
use crate::model::request::{AlertChange, FollowUp, Query, Request, Scope, Turn, Which};
use crate::model::thread::Remembered;
use crate::model::time::TimeRange;
use crate::store::ThreadKey;

/// A question that opens a thread of its own continues what its person asked in the channel, if
/// that is no longer ago than this.
const FRESH: TimeDelta = TimeDelta::minutes(10);

/// What is wanted, and what else it may have meant.
#[derive(Debug)]
pub(super) struct Meant {
    /// What to do about it.
    pub(super) wish: Wish,
    /// How much to say.
    pub(super) detail: Detail,
    /// Whether it continues an earlier question.
    pub(super) followed: bool,
    /// The alert in whose thread it was said.
    pub(super) thread: Option<AlertNumber>,
    /// A name that looked like a service and is none.
    pub(super) unknown: Option<String>,
}

/// What to do about it.
#[derive(Debug)]
pub(super) enum Wish {
    /// As the words say.
    Request(Box<Request>),
    /// The menu entry Why.
    Why(AlertNumber),
    /// A link to quad's page.
    SignIn,
}

/// Understands one inbound. Reads the names that are known now and what was asked here before, and
/// nothing else.
pub(super) async fn understand(ctx: &Readable, inbound: &Inbound) -> anyhow::Result<Meant> {
    let thread = thread_of(ctx, inbound).await?;
    let plain = |wish| Meant { wish, detail: Detail::Brief, followed: false, thread, unknown: None };
    let text = match &inbound.said {
        Said::Text(text) => text.as_str(),
        Said::Press { press, .. } => match pressed(press, ctx) {
            Ok(wish) => return Ok(plain(wish)),
            Err(text) => text,
        },
    };
    if let Some(press) = typed(text)
        && let Ok(wish) = pressed(&press, ctx)
    {
        return Ok(plain(wish));
    }
    if let Some(change) = taken_back(text) {
        return match change {
            Back::Last => {
                let change = AlertChange::Undo(Which::default());
                Ok(plain(Wish::Request(Box::new(Request::AlertChange(change)))))
            }
            Back::Silence(of) => {
                let (change, unknown) = unsilenced(ctx, &of).await?;
                Ok(Meant { unknown, ..plain(Wish::Request(Box::new(Request::AlertChange(change)))) })
            }
        };
    }
    if sign_in::is_asked_for(text) {
        return Ok(plain(Wish::SignIn));
    }
    let before = before(ctx, inbound, thread).await?;
    let mut text = text;
    if let Some(press) = before.as_ref().and_then(|before| follow::chosen(text, &before.choices)) {
        match pressed(press, ctx) {
            Ok(wish) => return Ok(plain(wish)),
            Err(offered) => text = offered,
        }
    }
    let parsed = intent::parse(text, &ctx.inventory().await?, ctx.now());
    let Some(said) = continues(text, &parsed.request, before.as_ref()) else {
        let misnamed = not_about_an_alert(&parsed.request, text);
        let unknown = match parsed.request {
            Request::Talk(_) => misnamed,
            _ => parsed.unknown.or(misnamed),
        };
        return Ok(Meant { unknown, ..plain(Wish::Request(Box::new(parsed.request))) });
    };
    let next = match &before {
        Some(before) => follow::follow(before, &said, ctx.now()),
        None if follow::names_a_thing(&said.scope) => Next::Ask(Query::Status(said.scope), Detail::Brief),
        None => Next::Ask(Query::FollowUp(said), Detail::Brief),
    };
    Ok(match next {
        Next::Ask(query, detail) => {
            let wish = Wish::Request(Box::new(Request::Query(query)));
            Meant { detail, followed: before.is_some(), unknown: parsed.unknown, ..plain(wish) }
        }
        Next::Why(number) => plain(Wish::Why(number)),
    })
}

/// What a silence of these words would be about is what its end is about.
async fn unsilenced(ctx: &Readable, of: &str) -> anyhow::Result<(AlertChange, Option<String>)> {
    let parsed = intent::parse(&format!("silence {of} for 1 hour"), &ctx.inventory().await?, ctx.now());
    let unknown = parsed.unknown.or_else(|| not_about_an_alert(&parsed.request, &format!("silence {of}")));
    let which = match parsed.request {
        Request::AlertChange(AlertChange::Silence { which, .. }) => which,
        _ => Which::default(),
    };
    Ok((AlertChange::Unsilence(which), unknown))
}

/// Where a question is remembered: its thread, and the person's side of the channel.
pub(super) fn places(inbound: &Inbound) -> Vec<ThreadKey> {
    let key = |thread: String| ThreadKey {
        platform: inbound.platform,
        channel: inbound.place.channel.clone(),
        thread,
    };
    let own = key(format!("@{}", inbound.person.id));
    inbound.place.thread.clone().map(key).into_iter().chain([own]).collect()
}

/// What was asked here before.
async fn before(
    ctx: &Readable,
    inbound: &Inbound,
    thread: Option<AlertNumber>,
) -> anyhow::Result<Option<Remembered>> {
    let places = places(inbound);
    let opens_one = inbound.place.thread.is_some() && inbound.place.thread == inbound.message;
    let mut found = match places.first() {
        Some(place) => ctx.remembered(place).await?,
        None => None,
    };
    if found.is_none() && opens_one {
        let own = match places.last() {
            Some(own) => ctx.remembered(own).await?,
            None => None,
        };
        found = own.filter(|own| ctx.now() - own.at <= FRESH);
    }
    let Some(number) = thread else { return Ok(found) };
    let Some(alert) = ctx.alert(number).await? else { return Ok(found) };
    let about = follow::of_alert(&alert, ctx.now());
    Ok(Some(match found {
        // A question without a subject was about the alert.
        Some(mut found) => {
            if let (Some(asked), Some(of)) = (found.query.scope().cloned(), about.query.scope())
                && let Some(place) = found.query.scope_mut()
            {
                *place = follow::continued(of, &asked);
            }
            found
        }
        None => about,
    }))
}

/// What is new, where the words make sense only after what was asked before.
fn continues(text: &str, request: &Request, before: Option<&Remembered>) -> Option<FollowUp> {
    let same = |scope: &Scope| FollowUp { scope: scope.clone(), turn: Turn::Same };
    // "payments?" or "nur qa": a name or a time and next to nothing else.
    let terse = text.split_whitespace().count() <= 2;
    match (request, before) {
        (Request::Query(Query::FollowUp(said)), _) => Some(said.clone()),
        // "errors?" where checkout is spoken of means those of checkout.
        (Request::Query(query), Some(before))
            if terse
                && query.scope() == Some(&Scope::default())
                && before.query.scope().is_some_and(follow::names_a_thing) =>
        {
            let turn = match query {
                Query::Latency(_) => Turn::Latency,
                Query::Errors { quoted: None, .. } => Turn::Errors,
                Query::Resources { resource: Some(resource), .. } => Turn::Resources(*resource),
                _ => return None,
            };
            Some(FollowUp { scope: Scope::default(), turn })
        }
        (Request::Query(Query::Status(scope)), Some(before))
            if terse
                && *scope != Scope::default()
                && !matches!(before.query, Query::Status(_) | Query::FollowUp(_))
                && !text.to_lowercase().contains("status") =>
        {
            Some(same(scope))
        }
        _ => None,
    }
}

/// A press as what it means, or the words it stands for.
fn pressed<'p>(press: &'p Press, ctx: &Readable) -> Result<Wish, &'p str> {
    let which = |number: &AlertNumber| Which { number: Some(*number), ..Which::default() };
    let change = match press {
        Press::Acknowledge(number) => AlertChange::Acknowledge(which(number)),
        Press::Silence(number, minutes) => {
            let now = ctx.now();
            let range = TimeRange::new(now, now + TimeDelta::minutes(i64::from(*minutes)));
            AlertChange::Silence { which: which(number), range: Some(range) }
        }
        Press::Resolve(number) => AlertChange::Resolve { which: which(number), text: None },
        Press::FalseAlarm(number) => AlertChange::FalseAlarm(which(number)),
        Press::Undo(number) => AlertChange::Undo(which(number)),
        Press::Why(number) => return Ok(Wish::Why(*number)),
        Press::Ask(text) => return Err(text),
    };
    Ok(Wish::Request(Box::new(Request::AlertChange(change))))
}
/// What buttons say when they are typed instead: "why 12", "undo 12", "false alarm 12". The other
/// buttons are words that the parser knows anyway.
fn typed(text: &str) -> Option<Press> {
    let text = text.trim().to_lowercase();
    let (words, number) = text.rsplit_once(' ')?;
    let number = AlertNumber(number.trim_start_matches('#').parse().ok()?);
    match words.trim() {
        "why" | "why alert" | "explain" | "explain alert" => Some(Press::Why(number)),
        "undo" | "undo alert" | "take back" => Some(Press::Undo(number)),
        "false alarm" => Some(Press::FalseAlarm(number)),
        _ => None,
    }
}

/// The alert whose thread this is: that of the place, or that of the message with the control.
async fn thread_of(ctx: &Readable, inbound: &Inbound) -> anyhow::Result<Option<AlertNumber>> {
    let root = match &inbound.said {
        Said::Press { on: Some(message), .. } => Some(message.clone()),
        _ => None,
    };
    let Some(thread) = inbound.place.thread.clone().or(root) else { return Ok(None) };
    let place = Place { channel: inbound.place.channel.clone(), thread: Some(thread) };
    ctx.alert_under(inbound.platform, &place).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_button_offers_can_be_typed() {
        assert_eq!(typed("Why #12"), Some(Press::Why(AlertNumber(12))));
        assert_eq!(typed("undo 3"), Some(Press::Undo(AlertNumber(3))));
        assert_eq!(typed("false alarm 3"), Some(Press::FalseAlarm(AlertNumber(3))));
        assert_eq!(typed("why is web slow since 12"), None);
        assert_eq!(typed("why"), None);
    }
}
