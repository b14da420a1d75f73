//! Did the deployment make it better or worse? Yes or no first, then each signal before and after.

use chrono::TimeDelta;

use crate::diagnose::shift::{median, span};
use crate::gather::readable::Readable;
use crate::handlers::compare::{Compared, Way, ranked};
use crate::model::answer::{Answer, Mark, Press, Section, Table, escape};
use crate::model::deployment::{Deployment, Learned};
use crate::model::request::Scope;
use crate::model::sample::Sample;
use crate::model::signal::{Signal, Unit};
use crate::model::time::{Moment, TimeRange};

/// More rows than this scroll out of a chat window.
const MAX_ROWS: usize = 8;
/// How far back a deployment is looked for, where nobody says when.
const LOOK_BACK: TimeDelta = TimeDelta::days(30);
/// What is compared on either side.
const SIDE: TimeDelta = TimeDelta::hours(1);
/// A start is no steady state.
const WARM_UP: TimeDelta = TimeDelta::minutes(2);
/// What a new version can change, and traffic, which explains what it did not.
const TELLING: [Signal; 6] = [
    Signal::ApiResponseTime,
    Signal::ErrorRate,
    Signal::Cpu,
    Signal::Memory,
    Signal::DatabaseQueryTime,
    Signal::Traffic,
];

const WORSE: &str = "worse";

/// What became of the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Worse,
    Better,
    Same,
    TooEarly,
}

pub(super) async fn deployments(
    ctx: &Readable,
    scope: &Scope,
    version: Option<&str>,
) -> anyhow::Result<Answer> {
    let now = ctx.now();
    let range = scope.range.unwrap_or_else(|| TimeRange::last(LOOK_BACK, now + TimeDelta::seconds(1)));
    let known = ctx.deployments(TimeRange::new(range.from - LOOK_BACK, now + TimeDelta::seconds(1))).await?;
    let meant = |deployment: &&Deployment| {
        range.contains(deployment.at)
            && scope.names_service(&deployment.service)
            && scope.environment.as_ref().is_none_or(|name| *name == deployment.environment)
            && version.is_none_or(|version| same_version(version, &deployment.version))
    };
    let found: Vec<&Deployment> = known.iter().filter(meant).collect();
    let Some(last) = found.last() else {
        let of = super::of(&Scope { range: None, ..scope.clone() });
        let what = version.map(|version| format!(" of version {}", escape(version))).unwrap_or_default();
        return Ok(Answer::new(format!(
            "I know of no deployment{what}{of} between {} and {}.",
            ctx.shown(range.from),
            ctx.shown(range.to.min(now))
        ))
        .marked(Mark::Unknown)
        .footnote("I learn of deployments from signed calls to `/hooks/deployments`, `quad deployed`, and version labels of metrics"));
    };
    if found.len() > 1 && scope.range.is_some() {
        return list(ctx, &known, &found).await;
    }
    one(ctx, &known, last).await
}

/// One deployment in full.
async fn one(ctx: &Readable, known: &[Deployment], deployment: &Deployment) -> anyhow::Result<Answer> {
    let (before, after) = sides(known, deployment, ctx.now());
    let rows = figures(ctx, deployment, before, after).await?;
    let verdict = verdict(&rows, after);
    let what = format!("{} {}", escape(&deployment.service), escape(&deployment.version));
    let at = ctx.shown(deployment.at);
    let leading = rows
        .iter()
        .filter(|(_, compared)| compared.way != Way::Alike)
        .find(|(signal, compared)| match verdict {
            Verdict::Worse => compared.is_worse(*signal),
            _ => compared.is_better(*signal),
        })
        .map(|(signal, compared)| {
            let unit = signal.unit();
            format!(
                ": {} {} after it, {} before ({})",
                signal.label(),
                unit.show(compared.now),
                unit.show(compared.before),
                compared.words()
            )
        })
        .unwrap_or_default();
    let (headline, mark) = match verdict {
        Verdict::Worse => (format!("Yes, it got worse with {what} at {at}{leading}."), Mark::Warning),
        Verdict::Better => (format!("Yes, it got better with {what} at {at}{leading}."), Mark::Good),
        Verdict::Same => (format!("No, nothing that I see changed with {what} at {at}."), Mark::Good),
        Verdict::TooEarly => (
            format!("I can't say yet: {what} runs since {at}, and there are too few figures around that."),
            Mark::Unknown,
        ),
    };
    let mut answer = Answer::new(headline).marked(mark);
    if !rows.is_empty() {
        let table = Table {
            columns: ["", "before", "after", "change"].map(str::to_owned).to_vec(),
            rows: rows
                .iter()
                .map(|(signal, compared)| {
                    let unit = signal.unit();
                    vec![
                        signal.label().to_owned(),
                        unit.show(compared.before),
                        unit.show(compared.now),
                        compared.words(),
                    ]
                })
                .collect(),
        };
        answer = answer.with(Section::Table(table)).footnote(format!(
            "Medians of the {} before and the {} after it, compared by rank (p below 0.01)",
            span(before.length()),
            span(after.length())
        ));
    }
    if let Some(traffic) =
        rows.iter().find(|(signal, compared)| *signal == Signal::Traffic && compared.way != Way::Alike)
    {
        answer =
            answer.footnote(format!("Traffic changed too ({}), which may be the reason", traffic.1.words()));
    }
    if let Some(took) = duration(known, deployment) {
        answer = answer.footnote(took);
    }
    if let Some(previous) = &deployment.previous {
        answer = answer.footnote(format!("Before it ran {}", escape(previous)));
    }
    Ok(answer.footnote(learned(deployment)).button(
        &format!("Why is {} slow?", deployment.service),
        Press::Ask(format!("why is {} slow?", deployment.service)),
    ))
}

