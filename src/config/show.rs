//! Effective values, each with where it came from.

use serde::Serialize;
use serde_json::Value;

use crate::config::{Config, secrets};
use crate::gather::said::InForce;
use crate::model::signal::Signal;
use crate::model::subject::Subject;
use crate::model::threshold::Lines;

/// One value in force.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// Dotted key.
    pub key: String,
    /// The value in force.
    pub value: Value,
    /// "default", "--listen", or file, line and column.
    pub origin: String,
}

/// Every leaf of the configuration, then the lines that result for each environment and what was
/// said in chat, which stands in the store.
pub fn effective(config: &Config, said: &InForce) -> Vec<Shown> {
    let mut shown = Vec::new();
    if let Ok(value) = serde_json::to_value(&config.file) {
        walk(config, "", &value, &mut shown);
    }
    let mut thresholds = config.thresholds();
    thresholds.rules.extend(said.lines.clone());
    let mut names = vec![""];
    names.extend(config.environments().map(|(name, _)| name));
    for name in names {
        let subject = Subject { environment: name.to_owned(), ..Subject::default() };
        for signal in Signal::ALL {
            let Some(lines) = thresholds.lines(signal, &subject) else { continue };
            let place = if name.is_empty() { "everywhere" } else { name };
            shown.push(shown_lines(place, signal, lines));
        }
    }
    for line in said.lines.iter().filter(|line| line.subject.name() != line.subject.environment) {
        let Some(lines) = thresholds.lines(line.signal, &line.subject) else { continue };
        // Those of whole environments stand above.
        if line.subject != Subject::default() {
            shown.push(shown_lines(&line.subject.to_string(), line.signal, lines));
        }
    }
    for (name, members) in &said.aliases {
        shown.push(Shown {
            key: format!("aliases.{name}"),
            value: members.join(" + ").into(),
            origin: "set in chat".to_owned(),
        });
    }
    shown
}

fn shown_lines(place: &str, signal: Signal, lines: Lines) -> Shown {
    let text = format!(
        "warning {}, critical {}",
        signal.unit().show(lines.warning),
        signal.unit().show(lines.critical)
    );
    Shown { key: format!("lines.{place}.{signal}"), value: text.into(), origin: lines.origin }
}

fn walk(config: &Config, pointer: &str, value: &Value, out: &mut Vec<Shown>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, inner) in map {
                walk(config, &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), inner, out);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (at, inner) in items.iter().enumerate() {
                walk(config, &format!("{pointer}/{at}"), inner, out);
            }
        }
        // An optional value that nobody set says nothing.
        Value::Null => {}
        leaf => out.push(Shown {
            key: pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~"),
            // A URL of the command line may hold a password.
            value: leaf.as_str().map_or_else(|| leaf.clone(), |text| secrets::shown(text).into()),
            origin: origin(config, pointer),
        }),
    }
}

fn origin(config: &Config, pointer: &str) -> String {
    if let Some((_, flag)) = config.flags.iter().find(|(set, _)| *set == pointer) {
        return (*flag).to_owned();
    }
    match (config.document.marks.get(pointer), &config.path) {
        (Some(at), Some(path)) => format!("{}:{}:{}", path.display(), at.line, at.column),
        (Some(at), None) => format!("line {}", at.line),
        (None, _) => "default".to_owned(),
    }
}
