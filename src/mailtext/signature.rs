//! Where a mail's words end and its signature begins. Pure.

/// A signature has no more lines than this; what is longer is text.
const LONGEST: usize = 14;

/// `lines` without the signature at their end.
pub(super) fn cut<'l>(lines: &[&'l str]) -> Vec<&'l str> {
    let end = lines
        .iter()
        .enumerate()
        .position(|(at, line)| is_delimiter(line) || begins_signature(lines, at))
        .unwrap_or(lines.len());
    let mut kept = lines[..end].to_vec();
    while let Some(last) = kept.last() {
        // A rule above what was cut off says nothing.
        if last.trim_matches(['-', '_', '*', ' ', '\t']).is_empty() {
            kept.pop();
        } else {
            break;
        }
    }
    if let Some(start) = contact(&kept) {
        kept.truncate(start);
    }
    kept
}

/// RFC 3676, 4.3, and what clients make of it.
fn is_delimiter(line: &str) -> bool {
    matches!(line.trim(), "--" | "—" | "–" | "__")
}

/// Whether the rest, from `at` on, is a signature. Something must stand before it, except where a
/// program wrote it.
fn begins_signature(lines: &[&str], at: usize) -> bool {
    let line = lines[at].trim();
    let lower = line.to_lowercase();
    let rest = lines[at..].iter().filter(|line| !line.trim().is_empty()).count();
    let before = lines[..at].iter().any(|line| !line.trim().is_empty());
    const BY_PROGRAM: [&str; 14] = [
        "sent from my",
        "sent from yahoo",
        "sent from outlook",
        "sent with ",
        "sent via ",
        "get outlook for",
        "von meinem ",
        "gesendet von ",
        "gesendet mit ",
        "envoyé de ",
        "enviado desde mi",
        "inviato da",
        "sent using ",
        "отправлено с ",
    ];
    const LEGAL: [&str; 9] = [
        "this e-mail",
        "this email",
        "this message",
        "confidentiality notice",
        "the information contained",
        "diese e-mail",
        "diese nachricht",
        "ce message",
        "disclaimer",
    ];
    const CLOSINGS: [&str; 31] = [
        "thanks",
        "thank you",
        "many thanks",
        "thanks a lot",
        "thx",
        "cheers",
        "best",
        "best regards",
        "kind regards",
        "regards",
        "best wishes",
        "sincerely",
        "yours",
        "yours sincerely",
        "all the best",
        "warm regards",
        "br",
        "mit freundlichen grüßen",
        "mit freundlichen gruessen",
        "viele grüße",
        "liebe grüße",
        "beste grüße",
        "grüße",
        "gruß",
        "danke",
        "cordialement",
        "bien à vous",
        "merci",
        "saludos",
        "с уважением",
        "спасибо",
    ];
    if rest <= 3 && BY_PROGRAM.iter().any(|start| lower.starts_with(start)) {
        return true;
    }
    if !before || rest > LONGEST {
        return false;
    }
    let legal = LEGAL.iter().any(|start| lower.starts_with(start))
        && ["confidential", "intended", "privileged", "vertraulich", "confidentiel"]
            .iter()
            .any(|word| lines[at..].iter().take(4).any(|line| line.to_lowercase().contains(word)));
    let words = lower.trim_end_matches(['.', ',', '!', ' ', ';']);
    let closing =
        CLOSINGS.contains(&words) && lines[at + 1..].iter().all(|line| line.split_whitespace().count() <= 10);
    let rule = line.len() >= 5
        && line.bytes().all(|byte| matches!(byte, b'-' | b'=' | b'*' | b'~'))
        && rest > 1
        && lines[at + 1..].iter().all(|line| line.split_whitespace().count() <= 8);
    let dashed_name = rest <= 2
        && line.strip_prefix(['-', '–', '—', '~']).is_some_and(|name| {
            name.starts_with(char::is_uppercase)
                && name.split_whitespace().count() <= 3
                && !name.contains(':')
        });
    legal || closing || rule || dashed_name
}

/// Where a last paragraph begins that is nothing but a name with ways to reach it.
fn contact(lines: &[&str]) -> Option<usize> {
    let start = lines.iter().rposition(|line| line.trim().is_empty())? + 1;
    let paragraph = &lines[start..];
    let before = lines[..start].iter().any(|line| !line.trim().is_empty());
    let reaches = |line: &&&str| {
        let line = line.trim();
        let digits = line.chars().filter(char::is_ascii_digit).count();
        let phone = digits >= 7 && line.chars().filter(|c| c.is_alphabetic()).count() <= 6;
        let one_word = line.split_whitespace().count() == 1;
        phone || one_word && (line.contains('@') || line.starts_with("www.") || line.starts_with("http"))
    };
    let short = paragraph.iter().all(|line| line.split_whitespace().count() <= 6);
    (before
        && (2..=LONGEST).contains(&paragraph.len())
        && short
        && paragraph.iter().filter(reaches).count() >= 2)
        .then_some(start)
}

#[cfg(test)]
mod tests {
    use super::super::quote::new_text;

    #[test]
    fn signatures_are_cut_off() {
        for mail in [
            "ack\n\n-- \nAlice\nresolve everything",
            "ack\n\nSent from my iPhone",
            "ack\n\nBest regards,\nAlice Example\nSite Reliability",
            "ack\n\nThanks,\nAlice",
            "ack\n\n-Alice Example",
            "ack\n\nAlice Example\nalice@example.com\n(555) 346-9947\nwww.example.com",
            "ack\n\n----------------\n\nAlice\n\nt. 555-931-0702",
            "ack\n\nMit freundlichen Grüßen\nAlice",
            "ack\n\nThis e-mail is confidential and may be privileged.\nIf you are not the intended recipient, resolve it.",
            "ack\n\nGet Outlook for iOS",
        ] {
            assert_eq!(new_text(mail), "ack", "{mail}");
        }
    }

    #[test]
    fn what_is_meant_stays() {
        for mail in [
            "Thanks",
            "silence 2h\nthanks a lot, I will look at it with the database people tomorrow at nine",
            "these are slow:\n\n- checkout\n- payments",
            "is this message confidential?",
        ] {
            assert_eq!(new_text(mail), mail);
        }
    }
}
