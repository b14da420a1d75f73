//! Holds a file against the schema and names every problem at once: file, line, column, and the
//! nearest key that exists. Values are never repeated, since one may be a secret in the wrong place.

use std::fmt;

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde::Serialize;
use serde_json::Value;

use crate::config::yaml::{Document, Mark};

/// One thing to mend in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file as the person named it.
    pub file: String,
    /// Where in it.
    #[serde(flatten)]
    pub at: Mark,
    /// What is wrong and what to do.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.at.line, self.at.column, self.what)
    }
}

/// What must stand where one of several shapes may, by its name in the schema.
const HINTS: [(&str, &str); 2] = [
    ("SecretRef", ": it must name a place, {env: NAME} or {file: PATH}; secrets never stand here"),
    ("Recipient", ": it must be pagerduty, {channel: NAME}, {person: ID} or {mail: ADDRESS}"),
];

/// The pattern of keys that take a time of day.
const TIME_OF_DAY: &str = "^([01]?[0-9]|2[0-3]):[0-5][0-9]$";

/// Everything in `document` that does not fit `schema`, in the order of the file.
pub fn problems(file: &str, document: &Document, schema: &Value) -> Vec<Problem> {
    let validator = match jsonschema::options().should_validate_formats(true).build(schema) {
        Ok(validator) => validator,
        // The schema is generated from our own types; a test builds it.
        Err(error) => {
            let what = format!("quad's own schema can't be read: {error}");
            return vec![Problem { file: file.to_owned(), at: Mark { line: 1, column: 1 }, what }];
        }
    };
    let mut sentences = Vec::new();
    for error in validator.iter_errors(&document.value) {
        name(&error, schema, &mut sentences);
    }
    let mut found: Vec<Problem> = sentences
        .into_iter()
        .map(|(pointer, what)| Problem { file: file.to_owned(), at: document.mark(&pointer), what })
        .collect();
    found.sort_by_key(|problem| (problem.at.line, problem.at.column));
    found.dedup();
    found
}

/// Puts one error into words. Inside an `anyOf` (an optional value, or one of several shapes) the
/// branch that came furthest is the one the person meant.
fn name(error: &ValidationError<'_>, schema: &Value, out: &mut Vec<(String, String)>) {
    let pointer = error.instance_path().as_str();
    let key = key_of(pointer);
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let known = known_keys(error, schema);
            for extra in unexpected {
                let at = format!("{pointer}/{}", extra.replace('~', "~0").replace('/', "~1"));
                out.push((at, unknown_key(extra, &key, &known)));
            }
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            let hint = HINTS.iter().find(|(kind, _)| error.schema_path().as_str().contains(kind));
            match furthest(context, pointer) {
                Some(branch) if hint.is_none() => branch.iter().for_each(|inner| name(inner, schema, out)),
                _ => {
                    let wanted = hint.map_or_else(|| shapes(context), |(_, hint)| (*hint).to_owned());
                    out.push((pointer.to_owned(), format!("`{key}` does not take such a value{wanted}")));
                }
            }
        }
        ValidationErrorKind::Required { property } => {
            let missing = property.as_str().unwrap_or("a key");
            out.push((pointer.to_owned(), format!("`{key}` needs `{missing}`")));
        }
        ValidationErrorKind::Type { kind } => {
            out.push((pointer.to_owned(), format!("`{key}` must be {}", type_name(kind))));
        }
        ValidationErrorKind::Enum { options } => {
            let options = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let listed = options.iter().map(|o| format!("`{}`", o.as_str().unwrap_or("null")));
            let listed = listed.collect::<Vec<_>>().join(", ");
            out.push((pointer.to_owned(), format!("`{key}` must be one of {listed}")));
        }
        ValidationErrorKind::Minimum { limit } => {
            out.push((pointer.to_owned(), format!("`{key}` must be at least {limit}")));
        }
        ValidationErrorKind::Maximum { limit } => {
            out.push((pointer.to_owned(), format!("`{key}` must be at most {limit}")));
        }
        ValidationErrorKind::Format { format } => {
            out.push((pointer.to_owned(), format!("`{key}` must be written as a {format}")));
        }
        ValidationErrorKind::Pattern { pattern } if *pattern == TIME_OF_DAY => {
            out.push((pointer.to_owned(), format!("`{key}` must be a time of day, such as 09:00")));
        }
        ValidationErrorKind::Pattern { pattern } if pattern.starts_with("^(Mon|") => {
            out.push((pointer.to_owned(), format!("`{key}` must be a weekday and time, such as Mon 09:00")));
        }
        ValidationErrorKind::Pattern { pattern } => {
            out.push((pointer.to_owned(), format!("`{key}` must look like {pattern}")));
        }
        other => out.push((pointer.to_owned(), format!("`{key}` does not fit ({})", other.keyword()))),
    }
}

