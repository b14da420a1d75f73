//! A workload of 75 classes of statements whose truth is known, written as the logs that databases
//! would have written of it. The same seed gives the same log.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What one class must come to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Truth {
    /// Each call's time, in microseconds.
    pub(crate) times_us: Vec<u64>,
    /// Rows looked at, over all calls.
    pub(crate) rows_examined: u64,
}

impl Truth {
    /// By nearest rank, in microseconds.
    pub(crate) fn quantile(&self, percent: usize) -> u64 {
        let mut times = self.times_us.clone();
        times.sort_unstable();
        times[(times.len() * percent).div_ceil(100).max(1) - 1]
    }

    pub(crate) fn sum_us(&self) -> u64 {
        self.times_us.iter().sum()
    }
}

/// One statement that ran.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Which class: its number.
    pub(crate) class: usize,
    pub(crate) sql: String,
    /// Seconds since 1970, and microseconds.
    pub(crate) at_s: i64,
    pub(crate) at_us: u64,
    pub(crate) time_us: u64,
    pub(crate) lock_us: u64,
    pub(crate) rows_sent: u64,
    pub(crate) rows_examined: u64,
    pub(crate) session: u64,
}

/// A statement's shape: `{n}` a number, `{s}` a string, `{l}` a list of numbers, `{r}` rows of values.
const SHAPES: [&str; 15] = [
    "SELECT * FROM {t} WHERE id = {n}",
    "SELECT id, name FROM {t} WHERE name = {s} AND state IN ({l})",
    "SELECT count(*) FROM {t} WHERE created_at >= {s} AND created_at < {s}",
    "SELECT a.id, b.total FROM {t} a JOIN payments b ON b.parent_id = a.id WHERE a.owner = {n} ORDER BY a.id DESC LIMIT {n}",
    "INSERT INTO {t} (id, name, price) VALUES {r}",
    "UPDATE {t} SET name = {s}, price = price * {n} WHERE id = {n}",
    "DELETE FROM {t} WHERE id IN ({l}) AND note <> {s}",
    "SELECT *\n  FROM {t}\n WHERE note LIKE {s}\n   AND price BETWEEN -{n} AND {n}",
    "SELECT max(price), min(price) FROM {t} WHERE kind = {n} GROUP BY owner HAVING count(*) > {n}",
    "SELECT id FROM {t} WHERE id IN (SELECT parent_id FROM payments WHERE state = {s} AND code IN ({l}))",
    "SELECT /* reports */ sum(price) FROM {t} WHERE price > {n}.5 AND name IS NOT NULL",
    "SELECT name FROM {t} WHERE owner = {n} UNION ALL SELECT name FROM archive WHERE owner = {n}",
    "SELECT id FROM {t} ORDER BY created_at LIMIT {n} OFFSET {n}",
    "SELECT coalesce(name, {s}) FROM {t} WHERE id = {n} FOR UPDATE",
    "SELECT id FROM {t} WHERE (owner = {n} OR name = {s}) AND price <> {n}",
];
const TABLES: [&str; 5] = ["orders", "customers", "invoices", "parcels", "messages"];

/// How many classes there are.
pub(crate) const CLASSES: usize = SHAPES.len() * TABLES.len();

/// Gives numbers that look random and are always the same.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }
}

/// Makes calls one after the other.
pub(crate) struct Workload {
    dice: Dice,
    at_s: i64,
    at_us: u64,
    /// What the calls so far must come to, by class.
    pub(crate) truth: BTreeMap<usize, Truth>,
}

impl Workload {
    pub(crate) fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed), at_s: 1_767_880_800, at_us: 0, truth: BTreeMap::new() }
    }

    /// The next call.
    pub(crate) fn call(&mut self) -> Call {
        let dice = &mut self.dice;
        // The first classes are called most.
        let class = (dice.below(CLASSES as u64) * dice.below(CLASSES as u64) / CLASSES as u64) as usize;
        let shape = SHAPES[class % SHAPES.len()].replace("{t}", TABLES[class / SHAPES.len()]);
        let sql = filled(&shape, dice);
        self.at_us += dice.below(40_000);
        self.at_s += (self.at_us / 1_000_000) as i64;
        self.at_us %= 1_000_000;
        let scale = 10_u64.pow(1 + (class % 5) as u32);
        let call = Call {
            class,
            sql,
            at_s: self.at_s,
            at_us: self.at_us,
            time_us: scale + dice.below(scale * 20),
            lock_us: dice.below(50),
            rows_sent: dice.below(40),
            rows_examined: dice.below(20_000),
            session: 10 + dice.below(12),
        };
        let truth = self.truth.entry(class).or_default();
        truth.times_us.push(call.time_us);
        truth.rows_examined += call.rows_examined;
        call
    }
}

