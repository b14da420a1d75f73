//! Which requests come from the page itself. A browser will send requests here on behalf of any
//! site that a person has open; these checks tell those from ours. Pure.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use url::Url;

/// The names under which quad may be addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    listen: IpAddr,
    names: Vec<String>,
}

impl Hosts {
    /// What `listen` answers to, and the names that were configured.
    pub fn new(listen: IpAddr, public_url: Option<&Url>, allowed: &[String]) -> Self {
        let public = public_url.and_then(Url::host_str).map(str::to_ascii_lowercase);
        Self { listen, names: allowed.iter().map(|name| name.to_ascii_lowercase()).chain(public).collect() }
    }

    /// Whether a `Host` header names this server. The port does not matter: another site's page
    /// can choose the port, but not the name it was loaded under.
    pub fn allows(&self, host: &str) -> bool {
        let name = without_port(host).to_ascii_lowercase();
        if self.names.contains(&name) {
            return true;
        }
        let literal = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match literal {
            // Rebinding needs a name; whoever opened an address gets what answers there.
            Ok(ip) => self.listen.is_unspecified() || ip == self.listen || ip.is_loopback(),
            Err(_) => name == "localhost" && (self.listen.is_loopback() || self.listen.is_unspecified()),
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// Whether a request that changes something was made by a page of ours: browsers say so in
/// `Sec-Fetch-Site`, older ones in `Origin`. What sends neither is no browser.
///
/// A proxy may address us by another name than people do; `public_url` is what they see.
pub fn is_ours(headers: &HeaderMap, public_url: Option<&Url>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site")
        && !matches!(site, "same-origin" | "none")
    {
        return false;
    }
    let origin = text(header::ORIGIN.as_str());
    if let (Some(origin), Some(public)) = (origin, public_url)
        && public.origin().is_tuple()
        && origin == public.origin().ascii_serialization()
    {
        return true;
    }
    match (origin, text(header::HOST.as_str())) {
        (None, _) => true,
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
        }
        (Some(_), None) => false,
    }
}

/// The token that a page of this session sends along with every change. Derived from the session's
/// own token, so that nothing more has to be kept.
pub fn page_token(session: &str) -> String {
    hex::encode(Sha256::new().chain_update(b"page token of ").chain_update(session).finalize())
}

/// Whether two secrets are equal, in a time that does not tell where they differ.
pub fn same_secret(one: &str, other: &str) -> bool {
    // Hashed first, so that not even the length shows.
    let (one, other) = (Sha256::digest(one), Sha256::digest(other));
    one.as_slice().ct_eq(other.as_slice()).into()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn hosts(listen: &str) -> Hosts {
        Hosts::new(listen.parse().expect("an address"), None, &["quad.example.com".to_owned()])
    }

    #[test]
    fn only_our_own_names_are_answered() {
        let local = hosts("127.0.0.1");
        for host in ["127.0.0.1:7077", "localhost:7077", "LOCALHOST", "[::1]:7077", "quad.example.com"] {
            assert!(local.allows(host), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "10.0.0.5:7077", "", "localhost.evil:7077"] {
            assert!(!local.allows(host), "{host}");
        }
        assert!(hosts("0.0.0.0").allows("10.0.0.5:7077"));
        assert!(hosts("10.0.0.5").allows("10.0.0.5:7077"));
        assert!(!hosts("10.0.0.5").allows("localhost"));
        assert!(!hosts("0.0.0.0").allows("evil.example"));
    }

    #[test]
    fn a_proxy_s_name_is_ours_too() {
        let url = Url::parse("https://Ops.example.com/quad").expect("a url");
        assert!(
            Hosts::new("127.0.0.1".parse().expect("an address"), Some(&url), &[]).allows("ops.example.com")
        );
    }

    #[test]
    fn requests_of_other_sites_are_not_ours() {
        let made = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            is_ours(&headers, Url::parse("https://ops.example.com/quad").ok().as_ref())
        };
        assert!(made(&[("host", "q:1"), ("origin", "http://q:1"), ("sec-fetch-site", "same-origin")]));
        assert!(made(&[("host", "q:1")]));
        assert!(made(&[("host", "10.0.0.5:7077"), ("origin", "https://ops.example.com")]));
        assert!(!made(&[("host", "10.0.0.5:7077"), ("origin", "http://ops.example.com")]));
        assert!(!made(&[("host", "q:1"), ("origin", "http://evil:1")]));
        assert!(!made(&[("host", "q:1"), ("origin", "null")]));
        assert!(!made(&[("host", "q:1"), ("origin", "http://q:2")]));
        assert!(!made(&[("host", "q:1"), ("sec-fetch-site", "cross-site")]));
        assert!(!made(&[("host", "q:1"), ("sec-fetch-site", "same-site")]));
    }

    #[test]
    fn secrets_are_compared_whole() {
        assert!(same_secret("abc", "abc"));
        assert!(!same_secret("abc", "abcd"));
        assert!(!same_secret("", "abc"));
        assert_ne!(page_token("one"), page_token("two"));
    }
}
