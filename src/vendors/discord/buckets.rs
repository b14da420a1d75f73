//! Discord's rate limits as its replies tell them: how many calls a route has left, and until when.
//! Knowing it saves the calls that would be refused; each refused one counts against the bot.
//! Source: docs.discord.com, "Rate limits".

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::error::CallError;

/// Forgotten routes cost one refused call, remembered ones memory.
const ROUTES: usize = 4_096;
/// Shorter waits are sat out on the spot.
pub(super) const SHORT: Duration = Duration::from_millis(1_500);

/// What is left of each route.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    /// Until when a route has nothing left.
    spent: HashMap<String, Instant>,
    /// Until when nothing at all may be called.
    everything: Option<Instant>,
}

impl Buckets {
    /// How long a call must wait.
    pub(super) fn wait(&self, route: &str, now: Instant) -> Option<Duration> {
        let until = self.spent.get(route).copied().max(self.everything)?;
        until.checked_duration_since(now).filter(|wait| !wait.is_zero())
    }

    /// Notes what a reply says. `header` looks a header up.
    pub(super) fn note<'h>(
        &mut self,
        route: &str,
        status: u16,
        header: impl Fn(&str) -> Option<&'h str>,
        now: Instant,
    ) {
        let seconds = |name: &str| {
            let value: f64 = header(name)?.trim().parse().ok()?;
            Duration::try_from_secs_f64(value.clamp(0.0, 3_600.0)).ok()
        };
        if status == 429 {
            let wait = seconds("retry-after").or(seconds("x-ratelimit-reset-after")).unwrap_or(SHORT);
            if header("x-ratelimit-global").is_some() || header("x-ratelimit-scope") == Some("global") {
                self.everything = Some(now + wait);
            } else {
                self.spend(route, now + wait, now);
            }
        } else if header("x-ratelimit-remaining") == Some("0")
            && let Some(wait) = seconds("x-ratelimit-reset-after")
        {
            self.spend(route, now + wait, now);
        }
    }

    fn spend(&mut self, route: &str, until: Instant, now: Instant) {
        if self.spent.len() >= ROUTES {
            self.spent.retain(|_, until| *until > now);
        }
        if self.spent.len() < ROUTES {
            self.spent.insert(route.to_owned(), until);
        }
    }
}

/// What a wait means for a call that can't sit it out.
pub(super) fn busy(wait: Duration) -> CallError {
    CallError::Busy { retry_after: wait.max(Duration::from_secs(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(status: u16, headers: &[(&str, &'static str)]) -> (Buckets, Instant) {
        let (mut buckets, now) = (Buckets::default(), Instant::now());
        let header = |name: &str| headers.iter().find(|(one, _)| *one == name).map(|(_, value)| *value);
        buckets.note("POST /channels/1", status, header, now);
        (buckets, now)
    }

    #[test]
    fn a_spent_bucket_is_waited_for_and_others_are_not() {
        let (buckets, now) =
            noted(200, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-after", "2.5")]);
        assert_eq!(buckets.wait("POST /channels/1", now), Some(Duration::from_millis(2_500)));
        assert_eq!(buckets.wait("POST /channels/1", now + Duration::from_secs(3)), None);
        assert_eq!(buckets.wait("POST /channels/2", now), None);
        let (buckets, now) =
            noted(200, &[("x-ratelimit-remaining", "4"), ("x-ratelimit-reset-after", "2.5")]);
        assert_eq!(buckets.wait("POST /channels/1", now), None);
    }

    #[test]
    fn a_global_limit_stops_everything() {
        let (buckets, now) = noted(429, &[("retry-after", "7"), ("x-ratelimit-global", "true")]);
        assert_eq!(buckets.wait("GET /users/1", now), Some(Duration::from_secs(7)));
        let (buckets, now) = noted(429, &[("retry-after", "7")]);
        assert_eq!(buckets.wait("GET /users/1", now), None);
        assert_eq!(buckets.wait("POST /channels/1", now), Some(Duration::from_secs(7)));
    }
}
