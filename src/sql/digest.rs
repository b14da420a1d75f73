//! What the entries of a log add up to: one class for each fingerprint, with exact counts and sums,
//! and quantiles within half a percent. Memory is bounded, whatever the log holds.

mod amount;
mod class;
mod events;
mod json;
mod loops;
mod remarks;
mod sift;
mod spread;
mod timeline;
mod words;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use foldhash::fast::FixedState;

pub use amount::Amount;
pub use class::{Class, Who};
pub use events::Events;
pub use json::json;
pub use loops::Loop;
pub use remarks::remarks;
pub use sift::Sift;
pub use timeline::{Step, Timeline};
pub use words::answer;

use super::fingerprint::{self, Dialect};
use super::log::{Entry, Kind};
use loops::Loops;

/// How many classes are kept apart. With more, the cheaper half becomes [`Digest::others`].
const MOST_CLASSES: usize = 20_000;
/// How many bytes their fingerprints may take together.
const MOST_TEXT: usize = 12 << 20;
/// How many bytes quantiles may take together. With more, the cheapest classes give up theirs.
const MOST_QUANTILES: usize = 12 << 20;
/// A fingerprint is kept up to this length; a statement that is the same so far is the same class.
const LONGEST_FINGERPRINT: usize = 16_384;

/// The sum of a log.
#[derive(Debug)]
pub struct Digest {
    dialect: Dialect,
    sift: Sift,
    classes: Vec<Class>,
    known: HashMap<Box<[u8]>, u32, FixedState>,
    text: usize,
    quantiles: usize,
    /// How many classes gave up their quantiles for want of room; their sums are exact all the same.
    pub without_quantiles: u64,
    /// Classes that were too many and too cheap to be kept apart.
    pub others: Others,
    /// What besides statements was in the log.
    pub events: Events,
    /// When the work was done.
    pub timeline: Timeline,
    loops: Loops,
    /// Entries that were counted: statements and commands.
    pub entries: u64,
    /// Entries that the log held and a filter left out.
    pub sifted_out: u64,
    /// Entries that were cut, by the end of the log or for their length.
    pub cut: u64,
    /// The first and the last time in the log, in microseconds since 1970.
    pub span_us: Option<(i64, i64)>,
    /// Entries that are older than one before them: clocks that jumped, or logs in no order.
    pub back_in_time: u64,
    last_us: i64,
    scratch: Vec<u8>,
}

/// What was put together for want of room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Others {
    /// How many classes, counted each time they were put here.
    pub classes: u64,
    /// How many entries they had.
    pub entries: u64,
    /// How long they ran together, in nanoseconds.
    pub query_time_ns: u64,
    /// The most that one of them cost when it was put here, in nanoseconds: a class that is missing
    /// cost no more than this, each time.
    pub largest_ns: u64,
}

impl Digest {
    /// An empty digest of a log in this dialect, of the entries that pass `sift`.
    #[must_use]
    pub fn new(dialect: Dialect, sift: Sift) -> Self {
        Self {
            dialect,
            sift,
            // Memory that nothing is written to is not taken, and a vector that grows is there twice.
            classes: Vec::with_capacity(MOST_CLASSES),
            known: HashMap::with_hasher(FixedState::default()),
            text: 0,
            quantiles: 0,
            without_quantiles: 0,
            others: Others::default(),
            events: Events::default(),
            timeline: Timeline::default(),
            loops: Loops::default(),
            entries: 0,
            sifted_out: 0,
            cut: 0,
            span_us: None,
            back_in_time: 0,
            last_us: i64::MIN,
            scratch: Vec::with_capacity(4_096),
        }
    }

    /// Adds an entry.
    pub fn add(&mut self, entry: &Entry<'_>) {
        if !self.sift.passes(entry) {
            self.sifted_out += 1;
            return;
        }
        match entry.kind {
            Kind::Statement(statement) => {
                let mut room = std::mem::take(&mut self.scratch);
                let fingerprint = fingerprint::write(statement, self.dialect, &mut room);
                self.count(&fingerprint[..fingerprint.len().min(LONGEST_FINGERPRINT)], statement, entry);
                self.scratch = room;
            }
            Kind::Command(command) => {
                let command = &command[..command.len().min(64)];
                self.count(&[b"administrator command: ", command].concat(), b"", entry);
            }
            Kind::Plan(..) => self.events.plans += 1,
            Kind::Event(event, _) => self.events.add(event, entry.bytes_sent),
        }
        self.at(entry);
    }