/// A deployment and what came of it.
pub(super) struct Outcome {
    pub(super) at: Moment,
    /// With its environment, where it has one.
    pub(super) service: String,
    pub(super) version: String,
    /// "worse", "better", "no change seen", "too few figures".
    pub(super) verdict: &'static str,
}

/// The latest deployments of a stretch of time and what came of each, oldest first; and how many there
/// were in all.
pub(super) async fn outcomes(
    ctx: &Readable,
    range: TimeRange,
    most: usize,
) -> anyhow::Result<(Vec<Outcome>, usize)> {
    let known = ctx.deployments(TimeRange::new(range.from - LOOK_BACK, range.to + SIDE)).await?;
    let mut outcomes = Vec::new();
    let of_it: Vec<&Deployment> = known.iter().filter(|deployment| range.contains(deployment.at)).collect();
    for deployment in of_it.iter().skip(of_it.len().saturating_sub(most)) {
        outcomes.push(outcome(ctx, &known, deployment).await?);
    }
    Ok((outcomes, of_it.len()))
}

async fn outcome(ctx: &Readable, known: &[Deployment], deployment: &Deployment) -> anyhow::Result<Outcome> {
    let (before, after) = sides(known, deployment, ctx.now());
    let rows = figures(ctx, deployment, before, after).await?;
    Ok(Outcome {
        at: deployment.at,
        service: match deployment.environment.as_str() {
            "" => deployment.service.clone(),
            environment => format!("{} ({environment})", deployment.service),
        },
        version: deployment.version.clone(),
        verdict: match verdict(&rows, after) {
            Verdict::Worse => WORSE,
            Verdict::Better => "better",
            Verdict::Same => "no change seen",
            Verdict::TooEarly => "too few figures",
        },
    })
}

/// Several deployments, a line each.
async fn list(ctx: &Readable, known: &[Deployment], found: &[&Deployment]) -> anyhow::Result<Answer> {
    let mut table = Table {
        columns: ["at", "service", "version", "outcome"].map(str::to_owned).to_vec(),
        rows: Vec::new(),
    };
    let mut worse: Vec<&Deployment> = Vec::new();
    for deployment in found.iter().rev().take(MAX_ROWS) {
        let outcome = outcome(ctx, known, deployment).await?;
        if outcome.verdict == WORSE {
            worse.push(deployment);
        }
        let at = outcome.at.with_timezone(&ctx.team().timezone).format("%a %H:%M").to_string();
        table.rows.push(vec![at, outcome.service, outcome.version, outcome.verdict.to_owned()]);
    }
    let headline = match worse.as_slice() {
        [] => format!("{}; none made anything worse that I see.", super::count(found.len(), "deployment")),
        [one] => format!(
            "{}; {} {} made it worse.",
            super::count(found.len(), "deployment"),
            escape(&one.service),
            escape(&one.version)
        ),
        several => format!("{}; {} made it worse.", super::count(found.len(), "deployment"), several.len()),
    };
    let mark = if worse.is_empty() { Mark::Good } else { Mark::Warning };
    let mut answer = Answer::new(headline).marked(mark).with(Section::Table(table));
    if found.len() > MAX_ROWS {
        answer = answer.footnote(format!("and {} earlier", found.len() - MAX_ROWS));
    }
    Ok(match worse.first() {
        Some(one) => answer.button(
            &format!("How is {}?", one.version),
            Press::Ask(format!("how is {} {} doing", one.service, one.version)),
        ),
        None => answer,
    })
}

/// The stretches on either side, each cut where another version of the service ran.
fn sides(known: &[Deployment], deployment: &Deployment, now: Moment) -> (TimeRange, TimeRange) {
    let same = |other: &&Deployment| {
        other.service == deployment.service && other.environment == deployment.environment
    };
    let earlier = known.iter().filter(same).map(|other| other.at).filter(|at| *at < deployment.at).max();
    let later = known.iter().filter(same).map(|other| other.at).filter(|at| *at > deployment.at).min();
    let from = (deployment.at - SIDE).max(earlier.unwrap_or(deployment.at - SIDE));
    let to = (deployment.at + SIDE).min(later.unwrap_or(now)).min(now);
    (TimeRange::new(from, deployment.at), TimeRange::new((deployment.at + WARM_UP).min(to), to))
}

