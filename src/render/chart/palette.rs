//! Colours by what they mean. The page's follow its style sheet, and with it the reader's choice of
//! light or dark; pictures have theirs fixed.

use crate::model::finding::Severity;

/// The colours of one chart, as SVG takes them.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// Behind everything; empty where the chart stands on the reader's own ground.
    pub paper: &'static str,
    /// Titles and names.
    pub ink: &'static str,
    /// Axes and small print.
    pub soft: &'static str,
    /// Lines that only help the eye.
    pub grid: &'static str,
    /// What is usual.
    pub usual: &'static str,
    /// From here on it is a warning.
    pub warning: &'static str,
    /// From here on it is critical; also the time of the alert.
    pub critical: &'static str,
    /// Series, in order.
    pub series: [&'static str; 6],
}

impl Palette {
    /// The colour of a line that should not be crossed.
    pub(super) fn of(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Warning => self.warning,
            Severity::Critical => self.critical,
        }
    }

    /// The colour of the series at this place.
    pub(super) fn series(&self, at: usize) -> &'static str {
        self.series[at % self.series.len()]
    }
}

/// For chat and mail.
pub const LIGHT: Palette = Palette {
    paper: "#ffffff",
    ink: "#1d2026",
    soft: "#5c6270",
    grid: "#e4e4de",
    usual: "#8b98f5",
    warning: "#b26a00",
    critical: "#c8322b",
    series: ["#4756c4", "#c2571a", "#25855a", "#8e44ad", "#0e7c9b", "#7a6a1f"],
};

/// For readers in the dark.
pub const DARK: Palette = Palette {
    paper: "#1d2027",
    ink: "#e8e9ed",
    soft: "#a0a6b4",
    grid: "#343945",
    usual: "#8b98f5",
    warning: "#f0b04a",
    critical: "#ff7a70",
    series: ["#8b98f5", "#ff9d5c", "#5fc796", "#c79be8", "#5cc4e0", "#d3c26a"],
};

/// For the page: `app.css` says what they are.
pub const PAGE: Palette = Palette {
    paper: "",
    ink: "var(--ink)",
    soft: "var(--soft)",
    grid: "var(--faint)",
    usual: "var(--series-1)",
    warning: "var(--warning)",
    critical: "var(--critical)",
    series: [
        "var(--series-1)",
        "var(--series-2)",
        "var(--series-3)",
        "var(--series-4)",
        "var(--series-5)",
        "var(--series-6)",
    ],
};
