//! Looking after a workspace: what is left lying about, what does not fit together, and pages about all of it.
//!
//! This is the one part that may look at many rows in a call. Each run looks at a bounded number of tasks and the
//! next run of the same kind goes on behind them. [`scope`] says whose tasks, [`scan`] and [`structure`] look,
//! [`tidy`] and [`counters`] change, [`pages`] and [`handover`] write from what [`work`] gathers.

mod counters;
mod handover;
mod pages;
mod scan;
mod scope;
mod structure;
mod tidy;
mod work;

use std::collections::BTreeMap;
use std::fmt;

use mainstay_plugin::prelude::*;

pub(crate) use self::scope::Scope;
pub(crate) use self::structure::AUDIT;
use crate::words::words;
use crate::workspace::Workspace;

/// Findings that are shown.
pub(crate) const SHOWN: usize = 50;

words!(Action: "an action" {
    ScanCleanup = "scan_cleanup",
    ValidateStructure = "validate_structure",
    UpdateDocumentation = "update_documentation",
    PrepareHandover = "prepare_handover",
});

words!(ScopeWord: "a scope" {
    CurrentSession = "current_session",
    FullProject = "full_project",
    SpecificSubtask = "specific_subtask",
});

words!(Level: "a validation level" {
    Basic = "basic",
    Comprehensive = "comprehensive",
    FullAudit = "full_audit",
});

// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Finding {
    pub(crate) kind: &'static str,
    /// Of a task or an artifact.
    pub(crate) id: String,
    pub(crate) problem: String,
    /// The call that helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repair: Option<String>,
}

/// What a run has found and done.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Tasks that were looked at.
    pub(crate) looked_at: usize,
    /// Where the next run goes on, if this one stopped before the end.
    pub(crate) stopped_at: Option<String>,
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// At most [`SHOWN`].
    pub(crate) findings: Vec<Finding>,
    /// URIs of pages that were written.
    pub(crate) documents: Vec<String>,
    /// The handover in short.
    pub(crate) handover: Option<String>,
    pub(crate) notes: Vec<String>,
}

impl Outcome {
    fn count(&mut self, what: &'static str, by: u64) {
        *self.counts.entry(what).or_default() += by;
    }

    /// Counts a finding and shows it if there is room.
    fn find(&mut self, kind: &'static str, id: &str, problem: impl Into<String>, repair: Option<String>) {
        self.count(kind, 1);
        if self.findings.len() < SHOWN {
            self.findings.push(Finding { kind, id: id.to_owned(), problem: problem.into(), repair });
        }
    }
}

/// One run as the table remembers it, beside its action, scope and level.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    #[serde(rename = "for", default)]
    about: Option<String>,
    #[serde(default)]
    stopped_at: Option<String>,
    looked_at: usize,
    #[serde(default)]
    counts: BTreeMap<String, u64>,
}

/// What is to be done, and for whom.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) action: Action,
    pub(crate) level: Level,
    pub(crate) scope: Scope,
}

impl Run<'_> {
    /// Does it and keeps a row of it; returns the row's id as well.
    pub(crate) fn carry_out(&self, cx: &Context<'_>) -> Result<(String, Outcome), Failure> {
        let mut outcome = Outcome::default();
        outcome.notes.extend(self.scope.note.clone());
        match self.action {
            Action::ScanCleanup => scan::run(cx, self, &mut outcome)?,
            Action::ValidateStructure => structure::run(cx, self, &mut outcome)?,
            Action::UpdateDocumentation => pages::run(cx, self, &mut outcome)?,
            Action::PrepareHandover => handover::run(cx, self, &mut outcome)?,
        }
        if outcome.stopped_at.is_some() {
            outcome.notes.push(format!("{} tasks were looked at; run it again for the rest.", outcome.looked_at));
        }
        Ok((self.remember(cx, &outcome)?, outcome))
    }

    /// Where the last run of this kind stopped.
    fn begin(&self, cx: &Context<'_>) -> Result<Option<String>, Failure> {
        let sql = "SELECT summary FROM (SELECT * FROM maintenance WHERE workspace_id = ?1 ORDER BY seq DESC LIMIT 100)
            WHERE action = ?2 AND scope = ?3 AND level = ?4";
        let rows =
            cx.db().query::<(String,)>(sql, params![self.workspace.id, self.action, self.scope.word, self.level])?;
        let runs = rows.iter().filter_map(|(summary,)| serde_json::from_str::<Remembered>(summary).ok());
        let last = runs.into_iter().find(|run| run.about == self.scope.about);
        Ok(last.and_then(|run| run.stopped_at))
    }

    fn remember(&self, cx: &Context<'_>, outcome: &Outcome) -> Result<String, Failure> {
        let id = format!("maint_{:016x}", u64::from_be_bytes(cx.random()));
        let remembered = Remembered {
            about: self.scope.about.clone(),
            stopped_at: outcome.stopped_at.clone(),
            looked_at: outcome.looked_at,
            counts: outcome.counts.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect(),
        };
        let summary = serde_json::to_string(&remembered)?;
        let insert = "INSERT INTO maintenance (id, workspace_id, action, scope, level, at, summary)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let now = cx.now().cast_signed();
        let parameters = params![&id, self.workspace.id, self.action, self.scope.word, self.level, now, summary];
        cx.db().execute(insert, parameters)?;
        Ok(id)
    }
}
