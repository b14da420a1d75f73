//! What Slack is given, and that nothing is lost on the way.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::model::alert::AlertNumber;
use crate::model::answer::{self, Choice, Control, Figure, Press, Section, Table};

fn alert() -> Answer {
    let number = AlertNumber(12);
    let mut answer = Answer::new("`checkout` is slow: P95 1,250 ms since [14:02](time:1767880920)")
        .marked(Mark::Critical)
        .with(Section::Figures(vec![Figure {
            label: "P95".to_owned(),
            value: "1,250 ms".to_owned(),
            compared: "120 ms an hour ago".to_owned(),
        }]))
        .with(Section::Text("The deployment **v1.2.3** made it slower.".to_owned()))
        .with(Section::Code {
            language: "sh".to_owned(),
            text: "kubectl rollout undo deploy/checkout".to_owned(),
        })
        .button("Acknowledge", Press::Acknowledge(number))
        .button("Silence 1 h", Press::Silence(number, 60))
        .footnote("from prometheus");
    let choices = [("Resolve", Press::Resolve(number)), ("Why", Press::Why(number))];
    answer.controls.push(Control::Menu {
        label: "More".to_owned(),
        choices: choices
            .into_iter()
            .map(|(label, press)| Choice { label: label.to_owned(), press })
            .collect(),
    });
    answer
}

#[test]
fn an_alert_is_one_message_with_its_buttons() {
    let shown = message(&alert(), &[]);
    insta::assert_snapshot!(shown.text, @"
    :red_circle: checkout is slow: P95 1,250 ms since 14:02
    P95: 1,250 ms (120 ms an hour ago)
    The deployment v1.2.3 made it slower.
    kubectl rollout undo deploy/checkout
    from prometheus
    ");
    let lines: Vec<String> = shown.blocks.iter().map(Value::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"type":"section","text":{"type":"mrkdwn","text":":red_circle: *`checkout` is slow: P95 1,250 ms since <!date^1767880920^{date_short_pretty} {time}|14:02>*","verbatim":true}}
    {"type":"section","fields":[{"type":"mrkdwn","text":"*P95*\n1,250 ms\n120 ms an hour ago","verbatim":true}]}
    {"type":"section","text":{"type":"mrkdwn","text":"The deployment *v1.2.3* made it slower.","verbatim":true}}
    {"type":"section","text":{"type":"mrkdwn","text":"```\nkubectl rollout undo deploy/checkout\n```","verbatim":true}}
    {"type":"actions","elements":[{"type":"button","action_id":"quad.ack","text":{"type":"plain_text","text":"Acknowledge","emoji":false},"value":"ack:12"},{"type":"button","action_id":"quad.silence","text":{"type":"plain_text","text":"Silence 1 h","emoji":false},"value":"silence:12:60"},{"type":"overflow","action_id":"quad.menu","options":[{"text":{"type":"plain_text","text":"Resolve","emoji":false},"value":"resolve:12"},{"text":{"type":"plain_text","text":"Why","emoji":false},"value":"why:12"},{"text":{"type":"plain_text","text":"Silence for …","emoji":false},"value":"window:silence:12"},{"text":{"type":"plain_text","text":"Resolve, and say how …","emoji":false},"value":"window:resolve:12"}]}]}
    {"type":"context","elements":[{"type":"mrkdwn","text":"from prometheus","verbatim":true}]}
    "#);
}

#[test]
fn what_fits_is_left_alone() {
    assert_eq!(split(alert()), [alert()]);
}

#[test]
fn code_is_cut_between_lines_and_fenced_in_each_part() {
    let line = "SELECT something FROM somewhere WHERE it = 'long'";
    let text = vec![line; 300].join("\n");
    let parts = split(Answer::new("The plan").with(Section::Code { language: "sql".to_owned(), text }));
    assert!(parts.len() > 1);
    let mut lines = 0;
    for block in parts.iter().flat_map(|part| message(part, &[]).blocks).skip(1) {
        let text = block["text"]["text"].as_str().expect("a section").to_owned();
        assert!(text.starts_with("```\n") && text.ends_with("\n```"), "{text}");
        lines += text.matches(line).count();
    }
    assert_eq!(lines, 300);
}

#[test]
fn a_numbered_list_goes_on_counting() {
    let items = (1..=200).map(|n| format!("step {n} of a rather long list of things to do")).collect();
    let parts = split(Answer::new("Do").with(Section::List { numbered: true, items }));
    let all: String = parts.iter().map(|part| message(part, &[]).text + "\n").collect();
    assert!(all.contains("\n200. step 200 of"), "{all}");
}

#[test]
fn buttons_stay_with_the_first_part_and_small_print_with_the_last() {
    let parts = split(alert().with(Section::Text("word ".repeat(4_000))));
    assert!(!parts[0].controls.is_empty() && parts[1..].iter().all(|part| part.controls.is_empty()));
    assert_eq!(parts.last().expect("several").footnotes, ["from prometheus"]);
}

/// Letters and digits only: what must arrive, whatever markup surrounds it.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn words() -> impl Strategy<Value = String> {
    let word = "([a-zé支]{1,12}|[0-9]{1,4}|<!channel>|a_b\\*c|`|\\*\\*|:fire:|[^\\x00-\\x1f\\[\\]\\\\]{1,6})";
    proptest::collection::vec(word, 0..700).prop_map(|words| words.join(" "))
}

