//! The words of the domain, as plain data. No IO, no clock, no vendor.
//!
//! Read in this order: what is measured (`signal`, `subject`, `sample`), what is wrong
//! (`finding`, `alert`, `diagnosis`), what is said (`answer`), and to whom (`person`, `outgoing`).

pub mod alert;
pub mod answer;
pub mod change;
pub mod chart;
pub mod deployment;
pub mod diagnosis;
pub mod escalation;
pub mod finding;
pub mod inbound;
pub mod index_work;
pub mod inventory;
pub mod issue;
pub mod issue_work;
pub mod outgoing;
pub mod page;
pub mod person;
pub mod request;
pub mod roles;
pub mod sample;
pub mod secret;
pub mod signal;
pub mod source;
pub mod statement;
pub mod subject;
pub mod subscription;
pub mod surroundings;
pub mod thread;
pub mod threshold;
pub mod time;
pub mod uptime;
pub mod window;
