//! Tools, declared from the types of their handlers.

use std::cell::OnceCell;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bindings::exports::mainstay::plugin::tools as contract;
use crate::context::Context;
use crate::failure::Failure;
use crate::plugin::Plugin;
use crate::reply::Outcome;
use crate::step::{Answers, Step, WaitOutcome};

type Begin<P> = Box<dyn Fn(&mut P, &Context<'_>, &str) -> Result<contract::Step, Failure>>;
type Resume<P> = Box<dyn Fn(&mut P, &Context<'_>, &str, &[u8], &Answers) -> Result<contract::Step, Failure>>;

/// One tool: what clients see of it, and the handlers behind it.
pub struct Tool<P> {
    /// The definition without the schemas.
    outline: contract::Tool,
    /// Makes the schemas of arguments and result. That takes longer than everything else an instance begins with, and
    /// calls wait for fresh instances, so it is left until somebody asks.
    schemas: fn() -> (String, String),
    definition: OnceCell<contract::Tool>,
    publishes_answer_schema: bool,
    begin: Begin<P>,
    resume: Option<Resume<P>>,
}

/// When a call becomes a task, for clients that know tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskUse {
    /// From the beginning.
    AtOnce,
    /// When it waits for something else than the client; what it asks the client before is asked as ever.
    AfterQuestions,
    /// From the beginning, and clients that know no tasks are refused.
    Required,
}

impl<P> std::fmt::Debug for Tool<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tool").field("name", &self.outline.name).finish_non_exhaustive()
    }
}

impl<P: Plugin> Tool<P> {
    /// A tool that answers at once. Both schemas are derived from the handler's types; doc comments on
    /// fields become their descriptions.
    pub fn new<A, T, F>(name: &str, description: &str, handler: F) -> Self
    where
        A: DeserializeOwned + JsonSchema,
        T: Serialize + JsonSchema,
        F: Fn(&mut P, &Context<'_>, A) -> Outcome<T> + 'static,
    {
        let begin = move |plugin: &mut P, cx: &Context<'_>, arguments: &str| {
            let reply = handler(plugin, cx, parse_arguments(arguments)?)?;
            Ok(contract::Step::Done(reply.into_result()?))
        };
        Self::define::<A, T>(name, description, Box::new(begin), None)
    }

    /// A tool that may wait. `resume` is given the arguments of the call, the continuation that was
    /// returned, and an answer for every request in it.
    pub fn waiting<A, T, C, F, R>(name: &str, description: &str, begin: F, resume: R) -> Self
    where
        A: DeserializeOwned + JsonSchema,
        T: Serialize + JsonSchema,
        C: Serialize + DeserializeOwned,
        F: Fn(&mut P, &Context<'_>, A) -> WaitOutcome<T, C> + 'static,
        R: Fn(&mut P, &Context<'_>, A, C, &Answers) -> WaitOutcome<T, C> + 'static,
    {
        let begin = move |plugin: &mut P, cx: &Context<'_>, arguments: &str| {
            finish::<P, T, C>(begin(plugin, cx, parse_arguments(arguments)?)?)
        };
        let resume =
            move |plugin: &mut P, cx: &Context<'_>, arguments: &str, continuation: &[u8], answers: &Answers| {
                let continuation = serde_json::from_slice(continuation)?;
                finish::<P, T, C>(resume(plugin, cx, parse_arguments(arguments)?, continuation, answers)?)
            };
        Self::define::<A, T>(name, description, Box::new(begin), Some(Box::new(resume)))
    }

    fn define<A: JsonSchema, T: JsonSchema>(
        name: &str,
        description: &str,
        begin: Begin<P>,
        resume: Option<Resume<P>>,
    ) -> Self {
        let annotations = contract::ToolAnnotations {
            read_only: false,
            destructive: None,
            idempotent: None,
            open_world: Some(false),
        };
        let outline = contract::Tool {
            name: name.to_owned(),
            title: None,
            description: Some(description.to_owned()),
            input_schema: String::new(),
            output_schema: None,
            annotations,
            icons: None,
            meta: None,
        };
        let schemas = || (schema_of::<A>().to_string(), schema_of::<T>().to_string());
        Self { outline, schemas, definition: OnceCell::new(), publishes_answer_schema: true, begin, resume }
    }

    /// A name for people.
    #[must_use]
    pub fn title(self, title: &str) -> Self {
        self.with(|outline| outline.title = Some(title.to_owned()))
    }

    /// The tool writes nothing. The host runs it in parallel with others and refuses its writes.
    #[must_use]
    pub fn read_only(self) -> Self {
        self.with(|outline| outline.annotations.read_only = true)
    }

    /// The tool only adds: nothing is overwritten or removed.
    #[must_use]
    pub fn additive(self) -> Self {
        self.with(|outline| outline.annotations.destructive = Some(false))
    }

    /// Calling it twice with the same arguments is as good as once.
    #[must_use]
    pub fn idempotent(self) -> Self {
        self.with(|outline| outline.annotations.idempotent = Some(true))
    }