/// The branch whose errors lie deepest; none where every branch wants another kind of value.
fn furthest<'e>(
    context: &'e [Vec<ValidationError<'static>>],
    pointer: &str,
) -> Option<&'e Vec<ValidationError<'static>>> {
    let another_shape = |branch: &&Vec<ValidationError<'static>>| {
        branch.iter().any(|inner| {
            inner.instance_path().as_str() == pointer
                && matches!(
                    inner.kind(),
                    ValidationErrorKind::Type { .. } | ValidationErrorKind::Constant { .. }
                )
        })
    };
    let depth = |branch: &&Vec<ValidationError<'static>>| {
        branch.iter().map(|e| e.instance_path().as_str().matches('/').count()).max().unwrap_or(0)
    };
    context.iter().filter(|branch| !another_shape(branch)).max_by_key(depth)
}

/// ": it must be a text, or null" for the branches of an `anyOf` that all want something else.
fn shapes(context: &[Vec<ValidationError<'static>>]) -> String {
    let wanted: Vec<String> = context
        .iter()
        .flatten()
        .filter_map(|error| match error.kind() {
            ValidationErrorKind::Type { kind } => Some(type_name(kind)),
            _ => None,
        })
        .filter(|name| name != "null")
        .collect();
    let wanted: std::collections::BTreeSet<String> = wanted.into_iter().collect();
    if wanted.is_empty() {
        String::new()
    } else {
        format!(": it must be {}", wanted.into_iter().collect::<Vec<_>>().join(" or "))
    }
}

fn unknown_key(extra: &str, inside: &str, known: &[String]) -> String {
    let nearest = known
        .iter()
        .map(|key| (strsim::damerau_levenshtein(extra, key), key))
        .filter(|(distance, key)| *distance <= 1 + key.len().max(extra.len()) / 4)
        .min();
    let place = if inside == "the file" { String::new() } else { format!(" in `{inside}`") };
    match nearest {
        Some((_, key)) => format!("unknown key `{extra}`{place}; did you mean `{key}`?"),
        None if known.is_empty() => format!("unknown key `{extra}`{place}; nothing can stand there"),
        None => format!("unknown key `{extra}`{place}; known are {}", known.join(", ")),
    }
}

/// The keys that may stand where an unknown one stood.
fn known_keys(error: &ValidationError<'_>, schema: &Value) -> Vec<String> {
    let path = error.schema_path().as_str();
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let properties = schema.pointer(parent).and_then(|inner| inner.get("properties"));
    properties.and_then(Value::as_object).map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
}

fn key_of(pointer: &str) -> String {
    if pointer.is_empty() {
        return "the file".to_owned();
    }
    pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~")
}

fn type_name(kind: &TypeKind) -> String {
    let one = |name: &str| match name {
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "string" => "a text",
        "array" => "a list",
        "object" => "a mapping",
        _ => "null",
    };
    match kind {
        TypeKind::Single(single) => one(&single.to_string()).to_owned(),
        TypeKind::Multiple(several) => {
            let names: Vec<_> =
                several.iter().map(|t| one(&t.to_string())).filter(|n| *n != "null").collect();
            names.join(" or ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::yaml;

    #[derive(schemars::JsonSchema)]
    #[schemars(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Sample {
        alerts: Option<Alerts>,
        level: Option<Level>,
        check_interval_secs: Option<u32>,
    }

    #[derive(schemars::JsonSchema)]
    #[schemars(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Alerts {
        slack_channel: String,
        slack_enabled: bool,
    }

    #[derive(schemars::JsonSchema)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its schema is used")]
    enum Level {
        Warning,
        Critical,
    }

    #[test]
    fn every_problem_is_named_at_once_with_its_place() {
        let text = "alerts:\n  slack_chanel: \"#ops\"\n  slack_enabled: maybe\ncheck_interval_secs: soon\nlevel: loud\ncolour: red\n";
        let document = yaml::read(text).expect("is YAML");
        let schema = schemars::schema_for!(Sample).to_value();
        let found: Vec<String> =
            problems("quad.yml", &document, &schema).iter().map(Problem::to_string).collect();
        insta::assert_snapshot!(found.join("\n"), @r"
        quad.yml:1:1: `alerts` needs `slack_channel`
        quad.yml:2:3: unknown key `slack_chanel` in `alerts`; did you mean `slack_channel`?
        quad.yml:3:3: `alerts.slack_enabled` must be true or false
        quad.yml:4:1: `check_interval_secs` must be a whole number
        quad.yml:5:1: `level` must be one of `warning`, `critical`
        quad.yml:6:1: unknown key `colour`; known are alerts, level, check_interval_secs
        ");
    }
}
