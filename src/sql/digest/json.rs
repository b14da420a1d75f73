//! A digest as JSON, for programs: times in seconds, moments in RFC 3339.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

use crate::sql::log::Flags;

use super::{Amount, Class, Digest, Who, remarks};

const NS: f64 = 1e9;

/// The whole digest. `entries` counts statements and commands, `classes` come with the costliest first.
#[must_use]
pub fn json(digest: &Digest) -> Value {
    let total = digest.query_time_ns();
    let ranked = digest.ranked();
    json!({
        "entries": digest.entries,
        "unique": ranked.len(),
        "query_time_sum": seconds(total),
        "first": digest.span_us.and_then(|(first, _)| moment(first)),
        "last": digest.span_us.and_then(|(_, last)| moment(last)),
        "classes": ranked.iter().map(|class| self::class(class, total)).collect::<Vec<_>>(),
        "loops": digest.loops().iter().map(|found| json!({
            "parent": found.parent.map(|class| &class.fingerprint),
            "child": found.child.fingerprint,
            "loops": found.loops,
            "statements": found.statements,
            "longest": found.longest,
            "query_time_sum": seconds(found.query_time_ns),
        })).collect::<Vec<_>>(),
        "events": digest.events.counts.iter().map(|(event, count)| (event.name().to_owned(), json!(count))).collect::<Map<_, _>>(),
        "temporary_bytes": digest.events.temporary_bytes,
        "not_shown": {
            "cut": digest.cut,
            "sifted_out": digest.sifted_out,
            "back_in_time": digest.back_in_time,
            "other_classes": digest.others.classes,
            "other_entries": digest.others.entries,
            "other_query_time_sum": seconds(digest.others.query_time_ns),
        },
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
        "median": value(amount.quantile(50)),
        "p95": value(amount.quantile(95)),
        "p99": value(amount.quantile(99)),
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
