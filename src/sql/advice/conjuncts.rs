//! Takes a condition of a plan apart into what must all hold, with its values as they stand: so the
//! planner can be asked about each part.

/// The parts of a condition as PostgreSQL writes it: `((a = 1) AND (b > 2))`.
#[must_use]
pub fn conjuncts(text: &str) -> Vec<&str> {
    let text = bare(text);
    let mut parts = Vec::new();
    let mut start = 0;
    let mut between = false;
    for (at, word) in words_outside(text) {
        if word.eq_ignore_ascii_case("between") {
            between = true;
        } else if word.eq_ignore_ascii_case("and") && !std::mem::take(&mut between) {
            parts.push(bare(&text[start..at]));
            start = at + word.len();
        }
    }
    parts.push(bare(&text[start..]));
    parts.retain(|part| !part.is_empty());
    parts
}

/// A part as it would stand in a statement that names one table: without the table's name in front of
/// columns.
#[must_use]
pub fn without_alias(text: &str, alias: &str) -> String {
    let quoted = format!("\"{alias}\".");
    let plain = format!("{alias}.");
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for (at, _) in outside(text) {
        if at < last {
            continue;
        }
        let starts = !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == '"');
        for name in [&plain, &quoted] {
            if starts && text[at..].starts_with(name.as_str()) {
                out.push_str(&text[last..at]);
                last = at + name.len();
            }
        }
    }
    out.push_str(&text[last..]);
    out
}

/// The parameters `$3`, `$7` of a part as `$1`, `$2`, so that it can be asked about alone.
#[must_use]
pub fn renumbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut known: Vec<&str> = Vec::new();
    let mut last = 0;
    for (at, sign) in outside(text) {
        if sign != '$' || at < last {
            continue;
        }
        let digits = text[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let number = &text[at + 1..at + 1 + digits];
        if number.is_empty() {
            continue;
        }
        let place = known.iter().position(|one| *one == number).unwrap_or_else(|| {
            known.push(number);
            known.len() - 1
        });
        out.push_str(&text[last..at]);
        out.push_str(&format!("${}", place + 1));
        last = at + 1 + digits;
    }
    out.push_str(&text[last..]);
    out
}

/// Without the brackets around the whole.
#[must_use]
pub fn bare(text: &str) -> &str {
    let mut text = text.trim();
    while text.starts_with('(') && text.ends_with(')') {
        let mut depth = 0_i64;
        let closes_early = outside(text).any(|(at, sign)| {
            depth += match sign {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            depth == 0 && at + 1 < text.len()
        });
        if closes_early {
            break;
        }
        text = text[1..text.len() - 1].trim();
    }
    text
}

/// Words that stand outside of brackets and quotes.
fn words_outside(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0_i64, None);
    let mut end = |start: &mut Option<usize>, at: usize| {
        if let Some(from) = start.take() {
            found.push((from, &text[from..at]));
        }
    };
    let mut next = 0;
    for (at, sign) in outside(text) {
        // What was left out in between is a text in quotes.
        if at != next {
            end(&mut start, next);
        }
        next = at + sign.len_utf8();
        depth += match sign {
            '(' | '[' => 1,
            ')' | ']' => -1,
            _ => 0,
        };
        if depth == 0 && (sign.is_alphanumeric() || sign == '_') {
            start.get_or_insert(at);
        } else {
            end(&mut start, at);
        }
    }
    end(&mut start, next);
    found
}

/// Signs that are not inside of a text in single quotes.
fn outside(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut inside, mut escapes, mut skip, mut before) = (false, false, false, ' ');
    text.char_indices().filter(move |(_, sign)| {
        let was = inside;
        if std::mem::take(&mut skip) {
            return false;
        }
        if inside {
            match sign {
                '\\' if escapes => skip = true,
                // A doubled quote ends one text and begins the next, which comes to the same.
                '\'' => inside = false,
                _ => {}
            }
        } else if *sign == '\'' {
            inside = true;
            escapes = matches!(before, 'E' | 'e');
        }
        before = *sign;
        !was && *sign != '\''
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_taken_apart_at_its_own_ands() {
        for (text, parts) in [
            ("((u.a = 'x AND (y'::text) AND (u.b > 2))", &["u.a = 'x AND (y'::text", "u.b > 2"][..]),
            ("(u.a = 'it''s (')", &["u.a = 'it''s ('"]),
            (r"((u.a = E'\' AND (') AND (NOT u.done))", &[r"u.a = E'\' AND ('", "NOT u.done"]),
            ("((a = 1) OR ((b = 2) AND (c = 3)))", &["(a = 1) OR ((b = 2) AND (c = 3))"]),
            ("a BETWEEN 1 AND 2 AND b", &["a BETWEEN 1 AND 2", "b"]),
            ("(lower(a) = 'x'::text)", &["lower(a) = 'x'::text"]),
            ("", &[]),
        ] {
            assert_eq!(conjuncts(text), parts, "{text}");
        }
    }

    #[test]
    fn a_part_is_freed_of_its_alias_and_its_numbers() {
        assert_eq!(
            without_alias("o.state = 'o.x' AND co.o.id = o.id", "o"),
            "state = 'o.x' AND co.o.id = id"
        );
        assert_eq!(without_alias(r#""I"."customerId" = 4"#, "I"), r#""customerId" = 4"#);
        assert_eq!(
            renumbered("a > $7 AND b < $3 AND c = $7 AND d = '$9'"),
            "a > $1 AND b < $2 AND c = $1 AND d = '$9'"
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_apart(text in "[a-z '\"$()AND\\\\E0-9.é]{0,60}") {
            let _ = (conjuncts(&text), without_alias(&text, "a"), renumbered(&text));
        }
    }
}
