//! The page in a real browser: it can be talked to, it keeps itself up to date, and it fits a phone.

use std::path::Path;

use chrono::TimeDelta;
use quad::model::alert::{Alert, AlertNumber, Status};
use quad::model::answer::{Answer, Choice, Control, Figure, Mark, Press, Section, Table};
use quad::model::finding::{Finding, Rule, Severity};
use quad::model::sample::{Observation, SeriesKey};
use quad::model::signal::Signal;
use quad::model::source::{Gap, SourceHealth};
use quad::model::subject::Subject;
use quad::web::CONVERSATION;
use quad::web::settings::Settings;

use crate::support::chromium::{Chromium, Page};
use crate::support::door::House;
use crate::support::processes::{PATIENCE, eventually};

/// A browser that has opened a sign-in link of `house`.
async fn visit(house: &House, browser: &Chromium) -> Page {
    let mut page = browser.page().await;
    let link = house.link().await;
    page.goto(&format!("http://{}{link}", house.address)).await;
    page.wait_for("document.querySelector('#words')", PATIENCE).await;
    page
}

#[tokio::test]
async fn a_person_asks_and_is_answered_without_a_reload() {
    let (house, browser) = (House::open().await, Chromium::start().await);
    let mut page = visit(&house, &browser).await;
    page.wait_for(
        "document.querySelector('#empty')?.innerText.includes('What would you like to know?')",
        PATIENCE,
    )
    .await;
    page.resize(1280, 860).await;
    page.screenshot(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("page-empty.png")).await;
    page.eval("window.stayed = true").await;

    page.type_text("#words", "why is <b>checkout</b> slow?").await;
    page.enter().await;
    page.wait_for(
        "document.querySelector('.message.person .words')?.innerText === 'why is <b>checkout</b> slow?'",
        PATIENCE,
    )
    .await;
    page.wait_for(
        "!document.querySelector('#working').hidden && !document.querySelector('#empty')",
        PATIENCE,
    )
    .await;
    assert_eq!(house.words(), ["why is <b>checkout</b> slow?"]);
    assert_eq!(page.eval("document.querySelector('#words').value").await, "");

    house
        .deliver(
            Answer::new("`payments` is slow").with(Section::Text("<img src=x onerror=alert(1)>".to_owned())),
            None,
        )
        .await;
    page.wait_for(
        "document.querySelector('.message.quad .headline')?.innerText.trim() === 'payments is slow'",
        PATIENCE,
    )
    .await;
    page.wait_for("document.querySelector('#working').hidden", PATIENCE).await;
    assert_eq!(page.eval("document.querySelectorAll('.message img').length").await, 0);

    // The button asks what a person would type.
    page.click("[data-ask='why is it slow?']").await;
    eventually("the question arrives", async || (house.words().len() == 2).then_some(())).await;
    assert_eq!(house.words()[1], "why is it slow?");
    assert_eq!(page.eval("window.stayed").await, true);

    page.goto(&format!("http://{}/", house.address)).await;
    assert_eq!(page.eval("document.querySelectorAll('.message').length").await, 3);
    assert!(page.complaints().is_empty(), "{:?}", page.complaints());
}

#[tokio::test]
async fn a_name_that_was_begun_is_completed_by_tab_or_a_press() {
    let (house, browser) = (House::open().await, Chromium::start().await);
    let seen = Observation {
        key: SeriesKey::new(Signal::ApiResponseTime, Subject::service("prod", "checkout")),
        at: house.clock.now(),
        value: 120.0,
    };
    house.store.record(&[seen]).await.expect("kept");
    let mut page = visit(&house, &browser).await;
    page.wait_for("document.querySelector('#watched .names li')", PATIENCE).await;
    page.type_text("#words", "why is chec").await;
    page.wait_for("!document.querySelector('#names').hidden", PATIENCE).await;
    page.tab().await;
    assert_eq!(page.eval("document.querySelector('#words').value").await, "why is checkout ");
    page.eval("document.querySelector('#words').value = ''").await;
    page.type_text("#words", "CHE").await;
    page.click("[data-complete='checkout']").await;
    assert_eq!(page.eval("document.querySelector('#words').value").await, "checkout ");
    assert_eq!(page.eval("document.querySelector('#names').hidden").await, true);
    assert!(page.complaints().is_empty(), "{:?}", page.complaints());
}