async fn figures(
    ctx: &Readable,
    deployment: &Deployment,
    before: TimeRange,
    after: TimeRange,
) -> anyhow::Result<Vec<(Signal, Compared)>> {
    let scope = Scope {
        service: Some(deployment.service.clone()),
        environment: Some(deployment.environment.clone()).filter(|name| !name.is_empty()),
        ..Scope::default()
    };
    let mut rows: Vec<(Signal, Compared)> = Vec::new();
    for signal in TELLING {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for key in super::whole_series(ctx, &scope, &[signal], before.from).await? {
            old.extend(by_minute(&ctx.samples(&key, before).await?));
            new.extend(by_minute(&ctx.samples(&key, after).await?));
        }
        rows.extend(ranked(signal, &old, &new).map(|compared| (signal, compared)));
    }
    Ok(rows)
}

/// One value a minute, since neighbours are no independent witnesses.
fn by_minute(samples: &[Sample]) -> Vec<f64> {
    samples
        .chunk_by(|a, b| a.at.timestamp() / 60 == b.at.timestamp() / 60)
        .filter_map(|minute| median(&minute.iter().map(|sample| sample.value).collect::<Vec<f64>>()))
        .collect()
}

fn verdict(rows: &[(Signal, Compared)], after: TimeRange) -> Verdict {
    if rows.iter().all(|(signal, _)| *signal == Signal::Traffic) || after.length() < TimeDelta::minutes(5) {
        return Verdict::TooEarly;
    }
    if rows.iter().any(|(signal, compared)| compared.is_worse(*signal)) {
        Verdict::Worse
    } else if rows.iter().any(|(signal, compared)| compared.is_better(*signal)) {
        Verdict::Better
    } else {
        Verdict::Same
    }
}

/// "It took 6 min 15 s, usually 5 min 30 s (median of 8)".
fn duration(known: &[Deployment], deployment: &Deployment) -> Option<String> {
    let took = deployment.took_seconds?;
    let minutes = |seconds: f64| Unit::Minutes.show(seconds / 60.0);
    let others: Vec<f64> = known
        .iter()
        .filter(|other| other.service == deployment.service && other.at < deployment.at)
        .filter_map(|other| other.took_seconds)
        .map(|seconds| seconds as f64)
        .collect();
    Some(match median(&others) {
        Some(usual) => format!(
            "It took {}, usually {} (median of {})",
            minutes(took as f64),
            minutes(usual),
            others.len()
        ),
        None => format!("It took {}; I know of no earlier one to compare it with", minutes(took as f64)),
    })
}

fn learned(deployment: &Deployment) -> &'static str {
    match deployment.learned {
        Learned::Hook => "Told by a call of the deployment hook",
        Learned::Command => "Told by `quad deployed`",
        Learned::VersionLabel => "Seen as a new version label of its metrics",
    }
}

/// "v1.2" and "1.2" are one version.
fn same_version(asked: &str, known: &str) -> bool {
    let bare = |version: &str| version.trim_start_matches(['v', 'V']).to_lowercase();
    bare(asked) == bare(known)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn at(minutes: i64) -> Moment {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
    }

    fn deployed(minutes: i64, version: &str, took: Option<u64>) -> Deployment {
        Deployment {
            service: "web".to_owned(),
            environment: String::new(),
            version: version.to_owned(),
            previous: None,
            at: at(minutes),
            took_seconds: took,
            learned: Learned::Hook,
        }
    }

    #[test]
    fn a_side_ends_where_another_version_ran() {
        let known = [deployed(0, "1", None), deployed(30, "2", None), deployed(50, "3", None)];
        let (before, after) = sides(&known, &known[1], at(300));
        assert_eq!((before.from, before.to), (at(0), at(30)));
        assert_eq!((after.from, after.to), (at(32), at(50)));
        let (before, after) = sides(&known, &known[2], at(51));
        assert_eq!((before.from, before.to), (at(30), at(50)));
        assert_eq!((after.from, after.to), (at(51), at(51)), "it has only begun");
    }

    #[test]
    fn a_duration_is_compared_with_its_own_kind() {
        let known = [deployed(0, "1", Some(330)), deployed(9, "2", None), deployed(30, "3", Some(375))];
        let said = duration(&known, &known[2]);
        assert_eq!(said.as_deref(), Some("It took 6 min 15 s, usually 5 min 30 s (median of 1)"));
        assert_eq!(duration(&known, &known[1]), None);
        assert!(same_version("v1.2", "1.2") && !same_version("1.2", "1.20"));
    }
}
