//! What is asked of the guest `conformance`, which says when its resource changes.

use serde_json::{Value, json};

use crate::client::Client;

/// The resource that it changes.
pub const WATCHED: &str = "test://watched-resource";
/// One that it does not.
pub const STATIC: &str = "test://static-text";
/// How a client hears that a resource has changed.
pub const UPDATED: &str = "notifications/resources/updated";
/// The tool that changes it.
pub const UPDATE: &str = "test_update_resource";

/// What [`UPDATE`] is called with. With `fail`, the call comes to nothing.
pub fn updating(text: &str, fail: bool) -> Value {
    json!({ "text": text, "fail": fail })
}

/// Changes the resource.
///
/// # Errors
/// If it is not done.
pub fn update(client: &mut Client, text: &str, fail: bool) -> anyhow::Result<()> {
    let answer = client.call(UPDATE, updating(text, fail))?;
    anyhow::ensure!(answer.result()?["isError"] != true, "{answer:?}");
    Ok(())
}
