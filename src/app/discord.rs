//! Discord, where it is set up.

use std::sync::Arc;

use futures_util::FutureExt as _;
use tracing::{error, warn};

use crate::app::{App, platforms};
use crate::deliver::announcer::Destination;
use crate::model::outgoing::Platform;
use crate::model::request::Period;
use crate::vendors::discord::{Discord, Doors, Session};
use crate::web::metrics::Metrics;

/// Under which name the store keeps how far quad has come in Discord's gateway.
const SESSION: &str = "discord.session";

/// Discord as configured; a sentence where it can't be, `None` where nobody wants it.
pub(super) fn discord(config: &crate::config::Config) -> Option<Result<Arc<Discord>, String>> {
    let settings = config.file.discord.clone()?;
    Some(Discord::new(settings).map(Arc::new).map_err(|error| error.to_string()))
}

impl App {
    /// Where alerts go on Discord.
    pub(super) fn discord_alerts(&self) -> Option<Destination> {
        let settings = self.config.file.discord.as_ref().filter(|_| self.discord.is_some())?;
        Some(Destination { platform: Platform::Discord, channel: settings.channel.clone() })
    }

    /// Where a report goes on Discord.
    pub(super) fn discord_reports(&self, period: Period) -> Vec<Destination> {
        let settings = self.config.file.discord.as_ref().filter(|_| self.discord.is_some());
        let channels = settings.map(|settings| settings.reports_to(period)).unwrap_or_default();
        channels.into_iter().map(|channel| Destination { platform: Platform::Discord, channel }).collect()
    }

    /// Discord's state in a few words; `None` where nobody has set it up.
    pub fn discord_state(&self) -> Option<String> {
        let settings = self.config.file.discord.as_ref()?;
        Some(match (&self.discord, discord(&self.config)) {
            (Some(_), _) => format!("@quad, alerts in {}", settings.channel),
            (None, Some(Err(why))) => why,
            (None, _) => "not started".to_owned(),
        })
    }

    /// Listens to the gateway, and offers `/quad`.
    pub(super) fn spawn_discord(&mut self) {
        let Some(discord) = self.discord.clone() else { return };
        let (doors, clock, mut stop) = (self.discord_doors(), self.clock.clone(), self.stop.subscribe());
        let listener = Arc::clone(&discord);
        self.tasks.spawn(async move {
            tokio::select! {
                ended = listener.listen(doors, clock) => if let Err(error) = ended {
                    error!("Discord is not listened to any more: {error}; `quad doctor` says more");
                },
                _ = stop.changed() => {}
            }
        });
        let mut stop = self.stop.subscribe();
        self.tasks.spawn(async move {
            tokio::select! {
                offered = discord.offer_command() => if let Err(error) = offered {
                    error!("`/quad` is not offered on Discord: {error}");
                },
                _ = stop.changed() => {}
            }
        });
    }

    fn discord_doors(&self) -> Doors {
        let readable = self.readable.clone();
        let (reader, writer) = (self.store.clone(), self.store.clone());
        Doors {
            sink: platforms::sink(&self.chat),
            services: Arc::new(move || {
                let readable = readable.clone();
                async move {
                    readable.inventory().await.map(|known| known.services).unwrap_or_else(|error| {
                        warn!("the names of services can't be read: {error:#}");
                        Vec::new()
                    })
                }
                .boxed()
            }),
            load: Arc::new(move || {
                let store = reader.clone();
                async move {
                    store.state::<Session>(SESSION).await.unwrap_or_else(|error| {
                        warn!("how far quad came in Discord can't be read: {error:#}");
                        None
                    })
                }
                .boxed()
            }),
            keep: Arc::new(move |session| {
                let store = writer.clone();
                async move {
                    let kept = async {
                        let mut tx = store.begin().await?;
                        tx.put_state(SESSION, &session).await?;
                        tx.commit().await
                    };
                    if let Err(error) = kept.await {
                        warn!("how far quad came in Discord can't be noted: {error:#}");
                    }
                }
                .boxed()
            }),
        }
    }
}

/// What came in from Discord, in the words of the other platforms where there are some.
pub(super) fn count(metrics: &Metrics, discord: &Discord) {
    for (outcome, times) in discord.counts().outcomes() {
        metrics.inbound_in_all(Platform::Discord, platforms::result(outcome), times);
    }
    let (begun, resumed) = discord.counts().sessions();
    metrics.gateway(discord.counts().is_connected(), begun, resumed);
}
