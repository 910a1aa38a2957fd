//! `orchestrator_maintenance_coordinator`: looks after a workspace and writes about it.

use std::collections::BTreeMap;

use mainstay_plugin::prelude::*;

use crate::document;
use crate::maintenance::{Action, Finding, Level, Outcome as Found, Run, SHOWN, Scope, ScopeWord};
use crate::plugin::Orchestrator;
use crate::workspace::Workspace;

const DESCRIPTION: &str = "\
Looks after the workspace, when asked to or at the end of long work. scan_cleanup: stale, orphaned, abandoned work \
(comprehensive also archives and removes it). validate_structure: whether everything fits together. \
update_documentation: writes pages about plans and results. prepare_handover: all that someone new needs. full_audit \
also repairs counters.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct MaintenanceCoordinator {
    action: Action,
    /// Default: current_session.
    scope: Option<ScopeWord>,
    /// Default: basic, which only reports.
    validation_level: Option<Level>,
    /// For specific_subtask.
    target_task_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Maintenance {
    operation_id: String,
    action: Action,
    scope: ScopeWord,
    validation_level: Level,
    tasks_looked_at: usize,
    /// There is more; call again.
    incomplete: bool,
    counts: BTreeMap<&'static str, u64>,
    findings: Vec<Finding>,
    findings_not_shown: u64,
    documents: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handover: Option<String>,
    notes: Vec<String>,
    next: String,
}

pub(super) fn tools() -> Vec<Tool<Orchestrator>> {
    vec![super::answering("orchestrator_maintenance_coordinator", DESCRIPTION, run).title("Look after the workspace")]
}

pub(super) fn run(cx: &Context<'_>, args: &MaintenanceCoordinator) -> Outcome<Maintenance> {
    let mut workspace = Workspace::of_caller(cx)?;
    workspace.store(cx)?;
    let word = args.scope.unwrap_or(ScopeWord::CurrentSession);
    let level = args.validation_level.unwrap_or(Level::Basic);
    let scope = Scope::of(cx, &workspace, word, args.target_task_id.as_deref())?;
    let run = Run { workspace: &workspace, action: args.action, level, scope };
    let (operation_id, found) = run.carry_out(cx)?;
    let all: u64 = KINDS.iter().filter_map(|kind| found.counts.get(kind)).sum();
    let maintenance = Maintenance {
        operation_id,
        action: args.action,
        scope: word,
        validation_level: level,
        tasks_looked_at: found.looked_at,
        incomplete: found.stopped_at.is_some(),
        findings_not_shown: all.saturating_sub(u64::try_from(SHOWN).unwrap_or(u64::MAX)),
        next: what_next(args, word, level, &found),
        counts: found.counts,
        findings: found.findings,
        documents: found.documents,
        handover: found.handover,
        notes: found.notes,
    };
    let text = maintenance.to_markdown();
    Ok(Reply::from(maintenance).with_text(text))
}

/// Counts that are findings; the others are what was done.
const KINDS: [&str; 11] = [
    "stale_tasks",
    "orphaned_tasks",
    "broken_dependencies",
    "incomplete_plans",
    "expired_claims",
    "wrong_counters",
    "tree",
    "cycles",
    "times",
    "artifacts",
    "search",
];

fn what_next(args: &MaintenanceCoordinator, scope: ScopeWord, level: Level, found: &Found) -> String {
    let call = |level: Level| {
        let target = args.target_task_id.as_ref().filter(|_| scope == ScopeWord::SpecificSubtask);
        let target = target.map(|id| format!(", \"target_task_id\": \"{id}\"")).unwrap_or_default();
        format!(
            "orchestrator_maintenance_coordinator {{\"action\": \"{}\", \"scope\": \"{scope}\", \"validation_level\": \
             \"{level}\"{target}}}",
            args.action
        )
    };
    if found.stopped_at.is_some() {
        return format!("{} for the rest", call(level));
    }
    match args.action {
        Action::ScanCleanup if level == Level::Basic && !found.findings.is_empty() => {
            format!("the calls above, or {} to put away what is abandoned", call(Level::Comprehensive))
        }
        Action::ValidateStructure if level == Level::Basic => format!("{} looks closer", call(Level::Comprehensive)),
        Action::ScanCleanup | Action::ValidateStructure if !found.findings.is_empty() => "the calls above".to_owned(),
        Action::ScanCleanup | Action::ValidateStructure => {
            "orchestrator_get_status; nothing is left to do here".to_owned()
        }
        Action::UpdateDocumentation => "read the pages as resources".to_owned(),
        Action::PrepareHandover => {
            format!("give this to whoever takes over; {} has all of it", document::uri("handover"))
        }
    }
}

impl Maintenance {
    fn to_markdown(&self) -> String {
        let Self { action, scope, validation_level, tasks_looked_at, next, .. } = self;
        let mut text = String::new();
        if let Some(handover) = &self.handover {
            text.push_str(handover);
            text.push('\n');
        } else {
            let counts: Vec<_> = self.counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
            let counts = if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") };
            text.push_str(&format!("{action} ({scope}, {validation_level}), {tasks_looked_at} tasks: {counts}.\n"));
        }
        for Finding { kind, id, problem, repair } in &self.findings {
            let repair = repair.as_ref().map(|repair| format!(" ({repair})")).unwrap_or_default();
            text.push_str(&format!("- {kind} `{id}`: {problem}{repair}\n"));
        }
        if self.findings_not_shown > 0 {
            text.push_str(&format!("- and {} more\n", self.findings_not_shown));
        }
        if self.handover.is_none() {
            self.documents.iter().for_each(|uri| text.push_str(&format!("- {uri}\n")));
        }
        self.notes.iter().for_each(|note| text.push_str(&format!("{note}\n")));
        text.push_str(&format!("Next: {next}."));
        text
    }
}

#[cfg(test)]
mod tests;
