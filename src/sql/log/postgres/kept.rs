//! An entry that outlives the stretch of the log it was read from.

use crate::sql::log::{Entry, Kind};

/// The longest text that is kept of one entry, in bytes. Longer ones are cut and say so.
pub(super) const LONGEST: usize = 64 << 10;

/// An entry's own copy.
#[derive(Debug)]
pub(super) struct Kept {
    /// The entry without its texts.
    rest: Entry<'static>,
    kind: Kind<'static>,
    /// The texts, one behind the other, and where each ends.
    text: Vec<u8>,
    ends: [usize; 6],
}

impl Kept {
    pub(super) fn of(entry: &Entry<'_>) -> Self {
        let (kind, words) = match entry.kind {
            Kind::Statement(text) => (Kind::Statement(b""), text),
            Kind::Command(text) => (Kind::Command(b""), text),
            // Plans are whole when they are read, and so never kept.
            Kind::Plan(statement, _) => (Kind::Plan(b"", b""), statement),
            Kind::Event(event, text) => (Kind::Event(event, b""), text),
        };
        let long = words.len() > LONGEST;
        let words = &words[..words.len().min(LONGEST)];
        let texts = [entry.user, entry.host, entry.database, entry.session, entry.application, words];
        let mut text = Vec::with_capacity(texts.iter().map(|text| text.len()).sum());
        let mut ends = [0; 6];
        for (end, part) in ends.iter_mut().zip(texts) {
            text.extend_from_slice(part);
            *end = text.len();
        }
        let rest = Entry {
            kind,
            at_us: entry.at_us,
            query_time_ns: entry.query_time_ns,
            lock_time_ns: entry.lock_time_ns,
            bytes_sent: entry.bytes_sent,
            cut: entry.cut || long,
            ..Entry::default()
        };
        Self { rest, kind, text, ends }
    }

    /// How many bytes it takes, nearly.
    pub(super) fn bytes(&self) -> usize {
        self.text.len() + size_of::<Self>()
    }

    pub(super) fn entry(&self) -> Entry<'_> {
        let part = |at: usize| {
            let start = if at == 0 { 0 } else { self.ends[at - 1] };
            &self.text[start..self.ends[at]]
        };
        let kind = match self.kind {
            Kind::Statement(_) => Kind::Statement(part(5)),
            Kind::Command(_) => Kind::Command(part(5)),
            Kind::Plan(..) => Kind::Plan(part(5), b""),
            Kind::Event(event, _) => Kind::Event(event, part(5)),
        };
        Entry {
            kind,
            user: part(0),
            host: part(1),
            database: part(2),
            session: part(3),
            application: part(4),
            ..self.rest.clone()
        }
    }
}
