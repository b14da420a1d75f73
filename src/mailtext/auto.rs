//! Decides which mails must never be answered, because a program wrote them or many would read the
//! answer: automatic replies, bounces, lists, and quad itself. Pure. Source: RFC 3834.

use super::thread;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Head<'m> {
    /// Names and unfolded values of all headers, topmost first.
    pub headers: &'m [(String, String)],
    /// The address in From.
    pub from: &'m str,
    /// The Message-ID without angle brackets, where there is one.
    pub message_id: Option<&'m str>,
    /// quad's own address.
    pub own: &'m str,
}

/// Why a mail is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is quad's own.
    Own,
    /// It says that a program sent it.
    Automatic,
    /// It went to a list, or to many.
    List,
    /// It reports what became of another mail.
    Bounce,
    /// Its sender's name says that nobody reads there.
    NoReader,
}

impl Why {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Own, Self::Automatic, Self::List, Self::Bounce, Self::NoReader];

    /// For counting: "list".
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Automatic => "automatic",
            Self::List => "list",
            Self::Bounce => "bounce",
            Self::NoReader => "no_reader",
        }
    }
}

/// Headers that only mailing lists and mass senders write.
const LISTS: [&str; 5] = ["list-id", "list-post", "list-unsubscribe", "list-help", "x-mailing-list"];
/// Headers that only automatic replies carry.
const AUTOMATIC: [&str; 5] = ["x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-reply", "x-vacation"];
/// Beginnings of addresses that nobody reads.
const NO_READER: [&str; 7] =
    ["mailer-daemon", "no-reply", "noreply", "no_reply", "do-not-reply", "donotreply", "bounce"];

/// Why this mail must not be answered; `None` where it may be.
pub fn forbids(head: &Head<'_>) -> Option<Why> {
    let domain = head.own.rsplit_once('@').map_or("", |(_, domain)| domain);
    let mine = |id: &str| thread::delivery(id, domain).is_some();
    if head.from.eq_ignore_ascii_case(head.own) || head.message_id.is_some_and(mine) {
        return Some(Why::Own);
    }
    let local = head.from.split('@').next().unwrap_or_default().to_lowercase();
    let is_report = |value: &str| value.trim_start().to_lowercase().starts_with("multipart/report");
    for (name, value) in head.headers {
        let (name, value) = (name.to_lowercase(), value.trim());
        let is = |one: &str| value.eq_ignore_ascii_case(one);
        match name.as_str() {
            "return-path" if is("<>") => return Some(Why::Bounce),
            "content-type" if is_report(value) => return Some(Why::Bounce),
            "x-failed-recipients" => return Some(Why::Bounce),
            // Comments and parameters may follow: "no (by hand)", "auto-replied; owner-email=...".
            "auto-submitted" if !value.to_lowercase().starts_with("no") => return Some(Why::Automatic),
            "auto-submitted" if value.len() > 2 && value.as_bytes()[2].is_ascii_alphanumeric() => {
                return Some(Why::Automatic);
            }
            "x-auto-response-suppress" if is("all") => return Some(Why::Automatic),
            "precedence" if is("auto_reply") => return Some(Why::Automatic),
            "precedence" if is("bulk") || is("junk") || is("list") => return Some(Why::List),
            "x-loop" => return Some(Why::Automatic),
            _ if AUTOMATIC.contains(&name.as_str()) => return Some(Why::Automatic),
            _ if LISTS.contains(&name.as_str()) => return Some(Why::List),
            _ => {}
        }
    }
    NO_READER.iter().any(|start| local.starts_with(start)).then_some(Why::NoReader)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(from: &str, id: &str, headers: &[(&str, &str)]) -> Option<Why> {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        forbids(&Head { headers: &headers, from, message_id: Some(id), own: "quad@example.com" })
    }

    #[test]
    fn what_a_program_wrote_is_not_answered() {
        let by_alice = |headers: &[(&str, &str)]| judged("alice@example.com", "a@x", headers);
        for (header, why) in [
            (("Auto-Submitted", "auto-replied"), Why::Automatic),
            (("AUTO-SUBMITTED", "auto-generated; x=y"), Why::Automatic),
            (("Auto-Submitted", "notified"), Why::Automatic),
            (("X-Autoreply", "yes"), Why::Automatic),
            (("Precedence", "Bulk"), Why::List),
            (("Precedence", "auto_reply"), Why::Automatic),
            (("List-Id", "<ops.example.com>"), Why::List),
            (("Return-Path", "<>"), Why::Bounce),
            (("Content-Type", "multipart/report; report-type=delivery-status"), Why::Bounce),
            (("X-Loop", "alice@example.com"), Why::Automatic),
        ] {
            assert_eq!(by_alice(&[("Subject", "status"), header]), Some(why), "{header:?}");
        }
        assert_eq!(judged("MAILER-DAEMON@example.com", "a@x", &[]), Some(Why::NoReader));
        assert_eq!(judged("noreply@example.com", "a@x", &[]), Some(Why::NoReader));
    }

    #[test]
    fn quad_does_not_talk_to_itself() {
        assert_eq!(judged("Quad@Example.com", "a@x", &[]), Some(Why::Own));
        let own = "quad.00000000-0000-0000-0000-000000000007@example.com";
        assert_eq!(judged("alice@example.com", own, &[]), Some(Why::Own));
    }

    #[test]
    fn a_person_is_answered() {
        let headers = [
            ("Return-Path", "<alice@example.com>"),
            ("Auto-Submitted", "no"),
            ("Content-Type", "multipart/alternative; boundary=x"),
            ("Precedence", "normal"),
            ("X-Auto-Response-Suppress", "DR, OOF"),
        ];
        assert_eq!(judged("alice@example.com", "a@x", &headers), None);
    }
}
