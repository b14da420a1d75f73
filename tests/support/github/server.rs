//! What the stand-in knows: a repository with issues, comments, labels and pull requests, tokens and
//! Apps, and everything it was asked. Shapes and statuses are those of GitHub's REST reference.

use std::collections::{BTreeSet, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{SecondsFormat, TimeDelta};
use quad::model::time::Moment;
use quad::ports::clock::Clock;
use serde_json::{Value, json};

/// How the next call of a route goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 429 with Retry-After, in seconds.
    Busy(u64),
    /// 403: nothing is left for so many seconds.
    Spent(u64),
    /// 403: too fast, without a word about how long.
    TooFast,
    /// Done, and the answer says that nothing is left for so many seconds.
    LastOne(u64),
    /// Another status, with a page that repeats the request's token.
    Status(u16),
    /// Done, and then 502.
    DoneAnd502,
    /// Done, and the connection is closed without an answer.
    AcceptThenDrop,
    /// Closed without an answer, and done only when [`State::late`] is called.
    DropThenAccept,
    /// Closed, and never done.
    Close,
    /// Nothing is said until the client gives up, and nothing is done.
    Hang,
}

/// One call, for judging afterwards.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Value,
    pub(crate) token: String,
}

impl Request {
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// An answer: status, headers, body.
pub(crate) struct Answer(pub(crate) u16, pub(crate) Vec<(&'static str, String)>, pub(crate) Value);

/// An issue or a pull request, as GitHub numbers both.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) open: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) author: u64,
    pub(crate) app: Option<u64>,
    pub(crate) created: Moment,
    pub(crate) comments: Vec<(Moment, String)>,
    /// For a pull request whether it was merged.
    pub(crate) pull: Option<bool>,
    /// The pull requests that mention it, as entries of its timeline.
    pub(crate) mentioned_in: Vec<Value>,
    /// Whether the search has heard of it.
    pub(crate) indexed: bool,
}

/// An App as GitHub knows it.
pub(crate) struct App {
    pub(crate) id: u64,
    pub(crate) installation: u64,
    /// In DER form.
    pub(crate) public_key: Vec<u8>,
    pub(crate) permissions: Value,
}

pub(crate) const REPOSITORY: &str = "acme/shop";
/// quad's own user, and somebody else.
pub(crate) const QUAD: u64 = 41;
pub(crate) const STRANGER: u64 = 666;

pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) address: String,
    pub(crate) token: String,
    pub(crate) app: Option<App>,
    /// Tokens of the App, until when each is good.
    pub(crate) app_tokens: Vec<(String, Moment)>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) repository: Value,
    pub(crate) may_write: bool,
    pub(crate) may_label: bool,
    pub(crate) searches: bool,
    pub(crate) token_ends: Option<String>,
    /// No page is longer, whatever is asked for.
    pub(crate) page: usize,
    pub(crate) faults: VecDeque<(String, Fault)>,
    pub(crate) late: Vec<Request>,
    pub(crate) requests: Vec<Request>,
    pub(crate) wrong: Vec<String>,
}

impl State {
    pub(crate) fn new(clock: Clock, address: String, token: String) -> Self {
        Self {
            clock,
            address,
            token,
            app: None,
            app_tokens: Vec::new(),
            issues: Vec::new(),
            repository: json!({"id": 1, "full_name": REPOSITORY, "private": true, "has_issues": true,
                "archived": false, "permissions": {"pull": true, "triage": true, "push": true}}),
            may_write: true,
            may_label: true,
            searches: true,
            token_ends: None,
            page: 100,
            faults: VecDeque::new(),
            late: Vec::new(),
            requests: Vec::new(),
            wrong: Vec::new(),
        }
    }

    /// The fault that waits for this request.
    pub(crate) fn fault(&mut self, request: &Request) -> Option<Fault> {
        let line = format!("{} {}", request.method, request.path);
        let at = self.faults.iter().position(|(route, _)| line.starts_with(route.as_str()))?;
        self.faults.remove(at).map(|(_, fault)| fault)
    }

