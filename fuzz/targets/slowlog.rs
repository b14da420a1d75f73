//! A log of a database that anybody wrote, whole and broken off anywhere.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quad::sql::digest::{Digest, Sift, answer, json};
use quad::sql::log::LogKind;

fuzz_target!(|log: &[u8]| {
    let Some(kind) = LogKind::detect(log) else { return };
    let read = |stretch: usize| {
        let mut digest = Digest::new(kind.dialect(), Sift::default());
        let mut format = kind.clone().format(Some(2026));
        let (mut start, mut end) = (0, 0);
        while end < log.len() {
            end = (end + stretch).min(log.len());
            let used = format.read(&log[start..end], end == log.len(), &mut |entry| digest.add(entry));
            assert!(start + used <= end);
            start += used;
        }
        let _ = answer(&digest, "log", 10);
        let json = serde_json::to_value(json(&digest, serde_json::Map::new())).expect("JSON");
        assert_eq!(json["entries"], digest.entries);
        digest.entries
    };
    // However it arrives, it is the same log.
    assert_eq!(read(log.len()), read(61));
});
