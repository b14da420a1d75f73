//! Ranks the intents by what was learned from labelled sentences: a linear model over the features of
//! a message. It only says what a sentence is about; whether that may act is for `decide` to say.

mod concepts;
pub(super) mod features;
mod training;

use std::borrow::Cow;
use std::sync::LazyLock;

use features::Feature;
pub use training::Example;

/// Every intent by its name in the data, in the order of the weights. The first ones act.
pub(super) const INTENTS: [&str; 32] = [
    "acknowledge",
    "resolve",
    "silence",
    "feedback",
    "set_threshold",
    "restart_container",
    "scale_service",
    "rollback_deployment",
    "create_index",
    "create_issue",
    "analyze_latency",
    "analyze_errors",
    "slow_queries",
    "explain_query",
    "analyze_resources",
    "analyze_deployment",
    "forecast_capacity",
    "status",
    "list_alerts",
    "report",
    "trend",
    "compare_regions",
    "sla",
    "similar_incidents",
    "show_thresholds",
    "audit",
    "on_call",
    "follow_up",
    "help",
    "smalltalk",
    "out_of_scope",
    "refuse",
];
/// How many of them change something.
const ACTING: usize = 10;

/// Intents that change something: the world, or quad's own books.
pub const ACTS: &[&str] = INTENTS.split_at(ACTING).0;

/// Whether an intent changes something.
pub(super) fn acts(intent: &str) -> bool {
    ACTS.contains(&intent)
}

const N: usize = INTENTS.len();

/// Numbers before the table: what it was learned from (8 bytes), features (4), size of a step (4).
const HEADER: usize = 16;

/// Learned weights: a table of features with one small number an intent.
#[derive(Debug, Clone)]
pub struct Ranker {
    bytes: Cow<'static, [u8]>,
}

/// The weights that come with quad.
pub(super) static LEARNED: LazyLock<Ranker> =
    LazyLock::new(|| Ranker { bytes: Cow::Borrowed(include_bytes!("../ranker.bin")) });

/// An intent and how likely it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ranked {
    pub(super) intent: &'static str,
    /// 0 to 1; all together 1.
    pub(super) share: f32,
}

impl Ranker {
    /// The weights that come with quad.
    pub fn learned() -> &'static Self {
        &LEARNED
    }

    /// Learns from labelled sentences; the same sentences give the same bytes.
    pub fn train(examples: &[Example]) -> Self {
        training::train(examples)
    }

    /// As it is kept in the repository.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the weights were learned from, as [`Example`]s add up.
    pub fn learned_from(&self) -> u64 {
        self.bytes.get(..8).and_then(|eight| eight.try_into().ok()).map_or(0, u64::from_le_bytes)
    }

    fn count(&self) -> usize {
        self.word(8).map_or(0, |count| count as usize)
    }

    fn word(&self, at: usize) -> Option<u32> {
        self.bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes)
    }

    /// The small numbers of a feature, one an intent.
    fn row(&self, hash: u32) -> Option<&[u8]> {
        let (mut low, mut high) = (0, self.count());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.word(HEADER + 4 * middle)?.cmp(&hash) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let from = HEADER + 4 * self.count() + N * middle;
                    return self.bytes.get(from..from + N);
                }
            }
        }
        None
    }

    fn step(&self) -> f32 {
        self.word(12).map_or(0.0, f32::from_bits)
    }

    /// All intents, the likeliest first.
    pub(super) fn rank(&self, features: &[Feature]) -> Vec<Ranked> {
        let mut sums = [0.0_f32; N];
        for feature in features {
            if let Some(row) = self.row(feature.hash) {
                for (sum, small) in sums.iter_mut().zip(row) {
                    *sum += f32::from(small.cast_signed()) * feature.value;
                }
            }
        }
        sums.iter_mut().for_each(|sum| *sum *= self.step());
        let shares = softmax(&sums);
        let mut ranked: Vec<Ranked> =
            INTENTS.iter().zip(shares).map(|(intent, share)| Ranked { intent, share }).collect();
        ranked.sort_by(|a, b| b.share.total_cmp(&a.share));
        ranked
    }

    /// The features that spoke most for an intent, and how much.
    pub(super) fn strongest(&self, intent: &str, features: &[Feature], most: usize) -> Vec<(u32, f32)> {
        let Some(column) = INTENTS.iter().position(|name| *name == intent) else { return Vec::new() };
        let mut found: Vec<(u32, f32)> = features
            .iter()
            .filter_map(|feature| {
                let weight = f32::from(self.row(feature.hash)?[column].cast_signed()) * self.step();
                (weight > 0.0).then_some((feature.hash, weight * feature.value))
            })
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(most);
        found
    }
}

/// Shares of one from sums. Its own power function: a library's may differ in the last bit from one
/// machine to the next, and weights that are learned must not.
fn softmax(sums: &[f32; N]) -> [f32; N] {
    let most = sums.iter().copied().fold(f32::MIN, f32::max);
    let mut shares = sums.map(|sum| {
        let mut power = 1.0 + (sum - most).max(-40.0) / 1024.0;
        for _ in 0..10 {
            power *= power;
        }
        power
    });
    let total: f32 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= total);
    shares
}
