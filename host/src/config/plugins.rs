//! The set of plugins, and what each is configured with.

use std::path::PathBuf;

use serde::Deserialize;

/// One of `[plugins.NAME]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PluginSettings {
    /// The component; a relative path begins at the folder of the file of settings. None leaves what is in the data
    /// directory's folder, or built in.
    pub file: Option<PathBuf>,
    /// Handed to the plugin when it starts.
    pub config: toml::Table,
    /// What it may see of directories that it names; none leaves it to the defaults.
    pub files: Option<Vec<String>>,
}

/// The most patterns of files that one plugin may have.
pub(super) const GRANTS: usize = 100;

/// What the orchestrator may see if the settings do not say: what tells that a directory is a project's, to be found
/// and no more, and the roles that a project has of its own.
pub(super) const OF_ORCHESTRATOR: [&str; 17] = [
    ".task_orchestrator?",
    ".git?",
    "package.json?",
    "pyproject.toml?",
    "setup.py?",
    "Cargo.toml?",
    "go.mod?",
    "pom.xml?",
    "build.gradle?",
    "composer.json?",
    "Gemfile?",
    "CMakeLists.txt?",
    "Makefile?",
    ".task_orchestrator/roles/*.yaml",
    ".task_orchestrator/roles/*.yml",
    "*_roles.yaml",
    "*_roles.yml",
];

/// As JSON. What JSON has no word for, dates and times, becomes text.
pub(super) fn to_json(value: &toml::Value) -> serde_json::Value {
    match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => (*number).into(),
        toml::Value::Boolean(is) => (*is).into(),
        toml::Value::Datetime(moment) => moment.to_string().into(),
        toml::Value::Array(items) => items.iter().map(to_json).collect(),
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), to_json(value))).collect(),
    }
}
