//! Reads a metrics page: Prometheus' text format 0.0.4 and OpenMetrics 1.0.
//!
//! A small parser of our own: routes like `/orders/{id}` hold braces, commas and equal signs, which
//! the crates for this split at. Exemplars, time stamps, units and help texts are passed over: the
//! values hold now.

use crate::exporters::labels::Labels;

/// One line with a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The metric's name, `_bucket`, `_count` and `_total` included.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its value; may be infinite or no number.
    pub value: f64,
}

/// What a page holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// Its values, in order.
    pub lines: Vec<Line>,
    /// How many lines could not be read.
    pub unreadable: usize,
    /// Whether it ended with `# EOF`, as OpenMetrics demands: without it, half a page came.
    pub ended: bool,
}

/// Reads a page. Lines that make no sense are counted and passed over, so that one bad collector
/// does not blind the rest. `wanted` says which metrics are kept.
pub fn read(text: &str, wanted: impl Fn(&str) -> bool) -> Page {
    let mut page = Page::default();
    for raw in text.lines() {
        let raw = raw.trim();
        if raw.is_empty() {
            continue;
        }
        if let Some(comment) = raw.strip_prefix('#') {
            if comment.trim() == "EOF" {
                page.ended = true;
                break;
            }
            continue;
        }
        match line(raw) {
            Some(line) if wanted(&line.name) => page.lines.push(line),
            Some(_) => {}
            None => page.unreadable += 1,
        }
    }
    page
}

fn line(raw: &str) -> Option<Line> {
    let end = raw.find(|c: char| c == '{' || c.is_whitespace())?;
    let (name, rest) = raw.split_at(end);
    if !is_name(name) {
        return None;
    }
    let rest = rest.trim_start();
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inside) => labels(inside)?,
        None => (Labels::new(), rest),
    };
    let value = number(rest.split_whitespace().next()?)?;
    Some(Line { name: name.to_owned(), labels, value })
}

/// Labels up to the closing brace, and what follows it.
fn labels(mut text: &str) -> Option<(Labels, &str)> {
    let mut out = Labels::new();
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if let Some(rest) = text.strip_prefix('}') {
            return Some((out, rest));
        }
        let (name, rest) = text.split_once('=')?;
        let (value, rest) = quoted(rest.trim_start().strip_prefix('"')?)?;
        if !is_name(name.trim()) {
            return None;
        }
        out.insert(name.trim().to_owned(), value);
        text = rest;
    }
}

/// The text up to the closing quote, with `\\`, `\"` and `\n` undone, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((out, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => out.push('\n'),
                other => out.push(other),
            },
            c => out.push(c),
        }
    }
    None
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == ':')
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.'))
}

/// `+Inf`, `NaN`, `1e3`, `0x1p-2` is not: Go's floats as far as exporters write them.
pub fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" | "Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str) -> Page {
        read(text, |_| true)
    }

    #[test]
    fn a_prometheus_page_is_read() {
        let page = all(concat!(
            "# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n",
            "http_requests_total{method=\"post\",path=\"/orders/{id},a=b\", code=\"200\",} 1027 1395066363000\n",
            "quoted{text=\"a \\\"b\\\" \\\\ c\\nd\"} 4.7e+03\r\n",
            "\n  metric_without_labels 12.47\nsomething:weird{} -Inf\nnot_a_number NaN\n",
        ));
        assert_eq!((page.lines.len(), page.unreadable, page.ended), (5, 0, false));
        assert_eq!(page.lines[0].labels["path"], "/orders/{id},a=b");
        assert_eq!(page.lines[0].value, 1027.0);
        assert_eq!(page.lines[1].labels["text"], "a \"b\" \\ c\nd");
        assert_eq!(page.lines[3].value, f64::NEG_INFINITY);
        assert!(page.lines[4].value.is_nan());
    }

    #[test]
    fn an_openmetrics_page_is_read_with_its_exemplars_passed_over() {
        let page = all(concat!(
            "# TYPE foo histogram\n# UNIT foo seconds\n",
            "foo_bucket{le=\"0.1\"} 8 # {trace_id=\"KOO5S4vxi0o\"} 0.67\n",
            "foo_bucket{le=\"+Inf\"} 17 # {trace_id=\"oHg5SJYRHA0\"} 9.8 1520879607.789\n",
            "foo_count 17\nfoo_created 1520872607.123\n# EOF\nafter the end 1\n",
        ));
        let values: Vec<f64> = page.lines.iter().map(|line| line.value).collect();
        assert_eq!(values, [8.0, 17.0, 17.0, 1_520_872_607.123]);
        assert_eq!((page.lines[1].labels["le"].as_str(), page.ended), ("+Inf", true));
    }

    #[test]
    fn a_bad_line_does_not_blind_the_others() {
        let page =
            all("<html>\nfine 1\nbroken{a=\"1 2\nbroken{a=} 2\n1up 2\nno_value\nalso_fine{a=\"b\"} 2\n");
        assert_eq!((page.lines.len(), page.unreadable), (2, 5));
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "\\PC*|([a-z_]{1,5}[{}=\",\\\\ 0-9.#\n]{0,20}){0,10}") {
            all(&text);
        }

        #[test]
        fn what_is_written_is_read(value in "[^\r\u{0}-\u{8}]{0,30}", number in proptest::num::f64::NORMAL) {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            // `str::lines` splits at \n only, as the format does; others stand inside the quotes.
            let page = all(&format!("m{{a=\"{escaped}\"}} {number:e}\n"));
            prop_assert_eq!(page.lines.len(), 1);
            prop_assert_eq!(&page.lines[0].labels["a"], &value);
            prop_assert_eq!(page.lines[0].value, number);
        }
    }
}
