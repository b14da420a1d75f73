//! Whether Discord would have taken what it was sent: by its own published description where that is at
//! hand, and by the limits of its documentation that the description lacks.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::server::Request;
use crate::support::shared::shared;

/// Fails if Discord would refuse any of these.
pub(crate) fn offences(requests: &[Request]) {
    for request in requests {
        let wrong = judge(request);
        assert!(
            wrong.is_empty(),
            "Discord would refuse {} {}: {wrong:#?}\n{:#}",
            request.method,
            request.path,
            request.body
        );
    }
}

/// What is wrong with a request, one sentence a mistake.
pub(crate) fn judge(request: &Request) -> Vec<String> {
    let mut wrong = limits(&request.body);
    wrong.extend(pictures(request));
    if let Some(description) = description() {
        wrong.extend(against(description, request));
    }
    wrong
}

/// A picture shown must be a file that came along, and a file that came along must be described.
fn pictures(request: &Request) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let described = list(&request.body["attachments"]);
    let described: Vec<&str> = described.iter().filter_map(|one| one["filename"].as_str()).collect();
    let mut wrong = Vec::new();
    if described != request.files {
        wrong.push(format!("files {:?} described as {described:?}", request.files));
    }
    for embed in list(&request.body["embeds"]) {
        let shown = embed["image"]["url"].as_str().and_then(|url| url.strip_prefix("attachment://"));
        if let Some(name) = shown
            && !request.files.iter().any(|file| file == name)
        {
            wrong.push(format!("{name} is shown and did not come along"));
        }
    }
    wrong
}

/// The description says 4,000 characters, which bots may not use; and sums of embeds it can't express.
fn limits(body: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    if length(&body["content"]) > 2_000 {
        wrong.push(format!("content of {}", length(&body["content"])));
    }
    let embeds = body["embeds"].as_array().map_or(&[][..], Vec::as_slice);
    let mut all = 0;
    for embed in embeds {
        let fields = embed["fields"].as_array().map_or(&[][..], Vec::as_slice);
        for field in fields {
            if length(&field["name"]) == 0 || length(&field["value"]) == 0 {
                wrong.push("an empty field".to_owned());
            }
            all += length(&field["name"]) + length(&field["value"]);
        }
        all += length(&embed["title"]) + length(&embed["description"]) + length(&embed["footer"]["text"]);
    }
    if all > 6_000 {
        wrong.push(format!("embeds of {all} in sum"));
    }
    let rows = body["components"].as_array().map_or(&[][..], Vec::as_slice);
    if rows.len() > 5 {
        wrong.push(format!("{} rows", rows.len()));
    }
    let mut ids = Vec::new();
    for row in rows {
        let inside = row["components"].as_array().map_or(&[][..], Vec::as_slice);
        if inside.is_empty()
            || inside.len() > 5
            || inside.len() > 1 && inside.iter().any(|one| one["type"] == 3)
        {
            wrong.push(format!("a row of {}", inside.len()));
        }
        for control in inside {
            ids.push(control["custom_id"].as_str().unwrap_or_default().to_owned());
            let values: Vec<&str> = control["options"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|one| one["value"].as_str())
                .collect();
            if values.iter().collect::<BTreeSet<_>>().len() < values.len() {
                wrong.push("two entries of a menu with the same value".to_owned());
            }
        }
    }
    if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
        wrong.push("two controls with the same custom_id".to_owned());
    }
    let said = body["content"].as_str().unwrap_or_default();
    if said.contains("<@") || body["allowed_mentions"] == json!({"parse": ["everyone"]}) {
        wrong.push(format!("it mentions somebody: {said}"));
    }
    wrong
}

/// OpenAPI 3.1, whose schemas are JSON Schema 2020-12.
fn description() -> Option<&'static Value> {
    static DESCRIPTION: OnceLock<Option<Value>> = OnceLock::new();
    let read = || {
        let path = shared("data/discord/openapi.json")?;
        Some(serde_json::from_slice(&std::fs::read(path).expect("can be read")).expect("is JSON"))
    };
    DESCRIPTION.get_or_init(read).as_ref()
}

fn against(description: &'static Value, request: &Request) -> Vec<String> {
    let method = request.method.to_ascii_lowercase();
    let paths = description["paths"].as_object().expect("paths");
    // What is written out beats what is filled in: `/users/@me` is no user's id.
    let fitting =
        paths.iter().filter(|(template, path)| fits(template, &request.path) && !path[&method].is_null());
    let Some((template, path)) = fitting.min_by_key(|(template, _)| template.matches('{').count()) else {
        return vec!["no such route".to_owned()];
    };
    let schema = &path[&method]["requestBody"]["content"]["application/json"]["schema"];
    match (schema.is_null(), request.body.is_null()) {
        (true, true) => return Vec::new(),
        (true, false) => return vec![format!("{template} takes no body")],
        (false, true) if path[&method]["requestBody"]["required"] == true => {
            return vec![format!("{template} wants a body")];
        }
        (false, true) => return Vec::new(),
        (false, false) => {}
    }
    let mut wrong: Vec<String> =
        validator(schema).iter_errors(&request.body).map(|error| format!("{error}")).collect();
    let known = properties(schema);
    for key in request.body.as_object().into_iter().flat_map(|body| body.keys()) {
        if !known.contains(key) {
            wrong.push(format!("{template} has no parameter {key}"));
        }
    }
    wrong
}

fn validator(schema: &Value) -> jsonschema::Validator {
    let description = description().expect("is there");
    let whole = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "allOf": [schema],
        "components": description["components"]});
    jsonschema::validator_for(&whole).expect("a schema")
}

/// The names that a body may hold, through references and alternatives.
fn properties(schema: &Value) -> BTreeSet<String> {
    let mut names: BTreeSet<String> =
        schema["properties"].as_object().into_iter().flat_map(|all| all.keys().cloned()).collect();
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        names.extend(properties(
            description().expect("is there").pointer(pointer).expect("what is referred to"),
        ));
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        names.extend(schema[key].as_array().into_iter().flatten().flat_map(properties));
    }
    names
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) =
        (template.trim_start_matches('/').split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template
            .iter()
            .zip(&path)
            .all(|(meant, part)| meant == part || meant.starts_with('{') && !part.is_empty())
}
