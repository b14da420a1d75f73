//! The slowest statements in words: what each costs, why, and what to do about it. Used by the chat and by
//! `quad slow-queries` alike, so that both say the same.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::answer::{Answer, Mark, Section, escape};
use crate::model::statement::{Counters, IndexAdvice, PlanText, StatementId, StatementText};
use crate::sql::fingerprint::{Dialect, fingerprint};
use crate::sql::plan::answer::safe;
use crate::sql::plan::{self, findings};
use crate::sql::words;

/// Longer statements are cut in an answer: "show plan" shows all of them.
const SHOWN: usize = 400;
/// So many lines of a plan are shown.
const TREE: usize = 60;
/// A change of the mean by less than this is none.
const SAME: f64 = 0.15;

/// One statement of a stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Which.
    pub id: StatementId,
    /// What it used in that time.
    pub used: Counters,
    /// Its share of the time of all statements, from 0 to 1.
    pub share: f64,
}

/// The worst first: what is slower than the line in the order of the time that it took in all, then the
/// rest in the same order. So neither a health check that runs a million times nor a report that ran
/// once takes the first place from what people wait for.
#[must_use]
pub fn rank(used: &BTreeMap<StatementId, Counters>, line_ms: f64) -> Vec<Ranked> {
    let whole: f64 = used.values().map(|one| one.total_ms).sum();
    let mut all: Vec<Ranked> = used
        .iter()
        // The rest that was summed up has no name.
        .filter(|(id, one)| !id.0.is_empty() && one.calls > 0.0)
        .map(|(id, one)| Ranked {
            id: id.clone(),
            used: *one,
            share: one.total_ms / whole.max(f64::MIN_POSITIVE),
        })
        .collect();
    let slow = |one: &Ranked| one.used.mean_ms() >= line_ms;
    all.sort_by(|a, b| {
        slow(b).cmp(&slow(a)).then(b.used.total_ms.total_cmp(&a.used.total_ms)).then_with(|| a.id.cmp(&b.id))
    });
    all
}

/// What the plan of a statement says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cause {
    /// What is wrong, or why nothing can be said.
    pub sentence: String,
    /// The numbers that it rests on.
    pub evidence: Vec<String>,
    /// What to do: words, and a statement that does it where there is one.
    pub fix: Option<(String, Option<String>)>,
    /// Whether the statement was carried out to measure it.
    pub measured: bool,
    /// The plan's shape: a plan that changed has another.
    pub shape: Option<String>,
    /// The plan, without literals, as much of it as anybody reads.
    pub tree: Option<String>,
    /// Whether there is a plan at all.
    pub known: bool,
}

/// Reads a plan that was asked for, or why there is none.
#[must_use]
pub fn cause(plan: Result<PlanText, String>) -> Cause {
    let text = match plan {
        Ok(text) => text,
        Err(why) => return Cause { sentence: format!("no plan to be had: {why}"), ..Cause::default() },
    };
    let plan = match plan::read(&text.json) {
        Ok(plan) => plan,
        Err(why) => return Cause { sentence: format!("its plan can't be read: {why}"), ..Cause::default() },
    };
    let judged = findings::judge(&plan);
    let worst = judged.findings.first();
    Cause {
        sentence: judged.headline(&plan),
        evidence: worst.map(|found| found.evidence.clone()).unwrap_or_default(),
        fix: worst.and_then(|found| found.fixes.first()).map(|fix| (fix.text.clone(), fix.sql.clone())),
        measured: text.measured,
        shape: Some(plan::shape::hash(&plan)),
        tree: Some(plan::tree::tree(&plan, &judged).lines().take(TREE).collect::<Vec<_>>().join("\n")),
        known: true,
    }
}

/// What is said of one statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Of which database, where statements of several stand side by side.
    pub database: Option<String>,
    /// Which, and what it costs.
    pub ranked: Ranked,
    /// Its text, where the server still has it.
    pub text: Option<StatementText>,
    /// What it used in the same stretch a day before; `None` where nothing is known of that time.
    pub day_before: Option<Counters>,
    /// What its plan says.
    pub cause: Cause,
    /// Which index helps, or why none does.
    pub advice: Result<IndexAdvice, String>,
}

