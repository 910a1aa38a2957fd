//! What is asked of the guests of the family `relay`, whichever version serves.

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::client::Client;

/// A row: client, number, and the version that wrote it.
pub type Row = (String, i64, String);

/// Appends a row, and says which version did.
///
/// # Errors
/// If it is not done.
pub fn append(client: &mut Client, name: &str, number: i64) -> anyhow::Result<String> {
    text(&client.done("append", json!({ "client": name, "number": number }))?["version"])
}

/// All rows, in order.
///
/// # Errors
/// If they cannot be listed.
pub fn rows(client: &mut Client) -> anyhow::Result<Vec<Row>> {
    Ok(serde_json::from_value(client.done("list", json!({}))?["rows"].clone())?)
}

/// The version that serves, and how often it and those before it were asked.
///
/// # Errors
/// If it does not say.
pub fn version(client: &mut Client) -> anyhow::Result<(String, u64)> {
    let answer = client.done("version", json!({}))?;
    Ok((text(&answer["version"])?, answer["asked"].as_u64().context("no number")?))
}

/// The rows that these would be, each by its client, number and version.
pub fn are(rows: &[(&str, i64, &str)]) -> Vec<Row> {
    rows.iter().map(|(client, number, version)| ((*client).to_owned(), *number, (*version).to_owned())).collect()
}

fn text(value: &Value) -> anyhow::Result<String> {
    value.as_str().map(str::to_owned).with_context(|| format!("no text: {value}"))
}
