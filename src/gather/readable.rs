//! What a question may use: everything that can be read, and nothing that can act. The store is
//! private here, so that no handler can reach its writing half.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use chrono_tz::Tz;

use crate::alert::escalation::Policy;
use crate::alert::runbook::Runbooks;
use crate::alert::{MaintenanceWindow, SubjectSilence};
use crate::diagnose::words::Detail;
use crate::diagnose::{Evidence, Problem, Recorded};
use crate::gather::databases::{Databases, Known};
use crate::gather::said::{self, InForce};
use crate::gather::{Asked, Gatherer, report};
use crate::model::alert::{Alert, AlertNumber};
use crate::model::answer::Answer;
use crate::model::chart::Chart;
use crate::model::deployment::Deployment;
use crate::model::diagnosis::Diagnosis;
use crate::model::inbound::Inbound;
use crate::model::inventory::Inventory;
use crate::model::outgoing::{Place, Platform};
use crate::model::request::Scope;
use crate::model::sample::{Baseline, HourSummary, Observation, Sample, SeriesKey};
use crate::model::source::{Call, SourceHealth};
use crate::model::thread::Remembered;
use crate::model::threshold::Thresholds;
use crate::model::time::{Moment, TimeRange};
use crate::ports::clock::Clock;
use crate::store::{AlertEvent, AuditLine, GivenUp, Store, ThreadKey, Uptime};

/// Key of the silences that hold for subjects, in the store's state.
pub const SILENCES: &str = "alert.silences";

/// What the team has said about itself, fixed while quad runs.
#[derive(Debug, Clone, Default)]
pub struct Team {
    /// Where the team is.
    pub timezone: Tz,
    /// `orgId` of records.
    pub org_id: uuid::Uuid,
    /// Availability that was promised, in percent.
    pub sla_percent: f64,
    /// Lines in force.
    pub thresholds: Thresholds,
    /// Names that the configuration mentions.
    pub named: Inventory,
    /// Dependencies that the configuration declares.
    pub declared_calls: Vec<Call>,
    /// Planned work.
    pub planned: Vec<MaintenanceWindow>,
    /// Seconds between two checks.
    pub check_interval_secs: u32,
    /// Who is told when nobody reacts.
    pub escalation: Policy,
    /// What to do about which alert.
    pub runbooks: Runbooks,
    /// Where issues are opened.
    pub issues: Option<IssuePlace>,
}

/// A place for issues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuePlace {
    /// "acme/shop on GitHub"
    pub place: String,
    /// Labels that each gets.
    pub labels: Vec<String>,
}

/// Reads, and can't write.
#[derive(Clone)]
pub struct Readable {
    store: Store,
    gatherer: Gatherer,
    clock: Clock,
    team: Arc<Team>,
    databases: Databases,
}

impl Readable {
    /// A reading view of `store`.
    pub fn new(store: Store, clock: Clock, team: Arc<Team>) -> Self {
        let gatherer = Gatherer::new(store.clone(), team.declared_calls.clone(), team.timezone)
            .with_thresholds(team.thresholds.clone());
        let databases = Databases::new(store.clone(), Vec::new());
        Self { store, gatherer, clock, team, databases }
    }

    /// One that can also ask these databases.
    #[must_use]
    pub fn asking(mut self, databases: Vec<Known>) -> Self {
        self.databases = Databases::new(self.store.clone(), databases);
        self.gatherer = self.gatherer.asking(self.databases.clone());
        self
    }

    /// The databases that can be asked.
    pub fn databases(&self) -> &Databases {
        &self.databases
    }

    /// The time now.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// What the team has said about itself.
    pub fn team(&self) -> &Team {
        &self.team
    }

    /// A moment as the team writes it, "14:02", with the date where it is not today.
    pub fn shown(&self, at: Moment) -> String {
        let local = at.with_timezone(&self.team.timezone);
        let today = self.now().with_timezone(&self.team.timezone).date_naive();
        let form = if local.date_naive() == today { "%H:%M" } else { "%a %-d %b %H:%M" };
        crate::model::answer::moment(at, &local.format(form).to_string())
    }

