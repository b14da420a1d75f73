//! Reads a statement of MySQL or MariaDB as blocks.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, FromTable, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Join, JoinConstraint,
    JoinOperator, LimitClause, OrderByExpr, OrderByKind, OrderBySort, Query, Select, SelectItem, SetExpr,
    Statement as Sql, TableFactor, TableWithJoins, Value, Visit, Visitor,
};

use super::conditions::Columns;
use super::names::Gives;
use super::rewrite::{is_odd, read};
use super::{Block, Source};
use crate::sql::advice::Catalog;

/// Functions that make one row of many.
const AGGREGATES: [&str; 12] = [
    "COUNT",
    "SUM",
    "MIN",
    "MAX",
    "AVG",
    "GROUP_CONCAT",
    "BIT_AND",
    "BIT_OR",
    "STD",
    "STDDEV",
    "VARIANCE",
    "JSON_ARRAYAGG",
];

/// The blocks of one statement, that which gives the result first; `None` where quad can't read it.
#[must_use]
pub fn blocks(sql: &str, catalog: &Catalog) -> Option<Vec<Block>> {
    let mut reader = Reader {
        catalog,
        odd: is_odd(sql),
        blocks: Vec::new(),
        joined: Vec::new(),
        joins_behind_in: true,
        gives: Vec::new(),
        named: Vec::new(),
    };
    match &read(sql)? {
        Sql::Query(query) => {
            reader.query(query, &[])?;
        }
        // What they look for is found as a SELECT finds it.
        Sql::Update(update) => reader.change(&update.table, update.selection.as_ref())?,
        Sql::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            let [table] = &from[..] else { return None };
            reader.change(table, delete.selection.as_ref())?;
        }
        _ => return None,
    }
    Some(reader.blocks)
}

pub(super) struct Reader<'a> {
    pub(super) catalog: &'a Catalog,
    /// It has signs that are written in more than one way (ODBC's braces): its texts are not written again.
    pub(super) odd: bool,
    pub(super) blocks: Vec<Block>,
    /// Subqueries behind IN that were read as tables already.
    pub(super) joined: Vec<Query>,
    /// A subquery behind IN is joined like a table, as of a SELECT, but not of an UPDATE or DELETE.
    pub(super) joins_behind_in: bool,
    /// What each block gives, by name.
    pub(super) gives: Vec<(usize, Vec<(String, Gives)>)>,
    /// What WITH has named, and the block of each.
    pub(super) named: Vec<(String, usize)>,
}

