//! Everything that there is to say at one moment, and how it is said.

use std::fmt::{self, Error};
use std::time::{Duration, Instant};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::registry::Registry;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::calls::Counted;
use super::page::{Labels, Page, Scale};
use super::process::Process;
use super::{Outcome, families};
use crate::model::SlotName;
use crate::plugin::now;
use crate::server::places::CallState;
use crate::server::readiness::Unready;
use crate::server::sessions::TRANSPORTS;
use crate::server::shared::Shared;
use crate::store::Reconnections;
use crate::swap::{PulseNow, SlotLook};

/// How old the number of those who came back may be: it is counted over up to 10,000 rows.
const FRESH: Duration = Duration::from_secs(5);
/// How long the page waits for it; without it, the rest is worth having.
const PATIENCE: Duration = Duration::from_secs(1);

/// Who came back, as it was read last, and when.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<Option<(Instant, Option<Reconnections>)>>);

/// Everything at one moment.
pub(super) struct Scrape {
    pub(super) started_ms: u64,
    pub(super) unready: Vec<Unready>,
    pub(super) calls: Vec<Counted>,
    pub(super) in_flight: [(&'static str, usize); 3],
    pub(super) slots: Vec<SlotNow>,
    pub(super) mailbox_capacity: usize,
    pub(super) exported_limit: usize,
    pub(super) sessions: Vec<(&'static str, usize)>,
    pub(super) reconnections: Option<Reconnections>,
    pub(super) refusals: Vec<(&'static str, u64)>,
    pub(super) requests: Vec<((&'static str, u16), u64)>,
    pub(super) spans: Option<crate::server::traces::Sent>,
    pub(super) process: Option<Process>,
}

/// A slot at one moment.
pub(super) struct SlotNow {
    pub(super) name: SlotName,
    pub(super) pulse: PulseNow,
    pub(super) look: SlotLook,
}

impl Shared {
    /// The page, in the format of OpenMetrics.
    pub(crate) async fn metrics_page(&self) -> String {
        let scrape = self.scrape().await;
        let mut registry = Registry::default();
        registry.register_collector(Box::new(scrape));
        let mut page = String::new();
        match text::encode(&mut page, &registry) {
            Ok(()) => page,
            // Writing to a string does not fail.
            Err(error) => format!("# {error}\n# EOF\n"),
        }
    }

    async fn scrape(&self) -> Scrape {
        let settings = self.slots.settings();
        let in_flight =
            [("queued", CallState::Queued), ("running", CallState::Running), ("waiting", CallState::Waiting)];
        let looks = self.slots.all().into_iter().map(|slot| slot.look());
        let slot = |(look, (name, pulse)): (SlotLook, (SlotName, PulseNow))| SlotNow { name, pulse, look };
        Scrape {
            started_ms: self.metrics.started_ms,
            unready: self.unready(),
            calls: self.metrics.calls.look(),
            in_flight: in_flight.map(|(word, state)| (word, self.sessions.calls_that_are(state))),
            slots: looks.zip(self.slots.pulses()).map(slot).collect(),
            mailbox_capacity: settings.mailbox.entries,
            exported_limit: settings.entry.exported_state_bytes,
            sessions: TRANSPORTS.map(|transport| (transport, self.sessions.over(transport))).to_vec(),
            reconnections: self.reconnections().await,
            refusals: self.metrics.refusals.look().collect(),
            requests: self.metrics.requests.look(),
            spans: self.traces().map(|traces| traces.sent()),
            process: Process::look(),
        }
    }

    /// None if this process is not the host, or they cannot be read in time.
    async fn reconnections(&self) -> Option<Reconnections> {
        let mut known = self.metrics.known.0.lock().await;
        if let Some((_, reconnections)) = known.as_ref().filter(|(read, _)| read.elapsed() < FRESH) {
            return reconnections.clone();
        }
        let read = timeout(PATIENCE, self.slots.with_host_db(|db| db.reconnections(now())));
        let read = read.await.ok().flatten().and_then(Result::ok);
        *known = Some((Instant::now(), read.clone()));
        read
    }
}

impl fmt::Debug for Scrape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scrape").finish_non_exhaustive()
    }
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let mut page = Page(&mut encoder);
        families::host(self, &mut page)?;
        self.calls(&mut page)?;
        families::entries(self, &mut page)?;
        families::swaps(self, &mut page)?;
        families::clients(self, &mut page)
    }
}

impl Scrape {
    fn calls(&self, page: &mut Page<'_, '_>) -> Result<(), Error> {
        let labels =
            |counted: &Counted| -> Labels { vec![("tool", counted.tool.clone()), ("kind", counted.kind.to_owned())] };
        let counts = self.calls.iter().flat_map(|counted| {
            Outcome::ALL.into_iter().zip(counted.outcomes).map(move |(outcome, count)| {
                let mut labels = labels(counted);
                labels.push(("outcome", outcome.word().to_owned()));
                (labels, count)
            })
        });
        page.counters("mainstay_calls", "Tool calls that are over, by tool and by what came of them", counts)?;
        let times = self.calls.iter().map(|counted| (labels(counted), counted.times.clone()));
        let help = "How long calls took, with what people and models took to answer";
        page.spreads("mainstay_call_seconds", help, Scale::Time, times)
    }

    /// A number for each slot.
    pub(super) fn by_slot<T>(&self, number: impl Fn(&SlotNow) -> T) -> Vec<(Labels, T)> {
        self.slots.iter().map(|slot| (vec![("slot", slot.name.to_string())], number(slot))).collect()
    }
}
