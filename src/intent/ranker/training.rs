//! Learns the weights of the ranker: multinomial logistic regression by gradient descent with a step
//! of its own for each weight. No chance and no library's mathematics: the same sentences give the same bytes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::features::{Feature, fnv};
use super::{ACTING, INTENTS, N, Ranker, softmax};
use crate::model::inventory::Inventory;
use crate::model::time::Moment;

/// A labelled sentence, as features.
#[derive(Debug, Clone)]
pub struct Example {
    pub(super) features: Vec<Feature>,
    pub(super) intent: Option<usize>,
}

impl Example {
    /// `text` said at `now` by somebody who knows the names of `inventory`, and who wants `intent`.
    pub fn new(text: &str, inventory: &Inventory, now: Moment, intent: Option<&str>) -> Option<Self> {
        let intent = match intent {
            Some(intent) => Some(INTENTS.iter().position(|name| *name == intent)?),
            None => None,
        };
        Some(Self { features: crate::intent::features_of(text, inventory, now), intent })
    }

    /// What examples add up to: changes with every sentence, label, name and feature.
    pub fn sum(examples: &[Self]) -> u64 {
        let mut sum = 0xcbf2_9ce4_8422_2325_u64;
        let mut add = |number: u32| {
            for byte in number.to_le_bytes() {
                sum = (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        for example in examples {
            add(example.intent.map_or(u32::MAX, |intent| intent as u32));
            for feature in &example.features {
                add(feature.hash);
                add(feature.value.to_bits());
            }
        }
        sum
    }
}

/// Times that every sentence is looked at.
const ROUNDS: usize = 30;
/// How far a weight moves at first; later less, each by itself.
const RATE: f32 = 0.02;
/// What every step takes off a weight, so that no single sentence is learned by heart.
const DECAY: f32 = 1e-5;
/// What occurs in fewer sentences says nothing about others.
const SELDOM: u32 = 2;
/// Features that are kept: those that say most.
const MOST_FEATURES: usize = 10_800;

type Weights = Vec<[f32; N]>;
/// A sentence as the numbers of its kept features, with how strong each is, and what is wanted.
type Known = (Option<usize>, Vec<(usize, f32)>);

/// Learns twice: with everything, then with what turned out to matter.
pub(super) fn train(examples: &[Example]) -> Ranker {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for feature in examples.iter().flat_map(|example| &example.features) {
        *counts.entry(feature.hash).or_default() += 1;
    }
    let common: Vec<u32> =
        counts.iter().filter(|(_, count)| **count >= SELDOM).map(|(hash, _)| *hash).collect();
    let weights = fit(examples, &common);
    let mut telling: Vec<(f32, u32)> = weights
        .iter()
        .zip(&common)
        .map(|(row, hash)| {
            let spread: f32 = row.iter().map(|weight| weight * weight).sum();
            (spread * counts[hash] as f32, *hash)
        })
        .collect();
    telling.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut kept: Vec<u32> = telling.into_iter().take(MOST_FEATURES).map(|(_, hash)| hash).collect();
    kept.sort_unstable();
    pack(&kept, &fit(examples, &kept), Example::sum(examples))
}

fn fit(examples: &[Example], kept: &[u32]) -> Weights {
    let rows: Vec<Known> = examples
        .iter()
        .map(|example| {
            let known = |feature: &Feature| Some((kept.binary_search(&feature.hash).ok()?, feature.value));
            (example.intent, example.features.iter().filter_map(known).collect())
        })
        .collect();
    let mut weights = vec![[0.0_f32; N]; kept.len()];
    let mut squares = vec![[1e-6_f32; N]; kept.len()];
    let mut order: Vec<usize> = (0..rows.len()).collect();
    for round in 0..ROUNDS {
        order.sort_by_key(|at| (fnv(format_args!("{round} {at}")), *at));
        for at in &order {
            let (intent, features) = &rows[*at];
            let mut sums = [0.0_f32; N];
            for (feature, value) in features {
                for (sum, weight) in sums.iter_mut().zip(&weights[*feature]) {
                    *sum += weight * value;
                }
            }
            let slope = slope(softmax(&sums), *intent);
            for (feature, value) in features {
                let (row, square) = (&mut weights[*feature], &mut squares[*feature]);
                for class in 0..N {
                    let step = slope[class] * value + DECAY * row[class];
                    square[class] += step * step;
                    row[class] -= RATE * step / square[class].sqrt();
                }
            }
        }
    }
    weights
}

/// How far the shares are from what was wanted. Where nothing was to be done, any reading is right.
fn slope(mut shares: [f32; N], intent: Option<usize>) -> [f32; N] {
    match intent {
        Some(intent) => shares[intent] -= 1.0,
        None => {
            let reading: f32 = shares[ACTING..].iter().sum();
            shares[ACTING..].iter_mut().for_each(|share| *share -= *share / reading.max(1e-6));
        }
    }
    shares
}

fn pack(kept: &[u32], weights: &[[f32; N]], sum: u64) -> Ranker {
    let most = weights.iter().flatten().fold(0.0_f32, |most, weight| most.max(weight.abs()));
    let step = most / 127.0;
    let mut bytes = Vec::new();
    bytes.extend(sum.to_le_bytes());
    bytes.extend((kept.len() as u32).to_le_bytes());
    bytes.extend(step.to_bits().to_le_bytes());
    kept.iter().for_each(|hash| bytes.extend(hash.to_le_bytes()));
    for weight in weights.iter().flatten() {
        bytes.push(((weight / step).round() as i8).cast_unsigned());
    }
    Ranker { bytes: Cow::Owned(bytes) }
}
