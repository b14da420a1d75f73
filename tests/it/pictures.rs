//! Charts in chats: pictures where the platform takes them, words where it does not.

use chrono::DateTime;
use quad::model::answer::{Answer, Section};
use quad::model::chart::{Chart, ChartKind, Line, Point};
use quad::model::outgoing::{Kind, Outgoing, Place, Platform, Target};
use quad::model::signal::Unit;
use quad::model::time::TimeRange;
use quad::ports::messenger::{Messenger as _, Spot};
use quad::vendors::discord::Discord as DiscordVendor;
use quad::vendors::slack::Slack as Vendor;
use serde_json::Value;

use crate::support::discord::server::Request;
use crate::support::discord::{Discord, Fault as DiscordFault};
use crate::support::slack::{Fault, Slack};

fn chart() -> Chart {
    let start = 1_767_880_800;
    let at = |seconds: i64| DateTime::from_timestamp(start + seconds, 0).expect("a moment");
    let points = (0..60).map(|n| Point(start + n * 60, if n < 40 { 180.0 } else { 2_400.0 })).collect();
    Chart {
        title: "P95 of checkout".to_owned(),
        unit: Unit::Milliseconds,
        range: TimeRange { from: at(0), to: at(3_600) },
        timezone: chrono_tz::Europe::Berlin,
        kind: ChartKind::Line,
        series: vec![Line { name: "checkout".to_owned(), points }],
        usual: None,
        thresholds: Vec::new(),
        deployments: Vec::new(),
        alert: None,
    }
}

fn outgoing(platform: Platform) -> Outgoing {
    let place = Place { channel: "#ops".to_owned(), thread: None };
    let answer =
        Answer { sections: vec![Section::Chart(Box::new(chart()))], ..Answer::new("`checkout` is slow") };
    let at = DateTime::from_timestamp(1_767_884_400, 0).expect("a moment");
    Outgoing::new(platform, Kind::Answer, Target::Post(place), answer, at)
}

fn ops() -> Spot {
    Spot::New { channel: "#ops".to_owned(), thread: None }
}

fn kinds(blocks: &Value) -> Vec<&str> {
    blocks.as_array().into_iter().flatten().filter_map(|block| block["type"].as_str()).collect()
}

#[tokio::test]
async fn slack_shows_a_chart_as_a_file_of_the_workspace() {
    let slack = Slack::start().await;
    let vendor = Vendor::new(slack.config()).expect("the configuration is fine");
    let sent = vendor.send(&ops(), &outgoing(Platform::Slack)).await.expect("is sent");
    let posted = slack.channel("ops").expect_message("checkout is slow").await;
    assert_eq!(kinds(&posted.blocks()), ["section", "image"]);
    let alt = posted.blocks()[1]["alt_text"].as_str().expect("words").to_owned();
    assert!(alt.contains("P95 of checkout"), "{alt}");

    // An edit shows the file that is there.
    vendor.send(&Spot::Existing(sent), &outgoing(Platform::Slack)).await.expect("is edited");
    posted.expect_edit("checkout is slow").await;
    assert_eq!(kinds(&posted.blocks()), ["section", "image"]);
    assert_eq!(slack.calls("files.completeUploadExternal"), 1);
    slack.finish();
}

#[tokio::test]
async fn a_file_that_slack_does_not_know_yet_is_waited_for() {
    let slack = Slack::start().await;
    slack.pictures_take(2);
    let vendor = Vendor::new(slack.config()).expect("the configuration is fine");
    vendor.send(&ops(), &outgoing(Platform::Slack)).await.expect("is sent");
    let posted = slack.channel("ops").expect_message("checkout is slow").await;
    assert_eq!(kinds(&posted.blocks()), ["section", "image"]);
    slack.finish();
}

#[tokio::test]
async fn a_chart_that_slack_does_not_take_is_said_in_words() {
    for (method, fault) in [
        ("files.getUploadURLExternal", Fault::Refuse("missing_scope")),
        ("files.getUploadURLExternal", Fault::Busy(30)),
        ("upload", Fault::Status(500)),
        ("upload", Fault::Close),
        ("files.completeUploadExternal", Fault::AcceptThenDrop),
        ("files.completeUploadExternal", Fault::Garbage),
    ] {
        let slack = Slack::start().await;
        let vendor = Vendor::new(slack.config()).expect("the configuration is fine");
        slack.next(method, fault);
        vendor.send(&ops(), &outgoing(Platform::Slack)).await.expect("is sent");
        let posted = slack.channel("ops").expect_message("checkout is slow").await;
        assert_eq!(kinds(&posted.blocks()), ["section", "context"], "{method}");
        slack.finish();
    }
    // One that is no picture to Slack, however long quad waits.
    let slack = Slack::start().await;
    slack.pictures_take(u32::MAX);
    let vendor = Vendor::new(slack.config()).expect("the configuration is fine");
    vendor.send(&ops(), &outgoing(Platform::Slack)).await.expect("is sent");
    let posted = slack.channel("ops").expect_message("checkout is slow").await;
    assert_eq!(kinds(&posted.blocks()), ["section", "context"]);
    slack.finish();
}

#[tokio::test]
async fn discord_shows_a_chart_as_an_attachment() {
    let discord = Discord::start().await;
    let vendor = DiscordVendor::new(discord.config()).expect("the configuration is fine");
    let sent = vendor.send(&ops(), &outgoing(Platform::Discord)).await.expect("is sent");
    vendor.send(&Spot::Existing(sent), &outgoing(Platform::Discord)).await.expect("is edited");
    let sent: Vec<Request> = discord.requests().into_iter().filter(|one| !one.body.is_null()).collect();
    for request in &sent {
        assert_eq!(request.files, ["chart-1.png"]);
        assert_eq!(request.body["embeds"][0]["image"]["url"], "attachment://chart-1.png");
        let alt = request.body["attachments"][0]["description"].as_str().expect("words");
        assert!(alt.contains("P95 of checkout"), "{alt}");
    }
    assert_eq!(sent.len(), 2);
    discord.read_everything();
    discord.finish();
}

#[tokio::test]
async fn where_quad_may_attach_nothing_in_discord_the_chart_is_said_in_words() {
    let discord = Discord::start().await;
    let vendor = DiscordVendor::new(discord.config()).expect("the configuration is fine");
    discord.next("POST channels/:id/messages", DiscordFault::Refuse(403, 50_013));
    vendor.send(&ops(), &outgoing(Platform::Discord)).await.expect("is sent");
    let posted = discord.channel("ops").expect_message("checkout is slow").await;
    assert!(posted.text().contains("P95 of checkout"), "{}", posted.text());
    discord.finish();
}
