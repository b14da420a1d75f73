//! What a message leads to, decided before anything is written.

use crate::chat::confirm::Act;
use crate::chat::names::{self, did_you_mean};
use crate::chat::refusal::{about_nobody, lacks, refusal, tried};
use crate::chat::subscribe::Wanted;
use crate::chat::understand::{Meant, Wish, understand};
use crate::chat::{Chat, aside, edited, plan, readings, sign_in};
use crate::handlers::{self, Asking};
use crate::model::alert::AlertNumber;
use crate::model::answer::Answer;
use crate::model::change::{ChangeNumber, Planned};
use crate::model::inbound::{Inbound, Said};
use crate::model::outgoing::Platform;
use crate::model::request::{AlertChange, Query, Request, WorldChange};
use crate::store::AuditLine;

/// What a message leads to.
pub(super) enum Decision {
    /// It was not for quad: say nothing.
    Nothing,
    /// Say this.
    Say(Answer),
    /// Say this, and remember that this was asked.
    Answer(Answer, Query),
    /// Say this to the person alone.
    Tell(Answer),
    /// Say this to the person alone, and note it: what they tried to change, how useful quad was.
    Note(Answer, AuditLine),
    /// Send them a report again and again, or no more.
    Subscribe(Wanted),
    /// Say this to the person alone, with a sign-in link for them.
    Admit(Answer),
    /// Show this change, which waits for its click.
    Propose(Planned),
    /// Do this about a change that waits; `pressed` on its own message, which then shows it.
    Settle { number: ChangeNumber, act: Act, pressed: bool },
    /// Change quad's books, and say what came of it; unless it was `pressed` on the alert's own
    /// message, which then shows it.
    Change { change: AlertChange, thread: Option<AlertNumber>, pressed: bool },
}

impl Chat {
    /// What a message leads to. Reads only.
    pub(super) async fn decide(&self, inbound: &Inbound) -> anyhow::Result<Decision> {
        let ctx = &self.0.readable;
        let meant = understand(ctx, inbound).await?;
        if let (true, Said::Text(said)) = (inbound.aside, &inbound.said)
            && !aside::concerns(&meant, said)
        {
            return Ok(Decision::Nothing);
        }
        if let Some(answer) = edited::refusal(&meant.wish).filter(|_| inbound.edited) {
            return Ok(Decision::Tell(answer));
        }
        let Meant { wish, detail, followed, thread, unknown, other, held, text, .. } = meant;
        if matches!(wish, Wish::Home) {
            // Whoever has no role is told so there.
            return Ok(Decision::Say(self.home(&inbound.person).await?));
        }
        if let Wish::Link(link) = &wish {
            // Whoever may ask may show it; to others it stays a link.
            return Ok(match lacks(&inbound.person, &wish) {
                None => Decision::Say(self.linked(link).await?),
                Some(_) => Decision::Nothing,
            });
        }
        if let Some(needed) = lacks(&inbound.person, &wish) {
            let answer = refusal(&inbound.person, needed);
            return Ok(match tried(&wish) {
                Some((what, subject)) => Decision::Note(
                    answer,
                    AuditLine {
                        at: ctx.now(),
                        who_id: inbound.person.id.clone(),
                        who_name: inbound.person.name.clone(),
                        what,
                        subject,
                        outcome: format!("refused: needs the role {}", needed.name()),
                    },
                ),
                None => Decision::Tell(answer),
            });
        }
        let answer = match wish {
            Wish::SignIn if inbound.platform == Platform::Page => sign_in::already(&inbound.person),
            Wish::SignIn if self.0.links.is_none() => sign_in::no_page(),
            Wish::SignIn => return Ok(Decision::Admit(sign_in::answer())),
            Wish::Settle(number, act) => {
                let pressed = matches!(inbound.said, Said::Press { .. });
                return Ok(Decision::Settle { number, act, pressed });
            }
            Wish::Why(number) => handlers::why(ctx, number).await?,
            Wish::Subscribe(wanted) => return Ok(Decision::Subscribe(wanted)),
            Wish::Rate(rating) => {
                let line = AuditLine {
                    at: ctx.now(),
                    who_id: inbound.person.id.clone(),
                    who_name: inbound.person.name.clone(),
                    what: "rated quad".to_owned(),
                    subject: rating.to_owned(),
                    outcome: "noted".to_owned(),
                };
                return Ok(Decision::Note(Answer::new(format!("Noted: {rating}. Thank you.")), line));
            }
            Wish::Home => self.home(&inbound.person).await?,
            Wish::Link(link) => self.linked(&link).await?,
            Wish::Runbook(number) => handlers::runbook(ctx, number).await?,
            Wish::Request(request) => match *request {
                Request::Query(query) => {
                    let scope = query.scope().cloned().unwrap_or_default();
                    if let Some(answer) = held.and_then(|act| readings::not_done(act, &scope)) {
                        return Ok(Decision::Say(answer));
                    }
                    let mut answer = handlers::answer(ctx, &query, Asking { thread, detail }).await?;
                    if followed && let Some(reading) = names::reading(ctx, &query) {
                        answer = answer.footnote(reading);
                    }
                    if let (Some(other), Some(scope)) = (other, query.scope()) {
                        answer = readings::offer(answer, other, scope);
                    }
                    if let Some(name) = unknown {
                        answer = did_you_mean(ctx, answer, &text, &name).await?;
                    }
                    return Ok(match query {
                        // What leads nowhere is not continued; what was asked before it still is.
                        Query::FollowUp(_) | Query::Help | Query::NotBuilt(_) => Decision::Say(answer),
                        query => Decision::Answer(answer, query),
                    });
                }
                Request::WorldChange(WorldChange::NotBuilt(asked)) => handlers::not_built(&asked),
                Request::WorldChange(change) => {
                    if let Some(name) = unknown {
                        return Ok(Decision::Tell(about_nobody("ack", &name)));
                    }
                    return Ok(Decision::Propose(plan::plan(ctx, &change, thread).await?));
                }
                Request::Talk(kind) => match unknown {
                    Some(name) => return Ok(Decision::Tell(about_nobody("ack", &name))),
                    None => handlers::talk(kind),
                },
                Request::AlertChange(change) => {
                    let which = change.which();
                    if let Some(name) = unknown
                        && which.number.is_none()
                        && thread.is_none()
                    {
                        // The only alert there is may be about something else altogether.
                        return Ok(Decision::Tell(about_nobody(change.verb(), &name)));
                    }
                    // On a list of alerts nothing else would show what the press did.
                    let on_its_message = thread.is_some() && thread == change.which().number;
                    let pressed = matches!(inbound.said, Said::Press { .. }) && on_its_message;
                    return Ok(Decision::Change { change, thread, pressed });
                }
            },
        };
        Ok(Decision::Say(answer))
    }
}
