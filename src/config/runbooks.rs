//! Reads runbooks: the Markdown files of one folder. Each begins with front matter in YAML that says
//! which alerts it is for:
//!
//! ```text
//! ---
//! title: Slow answers
//! fits: {signals: [api_response_time], services: [checkout]}
//! ---
//! 1. Look at ...
//! ```

use std::path::Path;

use serde::Deserialize;

use crate::alert::runbook::{Fits, Runbook, Runbooks};
use crate::config::yaml::{self, Document, Mark};
use crate::config::{File, Problem};

/// Longer ones are no runbooks but books.
const LONGEST: usize = 200_000;

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct FrontMatter {
    title: Option<String>,
    fits: Fits,
}

/// The runbooks of the folder that the file names, and what is wrong with those that can't be used.
pub fn read(name: &str, file: &File, document: &Document) -> (Runbooks, Vec<Problem>) {
    let Some(folder) = &file.runbooks else { return Default::default() };
    let refuse = |what: String| Problem { file: name.to_owned(), at: document.mark("/runbooks"), what };
    let mut paths: Vec<_> = match std::fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(Result::ok).map(|entry| entry.path()).collect(),
        Err(error) => {
            let what = format!("the folder {} can't be read: {}", folder.display(), error.kind());
            return (Runbooks::default(), vec![refuse(what)]);
        }
    };
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "md"));
    paths.sort();
    let (mut runbooks, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        match runbook(&path) {
            Ok(runbook) => runbooks.push(runbook),
            Err((at, what)) => problems.push(Problem { file: path.display().to_string(), at, what }),
        }
    }
    (Runbooks(runbooks), problems)
}

fn runbook(path: &Path) -> Result<Runbook, (Mark, String)> {
    let start = Mark { line: 1, column: 1 };
    let text = std::fs::read_to_string(path).map_err(|error| (start, format!("can't be read: {error}")))?;
    if text.len() > LONGEST {
        return Err((start, format!("a runbook has {LONGEST} bytes at most")));
    }
    let stem = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    // The name becomes part of an address.
    if stem.is_empty() || !stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err((start, "a runbook's name has letters, digits, - and _ only".to_owned()));
    }
    parse(stem, &text)
}

/// One runbook from its text. Places are those of the file.
pub fn parse(name: &str, text: &str) -> Result<Runbook, (Mark, String)> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let (front, body) = match text.strip_prefix("---\n").map(|rest| rest.split_once("\n---\n")) {
        Some(Some((front, body))) => (front, body),
        Some(None) => {
            let at = Mark { line: 1, column: 1 };
            return Err((at, "the front matter has no end: a line with --- is missing".to_owned()));
        }
        None => ("", text.as_str()),
    };
    let below = |at: Mark| Mark { line: at.line + 1, ..at };
    let document = yaml::read(front).map_err(|(at, what)| (below(at), what))?;
    let front: FrontMatter = serde_json::from_value(document.value.clone()).map_err(|error| {
        let key = ["/fits", "/title"].into_iter().find(|key| document.marks.contains_key(*key));
        (below(document.mark(key.unwrap_or("/"))), format!("the front matter can't be used: {error}"))
    })?;
    let heading = body.lines().find_map(|line| line.strip_prefix("# ")).map(str::trim);
    let title =
        front.title.or_else(|| heading.map(str::to_owned)).unwrap_or_else(|| name.replace(['-', '_'], " "));
    // The title stands above the text wherever it is shown.
    let shown: Vec<&str> =
        body.lines().filter(|line| line.strip_prefix("# ").map(str::trim) != Some(title.as_str())).collect();
    Ok(Runbook { name: name.to_owned(), title, fits: front.fits, text: shown.join("\n").trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::signal::Signal;

    #[test]
    fn front_matter_says_what_it_is_for() {
        let text = "---\nfits:\n  signals: [api_response_time]\n  services: [checkout]\n---\n# Slow answers\n\n1. Look.\n";
        let runbook = parse("slow", text).expect("reads");
        assert_eq!((runbook.title.as_str(), runbook.text.as_str()), ("Slow answers", "1. Look."));
        assert_eq!(runbook.fits.signals, [Signal::ApiResponseTime]);
        assert_eq!(parse("disk-full", "Delete something.").expect("reads").title, "disk full");
    }

    #[test]
    fn what_makes_no_sense_is_named_with_its_line() {
        for (text, line, says) in [
            ("---\ntitle: x\n", 1, "no end"),
            ("---\ntitle: x\nfits: {service: [a]}\n---\n", 3, "unknown field `service`"),
            ("---\nfits: {signals: [slowness]}\n---\n", 2, "unknown variant `slowness`"),
            ("---\ntitle: [\n---\n", 3, ""),
        ] {
            let (at, what) = parse("x", text).expect_err(text);
            assert!(what.contains(says), "{what}");
            assert_eq!(at.line, line, "{text}: {what}");
        }
    }

    #[test]
    fn the_examples_can_be_read_and_fit_something() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/runbooks");
        let file = File { runbooks: Some(folder), ..File::default() };
        let (runbooks, problems) = read("quad.yml", &file, &Document::default());
        assert_eq!(problems, []);
        assert!(runbooks.0.len() >= 5);
        assert!(runbooks.0.iter().all(|runbook| runbook.fits != Fits::default()));
    }
}
