//! Measured values: one, many in a row, and an hour of them in brief.

use serde::{Deserialize, Serialize};

use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::Moment;

/// What tells one row of numbers from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SeriesKey {
    /// What was measured.
    pub signal: Signal,
    /// On what.
    pub subject: Subject,
}

impl SeriesKey {
    /// `signal` of `subject`.
    pub fn new(signal: Signal, subject: Subject) -> Self {
        Self { signal, subject }
    }
}

/// One measured value, in the signal's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When it held.
    pub at: Moment,
    /// In the unit of its signal.
    pub value: f64,
}

/// Samples of one key, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What they are samples of.
    pub key: SeriesKey,
    /// Oldest first.
    pub samples: Vec<Sample>,
}

/// One value just read from a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// What was measured, on what.
    pub key: SeriesKey,
    /// When.
    pub at: Moment,
    /// In the signal's unit.
    pub value: f64,
}

/// An hour of one series in brief. Kept a year, and what baselines are made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HourSummary {
    /// Start of the hour, in UTC.
    pub hour: Moment,
    /// How many samples it sums up.
    pub count: u32,
    /// Smallest.
    pub min: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Median.
    pub median: f64,
    /// 95th percentile of the samples, by nearest rank.
    pub p95: f64,
    /// Largest.
    pub max: f64,
}

/// What is usual for a series at a given hour of the week.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Median of what was seen at such hours.
    pub usual: f64,
    /// Robust spread: 1.4826 x the median absolute deviation, so that it reads as a standard
    /// deviation where values are normal (Rousseeuw & Croux 1993).
    pub spread: f64,
    /// How many hours it rests on.
    pub hours: u32,
    /// Which hours it rests on.
    pub seasons: Season,
}

/// Which past hours a baseline compares with, from the most to the least specific.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Season {
    /// The same hour of the same weekday.
    HourOfWeek,
    /// The same hour of any day.
    HourOfDay,
    /// Any hour: too little history for more.
    AnyHour,
}
