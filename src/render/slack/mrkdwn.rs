//! Markdown to Slack's mrkdwn. Slack has no escape for its own marks, only for `&`, `<` and `>`,
//! through which everything dangerous goes (mentions, links, notifications); the others are kept
//! from pairing up.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::render::markdown::{events, is_shown, item_lead, line_break};

/// Takes no room; keeps a mark from being read as markup.
const NOTHING: char = '\u{200b}';

/// Markdown as mrkdwn.
pub fn markdown(text: &str) -> String {
    let mut writer = Writer { flat: false, ..Writer::default() };
    events(text).for_each(|event| writer.event(event));
    writer.finish()
}

/// Markdown of one line as mrkdwn without emphasis, to stand inside one.
pub(crate) fn flat(text: &str) -> String {
    let mut writer = Writer { flat: true, ..Writer::default() };
    events(text).for_each(|event| writer.event(event));
    writer.finish().replace('\n', " ")
}

/// Plain text as mrkdwn that shows it as it is.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        push_literal(&mut out, c);
        // Inside a word (`order_items`) a mark means nothing to Slack.
        if matches!(c, '*' | '_' | '~' | '`') && !(before.is_alphanumeric() && after.is_alphanumeric())
            // `:fire:` would become a picture; 10:30:45 does not.
            || c == ':' && after.is_ascii_alphabetic()
        {
            out.push(NOTHING);
        }
        before = c;
    }
    out
}

/// Plain text of which nothing is read as markup but Slack's harmless marks.
pub(crate) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    text.chars().for_each(|c| push_literal(&mut out, c));
    out
}

/// Text inside `code`: only a backtick could end it.
pub(crate) fn inside_code(text: &str) -> String {
    literal(text).replace('`', &format!("{NOTHING}`{NOTHING}"))
}

fn push_literal(out: &mut String, c: char) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        c if is_shown(c) => out.push(c),
        _ => {}
    }
}

#[derive(Default)]
struct Writer {
    out: String,
    flat: bool,
    numbers: Vec<Option<u64>>,
    /// What closes each open link.
    links: Vec<&'static str>,
    code: bool,
    /// Inside a moment or a link a mark would be shown.
    bare: bool,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) if self.code => self.out.push_str(&fenced(&text)),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                let text = if self.bare { literal(&text).replace('|', "/") } else { escape(&text) };
                self.out.push_str(&text);
            }
            Event::Code(text) if self.bare => self.out.push_str(&literal(&text).replace('|', "/")),
            Event::Code(text) => {
                self.apart();
                self.out.push('`');
                self.out.push_str(&inside_code(&text));
                self.out.push('`');
            }
            Event::SoftBreak => self.out.push(' '),
            Event::HardBreak | Event::Rule => self.out.push('\n'),
            Event::Start(tag) => self.open(tag),
            Event::End(tag) => self.close(tag),
            _ => {}
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Strong | Tag::Heading { .. } => {
                if matches!(tag, Tag::Heading { .. }) {
                    line_break(&mut self.out);
                }
                self.mark("*");
            }
            Tag::Emphasis => self.mark("_"),
            Tag::Strikethrough => self.mark("~"),
            Tag::Link { dest_url, .. } => {
                let (open, close) = link(&dest_url);
                self.out.push_str(&open);
                self.links.push(close);
                self.bare = !close.is_empty();
            }
            Tag::CodeBlock(_) => {
                line_break(&mut self.out);
                self.out.push_str("```\n");
                self.code = true;
            }
            Tag::List(first) => {
                line_break(&mut self.out);
                self.numbers.push(first);
            }
            Tag::Item => {
                line_break(&mut self.out);
                self.out.push_str(&item_lead(&mut self.numbers));
            }
            Tag::BlockQuote(_) => {
                line_break(&mut self.out);
                self.out.push_str("> ");
            }
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => self.mark("*"),
            TagEnd::Emphasis => self.mark("_"),
            TagEnd::Strikethrough => self.mark("~"),
            TagEnd::Heading(_) => {
                self.mark("*");
                self.out.push('\n');
            }
            TagEnd::Link => {
                self.out.push_str(self.links.pop().unwrap_or(""));
                self.bare = self.links.iter().any(|close| !close.is_empty());
            }
            TagEnd::CodeBlock => {
                line_break(&mut self.out);
                self.out.push_str("```\n");
                self.code = false;
            }
            TagEnd::List(_) => {
                self.numbers.pop();
                line_break(&mut self.out);
            }
            TagEnd::Paragraph if self.numbers.is_empty() => {
                line_break(&mut self.out);
                self.out.push('\n');
            }
            _ => {}
        }
    }

    fn mark(&mut self, mark: &str) {
        if !self.flat && !self.bare {
            self.out.push_str(mark);
        }
    }

    /// Slack reads a code span only where it does not touch a word.
    fn apart(&mut self) {
        if self.out.ends_with(|c: char| c.is_alphanumeric() || c == '`') {
            self.out.push(NOTHING);
        }
    }

    fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        self.out
    }
}

