//! Who is told when nobody reacts: the file's steps, those of single environments, and what is wrong
//! with them.

use crate::alert::escalation::Policy;
use crate::config::{Config, Problem};
use crate::model::escalation::{Recipient, Step};
use crate::vendors::discord;

impl Config {
    /// All steps in force. A page can't be part of it where `pagerduty` is not set up.
    pub fn escalation(&self) -> Policy {
        let at_once: Vec<String> = self.paged_at_once().map(str::to_owned).collect();
        let at_once = (!at_once.is_empty()).then(|| Step::page(0, at_once));
        let mut steps: Vec<Step> =
            at_once.into_iter().chain(self.file.escalation.steps.iter().cloned()).collect();
        if self.file.pagerduty.is_none() {
            for step in &mut steps {
                step.targets.retain(|target| *target != Recipient::Pagerduty);
            }
        }
        steps.retain(|step| !step.targets.is_empty());
        Policy { steps }
    }

    /// The keys that ask for a page although nothing could call anybody.
    pub fn unpaged(&self) -> Option<String> {
        let keys: Vec<String> =
            self.paged_at_once().map(|name| format!("{name}.escalate_to_oncall")).collect();
        (self.file.pagerduty.is_none() && !keys.is_empty()).then(|| keys.join(", "))
    }

    fn paged_at_once(&self) -> impl Iterator<Item = &str> {
        self.environments().filter(|(_, environment)| environment.escalate_to_oncall).map(|(name, _)| name)
    }
}

/// What is wrong with the steps and the quiet hours of the file.
pub fn problems(name: &str, config: &Config) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut refuse = |pointer: &str, what: String| {
        found.push(Problem { file: name.to_owned(), at: config.document.mark(pointer), what });
    };
    // The default step stands in no file, and asks nobody for anything.
    let said = config.document.value.pointer("/escalation/steps").is_some();
    let mut before: Option<&Step> = None;
    for (at, step) in config.file.escalation.steps.iter().enumerate().filter(|_| said) {
        let pointer = format!("/escalation/steps/{at}");
        if step.targets.is_empty() {
            refuse(&format!("{pointer}/targets"), "a step must tell somebody: `targets` is empty".to_owned());
        }
        if step.severities.is_empty() {
            let what = "a step must be about something: `severities` is empty; leave it out for critical";
            refuse(&format!("{pointer}/severities"), what.to_owned());
        }
        if let Some(before) = before.filter(|before| before.after_minutes > step.after_minutes) {
            let what = format!(
                "steps stand in the order of time: {} min comes after {} min",
                step.after_minutes, before.after_minutes
            );
            refuse(&format!("{pointer}/after_minutes"), what);
        }
        before = Some(step);
        for (n, target) in step.targets.iter().enumerate() {
            if let Some(what) = unreachable(target, config) {
                refuse(&format!("{pointer}/targets/{n}"), what);
            }
        }
    }
    if let Some(hours) = config.file.quiet_hours.as_ref().filter(|hours| hours.from == hours.to) {
        let what = format!("`from` and `to` are both {}: that is no time at all, or all of it", hours.from);
        refuse("/quiet_hours/to", what);
    }
    found
}

/// Why a target can't be reached as the file stands.
fn unreachable(target: &Recipient, config: &Config) -> Option<String> {
    let no_slack = config.file.slack.is_none() || !config.file.alerts.slack_enabled;
    match target {
        Recipient::Pagerduty if config.file.pagerduty.is_none() => Some(
            "`pagerduty` can't be told: the section `pagerduty` with its routing key is missing".to_owned(),
        ),
        Recipient::Mail(address) if !address.contains('@') => {
            Some("a mail address looks like name@example.com".to_owned())
        }
        Recipient::Mail(_) if config.file.mail.is_none() => {
            Some("this address is told by mail, and the section `mail` is missing".to_owned())
        }
        Recipient::Channel(name) | Recipient::Person(name) if name.trim().is_empty() => {
            Some("a name is missing".to_owned())
        }
        Recipient::Channel(_) if no_slack && config.file.discord.is_none() => Some(
            "channels are told in Slack or Discord, and neither section, `slack` or `discord`, is there"
                .to_owned(),
        ),
        Recipient::Person(id) if discord::is_person(id) && config.file.discord.is_none() => {
            Some("this is somebody in Discord, and the section `discord` is missing".to_owned())
        }
        Recipient::Person(id) if !discord::is_person(id) && no_slack => {
            Some("this is somebody in Slack, and the section `slack` is missing".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use crate::model::finding::Severity;

    #[test]
    fn every_problem_is_said_in_a_sentence_with_its_place() {
        let text = r##"
escalation:
  steps:
    - after_minutes: 10
      targets: [pagerduty, {channel: "#oncall"}, {mail: nobody}]
    - after_minutes: 5
      targets: []
      severities: []
quiet_hours: {from: "22:00", to: "22:00"}
"##;
        let found = parse("quad.yml", text).expect_err("is refused");
        insta::assert_snapshot!(found, @r"
        quad.yml:5:17: `pagerduty` can't be told: the section `pagerduty` with its routing key is missing
        quad.yml:5:28: channels are told in Slack or Discord, and neither section, `slack` or `discord`, is there
        quad.yml:5:50: a mail address looks like name@example.com
        quad.yml:6:7: steps stand in the order of time: 5 min comes after 10 min
        quad.yml:7:7: a step must tell somebody: `targets` is empty
        quad.yml:8:7: a step must be about something: `severities` is empty; leave it out for critical
        quad.yml:9:30: `from` and `to` are both 22:00: that is no time at all, or all of it
        ");
        let found = parse("quad.yml", "escalation: {steps: [{after_minutes: 5, targets: [pager]}]}");
        insta::assert_snapshot!(found.expect_err("is refused"), @"quad.yml:1:51: `escalation.steps.0.targets.0` does not take such a value: it must be pagerduty, {channel: NAME}, {person: ID} or {mail: ADDRESS}");
        let found = parse("quad.yml", "quiet_hours: {from: '22:60', to: '7:00'}");
        insta::assert_snapshot!(found.expect_err("is refused"), @"quad.yml:1:15: `quiet_hours.from` must be a time of day, such as 09:00");
    }

    #[test]
    fn an_environment_may_page_at_once_and_everything_else_after_a_quarter_of_an_hour() {
        let config = parse(
            "quad.yml",
            "pagerduty: {}
prod: {escalate_to_oncall: true}
",
        )
        .expect("reads");
        let policy = config.escalation();
        let chain = |environment| {
            let chain = policy.chain(environment, Severity::Critical);
            chain
                .iter()
                .map(|(after, to)| format!("{} min: {}", after.num_minutes(), to[0]))
                .collect::<Vec<_>>()
        };
        assert_eq!(chain("prod"), ["0 min: PagerDuty", "15 min: PagerDuty"]);
        assert_eq!(chain("qa"), ["15 min: PagerDuty"]);
        assert!(policy.chain("prod", Severity::Warning).is_empty());
        assert!(parse("quad.yml", "").expect("reads").escalation().steps.is_empty(), "nobody to page");
    }
}
