//! What Discord is given, and that nothing is lost on the way.

use super::*;
use crate::model::alert::AlertNumber;
use crate::model::answer::{Choice, Control, Figure, Press, Section, Table};

fn alert() -> Answer {
    let number = AlertNumber(12);
    let mut answer = Answer::new("\\#12 `checkout` is slow since [14:02](time:1767880920)")
        .marked(Mark::Critical)
        .with(Section::Figures(vec![Figure {
            label: "P95".to_owned(),
            value: "1,250 ms".to_owned(),
            compared: "120 ms an hour ago".to_owned(),
        }]))
        .with(Section::Text("Nobody has acknowledged it yet.".to_owned()))
        .button("Acknowledge", Press::Acknowledge(number))
        .button("Silence 1 h", Press::Silence(number, 60))
        .footnote("from prometheus");
    let choice = Choice { label: "Resolve".to_owned(), press: Press::Resolve(number) };
    answer.controls.push(Control::Menu { label: "More".to_owned(), choices: vec![choice] });
    answer
}

#[test]
fn an_alert_is_one_message_with_its_controls() {
    let shown = tagged(message(&alert(), &[]), "ref 1a2b");
    assert_eq!(shown.content, "🔴 **#12 `checkout` is slow since <t:1767880920:t>**");
    assert_eq!(
        shown.embeds,
        [
            json!({"fields": [{"name": "P95", "value": "1,250 ms\n120 ms an hour ago", "inline": true}], "color": 0xd8_3a3a}),
            json!({"description": "Nobody has acknowledged it yet.", "footer": {"text": "from prometheus · ref 1a2b"}, "color": 0xd8_3a3a}),
        ]
    );
    assert_eq!(
        shown.components,
        [
            json!({"type": 1, "components": [
                {"type": 2, "style": 1, "label": "Acknowledge", "custom_id": "ack:12"},
                {"type": 2, "style": 2, "label": "Silence 1 h", "custom_id": "silence:12:60"}]}),
            json!({"type": 1, "components": [{"type": 3, "custom_id": "menu:0", "placeholder": "More", "options": [
                {"label": "Resolve", "value": "resolve:12"},
                {"label": "Silence for …", "value": "window:silence:12"},
                {"label": "Resolve, and say how …", "value": "window:resolve:12"}]}]}),
        ]
    );
    assert_eq!(shown.allowed_mentions, json!({"parse": []}));
}

#[test]
fn what_fits_is_left_alone() {
    assert_eq!(split(alert()), [alert()]);
}

#[test]
fn a_long_answer_is_cut_into_messages_that_fit_and_no_row_is_lost() {
    let row = |at: usize| vec![format!("SELECT <{at}> & more"), format!("row{at}end")];
    let long = alert()
        .with(Section::Code { language: "sql".to_owned(), text: "SELECT 1 FROM t\n".repeat(600) })
        .with(Section::Table(Table {
            columns: vec!["statement".to_owned(), "calls".to_owned()],
            rows: (0..150).map(row).collect(),
        }))
        .with(Section::Text("Words that go on. ".repeat(600)))
        .with(Section::Figures(
            (0..40)
                .map(|at| Figure {
                    label: format!("P{at}"),
                    value: "12 ms".to_owned(),
                    compared: String::new(),
                })
                .collect(),
        ));
    let parts = split(long);
    assert!(parts.len() > 3);
    assert!(!parts[0].controls.is_empty() && parts[1..].iter().all(|part| part.controls.is_empty()));
    let all: String =
        parts.iter().map(|part| json!(tagged(message(part, &[]), &"t".repeat(18))).to_string()).collect();
    for part in &parts {
        assert!(fits(part), "{part:?}");
    }
    assert!((0..150).all(|at| all.contains(&format!("row{at}end"))));
    assert_eq!(all.matches("SELECT 1 FROM t").count(), 600);
    assert_eq!(all.matches("12 ms").count(), 40);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]

    #[test]
    fn every_part_fits(
        headline in "[a-z0-9 *_<@]{0,3000}",
        texts in proptest::collection::vec("[a-z0-9 *_`<>@#\n-]{0,4000}", 0..5),
        notes in proptest::collection::vec("[a-z0-9 ]{0,3000}", 0..4),
    ) {
        let sections = texts.iter().map(|text| Section::Text(crate::model::answer::escape(text))).collect();
        let answer = Answer { headline: crate::model::answer::escape(&headline), sections, footnotes: notes, ..Answer::default() };
        for part in split(answer) {
            proptest::prop_assert!(fits(&part), "{part:?}");
        }
    }
}
