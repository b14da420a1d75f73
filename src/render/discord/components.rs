//! Buttons and menus. What a component says when it is pressed is the press itself, so that it works
//! after any restart.

use serde_json::{Value, json};

use super::limits::{self, length, short};
use crate::model::answer::{Choice, Control};
use crate::model::window::Window;

/// Rows of buttons, then one menu a row.
pub(super) fn rows(controls: &[Control]) -> Vec<Value> {
    let mut buttons: Vec<Value> = Vec::new();
    let mut menus: Vec<Value> = Vec::new();
    let mut further: Vec<Value> = Vec::new();
    for control in controls {
        match control {
            Control::Button(choice) => {
                further.extend(window(choice));
                push_button(choice, &mut buttons);
            }
            Control::Menu { label, choices } => {
                further.extend(choices.iter().filter_map(window));
                let (fits, long): (Vec<_>, Vec<_>) =
                    choices.iter().partition(|choice| length(&choice.press.encode()) <= limits::CUSTOM_ID);
                let options: Vec<Value> = fits
                    .iter()
                    .map(|choice| option(&choice.label, &choice.press.encode()))
                    .chain(std::mem::take(&mut further))
                    .collect();
                for some in options.chunks(limits::OPTIONS) {
                    menus.push(menu(label, menus.len(), some));
                }
                long.into_iter().for_each(|choice| push_button(choice, &mut buttons));
            }
        }
    }
    if !further.is_empty() {
        menus.push(menu("More", menus.len(), &further));
    }
    let row = |components: &[Value]| json!({"type": 1, "components": components});
    let mut rows: Vec<Value> = buttons.chunks(limits::BUTTONS).map(row).collect();
    rows.extend(menus.iter().map(|menu| row(std::slice::from_ref(menu))));
    rows.truncate(limits::ROWS);
    rows
}

/// Nothing where the press does not fit: half a question must not be asked, and it can be typed.
fn push_button(choice: &Choice, buttons: &mut Vec<Value>) {
    let id = choice.press.encode();
    // Two components of a message must not say the same.
    if length(&id) > limits::CUSTOM_ID || buttons.iter().any(|button| button["custom_id"] == id) {
        return;
    }
    let style = if buttons.is_empty() { 1 } else { 2 };
    buttons.push(json!({
        "type": 2,
        "style": style,
        "label": short(&choice.label, limits::LABEL),
        "custom_id": id,
    }));
}

fn menu(label: &str, nth: usize, options: &[Value]) -> Value {
    json!({
        "type": 3,
        "custom_id": format!("menu:{nth}"),
        "placeholder": short(label, limits::OPTION_LABEL),
        "options": options,
    })
}

fn option(label: &str, value: &str) -> Value {
    json!({"label": short(label, limits::OPTION_LABEL), "value": value})
}

/// What can be said better in a window than by a press alone.
fn window(choice: &Choice) -> Option<Value> {
    Window::of(&choice.press).map(|window| option(window.entry(), &window.encode()))
}
