//! The command line as people and scripts meet it: the real binary, from an empty folder.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::broken::{Broken, Trouble};
use crate::support::processes::eventually;
use crate::support::program::{Program, repository};

/// Checks every second, and reads nothing but what a test adds.
const BRISK: &str = "monitoring: {check_interval_secs: 1}\n";

/// What stands under "Commands:" of a help page, `help` aside.
fn subcommands(help: &str) -> Vec<String> {
    let (_, rest) = help.split_once("Commands:\n").unwrap_or_default();
    let block = rest.split("\n\n").next().unwrap_or_default();
    let names = block.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .filter_map(|line| Some(line.split_whitespace().next()?.to_owned()))
        .filter(|n| n != "help")
        .collect()
}

#[test]
fn every_command_has_examples_and_stands_in_the_readme() {
    let program = Program::new();
    let readme = repository("README.md");
    let table: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `quad")).collect();
    let listed: BTreeSet<&str> = table
        .iter()
        .filter_map(|line| line.split(['`', ' ']).nth(3))
        .filter(|name| !name.is_empty())
        .collect();
    let top = program.run(&["--help"]).good().out;
    let names = subcommands(&top);
    assert_eq!(names.iter().map(String::as_str).collect::<BTreeSet<_>>(), listed, "README and --help differ");
    for name in &names {
        let help = program.run(&[name, "--help"]).good().out;
        assert!(help.contains("Examples:"), "quad {name} --help shows no examples");
        let below = subcommands(&help);
        let pages: Vec<String> = below
            .iter()
            .map(|inner| program.run(&[name, inner, "--help"]).good().out)
            .chain([help.clone()])
            .collect();
        assert!(pages.iter().all(|page| page.contains("Examples:")), "a page below quad {name} shows none");
        let row = table.iter().find(|line| line.starts_with(&format!("| `quad {name}"))).expect("a row");
        for flag in row.split(['[', ']', ' ', '`']).filter(|word| word.starts_with("--")) {
            assert!(pages.iter().any(|page| page.contains(flag)), "README: quad {name} has no {flag}");
        }
        for inner in below {
            assert!(row.contains(&inner), "README says nothing of quad {name} {inner}");
        }
    }
}

#[test]
fn it_ends_with_what_the_help_says() {
    let program = Program::new();
    assert_eq!(program.run(&["--nonsense"]).status, Some(2));
    assert_eq!(program.run(&["report", "daily", "--date", "yesterday"]).status, Some(2));
    assert_eq!(program.run(&["--config", "nowhere.yml", "alerts"]).status, Some(2));
    let future = program.run(&["report", "daily", "--date", "2999-01-01"]);
    assert_eq!(future.status, Some(1));
    assert_eq!(future.err, "quad: 2999-01-01 has not happened yet\n");
    let nothing = program.run(&["ask"]);
    assert_eq!((nothing.status, nothing.out.as_str()), (Some(1), ""));
    assert!(nothing.err.contains("nothing was asked"), "{}", nothing.err);
    let nobody = program.run(&["login"]);
    assert_eq!(nobody.status, Some(1));
    assert!(nobody.err.contains("no quad answers at http://127.0.0.1:7077"), "{}", nobody.err);
    let broken = Program::configured("alerts: [\n");
    for args in [&["alerts"][..], &["config", "show"], &["ask", "status"]] {
        let ran = broken.run(args);
        assert_eq!(ran.status, Some(2), "{args:?}");
        assert!(ran.err.starts_with(".quad/infrastructure-agent.yml:2:1: "), "{}", ran.err);
    }
    assert_eq!(broken.run(&["config", "check"]).status, Some(1));
}

