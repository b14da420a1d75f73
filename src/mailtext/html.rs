//! A mail that is HTML only, as text: words and line breaks. What mail programs mark as quoted is
//! marked as plain text marks it, so that [`super::quote`] finds it. Pure, and never recursive:
//! nesting costs nothing.

/// Begins what is quoted, as plain text has it.
const ORIGINAL: &str = "\n-----Original Message-----\n";

/// Ids and classes by which mail programs mark what they quote.
const MARKS: [&str; 12] = [
    "gmail_quote",
    "gmail_attr",
    "moz-cite-prefix",
    "olk_src_body_section",
    "stopspelling",
    "zwchr",
    "divrplyfwdmsg",
    "appendonsend",
    "yahoo_quoted",
    "protonmail_quote",
    "isforwardcontent",
    "mail-editor-reference-message",
];

/// Elements that end a line.
const BLOCKS: [&str; 17] = [
    "p", "div", "br", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "hr", "pre", "section",
    "body",
];

/// Elements whose content nobody sees.
const UNSEEN: [&str; 6] = ["style", "script", "head", "title", "xml", "template"];

/// Longer mails are cut: nobody asks a question in a million characters.
const MAX_CHARS: usize = 1_000_000;

/// The text of `html`.
pub fn text(html: &str) -> String {
    let mut out = Lines::default();
    let mut rest = html;
    let mut unseen: Option<String> = None;
    while let Some(at) = rest.find('<') {
        if unseen.is_none() {
            out.words(&rest[..at]);
        }
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = rest[1..].split_once('>') else {
            rest = "";
            break;
        };
        rest = after;
        let (closing, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let name = tag[..end].to_ascii_lowercase();
        if let Some(hidden) = &unseen {
            if closing && *hidden == name {
                unseen = None;
            }
            continue;
        }
        if !closing && UNSEEN.contains(&name.as_str()) && !tag.ends_with('/') {
            unseen = Some(name);
            continue;
        }
        out.tag(&name, closing, &tag[end..]);
        if out.text.len() > MAX_CHARS {
            break;
        }
    }
    if unseen.is_none() {
        out.words(rest);
    }
    out.text
}

#[derive(Default)]
struct Lines {
    text: String,
    /// How deep in quotations.
    quoted: usize,
    /// White space is due before the next word.
    space: bool,
}

impl Lines {
    fn words(&mut self, raw: &str) {
        for c in entities(raw).chars() {
            if c.is_whitespace() {
                self.space = true;
                continue;
            }
            if self.text.is_empty() || self.text.ends_with('\n') {
                self.text.extend(std::iter::repeat_n("> ", self.quoted.min(8)));
            } else if self.space && !self.text.ends_with(' ') {
                self.text.push(' ');
            }
            self.space = false;
            self.text.push(c);
        }
    }

    fn tag(&mut self, name: &str, closing: bool, attributes: &str) {
        let attributes = attributes.to_ascii_lowercase();
        if !closing && MARKS.iter().any(|mark| attributes.contains(mark)) {
            self.break_line();
            self.text.push_str(ORIGINAL);
        }
        // Outlook draws a line above what it quotes.
        if !closing && name == "div" && attributes.contains("border-top:solid #") {
            self.break_line();
            self.text.push_str(ORIGINAL);
        }
        match name {
            "blockquote" => {
                self.break_line();
                self.quoted = if closing { self.quoted.saturating_sub(1) } else { self.quoted + 1 };
            }
            "p" | "ul" | "ol" | "table" if !closing => {
                self.break_line();
                if !self.text.is_empty() && !self.text.ends_with("\n\n") {
                    self.text.push('\n');
                }
            }
            "br" => {
                self.text.push('\n');
                self.space = false;
            }
            "td" | "th" => self.space = true,
            _ if BLOCKS.contains(&name) => self.break_line(),
            _ => {}
        }
    }

    fn break_line(&mut self) {
        self.space = false;
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }
}

/// With the entities that mails really hold.
fn entities(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        // Longer ones are none.
        let end = rest.bytes().take(10).position(|byte| byte == b';');
        match end.and_then(|end| Some((entity(rest.get(..end)?)?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace());
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "ccedil" => 'ç',
        "rsquo" => '’',
        "lsquo" => '‘',
        "ldquo" => '“',
        "rdquo" => '”',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_line_breaks_stay() {
        let html = "<html><head><style>p {}</style></head><body><p>Why is <b>check</b>out\r\n slow?<br>Since 14&nbsp;h &amp; later</p><p>A &lt;b&gt; &#228;&#x1F600; &bogus; & x</p></body></html>";
        assert_eq!(text(html), "Why is checkout slow?\nSince 14 h & later\n\nA <b> ä😀 &bogus; & x\n");
    }

    #[test]
    fn quotations_are_marked_as_in_plain_text() {
        let html = "<div>ack</div><div class=\"gmail_quote\">On Monday quad wrote:<blockquote>resolve<blockquote>deep</blockquote></blockquote></div>";
        assert_eq!(
            text(html),
            "ack\n\n-----Original Message-----\nOn Monday quad wrote:\n> resolve\n> > deep\n"
        );
    }

    #[test]
    fn what_is_broken_ends_somewhere() {
        assert_eq!(text("<p>a<b"), "a");
        assert_eq!(text("<!-- never ends"), "");
        assert_eq!(text("<style>never ends"), "");
        assert_eq!(text("a < b"), "a");
        let deep = "<blockquote>".repeat(50_000) + "x";
        assert_eq!(text(&deep), "> > > > > > > > x");
    }

    proptest::proptest! {
        #[test]
        fn anything_at_all_becomes_text(html in "\\PC{0,200}", tags in "[<>/a-z!\\-\"=& ;#x0-9\n]{0,200}") {
            text(&html);
            text(&tags);
        }
    }
}
