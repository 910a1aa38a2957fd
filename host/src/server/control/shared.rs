//! What the control socket gives access to: the slots, and the reboot tools.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::watch;

use super::protocol::{
    HistoryQuery, JoinOrder, PruneOrder, RollbackOrder, SessionStatus, SnapshotOrder, SwapOrder, ToolAnswer, ToolOrder,
};
use super::serve::Control;
use crate::model::SlotName;
use crate::model::drift::Policy;
use crate::model::snapshot::SnapshotCause;
use crate::model::swap::{Origin, SlotStatus, SwapPhase, SwapReport};
use crate::plugin::now;
use crate::server::lines::{ClientEnd, Held, Wire};
use crate::server::operator;
use crate::server::reboot::{Asker, Role, is_one, object, timestamp};
use crate::server::session::Session;
use crate::server::shared::Shared;
use crate::store::StoreError;
use crate::swap::{Component, Reporter, RollbackRequest, Silent, SwapRequest, TakeError, Taken};

/// What the command line calls itself.
const NAME: &str = "mainstay";

impl Control for Shared {
    async fn swap(self: Arc<Self>, order: SwapOrder) -> Arc<SwapReport> {
        let arguments = arguments(&order);
        let SwapOrder { slot, file, policy, force, dry_run, reason } = order;
        let (component, origin) = (Component::File(file), Origin::CommandLine);
        let overrules = force || policy == Some(Policy::Force);
        let swap = self.slots.swap(SwapRequest { slot, component, origin, reason, policy, force, dry_run });
        // Whatever is not overruled is in the history.
        if !overrules || dry_run {
            return swap.await;
        }
        self.audited(&command_line(String::new(), Arc::new(Silent)), "swap", &arguments, swap).await
    }

    async fn rollback(self: Arc<Self>, order: RollbackOrder) -> Arc<SwapReport> {
        let arguments = arguments(&order);
        let RollbackOrder { slot, to, force, reason } = order;
        let origin = Origin::CommandLine;
        let rollback = self.slots.rollback(RollbackRequest { slot, to, origin, reason, force });
        let from = command_line(String::new(), Arc::new(Silent));
        self.audited(&from, "orchestrator_rollback", &arguments, rollback).await
    }

    fn phase(&self, slot: &SlotName) -> Option<watch::Receiver<SwapPhase>> {
        self.slots.phase(slot)
    }

    async fn status(&self) -> Vec<SlotStatus> {
        self.slots.status().await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<SwapReport>, StoreError> {
        self.slots.history(query.slot.as_ref(), query.limit).await
    }

    async fn snapshot(&self, order: SnapshotOrder) -> Result<Taken, TakeError> {
        self.slots.snapshot(&order.slot, SnapshotCause::Command).await
    }

    async fn prune_snapshots(&self, order: PruneOrder) -> Result<usize, TakeError> {
        self.slots.prune_snapshots(order.slot.as_ref(), order.keep).await
    }

    fn sessions(&self, most: usize) -> Vec<SessionStatus> {
        let mut open: Vec<_> = self.sessions.all().into_iter().map(|open| open.session).collect();
        open.sort_by_key(|session| std::cmp::Reverse(session.active_at()));
        open.iter().take(most).map(status).collect()
    }

    fn connected(&self) -> u64 {
        u64::try_from(self.sessions.count()).unwrap_or(u64::MAX)
    }

    fn began_at(&self) -> u64 {
        self.began_at
    }

    fn may_join(&self, order: &JoinOrder) -> Result<(), String> {
        if self.lifecycle.phase().takes_nothing_new() {
            return Err("the host is ending: try again in a moment".to_owned());
        }
        let is_plain = |name: &str| name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if order.session.is_empty() || !is_plain(&order.session) {
            return Err(format!("{:?} is no name of a session: letters and digits, at most 64", order.session));
        }
        Ok(())
    }

    async fn joined(self: Arc<Self>, order: JoinOrder, wire: Wire, end: ClientEnd) {
        let directory = order.directory.map(|directory| directory.to_string_lossy().into_owned());
        let session = Session::again(order.session, directory, "joined");
        self.serve_lines(Held { session, wire, end }, &[]).await;
    }

    async fn tool(self: Arc<Self>, order: ToolOrder, reporter: Arc<dyn Reporter>) -> Option<ToolAnswer> {
        if !is_one(&order.tool) {
            return operator::call(&self, &order.tool, order.arguments, order.directory).await;
        }
        let from = command_line(order.version, reporter);
        let answer = self.reboot(&order.tool, order.arguments, &from).await?;
        let (result, error) = object(answer, &timestamp(now()));
        Some(ToolAnswer { error, result })
    }
}

/// Whoever may open the socket owns the data.
fn command_line(version: String, reporter: Arc<dyn Reporter>) -> Asker {
    Asker {
        session: None,
        client_name: NAME.to_owned(),
        client_version: version,
        transport: "socket",
        role: Role::Operator,
        fixed_list: false,
        reporter,
    }
}

/// What was asked for, as far as it was said.
fn arguments(order: &impl Serialize) -> Map<String, Value> {
    let given = serde_json::to_value(order).ok();
    let mut given = if let Some(Value::Object(given)) = given { given } else { Map::new() };
    given.retain(|_, value| !value.is_null() && *value != false);
    given
}

fn status(session: &Session) -> SessionStatus {
    let client = session.client();
    SessionStatus {
        session: session.id().to_owned(),
        client: client.name,
        version: client.version,
        protocol: client.protocol,
        transport: session.transport().to_owned(),
        calls: session.calls(),
        under_way: u64::try_from(session.running().len()).unwrap_or(u64::MAX),
        active_at: session.active_at(),
    }
}
