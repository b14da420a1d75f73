//! Plans that real servers made of a shop's statements, and what is to be said of each; and plans of
//! which nothing is to be said. PostgreSQL 15 and MariaDB 10.11 made them; those of MySQL 8 and of
//! PostgreSQL 16 and later are written after their documentation.

use crate::sql::plan::findings::judge;
use crate::sql::plan::read;

/// Reads, judges, and compares the names of the rules, the heaviest first.
fn check(plan: &str, rules: &[&str]) -> String {
    let plan = read(plan).expect("a plan");
    let judged = judge(&plan);
    let found: Vec<&str> = judged.findings.iter().map(|finding| finding.rule).collect();
    let said: Vec<&str> = judged.findings.iter().map(|finding| finding.sentence.as_str()).collect();
    assert_eq!(found, rules, "{said:#?}");
    judged.headline(&plan)
}

/// All statements that are proposed.
fn sql(plan: &str) -> Vec<String> {
    let judged = judge(&read(plan).expect("a plan"));
    judged.findings.into_iter().flat_map(|finding| finding.fixes).filter_map(|fix| fix.sql).collect()
}

/// A parallel scan of a million rows with this filter.
fn scan(filter: &str, kept: f64) -> String {
    format!(
        "Gather  (cost=1000.00..21594.10 rows=6 width=80) (actual time=0.245..52.300 rows={} loops=1)
  Workers Planned: 2
  Workers Launched: 2
  ->  Parallel Seq Scan on orders o  (cost=0.00..20593.33 rows=2 width=80) (actual time=18.100..44.100 rows={kept} loops=3)
        Filter: {filter}
        Rows Removed by Filter: 333331
Execution Time: 52.400 ms",
        kept * 3.0
    )
}

#[test]
fn a_scan_that_throws_nearly_all_away_misses_an_index() {
    let plan = scan("((o.status = 'failed'::text) AND (o.total > '50'::numeric))", 2.0);
    let said = check(&plan, &["missing_index"]);
    assert_eq!(said, "`orders` is read from end to end, 999,999 rows, to keep 6: no index leads to them.");
    assert_eq!(sql(&plan), ["CREATE INDEX CONCURRENTLY ON orders (status, total);"]);
}

#[test]
fn a_scan_that_keeps_its_rows_is_what_was_asked_for() {
    check(&scan("(o.status = 'done'::text)", 300_000.0).replace("333331", "33333"), &[]);
}

#[test]
fn an_index_that_cannot_be_used_is_told_from_one_that_is_missing() {
    for (filter, word) in [
        ("(lower(o.note) = 'x'::text)", "behind lower()"),
        ("((o.legacy_id)::integer = 77)", "cast to integer"),
        ("(o.note ~~ '%x'::text)", "may match anywhere"),
        ("(o.note ~~ 'x%'::text)", "ordered by bytes"),
        (
            "((o.customer_id = 5) OR (o.status = 'failed'::text))",
            "OR joins conditions on customer_id, status",
        ),
        ("((o.total * '2'::numeric) > '5'::numeric)", "calculated with"),
    ] {
        let said = check(&scan(filter, 2.0), &["unusable_index"]);
        assert!(said.contains(word), "{filter}: {said}");
    }
    assert_eq!(
        sql(&scan("(lower(o.note) = 'x'::text)", 2.0)),
        ["CREATE INDEX CONCURRENTLY ON orders ((lower(note)));"]
    );
}

#[test]
fn a_condition_that_no_index_knows_is_only_a_scan() {
    check(&scan("(o.status <> 'done'::text)", 2.0), &["seq_scan"]);
}

#[test]
fn a_small_table_is_nobodys_trouble() {
    let plan = "Seq Scan on small  (cost=0.00..1.63 rows=1 width=8) (actual time=0.010..0.030 rows=1 loops=1)
  Filter: (id = 7)
  Rows Removed by Filter: 49
Execution Time: 0.050 ms";
    let said = check(plan, &[]);
    assert_eq!(said, "Nothing wrong with this plan: it takes 0.05 ms, 60 % of it in Seq Scan on small.");
}

