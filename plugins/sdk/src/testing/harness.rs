//! Drives a plugin the way the host does.

use serde_json::Value;

use crate::bindings::exports::mainstay::plugin::tools as contract;
use crate::bindings::mainstay::plugin::types::{Caller, Content};
use crate::context::Context;
use crate::failure::Failure;
use crate::plugin::Plugin;
use crate::step::{Answers, Request};
use crate::testing::FakeHost;
use crate::tool::Tool;

/// A plugin in a host in memory, migrated and started.
#[derive(Debug)]
pub struct Harness<P> {
    plugin: P,
    tools: Vec<Tool<P>>,
    host: FakeHost,
    caller: Caller,
    config: Value,
    calls: u64,
}

/// What became of a call.
#[derive(Debug)]
pub enum Answered {
    Done(contract::ToolResult),
    /// Hand it to [`Harness::resume`] with the answers.
    Waiting(Waiting),
    Failed(Failure),
}

/// A call that waits.
#[derive(Debug)]
pub struct Waiting {
    call: contract::Call,
    wait: contract::Wait,
}

impl<P: Plugin> Harness<P> {
    /// # Panics
    /// If a migration or `start` fails.
    #[expect(clippy::new_without_default, reason = "it panics where a Default should not")]
    pub fn new() -> Self {
        Self::with_config(Value::Object(serde_json::Map::new()))
    }

    /// As if `config` were configured for the slot.
    ///
    /// # Panics
    /// If a migration or `start` fails.
    pub fn with_config(config: Value) -> Self {
        let host = FakeHost::default();
        for migration in P::describe().to_contract().migrations {
            let applied = host.connection().execute_batch(&migration.up);
            applied.unwrap_or_else(|error| panic!("migration {} failed: {error}", migration.name));
        }
        let plugin = started(&host, &config);
        let caller = Caller {
            session: "session-1".to_owned(),
            client_name: "test".to_owned(),
            client_version: "1".to_owned(),
            protocol: "2025-11-25".to_owned(),
            working_directory: Some("/home/user/project".to_owned()),
        };
        Self { plugin, tools: P::tools(), host, caller, config, calls: 0 }
    }

    /// The fakes.
    pub fn host(&self) -> &FakeHost {
        &self.host
    }

    /// Whose calls the next ones are.
    pub fn caller_mut(&mut self) -> &mut Caller {
        &mut self.caller
    }

    /// Replaces the instance by a fresh one, as the host does after a trap.
    pub fn fresh_instance(&mut self) {
        self.plugin = started(&self.host, &self.config);
    }

    /// Calls a tool in an entry of its own.
    #[expect(clippy::needless_pass_by_value, reason = "reads better with json!(…) at the call")]
    pub fn call(&mut self, tool: &str, arguments: Value) -> Answered {
        self.calls += 1;
        let call = contract::Call {
            id: format!("call-{}", self.calls),
            tool: tool.to_owned(),
            arguments: arguments.to_string(),
            caller: self.caller.clone(),
        };
        self.enter(&call, |tool, plugin, cx, call| tool.begin(plugin, cx, &call.arguments))
    }

    /// Goes on with a call that waits.
    pub fn resume(&mut self, waiting: Waiting, answers: Vec<(&str, crate::Answer)>) -> Answered {
        let answers = answers.into_iter().map(|(key, answer)| contract::KeyedAnswer { key: key.to_owned(), answer });
        let answers = Answers::new(answers.collect());
        let continuation = waiting.wait.continuation.data;
        self.enter(&waiting.call, |tool, plugin, cx, call| {
            tool.resume(plugin, cx, &call.arguments, &continuation, &answers)
        })
    }

    /// Runs `read` as a read-only entry with the plugin and a context.
    pub fn read<T, E>(&mut self, read: impl FnOnce(&mut P, &Context<'_>) -> Result<T, E>) -> Result<T, E> {
        let cx = Context::new(&self.host, Some(&self.caller), "");
        self.host.savepoint(true, || read(&mut self.plugin, &cx))
    }

    fn enter(
        &mut self,
        call: &contract::Call,
        run: impl FnOnce(&Tool<P>, &mut P, &Context<'_>, &contract::Call) -> Result<contract::Step, Failure>,
    ) -> Answered {
        let tool = self.tools.iter().find(|t| t.name() == call.tool);
        let tool = tool.unwrap_or_else(|| panic!("there is no tool {}", call.tool));
        let cx = Context::new(&self.host, Some(&call.caller), &call.id);
        let read_only = tool.definition().annotations.read_only;
        match self.host.savepoint(read_only, || run(tool, &mut self.plugin, &cx, call)) {
            Ok(contract::Step::Done(result)) => Answered::Done(result),
            Ok(contract::Step::Wait(wait)) => Answered::Waiting(Waiting { call: call.clone(), wait }),
            Err(failure) => Answered::Failed(failure),
        }
    }
}

fn started<P: Plugin>(host: &FakeHost, config: &Value) -> P {
    let mut plugin = P::default();
    plugin.start(&Context::new(host, None, ""), config.clone()).expect("the plugin starts");
    plugin
}

impl Waiting {
    /// What the call waits for, by key.
    pub fn requests(&self) -> impl Iterator<Item = (&str, &Request)> {
        self.wait.requests.iter().map(|r| (r.key.as_str(), &r.request))
    }
}

impl Answered {
    /// The structured content of a call that is done.
    ///
    /// # Panics
    /// If it is not.
    pub fn expect_done(self) -> Value {
        match self {
            Self::Done(result) => {
                let structured = result.structured_content.expect("a typed tool has structured content");
                serde_json::from_str(&structured).expect("structured content is JSON")
            }
            Self::Waiting(waiting) => panic!("the call waits: {waiting:?}"),
            Self::Failed(failure) => panic!("the call failed: {failure}"),
        }
    }

    /// The text of a call that is done.
    ///
    /// # Panics
    /// If it is not.
    pub fn expect_text(self) -> String {
        let Self::Done(result) = self else { panic!("the call is not done: {self:?}") };
        let texts = result.content.iter().filter_map(|c| match c {
            Content::Text(text) => Some(text.text.clone()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// The call that waits.
    ///
    /// # Panics
    /// If it does not.
    pub fn expect_waiting(self) -> Waiting {
        let Self::Waiting(waiting) = self else { panic!("the call does not wait: {self:?}") };
        waiting
    }

    /// The failure of a call that failed.
    ///
    /// # Panics
    /// If it did not.
    pub fn expect_failure(self) -> Failure {
        let Self::Failed(failure) = self else { panic!("the call did not fail: {self:?}") };
        failure
    }
}
