//! An answer as one HTML file that needs nothing else: for a browser, an attachment, an archive.

use maud::{DOCTYPE, PreEscaped, html};

use crate::model::answer::Answer;
use crate::render::{html as page, markdown};

/// Light and dark follow the reader; nothing is loaded from anywhere.
const STYLE: &str = include_str!("document.css");

/// The whole document. Nothing in it can run: whatever came from outside is text.
#[must_use]
pub fn document(answer: &Answer) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                title { (markdown::plain(&answer.headline)) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (page::answer(answer)) } }
        }
    }
    .into_string()
}

#[cfg(test)]
mod tests {
    use crate::model::answer::{Answer, Section};

    #[test]
    fn a_document_needs_nothing_and_runs_nothing() {
        let answer = Answer::new("`<script>alert(1)</script>` took 5 s").with(Section::Code {
            language: "sql".to_owned(),
            text: "select '</code><script>alert(2)</script>'".to_owned(),
        });
        let page = super::document(&answer);
        assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
        assert!(page.contains("default-src 'none'"), "{page}");
    }
}
