//! Whether the mail settings fit together, and with the rest of the file.

use crate::config::{Config, Problem};

/// What is wrong with the mail settings of the file.
pub fn problems(name: &str, config: &Config) -> Vec<Problem> {
    let problem = |pointer: &str, what: String| Problem {
        file: name.to_owned(),
        at: config.document.mark(pointer),
        what,
    };
    let file = &config.file;
    let mut found = Vec::new();
    if let Some(mail) = &file.mail {
        found.extend(mail.problems().into_iter().map(|(key, what)| problem(&format!("/mail/{key}"), what)));
        if mail.hook && file.hooks.secret.is_none() {
            let what = "`mail.hook` needs `hooks.secret`: {env: NAME} or {file: PATH}; what is not signed is refused";
            found.push(problem("/mail/hook", what.to_owned()));
        }
    }
    for (key, addresses) in [
        ("email_to", &file.alerts.email_to),
        ("daily_report_email_to", &file.alerts.daily_report_email_to),
        ("weekly_report_email_to", &file.alerts.weekly_report_email_to),
    ] {
        for (at, address) in addresses.iter().enumerate() {
            let parts = address.split_once('@');
            if parts.is_none_or(|(local, domain)| local.is_empty() || domain.is_empty())
                || address.contains([' ', '<', '>', ','])
            {
                let what = format!("`alerts.{key}` takes mail addresses, each on its own: ops@example.com");
                found.push(problem(&format!("/alerts/{key}/{at}"), what));
            }
        }
    }
    found
}

/// What will not happen although the file asks for it, in a sentence.
pub fn trouble(config: &Config) -> Option<String> {
    let alerts = &config.file.alerts;
    if !alerts.email_enabled {
        return None;
    }
    if config.file.mail.is_none() {
        return Some("`alerts.email_enabled` needs the section `mail`, so nothing is mailed".to_owned());
    }
    alerts
        .email_to
        .is_empty()
        .then(|| "`alerts.email_enabled` needs `alerts.email_to`, so no alert is mailed".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::config::parse;

    #[test]
    fn what_does_not_fit_together_is_named_with_its_place() {
        let text = "mail:\n  from: quad@example.com\n  smtp:\n    host: mail.example.com\n    user: quad\n  hook: true\nalerts:\n  email_enabled: true\n  email_to: [ops@example.com, ops]\n";
        let said = parse("quad.yml", text).expect_err("is refused").to_string();
        insta::assert_snapshot!(said, @"
        quad.yml:3:3: `mail.smtp` needs both `user` and `password`, or neither
        quad.yml:6:3: `mail.hook` needs `hooks.secret`: {env: NAME} or {file: PATH}; what is not signed is refused
        quad.yml:9:31: `alerts.email_to` takes mail addresses, each on its own: ops@example.com
        ");
        let unclear = parse("quad.yml", "mail:\n  from: somebody\n").expect_err("is refused").to_string();
        assert!(unclear.contains("`mail` needs `smtp`"), "{unclear}");
    }

    #[test]
    fn asking_for_mail_without_a_server_is_said_and_does_no_harm() {
        let config = parse("quad.yml", "alerts:\n  email_enabled: true\n").expect("is used all the same");
        insta::assert_snapshot!(super::trouble(&config).expect("is said"), @"`alerts.email_enabled` needs the section `mail`, so nothing is mailed");
    }
}
