//! Who changed what, and when.

use mainstay_plugin::prelude::*;

/// What happened to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Created,
    StatusChanged,
    ArtifactAdded,
    Claimed,
    Released,
    LeaseExpired,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::StatusChanged => "status_changed",
            Self::ArtifactAdded => "artifact_added",
            Self::Claimed => "claimed",
            Self::Released => "released",
            Self::LeaseExpired => "lease_expired",
        }
    }
}

/// The statement that records one event, on behalf of the caller.
pub(crate) fn record(
    cx: &Context<'_>,
    workspace: i64,
    task_id: &str,
    kind: Kind,
    previous: Option<&str>,
    current: Option<&str>,
) -> Statement {
    let (session, client) = cx.caller().map_or(("", ""), |caller| (&caller.session, &caller.client_name));
    Statement::new(
        "INSERT INTO event (workspace_id, task_id, kind, previous, current, session, client, call, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            workspace,
            task_id,
            kind.as_str(),
            previous,
            current,
            session,
            client,
            cx.call_id(),
            cx.now().cast_signed()
        ],
    )
}

#[cfg(test)]
mod tests;
