//! "Send me the daily report at 8": a report to one person alone, until they say otherwise.

use crate::chat::Chat;
use crate::model::answer::{Answer, Mark, escape};
use crate::model::inbound::Inbound;
use crate::model::request::Period;
use crate::model::subscription::Subscription;
use crate::store::Tx;

/// What a person wants to get, or not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// This report at this time: "08:00" or "Mon 08:00".
    Begin(Period, String),
    /// This report no more; any, where none was named.
    End(Option<Period>),
}

/// Reads words that ask for a report again and again, in these forms and no others: whatever else is
/// said about reports goes to the parser, and "send me the daily report" asks for it once.
pub(super) fn read(text: &str) -> Option<Wanted> {
    let said = text.trim().trim_end_matches(['.', '!']).to_lowercase();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut said = said.strip_prefix("please ").unwrap_or(&said);
    // A polite question asks for it as well as an order does: it is told to its person alone.
    for polite in ["can you ", "could you ", "would you "] {
        if let Some(rest) = said.strip_prefix(polite) {
            let rest = rest.trim_end_matches('?').trim_end();
            said = rest.strip_prefix("please ").unwrap_or(rest);
            break;
        }
    }
    ended(said).map(Wanted::End).or_else(|| begun(said))
}

/// "unsubscribe", "unsubscribe me from the weekly report", "stop sending me the daily report"
fn ended(said: &str) -> Option<Option<Period>> {
    if ["unsubscribe", "unsubscribe me"].contains(&said) {
        return Some(None);
    }
    let of = ["unsubscribe me from ", "unsubscribe from ", "stop sending me "]
        .iter()
        .find_map(|front| said.strip_prefix(front))?;
    let of = ["the ", "your ", "all "].iter().find_map(|front| of.strip_prefix(front)).unwrap_or(of);
    match of {
        "report" | "reports" => Some(None),
        "daily report" | "daily reports" => Some(Some(Period::Daily)),
        "weekly report" | "weekly reports" => Some(Some(Period::Weekly)),
        _ => None,
    }
}

/// "send me the daily report at 8", "subscribe me to the weekly report on fridays at 16:00"
fn begun(said: &str) -> Option<Wanted> {
    let mut again = false;
    let rest = ["subscribe me to ", "subscribe to ", "send me ", "mail me ", "give me "].iter().find_map(
        |front| {
            again = front.starts_with("subscribe");
            said.strip_prefix(front)
        },
    )?;
    let rest = ["the ", "a ", "your "].iter().find_map(|front| rest.strip_prefix(front)).unwrap_or(rest);
    let (period, rest) = match (rest.strip_prefix("daily report"), rest.strip_prefix("weekly report")) {
        (Some(rest), _) => (Period::Daily, rest),
        (_, Some(rest)) => (Period::Weekly, rest),
        _ => return None,
    };
    let (mut time, mut day) = (None, None);
    let mut words = rest.split_whitespace().peekable();
    while let Some(word) = words.next() {
        match word {
            "at" => {
                let half = |word: &&str| matches!(*word, "am" | "pm");
                time = Some(clock(words.next()?, words.next_if(half))?);
            }
            "every" | "each" | "on" => {
                let next = words.next()?;
                day = match (period, weekday(next), next) {
                    (Period::Weekly, Some(day), _) => Some(day),
                    (Period::Daily, _, "day" | "morning") | (Period::Weekly, _, "week") => day,
                    _ => return None,
                };
            }
            _ => return None,
        }
        again = true;
    }
    if !again {
        return None;
    }
    let time = time.unwrap_or_else(|| "09:00".to_owned());
    Some(Wanted::Begin(
        period,
        match period {
            Period::Daily => time,
            Period::Weekly => format!("{} {time}", day.unwrap_or("Mon")),
        },
    ))
}

