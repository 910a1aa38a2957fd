//! What a plugin publishes, checked once when it is loaded.

mod arguments;

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::contract::{lifecycle, resources, tools};
use crate::model::surface::ToolText;
use crate::store::{Migration, MigrationPlan};

/// In a tool's `_meta`: whom it is for.
pub const AUDIENCE: &str = "mainstay/audience";
/// In a tool's `_meta`: what a client must be able to do.
const REQUIRES: &str = "mainstay/requires";
/// In a tool's `_meta`: when a call becomes a task.
const TASK: &str = "mainstay/task";

/// Problems with the arguments of one call that are told.
const PROBLEMS: usize = 5;

/// A plugin's own words: its description, tools and resource templates. None of it depends on data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Surface {
    pub description: lifecycle::Description,
    pub tools: Vec<Tool>,
    pub templates: Vec<resources::ResourceTemplate>,
    pub has_resources: bool,
    pub has_prompts: bool,
    pub has_completion: bool,
}

/// A tool with its schemas parsed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tool {
    pub definition: tools::Tool,
    pub input_schema: Value,
    pub output_schema: Option<Value>,
    #[serde(skip)]
    validator: OnceLock<jsonschema::Validator>,
}

/// When a call becomes a task, for clients that know tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskUse {
    AtOnce,
    /// When it waits for something else than the client.
    AfterQuestions,
    /// At once, and other clients are refused.
    Required,
}

/// What is wrong with a plugin's surface.
#[derive(Debug, thiserror::Error)]
pub enum SurfaceError {
    #[error("the plugin's name {0:?} is not 1 to 64 lower-case letters, digits and `-`")]
    PluginName(String),
    #[error("the plugin's version {0:?} is not a semantic version")]
    Version(String),
    #[error("the schema numbers of {0:?} contradict each other: {1}")]
    Schema(String, String),
    #[error("the tool name {0:?} is not 1 to 64 of `A-Z a-z 0-9 _ - . /`")]
    ToolName(String),
    #[error("two tools are called {0:?}")]
    DuplicateTool(String),
    #[error("the {which} schema of tool {tool:?} is no JSON object with \"type\": \"object\": {problem}")]
    ToolSchema { tool: String, which: &'static str, problem: String },
    #[error("the `_meta` of tool {tool:?} is not in order: {problem}")]
    ToolMeta { tool: String, problem: &'static str },
}

impl Surface {
    /// Takes a plugin at its word, if the word is in order.
    pub(crate) fn new(
        description: lifecycle::Description,
        tools: Vec<tools::Tool>,
        templates: Vec<resources::ResourceTemplate>,
        exports: &super::Outline,
    ) -> Result<Self, SurfaceError> {
        check_description(&description)?;
        let tools = tools.into_iter().map(Tool::new).collect::<Result<Vec<_>, _>>()?;
        for (index, tool) in tools.iter().enumerate() {
            if tools[..index].iter().any(|other| other.name() == tool.name()) {
                return Err(SurfaceError::DuplicateTool(tool.name().to_owned()));
            }
        }
        Ok(Self {
            description,
            tools,
            templates,
            has_resources: exports.exports_interface("resources"),
            has_prompts: exports.exports_interface("prompts"),
            has_completion: exports.exports_interface("completion"),
        })
    }

    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.name() == name)
    }

    /// The tools as clients are shown them.
    pub fn tool_texts(&self) -> Vec<ToolText> {
        self.texts(|tool| !tool.is_for_operators())
    }

    /// Those that only operators are shown.
    pub fn operator_texts(&self) -> Vec<ToolText> {
        self.texts(Tool::is_for_operators)
    }

    fn texts(&self, wanted: impl Fn(&Tool) -> bool) -> Vec<ToolText> {
        let wanted = self.tools.iter().filter(|tool| wanted(tool));
        wanted.map(|tool| ToolText::new(tool.name(), &tool.to_mcp())).collect()
    }

    /// What the plugin's file has to be.
    pub fn migration_plan(&self) -> MigrationPlan {
        let schema = &self.description.schema;
        let steps = self.description.migrations.iter().map(|migration| Migration {
            schema: migration.schema,
            name: migration.name.clone(),
            up: migration.up.clone(),
            down: migration.down.clone(),
        });
        MigrationPlan {
            writes: schema.writes,
            reads_min: schema.reads_min,
            reads_max: schema.reads_max,
            downgrades_to: schema.downgrades_to,
            steps: steps.collect(),
        }
    }
}

