//! Where a follow-up takes the earlier question: "why?", "show more", "and errors?".

use crate::model::request::{Resource, Turn};

/// Words, in the order in which they decide: "why so many errors" asks why.
const WORDS: &[(Turn, &[&str])] = &[
    (Turn::Plan, &["plan", "explain", "execution"]),
    (Turn::Why, &["why", "warum", "wieso", "weshalb", "pourquoi", "cause", "reason", "sure", "certain"]),
    (Turn::Errors, &["error", "errors", "fehler", "erreurs", "500s", "failures", "exceptions"]),
    (Turn::Latency, &["latency", "slow", "slower", "p95", "response", "latenz", "langsam", "lent"]),
    (Turn::Alerts, &["alert", "alerts", "alarme", "alertes", "incidents"]),
    (Turn::SlowQueries, &["query", "queries", "statements", "abfragen", "requetes"]),
    (Turn::Before, &["before", "earlier", "previously", "davor", "vorher", "avant"]),
    (
        Turn::More,
        &[
            "more",
            "mehr",
            "details",
            "detail",
            "evidence",
            "everything",
            "rest",
            "others",
            "deeper",
            "elaborate",
            "further",
            "expand",
            "weitere",
            "mean",
            "know",
            "conclude",
        ],
    ),
];

/// What `own` words ask anew. A `resource` among them is what is asked for.
pub(super) fn turn(own: &str, resource: Option<Resource>) -> Turn {
    let said = own.to_lowercase();
    let said: Vec<&str> =
        said.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let found = WORDS.iter().find(|(_, words)| said.iter().any(|word| words.contains(word)));
    match (found, resource) {
        (None, Some(resource)) => Turn::Resources(resource),
        (Some((turn, _)), _) => *turn,
        (None, None) => Turn::Same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_turn_is_read_from_the_words_beside_the_names() {
        for (said, resource, expected) in [
            ("and payments?", None, Turn::Same),
            ("same for yesterday", None, Turn::Same),
            ("Why?", None, Turn::Why),
            ("warum?", None, Turn::Why),
            ("show the plan", None, Turn::Plan),
            ("and errors?", None, Turn::Errors),
            ("and memory", Some(Resource::Memory), Turn::Resources(Resource::Memory)),
            ("more details please", None, Turn::More),
            ("and before that?", None, Turn::Before),
        ] {
            assert_eq!(turn(said, resource), expected, "{said}");
        }
    }
}
