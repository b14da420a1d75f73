//! Who did what? Answered from the audit log, which knows what was done through quad and nothing else.

use chrono::TimeDelta;

use crate::diagnose::words::Detail;
use crate::gather::readable::Readable;
use crate::model::alert::AlertNumber;
use crate::model::answer::{Answer, Mark, Section, escape};
use crate::model::request::{Deed, Scope};
use crate::model::time::TimeRange;
use crate::store::AuditLine;

/// More lines than this scroll out of a chat window.
const MAX_LINES: usize = 8;
/// More than this nobody reads, even when they ask for more.
const MOST_LINES: usize = 40;
/// How far back it looks where nobody says.
const LOOK_BACK: TimeDelta = TimeDelta::days(30);

pub(super) async fn audit(
    ctx: &Readable,
    scope: &Scope,
    number: Option<AlertNumber>,
    deed: Option<Deed>,
    detail: Detail,
) -> anyhow::Result<Answer> {
    let now = ctx.now() + TimeDelta::seconds(1);
    let asked = scope.range.unwrap_or_else(|| TimeRange::last(LOOK_BACK, now));
    // "today" ends now, and what was done in this moment belongs to it.
    let range = if asked.to >= ctx.now() { TimeRange::new(asked.from, now) } else { asked };
    let mut found = ctx.audit(range).await?;
    // Alerts and changes have numbers of their own: a change is meant where no alert is.
    let of_alerts = found.iter().any(|line| fits(line, scope, number, deed, false));
    found.retain(|line| fits(line, scope, number, deed, !of_alerts));
    found.reverse();
    // What was done answers the question; what was refused stands below it.
    if let Some(done) = found.iter().position(|line| line.outcome == "done") {
        found[..=done].rotate_right(1);
    }
    let when = format!("between {} and {}", ctx.shown(range.from), ctx.shown(range.to.min(now)));
    let only = "I know what was done through me; what people do elsewhere I don't see";
    let Some(last) = found.first() else {
        let what = deed.map_or("Nothing of that kind".to_owned(), |deed| format!("Nobody {}", deed.past()));
        let of = number.map_or_else(|| super::of(scope), |number| format!(" {number}"));
        return Ok(Answer::new(format!("{what}{of} {when}, as far as I know."))
            .marked(Mark::Unknown)
            .footnote(only));
    };
    let headline = format!("{} at {}.", sentence(last), ctx.shown(last.at));
    let most = if detail == Detail::Full { MOST_LINES } else { MAX_LINES };
    let mut items: Vec<String> = found
        .iter()
        .skip(1)
        .take(most)
        .map(|line| format!("{} {}", ctx.shown(line.at), sentence(line)))
        .collect();
    if found.len() > most + 1 {
        items.push(format!("and {} more", found.len() - most - 1));
    }
    let mut answer = Answer::new(headline);
    if !items.is_empty() {
        answer = answer.with(Section::List { numbered: false, items });
    }
    Ok(answer.footnote(format!("From the audit log, {when}. {only}")))
}

/// "Ana Liddell: acknowledged (alert #12 checkout)".
fn sentence(line: &AuditLine) -> String {
    let outcome = if line.outcome == "done" { String::new() } else { format!(", {}", escape(&line.outcome)) };
    format!("{}: {} ({}){outcome}", escape(&line.who_name), escape(&line.what), escape(&line.subject))
}

fn fits(
    line: &AuditLine,
    scope: &Scope,
    number: Option<AlertNumber>,
    deed: Option<Deed>,
    changes: bool,
) -> bool {
    let words: Vec<&str> = line.subject.split(|c: char| c.is_whitespace() || "(),:".contains(c)).collect();
    let said = |name: &Option<String>| name.as_deref().is_none_or(|name| words.contains(&name));
    let numbered = number.is_none_or(|number| {
        words.contains(&number.to_string().as_str()) || changes && is_about_change(&line.what, number.0)
    });
    // What a change is about stands behind it: "approved change 7", "set the critical line of ...".
    let told = format!("{} {}", line.what, line.subject).to_lowercase();
    let deed = deed.is_none_or(|deed| deed.stems().iter().any(|stem| told.contains(stem)));
    let service = scope.service.is_none() || words.iter().any(|word| scope.names_service(word));
    numbered
        && deed
        && service
        && [&scope.host, &scope.container, &scope.database, &scope.environment].into_iter().all(said)
}

/// "approved change 7": numbers of changes stand in what was done.
fn is_about_change(what: &str, number: i64) -> bool {
    let words: Vec<&str> = what.split_whitespace().collect();
    words.windows(2).any(|two| two[0] == "change" && two[1].trim_end_matches(':') == number.to_string())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn lines_are_found_by_number_name_and_deed() {
        let line = AuditLine {
            at: DateTime::UNIX_EPOCH,
            who_id: "U1".to_owned(),
            who_name: "Ana".to_owned(),
            what: "silenced until 16:00".to_owned(),
            subject: "alert #12 checkout (prod)".to_owned(),
            outcome: "done".to_owned(),
        };
        let of = |name: &str| Scope { service: Some(name.to_owned()), ..Scope::default() };
        let all = Scope::default();
        assert!(fits(&line, &all, Some(AlertNumber(12)), Some(Deed::Silence), true));
        assert!(fits(&line, &of("checkout"), None, None, true));
        assert!(!fits(&line, &of("check"), None, None, true));
        assert!(!fits(&line, &all, Some(AlertNumber(1)), None, true));
        assert!(!fits(&line, &all, None, Some(Deed::Acknowledge), true));
        let line =
            AuditLine { what: "approved change 7".to_owned(), subject: "set a line".to_owned(), ..line };
        assert!(fits(&line, &all, Some(AlertNumber(7)), None, true));
        assert!(!fits(&line, &all, Some(AlertNumber(7)), None, false));
        assert!(!fits(&line, &all, Some(AlertNumber(77)), None, true));
    }
}
