//! What is said of a plan: what is wrong or where the time goes, the tree, then each finding with its
//! evidence and what to do.

use serde_json::{Value, json};

use crate::model::answer::{Answer, Mark, Section, escape};
use crate::sql::plan::findings::Judged;
use crate::sql::plan::node::{Plan, Server};
use crate::sql::plan::shape;
use crate::sql::plan::tree::tree;
use crate::sql::plan::weights::By;
use crate::sql::words;

/// A plan as an answer.
pub fn answer(plan: &Plan, judged: &Judged) -> Answer {
    let mark = if judged.findings.is_empty() { Mark::Good } else { Mark::Warning };
    let mut answer = Answer::new(safe(&judged.headline(plan))).marked(mark);
    if let Some(statement) = &plan.statement {
        answer = answer.with(Section::Code { language: "sql".to_owned(), text: statement.clone() });
    }
    if !judged.findings.is_empty() {
        answer = answer.with(Section::Text(safe(&overview(plan, judged))));
    }
    answer = answer.with(Section::Code { language: String::new(), text: tree(plan, judged) });
    for (number, finding) in judged.findings.iter().enumerate() {
        answer = answer
            .with(Section::Heading(format!("[{}] {}", number + 1, finding.rule.replace('_', " "))))
            .with(Section::Text(safe(&finding.sentence)))
            .with(Section::List {
                numbered: false,
                items: finding.evidence.iter().map(|text| escape(text)).collect(),
            });
        for fix in &finding.fixes {
            answer = answer.with(Section::Text(format!("→ {}.", safe(fix.text.trim_end_matches('.')))));
            if let Some(sql) = &fix.sql {
                answer = answer.with(Section::Code { language: "sql".to_owned(), text: sql.clone() });
            }
        }
    }
    footnotes(plan, judged).into_iter().fold(answer, |answer, note| answer.footnote(safe(&note)))
}

/// Where the time goes, beside what is wrong.
fn overview(plan: &Plan, judged: &Judged) -> String {
    let heaviest = judged.weights.heaviest();
    let share = words::percent(judged.weights.own(heaviest));
    let more = match judged.findings.len() {
        1 => String::new(),
        2 => " One more finding stands below.".to_owned(),
        count => format!(" {} more findings stand below.", count - 1),
    };
    let place = plan[heaviest].title();
    match judged.weights.by {
        By::Time => {
            format!("It takes {}, {share} of it in {place}.{more}", words::time(judged.weights.total))
        }
        By::Cost => format!("{share} of the estimated cost is in {place}.{more}"),
        By::Rows => format!("{share} of the rows are read by {place}.{more}"),
    }
}

fn footnotes(plan: &Plan, judged: &Judged) -> Vec<String> {
    let mut notes =
        vec![format!("{} plan, {} steps, shape {}", server(plan), plan.nodes.len(), shape::hash(plan))];
    if let Some(planning) =
        plan.planning_ms.filter(|planning| *planning >= 0.1 * judged.weights.total && *planning >= 1.0)
    {
        notes.push(format!("Planning took {} besides.", words::time(planning)));
    }
    if !plan.is_analyzed() {
        notes.push(format!(
            "These are estimates: what was not carried out can't show where it is slow. {} measures, and carries the statement out.",
            match plan.server {
                Server::Postgres => "EXPLAIN (ANALYZE, BUFFERS)",
                Server::MySql => "EXPLAIN ANALYZE",
                Server::MariaDb => "ANALYZE FORMAT=JSON",
            }
        ));
    }
    if plan.others > 0 {
        notes.push(format!("{} more plans follow in the same input; this is the first.", plan.others));
    }
    notes
}

fn server(plan: &Plan) -> &'static str {
    match plan.server {
        Server::Postgres => "PostgreSQL",
        Server::MySql => "MySQL",
        Server::MariaDb => "MariaDB",
    }
}

/// Markdown of a sentence that puts names into backticks: nothing else in it is markup.
pub fn safe(sentence: &str) -> String {
    let parts = sentence.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { format!("`{part}`") } else { escape(part) }).collect()
}

/// A plan as JSON: what was found, and each step with its numbers.
pub fn json(plan: &Plan, judged: &Judged) -> Value {
    let findings: Vec<Value> = judged
        .findings
        .iter()
        .map(|finding| {
            let fixes = finding.fixes.iter().map(|fix| json!({"text": fix.text, "sql": fix.sql}));
            json!({
                "rule": finding.rule,
                "step": finding.at.0,
                "share": rounded(finding.weight),
                "sentence": finding.sentence,
                "evidence": finding.evidence,
                "fixes": fixes.collect::<Vec<_>>(),
            })
        })
        .collect();
    let steps: Vec<Value> = plan
        .walk()
        .map(|(at, node)| {
            let conditions: Vec<&str> =
                node.conditions.iter().map(|condition| condition.text.as_str()).collect();
            json!({
                "step": at.0,
                "parent": node.parent.map(|parent| parent.0),
                "name": node.name,
                "relation": node.relation,
                "alias": node.alias,
                "index": node.index,
                "conditions": conditions,
                "sort_keys": node.sort_keys,
                "estimated_rows": node.estimated.rows,
                "estimated_cost": node.estimated.cost.or(node.estimated.own_cost),
                "rows": node.actual.map(|actual| actual.rows),
                "loops": node.actual.map(|actual| actual.loops),
                "share": rounded(judged.weights.own(at)),
                "share_with_below": rounded(judged.weights.with_below(at)),
            })
        })
        .collect();
    json!({
        "server": server(plan),
        "headline": judged.headline(plan),
        "statement": plan.statement,
        "analyzed": plan.is_analyzed(),
        "planning_ms": plan.planning_ms,
        "execution_ms": plan.execution_ms,
        "share_of": match judged.weights.by { By::Time => "time", By::Cost => "cost", By::Rows => "rows" },
        "shape": shape::hash(plan),
        "findings": findings,
        "steps": steps,
    })
}

fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}
