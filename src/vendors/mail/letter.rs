//! Reads a raw message: first its head, who wrote it and what it answers, and only of those who may be
//! answered their words too. Whatever is broken is read as far as it can be.

use mail_parser::{Address, HeaderName, HeaderValue, Message, MessageParser, MessagePart, PartType};
use sha2::{Digest as _, Sha256};

use crate::mailtext::{html, quote};

/// Longer texts are cut: nobody asks a question of that length.
const MAX_TEXT: usize = 10_000;
/// Longer Message-IDs are no names that anybody could repeat.
const MAX_ID: usize = 250;
/// Of longer chains only the beginning and the end count: the first names the thread.
const MAX_CHAIN: usize = 100;

/// Longer heads are nobody's letter.
const MAX_HEAD: usize = 500_000;

/// The head of a message as far as quad needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The one address in From, in lower case.
    pub from: String,
    /// The name beside it; the address where there is none.
    pub name: String,
    /// Without angle brackets; made from the content where the writer's program gave none.
    pub message_id: String,
    /// The chain of Message-IDs that it continues, the first mail first.
    pub references: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// All headers, topmost first.
    pub headers: Vec<(String, String)>,
}

/// Why a message can't be read, without any of its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No headers at all.
    #[error("it is no message")]
    NoMessage,
    /// It would take long to read.
    #[error("its head is too long")]
    Head,
    /// None, several, or one that is no address.
    #[error("its From is not one address")]
    From,
}

impl Letter {
    /// Reads the head of `raw`.
    ///
    /// # Errors
    /// Where there is nobody to answer.
    pub fn read(raw: &[u8]) -> Result<Self, Unreadable> {
        let start = &raw[..raw.len().min(MAX_HEAD)];
        let ends = |end: &[u8]| start.windows(end.len()).any(|some| some == end);
        if raw.len() > MAX_HEAD && !ends(b"\n\r\n") && !ends(b"\n\n") {
            return Err(Unreadable::Head);
        }
        let message = MessageParser::default().parse_headers(raw).ok_or(Unreadable::NoMessage)?;
        let (from, name) = sender(&message)?;
        let message_id = message
            .message_id()
            .and_then(id)
            .unwrap_or_else(|| format!("{}@without-message-id", hex::encode(&Sha256::digest(raw)[..16])));
        let mut references = ids(message.references());
        for id in ids(message.in_reply_to()) {
            if !references.contains(&id) {
                references.push(id);
            }
        }
        let headers: Vec<(String, String)> =
            message.headers_raw().map(|(name, value)| (name.to_owned(), unfolded(value))).collect();
        Ok(Self {
            from,
            name,
            message_id,
            references,
            subject: message.subject().unwrap_or_default().to_owned(),
            headers,
        })
    }

    /// The topmost header of this name.
    pub fn topmost(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The domain of the sender.
    pub fn domain(&self) -> &str {
        self.from.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// What the writer of `raw` just wrote, without quotations and signatures.
pub fn text(raw: &[u8]) -> String {
    let parsed = MessageParser::default().parse(raw).map(Parsed);
    parsed.map_or_else(String::new, |parsed| cut(quote::new_text(&words(&parsed.0))))
}

/// A message with its parts. It is taken apart level by level: dropped whole, messages within messages
/// within messages would overflow the stack, which ends the process.
struct Parsed<'m>(Message<'m>);

impl Drop for Parsed<'_> {
    fn drop(&mut self) {
        let mut parts = std::mem::take(&mut self.0.parts);
        while let Some(part) = parts.pop() {
            if let PartType::Message(mut inner) = part.body {
                parts.append(&mut inner.parts);
            }
        }
    }
}

/// Several From headers, or several addresses in one, are how one person is made to look like another.
fn sender(message: &Message<'_>) -> Result<(String, String), Unreadable> {
    if message.headers().iter().filter(|header| header.name == HeaderName::From).count() != 1 {
        return Err(Unreadable::From);
    }
    let Some(Address::List(list)) = message.from() else { return Err(Unreadable::From) };
    let [one] = list.as_slice() else { return Err(Unreadable::From) };
    let address = one.address().unwrap_or_default().trim().to_lowercase();
    let is_plain =
        |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | ',' | ';' | ':' | '"' | '(' | ')');
    let parts = address.split_once('@');
    let right = parts.is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains(|c: char| c.is_ascii_alphanumeric()) && !domain.contains('@')
    });
    if !right || address.len() > MAX_ID || !address.chars().all(is_plain) {
        return Err(Unreadable::From);
    }
    let name = one.name().map(unfolded).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| address.clone());
    Ok((address, name.chars().take(100).collect()))
}

