//! What the tool is called with, and which of it each action needs.

use std::fmt;

use mainstay_plugin::prelude::*;

use crate::artifact;
use crate::limits::{self, Problems};
use crate::words::{ArtifactType, words};

/// Bytes that are read at once: if nothing is said, and at most.
const LENGTH: i64 = 20_000;
const LONGEST: i64 = 100_000;

const LONGER: &str = "write the beginning, then append the rest piece by piece";

words!(Action: "an action" {
    Read = "read",
    Write = "write",
    Append = "append",
    List = "list",
});

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::tools) struct Artifacts {
    /// Default: read.
    pub(super) action: Option<Action>,
    artifact_id: Option<String>,
    pub(super) task_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) content: Option<String>,
    pub(super) artifact_type: Option<ArtifactType>,
    pub(super) media_type: Option<String>,
    /// Bytes before the part to read; of append, the total you know, as a check.
    pub(super) offset: Option<i64>,
    /// Default 20000, at most 100000.
    length: Option<i64>,
    pub(super) cursor: Option<String>,
}

impl Artifacts {
    /// Fails if the action needs something that is not there, or something is no good.
    pub(super) fn check(&self, action: Action) -> Result<(), Failure> {
        let mut problems = Problems::default();
        let needs: &[(&str, bool)] = match action {
            Action::Read => &[("artifact_id (or task_id)", self.artifact_id.is_some() || self.task_id.is_some())],
            Action::Write => &[
                ("task_id", self.task_id.is_some()),
                ("name", self.name.is_some()),
                ("content", self.content.is_some()),
            ],
            Action::Append => &[("artifact_id", self.artifact_id.is_some()), ("content", self.content.is_some())],
            Action::List => &[("task_id", self.task_id.is_some())],
        };
        for (what, _) in needs.iter().filter(|(_, given)| !given) {
            problems.add("", format!("{what} is missing; action {action} needs it"));
        }
        if self.id().is_some_and(|id| id.is_empty() || id.len() > limits::ID || !id.bytes().all(limits::is_id_byte)) {
            let problem = format!("is no artifact's id or URI: 1 to {} of A-Z a-z 0-9 _ - are allowed", limits::ID);
            problems.add("/artifact_id", problem);
        }
        if let Some(name) = &self.name {
            artifact::check_name(&mut problems, "/name", name);
        }
        if let Some(content) = &self.content {
            if content.is_empty() {
                problems.add("/content", "is empty");
            }
            artifact::check_text(&mut problems, "/content", content, limits::DETAILED_WORK, LONGER);
        }
        if let Some(media_type) = &self.media_type {
            artifact::check_media_type(&mut problems, "/media_type", media_type);
        }
        if let Some(offset) = self.offset.filter(|offset| *offset < 0) {
            problems.add("/offset", format!("is {offset}; it is 0 or more"));
        }
        if let Some(length) = self.length.filter(|length| !(1..=LONGEST).contains(length)) {
            problems.add("/length", format!("is {length}; 1 to {LONGEST} bytes are allowed"));
        }
        problems.into_result()
    }

    /// The id, also if it was given as a URI.
    pub(super) fn id(&self) -> Option<&str> {
        let given = self.artifact_id.as_deref()?;
        Some(artifact::place_of(given).map_or(given, |(id, _)| id))
    }

    /// What was given, or where the URI begins.
    pub(super) fn offset(&self) -> u64 {
        let in_uri = self.artifact_id.as_deref().and_then(artifact::place_of).and_then(|(_, offset)| offset);
        self.offset.map_or(in_uri.unwrap_or(0), i64::cast_unsigned)
    }

    pub(super) fn length(&self) -> u64 {
        self.length.unwrap_or(LENGTH).cast_unsigned()
    }
}
