//! A digest as JSON, for programs: times in seconds, moments in RFC 3339.

use chrono::{DateTime, SecondsFormat};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value, json};

use crate::sql::log::Flags;

use super::{Amount, Class, Digest, Who, remarks};

const NS: f64 = 1e9;

/// The whole digest, with further fields behind it. `entries` counts statements and commands, `classes` come with the
/// costliest first. Classes are made into JSON one after the other as they are written, because all of them together
/// take many times the memory of the digest.
#[must_use]
pub fn json(digest: &Digest, further: Map<String, Value>) -> impl Serialize {
    Document { digest, further }
}

struct Document<'a> {
    digest: &'a Digest,
    further: Map<String, Value>,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digest = self.digest;
        let ranked = digest.ranked();
        let mut out = serializer.serialize_map(None)?;
        out.serialize_entry("entries", &digest.entries)?;
        out.serialize_entry("unique", &ranked.len())?;
        out.serialize_entry("query_time_sum", &seconds(digest.query_time_ns()))?;
        out.serialize_entry("first", &digest.span_us.and_then(|(first, _)| moment(first)))?;
        out.serialize_entry("last", &digest.span_us.and_then(|(_, last)| moment(last)))?;
        out.serialize_entry("classes", &Classes { ranked, total: digest.query_time_ns() })?;
        out.serialize_entry("loops", &loops(digest))?;
        out.serialize_entry("events", &events(digest))?;
        out.serialize_entry("temporary_bytes", &digest.events.temporary_bytes)?;
        out.serialize_entry("not_shown", &not_shown(digest))?;
        for (name, value) in &self.further {
            out.serialize_entry(name, value)?;
        }
        out.end()
    }
}

struct Classes<'a> {
    ranked: Vec<&'a Class>,
    total: u64,
}

impl Serialize for Classes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.ranked.iter().map(|class| self::class(class, self.total)))
    }
}

fn loops(digest: &Digest) -> Value {
    let found = digest.loops().into_iter().map(|found| {
        json!({
            "parent": found.parent.map(|class| &class.fingerprint),
            "child": found.child.fingerprint,
            "loops": found.loops,
            "statements": found.statements,
            "longest": found.longest,
            "query_time_sum": seconds(found.query_time_ns),
        })
    });
    found.collect()
}

fn events(digest: &Digest) -> Value {
    digest.events.counts.iter().map(|(event, count)| (event.name(), *count)).collect()
}

/// What the numbers above leave out, or hold only in part.
fn not_shown(digest: &Digest) -> Value {
    json!({
        "cut": digest.cut,
        "sifted_out": digest.sifted_out,
        "back_in_time": digest.back_in_time,
        "other_classes": digest.others.classes,
        "other_entries": digest.others.entries,
        "other_query_time_sum": seconds(digest.others.query_time_ns),
        "without_quantiles": digest.without_quantiles,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a share of time")]
fn class(class: &Class, total: u64) -> Value {
    let flags: Map<_, _> = Flags::NAMED
        .iter()
        .filter(|(flag, _)| class.flagged(*flag) > 0)
        .map(|(flag, name)| ((*name).to_owned(), json!(class.flagged(*flag))))
        .collect();
    let mut out = json!({
        "fingerprint": class.fingerprint,
        "count": class.count,
        "share": class.query_time.sum as f64 / (total as f64).max(1.0),
        "query_time": amount(&class.query_time, NS),
    });
    if let Some(fields) = out.as_object_mut() {
        let measures = [
            ("lock_time", &class.lock_time, NS),
            ("rows_sent", &class.rows_sent, 1.0),
            ("rows_examined", &class.rows_examined, 1.0),
            ("rows_affected", &class.rows_affected, 1.0),
            ("bytes_sent", &class.bytes_sent, 1.0),
        ];
        for (name, measure, unit) in measures {
            if measure.count > 0 {
                fields.insert(name.to_owned(), amount(measure, unit));
            }
        }
        fields.insert("first".to_owned(), json!(class.span_us.and_then(|(first, _)| moment(first))));
        fields.insert("last".to_owned(), json!(class.span_us.and_then(|(_, last)| moment(last))));
        fields.insert("databases".to_owned(), who(&class.databases));
        fields.insert("users".to_owned(), who(&class.users));
        fields.insert("hosts".to_owned(), who(&class.hosts));
        fields.insert("applications".to_owned(), who(&class.applications));
        fields.insert("owner".to_owned(), json!(class.owner));
        fields.insert("flags".to_owned(), Value::Object(flags));
        fields.insert("remarks".to_owned(), json!(remarks(class)));
    }
    out
}

/// Whole numbers stay whole.
#[expect(clippy::cast_precision_loss, reason = "JSON has no other numbers")]
fn amount(amount: &Amount, unit: f64) -> Value {
    let value = |raw: u64| if unit > 1.0 { json!(raw as f64 / unit) } else { json!(raw) };
    json!({
        "sum": value(amount.sum),
        "min": value(amount.min),
        "max": value(amount.max),
        "avg": amount.mean() / unit,
        "median": amount.quantile(50).map(value),
        "p95": amount.quantile(95).map(value),
        "p99": amount.quantile(99).map(value),
    })
}

fn who(who: &Who) -> Value {
    who.names().map(|name| json!(name)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "JSON has no other numbers")]
fn seconds(ns: u64) -> f64 {
    ns as f64 / NS
}

fn moment(us: i64) -> Option<String> {
    Some(DateTime::from_timestamp_micros(us)?.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}
