//! What a person means: their words, or the control they pressed, and the thread it happened in.

use crate::chat::sign_in;
use crate::gather::readable::Readable;
use crate::intent;
use crate::model::alert::AlertNumber;
use crate::model::answer::Press;
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::Place;
use crate::model::request::{AlertChange, Request, Talk, Which};
use crate::model::time::TimeRange;

/// What is wanted, and what else it may have meant.
#[derive(Debug)]
pub(super) struct Meant {
    /// What to do about it.
    pub(super) wish: Wish,
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
    /// The menu entry Runbook.
    Runbook(AlertNumber),
}

/// Understands one inbound. Reads the names that are known now, and nothing else.
pub(super) async fn understand(ctx: &Readable, inbound: &Inbound) -> anyhow::Result<Meant> {
    let thread = thread_of(ctx, inbound).await?;
    let text = match &inbound.said {
        Said::Text(text) => text,
        Said::Press { press, .. } => match pressed(press, ctx) {
            Ok(wish) => return Ok(Meant { wish, thread, unknown: None }),
            Err(text) => text,
        },
    };
    if let Some(press) = typed(text).or_else(|| asked_in_thread(text, thread))
        && let Ok(wish) = pressed(&press, ctx)
    {
        return Ok(Meant { wish, thread, unknown: None });
    }
    if let Some(change) = taken_back(text) {
        return match change {
            Back::Last => {
                let change = AlertChange::Undo(Which::default());
                Ok(Meant {
                    wish: Wish::Request(Box::new(Request::AlertChange(change))),
                    thread,
                    unknown: None,
                })
            }
            Back::Silence(of) => unsilenced(ctx, &of, thread).await,
        };
    }
    if sign_in::is_asked_for(text) {
        return Ok(Meant { wish: Wish::SignIn, thread, unknown: None });
    }
    let parsed = intent::parse(text, &ctx.inventory().await?, ctx.now());
    let misnamed = not_about_an_alert(&parsed.request, text);
    let unknown = match parsed.request {
        Request::Talk(_) => misnamed,
        _ => parsed.unknown.or(misnamed),
    };
    Ok(Meant { wish: Wish::Request(Box::new(parsed.request)), thread, unknown })
}

/// What is taken back.
enum Back {
    /// Whatever the person did last.
    Last,
    /// A silence, of what these words say.
    Silence(String),
}

fn taken_back(text: &str) -> Option<Back> {
    let text = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    if ["undo", "undo that", "undo it", "take it back", "take that back"].contains(&text.as_str()) {
        return Some(Back::Last);
    }
    let verbs = ["unsilence", "unmute", "end the silence of", "undo the silence of", "stop silencing"];
    verbs.iter().find_map(|verb| {
        let rest = text.strip_prefix(verb)?;
        // "unsilenced" is another word.
        (rest.is_empty() || rest.starts_with(' ')).then(|| Back::Silence(rest.trim().to_owned()))
    })
}

/// What a silence of these words would be about is what its end is about.
async fn unsilenced(ctx: &Readable, of: &str, thread: Option<AlertNumber>) -> anyhow::Result<Meant> {
    let parsed = intent::parse(&format!("silence {of} for 1 hour"), &ctx.inventory().await?, ctx.now());
    let unknown = parsed.unknown.or_else(|| not_about_an_alert(&parsed.request, &format!("silence {of}")));
    let which = match parsed.request {
        Request::AlertChange(AlertChange::Silence { which, .. }) => which,
        _ => Which::default(),
    };
    let change = AlertChange::Unsilence(which);
    Ok(Meant { wish: Wish::Request(Box::new(Request::AlertChange(change))), thread, unknown })
}

/// The word that stands where an alert or a subject should, and is neither: "silence inventory",
/// where nothing is called so. The only open alert is not what such words are about.
fn not_about_an_alert(request: &Request, text: &str) -> Option<String> {
    let nothing_named = match request {
        Request::AlertChange(change) => *change.which() == Which::default(),
        Request::Talk(Talk::OutOfScope) => true,
        _ => false,
    };
    let mut words = text.split_whitespace();
    let verb = words.next().filter(|_| nothing_named)?.to_lowercase();
    if !["silence", "mute", "snooze", "unsilence", "ack", "acknowledge", "resolve", "close"]
        .contains(&verb.as_str())
    {
        return None;
    }
    let word = words.find(|word| !["the", "my", "our"].contains(&word.to_lowercase().as_str()))?;
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let name = word.len() >= 3 && word.chars().all(|c| c.is_alphanumeric() || "-_".contains(c));
    let pronoun = STAND_FOR_AN_ALERT.contains(&word.to_lowercase().as_str());
    (name && !pronoun && word.starts_with(char::is_alphabetic)).then(|| word.to_owned())
}

