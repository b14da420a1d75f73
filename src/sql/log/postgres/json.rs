//! One JSON object a line: PostgreSQL's jsonlog (15 and later), CloudNativePG around it, and Cloud SQL,
//! which wraps a line of standard error.

use std::borrow::Cow;

use memchr::{memchr, memmem};
use serde::Deserialize;

use super::Record;
use super::stderr;
use super::time::Times;

/// The fields that count, by all their names.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line<'a> {
    #[serde(borrow, alias = "log_time")]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "user_name")]
    user: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "database_name")]
    dbname: Option<Cow<'a, str>>,
    #[serde(alias = "process_id")]
    pid: Option<serde_json::Value>,
    #[serde(borrow, alias = "connection_from")]
    remote_host: Option<Cow<'a, str>>,
    #[serde(borrow)]
    error_severity: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    #[serde(borrow)]
    application_name: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "textPayload")]
    text_payload: Option<Cow<'a, str>>,
    #[serde(borrow)]
    record: Option<Box<Line<'a>>>,
}

pub(super) fn read(bytes: &[u8], last: bool, times: &mut Times, told: &mut dyn FnMut(&Record<'_>)) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        let (end, cut) = match memchr(b'\n', &bytes[at..]) {
            Some(found) => (at + found, false),
            None if last => (bytes.len(), true),
            None => return at,
        };
        if let Ok(line) = serde_json::from_slice::<Line<'_>>(&bytes[at..end]) {
            line.tell(times, told);
        } else if cut || !bytes[at..end].is_ascii() {
            // Latin-1 where UTF-8 is due: what is not text is replaced, and the rest counts.
            if let Ok(line) = serde_json::from_str::<Line<'_>>(&String::from_utf8_lossy(&bytes[at..end])) {
                line.tell(times, told);
            }
        }
        at = (end + 1).min(bytes.len());
    }
    bytes.len()
}

impl Line<'_> {
    fn tell(&self, times: &mut Times, told: &mut dyn FnMut(&Record<'_>)) {
        if let Some(inner) = &self.record {
            return inner.tell(times, told);
        }
        let at_us = self.timestamp.as_ref().and_then(|text| times.read(text.as_bytes())).map(|(at, _)| at);
        if let Some(text) = &self.text_payload {
            if let Some(mut record) = stderr::record(text.as_bytes(), times) {
                record.at_us = record.at_us.or(at_us);
                told(&record);
            }
            return;
        }
        let text = |field: &Option<Cow<'_, str>>| field.as_deref().unwrap_or_default().as_bytes().to_vec();
        let session = match &self.pid {
            Some(serde_json::Value::String(pid)) => pid.clone(),
            Some(pid) => pid.to_string(),
            None => String::new(),
        };
        told(&Record {
            at_us,
            user: &text(&self.user),
            database: &text(&self.dbname),
            host: &text(&self.remote_host),
            application: &text(&self.application_name),
            session: session.as_bytes(),
            severity: self.error_severity.as_deref().unwrap_or_default().as_bytes(),
            message: self.message.as_deref().unwrap_or_default().trim_end().as_bytes(),
            cut: false,
        });
    }
}

pub(super) fn is_record(line: &[u8]) -> bool {
    line.starts_with(b"{")
        && (memmem::find(line, b"\"error_severity\"").is_some()
            || (memmem::find(line, b"\"textPayload\"").is_some() && memmem::find(line, b":  ").is_some()))
}
