//! Decides what to advise for one statement, from its plan today and what the planner made of indexes
//! that aren't there. What no planner tells (an index by content, a foreign key's check) is costed here.

use std::collections::BTreeMap;

use super::surprise::Surprise;
use super::{Advice, Candidate, Catalog, Explained, Method, Uses};
use crate::sql::words::{count, rows};

/// An index is worth it from this gain on.
pub const WORTH: f64 = 2.0;
/// What quad has worked out itself has to promise this much, to be sure of the other.
const CLEAR: f64 = 3.0;
/// What is cheaper than this is over in no time whatever is done (in the planner's units).
const CHEAP: f64 = 150.0;
/// How many rows a join leaves is estimated badly, so a gain that rests on looking many of them up has to
/// promise more: twice as much at this many.
const MANY_LOOKUPS: f64 = 10_000.0;
/// An index by content finds fewer than this share of the rows, or reading all in order is quicker.
const FEW_BY_CONTENT: f64 = 0.05;
/// A row that is found by an index costs the planner about this much.
const ROW_BY_INDEX: f64 = 4.0;
/// What looking into an index by content costs at all.
const LOOK_BY_CONTENT: f64 = 50.0;
/// Reading one row of a table and comparing it, in the planner's units.
const ROW_IN_ORDER: f64 = 0.0125;
/// Fewer rows than this are searched in no time, however often they are.
const MANY_CHILDREN: f64 = 10_000.0;

/// The smallest set of indexes that the planner would nearly as well do with as with all.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The indexes.
    pub indexes: Vec<Candidate>,
    /// How many times cheaper the statement gets.
    pub gain: f64,
    /// How often the plan would go down an index.
    pub lookups: f64,
    /// The planner itself was asked; otherwise quad has worked it out.
    pub by_planner: bool,
}

impl Choice {
    /// Whether the promise can be relied on.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        let worth = if self.by_planner { WORTH } else { CLEAR };
        self.gain >= worth + self.lookups / MANY_LOOKUPS
    }
}

/// Whether it is worth asking the planner about a statement at all.
#[must_use]
pub fn is_cheap(base: &Explained) -> bool {
    base.cost < CHEAP
}

/// What to advise. `inside` are the indexes by content that could serve; `by_planner`: it was asked about the
/// others.
#[must_use]
pub fn verdict(
    id: &str,
    base: &Explained,
    uses: &BTreeMap<String, Uses>,
    choice: Option<Choice>,
    inside: &[Candidate],
    catalog: &Catalog,
    by_planner: bool,
) -> Advice {
    let sure = choice.as_ref().filter(|choice| choice.is_sure());
    let content = if is_cheap(base) { None } else { by_content(inside, base, catalog) };
    let mut advice = match (content, sure) {
        (Some((index, gain)), sure) if sure.is_none_or(|choice| gain > choice.gain) => Advice {
            because: searched_by_content(&index, base, catalog),
            indexes: vec![index],
            speedup: gain,
            ..Advice::none(id, String::new())
        },
        (_, Some(choice)) => Advice {
            because: fallen(choice, base),
            indexes: choice.indexes.clone(),
            speedup: choice.gain,
            verified: choice.by_planner,
            ..Advice::none(id, String::new())
        },
        (_, None) => Advice {
            verified: by_planner,
            ..Advice::none(
                id,
                no_index(base, uses, choice.as_ref().filter(|choice| choice.gain >= WORTH), by_planner),
            )
        },
    };
    behind_foreign_keys(&mut advice, base, uses, catalog);
    advice
}

/// Deleting a row means looking for those that refer to it: in every table that has no index for that,
/// from end to end. No plan shows it.
fn behind_foreign_keys(
    advice: &mut Advice,
    base: &Explained,
    uses: &BTreeMap<String, Uses>,
    catalog: &Catalog,
) {
    let keys = uses
        .iter()
        .filter(|(_, uses)| uses.deleted)
        .filter_map(|(table, _)| catalog.tables.get(table))
        .flat_map(|table| &table.referred_by);
    let (mut searched, mut tables) = (0.0, Vec::new());
    for key in keys {
        let Some(child) = catalog.tables.get(&key.table) else { continue };
        if child.rows < MANY_CHILDREN || child.has_index(&key.columns) {
            continue;
        }
        searched += child.pages + child.rows * ROW_IN_ORDER;
        tables.push(format!("all {} of {}", rows(child.rows), key.table));
        advice.indexes.push(Candidate {
            table: key.table.clone(),
            method: Method::Btree,
            keys: key.columns.clone(),
            include: Vec::new(),
            only: None,
        });
    }
    if tables.is_empty() {
        return;
    }
    let others =
        if advice.indexes.len() > tables.len() { format!("{}; and ", advice.because) } else { String::new() };
    advice.because = format!(
        "{others}for each row that is deleted, {} are searched for what refers to it (foreign key)",
        tables.join(" and ")
    );
    advice.speedup = (base.cost + searched) / (base.cost / advice.speedup + 10.0);
    advice.verified = false;
}

