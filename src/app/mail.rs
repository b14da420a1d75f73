//! Mail, where it is set up: who gets it, and what comes in.

use std::sync::Arc;

use crate::app::App;
use crate::config;
use crate::deliver::announcer::Destination;
use crate::model::outgoing::Platform;
use crate::vendors::mail::Mail;

/// Mail as configured; what of it can't be used is added to `troubles`.
pub(super) fn mail(config: &config::Config, troubles: &mut Vec<String>) -> Option<Arc<Mail>> {
    troubles.extend(config::mail::trouble(config).map(|why| format!("mail: {why}")));
    let settings = config.file.mail.clone()?;
    match Mail::new(settings) {
        Ok(mail) => Some(Arc::new(mail)),
        Err(why) => {
            troubles.push(format!("mail: {why}"));
            None
        }
    }
}

impl App {
    /// These addresses, where mail is set up and switched on for alerts and reports.
    pub(super) fn mail_destinations(&self, addresses: &[String]) -> Vec<Destination> {
        if self.mail.is_none() || !self.config.file.alerts.email_enabled {
            return Vec::new();
        }
        let to = |address: &String| Destination { platform: Platform::Mail, channel: address.clone() };
        addresses.iter().map(to).collect()
    }

    /// Who gets the daily report by mail.
    pub(super) fn mail_report_addresses(&self) -> &[String] {
        let alerts = &self.config.file.alerts;
        match alerts.daily_report_email_to.as_slice() {
            [] => &alerts.email_to,
            named => named,
        }
    }
}
