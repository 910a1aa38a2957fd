//! `mainstay config`

use serde_json::json;

use super::table::{list, print};
use crate::app::Options;
use crate::store::DataDir;

/// Print every setting with its value and where that came from
///
/// Defaults, then the file of settings, then variables such as MAINSTAY__SWAP__POLICY, then --set: each overlays what
/// comes before it. Settings that are invalid are refused, with the reason.
#[derive(Debug, clap::Args)]
pub(super) struct Config {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print what plugins are configured with, which may be secret
    #[arg(long)]
    reveal: bool,
}

/// In place of what is not shown.
const HIDDEN: &str = "(not shown: --reveal)";

impl Config {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let sources = options.sources(Some(&dir));
        let loaded = sources.load()?;
        if self.json {
            let settings = loaded.values().into_iter().map(|(key, valued)| {
                let mut shown = json!(valued);
                if !self.reveal && key.is_private() {
                    shown["value"] = json!(HIDDEN);
                }
                (key.to_string(), shown)
            });
            let settings: serde_json::Map<_, _> = settings.collect();
            let all = json!({ "file": sources.file(), "settings": settings });
            return print(&serde_json::to_string_pretty(&all)?);
        }
        let mut rows = list(&["setting", "value", "from"]);
        for (key, valued) in loaded.values() {
            let hidden = !self.reveal && key.is_private();
            let value = if hidden { HIDDEN.to_owned() } else { valued.value.to_string() };
            rows.add_row([key.to_string(), value, valued.from.to_string()]);
        }
        print(&rows)
    }
}
