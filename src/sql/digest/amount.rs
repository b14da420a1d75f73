//! One measure over many entries: count, sum, smallest, largest, quantiles.

use super::spread::Spread;

/// Values up to this many are kept as they are, so that quantiles of few are exact.
const FEW: usize = 64;

/// The sum of one measure. Counts, sums and extremes are exact; a quantile is by nearest rank and
/// within 0.4 % (exact up to 64 values), or not kept for want of room.
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
    values: Values,
}

/// What quantiles are taken from.
#[derive(Debug, Clone)]
enum Values {
    Few(Vec<u64>),
    Many(Spread),
    Forgotten,
}

impl Default for Values {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Amount {
    /// Adds what an entry said, if it said it; gives how many more bytes that takes, or fewer.
    pub(super) fn add(&mut self, value: Option<u64>) -> isize {
        let Some(value) = value else { return 0 };
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = self.max.max(value);
        self.count += 1;
        self.sum = self.sum.saturating_add(value);
        match &mut self.values {
            Values::Many(spread) => spread.add(value).cast_signed(),
            Values::Few(few) if few.len() < FEW => {
                let before = few.capacity();
                few.push(value);
                ((few.capacity() - before) * size_of::<u64>()).cast_signed()
            }
            Values::Few(few) => {
                let before = few.capacity() * size_of::<u64>();
                let mut spread = Spread::default();
                let after: usize = few.iter().chain([&value]).map(|value| spread.add(*value)).sum();
                self.values = Values::Many(spread);
                after.cast_signed() - before.cast_signed()
            }
            Values::Forgotten => 0,
        }
    }

    /// How many bytes quantiles take.
    pub(super) fn bytes(&self) -> usize {
        match &self.values {
            Values::Few(few) => few.capacity() * size_of::<u64>(),
            Values::Many(spread) => spread.bytes(),
            Values::Forgotten => 0,
        }
    }

    /// Gives up quantiles for good: the rest stays exact.
    pub(super) fn forget_quantiles(&mut self) {
        self.values = Values::Forgotten;
    }

    /// The mean; 0 where nothing was said.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a mean of amounts that a person reads")]
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum as f64 / self.count as f64 }
    }

    /// The value that `percent` of the values do not exceed, by nearest rank. Nothing where none was said, or where
    /// they were not kept.
    #[must_use]
    pub fn quantile(&self, percent: u64) -> Option<u64> {
        if self.count == 0 {
            return None;
        }
        let rank = (self.count * percent).div_ceil(100).max(1);
        let found = match &self.values {
            Values::Few(few) => {
                let mut values = few.clone();
                values.sort_unstable();
                usize::try_from(rank - 1).ok().and_then(|at| values.get(at)).copied()
            }
            Values::Many(spread) => spread.ranked(rank),
            Values::Forgotten => return None,
        };
        Some(found.map_or(self.max, |value| value.clamp(self.min, self.max)))
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
        assert_eq!((amount.quantile(50), amount.quantile(95)), (Some(3), Some(9)));
        assert_eq!(of([]).quantile(95), None);
    }

    #[test]
    fn a_quantile_of_many_is_within_half_a_percent() {
        for scale in [1_u64, 1_000, 123_456_789] {
            let amount = of((1..=10_000).map(|value| value * value * scale));
            for percent in [1, 50, 95, 99, 100] {
                let exact = (100 * percent) * (100 * percent) * scale;
                let found = amount.quantile(percent).expect("it was said");
                assert!(found.abs_diff(exact) * 200 <= exact, "p{percent} is {found} and not {exact}");
            }
        }
    }

    #[test]
    fn what_it_takes_is_told_and_given_back() {
        let mut amount = Amount::default();
        let told: isize = (0..5_000).map(|value| amount.add(Some(value * 31))).sum();
        assert_eq!(told, amount.bytes().cast_signed());
        let (count, sum) = (amount.count, amount.sum);
        amount.forget_quantiles();
        amount.add(Some(7));
        assert_eq!((amount.bytes(), amount.quantile(50)), (0, None));
        assert_eq!((amount.count, amount.sum), (count + 1, sum + 7));
    }
}
