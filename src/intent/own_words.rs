//! Finds what the person wrote themselves: not the mail they answered, not their signature, not the
//! markup of the platform. What they only quote stays, but is marked as quoted, because quoted words
//! may be looked for and must never act.

use unicode_normalization::UnicodeNormalization;

/// More new text than this is not read: nobody asks in more words, and attackers pay by the byte.
const MOST_BYTES: usize = 8 * 1024;
/// A mail's history may be long; past this many bytes nothing new is looked for.
const MOST_SCANNED: usize = 1024 * 1024;

/// One folded letter, and where it stands in the text as it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Letter {
    /// Lower case, without accents.
    pub(super) folded: char,
    /// As written.
    pub(super) raw: char,
    /// Byte offset in the text as it came.
    pub(super) at: usize,
    /// Stands in quotation marks or in a block of code.
    pub(super) quoted: bool,
}

/// What is left of a message once everything that others wrote is gone.
#[derive(Debug, Default)]
pub(super) struct OwnWords {
    /// The new text.
    pub(super) letters: Vec<Letter>,
    /// The subject line of a mail that is not an answer.
    pub(super) subject: Vec<Letter>,
}

/// The new text of `text`, in linear time.
pub(super) fn own_words(text: &str) -> OwnWords {
    let mut own = OwnWords::default();
    let mut kept: Vec<(usize, &str)> = Vec::new();
    let mut budget = MOST_BYTES;
    let mut offset = 0;
    let mut fence = false;
    let mut head = true;
    let mut farewell = false;
    for line in text.split_inclusive('\n') {
        let at = offset;
        offset += line.len();
        if at > MOST_SCANNED || budget == 0 {
            break;
        }
        let short = clip(line, MOST_BYTES);
        let bare = short.trim();
        if bare.starts_with("```") && bare.matches("```").count() == 1 {
            fence = !fence;
        }
        if !fence {
            if head && let Some(subject) = header(bare) {
                if let Some(words) = subject.filter(|words| !is_answer(words)) {
                    let start = at + (words.as_ptr() as usize - line.as_ptr() as usize);
                    own.subject = letters(&[(start, clip(words, 1024))]);
                }
                continue;
            }
            head &= bare.is_empty();
            if is_history(bare) {
                break;
            }
            if is_quoted_line(bare) {
                continue;
            }
            if is_signature(bare) && !kept.is_empty() {
                break;
            }
            if farewell && !bare.is_empty() && bare.split_whitespace().count() <= 4 {
                // The name under "Best regards".
                continue;
            }
            farewell = is_farewell(bare) && kept.iter().any(|(_, line)| !line.trim().is_empty());
            if farewell {
                continue;
            }
        }
        let part = clip(line, budget);
        budget -= part.len();
        kept.push((at, part));
    }
    own.letters = letters(&kept);
    own
}

fn clip(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Whether a line at the top is a mail header; the inner option is the subject.
#[allow(clippy::option_option, reason = "a header without a subject differs from no header")]
fn header(line: &str) -> Option<Option<&str>> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim();
    let any = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    if any(&["subject", "betreff", "objet"]) {
        return Some(Some(value.trim()));
    }
    any(&["from", "to", "cc", "date", "sent", "von", "an", "gesendet", "de", "reply-to"]).then_some(None)
}

/// "Re: [quad] CRITICAL checkout" repeats what quad said.
fn is_answer(subject: &str) -> bool {
    let lower = subject.get(..4).unwrap_or(subject).to_ascii_lowercase();
    ["re:", "aw:", "fwd:", "fw:", "wg:", "tr:"].iter().any(|mark| lower.starts_with(mark))
        || subject.starts_with("[quad]")
}

fn is_quoted_line(line: &str) -> bool {
    line.starts_with('>') || line.starts_with("&gt;")
}

/// The line that opens what somebody else wrote.
fn is_history(line: &str) -> bool {
    let lower = clip(line, 200).to_lowercase();
    let wrote =
        ["wrote:", "schrieb:", "a écrit :", "a écrit:", "writes:"].iter().any(|end| lower.ends_with(end));
    let opens = ["on ", "am ", "le ", "from "].iter().any(|start| lower.starts_with(start));
    (wrote && (opens || lower.contains('@')))
        || [
            "-----original message",
            "-----ursprüngliche nachricht",
            "---------- forwarded message",
            "________________",
        ]
        .iter()
        .any(|start| lower.starts_with(start))
        || ((lower.starts_with("from: ") || lower.starts_with("von: ")) && lower.contains('@'))
        || lower.starts_with("begin forwarded message")
}

