//! Recognises the names of the inventory in what people type: plural, possessive, with or without
//! hyphens, with a typo, by region ("europe") or by the first part of a container's name.

use std::collections::HashMap;
use std::ops::Range;

use super::common_words::is_common;
use super::own_words::own_words;
use super::tokens::{Kind, Token, tokens};
use crate::model::inventory::Inventory;

/// Longest name in tokens: `postgres-quad-dev-replica-2-a`.
const LONGEST: usize = 6;
/// Words that are checked for typos; a sentence has fewer, and a flood shall not cost time.
const MOST_TYPOS: usize = 48;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum NameKind {
    Service,
    Container,
    Host,
    Database,
    Environment,
    Region,
}

impl NameKind {
    /// As slots call it.
    pub(super) fn slot(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Container => "container",
            Self::Host => "host",
            Self::Database => "database",
            Self::Environment => "environment",
            Self::Region => "region",
        }
    }
}

/// A name that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) tokens: Range<usize>,
    pub(super) kind: NameKind,
    /// As the inventory writes it.
    pub(super) name: String,
    /// The service a container belongs to.
    pub(super) implied: Option<String>,
    /// Spelled otherwise than the inventory has it.
    pub(super) guessed: bool,
}

/// Every known name in `tokens`, longest first where they overlap.
pub(super) fn names(all: &[Token], inventory: &Inventory) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    if all.is_empty() {
        return found;
    }
    let index = Index::new(inventory);
    let mut typos = 0;
    let mut at = 0;
    while at < all.len() {
        if all[at].kind != Kind::Word || all[at].hash {
            at += 1;
            continue;
        }
        match index.longest(all, at).or_else(|| index.typo(all, at, &mut typos)) {
            Some(named) => {
                at = named.tokens.end;
                found.push(named);
            }
            None => at += 1,
        }
    }
    found
}

struct Index<'a> {
    exact: HashMap<String, (NameKind, &'a str)>,
    inventory: &'a Inventory,
}

impl<'a> Index<'a> {
    fn new(inventory: &'a Inventory) -> Self {
        let mut exact = HashMap::new();
        // Later entries give way to earlier ones: a service before a container of the same name.
        let lists = [
            (NameKind::Service, &inventory.services),
            (NameKind::Container, &inventory.containers),
            (NameKind::Host, &inventory.hosts),
            (NameKind::Database, &inventory.databases),
            (NameKind::Environment, &inventory.environments),
            (NameKind::Region, &inventory.regions),
        ];
        for (kind, list) in lists {
            for name in list {
                exact.entry(joined(name)).or_insert((kind, name.as_str()));
            }
        }
        let mut index = Self { exact, inventory };
        index.add_services();
        index.add_environments();
        index.add_regions();
        index.add_containers();
        index.add_taught();
        index
    }

    fn alias(&mut self, alias: String, kind: NameKind, name: &'a str) {
        if alias.len() > 1 {
            self.exact.entry(alias).or_insert((kind, name));
        }
    }

    /// Names that people taught: one thing under another name, or a name for several services.
    fn add_taught(&mut self) {
        for (alias, members) in &self.inventory.aliases {
            let meant = match members.as_slice() {
                [one] => self.exact.get(&joined(one)).copied(),
                _ => Some((NameKind::Service, alias.as_str())),
            };
            let Some(meant) = meant else { continue };
            // "the db" and "db" are said of the same thing. What was taught wins over what is guessed.
            let bare = alias.strip_prefix("the ").unwrap_or(alias);
            self.exact.insert(joined(bare), meant);
            self.exact.insert(format!("the{}", joined(bare)), meant);
        }
    }

    /// "users api", "user-api", "users service" for `users-api`; "auth" for `auth-service`.
    fn add_services(&mut self) {
        for name in &self.inventory.services {
            let whole = joined(name);
            let stem = ["service", "api", "svc", "app", "server"]
                .iter()
                .find_map(|end| whole.strip_suffix(end))
                .filter(|stem| stem.len() > 2)
                .unwrap_or(&whole)
                .to_owned();
            for end in ["service", "svc", "api", "app"] {
                self.alias(format!("{stem}{end}"), NameKind::Service, name);
                self.alias(format!("{whole}{end}"), NameKind::Service, name);
                if let Some(single) = stem.strip_suffix('s') {
                    self.alias(format!("{single}{end}"), NameKind::Service, name);
                }
            }
            if !is_common(&stem) {
                self.alias(stem.clone(), NameKind::Service, name);
            }
            if let Some(single) =
                whole.strip_suffix('s').filter(|single| single.len() > 3 && !is_common(single))
            {
                self.alias(single.to_owned(), NameKind::Service, name);
            }
        }
        for name in &self.inventory.databases {
            let whole = joined(name);
            for end in ["db", "database"] {
                let stem = whole.strip_suffix("db").unwrap_or(&whole);
                self.alias(format!("{stem}{end}"), NameKind::Database, name);
            }
        }
    }

