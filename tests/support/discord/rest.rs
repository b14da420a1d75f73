//! The REST API over HTTP, spoken by hand so that connections can be broken where a test wants it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mail_parser::MimeHeaders as _;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::Shared;
use super::server::Fault;

pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(connection(stream, Arc::clone(&shared)));
    }
}

struct Call {
    method: String,
    path: String,
    query: HashMap<String, String>,
    authorization: String,
    body: Value,
    files: Vec<String>,
}

impl Call {
    /// `POST channels/:id/messages`
    fn route(&self) -> String {
        let is_id = |part: &&str| part.len() > 5 && part.bytes().all(|byte| byte.is_ascii_digit());
        let mut parts: Vec<&str> =
            self.path.split('/').map(|part| if is_id(&part) { ":id" } else { part }).collect();
        let token = match parts.first() {
            Some(&"webhooks" | &"interactions") => 2,
            _ => usize::MAX,
        };
        if let Some(part) = parts.get_mut(token) {
            *part = ":token";
        }
        format!("{} {}", self.method, parts.join("/"))
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let mut stream = BufReader::new(stream);
    while let Some(call) = read(&mut stream).await {
        if let Some(spring) = shared.sprung(&call.route()) {
            answer(&shared, &call);
            spring();
            return;
        }
        let fault = shared.server().fault(&call.route());
        match fault {
            Some(Fault::Close) => return,
            Some(Fault::Hang) => {
                tokio::time::sleep(Duration::from_secs(3_600)).await;
                return;
            }
            Some(Fault::Busy(seconds)) => {
                let extra = format!("Retry-After: {seconds}\r\n");
                let body = json!({"message": "You are being rate limited.", "retry_after": seconds, "global": false});
                write(&mut stream, 429, &extra, &body.to_string()).await;
            }
            Some(Fault::Status(status)) => write(&mut stream, status, "", "<html></html>").await,
            Some(Fault::Refuse(status, code)) => {
                write(&mut stream, status, "", &json!({"code": code, "message": "no"}).to_string()).await;
            }
            Some(Fault::AcceptThenDrop) => {
                answer(&shared, &call);
                return;
            }
            Some(Fault::HalfAnswer) => {
                let (_, reply) = answer(&shared, &call);
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", reply.len());
                let _ = stream.write_all(format!("{head}{}", &reply[..reply.len() / 2]).as_bytes()).await;
                return;
            }
            Some(Fault::LastOne(seconds)) => {
                let (status, reply) = answer(&shared, &call);
                let extra = format!("X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset-After: {seconds}\r\n");
                write(&mut stream, status, &extra, &reply).await;
            }
            None => {
                let (status, reply) = answer(&shared, &call);
                write(&mut stream, status, "", &reply).await;
            }
        }
    }
}

fn answer(shared: &Shared, call: &Call) -> (u16, String) {
    // Interactions are permissions in themselves; a token would have no business there.
    let own = call.path.starts_with("interactions/") || call.path.starts_with("webhooks/");
    let wanted = if own { String::new() } else { format!("Bot {}", shared.token) };
    if call.authorization != wanted {
        return (401, json!({"code": 0, "message": "401: Unauthorized"}).to_string());
    }
    let answered = shared.server().answer(&call.method, &call.path, &call.query, &call.body, &call.files);
    shared.changed();
    match answered {
        Ok(Value::Null) => (204, String::new()),
        Ok(reply) => (200, reply.to_string()),
        Err((status, code)) => (status, json!({"code": code, "message": "no"}).to_string()),
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Call> {
    let mut first = String::new();
    stream.read_line(&mut first).await.ok().filter(|length| *length > 0)?;
    let mut parts = first.split_whitespace();
    let (method, target) = (parts.next()?.to_owned(), parts.next()?);
    let url = url::Url::parse("http://stand.in").and_then(|base| base.join(target)).ok()?;
    let (mut length, mut authorization, mut kind) = (0, String::new(), String::new());
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
            "content-type" => kind = value.trim().to_owned(),
            "authorization" => authorization = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await.ok()?;
    let (body, files) = if kind.starts_with("multipart/form-data") {
        form(&kind, &bytes)?
    } else if bytes.is_empty() {
        (Value::Null, Vec::new())
    } else {
        (serde_json::from_slice(&bytes).ok()?, Vec::new())
    };
    Some(Call {
        method,
        path: url.path().strip_prefix("/api/v10/")?.to_owned(),
        query: url.query_pairs().into_owned().collect(),
        authorization,
        body,
        files,
    })
}

/// A form is a multipart message: its document, and the names of the pictures beside it.
fn form(kind: &str, bytes: &[u8]) -> Option<(Value, Vec<String>)> {
    let mail = [format!("Content-Type: {kind}\r\n\r\n").as_bytes(), bytes].concat();
    let mail = mail_parser::MessageParser::default().parse(&mail)?;
    let named = |name: &str| {
        let is_it = |part: &&mail_parser::MessagePart<'_>| {
            part.content_disposition().and_then(|kind| kind.attribute("name")) == Some(name)
        };
        mail.parts.iter().find(is_it)
    };
    let body = serde_json::from_slice(named("payload_json")?.contents()).ok()?;
    let pictures = (0..10).map_while(|n| named(&format!("files[{n}]"))).map(|part| {
        assert!(part.contents().starts_with(b"\x89PNG\r\n"), "a file that is no PNG");
        part.attachment_name().unwrap_or_default().to_owned()
    });
    Some((body, pictures.collect()))
}

async fn write(stream: &mut BufReader<TcpStream>, status: u16, extra: &str, body: &str) {
    let length = if status == 204 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head = format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{extra}{length}\r\n");
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
}
