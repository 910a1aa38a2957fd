//! What is in one.

use indicatif::HumanBytes;
use serde_json::{Map, Value, json};

use super::look::Kept;
use crate::app::Options;
use crate::cli::table::{list, print, table};
use crate::cli::time::utc;
use crate::model::snapshot::{Snapshot, SnapshotContent, SnapshotEntry};
use crate::store::DataDir;

/// Characters of a value that a table shows.
const SHOWN: usize = 60;

/// Show a snapshot: what is known of it, and what is in it
///
/// Works whether a host is running or not. Values that the plugin marked as secret are never shown.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// Which, or the beginning of its name; `mainstay snapshot list` names them
    id: String,
    /// Its keys too, each with the size of its value
    #[arg(long)]
    keys: bool,
    /// And the values
    #[arg(long)]
    values: bool,
    /// Print JSON; values that are no text are in base64
    #[arg(long)]
    json: bool,
}

impl Show {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let (snapshot, content) = Kept::find(&dir, &self.id)?;
        if self.json {
            return print(&serde_json::to_string_pretty(&self.document(&snapshot, &content)?)?);
        }
        print(&about(&snapshot, &content))?;
        if !self.keys && !self.values {
            return Ok(());
        }
        let header: &[&str] = if self.values { &["key", "size", "value"] } else { &["key", "size"] };
        let mut rows = list(header);
        for entry in &content.entries {
            let mut row = vec![entry.key.clone(), HumanBytes(entry.value.len() as u64).to_string()];
            if self.values {
                row.push(value(entry));
            }
            rows.add_row(row);
        }
        print(&rows)
    }

    fn document(&self, snapshot: &Snapshot, content: &SnapshotContent) -> anyhow::Result<Value> {
        let mut document = serde_json::to_value(snapshot)?;
        document["carried_bytes"] = json!(content.carried.as_ref().map(|carried| carried.data.len()));
        if self.keys || self.values {
            let keys = content.entries.iter().map(|entry| self.entry(entry)).collect::<Vec<_>>();
            document["keys"] = json!(keys);
        }
        Ok(document)
    }

    fn entry(&self, entry: &SnapshotEntry) -> Value {
        let mut object = Map::new();
        object.insert("key".to_owned(), json!(entry.key));
        object.insert("bytes".to_owned(), json!(entry.value.len()));
        object.insert("secret".to_owned(), json!(entry.secret));
        if self.values && !entry.secret {
            match std::str::from_utf8(&entry.value) {
                Ok(text) => object.insert("text".to_owned(), json!(text)),
                Err(_) => object.insert("base64".to_owned(), json!(in_base64(&entry.value))),
            };
        }
        Value::Object(object)
    }
}

fn in_base64(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

/// A value as far as it fits into a row.
fn value(entry: &SnapshotEntry) -> String {
    if entry.secret {
        return "(secret)".to_owned();
    }
    let Ok(text) = std::str::from_utf8(&entry.value) else { return "(no text)".to_owned() };
    // Control characters would do things to the terminal; quotes and backslashes do not.
    let escape = |letter: char| match letter {
        '"' | '\'' | '\\' => String::from(letter),
        other => other.escape_debug().to_string(),
    };
    let mut shown: String = text.chars().take(SHOWN).map(escape).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

fn about(snapshot: &Snapshot, content: &SnapshotContent) -> comfy_table::Table {
    let carried = content.carried.as_ref().map_or_else(
        || "nothing".to_owned(),
        |carried| format!("{} of schema {}", HumanBytes(carried.data.len() as u64), carried.schema),
    );
    let mut rows = table(&["snapshot", &snapshot.id]);
    let version = format!("{} {} (schema {})", snapshot.plugin, snapshot.version, snapshot.schema);
    rows.add_row(["slot".to_owned(), snapshot.slot.to_string()]);
    rows.add_row(["generation".to_owned(), snapshot.generation.to_string()]);
    rows.add_row(["version".to_owned(), version]);
    rows.add_row(["taken".to_owned(), format!("{} ({})", utc(snapshot.taken_at), snapshot.why)]);
    rows.add_row(["keys".to_owned(), format!("{}, {} of them secret", snapshot.entries, snapshot.secret_entries)]);
    rows.add_row(["carried over".to_owned(), carried]);
    rows.add_row(["size".to_owned(), HumanBytes(snapshot.bytes).to_string()]);
    rows
}
