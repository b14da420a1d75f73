//! An answer as a mail: a subject, plain text, and the same as HTML. Mail clients run no script and
//! drop most style sheets, so what must be seen stands in the words, and buttons become words to reply.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use unicode_width::UnicodeWidthChar as _;

use crate::model::answer::{Answer, Control, Figure, Mark, Section, Table};
use crate::model::chart::Chart;
use crate::render::chart::alt;
use crate::render::{html as page, markdown, plain};

/// Longer subjects are cut in every list of mails.
const SUBJECT_WIDTH: usize = 120;

/// Says under which styles it is to be read, for clients that keep a style sheet.
const STYLE: &str = "body{font:15px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;max-width:42em;margin:0;padding:8px}\
.headline{font-size:17px;font-weight:600}table{border-collapse:collapse}td,th{padding:3px 14px 3px 0;text-align:left;vertical-align:top}\
th{border-bottom:1px solid #999;font-weight:600}.number{text-align:right}.compared,.small{color:#666;font-size:13px}\
pre{padding:8px;background:#f4f4f4;color:#111;overflow:auto}code{font-family:ui-monospace,Menlo,Consolas,monospace}img{max-width:100%;height:auto}";

/// What stands in the subject line: the mark in words, since a list of mails has no colours.
pub fn subject(headline: &str, mark: Option<Mark>) -> String {
    let words = markdown::plain(headline);
    let words = words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = format!("{}{}", mark.map_or("", sign), words.collect::<Vec<_>>().join(" "));
    let mut width = 0;
    let end = line.char_indices().find(|(_, c)| {
        width += c.width().unwrap_or(0);
        width > SUBJECT_WIDTH
    });
    match end {
        Some((end, _)) => {
            let cut = line[..end].rfind(' ').unwrap_or(end);
            format!("{}…", &line[..cut])
        }
        None => line,
    }
}

/// The plain part.
pub fn text(answer: &Answer) -> String {
    let mut parts = vec![format!("{}{}", answer.mark.map_or("", sign), markdown::plain(&answer.headline))];
    parts.extend(answer.sections.iter().map(plain::section));
    parts.extend(replies(answer).map(|words| format!("Reply with: {}", words.join(" | "))));
    parts.extend(answer.footnotes.iter().map(|note| markdown::plain(note)));
    parts.retain(|part| !part.trim().is_empty());
    parts.join("\n\n") + "\n"
}

/// What is to be drawn for it, in order.
pub fn charts(answer: &Answer) -> impl Iterator<Item = &Chart> {
    answer.sections.iter().filter_map(|section| match section {
        Section::Chart(chart) => Some(&**chart),
        _ => None,
    })
}

/// The HTML part, a whole document. `pictures` are the Content-IDs of its [`charts`]; where one is
/// missing, words say what the picture would show.
pub fn html(answer: &Answer, pictures: &[Option<String>]) -> String {
    let mut pictures = pictures.iter();
    let document = html! {
        (DOCTYPE)
        html {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                style { (PreEscaped(STYLE)) }
            }
            body {
                p.headline dir="auto" {
                    @if let Some(mark) = answer.mark { (sign(mark)) }
                    (page::inline_markdown(&answer.headline))
                }
                @for part in &answer.sections { (section(part, &mut pictures)) }
                @if let Some(words) = replies(answer) {
                    p.small {
                        "Reply with: "
                        @for (n, words) in words.iter().enumerate() {
                            @if n > 0 { " · " }
                            b { (page::visible(words)) }
                        }
                    }
                }
                @for note in &answer.footnotes { p.small dir="auto" { (page::inline_markdown(note)) } }
            }
        }
    };
    document.into_string()
}

fn section<'p>(section: &Section, pictures: &mut impl Iterator<Item = &'p Option<String>>) -> Markup {
    match section {
        Section::Heading(text) => html! { h4 dir="auto" { (page::visible(text)) } },
        Section::Text(text) => html! { div dir="auto" { (page::markdown(text)) } },
        Section::Figures(figures) => self::figures(figures),
        Section::Table(table) => self::table(table),
        Section::List { numbered: true, items } => html! { ol { (page::list_items(items)) } },
        Section::List { numbered: false, items } => html! { ul { (page::list_items(items)) } },
        Section::Code { text, .. } => html! { pre { code { (page::visible(text)) } } },
        Section::Chart(chart) => match pictures.next() {
            Some(Some(id)) => html! { p { img src={ "cid:" (id) } alt=(alt(chart)) width="560"; } },
            _ => html! { p dir="auto" { (page::visible(&alt(chart))) } },
        },
    }
}

