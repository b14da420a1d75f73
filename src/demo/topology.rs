//! Which services a shop has and who calls whom, as data, so that tests can invent other shops.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::UserError;

/// All services of a shop. Those that nobody calls get the load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topology {
    /// Shown in their `target_info`.
    pub environment: String,
    /// In reading order: callers first.
    pub services: Vec<Service>,
}

/// One HTTP service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Unique.
    pub name: String,
    /// Names of the services that it calls.
    #[serde(default)]
    pub calls: Vec<String>,
    /// Whether it has an SQLite database.
    #[serde(default)]
    pub database: bool,
    /// What it says it runs.
    pub version: String,
    /// At which resident memory it is killed, in megabytes (10^6 bytes).
    #[serde(default = "usual_limit")]
    pub memory_limit_mb: u32,
    /// What it answers. Empty: `POST /work` and `GET /look`, which call everything it calls.
    #[serde(default)]
    pub routes: Vec<Route>,
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// GET or POST.
    pub method: Method,
    /// As axum writes it: `/api/orders/{id}`.
    pub path: String,
    /// Whom it calls before it answers, one after the other.
    #[serde(default)]
    pub calls: Vec<Target>,
    /// What it does with its database.
    #[serde(default)]
    pub statement: Option<Statement>,
    /// How often the load picks it, relative to the other routes of the same service.
    #[serde(default = "usual_weight")]
    pub weight: u32,
}

/// An endpoint of another service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its service.
    pub service: String,
    /// GET or POST.
    pub method: Method,
    /// With `{id}` where a number belongs.
    pub path: String,
}

/// The two that a shop needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Looks.
    Get,
    /// Changes.
    Post,
}

/// What a route does with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statement {
    /// Reads a customer's invoices, by an index.
    Read,
    /// Writes an invoice.
    Write,
}

fn usual_limit() -> u32 {
    192
}

fn usual_weight() -> u32 {
    1
}

impl Default for Topology {
    /// The sample shop: web -> checkout -> payments.
    fn default() -> Self {
        use Method::{Get, Post};
        let to = |service: &str, method, path: &str| {
            vec![Target { service: service.into(), method, path: path.into() }]
        };
        let mut web = Service::new("web", &["checkout"], "2.3.0");
        web.routes = vec![
            Route::new(Get, "/", vec![], None, 3),
            Route::new(Get, "/cart", to("checkout", Get, "/api/orders/{id}"), None, 3),
            Route::new(Post, "/buy", to("checkout", Post, "/api/orders"), None, 4),
        ];
        let mut checkout = Service::new("checkout", &["payments"], "1.4.2");
        checkout.routes = vec![
            Route::new(Post, "/api/orders", to("payments", Post, "/charge"), None, 1),
            Route::new(Get, "/api/orders/{id}", to("payments", Get, "/invoices"), None, 1),
        ];
        let mut payments = Service::new("payments", &[], "1.1.7");
        payments.database = true;
        payments.routes = vec![
            Route::new(Post, "/charge", vec![], Some(Statement::Write), 1),
            Route::new(Get, "/invoices", vec![], Some(Statement::Read), 1),
        ];
        Self { environment: "prod".into(), services: vec![web, checkout, payments] }
    }
}

impl Service {
    /// A service without routes of its own and without a database.
    pub fn new(name: &str, calls: &[&str], version: &str) -> Self {
        Self {
            name: name.into(),
            calls: calls.iter().map(|&c| c.into()).collect(),
            database: false,
            version: version.into(),
            memory_limit_mb: usual_limit(),
            routes: Vec::new(),
        }
    }
}

impl Route {
    fn new(
        method: Method,
        path: &str,
        calls: Vec<Target>,
        statement: Option<Statement>,
        weight: u32,
    ) -> Self {
        Self { method, path: path.into(), calls, statement, weight }
    }
}

