//! Judges source files by the layer table: who uses whom, and what may stand only in one place.

pub(crate) mod paths;
pub(crate) mod table;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use paths::{Found, Source};
use table::Table;

/// Client libraries of vendors, and the modules that may name them.
const HOMES: &[(&str, &[&str], &str)] = &[
    ("slack_morphism", &["vendors"], "Slack's client"),
    ("sysinfo", &["vendors"], "the machine's figures"),
    ("prometheus_parse", &["vendors"], "a vendor's format"),
    ("reqwest", &["vendors"], "the shared client is vendors/http"),
    ("hyper_rustls", &["vendors"], "the shared client is vendors/http"),
    ("serenity", &["vendors"], "Discord's client"),
    ("bollard", &["vendors"], "Docker's client"),
    ("async_imap", &["vendors"], "a mail client"),
    ("lettre", &["vendors"], "a mail client"),
    // The sample shop's payments service is a customer with a database of its own, not quad's.
    ("sqlx", &["store", "demo", "vendors"], "the only SQL on quad's own database is in store/"),
];

/// Code that tells the date may stand only here; everything else is handed `now`.
const CLOCK_FILE: &str = "src/ports/clock.rs";
const CLOCKS: &[[&str; 2]] = &[["Utc", "now"], ["Local", "now"], ["SystemTime", "now"]];

/// What "async, IO, clocks, environment" means for a module that the table calls free of them.
const IMPURE: &[&[&str]] = &[
    &["tokio"],
    &["tokio_stream"],
    &["futures_util"],
    &["async_trait"],
    &["axum"],
    &["tracing"],
    &["std", "fs"],
    &["std", "env"],
    &["std", "net"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "io"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["Instant", "now"],
];
const IMPURE_WORDS: &[&str] = &["async", "await"];

/// Everything in `src/` that breaks the table or the rules beside it, one line each.
pub(crate) fn violations(root: &Path, table: &Table) -> Vec<String> {
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    let sources: Vec<Source> = files
        .iter()
        .map(|file| {
            let name = file.strip_prefix(root).expect("it was found below the root");
            let text = std::fs::read_to_string(file).expect("source files can be read");
            Source::read(&name.to_string_lossy(), &text)
        })
        .collect();
    judge(&sources, table)
}

/// The same for sources in memory.
pub(crate) fn judge(sources: &[Source], table: &Table) -> Vec<String> {
    let declared: BTreeSet<&str> =
        sources.iter().flat_map(|s| &s.declares).map(|d| d.file.as_str()).collect();
    let in_tests: BTreeSet<&str> = sources
        .iter()
        .flat_map(|s| &s.declares)
        .filter(|declared| declared.test)
        .map(|declared| declared.file.as_str())
        .collect();

    let mut out = Vec::new();
    for source in sources {
        let mut say = |line: usize, what: String| out.push(format!("{}:{line}: {what}", source.name));
        if !source.documented {
            say(1, "starts without //!".into());
        }
        if !source.is_root() && !declared.contains(source.name.as_str()) {
            say(1, "no mod declares this file".into());
        }
        for what in &source.refused {
            say(what.line, what.segments.join(" "));
        }
        let test_file = in_tests.contains(source.name.as_str());
        for path in &source.paths {
            for complaint in one_path(source, path, table, test_file || path.test) {
                say(path.line, complaint);
            }
        }
        if table.is_pure(&source.module()) && !test_file {
            for word in source.words.iter().filter(|w| !w.test) {
                if IMPURE_WORDS.contains(&word.segments[0].as_str()) {
                    say(word.line, format!("`{}` in {}, which is pure", word.segments[0], source.module()));
                }
            }
        }
    }
    out
}

fn one_path(source: &Source, path: &Found, table: &Table, test: bool) -> Vec<String> {
    let mut out = Vec::new();
    let module = source.module();
    let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
    let shown = segments.join("::");

    for (client, homes, why) in HOMES {
        if segments[0] == *client && !homes.contains(&module.as_str()) {
            out.push(format!("`{client}` belongs into {}: {why}", homes.join(" or ")));
        }
    }
    if test {
        return out;
    }
    for clock in CLOCKS {
        if segments.windows(2).any(|pair| pair == clock) && source.name != CLOCK_FILE {
            out.push(format!("`{shown}`: only {CLOCK_FILE} reads the clock"));
        }
    }
    if table.is_pure(&module) {
        for impure in IMPURE {
            if segments.starts_with(impure)
                || (impure.len() == 2 && segments.windows(2).any(|pair| pair == *impure))
            {
                out.push(format!("`{shown}` in {module}, which is pure"));
                break;
            }
        }
    }
    if segments[0] == "crate" && segments.len() > 1 && !source.is_root() {
        let inner = source.module_path.get(1).map(String::as_str);
        if let Err(why) = table.allows(&module, inner, segments[1], segments.get(2).copied()) {
            out.push(format!("`{shown}`: {why}"));
        }
    }
    out
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the source folder can be listed") {
        let path = entry.expect("a folder entry can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}
