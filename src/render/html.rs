//! An answer as HTML for quad's own page. Whatever came from outside is text here, never markup:
//! raw HTML inside Markdown is shown as it was typed, and links lead only to http and https.

use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{CowStr, Event, Tag, TagEnd};

use crate::model::answer::{Answer, Choice, Control, Figure, Mark, Section, Table};
use crate::model::time::Moment;
use crate::render::chart;
use crate::render::markdown as dialect;

/// One answer, without a frame around it. Controls carry `data-press` (`Press::encode`); the page's
/// script sends that text back.
pub fn answer(answer: &Answer) -> Markup {
    html! {
        @if !answer.headline.is_empty() {
            p.headline dir="auto" {
                @if let Some(mark) = answer.mark { (mark_sign(mark)) }
                span { (inline_markdown(&answer.headline)) }
            }
        }
        @for part in &answer.sections { (section(part, &answer.footnotes)) }
        (controls(&answer.controls))
        @if !answer.footnotes.is_empty() {
            ul.footnotes {
                @for note in &answer.footnotes { li dir="auto" { (inline_markdown(note)) } }
            }
        }
    }
}

/// What a person typed: text, with its line breaks.
pub fn words(text: &str) -> Markup {
    html! { p.words dir="auto" { (visible(text)) } }
}

/// The mark as a coloured dot with its meaning in words, for those who don't see colours.
pub fn mark_sign(mark: Mark) -> Markup {
    let (class, meaning) = match mark {
        Mark::Critical => ("critical", "Critical"),
        Mark::Warning => ("warning", "Warning"),
        Mark::Acknowledged => ("acknowledged", "Acknowledged"),
        Mark::Good => ("good", "Good"),
        Mark::Unknown => ("unknown", "Not known"),
    };
    html! { span class={ "mark " (class) } role="img" aria-label=(meaning) title=(meaning) {} }
}

/// A moment that the page's script shows in the reader's time zone; until then, and where no script
/// runs, it reads as `shown`.
pub fn moment(at: Moment, shown: &str) -> Markup {
    html! { time datetime=(at.format("%Y-%m-%dT%H:%M:%SZ")) { (shown) } }
}

