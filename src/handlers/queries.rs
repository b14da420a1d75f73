//! Which statements hurt, and why: from what was watched, with the plan and the planner's own word.

use chrono::TimeDelta;
use futures_util::future::join_all;

use crate::error::UserError;
use crate::gather::databases::{Known, Used};
use crate::gather::readable::Readable;
use crate::handlers::Asking;
use crate::model::answer::{Answer, Mark, Press, Section, escape};
use crate::model::request::Scope;
use crate::model::statement::IndexAdvice;
use crate::model::subject::Subject;
use crate::model::time::TimeRange;
use crate::sql::slow::{self, Entry, Frame, Ranked};

/// How many statements are shown where nobody says.
const USUAL: usize = 3;
/// More than this many nobody reads in a chat, and each is planned anew.
const MOST: usize = 10;
/// The stretch of time where nobody says one.
const DAY: TimeDelta = TimeDelta::hours(24);

/// A statement of a database that is watched.
#[derive(Clone)]
pub(crate) struct Found {
    /// Of which database.
    pub(crate) known: Known,
    /// What it used.
    pub(crate) ranked: Ranked,
    /// The time that this speaks of.
    pub(crate) range: TimeRange,
    used: std::sync::Arc<Used>,
}

pub(super) async fn slowest(ctx: &Readable, scope: &Scope, limit: Option<u8>) -> anyhow::Result<Answer> {
    if ctx.databases().all().is_empty() {
        return Ok(none_watched());
    }
    let (found, mut notes) = ranked(ctx, scope).await?;
    let several = about(ctx, scope).count() > 1;
    let top = limit.map_or(USUAL, usize::from).clamp(1, MOST);
    let of = found.len();
    let shown: Vec<Found> = found.iter().take(top).cloned().collect();
    let entries: Vec<Entry> = join_all(shown.iter().map(|one| entry(ctx, one, several)))
        .await
        .into_iter()
        .collect::<anyhow::Result<_>>()?;
    let names: Vec<String> = about(ctx, scope).map(|known| known.port.subject().to_string()).collect();
    if entries.iter().any(|entry| entry.cause.known && !entry.cause.measured) {
        notes.push("Plans are what the planner expects for any value; nothing was carried out".to_owned());
    }
    if several && !shown.is_empty() {
        let whole: Vec<&str> = names.iter().map(String::as_str).collect();
        notes.push(format!("Shares are of each database's own time; looked at {}", whole.join(", ")));
    }
    let mut loops = Vec::new();
    let mut looked_at: Vec<&Used> = Vec::new();
    for one in &found {
        if !looked_at.iter().any(|used| std::ptr::eq(*used, &*one.used)) {
            looked_at.push(&one.used);
            loops.extend(ctx.databases().loops(&one.used).await?);
        }
    }
    let line_ms = shown.first().map_or(f64::INFINITY, |one| one.known.line_ms);
    let frame = Frame {
        database: match &names[..] {
            [one] => one.clone(),
            many => format!("{} databases", many.len()),
        },
        when: when(ctx, scope, &shown),
        of,
        line_ms,
        notes,
        loops,
    };
    let answer = slow::answer(&frame, &entries);
    // What can be mended with a click is what a person would press next.
    let pressed = entries.iter().position(has_index).unwrap_or(0);
    Ok(match entries.get(pressed) {
        Some(entry) if pressed == 0 => with_controls(answer, entry, ""),
        Some(entry) => with_controls(answer, entry, &format!(" for {}", pressed + 1)),
        None => answer,
    })
}

