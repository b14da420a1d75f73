//! YAML to plain values, remembering where each one stands, so that a problem can name its line.

use std::collections::BTreeMap;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde::Serialize;
use serde_json::{Map, Number, Value};

/// Where something stands in the file. Both count from 1, as editors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// A read file: its value, and where each key stands, by JSON pointer.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The content.
    pub value: Value,
    /// Pointer (`/alerts/slack_channel`) to the place of its key.
    pub marks: BTreeMap<String, Mark>,
}

impl Document {
    /// The place of `pointer`, or of the nearest thing around it.
    pub fn mark(&self, pointer: &str) -> Mark {
        let mut at = pointer;
        loop {
            if let Some(mark) = self.marks.get(at) {
                return *mark;
            }
            match at.rsplit_once('/') {
                Some((outer, _)) => at = outer,
                None => return Mark { line: 1, column: 1 },
            }
        }
    }
}

/// Reads one YAML document. An empty file is an empty mapping.
///
/// # Errors
/// The place and the parser's own words where the text is not YAML, or says one key twice.
pub fn read(text: &str) -> Result<Document, (Mark, String)> {
    let documents = MarkedYaml::load_from_str(text).map_err(|error| {
        let at = error.marker();
        (Mark { line: at.line(), column: at.col() + 1 }, error.info().to_owned())
    })?;
    let mut read = Reading { marks: BTreeMap::new(), problem: None };
    let value = match documents.first() {
        None => Value::Object(Map::new()),
        Some(node) if node.data.is_null() => Value::Object(Map::new()),
        Some(node) => read.value(node, ""),
    };
    match read.problem {
        Some(problem) => Err(problem),
        None => Ok(Document { value, marks: read.marks }),
    }
}

struct Reading {
    marks: BTreeMap<String, Mark>,
    problem: Option<(Mark, String)>,
}

impl Reading {
    fn value(&mut self, node: &MarkedYaml<'_>, pointer: &str) -> Value {
        self.marks.entry(pointer.to_owned()).or_insert_with(|| mark(node));
        match &node.data {
            YamlData::Value(scalar) => plain(scalar),
            YamlData::Sequence(items) => Value::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| self.value(item, &format!("{pointer}/{at}")))
                    .collect(),
            ),
            YamlData::Mapping(pairs) => {
                let mut map = Map::new();
                for (key, value) in pairs {
                    let Some(name) = key_name(key) else {
                        self.note(mark(key), "a key must be a word, not a list or a mapping");
                        continue;
                    };
                    let inner = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                    self.marks.insert(inner.clone(), mark(key));
                    let value = self.value(value, &inner);
                    map.insert(name, value);
                }
                Value::Object(map)
            }
            YamlData::Tagged(_, inner) => self.value(inner, pointer),
            YamlData::Representation(text, ..) => Value::String(text.to_string()),
            YamlData::Alias(_) | YamlData::BadValue => {
                self.note(mark(node), "aliases and broken values can't be used here");
                Value::Null
            }
        }
    }

    fn note(&mut self, at: Mark, what: &str) {
        self.problem.get_or_insert_with(|| (at, what.to_owned()));
    }
}

fn mark(node: &MarkedYaml<'_>) -> Mark {
    Mark { line: node.span.start.line(), column: node.span.start.col() + 1 }
}

fn key_name(node: &MarkedYaml<'_>) -> Option<String> {
    match &node.data {
        YamlData::Value(scalar) => Some(match plain(scalar) {
            Value::String(text) => text,
            other => other.to_string(),
        }),
        _ => None,
    }
}

fn plain(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(yes) => Value::Bool(*yes),
        Scalar::Integer(number) => Value::Number((*number).into()),
        Scalar::FloatingPoint(number) => {
            Number::from_f64(number.into_inner()).map_or(Value::Null, Value::Number)
        }
        Scalar::String(text) => Value::String(text.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_places_are_kept() {
        let document = read("alerts:\n  slack_channel: \"#ops\"\n  levels: [1, 2.5]\n").expect("is YAML");
        assert_eq!(document.value["alerts"]["slack_channel"], "#ops");
        assert_eq!(document.value["alerts"]["levels"][1], 2.5);
        assert_eq!(document.mark("/alerts/slack_channel"), Mark { line: 2, column: 3 });
        assert_eq!(document.mark("/alerts/nothing/here"), Mark { line: 1, column: 1 });
    }

    #[test]
    fn broken_text_names_its_place() {
        let (at, _) = read("alerts:\n  - a\n b: [\n").expect_err("is not YAML");
        assert!(at.line >= 3, "{at:?}");
    }

    #[test]
    fn a_key_said_twice_is_a_problem() {
        assert!(read("a: 1\na: 2\n").is_err());
    }

    #[test]
    fn an_empty_file_says_nothing() {
        assert_eq!(read("# only a comment\n").expect("is YAML").value, serde_json::json!({}));
    }
}
