//! Whose tasks a caller sees: the workspace its session is bound to.
//!
//! A workspace is the top directory of a project, which [`root`] finds by what is there; nothing is ever
//! written to it. Which one a session uses is working state: it is kept under the session, and under the
//! directory that the client was started in, so that a client that is started again goes on where it was.

mod path;
mod root;
mod uri;

use mainstay_plugin::bindings::exports::mainstay::plugin::tools::Root;
use mainstay_plugin::prelude::*;

use crate::limits;
use crate::session;

/// Bindings of sessions that began longer ago than this and changed nothing since are forgotten; the directory's
/// remains.
const SESSION_LASTS: u64 = 30 * 24 * 60 * 60 * 1000;

/// How many bindings of other sessions are looked at when a session is bound.
const SWEEP: u32 = 20;

/// The code of the failure of a caller that is in no workspace.
const NOWHERE: &str = "no-workspace";

/// A workspace, which may not have any task yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Workspace {
    /// 0 if nothing was ever stored in it: no row has that number.
    pub(crate) id: i64,
    pub(crate) path: String,
}

/// What became of a session's binding.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) workspace: Workspace,
    /// It is a home or above, and nobody asked for it.
    pub(crate) no_project: bool,
    /// Another workspace that clients started in the same directory used last.
    pub(crate) formerly: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct SessionBinding {
    workspace: String,
    at: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct DirectoryBinding {
    directory: String,
    workspace: String,
}

impl Workspace {
    /// The workspace the caller works in: what its session is bound to, else what a client started in the
    /// same directory was bound to, else that directory's project.
    pub(crate) fn of_caller(cx: &Context<'_>) -> Result<Self, Failure> {
        let session = cx.state().get::<SessionBinding>(&session_key(cx))?.map(|binding| binding.workspace);
        let path = match (session, directory(cx)) {
            (Some(path), _) => path,
            (None, Some(directory)) => remembered(cx, &directory)?.unwrap_or_else(|| root::of(cx, &directory)),
            (None, None) => return Err(nowhere()),
        };
        Self::at(cx, path)
    }

    /// The same, or none for a caller that has no workspace yet: clients list before they do anything.
    pub(crate) fn of_caller_if_any(cx: &Context<'_>) -> Result<Option<Self>, Failure> {
        match Self::of_caller(cx) {
            Ok(workspace) => Ok(Some(workspace)),
            Err(failure) if failure.code() == NOWHERE => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Binds the caller's session to the project of the directory `asked` for, or else of the one that `roots` or
    /// its client's start lead to.
    pub(crate) fn bind(cx: &Context<'_>, asked: Option<&str>, roots: &[Root]) -> Result<Bound, Failure> {
        let started_in = directory(cx);
        let directory = match asked {
            Some(asked) => checked("/working_directory", asked, started_in.as_deref())?,
            None => uri::choose(roots, started_in.as_deref()).or(started_in).ok_or_else(nowhere)?,
        };
        let bound = Self::bind_to(cx, root::of(cx, &directory))?;
        let no_project = asked.is_none() && path::is_home_or_above(&bound.workspace.path);
        Ok(Bound { no_project, ..bound })
    }

    /// Binds the caller's session to the workspace at `path`.
    pub(crate) fn bind_to(cx: &Context<'_>, path: String) -> Result<Bound, Failure> {
        let mut formerly = None;
        if let Some(directory) = directory(cx) {
            formerly = remembered(cx, &directory)?.filter(|former| *former != path);
            let binding = DirectoryBinding { workspace: path.clone(), directory };
            cx.state().put(&directory_key(&binding.directory), &binding)?;
        }
        cx.state().put(&session_key(cx), &SessionBinding { workspace: path.clone(), at: cx.now() })?;
        sweep(cx)?;
        let mut workspace = Self::at(cx, path)?;
        workspace.store(cx)?;
        Ok(Bound { workspace, no_project: false, formerly })
    }

    /// The one of that directory, for an operator, who may see all. `field` is the argument it came in.
    pub(crate) fn of_operator(cx: &Context<'_>, field: &str, asked: &str) -> Result<Self, Failure> {
        Self::at(cx, checked(field, asked, None)?)
    }

    /// Makes sure that there is a row to refer to.
    pub(crate) fn store(&mut self, cx: &Context<'_>) -> Result<(), Failure> {
        if self.id == 0 {
            let insert = "INSERT INTO workspace (path, created_at) VALUES (?1, ?2) RETURNING id";
            let row = cx.db().query_one::<(i64,)>(insert, params![&self.path, cx.now().cast_signed()])?;
            self.id = row.ok_or_else(|| Failure::new("internal", "the workspace could not be stored"))?.0;
        }
        Ok(())
    }

    fn at(cx: &Context<'_>, path: String) -> Result<Self, Failure> {
        let row = cx.db().query_one::<(i64,)>("SELECT id FROM workspace WHERE path = ?1", params![&path])?;
        Ok(Self { id: row.map_or(0, |row| row.0), path })
    }
}

fn nowhere() -> Failure {
    Failure::new(NOWHERE, "this session has no workspace and its transport names no directory").with_hint(
        "Call orchestrator_initialize_session with working_directory, the absolute path of the project's root.",
    )
}

fn checked(field: &str, asked: &str, base: Option<&str>) -> Result<String, Failure> {
    let mut problems = limits::Problems::default();
    problems.required_text(field, asked, limits::PATH);
    problems.into_result()?;
    path::normalised(asked, base).map_err(|problem| Failure::argument(field, problem))
}

/// Where the caller's client was started.
fn directory(cx: &Context<'_>) -> Option<String> {
    let directory = cx.caller()?.working_directory.as_deref()?;
    path::normalised(directory, None).ok()
}

fn remembered(cx: &Context<'_>, directory: &str) -> Result<Option<String>, Failure> {
    let binding = cx.state().get::<DirectoryBinding>(&directory_key(directory))?;
    Ok(binding.filter(|binding| binding.directory == directory).map(|binding| binding.workspace))
}

fn session_key(cx: &Context<'_>) -> String {
    format!("session/{}", session::caller(cx))
}

/// A path can be longer than a key may be, so the key is its FNV-1a hash and the value says whose it is.
fn directory_key(directory: &str) -> String {
    let hash = directory
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("directory/{hash:016x}")
}

/// Forgets old sessions near this one. Sessions have random names, so in time it comes by all of them.
fn sweep(cx: &Context<'_>) -> Result<(), Failure> {
    for (key, binding) in cx.state().scan::<SessionBinding>("session/", Some(&session_key(cx)), SWEEP)? {
        if cx.now().saturating_sub(binding.at) > SESSION_LASTS && !is_in_use(cx, &key)? {
            cx.state().delete(&key)?;
        }
    }
    Ok(())
}

/// Whether the session of a key has changed something since: its binding is only written when it begins.
fn is_in_use(cx: &Context<'_>, key: &str) -> Result<bool, Failure> {
    let active = "SELECT 1 FROM session_caller AS c JOIN session AS s ON s.seq = c.session
        WHERE c.caller = ?1 AND s.last_active_at >= ?2";
    let since = cx.now().saturating_sub(SESSION_LASTS).cast_signed();
    let caller = key.strip_prefix("session/").unwrap_or(key);
    Ok(cx.db().query_one::<(i64,)>(active, params![caller, since])?.is_some())
}

#[cfg(test)]
mod tests;