/// What to say around the entries.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// "shop-db (prod)", plain text.
    pub database: String,
    /// "in the last 24 h", Markdown.
    pub when: String,
    /// How many statements ran in that time.
    pub of: usize,
    /// From which mean on a statement is slow, in milliseconds.
    pub line_ms: f64,
    /// What makes the numbers uncertain; small print.
    pub notes: Vec<String>,
    /// Statements that run once for each row of another one, as parts of an answer.
    pub loops: Vec<Section>,
}

/// The answer, without controls.
#[must_use]
pub fn answer(frame: &Frame, entries: &[Entry]) -> Answer {
    let database = escape(&frame.database);
    let Some(first) = entries.first() else {
        let said = format!("I saw no statement of **{database}** {}.", frame.when);
        return notes(Answer::new(said).marked(Mark::Unknown), frame);
    };
    let slow = entries.iter().filter(|one| one.ranked.used.mean_ms() >= frame.line_ms).count();
    let share = words::percent(entries.iter().map(|one| one.ranked.share).sum());
    let headline = if slow == 0 {
        format!(
            "No statement of **{database}** took {} or more on average {}; the dearest {} of {} took {share} of its time.",
            words::time(frame.line_ms),
            frame.when,
            entries.len(),
            frame.of
        )
    } else {
        format!(
            "The slowest statement of **{database}** {} takes {} on average; {} took {share} of the time of all {}.",
            frame.when,
            words::time(first.ranked.used.mean_ms()),
            if entries.len() == 1 { "it".to_owned() } else { format!("the {} below", entries.len()) },
            frame.of
        )
    };
    let mut answer = Answer::new(headline);
    if slow > 0 {
        answer = answer.marked(Mark::Warning);
    }
    for (place, entry) in entries.iter().enumerate() {
        answer = entry_in(answer, place + 1, entry);
    }
    answer.sections.extend(frame.loops.iter().cloned());
    notes(answer, frame)
}

fn notes(answer: Answer, frame: &Frame) -> Answer {
    frame.notes.iter().fold(answer, |answer, note| answer.footnote(escape(note)))
}

fn entry_in(answer: Answer, place: usize, entry: &Entry) -> Answer {
    let mean = words::time(entry.ranked.used.mean_ms());
    let owner = entry.text.as_ref().and_then(|text| text.owner.as_deref());
    let owner = owner.map(|owner| format!(" from {owner}")).unwrap_or_default();
    let of = entry.database.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
    let title = format!("{place}. {}{of}{owner}: {mean} on average", entry.ranked.id.short());
    let text = entry.text.as_ref().map_or("(the server has forgotten its text)", |text| &text.fingerprint);
    answer
        .with(Section::Heading(title))
        .with(Section::Code { language: "sql".to_owned(), text: cut(text) })
        .with(Section::List { numbered: false, items: lines(entry) })
}

/// What it costs, why, and what helps: one line of Markdown each.
#[must_use]
pub fn lines(entry: &Entry) -> Vec<String> {
    vec![cost(entry), issue(entry), fix(entry)]
}

/// Whether a statement is one that a pattern means: the same statement, whatever its literals, or one that
/// fits `*` and `?` as file names do.
#[must_use]
pub fn matches(pattern: &str, statement: &str) -> bool {
    let plain = |text: &str| fingerprint(text, Dialect::Postgres);
    if plain(pattern) == plain(statement) {
        return true;
    }
    let (pattern, statement) = (pattern.trim().to_lowercase(), statement.to_lowercase());
    pattern.contains('*') && fits(pattern.as_bytes(), statement.as_bytes())
}

/// `*` stands for anything.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(sign) if *sign == text[from] => (at, from) = (at + 1, from + 1),
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (at, from) = (place + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|sign| *sign == b'*')
}

/// The statement, as much of it as fits.
#[must_use]
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{} ...", &text[..at]),
        None => text.to_owned(),
    }
}

fn cost(entry: &Entry) -> String {
    let used = &entry.ranked.used;
    format!(
        "Cost: {}, {} in all ({} of the database's time); {}",
        calls(used.calls),
        words::time(used.total_ms),
        words::percent(entry.ranked.share),
        escape(&compared(used, entry.day_before.as_ref()))
    )
}

