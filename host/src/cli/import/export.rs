//! The lines of an export.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::Cargo;
use crate::cli::exit_code::WrongUsage;

/// Reads all of it; what is no whole export is refused.
pub(super) fn read(file: &Path, into: Option<String>) -> anyhow::Result<Cargo> {
    let opened = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut groups = Vec::new();
    for (number, line) in (1..).zip(BufReader::new(opened).lines()) {
        let problem = |what: &str| WrongUsage(format!("line {number} of {} {what}: nothing was taken", file.display()));
        let line = line.map_err(|_| problem("cannot be read as text"))?;
        let record: Value = serde_json::from_str(&line).map_err(|_| problem("is no JSON; the export is damaged"))?;
        if !record.is_object() {
            return Err(problem("is no record; the export is damaged").into());
        }
        groups.push(vec![record]);
    }
    let kind = |record: Option<&Vec<Value>>| record.and_then(|group| group[0]["kind"].as_str().map(str::to_owned));
    let problem = |what: &str| WrongUsage(format!("{} {what}: nothing was taken", file.display()));
    if kind(groups.first()).as_deref() != Some("mainstay-export") {
        return Err(problem("does not begin as an export does").into());
    }
    if kind(groups.last()).as_deref() != Some("end") {
        return Err(problem("is not whole, its end is missing; export again, or copy all of it").into());
    }
    let workspaces = groups.iter().filter(|group| group[0]["kind"] == "workspace").count();
    if into.is_some() && workspaces > 1 {
        return Err(problem("has several workspaces, and --workspace names one").into());
    }
    Ok(Cargo { source: "mainstay", into, groups, twice: false, notes: Vec::new() })
}
