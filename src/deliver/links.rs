//! Leads from one place of an alert to the others, to the page and to the runbook.

use super::announcer::{Announcer, Destination};
use crate::alert::runbook::Runbook;
use crate::model::alert::{Alert, AlertNumber};
use crate::model::answer::{Answer, Choice, Control, Press, escape};
use crate::model::escalation::Recipient;
use crate::model::outgoing::{DeliveryId, Platform};
use crate::model::page::Link;

/// One place where an alert stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    platform: Platform,
    root: DeliveryId,
    channel: String,
    /// `None` until it stands there, and where others can't follow: in a conversation with one person.
    address: Option<String>,
}

impl Standing {
    pub(super) fn is(&self, to: &Destination) -> bool {
        self.platform == to.platform && self.channel == to.channel
    }

    /// "#ops", "quad's page"
    fn name(&self) -> String {
        match self.platform {
            Platform::Page => "quad's page".to_owned(),
            _ => self.channel.clone(),
        }
    }

    fn link(&self) -> Option<Link> {
        Some(Link { text: self.name(), href: self.address.clone()? })
    }
}

impl Announcer {
    /// Where an alert stands, each with its address as far as it is known.
    pub(super) async fn places(&self, number: AlertNumber) -> anyhow::Result<Vec<Standing>> {
        let mut places = Vec::new();
        for (platform, root, channel) in self.store.alert_places(number).await? {
            let messenger = self.messengers.iter().find(|messenger| messenger.platform() == platform);
            let receipt = self.store.receipt(root).await?;
            let place = Destination { platform, channel: channel.clone() };
            let receipt = receipt.filter(|_| self.is_shared(&place));
            let address = messenger.zip(receipt).and_then(|(messenger, receipt)| messenger.link(&receipt));
            places.push(Standing { platform, root, channel, address });
        }
        Ok(places)
    }

    /// Whether others than one person read there.
    fn is_shared(&self, place: &Destination) -> bool {
        let mut channels = self.on_call.reach.iter().filter(|(to, _)| matches!(to, Recipient::Channel(_)));
        self.destinations.contains(place) || channels.any(|(_, to)| to == place)
    }

    /// Whether the alert's messages stand everywhere, and one could name another: then an edit shows
    /// the way. `None` while some are still on their way.
    ///
    /// # Errors
    /// Where the store can't be read.
    pub async fn linkable(&self, number: AlertNumber) -> anyhow::Result<Option<bool>> {
        let places = self.places(number).await?;
        for place in &places {
            let state = self.store.delivery_state(place.root).await?;
            if state.is_some_and(|(state, _)| state == "pending" || state == "sending") {
                return Ok(None);
            }
        }
        Ok(Some(places.len() > 1 && places.iter().any(|place| place.address.is_some())))
    }

    /// Everything that leads on from a page: where people talk about it, and what to do.
    pub(super) fn ways(&self, alert: &Alert, places: &[Standing]) -> Vec<Link> {
        let mut ways: Vec<Link> = places.iter().filter_map(Standing::link).collect();
        if let Some((runbook, address)) = self.runbook(alert)
            && let Some(href) = address
        {
            ways.push(Link { text: format!("Runbook: {}", runbook.title), href });
        }
        ways
    }

    /// The message with what helps: its runbook, as a link and in the menu.
    pub(super) fn helped(&self, mut message: Answer, alert: &Alert) -> Answer {
        let Some((runbook, address)) = self.runbook(alert) else { return message };
        let title = escape(&runbook.title);
        message = message.footnote(match address {
            Some(address) => format!("Runbook: [{title}]({address})"),
            None => format!("Runbook: {title}"),
        });
        // Before it is numbered nobody could ask for it by its number.
        if alert.number != AlertNumber(0)
            && let Some(Control::Menu { choices, .. }) = message.controls.last_mut()
        {
            choices.push(Choice { label: "Runbook".to_owned(), press: Press::Runbook(alert.number) });
        }
        message
    }

    fn runbook(&self, alert: &Alert) -> Option<(&Runbook, Option<String>)> {
        let runbook = self.on_call.runbooks.fitting(alert)?;
        let address = self.on_call.address.as_ref();
        let address = address.and_then(|base| base.join(&format!("runbooks/{}", runbook.name)).ok());
        Some((runbook, address.map(|address| address.to_string())))
    }
}

/// The message at `root`, with the way to the alert's other places.
pub(super) fn also_in(message: Answer, root: DeliveryId, places: &[Standing]) -> Answer {
    let others: Vec<String> = places
        .iter()
        .filter(|place| place.root != root)
        .filter_map(Standing::link)
        .map(|link| format!("[{}]({})", escape(&link.text), link.href))
        .collect();
    if others.is_empty() { message } else { message.footnote(format!("Also in {}", others.join(", "))) }
}
