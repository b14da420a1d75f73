//! Issues on GitHub: one matter is one issue, whatever goes wrong on the way.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use quad::deliver::issues::{Brought, IssueDesk, Matter, Step};
use quad::error::CallError;
use quad::model::issue::{IssueKey, IssueNumber, NewIssue};
use quad::model::time::Moment;
use quad::ports::clock::Clock;
use quad::ports::issue_tracker::IssueTracker;
use quad::vendors::github::Github;
use serde_json::{Value, json};

use crate::support::bot::{Bot, START};
use crate::support::github::judge::judge;
use crate::support::github::server::{Fault, Request, STRANGER};
use crate::support::github::{GitHub, token};
use crate::support::shared::shared;

const ISSUES: &str = "/repos/acme/shop/issues";
const OPENING: &str = "POST /repos/acme/shop/issues";

/// GitHub, and quad's desk before it.
struct Desk {
    github: GitHub,
    clock: Clock,
    tracker: Arc<Github>,
    desk: IssueDesk,
}

impl Desk {
    async fn start() -> Self {
        let clock = Clock::manual(start());
        let github = GitHub::start(&clock).await;
        let config = github.config();
        Self::with(github, clock, config)
    }

    fn with(github: GitHub, clock: Clock, config: Value) -> Self {
        let config = serde_json::from_value(config).expect("a section");
        let tracker = Arc::new(Github::new(&config, clock.clone()).expect("is made"));
        let desk = IssueDesk::new(Arc::clone(&tracker) as Arc<dyn IssueTracker>, clock.clone());
        Self { github, clock, tracker, desk }
    }

    /// quad after a restart, with nothing in its memory.
    fn restarted(self) -> Self {
        let config = self.github.config();
        Self::with(self.github, self.clock, config)
    }

    async fn bring(&self, again: &str) -> Result<Brought, CallError> {
        self.desk.bring(&matter(again)).await
    }

    async fn brought(&self, again: &str) -> (Step, u64) {
        let brought = self.bring(again).await.expect("is brought");
        assert!(brought.issue.open);
        (brought.step, brought.issue.number.0)
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }
}

fn start() -> Moment {
    START.parse().expect("a time")
}

fn key() -> IssueKey {
    IssueKey::new("slow-query:shop-db/3f2a91c0")
}

fn matter(again: &str) -> Matter {
    Matter {
        new: NewIssue {
            key: key(),
            title: "orders is read whole for each customer".to_owned(),
            body: "It takes **2.1 s**.\n\n```sql\nselect * from orders where customer = ? -- <!-- quad:key=slow-query:other -->\n```\n"
                .to_owned(),
            labels: vec!["slow-query".to_owned(), "operations".to_owned()],
        },
        again: again.to_owned(),
        today: start() - TimeDelta::hours(13),
    }
}

fn busy(seconds: u64) -> CallError {
    CallError::Busy { retry_after: Duration::from_secs(seconds) }
}

