//! Which mail answers which: quad's own Message-IDs, and what a reply must repeat of what it replies to.

use url::Url;
use uuid::Uuid;

use crate::model::outgoing::DeliveryId;

/// Begins the local part of every Message-ID of quad's.
const OURS: &str = "quad.";
/// Longer chains are cut in the middle, as RFC 5322 allows: the first names the thread.
const MAX_REFERENCES: usize = 20;

/// The Message-ID of a delivery, without angle brackets: always the same, so that a mail that may
/// have arrived goes out again under its old name.
pub fn message_id(id: DeliveryId, domain: &str) -> String {
    format!("{OURS}{id}@{domain}")
}

/// The delivery that a Message-ID of quad's names; `None` for anybody else's.
pub fn delivery(message_id: &str, domain: &str) -> Option<DeliveryId> {
    let (local, at) = message_id.trim_matches(['<', '>', ' ']).rsplit_once('@')?;
    if !at.eq_ignore_ascii_case(domain) {
        return None;
    }
    Uuid::parse_str(local.strip_prefix(OURS)?).ok().map(DeliveryId)
}

/// The id of the thread that a mail belongs to: its first reference, or quad's own where a reference
/// names one that the chain does not begin with, or the mail itself.
pub fn root<'m>(references: &'m [String], message_id: &'m str, domain: &str) -> &'m str {
    let ours = || references.iter().find(|id| delivery(id, domain).is_some());
    ours().or(references.first()).map_or(message_id, String::as_str)
}

/// What an answer repeats of the mail that it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyTo {
    /// The subject, with one "Re:" in front.
    pub subject: String,
    /// The Message-ID of the mail that is answered.
    pub in_reply_to: String,
    /// Its chain, and itself at the end.
    pub references: Vec<String>,
}

impl ReplyTo {
    /// How a mail with this subject, id and chain is answered.
    pub fn of(subject: &str, message_id: &str, references: &[String]) -> Self {
        let mut chain: Vec<String> =
            references.iter().filter(|id| id.as_str() != message_id).cloned().collect();
        if chain.len() > MAX_REFERENCES {
            chain.drain(1..=chain.len() - MAX_REFERENCES);
        }
        chain.push(message_id.to_owned());
        Self { subject: re(subject), in_reply_to: message_id.to_owned(), references: chain }
    }

    /// As a `mailto:` address (RFC 6068), which is how it travels with the answer.
    pub fn to_url(&self, address: &str) -> String {
        let fields = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("subject", &self.subject)
            .append_pair("in-reply-to", &self.in_reply_to)
            .append_pair("references", &self.references.join(" "))
            .finish();
        format!("mailto:{address}?{}", fields.replace('+', "%20"))
    }

    /// What [`ReplyTo::to_url`] wrote; `None` for any other address.
    pub fn from_url(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok().filter(|url| url.scheme() == "mailto")?;
        let field = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value);
        Some(Self {
            subject: field("subject")?.into_owned(),
            in_reply_to: field("in-reply-to")?.into_owned(),
            references: field("references")?.split_whitespace().map(str::to_owned).collect(),
        })
    }
}

/// The subject of an answer: one "Re:", however often and in whatever language it was said before.
pub fn re(subject: &str) -> String {
    format!("Re: {}", bare(subject))
}

/// A subject without what clients put in front of answers, and on one line.
pub fn bare(subject: &str) -> String {
    let line = subject.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = line.collect::<Vec<_>>().join(" ");
    let mut rest = line.as_str();
    while let Some((head, tail)) = rest.split_once(':') {
        let head = head.trim().to_lowercase();
        // "Re[2]", as some clients count.
        let word = head.split('[').next().unwrap_or_default();
        if !["re", "aw", "sv", "antw", "ant", "vs", "ref", "réf", "tr", "wg", "fwd", "fw", "odp"]
            .contains(&word)
        {
            break;
        }
        rest = tail.trim_start();
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_delivery_has_one_message_id_and_is_known_by_it() {
        let id = DeliveryId(Uuid::from_u128(7));
        let named = message_id(id, "example.com");
        assert_eq!(named, "quad.00000000-0000-0000-0000-000000000007@example.com");
        assert_eq!(delivery(&format!("<{named}>"), "Example.com"), Some(id));
        for foreign in
            ["7@example.com", "quad.7@example.com", "quad.x", "", "@", &named.replace(".com", ".org")]
        {
            assert_eq!(delivery(foreign, "example.com"), None, "{foreign}");
        }
    }

    #[test]
    fn a_thread_is_named_by_its_first_mail() {
        let ours = message_id(DeliveryId(Uuid::from_u128(7)), "example.com");
        assert_eq!(root(&[], "a@x", "example.com"), "a@x");
        assert_eq!(root(&ids(&["a@x", "b@x"]), "c@x", "example.com"), "a@x");
        assert_eq!(root(&ids(&["list@x", &ours]), "c@x", "example.com"), ours);
    }

    #[test]
    fn an_answer_repeats_the_subject_once() {
        for said in ["slow API", "Re: slow API", "RE: AW: Re[3]: slow API", "Fwd:  slow\r\n API"] {
            assert_eq!(re(said), "Re: slow API", "{said}");
        }
        assert_eq!(re("checkout: slow"), "Re: checkout: slow");
        assert_eq!(re(""), "Re: ");
    }

    #[test]
    fn what_an_answer_repeats_survives_the_way_through_the_store() {
        let reply = ReplyTo::of("Über 50% & more? <b>", "c@x", &ids(&["a@x", "b@x"]));
        assert_eq!(reply.references, ids(&["a@x", "b@x", "c@x"]));
        let url = reply.to_url("alice@example.com");
        assert!(url.starts_with("mailto:alice@example.com?subject=Re%3A%20%C3%9Cber"), "{url}");
        assert_eq!(ReplyTo::from_url(&url), Some(reply));
        assert_eq!(ReplyTo::from_url("https://hooks.example.com/?subject=x"), None);
        assert_eq!(ReplyTo::from_url("mailto:alice@example.com"), None);
    }

    #[test]
    fn a_long_chain_keeps_its_beginning_and_its_end() {
        let chain: Vec<String> = (0..100).map(|n| format!("{n}@x")).collect();
        let reply = ReplyTo::of("", "last@x", &chain);
        assert_eq!(reply.references.len(), MAX_REFERENCES + 1);
        assert_eq!((reply.references[0].as_str(), reply.references[1].as_str()), ("0@x", "81@x"));
        assert_eq!(reply.references.last().map(String::as_str), Some("last@x"));
    }
}
