//! Leaves of a mail what its writer just wrote: without the mail that it answers, without signatures.
//! Pure. Where in doubt it cuts: a question too short is asked again, an old "resolve" in a quotation
//! must not resolve anything.

use super::signature;

/// A header of a quotation is wrapped over so many lines at most.
const WRAPPED: usize = 4;
/// Lines looked at, to see a block of headers.
const BLOCK: usize = 6;
/// New text of more lines than this is no question; looking for its signature would take long.
const MAX_LINES: usize = 1_000;

/// What the writer just wrote.
pub fn new_text(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> =
        text.split('\n').map(|line| line.trim_end_matches(['\u{200b}', ' ', '\t', '\u{a0}'])).collect();
    let mut kept: Vec<&str> = Vec::with_capacity(lines.len());
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if is_quoted(line) {
            at += 1;
            continue;
        }
        if is_boundary(line) || is_header_block(&lines[at..]) {
            break;
        }
        if let Some(length) = introduction(&lines[at..]) {
            let after = lines[at + length..].iter().find(|line| !line.is_empty());
            // An answer below or between what is quoted; anything else is cut off for good.
            if after.is_some_and(|line| is_quoted(line)) && is_only_a_greeting(&kept) {
                at += length;
                continue;
            }
            break;
        }
        if kept.len() == MAX_LINES {
            break;
        }
        kept.push(line);
        at += 1;
    }
    signature::cut(&kept).join("\n").trim().to_owned()
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

fn is_only_a_greeting(kept: &[&str]) -> bool {
    let words = kept.iter().flat_map(|line| line.split_whitespace()).count();
    let first = kept.iter().find(|line| !line.is_empty()).map_or(String::new(), |line| line.to_lowercase());
    words == 0
        || words <= 4
            && (first.ends_with([',', '!']) || ["hi", "hello", "hallo", "bonjour"].contains(&first.as_str()))
}

/// "-----Original Message-----", a line of underscores, "write above this line".
fn is_boundary(line: &str) -> bool {
    let line = line.trim();
    let lower = line.to_lowercase();
    if lower.contains("reply above this line") || lower.contains("above this line to reply") {
        return true;
    }
    let dashes = |text: &str| text.starts_with("---");
    let words = line.trim_matches(['-', ' ']);
    dashes(line) && line.ends_with("---") && words.chars().any(char::is_alphabetic) && words.len() < 60
        || line.len() >= 20 && line.bytes().all(|byte| byte == b'_')
}

/// "From: ...", "Sent: ...", "To: ..." below each other, as Outlook and others put them.
fn is_header_block(lines: &[&str]) -> bool {
    const NAMES: [&str; 37] = [
        "from",
        "sent",
        "to",
        "cc",
        "subject",
        "date",
        "reply-to",
        "importance", // English
        "von",
        "gesendet",
        "an",
        "betreff",
        "datum", // German
        "de",
        "envoyé",
        "envoyé le",
        "à",
        "objet",
        "date d'envoi", // French
        "enviado",
        "enviado el",
        "para",
        "asunto",
        "fecha", // Spanish
        "da",
        "inviato",
        "a",
        "oggetto",
        "data", // Italian
        "van",
        "verzonden",
        "aan",
        "onderwerp", // Dutch
        "от",
        "отправлено",
        "кому",
        "тема", // Russian
    ];
    let named = |line: &str| {
        let line = line.trim_start_matches(['*', ' ', '\t']);
        line.split_once(':').is_some_and(|(name, rest)| {
            let name = name.trim_matches(['*', ' ']).to_lowercase();
            NAMES.contains(&name.as_str()) && !rest.trim_matches(['*', ' ']).is_empty()
        })
    };
    let Some(first) = lines.first() else { return false };
    named(first) && lines.iter().take(BLOCK).filter(|line| named(line)).count() >= 3
}

