//! What can be set about detection, with the defaults that hold where nothing is said.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::baseline;

/// How findings are made of samples.
///
/// The worse, the sooner: at the critical line a condition must hold for `for_critical_seconds`;
/// the further it is beyond, the shorter, down to two checks in a row at twice the line.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How long a value must be over its critical line before it is a finding, in seconds.
    /// Default 30; less the further the value is over the line, down to two checks.
    pub for_critical_seconds: u32,
    /// How long a value must be over its warning line, in seconds. Default 300.
    pub for_warning_seconds: u32,
    /// How long CPU must be over either line, in seconds: a busy minute harms nobody. Default 300.
    pub for_cpu_seconds: u32,
    /// For how many seconds a finding stays after its condition was last seen. Default 120.
    pub keep_firing_seconds: u32,
    /// How far a value must fall under its line before the condition is over, in percent of the
    /// line (half of it for memory, CPU and disk, whose lines lie close to 100 %). Default 10.
    pub clear_below_percent: f64,
    /// For how many seconds after a deployment no warning of that service begins. Default 120.
    pub grace_after_deployment_seconds: u32,
    /// For how many seconds after quad's start no warning begins. Default 60.
    pub grace_after_start_seconds: u32,
    /// Rates and percentiles are judged over at least so many requests; where traffic is thin, the
    /// window grows up to 15 minutes to hold them, and beyond that nothing is judged. Default 50.
    pub min_requests: u32,
    /// A rate of errors is judged only with at least so many failed requests. Default 3.
    pub min_failed_requests: u32,
    /// Over how many seconds sources form rates and percentiles. Default 60.
    pub rate_window_seconds: u32,
    /// A series whose last sample is older than this many seconds (or three checks, if that is
    /// more) is not judged. Default 90.
    pub fresh_seconds: u32,
    /// After how many seconds out of sight a finding is forgotten, if its source works and its
    /// series is no longer expected. Default 3600.
    pub forget_unseen_seconds: u32,
    /// After how many seconds without a sample a regular series counts as missing, at least five
    /// of its usual intervals. Default 180.
    pub no_data_for_seconds: u32,
    /// After how many seconds of failing a source is reported, at least two checks. Default 60.
    pub source_down_for_seconds: u32,
    /// Errors compared with what is usual.
    pub error_rate: ErrorRateSettings,
    /// Memory that grows towards its limit.
    pub memory_growth: MemoryGrowthSettings,
    /// What counts as usual.
    pub baseline: baseline::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            for_critical_seconds: 30,
            for_warning_seconds: 300,
            for_cpu_seconds: 300,
            keep_firing_seconds: 120,
            clear_below_percent: 10.0,
            grace_after_deployment_seconds: 120,
            grace_after_start_seconds: 60,
            min_requests: 50,
            min_failed_requests: 3,
            rate_window_seconds: 60,
            fresh_seconds: 90,
            forget_unseen_seconds: 3_600,
            no_data_for_seconds: 180,
            source_down_for_seconds: 60,
            error_rate: ErrorRateSettings::default(),
            memory_growth: MemoryGrowthSettings::default(),
            baseline: baseline::Settings::default(),
        }
    }
}

/// When errors are more than usual. All four must hold.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ErrorRateSettings {
    /// How many times the baseline the rate must exceed. Default 1.1 ("baseline + 10 %").
    pub times_baseline: f64,
    /// How likely chance alone may be at most, by a two-proportion test. Default 0.001.
    pub significance: f64,
    /// Rates below this many percent are never reported. Default 0.1.
    pub floor_percent: f64,
    /// At least so many requests in the window. Default 50.
    pub min_requests: u32,
    /// How long it must hold, in seconds; less the further it is over the baseline, down to two
    /// checks at five times the baseline. Default 60.
    pub for_seconds: u32,
}

impl Default for ErrorRateSettings {
    fn default() -> Self {
        Self {
            times_baseline: 1.1,
            significance: 0.001,
            floor_percent: 0.1,
            min_requests: 50,
            for_seconds: 60,
        }
    }
}

/// When growth of memory is a leak rather than a warm-up.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MemoryGrowthSettings {
    /// Growth is reported if it reaches the limit within this many hours. Default 6.
    pub horizon_hours: f64,
    /// It is critical if it reaches the limit within this many minutes. Default 15.
    pub critical_minutes: f64,
    /// No forecast reaches further than this many times the stretch it rests on. Default 3.
    pub stretch_factor: f64,
    /// The stretch must be at least this many minutes long, unless memory is over its warning line
    /// already. Default 30.
    pub min_minutes: f64,
    /// The first minutes after a start or restart of the subject don't count. Default 10.
    pub warm_up_minutes: f64,
    /// It must have grown by at least this share of the limit, in percent. Default 5.
    pub growth_floor_percent: f64,
    /// Where no limit is known: it must grow by at least this many MB an hour. Default 50.
    pub growth_floor_mb_per_hour: f64,
    /// Share of pairs of samples of which the later must be higher, 0 to 1. Default 0.75.
    pub steadiness: f64,
    /// The last quarter must rise at least at this share of the whole slope, 0 to 1: a plateau
    /// ends a leak. Default 0.3.
    pub plateau_share: f64,
}

impl Default for MemoryGrowthSettings {
    fn default() -> Self {
        Self {
            horizon_hours: 6.0,
            critical_minutes: 15.0,
            stretch_factor: 3.0,
            min_minutes: 30.0,
            warm_up_minutes: 10.0,
            growth_floor_percent: 5.0,
            growth_floor_mb_per_hour: 50.0,
            steadiness: 0.75,
            plateau_share: 0.3,
        }
    }
}
