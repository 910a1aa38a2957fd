//! Dependencies: as callers give them, as tables have them, and as they are shown.

use std::borrow::Cow;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::limits::{self, Problems};
use crate::status::Status;
use crate::words::DependencyType;

/// What a task is to wait for: an id, or an object that says how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) task_id: String,
    pub(crate) kind: DependencyType,
    /// What the artifact of the other task is called in the briefing.
    pub(crate) input: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    task_id: String,
    #[serde(rename = "type")]
    kind: Option<DependencyType>,
    input: Option<String>,
}

impl<'de> Deserialize<'de> for Dependency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let described = match Value::deserialize(deserializer)? {
            Value::String(task_id) => Described { task_id, kind: None, input: None },
            object @ Value::Object(_) => serde_json::from_value(object).map_err(serde::de::Error::custom)?,
            _ => return Err(serde::de::Error::custom("a dependency is an id or {task_id, type, input}")),
        };
        // Whoever names an input wants data.
        let usual = if described.input.is_some() { DependencyType::Data } else { DependencyType::Completion };
        let kind = described.kind.unwrap_or(usual);
        Ok(Self { task_id: described.task_id, kind, input: described.input })
    }
}

impl JsonSchema for Dependency {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Dependency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "object"] })
    }
}

impl Dependency {
    pub(crate) fn check(&self, field: &str, problems: &mut Problems) {
        problems.id(field, &self.task_id);
        let Some(input) = &self.input else { return };
        problems.required_text(&format!("{field}/input"), input, limits::INPUT);
        if input.contains(char::is_control) {
            problems.add(format!("{field}/input"), "is a name: no line breaks or control characters are allowed");
        }
        if self.kind != DependencyType::Data {
            problems.add(format!("{field}/input"), "is only for a dependency of type data");
        }
    }

    /// Whether it holds the dependent up.
    pub(crate) fn binds(&self) -> bool {
        self.kind != DependencyType::Related
    }

    /// `a`, or `a` (data as schema).
    pub(crate) fn shown(&self) -> String {
        let Self { task_id, kind, input } = self;
        match (kind, input) {
            (DependencyType::Completion, _) => task_id.clone(),
            (_, Some(input)) => format!("{task_id} ({kind} as {input})"),
            (_, None) => format!("{task_id} ({kind})"),
        }
    }

    /// Makes `task` depend on `prerequisite`. One that was there is changed, and binds again if it was waived.
    pub(crate) fn insert(&self, task: i64, prerequisite: i64) -> Statement {
        Statement::new(
            "INSERT INTO dependency (task, prerequisite, type, input) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (task, prerequisite) DO UPDATE SET type = excluded.type, input = excluded.input,
                waived_at = NULL, waived_by = NULL, reason = NULL",
            params![task, prerequisite, self.kind, self.input.clone()],
        )
    }
}

// A dependency as one of its two tasks shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct DependencyLine {
    /// The other task.
    pub(crate) task_id: String,
    pub(crate) title: String,
    pub(crate) status: Status,
    #[serde(rename = "type")]
    pub(crate) kind: DependencyType,
    /// pending, satisfied, waived, or failed if it can never be satisfied.
    pub(crate) state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<String>,
    /// Why it was waived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

impl FromRow for DependencyLine {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let status = row.get::<Status>("status")?;
        let state = match (row.get::<Option<i64>>("waived_at")?, row.get::<bool>("satisfied")?) {
            (Some(_), _) => "waived",
            (None, true) => "satisfied",
            (None, false) if status.is_settled() => "failed",
            (None, false) => "pending",
        };
        Ok(Self {
            task_id: row.get("id")?,
            title: row.get("title")?,
            status,
            kind: row.get("type")?,
            state,
            input: row.get("input")?,
            reason: row.get("reason")?,
        })
    }
}

impl DependencyLine {
    /// What `task` depends on.
    pub(crate) fn prerequisites(cx: &Context<'_>, task: i64, most: u32) -> Result<Vec<Self>, Failure> {
        let sql = "SELECT p.id, p.title, p.status, d.type, d.input, d.reason, d.waived_at, p.satisfies AS satisfied
            FROM dependency AS d CROSS JOIN task AS p ON p.seq = d.prerequisite
            WHERE d.task = ?1 ORDER BY d.prerequisite LIMIT ?2";
        Ok(cx.db().query(sql, params![task, most])?)
    }

    /// What depends on `task`. The state is that of the dependency, the status that of the dependent.
    pub(crate) fn dependents(cx: &Context<'_>, task: i64, most: u32) -> Result<Vec<Self>, Failure> {
        let sql = "SELECT t.id, t.title, t.status, d.type, d.input, d.reason, d.waived_at,
                (SELECT p.satisfies FROM task AS p WHERE p.seq = d.prerequisite) AS satisfied
            FROM dependency AS d CROSS JOIN task AS t ON t.seq = d.task
            WHERE d.prerequisite = ?1 ORDER BY d.task LIMIT ?2";
        Ok(cx.db().query(sql, params![task, most])?)
    }

    pub(crate) fn to_markdown(&self) -> String {
        let Self { task_id, title, status, kind, state, .. } = self;
        let input = self.input.as_ref().map(|input| format!(" as {input}")).unwrap_or_default();
        let reason = self.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("- `{task_id}` ({kind}{input}, {state}{reason}): {title}, {status}\n")
    }
}

#[cfg(test)]
mod tests;
