//! "Why is it slow?" without an alert: find what differs most from its usual, and explain that; or
//! say that nothing does, with the figures, and what could not be seen.

use chrono::TimeDelta;

use crate::diagnose::shift::{Against, Shift, median, show, spread};
use crate::diagnose::words::{self, Detail};
use crate::diagnose::{Problem, change_point};
use crate::gather::Gatherer;
use crate::model::alert::Alert;
use crate::model::answer::{Answer, Figure, Mark, Section, escape};
use crate::model::request::{Resource, Scope};
use crate::model::sample::{Sample, SeriesKey};
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange, hour_of_week};

/// What a question without a time is about.
const LATELY: TimeDelta = TimeDelta::minutes(15);
/// A stretch is judged in pieces of this length, so that a short spell is not hidden by a long day.
const PIECE: TimeDelta = TimeDelta::minutes(5);
/// See [`PIECE`]; only where it holds at least four samples.
const LAST_MINUTE: TimeDelta = TimeDelta::minutes(1);
/// No question is judged over more pieces than this; longer stretches have longer pieces.
const MAX_PIECES: i32 = 100;
/// Figures of more subjects help nobody.
const MAX_SHOWN: usize = 5;

/// What a person wants explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// "why is it slow?"
    Latency,
    /// "why so many errors?"
    Errors,
    /// "what eats the memory?"; all resources where none was named.
    Resources(Option<Resource>),
}

impl Asked {
    fn signals(self) -> &'static [Signal] {
        match self {
            Self::Latency => &[Signal::ApiResponseTime, Signal::DatabaseQueryTime],
            Self::Errors => &[Signal::ErrorRate, Signal::Answering],
            Self::Resources(Some(Resource::Cpu)) => &[Signal::Cpu],
            Self::Resources(Some(Resource::Memory)) => &[Signal::Memory, Signal::MemoryUsed],
            Self::Resources(Some(Resource::Disk)) => &[Signal::Disk],
            Self::Resources(None) => &[Signal::Cpu, Signal::Memory, Signal::Disk],
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Errors => "errors",
            Self::Resources(Some(Resource::Cpu)) => "CPU",
            Self::Resources(Some(Resource::Memory)) => "memory",
            Self::Resources(Some(Resource::Disk)) => "disk",
            Self::Resources(None) => "CPU, memory or disk",
        }
    }

    fn as_usual(self) -> &'static str {
        match self {
            Self::Latency => "Not slower than usual",
            Self::Errors => "No more errors than usual",
            Self::Resources(_) => "No more used than usual",
        }
    }
}

/// One series at its worst in the asked stretch.
struct Seen {
    shift: Shift,
    /// The end of the piece in which it was worst.
    at: Moment,
    /// Whether there was anything to compare it with.
    compared: bool,
}

impl Seen {
    /// "24 ms" and "120 ms in the hour before", or that there is nothing to compare it with.
    fn line(&self) -> (String, String) {
        let shift = &self.shift;
        let compared = match self.compared {
            true => format!("{} {}", show(shift.key.signal, shift.before), shift.against.words()),
            false => "nothing to compare it with yet".to_owned(),
        };
        (show(shift.key.signal, shift.now), compared)
    }
}

