//! Fills in what a sentence says beside its intent: names, numbers, times, values.

use std::collections::BTreeMap;

use super::clauses::Clause;
use super::items::{Class, Item, ItemKind};
use super::names::NameKind;
use crate::model::time::TimeRange;

/// Name to value, as in the data.
pub type Slots = BTreeMap<&'static str, String>;

/// The slots of a message whose intent is `intent`, said in clause `operative`.
pub(super) fn slots(
    items: &[Item],
    clauses: &[Clause],
    operative: Option<usize>,
    intent: &str,
) -> (Slots, Option<TimeRange>) {
    let mut slots = Slots::new();
    let order = reading_order(items, clauses, operative);
    names(items, &order, &mut slots);
    let range = order
        .iter()
        .filter_map(|at| match &items[*at].kind {
            ItemKind::Time(said) if !items[*at].quoted => Some((said, *at)),
            _ => None,
        })
        .max_by_key(|(said, at)| (said.exact, std::cmp::Reverse(order.iter().position(|other| other == at))))
        .map(|(said, _)| match intent {
            "silence" | "forecast_capacity" | "on_call" => said.future,
            _ => said.past,
        });
    if let Some(range) = range {
        let shown = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%dT%H:%MZ").to_string();
        slots.insert("from", shown(range.from));
        slots.insert("to", shown(range.to));
    }
    let mut put = |slot: &'static str, value: Option<String>| {
        if let Some(value) = value {
            slots.insert(slot, value);
        }
    };
    put("resource", order.iter().find_map(|at| resource(&items[*at].text)).map(str::to_owned));
    put("version", order.iter().find(|at| items[**at].is(Class::Version)).map(|at| items[*at].text.clone()));
    match intent {
        "acknowledge" | "resolve" | "silence" | "feedback" | "similar_incidents" | "audit"
        | "list_alerts" | "analyze_errors" | "analyze_latency" | "analyze_resources" | "status"
        | "create_issue" | "follow_up" | "help" => {
            put(
                "alert",
                alert(
                    items,
                    &order,
                    matches!(
                        intent,
                        "acknowledge" | "resolve" | "silence" | "feedback" | "audit" | "similar_incidents"
                    ),
                ),
            );
        }
        _ => {}
    }
    match intent {
        "slow_queries" | "list_alerts" | "analyze_errors" | "analyze_latency" | "analyze_resources"
        | "similar_incidents" | "audit" => put("limit", limit(items)),
        "explain_query" | "create_index" | "create_issue" => put("query", query(items)),
        "scale_service" => put("replicas", replicas(items)),
        "set_threshold" => put("value", value(items)),
        "report" => put("period", Some(period(items, range).to_owned())),
        _ => {}
    }
    (slots, range)
}

/// The operative clause first, then its sentence, then the rest; what is quoted comes last.
fn reading_order(items: &[Item], clauses: &[Clause], operative: Option<usize>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    let Some(clause) = operative.and_then(|at| clauses.get(at)) else { return order };
    order.sort_by_key(|at| {
        (items[*at].quoted, !clause.items.contains(at), !clause.sentence.contains(at), *at)
    });
    order
}

fn names(items: &[Item], order: &[usize], slots: &mut Slots) {
    let mut implied = None;
    for at in order {
        match &items[*at].kind {
            ItemKind::Name(named) => {
                if named.kind == NameKind::Container && implied.is_none() {
                    implied = named.implied.clone();
                }
                slots.entry(named.kind.slot()).or_insert_with(|| named.name.clone());
            }
            ItemKind::Path => {
                slots.entry("endpoint").or_insert_with(|| items[*at].raw.clone());
            }
            _ => {}
        }
    }
    if let Some(service) = implied {
        slots.entry("service").or_insert(service);
    }
}

fn resource(word: &str) -> Option<&'static str> {
    Some(match word {
        "cpu" | "cpus" | "processor" | "prozessor" | "load" | "vcpu" | "cores" | "processeur" | "cpuload" => {
            "cpu"
        }
        "memory" | "mem" | "ram" | "heap" | "oom" | "oomkilled" | "oomed" | "ooming" | "leak" | "leaks"
        | "leaking" | "leaky" | "swap" | "swapping" | "speicher" | "arbeitsspeicher"
        | "speicherverbrauch" | "memoire" | "memeory" | "memroy" | "oomkill" | "memmory" | "momory"
        | "memoy" | "oomkills" => "memory",
        "disk" | "disks" | "disc" | "storage" | "volume" | "volumes" | "space" | "filesystem" | "inodes"
        | "inode" | "festplatte" | "festplatten" | "platte" | "plattenplatz" | "speicherplatz" | "disque"
        | "disques" | "ssd" | "hdd" | "partition" | "dsik" | "diskspace" => "disk",
        _ => return None,
    })
}

