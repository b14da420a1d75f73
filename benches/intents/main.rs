//! Learns the weights of the intent ranker from the labelled sentences, and says what to expect of
//! sentences that were not learned from.
//!
//! `cargo bench --bench intents -- learn` writes `src/intent/ranker.bin`; without `learn` each author's
//! sentences are read by weights learned from the others, and the shares understood are printed.

use std::collections::BTreeMap;

use quad::intent::{self, Example, Ranker};
use sentences::{Row, Score, rows, unseen, world};

#[path = "../../tests/support/sentences.rs"]
mod sentences;

fn main() {
    let rows = rows();
    if std::env::args().any(|arg| arg == "learn") {
        let ranker = Ranker::train(&rows.iter().map(example).collect::<Vec<_>>());
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/intent/ranker.bin");
        std::fs::write(path, ranker.bytes()).expect("the weights can be written");
        println!("{} sentences learned, {} bytes", rows.len(), ranker.bytes().len());
        return;
    }
    println!("| author left out | sentences | intent | slots | unsafe |\n| --- | --- | --- | --- | --- |");
    let mut by_author: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &rows {
        by_author.entry(row.author()).or_default().push(row);
    }
    let mut whole = Score::default();
    for (author, own) in &by_author {
        let others: Vec<Example> = rows.iter().filter(|row| row.author() != *author).map(example).collect();
        let ranker = Ranker::train(&others);
        let mut score = Score::default();
        for row in own {
            let world = world(&row.world);
            score.add(row, &intent::parse_with(&ranker, &row.text, &world.inventory, world.now));
        }
        println!("| {author} | {score} |");
        score.acted.iter().for_each(|text| println!("acted on {text:?}"));
        // The phrases were written with the first author's sentences in view: no measure of the unseen.
        if *author != "first" {
            whole.join(score);
        }
    }
    println!("| all but the first | {whole} |");
    let mut score = Score::default();
    for row in &unseen() {
        let world = world(&row.world);
        score.add(row, &intent::parse(&row.text, &world.inventory, world.now));
    }
    println!("| never learned from | {score} |");
}

fn example(row: &Row) -> Example {
    let world = world(&row.world);
    Example::new(&row.text, &world.inventory, world.now, row.wanted()).expect("a known intent")
}