/// "8", "8:30", "8.30", "8am", "8 pm" as "08:00".
fn clock(word: &str, half: Option<&str>) -> Option<String> {
    let (digits, half) = match word.find(|c: char| c.is_alphabetic()) {
        Some(cut) => word.split_at(cut),
        None => (word, half.unwrap_or_default()),
    };
    let (hour, minute) = digits.split_once([':', '.']).unwrap_or((digits, "0"));
    let (mut hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    match half {
        "" => {}
        "am" if hour == 12 => hour = 0,
        "am" if hour < 12 => {}
        "pm" if hour == 12 => {}
        "pm" if hour < 12 => hour += 12,
        _ => return None,
    }
    (hour < 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}

fn weekday(word: &str) -> Option<&'static str> {
    const DAYS: [(&str, &str); 7] = [
        ("monday", "Mon"),
        ("tuesday", "Tue"),
        ("wednesday", "Wed"),
        ("thursday", "Thu"),
        ("friday", "Fri"),
        ("saturday", "Sat"),
        ("sunday", "Sun"),
    ];
    let word = word.strip_suffix('s').unwrap_or(word);
    DAYS.iter().find(|(name, _)| *name == word).map(|(_, short)| *short)
}

impl Chat {
    /// Notes what the person wants from now on.
    pub(super) async fn subscribe(
        &self,
        tx: &mut Tx,
        inbound: &Inbound,
        wanted: &Wanted,
    ) -> anyhow::Result<Answer> {
        let messenger = self.messenger(inbound.platform);
        let Some(channel) = messenger.and_then(|one| one.alone(&inbound.person, &inbound.place)) else {
            return Ok(Answer::new(
                "I can send a report only where I can write to you alone: ask for it in Slack, Discord or by mail.",
            ));
        };
        let mut all = tx.subscriptions().await?;
        let own = |one: &Subscription| one.platform == inbound.platform && one.person.id == inbound.person.id;
        match wanted {
            Wanted::Begin(period, time) => {
                let new = Subscription {
                    platform: inbound.platform,
                    person: inbound.person.clone(),
                    channel,
                    period: *period,
                    time: time.clone(),
                    sent: self.0.clock.now(),
                };
                all.retain(|one| !new.replaces(one));
                all.push(new);
                tx.put_subscriptions(&all).await?;
                let zone = escape(self.0.readable.team().timezone.name());
                let name = period.name();
                Ok(Answer::new(format!(
                    "You get the {name} report, you alone: {} ({zone}).",
                    often(*period, time)
                ))
                .footnote(format!("`unsubscribe from the {name} report` ends it")))
            }
            Wanted::End(period) => {
                let count = all.len();
                all.retain(|one| !(own(one) && period.is_none_or(|period| period == one.period)));
                if all.len() == count {
                    return Ok(Answer::new("You get no such report from me; nothing was changed.")
                        .marked(Mark::Unknown));
                }
                tx.put_subscriptions(&all).await?;
                let which = period.map_or("any".to_owned(), |period| format!("the {}", period.name()));
                Ok(Answer::new(format!("You don't get {which} report from me any more.")))
            }
        }
    }
}

fn often(period: Period, time: &str) -> String {
    match period {
        Period::Daily => format!("every day at {time}"),
        Period::Weekly => format!("every {}", time.replace(' ', " at ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_again_and_again_is_told_from_one_now() {
        let daily = |time: &str| Some(Wanted::Begin(Period::Daily, time.to_owned()));
        let weekly = |time: &str| Some(Wanted::Begin(Period::Weekly, time.to_owned()));
        for (text, wanted) in [
            ("send me the daily report at 8", daily("08:00")),
            ("Please send me the daily report every day at 7:30.", daily("07:30")),
            ("subscribe me to the daily report", daily("09:00")),
            ("mail me the daily report at 6 pm", daily("18:00")),
            ("send me the weekly report on Fridays at 4pm", weekly("Fri 16:00")),
            ("subscribe me to the weekly report", weekly("Mon 09:00")),
            ("send me the weekly report every tuesday", weekly("Tue 09:00")),
            ("send me the daily report at 8.30", daily("08:30")),
            ("send me the weekly report on wednesdays", weekly("Wed 09:00")),
            ("unsubscribe", Some(Wanted::End(None))),
            ("unsubscribe me from the weekly report", Some(Wanted::End(Some(Period::Weekly)))),
            ("stop sending me the daily report", Some(Wanted::End(Some(Period::Daily)))),
            ("send me the daily report", None),
            ("send the daily report", None),
            ("why is checkout slow every day at 8?", None),
            (
                "can you send me the daily report at 8?",
                Some(Wanted::Begin(Period::Daily, "08:00".to_owned())),
            ),
            ("don't send me the daily report at 8", None),
            ("send me the daily report at noon", None),
            ("please don’t send me the daily report every morning", None),
            ("do not send me the daily report at 8", None),
            ("unsubscribe endpoint returns 500", None),
            ("analyze \"send me the daily report at 8\"", None),
            ("I want the weekly report to include every team", None),
            ("send me the daily report of checkout at 8", None),
            ("send me the daily report on monday", None),
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
    }
}
