//! The last calls and their answers, for the replay before a swap.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::config::Live;
use crate::plugin::EntryContext;
use crate::plugin::contract::{tools, types};

/// A call as it was answered, with everything that makes it repeatable. Kept as JSON, sealed; format 1.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) call: Arc<tools::Call>,
    /// What the clocks said.
    pub(crate) now: u64,
    /// Where the random bytes came from.
    pub(crate) seed: u64,
    pub(crate) read_only: bool,
    pub(crate) answer: tools::ToolResult,
}

/// A ring of calls.
#[derive(Debug)]
pub(crate) struct Recorder {
    ring: Mutex<VecDeque<Recorded>>,
    live: Live,
    changed: AtomicBool,
}

impl Recorder {
    pub(crate) fn new(live: Live) -> Self {
        Self { ring: Mutex::default(), live, changed: AtomicBool::new(false) }
    }

    /// How many are kept; 0 if none are.
    fn most(&self) -> usize {
        let swap = &self.live.get().swap;
        if swap.record { swap.recorded_calls } else { 0 }
    }

    /// Whether anything is recorded at all.
    pub(crate) fn is_on(&self) -> bool {
        self.most() > 0
    }

    /// Keeps a call that was answered, unless it is too large or waits.
    pub(crate) fn record(
        &self,
        call: &Arc<tools::Call>,
        context: &EntryContext,
        step: &Result<tools::Step, tools::CallError>,
        read_only: bool,
    ) {
        let Ok(tools::Step::Done(answer)) = step else { return };
        let most = self.most();
        if most == 0 || call.arguments.len() + weight(answer) > self.live.get().swap.recorded_bytes {
            return;
        }
        let recorded = Recorded {
            call: Arc::clone(call),
            now: context.now,
            seed: context.seed,
            read_only,
            answer: answer.clone(),
        };
        let mut ring = self.ring.lock();
        while ring.len() >= most {
            ring.pop_front();
        }
        ring.push_back(recorded);
        self.changed.store(true, Ordering::Relaxed);
    }

    /// The calls, oldest first; none as soon as none are to be kept.
    pub(crate) fn calls(&self) -> Vec<Recorded> {
        let mut ring = self.ring.lock();
        if !self.is_on() {
            ring.clear();
        }
        ring.iter().cloned().collect()
    }

    /// What is to be kept on disk, if anything is new since the last time: JSON, not sealed yet.
    pub(crate) fn unsaved(&self) -> Option<Vec<u8>> {
        if !self.changed.swap(false, Ordering::Relaxed) {
            return None;
        }
        // Whoever records does not wait for it.
        let calls = self.calls();
        serde_json::to_vec(&calls).ok()
    }

    /// Takes back what was kept by an earlier process.
    pub(crate) fn restore(&self, json: &[u8]) {
        let most = self.most();
        if most == 0 {
            return;
        }
        match serde_json::from_slice::<VecDeque<Recorded>>(json) {
            Ok(mut kept) => {
                let mut ring = self.ring.lock();
                kept.extend(ring.drain(..));
                while kept.len() > most {
                    kept.pop_front();
                }
                *ring = kept;
            }
            Err(error) => tracing::warn!(%error, "recorded calls cannot be read: beginning anew"),
        }
    }
}

fn weight(answer: &tools::ToolResult) -> usize {
    let content = answer.content.iter().map(|content| match content {
        types::Content::Text(text) => text.text.len(),
        types::Content::Image(media) | types::Content::Audio(media) => media.data.len(),
        types::Content::ResourceLink(link) => link.uri.len(),
        types::Content::Embedded(embedded) => match &embedded.contents.body {
            types::ResourceBody::Text(text) => text.len(),
            types::ResourceBody::Blob(bytes) => bytes.len(),
        },
    });
    content.sum::<usize>() + answer.structured_content.as_ref().map_or(0, String::len)
}