impl Reader<'_> {
    /// The block that gives what `query` gives. `around`: the blocks that it stands in, the innermost last.
    pub(super) fn query(&mut self, query: &Query, around: &[usize]) -> Option<usize> {
        let known = self.named.len();
        // The place of the whole comes first.
        let at = self.blocks.len();
        self.blocks.push(Block::default());
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            let block = self.query(&cte.query, around)?;
            self.named.push((cte.alias.name.value.to_lowercase(), block));
        }
        self.body(&query.body, at, around)?;
        self.ends(query, at);
        self.named.truncate(known);
        Some(at)
    }

    fn body(&mut self, body: &SetExpr, at: usize, around: &[usize]) -> Option<()> {
        match body {
            SetExpr::Select(select) => self.select(select, at, around),
            SetExpr::Query(query) => {
                let inner = self.query(query, around)?;
                self.gives(at, inner);
                self.gives_the_same(at, inner);
                Some(())
            }
            SetExpr::SetOperation { left, right, .. } => {
                for side in [left, right] {
                    let inner = self.blocks.len();
                    self.blocks.push(Block::default());
                    self.body(side, inner, around)?;
                    self.gives(at, inner);
                    self.gives_the_same(at, inner);
                }
                Some(())
            }
            _ => None,
        }
    }

    /// The block `at` reads what `inner` gives.
    pub(super) fn gives(&mut self, at: usize, inner: usize) {
        self.blocks[at].sources.push(Source { given_by: Some(inner), all: true, ..Source::default() });
    }

    fn select(&mut self, select: &Select, at: usize, around: &[usize]) -> Option<()> {
        let mut conditions: Vec<(&Expr, Option<usize>)> = Vec::new();
        for from in &select.from {
            self.factor(&from.relation, at, around)?;
            for join in &from.joins {
                self.join(join, at, around, &mut conditions)?;
            }
        }
        conditions.extend(select.selection.iter().map(|all| (all, None)));
        let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
        self.blocks[at].streams = !grouped && select.distinct.is_none() && !aggregates(&select.projection);
        self.blocks[at].sorts = grouped || select.distinct.is_some();
        self.first_of_all(select, at);
        for (condition, outer) in conditions {
            self.condition(condition, at, outer, around);
        }
        for item in &select.projection {
            match item {
                SelectItem::Wildcard(_) => {
                    self.blocks[at].sources.iter_mut().for_each(|source| source.all = true)
                }
                SelectItem::QualifiedWildcard(..) => {
                    // Which one is seldom worth telling apart.
                    self.blocks[at].sources.iter_mut().for_each(|source| source.all = true);
                }
                _ => {}
            }
        }
        self.reads(at, select);
        let given = select.projection.iter().filter_map(|item| self.item(item, at)).collect();
        self.gives.push((at, given));
        let mut inside = Direct::default();
        let _ = select.projection.visit(&mut inside);
        let _ = select.selection.visit(&mut inside);
        let _ = select.having.visit(&mut inside);
        for join in select.from.iter().flat_map(|from| &from.joins) {
            let _ = join.join_operator.visit(&mut inside);
        }
        let around: Vec<usize> = around.iter().copied().chain([at]).collect();
        for query in inside.found {
            if !self.joined.contains(&query) {
                self.query(&query, &around)?;
            }
        }
        Some(())
    }

    /// A change of one table's rows.
    fn change(&mut self, table: &TableWithJoins, selection: Option<&Expr>) -> Option<()> {
        if !table.joins.is_empty() {
            return None;
        }
        self.joins_behind_in = false;
        self.blocks.push(Block { streams: true, ..Block::default() });
        self.factor(&table.relation, 0, &[])?;
        self.blocks[0].sources[0].all = true;
        if let Some(selection) = selection {
            self.condition(selection, 0, None, &[]);
            self.reads(0, selection);
            let mut inside = Direct::default();
            let _ = selection.visit(&mut inside);
            for query in inside.found {
                if !self.joined.contains(&query) {
                    self.query(&query, &[0])?;
                }
            }
        }
        Some(())
    }

    fn factor(&mut self, factor: &TableFactor, at: usize, around: &[usize]) -> Option<()> {
        let source = match factor {
            TableFactor::Table { name, alias, args: None, .. } => {
                let own = name.0.last()?.as_ident()?.value.clone();
                let alias = alias.as_ref().map_or_else(|| own.clone(), |alias| alias.name.value.clone());
                let named = self
                    .named
                    .iter()
                    .rev()
                    .find(|(known, _)| name.0.len() == 1 && *known == own.to_lowercase());
                match named {
                    Some((_, block)) => Source { given_by: Some(*block), alias, ..Source::default() },
                    None => Source { table: self.table(name)?, alias, ..Source::default() },
                }
            }
            TableFactor::Derived { subquery, alias, lateral: false, .. } => {
                let block = self.query(subquery, around)?;
                let alias = alias.as_ref().map_or_else(String::new, |alias| alias.name.value.clone());
                Source { given_by: Some(block), alias, ..Source::default() }
            }
            TableFactor::NestedJoin { table_with_joins, alias: None }
                if table_with_joins.joins.is_empty() =>
            {
                return self.factor(&table_with_joins.relation, at, around);
            }
            _ => return None,
        };
        self.blocks[at].sources.push(source);
        Some(())
    }

    fn join<'q>(
        &mut self,
        join: &'q Join,
        at: usize,
        around: &[usize],
        conditions: &mut Vec<(&'q Expr, Option<usize>)>,
    ) -> Option<()> {
        use JoinOperator as Is;
        self.factor(&join.relation, at, around)?;
        let last = self.blocks[at].sources.len() - 1;
        let (constraint, outer) = match &join.join_operator {
            Is::Join(on) | Is::Inner(on) | Is::CrossJoin(on) | Is::StraightJoin(on) => (on, None),
            Is::Left(on) | Is::LeftOuter(on) => (on, Some(last)),
            // The other way round, and rare.
            _ => return None,
        };
        if outer.is_some() {
            let source = &mut self.blocks[at].sources[last];
            (source.outer, source.after) = (true, (0..last).collect());
        }
        match constraint {
            JoinConstraint::On(on) => conditions.push((on, outer)),
            JoinConstraint::Using(columns) => {
                for name in columns {
                    let name = name.0.last()?.as_ident()?;
                    let one = self.column_in(at, last, name)?;
                    let other = (0..last)
                        .rev()
                        .find_map(|source| Some((source, self.column_in(at, source, name)?)))?;
                    self.link(at, (last, one), other);
                }
            }
            JoinConstraint::None => {}
            JoinConstraint::Natural | JoinConstraint::UsingAlias(..) => return None,
        }
        Some(())
    }

    /// Which columns each source is read for.
    fn reads(&mut self, at: usize, part: &impl Visit) {
        let mut columns = Columns::default();
        let _ = part.visit(&mut columns);
        for expr in columns.0 {
            if let Some((source, column)) = self.column(at, &expr) {
                self.blocks[at].sources[source].read.insert(column);
            }
        }
    }

    /// Order and limit, which stand behind the whole.
    fn ends(&mut self, query: &Query, at: usize) {
        if let Some(order) = &query.order_by {
            let keys: &[OrderByExpr] = match &order.kind {
                OrderByKind::Expressions(keys) => keys,
                OrderByKind::All(_) => &[],
            };
            let items = match &*query.body {
                SetExpr::Select(select) => &select.projection[..],
                _ => &[],
            };
            let keys: Vec<(&Expr, bool)> = keys
                .iter()
                .map(|key| (selected(&key.expr, items), matches!(key.options.sort, Some(OrderBySort::Desc))))
                .collect();
            self.blocks[at].sorts = true;
            self.blocks[at].order = self.order(&keys, at);
            for (key, _) in keys {
                self.reads(at, key);
            }
        }
        if let Some(limit) = query.limit_clause.as_ref().and_then(limit) {
            self.blocks[at].limit = Some(limit);
        }
    }

    /// Sorting by columns of one table.
    fn order(&self, keys: &[(&Expr, bool)], at: usize) -> Option<(usize, Vec<(String, bool)>)> {
        let mut found: Option<(usize, Vec<(String, bool)>)> = None;
        for (key, descending) in keys {
            let (source, column) = self.column(at, key)?;
            let (first, columns) = found.get_or_insert((source, Vec::new()));
            if *first != source {
                return None;
            }
            columns.push((column, *descending));
        }
        found.filter(|(source, _)| self.blocks[at].sources[*source].given_by.is_none())
    }

    /// The least or greatest value of a column alone is the first one in its order.
    fn first_of_all(&mut self, select: &Select, at: usize) {
        let [SelectItem::UnnamedExpr(item) | SelectItem::ExprWithAlias { expr: item, .. }] =
            &select.projection[..]
        else {
            return;
        };
        let grouped = self.blocks[at].sorts || select.having.is_some();
        if let Some((column, descending)) = extreme(item).filter(|_| !grouped)
            && self.blocks[at].sources.len() == 1
            && let Some(order) = self.order(&[(column, descending)], at)
        {
            let block = &mut self.blocks[at];
            (block.order, block.limit, block.streams) = (Some(order), Some(1.0), true);
        }
    }
}

