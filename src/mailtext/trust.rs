//! How far the sender of a mail is believed, by what a trusted server noted about it. Pure.
//!
//! A From line proves nothing. A DKIM signature of the same domain does; that the mail came from one
//! of the domain's servers (SPF) says little, since many share those.

/// How far a sender is believed to be who From names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Belief {
    /// Not at all.
    None,
    /// The mail came from a server of the domain: they may ask.
    Sent,
    /// The domain signed the mail: they are who they say.
    Signed,
}

/// Whether `domain` may speak for `from`: the same, or one above it.
pub fn aligned(domain: &str, from: &str) -> bool {
    let (domain, from) =
        (domain.trim_end_matches('.').to_lowercase(), from.trim_end_matches('.').to_lowercase());
    // A top-level domain speaks for nobody below it.
    domain.contains('.')
        && (domain == from || from.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.')))
}

/// What the topmost `Authentication-Results` (RFC 8601) says about the domain in From; believed only
/// where one of the `trusted` servers wrote it. Lower ones may be anybody's.
pub fn noted(topmost: Option<&str>, trusted: &[String], from: &str) -> Belief {
    let Some(results) = topmost.map(without_comments) else { return Belief::None };
    let mut parts = results.split(';').map(str::trim);
    let server = parts.next().and_then(|part| part.split_whitespace().next()).unwrap_or_default();
    if !trusted.iter().any(|one| one.eq_ignore_ascii_case(server)) {
        return Belief::None;
    }
    parts.map(|part| result(part, from)).max().unwrap_or(Belief::None)
}

/// `dkim=pass header.d=example.com`
fn result(part: &str, from: &str) -> Belief {
    let part = part.replace(" =", "=").replace("= ", "=").to_lowercase();
    let mut words = part.split_whitespace();
    let Some((method, result)) = words.next().and_then(|word| word.split_once('=')) else {
        return Belief::None;
    };
    if result != "pass" {
        return Belief::None;
    }
    let properties: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
    let names = |key: &str| {
        let value =
            properties.iter().find(|(name, _)| *name == key).map(|(_, value)| value.trim_matches('"'));
        value.map(|value| value.rsplit('@').next().unwrap_or(value).to_owned())
    };
    let is_ours = |domain: Option<String>| domain.is_some_and(|domain| aligned(&domain, from));
    // "dkim/1" names a version of the method.
    match method.split('/').next().unwrap_or_default() {
        "dkim" if is_ours(names("header.d").or_else(|| names("header.i"))) => Belief::Signed,
        "spf" if is_ours(names("smtp.mailfrom")) => Belief::Sent,
        "dmarc" if is_ours(names("header.from")) => Belief::Sent,
        _ => Belief::None,
    }
}

/// Without what stands in brackets, which may nest, and which a sender can influence; and without
/// quoted text, which may hold anything.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for c in text.chars() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' if depth > 0 || quoted => escaped = true,
            '"' if depth == 0 => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(if c.is_control() { ' ' } else { c }),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(header: &str) -> Belief {
        super::noted(Some(header), &["mx.example.com".to_owned()], "example.com")
    }

    #[test]
    fn a_signature_of_the_same_domain_is_believed() {
        for header in [
            "mx.example.com; dkim=pass header.d=example.com",
            "MX.example.com 1;\r\n spf=fail smtp.mailfrom=x; dkim=pass (2048-bit key) header.i=@Example.COM header.s=s1",
        ] {
            assert_eq!(noted(header), Belief::Signed, "{header}");
        }
        let below = super::noted(
            Some("mx.example.com; dkim=pass header.d=example.com"),
            &["mx.example.com".to_owned()],
            "ops.example.com",
        );
        assert_eq!(below, Belief::Signed);
    }

    #[test]
    fn the_domain_s_server_alone_is_believed_half() {
        assert_eq!(noted("mx.example.com; spf=pass smtp.mailfrom=alice@example.com"), Belief::Sent);
        assert_eq!(noted("mx.example.com; dmarc=pass header.from=example.com"), Belief::Sent);
    }

    #[test]
    fn what_anybody_can_write_is_not_believed() {
        for header in [
            "evil.example.com; dkim=pass header.d=example.com",
            "mx.example.com; dkim=fail header.d=example.com",
            "mx.example.com; dkim=pass header.d=evil.com",
            "mx.example.com; dkim=pass header.d=com",
            "mx.example.com; dkim=pass header.d=badexample.com",
            "mx.example.com; dkim=none (; dkim=pass header.d=example.com)",
            "mx.example.com; dkim=none (\\); dkim=pass header.d=example.com",
            "mx.example.com; spf=pass smtp.mailfrom=\"x; dkim=pass header.d=example.com\"",
            "mx.example.com; spf=pass smtp.mailfrom=alice@evil.com",
            "mx.example.com; none",
            "mx.example.com",
            "",
        ] {
            assert_eq!(noted(header), Belief::None, "{header}");
        }
        assert_eq!(super::noted(None, &["mx.example.com".to_owned()], "example.com"), Belief::None);
        assert_eq!(
            super::noted(Some("mx.example.com; dkim=pass header.d=example.com"), &[], "example.com"),
            Belief::None
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_others_write_in_a_server_s_name_is_a_signature(text in "[a-z=;()\\\\\" .@]{0,60}") {
            let header = format!("mx.example.com; dkim=none ({})", text.replace([')', '\\'], ""));
            proptest::prop_assert_eq!(noted(&header), Belief::None);
        }
    }
}
