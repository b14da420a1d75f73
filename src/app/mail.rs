//! Mail, where it is set up: who gets it, and what comes in.

use std::sync::Arc;

use futures_util::FutureExt as _;

use crate::app::doors::{LateChat, ready};
use crate::app::{App, platforms};
use crate::config;
use crate::deliver::announcer::Destination;
use crate::model::inbound::Inbound;
use crate::model::outgoing::Platform;
use crate::model::request::Period;
use crate::vendors::mail::{Door, Mail, Sink, Taken};
use crate::web::MailHook;

/// Mail as configured; what of it can't be used is added to `troubles`.
pub(super) fn mail(config: &config::Config, troubles: &mut Vec<String>) -> Option<Arc<Mail>> {
    troubles.extend(config::mail::trouble(config).map(|why| format!("mail: {why}")));
    let settings = config.file.mail.clone()?;
    match Mail::new(*settings) {
        Ok(mail) => Some(Arc::new(mail)),
        Err(why) => {
            troubles.push(format!("mail: {why}"));
            None
        }
    }
}

impl App {
    /// Watches the mailbox, where there is one.
    pub(super) fn spawn_mail(&mut self) {
        let Some(mail) = self.mail.clone() else { return };
        let (store, clock, mut stop) = (self.store.clone(), self.clock.clone(), self.stop.subscribe());
        let door = Door {
            sink: platforms::sink(&self.chat),
            answers: store.outbox_changes(),
            unanswered: Arc::new(move || {
                let store = store.clone();
                async move { store.inbound_unanswered(Platform::Mail).await }.boxed()
            }),
        };
        self.tasks.spawn(async move {
            tokio::select! {
                () = mail.listen(door, clock) => {}
                _ = stop.changed() => {}
            }
        });
    }

    /// Takes raw mails from another program, where the configuration opens that hook.
    pub(super) fn mail_hook(&self, chat: &LateChat) -> Option<MailHook> {
        let mail =
            self.mail.clone().filter(|_| self.config.file.mail.as_ref().is_some_and(|mail| mail.hook))?;
        let (chat, clock) = (Arc::clone(chat), self.clock.clone());
        let sink: Sink = Arc::new(move |inbound: Inbound| {
            let chat = Arc::clone(&chat);
            async move { ready(&chat)?.accept(&inbound).await }.boxed()
        });
        Some(MailHook {
            max_bytes: mail.max_bytes(),
            take: Arc::new(move |raw: Vec<u8>| {
                let (mail, sink, clock) = (Arc::clone(&mail), Arc::clone(&sink), clock.clone());
                async move {
                    Ok(match mail.take_in(raw, &sink, clock.now()).await {
                        Taken::Said(_) => Some("answered"),
                        Taken::Ignored(rule) => Some(rule),
                        Taken::Later => None,
                    })
                }
                .boxed()
            }),
        })
    }

    /// These addresses, where mail is set up and switched on for alerts and reports.
    pub(super) fn mail_destinations(&self, addresses: &[String]) -> Vec<Destination> {
        if self.mail.is_none() || !self.config.file.alerts.email_enabled {
            return Vec::new();
        }
        let to = |address: &String| Destination { platform: Platform::Mail, channel: address.clone() };
        addresses.iter().map(to).collect()
    }

    /// Who gets a report by mail.
    pub(super) fn mail_report_addresses(&self, period: Period) -> &[String] {
        let alerts = &self.config.file.alerts;
        match alerts.report_addresses(period) {
            [] => &alerts.email_to,
            named => named,
        }
    }
}
