//! Turns what quad says into a message: text and HTML side by side, images inside the HTML, and the
//! headers that keep a thread together and other programs from answering. Pure.

use std::time::SystemTime;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::config::Config;
use crate::mailtext::thread::{self, ReplyTo};
use crate::model::answer::Answer;
use crate::model::chart::Chart;
use crate::model::outgoing::{Kind, Outgoing};
use crate::render::{chart, mail as render};

/// A picture inside the HTML part, which refers to it as `cid:ID`.
struct Inline {
    id: String,
    png: Vec<u8>,
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
    let pictures = pictures(&outgoing.answer, &id);
    let names: Vec<Option<String>> =
        pictures.iter().map(|picture| picture.as_ref().map(|picture| picture.id.clone())).collect();
    let html = SinglePart::html(render::html(&outgoing.answer, &names));
    let images: Vec<Inline> = pictures.into_iter().flatten().collect();
    let body = MultiPart::alternative().singlepart(text);
    let body = if images.is_empty() { body.singlepart(html) } else { body.multipart(related(html, images)?) };
    builder.multipart(body).map_err(|error| format!("the message can't be made: {error}"))
}

/// The answer's charts, drawn; `None` for one that can't be: then its words stand there.
fn pictures(answer: &Answer, message_id: &str) -> Vec<Option<Inline>> {
    let draw = |(n, chart): (usize, &Chart)| match chart::png(chart, &chart::LIGHT) {
        // Mail programs that show a thread as one page look for a name in all of it.
        Ok(png) => Some(Inline { id: format!("chart-{}.{message_id}", n + 1), png }),
        Err(error) => {
            tracing::warn!("a chart goes out in words: {error:#}");
            None
        }
    };
    render::charts(answer).enumerate().map(draw).collect()
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
    use chrono::{DateTime, TimeDelta};
    use chrono_tz::Tz;
    use mail_parser::MimeHeaders as _;
    use uuid::Uuid;

    use super::*;
    use crate::model::answer::{Mark, Section};
    use crate::model::outgoing::{DeliveryId, Place, Platform, Target, Title};
    use crate::model::sample::Sample;
    use crate::model::signal::Unit;
    use crate::model::time::TimeRange;

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
        let mail = compose(&config(), outgoing, "alice@example.com", root).expect("composes");
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
        let answer =
            Outgoing { reply_url: Some(reply.to_url("alice@example.com")), ..outgoing(Kind::Answer) };
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
    fn charts_travel_inside_the_html_and_say_in_words_what_they_show() {
        let from = DateTime::from_timestamp(1_767_880_800, 0).expect("a moment");
        let range = TimeRange::new(from, from + TimeDelta::hours(1));
        let samples = [(range.from, 120.0), (range.to, 1_250.0)].map(|(at, value)| Sample { at, value });
        let chart =
            Chart::new("P95 of checkout", Unit::Milliseconds, range, Tz::UTC).line("checkout", &samples);
        let mut outgoing = outgoing(Kind::Answer);
        outgoing.answer = outgoing.answer.with(Section::Chart(Box::new(chart)));
        let mail = compose(&config(), &outgoing, "alice@example.com", None).expect("composes").formatted();
        let read = mail_parser::MessageParser::default().parse(&mail).expect("reads");
        let id = "chart-1.quad.00000000-0000-0000-0000-000000000007@example.com";
        let html = read.body_html(0).expect("has HTML").replace('\n', "");
        assert!(html.contains(&format!("<img src=\"cid:{id}\" alt=\"")), "{html}");
        let words = read.body_text(0).expect("has text");
        assert!(words.contains("P95 of checkout") && words.contains("1,250 ms"), "{words}");
        let picture = read.attachments().next().expect("has a picture");
        assert_eq!(picture.content_id(), Some(id));
        assert!(picture.contents().starts_with(b"\x89PNG"));
        let raw = String::from_utf8_lossy(&mail);
        let at = |what: &str| raw.find(what).unwrap_or_else(|| panic!("{what} in {raw}"));
        assert!(at("multipart/alternative") < at("text/plain") && at("text/plain") < at("multipart/related"));
    }
}
