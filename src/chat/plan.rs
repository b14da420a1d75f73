//! From a wish to exactly what would happen, and how that is said before anybody approves it.

use chrono::TimeDelta;

use crate::chat::names::nearest;
use crate::error::UserError;
use crate::gather::readable::Readable;
use crate::handlers::{Asking, queries};
use crate::model::alert::AlertNumber;
use crate::model::answer::escape;
use crate::model::change::Planned;
use crate::model::inventory::Inventory;
use crate::model::issue::{IssueKey, NewIssue};
use crate::model::request::{Scope, WorldChange};
use crate::model::signal::{Signal, Unit};
use crate::model::subject::Subject;
use crate::model::threshold::{ThresholdRule, Thresholds};
use crate::model::time::{Moment, TimeRange};
use crate::render::gfm;
use crate::sql::{slow, ticket, words};

/// How long a silence lasts where nobody says.
const USUAL_SILENCE: TimeDelta = TimeDelta::hours(1);
/// A name that people say is a few words at most.
const LONGEST_NAME: usize = 40;

/// What `wish` would do.
///
/// # Errors
/// A [`UserError`] where it is not clear what is meant, or it makes no sense.
pub(super) async fn plan(
    ctx: &Readable,
    wish: &WorldChange,
    thread: Option<AlertNumber>,
) -> anyhow::Result<Planned> {
    let planned = match wish {
        WorldChange::SetThreshold { scope, signal, value } => {
            let (signal, critical) = line(*signal, value.as_deref())?;
            let subject = scope.subject();
            let before =
                ctx.thresholds().await?.lines(signal, &subject).map_or(critical, |lines| lines.critical);
            Planned::Threshold { subject, signal, critical, before }
        }
        WorldChange::SilenceWide { scope, range } => {
            let range = range.unwrap_or_else(|| TimeRange::new(ctx.now(), ctx.now() + USUAL_SILENCE));
            Planned::Silence { subject: scope.subject(), range: ahead(range, ctx.now())? }
        }
        WorldChange::Maintenance { scope, range, what } => {
            let range = range.ok_or_else(|| {
                UserError::new(
                    "Say when, as in `maintenance of web tomorrow from 22:00 to 23:00`. Nothing was changed.",
                )
            })?;
            let subjects = match scope.among.as_slice() {
                [] => vec![scope.subject()],
                _ => scope.one_by_one().iter().map(Scope::subject).collect(),
            };
            Planned::Maintenance { subjects, range: ahead(range, ctx.now())?, what: what.clone() }
        }
        WorldChange::Alias { name, members } => alias(&ctx.inventory().await?, name, members)?,
        WorldChange::CreateIndex { scope, which } => index(ctx, scope, which.as_deref(), thread).await?,
        WorldChange::OpenIssue { scope, which } => issue(ctx, scope, which.as_deref(), thread).await?,
        WorldChange::NotBuilt(asked) => {
            return Err(
                UserError::new(format!("\"{}\" is not built yet.", asked.intent.replace('_', " "))).into()
            );
        }
    };
    Ok(planned)
}

/// The index that a statement needs, as it would be made.
async fn index(
    ctx: &Readable,
    scope: &Scope,
    which: Option<&str>,
    thread: Option<AlertNumber>,
) -> anyhow::Result<Planned> {
    if ctx.databases().all().is_empty() {
        return Err(UserError::new("I watch no database, so there is no index to make.").into());
    }
    let found = queries::one(ctx, scope, which, Asking { thread, ..Asking::default() }).await?;
    let name = found.ranked.id.short();
    let entry = queries::entry(ctx, &found, false).await?;
    let advice = match entry.advice {
        Ok(advice) if advice.looked_at => advice,
        Ok(advice) => {
            return Err(UserError::new(format!("{name}: {}. Nothing was changed.", advice.because)).into());
        }
        Err(why) => return Err(UserError::new(format!("{name}: {why}. Nothing was changed.")).into()),
    };
    if advice.run.is_empty() {
        let why = format!("No index helps {name}: {}. Nothing was changed.", advice.because);
        return Err(UserError::new(why).into());
    }
    if !advice.can_be_applied() {
        return Err(UserError::new(format!(
            "{name} needs {}, on a table in several parts: each gets its own first, so it is no one statement that blocks nobody. \
             `quad advise --sql` prints all of them. Nothing was changed.",
            advice.run.join(" and ")
        ))
        .into());
    }
    if !found.known.can_apply {
        return Err(UserError::new(format!(
            "I may not make indexes on {}: set `apply_url` of its entry under sources, or run it yourself: {}",
            found.known.port.subject(),
            advice.run.join("; ")
        ))
        .into());
    }
    Ok(Planned::CreateIndex {
        database: found.known.port.subject(),
        statement: found.ranked.id.clone(),
        about: found.text().map(|text| text.fingerprint.clone()).unwrap_or_default(),
        run: advice.run,
        gain: advice.gain,
        verified: advice.verified,
        size: advice.size,
    })
}

