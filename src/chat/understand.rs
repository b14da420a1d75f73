//! What a person means: their words, or the control they pressed, and the place it happened in.

use chrono::TimeDelta;

use crate::chat::confirm::Act;
use crate::chat::follow::{self, Next};
use crate::chat::subscribe::{self, Wanted};
use crate::chat::taken_back::{Back, not_about_an_alert, taken_back};
use crate::chat::{readings, sign_in, typed};
use crate::diagnose::words::Detail;
use crate::gather::readable::Readable;
use crate::intent::{self, Parsed};
use crate::model::alert::AlertNumber;
use crate::model::answer::Press;
use crate::model::change::ChangeNumber;
use crate::model::inbound::{Inbound, Said};
use crate::model::inventory::Inventory;
use crate::model::outgoing::Place;
use crate::model::request::{AlertChange, FollowUp, Query, Request, Scope, Turn, Which, WorldChange};
use crate::model::thread::Remembered;
use crate::model::time::{Moment, TimeRange};
use crate::store::ThreadKey;

/// A question that opens a thread of its own continues what its person asked in the channel, if
/// that is no longer ago than this.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// Of somebody else's message, this much is read: what stands between quotation marks further apart is
/// no quotation to the parser.
const QUOTED: usize = 500;

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
    /// The intent that was nearly taken instead.
    pub(super) other: Option<&'static str>,
    /// The change that was spoken of and not asked for plainly, where nothing else was understood.
    pub(super) held: Option<&'static str>,
    /// The words that were read.
    pub(super) text: String,
    /// 0 to 1: how sure that reading is.
    pub(super) confidence: f64,
}

