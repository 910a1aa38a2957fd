//! The roles that tasks are given to: what each is for, and what it is told.
//!
//! Twelve are [`built_in`]. A workspace changes them and adds its own in files, which [`mod@file`] understands and
//! [`stored`] reads again whenever they change.

mod built_in;
mod file;
mod stored;
mod yaml;

use std::borrow::Cow;
use std::fmt;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{FromValue, Value};

use crate::limits;
use crate::nearest;
use crate::words::{Word, words};
use crate::workspace::Workspace;

// The roles that are always there.
words!(Specialist: "a specialist" {
    Analyst = "analyst",
    Architect = "architect",
    Coder = "coder",
    Coordinator = "coordinator",
    Debugger = "debugger",
    Devops = "devops",
    Documenter = "documenter",
    Generic = "generic",
    Implementer = "implementer",
    Researcher = "researcher",
    Reviewer = "reviewer",
    Tester = "tester",
});

/// The name of a role: one that is built in, or one that a workspace adds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RoleId(String);

impl RoleId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Specialist> for RoleId {
    fn from(specialist: Specialist) -> Self {
        Self(specialist.as_str().to_owned())
    }
}

impl From<&str> for RoleId {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl JsonSchema for RoleId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RoleId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

impl FromValue for RoleId {
    const EXPECTED: &'static str = "the name of a role";

    fn from_value(value: &Value) -> Option<Self> {
        String::from_value(value).map(Self)
    }
}

impl From<RoleId> for Value {
    fn from(role: RoleId) -> Self {
        Self::from(role.0)
    }
}

impl From<&RoleId> for Value {
    fn from(role: &RoleId) -> Self {
        Self::from(&role.0)
    }
}

/// Names that are listed to somebody who gave one that is none.
const NAMED: usize = 50;

/// One role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) id: RoleId,
    /// When to choose it.
    pub(crate) use_for: Cow<'static, str>,
    /// Told to whoever takes it.
    pub(crate) prompt: Cow<'static, str>,
}

/// The roles of a workspace, in the order they are shown.
#[derive(Debug, Clone)]
pub(crate) struct Roles {
    roles: Vec<Role>,
    /// What the workspace tells whoever splits the work.
    pub(crate) coordinator: Option<String>,
    /// A line for each file that makes no sense now; what it said before is still in force.
    pub(crate) problems: Vec<String>,
}

impl Roles {
    /// Those that are built in and what the workspace says of its own, as its files are now.
    pub(crate) fn of(cx: &Context<'_>, workspace: &Workspace) -> Result<Self, Failure> {
        Ok(Self::merged(stored::look(cx, workspace)?))
    }

    /// The same, and what the files say is kept for the time when they make no sense. For calls that may write.
    pub(crate) fn refreshed(cx: &Context<'_>, workspace: &Workspace) -> Result<Self, Failure> {
        let versions = stored::look(cx, workspace)?;
        stored::keep(cx, workspace, &versions)?;
        Ok(Self::merged(versions))
    }

    /// Those of the caller's workspace, if it has one.
    pub(crate) fn of_caller(cx: &Context<'_>) -> Result<Self, Failure> {
        match Workspace::of_caller_if_any(cx)? {
            Some(workspace) => Self::of(cx, &workspace),
            None => Ok(Self::built_in()),
        }
    }

    pub(crate) fn built_in() -> Self {
        let roles = Specialist::ALL.iter().map(|specialist| specialist.role()).collect();
        Self { roles, coordinator: None, problems: Vec::new() }
    }

    /// Files that come later change what earlier ones say.
    fn merged(versions: Vec<stored::Version>) -> Self {
        let mut roles = Self::built_in();
        for version in versions {
            roles.problems.extend(version.problem);
            let file = version.file.unwrap_or_default();
            for defined in file.roles {
                let use_for = roles.get(&defined.id).map_or(defined.knows.into(), |known| known.use_for.clone());
                roles.put(Role { id: RoleId(defined.id), use_for, prompt: defined.prompt.into() });
            }
            for (id, line) in file.uses {
                let known = roles.get(&id).map(|role| role.prompt.clone());
                let prompt = known.unwrap_or_else(|| format!("You are a specialist: {line}.").into());
                roles.put(Role { id: RoleId(id), use_for: line.into(), prompt });
            }
            roles.coordinator = file.coordinator.or(roles.coordinator);
        }
        roles
    }

    fn put(&mut self, role: Role) {
        match self.roles.iter_mut().find(|known| known.id == role.id) {
            Some(known) => *known = role,
            None => self.roles.push(role),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Role> {
        self.roles.iter()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.id.as_str() == id)
    }

    /// The role a task was given to; if the workspace has it no longer, the generic one under that name.
    pub(crate) fn get_or_generic(&self, id: &RoleId) -> Role {
        self.get(id.as_str()).cloned().unwrap_or_else(|| Role { id: id.clone(), ..Specialist::Generic.role() })
    }

    /// What is wrong with a name that is none of these.
    pub(crate) fn unknown(&self, name: &str) -> String {
        let names: Vec<_> = self.iter().map(|role| role.id.as_str()).collect();
        let nearest = nearest::of(name, names.iter().copied(), 1).into_iter().next();
        let hint = nearest.map(|word| format!("did you mean `{word}`? ")).unwrap_or_default();
        let more = if names.len() > NAMED { ", …" } else { "" };
        let names = names[..names.len().min(NAMED)].join(", ");
        format!("`{}` is not a specialist; {hint}allowed: {names}{more}", limits::shortened(name, 64))
    }
}

// A role as the list for planning shows it; not documentation, which clients would be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct RoleLine {
    pub(crate) specialist_type: RoleId,
    pub(crate) use_for: String,
}

#[cfg(test)]
mod tests;
