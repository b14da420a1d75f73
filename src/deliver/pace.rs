//! How fast a channel may be talked to: a bucket that fills by one message a pace. Pure.

use std::time::{Duration, Instant};

/// Messages that may go out together after a quiet while.
const BURST: f64 = 3.0;

/// Deepest debt that urgent messages may leave behind: ten paces until others go again.
const DEBT: f64 = -10.0;

/// What may still be sent to a channel.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    /// A channel that was quiet.
    pub(super) fn new(now: Instant) -> Self {
        Self { left: BURST, at: now }
    }

    /// Takes one message out. `Err` says how long to wait first. Urgent ones (an alert, an answer
    /// to a person who waits) are never held back here: the platform itself says when it is too
    /// much, and until then others make up for them.
    pub(super) fn take(&mut self, urgent: bool, pace: Duration, now: Instant) -> Result<(), Duration> {
        let pace = pace.max(Duration::from_millis(1));
        let gained = now.saturating_duration_since(self.at).as_secs_f64() / pace.as_secs_f64();
        self.left = (self.left + gained).min(BURST);
        self.at = now;
        if !urgent && self.left < 1.0 {
            return Err(pace.mul_f64(1.0 - self.left));
        }
        self.left = (self.left - 1.0).max(DEBT);
        Ok(())
    }

    /// Whether forgetting it would make no difference.
    pub(super) fn is_full(&self, pace: Duration, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() / pace.as_secs_f64();
        self.left + gained >= BURST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn after_a_burst_one_a_second() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        for _ in 0..3 {
            assert_eq!(bucket.take(false, SECOND, start), Ok(()));
        }
        assert_eq!(bucket.take(false, SECOND, start), Err(SECOND));
        assert_eq!(bucket.take(false, SECOND, start + SECOND), Ok(()));
        assert_eq!(bucket.take(false, SECOND, start + SECOND), Err(SECOND));
        assert!(bucket.is_full(SECOND, start + 10 * SECOND));
    }

    #[test]
    fn urgent_messages_go_at_once_and_others_make_up_for_them() {
        let start = Instant::now();
        let mut bucket = Bucket::new(start);
        for _ in 0..5 {
            assert_eq!(bucket.take(true, SECOND, start), Ok(()));
        }
        assert_eq!(bucket.take(false, SECOND, start), Err(3 * SECOND));
    }
}
