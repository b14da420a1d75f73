//! The Web API over HTTP, spoken by hand so that connections can be broken where a test wants it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::workspace::{Fault, text};
use super::{Shared, When};

pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection(stream, Arc::clone(&shared)));
    }
}

struct Call {
    method: String,
    token: String,
    body: Value,
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let mut stream = BufReader::new(stream);
    while let Some(call) = read(&mut stream).await {
        if let Some(trap) = shared.sprung(&call.method) {
            let reply = answer(&shared, &call);
            let id = text(&call.body["metadata"]["event_payload"], "id").to_owned();
            if trap.at == When::AfterTheAnswer {
                write(&mut stream, 200, "", &reply).await;
            }
            (trap.spring)(id);
            return;
        }
        let fault = shared.workspace().fault(&call.method);
        match fault {
            Some(Fault::Close) => return,
            Some(Fault::Hang) => {
                tokio::time::sleep(Duration::from_secs(3_600)).await;
                return;
            }
            Some(Fault::Busy(seconds)) => {
                let extra = format!("Retry-After: {seconds}\r\n");
                write(&mut stream, 429, &extra, r#"{"ok":false,"error":"ratelimited"}"#).await;
            }
            Some(Fault::Status(status)) => {
                let page = format!("<html><body>{status}</body></html>");
                write_as(&mut stream, status, "text/html", "", &page).await;
            }
            Some(Fault::Garbage) => write(&mut stream, 200, "", "{\"ok\": tru").await,
            Some(Fault::Refuse(code)) => {
                write(&mut stream, 200, "", &json!({"ok": false, "error": code}).to_string()).await
            }
            Some(Fault::AcceptThenDrop) => {
                answer(&shared, &call);
                return;
            }
            Some(Fault::HalfAnswer) => {
                let reply = answer(&shared, &call);
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                    reply.len()
                );
                let _ = stream.write_all(format!("{head}{}", &reply[..reply.len() / 2]).as_bytes()).await;
                return;
            }
            None => {
                let reply = answer(&shared, &call);
                write(&mut stream, 200, "", &reply).await;
            }
        }
    }
}

fn answer(shared: &Shared, call: &Call) -> String {
    let wanted = if call.method == "apps.connections.open" { &shared.app_token } else { &shared.bot_token };
    // A response_url or an upload_url is a permission in itself; a token would have no business there.
    let is_allowed = if matches!(call.method.as_str(), "respond" | "upload") {
        call.token.is_empty()
    } else {
        call.token == *wanted
    };
    if !is_allowed {
        return json!({"ok": false, "error": "invalid_auth"}).to_string();
    }
    let reply = if call.method == "apps.connections.open" {
        json!({"ok": true, "url": shared.socket_url()})
    } else {
        shared.workspace().answer(&call.method, &call.body)
    };
    shared.changed();
    reply.to_string()
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Call> {
    let mut first = String::new();
    stream.read_line(&mut first).await.ok().filter(|length| *length > 0)?;
    let mut parts = first.split_whitespace();
    let (_, target) = (parts.next()?, parts.next()?);
    let url = url::Url::parse("http://stand.in").and_then(|base| base.join(target)).ok()?;
    let (mut length, mut token) = (0, String::new());
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => token = value.trim().trim_start_matches("Bearer ").to_owned(),
            _ => {}
        }
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await.ok()?;
    let is_upload = url.path().ends_with("/upload");
    let mut body: Value = if is_upload {
        json!({"length": bytes.len(), "is_png": bytes.starts_with(b"\x89PNG\r\n")})
    } else if bytes.is_empty() {
        json!({})
    } else {
        serde_json::from_slice(&bytes).ok()?
    };
    for (name, value) in url.query_pairs() {
        body[name.as_ref()] = json!(value);
    }
    Some(Call { method: url.path().rsplit('/').next()?.to_owned(), token, body })
}

async fn write(stream: &mut BufReader<TcpStream>, status: u16, extra: &str, body: &str) {
    write_as(stream, status, "application/json; charset=utf-8", extra, body).await;
}

async fn write_as(stream: &mut BufReader<TcpStream>, status: u16, kind: &str, extra: &str, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{extra}Content-Length: {}\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
}
