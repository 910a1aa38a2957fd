//! What clients are shown of the reboot tools.

use std::sync::LazyLock;

use rmcp::model::Tool;
use serde_json::{Map, Value};

/// A tool, and what its arguments have to be.
pub(crate) struct Definition {
    pub(crate) name: String,
    /// In the protocol's words, as models need it.
    pub(crate) tool: Tool,
    /// The same with the schema of its answers, for programs.
    pub(crate) with_answers: Tool,
    arguments: jsonschema::Validator,
    answers: jsonschema::Validator,
}

/// All of them, in the order in which they are listed: before all others, so that none ever moves.
pub(crate) fn definitions() -> &'static [Definition] {
    &DEFINITIONS
}

/// Whether a tool is the host's own.
pub(crate) fn is_one(name: &str) -> bool {
    definitions().iter().any(|definition| definition.name == name)
}

static DEFINITIONS: LazyLock<Vec<Definition>> =
    LazyLock::new(|| TEXTS.iter().map(|text| Definition::parse(text)).collect());

const TEXTS: [&str; 6] = [
    include_str!("restart_server.json"),
    include_str!("health_check.json"),
    include_str!("shutdown_prepare.json"),
    include_str!("restart_status.json"),
    include_str!("reconnect_test.json"),
    include_str!("rollback.json"),
];

impl Definition {
    #[expect(clippy::expect_used, reason = "a test holds each embedded text to the type")]
    fn parse(text: &str) -> Self {
        let tool: Value = serde_json::from_str(text).expect("the definition is JSON");
        let validator = |schema| jsonschema::validator_for(&tool[schema]).expect("the schema is one");
        let (arguments, answers) = (validator("inputSchema"), validator("outputSchema"));
        let with_answers: Tool = serde_json::from_value(tool).expect("the definition is a tool");
        let mut tool = with_answers.clone();
        tool.output_schema = None;
        Self { name: tool.name.to_string(), tool, with_answers, arguments, answers }
    }

    /// # Errors
    /// One line for each argument that does not fit, at most five.
    pub(crate) fn check(&self, arguments: &Map<String, Value>) -> Result<(), Vec<String>> {
        let arguments = Value::Object(arguments.clone());
        let line = |error: jsonschema::ValidationError<'_>| {
            let field = error.instance_path().to_string();
            if field.is_empty() { error.to_string() } else { format!("{field}: {error}") }
        };
        let problems: Vec<String> = self.arguments.iter_errors(&arguments).take(5).map(line).collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Whether an answer is as the tool says that its answers are.
    pub(crate) fn answers(&self, answer: &Value) -> bool {
        self.answers.is_valid(answer)
    }
}

#[cfg(test)]
mod tests;
