//! How long a chart takes to be drawn as a PNG: six lines of as many points as a chart may have, with
//! everything that can stand behind them. `cargo bench --bench chart`; the first drawing reads the font.

use std::time::{Duration, Instant};

use chrono::DateTime;
use quad::model::chart::{Band, Chart, ChartKind, Deployed, Line, MAX_POINTS, MAX_SERIES, Point, Threshold};
use quad::model::finding::Severity;
use quad::model::signal::Unit;
use quad::model::time::TimeRange;
use quad::render::chart;

const DRAWN: usize = 100;

fn main() {
    let chart = full();
    let began = Instant::now();
    let bytes = chart::png(&chart, &chart::LIGHT).expect("draws").len();
    println!("  the first {:.1} ms; {} kB", began.elapsed().as_secs_f64() * 1e3, bytes / 1_000);
    let mut took: Vec<Duration> = (0..DRAWN)
        .map(|_| {
            let began = Instant::now();
            std::hint::black_box(chart::png(&chart, &chart::LIGHT).expect("draws"));
            began.elapsed()
        })
        .collect();
    took.sort_unstable();
    let ms = |at: usize| took[at].as_secs_f64() * 1e3;
    let p95 = ms(DRAWN * 95 / 100 - 1);
    println!("  {DRAWN} drawn: median {:.1} ms, p95 {p95:.1} ms", ms(DRAWN / 2));
    let verdict = if p95 < 20.0 {
        "PASS, aim reached"
    } else if p95 < 50.0 {
        "PASS"
    } else {
        "MISS"
    };
    println!(
        "| a chart of {MAX_SERIES} lines with {MAX_POINTS} points drawn as PNG, p95 | {p95:.1} ms | < 50 ms | 20 ms | {verdict} | `scripts/bench chart` |"
    );
    std::process::exit(i32::from(p95 >= 50.0));
}

fn full() -> Chart {
    let start = 1_767_880_800;
    let at = |seconds: i64| DateTime::from_timestamp(start + seconds, 0).expect("a moment");
    let line = |n: usize| Line {
        name: format!("service-{n}"),
        points: (0..MAX_POINTS)
            .map(|at| {
                let wave = (at as f64 / (7.0 + n as f64)).sin() * 40.0;
                Point(start + at as i64 * 60, 200.0 + 90.0 * n as f64 + wave)
            })
            .collect(),
    };
    Chart {
        title: "P95 of all services".to_owned(),
        unit: Unit::Milliseconds,
        range: TimeRange { from: at(0), to: at(MAX_POINTS as i64 * 60) },
        timezone: chrono_tz::Europe::Berlin,
        kind: ChartKind::Line,
        series: (0..MAX_SERIES).map(line).collect(),
        usual: Some(Band { low: 150.0, high: 260.0 }),
        thresholds: vec![
            Threshold { value: 500.0, severity: Severity::Critical },
            Threshold { value: 200.0, severity: Severity::Warning },
        ],
        deployments: vec![Deployed { at: at(6_000), label: "checkout v1.2.3".to_owned() }],
        alert: Some(TimeRange { from: at(9_000), to: at(12_000) }),
    }
}
