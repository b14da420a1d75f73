//! Reads the layer table out of ARCHITECTURE.md, so that the document and the test can't disagree.

use std::collections::{BTreeMap, BTreeSet};

/// Who may use whom.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Module -> modules that it may use.
    allowed: BTreeMap<String, BTreeSet<String>>,
    pure: BTreeSet<String>,
    /// `vendors/http` as ("vendors", "http"): what "aside" exempts.
    aside: BTreeSet<(String, String)>,
    /// Modules whose children may not use each other.
    parted: BTreeSet<String>,
}

impl Table {
    /// The table under the heading "Who may use whom".
    pub(crate) fn parse(document: &str) -> Result<Self, String> {
        let rows: Vec<Vec<&str>> = document
            .lines()
            .skip_while(|line| !line.contains("Who may use whom"))
            .filter(|line| line.starts_with('|'))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .filter(|cells: &Vec<&str>| cells[0].parse::<usize>().is_ok())
            .collect();
        if rows.is_empty() {
            return Err("no layer table found".into());
        }
        // Of each row: groups in order, separated by "then".
        let mut layers: Vec<Vec<Vec<String>>> = Vec::new();
        for cells in &rows {
            let [number, modules, _, _] = cells[..] else {
                return Err(format!("a row with {} cells", cells.len()));
            };
            if number.parse() != Ok(layers.len()) {
                return Err(format!("row {number} is out of order"));
            }
            layers.push(modules.split("then").map(names).collect());
        }

        let mut table = Self::default();
        for (at, cells) in rows.iter().enumerate() {
            let (may_use, never) = (cells[2], cells[3]);
            let own_row = format!("{} {may_use}", cells[1]).contains("before it");
            for (place, group) in layers[at].iter().enumerate() {
                for module in group {
                    let mut allowed = BTreeSet::from([module.clone()]);
                    for number in numbers(may_use, module, layers.len()) {
                        allowed.extend(layers[number].iter().flatten().cloned());
                    }
                    if own_row {
                        allowed.extend(layers[at][..place].iter().flatten().cloned());
                    }
                    table.allowed.insert(module.clone(), allowed);
                    if never.contains("async") {
                        table.pure.insert(module.clone());
                    }
                    if never.contains("each other") {
                        table.parted.insert(module.clone());
                    }
                }
            }
            for name in names(never).iter().filter_map(|n| n.split_once('/')) {
                table.aside.insert((name.0.to_owned(), name.1.to_owned()));
            }
        }
        Ok(table)
    }

    /// Whether `from` may name `to`; `inner` and `to_inner` are the modules one step further down.
    pub(crate) fn allows(
        &self,
        from: &str,
        inner: Option<&str>,
        to: &str,
        to_inner: Option<&str>,
    ) -> Result<(), String> {
        let Some(allowed) = self.allowed.get(from) else {
            return Err(format!("module {from} is not in the layer table"));
        };
        let aside =
            to_inner.is_some_and(|to_inner| self.aside.contains(&(to.to_owned(), to_inner.to_owned())));
        if from == to {
            let apart = self.parted.contains(from) && self.aside.iter().any(|(parent, _)| parent == from);
            return match (inner, to_inner) {
                (Some(one), Some(other)) if apart && one != other && !aside => {
                    Err(format!("{from}/{one} may not use {to}/{other}"))
                }
                _ => Ok(()),
            };
        }
        let sibling_aside = aside && self.parted.contains(from) && self.parted.contains(to);
        if allowed.contains(to) || sibling_aside {
            return Ok(());
        }
        if !self.allowed.contains_key(to) {
            return Err(format!("{to} is not in the layer table"));
        }
        Err(format!("{from} may not use {to}"))
    }

    /// Whether the table says "never async, IO, ..." of it.
    pub(crate) fn is_pure(&self, module: &str) -> bool {
        self.pure.contains(module)
    }
}

/// The rows that `module` may use: `0`, `0-2`, "`web` also 3" (only for web), or "all".
fn numbers(cell: &str, module: &str, rows: usize) -> BTreeSet<usize> {
    let mut out = BTreeSet::new();
    for part in cell.split(';') {
        if let Some((whose, _)) = part.split_once(" also ")
            && !names(whose).iter().any(|name| name == module)
        {
            continue;
        }
        if part.trim() == "all" {
            out.extend(0..rows);
        }
        for word in part.split(|c: char| !c.is_ascii_digit() && c != '-').filter(|w| !w.is_empty()) {
            let (from, to) = word.split_once('-').unwrap_or((word, word));
            if let (Ok(from), Ok(to)) = (from.parse::<usize>(), to.parse::<usize>()) {
                out.extend(from..=to);
            }
        }
    }
    out
}

/// The words between backticks.
fn names(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).flat_map(str::split_whitespace).map(str::to_owned).collect()
}