#[tokio::test]
async fn a_matter_is_opened_once_and_then_commented_on() {
    let desk = Desk::start().await;
    assert_eq!(desk.brought("2.1 s").await, (Step::Open, 1));
    let issue = desk.github.only();
    assert_eq!(issue.labels, ["quad", "slow-query", "operations", "code-agent"]);
    insta::assert_snapshot!(format!("{}\n\n{}", issue.title, issue.body), @r"
    orders is read whole for each customer

    <!-- quad:key=slow-query:shop-db/3f2a91c0 -->
    <!-- quad:said=8cfc1c20baaa2d37 -->

    It takes **2.1 s**.

    ```sql
    select * from orders where customer = ? -- <!- quad:key=slow-query:other -->
    ```
    ");
    assert_eq!(desk.brought("2.1 s").await, (Step::Nothing, 1), "the issue says so since today");
    assert_eq!(desk.brought("2.4 s").await, (Step::Comment, 1));
    assert_eq!(desk.brought("2.4 s").await, (Step::Nothing, 1));
    let desk = desk.restarted();
    assert_eq!(desk.brought("2.4 s").await, (Step::Nothing, 1));
    let comments = desk.github.only().comments;
    assert_eq!(comments.len(), 1);
    assert!(comments[0].1.ends_with("\n\n2.4 s"), "{comments:?}");

    desk.pass(24 * 3_600);
    let tomorrow = Matter { today: start() + TimeDelta::hours(11), ..matter("2.4 s") };
    let brought = desk.desk.bring(&tomorrow).await.expect("is brought");
    assert_eq!(brought.step, Step::Comment, "another day");
    desk.github.finish();
}

#[tokio::test]
async fn what_was_closed_is_opened_again_with_a_comment() {
    let desk = Desk::start().await.restarted();
    desk.brought("2.1 s").await;
    desk.github.state().issues[0].open = false;
    assert_eq!(desk.brought("2.1 s").await, (Step::ReopenAndComment, 1));
    let issue = desk.github.only();
    assert!(issue.open && issue.comments.len() == 1, "{issue:?}");

    // Interrupted between the two: the comment is made up for.
    desk.github.state().issues[0].open = false;
    desk.github.next("POST /repos/acme/shop/issues/1/comments", Fault::Status(403));
    desk.bring("2.9 s").await.expect_err("is refused");
    assert_eq!(desk.brought("2.9 s").await, (Step::Comment, 1));
    desk.github.finish();
}

#[tokio::test]
async fn two_who_bring_the_same_at_once_make_one_issue() {
    let desk = Desk::start().await;
    let (one, other) = tokio::join!(desk.brought("2.1 s"), desk.brought("2.1 s"));
    assert_eq!([one, other], [(Step::Open, 1), (Step::Nothing, 1)]);
    desk.github.only();
    let mut another = matter("2.1 s");
    another.new.key = IssueKey::new("slow-query:shop-db/3f2a91c");
    assert_eq!(desk.desk.bring(&another).await.expect("is brought").step, Step::Open, "another matter");
    desk.github.finish();
}

#[tokio::test]
async fn a_lost_reply_is_looked_up_before_anything_is_repeated() {
    for fault in [Fault::AcceptThenDrop, Fault::DoneAnd502] {
        let desk = Desk::start().await;
        desk.github.next(OPENING, fault);
        assert_eq!(desk.brought("2.1 s").await, (Step::Open, 1), "{fault:?}");
        desk.github.next("POST /repos/acme/shop/issues/1/comments", fault);
        assert_eq!(desk.brought("2.4 s").await, (Step::Comment, 1), "{fault:?}");
        assert_eq!(desk.github.only().comments.len(), 1, "{fault:?}");
        desk.github.state().issues[0].open = false;
        desk.github.next("PATCH /repos/acme/shop/issues/1", fault);
        let error = desk.bring("2.4 s").await.expect_err("the reply was lost");
        assert!(matches!(error, CallError::Transient { .. }), "may be repeated blindly: {error:?}");
        assert_eq!(desk.brought("2.5 s").await, (Step::Comment, 1));
        desk.github.finish();
    }
}

#[tokio::test]
async fn what_is_carried_out_late_makes_no_second_issue() {
    let desk = Desk::start().await;
    desk.github.next(OPENING, Fault::DropThenAccept);
    let error = desk.bring("2.1 s").await.expect_err("nobody knows");
    assert!(matches!(error, CallError::Unknown { .. }), "{error:?}");
    desk.pass(20);
    assert_eq!(desk.bring("2.1 s").await, Err(busy(100)), "it may still appear");
    desk.github.late();
    assert_eq!(desk.brought("2.1 s").await, (Step::Nothing, 1));
    assert_eq!(desk.github.asked(OPENING), 1);
    desk.github.finish();
}

#[tokio::test]
async fn what_never_arrived_is_opened_after_a_while() {
    for fault in [Fault::Close, Fault::Hang] {
        let desk = Desk::start().await;
        desk.github.next(OPENING, fault);
        let error = desk.bring("2.1 s").await.expect_err("nobody knows");
        assert!(matches!(error, CallError::Unknown { .. }), "{error:?}");
        desk.pass(121);
        assert_eq!(desk.brought("2.1 s").await, (Step::Open, 1));
        desk.github.only();
        desk.github.finish();
    }
}

#[tokio::test]
async fn an_issue_is_found_on_whatever_page_it_stands() {
    let desk = Desk::start().await;
    desk.github.state().page = 2;
    let quads = |issue: &mut crate::support::github::server::Issue| issue.labels = vec!["quad".to_owned()];
    for at in 0..5 {
        desk.github.somebody_opens(|issue| {
            quads(issue);
            // A pull request may carry the label, and quote the issue.
            issue.pull = (at == 1).then_some(false);
            issue.body = if at == 1 { key().mark() } else { format!("{} not alone", key().mark()) };
        });
    }
    let closed = desk.github.somebody_opens(|issue| {
        quads(issue);
        issue.body = format!("{}\n\nEdited by a person.", key().mark());
        issue.open = false;
    });
    let found = desk.tracker.find(&key()).await.expect("is looked for").expect("is found");
    assert_eq!((found.number.0, found.open), (closed, false));
    let open = desk.github.somebody_opens(|issue| {
        quads(issue);
        issue.body = key().mark();
    });
    let desk = desk.restarted();
    assert_eq!(desk.brought("2.4 s").await, (Step::Comment, open), "an open one is better");
    desk.github.finish();
}

#[tokio::test]
async fn an_issue_whose_labels_were_dropped_is_found_and_a_stranger_s_copy_is_not_believed() {
    let desk = Desk::start().await;
    let stranger = desk.github.somebody_opens(|issue| {
        issue.author = STRANGER;
        issue.body = key().mark();
    });
    desk.github.state().may_label = false;
    let (step, number) = desk.brought("2.1 s").await;
    assert!(step == Step::Open && number != stranger);
    // Among the newest, of which the search knows nothing yet.
    let desk = desk.restarted();
    assert_eq!(desk.brought("2.1 s").await, (Step::Nothing, number));
    // By the search, when a hundred others came after it.
    desk.github.state().page = 1;
    desk.github.somebody_opens(|_| {});
    desk.github.state().issues.iter_mut().for_each(|issue| issue.indexed = true);
    let desk = desk.restarted();
    assert_eq!(desk.brought("2.1 s").await, (Step::Nothing, number));
    // Where there is no search, the lists must do.
    desk.github.state().searches = false;
    let desk = desk.restarted();
    assert_eq!(desk.tracker.find(&key()).await, Ok(None));
    desk.github.finish();
}

#[tokio::test]
async fn an_issue_that_was_deleted_is_opened_anew() {
    let desk = Desk::start().await;
    desk.brought("2.1 s").await;
    desk.github.state().issues.clear();
    desk.github.somebody_opens(|_| {});
    assert_eq!(desk.brought("2.1 s").await, (Step::Open, 2));
    desk.github.finish();
}

#[tokio::test]
async fn who_asks_to_wait_is_not_called_before() {
    for (fault, seconds) in [(Fault::Busy(30), 30), (Fault::Spent(40), 41), (Fault::TooFast, 60)] {
        let desk = Desk::start().await;
        desk.github.next(&format!("GET {ISSUES}"), fault);
        assert_eq!(desk.bring("2.1 s").await, Err(busy(seconds)), "{fault:?}");
        let asked = desk.github.asked("");
        desk.pass(i64::try_from(seconds).expect("a short time") - 1);
        assert_eq!(desk.bring("2.1 s").await, Err(busy(1)), "{fault:?}");
        assert_eq!(desk.github.asked(""), asked, "{fault:?}: nothing is asked meanwhile");
        desk.pass(1);
        assert_eq!(desk.brought("2.1 s").await, (Step::Open, 1), "{fault:?}");
        desk.github.finish();
    }
}

#[tokio::test]
async fn a_refused_opening_is_no_unknown_one() {
    let desk = Desk::start().await;
    desk.github.next(OPENING, Fault::Busy(30));
    assert_eq!(desk.bring("2.1 s").await, Err(busy(30)));
    desk.pass(30);
    assert_eq!(desk.brought("2.1 s").await, (Step::Open, 1));
    desk.github.finish();
}

#[tokio::test]
async fn the_limit_of_the_search_holds_up_nothing_else() {
    let desk = Desk::start().await;
    desk.brought("2.1 s").await;
    desk.github.next("GET /search/issues", Fault::Spent(40));
    assert_eq!(desk.tracker.pulls_about(&["orders"]).await, Err(busy(41)));
    assert_eq!(desk.brought("2.4 s").await, (Step::Comment, 1));
    assert_eq!(desk.tracker.pulls_about(&["orders"]).await, Err(busy(41)));
    assert_eq!(desk.github.asked("GET /search/issues"), 2, "one of them looked for the issue");
    // The last call that was free holds up the next one, before it is refused.
    desk.github.next("GET /repos/acme/shop/issues/1", Fault::LastOne(9));
    assert_eq!(desk.bring("2.5 s").await, Err(busy(10)));
    desk.github.finish();
}

#[tokio::test]
async fn pull_requests_that_belong_to_an_issue_are_found() {
    let desk = Desk::start().await;
    desk.github.state().page = 2;
    desk.brought("2.1 s").await;
    for (title, merged) in [("Index orders by customer", true), ("Cache orders", false)] {
        let number = desk.github.somebody_opens(|issue| {
            issue.title = title.to_owned();
            issue.pull = Some(merged);
            issue.open = false;
        });
        let mut state = desk.github.state();
        let at = state.at(number).expect("is there");
        let shown = state.shown(&state.issues[at]);
        let entry = json!({"event": "cross-referenced", "source": {"type": "issue", "issue": shown}});
        // Mentioned twice, by its text and by a comment.
        state.issues[0].mentioned_in.extend([entry.clone(), entry]);
    }
    let issue =
        json!({"number": 9, "title": "An issue", "html_url": "https://x.example.com", "state": "open"});
    desk.github.state().issues[0]
        .mentioned_in
        .push(json!({"event": "cross-referenced", "source": {"issue": issue}}));
    let pulls = desk.tracker.pulls_referring(IssueNumber(1)).await.expect("are found");
    let told: Vec<String> =
        pulls.iter().map(|pull| format!("{} {} {}", pull.url, pull.title, pull.merged)).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    https://github.com/acme/shop/pull/2 Index orders by customer true
    https://github.com/acme/shop/pull/3 Cache orders false
    ");
    let about = async |words: &[&str]| {
        let pulls = desk.tracker.pulls_about(words).await.expect("are found");
        pulls.iter().map(|pull| pull.number).collect::<Vec<_>>()
    };
    assert_eq!(about(&["orders"]).await, [2, 3]);
    assert_eq!(about(&["orders", "Index"]).await, [2]);
    assert_eq!(about(&[" ", "\""]).await, Vec::<u64>::new());
    assert_eq!(about(&["repo:acme/other is:issue"]).await, Vec::<u64>::new());
    desk.github.finish();
}

#[tokio::test]
async fn an_app_signs_in_once_an_hour_and_again_where_its_token_was_taken_away() {
    for form in [&["-traditional"][..], &[]] {
        let clock = Clock::manual(start());
        let github = GitHub::start(&clock).await;
        let config = github.app_config(form);
        let desk = Desk::with(github, clock, config);
        let signed_in = || desk.github.asked("POST /app/installations/99/access_tokens");
        assert_eq!(signed_in(), 0, "nobody is called before something is wanted");
        let about = key();
        let (one, other) = tokio::join!(desk.tracker.find(&about), desk.tracker.pulls_about(&["orders"]));
        assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
        assert_eq!(signed_in(), 1, "of two at once one signs in");
        desk.brought("2.1 s").await;
        desk.pass(54 * 60);
        desk.brought("2.2 s").await;
        assert_eq!(signed_in(), 1);
        desk.pass(2 * 60);
        desk.brought("2.3 s").await;
        assert_eq!(signed_in(), 2, "renewed before it ends");
        desk.github.state().app_tokens.clear();
        desk.brought("2.4 s").await;
        assert_eq!(signed_in(), 3, "the one that was taken away");
        desk.github.state().issues[0].labels.clear();
        let found = desk.tracker.find(&key()).await.expect("is looked for");
        assert_eq!(found.map(|issue| issue.number), Some(IssueNumber(1)));
        let checks = desk.tracker.doctor(desk.clock.now()).await;
        assert_eq!(
            checks.iter().map(|check| check.says.as_str()).collect::<Vec<_>>(),
            ["quad signs in as the App 7", "quad may open issues in acme/shop"]
        );
        desk.github.finish();
    }
}

#[tokio::test]
async fn an_app_finds_its_own_issue_where_the_label_was_taken_away() {
    let clock = Clock::manual(start());
    let github = GitHub::start(&clock).await;
    let config = github.app_config(&["-traditional"]);
    let desk = Desk::with(github, clock, config.clone());
    desk.brought("2.1 s").await;
    desk.github.state().issues[0].labels.clear();
    let desk = Desk::with(desk.github, desk.clock, config);
    assert_eq!(desk.brought("2.1 s").await, (Step::Nothing, 1));
    desk.github.finish();
}

#[tokio::test]
async fn an_app_that_can_t_sign_in_says_why() {
    let clock = Clock::manual(start());
    let github = GitHub::start(&clock).await;
    let config = github.app_config(&["-traditional"]);
    let mut desk = Desk::with(github, clock, config.clone());
    let said = async |desk: &Desk| {
        let checks = desk.tracker.doctor(desk.clock.now()).await;
        checks.iter().map(|check| check.says.clone()).collect::<Vec<_>>().join("\n")
    };
    desk.github.next("GET /repos/acme/shop/installation", Fault::Status(404));
    let not_installed = said(&desk).await;
    desk.github.next("POST /app/", Fault::Busy(30));
    let too_often = said(&desk).await;
    desk.pass(30);
    desk.github.state().app.as_mut().expect("an App").permissions = json!({"issues": "read"});
    let no_permission = said(&desk).await;
    desk.github.state().app.as_mut().expect("an App").id = 8;
    desk = Desk::with(desk.github, desk.clock, config);
    let another = said(&desk).await;
    insta::assert_snapshot!([not_installed, too_often, no_permission, another].join("\n"), @r"
    the App can't sign in: GitHub says 404: the App is not installed for acme/shop; install it there
    the App can't sign in: asked to wait 30 s
    the App 7 lacks the permission Issues: write; give it that in its settings, and accept it where it is installed
    the App can't sign in: GitHub says 401: the App is not accepted; check github.app.id, that the key is that App's, and this machine's clock
    ");
    // Only the last proof was not in order.
    assert_eq!(std::mem::take(&mut desk.github.state().wrong).len(), 1);
    desk.github.finish();
}

#[tokio::test]
async fn the_doctor_names_what_is_wrong() {
    let desk = Desk::start().await;
    let mut told = String::new();
    let mut look = async |what: &str, desk: &Desk| {
        told.push_str(&format!("{what}:\n"));
        for check in desk.tracker.doctor(desk.clock.now()).await {
            told.push_str(&format!("  {:?}: {}\n", check.health, check.says));
        }
    };
    look("all is well", &desk).await;
    desk.github.state().may_write = false;
    look("no permission", &desk).await;
    desk.github.state().may_write = true;
    let before = desk.github.state().repository.clone();
    desk.github.state().repository["has_issues"] = json!(false);
    look("issues switched off", &desk).await;
    desk.github.state().repository = json!({"full_name": "acme/store", "private": false, "has_issues": true,
        "archived": true, "permissions": {"pull": true, "triage": false, "push": false}});
    look("archived, public, renamed, no role", &desk).await;
    desk.github.state().repository = before;
    desk.github.state().token_ends = Some("2026-01-11 09:00:00 UTC".to_owned());
    look("the token ends", &desk).await;
    desk.github.next("GET /repos/acme/shop", Fault::Status(404));
    look("no such repository", &desk).await;
    desk.github.state().token = "another".to_owned();
    look("another token", &desk).await;
    desk.github.next("GET /user", Fault::Close);
    look("not there", &desk).await;
    desk.github.next("GET /user", Fault::Busy(30));
    look("too often", &desk).await;
    insta::assert_snapshot!(told, @r"
    all is well:
      Good: quad signs in as quad-bot
      Good: quad may open issues in acme/shop
    no permission:
      Good: quad signs in as quad-bot
      Bad: quad may not open issues in acme/shop; the token or App needs the permission Issues: write
    issues switched off:
      Good: quad signs in as quad-bot
      Bad: issues are switched off in acme/shop; switch them on in its settings
    archived, public, renamed, no role:
      Good: quad signs in as quad-bot
      Bad: acme/shop is archived, so no issue can be opened there
      Warning: acme/shop is called acme/store now; write that into github.repo
      Warning: acme/shop is public: everybody can read what quad writes there
      Warning: quad may not set labels in acme/shop, by which it finds its issues; give it the role Triage or Write
    the token ends:
      Good: quad signs in as quad-bot
      Warning: the token ends on 11 January 2026; make another one
      Good: quad may open issues in acme/shop
    no such repository:
      Good: quad signs in as quad-bot
      Warning: the token ends on 11 January 2026; make another one
      Bad: there is no repository acme/shop, or quad may not see it; check github.repo, and for which repositories the token or App is
    another token:
      Bad: the token is not accepted (HTTP 401); make another one on GitHub and put it where github.token says
    not there:
      Bad: GitHub can't be asked: the connection ended before a reply came
    too often:
      Bad: GitHub can't be asked: asked to wait 30 s
    ");
    assert!(desk.github.state().numbers().is_empty(), "nothing is written");
    desk.github.finish();
}

#[tokio::test]
async fn no_error_holds_the_token() {
    let desk = Desk::start().await;
    let mut said = format!("{:?}", desk.github.config());
    for status in [400, 401, 403, 404, 410, 418, 422, 500, 503] {
        desk.github.next(&format!("GET {ISSUES}"), Fault::Status(status));
        let error = desk.bring("2.1 s").await.expect_err("fails");
        said.push_str(&format!("{error} {error:?}\n"));
    }
    for fault in [Fault::Close, Fault::Hang] {
        desk.github.next(&format!("GET {ISSUES}"), fault);
        let error = desk.bring("2.1 s").await.expect_err("fails");
        assert!(matches!(error, CallError::Transient { .. }), "{error:?}");
        said.push_str(&format!("{error} {error:?}\n"));
    }
    assert!(said.contains("GitHub says 418"), "{said}");
    assert!(!said.contains(&token()), "{said}");
    desk.github.finish();
}

#[tokio::test]
async fn a_text_that_is_too_long_is_cut_and_still_found() {
    let desk = Desk::start().await;
    let mut long = matter("2.1 s");
    long.new.title = "t".repeat(400);
    long.new.body = "A plan of many lines.\n".repeat(5_000);
    long.again = "More of it.\n".repeat(9_000);
    assert_eq!(desk.desk.bring(&long).await.expect("is brought").step, Step::Open);
    long.again.push_str("And more.");
    assert_eq!(desk.desk.bring(&long).await.expect("is brought").step, Step::Comment);
    let desk = desk.restarted();
    assert_eq!(desk.desk.bring(&long).await.expect("is brought").step, Step::Nothing);
    desk.github.finish();
}

#[tokio::test]
async fn quad_doctor_tells_of_github() {
    let clock = Clock::manual(start());
    let github = GitHub::start(&clock).await;
    let bot = Bot::start_with(json!({"github": github.config()}), START).await;
    let checks = bot.app().examine().await.expect("looks");
    let said: Vec<String> = checks
        .iter()
        .filter(|check| check.what == "github")
        .map(|check| format!("{:?}: {}", check.state, check.says))
        .collect();
    assert_eq!(said, ["Good: quad signs in as quad-bot", "Good: quad may open issues in acme/shop"]);
    bot.finish().await;
    github.finish();
}

#[test]
fn the_judge_refuses_what_github_would_refuse() {
    let request = |method: &str, path: &str, query: &[(&str, &str)], body: Value| Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        body,
        token: token(),
    };
    if shared("specs/github.json").is_none() {
        return;
    }
    assert!(judge(&request("GET", ISSUES, &[("state", "all"), ("per_page", "100")], Value::Null)).is_empty());
    for wrong in [
        request("GET", ISSUES, &[("state", "any")], Value::Null),
        request("GET", ISSUES, &[("label", "quad")], Value::Null),
        request("POST", ISSUES, &[], json!({"body": "text"})),
        request("POST", ISSUES, &[], json!({"title": "A title", "labels": "quad"})),
        request("POST", ISSUES, &[], json!({"title": "A title", "lables": []})),
        request("PATCH", "/repos/acme/shop/issues/1", &[], json!({"state": "reopened"})),
        request("GET", "/repos/acme/shop/issue", &[], Value::Null),
    ] {
        assert!(!judge(&wrong).is_empty(), "{wrong:?}");
    }
}
