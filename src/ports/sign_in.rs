//! A way into quad's own page, for one person.

use async_trait::async_trait;

use crate::model::person::Person;

/// Makes sign-in links.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// A link that signs `person` in with the role they hold, once and only for a short while. Only
    /// the hash of its secret is kept, so that it stands nowhere but in what it returns.
    ///
    /// # Errors
    /// Where it could not be kept.
    async fn link(&self, person: &Person) -> anyhow::Result<Link>;
}

/// A link that was just made.
#[derive(Clone)]
pub struct Link {
    /// Where it leads. Whoever has it is let in: it belongs into one person's message only.
    pub url: url::Url,
    /// For how many minutes it works.
    pub minutes: u32,
}
