//! Finds a query for each row of another one (N+1): within a request, the same fingerprint many times in a
//! row, right after its parent. A request is a trace where programs say it in a comment (`traceparent`), and
//! a session otherwise.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::sql::hints;
use crate::sql::log::Entry;

use super::Class;

/// Sessions that are followed at the same time.
const MOST_SESSIONS: usize = 4_096;
/// Fewer repetitions than this are no loop.
const LOOP: u32 = 5;
/// Pairs of parent and child that are remembered.
const MOST_PAIRS: usize = 4_096;
const NOBODY: u32 = u32::MAX;

/// A statement that is run once for each row of another one.
#[derive(Debug, Clone, Copy)]
pub struct Loop<'a> {
    /// What ran before the first of them: most likely what gave the rows. Nothing where a session
    /// began with the loop.
    pub parent: Option<&'a Class>,
    /// What was repeated.
    pub child: &'a Class,
    /// How many loops.
    pub loops: u64,
    /// How many statements were in them.
    pub statements: u64,
    /// The most in one loop.
    pub longest: u32,
    /// How long these statements ran together, in nanoseconds.
    pub query_time_ns: u64,
}

#[derive(Debug, Clone, Copy)]
struct Run {
    parent: u32,
    child: u32,
    times: u32,
    query_time_ns: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    loops: u64,
    statements: u64,
    longest: u32,
    query_time_ns: u64,
}

#[derive(Debug, Default)]
pub(super) struct Loops {
    sessions: HashMap<u64, Run, FixedState>,
    pairs: HashMap<(u32, u32), Sum, FixedState>,
}

impl Loops {
    pub(super) fn add(&mut self, class: u32, statement: &[u8], entry: &Entry<'_>) {
        let request = hints::trace(statement).unwrap_or(entry.session);
        if request.is_empty() {
            return;
        }
        let session = session_id(request);
        let time = entry.query_time_ns.unwrap_or(0);
        if let Some(run) = self.sessions.get_mut(&session) {
            if run.child == class {
                run.times += 1;
                run.query_time_ns += time;
                return;
            }
            let ended = *run;
            *run = Run { parent: ended.child, child: class, times: 1, query_time_ns: time };
            self.end(ended);
            return;
        }
        if self.sessions.len() >= MOST_SESSIONS {
            let ended: Vec<_> = self.sessions.drain().map(|(_, run)| run).collect();
            ended.into_iter().for_each(|run| self.end(run));
        }
        self.sessions.insert(session, Run { parent: NOBODY, child: class, times: 1, query_time_ns: time });
    }

    fn end(&mut self, run: Run) {
        if run.times >= LOOP {
            add_to(&mut self.pairs, run);
        }
    }

    /// The classes have got other numbers.
    pub(super) fn forget(&mut self) {
        self.sessions.clear();
        self.pairs.clear();
    }

    pub(super) fn found<'a>(&self, classes: &'a [Class]) -> Vec<Loop<'a>> {
        let mut pairs = self.pairs.clone();
        for run in self.sessions.values().filter(|run| run.times >= LOOP) {
            add_to(&mut pairs, *run);
        }
        let class = |at: u32| classes.get(at as usize);
        let mut found: Vec<_> = pairs
            .into_iter()
            .filter_map(|((parent, child), sum)| {
                Some(Loop {
                    parent: class(parent),
                    child: class(child)?,
                    loops: sum.loops,
                    statements: sum.statements,
                    longest: sum.longest,
                    query_time_ns: sum.query_time_ns,
                })
            })
            .filter(|found| reads_rows(&found.child.fingerprint))
            .collect();
        found.sort_by(|one, other| {
            other
                .query_time_ns
                .cmp(&one.query_time_ns)
                .then_with(|| one.child.fingerprint.cmp(&other.child.fingerprint))
        });
        found
    }
}

fn add_to(pairs: &mut HashMap<(u32, u32), Sum, FixedState>, run: Run) {
    if pairs.len() >= MOST_PAIRS && !pairs.contains_key(&(run.parent, run.child)) {
        return;
    }
    let sum = pairs.entry((run.parent, run.child)).or_default();
    sum.loops += 1;
    sum.statements += u64::from(run.times);
    sum.longest = sum.longest.max(run.times);
    sum.query_time_ns += run.query_time_ns;
}

/// A loop over what reads one thing of a table; `insert` in a row is a bulk load, and what has no
/// `where` is the same answer again.
fn reads_rows(fingerprint: &str) -> bool {
    fingerprint.starts_with("select") && fingerprint.contains(" where ") && fingerprint.contains('?')
}

/// Sessions are numbers in most logs; names are hashed.
fn session_id(session: &[u8]) -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(session);
    hasher.finish()
}
