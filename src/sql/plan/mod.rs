//! Plans of statements: read from whatever form they come in, compared by their shape, and judged.
//! Nothing here runs anything: a plan is a text that somebody's server made.

pub mod answer;
pub mod condition;
pub mod findings;
mod mask;
mod mysql_json;
mod mysql_tree;
pub mod node;
mod peel;
mod postgres;
mod postgres_json;
mod postgres_text;
pub mod shape;
mod token;
pub mod tree;
pub mod weights;

use serde_json::{Map, Value};

pub use node::{At, Kind, Node, Plan, Server};

/// Larger inputs are no plan: ten thousand steps take four million bytes.
const MAX_BYTES: usize = 64 << 20;

/// Steps that are read; planners give up long before.
pub(super) const MAX_NODES: usize = 20_000;

/// Why there is no plan to be had from a text. Says nothing of what the text holds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

/// What to do instead, for whoever has some other output.
const HOW: &str = "run EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) on PostgreSQL, EXPLAIN FORMAT=JSON on MySQL, \
                   or ANALYZE FORMAT=JSON on MariaDB, and give what it prints";

impl Unreadable {
    pub(super) fn no_plan() -> Self {
        Self(format!("there is no plan in it; {HOW}"))
    }

    pub(super) fn not_a_plan(why: &str) -> Self {
        Self(format!("this is JSON, but not a plan: {why}; {HOW}"))
    }

    pub(super) fn too_many_nodes() -> Self {
        Self(format!("the plan has more than {MAX_NODES} steps, which is more than I read"))
    }
}

/// Reads a plan in any of the forms that PostgreSQL, MySQL and MariaDB have, also with what psql, a
/// client or a log puts around it.
///
/// # Errors
/// Where there is no plan in it, or it is cut or broken: says where, and what to do.
pub fn read(text: &str) -> Result<Plan, Unreadable> {
    if text.len() > MAX_BYTES {
        return Err(Unreadable(format!("it is {} MB long; a plan is never that long", text.len() >> 20)));
    }
    let peeled = peel::peel(text);
    match peel::json_start(&peeled) {
        // A statement in front of a plan may hold lines that look like JSON.
        Some(start) if !peeled[..start].lines().any(postgres_text::is_step) => read_json(&peeled, start),
        _ => read_text(&peeled),
    }
}

fn read_json(text: &str, start: usize) -> Result<Plan, Unreadable> {
    let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
    let first_line = text[..start].matches('\n').count();
    let value = match values.next() {
        Some(Ok(value)) => value,
        Some(Err(error)) => return Err(broken(&error, first_line)),
        None => return Err(Unreadable::no_plan()),
    };
    within(&value, 6)
}

/// The plan in a value. What a driver gives may hold it as a text, perhaps twice over.
fn within(value: &Value, depth: usize) -> Result<Plan, Unreadable> {
    let nothing = || Unreadable::not_a_plan("it has neither `Plan` nor `query_block`");
    let Some(depth) = depth.checked_sub(1) else { return Err(nothing()) };
    match value {
        Value::Array(list) => {
            // A plan as text, one row a line.
            let lines: Option<Vec<&str>> =
                list.iter().map(|row| row.as_object()?.get("QUERY PLAN")?.as_str()).collect();
            if let Some(lines) = lines.filter(|lines| lines.len() > 1) {
                return read_text(&lines.join("\n"));
            }
            let mut plan = within(list.first().ok_or_else(nothing)?, depth)?;
            plan.others += list.len() - 1;
            Ok(plan)
        }
        Value::Object(object) => match plan_in(object)? {
            Some(plan) => Ok(plan),
            None => {
                let inner =
                    ["QUERY PLAN", "EXPLAIN", "ANALYZE", "plan"].iter().find_map(|key| object.get(*key));
                within(inner.ok_or_else(nothing)?, depth)
            }
        },
        Value::String(text) => {
            let peeled = peel::peel(text);
            match serde_json::from_str(&peeled) {
                Ok(inner) => within(&inner, depth),
                Err(error) if peeled.starts_with(['{', '[']) => Err(broken(&error, 0)),
                Err(_) => read_text(&peeled),
            }
        }
        _ => Err(nothing()),
    }
}