/// Buttons and menus.
pub fn controls(controls: &[Control]) -> Markup {
    html! {
        @if !controls.is_empty() {
            div.controls {
                @for control in controls {
                    @match control {
                        Control::Button(choice) => (button(choice)),
                        Control::Menu { label, choices } => {
                            details.menu {
                                summary { (visible(label)) }
                                div.choices { @for choice in choices { (button(choice)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn button(choice: &Choice) -> Markup {
    html! { button type="button" data-press=(choice.press.encode()) { (visible(&choice.label)) } }
}

fn section(section: &Section, notes: &[String]) -> Markup {
    match section {
        Section::Heading(text) => html! { h4 dir="auto" { (visible(text)) } },
        Section::Text(text) => html! { div.text dir="auto" { (markdown(text)) } },
        Section::Figures(figures) => self::figures(figures, notes),
        Section::Table(table) => self::table(table),
        Section::List { numbered: true, items } => html! { ol { (list_items(items)) } },
        Section::List { numbered: false, items } => html! { ul { (list_items(items)) } },
        Section::Code { language, text } => html! {
            figure.code {
                button.copy type="button" data-copy aria-label="Copy" { "Copy" }
                pre tabindex="0" { code data-language=(language) { (visible(text)) } }
            }
        },
        Section::Chart(chart) => html! { figure.chart { (chart::svg(chart, &chart::PAGE)) } },
    }
}

pub(super) fn list_items(items: &[String]) -> Markup {
    html! { @for item in items { li dir="auto" { (inline_markdown(item)) } } }
}

/// A figure whose meaning stands in a note, "Uptime: share of ...", says it under the pointer, too.
fn figures(figures: &[Figure], notes: &[String]) -> Markup {
    let meaning = |label: &str| notes.iter().find_map(|note| note.strip_prefix(label)?.strip_prefix(": "));
    html! {
        dl.figures {
            @for figure in figures {
                div {
                    dt title=[meaning(&figure.label)] { (visible(&figure.label)) }
                    dd.value { (visible(&figure.value)) }
                    @if !figure.compared.is_empty() { dd.compared { (visible(&figure.compared)) } }
                }
            }
        }
    }
}

fn table(table: &Table) -> Markup {
    html! {
        // Focusable, so that a wide table can be scrolled by keyboard.
        div.table tabindex="0" role="region" aria-label="Table" {
            table {
                thead { tr { @for column in &table.columns { th scope="col" { (visible(column)) } } } }
                tbody {
                    @for row in &table.rows {
                        tr { @for cell in row { td dir="auto" class=[is_number(cell).then_some("number")] {
                            @if chart::is_sparkline(cell) { (chart::of_cell(cell, &chart::PAGE)) } @else { (visible(cell)) }
                        } } }
                    }
                }
            }
        }
    }
}

/// Whether a cell reads as a number with its unit, so that a column of them lines up.
pub(super) fn is_number(cell: &str) -> bool {
    let cell = cell.trim().trim_start_matches(['+', '-', '−', '<', '>', '~', ' ']);
    cell.starts_with(|c: char| c.is_ascii_digit()) && cell.split_whitespace().count() <= 2
}

/// Text without the characters that act on their surroundings: controls, and the marks that turn
/// the direction of everything after them (CVE-2021-42574, "Trojan Source"). Letters of any script
/// stay, and so do joiners, which emoji and Persian need; `dir="auto"` does the rest.
pub(super) fn visible(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// Markdown of a Text section.
pub(super) fn markdown(text: &str) -> Markup {
    let mut out = String::with_capacity(text.len() * 2);
    pulldown_cmark::html::push_html(&mut out, harmless(&visible(text)).into_iter());
    PreEscaped(out)
}

/// Markdown of one line: as above, without a paragraph around it.
pub(super) fn inline_markdown(text: &str) -> Markup {
    let line = visible(text);
    let events = harmless(&line)
        .into_iter()
        .filter(|event| !matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)));
    let mut out = String::with_capacity(text.len() * 2);
    pulldown_cmark::html::push_html(&mut out, events);
    PreEscaped(out)
}

/// The events of `text`, with raw HTML turned into text, images into their description, and links
/// into what they may be.
fn harmless(text: &str) -> Vec<Event<'_>> {
    let mut links = Vec::new();
    let mut events = Vec::new();
    for event in dialect::events(text) {
        match event {
            Event::Html(raw) | Event::InlineHtml(raw) => events.push(Event::Text(raw)),
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => {}
            // A page has its own headings; an answer's stand below them.
            Event::Start(Tag::Heading { .. }) => events.push(fixed("<h4>".to_owned())),
            Event::End(TagEnd::Heading(_)) => events.push(fixed("</h4>".to_owned())),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let link = Link::to(&dest_url);
                events.extend(link.open.map(fixed));
                links.push(link.close);
            }
            Event::End(TagEnd::Link) => events.extend(links.pop().flatten().map(|tag| fixed(tag.to_owned()))),
            other => events.push(other),
        }
    }
    events
}

fn fixed(tag: String) -> Event<'static> {
    Event::InlineHtml(CowStr::from(tag))
}

/// The tags around a link's text. Both `None` where the address is not one we would follow: then
/// the text stands alone.
struct Link {
    open: Option<String>,
    close: Option<&'static str>,
}

impl Link {
    fn to(address: &str) -> Self {
        if let Some(at) = address.strip_prefix("time:").and_then(|unix| unix.parse().ok())
            && let Some(at) = Moment::from_timestamp(at, 0)
        {
            let iso = at.format("%Y-%m-%dT%H:%M:%SZ");
            return Self { open: Some(format!("<time datetime=\"{iso}\">")), close: Some("</time>") };
        }
        let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        if matches!(scheme.as_deref(), Some("http" | "https")) {
            let href = html! { (address) }.into_string();
            let open = format!("<a href=\"{href}\" target=\"_blank\" rel=\"noopener noreferrer\">");
            return Self { open: Some(open), close: Some("</a>") };
        }
        Self { open: None, close: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::alert::AlertNumber;
    use crate::model::answer::{self as said, Press};

    fn shown(answer: &Answer) -> String {
        self::answer(answer).into_string()
    }

    #[test]
    fn an_answer_is_headline_figures_and_buttons() {
        let answer = Answer::new("`checkout` is slow")
            .marked(Mark::Critical)
            .with(Section::Figures(vec![Figure {
                label: "P95".to_owned(),
                value: "1,250 ms".to_owned(),
                compared: "120 ms an hour ago".to_owned(),
            }]))
            .button("Acknowledge", Press::Acknowledge(AlertNumber(12)));
        insta::assert_snapshot!(shown(&answer), @r#"<p class="headline" dir="auto"><span class="mark critical" role="img" aria-label="Critical" title="Critical"></span><span><code>checkout</code> is slow</span></p><dl class="figures"><div><dt>P95</dt><dd class="value">1,250 ms</dd><dd class="compared">120 ms an hour ago</dd></div></dl><div class="controls"><button type="button" data-press="ack:12">Acknowledge</button></div>"#);
    }

    #[test]
    fn markup_from_outside_is_shown_as_text() {
        let evil = "<img src=x onerror=alert(1)> <script>alert(1)</script>";
        let raw = Answer::new(evil)
            .with(Section::Heading(evil.to_owned()))
            .with(Section::Text(format!(
                "{evil}\n\n<div onclick=x>\nblock\n</div>\n\n![x](javascript:alert(1))"
            )))
            .with(Section::List { numbered: true, items: vec![evil.to_owned()] })
            .with(Section::Code { language: "\"><script>".to_owned(), text: evil.to_owned() })
            .with(Section::Table(Table { columns: vec![evil.to_owned()], rows: vec![vec![evil.to_owned()]] }))
            .with(Section::Figures(vec![Figure {
                label: evil.to_owned(),
                value: evil.to_owned(),
                compared: evil.to_owned(),
            }]))
            .button(evil, Press::Ask("\"><script>".to_owned()))
            .footnote(evil);
        let html = shown(&raw);
        for tag in ["<img", "<script", "<div onclick", "javascript:"] {
            assert!(!html.contains(tag), "{tag} in {html}");
        }
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn links_lead_only_to_the_web() {
        let html = markdown(
            "[a](https://example.com/?q=\"x\"&y) [b](javascript:alert(1)) [c](data:text/html,x) [d](//evil) <JAVASCRIPT:x>",
        )
        .into_string();
        insta::assert_snapshot!(html, @r#"<p><a href="https://example.com/?q=&quot;x&quot;&amp;y" target="_blank" rel="noopener noreferrer">a</a> b c d JAVASCRIPT:x</p>"#);
    }

    #[test]
    fn moments_are_left_to_the_reader_s_clock() {
        let at = Moment::from_timestamp(1_767_880_800, 0).expect("a moment");
        let html = markdown(&said::moment(at, "14:00")).into_string();
        assert_eq!(html.trim(), "<p><time datetime=\"2026-01-08T14:00:00Z\">14:00</time></p>");
        assert_eq!(markdown("[x](time:soon)").into_string().trim(), "<p>x</p>");
    }

    #[test]
    fn direction_marks_do_not_reach_the_page_and_letters_of_any_script_do() {
        assert_eq!(
            words("a\u{202e}b\u{2066}c\u{7}").into_string(),
            "<p class=\"words\" dir=\"auto\">abc</p>"
        );
        assert!(words("متى بطيء؟").into_string().contains("متى بطيء؟"));
    }

    #[test]
    fn escaped_names_read_as_they_are_written() {
        let name = "a*b_c[d](e)<f>&g";
        let html = markdown(&said::escape(name)).into_string();
        assert_eq!(html.trim(), "<p>a*b_c[d](e)&lt;f&gt;&amp;g</p>");
    }

    proptest::proptest! {
        #[test]
        fn no_text_becomes_a_tag_of_its_own(text in "[<>a-z\"'`\\[\\]()!&#;:/= \n*_-]{0,80}") {
            let html = markdown(&text).into_string();
            let known = ["p", "h4", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr", "br",
                "del", "table", "thead", "tbody", "tr", "th", "td", "time"];
            for piece in html.split('<').skip(1) {
                let name: String = piece.trim_start_matches('/').chars()
                    .take_while(|c| c.is_ascii_alphanumeric()).collect();
                proptest::prop_assert!(known.contains(&name.as_str()), "{name} in {html}");
                proptest::prop_assert!(!piece.split('>').next().unwrap_or("").contains(" on"), "{html}");
            }
        }
    }
}
