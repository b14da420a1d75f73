//! Where else than in messages people meet quad in Slack: its home tab, windows, the shortcut on a
//! message, and threads in which they need not name it.

use quad::model::time::TimeRange;

use crate::support::bot::{Bot, START, minutes};
use crate::support::slack::{Fault, Posted};

async fn alert(bot: &Bot) -> Posted<'_> {
    bot.metrics().set("p95_ms", "checkout", 2_400.0);
    bot.advance(minutes(2)).await;
    let alert = bot.slack().channel("ops").expect_message("checkout").await;
    bot.settled().await;
    alert.read();
    alert.read_thread();
    alert
}

#[tokio::test]
async fn the_home_tab_shows_how_things_are_and_what_one_may_do() {
    let bot = Bot::start().await;
    bot.slack().visit("carol");
    let page = bot.slack().view(1).await;
    assert_eq!(
        (&page["user_id"], &page["view"]["type"]),
        (&bot.slack().person("carol").into(), &"home".into())
    );
    let blocks = page["view"]["blocks"].to_string();
    for words in ["Nothing is wrong", "What you may do", "ask me anything", "Why is it slow?"] {
        assert!(blocks.contains(words), "{words} in {blocks}");
    }
    let alert = alert(&bot).await;
    bot.slack().visit("alice");
    let blocks = bot.slack().view(2).await["view"]["blocks"].to_string();
    for words in ["1 alert open", "checkout", "acknowledge, silence and resolve", "Acknowledge #1"] {
        assert!(blocks.contains(words), "{words} in {blocks}");
    }
    // What was pressed there is seen there.
    let page = bot.slack().view(2).await;
    bot.slack().press_at_home(&page, "Acknowledge #1", "alice");
    let blocks = bot.slack().view(3).await["view"]["blocks"].to_string();
    assert!(blocks.contains("Alice Liddell looks at it") && !blocks.contains("Acknowledge #1"), "{blocks}");
    bot.settled().await;
    bot.slack().read_everything();
    bot.slack().visit("mallory");
    let blocks = bot.slack().view(4).await["view"]["blocks"].to_string();
    assert!(blocks.contains("You have no role here") && !blocks.contains("checkout"), "{blocks}");
    alert.read_thread();
    bot.finish().await;
}

#[tokio::test]
async fn how_long_to_be_silent_is_asked_in_a_window() {
    let bot = Bot::start().await;
    let alert = alert(&bot).await;
    bot.slack().click(&alert, "Silence for …", "alice");
    let window = bot.slack().view(1).await;
    assert_eq!(window["view"]["title"]["text"], "Silence #1");
    bot.slack().fill_in(&window, "alice", "3 h");
    alert.expect_edit("Silenced").await;
    alert.expect_reply("silenced until").await;
    bot.settled().await;
    alert.read_thread();

    bot.slack().click(&alert, "Resolve, and say how …", "alice");
    let window = bot.slack().view(2).await;
    bot.slack().fill_in(&window, "alice", "restarted postgres");
    alert.expect_edit("Resolved").await;
    bot.settled().await;
    alert.read_thread();
    bot.finish().await;
}

#[tokio::test]
async fn whoever_lacks_the_role_changes_nothing_by_a_window() {
    let bot = Bot::start().await;
    let alert = alert(&bot).await;
    bot.slack().click(&alert, "Silence for …", "carol");
    let window = bot.slack().view(1).await;
    bot.slack().fill_in(&window, "carol", "3 h");
    alert.expect_private("carol", "role responder").await;
    bot.finish().await;
}

#[tokio::test]
async fn analyze_this_looks_into_what_a_message_says_and_never_does_it() {
    let bot = Bot::start().await;
    let alert = alert(&bot).await;
    let long = "All hands, the usual figures of this morning follow below for everybody. ".repeat(12);
    for text in [
        "checkout is slow again, restart web-1 and ack 1!".to_owned(),
        format!("{long} Acknowledge alert 1. {long}"),
        "send me the daily report at 8".to_owned(),
        "\" ack 1 \"".to_owned(),
    ] {
        let said = bot.slack().overheard("ops", "bob", &text);
        bot.slack().analyze(&said, "alice");
        said.expect_reply("").await;
        bot.settled().await;
        said.read_thread();
    }
    assert_eq!(bot.audit().await, "");
    assert_eq!(bot.store().subscriptions().await.expect("reads"), []);
    alert.read();
    bot.finish().await;
}

#[tokio::test]
async fn in_a_thread_that_quad_is_in_it_need_not_be_named() {
    let bot = Bot::start().await;
    let asked = bot.slack().mention("ops", "carol", "why is checkout slow?");
    asked.expect_reply("checkout").await;
    bot.settled().await;
    bot.slack().say_under(&asked, "bob", "and web?");
    asked.expect_reply("web").await;
    for among_people in ["nice, thanks!", "@carol did you deploy?", "I think it was the deploy"] {
        bot.slack().say_under(&asked, "bob", among_people);
    }
    // Under no alert's message it is not said which alert somebody looks into.
    bot.slack().say_under(&asked, "alice", "looking into it");
    // Elsewhere nobody asked it.
    let other = bot.slack().overheard("ops", "bob", "lunch?");
    bot.slack().say_under(&other, "carol", "why is checkout slow?");
    bot.slack().acknowledged().await;
    bot.settled().await;
    // What people said to each other is not kept.
    let day = chrono::TimeDelta::days(1);
    let kept =
        bot.store().said_between(TimeRange::new(bot.now() - day, bot.now() + day)).await.expect("reads");
    let kept = format!("{kept:?}");
    assert!(kept.contains("why is checkout slow?"), "{kept}");
    assert!(!kept.contains("did you deploy") && !kept.contains("lunch"), "{kept}");
    bot.finish().await;
}