#[test]
fn estimates_alone_tell_of_a_scan_too() {
    let plan = "Seq Scan on orders  (cost=0.00..27885.00 rows=5 width=80)\n  Filter: (customer_id = 4711)";
    let said = check(plan, &["missing_index"]);
    assert_eq!(said, "`orders` would be read from end to end to keep about 5 rows: no index leads to them.");
    check(
        "Seq Scan on orders  (cost=0.00..27885.00 rows=985000 width=80)\n  Filter: (status = 'done'::text)",
        &[],
    );
}

#[test]
fn a_join_that_reads_a_whole_table_for_few_rows_misses_an_index() {
    let plan = "Hash Join  (cost=4.95..22713.30 rows=91 width=8) (actual time=0.050..140.100 rows=95 loops=1)
  Hash Cond: (o.customer_id = c.id)
  ->  Seq Scan on orders o  (cost=0.00..25385.00 rows=1000000 width=4) (actual time=0.010..60.100 rows=1000000 loops=1)
  ->  Hash  (cost=4.73..4.73 rows=18 width=4) (actual time=0.020..0.021 rows=19 loops=1)
        Buckets: 1024  Batches: 1  Memory Usage: 9kB
        ->  Index Only Scan using customers_pkey on customers c  (cost=0.42..4.73 rows=18 width=4) (actual time=0.010..0.014 rows=19 loops=1)
              Index Cond: (id < 20)
Execution Time: 140.200 ms";
    check(plan, &["missing_index"]);
    assert_eq!(sql(plan), ["CREATE INDEX CONCURRENTLY ON orders (customer_id);"]);
}

#[test]
fn a_subquery_that_runs_for_each_row_is_named_with_its_cause() {
    let plan = "Seq Scan on customers c  (cost=0.00..501935.14 rows=190 width=12) (actual time=51.389..10910.886 rows=200 loops=1)
  SubPlan 1
    ->  Aggregate  (cost=27885.01..27885.02 rows=1 width=8) (actual time=52.593..52.593 rows=1 loops=200)
          ->  Seq Scan on orders o  (cost=0.00..27885.00 rows=5 width=0) (actual time=4.920..52.570 rows=5 loops=200)
                Filter: (o.customer_id = c.id)
                Rows Removed by Filter: 999995
Execution Time: 10911.000 ms";
    check(plan, &["missing_index", "subplan"]);
}

#[test]
fn a_hashed_subquery_runs_once() {
    let plan = "Aggregate  (cost=35816.75..35816.76 rows=1 width=8) (actual time=400.083..400.084 rows=1 loops=1)
  ->  Seq Scan on customers  (cost=35811.00..35816.62 rows=100000 width=0) (actual time=300.068..390.073 rows=100000 loops=1)
        Filter: (NOT (hashed SubPlan 1))
        Rows Removed by Filter: 100000
        SubPlan 1
          ->  Seq Scan on items  (cost=0.00..30811.00 rows=2000000 width=4) (actual time=0.008..190.090 rows=2000000 loops=1)
Execution Time: 400.200 ms";
    check(plan, &[]);
}

