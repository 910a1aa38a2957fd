//! Pages that are written from the tasks: each has a name, and the last one written stays.

use mainstay_plugin::prelude::*;

use crate::limits::is_id_byte;
use crate::workspace::Workspace;

/// The template of their URIs.
pub(crate) const TEMPLATE: &str = "orchestrator://documents/{name}";
const PREFIX: &str = "orchestrator://documents/";

/// Bytes of one page.
pub(crate) const BYTES: usize = 256 * 1024;

/// The URI under which clients read a page.
pub(crate) fn uri(name: &str) -> String {
    format!("{PREFIX}{name}")
}

/// The name in a URI that [`uri`] made.
pub(crate) fn name_of(uri: &str) -> Option<&str> {
    uri.strip_prefix(PREFIX).filter(|name| !name.is_empty() && name.bytes().all(is_id_byte))
}

/// Puts a page in the place of the one before.
pub(crate) fn store(
    cx: &Context<'_>,
    workspace: &Workspace,
    name: &str,
    title: &str,
    content: &str,
) -> Result<(), Failure> {
    let put = "INSERT INTO document (workspace_id, name, title, content, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (workspace_id, name) DO UPDATE SET title = ?3, content = ?4, updated_at = ?5";
    cx.db().execute(put, params![workspace.id, name, title, content, cx.now().cast_signed()])?;
    Ok(())
}

/// The page of that name, if it was ever written.
pub(crate) fn read(cx: &Context<'_>, workspace: &Workspace, name: &str) -> Result<Option<String>, Failure> {
    let sql = "SELECT content FROM document WHERE workspace_id = ?1 AND name = ?2";
    Ok(cx.db().query_one::<(String,)>(sql, params![workspace.id, name])?.map(|row| row.0))
}
