//! Which region is worse? The same signal side by side, region by region.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::diagnose::shift::median;
use crate::gather::readable::Readable;
use crate::handlers::compare::{Way, ranked};
use crate::model::answer::{Answer, Mark, Section, Table, escape};
use crate::model::request::Scope;
use crate::model::signal::Signal;
use crate::model::time::TimeRange;

/// What a comparison without a time is about.
const LATELY: TimeDelta = TimeDelta::hours(1);

pub(super) async fn regions(ctx: &Readable, scope: &Scope, signal: Option<Signal>) -> anyhow::Result<Answer> {
    let signal = signal.unwrap_or(Signal::ApiResponseTime);
    let range = scope.range.unwrap_or_else(|| TimeRange::last(LATELY, ctx.now()));
    // The region that was named is one side of the comparison, not its limit.
    let wide = Scope { region: None, ..scope.clone() };
    let mut by_region: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut nowhere = 0;
    for key in super::whole_series(ctx, &wide, &[signal], range.from).await? {
        let values = ctx.samples(&key, range).await?.into_iter().map(|sample| sample.value);
        match &key.subject.region {
            Some(region) => by_region.entry(region.clone()).or_default().extend(values),
            None => nowhere += 1,
        }
    }
    by_region.retain(|_, values| !values.is_empty());
    let of = super::of(&wide);
    let label = signal.label();
    let when = format!("{} to {}", ctx.shown(range.from), ctx.shown(range.to));
    if by_region.len() < 2 {
        let what = match by_region.keys().next() {
            Some(only) => format!("only {} has figures", escape(only)),
            None if nowhere > 0 => "no source says in which region its figures are".to_owned(),
            None => "no source measured it".to_owned(),
        };
        return Ok(Answer::new(format!("I can't compare regions{of}: {what}."))
            .marked(Mark::Unknown)
            .footnote(format!("{label}, {when}")));
    }
    let mut rows: Vec<(String, f64, Vec<f64>)> = by_region
        .into_iter()
        .filter_map(|(region, values)| Some((region, median(&values)?, values)))
        .collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (first, last) = (&rows[0], &rows[rows.len() - 1]);
    let unit = signal.unit();
    let clear = ranked(signal, &last.2, &first.2).is_some_and(|compared| compared.way == Way::Higher);
    let figures =
        format!("{} {}, {} {}", escape(&first.0), unit.show(first.1), escape(&last.0), unit.show(last.1));
    let headline = if clear {
        format!("{label}{of} is highest in {}: {figures}.", escape(&first.0))
    } else {
        format!("No region clearly stands out in {label}{of}: {figures}.")
    };
    let table = Table {
        columns: vec!["region".to_owned(), label.to_owned(), "against the lowest".to_owned()],
        rows: rows
            .iter()
            .map(|(region, value, values)| {
                let compared = ranked(signal, &last.2, values);
                let against = compared.map_or("too little data".to_owned(), |compared| compared.words());
                vec![
                    region.clone(),
                    unit.show(*value),
                    if region == &last.0 { String::new() } else { against },
                ]
            })
            .collect(),
    };
    let mut answer = Answer::new(headline).with(Section::Table(table)).footnote(format!("Medians of {when}"));
    if nowhere > 0 {
        answer = answer.footnote(format!("{nowhere} series without a region are left out"));
    }
    Ok(answer)
}