#[test]
fn what_does_not_fit_into_memory_goes_to_disk() {
    let plan = "Sort  (cost=178137.34..180637.34 rows=1000000 width=90) (actual time=600.100..900.500 rows=1000000 loops=1)
  Sort Key: total, note
  Sort Method: external merge  Disk: 98504kB
  Buffers: shared hit=15385, temp read=12313 written=12330
  ->  Seq Scan on orders  (cost=0.00..25385.00 rows=1000000 width=90) (actual time=0.010..90.200 rows=1000000 loops=1)
Settings: work_mem = '1MB'
Execution Time: 930.100 ms";
    let said = check(plan, &["spill"]);
    assert_eq!(said, "A sort of 1 million rows did not fit into memory and went to disk, 96.2 MB.");
    assert_eq!(sql(plan), ["SET LOCAL work_mem = '256MB';"]);
    let hash = "Hash Join  (cost=6000.00..60000.00 rows=1000000 width=8) (actual time=90.100..700.500 rows=1000000 loops=1)
  Hash Cond: (o.customer_id = c.id)
  ->  Seq Scan on orders o  (cost=0.00..25385.00 rows=1000000 width=4) (actual time=0.010..90.200 rows=1000000 loops=1)
  ->  Hash  (cost=3449.00..3449.00 rows=200000 width=4) (actual time=89.000..89.000 rows=200000 loops=1)
        Buckets: 65536  Batches: 8 (originally 4)  Memory Usage: 1536kB
        ->  Seq Scan on customers c  (cost=0.00..3449.00 rows=200000 width=4) (actual time=0.010..30.100 rows=200000 loops=1)
Execution Time: 710.000 ms";
    check(hash, &["spill"]);
    check(&hash.replace("Batches: 8 (originally 4)", "Batches: 1"), &[]);
}

#[test]
fn an_estimate_that_is_far_off_is_said_where_it_starts() {
    let plan = "Aggregate  (cost=2100.00..2100.01 rows=1 width=8) (actual time=20.100..20.100 rows=1 loops=1)
  ->  Nested Loop  (cost=0.42..2100.00 rows=3 width=0) (actual time=0.100..19.800 rows=3334 loops=1)
        ->  Seq Scan on skew s  (cost=0.00..2041.00 rows=3 width=4) (actual time=0.010..6.500 rows=3334 loops=1)
              Filter: ((a = 7) AND (b = 7))
              Rows Removed by Filter: 96666
        ->  Index Only Scan using customers_pkey on customers c  (cost=0.42..4.44 rows=1 width=4) (actual time=0.003..0.003 rows=1 loops=3334)
              Index Cond: (id = s.id)
Execution Time: 20.200 ms";
    let found = sql(plan);
    assert!(found.iter().any(|sql| sql.starts_with("CREATE STATISTICS ON a, b FROM skew;")), "{found:?}");
    let judged = judge(&read(plan).expect("a plan"));
    let said = judged.findings.iter().find(|it| it.rule == "misestimate").expect("said").sentence.as_str();
    assert!(
        said.starts_with("The planner expected 3 rows of `skew` and got 3,334, 1,111 times more"),
        "{said}"
    );
}

#[test]
fn a_limit_that_stops_early_is_no_misestimate() {
    let plan = "Limit  (cost=0.42..5.00 rows=10 width=8) (actual time=0.100..40.100 rows=10 loops=1)
  ->  Nested Loop  (cost=0.42..500000.00 rows=1000000 width=8) (actual time=0.100..40.090 rows=10 loops=1)
        ->  Seq Scan on orders o  (cost=0.00..25385.00 rows=1000000 width=4) (actual time=0.010..20.100 rows=10 loops=1)
        ->  Index Scan using customers_pkey on customers c  (cost=0.42..0.47 rows=1 width=4) (actual time=1.900..1.900 rows=1 loops=10)
              Index Cond: (id = o.customer_id)
Execution Time: 40.200 ms";
    check(plan, &[]);
}

