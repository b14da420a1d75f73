//! Whether the settings for GitHub make sense.

use crate::config::{Config, Problem};

/// What is wrong with the section `github` of the file.
pub fn problems(name: &str, config: &Config) -> Vec<Problem> {
    let Some(github) = &config.file.github else { return Vec::new() };
    let problem = |(key, what)| Problem {
        file: name.to_owned(),
        at: config.document.mark(&format!("/github/{key}")),
        what,
    };
    github.problems().into_iter().map(problem).collect()
}

#[cfg(test)]
mod tests {
    use crate::config::parse;

    #[test]
    fn what_makes_no_sense_is_named_with_its_place() {
        let text = "github:\n  repo: shop\n  token: {env: T}\n  app: {id: 7, private_key: {file: app.pem}}\n";
        let said = parse("quad.yml", text).expect_err("is refused").to_string();
        insta::assert_snapshot!(said, @r"
        quad.yml:2:3: `github.repo` takes a repository as owner/name, without an address before it: acme/shop
        quad.yml:3:3: `github.app` and `github.token` exclude each other; remove one
        ");
        let text = "github:\n  token: hunter2\n  lables: [ops]\n";
        let said = parse("quad.yml", text).expect_err("is refused").to_string();
        insta::assert_snapshot!(said, @r"
        quad.yml:1:1: `github` needs `repo`
        quad.yml:2:3: `github.token` does not take such a value: it must name a place, {env: NAME} or {file: PATH}; secrets never stand here
        quad.yml:3:3: unknown key `lables` in `github`; did you mean `labels`?
        ");
    }
}
