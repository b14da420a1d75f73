//! Steady visitors: about 25 requests a second on the services where people enter.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::demo::client::Client;
use crate::demo::dice::Dice;
use crate::demo::topology::{Route, Service};

/// Between two requests, in milliseconds: 25 a second on average, unevenly.
const PAUSE_MS: (u64, u64) = (10, 70);
/// Visitors give up when the shop hangs, or its recovery would drown in old requests.
const AT_ONCE: usize = 100;

/// Visits until it is dropped. `entries` are services with the address where they answer.
pub(super) async fn visit(entries: Vec<(Service, String)>) {
    let client = Client::new();
    let dice = Dice::new();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        tokio::time::sleep(Duration::from_millis(dice.between(PAUSE_MS.0, PAUSE_MS.1))).await;
        let (service, base) = &entries[dice.between(0, entries.len() as u64) as usize];
        let (Some(route), Ok(place)) =
            (pick(&service.routes, &dice), Arc::clone(&places).try_acquire_owned())
        else {
            continue;
        };
        let url = format!("{base}{}", route.path.replace("{id}", &dice.between(1, 500).to_string()));
        let (client, method) = (client.clone(), route.method);
        tokio::spawn(async move {
            // Visitors don't report what they got; the services count it themselves.
            let _ = client.call(method, &url).await;
            drop(place);
        });
    }
}

fn pick<'a>(routes: &'a [Route], dice: &Dice) -> Option<&'a Route> {
    let mut left = dice.between(0, routes.iter().map(|r| u64::from(r.weight)).sum());
    routes.iter().find(|route| {
        let chosen = left < u64::from(route.weight);
        left = left.saturating_sub(u64::from(route.weight));
        chosen
    })
}
