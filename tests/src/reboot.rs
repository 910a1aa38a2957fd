//! The reboot tools, called by a client: each answer is held to what its tool says that it answers.

use std::fs;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::client::Client;

/// The host's own tools, which are listed before all others.
pub const OWN: [&str; 6] = [
    "orchestrator_restart_server",
    "orchestrator_health_check",
    "orchestrator_shutdown_prepare",
    "orchestrator_restart_status",
    "orchestrator_reconnect_test",
    "orchestrator_rollback",
];

impl Client {
    /// Calls a reboot tool, such as `restart_server`, and expects it to go well.
    ///
    /// # Errors
    /// If it does not.
    #[expect(clippy::needless_pass_by_value, reason = "callers make arguments where they pass them")]
    pub fn reboot(&mut self, tool: &str, arguments: Value) -> anyhow::Result<Value> {
        let call = self.begin_reboot(tool, &arguments)?;
        self.rebooted(tool, call)
    }

    /// Begins to call a reboot tool.
    ///
    /// # Errors
    /// If the server has gone.
    pub fn begin_reboot(&mut self, tool: &str, arguments: &Value) -> anyhow::Result<i64> {
        self.begin_call(&named(tool), arguments.clone())
    }

    /// The answer to a call of a reboot tool that goes well.
    ///
    /// # Errors
    /// If it does not, or is not as the tool says that it is.
    pub fn rebooted(&mut self, tool: &str, call: i64) -> anyhow::Result<Value> {
        let (answer, result) = self.reboot_answer(call)?;
        ensure!(result["isError"] != true, "{tool} failed: {answer}");
        ensure!(result["structuredContent"] == answer, "text and structure differ: {result}");
        self.fits(tool, &answer)?;
        Ok(answer)
    }

    /// Calls a reboot tool and expects it to fail with that code.
    ///
    /// # Errors
    /// If it does not.
    #[expect(clippy::needless_pass_by_value, reason = "callers make arguments where they pass them")]
    pub fn reboot_fails(&mut self, tool: &str, arguments: Value, code: &str) -> anyhow::Result<Value> {
        let call = self.begin_reboot(tool, &arguments)?;
        self.reboot_failed(tool, call, code)
    }

    /// The answer to a call of a reboot tool that fails with that code, in the reference's format.
    ///
    /// # Errors
    /// If it does not.
    pub fn reboot_failed(&mut self, tool: &str, call: i64, code: &str) -> anyhow::Result<Value> {
        let (answer, result) = self.reboot_answer(call)?;
        ensure!(result["isError"] == true, "{tool} went well: {answer}");
        ensure!(answer["error_code"] == code, "{tool} failed otherwise: {answer}");
        ensure!(result["_meta"]["mainstay/error"]["code"] == code, "not for machines: {result}");
        ensure!(answer["success"] == false && answer["error"].is_string(), "not as errors are: {answer}");
        ensure!(answer["phase"].is_string() && answer["timestamp"].is_string(), "not as errors are: {answer}");
        ensure!(answer["attempts"].is_object(), "without attempts: {answer}");
        if let Some(structured) = result.get("structuredContent") {
            ensure!(*structured == answer, "text and structure differ: {result}");
            self.fits(tool, &answer)?;
        }
        Ok(answer)
    }

    fn reboot_answer(&mut self, call: i64) -> anyhow::Result<(Value, Value)> {
        let result = self.answer(call)?.result()?.clone();
        let text = result["content"][0]["text"].as_str().context("an answer without text")?;
        Ok((serde_json::from_str(text).with_context(|| format!("no JSON: {text}"))?, result))
    }

    /// Holds an answer to what its tool says that it answers.
    ///
    /// # Errors
    /// If it is not of that schema.
    pub fn fits(&self, tool: &str, answer: &Value) -> anyhow::Result<()> {
        // Models are spared the schema: the list has it only if the settings say so.
        let file = format!("{}/../host/src/server/reboot/{tool}.json", env!("CARGO_MANIFEST_DIR"));
        let definition: Value = serde_json::from_str(&fs::read_to_string(&file).context(file)?)?;
        let validator = jsonschema::validator_for(&definition["outputSchema"])?;
        let problems: Vec<_> = validator.iter_errors(answer).map(|error| error.to_string()).collect();
        ensure!(problems.is_empty(), "{tool} answers {answer}, which is not of its schema: {}", problems.join("; "));
        Ok(())
    }
}

fn named(tool: &str) -> String {
    format!("orchestrator_{tool}")
}
