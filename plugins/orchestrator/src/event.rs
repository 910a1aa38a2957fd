//! Who changed what, and when.

use mainstay_plugin::prelude::*;

/// What happened to a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Created,
    /// Previous and current are JSON objects of the fields that changed.
    Updated,
    StatusChanged,
    /// Previous and current are roles.
    Assigned,
    /// Of the task that waits; previous or current is the other one.
    DependencyAdded,
    DependencyRemoved,
    DependencyWaived,
    /// Previous and current are JSON objects of the attributes that changed.
    AttributeChanged,
    ArtifactAdded,
    Claimed,
    Released,
    LeaseExpired,
    ArtifactRemoved,
    Archived,
    Deleted,
    Imported,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::StatusChanged => "status_changed",
            Self::Assigned => "assigned",
            Self::DependencyAdded => "dependency_added",
            Self::DependencyRemoved => "dependency_removed",
            Self::DependencyWaived => "dependency_waived",
            Self::AttributeChanged => "attribute_changed",
            Self::ArtifactAdded => "artifact_added",
            Self::Claimed => "claimed",
            Self::Released => "released",
            Self::LeaseExpired => "lease_expired",
            Self::ArtifactRemoved => "artifact_removed",
            Self::Archived => "archived",
            Self::Deleted => "deleted",
            Self::Imported => "imported",
        }
    }
}

/// What was said of an event, and by which of several agents of a session.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Remark<'a> {
    pub(crate) agent: &'a str,
    pub(crate) note: Option<&'a str>,
}

impl<'a> Remark<'a> {
    pub(crate) fn note(note: Option<&'a str>) -> Self {
        Self { agent: "", note }
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
    record_with(cx, workspace, task_id, kind, (previous, current), Remark::default())
}

/// The same with a remark. `values` are those before and after.
pub(crate) fn record_with(
    cx: &Context<'_>,
    workspace: i64,
    task_id: &str,
    kind: Kind,
    (previous, current): (Option<&str>, Option<&str>),
    remark: Remark<'_>,
) -> Statement {
    let (session, client) = cx.caller().map_or(("", ""), |caller| (&caller.session, &caller.client_name));
    Statement::new(
        "INSERT INTO event (workspace_id, task_id, kind, previous, current, session, client, call, at, agent, note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            workspace,
            task_id,
            kind.as_str(),
            previous,
            current,
            session,
            client,
            cx.call_id(),
            cx.now().cast_signed(),
            remark.agent,
            remark.note
        ],
    )
}

/// Records that the task `first` and all that came after it were created, on behalf of the caller.
pub(crate) fn record_created(cx: &Context<'_>, first: i64) -> Result<(), Failure> {
    let (session, client) = cx.caller().map_or(("", ""), |caller| (&caller.session, &caller.client_name));
    cx.db().execute(
        "INSERT INTO event (workspace_id, task_id, kind, current, session, client, call, at)
         SELECT workspace_id, id, ?2, status, ?3, ?4, ?5, ?6 FROM task WHERE seq >= ?1 ORDER BY seq",
        params![first, Kind::Created.as_str(), session, client, cx.call_id(), cx.now().cast_signed()],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests;