/// The issue about a statement, as it would be opened.
async fn issue(
    ctx: &Readable,
    scope: &Scope,
    which: Option<&str>,
    thread: Option<AlertNumber>,
) -> anyhow::Result<Planned> {
    let Some(tracker) = &ctx.team().issues else {
        return Err(UserError::new(
            "I know no place for issues: name a repository under `github` in the configuration. Nothing was opened.",
        )
        .into());
    };
    if ctx.databases().all().is_empty() {
        return Err(
            UserError::new("I watch no database, so there is no statement to open an issue about.").into()
        );
    }
    let found = queries::one(ctx, scope, which, Asking { thread, ..Asking::default() }).await?;
    let entry = queries::entry(ctx, &found, false).await?;
    let database = found.known.port.subject().to_string();
    let when =
        format!("from {} to {}", found.range.from.format("%F %H:%M"), found.range.to.format("%F %H:%M UTC"));
    let markdown = |again| gfm::document(&ticket::body(&database, &when, &entry, again));
    Ok(Planned::OpenIssue {
        place: tracker.place.clone(),
        new: NewIssue {
            key: IssueKey::new(&ticket::key(
                &database,
                &entry.ranked.id,
                found.text().map(|text| text.fingerprint.as_str()),
            )),
            title: ticket::title(&database, &entry),
            body: markdown(false),
            labels: tracker.labels.clone(),
        },
        again: markdown(true),
        about: ticket::about(&entry),
    })
}

/// The change in a few words of Markdown.
pub(super) fn title(ctx: &Readable, planned: &Planned) -> String {
    let range = |range: &TimeRange| format!("from {} to {}", ctx.shown(range.from), ctx.shown(range.to));
    match planned {
        Planned::Silence { subject, range: when } => {
            format!("say nothing about {} {}", escape(&whole(subject)), range(when))
        }
        Planned::Maintenance { subjects, range: when, .. } => {
            let names: Vec<String> = subjects.iter().map(|subject| escape(&subject.to_string())).collect();
            format!("maintenance of {} {}", names.join(" and "), range(when))
        }
        Planned::CreateIndex { database, run, .. } => {
            let run: Vec<String> = run.iter().map(|sql| format!("`{}`", sql.replace('`', "'"))).collect();
            format!("on {} run {}", escape(&database.to_string()), run.join(" and "))
        }
        Planned::Threshold { .. } | Planned::Alias { .. } | Planned::OpenIssue { .. } => {
            escape(&plain_title(planned))
        }
    }
}

/// The same in plain text with times in UTC: for the audit log.
pub(super) fn plain_title(planned: &Planned) -> String {
    let range = |range: &TimeRange| {
        format!("from {} to {}", range.from.format("%F %H:%M UTC"), range.to.format("%F %H:%M UTC"))
    };
    match planned {
        Planned::Threshold { subject, signal, critical, before } => {
            let unit = signal.unit();
            format!(
                "set the critical line (threshold) of {} of {subject} from {} to {}",
                signal.label(),
                unit.show(*before),
                unit.show(*critical)
            )
        }
        Planned::Silence { subject, range: when } => format!("silence {} {}", whole(subject), range(when)),
        Planned::Maintenance { subjects, range: when, .. } => {
            let names: Vec<String> = subjects.iter().map(ToString::to_string).collect();
            format!("maintenance of {} {}", names.join(", "), range(when))
        }
        Planned::CreateIndex { database, run, .. } => format!("on {database} run {}", run.join("; ")),
        Planned::OpenIssue { place, new, .. } => format!("open an issue in {place}: {}", new.title),
        Planned::Alias { name, members } => format!("read \"{name}\" as {}", members.join(" + ")),
    }
}

/// What a silence is about; without a name, everything.
fn whole(subject: &Subject) -> String {
    if *subject == Subject::default() { "everything".to_owned() } else { subject.to_string() }
}

