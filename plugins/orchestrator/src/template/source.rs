//! The format of a template, as it is written.

use std::fmt;

use mainstay_plugin::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::entries::Entries;
use crate::roles::RoleId;
use crate::words::{Complexity, Priority, TaskType, words};

/// The whole text. What is left out comes from the template that it extends.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) metadata: Metadata,
    pub(crate) extends: Option<String>,
    pub(crate) plan: Option<PlanText>,
    /// `null` takes away what is inherited.
    #[serde(default)]
    pub(crate) parameters: Entries<Option<Parameter>>,
    #[serde(default)]
    pub(crate) tasks: Entries<Option<Part>>,
    /// Known from elsewhere, where they are run. Nothing is run here.
    pub(crate) hooks: Option<IgnoredAny>,
    pub(crate) lifecycle_hooks: Option<IgnoredAny>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metadata {
    pub(crate) name: String,
    pub(crate) version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) author: Option<String>,
    pub(crate) complexity: Option<Complexity>,
    pub(crate) estimated_duration: Option<String>,
}

/// The plan as a whole. Without it, the plan is called and described like the template.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanText {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    /// Told to all parts.
    pub(crate) context: Option<String>,
}

words!(ParameterType: "a type of parameter" {
    Text = "string",
    Integer = "integer",
    Number = "number",
    Boolean = "boolean",
    Array = "array",
    Date = "date",
});

/// What can be filled in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameter {
    #[serde(rename = "type")]
    pub(crate) kind: ParameterType,
    pub(crate) description: Option<String>,
    /// Unless said otherwise, what has no default is required.
    pub(crate) required: Option<bool>,
    pub(crate) default: Option<Value>,
    /// For whoever fills it in.
    pub(crate) example: Option<Value>,
    #[serde(rename = "enum")]
    pub(crate) choices: Option<Vec<Value>>,
    /// Of a string its characters, of an array its items.
    pub(crate) min_length: Option<usize>,
    pub(crate) max_length: Option<usize>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
}

/// A task of the plan.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    #[serde(rename = "type")]
    pub(crate) task_type: Option<TaskType>,
    pub(crate) specialist_type: Option<RoleId>,
    pub(crate) complexity: Option<Complexity>,
    pub(crate) priority: Option<Priority>,
    pub(crate) estimated_effort: Option<String>,
    /// Keys of other tasks.
    pub(crate) dependencies: Option<Vec<String>>,
    pub(crate) checklist: Option<Vec<String>>,
    /// The key of the task it is a part of.
    pub(crate) parent: Option<String>,
    /// The name of a boolean, or an object of names and values; the task is left out if one of them is another.
    pub(crate) when: Option<Value>,
}
