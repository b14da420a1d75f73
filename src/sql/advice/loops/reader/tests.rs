//! What is read of statements, in the words of the blocks that they become.

use super::super::{Costs, Known, Link, as_select};
use super::*;
use crate::sql::advice::{Column, Table};
use crate::sql::plan::condition::How;

fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    for (name, columns) in
        [("orders", &["id", "customer_id", "state", "at"][..]), ("`Order`", &["id", "`from`"])]
    {
        let columns = columns.iter().map(|name| ((*name).to_owned(), Column::default())).collect();
        catalog.tables.insert(name.to_owned(), Table { columns, ..Table::default() });
    }
    catalog
}

fn read(sql: &str) -> Vec<Block> {
    blocks(sql, &catalog()).unwrap_or_else(|| panic!("{sql}"))
}

#[test]
fn conditions_are_told_by_column_and_kind() {
    let all = read(
        "SELECT at FROM orders AS o WHERE o.Customer_ID IN (1, 2) AND state LIKE 'pa%' AND at >= '2026-01-01' AND at < NOW() AND LOWER(state) = 'x'",
    );
    let parts: Vec<_> = all[0].sources[0].parts.iter().map(|part| (part.key.as_deref(), part.how)).collect();
    assert_eq!(
        parts,
        [
            (Some("customer_id"), How::Equal),
            (Some("state"), How::Prefix),
            (Some("at"), How::Range),
            (None, How::Other)
        ]
    );
    assert_eq!(all[0].sources[0].parts[2].text.as_deref(), Some("(at >= '2026-01-01') AND (at < NOW())"));
    let rewrite = all[0].sources[0].parts[3].rewrite.as_deref().unwrap_or_default();
    assert!(rewrite.starts_with("lower(state) hides its column"), "{rewrite}");
    let quoted = read("SELECT * FROM `Order` WHERE `from` = 3");
    assert_eq!(quoted[0].sources[0].parts[0].key.as_deref(), Some("`from`"));
}

#[test]
fn what_holds_in_every_way_holds() {
    let all = read(
        "SELECT id FROM orders o JOIN `Order` p WHERE (o.id = p.id AND state = 'a' AND at > 1) OR (state = 'a' AND o.id = p.id) \
         OR (o.id = p.id AND (state = 'a' AND customer_id = 3))",
    );
    assert_eq!(
        all[0].links,
        [Link { one: (0, "id".to_owned()), other: (1, "id".to_owned()), serves: (true, true) }]
    );
    let keys: Vec<_> = all[0].sources[0].parts.iter().filter_map(|part| part.key.as_deref()).collect();
    assert_eq!(keys, ["state"]);
}

#[test]
fn a_subquery_behind_in_is_a_table_where_it_stands_alone() {
    let all = read("SELECT id FROM orders WHERE customer_id IN (SELECT id FROM `Order` WHERE `from` = 3)");
    assert_eq!((all.len(), all[0].sources.len(), all[0].links.len()), (2, 2, 1), "{all:?}");
    let all =
        read("SELECT id FROM orders o WHERE customer_id IN (SELECT id FROM `Order` p WHERE p.`from` = o.at)");
    assert_eq!((all.len(), all[0].sources.len(), all[1].around), (2, 1, Some(0)), "{all:?}");
}

