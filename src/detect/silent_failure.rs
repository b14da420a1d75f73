//! It answers without errors, but not with what it should: an assertion on the body failed.

use super::facts::Facts;
use super::look::Look;
use super::not_answering::failing;
use super::recent::Recent;
use super::settings::Settings;
use crate::model::finding::Rule;
use crate::model::sample::SeriesKey;
use crate::model::signal::Signal;
use crate::model::time::Moment;

pub(super) fn look(now: Moment, facts: &Facts, settings: &Settings) -> Vec<Look> {
    let mut looks = failing(Rule::SilentFailure, Signal::BodyCheck, now, facts, settings);
    // What does not answer at all fails loudly, and has its own finding.
    looks.retain(|look| answers(&look.key, now, facts, settings));
    looks
}

fn answers(key: &SeriesKey, now: Moment, facts: &Facts, settings: &Settings) -> bool {
    let answering = SeriesKey::new(Signal::Answering, key.subject.clone());
    Recent::of(&answering, now, facts, settings).is_none_or(|recent| recent.last().value >= 0.5)
}
