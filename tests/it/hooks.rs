//! Deployments announced by a pipeline: signed, fresh, once.

use chrono::{TimeDelta, Utc};
use quad::model::deployment::Learned;
use quad::web::signature::sign;
use secrecy::{ExposeSecret as _, SecretString};

use crate::support::door::{House, Reply, cli_token, hook_secret};
use crate::support::program::repository;

const BODY: &str = r#"{"service":"checkout","version":"v1.2.3","environment":"prod","took_seconds":240}"#;

async fn send(house: &House, secret: &SecretString, age: TimeDelta, body: &str) -> Reply {
    let at = house.clock.now() - age;
    let (stamp, signature) = (at.timestamp().to_string(), sign(secret, at, body.as_bytes()));
    let headers = [("x-quad-timestamp", stamp.as_str()), ("x-quad-signature", signature.as_str())];
    house.call("POST", "/hooks/deployments", &headers, body.as_bytes()).await
}

#[tokio::test]
async fn a_signed_deployment_is_noted() {
    let house = House::open().await;
    let reply = send(&house, &hook_secret(), TimeDelta::zero(), BODY).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"deployment":"checkout v1.2.3","new":true}"#));
    let deployed = house.deployed.lock().expect("no panic")[0].clone();
    assert_eq!((deployed.environment.as_str(), deployed.took_seconds), ("prod", Some(240)));
    assert_eq!((deployed.at, deployed.learned), (house.clock.now(), Learned::Hook));
}

#[tokio::test]
async fn the_call_that_the_readme_shows_is_taken() {
    let house = House::open().await;
    house.clock.advance(Utc::now() - house.clock.now());
    let readme = repository("README.md");
    let (_, rest) = readme.split_once("```sh\nBODY=").expect("the README shows a call");
    let call = rest.split("```").next().expect("it ends").replace("https://quad.example.com", &house.url());
    let said = tokio::process::Command::new("bash")
        .args(["-euo", "pipefail", "-c", &format!("BODY={call}")])
        .env("QUAD_HOOK_SECRET", hook_secret().expose_secret())
        .output()
        .await
        .expect("bash runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let deployed = house.deployed.lock().expect("no panic")[0].clone();
    assert_eq!((deployed.service.as_str(), deployed.took_seconds), ("checkout", Some(285)));
}

#[tokio::test]
async fn forged_replayed_and_old_deployments_are_refused() {
    let house = House::open().await;
    let forged = send(&house, &SecretString::from("guess".repeat(4)), TimeDelta::zero(), BODY).await;
    assert_eq!(forged.status, 401);
    assert!(forged.body.contains("the signature does not fit"), "{}", forged.body);
    let old = send(&house, &hook_secret(), TimeDelta::minutes(6), BODY).await;
    assert!(old.status == 401 && old.body.contains("5 minutes"), "{}", old.body);
    let unsigned = house.call("POST", "/hooks/deployments", &[], BODY.as_bytes()).await;
    assert!(unsigned.status == 401 && unsigned.body.contains("X-Quad-Timestamp"), "{}", unsigned.body);
    assert!(house.deployed.lock().expect("no panic").is_empty());

    assert_eq!(send(&house, &hook_secret(), TimeDelta::zero(), BODY).await.status, 200);
    let replayed = send(&house, &hook_secret(), TimeDelta::zero(), BODY).await;
    assert!(replayed.status == 401 && replayed.body.contains("received before"), "{}", replayed.body);
    assert_eq!(house.deployed.lock().expect("no panic").len(), 1);
}

#[tokio::test]
async fn a_body_that_makes_no_sense_is_refused_with_its_reason() {
    let house = House::open().await;
    for (body, reason) in [
        (r#"{"servce":"a","version":"1"}"#, "unknown field `servce`"),
        (r#"{"service":"a""#, "EOF"),
        (r#"{"service":"","version":"1"}"#, "`service` is empty"),
    ] {
        let reply = send(&house, &hook_secret(), TimeDelta::zero(), body).await;
        assert!(reply.status == 400 && reply.body.contains(reason), "{}", reply.body);
    }
}

#[tokio::test]
async fn the_command_line_announces_with_its_own_token() {
    let house = House::open().await;
    let bearer = format!("Bearer {}", cli_token());
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let reply = house.call("POST", "/api/deployments", &headers, BODY.as_bytes()).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(house.deployed.lock().expect("no panic")[0].learned, Learned::Command);
}