#[test]
fn texts_that_may_not_come_out_as_they_went_in_are_not_asked_about() {
    for value in
        [r"'it\'s'", "'it''s'", r"'a\\'", r#"'say "x"'"#, "x'41'", r"DATE '2024-01-01\\'", "{d '2024-01-01'}"]
    {
        let all = read(&format!("SELECT id FROM orders WHERE state = {value}"));
        assert_eq!(all[0].sources[0].parts[0].text, None, "{value}");
    }
}

#[test]
fn a_subquery_behind_in_is_joined_only_where_the_server_does() {
    for (sql, sources) in [
        ("SELECT id FROM orders WHERE customer_id IN (SELECT id FROM `Order`)", 2),
        ("SELECT id FROM orders WHERE customer_id IN (SELECT id FROM `Order` UNION SELECT 1)", 1),
        ("DELETE FROM orders WHERE customer_id IN (SELECT id FROM `Order`)", 1),
        ("UPDATE orders SET state = 'x' WHERE customer_id IN (SELECT id FROM `Order`)", 1),
    ] {
        assert_eq!(read(sql)[0].sources.len(), sources, "{sql}");
    }
}

#[test]
fn what_a_subquery_gives_is_of_a_kind() {
    let mut catalog = catalog();
    let kinds = [("id", "bigint(20)"), ("state", "varchar(20)"), ("at", "datetime")];
    for (name, table) in &mut catalog.tables {
        for (column, kind) in kinds.iter().filter(|(column, _)| *column == "id" || name == "orders") {
            table
                .columns
                .insert((*column).to_owned(), Column { kind: (*kind).to_owned(), ..Column::default() });
        }
    }
    for (from, serves) in [
        ("orders o JOIN (SELECT id AS x FROM `Order`) t ON t.x = o.state", false),
        ("orders o JOIN (SELECT id AS x FROM `Order`) t ON t.x = o.id", true),
        ("orders o JOIN (SELECT MAX(at) AS x FROM orders GROUP BY state) t ON t.x = o.at", true),
        ("orders o JOIN (SELECT CONCAT(id) AS x FROM `Order`) t ON t.x = o.state", false),
        ("orders o WHERE o.state IN (SELECT id FROM `Order`)", false),
        ("orders o WHERE o.id IN (SELECT id FROM `Order`)", true),
    ] {
        let all = blocks(&format!("SELECT o.id FROM {from}"), &catalog).expect("is read");
        assert_eq!(all[0].links[0].serves(0), serves, "{from}");
    }
}

#[test]
fn several_values_of_one_column_are_one_condition() {
    for (condition, how) in [
        ("customer_id = 1 OR customer_id = 2", How::Equal),
        ("(customer_id < 1 OR customer_id IN (3, 4))", How::Range),
        ("customer_id = 1 OR state = 'a'", How::Other),
    ] {
        let all = read(&format!("SELECT id FROM orders WHERE {condition}"));
        let part = &all[0].sources[0].parts[0];
        assert_eq!((part.how, part.single), (how, false), "{condition}");
        assert_eq!(part.key.is_some(), how != How::Other, "{condition}");
    }
}

#[test]
fn what_is_compared_otherwise_is_not_looked_up() {
    let mut catalog = catalog();
    let orders = catalog.tables.get_mut("orders").expect("a table");
    for (column, kind) in [("customer_id", "int(11)"), ("state", "varchar(20)"), ("at", "datetime")] {
        orders.columns.insert(column.to_owned(), Column { kind: kind.to_owned(), ..Column::default() });
    }
    for (condition, served) in [
        ("state = 7", false),
        ("state IN ('a', 7)", false),
        ("state = '7'", true),
        ("state LIKE 'a%'", true),
        ("state LIKE CONCAT('a', '%')", true),
        ("state = CAST('a' AS CHAR)", true),
        ("state = NOW()", false),
        ("state = 'a' COLLATE utf8mb4_bin", false),
        ("customer_id = '7'", true),
        ("customer_id LIKE '7%'", false),
        ("at LIKE '2026-01%'", false),
        ("at >= NOW() - INTERVAL 1 DAY", true),
        ("at BETWEEN '2026-01-01' AND '2026-02-01'", true),
    ] {
        let all = blocks(&format!("SELECT id FROM orders WHERE {condition}"), &catalog).expect("read");
        assert_eq!(all[0].sources[0].parts[0].key.is_some(), served, "{condition}");
    }
    let all = blocks("SELECT 1 FROM orders a JOIN orders b ON a.customer_id = b.state", &catalog);
    assert_eq!(all.expect("read")[0].links[0].serves, (false, false));
}

#[test]
fn who_has_no_partner_is_found_only_by_looking_for_partners() {
    let without = "SELECT o.id FROM orders o LEFT JOIN `Order` p ON p.id = o.customer_id WHERE";
    let all = read(&format!("{without} p.id IS NULL"));
    assert!(all[0].sources[1].parts.is_empty() && all[0].sources[1].outer, "{all:?}");
    let all = read(&format!("{without} p.`from` = 3"));
    assert!(!all[0].sources[1].parts.is_empty() && !all[0].sources[1].outer, "{all:?}");
}

#[test]
fn names_in_a_subquery_are_its_own_first() {
    let all = read("SELECT at FROM orders WHERE id = (SELECT MAX(id) FROM `Order` WHERE `from` = 3)");
    assert_eq!(all[0].sources[0].parts[0].key.as_deref(), Some("id"));
    assert_eq!((all[1].around, all[1].limit), (None, Some(1.0)), "{all:?}");
}

#[test]
fn the_order_is_that_of_what_is_selected() {
    let order = |sql: &str| read(sql)[0].order.clone();
    let by = |column: &str, descending| Some((0, vec![(column.to_owned(), descending)]));
    assert_eq!(order("SELECT state, at FROM orders ORDER BY 2 DESC LIMIT 1"), by("at", true));
    assert_eq!(order("SELECT LOWER(state) AS at FROM orders ORDER BY at"), None);
    assert_eq!(order("SELECT id AS at FROM orders ORDER BY at"), by("id", false));
    assert_eq!(order("SELECT MIN(at) FROM orders WHERE customer_id = 3"), by("at", false));
    assert_eq!(order("SELECT MIN(at) FROM orders GROUP BY state"), None);
}

#[test]
fn tables_of_another_database_are_not_known() {
    let mut catalog = catalog();
    catalog.database = "shop".to_owned();
    assert!(blocks("SELECT id FROM shop.orders", &catalog).is_some());
    assert_eq!(blocks("SELECT id FROM other.orders", &catalog), None);
}

#[test]
fn long_chains_do_not_end_the_program() {
    // The stack of the threads that quad works on.
    let small = std::thread::Builder::new().stack_size(2 << 20);
    let run = small.spawn(|| {
        let chain = |many: usize| format!("SELECT id FROM orders WHERE id = 1{}", " OR id = 2".repeat(many));
        assert!(blocks(&chain(190), &catalog()).is_some());
        assert_eq!(blocks(&chain(20_000), &catalog()), None);
    });
    run.expect("a thread").join().expect("no overflow");
}

#[test]
fn what_cannot_be_reckoned_with_is_not_read() {
    for sql in [
        "SELECT * FROM orders NATURAL JOIN `Order`",
        "SELECT * FROM nowhere",
        "SELECT 1; SELECT 2",
        "INSERT INTO orders VALUES (1)",
        "SELECT * FROM orders RIGHT JOIN `Order` USING (id)",
    ] {
        assert_eq!(blocks(sql, &catalog()), None, "{sql}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(words in proptest::collection::vec(proptest::sample::select(vec![
        "SELECT", "FROM", "orders", "o", "WHERE", "(", ")", "AND", "OR", "id", "=", "1", "JOIN", "ON", "IN", ",", "EXISTS", "LIMIT",
        "ORDER", "BY", "UNION", "WITH", "AS", "'a'", "`Order`", "LEFT", "*", "NOT", ".",
    ]), 0..30)) {
        let sql = format!("SELECT {}", words.join(" "));
        let catalog = catalog();
        if let Some(blocks) = blocks(&sql, &catalog) {
            let known = Known { catalog: &catalog, costs: Costs::MYSQL };
            let _ = known.cost(&blocks, &[]);
        }
        let _ = as_select(&sql);
    }
}