#[tokio::test]
async fn an_alert_appears_is_acknowledged_and_goes_by_itself() {
    let (house, browser) = (House::open().await, Chromium::start().await);
    let mut page = visit(&house, &browser).await;
    page.wait_for("document.querySelector('#alerts').innerText.includes('None.')", PATIENCE).await;

    let mut tx = house.store.begin().await.expect("a transaction");
    let mut alert = slow(&house);
    alert.number = tx.insert_alert(&alert).await.expect("kept");
    tx.commit().await.expect("kept");
    house.web.touch();
    page.wait_for("document.querySelector('.card.firing')?.innerText.includes('checkout')", PATIENCE).await;
    page.wait_for("document.title === '(1) quad'", PATIENCE).await;
    page.click(&format!(".card [data-press='ack:{}']", alert.number.0)).await;
    eventually("the press arrives", async || house.words().first().cloned()).await;
    assert_eq!(house.words(), [format!("ack:{}", alert.number.0)]);

    let mut tx = house.store.begin().await.expect("a transaction");
    alert.status = Status::Resolved;
    assert!(tx.update_alert(&alert).await.expect("kept"));
    tx.commit().await.expect("kept");
    house.web.touch();
    page.wait_for("!document.querySelector('.card') && document.title === 'quad'", PATIENCE).await;
}

#[tokio::test]
async fn a_message_changes_in_place_and_its_thread_stands_under_it() {
    let (house, browser) = (House::open().await, Chromium::start().await);
    let mut page = visit(&house, &browser).await;
    house.deliver(Answer::new("firing").button("Why", Press::Why(AlertNumber(1))), None).await;
    let root = house.store.messages(CONVERSATION, 0, 1).await.expect("reads")[0].id;
    house.deliver(Answer::new("because"), Some(&root.to_string())).await;
    page.wait_for(
        &format!("document.querySelector('#s{root} .thread .headline')?.innerText.includes('because')"),
        PATIENCE,
    )
    .await;

    let mut tx = house.store.begin().await.expect("a transaction");
    let resolved = quad::store::Content::Answer(Answer::new("resolved"));
    tx.edit_message(root, &resolved, house.clock.now()).await.expect("edited");
    tx.commit().await.expect("kept");
    page.wait_for(&format!("document.querySelector('#m{root}').innerText.includes('resolved')"), PATIENCE)
        .await;
    assert_eq!(page.eval("document.querySelectorAll('.message').length").await, 2);

    // A reply typed under it goes into its thread.
    page.click(&format!("#m{root} [data-reply]")).await;
    page.type_text("#words", "and payments?").await;
    page.enter().await;
    page.wait_for(
        &format!("document.querySelector('#s{root} .thread .words')?.innerText === 'and payments?'"),
        PATIENCE,
    )
    .await;
    assert_eq!(house.heard.lock().expect("no panic")[0].place.thread, Some(root.to_string()));
}

#[tokio::test]
async fn a_lost_connection_is_said_and_found_again() {
    let (mut house, browser) = (House::open().await, Chromium::start().await);
    let mut page = visit(&house, &browser).await;
    page.wait_for("document.querySelector('#connection').hidden", PATIENCE).await;
    house.close().await;
    page.wait_for("!document.querySelector('#connection').hidden", PATIENCE).await;
    page.type_text("#words", "are you there?").await;
    page.enter().await;
    page.wait_for("document.querySelector('#trouble').innerText.includes(\"can't be reached\")", PATIENCE)
        .await;
    assert_eq!(page.eval("document.querySelector('#words').value").await, "are you there?");

    let house = house.reopen().await;
    house.deliver(Answer::new("here again"), None).await;
    page.wait_for("document.querySelector('#connection').hidden", PATIENCE).await;
    page.wait_for("document.querySelector('.headline')?.innerText.includes('here again')", PATIENCE).await;
    page.enter().await;
    eventually("what was typed arrives", async || house.words().first().cloned()).await;
    assert_eq!(house.words(), ["are you there?"]);
}

