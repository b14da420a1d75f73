//! What a process' own figures amount to: CPU and memory as a share of what it may use.

use crate::exporters::conventions::plausible_limit;
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::source::Gap;
use crate::model::subject::Subject;

/// What the processes of one service say of themselves; of several, the one that uses most.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Process {
    /// CPU seconds used a second.
    pub cpu: Option<f64>,
    /// How many cores it may use.
    pub cores: Option<f64>,
    /// Bytes held.
    pub resident: Option<f64>,
    /// Bytes that it may hold.
    pub limit: Option<f64>,
}

impl Process {
    /// Its signals, and what can't be told.
    pub fn judge(&self, subject: &Subject) -> (Vec<(SeriesKey, f64)>, Vec<Gap>) {
        let (mut values, mut gaps) = (Vec::new(), Vec::new());
        let mut say = |signal, value| values.push((SeriesKey::new(signal, subject.clone()), value));
        let mut lacks = |signal, why: &str| {
            gaps.push(Gap { signal: Some(signal), of: subject.service.clone(), why: why.to_owned() });
        };
        match (self.cpu, self.cores.filter(|cores| *cores > 0.0)) {
            (Some(cpu), Some(cores)) => say(Signal::Cpu, (100.0 * cpu / cores).clamp(0.0, 100.0)),
            // One busy core of sixteen is no overload, so no percentage is guessed.
            (Some(_), None) => lacks(Signal::Cpu, "tells CPU seconds, but not how many cores it may use"),
            (None, _) => {}
        }
        if let Some(resident) = self.resident {
            say(Signal::MemoryUsed, resident);
            match self.limit.filter(|limit| plausible_limit(*limit)) {
                Some(limit) => say(Signal::Memory, (100.0 * resident / limit).clamp(0.0, 100.0)),
                None => lacks(Signal::Memory, "tells its memory, but no limit to compare it with"),
            }
        }
        (values, gaps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_needs_to_know_of_what() {
        let subject = Subject::service("", "checkout");
        let known = Process { cpu: Some(0.5), cores: Some(2.0), resident: Some(64e6), limit: Some(256e6) };
        let (values, gaps) = known.judge(&subject);
        let values: Vec<_> = values.into_iter().map(|(key, value)| (key.signal, value)).collect();
        assert_eq!(values, [(Signal::Cpu, 25.0), (Signal::MemoryUsed, 64e6), (Signal::Memory, 25.0)]);
        assert_eq!(gaps, []);

        let unknown = Process { cores: None, limit: Some(1.8e19), ..known };
        let (values, gaps) = unknown.judge(&subject);
        assert_eq!(values.len(), 1);
        assert_eq!(gaps.len(), 2);
    }
}
