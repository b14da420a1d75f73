//! The page as HTML: chat in the middle, what is wrong and what is watched beside it.

use maud::{DOCTYPE, Markup, html};

use crate::model::answer::Answer;
use crate::render;
use crate::web::assets;
use crate::web::message::{self, Line};
use crate::web::panels::{self, Panels};

/// What the button "Performance Analysis" asks: what a person would type.
pub const PERFORMANCE_QUESTION: &str = "why is it slow?";
/// What an empty conversation offers.
const EXAMPLES: [&str; 3] = ["why is it slow?", "is everything ok?", "what are the open alerts?"];

/// Everything on the page.
#[derive(Debug)]
pub struct Page<'a> {
    /// Who is signed in.
    pub person: &'a str,
    /// Sent along with every change.
    pub token: &'a str,
    /// The conversation, oldest first.
    pub lines: &'a [Line],
    /// Where live updates continue.
    pub revision: i64,
    /// Whether a person's last words still wait for their answer.
    pub working: bool,
    /// What stands beside the conversation.
    pub panels: &'a Panels,
}

/// The page for somebody who is signed in.
pub fn page(page: &Page<'_>) -> Markup {
    let main = html! {
        body data-token=(page.token) data-revision=(page.revision) {
            a.skip href="#say" { "Skip to the message box" }
            header {
                h1 { (logo()) span { "quad" } }
                div #health { (panels::health(page.panels)) }
                // Only a narrow screen shows this: there the state of things is folded away.
                button #more.quiet type="button" aria-expanded="false" aria-controls="state" { "Details" }
                form.sign-out method="post" action="/logout" {
                    input type="hidden" name="token" value=(page.token);
                    span.who { (page.person) }
                    button.quiet type="submit" { "Sign out" }
                }
            }
            p #connection role="status" hidden { "Connection lost. Trying again." }
            div.columns {
                main {
                    // Answers are announced; the history is not read out again on load.
                    div #messages role="log" aria-live="polite" aria-label="Conversation" {
                        @if page.lines.is_empty() { (nothing_said()) }
                        @for line in page.lines.iter().filter(|line| stands_alone(line, page.lines)) {
                            (message::message(line, page.lines))
                        }
                    }
                    (say(page.working))
                }
                aside #state aria-label="State of things" {
                    section #alerts aria-live="polite" { (panels::alerts(page.panels)) }
                    section #watched { (panels::watched(page.panels)) }
                    section #faults { (panels::faults(page.panels)) }
                }
            }
        }
    };
    shell("quad", main)
}

/// Whether nothing shown stands above it. The root of a long thread may be older than the history.
fn stands_alone(line: &Line, lines: &[Line]) -> bool {
    line.thread.is_none_or(|root| lines.iter().all(|line| line.id != root))
}

fn nothing_said() -> Markup {
    html! {
        div #empty {
            (logo())
            h2 { "What would you like to know?" }
            p { "Ask about latency, errors, CPU, memory, disks or alerts, in your own words." }
            div.examples {
                @for example in EXAMPLES { button type="button" data-ask=(example) { (example) } }
            }
        }
    }
}

fn say(working: bool) -> Markup {
    html! {
        div.dock {
            p #working role="status" hidden[!working] {
                span.dots aria-hidden="true" { i {} i {} i {} }
                span { "quad is looking into it" }
            }
            p #trouble role="alert" hidden {}
            p #reply hidden {
                span {} button.quiet type="button" data-reply-end { "Leave thread" }
            }
            div #names.shortcuts role="group" aria-label="Names; the Tab key takes the first" hidden {}
            form #say method="post" action="/messages" autocomplete="off" {
                label.hidden for="words" { "Your message" }
                textarea #words name="text" rows="1" required dir="auto" enterkeyhint="send"
                    placeholder="Ask quad" {}
                button.send type="submit" aria-label="Send" { (arrow()) }
            }
            div.shortcuts {
                button type="button" data-ask=(PERFORMANCE_QUESTION) { "Performance Analysis" }
                button type="button" data-ask="is everything ok?" { "Status" }
                button type="button" data-ask="help" { "Help" }
            }
        }
    }
}

/// The page behind a sign-in link. The link is taken by a press, not by being opened: chat and mail
/// programs open links to show a preview, and would use it up. The script presses at once; and a
/// cookie that is set by a request from this very page is sent with the next one, which with
/// `SameSite=Strict` would not be so for a redirect from elsewhere.
pub fn sign_in(token: &str) -> Markup {
    door(html! {
        h2 { "Sign in to quad" }
        form #sign-in method="post" action="/login" {
            input type="hidden" name="token" value=(token);
            button.primary type="submit" { "Sign in" }
        }
    })
}

/// The page for somebody who is not signed in, and why not.
pub fn signed_out(sentence: &str) -> Markup {
    door(html! {
        h2 { "You are not signed in" }
        p { (sentence) }
        p { "quad prints a sign-in link when it starts. Each works once; " code { "quad login" }
            " prints a new one." }
    })
}

/// A page that loads itself again from here. A link from another site comes without the session
/// cookie (`SameSite=Strict`); the second load carries it.
pub fn knock_again() -> Markup {
    knock_again_at("/")
}

/// The same for another page of quad's.
pub fn knock_again_at(path: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content={ "0;url=" (path) "?in" };
                title { "quad" }
            }
        }
    }
}

/// A runbook on a page of its own: read on a phone, at night.
pub fn runbook(title: &str, text: &Answer) -> Markup {
    shell(
        &format!("quad: {title}"),
        html! { body.door { main.runbook { (render::html::answer(text)) p { a href="/" { "Back to quad" } } } } },
    )
}

fn door(inside: Markup) -> Markup {
    shell("quad: sign in", html! { body.door { main { (logo()) (inside) } } })
}

fn shell(title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" type="image/svg+xml" href=(assets::ICON.url());
                link rel="stylesheet" href=(assets::CSS.url());
                script defer src=(assets::JS.url()) {}
            }
            (body)
        }
    }
}

/// Four squares, one of them awake.
fn logo() -> Markup {
    html! {
        svg.logo viewBox="0 0 24 24" aria-hidden="true" {
            rect x="2" y="2" width="9" height="9" rx="2.5" {}
            rect x="13" y="2" width="9" height="9" rx="2.5" {}
            rect x="2" y="13" width="9" height="9" rx="2.5" {}
            circle cx="17.5" cy="17.5" r="4.5" {}
        }
    }
}

fn arrow() -> Markup {
    html! { svg viewBox="0 0 24 24" aria-hidden="true" { path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" {} } }
}
