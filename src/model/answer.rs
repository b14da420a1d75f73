//! What quad says, before any platform's markup. Handlers write it once; `render` shows it.

use serde::{Deserialize, Serialize};

use crate::model::alert::AlertNumber;
use crate::model::change::ChangeNumber;
use crate::model::chart::Chart;
use crate::model::finding::Severity;
use crate::model::time::Moment;

/// An answer: the headline is the answer, everything else supports it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// One line of Markdown.
    pub headline: String,
    /// The mark before the headline.
    pub mark: Option<Mark>,
    /// Below the headline, in order.
    pub sections: Vec<Section>,
    /// At most two buttons and one menu; what a person would press next first.
    pub controls: Vec<Control>,
    /// Small print: what it rests on, which source, which reading of the question was taken.
    pub footnotes: Vec<String>,
}

/// At most one a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Critical and firing.
    Critical,
    /// Warning and firing.
    Warning,
    /// Somebody owns it.
    Acknowledged,
    /// Over, or good.
    Good,
    /// Not known.
    Unknown,
}

impl From<Severity> for Mark {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Warning => Self::Warning,
            Severity::Critical => Self::Critical,
        }
    }
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// A short heading, plain text.
    Heading(String),
    /// Markdown. Anything from outside must have gone through [`escape`].
    Text(String),
    /// Numbers with what they are compared with.
    Figures(Vec<Figure>),
    /// Rows and columns of plain text.
    Table(Table),
    /// A list of Markdown lines; numbered where the order matters.
    List {
        /// Numbered?
        numbered: bool,
        /// One Markdown line each.
        items: Vec<String>,
    },
    /// Shown as it is, in a fixed-width font.
    Code {
        /// "sql", "sh", or empty.
        language: String,
        /// The text.
        text: String,
    },
    /// A picture. Platforms that can't show one say in words what it shows.
    Chart(Box<Chart>),
}

/// One number with its comparison, all in words: `P95`, `1,250 ms`, `120 ms an hour ago`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is.
    pub label: String,
    /// With unit and window.
    pub value: String,
    /// What it is compared with; empty where nothing is known.
    pub compared: String,
}

/// Plain text in rows and columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Column titles.
    pub columns: Vec<String>,
    /// As many cells a row as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// Something to press.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// A button.
    Button(Choice),
    /// A menu with choices.
    Menu {
        /// What it says when closed.
        label: String,
        /// Its entries.
        choices: Vec<Choice>,
    },
}

/// One choice of a button or menu.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What it says.
    pub label: String,
    /// What it does. Everything offered by button can also be typed.
    pub press: Press,
}

/// What a press means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Press {
    /// Acknowledge this alert.
    Acknowledge(AlertNumber),
    /// Silence this alert for so many minutes.
    Silence(AlertNumber, u32),
    /// Resolve it.
    Resolve(AlertNumber),
    /// It was no real problem.
    FalseAlarm(AlertNumber),
    /// Take the last change back.
    Undo(AlertNumber),
    /// Show the diagnosis again, in full.
    Why(AlertNumber),
    /// Show the runbook that fits it.
    Runbook(AlertNumber),
    /// Let this change happen.
    Approve(ChangeNumber),
    /// Don't let it happen.
    Cancel(ChangeNumber),
    /// Take it back after it was done.
    TakeBack(ChangeNumber),
    /// The same as typing this text.
    Ask(String),
}

impl Press {
    /// A short text that platforms carry as a button's value: `ack:12`, `ask:why is web slow`.
    pub fn encode(&self) -> String {
        match self {
            Self::Acknowledge(n) => format!("ack:{}", n.0),
            Self::Silence(n, minutes) => format!("silence:{}:{minutes}", n.0),
            Self::Resolve(n) => format!("resolve:{}", n.0),
            Self::FalseAlarm(n) => format!("false:{}", n.0),
            Self::Undo(n) => format!("undo:{}", n.0),
            Self::Why(n) => format!("why:{}", n.0),
            Self::Runbook(n) => format!("runbook:{}", n.0),
            Self::Approve(n) => format!("approve:{n}"),
            Self::Cancel(n) => format!("cancel:{n}"),
            Self::TakeBack(n) => format!("takeback:{n}"),
            Self::Ask(text) => format!("ask:{text}"),
        }
    }

