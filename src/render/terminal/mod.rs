//! An answer as text for a terminal, with or without colours, wrapped to its width. Text from
//! outside can't move the cursor or change colours: control characters don't get through.

mod markdown;
mod plot;
mod style;

use unicode_width::UnicodeWidthStr as _;

use crate::model::answer::{Answer, Choice, Control, Figure, Mark, Section, Table};
use crate::model::chart::Chart;
use crate::render::chart::alt;
use markdown::{Block, Word, blocks, runs, words};
use style::{Run, Style, clean};

/// How a terminal wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// ANSI colours and weights.
    pub colour: bool,
    /// Columns; text is wrapped before it. Tables and code are never wrapped, so that they can be
    /// copied.
    pub width: usize,
}

impl Default for Look {
    fn default() -> Self {
        Self { colour: false, width: 80 }
    }
}

/// The whole answer, ending in a line break. Buttons are shown as what can be typed instead.
pub fn text(answer: &Answer, look: Look) -> String {
    let mut page = Page { out: String::new(), look };
    if !answer.headline.is_empty() {
        let (sign, style) = answer.mark.map_or(("", Style::Bold), sign);
        let mut words = vec![Run::new(sign, style)];
        words.extend(runs(&answer.headline).into_iter().map(|run| run.or(Style::Bold)));
        page.wrapped(&words, "", "");
    }
    for section in &answer.sections {
        page.section(section);
    }
    let typed: Vec<_> = answer.controls.iter().flat_map(choices).map(typed).collect();
    if !typed.is_empty() {
        page.gap();
        for (what, label) in typed {
            page.wrapped(
                &[Run::new(what, Style::Code), Run::new(format!(" ({label})"), Style::Dim)],
                "> ",
                "  ",
            );
        }
    }
    if !answer.footnotes.is_empty() {
        page.gap();
    }
    for note in &answer.footnotes {
        let words: Vec<_> = runs(note).into_iter().map(|run| run.or(Style::Dim)).collect();
        page.wrapped(&words, "", "");
    }
    page.out
}

fn choices(control: &Control) -> &[Choice] {
    match control {
        Control::Button(choice) => std::slice::from_ref(choice),
        Control::Menu { choices, .. } => choices,
    }
}

/// What a person types instead of pressing, and what the button says.
fn typed(choice: &Choice) -> (String, String) {
    (clean(&choice.press.typed()), clean(&choice.label))
}

fn sign(mark: Mark) -> (&'static str, Style) {
    match mark {
        Mark::Critical => ("● critical: ", Style::Red),
        Mark::Warning => ("● warning: ", Style::Yellow),
        Mark::Acknowledged => ("● acknowledged: ", Style::Blue),
        Mark::Good => ("● ", Style::Green),
        Mark::Unknown => ("○ ", Style::Dim),
    }
}

struct Page {
    out: String,
    look: Look,
}

impl Page {
    fn section(&mut self, section: &Section) {
        match section {
            Section::Heading(text) => {
                self.gap();
                self.wrapped(&[Run::new(clean(text), Style::Bold)], "", "");
            }
            Section::Text(text) => self.markdown(text),
            Section::Figures(figures) => self.figures(figures),
            Section::Table(table) => self.table(table),
            Section::List { numbered, items } => {
                for (at, item) in items.iter().enumerate() {
                    let lead = if *numbered { format!("{:>2}. ", at + 1) } else { "  - ".to_owned() };
                    self.wrapped(&runs(item), &lead, "    ");
                }
            }
            Section::Code { text, .. } => self.code(text),
            Section::Chart(chart) => self.chart(chart),
        }
    }

    /// One empty line, wherever something stands above.
    fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn markdown(&mut self, text: &str) {
        for block in blocks(text) {
            match block {
                Block::Words { runs, lead } => self.wrapped(&runs, &lead, &" ".repeat(lead.width())),
                Block::Code(text) => self.code(&text),
            }
        }
    }

    fn code(&mut self, text: &str) {
        for line in text.trim_end().lines() {
            self.out.push_str("    ");
            self.styled(&clean(line), Style::Code);
            self.out.push('\n');
        }
    }

    fn figures(&mut self, figures: &[Figure]) {
        let labels = figures.iter().map(|f| clean(&f.label).width()).max().unwrap_or(0);
        let values = figures.iter().map(|f| clean(&f.value).width()).max().unwrap_or(0);
        for figure in figures {
            let (label, value) = (clean(&figure.label), clean(&figure.value));
            let runs = [
                Run::new(format!("{label}{} ", " ".repeat(labels - label.width())), Style::Dim),
                Run::new(format!(" {value}{}", " ".repeat(values - value.width())), Style::Bold),
                Run::new(format!("  {}", clean(&figure.compared)), Style::Dim),
            ];
            // Columns stay columns: only what is wider than the terminal is wrapped as text.
            let wide: usize = 2 + runs.iter().map(|run| run.text.trim_end().width()).sum::<usize>();
            if wide <= self.look.width {
                self.out.push_str("  ");
                let end = usize::from(!figure.compared.is_empty()) + 1;
                for (at, run) in runs[..=end].iter().enumerate() {
                    self.styled(if at == end { run.text.trim_end() } else { &run.text }, run.style);
                }
                self.out.push('\n');
            } else {
                self.wrapped(&runs, "  ", "      ");
            }
        }
    }

