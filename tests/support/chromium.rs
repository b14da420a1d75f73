//! A real browser for the page: Debian's Chromium without a window, driven over its DevTools
//! protocol (<https://chromedevtools.github.io/devtools-protocol/>).

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::support::processes::{PATIENCE, Process, eventually, eventually_within, installed};

/// A running browser. It ends with the test, and everything it stored goes with it.
#[derive(Debug)]
pub(crate) struct Chromium {
    /// Stands before the folder, since it must end before that goes.
    _process: Process,
    _profile: tempfile::TempDir,
    socket: String,
}

/// One tab of somebody: cookies are not shared between pages.
#[derive(Debug)]
pub(crate) struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    next_id: u64,
    complaints: Vec<String>,
}

impl Chromium {
    /// Starts it with an empty profile.
    pub(crate) async fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut command = Command::new(installed("chromium", "chromium"));
        command
            .args([
                "--headless",
                "--remote-debugging-port=0",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--no-default-browser-check",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-default-apps",
                "--disable-extensions",
                "--disable-sync",
                "--disable-breakpad",
                "--mute-audio",
                "--window-size=1280,900",
                // A page that reaches for the internet must fail here.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank");
        let log = profile.path().join("chromium.log");
        let mut process = Process::start(&command, &log);
        let card = profile.path().join("DevToolsActivePort");
        let socket = eventually("chromium opens its DevTools", async || {
            if let Some(status) = process.ended() {
                panic!("chromium ended with {status}: {}", std::fs::read_to_string(&log).unwrap_or_default());
            }
            let text = std::fs::read_to_string(&card).ok()?;
            let (port, path) = text.split_once('\n')?;
            (!path.is_empty()).then(|| format!("ws://127.0.0.1:{port}{}", path.trim()))
        })
        .await;
        Self { _process: process, _profile: profile, socket }
    }

    /// Opens an empty page.
    pub(crate) async fn page(&self) -> Page {
        let (socket, _) = tokio_tungstenite::connect_async(&self.socket).await.expect("DevTools answers");
        let mut page = Page { socket, session: String::new(), next_id: 0, complaints: Vec::new() };
        let context = page.command("Target.createBrowserContext", json!({})).await;
        let target = json!({ "url": "about:blank", "browserContextId": context["browserContextId"] });
        let target = page.command("Target.createTarget", target).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = page.command("Target.attachToTarget", attach).await;
        page.session = attached["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page.enable", "Runtime.enable", "Log.enable"] {
            page.command(domain, json!({})).await;
        }
        page
    }
}

impl Page {
    /// Opens `url` and waits until it is loaded.
    pub(crate) async fn goto(&mut self, url: &str) {
        let reply = self.command("Page.navigate", json!({ "url": url })).await;
        assert!(reply["errorText"].is_null(), "{url} does not open: {}", reply["errorText"]);
        self.wait_for("document.readyState === 'complete'", PATIENCE).await;
    }

    /// The value of an expression, awaited where it is a promise. Fails where it throws.
    pub(crate) async fn eval(&mut self, expression: &str) -> Value {
        self.try_eval(expression).await.unwrap_or_else(|why| panic!("{expression}: {why}"))
    }

    /// Waits until an expression is true. Throwing counts as false: what it looks for may not
    /// be there yet.
    pub(crate) async fn wait_for(&mut self, condition: &str, patience: Duration) {
        let what = format!("on the page: {condition}");
        let page = tokio::sync::Mutex::new(self);
        let truth = format!("!!({condition})");
        eventually_within(patience, &what, async || {
            let value = page.lock().await.try_eval(&truth).await;
            (value == Ok(Value::Bool(true))).then_some(())
        })
        .await;
    }

    /// Waits until `text` can be read on the page.
    pub(crate) async fn expect_text(&mut self, text: &str) {
        self.wait_for(&format!("document.body.innerText.includes({})", json!(text)), PATIENCE).await;
    }

    /// What can be read on the page.
    pub(crate) async fn text(&mut self) -> String {
        self.eval("document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits for the element and clicks its middle with the mouse, as a person does: what lies
    /// above it gets the click.
    pub(crate) async fn click(&mut self, selector: &str) {
        let element = format!("document.querySelector({})", json!(selector));
        self.wait_for(&format!("{element}.getClientRects().length"), PATIENCE).await;
        let place = format!(
            "(() => {{ const e = {element}; e.scrollIntoView({{ block: 'center' }}); \
             const r = e.getBoundingClientRect(); \
             return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        );
        let place = self.eval(&place).await;
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event =
                json!({ "type": kind, "x": place[0], "y": place[1], "button": button, "clickCount": 1 });
            self.command("Input.dispatchMouseEvent", event).await;
        }
    }

    /// Clicks into a field and types.
    pub(crate) async fn type_text(&mut self, selector: &str, text: &str) {
        self.click(selector).await;
        self.command("Input.insertText", json!({ "text": text })).await;
    }

    /// Presses Enter where the cursor is.
    pub(crate) async fn enter(&mut self) {
        self.key("Enter", 13, "\r").await;
    }

    /// Goes to the next thing that the keyboard can reach.
    pub(crate) async fn tab(&mut self) {
        self.key("Tab", 9, "").await;
    }

    async fn key(&mut self, key: &str, code: u32, text: &str) {
        for kind in ["keyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code,
                "text": if kind == "keyDown" { text } else { "" },
            });
            self.command("Input.dispatchKeyEvent", event).await;
        }
    }

