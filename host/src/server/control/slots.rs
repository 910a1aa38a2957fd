//! What the control socket gives access to: the slots.

use std::sync::Arc;

use tokio::sync::watch;

use super::protocol::{HistoryQuery, RollbackOrder, SwapOrder};
use super::serve::Control;
use crate::model::SlotName;
use crate::model::swap::{Origin, SlotStatus, SwapPhase, SwapReport};
use crate::store::StoreError;
use crate::swap::{Component, RollbackRequest, Slots, SwapRequest};

impl Control for Slots {
    async fn swap(&self, order: SwapOrder) -> Arc<SwapReport> {
        let SwapOrder { slot, file, policy, force, dry_run, reason } = order;
        let component = Component::File(file);
        let origin = Origin::CommandLine;
        Self::swap(self, SwapRequest { slot, component, origin, reason, policy, force, dry_run }).await
    }

    async fn rollback(&self, order: RollbackOrder) -> Arc<SwapReport> {
        let RollbackOrder { slot, to, force, reason } = order;
        Self::rollback(self, RollbackRequest { slot, to, origin: Origin::CommandLine, reason, force }).await
    }

    fn phase(&self, slot: &SlotName) -> Option<watch::Receiver<SwapPhase>> {
        Self::phase(self, slot)
    }

    async fn status(&self) -> Vec<SlotStatus> {
        Self::status(self).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<SwapReport>, StoreError> {
        Self::history(self, query.slot.as_ref(), query.limit).await
    }
}
