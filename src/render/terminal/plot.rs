//! A chart in braille: eight dots a character, so that a line is seen in a terminal too.

use super::style::{Run, Style};
use crate::model::chart::{Chart, ChartKind, Point};
use crate::model::finding::Severity;
use crate::render::chart::{Scale, heights, sparkline};

/// Rows of characters; four dots each.
const ROWS: usize = 8;
/// Wider lines are no easier to read.
const WIDEST: usize = 72;
/// So many usual steps without a point are a gap.
const GAP: i64 = 5;

/// The plot, line by line, with its axes; nothing where there is nothing to draw. Of bars, how high they are.
pub(super) fn lines(chart: &Chart, width: usize) -> Vec<Vec<Run>> {
    let points: Vec<Point> = match chart.kind {
        ChartKind::Stacked => heights(chart),
        _ => chart.series.first().map_or_else(Vec::new, |line| {
            line.points.iter().copied().filter(|point| point.1.is_finite()).collect()
        }),
    };
    match chart.kind {
        ChartKind::Line | ChartKind::Stacked if points.len() > 1 => plot(chart, &points, width),
        ChartKind::Sparkline if points.len() > 1 => {
            let values: Vec<f64> = points.iter().map(|point| point.1).collect();
            vec![vec![Run::new(sparkline(&values), Style::Code)]]
        }
        _ => Vec::new(),
    }
}

fn plot(chart: &Chart, points: &[Point], width: usize) -> Vec<Vec<Run>> {
    let critical = chart.thresholds.iter().find(|line| line.severity == Severity::Critical);
    let highest = points.iter().map(|point| point.1).fold(0.0, f64::max);
    let critical = critical.map(|line| line.value).filter(|value| *value <= highest * 4.0);
    let scale = Scale::over(points.iter().map(|point| point.1).chain(critical));
    let labels = [chart.unit.show(scale.high), chart.unit.show(scale.low)];
    let margin = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
    let columns = width.min(WIDEST).saturating_sub(margin + 5).max(10);
    let dots = Dots::of(chart, points, &scale, columns);
    let line_row =
        critical.map(|value| ROWS - 1 - ((scale.share(value) * (ROWS - 1) as f64).round() as usize));

    let mut out: Vec<Vec<Run>> = Vec::new();
    for row in 0..ROWS {
        let label = if row == 0 {
            &labels[0]
        } else if row == ROWS - 1 {
            &labels[1]
        } else {
            ""
        };
        let mut runs = vec![Run::new(format!("{label:>margin$} ┤"), Style::Dim)];
        for column in 0..columns {
            let (sign, style) = match dots.cell(column, row) {
                '\u{2800}' if line_row == Some(row) => ('┄', Style::Red),
                '\u{2800}' => (' ', Style::Plain),
                sign => (sign, Style::Code),
            };
            match runs.last_mut() {
                Some(last) if last.style == style => last.text.push(sign),
                _ => runs.push(Run::new(sign, style)),
            }
        }
        while let Some(last) = runs.last_mut().filter(|run| run.style == Style::Plain) {
            last.text.clear();
            runs.pop();
        }
        out.push(runs);
    }
    let time = |at: crate::model::time::Moment| at.with_timezone(&chart.timezone).format("%H:%M").to_string();
    let (from, to) = (time(chart.range.from), time(chart.range.to));
    let between = " ".repeat(columns.saturating_sub(from.len() + to.len()));
    out.push(vec![Run::new(format!("{}  {from}{between}{to}", " ".repeat(margin)), Style::Dim)]);
    out
}

/// A field of dots, two by four a character.
struct Dots {
    columns: usize,
    set: Vec<bool>,
}

impl Dots {
    fn of(chart: &Chart, points: &[Point], scale: &Scale, columns: usize) -> Self {
        let mut dots = Self { columns, set: vec![false; columns * 2 * ROWS * 4] };
        let from = chart.range.from.timestamp();
        let seconds = chart.range.length().num_seconds().max(1) as f64;
        let place = |point: &Point| {
            let across = (point.0.saturating_sub(from) as f64 / seconds).clamp(0.0, 1.0);
            (across * (columns * 2 - 1) as f64, (1.0 - scale.share(point.1)) * (ROWS * 4 - 1) as f64)
        };
        let mut steps: Vec<i64> = points.windows(2).map(|two| two[1].0.saturating_sub(two[0].0)).collect();
        steps.sort_unstable();
        let step = steps.get(steps.len() / 2).copied().unwrap_or(60).max(1);
        for two in points.windows(2) {
            let (a, b) = (place(&two[0]), place(&two[1]));
            dots.mark(a);
            dots.mark(b);
            if two[1].0.saturating_sub(two[0].0) <= step.saturating_mul(GAP) {
                let pieces = (b.0 - a.0).abs().max((b.1 - a.1).abs()).ceil().max(1.0) as u32;
                for piece in 0..pieces {
                    let share = f64::from(piece) / f64::from(pieces);
                    dots.mark((a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share));
                }
            }
        }
        dots
    }

    fn mark(&mut self, (x, y): (f64, f64)) {
        let at = y.round() as usize * self.columns * 2 + x.round() as usize;
        if let Some(dot) = self.set.get_mut(at) {
            *dot = true;
        }
    }

    /// Unicode numbers the dots of a braille character down the columns, the lowest row last.
    fn cell(&self, column: usize, row: usize) -> char {
        const BITS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let mut sign = 0x2800;
        for (y, bits) in BITS.iter().enumerate() {
            for (x, bit) in bits.iter().enumerate() {
                if self.set[(row * 4 + y) * self.columns * 2 + column * 2 + x] {
                    sign |= bit;
                }
            }
        }
        char::from_u32(sign).unwrap_or(' ')
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::Tz;

    use super::*;
    use crate::model::chart::Threshold;
    use crate::model::sample::Sample;
    use crate::model::signal::Unit;
    use crate::model::time::{Moment, TimeRange};

    #[test]
    fn a_rise_over_the_line_is_seen() {
        let from = Moment::from_timestamp(1_767_877_200, 0).expect("valid");
        let samples: Vec<Sample> = (0..60)
            .map(|at| Sample {
                at: from + TimeDelta::minutes(at),
                value: if at < 40 { 120.0 } else { 1_250.0 },
            })
            .collect();
        let range = TimeRange::new(from, from + TimeDelta::hours(1));
        let mut chart = Chart::new("P95", Unit::Milliseconds, range, Tz::UTC).line("web", &samples);
        chart.thresholds.push(Threshold { severity: Severity::Critical, value: 500.0 });
        let shown: Vec<String> = lines(&chart, 44)
            .iter()
            .map(|line| line.iter().map(|run| run.text.as_str()).collect::<String>())
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r"
        1,500 ms ┤
                 ┤                    ⢰⠒⠒⠒⠒⠒⠒⠒⠒⠒⠂
                 ┤                    ⡎
                 ┤                    ⡇
                 ┤                    ⡇
                 ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄⡇┄┄┄┄┄┄┄┄┄┄
                 ┤                    ⡇
            0 ms ┤⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠃
                  13:00                     14:00
        ");
        assert!(lines(&Chart::new("P95", Unit::Milliseconds, range, Tz::UTC), 44).is_empty());
    }
}