/// The plan that an object holds, where it holds one.
fn plan_in(object: &Map<String, Value>) -> Result<Option<Plan>, Unreadable> {
    if object.contains_key("Plan") {
        return postgres_json::read(object).map(Some);
    }
    if object.contains_key("Node Type") {
        let whole = Map::from_iter([("Plan".to_owned(), Value::Object(object.clone()))]);
        return postgres_json::read(&whole).map(Some);
    }
    if object.contains_key("query_block") {
        return mysql_json::read(object).map(Some);
    }
    if let Some(root) = object.get("query_plan").and_then(Value::as_object) {
        return mysql_tree::read_json(root).map(Some);
    }
    if object.contains_key("operation") {
        return mysql_tree::read_json(object).map(Some);
    }
    Ok(None)
}

/// Where the JSON is broken. serde names what it expected, never what it found there.
fn broken(error: &serde_json::Error, first_line: usize) -> Unreadable {
    let line = first_line + error.line();
    Unreadable(match error.classify() {
        serde_json::error::Category::Eof => {
            format!("the plan is cut: it ends in the middle, in line {line}; copy all of it")
        }
        _ if error.to_string().contains("recursion limit") => format!(
            "the plan is nested too deep for its JSON (line {line}); as text it can be read: \
             EXPLAIN (ANALYZE, BUFFERS) on PostgreSQL, EXPLAIN FORMAT=TREE on MySQL"
        ),
        _ => format!("the JSON is broken in line {line}, column {}; {HOW}", error.column()),
    })
}

fn read_text(text: &str) -> Result<Plan, Unreadable> {
    let lines: Vec<&str> = text.lines().collect();
    if text.trim().is_empty() {
        return Err(Unreadable(format!("it is empty; {HOW}")));
    }
    let first =
        lines.iter().find(|line| line.trim_start().starts_with("-> ") || postgres_text::is_step(line));
    match first {
        Some(line) if line.trim_start().starts_with("-> ") => mysql_tree::read_text(&lines),
        Some(_) => postgres_text::read(&lines),
        None if text.contains("<explain") => Err(Unreadable(format!("plans in XML are not read; {HOW}"))),
        None if text.contains("Node Type:") => Err(Unreadable(format!("plans in YAML are not read; {HOW}"))),
        None if text.contains("select_type") => {
            Err(Unreadable(format!("the table that EXPLAIN prints by default says too little; {HOW}")))
        }
        None => Err(Unreadable::no_plan()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"[{"Plan": {"Node Type": "Seq Scan", "Parallel Aware": false, "Relation Name": "orders", "Schema": "public",
      "Alias": "o", "Startup Cost": 0.00, "Total Cost": 27885.00, "Plan Rows": 5, "Plan Width": 80, "Actual Startup Time": 0.1,
      "Actual Total Time": 52.5, "Actual Rows": 5, "Actual Loops": 1, "Filter": "(o.note = 'SECRET'::text)",
      "Rows Removed by Filter": 999995}, "Planning Time": 0.2, "Triggers": [], "Execution Time": 53.1}]"#;

    const TEXT: &str = "Seq Scan on public.orders o  (cost=0.00..27885.00 rows=5 width=80) (actual time=0.100..52.500 rows=5 loops=1)
  Filter: (o.note = 'SECRET'::text)
  Rows Removed by Filter: 999995