#[tokio::test]
async fn it_fits_a_phone_and_a_desk_by_day_and_by_night() {
    let (house, browser) = (House::open_with(Settings::default(), true).await, Chromium::start().await);
    furnish(&house).await;
    let mut page = visit(&house, &browser).await;
    page.wait_for(
        "document.querySelectorAll('.message').length === 5 && document.querySelector('.card')",
        PATIENCE,
    )
    .await;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (name, width, height, scheme) in [
        ("desk-light", 1280, 860, "light"),
        ("desk-dark", 1280, 860, "dark"),
        ("phone-light", 390, 844, "light"),
        ("phone-dark", 390, 844, "dark"),
    ] {
        page.resize(width, height).await;
        page.prefer(scheme).await;
        page.eval("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))").await;
        page.eval("document.querySelector('#messages').scrollTop = 1e6").await;
        let wide = page.eval("document.documentElement.scrollWidth").await;
        assert_eq!(wide, width, "{name} scrolls sideways");
        // The message box lies in the lower third, whole, where a thumb reaches it.
        let edges = page.eval("(() => { const b = document.querySelector('#say').getBoundingClientRect(); return [b.top, b.bottom]; })()").await;
        let (top, bottom) = (edges[0].as_f64().expect("a number"), edges[1].as_f64().expect("a number"));
        assert!(top > f64::from(height) * 0.66 && bottom <= f64::from(height), "{name}: {top} to {bottom}");
        assert!(page.eval("document.querySelector('.send').offsetHeight").await.as_i64() >= Some(40));
        page.screenshot(&folder.join(format!("page-{name}.png"))).await;
    }
    // By keyboard alone: the first stop leads straight to the message box.
    page.eval("document.activeElement.blur()").await;
    page.tab().await;
    assert_eq!(page.eval("document.activeElement.getAttribute('href')").await, "#say");
    // What is folded away on a phone is one press away.
    page.resize(390, 844).await;
    assert_eq!(page.eval("document.querySelector('#watched').offsetHeight").await, 0);
    page.click("#more").await;
    page.wait_for("document.querySelector('#watched').offsetHeight > 0", PATIENCE).await;
    page.screenshot(&folder.join("page-phone-details.png")).await;
    page.click("#more").await;
    assert!(page.complaints().is_empty(), "{:?}", page.complaints());
}

fn slow(house: &House) -> Alert {
    let now = house.clock.now();
    let subject = Subject {
        endpoint: Some("/api/orders".to_owned()),
        method: Some("POST".to_owned()),
        ..Subject::service("prod", "checkout")
    };
    let finding = Finding {
        rule: Rule::Threshold,
        key: SeriesKey::new(Signal::ApiResponseTime, subject.clone()),
        severity: Severity::Critical,
        value: 1_250.0,
        line: Some((200.0, "prod".to_owned())),
        usual: None,
        since: now - TimeDelta::minutes(4),
        at: now,
        window_seconds: 300,
        note: None,
    };
    Alert {
        number: AlertNumber(0),
        id: uuid::Uuid::new_v4(),
        subject,
        signal: Signal::ApiResponseTime,
        severity: Severity::Critical,
        status: Status::Firing,
        opened_at: now,
        since: finding.since,
        last_seen: now,
        findings: vec![finding],
        acknowledged: None,
        silenced: None,
        resolved: None,
        false_alarm: None,
        reopened: 0,
        diagnosis: None,
        version: 1,
        ledger: Default::default(),
    }
}