    /// A stretch of time: "on Wed 7 Jan", "from 10:00 to 12:00".
    pub fn stretch(&self, range: TimeRange) -> String {
        let local = |at: Moment| at.with_timezone(&self.team.timezone).naive_local();
        let (from, to) = (local(range.from), local(range.to));
        if from.time() == NaiveTime::MIN && from.date().succ_opt().map(NaiveDateTime::from) == Some(to) {
            return format!("on {}", from.format("%a %-d %b"));
        }
        format!("from {} to {}", self.shown(range.from), self.shown(range.to))
    }

    /// All names that a person may mean: those of the configuration, and those that were seen.
    pub async fn inventory(&self) -> anyhow::Result<Inventory> {
        let mut all = self.team.named.clone();
        all.aliases.extend(self.said().await?.aliases);
        all.timezone = self.team.timezone;
        for key in self.store.keys(self.now() - TimeDelta::days(7)).await? {
            let subject = key.subject;
            let add = |list: &mut Vec<String>, name: Option<String>| {
                if let Some(name) = name.filter(|name| !name.is_empty() && !list.contains(name)) {
                    list.push(name);
                }
            };
            add(&mut all.environments, Some(subject.environment));
            add(&mut all.services, subject.service);
            add(&mut all.services, subject.peer);
            add(&mut all.containers, subject.container);
            add(&mut all.hosts, subject.host);
            add(&mut all.databases, subject.database);
            add(&mut all.regions, subject.region);
        }
        Ok(all)
    }

    /// Services of the team: those of the configuration, and those that were seen themselves. Who is
    /// only called by them may be anybody's, so nobody asks why it is not measured.
    pub async fn services(&self) -> anyhow::Result<Vec<String>> {
        let keys = self.store.keys(self.now() - TimeDelta::days(7)).await?;
        let seen = keys.into_iter().filter_map(|key| key.subject.service);
        let all: BTreeSet<String> = self.team.named.services.iter().cloned().chain(seen).collect();
        Ok(all.into_iter().filter(|name| !name.is_empty()).collect())
    }

    /// Finds what differs most from its usual, and explains it; or says that nothing does.
    pub async fn look_into(&self, asked: Asked, scope: &Scope, detail: Detail) -> anyhow::Result<Answer> {
        self.gatherer.answer(asked, scope, self.now(), detail).await
    }

    /// The diagnosis of a problem as of `at`, with the evidence it rests on.
    pub async fn explain(&self, problem: &Problem, at: Moment) -> anyhow::Result<(Diagnosis, Evidence)> {
        self.gatherer.explain(problem, at).await
    }

    /// How a series went up to `at`, with what helps to judge it; `None` where there is too little
    /// to draw. `alert` is when the alert about it began.
    pub async fn picture(
        &self,
        key: &SeriesKey,
        at: Moment,
        alert: Option<Moment>,
    ) -> anyhow::Result<Option<Chart>> {
        self.gatherer.picture(key, at, alert).await
    }

    /// The newest value of each series not older than `since`.
    pub async fn latest(&self, since: Moment) -> anyhow::Result<Vec<Observation>> {
        self.store.latest(since).await
    }

    /// Series that were seen since then.
    pub async fn keys(&self, since: Moment) -> anyhow::Result<Vec<SeriesKey>> {
        self.store.keys(since).await
    }

    /// Samples of one series.
    pub async fn samples(&self, key: &SeriesKey, range: TimeRange) -> anyhow::Result<Vec<Sample>> {
        self.store.samples(key, range).await
    }

    /// Summaries of whole hours of one series; a year of them is kept.
    pub async fn hours(&self, key: &SeriesKey, range: TimeRange) -> anyhow::Result<Vec<HourSummary>> {
        self.store.hours(key, range).await
    }