    fn at(&mut self, entry: &Entry<'_>) {
        self.cut += u64::from(entry.cut);
        let Some(at) = entry.at_us else { return };
        if matches!(entry.kind, Kind::Statement(_) | Kind::Command(_)) {
            self.timeline.add(at, entry.query_time_ns.unwrap_or(0));
        }
        self.back_in_time += u64::from(at < self.last_us.saturating_sub(1_000_000));
        self.last_us = at;
        self.span_us = Some(self.span_us.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
    }

    fn count(&mut self, fingerprint: &[u8], statement: &[u8], entry: &Entry<'_>) {
        self.entries += 1;
        let class = match self.known.get(fingerprint) {
            Some(class) => *class,
            None => self.learn(fingerprint),
        };
        let grown = self.classes[class as usize].add(statement, entry);
        self.quantiles = self.quantiles.saturating_add_signed(grown);
        if self.quantiles > MOST_QUANTILES {
            self.forget_the_cheapest_quantiles();
        }
        if !statement.is_empty() {
            self.loops.add(class, statement, entry);
        }
    }

    fn learn(&mut self, fingerprint: &[u8]) -> u32 {
        if self.classes.len() >= MOST_CLASSES || self.text > MOST_TEXT {
            self.forget_the_cheaper_half();
        }
        let class = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
        self.text += fingerprint.len();
        self.known.insert(fingerprint.into(), class);
        self.classes.push(Class::new(fingerprint));
        class
    }

    /// Makes room: what costs least gives up its quantiles, until half of the room is free.
    fn forget_the_cheapest_quantiles(&mut self) {
        let mut cheapest: Vec<_> =
            self.classes.iter_mut().filter(|class| class.quantile_bytes() > 0).collect();
        cheapest.sort_unstable_by_key(|class| class.weight());
        for class in cheapest {
            if self.quantiles <= MOST_QUANTILES / 2 {
                break;
            }
            self.quantiles -= class.quantile_bytes();
            self.without_quantiles += 1;
            class.forget_quantiles();
        }
    }

    /// Makes room: what cost least is put together, and the log's tail can't fill the memory.
    fn forget_the_cheaper_half(&mut self) {
        let mut classes = std::mem::take(&mut self.classes);
        classes.sort_unstable_by_key(|class| std::cmp::Reverse(class.weight()));
        for class in classes.drain(classes.len() / 2..) {
            self.others.classes += 1;
            self.others.entries += class.count;
            self.others.query_time_ns += class.query_time.sum;
            self.others.largest_ns = self.others.largest_ns.max(class.query_time.sum);
        }
        self.known.clear();
        self.quantiles = classes.iter().map(Class::quantile_bytes).sum();
        self.text = 0;
        for (at, class) in (0_u32..).zip(&classes) {
            self.text += class.fingerprint.len();
            self.known.insert(class.fingerprint.as_bytes().into(), at);
        }
        self.classes = classes;
        self.loops.forget();
    }

    /// How long everything ran together, in nanoseconds.
    #[must_use]
    pub fn query_time_ns(&self) -> u64 {
        self.classes.iter().map(|class| class.query_time.sum).sum::<u64>() + self.others.query_time_ns
    }

    /// The classes, the costliest first.
    #[must_use]
    pub fn ranked(&self) -> Vec<&Class> {
        let mut ranked: Vec<_> = self.classes.iter().collect();
        ranked.sort_by(|one, other| {
            other.weight().cmp(&one.weight()).then_with(|| one.fingerprint.cmp(&other.fingerprint))
        });
        ranked
    }

    /// Statements that were run again and again right after another one: a query for each row of its
    /// answer. The costliest first.
    #[must_use]
    pub fn loops(&self) -> Vec<Loop<'_>> {
        self.loops.found(&self.classes)
    }
}
