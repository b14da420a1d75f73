//! Weighs the phrases that were found and decides what the person wants. Reading wins whenever
//! acting is not said plainly.

use super::clauses::Clause;
use super::cues;
use super::items::{Item, ItemKind};
use super::moods::Mood;
use super::phrases::{BOOK, Hit};
use super::ranker::features::{features, texts};
use super::ranker::{Ranked, Ranker, acts};
use super::wishes::{is_doubted, is_wish};

/// Below this nothing was understood.
const LEAST: f64 = 3.0;
/// The share that the ranker must give to what the phrases would do.
const AGREED: f32 = 0.3;
/// The share above which something is done that no phrase has.
const SURE: f32 = 0.6;
/// The share of the whole message above which the wish may be spread over clauses: "web-1 hangs, do restart it".
const CERTAIN: f32 = 0.8;
/// Clauses that are read one by one.
const MOST_CLAUSES: usize = 8;

/// One intent and how much spoke for it.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) listed: usize,
    pub(super) score: f64,
    /// Clause of its best phrase.
    pub(super) clause: usize,
    /// Phrases found, best first, as written in the lists.
    pub(super) because: Vec<&'static str>,
}

/// Weight, first item, item after the last, the phrase, its clause.
type Weighed = (f64, usize, usize, &'static str, usize);

/// What the phrases alone say.
#[derive(Debug, Clone)]
struct Spoken {
    intent: &'static str,
    clause: Option<usize>,
    ranked: Vec<Candidate>,
    guard: Option<String>,
}

/// What was decided.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    pub(super) intent: &'static str,
    /// The clause that decided, if one did.
    pub(super) clause: Option<usize>,
    /// Every intent with its share, the likeliest first.
    pub(super) ranked: Vec<Ranked>,
    /// What spoke for the intent, in words.
    pub(super) because: Vec<String>,
    /// Phrases that spoke for an intent.
    pub(super) phrases: Vec<String>,
    /// Why something that acts was not done.
    pub(super) guard: Option<String>,
}

/// "anything I should know before I go to lunch", "on my way to a laptop": when or where somebody
/// is, beside what they want.
fn is_meanwhile(items: &[Item], at: usize, sentence: usize) -> bool {
    const MEANWHILE: &[&str] = &[
        "before", "after", "during", "until", "till", "since", "over", "way", "heading", "vor", "nach",
        "avant", "apres",
    ];
    items[sentence.max(at.saturating_sub(5))..at]
        .iter()
        .any(|item| item.kind == ItemKind::Word && MEANWHILE.contains(&item.text.as_str()))
}

/// Decides what a message wants: the ranker says what it is about, the phrases and moods whether
/// that may act.
pub(super) fn decide(ranker: &Ranker, items: &[Item], clauses: &[Clause], hits: &[Hit]) -> Decision {
    let spoken = spoken(items, clauses, hits);
    let features = features(items, clauses, hits);
    let ranked = if items.is_empty() { Vec::new() } else { ranker.rank(&features) };
    let share = |intent: &str| ranked.iter().find(|other| other.intent == intent).map_or(0.0, |it| it.share);
    let reading =
        ranked.iter().find(|other| !acts(other.intent)).map_or("out_of_scope", |other| other.intent);
    let top = ranked.first().map_or("out_of_scope", |first| first.intent);
    let mut guard = spoken.guard.clone();
    let mut plain = None;
    let intent = if spoken.intent == "refuse"
        || (acts(spoken.intent) && share(spoken.intent) >= AGREED && top != "refuse")
    {
        spoken.intent
    } else if acts(top) {
        plain = says_plainly(ranker, items, clauses, hits, (top, share(top)));
        if plain.is_some() {
            top
        } else {
            guard = guard.or_else(|| Some(format!("{top}: not said plainly")));
            reading
        }
    } else {
        top
    };
    let clause = spoken
        .ranked
        .iter()
        .find(|candidate| cues::ALL[candidate.listed].intent == intent)
        .map(|candidate| candidate.clause)
        .or(plain)
        .or(spoken.clause)
        .or((!items.is_empty() && intent != "out_of_scope").then_some(0));
    let strongest = ranker.strongest(intent, &features, 6);
    let wanted: Vec<u32> = strongest.iter().map(|(hash, _)| *hash).collect();
    let known = texts(items, clauses, hits, &wanted);
    let because = strongest
        .iter()
        .filter_map(|(hash, weight)| {
            let (_, text) = known.iter().find(|(known, _)| known == hash)?;
            Some(format!("{text} +{weight:.2}"))
        })
        .collect();
    let phrases = spoken
        .ranked
        .iter()
        .take(5)
        .map(|it| format!("{} {:.1}: {}", cues::ALL[it.listed].intent, it.score, it.because.join("; ")))
        .collect();
    Decision { intent, clause, ranked, because, phrases, guard }
}

/// The clause that says as a wish what would act; none where another clause asks or doubts.
fn says_plainly(
    ranker: &Ranker,
    items: &[Item],
    clauses: &[Clause],
    hits: &[Hit],
    (intent, share): (&str, f32),
) -> Option<usize> {
    if share < SURE {
        return None;
    }
    clauses.iter().take(MOST_CLAUSES).enumerate().position(|(at, clause)| {
        if !is_wish(items, clause, intent) || is_doubted(clauses, at) {
            return false;
        }
        if share >= CERTAIN {
            return true;
        }
        let from = clause.items.start;
        let own: Vec<Hit> = hits
            .iter()
            .filter(|hit| clause.items.contains(&hit.from) && hit.to <= clause.items.end)
            .map(|hit| Hit { from: hit.from - from, to: hit.to - from, ..hit.clone() })
            .collect();
        let alone = Clause {
            items: 0..clause.items.len(),
            head: clause.head - from,
            mood: clause.mood,
            sentence: 0..clause.items.len(),
        };
        let ranked = ranker.rank(&features(&items[clause.items.clone()], &[alone], &own));
        ranked.first().is_some_and(|first| first.intent == intent && first.share >= SURE)
    })
}

