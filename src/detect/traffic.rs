//! How far back one must look to see enough requests for a rate to mean something.

use chrono::TimeDelta;

use super::facts::Facts;
use super::recent::Recent;
use super::settings::Settings;
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::time::Moment;

/// What is known of the requests behind a rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Requests {
    /// Nobody measures the traffic of this subject.
    Unmeasured,
    /// Too few even in the longest window.
    TooFew,
    /// So many between `from` and now. `stretched` where the usual window was too short.
    Enough { from: Moment, count: f64, stretched: bool },
}

/// Rates are never formed over more than this.
const LONGEST: TimeDelta = TimeDelta::minutes(15);

/// Looks back from `now` until `min` requests are seen.
pub(super) fn behind(
    subject: &Subject,
    min: u32,
    now: Moment,
    facts: &Facts,
    settings: &Settings,
) -> Requests {
    let key = SeriesKey::new(Signal::Traffic, subject.clone());
    let Some(recent) = Recent::of(&key, now, facts, settings) else { return Requests::Unmeasured };
    let window = f64::from(settings.rate_window_seconds.max(1));
    let first = recent.last().at;
    let (mut sum, mut samples) = (0.0, 0.0);
    for sample in recent.all().iter().rev() {
        if first - sample.at > LONGEST {
            break;
        }
        sum += sample.value.max(0.0);
        samples += 1.0;
        // The oldest sample itself speaks of the window before it.
        let seconds = (first - sample.at).as_seconds_f64() + window;
        let count = sum / samples * seconds;
        if count >= f64::from(min) {
            return Requests::Enough { from: sample.at, count, stretched: samples > 1.0 };
        }
    }
    Requests::TooFew
}