    fn table(&mut self, table: &Table) {
        let rows: Vec<Vec<String>> = std::iter::once(&table.columns)
            .chain(&table.rows)
            .map(|row| row.iter().map(|cell| clean(cell)).collect())
            .collect();
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.width()).max().unwrap_or(0))
            .collect();
        for (at, row) in rows.iter().enumerate() {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str("  ");
                line.push_str(cell);
                line.push_str(&" ".repeat(width - cell.width()));
            }
            self.styled(line.trim_end(), if at == 0 { Style::Dim } else { Style::Plain });
            self.out.push('\n');
        }
    }

    /// What it shows in words, and below them the picture in blocks.
    fn chart(&mut self, chart: &Chart) {
        self.gap();
        self.wrapped(&[Run::new(clean(&alt(chart)), Style::Dim)], "", "");
        for line in plot::lines(chart, self.look.width) {
            self.out.push_str("  ");
            for run in line {
                self.styled(&run.text, run.style);
            }
            self.out.push('\n');
        }
        self.gap();
    }

    /// Runs of text, wrapped; `first` starts the first line and `next` those that follow.
    fn wrapped(&mut self, runs: &[Run], first: &str, next: &str) {
        self.out.push_str(first);
        let mut column = first.width();
        let mut fresh = true;
        let mut space: Option<Style> = None;
        for word in words(runs) {
            let Word::Text(pieces) = word else {
                space = Some(Style::Plain);
                continue;
            };
            let width: usize = pieces.iter().map(|run| run.text.width()).sum();
            if !fresh && column + usize::from(space.is_some()) + width > self.look.width {
                self.out.push('\n');
                self.out.push_str(next);
                column = next.width();
            } else if space.is_some() && !fresh {
                self.out.push(' ');
                column += 1;
            }
            for run in &pieces {
                self.styled(&run.text, run.style);
            }
            column += width;
            fresh = false;
            space = None;
        }
        self.out.push('\n');
    }

    fn styled(&mut self, text: &str, style: Style) {
        if self.look.colour && style != Style::Plain && !text.is_empty() {
            self.out.push_str(style.ansi());
            self.out.push_str(text);
            self.out.push_str("\x1b[0m");
        } else {
            self.out.push_str(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::alert::AlertNumber;
    use crate::model::answer::Press;
    use crate::model::answer::escape;

    fn slow() -> Answer {
        Answer::new("`checkout` is slow: P95 1,250 ms")
            .marked(Mark::Critical)
            .with(Section::Figures(vec![
                Figure {
                    label: "P95".to_owned(),
                    value: "1,250 ms".to_owned(),
                    compared: "120 ms an hour ago".to_owned(),
                },
                Figure { label: "Traffic".to_owned(), value: "83 req/s".to_owned(), compared: String::new() },
            ]))
            .with(Section::Heading("Cause".to_owned()))
            .with(Section::Text("The deployment **v1.2.3** at [13:52](time:1767880320) made it slower, see [the change](https://example.com/1).".to_owned()))
            .with(Section::List { numbered: true, items: vec!["Roll `checkout` back to v1.2.2, about 5 min".to_owned()] })
            .with(Section::Code { language: "sh".to_owned(), text: "kubectl rollout undo deploy/checkout".to_owned() })
            .with(Section::Table(Table {
                columns: vec!["service".to_owned(), "P95".to_owned()],
                rows: vec![vec!["checkout".to_owned(), "1,250 ms".to_owned()], vec!["支付".to_owned(), "12 ms".to_owned()]],
            }))
            .button("Acknowledge", Press::Acknowledge(AlertNumber(12)))
            .button("Silence 1 h", Press::Silence(AlertNumber(12), 60))
            .footnote("from prometheus, read at 14:02")
    }

    #[test]
    fn an_answer_reads_well_without_colours() {
        let look = Look { colour: false, width: 60 };
        insta::assert_snapshot!(text(&slow(), look), @r#"
        ● critical: checkout is slow: P95 1,250 ms
          P95      1,250 ms  120 ms an hour ago
          Traffic  83 req/s

        Cause
        The deployment v1.2.3 at 13:52 made it slower, see the
        change (https://example.com/1).
         1. Roll checkout back to v1.2.2, about 5 min
            kubectl rollout undo deploy/checkout
          service   P95
          checkout  1,250 ms
          支付      12 ms

        > ack 12 (Acknowledge)
        > silence 12 for 1 h (Silence 1 h)

        from prometheus, read at 14:02
        "#);
    }

    #[test]
    fn colours_only_where_they_are_wanted() {
        assert!(!text(&slow(), Look::default()).contains('\x1b'));
        assert!(text(&slow(), Look { colour: true, width: 80 }).contains("\x1b[1;31mcritical:\x1b[0m"));
    }

    #[test]
    fn text_from_outside_can_not_drive_the_terminal() {
        let evil = "a\x1b[2Jb\u{9b}31mc\u{202e}d\re";
        let answer = Answer::new(evil)
            .with(Section::Text(evil.to_owned()))
            .with(Section::Code { language: String::new(), text: evil.to_owned() })
            .with(Section::Heading(evil.to_owned()))
            .button(evil, Press::Ask(evil.to_owned()));
        let shown = text(&answer, Look::default());
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    }

    #[test]
    fn escaped_names_read_as_they_are_written() {
        assert_eq!(text(&Answer::new(escape("a*b_c[d](e)<f>")), Look::default()), "a*b_c[d](e)<f>\n");
    }

    proptest::proptest! {
        #[test]
        fn text_stays_within_the_width(words in proptest::collection::vec("[a-z支]{1,8}", 1..40), width in 20usize..100) {
            let shown = text(&Answer::new(words.join(" ")), Look { colour: false, width });
            proptest::prop_assert!(shown.lines().all(|line| line.width() <= width));
            proptest::prop_assert_eq!(shown.split_whitespace().collect::<Vec<_>>(), words);
        }
    }
}