    /// Carries a request out.
    pub(crate) fn answer(&mut self, request: &Request) -> Answer {
        let app = match self.who(request) {
            Ok(app) => app,
            Err(refusal) => return refusal,
        };
        let repo = format!("/repos/{REPOSITORY}");
        if let Some(rest) = request.path.strip_prefix("/app/installations/") {
            return self.installation_token(rest, request);
        }
        match request.path.as_str() {
            "/user" if app.is_some() => {
                return refusal(403, "Resource not accessible by integration");
            }
            "/user" => {
                let ends = self.token_ends.iter();
                let ends = ends.map(|at| ("github-authentication-token-expiration", at.clone())).collect();
                return Answer(200, ends, json!({"login": "quad-bot", "id": QUAD, "type": "User"}));
            }
            "/search/issues" => return self.search(request),
            path if path == format!("{repo}/installation") => {
                let id = self.app.as_ref().map(|app| app.installation);
                return Answer(200, Vec::new(), json!({"id": id}));
            }
            path if path == repo => return Answer(200, Vec::new(), self.repository.clone()),
            _ => {}
        }
        let Some(rest) = request.path.strip_prefix(&format!("{repo}/issues")) else {
            return refusal(404, "Not Found");
        };
        if request.method != "GET" && !self.may_write {
            let needs = vec![("x-accepted-github-permissions", "issues=write".to_owned())];
            return Answer(
                403,
                needs,
                json!({"message": "Resource not accessible by personal access token"}),
            );
        }
        if request.method != "GET" && self.repository["has_issues"] == false {
            return refusal(410, "Issues are disabled for this repo");
        }
        let parts: Vec<&str> = rest.split('/').skip(1).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", []) => self.list(request),
            ("POST", []) => self.open(request, app),
            (method, [number, rest @ ..]) => {
                let found = number.parse().ok().and_then(|number: u64| self.at(number));
                match (found, method, rest) {
                    (None, _, _) => refusal(404, "Not Found"),
                    (Some(at), "GET", []) => Answer(200, Vec::new(), self.shown(&self.issues[at])),
                    (Some(at), "PATCH", []) => {
                        if let Some(state) = request.body["state"].as_str() {
                            self.issues[at].open = state == "open";
                        }
                        Answer(200, Vec::new(), self.shown(&self.issues[at]))
                    }
                    (Some(at), "GET", ["comments"]) => self.comments(at, request),
                    (Some(at), "POST", ["comments"]) => self.comment(at, request),
                    (Some(at), "GET", ["timeline"]) => {
                        let mut entries = vec![json!({"event": "labeled", "label": {"name": "quad"}})];
                        entries.extend(self.issues[at].mentioned_in.iter().cloned());
                        self.paged(entries, request)
                    }
                    _ => refusal(404, "Not Found"),
                }
            }
            _ => refusal(404, "Not Found"),
        }
    }

    /// The App that calls; `None` for the user.
    fn who(&mut self, request: &Request) -> Result<Option<u64>, Answer> {
        let bad = || refusal(401, "Bad credentials");
        let now = self.clock.now();
        let for_the_app =
            request.path.starts_with("/app/") || request.path == format!("/repos/{REPOSITORY}/installation");
        if for_the_app {
            let app = self.app.as_ref().ok_or_else(bad)?;
            check_jwt(&request.token, app, now).map_err(|why| {
                self.wrong.push(why);
                bad()
            })?;
            return Ok(Some(app.id));
        }
        if request.token == self.token {
            return Ok(None);
        }
        let known = self.app_tokens.iter().any(|(token, until)| *token == request.token && now < *until);
        if known { Ok(self.app.as_ref().map(|app| app.id)) } else { Err(bad()) }
    }

    fn installation_token(&mut self, rest: &str, request: &Request) -> Answer {
        let Some(app) = &self.app else { return refusal(404, "Not Found") };
        if rest != format!("{}/access_tokens", app.installation) {
            return refusal(404, "Not Found");
        }
        if request.body["repositories"] != json!(["shop"]) {
            return refusal(422, "There is at least one repository that does not exist");
        }
        let until = self.clock.now() + TimeDelta::hours(1);
        let token = format!("{}{}", "gh5".repeat(9), self.app_tokens.len());
        self.app_tokens.push((token.clone(), until));
        Answer(
            201,
            Vec::new(),
            json!({"token": token, "expires_at": until.to_rfc3339_opts(SecondsFormat::Secs, true),
                "permissions": app.permissions, "repository_selection": "selected"}),
        )
    }

    fn list(&self, request: &Request) -> Answer {
        let label = request.param("labels").map(str::to_owned);
        let state = request.param("state").unwrap_or("open").to_owned();
        let fits = |issue: &&Issue| {
            label.as_ref().is_none_or(|label| issue.labels.contains(label))
                && (state == "all" || issue.open == (state == "open"))
        };
        let mut found: Vec<Value> = self.issues.iter().filter(fits).map(|issue| self.shown(issue)).collect();
        if request.param("direction") != Some("asc") {
            found.reverse();
        }
        self.paged(found, request)
    }

    fn open(&mut self, request: &Request, app: Option<u64>) -> Answer {
        let Some(title) = request.body["title"].as_str().filter(|title| !title.is_empty()) else {
            let error = json!({"resource": "Issue", "field": "title", "code": "missing_field"});
            return Answer(422, Vec::new(), json!({"message": "Validation Failed", "errors": [error]}));
        };
        let body = request.body["body"].as_str().unwrap_or_default();
        if title.chars().count() > 256 || body.chars().count() > 65_536 {
            return refusal(422, "Validation Failed");
        }
        let labels = request.body["labels"].as_array().into_iter().flatten();
        let labels = labels.filter_map(|label| label.as_str().map(str::to_owned)).collect();
        let number = self.next_number();
        self.issues.push(Issue {
            number,
            title: title.to_owned(),
            body: body.to_owned(),
            open: true,
            labels: if self.may_label { labels } else { Vec::new() },
            author: QUAD,
            app,
            created: self.clock.now(),
            comments: Vec::new(),
            pull: None,
            mentioned_in: Vec::new(),
            indexed: false,
        });
        Answer(201, Vec::new(), self.shown(&self.issues[self.issues.len() - 1]))
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.issues.iter().map(|issue| issue.number).max().unwrap_or(0) + 1
    }

    fn comments(&self, at: usize, request: &Request) -> Answer {
        let since = request.param("since").and_then(|since| since.parse::<Moment>().ok());
        let all = self.issues[at].comments.iter();
        let all = all.filter(|(when, _)| since.is_none_or(|since| *when >= since));
        let shown = all.map(|(when, text)| json!({"body": text, "created_at": stamp(*when)})).collect();
        self.paged(shown, request)
    }

    fn comment(&mut self, at: usize, request: &Request) -> Answer {
        let now = self.clock.now();
        let Some(text) = request.body["body"].as_str() else { return refusal(422, "Validation Failed") };
        self.issues[at].comments.push((now, text.to_owned()));
        Answer(201, Vec::new(), json!({"body": text, "created_at": stamp(now)}))
    }

    /// Knows `repo:`, `is:`, `in:` and phrases, and only what was indexed.
    fn search(&self, request: &Request) -> Answer {
        let query = request.param("q").unwrap_or_default();
        if !self.searches || query.chars().count() > 256 || !query.contains(&format!("repo:{REPOSITORY}")) {
            return refusal(422, "Validation Failed");
        }
        let phrases: Vec<&str> = query.split('"').skip(1).step_by(2).collect();
        let fits = |issue: &&Issue| {
            let text = if query.contains("in:body") {
                issue.body.clone()
            } else {
                format!("{} {}", issue.title, issue.body)
            };
            issue.indexed
                && issue.pull.is_some() == query.contains("is:pr")
                && phrases.iter().all(|phrase| text.contains(phrase))
        };
        let found: Vec<Value> = self.issues.iter().filter(fits).map(|issue| self.shown(issue)).collect();
        Answer(
            200,
            vec![("x-ratelimit-resource", "search".to_owned())],
            json!({"total_count": found.len(), "incomplete_results": false, "items": found}),
        )
    }

    /// One page, and where the next one is. GitHub names the repository by its id there.
    fn paged(&self, all: Vec<Value>, request: &Request) -> Answer {
        let number = |name: &str| request.param(name).and_then(|text| text.parse::<usize>().ok());
        let size = number("per_page").unwrap_or(30).clamp(1, 100).min(self.page);
        let page = number("page").unwrap_or(1).max(1);
        let more = all.len() > page * size;
        let shown: Vec<Value> = all.into_iter().skip((page - 1) * size).take(size).collect();
        let mut headers = Vec::new();
        if more {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(request.query.iter().filter(|(name, _)| name != "page"));
            let query = query.append_pair("page", &(page + 1).to_string()).finish();
            let at = format!("http://{}/repositories/1/issues?", self.address);
            headers.push(("link", format!("<{at}page=1>; rel=\"first\", <{at}{query}>; rel=\"next\"")));
        }
        Answer(200, headers, Value::Array(shown))
    }

    pub(crate) fn at(&self, number: u64) -> Option<usize> {
        self.issues.iter().position(|issue| issue.number == number)
    }

    pub(crate) fn shown(&self, issue: &Issue) -> Value {
        let kind = if issue.pull.is_some() { "pull" } else { "issues" };
        let labels: Vec<Value> = issue.labels.iter().map(|label| json!({"name": label})).collect();
        let mut shown = json!({
            "number": issue.number, "title": issue.title, "body": issue.body,
            "state": if issue.open { "open" } else { "closed" }, "labels": labels,
            "html_url": format!("https://github.com/{REPOSITORY}/{kind}/{}", issue.number),
            "user": {"id": issue.author, "login": "somebody"}, "created_at": stamp(issue.created),
            "performed_via_github_app": issue.app.map(|id| json!({"id": id, "slug": "quad"})),
        });
        if let Some(merged) = issue.pull {
            let at = merged.then(|| stamp(issue.created));
            shown["pull_request"] = json!({"merged_at": at, "html_url": shown["html_url"]});
        }
        shown
    }

    /// The numbers of all issues about which people could read.
    pub(crate) fn numbers(&self) -> BTreeSet<u64> {
        self.issues.iter().filter(|issue| issue.pull.is_none()).map(|issue| issue.number).collect()
    }
}

