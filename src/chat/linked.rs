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
        let message = Url::parse(link).ok().and_then(|url| message_of(&url));
        let alert = match message {
            Some(message) => {
                let place = Place { channel: CONVERSATION.to_owned(), thread: Some(message) };
                match ctx.alert_under(Platform::Page, &place).await? {
                    Some(number) => ctx.alert(number).await?,
                    None => None,
                }
            }
            None => None,
        };
        let answer = match alert {
            Some(alert) => words::message(&alert, ctx.now(), ctx.team().timezone),
            None => handlers::answer(ctx, &Query::Status(Scope::default()), Asking::default()).await?,
        };
        Ok(Answer { controls: Vec::new(), ..answer })
    }
}

/// `#m17`: the message that a link on the page leads to.
fn message_of(url: &Url) -> Option<String> {
    let number = url.fragment()?.strip_prefix('m')?;
    number.bytes().all(|digit| digit.is_ascii_digit()).then(|| number.to_owned())
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
    }
}
