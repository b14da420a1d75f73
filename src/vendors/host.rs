//! Reads the machine itself: CPU, memory, the fullest disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sysinfo::{DiskRefreshKind, Disks, System};

use crate::error::CallError;
use crate::model::sample::{Observation, SeriesKey};
use crate::model::signal::Signal;
use crate::model::source::{Gap, Reading};
use crate::model::subject::Subject;
use crate::model::time::Moment;
use crate::ports::metric_source::MetricSource;

/// How the machine itself is watched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How people know the machine. Default: its host name.
    pub name: Option<String>,
    /// The environment that it belongs to. Default: none.
    pub environment: String,
}

/// File systems that hold no data of their own, cannot fill up, or are another one seen twice.
const NOT_DISKS: [&str; 22] = [
    "autofs",
    "cgroup",
    "cgroup2",
    "debugfs",
    "devfs",
    "devpts",
    "devtmpfs",
    "erofs",
    "fuse.lxcfs",
    "fuse.snapfuse",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nsfs",
    "nullfs",
    "proc",
    "ramfs",
    "rootfs",
    "squashfs",
    "sysfs",
    "tmpfs",
    "udf",
];

/// The machine that quad runs on.
pub struct Host {
    subject: Subject,
    // CPU use is the difference between two looks, so the first one is kept.
    system: Arc<Mutex<System>>,
}

impl Host {
    /// Takes a first look, so that the first reading has something to compare with.
    ///
    /// # Errors
    /// Permanent where the system does not tell its figures at all.
    pub fn new(config: Config) -> Result<Self, CallError> {
        let unreadable = |_| CallError::permanent("this system does not tell its CPU and memory figures");
        let mut system = System::new().map_err(unreadable)?;
        system.refresh_cpu_usage();
        let name = config.name.or_else(|| System::host_name().ok()).unwrap_or_else(|| "localhost".to_owned());
        Ok(Self { subject: Subject::host(&config.environment, &name), system: Arc::new(Mutex::new(system)) })
    }
}

#[async_trait]
impl MetricSource for Host {
    fn name(&self) -> String {
        "host".to_owned()
    }

    async fn read(&self, now: Moment) -> Result<Reading, CallError> {
        let system = Arc::clone(&self.system);
        // A network file system that hangs must not hold up the other sources.
        let looked = tokio::task::spawn_blocking(move || look(&system)).await;
        let figures = looked.map_err(|_| CallError::transient("the machine's figures could not be read"))?;
        let mut reading = Reading::default();
        for (signal, value) in figures {
            let key = SeriesKey::new(signal, self.subject.clone());
            match value {
                Ok(value) => reading.observations.push(Observation { key, at: now, value }),
                Err(why) => reading.gaps.push(Gap {
                    signal: Some(signal),
                    of: self.subject.host.clone(),
                    why: why.to_owned(),
                }),
            }
        }
        Ok(reading)
    }
}

fn look(system: &Mutex<System>) -> Vec<(Signal, Result<f64, &'static str>)> {
    let mut system = system.lock().unwrap_or_else(PoisonError::into_inner);
    system.refresh_cpu_usage();
    system.refresh_memory();
    let cpu = f64::from(system.global_cpu_usage());
    let (used, total) = memory(&system);
    let finite = |value: f64, why| if value.is_finite() { Ok(value.clamp(0.0, 100.0)) } else { Err(why) };
    let mut out = vec![(Signal::Cpu, finite(cpu, "the system does not tell CPU use"))];
    if total > 0 {
        out.push((Signal::Memory, finite(100.0 * used as f64 / total as f64, "")));
        out.push((Signal::MemoryUsed, Ok(used as f64)));
    } else {
        out.push((Signal::Memory, Err("the system does not tell its memory")));
    }
    out.push((Signal::Disk, fullest_disk().ok_or("no disk that can fill up was found")));
    out
}

/// Used and total bytes; inside a container those of its cgroup, where that has a limit.
fn memory(system: &System) -> (u64, u64) {
    let (used, total) = (system.used_memory(), system.total_memory());
    match system.cgroup_limits() {
        Some(limits) if limits.total_memory > 0 && limits.total_memory < total => {
            (limits.total_memory.saturating_sub(limits.free_memory), limits.total_memory)
        }
        _ => (used, total),
    }
}

fn fullest_disk() -> Option<f64> {
    let disks = Disks::new_with_refreshed_list_specifics(DiskRefreshKind::nothing().with_storage()).ok()?;
    let seen: Vec<Mount> = disks
        .iter()
        .map(|disk| Mount {
            device: disk.name().to_string_lossy().into_owned(),
            kind: disk.file_system().to_string_lossy().to_lowercase(),
            total: disk.total_space(),
            free: free(disk.mount_point()).unwrap_or(disk.available_space()),
            available: disk.available_space(),
            read_only: disk.is_read_only(),
        })
        .collect();
    fullest(&seen)
}

