//! Which indexes MySQL and MariaDB could have for a statement: ordered ones. Columns that are only kept along
//! are further keys, long texts are indexed by their beginning, and there is none of a part of the rows.

use std::collections::BTreeMap;

use super::Block;
use super::cost::PRIMARY;
use crate::sql::advice::{Candidate, Catalog, Method, Table, Uses};
use crate::sql::plan::condition::How;

/// So many signs of a long text tell enough apart,
const BEGINNING: usize = 100;
/// one of more than these is a long one,
const LONGEST: usize = 700;
/// and all columns of an index have no more bytes than this. A sign has up to four.
///
/// <https://dev.mysql.com/doc/refman/8.0/en/innodb-limits.html>
const MOST_BYTES: usize = 3_072;
const BYTES_A_SIGN: usize = 4;
const MOST_COLUMNS: usize = 5;

/// What a statement does with each table.
#[must_use]
pub fn uses(blocks: &[Block]) -> BTreeMap<String, Uses> {
    let mut all: BTreeMap<String, Uses> = BTreeMap::new();
    for block in blocks {
        for (at, source) in block.sources.iter().enumerate().filter(|(_, source)| source.given_by.is_none()) {
            let uses = all.entry(source.table.clone()).or_default();
            for part in &source.parts {
                let Some(key) = part.key.clone() else { continue };
                match part.how {
                    How::Equal => uses.equal.insert(key),
                    How::Range => uses.range.insert(key),
                    How::Prefix => uses.prefix.insert(key),
                    _ => false,
                };
            }
            let alike = block.links.iter().filter(|link| link.serves(at));
            uses.joined.extend(alike.filter_map(|link| Some(link.at(at)?.0.to_owned())));
            if let Some((_, order)) = block.order.as_ref().filter(|(of, _)| *of == at)
                && uses.order.is_empty()
            {
                uses.order.clone_from(order);
            }
            uses.read.extend(source.read.iter().cloned());
            uses.all |= source.all;
        }
    }
    all
}

/// All indexes that could serve a statement.
#[must_use]
pub fn candidates(uses: &BTreeMap<String, Uses>, catalog: &Catalog) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = Vec::new();
    for one in crate::sql::advice::candidates(uses, catalog) {
        if let Some(one) = innodb(one, catalog)
            && !all.contains(&one)
        {
            all.push(one);
        }
    }
    all
}

fn innodb(one: Candidate, catalog: &Catalog) -> Option<Candidate> {
    let table = catalog.tables.get(&one.table)?;
    let primary = table.indexes.iter().find(|index| index.name == PRIMARY);
    let is_kept_anyway = |column: &&String| primary.is_some_and(|index| index.columns.contains(column));
    let keys: Option<Vec<String>> = one
        .keys
        .iter()
        .chain(one.include.iter().filter(|column| !is_kept_anyway(column)))
        .map(|key| {
            let column = key.trim_end_matches(" DESC");
            let kind = &table.columns.get(column)?.kind;
            match indexed(kind) {
                As::Whole => Some(key.clone()),
                As::Beginning if one.include.is_empty() && column == key => {
                    Some(format!("{column}({BEGINNING})"))
                }
                _ => None,
            }
        })
        .collect();
    let keys = keys.filter(|keys| {
        keys.len() <= MOST_COLUMNS && keys.iter().map(|key| bytes(key, table)).sum::<usize>() <= MOST_BYTES
    })?;
    (one.method == Method::Btree && one.only.is_none() && !table.has_index(&keys)).then(|| Candidate {
        method: Method::InnoDb,
        keys,
        include: Vec::new(),
        ..one
    })
}

/// Bytes that a key may take.
fn bytes(key: &str, table: &Table) -> usize {
    if let Some(beginning) = length(key) {
        return beginning * BYTES_A_SIGN;
    }
    let kind = table.columns.get(key.trim_end_matches(" DESC")).map_or("", |column| &*column.kind);
    let signs = |kind: &str| length(kind).unwrap_or(1);
    match kind.split('(').next().unwrap_or_default() {
        "varchar" | "char" => signs(kind) * BYTES_A_SIGN,
        "varbinary" | "binary" => signs(kind),
        _ => 8,
    }
}

/// The number in parentheses: `varchar(255)`, `note(100)`.
fn length(text: &str) -> Option<usize> {
    text.split(['(', ')']).nth(1).and_then(|length| length.parse().ok())
}

enum As {
    Whole,
    Beginning,
    Not,
}

/// How a type can be indexed: `varchar(255)`, `longtext`, `json`.
fn indexed(kind: &str) -> As {
    let length = length(kind);
    match kind.split('(').next().unwrap_or_default() {
        "json" | "geometry" | "point" | "polygon" | "linestring" => As::Not,
        name if name.ends_with("text") || name.ends_with("blob") => As::Beginning,
        "varchar" | "char" | "varbinary" if length.is_some_and(|length| length > LONGEST) => As::Beginning,
        _ => As::Whole,
    }
}