#[test]
fn tables_without_a_tie_are_cartesian() {
    let plan = "Aggregate  (cost=128500.00..128500.01 rows=1 width=8) (actual time=1400.000..1400.001 rows=1 loops=1)
  ->  Nested Loop  (cost=0.42..128500.00 rows=10000000 width=0) (actual time=0.050..1000.000 rows=10000000 loops=1)
        ->  Index Only Scan using customers_pkey on customers b  (cost=0.42..3500.00 rows=200000 width=0) (actual time=0.030..20.000 rows=200000 loops=1)
        ->  Materialize  (cost=0.00..1.75 rows=50 width=0) (actual time=0.000..0.002 rows=50 loops=200000)
              ->  Seq Scan on small a  (cost=0.00..1.50 rows=50 width=0) (actual time=0.010..0.020 rows=50 loops=1)
Execution Time: 1400.100 ms";
    let said = check(plan, &["cartesian"]);
    assert_eq!(
        said,
        "`customers` and `small` are joined without a condition between them: 10 million combinations."
    );
    // The same shape with a tie is an ordinary lookup.
    check(
        "Nested Loop  (cost=0.42..9000.00 rows=5000 width=0) (actual time=0.050..20.000 rows=5000 loops=1)
  ->  Seq Scan on small a  (cost=0.00..1.50 rows=5000 width=0) (actual time=0.010..1.020 rows=5000 loops=1)
  ->  Index Scan using customers_pkey on customers b  (cost=0.42..1.75 rows=1 width=0) (actual time=0.003..0.003 rows=1 loops=5000)
        Index Cond: (id = a.id)
Execution Time: 20.100 ms",
        &[],
    );
}

#[test]
fn pairs_that_are_compared_one_by_one() {
    let plan = "Nested Loop  (cost=0.00..9000000.00 rows=1000 width=8) (actual time=1.000..9000.000 rows=1000 loops=1)
  Join Filter: (a.sku = b.sku)
  Rows Removed by Join Filter: 49999000
  ->  Seq Scan on items a  (cost=0.00..200.00 rows=5000 width=8) (actual time=0.010..5.000 rows=10000 loops=1)
  ->  Materialize  (cost=0.00..200.00 rows=5000 width=8) (actual time=0.000..0.300 rows=5000 loops=10000)
        ->  Seq Scan on offers b  (cost=0.00..190.00 rows=5000 width=8) (actual time=0.010..5.000 rows=5000 loops=1)
Execution Time: 9001.000 ms";
    let said = check(plan, &["nested_loop"]);
    assert_eq!(said, "50 million pairs of rows are compared one by one to find 1,000.");
    assert_eq!(sql(plan), ["CREATE INDEX CONCURRENTLY ON offers (sku);"]);
}

#[test]
fn a_join_that_multiplies_rows_is_a_fan_out() {
    let plan = "Aggregate  (cost=90000.00..90000.01 rows=1 width=8) (actual time=900.000..900.000 rows=1 loops=1)
  ->  Hash Join  (cost=300.00..80000.00 rows=1500000 width=0) (actual time=5.000..700.000 rows=1600000 loops=1)
        Hash Cond: (a.sku = b.sku)
        ->  Seq Scan on items a  (cost=0.00..3000.00 rows=200000 width=4) (actual time=0.010..20.000 rows=200000 loops=1)
        ->  Hash  (cost=200.00..200.00 rows=4000 width=4) (actual time=4.000..4.000 rows=4000 loops=1)
              ->  Seq Scan on offers b  (cost=0.00..200.00 rows=4000 width=4) (actual time=0.010..2.000 rows=4000 loops=1)
Execution Time: 901.000 ms";
    let said = check(plan, &["fan_out"]);
    assert_eq!(said, "A join turns 200,000 rows into 1.6 million, which are folded into 1 right after.");
}

#[test]
fn a_page_far_down_the_list() {
    let analyzed = "Limit  (cost=14000.00..14001.00 rows=20 width=90) (actual time=80.000..80.010 rows=20 loops=1)
  ->  Index Scan using orders_placed on orders  (cost=0.42..35000.00 rows=1000000 width=90) (actual time=0.030..70.000 rows=400020 loops=1)
Execution Time: 80.100 ms";
    let said = check(analyzed, &["offset"]);
    assert!(said.starts_with("400,000 rows are read and left out (OFFSET) before the 20 rows"), "{said}");
    let estimated = "Limit  (cost=14000.42..14001.12 rows=20 width=90)
  ->  Index Scan using orders_placed on orders  (cost=0.42..35000.42 rows=1000000 width=90)";
    let said = check(estimated, &["offset"]);
    assert!(said.starts_with("400,000 rows"), "{said}");
    check(
        "Limit  (cost=0.42..1.12 rows=20 width=90)\n  ->  Index Scan using orders_placed on orders  (cost=0.42..35000.42 rows=1000000 width=90)",
        &[],
    );
}

