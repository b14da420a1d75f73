//! Takes off what stands around a plan: psql's heading and `+`, the borders of a table, quotes of a
//! cell, the prefix of a log.

use std::borrow::Cow;

/// The plan alone, as far as that can be told; other texts come back as they are.
pub(super) fn peel(text: &str) -> Cow<'_, str> {
    let text = text.trim_start_matches('\u{feff}').trim_end();
    // A client that shows line breaks as `\n` (mysql -B).
    let one_line = text.lines().take(3).count() < 3;
    let unescaped = if one_line && text.contains("\\n") && !text.contains("\\\"") {
        Cow::Owned(text.replace("\\n", "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let lines: Vec<&str> = unescaped.lines().filter(|line| !is_frame(line)).collect();
    let bordered = !lines.is_empty() && lines.iter().all(|line| line.trim_end().starts_with(['|', '│', '║']));
    let continued = lines.iter().filter(|line| line.trim_end().ends_with(['+', '↵'])).count();
    let wrapped = continued > 0 && continued + 2 >= lines.len();
    let quoted = lines.iter().all(|line| line.starts_with('"') && line.trim_end().ends_with('"'));
    let cell = text.starts_with("\"[") || text.starts_with("\"{");
    let mut out: Vec<Cow<'_, str>> = Vec::with_capacity(lines.len());
    for line in lines {
        let mut line = line.trim_end();
        if bordered {
            line = line.trim_start_matches(['|', '│', '║']).trim_end_matches(['|', '│', '║']).trim_end();
        }
        if wrapped {
            line = line.trim_end_matches(['+', '↵']).trim_end();
        }
        for label in ["EXPLAIN: ", "ANALYZE: ", "QUERY PLAN: "] {
            line = line.strip_prefix(label).unwrap_or(line);
        }
        // MySQL's client puts its heading into the first line of the cell.
        if matches!(line.trim(), "EXPLAIN" | "ANALYZE" | "QUERY PLAN") {
            continue;
        }
        out.push(if quoted && !cell {
            let inner = line.strip_prefix('"').and_then(|line| line.strip_suffix('"'));
            Cow::Owned(inner.unwrap_or("").replace("\"\"", "\""))
        } else if line.contains('\t') {
            // A log indents what goes on with a tab.
            Cow::Owned(line.replace('\t', "        "))
        } else {
            Cow::Borrowed(line)
        });
    }
    let joined = out.join("\n");
    if cell && joined.contains("\"\"") {
        let inner = joined.trim_start_matches('"').trim_end_matches('"');
        return Cow::Owned(inner.replace("\"\"", "\""));
    }
    Cow::Owned(joined)
}

/// Where the JSON starts, where there is some: at the start of a line, or right behind `plan:`.
pub(super) fn json_start(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let inner = line.trim_start();
        if inner.starts_with(['{', '[', '"']) {
            return Some(at + line.len() - inner.len());
        }
        if let Some(behind) = line.find("plan: {").or_else(|| line.find("plan: [")) {
            return Some(at + behind + "plan: ".len());
        }
        at += line.len();
    }
    None
}

/// Lines that clients draw.
fn is_frame(line: &str) -> bool {
    let line = line.trim();
    let drawn =
        line.len() > 2 && line.chars().all(|c| "-+|=─┼┬┴╪═╔╗╚╝┌┐└┘├┤│ ".contains(c)) && !line.contains("->");
    let counted = line.starts_with('(') && line.ends_with(')') && {
        let mut words = line[1..line.len() - 1].split_whitespace();
        words.next().is_some_and(|count| count.parse::<u64>().is_ok())
            && words.next().is_some()
            && words.next().is_none()
    };
    let heading = line.trim_matches(['|', '│', '║']).trim();
    drawn
        || counted
        || matches!(heading, "QUERY PLAN" | "EXPLAIN" | "ANALYZE")
        || (line.starts_with("*****") && line.ends_with("*****"))
        || (line.contains(" row in set") || line.contains(" rows in set"))
}