/// What a key to sort by means: `1` is what is selected first, and what is called so by AS goes before a column of the name.
fn selected<'a>(key: &'a Expr, items: &'a [SelectItem]) -> &'a Expr {
    let found = match key {
        Expr::Identifier(name) => items.iter().find(
            |item| matches!(item, SelectItem::ExprWithAlias { alias, .. } if alias.value.eq_ignore_ascii_case(&name.value)),
        ),
        Expr::Value(_) => number(key).and_then(|at| items.get((at as usize).checked_sub(1)?)),
        _ => None,
    };
    match found {
        Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => expr,
        _ => key,
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => text.parse::<f64>().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// How many rows are wanted, with those that are skipped.
fn limit(clause: &LimitClause) -> Option<f64> {
    let (limit, skipped) = match clause {
        LimitClause::LimitOffset { limit: Some(limit), offset, .. } => {
            (limit, offset.as_ref().map_or(Some(0.0), |offset| number(&offset.value)))
        }
        LimitClause::OffsetCommaLimit { offset, limit } => (limit, number(offset)),
        LimitClause::LimitOffset { limit: None, .. } => return None,
    };
    Some(number(limit)? + skipped?)
}

/// The column of `MIN(column)` or `MAX(column)`; `true`: of MAX.
pub(super) fn extreme(expr: &Expr) -> Option<(&Expr, bool)> {
    let Expr::Function(call) = expr else { return None };
    let descending = match &*call.name.to_string().to_uppercase() {
        "MAX" => true,
        "MIN" => false,
        _ => return None,
    };
    let FunctionArguments::List(list) = &call.args else { return None };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(column))] = &list.args[..] else { return None };
    call.over.is_none().then_some((column, descending))
}