fn figures(figures: &[Figure]) -> Markup {
    html! {
        table {
            @for figure in figures {
                tr {
                    td { (page::visible(&figure.label)) }
                    td { b { (page::visible(&figure.value)) } }
                    td.compared { (page::visible(&figure.compared)) }
                }
            }
        }
    }
}

fn table(table: &Table) -> Markup {
    html! {
        table {
            thead { tr { @for column in &table.columns { th { (page::visible(column)) } } } }
            tbody {
                @for row in &table.rows {
                    tr { @for cell in row {
                        td dir="auto" class=[page::is_number(cell).then_some("number")] { (page::visible(cell)) }
                    } }
                }
            }
        }
    }
}

/// What can be typed instead of pressing; `None` where nothing is offered.
fn replies(answer: &Answer) -> Option<Vec<String>> {
    let choices = answer.controls.iter().flat_map(|control| match control {
        Control::Button(choice) => std::slice::from_ref(choice),
        Control::Menu { choices, .. } => choices,
    });
    let words: Vec<String> = choices.map(|choice| choice.press.typed()).collect();
    (!words.is_empty()).then_some(words)
}

fn sign(mark: Mark) -> &'static str {
    match mark {
        Mark::Critical => "Critical: ",
        Mark::Warning => "Warning: ",
        Mark::Acknowledged => "Acknowledged: ",
        Mark::Good | Mark::Unknown => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::alert::AlertNumber;
    use crate::model::answer::Press;

    fn slow() -> Answer {
        Answer::new("\\#12 **checkout** is slow: P95 1,250 ms")
            .marked(Mark::Critical)
            .with(Section::Figures(vec![Figure {
                label: "P95".to_owned(),
                value: "1,250 ms".to_owned(),
                compared: "usually 120 ms".to_owned(),
            }]))
            .with(Section::Text("Nobody has acknowledged it yet.".to_owned()))
            .button("Acknowledge", Press::Acknowledge(AlertNumber(12)))
            .button("Silence 1 h", Press::Silence(AlertNumber(12), 60))
            .footnote("from prometheus")
    }

    #[test]
    fn the_subject_says_what_broke_and_how_bad_it_is() {
        let answer = slow();
        assert_eq!(subject(&answer.headline, answer.mark), "Critical: #12 checkout is slow: P95 1,250 ms");
        let long = subject(&"word ".repeat(60), None);
        assert!(long.ends_with("word…") && long.chars().count() <= SUBJECT_WIDTH + 1, "{long}");
        assert_eq!(subject("a\r\nBcc: everybody@example.com", None), "a Bcc: everybody@example.com");
    }

    #[test]
    fn what_is_offered_by_button_is_offered_as_words() {
        insta::assert_snapshot!(text(&slow()), @r"
        Critical: #12 checkout is slow: P95 1,250 ms

        P95: 1,250 ms (usually 120 ms)

        Nobody has acknowledged it yet.

        Reply with: ack 12 | silence 12 for 1 h

        from prometheus
        ");
        let html = html(&slow(), &[]);
        assert!(html.contains("<b>ack 12</b> · <b>silence 12 for 1 h</b>"), "{html}");
        assert!(!html.contains("<button"), "{html}");
    }

    #[test]
    fn markup_from_outside_is_text() {
        let evil = "<img src=x onerror=alert(1)> <script>alert(1)</script>";
        let answer = Answer::new(evil)
            .with(Section::Heading(evil.to_owned()))
            .with(Section::Text(evil.to_owned()))
            .with(Section::List { numbered: true, items: vec![evil.to_owned()] })
            .with(Section::Code { language: evil.to_owned(), text: evil.to_owned() })
            .with(Section::Table(Table { columns: vec![evil.to_owned()], rows: vec![vec![evil.to_owned()]] }))
            .button(evil, Press::Ask(evil.to_owned()))
            .footnote(evil);
        let html = html(&answer, &[]);
        assert!(!html.contains("<img") && !html.contains("<script"), "{html}");
    }
}
