//! Between the contract's exports and a [`Plugin`]. Only compiled to WebAssembly.

use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;

use crate::asking::PromptReplies;
use crate::bindings::asking_prompts::exports::mainstay::plugin::asking_prompts;
use crate::bindings::completion::exports::mainstay::plugin::completion;
use crate::bindings::exports::mainstay::plugin::{lifecycle, tools};
use crate::bindings::mainstay::plugin::log::{self, Level};
use crate::bindings::mainstay::plugin::types::{Caller, Failure as ContractFailure};
use crate::bindings::prompts::exports::mainstay::plugin::prompts;
use crate::bindings::resources::exports::mainstay::plugin::resources;
use crate::context::Context;
use crate::imports::HostImports;
use crate::plugin::Plugin;
use crate::step::Answers;
use crate::tool::Tool;

/// Implements the contract for `P`.
#[derive(Debug)]
pub struct Glue<P>(PhantomData<P>);

struct Running<P> {
    plugin: P,
    tools: Vec<Tool<P>>,
}

thread_local! {
    // A component holds one plugin; `Any` because a static cannot be generic.
    static RUNNING: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

fn with<P: Plugin, R>(run: impl FnOnce(&mut P, &[Tool<P>]) -> R) -> R {
    RUNNING.with_borrow_mut(|slot| {
        let running = slot.get_or_insert_with(|| {
            std::panic::set_hook(Box::new(|info| log::write(Level::Critical, &info.to_string())));
            Box::new(Running { plugin: P::default(), tools: P::tools() })
        });
        let running = running.downcast_mut::<Running<P>>().expect("a component exports one plugin");
        run(&mut running.plugin, &running.tools)
    })
}

fn outside_calls() -> Context<'static> {
    Context::new(&HostImports, None, "")
}

fn for_caller(caller: &Caller) -> Context<'_> {
    Context::new(&HostImports, Some(caller), "")
}

impl<P: Plugin> lifecycle::Guest for Glue<P> {
    fn describe() -> lifecycle::Description {
        P::describe().to_contract()
    }

    fn start(config: String) -> Result<(), ContractFailure> {
        let config = serde_json::from_str(&config).map_err(|e| crate::Failure::new("configuration", e.to_string()))?;
        with::<P, _>(|plugin, _| plugin.start(&outside_calls(), config)).map_err(Into::into)
    }

    fn quiesce() -> lifecycle::Readiness {
        match with::<P, _>(|plugin, _| plugin.quiesce(&outside_calls())) {
            Ok(()) => lifecycle::Readiness::AtRest,
            Err(what) => lifecycle::Readiness::Busy(what),
        }
    }

    fn export_state() -> Result<lifecycle::ExportedState, ContractFailure> {
        let data = with::<P, _>(|plugin, _| plugin.export_state())?;
        Ok(lifecycle::ExportedState { schema: P::describe().to_contract().schema.writes, data })
    }

    fn import_state(predecessor: lifecycle::ExportedState) -> Result<(), lifecycle::ImportError> {
        let support = P::describe().to_contract().schema;
        if predecessor.schema > support.reads_max || predecessor.schema < support.reads_min {
            return Err(lifecycle::ImportError::UnsupportedSchema(predecessor.schema));
        }
        with::<P, _>(|plugin, _| plugin.import_state(predecessor.schema, &predecessor.data))
            .map_err(lifecycle::ImportError::Corrupt)
    }

    fn self_test() -> Result<(), ContractFailure> {
        with::<P, _>(|plugin, _| plugin.self_test(&outside_calls())).map_err(Into::into)
    }
}

impl<P: Plugin> tools::Guest for Glue<P> {
    fn list_tools() -> Vec<tools::Tool> {
        with::<P, _>(|_, tools| tools.iter().map(|t| t.definition().clone()).collect())
    }

    fn call_tool(call: tools::Call) -> Result<tools::Step, tools::CallError> {
        with::<P, _>(|plugin, tools| {
            let tool = find(tools, &call.tool)?;
            let cx = Context::new(&HostImports, Some(&call.caller), &call.id);
            Ok(tool.begin(plugin, &cx, &call.arguments)?)
        })
    }

    fn resume_call(
        call: tools::Call,
        continuation: tools::Continuation,
        answers: Vec<tools::KeyedAnswer>,
    ) -> Result<tools::Step, tools::CallError> {
        with::<P, _>(|plugin, tools| {
            let tool = find(tools, &call.tool)?;
            let cx = Context::new(&HostImports, Some(&call.caller), &call.id);
            let answers = Answers::new(answers);
            Ok(tool.resume(plugin, &cx, &call.arguments, &continuation.data, &answers)?)
        })
    }
}

fn find<'a, P: Plugin>(tools: &'a [Tool<P>], name: &str) -> Result<&'a Tool<P>, tools::CallError> {
    tools.iter().find(|t| t.name() == name).ok_or(tools::CallError::UnknownTool)
}

impl<P: Plugin> resources::Guest for Glue<P> {
    fn list_resources(
        caller: Caller,
        cursor: Option<String>,
    ) -> Result<resources::ResourcePage, resources::ResourceError> {
        with::<P, _>(|plugin, _| plugin.list_resources(&for_caller(&caller), cursor.as_deref()))
    }

    fn list_resource_templates() -> Vec<resources::ResourceTemplate> {
        P::resource_templates()
    }

    fn read_resource(caller: Caller, uri: String) -> Result<Vec<crate::ResourceContents>, resources::ResourceError> {
        with::<P, _>(|plugin, _| plugin.read_resource(&for_caller(&caller), &uri))
    }
}

impl<P: Plugin> prompts::Guest for Glue<P> {
    fn list_prompts(caller: Caller) -> Result<Vec<prompts::Prompt>, ContractFailure> {
        with::<P, _>(|plugin, _| plugin.list_prompts(&for_caller(&caller))).map_err(Into::into)
    }

    fn get_prompt(
        caller: Caller,
        name: String,
        arguments: Vec<(String, String)>,
    ) -> Result<prompts::PromptResult, prompts::PromptError> {
        with::<P, _>(|plugin, _| plugin.get_prompt(&for_caller(&caller), &name, &arguments))
    }
}

impl<P: Plugin> asking_prompts::Guest for Glue<P> {
    fn make_prompt(
        caller: Caller,
        name: String,
        arguments: Vec<(String, String)>,
        replies: Vec<asking_prompts::KeyedReply>,
    ) -> Result<asking_prompts::PromptStep, asking_prompts::PromptProblem> {
        let replies = PromptReplies::new(replies);
        let step = with::<P, _>(|plugin, _| plugin.make_prompt(&for_caller(&caller), &name, &arguments, &replies));
        step.map(Into::into).map_err(Into::into)
    }
}

impl<P: Plugin> completion::Guest for Glue<P> {
    fn complete(
        caller: Caller,
        request: completion::CompletionRequest,
    ) -> Result<completion::Completions, ContractFailure> {
        with::<P, _>(|plugin, _| plugin.complete(&for_caller(&caller), &request)).map_err(Into::into)
    }
}
