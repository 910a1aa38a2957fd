//! How much room there is where the data is.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::Status;

/// Room for what a host writes beside its tables now and then: a log of SQLite's, a copy for a trial, a component.
const LOW: u64 = 64 << 20;
/// Not even a commit is sure to find room.
const FULL: u64 = 1 << 20;

/// What the file system says.
#[derive(Debug, Clone, Serialize)]
pub(in crate::server::reboot) struct Disk {
    pub(in crate::server::reboot) status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    free_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::server::reboot) problem: Option<String>,
}

/// Looks at the file system that has `folder`.
pub(in crate::server::reboot) async fn check(folder: PathBuf, limit: Duration) -> Disk {
    // A network's file system may never answer.
    let asked = tokio::task::spawn_blocking(move || fs4::available_space(folder));
    match tokio::time::timeout(limit, asked).await {
        Ok(Ok(Ok(free))) => judge(free),
        Ok(Ok(Err(error))) => {
            failed(Status::Failed, format!("the file system does not say how much room there is: {error}"))
        }
        Ok(Err(_)) => failed(Status::Failed, "a thread of the host died".to_owned()),
        Err(_) => failed(Status::Stuck, format!("the file system has not answered in {} ms", limit.as_millis())),
    }
}

fn failed(status: Status, problem: String) -> Disk {
    Disk { status, free_bytes: None, problem: Some(problem) }
}

fn judge(free: u64) -> Disk {
    let (status, problem) = match free {
        free if free < FULL => (Status::Failed, Some(format!("the disk is full: {free} bytes are free"))),
        free if free < LOW => (Status::Degraded, Some(format!("the disk is almost full: {free} bytes are free"))),
        _ => (Status::Operational, None),
    };
    Disk { status, free_bytes: Some(free), problem }
}

#[cfg(test)]
mod tests;
