//! Robust statistics: what a few wild samples can't bend.

/// The median of finite values; `None` without any.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

/// The slope of `points` (x, y) by Theil and Sen: the median of the slopes of all pairs, which
/// holds with up to 29 % outliers (Sen 1968). Also the share of pairs that rise.
pub(super) fn theil_sen(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    for (at, (x1, y1)) in points.iter().enumerate() {
        slopes
            .extend(points[at + 1..].iter().filter(|(x2, _)| x2 > x1).map(|(x2, y2)| (y2 - y1) / (x2 - x1)));
    }
    let rising = slopes.iter().filter(|slope| **slope > 0.0).count() as f64 / slopes.len().max(1) as f64;
    median(slopes).map(|slope| (slope, rising))
}

/// How likely it is that chance alone gives a share as high as `failed` of `requests`, when
/// `failed_before` of `before` is the rule: the one-sided two-proportion z-test with pooled
/// variance. Where few failures are expected, that test is too eager (one error in 50 requests
/// would count as proof), so the exact Poisson tail must agree.
pub(super) fn chance(failed: f64, requests: f64, failed_before: f64, before: f64) -> f64 {
    if requests <= 0.0 || before <= 0.0 {
        return 1.0;
    }
    let pooled = (failed + failed_before) / (requests + before);
    let error = (pooled * (1.0 - pooled) * (1.0 / requests + 1.0 / before)).sqrt();
    let z = (failed / requests - failed_before / before) / error;
    let by_z = if z.is_finite() { upper_tail(z) } else { 1.0 };

    // Half a failure more than was seen: "never yet" does not mean "never".
    let expected = requests * (failed_before + 0.5) / (before + 1.0);
    if expected < 20.0 { by_z.max(poisson_at_least(failed.round(), expected)) } else { by_z }
}

/// P(Z >= z) of the normal distribution, by Numerical Recipes' erfcc (relative error 1.2e-7).
fn upper_tail(z: f64) -> f64 {
    let x = z / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x.abs());
    const TERMS: [f64; 10] = [
        -1.26551223,
        1.00002368,
        0.37409196,
        0.09678418,
        -0.18628806,
        0.27886807,
        -1.13520398,
        1.48851587,
        -0.82215223,
        0.17087277,
    ];
    let polynomial = TERMS.iter().rev().fold(0.0, |sum, term| sum * t + term);
    let erfc = t * (-x * x + polynomial).exp();
    0.5 * if x >= 0.0 { erfc } else { 2.0 - erfc }
}

/// P(X >= k) of the Poisson distribution.
fn poisson_at_least(k: f64, mean: f64) -> f64 {
    let (mut term, mut below, mut at) = ((-mean).exp(), 0.0, 0.0);
    // Past 200 the sum of 20 expected ones is complete to the last digit.
    while at < k.min(200.0) {
        below += term;
        at += 1.0;
        term *= mean / at;
    }
    (1.0 - below).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_ignores_outliers() {
        let points: Vec<(f64, f64)> =
            (0..20).map(|x| (f64::from(x), if x % 7 == 3 { 500.0 } else { 2.0 * f64::from(x) })).collect();
        let (slope, rising) = theil_sen(&points).expect("has points");
        assert!((slope - 2.0).abs() < 0.2, "{slope}");
        assert!(rising > 0.7, "{rising}");
    }

    #[test]
    fn the_tail_of_the_normal_distribution_is_right() {
        for (z, expected) in [(0.0, 0.5), (1.959_964, 0.025), (3.090_232, 0.001), (-1.0, 0.841_344_7)] {
            assert!((upper_tail(z) - expected).abs() < 1e-6, "{z}: {}", upper_tail(z));
        }
    }

    #[test]
    fn one_error_in_fifty_proves_nothing() {
        assert!(chance(1.0, 50.0, 50.0, 100_000.0) > 0.01);
        assert!(chance(3.0, 50.0, 50.0, 100_000.0) < 0.001);
        assert!(chance(150.0, 10_000.0, 1_000.0, 100_000.0) < 0.001);
        assert!(chance(102.0, 10_000.0, 1_000.0, 100_000.0) > 0.1);
    }
}
