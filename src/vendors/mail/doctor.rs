//! Whether quad can work with this mailbox: both servers, each folder, DNS. Each line says what to do.

use super::Mail;
use super::connection::connect;
use super::messenger::judged;
use crate::error::CallError;
use crate::model::person::Role;

/// One thing that was looked at: a sentence, and whether it is as it should be.
pub type Check = (bool, String);

impl Mail {
    /// Signs in to both servers and opens every folder. Sends and reads nothing.
    pub async fn doctor(&self) -> Vec<Check> {
        let mut checks = vec![match self.transport().test_connection().await {
            Ok(true) => (true, "the mail server takes mail".to_owned()),
            Ok(false) => (false, "the mail server does not take mail".to_owned()),
            Err(error) => (false, format!("nothing can be sent: {}", judged(&error))),
        }];
        match self.mailbox().await {
            None if self.config().hook => {
                checks.push((true, "mail comes in through POST /hooks/mail".to_owned()))
            }
            None => checks.push((
                false,
                "there is neither `mail.imap` nor `mail.hook`, so nothing can come in".to_owned(),
            )),
            Some(Ok(said)) => checks.extend(said),
            Some(Err(error)) => checks.push((false, format!("nothing can come in: {error}"))),
        }
        let comes_in = self.config().imap.is_some() || self.config().hook;
        let roles = &self.config().roles;
        let named = [&roles.viewer, &roles.responder, &roles.operator, &roles.admin];
        if comes_in && named.iter().all(|members| members.addresses.is_empty() && members.domains.is_empty())
        {
            checks.push((
                false,
                "nobody holds a role by mail, so no mail is answered; see `mail.roles`".to_owned(),
            ));
        }
        let shared = [
            "gmail.com",
            "googlemail.com",
            "outlook.com",
            "hotmail.com",
            "yahoo.com",
            "gmx.de",
            "gmx.net",
            "web.de",
            "icloud.com",
        ];
        for domain in named.iter().flat_map(|members| &members.domains) {
            if shared.contains(&domain.trim_start_matches('@').to_lowercase().as_str()) {
                checks.push((
                    false,
                    format!("`{domain}` in `mail.roles` is everybody's: name addresses instead"),
                ));
            }
        }
        if comes_in && self.dkim().is_none() && self.config().trusted_servers.is_empty() {
            checks.push((
                false,
                format!(
                    "DNS can't be asked and no server is trusted, so nobody is believed to be a {} or more",
                    Role::Responder.name()
                ),
            ));
        }
        checks
    }

    async fn mailbox(&self) -> Option<Result<Vec<Check>, CallError>> {
        let imap = self.config().imap.as_ref()?;
        let password = match self.password() {
            Ok(password) => password,
            Err(error) => return Some(Err(error)),
        };
        let (mut session, can) = match connect(imap, password, self.tls()).await {
            Ok(connected) => connected,
            Err(error) => return Some(Err(error)),
        };
        let mut checks = vec![if can.has_str("IDLE") {
            (true, "the mailbox can be read, and says at once when mail comes".to_owned())
        } else {
            (true, format!("the mailbox can be read; without IDLE it is asked every {} s", imap.poll_secs))
        }];
        for folder in &imap.folders {
            if session.examine(folder).await.is_err() {
                checks.push((false, format!("the folder `{folder}` can't be opened")));
            }
        }
        // Whether it says goodbye or not changes nothing.
        let _ = session.logout().await;
        Some(Ok(checks))
    }
}
