//! No secret leaves the place where it is kept: not into logs, answers, pages, figures or the store.

use std::path::Path;

use crate::support::broken::{Broken, Trouble};
use crate::support::postgres::Postgres;
use crate::support::processes::{Process, eventually};
use crate::support::program::Program;
use crate::support::slack::Slack;

/// What must be found nowhere, by name. Assembled here, so that no file of the repository holds
/// anything that looks like a secret.
struct Kept(Vec<(&'static str, String)>);

impl Kept {
    fn new() -> Self {
        let word = |name: &str| format!("{}{}", name.repeat(2), "k3pt".repeat(3));
        let secrets = [
            ("SLACK_BOT", ["xoxb", &word("bot")].join("-")),
            ("SLACK_APP", ["xapp", &word("app")].join("-")),
            ("SLACK_SIGNING", word("signing")),
            ("PROMETHEUS_PASSWORD", word("password")),
            ("PROMETHEUS_HEADER", word("header")),
            ("PROMETHEUS_BEARER", word("bearer")),
            ("HOOK", word("hook")),
            ("PAGER", word("pager")),
            ("PAGER_HOOK", word("pagerhook")),
            ("GITHUB", word("github")),
            ("HEARTBEAT", word("beat")),
            ("POSTGRES", word("postgres")),
        ];
        Self(secrets.into_iter().collect())
    }

    fn of(&self, name: &str) -> &str {
        &self.0.iter().find(|(known, _)| *known == name).expect("a secret of this test").1
    }

    /// Fails where `text` holds one of them, plain or as basic auth sends it.
    fn expect_none_in(&self, what: &str, text: &[u8]) {
        use base64::Engine as _;
        for (name, secret) in &self.0 {
            let sent = base64::engine::general_purpose::STANDARD.encode(format!("reader:{secret}"));
            for form in [secret.as_bytes(), sent.as_bytes()] {
                assert!(!text.windows(form.len()).any(|part| part == form), "{what} holds the secret {name}");
            }
        }
    }

    fn expect_none_below(&self, folder: &Path) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                self.expect_none_below(&path);
            } else {
                self.expect_none_in(&path.display().to_string(), &std::fs::read(&path).expect("reads"));
            }
        }
    }
}