/// An index by what is inside values: each row that is found costs once.
fn by_content(inside: &[Candidate], base: &Explained, catalog: &Catalog) -> Option<(Candidate, f64)> {
    let gain = |index: &Candidate| {
        let table = catalog.tables.get(&index.table)?;
        let scan = base.whole(&index.table, table)?;
        let all = table.rows;
        let others = base.cost - scan.cost;
        let found = index.keys.iter().filter_map(|key| scan.found_by(key)).min_by(f64::total_cmp)?;
        (found < all * FEW_BY_CONTENT).then(|| base.cost / (others + LOOK_BY_CONTENT + found * ROW_BY_INDEX))
    };
    inside
        .iter()
        .filter_map(|index| Some((index.clone(), gain(index)?)))
        .filter(|(_, gain)| *gain >= WORTH)
        .max_by(|one, other| one.1.total_cmp(&other.1))
}

fn searched_by_content(index: &Candidate, base: &Explained, catalog: &Catalog) -> String {
    let needs = index.keys.iter().any(|key| key.ends_with("gin_trgm_ops")) && !catalog.trigrams;
    format!(
        "the search reads all of {} for {}; an index by content finds them{}",
        index.table,
        rows(base.scan(&index.table).map_or(base.rows, |scan| scan.rows)),
        if needs { " (needs CREATE EXTENSION pg_trgm)" } else { "" }
    )
}

fn fallen(choice: &Choice, base: &Explained) -> String {
    let read = choice.indexes.iter().find_map(|index| base.scan(&index.table));
    format!(
        "{} from {} to {} ({})",
        if choice.by_planner { "the planner's cost falls" } else { "by quad's own reckoning the cost falls" },
        count(base.cost),
        count(base.cost / choice.gain),
        match read {
            Some(scan) => format!("today it reads all of {} for {}", scan.table, rows(scan.rows)),
            None => "today another index is used".to_owned(),
        }
    )
}

/// What the planner promises, and why it is not believed.
#[must_use]
pub fn refused(promised: &Choice, surprise: &Surprise) -> String {
    format!(
        "{} {} times less for {}, but {}: not proposed",
        if promised.by_planner { "the planner promises" } else { "by quad's own reckoning it costs" },
        count(promised.gain),
        promised.indexes.iter().map(Candidate::sql).collect::<Vec<_>>().join(" and "),
        surprise.words,
    )
}

fn no_index(
    base: &Explained,
    uses: &BTreeMap<String, Uses>,
    choice: Option<&Choice>,
    by_planner: bool,
) -> String {
    if let Some(choice) = choice.filter(|choice| !choice.by_planner) {
        return format!(
            "{} would make it {} times cheaper by quad's own reckoning, which is not enough to be sure of",
            choice.indexes.iter().map(Candidate::sql).collect::<Vec<_>>().join(" and "),
            count(choice.gain),
        );
    }
    if let Some(choice) = choice {
        return format!(
            "the planner promises {} times less for {}, but only with {} lookups, and how many those are it \
             estimates badly: not worth the writes",
            count(choice.gain),
            choice.indexes.iter().map(Candidate::sql).collect::<Vec<_>>().join(" and "),
            count(choice.lookups)
        );
    }
    if is_cheap(base) {
        return "it is cheap already: the planner expects next to no work".to_owned();
    }
    if let Some(rewrite) = uses.values().flat_map(|uses| &uses.rewrites).next() {
        return rewrite.clone();
    }
    let searches = |uses: &Uses| !uses.equal.is_empty() || !uses.range.is_empty() || !uses.prefix.is_empty();
    match &base.scans[..] {
        [] => "the planner reads it by indexes already".to_owned(),
        [one] if !uses.values().any(searches) && !one.parts.is_empty() => {
            format!("it reads all of {}, and quad knows no index for what it looks for", one.table)
        }
        [one] if !uses.values().any(searches) => {
            format!("it reads all of {}: there is no search that an index could serve", one.table)
        }
        _ if by_planner => {
            "no index that quad could think of makes it twice as cheap for the planner: most of what is read \
             is needed"
                .to_owned()
        }
        _ => "quad found no index that certainly makes it cheaper; the planner could not be asked".to_owned(),
    }
}
