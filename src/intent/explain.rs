//! Why a text was understood as it was, for `quad parse --explain`.

use std::fmt;

/// Everything that led to a decision, in words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explanation {
    /// Things read, with what they were taken for.
    pub items: Vec<String>,
    /// Clauses with their mood.
    pub clauses: Vec<String>,
    /// Intents with their shares, best first.
    pub candidates: Vec<String>,
    /// What spoke most for the intent, as learned.
    pub because: Vec<String>,
    /// Phrases of the lists that may act or refuse, or that were found for the intent.
    pub phrases: Vec<String>,
    /// What kept a change from being read, if something did.
    pub guard: Option<String>,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "read:    {}", self.items.join(" "))?;
        for clause in &self.clauses {
            writeln!(f, "clause:  {clause}")?;
        }
        for candidate in &self.candidates {
            writeln!(f, "intent:  {candidate}")?;
        }
        for reason in &self.because {
            writeln!(f, "because: {reason}")?;
        }
        for phrase in &self.phrases {
            writeln!(f, "phrase:  {phrase}")?;
        }
        writeln!(f, "guard:   {}", self.guard.as_deref().unwrap_or("nothing held back"))
    }
}
