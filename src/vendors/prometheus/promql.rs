//! Writes PromQL: the one place that knows its syntax.

use crate::exporters::labels::{LabelNames, Role};

/// How rates are formed, and of which series.
#[derive(Debug, Clone)]
pub(super) struct Shape<'a> {
    pub(super) names: &'a LabelNames,
    /// Matchers that are added to every selector, without braces; may be empty.
    pub(super) matchers: &'a str,
    /// The window of rates, in seconds.
    pub(super) window: u32,
}

/// An expression whose rows say their roles: by a label that they have, or where several labels may
/// hold one, by one of ours into which the first of them was copied.
#[derive(Debug, Clone)]
pub(super) struct Told {
    expression: String,
    labels: Vec<String>,
}

impl Shape<'_> {
    /// `metric{matchers}`.
    pub(super) fn select(&self, metric: &str, more: &str) -> String {
        let all: Vec<&str> = [self.matchers.trim().trim_end_matches(','), more]
            .into_iter()
            .filter(|m| !m.is_empty())
            .collect();
        if all.is_empty() { metric.to_owned() } else { format!("{metric}{{{}}}", all.join(",")) }
    }

    /// `rate(metric{matchers}[window])`.
    pub(super) fn rate(&self, metric: &str, more: &str) -> String {
        format!("rate({}[{}s])", self.select(metric, more), self.window)
    }

    /// `expression` with the labels that hold `roles`, as far as `present` has them. `None` for
    /// `present` means that it is not known, so any may be there.
    pub(super) fn tell(&self, expression: String, roles: &[Role], present: Option<&[String]>) -> Told {
        let mut told = Told { expression, labels: Vec::new() };
        for &role in roles {
            let there = |name: &&String| present.is_none_or(|present| present.contains(name));
            let candidates: Vec<&String> = self.names.candidates(role).iter().filter(there).collect();
            match candidates[..] {
                [] => {}
                [only] => told.labels.push(only.clone()),
                _ => {
                    // The first candidate is copied last, so it has the last word.
                    for name in candidates.iter().rev() {
                        told.expression = format!(
                            "label_replace({}, \"{}\", \"$1\", \"{name}\", \"(.+)\")",
                            told.expression,
                            role.own_label()
                        );
                    }
                    told.labels.push(role.own_label().to_owned());
                }
            }
        }
        told
    }
}

impl Told {
    /// `sum by (labels) (expression)`, or another aggregation; `extra` labels are kept too.
    pub(super) fn by(&self, aggregation: &str, extra: &[&str]) -> String {
        format!("{aggregation} by ({}) ({})", self.list(extra), self.expression)
    }

    /// The labels, for `on (...)` and `by (...)`.
    pub(super) fn list(&self, extra: &[&str]) -> String {
        let mut all: Vec<&str> = Vec::new();
        for label in self.labels.iter().map(String::as_str).chain(extra.iter().copied()) {
            if !all.contains(&label) {
                all.push(label);
            }
        }
        all.join(", ")
    }
}

/// The 95th percentile out of rates of buckets that are grouped by `le` too.
pub(super) fn p95(buckets: &str) -> String {
    format!("histogram_quantile(0.95, {buckets})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_are_not_there_don_t_make_queries_longer() {
        let names = LabelNames::default();
        let shape = Shape { names: &names, matchers: "namespace=\"shop\",", window: 20 };
        let present = ["job".to_owned(), "http_route".to_owned()];
        let roles = [Role::Service, Role::Endpoint, Role::Region];
        let told = shape.tell(shape.rate("x_count", ""), &roles, Some(&present));
        assert_eq!(
            told.by("sum", &["le"]),
            "sum by (job, http_route, le) (rate(x_count{namespace=\"shop\"}[20s]))"
        );

        let present = ["job".to_owned(), "service".to_owned()];
        let told = shape.tell("up".to_owned(), &[Role::Service], Some(&present));
        assert_eq!(
            told.by("max", &[]),
            "max by (quad_service) (label_replace(label_replace(up, \"quad_service\", \"$1\", \"job\", \"(.+)\"), \
             \"quad_service\", \"$1\", \"service\", \"(.+)\"))"
        );
    }
}
