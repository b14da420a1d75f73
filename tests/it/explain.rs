//! `quad explain` as people meet it: a plan in a file or piped in, from a folder without configuration
//! or with a broken one.

use serde_json::json;

use crate::support::program::Program;

/// As psql prints it.
const PSQL: &str = "                                              QUERY PLAN
------------------------------------------------------------------------------------------------------
 Seq Scan on orders  (cost=0.00..27885.00 rows=5 width=80) (actual time=4.920..52.570 rows=5 loops=1)
   Filter: ((customer_id = 4711) AND (note = 'call Mrs Smith'::text))
   Rows Removed by Filter: 999995
 Planning Time: 0.120 ms
 Execution Time: 52.600 ms
(5 rows)
";

#[test]
fn a_plan_is_explained_without_any_configuration() {
    let program = Program::configured("alerts: [\n");
    program.write("plan.txt", PSQL);
    let ran = program.run(&["explain", "plan.txt"]).good();
    insta::assert_snapshot!(ran.out, @"
    ● warning: orders is read from end to end, 1 million rows, to keep 5: no index leads to them.
    It takes 53 ms, 100 % of it in Seq Scan on orders.
                        own time  rows  expected  runs  step
        ████████ 100 %     53 ms     5         5        Seq Scan on orders  ◀ [1]
                                                            only ((customer_id = ?) AND (note = ?))

    [1] missing index
    orders is read from end to end, 1 million rows, to keep 5: no index leads to them.
      - Seq Scan on orders: 100 % of the time (53 ms)
      - condition: ((customer_id = ?) AND (note = ?))
    → Add an index; put the column with the most different values first, and leave out those that nearly
    every row has alike.
        CREATE INDEX CONCURRENTLY ON orders (customer_id, note);

    PostgreSQL plan, 1 steps, shape ab5da40bc66c40a4
    ");
    assert_eq!(program.run_on(&["explain"], PSQL).good().out, ran.out);
    assert_eq!(program.run_on(&["explain", "-"], PSQL).good().out, ran.out);
}

#[test]
fn scripts_read_the_same_as_json() {
    let said = Program::new().run_on(&["explain", "--json"], PSQL).good().json();
    assert_eq!(said["findings"][0]["rule"], json!("missing_index"));
    assert_eq!(
        said["findings"][0]["fixes"][0]["sql"],
        json!("CREATE INDEX CONCURRENTLY ON orders (customer_id, note);")
    );
    assert_eq!((&said["server"], &said["analyzed"]), (&json!("PostgreSQL"), &json!(true)));
    assert_eq!(said["steps"][0]["conditions"], json!(["((customer_id = ?) AND (note = ?))"]));
    assert!(!said.to_string().contains("Smith"));
}

#[test]
fn what_is_no_plan_is_said_to_be_none() {
    let program = Program::new();
    program.write("plan.json", "[{\"Plan\": {\"Node Type\": \"Seq Scan\", \"Filter\": \"(note = 'Smith");
    let cut = program.run(&["explain", "plan.json"]);
    assert_eq!((cut.status, cut.out.as_str()), (Some(1), ""));
    assert_eq!(
        cut.err,
        "quad: reading plan.json: the plan is cut: it ends in the middle, in line 1; copy all of it\n"
    );
    let gone = program.run(&["explain", "nowhere.json"]);
    assert_eq!(gone.status, Some(1));
    assert!(gone.err.starts_with("quad: `nowhere.json` can't be read: "), "{}", gone.err);
}