/// Bytes that are free, those included that only root may fill. sysinfo does not tell them.
fn free(mount: &Path) -> Option<u64> {
    let told = rustix::fs::statvfs(mount).ok()?;
    told.f_bfree.checked_mul(told.f_frsize)
}

#[derive(Debug, Clone)]
struct Mount {
    device: String,
    kind: String,
    total: u64,
    /// Free for root.
    free: u64,
    /// Free for everybody else.
    available: u64,
    read_only: bool,
}

impl Mount {
    /// As `df` says it: of what everybody may use. Blocks that are kept for root are neither.
    fn percent_used(&self) -> f64 {
        let used = self.total.saturating_sub(self.free.max(self.available));
        let usable = used.saturating_add(self.available);
        if usable == 0 { 100.0 } else { 100.0 * used as f64 / usable as f64 }
    }
}

/// Percent used of the fullest one. A device mounted twice counts once; an overlay is the disk
/// below it seen again, and counts only where nothing else does, as inside a container.
fn fullest(mounts: &[Mount]) -> Option<f64> {
    let mut devices: BTreeMap<(&str, u64), f64> = BTreeMap::new();
    let mut overlay: Option<f64> = None;
    for mount in mounts {
        if mount.total == 0 || mount.read_only || NOT_DISKS.contains(&mount.kind.as_str()) {
            continue;
        }
        let used = mount.percent_used();
        if mount.kind == "overlay" {
            overlay = Some(overlay.unwrap_or(0.0).max(used));
        } else {
            devices.insert((&mount.device, mount.total), used);
        }
    }
    devices.into_values().reduce(f64::max).or(overlay)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(device: &str, kind: &str, used: u64) -> Mount {
        Mount {
            device: device.into(),
            kind: kind.into(),
            total: 100,
            free: 100 - used,
            available: 100 - used,
            read_only: false,
        }
    }

    #[test]
    fn only_disks_that_can_fill_up_count() {
        let mut cdrom = mount("/dev/sr0", "ext4", 100);
        cdrom.read_only = true;
        let mounts = [
            mount("/dev/sda1", "ext4", 40),
            mount("/dev/sdb1", "xfs", 71),
            mount("/dev/loop0", "squashfs", 100),
            mount("tmpfs", "tmpfs", 99),
            mount("overlay", "overlay", 98),
            cdrom,
        ];
        assert_eq!(fullest(&mounts).map(f64::round), Some(71.0));
        assert_eq!(fullest(&mounts[4..]).map(f64::round), Some(98.0), "inside a container");
        assert_eq!(fullest(&[]), None);
    }

    #[test]
    fn blocks_that_are_kept_for_root_are_neither_used_nor_free() {
        let mut ext4 = mount("/dev/sda1", "ext4", 0);
        (ext4.total, ext4.free, ext4.available) = (1_000, 240, 190);
        // df: 760 / (760 + 190) = 80 %, though only 19 % of all blocks can be had.
        assert_eq!(ext4.percent_used(), 80.0);
        (ext4.free, ext4.available) = (50, 0);
        assert_eq!(ext4.percent_used(), 100.0);
    }

    #[test]
    fn the_share_is_the_one_that_df_prints() {
        let df = std::process::Command::new("df").args(["--output=pcent,size", "-B1", "/"]).output();
        let said = String::from_utf8(df.expect("coreutils are there").stdout).expect("text");
        let mut words = said.lines().nth(1).expect("a line").split_whitespace();
        let percent: f64 =
            words.next().and_then(|word| word.trim_end_matches('%').parse().ok()).expect("a share");
        let told = rustix::fs::statvfs("/").expect("is told");
        let root = Mount {
            total: told.f_blocks * told.f_frsize,
            free: told.f_bfree * told.f_frsize,
            available: told.f_bavail * told.f_frsize,
            ..mount("/", "ext4", 0)
        };
        // df rounds up, and others write meanwhile.
        assert!((root.percent_used().ceil() - percent).abs() <= 1.0, "{} and {percent}", root.percent_used());
    }

    #[tokio::test]
    async fn this_machine_tells_its_figures() {
        let host = Host::new(Config { name: Some("here".into()), ..Config::default() }).expect("is readable");
        let reading = host.read(Moment::UNIX_EPOCH).await.expect("reads");
        for signal in [Signal::Cpu, Signal::Memory, Signal::MemoryUsed] {
            let found = reading.observations.iter().find(|seen| seen.key.signal == signal).expect("is seen");
            assert_eq!(found.key.subject, Subject::host("", "here"));
            assert!(found.value >= 0.0 && (signal == Signal::MemoryUsed || found.value <= 100.0));
        }
    }
}
