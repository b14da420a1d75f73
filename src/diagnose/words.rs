//! A diagnosis as people read it: current performance, root cause, quick fixes, effort. The brief
//! form stays under twelve lines; the full one shows every sentence and all the evidence.

use crate::diagnose::problem::Problem;
use crate::diagnose::verdict::AGAINST;
use crate::model::alert::AlertNumber;
use crate::model::answer::{Answer, Mark, Press, Section, escape};
use crate::model::diagnosis::{Cause, Cited, Diagnosis, Fix, Verdict};

/// How much to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// Under twelve lines.
    #[default]
    Brief,
    /// Everything, evidence included.
    Full,
}

impl Detail {
    fn limit(self, brief: usize) -> usize {
        match self {
            Self::Brief => brief,
            Self::Full => usize::MAX,
        }
    }
}

/// The diagnosis as an answer in a thread or to a question. With an alert's number it offers to
/// show more.
pub fn answer(
    problem: &Problem,
    diagnosis: &Diagnosis,
    alert: Option<AlertNumber>,
    detail: Detail,
) -> Answer {
    let mut answer = Answer::new(headline(problem, diagnosis));
    if diagnosis.verdict == Verdict::Inconclusive {
        answer = answer.marked(Mark::Unknown);
    }
    answer.sections = sections(diagnosis, detail);
    answer.footnotes = footnotes(diagnosis, detail);
    match alert {
        Some(number) if detail == Detail::Brief => answer.button("Show more", Press::Why(number)),
        _ => answer,
    }
}

/// One line: what the cause is and how sure that is, or that it is not known.
pub fn headline(problem: &Problem, diagnosis: &Diagnosis) -> String {
    let subject = escape(&problem.subject.to_string());
    match (diagnosis.cause(), diagnosis.causes.first()) {
        (Some(cause), _) => {
            format!("{subject}: {} {}", sure(cause.confidence), escape(&cause.sentence.text))
        }
        (None, Some(_)) => {
            let names: Vec<String> =
                diagnosis.causes.iter().take(3).map(|cause| escape(&short(cause))).collect();
            format!("{subject}: inconclusive; candidates are {}", names.join(", "))
        }
        (None, None) => format!("{subject}: inconclusive; nothing that was looked at explains it"),
    }
}

/// The four parts.
pub fn sections(diagnosis: &Diagnosis, detail: Detail) -> Vec<Section> {
    let mut sections = Vec::new();
    if !diagnosis.performance.is_empty() {
        sections
            .push(Section::Figures(diagnosis.performance.iter().take(detail.limit(3)).cloned().collect()));
    }
    sections.push(Section::Heading("Root cause".to_owned()));
    sections.push(Section::List { numbered: false, items: reasons(diagnosis, detail) });

    let fixes = fixes(diagnosis, detail);
    if let Some(first) = fixes.first() {
        sections.push(Section::Heading(format!("Quick fixes (effort: {})", first.effort)));
        let items = fixes.iter().map(|fix| fix_line(fix)).collect();
        sections.push(Section::List { numbered: true, items });
        if detail == Detail::Full {
            sections.extend(fixes.iter().filter_map(|fix| fix.command.as_ref()).map(|command| {
                Section::Code {
                    language: if is_sql(command) { "sql" } else { "sh" }.to_owned(),
                    text: command.clone(),
                }
            }));
        }
    }
    if detail == Detail::Full && !diagnosis.evidence.is_empty() {
        sections.push(Section::Heading("Evidence".to_owned()));
        let items = diagnosis
            .evidence
            .iter()
            .map(|item| format!("{}: {} ({})", item.id, escape(&item.text), escape(&item.source)));
        sections.push(Section::List { numbered: false, items: items.collect() });
    }
    sections
}

fn is_sql(command: &str) -> bool {
    ["SELECT", "CREATE", "ANALYZE", "VACUUM", "ALTER", "DROP"].iter().any(|verb| command.starts_with(verb))
}

fn reasons(diagnosis: &Diagnosis, detail: Detail) -> Vec<String> {
    if let Some(cause) = diagnosis.cause() {
        let mut items: Vec<String> = cause.because.iter().take(detail.limit(2)).map(cited).collect();
        if items.is_empty() {
            items.push(cited(&cause.sentence));
        }
        return items;
    }
    let mut items: Vec<String> = diagnosis
        .causes
        .iter()
        .take(detail.limit(2))
        .map(|cause| format!("{} ({:.0} %)", cited(&cause.sentence), cause.confidence * 100.0))
        .collect();
    if detail == Detail::Full {
        items.extend(diagnosis.causes.iter().flat_map(|cause| &cause.because).map(cited));
    }
    if !diagnosis.would_tell.is_empty() {
        let tells: Vec<String> =
            diagnosis.would_tell.iter().take(detail.limit(2)).map(|tell| escape(tell)).collect();
        items.push(format!("What would tell: {}", tells.join("; ")));
    }
    if items.is_empty() {
        items.push(
            "No deployment, dependency, database, traffic or resource that was looked at changed with it"
                .to_owned(),
        );
    }
    items
}

/// Of a decided cause its own; otherwise the first of each candidate.
fn fixes(diagnosis: &Diagnosis, detail: Detail) -> Vec<&Fix> {
    match diagnosis.cause() {
        Some(cause) => cause.fixes.iter().take(detail.limit(2)).collect(),
        None => {
            diagnosis.causes.iter().filter_map(|cause| cause.fixes.first()).take(detail.limit(1)).collect()
        }
    }
}

fn fix_line(fix: &Fix) -> String {
    format!("{} ({})", escape(&fix.text), escape(&fix.effort))
}

/// How sure it is and why, and what could not be looked at. One line in the brief form.
fn footnotes(diagnosis: &Diagnosis, detail: Detail) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    if let Some(cause) = diagnosis.cause() {
        let against = cause.because.iter().filter(|said| said.text.starts_with(AGAINST)).count();
        let fit = cause.because.len() - against;
        notes.push(match against {
            0 => format!(
                "Confidence {:.0} %: {fit} observations fit, none speaks against it",
                cause.confidence * 100.0
            ),
            n => format!(
                "Confidence {:.0} %: {fit} observations fit, {n} against it",
                cause.confidence * 100.0
            ),
        });
    }
    if !diagnosis.not_seen.is_empty() {
        let gaps: Vec<String> =
            diagnosis.not_seen.iter().take(detail.limit(2)).map(|gap| escape(gap)).collect();
        notes.push(format!("Not seen: {}", gaps.join("; ")));
    }
    if detail == Detail::Brief && !notes.is_empty() { vec![notes.join(". ")] } else { notes }
}

/// "traffic fell by half [E1, E2]".
fn cited(said: &Cited) -> String {
    if said.rests_on.is_empty() {
        return escape(&said.text);
    }
    format!("{} \\[{}\\]", escape(&said.text), said.rests_on.join(", "))
}

fn sure(confidence: f64) -> &'static str {
    match confidence {
        c if c >= 0.85 => "very likely",
        c if c >= 0.7 => "likely",
        _ => "probably",
    }
}

fn short(cause: &Cause) -> String {
    format!("{} ({})", cause.rule.replace('_', " "), cause.culprit)
}