    /// Does not publish the schema of the answer. No model reads it, and it is often the larger part of a tool's
    /// definition, so a tool whose answers are for models is cheaper to list without.
    #[must_use]
    pub fn without_answer_schema(mut self) -> Self {
        self.publishes_answer_schema = false;
        self.definition = OnceCell::new();
        self
    }

    /// An MCP `_meta` object.
    #[must_use]
    pub fn meta(self, meta: &Value) -> Self {
        let meta = meta.to_string();
        self.with(|outline| outline.meta = Some(meta))
    }

    /// The host lists the tool to no client and lets none call it: it is for the command line.
    #[must_use]
    pub fn operator_only(self) -> Self {
        self.also_meta("mainstay/audience", "operator".into())
    }

    /// The tool is for clients with these capabilities, an MCP `ClientCapabilities` object: the host refuses others.
    #[must_use]
    pub fn requires(self, capabilities: &Value) -> Self {
        self.also_meta("mainstay/requires", capabilities.clone())
    }

    /// A call may go on without the request it came with, for clients that know tasks.
    #[must_use]
    pub fn task(self, when: TaskUse) -> Self {
        let when = match when {
            TaskUse::AtOnce => "at-once",
            TaskUse::AfterQuestions => "after-questions",
            TaskUse::Required => "required",
        };
        self.also_meta("mainstay/task", when.into())
    }

    fn also_meta(self, key: &str, value: Value) -> Self {
        self.with(|outline| {
            let meta = outline.meta.as_deref().and_then(|meta| serde_json::from_str(meta).ok());
            let mut meta = meta.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
            meta[key] = value;
            outline.meta = Some(meta.to_string());
        })
    }

    fn with(mut self, change: impl FnOnce(&mut contract::Tool)) -> Self {
        change(&mut self.outline);
        self.definition = OnceCell::new();
        self
    }

    pub fn name(&self) -> &str {
        &self.outline.name
    }

    /// What clients see, in the words of the contract.
    pub fn definition(&self) -> &contract::Tool {
        self.definition.get_or_init(|| {
            let (arguments, answer) = (self.schemas)();
            let output_schema = self.publishes_answer_schema.then_some(answer);
            contract::Tool { input_schema: arguments, output_schema, ..self.outline.clone() }
        })
    }

    /// The JSON Schema of the answer, published or not.
    pub fn answer_schema(&self) -> String {
        (self.schemas)().1
    }

    #[cfg_attr(not(target_family = "wasm"), doc(hidden))]
    pub(crate) fn begin(&self, plugin: &mut P, cx: &Context<'_>, arguments: &str) -> Result<contract::Step, Failure> {
        (self.begin)(plugin, cx, arguments)
    }

    pub(crate) fn resume(
        &self,
        plugin: &mut P,
        cx: &Context<'_>,
        arguments: &str,
        continuation: &[u8],
        answers: &Answers,
    ) -> Result<contract::Step, Failure> {
        let Some(resume) = &self.resume else {
            return Err(Failure::new("internal", format!("{} never waits", self.name())));
        };
        resume(plugin, cx, arguments, continuation, answers)
    }
}

fn finish<P: Plugin, T: Serialize + JsonSchema, C: Serialize>(step: Step<T, C>) -> Result<contract::Step, Failure> {
    step.into_contract(P::describe().continuation_version())
}

fn parse_arguments<A: DeserializeOwned>(arguments: &str) -> Result<A, Failure> {
    serde_json::from_str(arguments).map_err(|error| Failure::argument("", error.to_string()))
}

/// The JSON Schema of `T` as models like it: nothing to look up, no names of Rust types, and an optional
/// property is simply absent from `required` (the host treats a `null` there as absent).
pub(crate) fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.inline_subschemas = true;
        s.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    tidy(&mut schema, true);
    if let Some(object) = schema.as_object_mut() {
        object.entry("type").or_insert_with(|| "object".into());
        object.entry("properties").or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    schema
}

fn tidy(schema: &mut Value, root: bool) {
    match schema {
        Value::Object(object) => {
            if root || object.contains_key("type") || object.contains_key("properties") {
                object.retain(|key, value| key != "title" || !value.is_string());
            }
            if object.get("format").and_then(Value::as_str).is_some_and(is_rust_format) {
                object.remove("format");
            }
            drop_null_type(object);
            object.values_mut().for_each(|value| tidy(value, false));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(item, false)),
        _ => {}
    }
}

/// `int64` and the like are schemars' own and make strict validators complain.
fn is_rust_format(format: &str) -> bool {
    ["int", "uint", "float", "double"].iter().any(|prefix| format.starts_with(prefix))
}

/// `Option<T>` says `T`. A type that begins with `null` means it: the host drops a `null` that has no place.
fn drop_null_type(object: &mut serde_json::Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        if types.last().is_some_and(|last| last == "null") {
            types.pop();
        }
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        values.retain(|v| !v.is_null());
    }
    if let Some(Value::Array(variants)) = object.get_mut("anyOf") {
        variants.retain(|v| v.get("type").and_then(Value::as_str) != Some("null"));
        if let [Value::Object(only)] = variants.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
}
