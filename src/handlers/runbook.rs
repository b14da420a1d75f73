//! What to do about an alert: the team's own runbook that fits it best.

use crate::error::UserError;
use crate::gather::readable::Readable;
use crate::model::alert::AlertNumber;
use crate::model::answer::{Answer, Mark};

pub(super) async fn runbook(ctx: &Readable, number: AlertNumber) -> anyhow::Result<Answer> {
    let Some(alert) = ctx.alert(number).await? else {
        return Err(UserError::new(format!("I don't know an alert {number}.")).into());
    };
    let runbooks = &ctx.team().runbooks;
    Ok(match runbooks.fitting(&alert) {
        Some(runbook) => runbook.answer(),
        None if runbooks.0.is_empty() => {
            Answer::new("There are no runbooks: `runbooks` in the configuration names their folder.")
                .marked(Mark::Unknown)
        }
        None => {
            Answer::new(format!("No runbook fits alert {number}.")).marked(Mark::Unknown).footnote(format!(
                "{} known; their front matter says which alerts they are for",
                super::count(runbooks.0.len(), "runbook")
            ))
        }
    })
}
