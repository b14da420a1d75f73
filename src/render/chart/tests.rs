//! Charts of every kind, and of everything that should not be in one.

use chrono::TimeDelta;
use chrono_tz::Tz;
use proptest::prelude::*;
use resvg::tiny_skia::Pixmap;

use super::*;
use crate::model::chart::{Band, Deployed, Line, Point, Threshold};
use crate::model::finding::Severity;
use crate::model::sample::Sample;
use crate::model::signal::Unit;
use crate::model::time::{Moment, TimeRange};

const FROM: i64 = 1_767_877_200; // 2026-01-08 13:00 UTC

fn hour() -> TimeRange {
    let from = Moment::from_timestamp(FROM, 0).expect("valid");
    TimeRange::new(from, from + TimeDelta::hours(1))
}

/// `checkout` gets slow at 13:48, four minutes after a deployment.
fn checkout() -> Chart {
    let samples: Vec<Sample> = (0..240)
        .map(|at| {
            let wave = (f64::from(at) * 0.7).sin() * 14.0 + (f64::from(at) * 0.13).cos() * 9.0;
            let slow = f64::from((at - 192).clamp(0, 16)) * 70.0;
            Sample { at: hour().from + TimeDelta::seconds(i64::from(at) * 15), value: 118.0 + wave + slow }
        })
        .collect();
    let mut chart =
        Chart::new("P95 of checkout", Unit::Milliseconds, hour(), Tz::UTC).line("checkout", &samples);
    chart.usual = Some(Band { low: 80.0, high: 150.0 });
    chart.thresholds = vec![
        Threshold { severity: Severity::Warning, value: 200.0 },
        Threshold { severity: Severity::Critical, value: 500.0 },
    ];
    chart.deployments =
        vec![Deployed { at: hour().from + TimeDelta::minutes(44), label: "v1.4.2".to_owned() }];
    chart.alert = Some(TimeRange::new(hour().from + TimeDelta::minutes(50), hour().to));
    chart
}

fn errors() -> Chart {
    let mut chart = Chart::new("Errors of payments by kind", Unit::PerSecond, hour(), Tz::Europe__Berlin);
    chart.kind = ChartKind::Stacked;
    for (nth, kind) in ["timeout", "500", "connection refused"].into_iter().enumerate() {
        let points =
            (0..20).map(|at| Point(FROM + at * 180, ((at * 7 + nth as i64 * 3) % 11) as f64)).collect();
        chart.series.push(Line { name: kind.to_owned(), points });
    }
    chart
}

/// How many pixels in a part of the picture (in its own units) are not those of the paper.
fn inked(picture: &Pixmap, x: std::ops::Range<u32>, y: std::ops::Range<u32>) -> usize {
    let paper = picture.pixel(0, 0);
    (y.start * 2..y.end * 2)
        .flat_map(|y| (x.start * 2..x.end * 2).map(move |x| (x, y)))
        .filter(|(x, y)| picture.pixel(*x, *y) != paper)
        .count()
}

#[test]
fn every_chart_says_in_words_what_it_shows() {
    insta::assert_snapshot!(alt(&checkout()), @"P95 of checkout, 13:00 to 14:00: from 127 ms to 1,258 ms at 13:59; usual 80 ms to 150 ms; warning line 200 ms; critical line 500 ms; v1.4.2 deployed at 13:44; alert since 13:50");
    insta::assert_snapshot!(alt(&errors()), @"Errors of payments by kind, 14:00 to 15:00: 500 35 %, timeout 33 %, connection refused 33 %");
    insta::assert_snapshot!(alt(&Chart::new("CPU of web", Unit::Percent, hour(), Tz::UTC)), @"CPU of web, 13:00 to 14:00: nothing measured");
}

#[test]
fn letters_appear_in_the_picture() {
    let picture = Pixmap::decode_png(&png(&checkout(), &LIGHT).expect("draws")).expect("a PNG");
    // Title, zone, and the labels of both axes.
    assert!(inked(&picture, 12..120, 8..22) > 200);
    assert!(inked(&picture, 380..410, 8..22) > 40);
    let bottom = picture.height() / 2;
    assert!(inked(&picture, 60..410, bottom - 22..bottom - 4) > 200);
    assert!(inked(&picture, 12..50, 60..200) > 100);
    for palette in [&LIGHT, &DARK] {
        assert!(png(&errors(), palette).expect("draws").len() < 60_000);
    }
}

/// Writes the pictures where a person can look at them: `CHARTS=/some/folder`.
#[test]
fn pictures_can_be_looked_at() {
    let Ok(folder) = std::env::var("CHARTS") else { return };
    for (name, chart) in [("checkout", checkout()), ("errors", errors())] {
        for (theme, palette) in [("light", &LIGHT), ("dark", &DARK)] {
            let file = std::path::Path::new(&folder).join(format!("{name}-{theme}.png"));
            std::fs::write(file, png(&chart, palette).expect("draws")).expect("written");
        }
    }
}

#[test]
fn names_from_outside_are_text() {
    let evil = "</text><script>alert(1)</script>\" onload=\"x\u{1b}\u{202e}&";
    let mut chart = errors();
    chart.title = evil.to_owned();
    chart.series[0].name = evil.to_owned();
    chart.deployments = vec![Deployed { at: hour().from, label: evil.to_owned() }];
    let svg = svg(&chart, &PAGE).into_string();
    assert!(!svg.contains("<script") && !svg.contains("\" onload") && !svg.contains('\u{1b}'), "{svg}");
    assert!(png(&chart, &LIGHT).is_ok());
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        -1e3..1e6,
        Just(0.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE)
    ]
}

fn any_chart() -> impl Strategy<Value = Chart> {
    let point = (-4_000i64..8_000, any_value()).prop_map(|(at, value)| Point(FROM + at, value));
    let line =
        (".{0,40}", prop::collection::vec(point, 0..40)).prop_map(|(name, points)| Line { name, points });
    let kind = prop_oneof![Just(ChartKind::Line), Just(ChartKind::Stacked), Just(ChartKind::Sparkline)];
    (
        (".{0,90}", prop::collection::vec(line, 0..8), kind),
        (any_value(), any_value(), any_value(), 0i64..400_000_000, any::<i64>(), ".{0,30}"),
    )
        .prop_map(|((title, series, kind), (low, high, line, length, odd, label))| {
            let range = TimeRange::new(hour().from, hour().from + TimeDelta::seconds(length));
            let mut chart = Chart::new(title, Unit::Milliseconds, range, Tz::America__New_York);
            chart.series = series;
            chart.kind = kind;
            chart.usual = Some(Band { low, high });
            chart.thresholds = vec![Threshold { severity: Severity::Critical, value: line }];
            chart.deployments = vec![Deployed { at: hour().from + TimeDelta::seconds(length / 2), label }];
            if let Some(line) = chart.series.first_mut() {
                line.points.push(Point(odd, 1.0));
            }
            chart
        })
}

proptest! {
    #[test]
    fn nothing_that_was_measured_breaks_a_picture(chart in any_chart()) {
        let svg = svg(&chart, &LIGHT).into_string();
        prop_assert!(!svg.contains("NaN") && !svg.contains("inf "), "{svg}");
        prop_assert!(resvg::usvg::Tree::from_str(&svg, &resvg::usvg::Options::default()).is_ok(), "{svg}");
        prop_assert!(alt(&chart).len() < 2_000);
    }
}
