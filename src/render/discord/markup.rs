//! Markdown to Discord's own Markdown. A backslash makes any mark harmless; what would mention
//! somebody or become a link gets one, too.

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::render::markdown::{events, is_shown, item_lead, line_break};

/// Takes no room; keeps backticks from closing a fence.
const NOTHING: char = '\u{200b}';

/// Markdown as Discord reads it.
pub fn markdown(text: &str) -> String {
    let mut writer = Writer::default();
    events(text).for_each(|event| writer.event(event));
    writer.finish()
}

/// Markdown of one line without emphasis, to stand inside one.
pub(super) fn flat(text: &str) -> String {
    let mut writer = Writer { flat: true, ..Writer::default() };
    events(text).for_each(|event| writer.event(event));
    writer.finish().replace('\n', " ")
}

/// Plain text as Discord's Markdown that shows it as it is.
pub fn escape(text: &str) -> String {
    escape_after('\n', text)
}

/// The same where something stands before it on the line.
fn escape_after(mut before: char, text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        let marks = match c {
            '\\' | '*' | '~' | '`' | '|' | '<' | '[' | ']' => true,
            // Inside a word (`order_items`) it means nothing to Discord.
            '_' => !(before.is_alphanumeric() && after.is_alphanumeric()),
            // `https://…` would become a link.
            ':' => after == '/',
            // A heading, a quote, a list: only where a line begins.
            '#' | '>' | '-' | '+' => before == '\n',
            _ => false,
        };
        if marks {
            out.push('\\');
        }
        push_shown(&mut out, c);
        if c == '@' {
            // Nobody is notified in any case; this keeps it from looking like it.
            out.push(NOTHING);
        }
        before = c;
    }
    out
}

/// Text inside a code block: only three backticks could end it.
pub(super) fn fenced(text: &str) -> String {
    in_code(text).replace("```", &format!("`{NOTHING}`{NOTHING}`"))
}

fn inside_code(text: &str) -> String {
    in_code(text).replace('`', "ˋ")
}

/// Discord mentions nobody in code. Should code once end earlier than meant, nothing of it does either;
/// addresses (`root@db-1`) stay as they can be copied.
fn in_code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_shown(&mut out, c));
    for mention in ["<@", "@everyone", "@here"] {
        if out.contains(mention) {
            out = out.replace(mention, &mention.replace('@', &format!("@{NOTHING}")));
        }
    }
    out
}

fn push_shown(out: &mut String, c: char) {
    if is_shown(c) {
        out.push(c);
    }
}

#[derive(Default)]
struct Writer {
    out: String,
    flat: bool,
    numbers: Vec<Option<u64>>,
    links: Vec<Link>,
    code: bool,
}

/// What an open link becomes.
enum Link {
    /// A moment: Discord shows it in the reader's zone. Its own words are dropped, and where it began.
    Moment(i64, usize),
    /// An address that we would follow.
    Web(String),
    /// Words only.
    None,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) if self.code => self.out.push_str(&fenced(&text)),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                // Inside a headline's emphasis no line begins.
                let before = self.out.chars().last().unwrap_or(if self.flat { ' ' } else { '\n' });
                let text = escape_after(before, &text);
                self.out.push_str(&text);
            }
            Event::Code(text) => {
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
            Tag::Strong => self.mark("**"),
            Tag::Heading { .. } => {
                line_break(&mut self.out);
                self.mark("**");
            }
            Tag::Emphasis => self.mark("*"),
            Tag::Strikethrough => self.mark("~~"),
            Tag::Link { dest_url, .. } => {
                let link = link(&dest_url, self.out.len());
                if matches!(link, Link::Web(_)) {
                    self.out.push('[');
                }
                self.links.push(link);
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
            TagEnd::Strong => self.mark("**"),
            TagEnd::Emphasis => self.mark("*"),
            TagEnd::Strikethrough => self.mark("~~"),
            TagEnd::Heading(_) => {
                self.mark("**");
                self.out.push('\n');
            }
            TagEnd::Link => match self.links.pop() {
                Some(Link::Moment(unix, from)) => {
                    // Only an hour was said, so only an hour is shown.
                    let is_hour = self.out[from..].chars().all(|c| !c.is_alphabetic());
                    self.out.truncate(from);
                    self.out.push_str(&format!("<t:{unix}:{}>", if is_hour { 't' } else { 'f' }));
                }
                Some(Link::Web(address)) => self.out.push_str(&format!("]({address})")),
                Some(Link::None) | None => {}
            },
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
        if !self.flat {
            self.out.push_str(mark);
        }
    }

    fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        self.out
    }
}

fn link(address: &str, from: usize) -> Link {
    if let Some(unix) = address.strip_prefix("time:").and_then(|unix| unix.parse::<i64>().ok()) {
        return Link::Moment(unix, from);
    }
    let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "https")) {
        return Link::None;
    }
    let mut safe = String::with_capacity(address.len());
    for c in address.chars() {
        match c {
            '(' => safe.push_str("%28"),
            ')' => safe.push_str("%29"),
            '<' => safe.push_str("%3C"),
            '>' => safe.push_str("%3E"),
            c if c.is_whitespace() || c.is_control() => safe.push_str("%20"),
            c => safe.push(c),
        }
    }
    Link::Web(safe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answer;

    #[test]
    fn markdown_becomes_what_discord_reads() {
        for (text, read) in [
            ("**P95** is *high*", "**P95** is *high*"),
            ("`checkout` since [14:02](time:1767880920)", "`checkout` since <t:1767880920:t>"),
            ("since [Thu 14:02](time:1767880920)", "since <t:1767880920:f>"),
            ("[the change](https://example.com/?a=(1))", "[the change](https://example.com/?a=%281%29)"),
            ("[x](javascript:alert(1))", "x"),
            ("a\n\nb", "a\n\nb"),
            ("- one\n- two", "• one\n• two"),
            ("```sh\nls > x\n```", "```\nls > x\n```"),
        ] {
            assert_eq!(markdown(text), read);
        }
    }

    #[test]
    fn nothing_from_outside_is_markup() {
        for (evil, read) in [
            ("<@1234>", "\\<@\u{200b}1234>"),
            ("@everyone", "@\u{200b}everyone"),
            ("**x** _y_ ~~z~~", "\\*\\*x\\*\\* \\_y\\_ \\~\\~z\\~\\~"),
            ("https://evil.example", "https\\://evil.example"),
            ("[x](y)", "\\[x\\](y)"),
            ("# big\n> quote", "\\# big\n\\> quote"),
            ("order_items", "order_items"),
            ("a\u{202e}b", "ab"),
        ] {
            assert_eq!(escape(evil), read);
        }
        assert_eq!(markdown(&answer::escape("<@&12> `x`")), "\\<@\u{200b}&12> \\`x\\`");
        assert_eq!(fenced("```"), "`\u{200b}`\u{200b}`");
        assert_eq!(fenced("ssh root@db-1 <@1>"), "ssh root@db-1 <@\u{200b}1>");
    }

    proptest::proptest! {
        #[test]
        fn a_mention_is_never_written(text in "[<>!@#&a-z0-9|`*\\[\\]():/= \n\\\\^_-]{0,80}") {
            for read in [markdown(&text), markdown(&answer::escape(&text)), escape(&text)] {
                for evil in ["<@1", "<@&", "<@!", "@everyone", "@here"] {
                    proptest::prop_assert!(!read.contains(evil), "{read}");
                }
            }
        }
    }
}