/// How many lines the introduction of a quotation takes that begins here: "On Monday quad wrote:".
fn introduction(lines: &[&str]) -> Option<usize> {
    // The first word and the verb, language by language; a time stands between them.
    const WORDS: [(&str, &str); 17] = [
        ("on ", "wrote"),
        ("on ", "writes"),
        ("am ", "schrieb"),
        ("le ", "écrit"),
        ("le ", "ecrit"),
        ("el ", "escribi"),
        ("il ", "scritto"),
        ("op ", "schreef"),
        ("op ", "geschreven"),
        ("den ", "skrev"),
        ("på ", "skrev"),
        ("em ", "escreveu"),
        ("w dniu ", "pisze"),
        ("w dniu ", "napisał"),
        ("dne ", "napsal"),
        ("pe ", "kirjoitti"),
        ("в ", "писал"),
    ];
    let mut joined = String::new();
    for (n, line) in lines.iter().take(WRAPPED).enumerate() {
        let line = line.trim_matches(['*', ' ', '\t']);
        if line.is_empty() || n > 0 && is_quoted(line) {
            return None;
        }
        joined.push_str(&line.to_lowercase());
        joined.push(' ');
        let said = joined.trim_end();
        let has_time = said.chars().any(|c| c.is_ascii_digit());
        let in_words = said.ends_with(':')
            && has_time
            && WORDS.iter().any(|(start, verb)| said.starts_with(start) && said.contains(verb));
        // "26.06.2014, 14:41, "Alexander L" <abc@example.com>:", in whatever language.
        let by_address = said.ends_with(':')
            && said.contains('<')
            && said.contains('@')
            && said.chars().filter(char::is_ascii_digit).count() >= 4;
        // "alice wrote on 3 April:", "alice <alice@example.com> wrote:"
        // An address alone is the rest of a longer one.
        let by_name = n == 0
            && said.ends_with(" wrote:")
            && !said.starts_with('<')
            && said.split_whitespace().count() <= 8;
        if in_words || by_address || by_name {
            // What is an introduction without the lines above it does not begin with them.
            let shorter = (1..=n).any(|skipped| introduction(&lines[skipped..]).is_some());
            return (!shorter).then_some(n + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_cut_off() {
        for (mail, new) in [
            (
                "ack\n\nOn Thu, 8 Jan 2026 at 14:02, quad <quad@example.com> wrote:\n\n> resolve 12\n> silence 2h",
                "ack",
            ),
            ("ack\r\n\r\nOn Thu, 8 Jan 2026 at 14:02, quad\r\n<quad@example.com> wrote:\r\n> resolve", "ack"),
            ("> resolve 12\n\nack", "ack"),
            ("resolve\n\n-----Original Message-----\nFrom: quad", "resolve"),
            ("resolve\n\nFrom: quad\nSent: Thursday\nTo: Alice\nSubject: slow\n\nack 12", "resolve"),
            ("erledigt\n\nAm 08.01.26 um 14:02 schrieb quad:\n> ack", "erledigt"),
            ("erledigt\n\nVon: quad\nGesendet: Donnerstag\nAn: Alice\nBetreff: slow\n\nack", "erledigt"),
            ("vu\n\nLe jeu. 8 janv. 2026 à 14:02, quad <quad@example.com> a écrit :\n\n> ack", "vu"),
            ("ack\n\nalice <alice@example.com> wrote:\nresolve", "ack"),
            ("ack\n________________________________\nresolve 12", "ack"),
            ("Hi,\nOn Tue, 2011-03-01 at 18:02, Bob wrote:\n> resolve?\n\nNo, ack.", "Hi,\n\nNo, ack."),
            ("ack\nOn Tue, 2011-03-01 at 18:02, Bob wrote:\n> old\nresolve\n", "ack"),
            ("ack 12\nOn Tue, 2011-03-01 at 18:02, Bob <bob@x.org> wrote:\n> old\nresolve\n", "ack 12"),
        ] {
            assert_eq!(new_text(mail), new, "{mail}");
        }
    }

    #[test]
    fn what_only_looks_like_a_quotation_stays() {
        for mail in [
            "On your remote host you can run:\n\n    telnet 127.0.0.1\n\nThis should work.",
            "One outstanding question I had:\n\nwhen I run...",
            "From: here on it is slow.",
            "why is checkout slow since 14:00?",
            "Am Montag war es langsam:\nwarum?",
            "- first\n- second",
        ] {
            assert_eq!(new_text(mail), mail);
        }
    }

    #[test]
    fn nothing_new_is_nothing() {
        assert_eq!(new_text("> ack\n> resolve"), "");
        assert_eq!(new_text(""), "");
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_quoted_survives(own in "[a-z ]{1,30}", quoted in proptest::collection::vec("[a-z ]{0,20}", 0..6)) {
            let quoted: Vec<String> = quoted.iter().map(|line| format!("> SECRET {line}")).collect();
            let mail = format!("{own}\n\nOn Mon, 2 Apr 2012 at 6:26 PM, A <a@example.com> wrote:\n\n{}", quoted.join("\n"));
            proptest::prop_assert!(!new_text(&mail).contains("SECRET"));
        }

        #[test]
        fn any_text_at_all_is_read(text in "(\\PC|\n|\r){0,300}") {
            new_text(&text);
        }
    }
}