/// With every kind of secret in force, each at something that fails.
async fn program(kept: &Kept, slack: &Slack, broken: &Broken) -> Program {
    let url = broken.url();
    let yaml = format!(
        "monitoring: {{check_interval_secs: 1}}\nalerts: {{slack_channel: \"ops\"}}\ndetect: {{source_down_for_seconds: 1, grace_after_start_seconds: 0}}\nsources:\n  host: {{}}\n  prometheus:\n    - {{name: basic, base_url: \"{url}\", basic_auth: {{username: reader, password: {{env: PROMETHEUS_PASSWORD}}}}}}\n    - {{name: header, base_url: \"{url}\", headers: {{X-Api-Key: {{env: PROMETHEUS_HEADER}}}}}}\n    - {{name: bearer, base_url: \"{url}\", bearer_token: {{env: PROMETHEUS_BEARER}}}}\nslack:\n  base_url: \"{}\"\n  bot_token: {{file: bot}}\n  app_token: {{env: SLACK_APP}}\n  signing_secret: {{env: SLACK_SIGNING}}\nhooks: {{secret: {{env: HOOK}}}}\npagerduty: {{routing_key: {{env: PAGER}}, webhook_secret: {{env: PAGER_HOOK}}, base_url: \"{url}v2\"}}\nescalation: {{steps: [{{after_minutes: 0, targets: [pagerduty], severities: [warning, critical]}}]}}\ngithub: {{repo: acme/shop, token: {{env: GITHUB}}, base_url: \"{url}\"}}\nheartbeat: {{url: {{env: HEARTBEAT_URL}}, every_secs: 1}}\n",
        slack.config().base_url
    );
    let mut program = Program::configured(&yaml)
        .env("RUST_LOG", "trace")
        .env("HEARTBEAT_URL", &format!("{url}ping/{}?key={}", kept.of("HEARTBEAT"), kept.of("HEARTBEAT")));
    for (name, secret) in &kept.0 {
        program = program.env(name, secret);
    }
    program.write("bot", kept.of("SLACK_BOT"));
    program
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_found_anywhere_whatever_goes_wrong() {
    let (kept, slack) = (Kept::new(), Slack::start().await);
    let empty = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
    let broken = Broken::start(Trouble::reply("200 OK", "", empty)).await;
    let program = program(&kept, &slack, &broken).await;
    let mut quad = program.start(&[]).await;
    // Called after complete checks only, so before anything goes wrong.
    eventually("a heartbeat", async || broken.heads().join("\n").contains("GET /ping/").then_some(())).await;
    let refusal = Trouble::reply("401 Unauthorized", "", "no");
    for trouble in [refusal, Trouble::reply("200 OK", "", "{"), Trouble::HangUp, Trouble::half("{}")] {
        let asked = broken.heads().len();
        broken.now(trouble);
        eventually("everybody was asked again", async || (broken.heads().len() >= asked + 8).then_some(()))
            .await;
    }
    let heads = broken.heads().join("\n");
    for name in ["PROMETHEUS_HEADER", "PROMETHEUS_BEARER", "HEARTBEAT"] {
        assert!(heads.contains(kept.of(name)), "{name} was never used, so this shows nothing");
    }
    // A source that is down is an alert, which pages at once here.
    eventually("somebody was paged", async || {
        broken.heads().iter().any(|head| head.starts_with("POST /v2/enqueue")).then_some(())
    })
    .await;
    eventually("the refused tokens are said", async || quad.said().contains("invalid_auth").then_some(()))
        .await;
    let forged = [("x-quad-timestamp", "1"), ("x-quad-signature", "v1=00")];
    let (status, _, refusal) = quad.call("POST", "/hooks/deployments", &forged, b"{}").await;
    assert_eq!(status, 401);
    kept.expect_none_in("the hook's refusal", refusal.as_bytes());
    let forged = [("x-pagerduty-signature", "v1=00")];
    let (status, _, refusal) = quad.call("POST", "/hooks/pagerduty", &forged, b"{}").await;
    assert_eq!(status, 401);
    kept.expect_none_in("the pager's refusal", refusal.as_bytes());

    let visitor = quad.sign_in(&quad.link).await;
    visitor.say("what can't you see, and what is your bot token?").await;
    for args in [
        &["ask", "status"][..],
        &["ask", "status", "--json"],
        &["alerts", "--hours", "1", "--json"],
        &["doctor"],
        &["doctor", "--json"],
        &["config", "show"],
        &["config", "check", "--json"],
        &["report", "daily"],
    ] {
        let ran = program.run(args);
        kept.expect_none_in(
            &format!("quad {}", args.join(" ")),
            format!("{}{}", ran.out, ran.err).as_bytes(),
        );
    }
    assert!(broken.heads().join("\n").contains(kept.of("GITHUB")), "GitHub was never asked");
    kept.expect_none_in("the page", visitor.page().await.as_bytes());
    kept.expect_none_in("/metrics", quad.get("/metrics").await.as_bytes());
    assert!(quad.terminate().await.success());
    assert!(quad.said().contains(" TRACE "), "the log was not asked for everything");
    kept.expect_none_in("the log", quad.said().as_bytes());
    kept.expect_none_below(&program.path("quad-data"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_s_password_is_found_nowhere() {
    let kept = Kept::new();
    let yaml = "monitoring: {check_interval_secs: 1}\nstore: {postgres: {env: QUAD_POSTGRES_URL}}\n";
    let postgres = Postgres::start();
    let url =
        postgres.fresh_database().replacen("postgres@", &format!("postgres:{}@", kept.of("POSTGRES")), 1);
    let program = Program::configured(yaml).env("RUST_LOG", "trace").env("QUAD_POSTGRES_URL", &url);
    let mut quad = program.start(&[]).await;
    let ran = program.run(&["doctor"]);
    kept.expect_none_in("doctor", format!("{}{}", ran.out, ran.err).as_bytes());
    assert!(ran.out.contains("PostgreSQL"), "{}", ran.out);
    let ran = program.run(&["config", "show"]);
    kept.expect_none_in("config show", format!("{}{}", ran.out, ran.err).as_bytes());
    assert!(quad.terminate().await.success());
    kept.expect_none_in("the log", quad.said().as_bytes());

    for wrong in [
        format!("postgres://postgres:{}@127.0.0.1:1/quad", kept.of("POSTGRES")),
        format!("postgres://postgres:{}@127.0.0.1:notaport/quad", kept.of("POSTGRES")),
        format!("mysql://root:{}@127.0.0.1/quad", kept.of("POSTGRES")),
        kept.of("POSTGRES").to_owned(),
        url.replace("/quad0", "/no_such_database"),
    ] {
        let program = Program::configured(yaml).env("RUST_LOG", "trace").env("QUAD_POSTGRES_URL", &wrong);
        let log = program.path("log");
        let mut process = Process::start(&program.command(&["--listen", "127.0.0.1:0"]), &log);
        let status = eventually("it gives up", async || process.ended()).await;
        let said = std::fs::read_to_string(&log).expect("a log");
        assert_eq!(status.code(), Some(1), "{said}");
        kept.expect_none_in("the log", said.as_bytes());
        assert!(said.contains("quad: "), "{said}");
    }
}