#[test]
fn the_first_rows_of_a_large_sort_want_an_index() {
    let plan = "Limit  (cost=46994.00..46994.02 rows=10 width=90) (actual time=150.000..150.010 rows=10 loops=1)
  ->  Sort  (cost=46994.00..49494.00 rows=1000000 width=90) (actual time=150.000..150.005 rows=10 loops=1)
        Sort Key: total DESC
        Sort Method: top-N heapsort  Memory: 27kB
        ->  Seq Scan on orders  (cost=0.00..25385.00 rows=1000000 width=90) (actual time=0.010..60.000 rows=1000000 loops=1)
Execution Time: 150.100 ms";
    check(plan, &["sorting"]);
    assert_eq!(sql(plan), ["CREATE INDEX CONCURRENTLY ON orders (total DESC);"]);
}

#[test]
fn a_bitmap_that_forgot_its_rows() {
    let plan = "Bitmap Heap Scan on orders  (cost=5000.00..30000.00 rows=60000 width=8) (actual time=20.000..300.000 rows=60000 loops=1)
  Recheck Cond: (customer_id < 9000)
  Rows Removed by Index Recheck: 700000
  Heap Blocks: exact=600 lossy=14000
  ->  Bitmap Index Scan on orders_customer  (cost=0.00..5000.00 rows=60000 width=0) (actual time=15.000..15.000 rows=60000 loops=1)
        Index Cond: (customer_id < 9000)
Execution Time: 301.000 ms";
    check(plan, &["lossy"]);
    assert_eq!(sql(plan), ["SET LOCAL work_mem = '8MB';"]);
}

#[test]
fn an_index_that_has_to_ask_the_table() {
    let plan = "Index Only Scan using queue_state on queue  (cost=0.42..900.00 rows=30000 width=8) (actual time=0.030..17.000 rows=30000 loops=1)
  Index Cond: (state = 3)
  Heap Fetches: 30000
Execution Time: 18.000 ms";
    check(plan, &["heap_fetches"]);
    check(&plan.replace("Heap Fetches: 30000", "Heap Fetches: 12"), &[]);
}

#[test]
fn compiling_that_takes_longer_than_running() {
    let plan = "Aggregate  (cost=500000.00..500000.01 rows=1 width=8) (actual time=129.000..129.000 rows=1 loops=1)
  ->  Seq Scan on small  (cost=0.00..1.63 rows=25 width=0) (actual time=109.000..109.900 rows=50 loops=1)
JIT:
  Functions: 8
  Options: Inlining true, Optimization true, Expressions true, Deforming true
  Timing: Generation 0.481 ms (Deform 0.200 ms), Inlining 71.782 ms, Optimization 20.262 ms, Emission 16.207 ms, Total 108.732 ms
Execution Time: 129.500 ms";
    let said = check(plan, &["jit"]);
    assert_eq!(said, "Compiling the statement (JIT) took 109 ms of 130 ms.");
}

#[test]
fn partitions_that_are_all_searched_for_one_row() {
    let scans: String = (0..36)
        .map(|at| {
            let rows = u8::from(at == 7);
            format!("  ->  Seq Scan on events_{at}  (cost=0.00..150.00 rows=1 width=8) (actual time=1.000..2.000 rows={rows} loops=1)\n        Filter: (id = 777)\n        Rows Removed by Filter: 8000\n")
        })
        .collect();
    let plan = format!(
        "Append  (cost=0.00..5000.00 rows=36 width=8) (actual time=1.000..73.000 rows=1 loops=1)\n{scans}Execution Time: 73.500 ms"
    );
    let said = check(&plan, &["partitions"]);
    assert!(said.starts_with("All 36 partitions of `events` are searched"), "{said}");
}

