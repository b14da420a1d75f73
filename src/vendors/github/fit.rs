//! Makes texts fit what GitHub takes, and says so where something was cut.

/// Longer titles are refused with 422.
const TITLE: usize = 256;

/// Longer texts of issues and comments are refused with 422 ("is too long (maximum is 65536 characters)").
const TEXT: usize = 65_536;

/// What is said where a text was cut.
const CUT: &str = "\n\n*The rest was cut: GitHub takes 65,536 characters.*\n";

/// A title in one line.
pub(super) fn title(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    if line.chars().count() <= TITLE {
        return line.to_owned();
    }
    let kept: String = line.chars().take(TITLE - 3).collect();
    format!("{}...", kept.trim_end())
}

/// Markdown, cut after a line that fits; a code block that was open there is closed.
pub(super) fn text(markdown: &str) -> String {
    if markdown.chars().count() <= TEXT {
        return markdown.to_owned();
    }
    let (mut kept, mut used, mut fence) = (String::new(), 0, String::new());
    for line in markdown.split_inclusive('\n') {
        let length = line.chars().count();
        // Room for the end of a code block, and for the note.
        let room = TEXT - CUT.len() - fence.len() - 2;
        if used + length > room {
            if length > room {
                // Of a line that is longer than all there may be, the beginning is kept.
                kept.extend(line.chars().take(room.saturating_sub(used)));
            }
            break;
        }
        kept.push_str(line);
        used += length;
        fence = after(fence, line);
    }
    let end = if fence.is_empty() { String::new() } else { format!("\n{fence}") };
    format!("{}{end}{CUT}", kept.trim_end())
}

/// The fence of the code block that is open after `line`; empty outside of one.
fn after(open: String, line: &str) -> String {
    let line = line.trim();
    let ticks: String = line.chars().take_while(|c| *c == '`').collect();
    if open.is_empty() {
        let info = &line[ticks.len()..];
        return if ticks.len() >= 3 && !info.contains('`') { ticks } else { open };
    }
    let closes = ticks.len() >= open.len() && ticks.len() == line.len();
    if closes { String::new() } else { open }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays() {
        assert_eq!(title("orders is read\nwhole"), "orders is read whole");
        assert_eq!(text("# A\n\ntext\n"), "# A\n\ntext\n");
    }

    #[test]
    fn what_is_too_long_is_cut_visibly_and_code_stays_code() {
        assert_eq!(title(&"ä".repeat(300)).chars().count(), 256);
        let long = text(&format!("Plan:\n\n````sql\n{}````\n", "select '```';\n".repeat(9_000)));
        assert!(long.chars().count() <= TEXT, "{}", long.chars().count());
        assert!(
            long.ends_with("select '```';\n````\n\n*The rest was cut: GitHub takes 65,536 characters.*\n")
        );
        let one_line = text(&"ä".repeat(100_000));
        assert!(one_line.chars().count() <= TEXT && one_line.chars().count() > TEXT - 100);
        assert!(one_line.ends_with(CUT));
    }
}
