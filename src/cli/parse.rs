//! `quad parse`: JSON lines in, what they mean out; the same parser that every platform uses.

use std::io::{self, BufRead, Read as _, Write};

use serde_json::{Value, json};

use crate::intent;
use crate::model::inventory::Inventory;
use crate::model::time::Moment;

/// More than this of one line is not kept; the parser reads less of it anyway.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// Reads `{"text": ...}` lines and writes one line for each, in order:
/// `{"intent", "slots", "confidence"}`, and with `explain` also how it came to that.
///
/// A line that is not such an object gives `out_of_scope` with an `error`, so that line numbers of
/// input and output agree; empty lines are passed over.
///
/// # Errors
/// Where reading or writing fails.
pub fn run(
    mut input: impl BufRead,
    mut output: impl Write,
    inventory: &Inventory,
    now: Moment,
    explain: bool,
) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return output.flush();
        }
        let cut = line.last() != Some(&b'\n') && line.len() as u64 == LONGEST_LINE;
        if cut {
            skip_line(&mut input)?;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        serde_json::to_writer(&mut output, &answer(&line, inventory, now, explain))?;
        output.write_all(b"\n")?;
    }
}

/// Passes over the rest of a line without keeping it.
fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let (used, done) = {
            let buffer = input.fill_buf()?;
            match buffer.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            }
        };
        input.consume(used);
        if done {
            return Ok(());
        }
    }
}

fn answer(line: &[u8], inventory: &Inventory, now: Moment, explain: bool) -> Value {
    let text = match serde_json::from_slice::<Value>(line) {
        Ok(Value::Object(fields)) => match fields.get("text") {
            Some(Value::String(text)) => text.clone(),
            _ => return refused("no \"text\" in this line"),
        },
        Ok(_) => return refused("not a JSON object"),
        Err(error) => return refused(&format!("not JSON: {error}")),
    };
    read(&text, inventory, now, explain)
}

/// What a text means: what one line out holds.
pub fn read(text: &str, inventory: &Inventory, now: Moment, explain: bool) -> Value {
    let parsed = intent::parse(text, inventory, now);
    let mut out = json!({ "intent": parsed.intent, "slots": parsed.slots, "confidence": parsed.confidence });
    if let Some(unknown) = &parsed.unknown {
        out["unknown"] = json!(unknown);
    }
    if explain {
        let why = &parsed.explanation;
        out["runner_up"] = json!(parsed.runner_up);
        out["explanation"] = json!({
            "read": why.items, "clauses": why.clauses, "candidates": why.candidates,
            "because": why.because, "phrases": why.phrases, "guard": why.guard,
        });
    }
    out
}

/// The same for a person: what was understood, and below it what led there.
pub fn in_words(text: &str, inventory: &Inventory, now: Moment) -> String {
    let parsed = intent::parse(text, inventory, now);
    let mut words = format!("intent:  {} ({:.2})\n", parsed.intent, parsed.confidence);
    for (slot, value) in &parsed.slots {
        words += &format!("slot:    {slot} = {value}\n");
    }
    if let Some(unknown) = &parsed.unknown {
        words += &format!("unknown: {unknown}\n");
    }
    words + "\n" + &parsed.explanation.to_string()
}

fn refused(error: &str) -> Value {
    json!({ "intent": "out_of_scope", "slots": {}, "confidence": 0.0, "error": error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_gets_one_line_whatever_it_holds() {
        let input = "{\"text\":\"status\"}\nnonsense\n\n{\"text\":3}\n[]\n{\"text\":\"ack 12\"}";
        let mut output = Vec::new();
        let now = "2026-01-08T14:00:00Z".parse().expect("a moment");
        run(input.as_bytes(), &mut output, &Inventory::default(), now, false).expect("memory can be written");
        let intents: Vec<String> = String::from_utf8(output)
            .expect("text")
            .lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).expect("JSON")["intent"]
                    .as_str()
                    .expect("a name")
                    .to_owned()
            })
            .collect();
        assert_eq!(intents, ["status", "out_of_scope", "out_of_scope", "out_of_scope", "acknowledge"]);
    }
}