/// "1 call", "420 calls"
#[must_use]
pub fn calls(number: f64) -> String {
    let count = words::count(number);
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} call{plural}")
}

/// "the day before 120 ms, so 18 times slower"
fn compared(now: &Counters, before: Option<&Counters>) -> String {
    let Some(before) = before else { return "nothing is known of the day before".to_owned() };
    if before.calls <= 0.0 {
        return "it did not run the day before".to_owned();
    }
    let (then, ratio) = (before.mean_ms(), now.mean_ms() / before.mean_ms().max(f64::MIN_POSITIVE));
    let change = match ratio {
        ratio if ratio >= 2.0 => format!("so {} times slower", words::count(ratio)),
        ratio if ratio > 1.0 + SAME => format!("so {} slower", words::percent(ratio - 1.0)),
        ratio if ratio <= 0.5 => format!("so {} times faster", words::count(1.0 / ratio)),
        ratio if ratio < 1.0 - SAME => format!("so {} faster", words::percent(1.0 - ratio)),
        _ => "about the same".to_owned(),
    };
    format!(
        "the day before {} on average in {} calls, {change}",
        words::time(then),
        words::count(before.calls)
    )
}

fn issue(entry: &Entry) -> String {
    let cause = &entry.cause;
    if !cause.known {
        return format!("Issue: {}", safe(&cause.sentence));
    }
    let how = if cause.measured { "measured" } else { "planned, not carried out" };
    let evidence = cause.evidence.first().map(|fact| format!(" ({})", escape(fact))).unwrap_or_default();
    format!("Issue: {}{evidence} \\[{how}\\]", safe(cause.sentence.trim_end_matches('.')))
}

fn fix(entry: &Entry) -> String {
    match (&entry.advice, &entry.cause.fix) {
        (Ok(advice), _) if advice.looked_at && !advice.run.is_empty() => {
            let run: Vec<String> =
                advice.run.iter().map(|sql| format!("`{}`", sql.replace('`', "'"))).collect();
            format!(
                "Fix: {}: about {} times cheaper {}",
                run.join(" and "),
                words::count(advice.gain),
                by(advice)
            )
        }
        (_, Some((text, Some(sql)))) => format!(
            "Fix: {}: `{}` (not verified by the planner)",
            safe(text.trim_end_matches('.')),
            sql.replace('`', "'")
        ),
        (_, Some((text, None))) => format!("Fix: {}", safe(text.trim_end_matches('.'))),
        (Ok(advice), None) if advice.looked_at => {
            format!("Fix: no index helps here: {}", escape(&advice.because))
        }
        (Ok(advice), None) => format!("Fix: not known, {}", escape(&advice.because)),
        (Err(why), None) => format!("Fix: not known, {}", escape(why)),
    }
}

/// By whose word.
fn by(advice: &IndexAdvice) -> &'static str {
    if advice.verified {
        "by the planner's own estimate"
    } else {
        "by quad's estimate, not verified by the planner"
    }
}

/// The same as JSON.
#[must_use]
pub fn to_json(frame: &Frame, entries: &[Entry]) -> Value {
    let counters = |used: &Counters| json!({"calls": used.calls, "total_ms": rounded(used.total_ms), "mean_ms": rounded(used.mean_ms()), "rows": used.rows});
    json!({
        "database": frame.database,
        "slow_from_ms": frame.line_ms,
        "statements": frame.of,
        "notes": frame.notes,
        "slowest": entries.iter().map(|one| json!({
            "id": one.ranked.id.0,
            "name": one.ranked.id.short(),
            "fingerprint": one.text.as_ref().map(|text| &text.fingerprint),
            "owner": one.text.as_ref().and_then(|text| text.owner.as_ref()),
            "used": counters(&one.ranked.used),
            "share": rounded(one.ranked.share),
            "day_before": one.day_before.as_ref().map(counters),
            "issue": {"known": one.cause.known, "sentence": one.cause.sentence, "evidence": one.cause.evidence,
                      "measured": one.cause.measured, "plan_shape": one.cause.shape},
            "fix": {
                "sentence": fix(one),
                "run": one.advice.as_ref().map(|advice| advice.run.clone()).unwrap_or_default(),
                "estimated_speedup": one.advice.as_ref().ok().filter(|advice| !advice.run.is_empty()).map(|advice| rounded(advice.gain)),
                "verified_by_planner": one.advice.as_ref().is_ok_and(|advice| advice.verified && !advice.run.is_empty()),
            },
        })).collect::<Vec<_>>(),
    })
}

