//! What a line of PostgreSQL's log calls itself, e.g. `LOG:  `. English only: a server told to speak
//! another language (`lc_messages`) translates these words.

/// How grave a message is, or which part of one a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    Log,
    Error,
    Fatal,
    Panic,
    Warning,
    /// For clients and developers: `NOTICE`, `INFO`, `DEBUG1`.
    Chatter,
    /// The statement in which the message before it arose.
    Statement,
    /// More about the message before it: `DETAIL`, `HINT`, `CONTEXT`, ...
    Detail,
}

const WORDS: [(&[u8], Severity); 20] = [
    (b"LOG", Severity::Log),
    (b"STATEMENT", Severity::Statement),
    (b"DETAIL", Severity::Detail),
    (b"ERROR", Severity::Error),
    (b"FATAL", Severity::Fatal),
    (b"PANIC", Severity::Panic),
    (b"WARNING", Severity::Warning),
    (b"HINT", Severity::Detail),
    (b"CONTEXT", Severity::Detail),
    (b"QUERY", Severity::Detail),
    (b"LOCATION", Severity::Detail),
    (b"BACKTRACE", Severity::Detail),
    (b"NOTICE", Severity::Chatter),
    (b"INFO", Severity::Chatter),
    (b"DEBUG", Severity::Chatter),
    (b"DEBUG1", Severity::Chatter),
    (b"DEBUG2", Severity::Chatter),
    (b"DEBUG3", Severity::Chatter),
    (b"DEBUG4", Severity::Chatter),
    (b"DEBUG5", Severity::Chatter),
];

impl Severity {
    /// Reads the word alone, as columns of csvlog and jsonlog hold it.
    pub(super) fn of(word: &[u8]) -> Option<Self> {
        WORDS.iter().find(|(name, _)| *name == word).map(|(_, severity)| *severity)
    }

    /// Reads `LOG:  ` at the start of `bytes`, and says how many bytes it took.
    pub(super) fn at(bytes: &[u8]) -> Option<(Self, usize)> {
        if !bytes.first()?.is_ascii_uppercase() {
            return None;
        }
        let (severity, used) = WORDS.iter().find_map(|(name, severity)| {
            let rest = bytes.strip_prefix(*name)?;
            rest.starts_with(b":").then_some((*severity, name.len() + 1))
        })?;
        // Two blanks follow; those who carry logs may make them one.
        let blanks = bytes[used..].iter().take(2).take_while(|byte| **byte == b' ').count();
        (blanks > 0).then_some((severity, used + blanks))
    }

    /// Where the first such word stands in the first 512 bytes of `line`: what is before it is the
    /// prefix.
    pub(super) fn find(line: &[u8]) -> Option<usize> {
        let head = &line[..line.len().min(512)];
        memchr::memmem::find_iter(head, b": ").find_map(|colon| {
            let word = head[..colon].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let start = colon - word;
            if Self::at(&line[start..]).is_some() {
                return Some(start);
            }
            // A zone may stand directly before it: `12:00:00 CETLOG:  `.
            let digit = start.checked_sub(2).is_some_and(|at| line[at].is_ascii_digit());
            let own = Self::ending(&line[start..colon]);
            (digit && own > 0 && own < word).then_some(colon - own)
        })
    }

    /// How many bytes at the end of `word` are such a word.
    pub(super) fn ending(word: &[u8]) -> usize {
        WORDS.iter().map(|(name, _)| name).find(|name| word.ends_with(name)).map_or(0, |name| name.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_found_behind_any_prefix() {
        assert_eq!(Severity::at(b"LOG:  duration"), Some((Severity::Log, 6)));
        assert_eq!(Severity::at(b"DEBUG2: x"), Some((Severity::Chatter, 8)));
        assert_eq!(Severity::at(b"LOGS:  x"), None);
        assert_eq!(Severity::find(b"a: b [1]:ERROR:  x"), Some(9));
        assert_eq!(Severity::find(b"12:00: BLOG:  x"), None);
    }
}