/// What to do about it.
#[derive(Debug)]
pub(super) enum Wish {
    /// As the words say.
    Request(Box<Request>),
    /// The menu entry Why.
    Why(AlertNumber),
    /// To do this about a change that waits.
    Settle(ChangeNumber, Act),
    /// A link to quad's page.
    SignIn,
    /// The menu entry Runbook.
    Runbook(AlertNumber),
    /// quad's own page in their chat.
    Home,
    /// What a link to quad's page leads to.
    Link(String),
    /// A report to themselves, again and again, or no more.
    Subscribe(Wanted),
    /// How useful quad was.
    Rate(&'static str),
}

/// Understands one inbound. Reads the names that are known now and what was asked here before, and
/// nothing else.
pub(super) async fn understand(ctx: &Readable, inbound: &Inbound) -> anyhow::Result<Meant> {
    let thread = thread_of(ctx, inbound).await?;
    let plain = |wish| Meant {
        wish,
        detail: Detail::Brief,
        followed: false,
        thread,
        unknown: None,
        other: None,
        held: None,
        text: String::new(),
        confidence: 1.0,
    };
    let text = match &inbound.said {
        Said::Text(text) => text.as_str(),
        // It is never kept to be worked on, and would be about nothing.
        Said::Deleted => "",
        Said::Home => return Ok(plain(Wish::Home)),
        Said::Link(url) => return Ok(plain(Wish::Link(url.clone()))),
        Said::Quoted(words) => {
            let query = quoted(words, &ctx.inventory().await?, ctx.now());
            return Ok(plain(Wish::Request(Box::new(Request::Query(query)))));
        }
        Said::Press { press, .. } => match pressed(press, ctx) {
            Ok(wish) => return Ok(plain(wish)),
            Err(text) => text,
        },
    };
    if let Some(press) = typed::press(text, thread)
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
    if let Some(wanted) = subscribe::read(text) {
        return Ok(plain(Wish::Subscribe(wanted)));
    }
    if let Some(rating) = typed::rating(text) {
        return Ok(plain(Wish::Rate(rating)));
    }
    if sign_in::is_asked_for(text) {
        return Ok(plain(Wish::SignIn));
    }
    if let Some((wanted, name)) = typed::statement(text) {
        return Ok(plain(Wish::Request(Box::new(of_statement(wanted, name)))));
    }
    let before = before(ctx, inbound, thread).await?;
    let mut text = text;
    if let Some(press) = before.as_ref().and_then(|before| follow::chosen(text, &before.choices)) {
        match pressed(press, ctx) {
            Ok(wish) => return Ok(plain(wish)),
            Err(offered) => text = offered,
        }
    }
    let inventory = ctx.inventory().await?;
    if let Some(change) = wished(text, &inventory, ctx.now()) {
        return Ok(plain(Wish::Request(Box::new(Request::WorldChange(change)))));
    }
    let mut parsed = read(text, &inventory, ctx.now());
    if matches!(parsed.request, Request::AlertChange(AlertChange::Silence { .. })) && typed::excepts(text) {
        // What is left out can't be told from what is meant.
        let nothing = Query::Status(Scope::default());
        return Ok(Meant {
            held: Some("silence"),
            ..plain(Wish::Request(Box::new(Request::Query(nothing))))
        });
    }
    if let Some(wide) = wide(&parsed.request, text, thread) {
        parsed.request = Request::WorldChange(wide);
    }
    among_those_shown(&mut parsed.request, before.as_ref());
    let Some(said) = continues(text, &parsed.request, before.as_ref()) else {
        let (other, held) = (readings::other(&parsed), readings::held_back(&parsed));
        let misnamed = not_about_an_alert(&parsed.request, text);
        let unknown = match parsed.request {
            Request::Talk(_) => misnamed,
            _ => parsed.unknown.or(misnamed),
        };
        let (text, confidence) = (text.to_owned(), parsed.confidence);
        return Ok(Meant {
            other,
            held,
            unknown,
            text,
            confidence,
            ..plain(Wish::Request(Box::new(parsed.request)))
        });
    };
    let next = match &before {
        Some(before) => follow::follow(before, &said, ctx.now()),
        None if follow::names_a_thing(&said.scope) => {
            Next::Ask(Box::new(Query::Status(said.scope)), Detail::Brief)
        }
        None => Next::Ask(Box::new(Query::FollowUp(said)), Detail::Brief),
    };
    Ok(match next {
        Next::Ask(query, detail) => {
            let wish = Wish::Request(Box::new(Request::Query(*query)));
            Meant {
                detail,
                followed: before.is_some(),
                unknown: parsed.unknown,
                text: text.to_owned(),
                confidence: parsed.confidence,
                ..plain(wish)
            }
        }
        Next::Why(number) => plain(Wish::Why(number)),
    })
}

/// "query 2" after a list of queries is the second of those, of the same database and time.
fn among_those_shown(request: &mut Request, before: Option<&Remembered>) {
    let Some(Query::SlowQueries { scope: shown, .. }) = before.map(|before| &before.query) else { return };
    if let Request::Query(Query::Statement { scope, .. })
    | Request::WorldChange(WorldChange::CreateIndex { scope, .. } | WorldChange::OpenIssue { scope, .. }) =
        request
        && *scope == Scope::default()
    {
        *scope = shown.clone();
    }
}

/// What is wanted of a statement that was named.
fn of_statement(wanted: typed::Statement, name: String) -> Request {
    match wanted {
        typed::Statement::Plan => {
            Request::Query(Query::Statement { scope: Scope::default(), which: Some(name) })
        }
        typed::Statement::Index => {
            Request::WorldChange(WorldChange::CreateIndex { scope: Scope::default(), which: Some(name) })
        }
        typed::Statement::Issue => {
            Request::WorldChange(WorldChange::OpenIssue { scope: Scope::default(), which: Some(name) })
        }
    }
}

/// What somebody else's words are about. Whatever they tell to do, it is only looked at.
fn quoted(words: &str, inventory: &Inventory, now: Moment) -> Query {
    let words: String = words.replace('"', "'").chars().take(QUOTED).collect();
    let mut parsed = read(&format!("analyze \"{words}\""), inventory, now);
    match parsed.request {
        Request::Query(query @ (Query::Latency(_) | Query::Errors { .. } | Query::Resources { .. })) => query,
        _ => Query::Status(parsed.request.scope_mut().map(|scope| scope.clone()).unwrap_or_default()),
    }
}

/// The words as the parser reads them, with the services that a name stands for.
fn read(text: &str, inventory: &Inventory, now: Moment) -> Parsed {
    let mut parsed = intent::parse(text, inventory, now);
    if let Some(scope) = parsed.request.scope_mut() {
        inventory.expand(scope);
    }
    parsed
}

/// Wishes in a fixed form: a name to learn, planned work.
fn wished(text: &str, inventory: &Inventory, now: Moment) -> Option<WorldChange> {
    if let Some((name, members)) = typed::alias(text) {
        return Some(WorldChange::Alias { name, members });
    }
    // "the db is shop-db" teaches only what stands for names that are known: "the api is slow" does not.
    if let Some((name, members)) = typed::likeness(text)
        && !inventory.is_known(&name)
        && members.iter().all(|member| inventory.is_known(member))
    {
        return Some(WorldChange::Alias { name, members });
    }
    let of = typed::maintenance(text)?;
    // When and on what is said as of a silence.
    let request = read(&format!("silence {of}"), inventory, now).request;
    let Request::AlertChange(AlertChange::Silence { which, range }) = request else { return None };
    (which.scope != Scope::default()).then(|| WorldChange::Maintenance {
        scope: which.scope,
        range,
        what: of.chars().take(200).collect(),
    })
}

/// A silence of a whole environment or region, or of everything, is a change that waits for its click:
/// it hides more than the person who says it can see. In the `thread` of an alert "all" is said of that.
fn wide(request: &Request, text: &str, thread: Option<AlertNumber>) -> Option<WorldChange> {
    let Request::AlertChange(AlertChange::Silence { which, range }) = request else { return None };
    let wide = which.number.is_none()
        && !follow::names_a_thing(&which.scope)
        && (which.scope.environment.is_some()
            || which.scope.region.is_some()
            || thread.is_none() && typed::means_everything(text));
    wide.then(|| WorldChange::SilenceWide { scope: which.scope.clone(), range: *range })
}

/// What a silence of these words would be about is what its end is about.
async fn unsilenced(ctx: &Readable, of: &str) -> anyhow::Result<(AlertChange, Option<String>)> {
    let inventory = ctx.inventory().await?;
    let parsed = read(&format!("silence {of} for 1 hour"), &inventory, ctx.now());
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
        Press::Approve(number) => return Ok(Wish::Settle(*number, Act::Approve)),
        Press::Cancel(number) => return Ok(Wish::Settle(*number, Act::Cancel)),
        Press::TakeBack(number) => return Ok(Wish::Settle(*number, Act::TakeBack)),
        Press::Runbook(number) => return Ok(Wish::Runbook(*number)),
        Press::Ask(text) => return Err(text),
    };
    Ok(Wish::Request(Box::new(Request::AlertChange(change))))
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
