//! A raw mail of anybody's: its head, whether it may be answered, its words, and who is believed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quad::mailtext::auto::{Head, forbids};
use quad::mailtext::{html, quote, trust};
use quad::vendors::mail::letter::{self, Letter};

fuzz_target!(|raw: &[u8]| {
    let words = letter::text(raw);
    assert!(words.chars().count() <= 10_000);
    if let Ok(letter) = Letter::read(raw) {
        assert_eq!(letter.from.matches('@').count(), 1, "{}", letter.from);
        let head = Head {
            headers: &letter.headers,
            from: &letter.from,
            message_id: Some(&letter.message_id),
            own: "quad@example.com",
        };
        let _ = forbids(&head);
        let noted = letter.topmost("Authentication-Results");
        let _ = trust::noted(noted, &["mx.example.com".to_owned()], &letter.from);
    }
    if let Ok(text) = std::str::from_utf8(raw) {
        let _ = quote::new_text(&html::text(text));
    }
});