/// The text parts, or the HTML parts where there is no text in them.
fn words(message: &Message<'_>) -> String {
    let plain = all_of(message.text_bodies());
    if plain.trim().is_empty() { all_of(message.html_bodies()) } else { plain }
}

fn all_of<'m>(parts: impl Iterator<Item = &'m MessagePart<'m>>) -> String {
    let mut all = String::new();
    for part in parts {
        match &part.body {
            PartType::Text(text) => all.push_str(text),
            PartType::Html(text) => all.push_str(&html::text(text)),
            _ => continue,
        }
        all.push('\n');
    }
    all
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    let mut chain: Vec<String> = match value {
        HeaderValue::Text(text) => id(text).into_iter().collect(),
        HeaderValue::TextList(list) => list.iter().filter_map(|text| id(text)).collect(),
        _ => Vec::new(),
    };
    if chain.len() > MAX_CHAIN {
        chain.drain(1..=chain.len() - MAX_CHAIN);
    }
    chain
}

/// A Message-ID that may stand in a header again.
fn id(text: &str) -> Option<String> {
    let text = text.trim_matches(['<', '>', ' ']);
    let plain = !text.is_empty()
        && text.len() <= MAX_ID
        && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>'));
    plain.then(|| text.to_owned())
}

/// A header's value on one line.
fn unfolded(value: &str) -> String {
    value.split(['\r', '\n', '\t', ' ']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<Letter, Unreadable> {
        Letter::read(raw.replace('\n', "\r\n").as_bytes())
    }

    fn text(raw: &str) -> String {
        super::text(raw.replace('\n', "\r\n").as_bytes())
    }

    #[test]
    fn a_reply_is_read_with_its_chain() {
        let raw = "Message-ID: <c@x>\nIn-Reply-To: <b@x>\nReferences: <a@x>\n <b@x>\nFrom: =?utf-8?Q?Al=C3=AFce?= <Alice@Example.com>\nSubject: =?iso-8859-1?Q?Re:_=FCber?=\nContent-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: quoted-printable\n\nwhy is checkout =96 slow?\n\n> old\n-- \nA.\n";
        let letter = read(raw).expect("reads");
        assert_eq!((letter.from.as_str(), letter.name.as_str()), ("alice@example.com", "Alïce"));
        assert_eq!(
            (letter.message_id.as_str(), letter.references.clone()),
            ("c@x", vec!["a@x".to_owned(), "b@x".to_owned()])
        );
        assert_eq!((letter.subject.as_str(), text(raw).as_str()), ("Re: über", "why is checkout – slow?"));
        assert_eq!(letter.topmost("in-reply-to"), Some("<b@x>"));
    }

    #[test]
    fn html_alone_and_nested_parts_are_read() {
        let html = text(
            "From: a@x.org\nContent-Type: text/html\n\n<p>ack</p><div class=\"gmail_quote\">resolve</div>",
        );
        assert_eq!(html, "ack");
        let empty = "From: a@x.org\nContent-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\n \n--a\nContent-Type: text/html\n\n<b>ack</b>\n--a--\n";
        assert_eq!(text(empty), "ack");
        let nested = "From: a@x.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/related; boundary=r\n\n--r\nContent-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\nstatus\n--a\nContent-Type: text/html\n\n<b>status</b>\n--a--\n--r--\n--m\nContent-Type: application/pdf; name=x.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n--m--\n";
        assert_eq!(text(nested), "status");
    }

    #[test]
    fn nobody_hides_behind_a_second_sender() {
        for raw in [
            "From: a@x.org\nFrom: b@x.org\n\nack",
            "From: a@x.org, b@x.org\n\nack",
            "From: a@x.org <b@x.org>, c\n\nack",
            "From: Alice\n\nack",
            "From: undisclosed: ;\n\nack",
            "Subject: x\n\nack",
        ] {
            assert_eq!(read(raw), Err(Unreadable::From), "{raw}");
        }
        assert!(Letter::read(b"").is_err());
    }

    #[test]
    fn a_message_without_an_id_has_the_same_one_each_time() {
        let raw = "From: a@x.org\n\nack";
        assert_eq!(read(raw).expect("reads").message_id, read(raw).expect("reads").message_id);
        let odd = read("From: a@x.org\nMessage-ID: <a b\u{1}c>\n\nack").expect("reads");
        assert!(odd.message_id.ends_with("@without-message-id"), "{}", odd.message_id);
    }

    #[test]
    fn what_wants_to_keep_quad_busy_is_read_or_refused_soon() {
        let deep = |line: &str| format!("From: a@x.org\r\n{}", line.repeat(50_000));
        let wide = |head: &str, body: &str| format!("From: a@x.org\r\n{head}\r\n\r\n{body}").into_bytes();
        let many = |line: &str| line.repeat(3_000_000 / line.len());
        for mail in [
            deep("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n").into_bytes(),
            deep("Content-Type: message/rfc822\r\n\r\n").into_bytes(),
            deep("Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n").into_bytes(),
            wide("Content-Type: multipart/mixed; boundary=b", &many("--b\r\n\r\n\r\n")),
            wide("X: y", &many("x\r\n")),
            wide("X: y", &many("\r\n")),
            wide("X: y", &many("On 1 wrote:\r\n> x\r\n")),
            wide("X: y", &many("From: 1\r\nTo: x\r\n")),
            wide("X: y", &"x".repeat(3_000_000)),
            wide("Content-Type: text/html", &many("<")),
            wide("Content-Type: text/html", &many("<div>")),
            wide("Content-Type: text/html", &many("<!--")),
            wide("Content-Type: text/html", &many("<style>&")),
            wide(&format!("References: {0}\r\nIn-Reply-To: {0}", many("<a@x> ")), "status"),
            wide(&format!("To: {}", many("b@x.org, ")), "status"),
            wide(&format!("Subject: {}", many("=?utf-8?Q?x?= ")), "status"),
            many("Received: from x\r\n").into_bytes(),
            many("From: a@x.org\r\n").into_bytes(),
            wide("Content-Type: text/plain; charset=iso-2022-jp", &many("\u{1b}$B")),
        ] {
            if let Ok(letter) = Letter::read(&mail) {
                assert!(letter.references.len() <= 2 * MAX_CHAIN);
            }
            assert!(super::text(&mail).chars().count() <= MAX_TEXT);
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]
        #[test]
        fn anything_at_all_is_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600)) {
            let _ = (Letter::read(&bytes), super::text(&bytes));
            let mut mail = b"From: a@x.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n".to_vec();
            mail.extend(&bytes);
            let _ = (Letter::read(&mail), super::text(&mail));
        }

        #[test]
        fn any_parts_in_any_nesting_are_read_or_refused(parts in proptest::collection::vec((
            proptest::sample::select(vec!["multipart/mixed; boundary=a", "multipart/alternative; boundary=b",
                "multipart/alternative; boundary", "message/rfc822", "text/html; charset=utf-7",
                "text/plain; charset=iso-2022-jp", "text/plain; charset=nonsense", "text/plain; charset=utf-16",
                "text/html; charset=koi8-r", "application/ms-tnef", "image/png; name*=utf-8''%", "=?utf-8?B?"]),
            proptest::sample::select(vec!["base64", "quoted-printable", "8bit", "binary", "x-uuencode", "="]),
            proptest::sample::select(vec!["--a", "--b", "--a--", "--b--", "--", ""]),
            proptest::collection::vec(proptest::prelude::any::<u8>(), 0..60),
        ), 0..12)) {
            let mut mail = b"From: a@x.org\r\n".to_vec();
            for (kind, encoding, boundary, bytes) in parts {
                let head = format!("Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n");
                mail.extend(head.as_bytes());
                mail.extend(bytes);
                mail.extend(format!("\r\n{boundary}\r\n").as_bytes());
            }
            proptest::prop_assert!(Letter::read(&mail).is_ok() && super::text(&mail).chars().count() <= MAX_TEXT);
        }

        #[test]
        fn any_headers_are_read_or_refused(head in "((From|Content-Type|Content-Transfer-Encoding|Subject|References): [ -~]{0,40}\r\n){1,6}", body in "[ -~\r\n=<>]{0,200}") {
            let mail = format!("{head}\r\n{body}");
            let _ = (Letter::read(mail.as_bytes()), super::text(mail.as_bytes()));
        }
    }
}