fn filled(shape: &str, dice: &mut Dice) -> String {
    let mut out = String::with_capacity(shape.len() * 2);
    let mut rest = shape;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (what, after) = after.split_once('}').expect("a shape that is whole");
        match what {
            "n" => write!(out, "{}", dice.below(1_000_000)).expect("memory"),
            "s" => out.push_str(&string(dice)),
            "l" => {
                let numbers: Vec<_> = (0..=dice.below(12)).map(|_| dice.below(99_999).to_string()).collect();
                out.push_str(&numbers.join(", "));
            }
            "r" => {
                let rows: Vec<_> = (0..=dice.below(4))
                    .map(|_| format!("({}, {}, NULL)", dice.below(9_999), string(dice)))
                    .collect();
                out.push_str(&rows.join(", "));
            }
            other => panic!("no such part: {other}"),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// A string with what makes strings hard: quotes, brackets, words of SQL.
fn string(dice: &mut Dice) -> String {
    const WORDS: [&str; 8] = ["O''Neill", "a (b)", "x, y", "in (1)", "-- no", "50%", "Müller", "values"];
    let word = WORDS[dice.below(WORDS.len() as u64) as usize];
    format!("'{word} {}'", dice.below(100_000))
}

/// As MySQL's slow log.
pub(crate) fn slow_log(call: &Call, last_s: i64, out: &mut String) {
    if call.at_s != last_s {
        let at = chrono::DateTime::from_timestamp(call.at_s, 0).expect("a moment");
        writeln!(out, "# Time: {}", at.format("%Y-%m-%dT%H:%M:%S.000000Z")).expect("memory");
    }
    let (time, lock) = (call.time_us, call.lock_us);
    write!(
        out,
        "# User@Host: app[app] @ web-{} [10.0.0.7]  Id: {}\n# Query_time: {}.{:06}  Lock_time: {}.{:06} Rows_sent: {}  Rows_examined: {}\nSET timestamp={};\n{};\n",
        call.session % 3,
        call.session,
        time / 1_000_000,
        time % 1_000_000,
        lock / 1_000_000,
        lock % 1_000_000,
        call.rows_sent,
        call.rows_examined,
        call.at_s,
        call.sql,
    )
    .expect("memory");
}

/// As PostgreSQL's log on standard error, with `log_line_prefix = '%m [%p] %q%u@%d '`.
pub(crate) fn stderr_log(call: &Call, _: i64, out: &mut String) {
    let at = chrono::DateTime::from_timestamp(call.at_s, 0).expect("a moment");
    let sql = call.sql.replace('\n', "\n\t");
    writeln!(
        out,
        "{}.{:03} UTC [{}] app@shop LOG:  duration: {}.{:03} ms  statement: {sql}",
        at.format("%Y-%m-%d %H:%M:%S"),
        call.at_us / 1_000,
        call.session,
        call.time_us / 1_000,
        call.time_us % 1_000,
    )
    .expect("memory");
}

/// As PostgreSQL's csvlog.
pub(crate) fn csv_log(call: &Call, _: i64, out: &mut String) {
    let at = chrono::DateTime::from_timestamp(call.at_s, 0).expect("a moment");
    let sql = call.sql.replace('"', "\"\"");
    writeln!(
        out,
        "{}.{:03} UTC,\"app\",\"shop\",{},\"10.0.0.7:5432\",6{:07x}.{:x},{},\"SELECT\",2026-01-08 14:00:00 UTC,3/{},0,LOG,00000,\"duration: {}.{:03} ms  statement: {sql}\",,,,,,,,,\"web\",\"client backend\",,0",
        at.format("%Y-%m-%d %H:%M:%S"),
        call.at_us / 1_000,
        call.session,
        call.session,
        call.session,
        call.at_us,
        call.session,
        call.time_us / 1_000,
        call.time_us % 1_000,
    )
    .expect("memory");
}