#[test]
fn workers_that_did_not_come() {
    let plan = "Gather  (cost=1000.00..30000.00 rows=2 width=8) (actual time=300.000..310.000 rows=1 loops=1)
  Workers Planned: 2
  Workers Launched: 0
  ->  Parallel Seq Scan on orders  (cost=0.00..20000.00 rows=416667 width=8) (actual time=0.010..300.000 rows=1000000 loops=1)
Execution Time: 310.000 ms";
    check(plan, &["workers"]);
}

#[test]
fn a_foreign_key_that_searches_without_an_index() {
    let plan = "Delete on parent  (cost=0.28..8.00 rows=0 width=0) (actual time=0.300..0.300 rows=0 loops=1)
  ->  Index Scan using parent_pkey on parent  (cost=0.28..8.00 rows=29 width=6) (actual time=0.010..0.020 rows=29 loops=1)
        Index Cond: (id < 30)
Planning Time: 0.100 ms
Trigger for constraint child_parent_id_fkey on parent: time=316.000 calls=29
Execution Time: 317.000 ms";
    let said = check(plan, &["triggers"]);
    assert_eq!(said, "The trigger `child_parent_id_fkey` on `parent` takes 316 ms of 317 ms.");
}

/// MariaDB's one table, read from end to end.
fn of_mariadb(table: &str) -> String {
    format!(
        r#"{{"query_optimization": {{"r_total_time_ms": 0.08}}, "query_block": {{"select_id": 1, "r_loops": 1, "r_total_time_ms": 86.03,
        "nested_loop": [{{"table": {{"table_name": "orders", "access_type": "ALL", "r_loops": 1, "rows": 298060, "r_rows": 300000,
        "r_table_time_ms": 72.4, "r_other_time_ms": 13.5, "filtered": 100, {table}}}}}]}}}}"#
    )
}

#[test]
fn mariadb_tells_the_same_things() {
    let plan = of_mariadb(r#""r_filtered": 0.001, "attached_condition": "orders.customer_id = 4711""#);
    let said = check(&plan, &["missing_index"]);
    assert_eq!(said, "`orders` is read from end to end, 300,000 rows, to keep 3: no index leads to them.");
    assert_eq!(sql(&plan), ["ALTER TABLE orders ADD INDEX (customer_id);"]);
    let plan = of_mariadb(
        r#""r_filtered": 0.001, "possible_keys": ["legacy_id"], "attached_condition": "orders.legacy_id = 77""#,
    );
    let said = check(&plan, &["unusable_index"]);
    assert!(said.contains("compared with a value of another type"), "{said}");
    check(&of_mariadb(r#""r_filtered": 99, "attached_condition": "orders.total > 1""#), &[]);
}

#[test]
fn mariadb_joins_block_by_block_and_sorts_in_passes() {
    let joined = r#"{"query_block": {"select_id": 1, "r_loops": 1, "r_total_time_ms": 1207.7, "nested_loop": [
      {"table": {"table_name": "a", "access_type": "ALL", "r_loops": 1, "rows": 50, "r_rows": 50, "r_table_time_ms": 0.02, "r_other_time_ms": 0.01, "filtered": 100, "r_filtered": 100}},
      {"block-nl-join": {"table": {"table_name": "i", "access_type": "ALL", "r_loops": 1, "rows": 299665, "r_rows": 300000, "r_table_time_ms": 74.8, "r_other_time_ms": 7.1, "filtered": 100, "r_filtered": 100},
       "buffer_type": "flat", "join_type": "BNL", "attached_condition": "i.sku = a.`id`", "r_loops": 50, "r_filtered": 0.02, "r_unpack_time_ms": 526.5, "r_other_time_ms": 599.3}}]}}"#;
    check(joined, &["join_buffer"]);
    assert_eq!(sql(joined), ["ALTER TABLE i ADD INDEX (sku);"]);
    let cartesian = joined.replace(r#""attached_condition": "i.sku = a.`id`", "#, "");
    check(&cartesian, &["cartesian"]);
    let sorted = r#"{"query_block": {"select_id": 1, "r_loops": 1, "r_total_time_ms": 359.1, "nested_loop": [{"read_sorted_file": {"r_rows": 300000,
      "filesort": {"sort_key": "orders.total, orders.note", "r_loops": 1, "r_total_time_ms": 278.4, "r_used_priority_queue": false, "r_output_rows": 300000, "r_sort_passes": 5, "r_buffer_size": "2047KiB",
      "table": {"table_name": "orders", "access_type": "ALL", "r_loops": 1, "rows": 298060, "r_rows": 300000, "r_table_time_ms": 65.2, "r_other_time_ms": 213.1, "filtered": 100, "r_filtered": 100}}}}]}}"#;
    check(sorted, &["spill"]);
    let paged = sorted.replace(r#""r_sort_passes": 5"#, r#""r_limit": 200020"#);
    check(&paged, &["offset"]);
}