Planning Time: 0.200 ms
Execution Time: 53.100 ms";

    /// The same plan in every wrapping.
    fn wrapped() -> Vec<String> {
        let psql = |text: &str, end: &str| {
            let lines: Vec<String> = text.lines().map(|line| format!(" {line}{end}")).collect();
            format!(
                "                QUERY PLAN                \n------------------------------------------\n{}\n(5 rows)\n\n",
                lines.join("\n")
            )
        };
        let bare = JSON.trim_start_matches('[').trim_end_matches(']');
        let logged =
            bare.replacen('{', "{\"Query Text\": \"SELECT * FROM orders o WHERE note = 'SECRET'\",", 1);
        vec![
            JSON.to_owned(),
            format!("\u{feff}{JSON}\n"),
            bare.to_owned(),
            psql(JSON, "                      +"),
            format!(
                "2026-01-08 13:52:00 UTC [77] LOG:  duration: 53.100 ms  plan:\n\t{}\n2026-01-08 13:52:01 UTC [78] LOG:  ready\n",
                logged.replace('\n', "\n\t")
            ),
            serde_json::json!([{"QUERY PLAN": JSON}]).to_string(),
            serde_json::json!([{"QUERY PLAN": serde_json::from_str::<Value>(JSON).expect("JSON")}])
                .to_string(),
            format!("\"{}\"", JSON.replace('"', "\"\"")),
            TEXT.to_owned(),
            psql(TEXT, ""),
            TEXT.lines().map(|line| format!("| {line:<120} |\n")).collect(),
            TEXT.lines().map(|line| format!("\"{line}\"\n")).collect(),
            format!(
                "LOG:  duration: 53.100 ms  plan:\n\tQuery Text: SELECT * FROM orders o WHERE note = 'SECRET'\n\t{}",
                TEXT.replace('\n', "\n\t")
            ),
            serde_json::json!(
                TEXT.lines().map(|line| serde_json::json!({"QUERY PLAN": line})).collect::<Vec<_>>()
            )
            .to_string(),
            format!("EXPLAIN ANALYZE SELECT * FROM orders o WHERE note = 'SECRET';\n{TEXT}"),
        ]
    }

    #[test]
    fn whatever_stands_around_a_plan_is_taken_off() {
        let expected = read(JSON).expect("a plan");
        for text in wrapped() {
            let plan = read(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(plan.nodes, expected.nodes, "{text}");
            let cut_by_log = text.contains("LOG");
            assert!(cut_by_log || plan.execution_ms == Some(53.1), "{text}");
        }
    }

    #[test]
    fn no_literal_leaves_the_reader() {
        for text in wrapped() {
            let plan = read(&text).expect("a plan");
            assert!(!format!("{plan:?}").contains("SECRET"), "{plan:?}");
            let judged = findings::judge(&plan);
            assert!(!format!("{judged:?}").contains("SECRET"));
        }
        for cut in (0..JSON.len()).filter(|at| JSON.is_char_boundary(*at)) {
            if let Err(error) = read(&JSON[..cut]) {
                assert!(!error.to_string().contains("SECRET"), "{error}");
            }
        }
    }

    #[test]
    fn what_is_no_plan_is_refused_with_what_to_do() {
        for (text, says) in [
            ("", "it is empty; run EXPLAIN"),
            ("hello", "there is no plan in it; run EXPLAIN"),
            ("{\"a\": 1}", "this is JSON, but not a plan: it has neither `Plan` nor `query_block`"),
            ("[]", "this is JSON, but not a plan"),
            ("[{\"Plan\": {\"Node Type\": \"Seq", "the plan is cut: it ends in the middle, in line 1"),
            ("{\"Plan\": {\n\"Node Type\": oops}}", "the JSON is broken in line 2"),
            ("{\"Plan\": {}}", "a step has no `Node Type`"),
            ("<explain xmlns=\"http://www.postgresql.org/2009/explain\">", "plans in XML are not read"),
            ("- Plan: \n    Node Type: \"Seq Scan\"", "plans in YAML are not read"),
            (
                "id\tselect_type\ttable\ttype\n1\tSIMPLE\torders\tALL",
                "the table that EXPLAIN prints by default",
            ),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.starts_with(says) || error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn a_plan_nested_without_end_is_refused_or_read_but_never_a_crash() {
        let deep = format!("{}{}", "{\"Plan\":{\"Node Type\":\"Limit\",\"Plans\":[".repeat(100_000), "1");
        let error = read(&deep).expect_err("too deep").to_string();
        assert!(error.contains("nested too deep") && error.contains("as text it can be read"), "{error}");
        let text: String = (0..1_500)
            .map(|depth| format!("{}->  Limit  (cost=0.00..1.00 rows=1 width=4)\n", " ".repeat(depth * 2)))
            .collect();
        let text = text.replacen("->  Limit", "Limit", 1);
        let plan = read(&text).expect("a plan");
        assert_eq!(plan.nodes.len(), 1_500);
        let judged = findings::judge(&plan);
        assert!(tree::tree(&plan, &judged).lines().count() < 400);
        let wide = format!(
            "Append  (cost=0.00..1.00 rows=1 width=4)\n{}",
            "  ->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n".repeat(20_500)
        );
        assert!(read(&wide).expect_err("too wide").to_string().contains("more than 20000 steps"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = read(&text);
        }

        #[test]
        fn a_plan_with_a_hole_is_read_or_refused(from in 0usize..700, length in 0usize..60, with in "[-> (:'\"{\\[+|\\n0-9a]{0,6}", which in 0usize..15) {
            let whole = wrapped().swap_remove(which);
            let start = whole.floor_char_boundary(from.min(whole.len()));
            let end = whole.floor_char_boundary((start + length).min(whole.len()));
            let text = format!("{}{with}{}", &whole[..start], &whole[end.max(start)..]);
            if let Ok(plan) = read(&text) {
                let judged = findings::judge(&plan);
                let _ = (answer::answer(&plan, &judged), answer::json(&plan, &judged), shape::shape(&plan));
            }
        }
    }
}
