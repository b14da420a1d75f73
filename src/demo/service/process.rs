//! What a process knows about its own memory and CPU, from Linux's /proc.

/// Resident memory of process `pid` ("self" for one's own), in bytes. `None` where there is no
/// /proc (proc(5), `VmRSS`).
pub(crate) fn resident_bytes(pid: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    resident_in(&status)
}

/// CPU time that this process used so far, in seconds (proc(5), fields 14 and 15 of `stat`).
pub(super) fn cpu_seconds() -> Option<f64> {
    cpu_in(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

fn resident_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

fn cpu_in(stat: &str) -> Option<f64> {
    /// USER_HZ, fixed at 100 in Linux' interface to user space.
    const TICKS_PER_SECOND: f64 = 100.0;
    // The name in parentheses may hold spaces and parentheses itself.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_is_read_as_its_manual_says() {
        assert_eq!(resident_in("VmPeak:\t 9 kB\nVmRSS:\t   2048 kB\n"), Some(2_097_152));
        assert_eq!(cpu_in("7 (a) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0"), Some(2.0));
        assert_eq!(resident_in("nothing"), None);
        assert_eq!(cpu_in("nothing"), None);
    }
}
