//! `mainstay tools`

use super::table::{print, table};
use super::{block_on, client};
use crate::app::{App, Options};
use crate::plugin::AUDIENCE;

/// List the tools as a client sees them
#[derive(Debug, clap::Args)]
pub(super) struct Tools {
    /// Print the answer to tools/list as JSON
    #[arg(long)]
    json: bool,
    /// List those too that clients are not shown and `mainstay call` may call
    #[arg(long)]
    operator: bool,
}

impl Tools {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let app = App::build(options)?;
        block_on(async {
            app.slots.published().await?;
            let client = match self.operator {
                true => client::connect_as_operator(&app, "mainstay-tools").await?,
                false => client::connect(&app, "mainstay-tools").await?,
            };
            let listed = client.list_tools(None).await?;
            if self.json {
                return print(&serde_json::to_string_pretty(&listed)?);
            }
            let mut rows = table(&["tool", "what for", "arguments (* required)"]);
            for tool in &listed.tools {
                let description = tool.description.as_deref().unwrap_or_default();
                let audience = tool.meta.as_ref().and_then(|meta| meta.0.get(AUDIENCE)).and_then(|word| word.as_str());
                let name = if audience == Some("operator") {
                    format!("{} (operator)", tool.name)
                } else {
                    tool.name.to_string()
                };
                rows.add_row([&name, description, &arguments(&tool.input_schema)]);
            }
            print(&rows)
        })
    }
}

/// The names in a schema, required ones first.
pub(super) fn arguments(schema: &serde_json::Map<String, serde_json::Value>) -> String {
    let required: Vec<&str> =
        schema.get("required").and_then(|r| r.as_array()).into_iter().flatten().filter_map(|n| n.as_str()).collect();
    let names = schema.get("properties").and_then(|p| p.as_object()).into_iter().flat_map(|p| p.keys());
    let optional = names.filter(|name| !required.contains(&name.as_str())).cloned();
    required.iter().map(|name| format!("{name}*")).chain(optional).collect::<Vec<_>>().join(", ")
}