fn rounded(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(calls: f64, total_ms: f64) -> Counters {
        Counters { calls, total_ms, ..Counters::default() }
    }

    #[test]
    fn a_pattern_means_a_statement_whatever_its_literals() {
        for (pattern, statement) in [
            ("SELECT 1", "select ?"),
            ("SELECT now()", "select now()"),
            ("vacuum*", "vacuum analyze orders"),
            ("*pg_sleep*", "select pg_sleep(?)"),
            ("COPY * TO *", "copy orders to stdout"),
        ] {
            assert!(matches(pattern, statement), "{pattern}");
        }
        for (pattern, statement) in [("SELECT 1", "select a"), ("select*x", "select a"), ("", "select a")] {
            assert!(!matches(pattern, statement), "{pattern}");
        }
    }

    #[test]
    fn what_is_slow_comes_before_what_is_only_frequent() {
        let all = BTreeMap::from([
            (StatementId("health".to_owned()), used(1e6, 90_000.0)),
            (StatementId("report".to_owned()), used(1.0, 5_000.0)),
            (StatementId("list".to_owned()), used(40.0, 80_000.0)),
            (StatementId(String::new()), used(5.0, 25_000.0)),
        ]);
        let order: Vec<(String, f64)> =
            rank(&all, 1_000.0).into_iter().map(|one| (one.id.0, one.share)).collect();
        let expected = [("list", 0.4), ("report", 0.025), ("health", 0.45)];
        assert_eq!(order, expected.map(|(id, share)| (id.to_owned(), share)));
    }

    #[test]
    fn each_statement_says_its_cost_its_issue_and_its_fix() {
        let frame = Frame {
            database: "shop-db (prod)".to_owned(),
            when: "in the last 24 h".to_owned(),
            of: 41,
            line_ms: 1_000.0,
            notes: vec!["Plans are for any value".to_owned()],
            loops: Vec::new(),
        };
        let entry = Entry {
            database: None,
            ranked: Ranked { id: StatementId("7".to_owned()), used: used(420.0, 903_000.0), share: 0.41 },
            text: Some(StatementText {
                fingerprint: "select * from orders where customer_id = ?".to_owned(),
                owner: Some("orders#index".to_owned()),
            }),
            day_before: Some(used(390.0, 46_800.0)),
            cause: Cause {
                sentence: "Reads all of orders and keeps 4 of 120,000 rows.".to_owned(),
                evidence: vec!["cost 2,345 of 2,400".to_owned()],
                known: true,
                ..Cause::default()
            },
            advice: Ok(IndexAdvice {
                run: vec!["CREATE INDEX CONCURRENTLY ON orders (customer_id)".to_owned()],
                gain: 52.0,
                verified: true,
                looked_at: true,
                ..IndexAdvice::default()
            }),
        };
        let answer = answer(&frame, &[entry]);
        insta::assert_snapshot!(answer.headline, @r"The slowest statement of **shop\-db \(prod\)** in the last 24 h takes 2.1 s on average; it took 41 % of the time of all 41.");
        let Some(Section::List { items, .. }) = answer.sections.last() else { panic!("no list") };
        insta::assert_snapshot!(items.join("\n"), @r"
        Cost: 420 calls, 15.1 min in all (41 % of the database's time); the day before 120 ms on average in 390 calls, so 18 times slower
        Issue: Reads all of orders and keeps 4 of 120,000 rows (cost 2,345 of 2,400) \[planned, not carried out\]
        Fix: `CREATE INDEX CONCURRENTLY ON orders (customer_id)`: about 52 times cheaper by the planner's own estimate
        ");
    }
}
