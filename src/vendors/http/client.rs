//! The shared HTTP client: bounded in time and size, and careful where it takes its credentials.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, redirect};
use schemars::JsonSchema;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::error::{CallError, UserError};
use crate::model::secret::SecretRef;
use crate::vendors::http::reply::Reply;
use crate::vendors::http::{failure, secret, tls};

/// A name and a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasicAuth {
    /// The user's name.
    pub username: String,
    /// Where the password is kept: `{env: NAME}` or `{file: PATH}`.
    pub password: SecretRef,
}

/// A header's value, as it is or by reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum HeaderText {
    /// As it is.
    Plain(String),
    /// Where it is kept: `{env: NAME}` or `{file: PATH}`.
    Secret(SecretRef),
}

/// How a call proves who makes it.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// It does not.
    #[default]
    None,
    /// A bearer token.
    Bearer(SecretString),
    /// A token under another scheme's name: `Bot`.
    Token(&'static str, SecretString),
    /// A name and a password.
    Basic(String, SecretString),
}

impl Auth {
    /// What two optional settings amount to, with their secrets read.
    ///
    /// # Errors
    /// When both are given, or a secret can't be read.
    pub fn from_settings(bearer: Option<&SecretRef>, basic: Option<&BasicAuth>) -> Result<Self, UserError> {
        match (bearer, basic) {
            (None, None) => Ok(Self::None),
            (Some(token), None) => Ok(Self::Bearer(secret::resolve(token)?)),
            (None, Some(basic)) => Ok(Self::Basic(basic.username.clone(), secret::resolve(&basic.password)?)),
            (Some(_), Some(_)) => {
                Err(UserError::new("a bearer token and basic auth exclude each other; remove one"))
            }
        }
    }
}

/// A file that goes along with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub kind: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What a client is made of.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where paths start. A user and password in it are used, and shown nowhere.
    pub base_url: Url,
    /// Credentials; those in the URL count where these are none.
    pub auth: Auth,
    /// Sent with each request.
    pub headers: BTreeMap<String, HeaderText>,
    /// A CA in PEM form, trusted besides the machine's own.
    pub ca_file: Option<PathBuf>,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// From the start of a call to the last byte of its reply.
    pub timeout: Duration,
    /// Longer bodies are an error.
    pub max_body_bytes: usize,
}

impl Options {
    /// The usual: 3 s to connect, 10 s for all of it, 64 MB.
    pub fn new(base_url: Url) -> Self {
        Self {
            base_url,
            auth: Auth::None,
            headers: BTreeMap::new(),
            ca_file: None,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            max_body_bytes: 64 * 1024 * 1024,
        }
    }
}

/// Calls one server.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    timeout: Duration,
    max_body_bytes: usize,
}

impl Client {
    /// A client for one server.
    ///
    /// # Errors
    /// When a setting can't be used: the URL's scheme, a header, the CA file, a secret.
    pub fn new(options: Options) -> Result<Self, UserError> {
        let shown = without_credentials(&options.base_url);
        if !matches!(options.base_url.scheme(), "http" | "https") || options.base_url.host().is_none() {
            return Err(UserError::new(format!("{shown} is no http or https address")));
        }
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::client_config(options.ca_file.as_deref())?)
            .default_headers(headers(&options)?)
            .user_agent(concat!("quad/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(options.connect_timeout)
            .timeout(options.timeout)
            .redirect(redirect::Policy::custom(stay_at_home))
            .referer(false)
            .pool_idle_timeout(Duration::from_secs(90));
        if is_loopback(&options.base_url) {
            // A proxy of the environment can't reach this machine's own servers.
            builder = builder.no_proxy();
        }
        let http =
            builder.build().map_err(|_| UserError::new(format!("no client can be made for {shown}")))?;
        let mut base = options.base_url;
        strip(&mut base);
        Ok(Self { http, base, timeout: options.timeout, max_body_bytes: options.max_body_bytes })
    }

    /// The base URL, without credentials.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Whether the server runs on this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.base)
    }

