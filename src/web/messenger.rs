//! Carries what quad says to its own page: a row in the store, which open pages then see.

use async_trait::async_trait;

use crate::error::CallError;
use crate::model::answer::Answer;
use crate::model::outgoing::{Outgoing, Platform, Receipt};
use crate::model::person::{Person, Role};
use crate::ports::messenger::{Messenger, Spot};
use crate::store::{Content, NewMessage, Store, aside};
use crate::web::state::Web;

/// quad's page as a platform.
#[derive(Clone)]
pub struct PageMessenger {
    web: Web,
}

impl PageMessenger {
    /// A messenger to the page that `web` serves.
    pub fn new(web: Web) -> Self {
        Self { web }
    }

    fn store(&self) -> &Store {
        self.web.store()
    }

    async fn keep(&self, spot: &Spot, outgoing: &Outgoing) -> anyhow::Result<Option<Receipt>> {
        let content = Content::Answer(outgoing.answer.clone());
        let mut tx = self.store().begin().await?;
        let receipt = match spot {
            Spot::New { channel, thread } | Spot::Private { channel, thread, .. } => {
                let conversation = match spot {
                    Spot::Private { person, .. } => aside(channel, person),
                    _ => channel.clone(),
                };
                let message = NewMessage {
                    conversation: &conversation,
                    thread: thread.as_deref(),
                    author: "quad",
                    delivery: Some(outgoing.id),
                    at: outgoing.at,
                };
                let id = tx.say(&message, &content).await?;
                Some(Receipt { channel: channel.clone(), message: id.to_string() })
            }
            Spot::Existing(receipt) => {
                let edited = match receipt.message.parse() {
                    Ok(id) => tx.edit_message(id, &content, outgoing.at).await?,
                    Err(_) => false,
                };
                edited.then(|| receipt.clone())
            }
        };
        tx.commit().await?;
        Ok(receipt)
    }
}

#[async_trait]
impl Messenger for PageMessenger {
    fn platform(&self) -> Platform {
        Platform::Page
    }

    /// A page has no limits.
    fn split(&self, answer: Answer) -> Vec<Answer> {
        vec![answer]
    }

    async fn send(&self, spot: &Spot, outgoing: &Outgoing) -> Result<Receipt, CallError> {
        // A delivery is kept once, so that whatever failed here may simply be tried again.
        let receipt =
            self.keep(spot, outgoing).await.map_err(|error| CallError::transient(format!("{error:#}")))?;
        // Alerts change along with their messages.
        self.web.touch();
        receipt.ok_or_else(|| CallError::permanent("the message to change is gone"))
    }

    async fn find(&self, _: &Spot, outgoing: &Outgoing) -> Result<Option<Receipt>, CallError> {
        let message = self
            .store()
            .message_of(outgoing.id)
            .await
            .map_err(|error| CallError::transient(format!("{error:#}")))?;
        Ok(message.map(|message| Receipt { channel: message.conversation, message: message.id.to_string() }))
    }

    /// Only where the page has an address that people elsewhere can open.
    fn link(&self, receipt: &Receipt) -> Option<String> {
        let base = self.web.settings().public_url.as_ref()?;
        base.join(&format!("#m{}", receipt.message)).ok().map(|address| address.to_string())
    }

    async fn working(&self, _: &Spot) {
        // Nobody looks: fine.
        let _ = self.web.0.working.send(());
    }

    /// The role that their session gives them.
    async fn role(&self, person: &Person) -> Result<Option<Role>, CallError> {
        Ok(person.role)
    }
}
