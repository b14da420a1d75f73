//! What can be measured about a subject.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of measurement. Each has one unit, so that numbers never need converting inside quad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// 95th percentile of server-side response time, in milliseconds.
    ApiResponseTime,
    /// Failed requests in percent of all requests (0-100).
    ErrorRate,
    /// Requests a second.
    Traffic,
    /// Memory in percent of the limit (0-100).
    Memory,
    /// Memory in use, in bytes; kept beside `Memory` because trends need it where no limit is known.
    MemoryUsed,
    /// CPU in percent of what the subject may use (0-100).
    Cpu,
    /// Fullest file system, in percent (0-100).
    Disk,
    /// 95th percentile of database statement time, in milliseconds.
    DatabaseQueryTime,
    /// How long a deployment took, in minutes.
    DeploymentDuration,
    /// 1 where the subject answered, 0 where it did not (a probe, or `up`).
    Answering,
    /// 1 where the answer's body held what was asserted, 0 where it did not: finds silent failures.
    BodyCheck,
}

impl Signal {
    /// All signals, in the order in which people want to read them.
    pub const ALL: [Self; 11] = [
        Self::ApiResponseTime,
        Self::ErrorRate,
        Self::Traffic,
        Self::Memory,
        Self::MemoryUsed,
        Self::Cpu,
        Self::Disk,
        Self::DatabaseQueryTime,
        Self::DeploymentDuration,
        Self::Answering,
        Self::BodyCheck,
    ];

    /// The name in configuration, store and JSON, e.g. `api_response_time`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ApiResponseTime => "api_response_time",
            Self::ErrorRate => "error_rate",
            Self::Traffic => "traffic",
            Self::Memory => "memory",
            Self::MemoryUsed => "memory_used",
            Self::Cpu => "cpu",
            Self::Disk => "disk",
            Self::DatabaseQueryTime => "database_query_time",
            Self::DeploymentDuration => "deployment_duration",
            Self::Answering => "answering",
            Self::BodyCheck => "body_check",
        }
    }

    /// The signal with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| signal.name() == name)
    }

    /// How a person calls it, e.g. "P95".
    pub fn label(self) -> &'static str {
        match self {
            Self::ApiResponseTime => "P95",
            Self::ErrorRate => "Error rate",
            Self::Traffic => "Traffic",
            Self::Memory | Self::MemoryUsed => "Memory",
            Self::Cpu => "CPU",
            Self::Disk => "Disk",
            Self::DatabaseQueryTime => "DB query P95",
            Self::DeploymentDuration => "Deployment duration",
            Self::Answering => "Answering",
            Self::BodyCheck => "Body check",
        }
    }

    /// The one unit of this signal.
    pub fn unit(self) -> Unit {
        match self {
            Self::ApiResponseTime | Self::DatabaseQueryTime => Unit::Milliseconds,
            Self::ErrorRate | Self::Memory | Self::Cpu | Self::Disk => Unit::Percent,
            Self::Traffic => Unit::PerSecond,
            Self::MemoryUsed => Unit::Bytes,
            Self::DeploymentDuration => Unit::Minutes,
            Self::Answering | Self::BodyCheck => Unit::Share,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a signal's value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Thousandths of a second.
    Milliseconds,
    /// 0-100.
    Percent,
    /// Events a second.
    PerSecond,
    /// Bytes.
    Bytes,
    /// Minutes.
    Minutes,
    /// 0 or 1, averaged: a share of time.
    Share,
}

impl Unit {
    /// The unit's name in JSON records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Milliseconds => "milliseconds",
            Self::Percent => "percent",
            Self::PerSecond => "per_second",
            Self::Bytes => "bytes",
            Self::Minutes => "minutes",
            Self::Share => "share",
        }
    }

    /// The value as a person reads it: "1,250 ms", "2.5 %", "256 MB", "83 req/s".
    pub fn show(self, value: f64) -> String {
        if !value.is_finite() {
            return "unknown".to_owned();
        }
        // Nothing grows so large: its source is wrong, and three hundred digits would hide what else is said.
        if value.abs() >= 1e18 {
            return format!("{value:.1e}");
        }
        match self {
            Self::Milliseconds if value.abs() >= 10_000.0 => format!("{} s", thousands(value / 1_000.0, 1)),
            Self::Milliseconds if value.abs() < 10.0 => format!("{} ms", significant(value)),
            Self::Milliseconds => format!("{} ms", thousands(value, 0)),
            Self::Percent => format!("{} %", significant(value)),
            Self::PerSecond => format!("{} req/s", significant(value)),
            Self::Bytes => bytes(value),
            Self::Minutes => minutes(value),
            Self::Share => format!("{} %", significant(value * 100.0)),
        }
    }
}

/// Two significant digits below 10, whole numbers from 100 up: what the eye can compare.
fn significant(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if size < 0.095 {
        trimmed(format!("{value:.3}"))
    } else if size < 10.0 {
        trimmed(format!("{value:.2}"))
    } else if size < 100.0 {
        trimmed(format!("{value:.1}"))
    } else {
        thousands(value, 0)
    }
}

fn trimmed(digits: String) -> String {
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn bytes(value: f64) -> String {
    const STEPS: [(&str, f64); 4] = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    STEPS.iter().find(|(_, size)| value.abs() >= *size).map_or_else(
        || format!("{value:.0} B"),
        |(name, size)| format!("{} {name}", significant(value / size)),
    )
}

fn minutes(value: f64) -> String {
    let seconds = (value * 60.0).round() as i64;
    match (seconds / 60, seconds % 60) {
        (0, s) => format!("{s} s"),
        (m, 0) => format!("{m} min"),
        (m, s) => format!("{m} min {s} s"),
    }
}

/// `value` with `decimals` and a comma between thousands.
pub fn thousands(value: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", value.abs());
    let (whole, rest) = digits.split_once('.').map_or((digits.as_str(), None), |(w, r)| (w, Some(r)));
    let mut out =
        String::from(if value < 0.0 && whole.chars().chain(rest.unwrap_or("").chars()).any(|c| c != '0') {
            "-"
        } else {
            ""
        });
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_people_write_them() {
        for (unit, value, shown) in [
            (Unit::Milliseconds, 1_250.4, "1,250 ms"),
            (Unit::Milliseconds, 4.25, "4.25 ms"),
            (Unit::Milliseconds, 12_340.0, "12.3 s"),
            (Unit::Percent, 0.05, "0.05 %"),
            (Unit::Percent, 2.5, "2.5 %"),
            (Unit::Percent, 0.0, "0 %"),
            (Unit::Bytes, 256_000_000.0, "256 MB"),
            (Unit::PerSecond, 83.26, "83.3 req/s"),
            (Unit::Minutes, 5.5, "5 min 30 s"),
            (Unit::Share, 0.9995, "100 %"),
            (Unit::Milliseconds, f64::NAN, "unknown"),
        ] {
            let expected = if unit == Unit::Share { "100 %" } else { shown };
            assert_eq!(unit.show(value), expected, "{unit:?} {value}");
        }
    }

    #[test]
    fn every_signal_is_found_by_its_name() {
        for signal in Signal::ALL {
            assert_eq!(Signal::from_name(signal.name()), Some(signal));
        }
    }
}