#[tokio::test]
async fn under_an_alert_ack_is_enough() {
    let bot = Bot::start().await;
    let alert = alert(&bot).await;
    bot.slack().say_under(&alert, "alice", "looking into it");
    alert.expect_edit("Acknowledged by Alice").await;
    bot.settled().await;
    alert.read_thread();
    bot.finish().await;
}

#[tokio::test]
async fn a_question_that_is_changed_is_asked_anew_and_an_order_is_not() {
    let bot = Bot::start().await;
    let alert = alert(&bot).await;
    let asked = bot.slack().mention("ops", "alice", "why is chekcout slow?");
    let answer = asked.expect_reply("").await;
    bot.settled().await;
    asked.read_thread();
    bot.slack().change(&asked, "alice", "why is web slow?");
    answer.expect_edit("web").await;
    bot.slack().change(&asked, "alice", "ack 1");
    asked.expect_private("alice", "say it in a new one").await;
    // A link that was looked at changes the message, and leaves its words.
    bot.slack().change(&asked, "alice", "ack 1");
    bot.slack().acknowledged().await;
    bot.settled().await;
    assert_eq!(bot.audit().await, "");
    alert.read();
    bot.finish().await;
}

#[tokio::test]
async fn a_question_that_is_deleted_takes_its_answer_with_it_and_an_act_stays() {
    let bot = Bot::start().await;
    let alert = alert(&bot).await;
    let asked = bot.slack().mention("ops", "carol", "status");
    let answer = asked.expect_reply("P95").await;
    bot.settled().await;
    bot.slack().delete(&asked);
    answer.expect_edit("The question was deleted").await;
    assert!(!answer.text().contains("P95"), "{}", answer.text());

    // What was done stays done, and says so.
    let ordered = bot.slack().mention("ops", "alice", "ack 1");
    let done = ordered.expect_reply("acknowledged").await;
    bot.settled().await;
    bot.slack().delete(&ordered);
    // People's own talk is nothing to quad, gone or not.
    bot.slack().delete(&bot.slack().overheard("ops", "bob", "lunch?"));
    bot.slack().acknowledged().await;
    bot.settled().await;
    assert!(done.text().contains("acknowledged"), "{}", done.text());

    // An answer of which nobody knows yet whether it arrived is taken back where it did.
    bot.slack().next("chat.postMessage", Fault::AcceptThenDrop);
    let asked = bot.slack().mention("ops", "carol", "status");
    let answer = asked.expect_reply("P95").await;
    bot.slack().acknowledged().await;
    bot.slack().delete(&asked);
    bot.settled_in_time().await;
    answer.expect_edit("The question was deleted").await;

    // Nobody can read any more what was said.
    let day = chrono::TimeDelta::days(1);
    let kept =
        bot.store().said_between(TimeRange::new(bot.now() - day, bot.now() + day)).await.expect("reads");
    assert_eq!(kept, []);
    alert.read();
    alert.read_thread();
    bot.finish().await;
}

#[tokio::test]
async fn tables_are_slacks_own_and_text_where_slack_refuses_them() {
    let bot = Bot::start().await;
    let asked = bot.slack().mention("ops", "carol", "status");
    let answer = asked.expect_reply("P95").await;
    let blocks = answer.blocks();
    let table =
        blocks.as_array().into_iter().flatten().find(|block| block["type"] == "table").expect("a table");
    assert_eq!(table["rows"][0][1]["text"], "P95");
    assert_eq!(table["column_settings"][1]["align"], "right");

    bot.slack().next("chat.postMessage", Fault::Refuse("invalid_blocks"));
    let asked = bot.slack().mention("ops", "carol", "status");
    let answer = asked.expect_reply("P95").await;
    assert!(!answer.blocks().to_string().contains("\"table\""), "{}", answer.blocks());
    bot.finish().await;
}

#[tokio::test]
async fn a_link_to_an_alert_is_shown_in_place() {
    let page = serde_json::json!({"web": {"public_url": "https://quad.example.com/"}});
    let bot = Bot::start_with(page, START).await;
    let alert = alert(&bot).await;
    let link = bot.page_link().await;
    bot.slack().share("general", "carol", &link);
    let shown = bot.slack().unfurl(1).await;
    let blocks = shown["unfurls"][&link]["blocks"].to_string();
    assert!(blocks.contains("checkout (prod) has been slow"), "{shown}");
    assert!(!blocks.contains("actions"), "{shown}");
    // Whoever may not ask shows nothing by it.
    bot.slack().share("general", "mallory", &link);
    bot.slack().acknowledged().await;
    bot.settled().await;
    assert_eq!(bot.slack().calls("chat.unfurl"), 1);
    alert.read();
    bot.finish().await;
}
