//! What a person means: their words, or the control they pressed, and the thread it happened in.

use crate::chat::sign_in;
use crate::gather::readable::Readable;
use crate::intent;
use crate::model::alert::AlertNumber;
use crate::model::answer::Press;
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::Place;
use crate::model::request::{AlertChange, Request, Which};
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
    if let Some(press) = typed(text)
        && let Ok(wish) = pressed(&press, ctx)
    {
        return Ok(Meant { wish, thread, unknown: None });
    }
    if sign_in::is_asked_for(text) {
        return Ok(Meant { wish: Wish::SignIn, thread, unknown: None });
    }
    let parsed = intent::parse(text, &ctx.inventory().await?, ctx.now());
    Ok(Meant { wish: Wish::Request(Box::new(parsed.request)), thread, unknown: parsed.unknown })
}

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
        "undo" | "undo alert" => Some(Press::Undo(number)),
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
