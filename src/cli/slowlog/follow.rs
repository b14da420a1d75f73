//! `quad slowlog --follow`: a digest of what is there, then one of what came in each interval, until it is
//! interrupted.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::signal::unix::{SignalKind, signal};

use super::{One, Options, Run, Show, show};
use crate::sql::digest::Digest;
use crate::sql::log::{Entry, Format};
use crate::vendors::dblog::{self, Growing, Listener};

/// So long nothing is asked of a log that does not grow.
const PAUSE: Duration = Duration::from_millis(200);

pub(super) fn run(options: &Options, how: Show) -> anyhow::Result<ExitCode> {
    let [path] = &options.files[..] else { bail!("--follow takes one log") };
    if path.as_os_str() == "-" || path.is_dir() {
        bail!("--follow takes the path of a log; what comes in on standard input is digested when it ends");
    }
    let name = path.display().to_string();
    let mut log = Growing::open(path).with_context(|| format!("{name} can't be read"))?;
    let mut run = Run::new(options);
    let mut following = Following {
        one: One { run: &mut run, name: &name, refused: None, entries: 0 },
        how,
        top: options.top,
        every: Duration::from_secs(options.every.into()),
        told: Instant::now(),
        caught_up: false,
        over: interrupted(),
    };
    let read = dblog::read(&mut log, &mut following);
    following.tell();
    let Following { one, .. } = following;
    if let Some(refused) = one.refused {
        return Err(refused);
    }
    read.with_context(|| format!("{name} can be read no further"))?;
    Ok(ExitCode::SUCCESS)
}

/// Becomes true when somebody presses Ctrl-C, or ends quad.
fn interrupted() -> Arc<AtomicBool> {
    let over = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&over);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let waited = runtime.and_then(|runtime| runtime.block_on(asked_to_end()));
        set.store(waited.is_ok(), Ordering::Relaxed);
    });
    over
}

async fn asked_to_end() -> std::io::Result<()> {
    let (mut interrupt, mut end) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = end.recv() => {}
    }
    Ok(())
}

/// A log that grows, on its way into digests.
struct Following<'a> {
    one: One<'a>,
    how: Show,
    top: usize,
    every: Duration,
    told: Instant,
    /// What was there at first has been read.
    caught_up: bool,
    over: Arc<AtomicBool>,
}

impl Following<'_> {
    /// Shows what came since the last time, if anything did.
    fn tell(&mut self) {
        self.told = Instant::now();
        let sift = self.one.run.sift.clone();
        let Some((kind, digest)) = &mut self.one.run.digest else { return };
        if digest.entries > 0 {
            let came = std::mem::replace(digest, Digest::new(kind.dialect(), sift));
            show(&came, kind.clone(), self.one.name, self.how, self.top, &[]);
        }
    }
}

impl Listener for Following<'_> {
    fn begins(&mut self, head: &[u8]) -> Option<Box<dyn Format + Send>> {
        self.one.refused = None;
        self.one.begins(head)
    }

    fn entry(&mut self, entry: &Entry<'_>) {
        self.one.entry(entry);
        // Where it grows faster than it is read, there is never nothing more.
        if self.caught_up && self.told.elapsed() >= self.every {
            self.tell();
        }
    }

    fn goes_on(&mut self) -> bool {
        if !self.caught_up || self.told.elapsed() >= self.every {
            self.caught_up = true;
            self.tell();
        }
        // What came until it was interrupted has been read: it was interrupted before the end was reached.
        if self.over.load(Ordering::Relaxed) {
            return false;
        }
        std::thread::sleep(PAUSE);
        true
    }
}
