//! Answers requests: waits a little, calls others, asks the database, and counts all of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{MethodFilter, get, on};
use tokio::sync::watch;

use crate::demo::client::Client;
use crate::demo::dice::Dice;
use crate::demo::fault::Behaviour;
use crate::demo::service::Orders;
use crate::demo::service::database::Database;
use crate::demo::service::metrics::{Identity, Metrics};
use crate::demo::topology::{Method, Route, Statement, Target};

/// What a request takes by itself, in milliseconds.
const WORK_MS: (u64, u64) = (2, 7);
/// What the bad version takes longer, in milliseconds.
const BAD_MS: (u64, u64) = (350, 600);
/// How many of a hundred requests fail with the fault errors, and with the bad version.
const FAILING: u64 = 35;
const BAD_FAILING: u64 = 6;

/// Shared by all requests.
struct Desk {
    name: String,
    peers: BTreeMap<String, String>,
    metrics: Metrics,
    database: Option<Database>,
    behaviour: watch::Receiver<Behaviour>,
    client: Client,
    dice: Dice,
}

/// The service's routes and its `/metrics`; starts the batch job beside it.
pub(super) async fn app(orders: Orders, behaviour: &watch::Sender<Behaviour>) -> anyhow::Result<Router> {
    let service = orders.service;
    let database = if service.database {
        let database = Database::open(&orders.data, &service.name).await?;
        tokio::spawn(database.clone().batch_job(behaviour.subscribe()));
        Some(database)
    } else {
        None
    };
    let desk = Arc::new(Desk {
        metrics: Metrics::new(Identity {
            service: service.name.clone(),
            version: service.version,
            environment: orders.environment,
            memory_limit_bytes: u64::from(service.memory_limit_mb) * 1_000_000,
        }),
        name: service.name,
        peers: orders.peers,
        database,
        behaviour: behaviour.subscribe(),
        client: Client::new(),
        dice: Dice::new(),
    });

    let page = Arc::clone(&desk);
    let metrics = move || async move {
        ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page.metrics.page())
    };
    let mut router = Router::new().route("/metrics", get(metrics));
    for route in service.routes {
        let filter = match route.method {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
        };
        let (path, desk, route) = (route.path.clone(), Arc::clone(&desk), Arc::new(route));
        let handler = move || {
            let (desk, route) = (Arc::clone(&desk), Arc::clone(&route));
            async move {
                let (status, error) = desk.answer(&route).await;
                let body =
                    serde_json::json!({ "service": desk.name, "ok": error.is_empty(), "error": error });
                (status, axum::Json(body)).into_response()
            }
        };
        router = router.route(&path, on(filter, handler));
    }
    Ok(router)
}

impl Desk {
    async fn answer(&self, route: &Route) -> (StatusCode, String) {
        let start = Instant::now();
        let (status, error) = match self.work(route).await {
            Ok(()) => (StatusCode::OK, String::new()),
            Err((status, error)) => (status, error),
        };
        self.metrics.answered(verb(route.method), &route.path, status.as_u16(), &error, start.elapsed());
        (status, error)
    }

    async fn work(&self, route: &Route) -> Result<(), (StatusCode, String)> {
        let behaviour = *self.behaviour.borrow();
        self.wait(WORK_MS).await;
        if behaviour.bad_deploy {
            self.wait(BAD_MS).await;
        }
        for target in &route.calls {
            self.call(target).await?;
        }
        if let Some(statement) = route.statement {
            self.query(statement).await?;
        }
        // Last, so that whoever it calls sees the same traffic as before.
        let own = |kind: &str| Err((StatusCode::INTERNAL_SERVER_ERROR, kind.to_owned()));
        if behaviour.errors && self.dice.chance(FAILING) {
            return own("InventoryMismatch");
        }
        if behaviour.bad_deploy && self.dice.chance(BAD_FAILING) {
            return own("NullReference");
        }
        Ok(())
    }

    async fn call(&self, target: &Target) -> Result<(), (StatusCode, String)> {
        let base = self.peers.get(&target.service).map_or("", String::as_str);
        let url = format!("{base}{}", target.path.replace("{id}", &self.dice.between(1, 500).to_string()));
        let start = Instant::now();
        let result = self.client.call(target.method, &url).await;
        let (status, error) = match result {
            Ok(status) if status >= 400 => (status, status.to_string()),
            Ok(status) => (status, String::new()),
            Err(kind) => (0, kind.to_owned()),
        };
        self.metrics.called(verb(target.method), &target.service, status, &error, start.elapsed());
        match (status, error.as_str()) {
            (_, "") => Ok(()),
            (0, "timeout") => Err((StatusCode::GATEWAY_TIMEOUT, error)),
            (0, _) => Err((StatusCode::SERVICE_UNAVAILABLE, error)),
            _ => Err((StatusCode::BAD_GATEWAY, "502".to_owned())),
        }
    }

    async fn query(&self, statement: Statement) -> Result<(), (StatusCode, String)> {
        let Some(database) = &self.database else { return Ok(()) };
        let operation = match statement {
            Statement::Read => "SELECT",
            Statement::Write => "INSERT",
        };
        let start = Instant::now();
        let result = database.run(statement, self.dice.between(0, 500)).await;
        let error = if result.is_ok() { "" } else { "DatabaseError" };
        self.metrics.queried(&self.name, operation, error, start.elapsed());
        result.map_err(|_| (StatusCode::INTERNAL_SERVER_ERROR, error.to_owned()))
    }

    async fn wait(&self, (low, high): (u64, u64)) {
        tokio::time::sleep(Duration::from_millis(self.dice.between(low, high))).await;
    }
}

fn verb(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
    }
}