    /// Minutes in which each subject was seen, and answered.
    pub async fn uptime(&self, range: TimeRange) -> anyhow::Result<Vec<Uptime>> {
        self.store.uptime(range).await
    }

    /// The audit log, oldest first.
    pub async fn audit(&self, range: TimeRange) -> anyhow::Result<Vec<AuditLine>> {
        self.store.audit(range).await
    }

    /// Lines in force now.
    pub async fn thresholds(&self) -> anyhow::Result<Thresholds> {
        let mut all = self.team.thresholds.clone();
        all.rules.extend(self.said().await?.lines);
        Ok(all)
    }

    /// What people said in chat and somebody approved, as it is in force.
    pub async fn said(&self) -> anyhow::Result<InForce> {
        Ok(said::in_force(&self.store.changes_in_force().await?, self.now(), self.team.timezone))
    }

    /// What is usual for a series at that hour.
    pub async fn baseline(&self, key: &SeriesKey, hour_of_week: u8) -> anyhow::Result<Option<Baseline>> {
        self.store.baseline(key, hour_of_week).await
    }

    /// Alerts that are not over.
    pub async fn open_alerts(&self) -> anyhow::Result<Vec<Alert>> {
        self.store.open_alerts().await
    }

    /// One alert.
    pub async fn alert(&self, number: AlertNumber) -> anyhow::Result<Option<Alert>> {
        self.store.alert(number).await
    }

    /// Alerts that were open at some time in `range`.
    pub async fn alerts_between(&self, range: TimeRange) -> anyhow::Result<Vec<Alert>> {
        self.store.alerts_between(range).await
    }

    /// The alert whose thread `place` is.
    pub async fn alert_under(
        &self,
        platform: Platform,
        place: &Place,
    ) -> anyhow::Result<Option<AlertNumber>> {
        self.store.alert_under(platform, place).await
    }

    /// What people said in chats and mails, oldest first.
    pub async fn said_between(&self, range: TimeRange) -> anyhow::Result<Vec<Inbound>> {
        self.store.said_between(range).await
    }

    /// What happened to an alert, oldest first.
    pub async fn alert_events(&self, number: AlertNumber) -> anyhow::Result<Vec<AlertEvent>> {
        self.store.alert_events(number).await
    }

    /// What was asked at a place last.
    pub async fn remembered(&self, key: &ThreadKey) -> anyhow::Result<Option<Remembered>> {
        self.store.remembered(key).await
    }

    /// Deployments, oldest first.
    pub async fn deployments(&self, range: TimeRange) -> anyhow::Result<Vec<Deployment>> {
        self.store.deployments(range).await
    }

    /// The report of a day where the team is.
    pub async fn daily_report(&self, day: NaiveDate) -> anyhow::Result<Answer> {
        let upcoming = self
            .team
            .planned
            .iter()
            .map(|window| report::Upcoming { what: window.title.clone(), range: window.range });
        let settings = report::Settings { sla_percent: self.team.sla_percent, upcoming: upcoming.collect() };
        report::daily(&self.store, day, self.team.timezone, &settings, self.now()).await
    }

    /// Silences of whole subjects.
    pub async fn silences(&self) -> anyhow::Result<Vec<SubjectSilence>> {
        let mut all: Vec<SubjectSilence> = self.store.state(SILENCES).await?.unwrap_or_default();
        all.extend(self.said().await?.silences);
        Ok(all)
    }

    /// What the diagnosis of an alert was made from.
    pub async fn evidence(&self, number: AlertNumber) -> anyhow::Result<Option<Recorded>> {
        self.store.evidence(number).await
    }

    /// Messages that could not be delivered since then.
    pub async fn given_up(&self, since: Moment) -> anyhow::Result<Vec<GivenUp>> {
        self.store.given_up(since).await
    }

    /// How the sources are doing.
    pub async fn source_health(&self) -> anyhow::Result<Vec<SourceHealth>> {
        self.store.source_health().await
    }
}