fn alert(items: &[Item], order: &[usize], bare: bool) -> Option<String> {
    let numbered = |at: &&usize| items[**at].is(Class::Number);
    order
        .iter()
        .filter(numbered)
        .find(|at| {
            items[**at].hash
                || at.checked_sub(1).is_some_and(|before| {
                    let word = items[before].text.as_str();
                    ["alert", "incident", "alarm", "number", "no", "nr", "alarme", "alerte", "id", "case"]
                        .contains(&word)
                })
        })
        .or_else(|| order.iter().filter(numbered).find(|at| bare || is_told_of(items, **at)))
        .map(|at| items[*at].text.clone())
}

/// "is 908 resolved?", "who acked 1234": a number that something was done to. Not "are the 500s fixed".
fn is_told_of(items: &[Item], at: usize) -> bool {
    const DONE: &[&str] = &[
        "ack",
        "acked",
        "acknowledged",
        "resolve",
        "resolved",
        "fixed",
        "closed",
        "close",
        "reopened",
        "silenced",
        "muted",
        "firing",
        "quittiert",
        "behoben",
        "gelost",
        "geschlossen",
        "resolu",
        "acquitte",
    ];
    let status = items[at].number().is_some_and(|number| number < 10 || (400..600).contains(&number));
    let near = at.saturating_sub(2)..items.len().min(at + 4);
    !status && items[near].iter().any(|item| DONE.contains(&item.text.as_str()))
}

/// "top 5", "10 worst".
fn limit(items: &[Item]) -> Option<String> {
    let near = |word: Option<&Item>| {
        word.is_some_and(|item| {
            [
                "top",
                "first",
                "worst",
                "last",
                "slowest",
                "latest",
                "best",
                "newest",
                "biggest",
                "most",
                "recent",
                "queries",
                "slow",
                "errors",
                "alerts",
                "heaviest",
                "longest",
                "statements",
                "langsamsten",
                "common",
                "frequent",
                "open",
                "expensive",
                "incidents",
                "abfragen",
                "exceptions",
            ]
            .contains(&item.text.as_str())
        })
    };
    (0..items.len()).find_map(|at| {
        let count = number(&items[at])?;
        // "the 5 database statements": a word of kind may stand in between.
        let kind = items.get(at + 1).is_some_and(|item| {
            matches!(item.text.as_str(), "database" | "db" | "sql" | "critical" | "different" | "single")
        });
        (near(at.checked_sub(1).and_then(|before| items.get(before)))
            || near(items.get(at + 1))
            || kind && near(items.get(at + 2)))
        .then(|| count.to_string())
    })
}

/// "query 2", "query #2", "the second query", `getUserWithDomain`.
fn query(items: &[Item]) -> Option<String> {
    let is_query = |item: &Item| {
        ["query", "statement", "abfrage", "requete", "querry", "qurey", "quer"].contains(&item.text.as_str())
    };
    if let Some(item) = items.iter().find(|item| item.is(Class::Identifier)) {
        return Some(item.raw.clone());
    }
    (0..items.len())
        .find_map(|at| {
            if is_query(&items[at]) {
                let after = items[at + 1..]
                    .iter()
                    .take(3)
                    .find(|item| !["number", "no", "nr", "id"].contains(&item.text.as_str()));
                if let Some(item) = after.filter(|item| item.number().is_some() || looks_like_id(&item.text))
                {
                    return Some(item.text.clone());
                }
                let before = at.checked_sub(1).map(|before| items[before].text.as_str()).unwrap_or_default();
                let ordinal = [
                    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
                    "tenth",
                ]
                .iter()
                .position(|word| *word == before)
                .map(|at| (at + 1).to_string());
                let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| before.strip_suffix(end));
                return ordinal.or_else(|| digits.filter(|d| d.parse::<u32>().is_ok()).map(str::to_owned));
            }
            None
        })
        .or_else(|| {
            // "explain 3", "explain #3"
            items
                .windows(2)
                .find(|pair| pair[0].text == "explain")
                .and_then(|pair| pair[1].number())
                .map(|n| n.to_string())
        })
}