    fn add_environments(&mut self) {
        let groups: [&[&str]; 4] = [
            &["prod", "production", "prd", "produktion", "prodction", "live", "prods"],
            &["dev", "development", "devel"],
            &["qa", "quality", "uat"],
            &["staging", "stage", "stg", "preprod"],
        ];
        for group in groups {
            let Some(name) =
                self.inventory.environments.iter().find(|name| group.contains(&joined(name).as_str()))
            else {
                continue;
            };
            for word in group.iter().filter(|word| !matches!(**word, "live" | "quality" | "stage")) {
                self.alias((*word).to_owned(), NameKind::Environment, name);
            }
        }
    }

    fn add_regions(&mut self) {
        let groups: [(&str, &[&str]); 6] = [
            ("eu-", &["europe", "eu", "europa"]),
            ("us-", &["usa", "america", "northamerica", "amerika"]),
            ("ap-", &["asia", "apac", "asiapacific", "asien"]),
            ("sa-", &["southamerica"]),
            ("af-", &["africa"]),
            ("ca-", &["canada"]),
        ];
        let places = [
            ("eu-west-1", "ireland"),
            ("eu-west-2", "london"),
            ("eu-central-1", "frankfurt"),
            ("eu-west-3", "paris"),
            ("us-east-1", "virginia"),
            ("us-west-2", "oregon"),
            ("us-east-2", "ohio"),
            ("ap-southeast-2", "sydney"),
            ("ap-southeast-1", "singapore"),
            ("ap-northeast-1", "tokyo"),
            ("sa-east-1", "saopaulo"),
        ];
        for name in &self.inventory.regions {
            let lower = name.to_lowercase();
            for (start, words) in groups {
                if lower.starts_with(start) {
                    for word in words {
                        self.alias((*word).to_owned(), NameKind::Region, name);
                    }
                }
            }
            for (region, word) in places {
                if lower == region {
                    self.alias(word.to_owned(), NameKind::Region, name);
                }
            }
            // "us east", "eu west" without the number.
            let short = lower.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
            if short.contains('-') {
                self.alias(joined(short), NameKind::Region, name);
            }
        }
    }

    /// "redis" for `redis-cache`, where it is the only one that begins so.
    fn add_containers(&mut self) {
        let mut sorted: Vec<String> = self.inventory.containers.iter().map(|name| joined(name)).collect();
        sorted.sort_unstable();
        for name in &self.inventory.containers {
            let Some(first) = name.split(['-', '_']).next().map(joined).filter(|first| first.len() > 3)
            else {
                continue;
            };
            let from = sorted.partition_point(|other| *other < first);
            let alike = sorted[from..].iter().take(2).filter(|other| other.starts_with(&first)).count();
            if alike == 1 && !is_common(&first) {
                self.alias(first, NameKind::Container, name);
            }
        }
    }

    fn longest(&self, all: &[Token], at: usize) -> Option<Named> {
        let mut text = String::new();
        let mut best = None;
        for (count, token) in all[at..].iter().take(LONGEST).enumerate() {
            if token.kind != Kind::Word || token.text.len() > 64 {
                break;
            }
            text.push_str(&token.text);
            let end = at + count + 1;
            // "web 1h" is a service and a length, "web 1" the container.
            // "us as" is no plural of "usa".
            let stem =
                text.strip_suffix('s').filter(|stem| stem.len() > 2 && (count == 0 || token.text.len() > 3));
            let found = self.exact.get(&text).map(|hit| (hit, false)).or_else(|| {
                let hit = self.exact.get(stem?)?;
                (!matches!(hit.0, NameKind::Environment)).then_some((hit, true))
            });
            if let Some((&(kind, name), guessed)) = found
                && self.meant(all, at..end, kind, name)
            {
                best = Some(self.named(at..end, kind, name, guessed || joined(name) != text));
            }
        }
        // Part of a longer hyphenated word is another thing: `web-7` is not `web`.
        if let Some(named) = &best
            && let Some(next) = all.get(named.tokens.end).filter(|token| token.glued)
            && next.text.chars().all(|c| c.is_ascii_digit())
        {
            let mut named = named.clone();
            named.tokens.end += 1;
            named.guessed = true;
            return Some(named);
        }
        best
    }

    /// Whether a name that is also a common word is meant as a name here.
    fn meant(&self, all: &[Token], span: Range<usize>, kind: NameKind, name: &str) -> bool {
        let next = all.get(span.end).map_or("", |token| token.text.as_str());
        let text = all[span.start].text.as_str();
        if span.len() == 1 && text == "us" {
            return all[span.start].raw == "US";
        }
        if span.len() > 1 && kind == NameKind::Container && !all[span.end - 1].glued {
            // "top web 1 hour": a number with a unit belongs to the time.
            return !matches!(
                next,
                "h" | "hour" | "hours" | "min" | "minutes" | "days" | "day" | "am" | "pm"
            );
        }
        if span.len() == 1 && kind == NameKind::Service && span.start == 0 && is_common(&joined(name)) {
            // "search for slow queries", "report errors": a verb first.
            return !matches!(
                next,
                "for" | "the" | "all" | "me" | "my" | "our" | "if" | "whether" | "please"
            );
        }
        true
    }

