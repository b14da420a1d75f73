//! What a link to quad's own page shows where somebody posts it, instead of a sign-in form: the alert that
//! it leads to as it stands now, else how things are. Nothing to press: it stands in another's message.

use url::Url;

use crate::alert::words;
use crate::chat::Chat;
use crate::handlers::{self, Asking};
use crate::model::answer::Answer;
use crate::model::outgoing::{CONVERSATION, Place, Platform};
use crate::model::request::{Query, Scope};

impl Chat {
    /// What the link leads to.
    pub(super) async fn linked(&self, link: &str) -> anyhow::Result<Answer> {
        let ctx = &self.0.readable;
        let url = Url::parse(link).ok();
        let alert = match url.as_ref().and_then(message_of) {
            Some(message) => {
                let place = Place { channel: CONVERSATION.to_owned(), thread: Some(message) };
                match ctx.alert_under(Platform::Page, &place).await? {
                    Some(number) => ctx.alert(number).await?,
                    None => None,
                }
            }
            None => None,
        };
        let mut runbooks = ctx.team().runbooks.0.iter();
        let runbook = url.and_then(|url| runbooks.find(|runbook| leads_to(&url, &runbook.name)));
        let answer = match (alert, runbook) {
            (Some(alert), _) => words::message(&alert, ctx.now(), ctx.team().timezone),
            (None, Some(runbook)) => runbook.answer(),
            (None, None) => {
                handlers::answer(ctx, &Query::Status(Scope::default()), Asking::default()).await?
            }
        };
        Ok(Answer { controls: Vec::new(), ..answer })
    }
}

/// `#m17`: the message that a link on the page leads to.
fn message_of(url: &Url) -> Option<String> {
    let number = url.fragment()?.strip_prefix('m')?;
    number.bytes().all(|digit| digit.is_ascii_digit()).then(|| number.to_owned())
}

/// Whether it is `/runbooks/NAME` with this name.
fn leads_to(url: &Url, name: &str) -> bool {
    let mut own = url.clone();
    let Ok(mut parts) = own.path_segments_mut() else { return false };
    parts.pop().push(name);
    drop(parts);
    own.path() == url.path()
        && own.path_segments().is_some_and(|mut parts| parts.nth_back(1) == Some("runbooks"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_a_message_or_to_the_page() {
        let of = |url: &str| message_of(&url.parse().expect("a URL"));
        assert_eq!(of("https://quad.example.com/#m17").as_deref(), Some("17"));
        assert_eq!(of("https://quad.example.com/"), None);
        assert_eq!(of("https://quad.example.com/#mx"), None);
        let leads = |url: &str| leads_to(&url.parse().expect("a URL"), "slow checkout");
        assert!(leads("https://quad.example.com/runbooks/slow%20checkout"));
        assert!(!leads("https://quad.example.com/runbooks/slow") && !leads("https://quad.example.com/"));
    }
}