#[test]
fn mysql_tells_what_it_expects_and_what_came() {
    let json = r#"{"query_block": {"select_id": 1, "cost_info": {"query_cost": "101022.60"}, "ordering_operation": {"using_filesort": false,
      "table": {"table_name": "orders", "access_type": "ALL", "rows_examined_per_scan": 995646, "rows_produced_per_join": 99564, "filtered": "10.00",
      "cost_info": {"read_cost": "91066.14", "eval_cost": "9956.46", "prefix_cost": "101022.60", "data_read_per_join": "35M"},
      "used_columns": ["id", "customer_id"], "attached_condition": "(`shop`.`orders`.`customer_id` = 4711)"}}}}"#;
    let said = check(json, &["missing_index"]);
    assert_eq!(said, "`orders` would be read from end to end, about 995,646 rows: no index leads to them.");
    let tree = "EXPLAIN: -> Limit: 10 row(s)  (cost=101022.60 rows=10) (actual time=0.102..210.300 rows=6 loops=1)
    -> Filter: (orders.customer_id = 4711)  (cost=101022.60 rows=99564) (actual time=0.101..210.200 rows=6 loops=1)
        -> Table scan on orders  (cost=101022.60 rows=995646) (actual time=0.060..160.100 rows=1000000 loops=1)
";
    let said = check(tree, &["missing_index"]);
    assert_eq!(said, "`orders` is read from end to end, 1 million rows, to keep 6: no index leads to them.");
    let paged = "-> Limit/Offset: 20/200000 row(s)  (cost=20022.60 rows=20) (actual time=90.102..90.300 rows=20 loops=1)
    -> Index scan on orders using placed_at  (cost=20022.60 rows=200020) (actual time=0.060..80.100 rows=200020 loops=1)
";
    check(paged, &["offset"]);
}

#[test]
fn newer_versions_write_some_things_otherwise() {
    // 17 names the subplan inside of conditions; 18 counts rows with fractions.
    let plan = "Aggregate  (cost=35816.75..35816.76 rows=1 width=8) (actual time=400.083..400.084 rows=1.00 loops=1)
  Buffers: shared hit=15385
  ->  Seq Scan on customers  (cost=0.00..3500035816.62 rows=100000 width=0) (actual time=300.068..390.073 rows=100000.00 loops=1)
        Filter: (NOT (ANY (id = (hashed SubPlan 1).col1)))
        Rows Removed by Filter: 100000
        SubPlan 1
          ->  Seq Scan on items  (cost=0.00..30811.00 rows=2000000 width=4) (actual time=0.008..190.090 rows=2000000.00 loops=1)
Planning:
  Buffers: shared hit=40
Planning Time: 0.300 ms
Serialization: time=0.010 ms  output=1kB  format=text
Execution Time: 400.200 ms";
    check(plan, &[]);
}
