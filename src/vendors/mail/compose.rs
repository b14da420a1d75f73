//! Turns what quad says into a message: text and HTML side by side, images inside the HTML, and the
//! headers that keep a thread together and other programs from answering. Pure.

use std::time::SystemTime;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::config::Config;
use crate::mailtext::thread::{self, ReplyTo};
use crate::model::outgoing::{Kind, Outgoing};
use crate::render::mail as render;

/// A picture inside the HTML part, which refers to it as `cid:ID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inline {
    /// Its id.
    pub id: String,
    /// The picture.
    pub png: Vec<u8>,
}

/// The message for `to`. `root` is the Message-ID of the mail under which it stands, if any.
///
/// # Errors
/// Where `to` is no address, or the configured sender is none.
pub fn compose(
    config: &Config,
    outgoing: &Outgoing,
    to: &str,
    root: Option<&str>,
    images: Vec<Inline>,
) -> Result<Message, String> {
    let address = |text: &str| text.parse::<Address>().map_err(|_| "a mail address can't be used".to_owned());
    let from = Mailbox::new(Some(config.name.clone()), address(&config.from)?);
    let id = thread::message_id(outgoing.id, config.domain());
    // As old as what it says, also where it is sent again.
    let date = SystemTime::from(outgoing.at);
    let mut builder = Message::builder()
        .from(from)
        .to(Mailbox::new(None, address(to)?))
        .date(date)
        .message_id(Some(format!("<{id}>")));
    builder = threaded(builder, outgoing, root);
    let automatic = if outgoing.kind == Kind::Answer { "auto-replied" } else { "auto-generated" };
    builder = raw(builder, "Auto-Submitted", automatic);
    // Exchange looks at this one instead.
    builder = raw(builder, "X-Auto-Response-Suppress", "All");
    let text = SinglePart::plain(render::text(&outgoing.answer));
    let html = SinglePart::html(render::html(&outgoing.answer));
    let body = MultiPart::alternative().singlepart(text);
    let body = if images.is_empty() { body.singlepart(html) } else { body.multipart(related(html, images)?) };
    builder.multipart(body).map_err(|error| format!("the message can't be made: {error}"))
}

fn threaded(builder: MessageBuilder, outgoing: &Outgoing, root: Option<&str>) -> MessageBuilder {
    let answer = &outgoing.answer;
    if let Some(reply) = outgoing.reply_url.as_deref().and_then(ReplyTo::from_url) {
        let references: Vec<String> = reply.references.iter().map(|id| format!("<{id}>")).collect();
        return builder
            .subject(one_line(&reply.subject))
            .in_reply_to(format!("<{}>", one_line(&reply.in_reply_to)))
            .references(one_line(&references.join(" ")));
    }
    let title = outgoing.title.as_ref();
    let subject = match title {
        Some(title) => render::subject(&title.headline, title.mark),
        None => render::subject(&answer.headline, answer.mark),
    };
    match root {
        Some(root) => {
            let id = format!("<{}>", one_line(root));
            builder.subject(thread::re(&subject)).in_reply_to(id.clone()).references(id)
        }
        None => builder.subject(subject),
    }
}

fn related(html: SinglePart, images: Vec<Inline>) -> Result<MultiPart, String> {
    let kind = ContentType::parse("image/png").map_err(|error| error.to_string())?;
    Ok(images.into_iter().fold(MultiPart::related().singlepart(html), |parts, image| {
        parts.singlepart(Attachment::new_inline(image.id).body(image.png, kind.clone()))
    }))
}