/// The plan of one statement, read.
pub(super) async fn explained(
    ctx: &Readable,
    scope: &Scope,
    which: Option<&str>,
    asking: Asking,
) -> anyhow::Result<Answer> {
    if ctx.databases().all().is_empty() {
        return Ok(none_watched());
    }
    let found = one(ctx, scope, which, asking).await?;
    let entry = entry(ctx, &found, false).await?;
    let plan = found.known.port.explain(&found.ranked.id).await;
    let name = found.ranked.id.short();
    let of = escape(&found.known.port.subject().to_string());
    let mut answer = match plan.map(|text| (crate::sql::plan::read(&text.json), text)) {
        Ok((Ok(plan), text)) => {
            let judged = crate::sql::plan::findings::judge(&plan);
            let mut answer = crate::sql::plan::answer::answer(&plan, &judged);
            answer.headline = format!("{name} of {of}: {}", answer.headline);
            if let Some(why) = text.why_not {
                answer = answer.footnote(format!("Not carried out to measure it: {}", escape(&why)));
            }
            answer
        }
        Ok((Err(why), _)) => {
            unknown(&format!("{name} of {of}: its plan can't be read: {}", escape(&why.to_string())))
        }
        Err(why) => {
            unknown(&format!("{name} of {of}: there is no plan to be had: {}", escape(&why.to_string())))
        }
    };
    let statement = entry.text.as_ref().map_or("", |text| &text.fingerprint).to_owned();
    answer.sections.insert(0, Section::Code { language: "sql".to_owned(), text: statement });
    answer.sections.push(Section::List { numbered: false, items: slow::lines(&entry) });
    Ok(with_controls(answer, &entry, ""))
}

/// The statement that is meant: by its short name, by its place among the slowest, by a part of its text or
/// by who sends it; in the thread of an alert about one, that one; else the slowest.
///
/// # Errors
/// A [`UserError`] where there is no such statement, or several are meant.
pub(crate) async fn one(
    ctx: &Readable,
    scope: &Scope,
    which: Option<&str>,
    asking: Asking,
) -> anyhow::Result<Found> {
    let of_alert = match asking.thread {
        Some(number) if which.is_none() => ctx.alert(number).await?,
        _ => None,
    };
    let of_alert =
        of_alert.and_then(|alert| alert.findings.iter().find_map(|f| f.key.subject.statement.clone()));
    let which = which.map(str::to_owned).or(of_alert);
    let (found, _) = ranked(ctx, scope).await?;
    let Some(which) = which else {
        return found
            .into_iter()
            .next()
            .ok_or_else(|| UserError::new("I saw no statement in that time.").into());
    };
    let which = which.trim().trim_start_matches('#').to_lowercase();
    if let Ok(place) = which.parse::<usize>() {
        let many = found.len();
        let nth = place.checked_sub(1).and_then(|at| found.into_iter().nth(at));
        return nth.ok_or_else(|| {
            UserError::new(format!("I saw {many} statements in that time; there is no number {place}."))
                .into()
        });
    }
    let mut fitting: Vec<Found> = found.into_iter().filter(|one| one.is_called(&which)).collect();
    match fitting.len() {
        0 => Err(UserError::new(format!(
            "I know no statement `{which}`. Say its short name, its place (\"query 2\"), or a part of its text."
        ))
        .into()),
        // The slowest of those that fit is meant more often than any other.
        _ => Ok(fitting.swap_remove(0)),
    }
}

impl Found {
    /// Its text.
    pub(crate) fn text(&self) -> Option<&crate::model::statement::StatementText> {
        self.used.texts.get(&self.ranked.id)
    }

    fn is_called(&self, which: &str) -> bool {
        let squeezed = |text: &str| text.to_lowercase().replace(['_', '-', '#', '.', ' '], "");
        self.ranked.id.short() == which
            || self.text().is_some_and(|text| {
                text.fingerprint.contains(which)
                    || text.owner.as_ref().is_some_and(|owner| squeezed(owner).contains(&squeezed(which)))
            })
    }
}

/// Everything about one statement.
pub(crate) async fn entry(ctx: &Readable, found: &Found, several: bool) -> anyhow::Result<Entry> {
    let text = found.text().cloned();
    let entry = ctx.databases().entry(&found.known, found.ranked.clone(), text, found.range).await?;
    let name = found.known.port.subject().to_string();
    Ok(Entry { database: several.then_some(name), ..entry })
}

