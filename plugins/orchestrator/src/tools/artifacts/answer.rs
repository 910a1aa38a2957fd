//! What the tool answers.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use crate::artifact::{self, Artifact, Part, Written};
use crate::moment;
use crate::words::ArtifactType;

/// One action's result; what the others would say is left out.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(in crate::tools) enum Answer {
    Read(Read),
    Written(Stored),
    List(List),
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct Read {
    artifact_id: String,
    task_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    version: i64,
    media_type: String,
    total_bytes: u64,
    offset: u64,
    content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_offset: Option<u64>,
    next: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct Stored {
    artifact_id: String,
    artifact_uri: String,
    task_id: String,
    name: String,
    version: i64,
    total_bytes: i64,
    next: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct List {
    task_id: String,
    artifacts: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    next: String,
}

// An artifact in one line.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct Line {
    #[serde(skip)]
    place: i64,
    artifact_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    version: i64,
    artifact_type: ArtifactType,
    media_type: String,
    bytes: i64,
    created_at: String,
}

impl FromRow for Line {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            place: row.get("version")?,
            artifact_id: row.get("id")?,
            name: row.get("name")?,
            version: row.get("edition")?,
            artifact_type: row.get("type")?,
            media_type: row.get("media_type")?,
            bytes: row.get("bytes")?,
            created_at: moment::format(row.get("created_at")?),
        })
    }
}

impl Line {
    /// What the page after this one begins behind.
    pub(super) fn cursor(&self) -> String {
        self.place.to_string()
    }

    fn to_markdown(&self) -> String {
        let Self { artifact_id, version, artifact_type, media_type, bytes, created_at, .. } = self;
        let name = self.name.as_deref().unwrap_or("delivery");
        format!(
            "- `{artifact_id}` {name}, version {version}: {artifact_type}, {media_type}, {bytes} bytes, {created_at}\n"
        )
    }
}

impl Answer {
    pub(super) fn read(artifact: Artifact, part: Part) -> Self {
        let next_offset = (part.ends_at < part.total).then_some(part.ends_at);
        let next = match next_offset {
            Some(offset) => format!(
                "for the rest orchestrator_artifacts {{\"artifact_id\": \"{}\", \"offset\": {offset}}}",
                artifact.id
            ),
            None => "nothing; this is the end of it".to_owned(),
        };
        Self::Read(Read {
            artifact_id: artifact.id,
            task_id: artifact.task_id,
            name: artifact.name,
            version: artifact.version,
            media_type: artifact.media_type,
            total_bytes: part.total,
            offset: part.begins_at,
            content: part.text,
            next_offset,
            next,
        })
    }

    pub(super) fn written(task_id: &str, written: Written) -> Self {
        let Written { id, name, version, bytes } = written;
        Self::Written(Stored {
            artifact_uri: artifact::uri(&id),
            next: format!(
                "if there is more, orchestrator_artifacts {{\"action\": \"append\", \"artifact_id\": \"{id}\", \
                 \"offset\": {bytes}, \"content\": …}}"
            ),
            artifact_id: id,
            task_id: task_id.to_owned(),
            name,
            version,
            total_bytes: bytes,
        })
    }

    pub(super) fn listed(task_id: String, artifacts: Vec<Line>, cursor: Option<String>) -> Self {
        let next = match (&cursor, artifacts.first()) {
            (Some(cursor), _) => format!(
                "for older ones orchestrator_artifacts {{\"action\": \"list\", \"task_id\": \"{task_id}\", \
                 \"cursor\": \"{cursor}\"}}"
            ),
            (None, Some(line)) => format!("orchestrator_artifacts {{\"artifact_id\": \"{}\"}}", line.artifact_id),
            (None, None) => "orchestrator_complete_task hands in a result".to_owned(),
        };
        Self::List(List { task_id, artifacts, cursor, next })
    }

    pub(super) fn to_markdown(&self) -> String {
        match self {
            Self::Read(read) => read.to_markdown(),
            Self::Written(Stored { artifact_uri, name, version, total_bytes, next, .. }) => {
                format!("{name}, version {version}, has {total_bytes} bytes: {artifact_uri}\nNext: {next}.")
            }
            Self::List(List { task_id, artifacts, next, .. }) => {
                let lines: String = artifacts.iter().map(Line::to_markdown).collect();
                let none = if artifacts.is_empty() { " none" } else { "" };
                format!("Artifacts of `{task_id}`, newest first:{none}\n{lines}Next: {next}.")
            }
        }
    }
}

impl Read {
    fn to_markdown(&self) -> String {
        let Self { artifact_id, task_id, version, total_bytes, offset, content, next, .. } = self;
        let name = self.name.as_deref().unwrap_or("delivery");
        let end = self.next_offset.unwrap_or(*total_bytes);
        format!(
            "`{artifact_id}` ({name} of `{task_id}`, version {version}): bytes {offset} to {end} of \
             {total_bytes}.\n\n{content}\n\nNext: {next}."
        )
    }
}
