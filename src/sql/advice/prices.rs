//! What the server's planner would charge for reading by an index that is not there, with its own
//! settings and by its own formulas as far as they matter here.
//!
//! <https://www.postgresql.org/docs/current/runtime-config-query.html#RUNTIME-CONFIG-QUERY-CONSTANTS>

use super::{Candidate, Method, Table};

/// Going down three levels of an index.
const DESCENT: f64 = 0.375;
/// An entry of an index besides its columns, in bytes, with what stays free in its pages.
const ENTRY: f64 = 16.0;
/// The share of a page that is filled.
const FILLED: f64 = 0.9;
const PAGE: f64 = 8_192.0;
/// Pages that one entry of a BRIN index stands for.
const STRETCH: f64 = 128.0;
/// What an expression is taken to be wide, and a column without statistics.
const WIDTH: f64 = 16.0;
/// An index of several columns lies less well in the order of the table.
const FURTHER_COLUMNS: f64 = 0.75;

/// The server's settings, in its own units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prices {
    /// `seq_page_cost`
    pub seq_page: f64,
    /// `random_page_cost`
    pub random_page: f64,
    /// `cpu_tuple_cost`
    pub row: f64,
    /// `cpu_index_tuple_cost`
    pub entry: f64,
    /// `cpu_operator_cost`
    pub operator: f64,
    /// `effective_cache_size`, in pages
    pub cached_pages: f64,
}

impl Default for Prices {
    fn default() -> Self {
        Self {
            seq_page: 1.0,
            random_page: 4.0,
            row: 0.01,
            entry: 0.005,
            operator: 0.0025,
            cached_pages: 524_288.0,
        }
    }
}

impl Prices {
    /// Reading `share` of a table's rows once by an index, whose keys alone are read where it `covers`
    /// what the statement reads. `rows` are those in the index.
    #[must_use]
    pub fn once(&self, index: &Candidate, table: &Table, rows: f64, share: f64, covers: bool) -> f64 {
        let found = (rows * share).max(1.0);
        let leaves = (pages(index, table, rows) * share).ceil().max(1.0);
        let by_index = DESCENT
            + leaves * self.random_page
            + found * (self.entry + self.operator * index.keys.len() as f64);
        let looked_up = if covers { found * (1.0 - table.visible) } else { found };
        by_index + self.heap(index, table, looked_up) + found * (self.row + self.operator)
    }

    /// Reading by the least and the greatest of each stretch: whole stretches, one after the other, and those
    /// that lie at the edges of what is looked for.
    #[must_use]
    pub fn stretches(&self, table: &Table, share: f64) -> f64 {
        let pages = (table.pages * share + 2.0 * STRETCH).min(table.pages);
        let rows = table.rows * pages / table.pages.max(1.0);
        let summaries = table.pages / STRETCH;
        summaries * self.operator * 2.0
            + self.random_page * 2.0
            + pages * self.seq_page
            + rows * (self.row + 2.0 * self.operator)
    }

    /// One of many lookups that find `found` rows each.
    #[must_use]
    pub fn lookup(&self, index: &Candidate, table: &Table, found: f64, covers: bool) -> f64 {
        let looked_up = if covers { found * (1.0 - table.visible) } else { found };
        DESCENT
            + self.random_page * (1.0 + looked_up.min(table.pages))
            + found * (self.entry + self.row + self.operator * (1.0 + index.keys.len() as f64))
    }

    /// Looking rows up in their table: in the order of the index, or page by page where that is cheaper.
    fn heap(&self, index: &Candidate, table: &Table, rows: f64) -> f64 {
        if rows < 1.0 {
            return 0.0;
        }
        let all = table.pages.max(1.0);
        let touched = self.touched(all, rows);
        let worst = touched * self.random_page;
        let share = (rows / table.rows.max(1.0)).min(1.0);
        let best = self.random_page + ((share * all).ceil() - 1.0).max(0.0) * self.seq_page;
        let order = correlation(index, table).powi(2);
        let ordered = worst + order * (best - worst).min(0.0);
        let dense = (touched / all).min(1.0).sqrt();
        let a_page = self.random_page - (self.random_page - self.seq_page) * dense;
        ordered.min(touched * a_page + rows * self.operator)
    }

