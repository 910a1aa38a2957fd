//! Rows of who is connected, so that a later host can tell who came back.
//!
//! Nothing is written before this process is the host of its data directory: a client that only asks what there is
//! leaves no trace.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::session::Session;
use super::shared::Shared;
use crate::model::chain;
use crate::plugin::now;
use crate::store::{ClosedBy, HostDb, SessionRow, StoreError};

/// How old the last sign of a client may be in its row while it is busy: each costs a commit.
const REFRESH: Duration = Duration::from_secs(5);

/// What comes within so long is written together: many clients may come at once.
const GATHER: Duration = Duration::from_millis(50);

impl Shared {
    /// Keeps the rows, from the moment on that this process is the host. Does not end.
    pub async fn keep_journal(&self) {
        self.write_journal(|db| db.interrupt_sessions(now()).map(drop)).await;
        let mut changes = self.sessions.subscribe();
        let mut known: HashMap<String, u64> = HashMap::new();
        loop {
            changes.borrow_and_update();
            let open: Vec<_> = self.sessions.all().into_iter().map(|open| open.session).collect();
            let ids: HashSet<_> = open.iter().map(Session::id).collect();
            let gone: Vec<_> = known.extract_if(|id, _| !ids.contains(id.as_str())).map(|(id, _)| id).collect();
            let is_news = |session: &&Session| known.get(session.id()) != Some(&session.active_at());
            let rows: Vec<_> = open.iter().filter(is_news).map(row).collect();
            known.extend(rows.iter().map(|row| (row.id.clone(), row.last_seen)));
            self.write_journal(move |db| {
                db.keep_sessions(&rows)?;
                db.close_each(&gone, ClosedBy::Client, now())
            })
            .await;
            let written = tokio::time::Instant::now();
            let busy = async {
                self.sessions.asked().await;
                tokio::time::sleep_until(written + REFRESH).await;
            };
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { return },
                () = busy => {}
            }
            tokio::time::sleep_until(written + GATHER).await;
        }
    }

    /// The process is about to end, and with it all sessions.
    pub async fn close_journal(&self, by: ClosedBy) {
        self.write_journal(move |db| db.close_sessions(by, now())).await;
    }

    /// Who came back is nothing that anybody's work depends on: what cannot be written is left out.
    async fn write_journal(&self, write: impl FnOnce(&HostDb) -> Result<(), StoreError> + Send + 'static) {
        if let Some(Err(error)) = self.slots.with_host_db(write).await {
            tracing::debug!(error = chain(&error), "who is connected could not be written");
        }
    }
}

fn row(session: &Session) -> SessionRow {
    let client = session.client();
    SessionRow {
        id: session.id().to_owned(),
        client: client.name,
        version: client.version,
        protocol: client.protocol,
        transport: session.transport().to_owned(),
        directory: session.directory().map(str::to_owned),
        process: std::process::id(),
        opened_at: session.opened_at(),
        last_seen: session.active_at(),
    }
}