impl Gatherer {
    /// The answer to `asked` about `scope`, as of `now`.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn answer(
        &self,
        asked: Asked,
        scope: &Scope,
        now: Moment,
        detail: Detail,
    ) -> anyhow::Result<Answer> {
        let range = match scope.range {
            Some(range) => TimeRange::new(range.from.min(now), range.to.min(now)),
            None => TimeRange::last(LATELY, now),
        };
        let subject = scope.subject();
        let mut seen = self.look(asked, scope, range).await?;
        if seen.is_empty() {
            let answer = self.nothing_known(asked, &subject).await?;
            // Where only machines are watched, what can be said of them is what the person wants.
            return match asked {
                Asked::Latency if subject == Subject::default() => {
                    self.machines(answer, scope, now, detail).await
                }
                _ => Ok(answer),
            };
        }
        // By factor, so that a fast service that got slow is not hidden by one that always is.
        seen.sort_by(|a, b| factor(&b.shift).total_cmp(&factor(&a.shift)));
        let alert = self.alert_about(asked, scope).await?;
        let worst = seen.iter().find(|seen| worse(&seen.shift));
        let (problem, at) = match (&alert, worst) {
            (Some(alert), _) => (Problem::from(alert), now),
            (None, Some(worst)) => {
                let (problem, at) = self.problem(worst, now).await?;
                (problem, at)
            }
            (None, None) => {
                let mut answer = as_usual(asked, &seen);
                if let Some(first) = seen.first() {
                    answer = answer.illustrated(self.picture(&first.shift.key, range.to, None).await?);
                }
                if scope.range.is_none() {
                    answer = self.beside(answer, scope, now).await?;
                }
                answer.footnotes.extend(self.unseen(asked, &subject).await?);
                return Ok(answer);
            }
        };
        let (diagnosis, _) = self.explain(&problem, at).await?;
        let began = alert.as_ref().map(|alert| alert.since);
        let number = alert.map(|alert| alert.number);
        let picture = self.picture(&problem.key(), at, began).await?;
        let mut answer = words::answer(&problem, &diagnosis, number, detail).illustrated(picture);
        if scope.service.is_none() && scope.host.is_none() && seen.len() > 1 {
            answer =
                answer.footnote(format!("Of {} series this one differs most from its usual", seen.len()));
        }
        Ok(answer)
    }

    /// What machines show, where no latency is measured.
    async fn machines(
        &self,
        no_latency: Answer,
        scope: &Scope,
        now: Moment,
        detail: Detail,
    ) -> anyhow::Result<Answer> {
        let mut answer = Box::pin(self.answer(Asked::Resources(None), scope, now, detail)).await?;
        if answer.sections.is_empty() && answer.mark == Some(Mark::Unknown) {
            return Ok(no_latency);
        }
        answer.headline = format!("No source measures response times here. {}", answer.headline);
        answer.mark = answer.mark.filter(|mark| *mark != Mark::Good);
        answer.footnotes.push("Name a metrics page or a Prometheus, and I can see what is slow".to_owned());
        Ok(answer)
    }

    /// Every owned series of the asked signals in scope, at its worst.
    async fn look(&self, asked: Asked, scope: &Scope, range: TimeRange) -> anyhow::Result<Vec<Seen>> {
        let known = self.store().keys(range.from - TimeDelta::days(1)).await?;
        let narrow = scope.endpoint.is_some() || scope.database.is_some();
        let mut found = Vec::new();
        for key in known {
            let fits =
                asked.signals().contains(&key.signal) && key.subject.is_owned() && scope.holds(&key.subject);
            // Parts of a service only where a part was asked for.
            if !fits || (!narrow && key.subject.endpoint.is_some()) {
                continue;
            }
            if let Some(seen) = self.at_its_worst(&key, range).await? {
                found.push(seen);
            }
        }
        Ok(found)
    }

    async fn at_its_worst(&self, key: &SeriesKey, range: TimeRange) -> anyhow::Result<Option<Seen>> {
        let samples =
            self.store().samples(key, TimeRange::new(range.from, range.to + TimeDelta::seconds(1))).await?;
        let length = PIECE.max(range.length() / MAX_PIECES);
        let mut pieces: Vec<(f64, TimeRange)> = Vec::new();
        // What has just begun fills only a little of a piece, so the last minute counts by itself.
        let lately = TimeRange::new((range.to - LAST_MINUTE).max(range.from), range.to);
        let fresh: Vec<f64> = samples.iter().filter(|s| lately.from < s.at).map(|s| s.value).collect();
        pieces.extend(median(&fresh).filter(|_| fresh.len() >= 4).map(|value| (value, lately)));
        let mut to = range.to;
        while to > range.from {
            let piece = TimeRange::new((to - length).max(range.from), to);
            let values: Vec<f64> =
                samples.iter().filter(|s| piece.from < s.at && s.at <= piece.to).map(|s| s.value).collect();
            pieces.extend(median(&values).map(|value| (value, piece)));
            to = piece.from;
        }
        let low_is_bad = matches!(key.signal, Signal::Answering | Signal::BodyCheck);
        let sign = if low_is_bad { -1.0 } else { 1.0 };
        let Some((now, window)) =
            pieces.into_iter().max_by(|a, b| (sign * a.0).total_cmp(&(sign * b.0)).then(a.1.to.cmp(&b.1.to)))
        else {
            return Ok(None);
        };
        let hour = hour_of_week(window.to, self.timezone());
        let usual = self.store().baseline(key, hour).await?;
        let earlier = match usual {
            Some(usual) => Some((usual.usual, usual.spread, Against::Usual)),
            None => self.earlier(key, range, window).await?,
        };
        let compared = earlier.is_some();
        let (before, spread, against) = earlier.unwrap_or((now, 0.0, Against::HourBefore));
        Ok(Some(Seen {
            shift: Shift { key: key.clone(), before, now, spread, against, window },
            at: window.to,
            compared,
        }))
    }

    /// Without a baseline: the hour before the stretch, or the same time a day ago.
    async fn earlier(
        &self,
        key: &SeriesKey,
        range: TimeRange,
        window: TimeRange,
    ) -> anyhow::Result<Option<(f64, f64, Against)>> {
        let hour = TimeRange::new(range.from - TimeDelta::hours(1), range.from);
        for (before, against) in
            [(hour, Against::HourBefore), (window.earlier(TimeDelta::days(1)), Against::DayBefore)]
        {
            let values: Vec<f64> = self.store().samples(key, before).await?.iter().map(|s| s.value).collect();
            if let Some(middle) = median(&values).filter(|_| values.len() >= 3) {
                return Ok(Some((middle, spread(&values, middle), against)));
            }
        }
        Ok(None)
    }

    /// What is wrong with a series that differs, since when, and up to when to look at it.
    async fn problem(&self, seen: &Seen, now: Moment) -> anyhow::Result<(Problem, Moment)> {
        let key = &seen.shift.key;
        let around = TimeRange::new(seen.at - TimeDelta::minutes(90), seen.at + TimeDelta::seconds(1));
        let samples: Vec<Sample> = self.store().samples(key, around).await?;
        let since = change_point(key, &samples).unwrap_or(seen.shift.window.from);
        let problem =
            Problem { subject: key.subject.clone(), signal: key.signal, since, rule: None, note: None };
        Ok((problem, seen.at.min(now)))
    }

    /// The worst open alert that says what was asked. Only where the question is about now.
    async fn alert_about(&self, asked: Asked, scope: &Scope) -> anyhow::Result<Option<Alert>> {
        if scope.range.is_some() {
            return Ok(None);
        }
        let open = self.store().open_alerts().await?;
        Ok(open
            .into_iter()
            .filter_map(|alert| {
                let about = |signal, of| asked.signals().contains(&signal) && scope.holds(of);
                let itself = about(alert.signal, &alert.subject);
                // What was asked about may be a symptom in the alert of what causes it.
                let within = alert.findings.iter().any(|found| about(found.key.signal, &found.key.subject));
                (itself || within).then_some((itself, alert))
            })
            .max_by_key(|(itself, alert)| (*itself, alert.severity, std::cmp::Reverse(alert.since)))
            .map(|(_, alert)| alert))
    }

    /// The answer, and what is open although it is not what was asked.
    async fn beside(&self, answer: Answer, scope: &Scope, now: Moment) -> anyhow::Result<Answer> {
        let open = self.store().open_alerts().await?;
        let lines: Vec<String> = open
            .iter()
            .filter(|alert| scope.holds(&alert.subject))
            .take(MAX_SHOWN)
            .map(|alert| crate::alert::words::line(alert, now, self.timezone()))
            .collect();
        if lines.is_empty() {
            return Ok(answer);
        }
        let mark = answer.mark.filter(|mark| *mark != Mark::Good).or(Some(Mark::Warning));
        let list = Section::List { numbered: false, items: lines };
        Ok(Answer { mark, ..answer }.with(Section::Heading("Something else is open".to_owned())).with(list))
    }

    async fn nothing_known(&self, asked: Asked, subject: &Subject) -> anyhow::Result<Answer> {
        let of = match subject == &Subject::default() {
            true => String::new(),
            false => format!(" of {}", escape(&subject.to_string())),
        };
        let mut answer =
            Answer::new(format!("I can't say: no source measured {}{of} in that time", asked.word()))
                .marked(Mark::Unknown);
        answer.footnotes = self.unseen(asked, subject).await?;
        Ok(answer)
    }

    /// Sources that are down, and what the others could not see of it.
    async fn unseen(&self, asked: Asked, subject: &Subject) -> anyhow::Result<Vec<String>> {
        let mut notes = Vec::new();
        for source in self.store().source_health().await? {
            let name = escape(&source.source);
            if let Some(since) = source.failing_since {
                let why = source.error.map(|error| format!(": {}", escape(&error))).unwrap_or_default();
                let at = since.with_timezone(&self.timezone()).format("%H:%M");
                notes.push(format!("No data from {name} since {at}{why}"));
                continue;
            }
            for gap in &source.gaps {
                let asked_for = gap.signal.is_none_or(|signal| asked.signals().contains(&signal));
                let meant = match (&gap.of, subject.service.as_ref().or(subject.host.as_ref())) {
                    (Some(of), Some(name)) => of == name,
                    _ => true,
                };
                if asked_for && meant && notes.len() < MAX_SHOWN {
                    let of = gap.of.as_ref().map(|of| format!(" of {}", escape(of))).unwrap_or_default();
                    let what = gap.signal.map_or("anything", |signal| signal.label());
                    notes.push(format!("Not seen by {name}: {what}{of} ({})", escape(&gap.why)));
                }
            }
        }
        Ok(notes)
    }
}

