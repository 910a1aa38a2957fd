//! What came of all calls together.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What is shown of each list.
const SHOWN: usize = 50;

#[derive(Debug, Default)]
pub(super) struct Sum {
    workspace: Option<String>,
    workspaces: Vec<String>,
    taken: BTreeMap<String, u64>,
    there: BTreeMap<String, u64>,
    left_out: Vec<Value>,
    changed: Vec<Value>,
}

impl Sum {
    /// The workspace that the last record was of.
    pub(super) fn workspace(&self) -> Option<&str> {
        self.workspace.as_deref()
    }

    pub(super) fn has_any(&self) -> bool {
        !self.taken.is_empty()
    }

    /// Adds one answer.
    pub(super) fn add(&mut self, answer: &str) -> anyhow::Result<()> {
        let report: Value = serde_json::from_str(answer)?;
        for (field, counts) in [("taken", &mut self.taken), ("there", &mut self.there)] {
            for (kind, count) in report[field].as_object().into_iter().flatten() {
                *counts.entry(kind.clone()).or_default() += count.as_u64().unwrap_or_default();
            }
        }
        for (field, list) in [("left_out", &mut self.left_out), ("changed", &mut self.changed)] {
            list.extend(report[field].as_array().into_iter().flatten().cloned());
        }
        if let Some(workspace) = report["workspace"].as_str() {
            self.workspace = Some(workspace.to_owned());
            if self.workspaces.iter().all(|known| known != workspace) {
                self.workspaces.push(workspace.to_owned());
            }
        }
        Ok(())
    }

    pub(super) fn to_json(&self, dry_run: bool, notes: &[String]) -> Value {
        json!({
            "dry_run": dry_run,
            "workspaces": self.workspaces,
            "taken": self.taken,
            "there": self.there,
            "left_out": self.left_out,
            "changed": self.changed,
            "notes": notes,
        })
    }

    pub(super) fn to_text(&self, dry_run: bool, notes: &[String]) -> String {
        let into = self.workspaces.join(", ");
        let (taken, there) = (counted(&self.taken), counted(&self.there));
        let deed = if dry_run { "would be taken" } else { "taken" };
        let mut text = format!("{into}: {deed}: {taken}; there already: {there}");
        for (heading, list) in [("left out", &self.left_out), ("changed", &self.changed)] {
            if !list.is_empty() {
                text.push_str(&format!("\n{heading}:"));
            }
            for entry in list.iter().take(SHOWN) {
                let part = |field: &str| entry[field].as_str().unwrap_or_default();
                text.push_str(&format!("\n  {}: {}", part("what"), part("why")));
            }
            if list.len() > SHOWN {
                text.push_str(&format!("\n  and {} more; --json has all", list.len() - SHOWN));
            }
        }
        for note in notes {
            text.push_str(&format!("\n{note}"));
        }
        text
    }
}

/// Such as `3 of kind task, 1 of kind artifact`.
fn counted(counts: &BTreeMap<String, u64>) -> String {
    if counts.is_empty() {
        return "nothing".to_owned();
    }
    counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
}