fn sections() -> impl Strategy<Value = Section> {
    prop_oneof![
        words().prop_map(|text| Section::Text(answer::escape(&text))),
        "[a-z ]{0,200}".prop_map(Section::Heading),
        (words(), 0..40usize).prop_map(|(text, lines)| Section::Code {
            language: String::new(),
            text: vec![text.as_str(); lines / 8].join("\n"),
        }),
        (any::<bool>(), proptest::collection::vec("[a-z0-9 ]{0,300}", 0..60))
            .prop_map(|(numbered, items)| Section::List { numbered, items }),
        proptest::collection::vec(("[a-z]{1,20}", "[0-9a-z ]{0,3000}", "[a-z]{0,50}"), 0..20).prop_map(
            |all| {
                Section::Figures(
                    all.into_iter()
                        .map(|(label, value, compared)| Figure { label, value, compared })
                        .collect(),
                )
            }
        ),
        proptest::collection::vec(proptest::collection::vec("[a-z0-9 <>&]{0,300}", 3), 0..60).prop_map(
            |rows| Section::Table(Table { columns: vec!["a".into(), "b".into(), "c".into()], rows })
        ),
    ]
}

/// The letters of everything that messages show.
fn arrived_in(messages: impl Iterator<Item = Message>) -> String {
    let arrived: String = messages
        .flat_map(|message| message.blocks)
        .map(|block| {
            let own = |value: &Value| value["text"].as_str().unwrap_or_default().to_owned();
            let many =
                |all: &Value| all.as_array().into_iter().flatten().map(own).collect::<Vec<_>>().join("\n");
            let cells: Vec<String> = block["rows"].as_array().into_iter().flatten().map(many).collect();
            format!(
                "{}\n{}\n{}\n{}\n",
                own(&block["text"]),
                many(&block["fields"]),
                many(&block["elements"]),
                cells.join("\n")
            )
            .replace("&amp;", "&")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
        })
        .collect();
    letters(&arrived)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_part_fits_and_every_word_arrives(
        headline in "[a-z0-9 ]{0,3000}",
        sections in proptest::collection::vec(sections(), 0..5),
        footnotes in proptest::collection::vec("[a-z0-9 ]{0,3000}", 0..4),
    ) {
        let answer = Answer { headline, sections, footnotes, ..Answer::default() };
        let parts = split(answer.clone());
        for part in &parts {
            prop_assert!(fits(part), "{part:?}");
        }
        let shown = parts.iter().map(|part| message(part, &[]));
        let said = parts.iter().map(in_words);
        for arrived in [arrived_in(shown), arrived_in(said)] {
            for word in crate::render::plain::text(&answer).split_whitespace() {
                let word = letters(word);
                // A word longer than a part is cut inside; every other is found whole.
                if word.len() < 200 {
                    prop_assert!(arrived.contains(&word), "lost {word}");
                }
            }
        }
        let raw = parts.iter().map(|part| serde_json::to_string(&message(part, &[]))).collect::<Result<String, _>>();
        prop_assert!(!raw.expect("is JSON").contains("<!channel"));
    }
}
