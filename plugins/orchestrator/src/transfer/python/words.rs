//! The words of the Python program. Its enums were never the same in two places.

use crate::roles::Specialist;
use crate::status::Status;
use crate::words::{ArtifactType, Complexity, DependencyType, TaskType, Word};

/// A word as it was, and what it is here; none if there is nothing like it.
pub(super) fn status(word: &str) -> Option<Status> {
    let word = plain(word);
    Status::parse(&word).or(match word.as_str() {
        "created" | "planning" | "ready" | "todo" | "not_started" => Some(Status::Pending),
        "started" | "running" | "review" => Some(Status::InProgress),
        "done" | "complete" => Some(Status::Completed),
        "canceled" => Some(Status::Cancelled),
        "superseded" => Some(Status::Archived),
        _ => None,
    })
}

pub(super) fn complexity(word: &str) -> Option<Complexity> {
    let word = plain(word);
    Complexity::parse(&word).or(match word.as_str() {
        "low" => Some(Complexity::Simple),
        "medium" => Some(Complexity::Moderate),
        "high" => Some(Complexity::Complex),
        "highly_complex" | "very_high" => Some(Complexity::VeryComplex),
        _ => None,
    })
}

pub(super) fn specialist(word: &str) -> Option<Specialist> {
    Specialist::parse(&plain(word))
}

pub(super) fn task_type(word: &str) -> Option<TaskType> {
    TaskType::parse(&plain(word))
}

pub(super) fn artifact_type(word: &str) -> ArtifactType {
    ArtifactType::parse(&plain(word)).unwrap_or(ArtifactType::General)
}

pub(super) fn dependency_type(word: &str) -> DependencyType {
    DependencyType::parse(&plain(word)).unwrap_or(DependencyType::Completion)
}

/// Python writes a member of an enum as `TaskStatus.PENDING` where nobody takes its value.
fn plain(word: &str) -> String {
    let word = word.rsplit('.').next().unwrap_or_default();
    word.trim().to_lowercase().replace(['-', ' '], "_")
}