/// Whether one row is made of many.
fn aggregates(items: &[SelectItem]) -> bool {
    struct Calls(bool);
    impl Visitor for Calls {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            if let Expr::Function(call) = expr {
                self.0 |= AGGREGATES.contains(&&*call.name.to_string().to_uppercase()) || call.over.is_some();
            }
            ControlFlow::Continue(())
        }
    }
    let mut calls = Calls(false);
    for item in items {
        let _ = item.visit(&mut calls);
    }
    calls.0
}

/// Subqueries of an expression, not those inside of them.
#[derive(Default)]
struct Direct {
    found: Vec<Query>,
    depth: usize,
}

impl Visitor for Direct {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if self.depth == 0 {
            self.found.push(query.clone());
        }
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Link, as_select};
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
        let parts: Vec<_> =
            all[0].sources[0].parts.iter().map(|part| (part.key.as_deref(), part.how)).collect();
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
        let all =
            read("SELECT id FROM orders WHERE customer_id IN (SELECT id FROM `Order` WHERE `from` = 3)");
        assert_eq!((all.len(), all[0].sources.len(), all[0].links.len()), (2, 2, 1), "{all:?}");
        let all = read(
            "SELECT id FROM orders o WHERE customer_id IN (SELECT id FROM `Order` p WHERE p.`from` = o.at)",
        );
        assert_eq!((all.len(), all[0].sources.len(), all[1].around), (2, 1, Some(0)), "{all:?}");
    }

    #[test]
    fn texts_that_may_not_come_out_as_they_went_in_are_not_asked_about() {
        for value in [
            r"'it\'s'",
            "'it''s'",
            r"'a\\'",
            r#"'say "x"'"#,
            "x'41'",
            r"DATE '2024-01-01\\'",
            "{d '2024-01-01'}",
        ] {
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
            let chain =
                |many: usize| format!("SELECT id FROM orders WHERE id = 1{}", " OR id = 2".repeat(many));
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
                let known = super::super::Known { catalog: &catalog, costs: super::super::Costs::MYSQL };
                let _ = known.cost(&blocks, &[]);
            }
            let _ = as_select(&sql);
        }
    }
}