    /// Pages that are read for so many rows in no order (Mackert and Lohman).
    fn touched(&self, all: f64, rows: f64) -> f64 {
        let cached = self.cached_pages.max(1.0);
        let once = |rows: f64| 2.0 * all * rows / (2.0 * all + rows);
        if all <= cached {
            return once(rows).min(all);
        }
        let until = 2.0 * all * cached / (2.0 * all - cached);
        if rows <= until { once(rows) } else { cached + (rows - until) * (all - cached) / all }
    }
}

/// Pages of an index.
#[must_use]
pub fn pages(index: &Candidate, table: &Table, rows: f64) -> f64 {
    let width = |key: &String| {
        let column = table.columns.get(column_of(key));
        column.map_or(WIDTH, |column| if column.width > 0.0 { column.width } else { WIDTH })
    };
    if index.method == Method::Brin {
        return 3.0 + (table.pages / STRETCH * 2.0 * WIDTH / PAGE).ceil();
    }
    let bytes: f64 = index.keys.iter().chain(&index.include).map(width).sum();
    (rows * (ENTRY + bytes) / (PAGE * FILLED)).ceil().max(1.0)
}

/// How large an index would be, in bytes, where `rows` are in it.
#[must_use]
pub fn bytes(index: &Candidate, table: &Table, rows: f64) -> f64 {
    pages(index, table, rows) * PAGE
}

/// How well the table lies in the order of an index, from -1 to 1.
fn correlation(index: &Candidate, table: &Table) -> f64 {
    let first = index.keys.first().and_then(|key| table.columns.get(column_of(key)));
    let order = first.map_or(0.0, |column| column.correlation);
    if index.keys.len() > 1 { order * FURTHER_COLUMNS } else { order }
}

/// The column of a key, without its direction, its operator class and how much of it is in the index.
#[must_use]
pub fn column_of(key: &str) -> &str {
    let key = key.trim_end_matches(" DESC").trim_end_matches(" text_pattern_ops");
    // `note(100)`: the beginning of a text, in MySQL.
    match key.strip_suffix(')').and_then(|key| key.rsplit_once('(')) {
        Some((column, length))
            if !length.is_empty() && length.bytes().all(|digit| digit.is_ascii_digit()) =>
        {
            column
        }
        _ => key,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Column;
    use super::*;

    fn table(correlation: f64) -> Table {
        let column = Column { width: 8.0, correlation, ..Column::default() };
        let columns = [("at".to_owned(), column)].into();
        Table { rows: 1_000_000.0, pages: 20_000.0, visible: 1.0, columns, ..Table::default() }
    }

    fn index() -> Candidate {
        Candidate {
            table: "t".to_owned(),
            method: Method::Btree,
            keys: vec!["at".to_owned()],
            include: Vec::new(),
            only: None,
        }
    }

    #[test]
    fn few_rows_cost_little_and_many_cost_as_much_as_the_table() {
        let prices = Prices::default();
        let whole = 20_000.0 + 1_000_000.0 * 0.0125;
        let (few, many) = (
            prices.once(&index(), &table(0.0), 1e6, 1e-5, false),
            prices.once(&index(), &table(0.0), 1e6, 0.5, false),
        );
        assert!(few < 60.0, "{few}");
        assert!(many > whole, "{many}");
    }

    #[test]
    fn a_table_in_the_order_of_the_index_and_an_index_that_holds_all_are_read_cheaply() {
        let prices = Prices::default();
        let cost = |order, covers| prices.once(&index(), &table(order), 1e6, 0.1, covers);
        assert!(cost(1.0, false) < cost(0.0, false) / 2.0);
        assert!(cost(0.0, true) < cost(1.0, false));
    }

    #[test]
    fn an_index_is_as_large_as_its_entries() {
        let megabytes = bytes(&index(), &table(0.0), 1e6) / 1e6;
        assert!((20.0..35.0).contains(&megabytes), "{megabytes}");
    }
}