fn is_signature(line: &str) -> bool {
    let lower = clip(line, 80).to_lowercase();
    line == "--"
        || line == "—"
        || line == "__"
        || ["sent from my", "gesendet von mein", "von meinem iphone", "envoyé de mon", "get outlook for"]
            .iter()
            .any(|start| lower.starts_with(start))
}

/// The words before a name at the end of a mail.
fn is_farewell(line: &str) -> bool {
    let lower = clip(line, 80).to_lowercase();
    let lower = lower.trim_end_matches([',', '.', '!', ' ']);
    [
        "best",
        "best regards",
        "kind regards",
        "regards",
        "warm regards",
        "many thanks",
        "cheers",
        "thanks",
        "thank you",
        "thx",
        "br",
        "kr",
        "all the best",
        "sincerely",
        "yours",
        "yours sincerely",
        "viele grüße",
        "viele grüsse",
        "mit freundlichen grüßen",
        "mit freundlichen grüssen",
        "beste grüße",
        "liebe grüße",
        "gruß",
        "grüße",
        "lg",
        "vg",
        "mfg",
        "cordialement",
        "bien à vous",
        "merci",
        "danke",
        "thanks a lot",
        "thanks in advance",
        "best wishes",
        "thanks and regards",
        "thanks & regards",
    ]
    .contains(&lower)
}

/// Folds lines: markup out, quotation marked, accents and case gone.
fn letters(lines: &[(usize, &str)]) -> Vec<Letter> {
    let total = lines.iter().map(|(_, line)| line.len()).sum();
    let mut chars: Vec<(usize, char)> = Vec::with_capacity(total);
    for (start, line) in lines {
        chars.extend(line.char_indices().map(|(at, c)| (start + at, c)));
    }
    let quoted = quoted_stretches(&chars);
    let mut out = Vec::with_capacity(chars.len());
    let mut next = 0;
    while next < chars.len() {
        let (at, c) = chars[next];
        match c {
            '<' => {
                if let Some((length, shown)) = slack_markup(&chars[next..]) {
                    push(&mut out, at, ' ', quoted[next]);
                    for &(at, c) in &chars[next + shown.start..next + shown.end] {
                        push(&mut out, at, c, quoted[next]);
                    }
                    push(&mut out, at, ' ', quoted[next]);
                    next += length;
                    continue;
                }
                push(&mut out, at, ' ', false);
            }
            '&' => {
                if let Some((length, plain)) = entity(&chars[next..]) {
                    push(&mut out, at, plain, quoted[next]);
                    next += length;
                    continue;
                }
                push(&mut out, at, c, quoted[next]);
            }
            _ => push(&mut out, at, c, quoted[next]),
        }
        next += 1;
    }
    out
}

/// Which letters stand in a block of code, or between quotation marks with more than one word.
fn quoted_stretches(chars: &[(usize, char)]) -> Vec<bool> {
    let mut quoted = vec![false; chars.len()];
    let mut next = 0;
    while next < chars.len() {
        let c = chars[next].1;
        let spaced = next == 0 || chars[next - 1].1.is_whitespace() || "(:,".contains(chars[next - 1].1);
        let (close, far): (&[char], usize) = match c {
            '`' if is_fence(chars, next) => {
                let end = (next + 3..chars.len()).find(|&at| is_fence(chars, at)).unwrap_or(chars.len());
                quoted[next..end].fill(true);
                next = (end + 3).min(chars.len().max(next + 1));
                continue;
            }
            '`' => (&['`'], 300),
            '"' => (&['"'], 600),
            '“' | '„' | '”' => (&['”', '“', '"'], 600),
            '«' => (&['»'], 600),
            '\'' | '‘' | '’' if spaced => (&['\'', '’', '‘'], 300),
            _ => {
                next += 1;
                continue;
            }
        };
        let single = matches!(c, '\'' | '‘' | '’');
        let end = (next + 1..chars.len().min(next + far)).find(|&at| {
            close.contains(&chars[at].1)
                && (!single || chars.get(at + 1).is_none_or(|(_, after)| !after.is_alphanumeric()))
        });
        let Some(end) = end else {
            next += 1;
            continue;
        };
        // A single word in marks is a name: restart "web-1".
        let words = chars[next + 1..end].iter().collect::<Vec<_>>();
        let many = words.iter().any(|(_, c)| c.is_whitespace());
        let whole = next == 0 && chars[end + 1..].iter().all(|(_, c)| c.is_whitespace()) && c != '`';
        if many || whole {
            quoted[next..=end].fill(true);
        }
        next = end + 1;
    }
    quoted
}

