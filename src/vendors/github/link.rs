//! Reads where a list goes on, from the header `Link` (RFC 8288). Only the parameters of that address are
//! taken: a reply must not say which host or path is called with our credentials.

use reqwest::header::{HeaderMap, LINK};
use url::Url;

/// The parameters of the next page; `None` where this was the last.
pub(super) fn next_page(headers: &HeaderMap) -> Option<Vec<(String, String)>> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let mut parts = links.flat_map(|value| value.split('<').skip(1)).filter_map(|part| part.split_once('>'));
    let (target, _) = parts.find(|(_, about)| is_next(about))?;
    let url = Url::parse(target).ok()?;
    let params: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    (!params.is_empty()).then_some(params)
}

fn is_next(about: &str) -> bool {
    about.split([';', ',']).any(|part| {
        let Some((name, value)) = part.split_once('=') else { return false };
        let rel = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("rel") && rel.split_whitespace().any(|word| word == "next")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(link: &str) -> String {
        let headers = [(LINK, link.parse().expect("a value"))].into_iter().collect();
        next_page(&headers).map_or("the end".to_owned(), |params| {
            params.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        })
    }

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let first = "<https://api.github.com/repositories/1/issues?labels=a%2Cb&page=1>; rel=\"prev\"";
        let next = "<https://evil.example.com/x?labels=a%2Cb&after=Y3Vyc29y%3D%3D>; rel=\"next\"";
        assert_eq!(check(&format!("{first}, {next}")), "labels=a,b after=Y3Vyc29y==");
        assert_eq!(check(next), "labels=a,b after=Y3Vyc29y==");
        assert_eq!(check(first), "the end");
        assert_eq!(check("<>; rel=next, nonsense <"), "the end");
    }

    proptest::proptest! {
        #[test]
        fn whatever_stands_there_is_read_without_harm(text in "[ -~]{0,200}", inside in "[<>;,=\"relnxt?&]{0,60}") {
            check(&text);
            check(&format!("<http://x/?{inside}>; {text}"));
        }
    }
}
