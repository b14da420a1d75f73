//! One file a kind of question.
