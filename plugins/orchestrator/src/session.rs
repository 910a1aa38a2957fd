//! Sessions: stretches of work in a workspace, which a client can come back to.
//!
//! A client that connects begins one, or goes on with an earlier one. What it changes keeps the session active:
//! a trigger sees to that. One that was left alone for a day while no plan was open is completed.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use crate::limits::shortened;
use crate::moment::DAY;
use crate::status::Status;
use crate::words::Word;
use crate::workspace::Workspace;

/// Characters of a client's name that are kept.
const CLIENT: usize = 128;

/// A row of the table `session`.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) seq: i64,
    pub(crate) id: String,
    pub(crate) workspace: i64,
    pub(crate) client: String,
    pub(crate) created_at: i64,
    pub(crate) last_active_at: i64,
    /// How often a client came back to it.
    pub(crate) resumed: i64,
    pub(crate) ended_at: Option<i64>,
}

impl FromRow for Session {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            seq: row.get("seq")?,
            id: row.get("id")?,
            workspace: row.get("workspace_id")?,
            client: row.get("client")?,
            created_at: row.get("created_at")?,
            last_active_at: row.get("last_active_at")?,
            resumed: row.get("resumed")?,
            ended_at: row.get("ended_at")?,
        })
    }
}

impl Session {
    /// The one the caller works in, if it is one of `workspace`.
    pub(crate) fn of_caller(cx: &Context<'_>, workspace: &Workspace) -> Result<Option<Self>, Failure> {
        let sql = "SELECT s.* FROM session_caller AS c JOIN session AS s ON s.seq = c.session
            WHERE c.caller = ?1 AND s.workspace_id = ?2";
        Ok(cx.db().query_one(sql, params![caller(cx), workspace.id])?)
    }

    /// The caller's session in `workspace`, which is there; a new one if it has none.
    pub(crate) fn begin(cx: &Context<'_>, workspace: &Workspace) -> Result<Self, Failure> {
        end_abandoned(cx, workspace)?;
        let session = match Self::of_caller(cx, workspace)? {
            Some(session) => session,
            None => Self::new(cx, workspace)?,
        };
        session.bind(cx, 0)
    }

    /// The session `id`, of whatever workspace.
    pub(crate) fn find(cx: &Context<'_>, id: &str) -> Result<Option<Self>, Failure> {
        Ok(cx.db().query_one("SELECT * FROM session WHERE id = ?1", params![id])?)
    }

    /// The caller works in this session from now on; `times` more it was come back to.
    pub(crate) fn bind(mut self, cx: &Context<'_>, times: i64) -> Result<Self, Failure> {
        self.last_active_at = cx.now().cast_signed();
        self.resumed += times;
        self.ended_at = None;
        let bind = "INSERT INTO session_caller (caller, session) VALUES (?1, ?2)
            ON CONFLICT (caller) DO UPDATE SET session = ?2";
        let touch = "UPDATE session SET last_active_at = ?2, resumed = ?3, ended_at = NULL WHERE seq = ?1";
        cx.db().batch(vec![
            Statement::new(bind, params![caller(cx), self.seq]),
            Statement::new(touch, params![self.seq, self.last_active_at, self.resumed]),
        ])?;
        Ok(self)
    }

    /// Nothing is left to be done in it and nobody is at it.
    pub(crate) fn is_completed(&self, now: i64, has_open_plans: bool) -> bool {
        self.ended_at.is_some() || (!has_open_plans && self.last_active_at < now - DAY)
    }

    fn new(cx: &Context<'_>, workspace: &Workspace) -> Result<Self, Failure> {
        let client = shortened(cx.caller().map_or("", |caller| &caller.client_name), CLIENT).replace('\0', "");
        let insert = "INSERT INTO session (id, workspace_id, client, created_at, last_active_at)
            VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (id) DO NOTHING RETURNING *";
        // Eight digits are easy to copy, and a few tries make up for their being few.
        for _ in 0..8 {
            let values = params![new_id(cx), workspace.id, &client, cx.now().cast_signed()];
            if let Some(session) = cx.db().query_one(insert, values)? {
                return Ok(session);
            }
        }
        Err(Failure::new("internal", "no id for a new session could be found").retryable())
    }
}

/// Whether a plan of the workspace is open.
pub(crate) fn has_open_plans(cx: &Context<'_>, workspace: &Workspace) -> Result<bool, Failure> {
    let sql = "SELECT seq FROM task WHERE workspace_id = ?1 AND children > 0 AND settled = 0 LIMIT 1";
    Ok(cx.db().query_one::<(i64,)>(sql, params![workspace.id])?.is_some())
}

/// Tasks of the workspace in each status that has any.
pub(crate) fn counts(cx: &Context<'_>, workspace: &Workspace) -> Result<Vec<(Status, i64)>, Failure> {
    let sql = "SELECT status, tasks FROM status_count WHERE workspace_id = ?1 AND tasks > 0";
    let mut counts = cx.db().query::<(Status, i64)>(sql, params![workspace.id])?;
    counts.sort_by_key(|(status, _)| Status::ALL.iter().position(|known| known == status));
    Ok(counts)
}

fn end_abandoned(cx: &Context<'_>, workspace: &Workspace) -> Result<(), Failure> {
    if has_open_plans(cx, workspace)? {
        return Ok(());
    }
    let end = "UPDATE session SET ended_at = last_active_at
        WHERE workspace_id = ?1 AND ended_at IS NULL AND last_active_at < ?2";
    cx.db().execute(end, params![workspace.id, cx.now().cast_signed() - DAY])?;
    Ok(())
}

/// The client's session that the call comes from; empty outside of calls.
pub(crate) fn caller<'a>(cx: &Context<'a>) -> &'a str {
    cx.caller().map_or("", |caller| &caller.session)
}

fn new_id(cx: &Context<'_>) -> String {
    format!("session_{:08x}", u32::from_be_bytes(cx.random()))
}