    /// What the reader's system prefers: `light` or `dark`.
    pub(crate) async fn prefer(&mut self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.command("Emulation.setEmulatedMedia", features).await;
    }

    /// Makes the page as large as this, in CSS pixels.
    pub(crate) async fn resize(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Writes what is seen as a PNG.
    pub(crate) async fn screenshot(&mut self, file: &Path) {
        let picture = self.command("Page.captureScreenshot", json!({ "format": "png" })).await;
        let data = picture["data"].as_str().expect("a picture");
        let bytes = base64::engine::general_purpose::STANDARD.decode(data).expect("base64");
        std::fs::write(file, bytes).expect("the picture can be written");
    }

    /// What the browser complained about so far: uncaught exceptions, refused scripts and styles,
    /// requests that failed.
    pub(crate) fn complaints(&self) -> &[String] {
        &self.complaints
    }

    async fn try_eval(&mut self, expression: &str) -> Result<Value, String> {
        let ask = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut reply = self.request("Runtime.evaluate", ask).await?;
        let thrown = &reply["exceptionDetails"];
        if !thrown.is_null() {
            let text = thrown["exception"]["description"].as_str().or_else(|| thrown["text"].as_str());
            return Err(text.unwrap_or("it throws").to_owned());
        }
        Ok(reply["result"]["value"].take())
    }

    async fn command(&mut self, method: &str, params: Value) -> Value {
        self.request(method, params).await.unwrap_or_else(|why| panic!("{method}: {why}"))
    }

    async fn request(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.next_id += 1;
        let id = self.next_id;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(message.to_string())).await.map_err(|error| error.to_string())?;
        let reply = tokio::time::timeout(PATIENCE, async {
            while let Some(message) = self.socket.next().await {
                let Ok(Message::Text(text)) = message else { continue };
                let mut message: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
                if message["id"] == id {
                    return match message["error"]["message"].as_str() {
                        Some(why) => Err(why.to_owned()),
                        None => Ok(message["result"].take()),
                    };
                }
                self.complaints.extend(complaint(&message));
            }
            Err("chromium hung up".to_owned())
        });
        reply.await.unwrap_or_else(|_| Err("no answer".to_owned()))
    }
}

fn complaint(event: &Value) -> Option<String> {
    let params = &event["params"];
    match event["method"].as_str()? {
        "Runtime.exceptionThrown" => {
            let thrown = &params["exceptionDetails"];
            let text = thrown["exception"]["description"].as_str().or_else(|| thrown["text"].as_str());
            Some(text.unwrap_or("an exception").to_owned())
        }
        "Log.entryAdded" if params["entry"]["level"] == "error" => {
            let entry = &params["entry"];
            Some(format!(
                "{} {}",
                entry["text"].as_str().unwrap_or_default(),
                entry["url"].as_str().unwrap_or_default()
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><link rel="icon" href="data:,"><input id="name">
        <button onclick="said.textContent = 'Hello ' + document.querySelector('#name').value">greet</button>
        <p id="said"></p>"#;

    #[tokio::test]
    async fn a_page_is_used_as_a_person_would() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let app = axum::Router::new()
            .route("/", axum::routing::get(async || axum::response::Html(PAGE)))
            .route("/broken", axum::routing::get(async || axum::response::Html("<script>oops()</script>")));
        let server = tokio::spawn(async move { axum::serve(listener, app).await });

        let browser = Chromium::start().await;
        let mut page = browser.page().await;
        page.goto(&url).await;
        page.type_text("#name", "Ada ✓").await;
        page.click("button").await;
        page.expect_text("Hello Ada ✓").await;
        assert_eq!(page.eval("Promise.resolve(6 * 7)").await, 42);
        assert!(page.complaints().is_empty(), "{:?}", page.complaints());
        page.eval("document.cookie = 'who=ada'").await;

        let folder = tempfile::tempdir().expect("a folder");
        let picture = folder.path().join("page.png");
        page.resize(400, 300).await;
        page.screenshot(&picture).await;
        assert!(std::fs::read(&picture).expect("it is there").starts_with(b"\x89PNG"));

        let mut stranger = browser.page().await;
        stranger.goto(&url).await;
        assert_eq!(stranger.eval("document.cookie").await, "");
        stranger.goto(&format!("{url}broken")).await;
        stranger.enter().await;
        assert!(stranger.text().await.is_empty());
        assert!(stranger.complaints()[0].contains("oops is not defined"), "{:?}", stranger.complaints());
        server.abort();
    }
}
