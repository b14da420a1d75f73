//! `quad demo`: a sample shop, watched; and the switches of its faults.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use futures_util::FutureExt as _;

use crate::app::App;
use crate::cli::{agent, output};
use crate::config::Config;
use crate::config::file::Demo;
use crate::demo::control;
use crate::demo::fault::Fault;
use crate::demo::shop::{Settings, Shop};
use crate::demo::topology::Topology;
use crate::ports::clock::Clock;
use crate::web::Faults;
use crate::web::panels::FaultSwitch;

pub(super) const EXAMPLES: &str = "\
Examples:
  quad demo                          start the shop and watch it
  quad demo --fault slow-query       in a second terminal: break it
  quad demo --fault slow-query --off mend it";

/// Start, or switch.
#[derive(Debug, Args)]
pub struct Options {
    /// Switch this fault of the running demo: slow-query, errors, memory-leak, bad-deploy, dependency-down
    #[arg(long, value_name = "NAME")]
    fault: Option<Fault>,
    /// Switch it off
    #[arg(long, requires = "fault")]
    off: bool,
    /// At this service instead of the typical one
    #[arg(long, value_name = "SERVICE", requires = "fault")]
    at: Option<String>,
}

/// Starts the shop, or switches a fault of one that runs.
///
/// # Errors
/// Where no shop runs, or it can't be started.
pub async fn run(options: &Options, mut config: Config) -> anyhow::Result<ExitCode> {
    if let Some(fault) = options.fault {
        let said = control::switch(&config.file.data, fault, !options.off, options.at.as_deref()).await?;
        output::print(&format!("{said}\n"));
        return Ok(ExitCode::SUCCESS);
    }
    output::start_logging(true);
    let settings = Settings {
        program: std::env::current_exe().context("finding quad's own binary")?,
        data: config.file.data.join("shop"),
        visitors: true,
    };
    let shop = output::patiently("starting the shop", Shop::start(Topology::default(), settings)).await?;
    let shop = Arc::new(shop);
    config.watch_demo(&shop.urls(), Demo::default());
    let app = App::start_with(config, Clock::system(), Some(doors(&shop))).await?;
    let door = control::open(&app.config().file.data, Arc::clone(&shop)).await?;
    output::print(&agent::banner(&app).await?);
    output::print(
        "  faults   quad demo --fault slow-query|errors|memory-leak|bad-deploy|dependency-down, or on the page\n",
    );
    agent::until_told(&app).await?;
    app.stop().await;
    drop(door);
    if let Some(shop) = Arc::into_inner(shop) {
        shop.stop().await;
    }
    Ok(ExitCode::SUCCESS)
}

fn doors(shop: &Arc<Shop>) -> Faults {
    let (listing, switching) = (Arc::downgrade(shop), Arc::downgrade(shop));
    Faults {
        list: Arc::new(move |()| {
            let shop = listing.upgrade();
            async move {
                let broken = match shop {
                    Some(shop) => shop.broken().await,
                    None => Vec::new(),
                };
                let on = |fault: &Fault| broken.iter().any(|(broken, _)| broken == fault);
                Ok(Fault::ALL.iter().map(|f| FaultSwitch { name: f.name().to_owned(), on: on(f) }).collect())
            }
            .boxed()
        }),
        switch: Arc::new(move |(name, on): (String, bool)| {
            let shop = switching.upgrade();
            async move {
                let shop = shop.context("the shop is closing")?;
                control::act(&shop, name.parse()?, on, None).await.map(drop)
            }
            .boxed()
        }),
    }
}