    fn named(&self, tokens: Range<usize>, kind: NameKind, name: &str, guessed: bool) -> Named {
        let implied = (kind == NameKind::Container).then(|| self.service_of(name)).flatten();
        Named { tokens, kind, name: name.to_owned(), implied, guessed }
    }

    /// `web-1` runs the service `web`.
    fn service_of(&self, container: &str) -> Option<String> {
        let stem = container.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['-', '_']);
        self.inventory.services.iter().find(|service| service.eq_ignore_ascii_case(stem)).cloned()
    }

    /// A name within one or two slips of the finger, never a common word.
    fn typo(&self, all: &[Token], at: usize, tried: &mut usize) -> Option<Named> {
        let mut end = at + 1;
        let mut word = all[at].text.clone();
        while all.get(end).is_some_and(|token| token.glued) && end - at < LONGEST && word.len() < 40 {
            word.push_str(&all[end].text);
            end += 1;
        }
        let length = word.chars().count();
        if !(5..=32).contains(&length) || is_common(&word) || *tried >= MOST_TYPOS {
            return None;
        }
        *tried += 1;
        let first = word.chars().next()?;
        let mut best: Option<(usize, NameKind, &str)> = None;
        for (kind, name) in self.exact.iter().map(|(alias, (kind, _))| (*kind, alias.as_str())) {
            // The cheap tests first: they rule out nearly all.
            if !name.chars().take(2).any(|c| c == first)
                || name.len() < 4
                || name.len() + 2 < length
                || name.len() > 3 * (length + 2)
            {
                continue;
            }
            let other = name.chars().count();
            if other < 4
                || other.abs_diff(length) > 2
                || matches!(kind, NameKind::Environment | NameKind::Region)
            {
                continue;
            }
            let allowed = if other >= 8 { 2 } else { 1 };
            // Digits are not mistyped letters: db-1 and db-2 are two machines.
            if !same_digits(&word, name) {
                continue;
            }
            let distance = strsim::osa_distance(&word, name);
            if distance <= allowed && best.is_none_or(|(least, _, known)| (distance, name) < (least, known)) {
                best = Some((distance, kind, name));
            }
        }
        let (_, _, alias) = best?;
        let (kind, name) = *self.exact.get(alias)?;
        Some(self.named(at..end, kind, name, true))
    }
}

/// A name as its tokens read when written together.
fn joined(name: &str) -> String {
    // Hardly a name is written otherwise, and hundreds of them are read for every sentence.
    if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !name.contains("--")
    {
        return name
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .map(|b| b.to_ascii_lowercase() as char)
            .collect();
    }
    tokens(&own_words(name).letters).into_iter().map(|token| token.text).collect()
}

fn same_digits(one: &str, other: &str) -> bool {
    let digits = |text| str::chars(text).filter(char::is_ascii_digit);
    digits(one).eq(digits(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Inventory {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Inventory {
            services: list(&["checkout", "payments", "users-api", "web", "search", "auth-service"]),
            containers: list(&["web-1", "checkout-1", "postgres-quad-dev", "redis-cache"]),
            hosts: list(&["db-1"]),
            databases: list(&["shop-db"]),
            environments: list(&["dev", "prod"]),
            regions: list(&["us-east-1", "eu-west-1"]),
            ..Inventory::default()
        }
    }

    fn found(text: &str) -> Vec<String> {
        names(&tokens(&own_words(text).letters), &shop())
            .into_iter()
            .map(|named| format!("{} {}", named.kind.slot(), named.name))
            .collect()
    }

    #[test]
    fn names_are_found_however_they_are_spelled() {
        for (text, expected) in [
            ("checkout's latency", "service checkout"),
            ("chekout is slow", "service checkout"),
            ("the user api", "service users-api"),
            ("users_api", "service users-api"),
            ("Payment service", "service payments"),
            ("auth is down", "service auth-service"),
            ("web-1", "container web-1"),
            ("web 1 now", "container web-1"),
            ("bounce redis", "container redis-cache"),
            ("postgres-quad-dev", "container postgres-quad-dev"),
            ("shop db", "database shop-db"),
            ("in production", "environment prod"),
            ("slow in europe", "region eu-west-1"),
            ("us east", "region us-east-1"),
            ("web-7", "service web"),
        ] {
            assert_eq!(found(text), [expected], "{text}");
        }
    }

    #[test]
    fn common_words_are_never_names() {
        for text in [
            "check it out",
            "can you tell us",
            "our users complain",
            "paying customers",
            "search for it",
            "db-2",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
