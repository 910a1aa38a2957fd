//! Exchanges the orchestrator again and again, from outside, while the plan is played.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::super::load::{Control, Swapped, Versions};
use super::stage::Stage;
use crate::store::DataDir;

/// The swaps that were made. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Swaps(Arc<Inner>);

#[derive(Default)]
struct Inner {
    made: Mutex<Vec<Swapped>>,
    count: watch::Sender<usize>,
}

/// At work.
pub(super) struct Swapper {
    task: JoinHandle<anyhow::Result<()>>,
    stop: CancellationToken,
}

impl Swaps {
    pub(super) fn count(&self) -> usize {
        *self.0.count.borrow()
    }

    pub(super) fn made(&self) -> Vec<Swapped> {
        self.0.made.lock().clone()
    }

    fn add(&self, swapped: Swapped) {
        let mut made = self.0.made.lock();
        made.push(swapped);
        self.0.count.send_replace(made.len());
    }
}

impl Swapper {
    /// Exchanges the version that serves in the host of `dir` for the other, every so often. The host has answered a
    /// tool call before.
    pub(super) async fn start(
        dir: &DataDir,
        versions: &Arc<Versions>,
        every: Duration,
        swaps: &Swaps,
        stage: &Stage,
    ) -> anyhow::Result<Self> {
        let mut control = Control::connect(dir).await?;
        let mut serving = control.serving().await?.digest;
        let (versions, swaps, stage) = (Arc::clone(versions), swaps.clone(), stage.clone());
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = stopped.cancelled() => return Ok(()),
                    () = tokio::time::sleep(every) => {}
                }
                let swapped = control.swap(versions.other(serving)).await?;
                serving = swapped.digest()?;
                stage.swapped(&swapped);
                swaps.add(swapped);
            }
        });
        Ok(Self { task, stop })
    }

    /// Comes back when so many swaps have been made in all.
    ///
    /// # Errors
    /// If a swap fails.
    pub(super) async fn reached(&mut self, swaps: &Swaps, count: usize) -> anyhow::Result<()> {
        let mut made = swaps.0.count.subscribe();
        tokio::select! {
            reached = made.wait_for(|made| *made >= count) => reached.map(drop).map_err(Into::into),
            ended = &mut self.task => ended?.and_then(|()| anyhow::bail!("nothing is swapped any more")),
        }
    }

    /// Lets a swap that is under way come to its end.
    ///
    /// # Errors
    /// If a swap failed.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.task.await?
    }

    /// Lets go, whatever is under way.
    pub(super) fn cut(self) {
        self.task.abort();
    }
}
