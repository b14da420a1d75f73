//! Small windows to type into, where a press alone does not say enough. What they are about stands in
//! their id, so that they can be handed in after any restart; what is typed becomes words that could
//! have been typed in the thread.

use crate::model::alert::AlertNumber;
use crate::model::answer::Press;

/// A window to type into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// For how long an alert is to be silent.
    Silence(AlertNumber),
    /// What was done about an alert.
    Resolve(AlertNumber),
}

impl Window {
    /// What a control carries that opens it: `window:silence:12`.
    pub fn encode(self) -> String {
        match self {
            Self::Silence(number) => format!("window:silence:{}", number.0),
            Self::Resolve(number) => format!("window:resolve:{}", number.0),
        }
    }

    /// What [`encode`](Self::encode) wrote. `None` for anything else: values come back from outside.
    pub fn decode(value: &str) -> Option<Self> {
        let (verb, number) = value.strip_prefix("window:")?.split_once(':')?;
        let number = AlertNumber(number.parse().ok()?);
        match verb {
            "silence" => Some(Self::Silence(number)),
            "resolve" => Some(Self::Resolve(number)),
            _ => None,
        }
    }

    /// The window in which more can be said than by this press alone.
    pub fn of(press: &Press) -> Option<Self> {
        match press {
            Press::Silence(number, _) => Some(Self::Silence(*number)),
            Press::Resolve(number) => Some(Self::Resolve(*number)),
            _ => None,
        }
    }

    /// What the menu says that opens it.
    pub fn entry(self) -> &'static str {
        match self {
            Self::Silence(_) => "Silence for …",
            Self::Resolve(_) => "Resolve, and say how …",
        }
    }

    /// Its title.
    pub fn title(self) -> String {
        match self {
            Self::Silence(number) => format!("Silence #{}", number.0),
            Self::Resolve(number) => format!("Resolve #{}", number.0),
        }
    }

    /// What it asks.
    pub fn question(self) -> &'static str {
        match self {
            Self::Silence(_) => "For how long?",
            Self::Resolve(_) => "What was done?",
        }
    }

    /// What may be typed, for example.
    pub fn example(self) -> &'static str {
        match self {
            Self::Silence(_) => "2 h, or: until 9:00",
            Self::Resolve(_) => "restarted postgres",
        }
    }

    /// Whether it has room for more than a line.
    pub fn is_long(self) -> bool {
        matches!(self, Self::Resolve(_))
    }

    /// How many characters may be typed.
    pub fn most(self) -> u16 {
        if self.is_long() { 1_000 } else { 100 }
    }

    /// The words that typing into it stands for.
    pub fn words(self, typed: &str) -> String {
        let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        match self {
            Self::Silence(AlertNumber(number)) => {
                let until = ["for ", "until ", "till ", "bis "].iter().any(|word| typed.starts_with(word));
                format!("silence {number} {}{typed}", if until { "" } else { "for " })
            }
            Self::Resolve(AlertNumber(number)) => format!("resolve {number}: {typed}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_comes_back_as_it_went() {
        for window in [Window::Silence(AlertNumber(12)), Window::Resolve(AlertNumber(7))] {
            assert_eq!(Window::decode(&window.encode()), Some(window));
        }
        for foreign in ["", "window:", "window:silence:x", "window:other:1", "silence:12:60"] {
            assert_eq!(Window::decode(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn what_is_typed_becomes_words() {
        let silence = Window::Silence(AlertNumber(12));
        assert_eq!(silence.words("2 h"), "silence 12 for 2 h");
        assert_eq!(silence.words("until\n 9:00"), "silence 12 until 9:00");
        assert_eq!(
            Window::Resolve(AlertNumber(7)).words("restarted  postgres"),
            "resolve 7: restarted postgres"
        );
    }
}