async fn furnish(house: &House) {
    let now = house.clock.now();
    let mut tx = house.store.begin().await.expect("a transaction");
    tx.insert_alert(&slow(house)).await.expect("kept");
    tx.commit().await.expect("kept");
    let health = |source: &str, failing: bool, gaps| SourceHealth {
        source: source.to_owned(),
        last_ok: Some(now),
        failing_since: failing.then_some(now),
        error: failing.then(|| "connection refused".to_owned()),
        gaps,
    };
    let gap = Gap {
        signal: Some(Signal::ApiResponseTime),
        of: Some("users-api".to_owned()),
        why: "exports no histogram".to_owned(),
    };
    for health in [
        health("prometheus", false, vec![gap]),
        health("host", false, vec![]),
        health("probe https://shop.example.com/health", true, vec![]),
    ] {
        house.store.put_source_health(&health).await.expect("kept");
    }
    let seen = |signal, name: &str| Observation {
        key: SeriesKey::new(signal, Subject::service("prod", name)),
        at: now,
        value: 1.0,
    };
    let observations = ["web", "checkout", "payments", "users-api"].map(|name| seen(Signal::ErrorRate, name));
    house.store.record(&observations).await.expect("kept");
    house
        .store
        .record(&[seen(Signal::ApiResponseTime, "web"), seen(Signal::ApiResponseTime, "checkout")])
        .await
        .expect("kept");
    talk(house).await;
}

async fn talk(house: &House) {
    let figure = |label: &str, value: &str, compared: &str| Figure {
        label: label.to_owned(),
        value: value.to_owned(),
        compared: compared.to_owned(),
    };
    let number = AlertNumber(1);
    let choice = |label: &str, press| Choice { label: label.to_owned(), press };
    let mut alert = Answer::new("`checkout` POST /api/orders is slow: P95 1,250 ms")
        .marked(Mark::Critical)
        .with(Section::Figures(vec![
            figure("P95", "1,250 ms", "usually 130 ms at this hour"),
            figure("Error rate", "0.4 %", "0.1 % an hour ago"),
            figure("Traffic", "83.3 req/s", "81 req/s an hour ago"),
        ]))
        .button("Acknowledge", Press::Acknowledge(number))
        .button("Silence 1 h", Press::Silence(number, 60));
    let choices =
        vec![choice("Resolve", Press::Resolve(number)), choice("False alarm", Press::FalseAlarm(number))];
    alert.controls.push(Control::Menu { label: "More".to_owned(), choices });
    house.deliver(alert, None).await;
    let root = house.store.messages(CONVERSATION, 0, 1).await.expect("reads")[0].id.to_string();
    let why = Answer::new("`payments` got slow, and `checkout` waits for it")
        .with(Section::Text("The statement on `invoices` takes **910 ms**, 12 ms an hour ago.".to_owned()))
        .with(Section::List {
            numbered: true,
            items: vec!["Add an index on `invoices(customer_id)`, about 5 min".to_owned()],
        })
        .with(Section::Code {
            language: "sql".to_owned(),
            text: "CREATE INDEX CONCURRENTLY invoices_customer\n  ON invoices (customer_id);".to_owned(),
        })
        .footnote("E1, E3 from prometheus, read at 14:02");
    house.deliver(why, Some(&root)).await;
    let cookie = house.sign_in().await;
    house.say(&cookie, "message-1", "is everything ok?").await;
    let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
    let status = Answer::new("3 services are fine, 1 is slow")
        .marked(Mark::Warning)
        .with(Section::Table(Table {
            columns: row(["service", "P95", "errors", "traffic"]),
            rows: vec![
                row(["web", "88 ms", "0 %", "25 req/s"]),
                row(["checkout", "1,250 ms", "0.4 %", "12 req/s"]),
            ],
        }))
        .button("Why is checkout slow?", Press::Ask("why is checkout slow?".to_owned()));
    house.deliver(status, None).await;
    house.say(&cookie, "message-2", "متى كان checkout بطيئا؟").await;
}