fn is_fence(chars: &[(usize, char)], at: usize) -> bool {
    chars.get(at..at + 3).is_some_and(|three| three.iter().all(|(_, c)| *c == '`'))
}

/// Slack writes people, channels, links and dates as `<...>`. Gives the length and the part to read.
fn slack_markup(chars: &[(usize, char)]) -> Option<(usize, std::ops::Range<usize>)> {
    let end = chars.iter().take(2_000).position(|(_, c)| *c == '>')?;
    let inner = &chars[1..end];
    let first = inner.first()?.1;
    let label = inner.iter().position(|(_, c)| *c == '|').map(|at| at + 2);
    match first {
        '@' | '#' => Some((end + 1, 1..1)),
        '!' => {
            let date = inner.get(1..5).is_some_and(|word| word.iter().map(|(_, c)| *c).eq("date".chars()));
            Some((end + 1, if date { label.unwrap_or(end)..end } else { 1..1 }))
        }
        _ => {
            let scheme: String = inner.iter().take(8).map(|(_, c)| c.to_ascii_lowercase()).collect();
            let link =
                ["http://", "https://", "mailto:", "tel:"].iter().any(|start| scheme.starts_with(start));
            link.then(|| (end + 1, label.unwrap_or(1)..end))
        }
    }
}

fn entity(chars: &[(usize, char)]) -> Option<(usize, char)> {
    [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#39;", '\''), ("&nbsp;", ' ')]
        .into_iter()
        .find_map(|(code, plain)| {
            let found = chars.iter().map(|(_, c)| *c).take(code.len()).eq(code.chars());
            found.then_some((code.len(), plain))
        })
}

fn push(out: &mut Vec<Letter>, at: usize, c: char, quoted: bool) {
    if c.is_ascii() {
        let kept = if c.is_ascii_control() && c != '\n' { ' ' } else { c };
        out.push(Letter { folded: kept.to_ascii_lowercase(), raw: kept, at, quoted });
        return;
    }
    if is_invisible(c) {
        return;
    }
    let plain = match c {
        '‘' | '’' | 'ʼ' | '´' => '\'',
        '“' | '”' | '„' | '«' | '»' => '"',
        '–' | '—' | '‐' | '‑' | '−' => '-',
        '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
        'ß' => {
            out.push(Letter { folded: 's', raw: c, at, quoted });
            's'
        }
        c => c,
    };
    for part in std::iter::once(plain).nfkd() {
        if unicode_normalization::char::is_combining_mark(part) {
            continue;
        }
        for folded in part.to_lowercase() {
            // A capital with a dot above folds into a letter and a mark.
            if !unicode_normalization::char::is_combining_mark(folded) {
                out.push(Letter { folded, raw: c, at, quoted });
            }
        }
    }
}

/// Zero-width characters, direction marks and variation selectors: they hide words from rules.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let own = own_words(text);
        let words: String = own.letters.iter().filter(|l| !l.quoted).map(|l| l.folded).collect();
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn history_signature_and_headers_of_a_mail_are_not_read() {
        assert_eq!(read("Subject: Re: x\n\nlooking\n\n> restart it\n"), "looking");
        assert_eq!(read("slow?\n\nOn Thu, 8 Jan 2026, Ana wrote:\nrestart web-1"), "slow?");
        assert_eq!(read("slow?\n-- \nrestart your router"), "slow?");
        assert_eq!(read("slow?\n\nBest regards\nAna\n"), "slow?");
        assert_eq!(read("ok\n-----Original Message-----\nack 12"), "ok");
    }

    #[test]
    fn quoted_words_are_marked_and_single_names_are_not() {
        assert_eq!(read("he said \"restart web-1\" again"), "he said again");
        assert_eq!(read("restart \"web-1\""), "restart \"web-1\"");
        assert_eq!(read("don't 'restart all' it's"), "don't it's");
        assert_eq!(read("see ```\nack 12\n``` there"), "see ``` there");
    }

    #[test]
    fn platform_markup_and_hidden_letters_are_gone() {
        assert_eq!(read("<@U0QUAD> slow <#C1|ops> &amp; down"), "slow & down");
        assert_eq!(read("see <https://x.org/a|the page>"), "see the page");
        assert_eq!(read("re\u{200b}st\u{202e}art Ｗeb Größe"), "restart web grosse");
    }

    #[test]
    fn only_the_first_eight_kilobytes_are_read() {
        let long = "a".repeat(10_000_000);
        assert_eq!(own_words(&long).letters.len(), MOST_BYTES);
    }
}