/// Decides among the hits of a message.
fn spoken(items: &[Item], clauses: &[Clause], hits: &[Hit]) -> Spoken {
    let mut guard = None;
    let mut weighed: Vec<Vec<Weighed>> = vec![Vec::new(); cues::ALL.len()];
    for hit in hits {
        let phrase = &BOOK.phrases[hit.phrase];
        let listed = &cues::ALL[phrase.intent];
        let Some(at) = clauses.iter().position(|clause| clause.items.contains(&hit.from)) else { continue };
        let clause = &clauses[at];
        if listed.intent == "out_of_scope" && is_meanwhile(items, hit.from, clause.sentence.start) {
            continue;
        }
        let quoted = items[hit.from..hit.to.max(hit.from + 1)].iter().any(|item| item.quoted);
        let mut weight = phrase.weight;
        if listed.acting || listed.intent == "refuse" {
            let refused = match clause.mood {
                Mood::Direct => None,
                Mood::Narrated if listed.intent == "refuse" => None,
                Mood::Question | Mood::Reported if listed.intent == "refuse" && phrase.firm => None,
                Mood::Negated | Mood::Hypothetical if phrase.firm => None,
                Mood::Question => Some("a question never acts"),
                Mood::Hypothetical => Some("only thought about, not asked for"),
                Mood::Negated => Some("negated"),
                Mood::Reported => Some("somebody else's words"),
                Mood::Narrated => Some("told of what was"),
            };
            let refused = if quoted { Some("quoted") } else { refused };
            let refused = if listed.acting && hit.to > clause.items.end && !phrase.firm {
                refused.or(Some("runs into another clause"))
            } else {
                refused
            };
            if let Some(why) = refused {
                if listed.acting || clause.mood == Mood::Direct {
                    guard = guard.or_else(|| Some(format!("{}: {why}", listed.intent)));
                }
                continue;
            }
        }
        if quoted {
            weight *= 0.5;
        }
        weighed[phrase.intent].push((weight, hit.from, hit.to, phrase.source, at));
    }
    let mut ranked: Vec<Candidate> = Vec::new();
    for (listed, mut found) in weighed.into_iter().enumerate() {
        if found.is_empty() {
            continue;
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut score = 0.0;
        let mut share = 1.0;
        let mut covered: Vec<(usize, usize)> = Vec::new();
        for (weight, from, to, _, _) in &found {
            // A second phrase over the same words says nothing new.
            if covered.iter().any(|(start, end)| from < end && start < to) {
                continue;
            }
            covered.push((*from, *to));
            score += weight * share;
            share *= 0.3;
        }
        // Who names a service of ours means it, whatever else occurs: "image-resizer takes 20 s a photo".
        if cues::ALL[listed].intent == "out_of_scope"
            && items.iter().any(|item| item.is(super::items::Class::Name))
        {
            score *= 0.25;
        }
        ranked.push(Candidate {
            listed,
            score,
            clause: found[0].4,
            because: found.iter().take(4).map(|hit| hit.3).collect(),
        });
    }
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.listed.cmp(&b.listed)));
    let name = |candidate: &Candidate| cues::ALL[candidate.listed].intent;
    // "cpu is at 95 %, why" is no follow-up: another clause says what it is about.
    if let Some(at) = ranked.iter().position(|candidate| name(candidate) == "follow_up")
        && ranked.iter().any(|other| {
            other.clause != ranked[at].clause && !matches!(name(other), "smalltalk" | "follow_up")
        })
    {
        ranked.remove(at);
    }
    if let Some(refuse) =
        ranked.iter().find(|candidate| name(candidate) == "refuse" && candidate.score >= 30.0)
    {
        return Spoken {
            intent: "refuse",
            clause: Some(refuse.clause),
            guard: Some("nobody may have this".to_owned()),
            ranked,
        };
    }
    let acting = ranked.iter().find(|candidate| cues::ALL[candidate.listed].acting);
    let reading = ranked.iter().find(|candidate| !cues::ALL[candidate.listed].acting);
    let choice = match (acting, reading) {
        (Some(acting), Some(reading)) => {
            // Words inside the clause that acts are its object: "mute latency alerts on web". What
            // stands beside it as a statement is its reason; as a question it is the point.
            let own = ranked.iter().filter(|other| {
                !cues::ALL[other.listed].acting
                    && other.clause != acting.clause
                    && clauses[other.clause].mood == Mood::Question
                    && !matches!(name(other), "smalltalk" | "help")
            });
            let rival = own.map(|other| other.score).fold(0.0, f64::max);
            let numbered = items[clauses[acting.clause].items.clone()]
                .iter()
                .any(|item| item.is(super::items::Class::Number));
            if (rival >= acting.score.min(8.0) && !numbered)
                || (name(reading) == "out_of_scope" && reading.score > acting.score)
            {
                guard = guard.or_else(|| Some(format!("{}: a question beside it wins", name(acting))));
                Some(reading)
            } else {
                Some(acting)
            }
        }
        (Some(only), None) | (None, Some(only)) => Some(only),
        (None, None) => None,
    };
    let choice = choice.filter(|candidate| candidate.score >= LEAST).cloned();
    match choice {
        Some(candidate) => Spoken { intent: name(&candidate), clause: Some(candidate.clause), ranked, guard },
        None => Spoken { intent: "out_of_scope", clause: None, ranked, guard },
    }
}
