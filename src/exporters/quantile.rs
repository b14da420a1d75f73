//! A percentile out of cumulative buckets, exactly as Prometheus' `histogram_quantile` does it.

/// One bucket: how many observations were at most `le`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Upper bound, inclusive; the last one is infinite.
    pub le: f64,
    /// Observations up to it, or their rate.
    pub count: f64,
}

/// The `q` quantile (0 to 1), interpolated linearly inside its bucket. `None` where nothing was
/// observed, or the infinite bucket is missing. A quantile beyond the last finite bound is that
/// bound, since nothing more is known.
pub fn histogram_quantile(q: f64, buckets: &[Bucket]) -> Option<f64> {
    let buckets = cleaned(buckets);
    let (last, finite) = buckets.split_last()?;
    let highest = finite.last()?;
    if !last.le.is_infinite() || last.count.is_nan() || last.count <= 0.0 {
        return None;
    }
    let rank = q.clamp(0.0, 1.0) * last.count;
    let Some(at) = finite.iter().position(|bucket| bucket.count >= rank) else {
        return Some(highest.le);
    };
    let bucket = finite[at];
    let (start, below) = match at.checked_sub(1).map(|before| finite[before]) {
        Some(before) => (before.le, before.count),
        None if bucket.le <= 0.0 => return Some(bucket.le),
        None => (0.0, 0.0),
    };
    let inside = bucket.count - below;
    if inside <= 0.0 {
        return Some(start);
    }
    Some(start + (bucket.le - start) * ((rank - below) / inside))
}

/// Sorted, each bound once, and never falling: buckets of one page are not read at one instant.
fn cleaned(buckets: &[Bucket]) -> Vec<Bucket> {
    let mut sorted: Vec<Bucket> = buckets.iter().copied().filter(|bucket| !bucket.le.is_nan()).collect();
    sorted.sort_by(|one, other| one.le.total_cmp(&other.le));
    let mut out: Vec<Bucket> = Vec::with_capacity(sorted.len());
    for bucket in sorted {
        match out.last_mut() {
            Some(last) if last.le == bucket.le => last.count += bucket.count,
            _ => out.push(bucket),
        }
    }
    let mut highest = 0.0_f64;
    for bucket in &mut out {
        highest = highest.max(bucket.count);
        bucket.count = highest;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn buckets(pairs: &[(f64, f64)]) -> Vec<Bucket> {
        pairs.iter().map(|&(le, count)| Bucket { le, count }).collect()
    }

    #[test]
    fn it_agrees_with_prometheus_own_examples() {
        // From promql/testdata/histograms.test of Prometheus 2.42.
        let half = buckets(&[(0.1, 5.0), (0.2, 7.0), (1e3, 10.0), (f64::INFINITY, 10.0)]);
        let close = |found: Option<f64>, expected: f64| {
            assert!((found.expect("a value") - expected).abs() < 1e-9, "{found:?} {expected}");
        };
        close(histogram_quantile(0.5, &half), 0.1);
        close(histogram_quantile(0.6, &half), 0.15);
        let open = buckets(&[(0.1, 1.0), (f64::INFINITY, 4.0)]);
        close(histogram_quantile(0.95, &open), 0.1);
        assert_eq!(histogram_quantile(0.95, &buckets(&[(0.1, 0.0), (f64::INFINITY, 0.0)])), None);
        assert_eq!(histogram_quantile(0.95, &buckets(&[(0.1, 3.0), (0.2, 4.0)])), None);
        assert_eq!(histogram_quantile(0.95, &[]), None);
    }

    proptest! {
        /// Against the percentile of the observations themselves: it lies in the same bucket.
        #[test]
        fn it_lies_in_the_bucket_of_the_true_percentile(
            mut seen in proptest::collection::vec(0.001_f64..20.0, 1..400),
            q in 0.01_f64..0.999,
        ) {
            let bounds = [0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0];
            let mut all: Vec<Bucket> = bounds
                .iter()
                .map(|&le| Bucket { le, count: seen.iter().filter(|&&value| value <= le).count() as f64 })
                .collect();
            all.push(Bucket { le: f64::INFINITY, count: seen.len() as f64 });
            let found = histogram_quantile(q, &all).expect("something was seen");

            seen.sort_by(f64::total_cmp);
            let rank = ((q * seen.len() as f64).ceil() as usize).clamp(1, seen.len());
            let truth = seen[rank - 1];
            let upper = bounds.iter().copied().find(|&le| truth <= le).unwrap_or(10.0);
            let lower = bounds.iter().copied().rfind(|&le| le < truth.min(10.0)).unwrap_or(0.0);
            prop_assert!(found >= lower - 1e-9 && found <= upper + 1e-9, "{found} not in {lower}..{upper}, truth {truth}");
        }

        /// Whatever a page says: no panic, and never a number outside the bounds.
        #[test]
        fn it_never_leaves_the_bounds(
            raw in proptest::collection::vec((proptest::num::f64::ANY, proptest::num::f64::ANY), 0..12),
            q in proptest::num::f64::NORMAL,
        ) {
            let all: Vec<Bucket> = raw.into_iter().map(|(le, count)| Bucket { le, count }).collect();
            if let Some(found) = histogram_quantile(q, &all) {
                let highest = all.iter().map(|b| b.le).filter(|le| le.is_finite()).fold(0.0, f64::max);
                prop_assert!(found.is_nan() || found <= highest);
            }
        }
    }
}