/// Words behind the verb that mean an alert without naming it, or begin a time or a courtesy.
const STAND_FOR_AN_ALERT: [&str; 41] = [
    "this",
    "that",
    "them",
    "these",
    "those",
    "one",
    "alert",
    "alerts",
    "alarm",
    "alarms",
    "warning",
    "incident",
    "issue",
    "problem",
    "page",
    "notification",
    "notifications",
    "noise",
    "thing",
    "all",
    "any",
    "every",
    "everything",
    "please",
    "pls",
    "for",
    "until",
    "till",
    "from",
    "now",
    "tonight",
    "tomorrow",
    "today",
    "next",
    "last",
    "latest",
    "thanks",
    "and",
    "with",
    "because",
    "again",
];

/// A press as what it means, or the words it stands for.
fn pressed<'p>(press: &'p Press, ctx: &Readable) -> Result<Wish, &'p str> {
    let which = |number: &AlertNumber| Which { number: Some(*number), ..Which::default() };
    let change = match press {
        Press::Acknowledge(number) => AlertChange::Acknowledge(which(number)),
        Press::Silence(number, minutes) => {
            let now = ctx.now();
            let range = TimeRange::new(now, now + chrono::TimeDelta::minutes(i64::from(*minutes)));
            AlertChange::Silence { which: which(number), range: Some(range) }
        }
        Press::Resolve(number) => AlertChange::Resolve { which: which(number), text: None },
        Press::FalseAlarm(number) => AlertChange::FalseAlarm(which(number)),
        Press::Undo(number) => AlertChange::Undo(which(number)),
        Press::Why(number) => return Ok(Wish::Why(*number)),
        Press::Runbook(number) => return Ok(Wish::Runbook(*number)),
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
        "runbook" | "show runbook" | "runbook for" | "runbook of" => Some(Press::Runbook(number)),
        "undo" | "undo alert" | "take back" => Some(Press::Undo(number)),
        "false alarm" => Some(Press::FalseAlarm(number)),
        _ => None,
    }
}

/// "runbook", said in an alert's thread.
fn asked_in_thread(text: &str, thread: Option<AlertNumber>) -> Option<Press> {
    let text = text.trim().trim_end_matches('?').to_lowercase();
    let asked = ["runbook", "the runbook", "show runbook", "show the runbook", "show me the runbook"];
    thread.filter(|_| asked.contains(&text.as_str())).map(Press::Runbook)
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
        assert_eq!(typed("runbook 12"), Some(Press::Runbook(AlertNumber(12))));
        let thread = Some(AlertNumber(4));
        assert_eq!(asked_in_thread("Show the runbook", thread), Some(Press::Runbook(AlertNumber(4))));
        assert_eq!(asked_in_thread("runbook", None), None);
        assert_eq!(typed("undo 3"), Some(Press::Undo(AlertNumber(3))));
        assert_eq!(typed("false alarm 3"), Some(Press::FalseAlarm(AlertNumber(3))));
        assert_eq!(typed("why is web slow since 12"), None);
        assert_eq!(typed("why"), None);
    }

    #[test]
    fn an_ordinary_word_behind_the_verb_is_not_the_only_open_alert() {
        let silence = Request::AlertChange(AlertChange::Silence { which: Which::default(), range: None });
        let named = |text: &str| not_about_an_alert(&silence, text);
        assert_eq!(named("silence inventory for 2 hours").as_deref(), Some("inventory"));
        assert_eq!(named("Silence the Inventory").as_deref(), Some("Inventory"));
        for text in
            ["silence it", "silence for 2 hours", "silence until 18:00", "mute 2h", "silence this alert"]
        {
            assert_eq!(named(text), None, "{text}");
        }
        assert_eq!(not_about_an_alert(&Request::Talk(Talk::OutOfScope), "order pizza"), None);
    }
}
