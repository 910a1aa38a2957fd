//! `mainstay check`

use std::path::PathBuf;

use serde_json::json;

use super::table::{print, table};
use super::tools::arguments;
use crate::app::{self, Options};
use crate::config::Live;
use crate::plugin::{Loader, Plugin, outline};
use crate::swap::{Component, OpenError};

/// Say whether a file is a plugin, and what it offers and needs
///
/// Looks at the file, compiles it in a process of its own, and asks it what it is. Changes nothing.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// A WebAssembly component
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let settings = options.sources(None).load()?.settings;
        let (bytes, digest) = Component::File(self.file).read()?;
        let outline = outline(&bytes).map_err(crate::plugin::LoadError::from)?;
        let loader = Loader::new(app::compiler(&settings)?, Live::new(settings), None)
            .map_err(|error| OpenError::Engine(error.into()))?;
        let plugin = loader.load(&bytes, digest)?;
        if self.json {
            return print(&serde_json::to_string_pretty(&as_json(&plugin, &outline))?);
        }
        let description = &plugin.surface().description;
        let schema = &description.schema;
        let mut about = table(&["plugin", ""]);
        about.add_row(["name", &description.name]);
        about.add_row(["version", &description.version]);
        about.add_row(["digest", &plugin.digest().to_string()]);
        about.add_row(["size", &format!("{} KiB", bytes.len() / 1024)]);
        let range = format!("writes {}, reads {} to {}", schema.writes, schema.reads_min, schema.reads_max);
        about.add_row(["schema", &range]);
        let migrations: Vec<_> = description.migrations.iter().map(|m| format!("{} {}", m.schema, m.name)).collect();
        about.add_row(["migrations", &migrations.join("\n")]);
        about.add_row(["exports", &outline.exports.join("\n")]);
        about.add_row(["imports", &outline.imports.join("\n")]);
        print(&about)?;
        let mut tools = table(&["tool", "reads only", "arguments (* required)"]);
        for tool in &plugin.surface().tools {
            let schema = tool.input_schema.as_object().cloned().unwrap_or_default();
            tools.add_row([tool.name(), if tool.read_only() { "yes" } else { "" }, &arguments(&schema)]);
        }
        print(&tools)
    }
}

fn as_json(plugin: &Plugin, outline: &crate::plugin::Outline) -> serde_json::Value {
    json!({
        "digest": plugin.digest().to_string(),
        "imports": outline.imports,
        "exports": outline.exports,
        "surface": plugin.surface(),
    })
}
