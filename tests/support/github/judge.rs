//! Whether GitHub would have taken what it was sent: by its own published description where that is at
//! hand, and by hand for the routes that the copy of it lacks.

use std::sync::OnceLock;

use serde_json::{Value, json};

use super::server::Request;
use crate::support::shared::shared;

/// Routes of GitHub's reference that the description at hand leaves out, with their parameters.
const OTHERS: [(&str, &[&str]); 2] = [
    ("/repos/{owner}/{repo}/issues/{issue_number}/timeline", &["per_page", "page"]),
    ("/repos/{owner}/{repo}/installation", &[]),
];

/// What is wrong with a request, one sentence a mistake.
pub(crate) fn judge(request: &Request) -> Vec<String> {
    // Asks on purpose for what is refused, to learn whether writing is allowed.
    if request.method == "POST" && request.body == json!({}) {
        return Vec::new();
    }
    if let Some((_, known)) = OTHERS.iter().find(|(template, _)| fits(template, &request.path)) {
        let unknown = request.query.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        return unknown.map(|(name, _)| format!("{} has no parameter {name}", request.path)).collect();
    }
    description().map_or(Vec::new(), |description| against(description, request))
}

/// OpenAPI 3.0.
fn description() -> Option<&'static Value> {
    static DESCRIPTION: OnceLock<Option<Value>> = OnceLock::new();
    let read = || {
        let path = shared("specs/github.json")?;
        Some(serde_json::from_slice(&std::fs::read(path).expect("can be read")).expect("is JSON"))
    };
    DESCRIPTION.get_or_init(read).as_ref()
}

fn against(description: &'static Value, request: &Request) -> Vec<String> {
    let paths = description["paths"].as_object().expect("paths");
    let method = request.method.to_ascii_lowercase();
    let mut fitting =
        paths.iter().filter(|(template, path)| fits(template, &request.path) && !path[&method].is_null());
    let Some((template, path)) = fitting.next() else {
        return vec![format!("{} {} is no route", request.method, request.path)];
    };
    let operation = &path[&method];
    let mut wrong = Vec::new();
    let parameters: Vec<&Value> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| resolved(description, one))
        .collect();
    for (name, value) in &request.query {
        let known = parameters.iter().find(|known| known["in"] == "query" && known["name"] == name.as_str());
        match known {
            None => wrong.push(format!("{template} has no parameter {name}")),
            Some(known) => {
                let value = match known["schema"]["type"].as_str() {
                    Some("integer") => value.parse::<i64>().map_or(json!(value), |number| json!(number)),
                    _ => json!(value),
                };
                wrong.extend(mistakes(description, &known["schema"], &value));
            }
        }
    }
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    match (schema.is_null(), request.body.is_null()) {
        (true, false) => wrong.push(format!("{template} takes no body")),
        (false, true) if operation["requestBody"]["required"] == true => {
            wrong.push(format!("{template} wants a body"));
        }
        (false, false) => {
            wrong.extend(mistakes(description, schema, &request.body));
            let known = &schema["properties"];
            for key in request.body.as_object().into_iter().flat_map(|body| body.keys()) {
                if known[key].is_null() {
                    wrong.push(format!("{template} has no property {key}"));
                }
            }
        }
        _ => {}
    }
    wrong
}

fn mistakes(description: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let whole = json!({"allOf": [schema], "components": description["components"]});
    let options = jsonschema::draft7::options().should_validate_formats(true);
    let validator = options.build(&whole).expect("the description can be used");
    validator.iter_errors(value).map(|error| error.to_string()).collect()
}

fn resolved<'d>(description: &'d Value, parameter: &'d Value) -> &'d Value {
    match parameter["$ref"].as_str() {
        Some(reference) => {
            description.pointer(reference.trim_start_matches('#')).expect("what is referred to")
        }
        None => parameter,
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let same = |(meant, part): (&&str, &&str)| meant == part || meant.starts_with('{') && !part.is_empty();
    template.len() == path.len() && template.iter().zip(&path).all(same)
}
