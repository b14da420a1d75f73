//! Numbers of digests and plans as people read them.

use crate::model::signal::thousands;

/// A number of things: `4`, `12,400`, `1.5 million`.
pub fn count(number: f64) -> String {
    let number = number.max(0.0);
    match number {
        n if n >= 999_950_000.0 => format!("{} billion", short(n / 1e9)),
        n if n >= 1e6 => format!("{} million", short(n / 1e6)),
        // Averages over many runs.
        n if n < 10.0 && n.fract() > 0.05 => short(n),
        n => thousands(n, 0),
    }
}

/// `1 row`, `12,400 rows`.
pub fn rows(number: f64) -> String {
    format!("{} row{}", count(number), if count(number) == "1" { "" } else { "s" })
}

/// A time: `0.04 ms`, `340 ms`, `1.2 s`, `3.5 min`.
pub fn time(ms: f64) -> String {
    match ms.max(0.0) {
        ms if ms < 0.0005 => "0 ms".to_owned(),
        ms if ms < 0.00995 => format!("{ms:.3} ms"),
        ms if ms < 0.995 => format!("{ms:.2} ms"),
        ms if ms < 9.95 => format!("{} ms", short(ms)),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms if ms < 119_500.0 => format!("{} s", short(ms / 1e3)),
        ms => format!("{} min", short(ms / 6e4)),
    }
}

/// A size that is given in kB.
pub fn size(kb: f64) -> String {
    match kb.max(0.0) {
        kb if kb < 1023.5 => format!("{kb:.0} kB"),
        kb if kb < 1_048_064.0 => format!("{} MB", short(kb / 1024.0)),
        kb => format!("{} GB", short(kb / 1_048_576.0)),
    }
}

/// A share from 0 to 1.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p <= 0.0 => "0 %".to_owned(),
        p if p < 1.0 => "< 1 %".to_owned(),
        p => format!("{p:.0} %"),
    }
}

/// One digit behind the point where there is one before it.
fn short(number: f64) -> String {
    if number >= 99.95 {
        return thousands(number, 0);
    }
    format!("{number:.1}").trim_end_matches(".0").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([count(0.0), count(0.5), count(999.0), count(12_400.0)], ["0", "0.5", "999", "12,400"]);
        assert_eq!(
            [count(1e6), count(1_540_000.0), count(2.5e9)],
            ["1 million", "1.5 million", "2.5 billion"]
        );
        assert_eq!(
            [time(0.0432), time(5.25), time(340.4), time(1_234.0)],
            ["0.04 ms", "5.2 ms", "340 ms", "1.2 s"]
        );
        assert_eq!([size(80.0), size(14_968.0), size(3e6)], ["80 kB", "14.6 MB", "2.9 GB"]);
        assert_eq!([percent(0.0), percent(0.004), percent(0.87)], ["0 %", "< 1 %", "87 %"]);
        assert_eq!([rows(1.0), rows(2.0)], ["1 row", "2 rows"]);
    }
}
