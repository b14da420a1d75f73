//! Maintenance windows: written in the team's time, kept in UTC.

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use crate::alert::MaintenanceWindow;
use crate::config::file::Maintenance;
use crate::config::{Config, Problem};
use crate::model::subject::Subject;
use crate::model::time::{Moment, TimeRange};

impl Config {
    /// The windows of the file. Those that can't be read were refused when it was loaded.
    pub fn windows(&self) -> Vec<MaintenanceWindow> {
        self.file
            .maintenance
            .iter()
            .filter_map(|entry| window(entry, self.file.timezone).ok())
            .flatten()
            .collect()
    }
}

/// What is wrong with the windows of the file.
pub fn problems(name: &str, config: &Config) -> Vec<Problem> {
    let entries = config.file.maintenance.iter().enumerate();
    entries
        .filter_map(|(at, entry)| {
            let (key, what) = window(entry, config.file.timezone).err()?;
            let at = config.document.mark(&format!("/maintenance/{at}/{key}"));
            Some(Problem { file: name.to_owned(), at, what })
        })
        .collect()
}

/// One window a service.
fn window(entry: &Maintenance, tz: Tz) -> Result<Vec<MaintenanceWindow>, (&'static str, String)> {
    let hint = "must be a time such as 2026-02-15T22:00 (the team's time zone) or 2026-02-15T22:00+01:00";
    let from = moment(&entry.from, tz).ok_or_else(|| ("from", format!("`from` {hint}")))?;
    let to = moment(&entry.to, tz).ok_or_else(|| ("to", format!("`to` {hint}")))?;
    if to <= from {
        return Err(("to", "`to` must lie after `from`".to_owned()));
    }
    let environment = entry.environment.clone().unwrap_or_default();
    let subjects = if entry.services.is_empty() {
        vec![Subject { environment, ..Subject::default() }]
    } else {
        entry.services.iter().map(|service| Subject::service(&environment, service)).collect()
    };
    let range = TimeRange::new(from, to);
    Ok(subjects
        .into_iter()
        .map(|scope| MaintenanceWindow { scope, range, title: entry.what.clone() })
        .collect())
}

/// A time with an offset, or one in the team's zone. A time that a daylight-saving change skips is
/// read as the first one after the gap.
fn moment(text: &str, tz: Tz) -> Option<Moment> {
    if let Ok(at) =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%:z"))
    {
        return Some(at.with_timezone(&Utc));
    }
    let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"];
    let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    (0..=180).find_map(|minutes| {
        let local = local + chrono::TimeDelta::minutes(minutes);
        tz.from_local_datetime(&local).earliest().map(|at| at.with_timezone(&Utc))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_teams_zone() {
        let berlin = chrono_tz::Europe::Berlin;
        let shown = |text| moment(text, berlin).map(|at| at.format("%FT%H:%MZ").to_string());
        assert_eq!(shown("2026-02-15T22:00").as_deref(), Some("2026-02-15T21:00Z"));
        assert_eq!(shown("2026-02-15T22:00+00:00").as_deref(), Some("2026-02-15T22:00Z"));
        assert_eq!(shown("2026-03-29T02:30").as_deref(), Some("2026-03-29T01:00Z"), "skipped by summer time");
        assert_eq!(shown("tomorrow"), None);
    }
}
