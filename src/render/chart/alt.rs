//! What a chart shows, in words: for screen readers, notifications and places without pictures.

use crate::model::chart::{Chart, ChartKind, Point};
use crate::model::time::Moment;
use crate::render::chart::frame::deployments;
use crate::render::chart::label::{clean, fitted};

/// Names longer than this are cut: the whole text must fit everywhere.
const NAME: f64 = 60.0;

/// "P95 of checkout, 13:00 to 14:00: from 120 ms to 1,250 ms at 13:52; critical line 500 ms". Plain
/// text, one line.
pub fn alt(chart: &Chart) -> String {
    let mut parts = vec![match chart.kind {
        ChartKind::Stacked => by_kind(chart),
        _ => course(chart),
    }];
    if let Some(band) = chart.usual.filter(|band| band.low.is_finite() && band.high.is_finite()) {
        parts.push(format!("usual {} to {}", chart.unit.show(band.low), chart.unit.show(band.high)));
    }
    let lines = chart.thresholds.iter().filter(|line| line.value.is_finite());
    parts.extend(lines.map(|line| format!("{} line {}", line.severity.name(), chart.unit.show(line.value))));
    let marked = deployments(chart).take(3);
    parts.extend(marked.map(|one| format!("{} deployed at {}", name(&one.label), time(chart, one.at))));
    if let Some(alert) = chart.alert {
        parts.push(format!("alert since {}", time(chart, alert.from)));
    }
    let range = chart.range;
    let (from, to) = (time(chart, range.from), time(chart, range.to));
    format!("{}, {from} to {to}: {}", name(&chart.title), parts.join("; "))
}

/// How the first series went.
fn course(chart: &Chart) -> String {
    let points: Vec<Point> = chart
        .series
        .first()
        .map_or_else(Vec::new, |line| line.points.iter().copied().filter(|p| p.1.is_finite()).collect());
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return "nothing measured".to_owned();
    };
    let lowest = points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
    let Some(peak) = points.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a }) else {
        return "nothing measured".to_owned();
    };
    let show = |value: f64| chart.unit.show(value);
    if show(peak.1) == show(lowest) {
        return format!("steady at {}", show(peak.1));
    }
    let at = Moment::from_timestamp(peak.0, 0).map(|at| time(chart, at)).unwrap_or_default();
    let end = if last.1 < peak.1 * 0.8 { format!(", {} at the end", show(last.1)) } else { String::new() };
    if first.1 < peak.1 {
        format!("from {} to {} at {at}{end}", show(first.1), show(peak.1))
    } else {
        format!("highest {} at {at}{end}", show(peak.1))
    }
}

/// Which kinds make up how much.
fn by_kind(chart: &Chart) -> String {
    let sum = |points: &[Point]| {
        points.iter().map(|p| p.1).filter(|v| v.is_finite()).map(|v| v.clamp(0.0, 1e14)).sum::<f64>()
    };
    let mut kinds: Vec<(f64, &str)> =
        chart.series.iter().map(|line| (sum(&line.points), line.name.as_str())).collect();
    kinds.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all: f64 = kinds.iter().map(|kind| kind.0).sum();
    if all <= 0.0 {
        return "nothing measured".to_owned();
    }
    let shares = kinds.iter().filter(|kind| kind.0 > 0.0);
    shares
        .map(|(part, kind)| format!("{} {:.0} %", name(kind), part / all * 100.0))
        .collect::<Vec<_>>()
        .join(", ")
}

fn name(text: &str) -> String {
    fitted(&clean(text), NAME, 1.0)
}

fn time(chart: &Chart, at: Moment) -> String {
    let form = if chart.range.length().num_hours() > 24 { "%-d %b %H:%M" } else { "%H:%M" };
    at.with_timezone(&chart.timezone).format(form).to_string()
}