pub(crate) fn refusal(status: u16, message: &str) -> Answer {
    Answer(
        status,
        Vec::new(),
        json!({"message": message, "documentation_url": "https://docs.github.com/rest"}),
    )
}

fn stamp(at: Moment) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Whether a JSON Web Token is one that GitHub takes.
fn check_jwt(token: &str, app: &App, now: Moment) -> Result<(), String> {
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, signature] = parts[..] else { return Err("not of three parts".to_owned()) };
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|error| error.to_string());
    let json = |part: &str| {
        serde_json::from_slice::<Value>(&decoded(part)?).map_err(|error: serde_json::Error| error.to_string())
    };
    let key = ring::signature::UnparsedPublicKey::new(
        &ring::signature::RSA_PKCS1_2048_8192_SHA256,
        &app.public_key,
    );
    key.verify(format!("{head}.{claims}").as_bytes(), &decoded(signature)?)
        .map_err(|_| "the signature does not fit".to_owned())?;
    let (head, claims) = (json(head)?, json(claims)?);
    let (issued, ends) = (claims["iat"].as_i64().unwrap_or(i64::MAX), claims["exp"].as_i64().unwrap_or(0));
    let now = now.timestamp();
    if head["alg"] != "RS256" || claims["iss"].as_str() != Some(&app.id.to_string()) {
        return Err(format!("{head} {claims}"));
    }
    if issued > now || ends <= now || ends > now + 600 {
        return Err(format!("good from {issued} to {ends}, and it is {now}"));
    }
    Ok(())
}