/// No line break from outside may begin a header of its own.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn raw(builder: MessageBuilder, name: &'static str, value: &str) -> MessageBuilder {
    builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::model::answer::{Answer, Mark};
    use crate::model::outgoing::{DeliveryId, Place, Platform, Target, Title};

    fn config() -> Config {
        let file = serde_json::json!({"from": "quad@example.com", "smtp": {"host": "localhost"}});
        serde_json::from_value(file).expect("reads")
    }

    fn outgoing(kind: Kind) -> Outgoing {
        let place = Place { channel: "alice@example.com".to_owned(), thread: None };
        let answer = Answer::new("`checkout` is **slow**").marked(Mark::Critical);
        let at = DateTime::from_timestamp(1_767_880_800, 0).expect("a moment");
        let outgoing = Outgoing::new(Platform::Mail, kind, Target::Post(place), answer, at);
        Outgoing { id: DeliveryId(Uuid::from_u128(7)), ..outgoing }
    }

    fn head(outgoing: &Outgoing, root: Option<&str>) -> String {
        let mail = compose(&config(), outgoing, "alice@example.com", root, Vec::new()).expect("composes");
        let mail = String::from_utf8(mail.formatted()).expect("is ASCII");
        let head = mail.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n", "\n");
        head.lines().filter(|line| !line.contains("boundary")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn an_alert_begins_a_thread() {
        insta::assert_snapshot!(head(&outgoing(Kind::Alert), None), @"
        From: quad <quad@example.com>
        To: alice@example.com
        Date: Thu, 08 Jan 2026 14:00:00 +0000
        Message-ID: <quad.00000000-0000-0000-0000-000000000007@example.com>
        Subject: Critical: checkout is slow
        Auto-Submitted: auto-generated
        X-Auto-Response-Suppress: All
        MIME-Version: 1.0
        Content-Type: multipart/alternative;
        ");
    }

    #[test]
    fn a_follow_up_stands_under_its_alert() {
        let title = Title { headline: "`checkout` is **slow**".to_owned(), mark: Some(Mark::Critical) };
        let note = Outgoing { title: Some(title), ..outgoing(Kind::Note) };
        insta::assert_snapshot!(head(&note, Some("quad.1@example.com")), @"
        From: quad <quad@example.com>
        To: alice@example.com
        Date: Thu, 08 Jan 2026 14:00:00 +0000
        Message-ID: <quad.00000000-0000-0000-0000-000000000007@example.com>
        Subject: Re: Critical: checkout is slow
        In-Reply-To: <quad.1@example.com>
        References: <quad.1@example.com>
        Auto-Submitted: auto-generated
        X-Auto-Response-Suppress: All
        MIME-Version: 1.0
        Content-Type: multipart/alternative;
        ");
    }

    #[test]
    fn an_answer_repeats_what_it_answers_and_nothing_slips_into_the_head() {
        let reply = ReplyTo::of("slow?\r\nBcc: all@example.com", "c@x\r\nX: y", &["a@x".to_owned()]);
        let answer = Outgoing { reply_url: Some(reply.to_url("alice@example.com")), ..outgoing(Kind::Answer) };
        insta::assert_snapshot!(head(&answer, Some("a@x")), @"
        From: quad <quad@example.com>
        To: alice@example.com
        Date: Thu, 08 Jan 2026 14:00:00 +0000
        Message-ID: <quad.00000000-0000-0000-0000-000000000007@example.com>
        Subject: Re: slow? Bcc: all@example.com
        In-Reply-To: <c@x  X: y>
        References: <a@x> <c@x> <X:> <y>
        Auto-Submitted: auto-replied
        X-Auto-Response-Suppress: All
        MIME-Version: 1.0
        Content-Type: multipart/alternative;
        ");
    }

    #[test]
    fn pictures_travel_inside_the_html() {
        let image = Inline { id: "chart-1".to_owned(), png: vec![0x89, b'P', b'N', b'G'] };
        let mail = compose(&config(), &outgoing(Kind::Answer), "alice@example.com", None, vec![image]);
        let mail = String::from_utf8(mail.expect("composes").formatted()).expect("is ASCII");
        let at = |what: &str| mail.find(what).unwrap_or_else(|| panic!("{what} in {mail}"));
        assert!(at("multipart/alternative") < at("text/plain") && at("text/plain") < at("multipart/related"));
        assert!(at("text/html") < at("Content-ID: <chart-1>") && at("Content-ID") < at("iVBORw") + 400);
    }
}
