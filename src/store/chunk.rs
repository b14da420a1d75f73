//! Points of one series in few bytes. Pure.
//!
//! Times are whole seconds and values have four significant digits: finer than any chart, line or
//! sentence of quad shows, and what makes the difference between 9 and under 4 bytes a point on
//! noisy data. `pco` (quantile compression) then does the rest, losslessly.

use anyhow::{Context as _, ensure};
use pco::ChunkConfig;
use pco::standalone::{simple_compress, simple_decompress};

use super::instant::SECOND;

/// A point as the store keeps it: milliseconds (a whole second), and the value.
pub(super) type Point = (i64, f64);

/// First byte of a chunk; a later layout takes another number.
const LAYOUT: u8 = 1;

/// `points`, in order of time, as bytes.
pub(super) fn pack(points: &[Point]) -> anyhow::Result<Vec<u8>> {
    let config = ChunkConfig::default();
    let seconds: Vec<i64> = points.iter().map(|(at, _)| at.div_euclid(SECOND)).collect();
    let values: Vec<f64> = points.iter().map(|(_, value)| four_digits(*value)).collect();
    let seconds = simple_compress(&seconds, &config).context("compressing times")?;
    let values = simple_compress(&values, &config).context("compressing values")?;

    let mut bytes = Vec::with_capacity(5 + seconds.len() + values.len());
    bytes.push(LAYOUT);
    bytes.extend(u32::try_from(seconds.len())?.to_le_bytes());
    bytes.extend(seconds);
    bytes.extend(values);
    Ok(bytes)
}

/// What `pack` was given.
pub(super) fn unpack(bytes: &[u8]) -> anyhow::Result<Vec<Point>> {
    let (layout, rest) = bytes.split_first().context("empty chunk")?;
    ensure!(*layout == LAYOUT, "chunk of unknown layout {layout}");
    let (length, rest) = rest.split_first_chunk::<4>().context("chunk without a length")?;
    let (seconds, values) =
        rest.split_at_checked(u32::from_le_bytes(*length) as usize).context("chunk cut short")?;
    let seconds: Vec<i64> = simple_decompress(seconds).context("reading times")?;
    let values: Vec<f64> = simple_decompress(values).context("reading values")?;
    ensure!(seconds.len() == values.len(), "chunk with {} times, {} values", seconds.len(), values.len());
    Ok(seconds.into_iter().map(|second| second * SECOND).zip(values).collect())
}

/// `value` with four significant digits.
fn four_digits(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let places = 3 - value.abs().log10().floor() as i32;
    let power = 10f64.powi(places.abs());
    // Dividing by a whole power of ten gives the nearest double to the decimal; multiplying by its
    // inverse does not.
    let rounded = if places >= 0 { (value * power).round() / power } else { (value / power).round() * power };
    if rounded.is_finite() { rounded } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_keep_four_digits() {
        assert_eq!(four_digits(1234.56), 1235.0);
        assert_eq!(four_digits(0.0123456), 0.01235);
        assert_eq!(four_digits(-99.999), -100.0);
        assert_eq!(four_digits(256_012_345_678.0), 256_000_000_000.0);
        assert_eq!(four_digits(0.0), 0.0);
        assert_eq!(four_digits(1e-320), four_digits(1e-320));
    }

    #[test]
    fn garbage_is_an_error_and_not_a_panic() {
        for bytes in [&b""[..], b"\x01", b"\x01\xff\xff\xff\xff", b"\x02\0\0\0\0", b"\x01\0\0\0\0abc"] {
            assert!(unpack(bytes).is_err());
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            points in proptest::collection::vec((0i64..4_000_000_000, -1e12f64..1e12), 1..300)
        ) {
            let points: Vec<Point> = points.into_iter().map(|(s, v)| (s * SECOND, v)).collect();
            let back = unpack(&pack(&points).expect("packs")).expect("unpacks");
            prop_assert_eq!(back.len(), points.len());
            for ((at, value), (at_back, value_back)) in points.iter().zip(&back) {
                prop_assert_eq!(at, at_back);
                prop_assert!((value - value_back).abs() <= value.abs() * 0.0005 + f64::MIN_POSITIVE);
            }
        }
    }
}