/// "P95 of web is 120 ms, usually 118 ms: not slower than usual."
fn as_usual(asked: Asked, seen: &[Seen]) -> Answer {
    let all_compared = seen.iter().all(|seen| seen.compared);
    let verdict = if all_compared { asked.as_usual() } else { "I have too little history to compare" };
    let mut headline = verdict.to_owned();
    if let Some(first) = seen.first() {
        let (now, compared) = first.line();
        let of = escape(&first.shift.key.subject.to_string());
        headline = format!("{headline}: {} of {of} is {now} ({compared})", first.shift.key.signal.label());
    }
    let figures: Vec<Figure> = seen
        .iter()
        .skip(1)
        .take(MAX_SHOWN)
        .map(|seen| {
            let (value, compared) = seen.line();
            let label = format!("{} {}", seen.shift.key.subject, seen.shift.key.signal.label());
            Figure { label, value, compared }
        })
        .collect();
    let answer = Answer::new(headline).marked(if all_compared { Mark::Good } else { Mark::Unknown });
    if figures.is_empty() { answer } else { answer.with(Section::Figures(figures)) }
}

fn worse(shift: &Shift) -> bool {
    match shift.key.signal {
        Signal::Answering | Signal::BodyCheck => shift.now < 0.5,
        _ => shift.rose(),
    }
}

fn factor(shift: &Shift) -> f64 {
    match shift.key.signal {
        Signal::Answering | Signal::BodyCheck => {
            if shift.now < 0.5 {
                f64::MAX
            } else {
                0.0
            }
        }
        // What was near nothing before must not win by its factor alone.
        Signal::ErrorRate => shift.now / shift.before.max(0.1),
        _ => shift.now / shift.before.max(1.0),
    }
}