impl Tool {
    fn new(definition: tools::Tool) -> Result<Self, SurfaceError> {
        let name = &definition.name;
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-./".contains(&b);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(allowed) {
            return Err(SurfaceError::ToolName(name.clone()));
        }
        let input_schema = parse_schema(name, "input", &definition.input_schema)?;
        let output_schema =
            definition.output_schema.as_deref().map(|schema| parse_schema(name, "output", schema)).transpose()?;
        let tool = Self { definition, input_schema, output_schema, validator: OnceLock::new() };
        tool.check_meta()?;
        Ok(tool)
    }

    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// A tool of MCP's `tools/list`.
    fn to_mcp(&self) -> Value {
        let definition = &self.definition;
        let hints = &definition.annotations;
        let parsed = |json: &Option<String>| json.as_deref().and_then(|json| serde_json::from_str::<Value>(json).ok());
        let annotations = [
            ("readOnlyHint", Some(hints.read_only)),
            ("destructiveHint", hints.destructive),
            ("idempotentHint", hints.idempotent),
            ("openWorldHint", hints.open_world),
        ];
        let annotations: serde_json::Map<_, _> =
            annotations.into_iter().filter_map(|(name, hint)| Some((name.to_owned(), Value::Bool(hint?)))).collect();
        let fields = [
            ("name", Some(Value::String(definition.name.clone()))),
            ("title", definition.title.clone().map(Value::String)),
            ("description", definition.description.clone().map(Value::String)),
            ("inputSchema", Some(self.input_schema.clone())),
            ("outputSchema", self.output_schema.clone()),
            ("annotations", Some(Value::Object(annotations))),
            ("icons", parsed(&definition.icons)),
            ("_meta", parsed(&definition.meta)),
        ];
        Value::Object(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
    }

    /// Whether it is no business of clients.
    pub fn is_for_operators(&self) -> bool {
        self.meta(AUDIENCE).is_some_and(|audience| audience == "operator")
    }

    /// What a client must be able to do, an MCP `ClientCapabilities` object.
    pub fn requires(&self) -> Option<Value> {
        self.meta(REQUIRES)
    }

    /// When a call becomes a task, if it ever does.
    pub fn task(&self) -> Option<TaskUse> {
        match self.meta(TASK)?.as_str()? {
            "at-once" => Some(TaskUse::AtOnce),
            "after-questions" => Some(TaskUse::AfterQuestions),
            "required" => Some(TaskUse::Required),
            _ => None,
        }
    }

    fn meta(&self, key: &str) -> Option<Value> {
        serde_json::from_str::<Value>(self.definition.meta.as_deref()?).ok()?.get_mut(key).map(Value::take)
    }

    fn check_meta(&self) -> Result<(), SurfaceError> {
        let wrong = |problem| Err(SurfaceError::ToolMeta { tool: self.name().to_owned(), problem });
        if self.meta(REQUIRES).is_some_and(|requires| !requires.is_object()) {
            return wrong("mainstay/requires is an object of client capabilities");
        }
        if self.meta(TASK).is_some() && self.task().is_none() {
            return wrong("mainstay/task is \"at-once\", \"after-questions\" or \"required\"");
        }
        if self.task().is_some() && self.read_only() {
            return wrong("a tool that only reads is never a task");
        }
        Ok(())
    }

    pub fn read_only(&self) -> bool {
        self.definition.annotations.read_only
    }

    /// Drops a `null` given for an optional property whose schema has no room for one, at any depth: that is
    /// how some clients say "not given". Then checks the arguments. A name that the schema does not have is refused too,
    /// unless the schema says what becomes of such.
    ///
    /// # Errors
    /// One line for each problem, naming the field; at most five.
    pub fn check_arguments(&self, arguments: &mut serde_json::Map<String, Value>) -> Result<(), Vec<String>> {
        let mut arguments_value = Value::Object(std::mem::take(arguments));
        arguments::drop_nulls(&self.input_schema, &mut arguments_value);
        let validator = self.validator.get_or_init(|| {
            // Checked when the tool was made.
            jsonschema::validator_for(&self.input_schema).unwrap_or_else(|_| accept_anything())
        });
        let unfit = validator.iter_errors(&arguments_value).map(|error| {
            let field = error.instance_path().to_string();
            if field.is_empty() { error.to_string() } else { format!("{field}: {error}") }
        });
        let unknown = arguments::unknown(&self.input_schema, &arguments_value, PROBLEMS);
        let problems: Vec<String> = unknown.into_iter().chain(unfit).take(PROBLEMS).collect();
        if let Value::Object(back) = arguments_value {
            *arguments = back;
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }
}

#[expect(clippy::expect_used, reason = "`true` is a valid schema")]
fn accept_anything() -> jsonschema::Validator {
    jsonschema::validator_for(&Value::Bool(true)).expect("`true` is a schema")
}

fn parse_schema(tool: &str, which: &'static str, text: &str) -> Result<Value, SurfaceError> {
    let wrong = |problem: String| SurfaceError::ToolSchema { tool: tool.to_owned(), which, problem };
    let schema: Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    if schema["type"] != "object" {
        return Err(wrong("its type is something else".to_owned()));
    }
    jsonschema::validator_for(&schema).map_err(|error| wrong(error.to_string()))?;
    Ok(schema)
}

fn check_description(description: &lifecycle::Description) -> Result<(), SurfaceError> {
    let name = &description.name;
    name.parse::<crate::model::SlotName>().map_err(|_| SurfaceError::PluginName(name.clone()))?;
    semver::Version::parse(&description.version).map_err(|_| SurfaceError::Version(description.version.clone()))?;
    let schema = &description.schema;
    let wrong = |what: &str| Err(SurfaceError::Schema(name.clone(), what.to_owned()));
    if schema.writes == 0 || schema.reads_min > schema.writes || schema.reads_max < schema.writes {
        return wrong("writes must be at least 1 and lie between reads-min and reads-max");
    }
    let mut numbers = description.migrations.iter().map(|m| m.schema);
    let gapless = description.migrations.windows(2).all(|pair| pair[1].schema == pair[0].schema.saturating_add(1));
    if !gapless || numbers.next_back().is_some_and(|last| last != schema.writes) {
        return wrong("migrations must ascend without gaps to what the plugin writes");
    }
    Ok(())
}

impl Surface {
    /// Of a plugin that has not been asked yet.
    pub(crate) fn unknown() -> Self {
        Self {
            description: lifecycle::Description {
                name: String::new(),
                version: String::new(),
                schema: lifecycle::SchemaSupport { writes: 1, reads_min: 0, reads_max: 1, downgrades_to: 1 },
                migrations: Vec::new(),
                continuations: Vec::new(),
                instructions: None,
            },
            tools: Vec::new(),
            templates: Vec::new(),
            has_resources: false,
            has_prompts: false,
            has_completion: false,
        }
    }
}