    /// GET below the base URL; its path is kept as a prefix. Any status is a reply.
    ///
    /// # Errors
    /// When no whole reply came.
    pub async fn get(&self, path: &str, params: &[(&str, &str)]) -> Result<Reply, CallError> {
        let mut url = self.at(path);
        if !params.is_empty() {
            url.query_pairs_mut().extend_pairs(params);
        }
        self.call(self.http.get(url)).await
    }

    /// POST of a form below the base URL. Only for calls that may be repeated: a lost reply is
    /// reported as transient. Any status is a reply.
    ///
    /// # Errors
    /// When no whole reply came.
    pub async fn post_form(&self, path: &str, params: &[(&str, &str)]) -> Result<Reply, CallError> {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        let request = self.http.post(self.at(path)).body(form);
        self.call(request.header("content-type", "application/x-www-form-urlencoded")).await
    }

    /// POST of a JSON document below the base URL. Any status is a reply.
    ///
    /// # Errors
    /// When no whole reply came.
    pub async fn post_json(&self, path: &str, body: &serde_json::Value) -> Result<Reply, CallError> {
        self.call(self.http.post(self.at(path)).json(body)).await
    }

    /// A call that changes something and may not be repeated blindly, below the base URL, with a JSON
    /// document where there is one. Any status is a reply.
    ///
    /// # Errors
    /// When no whole reply came: transient where the request never left, else of unknown outcome.
    pub async fn change(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<Reply, CallError> {
        let request = self.http.request(method, self.at(path));
        let request = match body {
            Some(body) => request.json(body),
            None => request.header("content-length", "0"),
        };
        self.call_with(request, failure::of_change).await
    }

    /// The same with files: a form of the document as `payload_json` and of `files[0]` and so on.
    ///
    /// # Errors
    /// As [`change`](Self::change).
    pub async fn attach(
        &self,
        method: Method,
        path: &str,
        body: &serde_json::Value,
        files: &[File],
    ) -> Result<Reply, CallError> {
        let part = |bytes: Vec<u8>, kind: &str| {
            let part = reqwest::multipart::Part::bytes(bytes).mime_str(kind);
            part.map_err(|_| CallError::permanent(format!("{kind} is no media type")))
        };
        let document = part(body.to_string().into_bytes(), "application/json")?;
        let mut form = reqwest::multipart::Form::new().part("payload_json", document);
        for (n, file) in files.iter().enumerate() {
            let part = part(file.bytes.clone(), file.kind)?.file_name(file.name.clone());
            form = form.part(format!("files[{n}]"), part);
        }
        let request = self.http.request(method, self.at(path)).multipart(form);
        self.call_with(request, failure::of_change).await
    }

    /// A request to the base URL itself. Any status is a reply.
    ///
    /// # Errors
    /// When no whole reply came.
    pub async fn here(&self, method: Method, accept: &str) -> Result<Reply, CallError> {
        self.call(self.http.request(method, self.base.clone()).header("accept", accept)).await
    }

    async fn call(&self, request: reqwest::RequestBuilder) -> Result<Reply, CallError> {
        self.call_with(request, failure::of_transfer).await
    }

    async fn call_with(
        &self,
        request: reqwest::RequestBuilder,
        failed: fn(&reqwest::Error, Duration) -> CallError,
    ) -> Result<Reply, CallError> {
        let began = Instant::now();
        let failed = |error: reqwest::Error| failed(&error, self.timeout);
        let mut reply = request.send().await.map_err(failed)?;
        let (status, headers) = (reply.status().as_u16(), reply.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = reply.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > self.max_body_bytes {
                let limit = self.max_body_bytes / (1024 * 1024);
                return Err(CallError::permanent(format!("the reply is longer than {limit} MB")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body, took: began.elapsed() })
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let joined = format!("{}/{}", url.path().trim_end_matches('/'), path.trim_start_matches('/'));
        url.set_path(&joined);
        url
    }
}

/// The address as it may be shown: no user, no password, no query.
pub fn without_credentials(url: &Url) -> String {
    let mut shown = url.clone();
    strip(&mut shown);
    shown.set_query(None);
    shown.set_fragment(None);
    let text = shown.to_string();
    text.strip_suffix('/').filter(|_| shown.path() == "/").map(str::to_owned).unwrap_or(text)
}

/// Both setters fail only for addresses without a host, which hold no credentials either.
fn strip(url: &mut Url) {
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

fn headers(options: &Options) -> Result<HeaderMap, UserError> {
    let mut out = HeaderMap::new();
    for (name, text) in &options.headers {
        let value = match text {
            HeaderText::Plain(value) => SecretString::from(value.clone()),
            HeaderText::Secret(place) => secret::resolve(place)?,
        };
        let name_read = HeaderName::try_from(name.as_str());
        let name_read = name_read.map_err(|_| UserError::new(format!("`{name}` is no header's name")))?;
        out.insert(name_read, hidden(&value, &format!("header `{name}`"))?);
    }
    let user = &options.base_url;
    let authorization = match &options.auth {
        Auth::Bearer(token) => Some(format!("Bearer {}", token.expose_secret())),
        Auth::Token(scheme, token) => Some(format!("{scheme} {}", token.expose_secret())),
        Auth::Basic(name, password) => Some(basic(name, password.expose_secret())),
        Auth::None if !user.username().is_empty() || user.password().is_some() => {
            Some(basic(&decoded(user.username()), &decoded(user.password().unwrap_or_default())))
        }
        Auth::None => None,
    };
    if let Some(text) = authorization {
        out.insert(AUTHORIZATION, hidden(&SecretString::from(text), "the credentials")?);
    }
    Ok(out)
}

/// Marked as sensitive, so that no debug output shows it.
fn hidden(value: &SecretString, what: &str) -> Result<HeaderValue, UserError> {
    let mut value = HeaderValue::try_from(value.expose_secret()).map_err(|_| {
        UserError::new(format!("{what} can't be sent in a header: it holds a line break or the like"))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

/// `p%40ss` as `p@ss`: what stands in a URL is percent-encoded.
fn decoded(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Redirects are followed on the same host and port only (or from its http to its https): our
/// headers may hold credentials, and another host must not see them.
fn stay_at_home(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let home = attempt.previous().first().cloned();
    let to = attempt.url();
    let same = home.is_some_and(|home| {
        let ports = (home.port_or_known_default(), to.port_or_known_default());
        let upgrade = home.scheme() == "http" && to.scheme() == "https" && ports == (Some(80), Some(443));
        home.host() == to.host() && (upgrade || (home.scheme() == to.scheme() && ports.0 == ports.1))
    });
    if same && attempt.previous().len() <= 5 { attempt.follow() } else { attempt.stop() }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().expect("a URL")
    }

    #[test]
    fn credentials_of_a_url_are_used_and_shown_nowhere() {
        let options = Options::new(url("http://me:p%40ss+word@localhost:9/prefix/?token=x"));
        let sent = headers(&options).expect("has headers");
        assert_eq!(sent[AUTHORIZATION], basic("me", "p@ss+word"));
        assert_eq!(without_credentials(&options.base_url), "http://localhost:9/prefix/");
        let shown = format!("{:?}", Client::new(options).expect("is made"));
        assert!(!shown.contains("p@ss") && !shown.contains("p%40ss"), "{shown}");
    }

    #[test]
    fn a_path_prefix_is_kept() {
        let client = Client::new(Options::new(url("http://localhost:9/prometheus"))).expect("is made");
        assert_eq!(client.at("api/v1/query").as_str(), "http://localhost:9/prometheus/api/v1/query");
        let client = Client::new(Options::new(url("http://localhost:9"))).expect("is made");
        assert_eq!(client.at("api/v1/query").as_str(), "http://localhost:9/api/v1/query");
    }

    #[test]
    fn two_ways_to_sign_in_are_one_too_many() {
        let place = SecretRef::Env("PATH".to_owned());
        let basic = BasicAuth { username: "me".to_owned(), password: place.clone() };
        assert!(Auth::from_settings(Some(&place), Some(&basic)).is_err());
        assert!(Client::new(Options::new(url("ftp://localhost"))).is_err());
    }
}
