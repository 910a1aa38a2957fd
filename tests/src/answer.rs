//! An answer to a request, and what a test expects of it.

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// A JSON-RPC response, whole.
#[derive(Debug, Clone)]
pub struct Answer(pub Value);

/// A result with `isError`.
#[derive(Debug, Clone)]
pub struct ToolError {
    /// The host's or the plugin's stable word.
    pub code: String,
    /// What the model reads.
    pub text: String,
    pub retryable: bool,
}

impl Answer {
    /// # Errors
    /// If it is an error of the protocol.
    pub fn result(&self) -> anyhow::Result<&Value> {
        ensure!(self.0.get("error").is_none(), "an error: {}", self.0);
        self.0.get("result").with_context(|| format!("neither a result nor an error: {}", self.0))
    }

    /// The structured content of a call that went well.
    ///
    /// # Errors
    /// If the call did not.
    pub fn structured(&self) -> anyhow::Result<Value> {
        let result = self.result()?;
        ensure!(result["isError"] != true, "the tool answered with an error: {result}");
        result.get("structuredContent").cloned().with_context(|| format!("no structured content: {result}"))
    }

    /// # Errors
    /// If it is no result with `isError`.
    pub fn tool_error(&self) -> anyhow::Result<ToolError> {
        let result = self.result()?;
        ensure!(result["isError"] == true, "no error of a tool: {result}");
        let machine = &result["_meta"]["mainstay/error"];
        Ok(ToolError {
            code: machine["code"].as_str().unwrap_or_default().to_owned(),
            text: result["content"][0]["text"].as_str().context("an error without words")?.to_owned(),
            retryable: machine["retryable"] == true,
        })
    }

    /// Code and message of an error of the protocol.
    ///
    /// # Errors
    /// If it is a result.
    pub fn error(&self) -> anyhow::Result<(i64, String)> {
        let error = self.0.get("error").with_context(|| format!("no error: {}", self.0))?;
        let message = error["message"].as_str().context("an error without a message")?;
        Ok((error["code"].as_i64().context("an error without a code")?, message.to_owned()))
    }
}
