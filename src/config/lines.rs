//! Thresholds of all levels as one list of rules, and the names that the file mentions.

use crate::config::Config;
use crate::config::file::Limits;
use crate::model::inventory::Inventory;
use crate::model::signal::Signal;
use crate::model::source::Call;
use crate::model::subject::Subject;
use crate::model::threshold::{ThresholdRule, Thresholds};

impl Config {
    /// Every critical line of the file; the most specific one wins where they are used.
    pub fn thresholds(&self) -> Thresholds {
        let mut rules = Vec::new();
        let mut add = |subject: &Subject, limits: &Limits, origin: &str| {
            rules.extend(lines(limits).into_iter().map(|(signal, critical)| ThresholdRule {
                subject: subject.clone(),
                signal,
                critical,
                origin: origin.to_owned(),
            }));
        };
        add(&Subject::default(), &self.file.monitoring.thresholds, "monitoring.thresholds");
        for (name, environment) in self.environments() {
            let subject = Subject { environment: name.to_owned(), ..Subject::default() };
            add(&subject, &environment.limits(), name);
        }
        for (name, service) in &self.file.services {
            let subject = Subject { service: Some(name.clone()), ..Subject::default() };
            add(&subject, &service.thresholds, &format!("services.{name}"));
            for (route, limits) in &service.endpoints {
                let subject = Subject { endpoint: Some(route.clone()), ..subject.clone() };
                add(&subject, limits, &format!("services.{name}.endpoints.{route}"));
            }
        }
        Thresholds { rules }
    }

    /// All environments of the file, under whichever key.
    pub fn environments(&self) -> impl Iterator<Item = (&str, &crate::config::file::Environment)> {
        let file = &self.file;
        [("dev", &file.dev), ("qa", &file.qa), ("prod", &file.prod)]
            .into_iter()
            .filter_map(|(name, environment)| environment.as_ref().map(|environment| (name, environment)))
            .chain(file.environments.iter().map(|(name, environment)| (name.as_str(), environment)))
    }

    /// The names that the file mentions; what the sources see is added by the running agent.
    pub fn inventory(&self) -> Inventory {
        let probes = self.file.sources.probe.iter().filter_map(|probe| probe.service.clone());
        let scrapes = self.file.sources.scrape.iter().filter_map(|scrape| scrape.service.clone());
        let mut services: Vec<String> =
            self.file.services.keys().cloned().chain(probes).chain(scrapes).collect();
        services.extend(self.file.services.values().flat_map(|service| service.depends_on.clone()));
        services.sort();
        services.dedup();
        let mut environments: Vec<String> = self.environments().map(|(name, _)| name.to_owned()).collect();
        for usual in ["dev", "qa", "prod"] {
            if !environments.iter().any(|name| name == usual) {
                environments.push(usual.to_owned());
            }
        }
        let sources = &self.file.sources;
        let (postgres, mysql) = (sources.postgres.iter(), sources.mysql.iter());
        let databases =
            postgres.map(|one| one.name.clone()).chain(mysql.map(|one| one.name.clone())).collect();
        let aliases =
            self.file.aliases.iter().map(|(name, names)| (name.to_lowercase(), names.list())).collect();
        Inventory {
            services,
            environments,
            databases,
            aliases,
            timezone: self.file.timezone,
            ..Inventory::default()
        }
    }

    /// Dependencies that the file declares.
    pub fn declared_calls(&self) -> Vec<Call> {
        let edges = self
            .file
            .services
            .iter()
            .flat_map(|(name, service)| service.depends_on.iter().map(|to| (name.clone(), to.clone())));
        edges.map(|(from, to)| Call { environment: String::new(), from, to }).collect()
    }
}

fn lines(limits: &Limits) -> Vec<(Signal, f64)> {
    [
        (Signal::ApiResponseTime, limits.api_response_time_ms),
        (Signal::DatabaseQueryTime, limits.database_query_ms),
        (Signal::ErrorRate, limits.error_rate_percent),
        (Signal::Memory, limits.memory_usage_percent),
        (Signal::Cpu, limits.cpu_usage_percent),
        (Signal::Disk, limits.disk_usage_percent),
        (Signal::DeploymentDuration, limits.deployment_duration_mins),
    ]
    .into_iter()
    .filter_map(|(signal, value)| value.map(|value| (signal, value)))
    .collect()
}
