//! One measure over many entries: count, sum, smallest, largest, quantiles.

use super::spread::Spread;

/// Values up to this many are kept as they are, so that quantiles of few are exact.
const FEW: usize = 64;

/// The sum of one measure. Counts, sums and extremes are exact; a quantile is by nearest rank and
/// within 0.4 % (exact up to 64 values).
#[derive(Debug, Clone, Default)]
pub struct Amount {
    /// How many entries said it.
    pub count: u64,
    /// Their sum; at most 2^64 - 1.
    pub sum: u64,
    /// The smallest.
    pub min: u64,
    /// The largest.
    pub max: u64,
    few: Vec<u64>,
    many: Spread,
}

impl Amount {
    /// Adds what an entry said, if it said it.
    pub(super) fn add(&mut self, value: Option<u64>) {
        let Some(value) = value else { return };
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = self.max.max(value);
        self.count += 1;
        self.sum = self.sum.saturating_add(value);
        if !self.many.is_empty() {
            self.many.add(value);
        } else if self.few.len() < FEW {
            self.few.push(value);
        } else {
            for value in std::mem::take(&mut self.few) {
                self.many.add(value);
            }
            self.many.add(value);
        }
    }

    /// The mean; 0 where nothing was said.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a mean of amounts that a person reads")]
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum as f64 / self.count as f64 }
    }

    /// The value that `percent` of the values do not exceed, by nearest rank.
    #[must_use]
    pub fn quantile(&self, percent: u64) -> u64 {
        if self.count == 0 {
            return 0;
        }
        let rank = (self.count * percent).div_ceil(100).max(1);
        if self.many.is_empty() {
            let mut values = self.few.clone();
            values.sort_unstable();
            return usize::try_from(rank - 1).ok().and_then(|at| values.get(at)).copied().unwrap_or(self.max);
        }
        self.many.ranked(rank).map_or(self.max, |value| value.clamp(self.min, self.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = u64>) -> Amount {
        let mut amount = Amount::default();
        for value in values {
            amount.add(Some(value));
        }
        amount
    }

    #[test]
    fn few_values_are_exact() {
        let amount = of([5, 1, 4, 2, 3, 9]);
        assert_eq!((amount.count, amount.sum, amount.min, amount.max), (6, 24, 1, 9));
        assert_eq!((amount.quantile(50), amount.quantile(95)), (3, 9));
        assert_eq!(of([]).quantile(95), 0);
    }

    #[test]
    fn a_quantile_of_many_is_within_half_a_percent() {
        for scale in [1_u64, 1_000, 123_456_789] {
            let amount = of((1..=10_000).map(|value| value * value * scale));
            for percent in [1, 50, 95, 99, 100] {
                let exact = (100 * percent) * (100 * percent) * scale;
                let off = amount.quantile(percent).abs_diff(exact);
                assert!(off * 200 <= exact, "p{percent} is {} and not {exact}", amount.quantile(percent));
            }
        }
    }
}