/// A short hash, as quad shows for statements.
fn looks_like_id(text: &str) -> bool {
    (4..=16).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_hexdigit())
        && text.bytes().any(|b| b.is_ascii_digit())
}

fn replicas(items: &[Item]) -> Option<String> {
    let stated = items.iter().enumerate().rev().find(|(at, item)| {
        number(item).is_some()
            && at.checked_sub(1).is_some_and(|before| {
                ["to", "auf", "a", "with", "at", "of", "by", "sur"].contains(&items[before].text.as_str())
            })
    });
    stated
        .map(|(_, item)| item)
        .or_else(|| items.iter().rev().find(|item| number(item).is_some()))
        .and_then(number)
        .map(|count| count.to_string())
}

fn number(item: &Item) -> Option<i64> {
    if item.kind != ItemKind::Word {
        return None;
    }
    item.number().or_else(|| {
        [
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
            "twelve",
        ]
        .iter()
        .position(|word| *word == item.text)
        .or_else(|| {
            ["null", "eins", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun", "zehn"]
                .iter()
                .position(|word| *word == item.text)
        })
        .and_then(|count| i64::try_from(count).ok())
    })
}

/// "300ms", "500 ms", "80%", "2 percent", "1.5 seconds", with the unit written close.
fn value(items: &[Item]) -> Option<String> {
    let unit = |word: &str| {
        Some(match word {
            "ms" | "millis" | "milliseconds" | "millisecond" | "msec" | "millisekunden" => "ms",
            "s" | "sec" | "secs" | "seconds" | "second" | "sekunden" | "sekunde" | "secondes" => "s",
            "percent" | "pct" | "prozent" | "percents" | "pourcent" => "%",
            "gb" | "gib" | "gigs" => "gb",
            "mb" | "mib" => "mb",
            "min" | "minutes" | "mins" => "min",
            _ => return None,
        })
    };
    let mut best = None;
    for (at, item) in items.iter().enumerate() {
        let text = item.text.as_str();
        let digits = text.starts_with(|c: char| c.is_ascii_digit());
        if !digits {
            continue;
        }
        if item.kind == ItemKind::Word && (item.is(Class::Span) || item.is(Class::Percent)) {
            best = Some(text.to_owned());
        } else if item.kind == ItemKind::Word && text.parse::<f64>().is_ok() {
            match items.get(at + 1).and_then(|next| unit(&next.text)) {
                Some(unit) => best = Some(format!("{text}{unit}")),
                None => best = best.or_else(|| Some(text.to_owned())),
            }
        } else if matches!(item.kind, ItemKind::Time(_)) {
            let mut words = text.split(' ');
            if let (Some(count), Some(unit)) = (words.next(), words.next().and_then(unit)) {
                best = best.or_else(|| Some(format!("{count}{unit}")));
            }
        }
    }
    best
}

fn period(items: &[Item], range: Option<TimeRange>) -> &'static str {
    for item in items {
        match item.text.as_str() {
            "weekly" | "week" | "weeks" | "wochenbericht" | "wochentlich" | "wochentlichen"
            | "wochentlicher" | "hebdomadaire" | "hebdo" | "wochenreport" | "semaine" | "woche" => {
                return "weekly";
            }
            "daily" | "day" | "tagesbericht" | "morning" | "taglich" | "taglichen" | "taglicher"
            | "quotidien" | "9am" | "tagesreport" => return "daily",
            "monthly" | "month" | "monatsbericht" | "mensuel" => return "monthly",
            typed if strsim::osa_distance(typed, "weekly") == 1 => return "weekly",
            typed if strsim::osa_distance(typed, "daily") == 1 => return "daily",
            _ => {}
        }
    }
    match range {
        Some(range) if range.length() > chrono::TimeDelta::days(10) => "monthly",
        Some(range) if range.length() > chrono::TimeDelta::days(2) => "weekly",
        _ if items.iter().any(|item| {
            item.text.contains("this week")
                || item.text.contains("last week")
                || item.text.contains("past week")
        }) =>
        {
            "weekly"
        }
        _ => "daily",
    }
}
