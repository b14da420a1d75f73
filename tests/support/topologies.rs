//! Shops that nobody designed, so that nothing rests on the names or the shape of the sample shop.

use quad::demo::topology::{Service, Topology};

/// Words that say nothing about what a service does or where it stands.
const NAMES: [&str; 12] = [
    "amber", "birch", "cobalt", "dune", "ember", "fjord", "grove", "harbor", "iris", "juniper", "krill",
    "lumen",
];

/// A shop of three to six services. Each but the first is called by one or two that stand before
/// it, and one that calls nobody has the database. The same seed gives the same shop.
pub(crate) fn invented(seed: u64) -> Topology {
    let mut state = seed;
    let mut below = move |limit: usize| {
        // Knuth's MMIX constants; the upper bits are the random ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    };
    let mut names = NAMES.to_vec();
    let count = 3 + below(4);
    let mut services: Vec<Service> = Vec::new();
    for at in 0..count {
        let name = names.swap_remove(below(names.len()));
        let version = format!("{}.{}.{}", 1 + below(5), below(20), below(10));
        if at > 0 {
            for _ in 0..1 + below(2) {
                // The last one hangs below the one before it: there is always a chain.
                let caller = if at + 1 == count { at - 1 } else { below(at) };
                let calls = &mut services[caller].calls;
                if !calls.iter().any(|called| called == name) {
                    calls.push(name.to_owned());
                }
            }
        }
        services.push(Service::new(name, &[], &version));
    }
    if let Some(last) = services.last_mut() {
        last.database = true;
    }
    // Reading order must not give the answer away.
    for at in (1..services.len()).rev() {
        services.swap(at, below(at + 1));
    }
    Topology { environment: "prod".to_owned(), services }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_invented_shop_can_open() {
        for seed in 0..200 {
            let shop = invented(seed);
            assert_eq!(shop, invented(seed));
            shop.in_order().unwrap_or_else(|why| panic!("seed {seed}: {why}"));
            assert_eq!(shop.entries().count(), 1, "seed {seed}: one door");
            assert_eq!(shop.services.iter().filter(|s| s.database).count(), 1);
        }
    }
}
