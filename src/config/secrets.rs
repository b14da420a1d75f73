//! Secrets that stand in the file although they must not: a password inside a URL, a credential
//! spelled out in a header. They are refused, and never repeated.

use serde_json::Value;
use url::Url;

use crate::config::check::Problem;
use crate::config::yaml::Document;

/// Headers that carry credentials.
const CREDENTIALS: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "dd-api-key"];

/// Every secret that the file spells out.
pub fn problems(file: &str, document: &Document) -> Vec<Problem> {
    let mut found = Vec::new();
    walk("", &document.value, &mut |pointer, what| {
        found.push(Problem { file: file.to_owned(), at: document.mark(pointer), what });
    });
    found.sort_by_key(|problem| (problem.at.line, problem.at.column));
    found
}

/// A URL without its password, as it may be shown; any other text as it is.
pub fn shown(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) if url.password().is_some() => {
            // Fails only for URLs that can't hold a password.
            let _ = url.set_password(Some("..."));
            url.to_string()
        }
        _ => text.to_owned(),
    }
}

fn walk(pointer: &str, value: &Value, refuse: &mut impl FnMut(&str, String)) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let at = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                let in_headers = pointer.ends_with("/headers");
                if in_headers && inner.is_string() && CREDENTIALS.contains(&key.to_lowercase().as_str()) {
                    let hint = "it must name a place, {env: NAME} or {file: PATH}; secrets never stand here";
                    refuse(&at, format!("the header `{key}` carries a secret: {hint}"));
                } else {
                    walk(&at, inner, refuse);
                }
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                walk(&format!("{pointer}/{at}"), inner, refuse);
            }
        }
        Value::String(text) => {
            let Some(url) = Url::parse(text).ok().filter(|url| url.password().is_some()) else { return };
            let key = pointer.rsplit('/').next().unwrap_or_default();
            let hint = match url.scheme() {
                "http" | "https" => "write `basic_auth: {username: NAME, password: {env: NAME}}` beside it",
                _ => "put all of it where {env: NAME} or {file: PATH} says",
            };
            refuse(pointer, format!("`{key}` holds a password, and secrets never stand here; {hint}"));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::yaml;

    #[test]
    fn a_secret_that_is_spelled_out_is_refused_and_not_repeated() {
        let secret = "hunter2".repeat(2);
        let text = format!(
            "sources:\n  prometheus:\n    - base_url: http://me:{secret}@prometheus:9090\n      headers:\n        Authorization: Bearer {secret}\n        X-Tenant: shop\n  probe:\n    - url: https://shop.example.com/@health\n"
        );
        let found = problems("quad.yml", &yaml::read(&text).expect("is YAML"));
        let found: Vec<String> = found.iter().map(Problem::to_string).collect();
        insta::assert_snapshot!(found.join("\n"), @"
        quad.yml:3:7: `base_url` holds a password, and secrets never stand here; write `basic_auth: {username: NAME, password: {env: NAME}}` beside it
        quad.yml:5:9: the header `Authorization` carries a secret: it must name a place, {env: NAME} or {file: PATH}; secrets never stand here
        ");
        assert_eq!(shown(&format!("http://me:{secret}@shop/")), "http://me:...@shop/");
        assert_eq!(shown("mailto:ops@example.com"), "mailto:ops@example.com");
    }
}
