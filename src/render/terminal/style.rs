//! Text in a style, and text that a terminal does not obey.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Bold,
    Dim,
    Code,
    Red,
    Yellow,
    Green,
    Blue,
}

impl Style {
    pub(super) fn ansi(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "\x1b[1m",
            Self::Dim => "\x1b[2m",
            Self::Code => "\x1b[36m",
            Self::Red => "\x1b[1;31m",
            Self::Yellow => "\x1b[1;33m",
            Self::Green => "\x1b[1;32m",
            Self::Blue => "\x1b[1;34m",
        }
    }
}

/// Text in one style.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) style: Style,
}

impl Run {
    pub(super) fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }

    /// In `style` where it has none of its own.
    pub(super) fn or(mut self, style: Style) -> Self {
        if self.style == Style::Plain {
            self.style = style;
        }
        self
    }
}

/// Without what a terminal would obey: control characters (ESC above all), and marks that turn the
/// direction of everything after them.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(|c| if c == '\t' || c == '\n' { ' ' } else { c })
        .filter(|c| !c.is_control())
        .collect()
}
