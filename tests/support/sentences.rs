//! Labelled sentences, the worlds they are said in, and how a reading of them is scored.

use std::collections::BTreeMap;
use std::fmt;

use quad::intent::Parsed;
use quad::model::inventory::Inventory;
use quad::model::time::Moment;
use serde::Deserialize;

pub(crate) use quad::intent::ACTS as ACTING;

#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) text: String,
    pub(crate) intent: String,
    pub(crate) slots: BTreeMap<String, String>,
    pub(crate) world: String,
    pub(crate) set: String,
}

impl Row {
    /// What is to be learned from it. Sets `told-*` name no intent: whatever only reads is right.
    pub(crate) fn wanted(&self) -> Option<&str> {
        (!self.set.starts_with("told")).then_some(self.intent.as_str())
    }

    /// Whose sentence it is. The sets up to `told-3`, and `more`, are by the hand that wrote the phrase lists.
    pub(crate) fn author(&self) -> &str {
        match self.set.as_str() {
            "sre" | "lead" | "dev" | "intl" | "act" | "ops" | "desk" | "phone" | "night" => &self.set,
            _ => "first",
        }
    }
}

/// Whose names are known, and when it is.
pub(crate) struct World {
    pub(crate) inventory: Inventory,
    pub(crate) now: Moment,
}

pub(crate) fn world(name: &str) -> World {
    let list = |names: &str| names.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let moment = |text: &str| text.parse().expect("a moment");
    match name {
        "shop" => World {
            inventory: Inventory {
                services: list("checkout payments users-api catalog web search"),
                containers: list("web-1 catalog-2 checkout-1 postgres-quad-dev redis-cache"),
                hosts: list("db-1 app-3"),
                databases: list("shop-db"),
                environments: list("dev qa prod"),
                regions: list("us-east-1 eu-west-1"),
                timezone: chrono_tz::UTC,
                ..Inventory::default()
            },
            now: moment("2026-01-08T14:00:00Z"),
        },
        "bank" => World {
            inventory: Inventory {
                services: list("ledger auth-service gateway notifications orders image-resizer"),
                containers: list("gateway-2 ledger-1 kafka-broker-1"),
                hosts: list("edge-01 node7"),
                databases: list("ledger-db analytics"),
                environments: list("staging production"),
                regions: list("eu-central-1 ap-southeast-2"),
                timezone: chrono_tz::Europe::Berlin,
                ..Inventory::default()
            },
            now: moment("2026-06-17T09:30:00Z"),
        },
        other => panic!("no world {other}"),
    }
}

/// The sentences that the ranker is learned from.
pub(crate) fn rows() -> Vec<Row> {
    read(include_str!("../data/utterances.jsonl"))
}

/// Sentences that nothing is ever learned from, nor written for.
pub(crate) fn unseen() -> Vec<Row> {
    read(include_str!("../data/unseen.jsonl"))
}

fn read(lines: &str) -> Vec<Row> {
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

/// How many sentences were read right.
#[derive(Debug, Default)]
pub(crate) struct Score {
    pub(crate) sentences: usize,
    pub(crate) right: usize,
    pub(crate) slots: usize,
    pub(crate) slots_right: usize,
    /// Sentences that would have acted and must not.
    pub(crate) acted: Vec<String>,
    /// What was read otherwise, for people.
    pub(crate) wrong: Vec<String>,
}

impl Score {
    pub(crate) fn add(&mut self, row: &Row, parsed: &Parsed) {
        let none = row.slots.get("action").is_some_and(|action| action == "none");
        let acted = ACTING.contains(&parsed.intent);
        let bad = acted && (!ACTING.contains(&row.intent.as_str()) || (none && parsed.intent != row.intent));
        if bad {
            self.acted.push(row.text.clone());
        }
        let ok = if none && row.intent != "refuse" { !bad } else { parsed.intent == row.intent };
        self.sentences += 1;
        if ok {
            self.right += 1;
        } else {
            self.wrong.push(format!("{:?}: want {}, got {}", row.text, row.intent, parsed.intent));
        }
        for (slot, want) in row.slots.iter().filter(|(slot, _)| *slot != "action") {
            let got = parsed.slots.get(slot.as_str());
            self.slots += 1;
            if same(slot, want, got) {
                self.slots_right += 1;
            } else {
                self.wrong.push(format!("{:?}: {slot} want {want}, got {got:?}", row.text));
            }
        }
    }

    /// Both together.
    pub(crate) fn join(&mut self, other: Self) {
        self.sentences += other.sentences;
        self.right += other.right;
        self.slots += other.slots;
        self.slots_right += other.slots_right;
        self.acted.extend(other.acted);
        self.wrong.extend(other.wrong);
    }

    pub(crate) fn intents(&self) -> f64 {
        self.right as f64 / self.sentences.max(1) as f64
    }

    pub(crate) fn slots(&self) -> f64 {
        self.slots_right as f64 / self.slots.max(1) as f64
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {:.3} | {:.3} | {}", self.sentences, self.intents(), self.slots(), self.acted.len())
    }
}

/// Within 61 minutes counts as equal, since "this morning" has no exact start.
fn same(slot: &str, want: &str, got: Option<&String>) -> bool {
    let Some(got) = got else { return false };
    if !matches!(slot, "from" | "to") {
        return got.eq_ignore_ascii_case(want);
    }
    let moment = |text: &str| {
        chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ")
            .expect("slots hold moments to the minute")
    };
    (moment(got) - moment(want)).num_minutes().abs() <= 61
}