/// All statements of the databases that are asked about, the worst first, and what makes that uncertain.
async fn ranked(ctx: &Readable, scope: &Scope) -> anyhow::Result<(Vec<Found>, Vec<String>)> {
    let now = ctx.now();
    let range = scope.range.unwrap_or_else(|| TimeRange::last(DAY, now));
    let (mut found, mut notes) = (Vec::new(), Vec::new());
    for known in about(ctx, scope) {
        let name = known.port.subject().to_string();
        let used = match ctx.databases().used(known, range, now).await {
            Ok(used) => std::sync::Arc::new(used),
            Err(error) => {
                notes.push(format!("{name} could not be looked at: {error:#}"));
                continue;
            }
        };
        notes.extend(used.window.notes.iter().map(|note| format!("{name}: {note}")));
        if used.since_counting {
            notes.push(format!(
                "{name}: no window was watched in that time, so these are the server's counters since {}",
                used.window.range.from.format("%F %H:%M UTC")
            ));
        }
        let covered = used.window.range;
        found.extend(slow::rank(&used.window.used, known.line_ms).into_iter().map(|ranked| Found {
            known: known.clone(),
            ranked,
            range: covered,
            used: std::sync::Arc::clone(&used),
        }));
    }
    let is_slow = |one: &Found| one.ranked.used.mean_ms() >= one.known.line_ms;
    found.sort_by(|a, b| {
        is_slow(b).cmp(&is_slow(a)).then(b.ranked.used.total_ms.total_cmp(&a.ranked.used.total_ms))
    });
    Ok((found, notes))
}

/// The databases that are asked about: by name, by environment, or all.
fn about<'c>(ctx: &'c Readable, scope: &'c Scope) -> impl Iterator<Item = &'c Known> {
    let of_database = Scope { service: None, host: None, container: None, ..scope.clone() };
    ctx.databases().all().iter().filter(move |known| {
        let subject: Subject = known.port.subject();
        // A database that belongs to no environment is meant by all.
        let place = Scope {
            environment: of_database.environment.clone().filter(|_| !subject.environment.is_empty()),
            ..of_database.clone()
        };
        super::about(&place, &subject)
    })
}

fn when(ctx: &Readable, scope: &Scope, shown: &[Found]) -> String {
    match (scope.range, shown.first()) {
        (Some(range), _) => ctx.stretch(range),
        (None, Some(one)) if one.used.since_counting => format!("since {}", ctx.shown(one.range.from)),
        (None, Some(one)) if one.range.length() < DAY - TimeDelta::hours(1) => {
            format!("since {}", ctx.shown(one.range.from))
        }
        (None, _) => "in the last 24 h".to_owned(),
    }
}

/// What a person would press next. Each can be typed as well.
fn with_controls(answer: Answer, entry: &Entry, of: &str) -> Answer {
    let name = entry.ranked.id.short();
    let ask = |words: &str| Press::Ask(format!("{words} {name}"));
    let answer = answer
        .button(&format!("Open issue{of}"), ask("open an issue for"))
        .button(&format!("Show plan{of}"), ask("show the plan of"));
    if has_index(entry) {
        answer.button(&format!("Apply index{of}"), ask("create the index for"))
    } else {
        answer
    }
}

fn has_index(entry: &Entry) -> bool {
    entry.advice.as_ref().is_ok_and(IndexAdvice::can_be_applied)
}

fn none_watched() -> Answer {
    unknown("I watch no database, so I can't say which statements are slow.").with(Section::Text(
        "Name one under `sources.postgres` or `sources.mysql` in the configuration, or run `quad slow-queries --database URL`; \
         `quad slowlog FILE` reads logs."
            .to_owned(),
    ))
}

fn unknown(headline: &str) -> Answer {
    Answer::new(headline).marked(Mark::Unknown)
}