/// Exactly what would happen, a line each.
pub(super) fn consequences(ctx: &Readable, planned: &Planned) -> Vec<String> {
    match planned {
        Planned::Threshold { subject, signal, critical, .. } => {
            threshold_consequences(&ctx.team().thresholds, subject, *signal, *critical)
        }
        Planned::Silence { range, .. } => vec![
            format!("No message about any alert of it until {}", ctx.shown(range.to)),
            "I go on watching, and say so if something still fires then".to_owned(),
        ],
        Planned::Maintenance { what, .. } => vec![
            format!("Planned work: {}", escape(what)),
            "Nothing is announced about it meanwhile; what still fires afterwards is".to_owned(),
        ],
        Planned::CreateIndex { statement, about, gain, verified, size, .. } => {
            let by = if *verified {
                "the planner's own estimate"
            } else {
                "quad's estimate, not verified by the planner"
            };
            let size =
                size.map(|size| format!(", about {} large", Unit::Bytes.show(size))).unwrap_or_default();
            vec![
                format!("{}: `{}`", statement.short(), slow::cut(about).replace('`', "'")),
                format!("About {} times cheaper by {by}{size}; each index makes writes to its table dearer", words::count(*gain)),
                "It is made without blocking writes, waits at most 10 s for a lock, and what fails is cleaned up"
                    .to_owned(),
                "Afterwards I compare the statement before and after, in an hour and in a day".to_owned(),
            ]
        }
        Planned::OpenIssue { new, .. } => {
            let labels = new.labels.iter().map(|label| format!(" and `{}`", label.replace('`', "'")));
            vec![
                "It holds the statement without its values, its numbers, its plan and the fix".to_owned(),
                format!("Labels: `quad`{}", labels.collect::<String>()),
                "If there is one about this statement already, I add to it or reopen it instead".to_owned(),
            ]
        }
        Planned::Alias { name, members } => {
            let members: Vec<String> = members.iter().map(|name| format!("`{}`", escape(name))).collect();
            vec![format!("Whoever says \"{}\" means {}", escape(name), members.join(" and "))]
        }
    }
}

fn threshold_consequences(
    configured: &Thresholds,
    subject: &Subject,
    signal: Signal,
    critical: f64,
) -> Vec<String> {
    let unit = signal.unit();
    let rule = ThresholdRule { subject: subject.clone(), signal, critical, origin: String::new() };
    let with = Thresholds { rules: configured.rules.iter().cloned().chain([rule]).collect() };
    let mut said = Vec::new();
    if let Some(lines) = with.lines(signal, subject) {
        said.push(format!(
            "Warning from {}, critical from {}, at the next check",
            unit.show(lines.warning),
            unit.show(lines.critical)
        ));
    }
    for rule in configured
        .rules
        .iter()
        .filter(|rule| rule.signal == signal && rule.subject != *subject && subject.covers(&rule.subject))
    {
        said.push(format!(
            "{} keeps its own line: {} ({})",
            escape(&rule.subject.to_string()),
            unit.show(rule.critical),
            escape(&rule.origin)
        ));
    }
    said
}

/// The signal and the value that were said, in the signal's unit.
fn line(signal: Option<Signal>, value: Option<&str>) -> Result<(Signal, f64), UserError> {
    let value = value.ok_or_else(|| {
        UserError::new(
            "Say to which value, as in `set the latency threshold of web to 300 ms`. Nothing was changed.",
        )
    })?;
    let digits = value.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number: f64 =
        digits.parse().map_err(|_| UserError::new("I can't read that value. Nothing was changed."))?;
    let unit = value[digits.len()..].trim();
    // Milliseconds are said of nothing else that is watched by line, unless it is named.
    let signal = match (signal, unit) {
        (Some(signal), _) => signal,
        (None, "ms" | "s") => Signal::ApiResponseTime,
        (None, _) => {
            return Err(UserError::new(
                "Say of what: latency, error rate, database queries, CPU, memory or disk. Nothing was changed.",
            ));
        }
    };
    if Thresholds::table(signal).is_none() {
        return Err(UserError::new(format!("{} has no line to set. Nothing was changed.", signal.label())));
    }
    let critical = match (signal.unit(), unit) {
        (Unit::Milliseconds, "ms" | "") | (Unit::Percent, "%" | "") | (Unit::Minutes, "min" | "") => number,
        (Unit::Milliseconds, "s") => number * 1_000.0,
        (Unit::Minutes, "s") => number / 60.0,
        (Unit::Milliseconds, "min") => number * 60_000.0,
        (expected, _) => {
            return Err(UserError::new(format!(
                "{} is measured in {}, not in \"{unit}\". Nothing was changed.",
                signal.label(),
                expected.name()
            )));
        }
    };
    let most = if signal.unit() == Unit::Percent { 100.0 } else { 3_600_000.0 };
    if !(critical > 0.0 && critical <= most) {
        return Err(UserError::new(format!(
            "{} is no line for {}. Nothing was changed.",
            signal.unit().show(critical),
            signal.label()
        )));
    }
    Ok((signal, critical))
}

