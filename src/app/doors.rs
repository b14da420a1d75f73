//! Connects the page's doors to the parts behind them.

use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use futures_util::FutureExt as _;

use crate::app::records;
use crate::chat::Chat;
use crate::gather::readable::Readable;
use crate::model::deployment::Deployment;
use crate::model::inbound::Inbound;
use crate::store::Store;
use crate::web::{Doors, Faults, MailHook, RecordQuery};

/// The chat is made after the page, since it answers through the page too; until then the doors wait.
pub(super) type LateChat = Arc<OnceLock<Chat>>;

pub(super) fn doors(
    chat: &LateChat,
    store: &Store,
    readable: &Readable,
    mail: Option<MailHook>,
    faults: Option<Faults>,
) -> Doors {
    let (asking, accepting) = (Arc::clone(chat), Arc::clone(chat));
    let (store, readable) = (store.clone(), readable.clone());
    Doors {
        ask: Arc::new(move |inbound: Inbound| {
            let chat = Arc::clone(&asking);
            async move { Ok(ready(&chat)?.answer(&inbound).await) }.boxed()
        }),
        accept: Arc::new(move |inbound: Inbound| {
            let chat = Arc::clone(&accepting);
            async move { ready(&chat)?.accept(&inbound).await }.boxed()
        }),
        deployed: Arc::new(move |deployment: Deployment| {
            let store = store.clone();
            async move { store.add_deployment(&deployment).await }.boxed()
        }),
        records: Arc::new(move |query: RecordQuery| {
            let readable = readable.clone();
            async move { records::records(&readable, query).await }.boxed()
        }),
        mail,
        faults,
    }
}

pub(super) fn ready(chat: &OnceLock<Chat>) -> anyhow::Result<&Chat> {
    chat.get().context("quad is still starting")
}
