//! Data that other projects made, which stays beside the repository: `../shared`, or the folder that
//! QUAD_SHARED names.

use std::path::{Path, PathBuf};

/// The folder or file `path` under the shared data. `None`, said loudly, where it is absent.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("QUAD_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let found = root.join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("NOT TESTED: {} is absent, so this test has nothing foreign to judge by", found.display());
    None
}
