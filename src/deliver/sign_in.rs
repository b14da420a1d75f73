//! Puts a sign-in link under an answer when it leaves, and not before: until then the outbox holds
//! only whom it is for, so that nobody who reads the store finds a way in.

use std::net::IpAddr;

use crate::model::answer::{Answer, Section};
use crate::model::person::Person;
use crate::ports::sign_in::{Link, SignIn};

/// The answer with a fresh link for `person` in it.
///
/// # Errors
/// Where no link could be made.
pub async fn with_link(links: &dyn SignIn, person: &Person, answer: Answer) -> anyhow::Result<Answer> {
    Ok(shown(answer, person, &links.link(person).await?))
}

fn shown(answer: Answer, person: &Person, link: &Link) -> Answer {
    let role = person.role.map_or("no role", |role| role.name());
    let answer = answer.with(Section::Text(format!("[Sign in to quad's page]({})", link.url))).footnote(
        format!("It works once, within {} minutes, and signs you in with the role {role}.", link.minutes),
    );
    let here = match link.url.host() {
        Some(url::Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(url::Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if here {
        return answer.footnote(
            "It opens only on the machine that quad runs on; `web.public_url` sets another address.",
        );
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::person::Role;
    use crate::render::plain;

    fn link(url: &str) -> String {
        let person = Person { id: "U1".to_owned(), name: "Ana".to_owned(), role: Some(Role::Responder) };
        let link = Link { url: url.parse().expect("an address"), minutes: 10 };
        plain::text(&shown(Answer::new("Here."), &person, &link))
    }

    #[test]
    fn a_link_says_what_it_is_good_for_and_where() {
        let text = link("https://quad.example.com/login/abc");
        assert!(text.contains("once, within 10 minutes, and signs you in with the role responder"), "{text}");
        assert!(!text.contains("only on the machine"), "{text}");
        assert!(link("http://127.0.0.1:7077/login/abc").contains("only on the machine"));
        assert!(link("http://[::1]:7077/login/abc").contains("only on the machine"));
    }
}
