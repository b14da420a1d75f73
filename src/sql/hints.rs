//! What programs write into comments of their statements, so that a statement can be traced to the
//! code that sent it: `sqlcommenter` (`/*controller='orders',action='show'*/`), Rails' marginalia
//! (`/*application:shop,controller:orders*/`). Everything else in a comment is nobody's business.
//!
//! <https://google.github.io/sqlcommenter/spec/>

use std::borrow::Cow;

use memchr::memmem;
use percent_encoding::percent_decode_str;

/// Keys that name the owner, the most telling first. Values are names in code, not data.
const OWNERS: [&str; 7] = ["route", "controller", "action", "job", "framework", "application", "app"];
const LONGEST: usize = 120;

/// Who sent this statement: `orders#show`, or the route.
#[must_use]
pub fn owner(statement: &[u8]) -> Option<String> {
    let comment = hint_comment(statement)?;
    let value = |key: &str| pairs(comment).find(|(name, _)| name == key).map(|(_, value)| value);
    if let (Some(controller), Some(action)) = (value("controller"), value("action")) {
        return Some(format!("{controller}#{action}"));
    }
    OWNERS.iter().find_map(|key| value(key)).map(Cow::into_owned)
}

/// The trace that a statement belongs to, from `traceparent` (W3C Trace Context): 32 hex digits.
#[must_use]
pub fn trace(statement: &[u8]) -> Option<&[u8]> {
    let comment = hint_comment(statement)?;
    let at = memmem::find(comment, b"traceparent=")? + 12;
    let value = comment[at..].strip_prefix(b"'").unwrap_or(&comment[at..]);
    let trace = value.get(3..35)?;
    trace.iter().all(u8::is_ascii_hexdigit).then_some(trace)
}

/// The comment at the start or the end of a statement.
fn hint_comment(statement: &[u8]) -> Option<&[u8]> {
    let statement = statement.trim_ascii();
    let statement = statement.strip_suffix(b";").unwrap_or(statement).trim_ascii_end();
    if let Some(rest) = statement.strip_prefix(b"/*")
        && rest.first().is_some_and(|byte| *byte != b'!' && *byte != b'+')
    {
        return Some(&rest[..memmem::find(rest, b"*/")?]);
    }
    let body = statement.strip_suffix(b"*/")?;
    let start = memmem::rfind(body, b"/*")? + 2;
    Some(&body[start..])
}

/// `key='value'` with percent-encoded values, or `key:value`.
fn pairs(comment: &[u8]) -> impl Iterator<Item = (String, Cow<'_, str>)> {
    comment.split(|byte| *byte == b',').filter_map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?.trim();
        let (key, value) = pair.split_once('=').or_else(|| pair.split_once(':'))?;
        let value = value.trim().trim_matches('\'');
        let fits = !value.is_empty() && value.len() <= LONGEST && !value.chars().any(char::is_control);
        fits.then(|| (key.trim().to_ascii_lowercase(), percent_decode_str(value).decode_utf8_lossy()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_the_route_or_the_controller_and_its_action() {
        let owner = |text: &str| owner(text.as_bytes());
        assert_eq!(
            owner("SELECT 1 /*action='show',controller='orders',framework='rails'*/;").as_deref(),
            Some("orders#show")
        );
        assert_eq!(owner("SELECT 1 /*route='%2Forders%2F%3Aid'*/").as_deref(), Some("/orders/:id"));
        assert_eq!(owner("/*application:shop,controller:orders*/ SELECT 1").as_deref(), Some("orders"));
        assert_eq!(owner("SELECT 1 /* for Jane, phone: 5 */"), None);
        assert_eq!(owner("SELECT /*! STRAIGHT_JOIN */ 1"), None);
    }

    #[test]
    fn the_trace_is_read_from_traceparent() {
        let text = b"SELECT 1 /*traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01'*/";
        assert_eq!(trace(text), Some(&b"5bd66ef5095369c7b0d1f8f4bd33716a"[..]));
        assert_eq!(trace(b"SELECT 1 /*traceparent='00-x'*/"), None);
    }
}
