//! How often values of each size came: what quantiles are taken from. Sizes that lie together are counted
//! together in memory, a cache line each: a log adds to this four times for each entry.

/// Bits of a value that decide its bucket besides its magnitude: buckets are 1/128 wide.
const FINE_BITS: u32 = 7;
/// Buckets in a page.
const PAGE: usize = 16;
const NONE: u16 = u16::MAX;

/// Buckets and how often each was met.
#[derive(Debug, Clone, Default)]
pub(super) struct Spread {
    /// The number of the first page that is known, by its buckets.
    first: usize,
    /// Where the pages from `first` on are; [`NONE`] where nothing was met yet.
    known: Vec<u16>,
    pages: Vec<[u32; PAGE]>,
}

impl Spread {
    /// How many bytes it takes, nearly.
    pub(super) fn bytes(&self) -> usize {
        self.pages.len() * size_of::<[u32; PAGE]>()
    }

    /// Counts a value; gives how many more bytes that takes.
    #[inline]
    pub(super) fn add(&mut self, value: u64) -> usize {
        let bucket = bucket(value);
        let page = bucket / PAGE;
        let at = self.known.get(page.wrapping_sub(self.first)).copied().unwrap_or(NONE);
        let (page, grown) = match self.pages.get_mut(usize::from(at)) {
            Some(page) => (page, 0),
            None => (self.begin(page), size_of::<[u32; PAGE]>()),
        };
        page[bucket % PAGE] = page[bucket % PAGE].saturating_add(1);
        grown
    }

    #[cold]
    #[inline(never)]
    fn begin(&mut self, page: usize) -> &mut [u32; PAGE] {
        if self.known.is_empty() {
            self.first = page;
        }
        if page < self.first {
            self.known.splice(0..0, std::iter::repeat_n(NONE, self.first - page));
            self.first = page;
        }
        if page - self.first >= self.known.len() {
            self.known.resize(page - self.first + 1, NONE);
        }
        let at = self.pages.len();
        self.known[page - self.first] = u16::try_from(at).unwrap_or(NONE);
        self.pages.push([0; PAGE]);
        &mut self.pages[at]
    }

    /// The value that `rank` of the values do not exceed, from the middle of its bucket.
    pub(super) fn ranked(&self, rank: u64) -> Option<u64> {
        let mut seen = 0;
        for (number, at) in (self.first..).zip(&self.known) {
            let page = self.pages.get(usize::from(*at)).into_iter().flatten();
            for (bucket, times) in (number * PAGE..).zip(page) {
                seen += u64::from(*times);
                if seen >= rank {
                    return Some(middle(bucket));
                }
            }
        }
        None
    }
}

/// The bucket of a value: its magnitude, and the next bits of it. Values below 128 have their own.
fn bucket(value: u64) -> usize {
    let magnitude = 63 - (value | 1).leading_zeros();
    if magnitude < FINE_BITS {
        return value as usize;
    }
    let fine = (value >> (magnitude - FINE_BITS)) as usize & ((1 << FINE_BITS) - 1);
    ((magnitude - FINE_BITS + 1) as usize) << FINE_BITS | fine
}

/// The value in the middle of a bucket.
fn middle(bucket: usize) -> u64 {
    let step = bucket >> FINE_BITS;
    if step == 0 {
        return bucket as u64;
    }
    let fine = (bucket & ((1 << FINE_BITS) - 1) | (1 << FINE_BITS)) as u64;
    let shift = step - 1;
    (fine << shift) + ((1_u64 << shift) >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_found_within_half_a_percent() {
        for shift in 0..64 {
            for value in [
                1_u64 << shift,
                (1_u64 << shift) - 1,
                (1_u64 << shift) + (1_u64 << shift) / 3,
                u64::MAX >> shift,
            ] {
                let found = middle(bucket(value));
                assert!(found.abs_diff(value) as f64 <= value as f64 * 0.004, "{found} for {value}");
            }
        }
    }

    #[test]
    fn nothing_is_lost_while_it_grows() {
        let mut spread = Spread::default();
        for value in 0..100_000 {
            spread.add(value * 977 % 100_003);
        }
        let near = |rank: u64| spread.ranked(rank).expect("in it").abs_diff(rank) <= 400;
        assert!([1, 50_000, 95_000, 100_000].into_iter().all(near));
        assert_eq!(spread.ranked(100_001), None);
    }

    #[test]
    fn buckets_are_in_order_and_hold_their_middle() {
        let mut last = 0;
        for value in (0..100_000).chain([u64::MAX / 3, u64::MAX]) {
            let bucket = bucket(value);
            assert!(bucket >= last, "{value}");
            last = bucket;
            assert_eq!(super::bucket(middle(bucket)), bucket, "{value}");
        }
    }
}
