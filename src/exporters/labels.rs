//! Which label says of whom a number speaks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::subject::Subject;

/// Labels of one row.
pub type Labels = BTreeMap<String, String>;

/// What a label can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// `Subject::service`.
    Service,
    /// `Subject::endpoint`.
    Endpoint,
    /// `Subject::method`.
    Method,
    /// `Subject::host`.
    Host,
    /// `Subject::environment`.
    Environment,
    /// `Subject::region`.
    Region,
    /// The version that runs.
    Version,
    /// `Subject::container`.
    Container,
    /// `Subject::database`.
    Database,
    /// `Subject::peer`.
    Peer,
    /// The status that a request ended with.
    Status,
    /// The kind of error that it ended with.
    ErrorType,
}

impl Role {
    /// The label that queries put the first candidate's value into, where there are several.
    pub fn own_label(self) -> &'static str {
        match self {
            Self::Service => "quad_service",
            Self::Endpoint => "quad_endpoint",
            Self::Method => "quad_method",
            Self::Host => "quad_host",
            Self::Environment => "quad_environment",
            Self::Region => "quad_region",
            Self::Version => "quad_version",
            Self::Container => "quad_container",
            Self::Database => "quad_database",
            Self::Peer => "quad_peer",
            Self::Status => "quad_status",
            Self::ErrorType => "quad_error_type",
        }
    }
}

/// For each role the labels that may hold it; of those that a row has, the first one counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LabelNames {
    /// The service. Default: `service`, `service_name`, `job`.
    pub service: Vec<String>,
    /// The route, not the path. Default: `http_route`, `route`, `handler`, `endpoint`, `uri`,
    /// `path`, `rpc_method`, `grpc_method`.
    pub endpoint: Vec<String>,
    /// The method. Default: `http_request_method`, `http_method`, `method`.
    pub method: Vec<String>,
    /// The machine. Default: `host_name`, `nodename`, `host`, `instance`.
    pub host: Vec<String>,
    /// The environment. Default: `environment`, `deployment_environment_name`,
    /// `deployment_environment`, `env`.
    pub environment: Vec<String>,
    /// The region. Default: `region`, `cloud_region`.
    pub region: Vec<String>,
    /// The version. Default: `service_version`, `version`.
    pub version: Vec<String>,
    /// The container or pod. Default: `name`, `pod`, `container`.
    pub container: Vec<String>,
    /// The database. Default: `db_namespace`, `db_name`, `datname`, `db_system_name`, `db_system`.
    pub database: Vec<String>,
    /// Who is called. Default: `peer_service`, `server_address`, `net_peer_name`, `client_name`.
    pub peer: Vec<String>,
    /// The status of a request. Default: `http_response_status_code`, `http_status_code`,
    /// `status_code`, `status`, `code`, `grpc_code`, `rpc_grpc_status_code`.
    pub status: Vec<String>,
    /// The kind of error. Default: `error_type`, `exception`, `error`.
    pub error_type: Vec<String>,
}

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

impl Default for LabelNames {
    fn default() -> Self {
        Self {
            service: list(&["service", "service_name", "job"]),
            endpoint: list(&[
                "http_route",
                "route",
                "handler",
                "endpoint",
                "uri",
                "path",
                "rpc_method",
                "grpc_method",
            ]),
            method: list(&["http_request_method", "http_method", "method"]),
            host: list(&["host_name", "nodename", "host", "instance"]),
            environment: list(&[
                "environment",
                "deployment_environment_name",
                "deployment_environment",
                "env",
            ]),
            region: list(&["region", "cloud_region"]),
            version: list(&["service_version", "version"]),
            container: list(&["name", "pod", "container"]),
            database: list(&["db_namespace", "db_name", "datname", "db_system_name", "db_system"]),
            peer: list(&["peer_service", "server_address", "net_peer_name", "client_name"]),
            status: list(&[
                "http_response_status_code",
                "http_status_code",
                "status_code",
                "status",
                "code",
                "grpc_code",
                "rpc_grpc_status_code",
            ]),
            error_type: list(&["error_type", "exception", "error"]),
        }
    }
}

impl LabelNames {
    /// The labels that may hold `role`, the first one first.
    pub fn candidates(&self, role: Role) -> &[String] {
        match role {
            Role::Service => &self.service,
            Role::Endpoint => &self.endpoint,
            Role::Method => &self.method,
            Role::Host => &self.host,
            Role::Environment => &self.environment,
            Role::Region => &self.region,
            Role::Version => &self.version,
            Role::Container => &self.container,
            Role::Database => &self.database,
            Role::Peer => &self.peer,
            Role::Status => &self.status,
            Role::ErrorType => &self.error_type,
        }
    }

    /// What a row says about `role`; `None` where it says nothing.
    pub fn pick<'a>(&self, labels: &'a Labels, role: Role) -> Option<&'a str> {
        let own = labels.get(role.own_label());
        let others = self.candidates(role).iter().filter_map(|name| labels.get(name));
        own.into_iter().chain(others).map(String::as_str).find(|value| !value.trim().is_empty())
    }

    /// The subject of a row, as far as `roles` go.
    pub fn subject(&self, labels: &Labels, roles: &[Role]) -> Subject {
        let told = |role| roles.contains(&role).then(|| self.pick(labels, role)).flatten().map(str::to_owned);
        Subject {
            environment: told(Role::Environment).unwrap_or_default(),
            region: told(Role::Region),
            service: told(Role::Service),
            endpoint: told(Role::Endpoint),
            method: told(Role::Method),
            host: told(Role::Host).map(|host| without_port(&host).to_owned()),
            container: told(Role::Container),
            database: told(Role::Database),
            peer: told(Role::Peer),
            error_kind: None,
            statement: None,
        }
    }
}

/// `db-1:9100` as `db-1`, `[::1]:9100` as `::1`.
pub fn without_port(instance: &str) -> &str {
    if let Some(rest) = instance.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match instance.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.parse::<u16>().is_ok() => host,
        _ => instance,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_first_label_that_a_row_has_counts() {
        let names = LabelNames::default();
        let row = labels(&[
            ("job", "shop"),
            ("service", "checkout"),
            ("http_route", "/orders/{id}"),
            ("route", "x"),
        ]);
        let subject = names.subject(&row, &[Role::Service, Role::Endpoint]);
        assert_eq!(
            (subject.service.as_deref(), subject.endpoint.as_deref()),
            (Some("checkout"), Some("/orders/{id}"))
        );
        assert_eq!(names.pick(&labels(&[("service", ""), ("job", "shop")]), Role::Service), Some("shop"));
    }

    #[test]
    fn a_machine_is_named_without_its_port() {
        for (instance, host) in [
            ("db-1:9100", "db-1"),
            ("10.0.0.1:9100", "10.0.0.1"),
            ("[::1]:9100", "::1"),
            ("db-1", "db-1"),
            ("::1", "::1"),
        ] {
            assert_eq!(without_port(instance), host);
        }
    }
}