    /// The words that do the same when they are typed: "silence 12 for 1 h".
    pub fn typed(&self) -> String {
        match self {
            Self::Acknowledge(n) => format!("ack {}", n.0),
            Self::Silence(n, minutes) if minutes.is_multiple_of(60) => {
                format!("silence {} for {} h", n.0, minutes / 60)
            }
            Self::Silence(n, minutes) => format!("silence {} for {minutes} min", n.0),
            Self::Resolve(n) => format!("resolve {}", n.0),
            Self::FalseAlarm(n) => format!("false alarm {}", n.0),
            Self::Undo(n) => format!("undo {}", n.0),
            Self::Approve(n) => format!("approve {n}"),
            Self::Cancel(n) => format!("cancel {n}"),
            Self::TakeBack(n) => format!("undo change {n}"),
            Self::Why(n) => format!("why {}", n.0),
            Self::Runbook(n) => format!("runbook {}", n.0),
            Self::Ask(text) => text.clone(),
        }
    }

    /// What `encode` wrote. `None` for anything else: values come back from outside.
    pub fn decode(value: &str) -> Option<Self> {
        let (verb, rest) = value.split_once(':')?;
        let number = || rest.parse().ok().map(AlertNumber);
        let change = || rest.parse().ok().map(ChangeNumber);
        Some(match verb {
            "ack" => Self::Acknowledge(number()?),
            "silence" => {
                let (number, minutes) = rest.split_once(':')?;
                Self::Silence(AlertNumber(number.parse().ok()?), minutes.parse().ok()?)
            }
            "resolve" => Self::Resolve(number()?),
            "false" => Self::FalseAlarm(number()?),
            "undo" => Self::Undo(number()?),
            "why" => Self::Why(number()?),
            "runbook" => Self::Runbook(number()?),
            "approve" => Self::Approve(change()?),
            "cancel" => Self::Cancel(change()?),
            "takeback" => Self::TakeBack(change()?),
            "ask" => Self::Ask(rest.to_owned()),
            _ => return None,
        })
    }
}

impl Answer {
    /// An answer of one line.
    pub fn new(headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), ..Self::default() }
    }

    /// With a mark before the headline.
    pub fn marked(mut self, mark: impl Into<Mark>) -> Self {
        self.mark = Some(mark.into());
        self
    }

    /// With a further section.
    pub fn with(mut self, section: Section) -> Self {
        self.sections.push(section);
        self
    }

    /// Its pictures, in order.
    pub fn charts(&self) -> impl Iterator<Item = &Chart> {
        self.sections.iter().filter_map(|section| match section {
            Section::Chart(chart) => Some(chart.as_ref()),
            _ => None,
        })
    }

    /// With a picture, where there is one: below the first figures, which it explains.
    pub fn illustrated(mut self, chart: Option<Chart>) -> Self {
        if let Some(chart) = chart {
            let figures = self.sections.iter().position(|part| matches!(part, Section::Figures(_)));
            self.sections.insert(figures.map_or(0, |at| at + 1), Section::Chart(Box::new(chart)));
        }
        self
    }

    /// With a button.
    pub fn button(mut self, label: &str, press: Press) -> Self {
        self.controls.push(Control::Button(Choice { label: label.to_owned(), press }));
        self
    }

    /// With small print.
    pub fn footnote(mut self, text: impl Into<String>) -> Self {
        self.footnotes.push(text.into());
        self
    }
}

/// Makes text from outside harmless inside Markdown: nothing in it is markup afterwards.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() => {}
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '<' | '>' | '#' | '+' | '-'
            | '.' | '!' | '|' | '~' | '&' | ':' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A moment inside Markdown, as a link that renderers show in the reader's time zone. `shown` is
/// what platforms without that ability print: the team's time.
pub fn moment(at: Moment, shown: &str) -> String {
    format!("[{shown}](time:{})", at.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presses_survive_the_way_through_a_platform() {
        for press in [
            Press::Acknowledge(AlertNumber(12)),
            Press::Silence(AlertNumber(3), 60),
            Press::Why(AlertNumber(1)),
            Press::Runbook(AlertNumber(1)),
            Press::Approve(ChangeNumber(7)),
            Press::Cancel(ChangeNumber(7)),
            Press::TakeBack(ChangeNumber(7)),
            Press::Ask("why is web:8080 slow".to_owned()),
        ] {
            assert_eq!(Press::decode(&press.encode()), Some(press));
        }
        assert_eq!(Press::decode("ack:twelve"), None);
        assert_eq!(Press::decode("rm -rf"), None);
    }
}