fn ahead(range: TimeRange, now: Moment) -> Result<TimeRange, UserError> {
    if range.to <= now || range.to <= range.from {
        return Err(UserError::new("That would already be over. Nothing was changed."));
    }
    Ok(range)
}

/// Members as the inventory writes them; a member may be an alias itself.
fn alias(inventory: &Inventory, name: &str, members: &[String]) -> Result<Planned, UserError> {
    let name = name.trim().to_lowercase();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || !name.chars().any(char::is_alphabetic) {
        return Err(UserError::new("That is no name that somebody could say. Nothing was changed."));
    }
    if let Some(known) = inventory.known().find(|known| known.eq_ignore_ascii_case(&name)) {
        return Err(UserError::new(format!("{known} is a name already. Nothing was changed.")));
    }
    let mut meant: Vec<String> = Vec::new();
    for member in members {
        let found: Vec<String> = match inventory.alias(member) {
            Some(of) => of.to_vec(),
            None => inventory
                .known()
                .filter(|known| known.eq_ignore_ascii_case(member))
                .take(1)
                .cloned()
                .collect(),
        };
        if found.is_empty() {
            let near =
                nearest(inventory, member).map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
            return Err(UserError::new(format!("I don't know {member}.{near} Nothing was changed.")));
        }
        meant.extend(found);
    }
    meant.dedup();
    if meant.len() > 1
        && let Some(other) = meant.iter().find(|name| !inventory.services.contains(name))
    {
        return Err(UserError::new(format!(
            "A name for several things can stand for services only, and {other} is none. Nothing was changed."
        )));
    }
    Ok(Planned::Alias { name, members: meant })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_in_the_unit_of_its_signal() {
        for (signal, value, expected) in [
            (Some(Signal::ApiResponseTime), "300ms", Some((Signal::ApiResponseTime, 300.0))),
            (None, "1.5s", Some((Signal::ApiResponseTime, 1_500.0))),
            (Some(Signal::Cpu), "85%", Some((Signal::Cpu, 85.0))),
            (Some(Signal::ErrorRate), "2", Some((Signal::ErrorRate, 2.0))),
            (Some(Signal::DeploymentDuration), "20min", Some((Signal::DeploymentDuration, 20.0))),
            (None, "85%", None),
            (Some(Signal::Cpu), "300ms", None),
            (Some(Signal::Cpu), "140%", None),
            (Some(Signal::Cpu), "0%", None),
            (Some(Signal::Traffic), "100", None),
        ] {
            assert_eq!(line(signal, Some(value)).ok(), expected, "{signal:?} {value}");
        }
        assert!(line(Some(Signal::Cpu), None).is_err());
    }

    #[test]
    fn an_alias_stands_for_names_that_are_known() {
        let inventory = Inventory {
            services: ["checkout", "payments"].map(str::to_owned).to_vec(),
            databases: vec!["shop-db".to_owned()],
            ..Inventory::default()
        };
        let of = |name: &str, members: &[&str]| {
            alias(&inventory, name, &members.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        let shop = Planned::Alias {
            name: "shop".to_owned(),
            members: ["checkout", "payments"].map(str::to_owned).to_vec(),
        };
        assert_eq!(of("Shop", &["Checkout", "payments"]), Ok(shop));
        assert!(of("db", &["shop-db"]).is_ok());
        for (name, members) in [
            ("shop", &["chekout"][..]),
            ("payments", &["checkout"]),
            ("all", &["checkout", "shop-db"]),
            ("12", &["checkout"]),
        ] {
            assert!(of(name, members).is_err(), "{name}");
        }
        let error = of("shop", &["chekout"]).expect_err("is not known");
        assert!(error.0.contains("Did you mean checkout?"), "{error}");
    }
}
