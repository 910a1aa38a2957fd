//! Rows of who is connected, so that a later host can tell who came back.
//!
//! Nothing is written before this process is the host of its data directory: a client that only asks what there is
//! leaves no trace.

use std::collections::HashMap;
use std::time::Duration;

use super::session::Session;
use super::shared::Shared;
use crate::model::chain;
use crate::plugin::now;
use crate::store::{ClosedBy, HostDb, SessionRow, StoreError};

/// How old the last sign of a client may be in its row while it is busy: each costs a commit.
const REFRESH: Duration = Duration::from_secs(5);

impl Shared {
    /// Keeps the rows, from the moment on that this process is the host. Does not end.
    pub async fn keep_journal(&self) {
        self.write_journal(|db| db.interrupt_sessions(now()).map(drop)).await;
        let mut open = self.sessions.subscribe();
        let mut known: HashMap<String, Session> = HashMap::new();
        loop {
            let now_open: Vec<_> = open.borrow_and_update().iter().map(|known| known.session.clone()).collect();
            let gone: Vec<_> = known.extract_if(|id, _| now_open.iter().all(|open| open.id() != id)).collect();
            known.extend(now_open.iter().map(|session| (session.id().to_owned(), session.clone())));
            let rows: Vec<_> = now_open.iter().map(row).collect();
            self.write_journal(move |db| {
                rows.iter().try_for_each(|row| db.keep_session(row))?;
                gone.iter().try_for_each(|(id, _)| db.close_session(id, ClosedBy::Client, now()))
            })
            .await;
            let refresh = tokio::time::Instant::now() + REFRESH;
            let busy = async {
                self.sessions.asked().await;
                tokio::time::sleep_until(refresh).await;
            };
            tokio::select! {
                changed = open.changed() => if changed.is_err() { return },
                () = busy => {}
            }
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
