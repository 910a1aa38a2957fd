//! Artifacts as they are read: what is known of one, and any part of its text.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use crate::moment;
use crate::status::Status;
use crate::words::{ArtifactType, NextAction};

/// An artifact with all that is known of it.
#[derive(Debug)]
pub(crate) struct Artifact {
    pub(super) seq: i64,
    pub(crate) id: String,
    /// Its number, and what clients call it.
    pub(super) task: i64,
    pub(crate) task_id: String,
    pub(super) title: String,
    /// Of its task.
    pub(super) status: Status,
    specialist: String,
    /// None of a delivery.
    pub(crate) name: Option<String>,
    pub(crate) media_type: String,
    /// Of those with the same name.
    pub(crate) version: i64,
    artifact_type: ArtifactType,
    next_action: NextAction,
    created_at: i64,
    summary: String,
    /// The first piece.
    beginning: String,
    bytes: Option<i64>,
}

/// Consecutive text of an artifact, cut between characters.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) text: String,
    pub(crate) begins_at: u64,
    pub(crate) ends_at: u64,
    /// Bytes of the whole artifact.
    pub(crate) total: u64,
}

impl FromRow for Artifact {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            seq: row.get("seq")?,
            id: row.get("id")?,
            task: row.get("task")?,
            task_id: row.get("task_id")?,
            title: row.get("title")?,
            status: row.get("status")?,
            specialist: row.get("specialist")?,
            name: row.get("name")?,
            media_type: row.get("media_type")?,
            version: row.get("edition")?,
            artifact_type: row.get("type")?,
            next_action: row.get("next_action")?,
            created_at: row.get("created_at")?,
            summary: row.get("summary")?,
            beginning: row.get("content")?,
            bytes: row.get("bytes")?,
        })
    }
}

impl Artifact {
    pub(crate) fn find(cx: &Context<'_>, workspace: i64, id: &str) -> Result<Option<Self>, Failure> {
        let sql = "SELECT a.seq, a.id, a.task, t.id AS task_id, t.title, t.status, t.specialist, a.name, a.media_type,
                coalesce(a.edition, a.version) AS edition, a.type, a.next_action, a.created_at, a.summary, a.content,
                a.bytes
            FROM artifact AS a JOIN task AS t ON t.seq = a.task WHERE a.workspace_id = ?1 AND a.id = ?2";
        Ok(cx.db().query_one(sql, params![workspace, id])?)
    }

    /// Bytes of the whole text.
    pub(crate) fn total(&self) -> u64 {
        self.bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_else(|| size(&self.beginning))
    }

    /// The text from `offset` on, about `length` bytes of it: from the beginning of the character that is there to the
    /// end of the last one that fits, and one character at least.
    pub(crate) fn part(&self, cx: &Context<'_>, offset: u64, length: u64) -> Result<Part, Failure> {
        let total = self.total();
        let end = offset.saturating_add(length).min(total);
        let (text, base) = self.gathered(cx, offset, end)?;
        let place = |at: u64| usize::try_from(at.saturating_sub(base)).unwrap_or(usize::MAX);
        let from = text.floor_char_boundary(place(offset));
        let mut to = text.floor_char_boundary(place(end));
        if to <= from && end > offset {
            to = text.ceil_char_boundary(from + 1);
        }
        let text = text[from..to.max(from)].to_owned();
        let begins_at = base + u64::try_from(from).unwrap_or(0);
        Ok(Part { ends_at: begins_at + size(&text), text, begins_at, total })
    }

    /// Whole pieces that have everything from `offset` to `end` in them, and where the first of them begins.
    fn gathered(&self, cx: &Context<'_>, offset: u64, end: u64) -> Result<(String, u64), Failure> {
        // Past the end there is nothing; the place is still a place.
        if offset >= end {
            return Ok((String::new(), offset));
        }
        let in_beginning = size(&self.beginning);
        let (mut text, mut base) = (String::new(), None);
        if offset < in_beginning {
            text.push_str(&self.beginning);
            base = Some(0);
        }
        if end > in_beginning {
            let sql = "SELECT begins_at, content FROM artifact_chunk WHERE artifact = ?1 AND begins_at < ?3
                AND begins_at >= coalesce((SELECT begins_at FROM artifact_chunk WHERE artifact = ?1 AND begins_at <= ?2
                    ORDER BY begins_at DESC LIMIT 1), 0)
                ORDER BY begins_at";
            let parameters = params![self.seq, offset.cast_signed(), end.cast_signed()];
            for (begins_at, content) in cx.db().query::<(u64, String)>(sql, parameters)? {
                let start = *base.get_or_insert(begins_at);
                let expected = start + size(&text);
                if begins_at != expected {
                    return Err(self.damaged(expected));
                }
                text.push_str(&content);
            }
        }
        let base = base.unwrap_or(offset);
        let reached = base + size(&text);
        if base > offset || reached < end {
            return Err(self.damaged(if base > offset { offset } else { reached }));
        }
        Ok((text, base))
    }

    fn damaged(&self, at: u64) -> Failure {
        let message = format!("`{}` is damaged: of its {} bytes a piece is missing at {at}", self.id, self.total());
        Failure::new("damaged-artifact", message).with_hint(format!(
            "What comes before byte {at} can still be read. orchestrator_maintenance_coordinator with action \
             validate_structure and validation_level comprehensive lists what else is damaged."
        ))
    }

    /// What stands above the work where it is shown whole.
    pub(crate) fn header(&self, cx: &Context<'_>) -> Result<String, Failure> {
        let sql = "SELECT path FROM artifact_file WHERE artifact = ?1 ORDER BY kind, position";
        let files: Vec<_> = cx.db().query::<(String,)>(sql, params![self.seq])?.into_iter().map(|row| row.0).collect();
        let Self { task_id, title, specialist, version, artifact_type, next_action, summary, .. } = self;
        let delivered = moment::format(self.created_at);
        let mut text = format!(
            "# {title}\n\n- Task: `{task_id}` ({specialist})\n- Delivered: {delivered}, version {version}, \
             {artifact_type}, next action {next_action}\n- Summary: {summary}\n"
        );
        if !files.is_empty() {
            text.push_str(&format!("- Files: {}\n", files.join(", ")));
        }
        Ok(format!("{text}\n---\n\n"))
    }
}

fn size(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