#[test]
fn every_mistake_of_the_configuration_is_named_at_once() {
    let program = Program::configured(
        "monitorin:\n  enabled: true\nalerts:\n  slack_chanel: \"#ops\"\n  daily_report_time: nine\nweb:\n  listen: 7077\n",
    );
    let ran = program.run(&["config", "check"]);
    assert_eq!((ran.status, ran.out.as_str()), (Some(1), ""));
    insta::assert_snapshot!(ran.err, @r"
    .quad/infrastructure-agent.yml:1:1: unknown key `monitorin`; did you mean `monitoring`?
    .quad/infrastructure-agent.yml:4:3: unknown key `slack_chanel` in `alerts`; did you mean `slack_channel`?
    .quad/infrastructure-agent.yml:5:3: `alerts.daily_report_time` must be a time of day, such as 09:00
    .quad/infrastructure-agent.yml:7:3: `web.listen` must be a text
    ");
    let as_json = program.run(&["config", "check", "--json"]);
    assert_eq!(as_json.status, Some(1));
    let said = as_json.json();
    assert_eq!((&said["good"], &said["problems"][1]["line"]), (&json!(false), &json!(4)));
}

#[test]
fn each_value_says_where_it_comes_from() {
    let program = Program::configured("timezone: Europe/Berlin\nprod:\n  api_response_time_ms: 120\n");
    let shown = program.run(&["config", "show", "--json", "--data", "elsewhere"]).good().json();
    let of = |key: &str| {
        let found = shown.as_array().expect("a list").iter().find(|shown| shown["key"] == key);
        let found = found.unwrap_or_else(|| panic!("{key} is not shown"));
        (found["value"].clone(), found["origin"].as_str().expect("an origin").to_owned())
    };
    assert_eq!(of("timezone"), (json!("Europe/Berlin"), ".quad/infrastructure-agent.yml:1:1".to_owned()));
    assert_eq!(of("data"), (json!("elsewhere"), "--data".to_owned()));
    assert_eq!(of("enabled"), (json!(true), "default".to_owned()));
    assert_eq!(of("lines.prod.api_response_time").1, "prod");
    let text = program.run(&["config", "show"]).good().out;
    assert!(text.contains("Europe/Berlin  (.quad/infrastructure-agent.yml:1:1)"), "{text}");
}

/// The example with every line that is commented out put into force.
fn everything_switched_on(example: &str) -> String {
    let is_yaml = |text: &str| {
        let text = text.trim_start().trim_start_matches("- ");
        let key = text.split(':').next().unwrap_or_default();
        let word = |c: char| c.is_ascii_lowercase() || c == '_' || c == '/';
        text.contains(':') && !key.is_empty() && key.chars().all(word)
    };
    let line = |line: &str| match line.find("# ") {
        Some(at) if line[..at].trim().is_empty() && is_yaml(&line[at + 2..]) => {
            format!("{}{}\n", &line[..at], &line[at + 2..])
        }
        _ => format!("{line}\n"),
    };
    example.lines().map(line).collect()
}

#[test]
fn the_example_configuration_loads_and_knows_every_key() {
    let example = repository("config/infrastructure-agent.example.yml");
    let program = Program::configured(&example);
    let ran = program.run(&["config", "check"]).good();
    assert_eq!(ran.err, "", "the example asks for something that is not built");
    let all = everything_switched_on(&example);
    program.write("all.yml", &all);
    program.write(".quad/runbooks/high-latency.md", &repository("config/runbooks/high-latency.md"));
    let ran = program.run(&["config", "check", "--config", "all.yml"]);
    assert_eq!(ran.status, Some(0), "{}\n{all}", ran.err);
    let schema = program.run(&["config", "schema"]).good().json();
    for key in schema["properties"].as_object().expect("keys").keys() {
        assert!(all.lines().any(|line| line.starts_with(&format!("{key}:"))), "the example lacks `{key}`");
    }
}

#[test]
fn what_is_generated_is_the_same_in_the_repository() {
    let program = Program::new();
    let schema: Value =
        serde_json::from_str(&repository("config/infrastructure-agent.schema.json")).expect("JSON");
    assert_eq!(
        program.run(&["config", "schema"]).good().json(),
        schema,
        "renew it: cargo run -- config schema > config/infrastructure-agent.schema.json"
    );
    assert_eq!(program.run(&["manifest"]).good().out, repository("manifest.yml"));
    for shell in ["bash", "zsh", "fish"] {
        let script = program.run(&["completions", shell]).good().out;
        assert!(script.contains("deployed"), "{shell}");
    }
}

#[test]
fn texts_are_read_line_by_line_with_the_names_of_a_file() {
    let program = Program::new();
    program.write(
        "names.json",
        r#"{"services": ["ledger"], "environments": ["live"], "timezone": "Europe/Berlin", "now": "2026-01-08T14:00:00Z"}"#,
    );
    let lines = "{\"text\": \"why is ledger slow in live?\"}\nnot json\n{\"text\": \"ack 7\"}\n";
    let ran = program.run_on(&["parse", "--inventory", "names.json"], lines).good();
    let read: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(read[0]["intent"], "analyze_latency");
    assert_eq!(read[0]["slots"]["service"], "ledger");
    assert!(read[1]["error"].is_string());
    assert_eq!((read.len(), &read[2]["intent"]), (3, &json!("acknowledge")));
    let explained = program.run_on(&["parse", "--explain"], "{\"text\": \"status\"}\n").good();
    assert!(explained.out.contains("\"explanation\""), "{}", explained.out);
    let words =
        program.run(&["parse", "--inventory", "names.json", "--explain", "is ledger slow?"]).good().out;
    assert!(words.starts_with("intent:  analyze_latency"), "{words}");
    assert!(words.contains("slot:    service = ledger") && words.contains("because:"), "{words}");
    let missing = program.run(&["parse", "--inventory", "nowhere.json"]);
    assert_eq!(missing.status, Some(1));
    assert!(missing.err.contains("nowhere.json"), "{}", missing.err);
}

#[test]
fn every_command_answers_offline_as_text_and_as_json() {
    // Whoever asks for colours everywhere gets none in a pipe either.
    let program = Program::new().env("TERM", "xterm-256color");
    assert_eq!(program.run(&["alerts", "--json"]).good().json(), json!([]));
    let report = program.run(&["report", "daily", "--date", "2026-01-08"]).good().out;
    assert!(report.contains("Thursday, 8 January 2026"), "{report}");
    let report = program.run(&["report", "daily", "--date", "2026-01-08", "--json"]).good().json();
    assert!(report["headline"].as_str().expect("a text").contains("8 January"), "{report}");
    let first = program.run(&["deployed", "checkout", "v1.2.3", "--environment", "prod", "--json"]).good();
    assert_eq!(
        (&first.json()["new"], &first.json()["deployment"]["version"]),
        (&json!(true), &json!("v1.2.3"))
    );
    let asked = program.run(&["ask", "status"]).good().out;
    assert!(asked.contains("No quad answers at http://127.0.0.1:7077"), "{asked}");
    assert!(!asked.contains("Nothing is wrong"), "{asked}");
    let piped = program.run_on(&["ask", "--json"], "is everything ok?\n").good();
    assert!(piped.json()["headline"].is_string());
    assert!(!asked.contains('\u{1b}') && !report.to_string().contains('\u{1b}'), "colours in a pipe");
}

#[test]
fn whoever_stops_reading_is_no_error() {
    let program = Program::new();
    for args in [&["config", "show"][..], &["completions", "bash"], &["config", "schema"]] {
        let mut child = program
            .command(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut line = String::new();
        let mut out = BufReader::with_capacity(16, child.stdout.take().expect("is piped"));
        out.read_line(&mut line).expect("reads");
        drop(out);
        let ended = child.wait_with_output().expect("ends");
        assert!(ended.status.success(), "{args:?}: {}", String::from_utf8_lossy(&ended.stderr));
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    }
}

#[test]
fn doctor_fails_where_something_does_not_work() {
    let good = Program::new().run(&["doctor", "--json"]).good().json();
    assert!(good.as_array().expect("a list").iter().all(|check| check["state"] != "bad"), "{good}");
    let program = Program::configured(
        "sources: {prometheus: [{base_url: \"http://127.0.0.1:1\"}]}\nslack: {bot_token: {env: QUAD_TEST_UNSET}}\n",
    );
    let ran = program.run(&["doctor"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.out.contains("BAD      prometheus: connection refused"), "{}", ran.out);
    assert!(ran.out.contains("QUAD_TEST_UNSET is not set"), "{}", ran.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_briefly_what_it_watches_and_ends_cleanly() {
    let page = Broken::start(Trouble::reply("200 OK", "", "jobs_waiting 3\n")).await;
    let program = Program::configured(BRISK);
    let url = page.url().to_string();
    let mut quad =
        program.start(&["--probe", &format!("{url}health"), "--scrape", &format!("{url}metrics")]).await;
    let banner = quad.said();
    let lines = banner.lines().filter(|line| !line.contains(" INFO ") && !line.contains(" WARN "));
    assert!(lines.count() <= 10, "{banner}");
    assert!(
        banner.contains("probe") && banner.contains("scrape") && banner.contains("this machine"),
        "{banner}"
    );
    eventually("both are asked", async || {
        let heads = page.heads().join("\n");
        (heads.contains("GET /health ") && heads.contains("GET /metrics ")).then_some(())
    })
    .await;
    assert!(quad.terminate().await.success(), "{}", quad.said());
    let mut again = program.start(&[]).await;
    assert!(again.interrupt().await.success(), "{}", again.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_speak_to_the_quad_that_runs() {
    // What this machine is busy with is none of this test's business.
    let page = Broken::start(Trouble::reply("200 OK", "", "fine")).await;
    let program = Program::configured(&format!("{BRISK}sources: {{host: null}}\n"));
    let quad = program.start(&["--probe", page.url().as_str()]).await;
    // They find it although the port was the system's choice.
    let answer = eventually("the first check is done", async || {
        let answer = program.run(&["ask", "status", "--json"]).good().json();
        (answer["mark"] == "good").then_some(answer)
    })
    .await;
    assert!(answer["headline"].as_str().expect("a text").contains("Nothing is wrong"), "{answer}");
    let said = program.run(&["deployed", "checkout", "v9"]).good().out;
    assert!(said.starts_with("noted: checkout v9 at "), "{said}");
    let refused = program.run(&["deployed", "", "v9"]);
    assert_eq!((refused.status, refused.err.as_str()), (Some(1), "quad: `service` is empty\n"));
    let link = program.run(&["login", "--json"]).good().json();
    let url = link["url"].as_str().expect("a link");
    assert_ne!(url, quad.link);
    let visitor = quad.sign_in(url).await;
    assert_eq!(visitor.say("status").await, (202, String::new()));
    eventually("the page shows the answer", async || {
        visitor.page().await.contains("Nothing is wrong").then_some(())
    })
    .await;
    let metrics = quad.get("/metrics").await;
    assert!(metrics.contains("quad_"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let ran = Program::new().run(&["--listen", &address]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.err.contains(&format!("listening on {address}")), "{}", ran.err);
    assert!(ran.err.contains("is another quad running?"), "{}", ran.err);
}

#[test]
fn what_was_set_in_chat_is_shown_with_who_set_it() {
    let program = Program::configured("services: {web: {}}\naliases: {the front: web}\n").env("USER", "ana");
    let shown = program.run(&["ask", "set the latency threshold of the front to 300 ms"]).good().out;
    assert!(shown.contains("approve 1"), "{shown}");
    let values = program.run(&["config", "show"]).good().out;
    assert!(!values.contains("set in chat"), "nothing was approved yet: {values}");
    program.run(&["ask", "approve 1"]).good();
    let values = program.run(&["config", "show"]).good().out;
    let line = values.lines().find(|line| line.starts_with("lines.web.api_response_time")).unwrap_or(&values);
    assert!(line.contains("critical 300 ms") && line.contains("(set in chat by ana, 20"), "{line}");
    program.run(&["ask", "undo change 1"]).good();
    assert!(!program.run(&["config", "show"]).good().out.contains("set in chat"));
}