/// Text inside a code block: only three backticks could end it.
pub(crate) fn fenced(text: &str) -> String {
    literal(text).replace("```", &format!("`{NOTHING}`{NOTHING}`"))
}

/// What opens and closes a link to `address`. Both empty where it is none that we would follow.
fn link(address: &str) -> (String, &'static str) {
    if let Some(unix) = address.strip_prefix("time:").and_then(|unix| unix.parse::<i64>().ok()) {
        return (format!("<!date^{unix}^{{date_short_pretty}} {{time}}|"), ">");
    }
    let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "https")) {
        return (String::new(), "");
    }
    let mut safe = String::with_capacity(address.len());
    for c in address.chars() {
        match c {
            '<' => safe.push_str("%3C"),
            '>' => safe.push_str("%3E"),
            '|' => safe.push_str("%7C"),
            '&' => safe.push_str("&amp;"),
            c if c.is_whitespace() || c.is_control() => safe.push_str("%20"),
            c => safe.push(c),
        }
    }
    (format!("<{safe}|"), ">")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answer;

    #[test]
    fn markdown_becomes_what_slack_reads() {
        for (text, shown) in [
            ("**P95** is *high*", "*P95* is _high_"),
            (
                "`checkout` since [14:02](time:1767880920)",
                "`checkout` since <!date^1767880920^{date_short_pretty} {time}|14:02>",
            ),
            ("[the change](https://example.com/?a=1&b=2)", "<https://example.com/?a=1&amp;b=2|the change>"),
            ("[x](javascript:alert(1))", "x"),
            ("a\n\nb", "a\n\nb"),
            ("1. one\n2. two", "1. one\n2. two"),
            ("- one\n- two", "• one\n• two"),
            ("```sh\nls > x\n```", "```\nls &gt; x\n```"),
        ] {
            assert_eq!(markdown(text), shown);
        }
    }

    #[test]
    fn nobody_is_mentioned_by_what_came_from_outside() {
        for evil in ["<!channel>", "<@U024BE7LH>", "<!subteam^S1|@sre>", "&lt;!here&gt;"] {
            for shown in [
                markdown(evil),
                markdown(&answer::escape(evil)),
                escape(evil),
                inside_code(evil),
                fenced(evil),
            ] {
                assert!(!shown.contains('<') && !shown.contains("<!"), "{evil} became {shown}");
            }
        }
        assert!(!markdown(&answer::escape("<https://evil|slack.com>")).contains('<'));
        // A link's own words can't end it and start another.
        assert_eq!(markdown("[a><!channel>b|c](https://x.y)"), "<https://x.y|a&gt;&lt;!channel&gt;b/c>");
    }

    #[test]
    fn names_stay_as_they_are_written() {
        assert_eq!(escape("order_items.p95"), "order_items.p95");
        assert_eq!(escape("10:30:45"), "10:30:45");
        assert_eq!(escape("*x*").replace(NOTHING, ""), "*x*");
        assert_eq!(markdown(&answer::escape("a*b_c[d]")).replace(NOTHING, ""), "a*b_c[d]");
    }

    proptest::proptest! {
        #[test]
        fn an_angle_bracket_is_always_our_own(text in "[<>!@#a-z|`*\\[\\]()&;:/= \n^_-]{0,80}") {
            let shown = markdown(&text);
            for piece in shown.split('<').skip(1) {
                proptest::prop_assert!(
                    piece.starts_with("!date^") || piece.starts_with("http://") || piece.starts_with("https://"),
                    "{shown}"
                );
            }
        }
    }
}