impl Topology {
    /// The same with routes for those that name none, the called before their callers, so that
    /// each can be told where the others answer.
    ///
    /// # Errors
    /// A name twice, a call to a service that is not there, or a circle of calls.
    pub fn in_order(&self) -> Result<Vec<Service>, UserError> {
        let names: BTreeSet<&str> = self.services.iter().map(|s| s.name.as_str()).collect();
        if names.len() != self.services.len() || names.is_empty() {
            return Err(UserError::new("A shop needs services, each with a name of its own."));
        }
        for service in &self.services {
            let routed = service.routes.iter().flat_map(|r| &r.calls).map(|t| &t.service);
            if let Some(unknown) = service.calls.iter().find(|c| !names.contains(c.as_str())) {
                return Err(UserError::new(format!(
                    "`{}` calls `{unknown}`, which is not there.",
                    service.name
                )));
            }
            if let Some(undeclared) = routed.into_iter().find(|t| !service.calls.contains(t)) {
                return Err(UserError::new(format!(
                    "A route of `{}` calls `{undeclared}`, which its `calls` don't name.",
                    service.name
                )));
            }
        }
        let mut ordered: Vec<Service> = Vec::new();
        while ordered.len() < self.services.len() {
            let started = |name: &str| ordered.iter().any(|s| s.name == name);
            let Some(next) =
                self.services.iter().find(|s| !started(&s.name) && s.calls.iter().all(|c| started(c)))
            else {
                return Err(UserError::new("The services call each other in a circle."));
            };
            let mut next = next.clone();
            if next.routes.is_empty() {
                next.routes = usual_routes(&next, &ordered);
            }
            ordered.push(next);
        }
        Ok(ordered)
    }

    /// Those that nobody calls: where people enter.
    pub fn entries(&self) -> impl Iterator<Item = &str> {
        let called: BTreeSet<&str> =
            self.services.iter().flat_map(|s| &s.calls).map(|c| c.as_str()).collect();
        self.services.iter().map(|s| s.name.as_str()).filter(move |name| !called.contains(name))
    }
}

fn usual_routes(service: &Service, ready: &[Service]) -> Vec<Route> {
    let route = |method, path: &str, statement, weight| {
        let calls = ready
            .iter()
            .filter(|other| service.calls.contains(&other.name))
            .filter_map(|other| {
                let same = other.routes.iter().find(|r| r.method == method);
                let chosen = same.or_else(|| other.routes.first())?;
                Some(Target { service: other.name.clone(), method: chosen.method, path: chosen.path.clone() })
            })
            .collect();
        Route::new(method, path, calls, service.database.then_some(statement), weight)
    };
    vec![route(Method::Post, "/work", Statement::Write, 4), route(Method::Get, "/look", Statement::Read, 6)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(topology: &Topology) -> Result<Vec<String>, String> {
        topology
            .in_order()
            .map(|s| s.into_iter().map(|s| s.name).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_called_start_before_their_callers() {
        let shop = Topology::default();
        assert_eq!(names(&shop), Ok(vec!["payments".into(), "checkout".into(), "web".into()]));
        assert_eq!(shop.entries().collect::<Vec<_>>(), ["web"]);
    }

    #[test]
    fn a_service_without_routes_calls_all_that_it_names() {
        let mut shop = Topology {
            environment: "prod".into(),
            services: vec![
                Service::new("edge", &["a", "b"], "1"),
                Service::new("a", &["b"], "1"),
                Service::new("b", &[], "1"),
            ],
        };
        shop.services[2].database = true;
        let ordered = shop.in_order().expect("it is sound");
        assert_eq!(ordered[0].routes[0].statement, Some(Statement::Write));
        assert_eq!(ordered[2].routes[1].calls.len(), 2);
        assert_eq!(ordered[2].routes[1].calls[0].path, "/look");
    }

    #[test]
    fn what_cannot_start_is_refused() {
        let shop = |services| Topology { environment: String::new(), services };
        for (services, why) in [
            (vec![], "A shop needs services"),
            (vec![Service::new("a", &[], "1"), Service::new("a", &[], "1")], "a name of its own"),
            (vec![Service::new("a", &["b"], "1")], "`b`, which is not there"),
            (vec![Service::new("a", &["b"], "1"), Service::new("b", &["a"], "1")], "in a circle"),
        ] {
            let said = names(&shop(services)).expect_err("it is not sound");
            assert!(said.contains(why), "{said}");
        }
    }
}
