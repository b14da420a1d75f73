//! What happens at its time: which moment that is (`due`), the reports (`reports`, and to
//! people who asked for them `subscriptions`), and who is told
//! when nobody reacts (`on_call`).

pub mod due;
pub mod index_works;
pub mod issue_works;
pub mod on_call;
pub mod reports;
pub mod subscriptions;
