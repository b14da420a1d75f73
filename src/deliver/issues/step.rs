//! What becomes of a matter: a new issue, a comment, an old issue opened again, or nothing. Pure: what
//! was found is an argument.

use crate::model::issue::{Content, Issue};

/// What is asked of the tracker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There is no issue about it.
    Open,
    /// Its issue is open, and this was not said there today.
    Comment,
    /// Its issue was closed, and it is there again: whoever closed it must see that.
    ReopenAndComment,
    /// Its issue is open and says just this since today.
    Nothing,
}

/// What to do about a matter whose issue is `found`. `today` is what was written there today; nobody
/// needs to know it of an issue that is closed.
pub fn decide(found: Option<&Issue>, today: &[String], content: &Content) -> Step {
    match found {
        None => Step::Open,
        // What was said before it was closed has been read and judged; it is news that it goes on.
        Some(issue) if !issue.open => Step::ReopenAndComment,
        Some(_) if today.iter().any(|text| content.is_said_in(text)) => Step::Nothing,
        Some(_) => Step::Comment,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::issue::IssueNumber;

    fn check(found: Option<bool>, today: &[&str]) -> Step {
        let issue = found.map(|open| Issue {
            number: IssueNumber(12),
            url: "https://github.com/acme/shop/issues/12".to_owned(),
            open,
            title: "orders is read whole".to_owned(),
        });
        let content = Content::new("c0ffee".to_owned());
        let today: Vec<String> =
            today.iter().map(|said| Content::new((*said).to_owned()).above("text")).collect();
        decide(issue.as_ref(), &today, &content)
    }

    #[test]
    fn one_matter_is_one_issue() {
        assert_eq!(check(None, &[]), Step::Open);
        assert_eq!(check(Some(true), &[]), Step::Comment);
        assert_eq!(check(Some(true), &["00ff"]), Step::Comment, "something else was said");
    }

    #[test]
    fn nobody_reads_the_same_twice_a_day() {
        assert_eq!(check(Some(true), &["00ff", "c0ffee"]), Step::Nothing);
    }

    #[test]
    fn what_was_closed_and_is_there_again_is_opened_again() {
        assert_eq!(check(Some(false), &[]), Step::ReopenAndComment);
        assert_eq!(check(Some(false), &["c0ffee"]), Step::ReopenAndComment);
    }
}
