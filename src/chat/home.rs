//! What a person sees on quad's own page in their chat: how things are, and what they may do.

use crate::chat::Chat;
use crate::handlers::{self, Asking};
use crate::model::answer::{Answer, Press, Section};
use crate::model::person::{Person, Role};
use crate::model::request::{Query, Scope};

impl Chat {
    /// The page of this person.
    pub(super) async fn home(&self, person: &Person) -> anyhow::Result<Answer> {
        let ctx = &self.0.readable;
        let asked = ctx.now().with_timezone(&ctx.team().timezone).format("%H:%M");
        let page = match person.role {
            Some(_) => handlers::answer(ctx, &Query::Status(Scope::default()), Asking::default()).await?,
            None => Answer::new("I watch your systems and answer questions about them."),
        };
        let page = page
            .with(Section::Heading("What you may do".to_owned()))
            .with(Section::Text(may(person.role).to_owned()));
        let idle = person.role.is_some() && page.controls.is_empty();
        let page = if idle {
            page.button("Why is it slow?", Press::Ask("why is it slow?".to_owned()))
        } else {
            page
        };
        Ok(page.footnote(format!("As of {asked}; it is looked up anew whenever you come here.")))
    }
}

fn may(role: Option<Role>) -> &'static str {
    match role {
        None => "You have no role here. Whoever runs quad can give you one in its configuration.",
        Some(Role::Viewer) => {
            "You may ask me anything about operations: mention me in a channel, write to me alone, or type `/quad`."
        }
        Some(Role::Responder) => {
            "You may ask me anything about operations, and acknowledge, silence and resolve alerts."
        }
        Some(Role::Operator) => {
            "You may ask me anything about operations, change alerts, and ask for changes outside my books."
        }
        Some(Role::Admin) => {
            "You may ask me anything about operations, change alerts, and approve what changes how I watch."
        }
    }
}
