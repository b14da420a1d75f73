//! What a person can ask.

use crate::model::answer::{Answer, Press, Section};

pub(super) fn help() -> Answer {
    let examples = [
        ("why is the API slow?", "figures, the cause with its evidence, a fix"),
        ("errors on checkout in the last 30 minutes", "what fails, since when, why"),
        ("memory of web", "CPU, memory and disk, and where they are heading"),
        ("status", "what is wrong, and what I can't see"),
        ("alerts, or: what fired last night?", "open and past alerts"),
        ("ack 12, resolve 12, silence checkout for 2 hours", "needs the responder role"),
        ("daily report, weekly report", "for any day or week; `send me the daily report at 8` for yourself"),
        (
            "did the last deploy make it slower? when is the disk full?",
            "also: trend, SLA, regions, who did what",
        ),
        ("set the latency threshold of web to 300 ms", "shown first, done after an admin approves"),
        ("sign in", "a link to my page, for you alone"),
    ];
    let items = examples.iter().map(|(say, get)| format!("`{say}` - {get}")).collect();
    Answer::new("Ask in your own words; these are things I can do.")
        .with(Section::List { numbered: false, items })
        .button("Status", Press::Ask("status".to_owned()))
        .button("Why is it slow?", Press::Ask("why is it slow?".to_owned()))
        .footnote(
            "In a thread you can go on: `and payments?`, `why?`. I change nothing outside my own books.",
        )
}
