//! From values to heights: where the axis begins and ends, and which round values it names.

/// What doubles still divide evenly; nothing that quad measures is larger.
const LARGEST: f64 = 1e15;

/// The value axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    /// Its lower end. Zero, unless something is below: cut axes exaggerate.
    pub(crate) low: f64,
    /// Its upper end.
    pub(crate) high: f64,
    /// Round values from the lower to the upper end.
    pub(crate) ticks: Vec<f64>,
}

impl Scale {
    /// An axis that holds all `values`; what is not a number is left out.
    pub(crate) fn over(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = values
            .into_iter()
            .filter(|value| value.is_finite())
            .map(|value| value.clamp(-LARGEST, LARGEST))
            .fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let span = if high - low > 1e-9 { high - low } else { 1.0 };
        let step = round_step(span / 4.0);
        let low = (low / step).floor() * step;
        let steps = ((low + span).max(high) / step - low / step).ceil().max(1.0);
        let ticks: Vec<f64> = (0..=steps as u32).map(|at| low + f64::from(at) * step).collect();
        Self { low, high: low + steps * step, ticks }
    }

    /// Where `value` stands between the ends: 0 to 1.
    pub(crate) fn share(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// The next of 1, 2 and 5 times a power of ten.
fn round_step(at_least: f64) -> f64 {
    let power = 10_f64.powf(at_least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * power >= at_least * 0.999).unwrap_or(10.0);
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_the_values() {
        for (values, ticks) in [
            (vec![120.0, 1_250.0], vec![0.0, 500.0, 1_000.0, 1_500.0]),
            (vec![3.0], vec![0.0, 1.0, 2.0, 3.0]),
            (vec![0.0, 0.0], vec![0.0, 0.5, 1.0]),
            (vec![], vec![0.0, 0.5, 1.0]),
            (vec![f64::NAN, 8.0], vec![0.0, 2.0, 4.0, 6.0, 8.0]),
            (vec![-4.0, 4.0], vec![-4.0, -2.0, 0.0, 2.0, 4.0]),
        ] {
            assert_eq!(Scale::over(values).ticks, ticks);
        }
    }
}
