//! Text and numbers inside a picture: how wide they are, and that they are harmless.

use unicode_width::UnicodeWidthChar as _;

/// A coordinate: a tenth of a pixel is finer than any screen.
pub(super) fn n(value: f64) -> String {
    format!("{value:.1}")
}

/// Without what XML refuses or what turns the direction of everything after it. Escaping is left to
/// the template.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'))
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect()
}

/// About how wide `text` is at `size`. Fonts differ from reader to reader, so it is rather too wide.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '(' | ')'
        | '/' => 0.36,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.92,
        'A'..='Z' => 0.7,
        c if c.width() == Some(2) => 1.05,
        _ => 0.6,
    };
    text.chars().map(|c| em(c) * size).sum()
}

/// `text`, cut to `room`.
pub(super) fn fitted(text: &str, room: f64, size: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut used = size;
    let short: String = text
        .chars()
        .take_while(|c| {
            used += width(c.encode_utf8(&mut [0; 4]), size);
            used <= room
        })
        .collect();
    format!("{}…", short.trim_end())
}
