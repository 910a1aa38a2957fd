//! One instantiated component with its own store.

use std::sync::Arc;

use wasmtime::{Store, StoreLimitsBuilder, Trap, UpdateDeadline};

use super::contract::{asking_prompts, completion, lifecycle, prompts, resources, tools, types};
use super::entry::{EntryContext, EntryError, Stop, Watch};
use super::imports::{Services, StoreData};
use super::loader::Plugin;
use crate::config::EntrySettings;

/// An instance at rest. An entry consumes it and gives it back only if all went well: after a trap, a
/// kill or any other error a wasmtime store is good for nothing, so there is no way to keep one.
pub struct Instance {
    plugin: Arc<Plugin>,
    store: Store<StoreData>,
    exports: Arc<Exports>,
}

struct Exports {
    lifecycle: lifecycle::Guest,
    tools: tools::Guest,
    resources: Option<resources::Guest>,
    prompts: Option<prompts::Guest>,
    asking_prompts: Option<asking_prompts::Guest>,
    completion: Option<completion::Guest>,
}

/// What an entry gives back: the instance, and the answer.
pub type Entered<T> = Result<(Instance, T), EntryError>;

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").finish_non_exhaustive()
    }
}

impl Instance {
    /// A fresh instance that has not been started.
    ///
    /// # Errors
    /// If it cannot be instantiated within its limits.
    pub fn new(plugin: &Arc<Plugin>, services: Box<dyn Services>, watch: Watch) -> Result<Self, EntryError> {
        let settings = &plugin.settings().entry;
        let limits = StoreLimitsBuilder::new()
            .memory_size(settings.memory_bytes)
            .memories(16)
            .tables(64)
            .table_elements(100_000)
            .instances(256)
            .build();
        let data = StoreData::new(services, watch, limits);
        let mut store = Store::new(plugin.engine().wasmtime(), data);
        store.limiter(|data| &mut data.limits);
        store.set_hostcall_fuel(settings.crossing_bytes);
        store.epoch_deadline_callback(|context| match context.data().watch.should_stop() {
            None => Ok(UpdateDeadline::Continue(1)),
            Some(stop) => Err(Stopped(stop).into()),
        });
        // Instantiation runs no code of the guest's worth stopping, but epochs are checked in it too.
        store.set_epoch_deadline(1 << 20);
        let exports = Self::instantiate(plugin, &mut store).map_err(|error| EntryError::Instantiate(error.into()))?;
        Ok(Self { plugin: Arc::clone(plugin), store, exports: Arc::new(exports) })
    }

    fn instantiate(plugin: &Plugin, store: &mut Store<StoreData>) -> wasmtime::Result<Exports> {
        let indices = plugin.exports();
        let instance = plugin.pre().instantiate(&mut *store)?;
        Ok(Exports {
            lifecycle: indices.lifecycle.load(&mut *store, &instance)?,
            tools: indices.tools.load(&mut *store, &instance)?,
            resources: indices.resources.as_ref().map(|i| i.load(&mut *store, &instance)).transpose()?,
            prompts: indices.prompts.as_ref().map(|i| i.load(&mut *store, &instance)).transpose()?,
            asking_prompts: indices.asking_prompts.as_ref().map(|i| i.load(&mut *store, &instance)).transpose()?,
            completion: indices.completion.as_ref().map(|i| i.load(&mut *store, &instance)).transpose()?,
        })
    }

    fn enter<T>(
        mut self,
        context: &EntryContext,
        run: impl FnOnce(&Exports, &mut Store<StoreData>) -> wasmtime::Result<T>,
    ) -> Entered<T> {
        if context.kill.is_killed() {
            return Err(EntryError::Killed);
        }
        self.store.data().watch.begin(context);
        self.store.data_mut().last_words = None;
        self.store.data_mut().limits.refused = false;
        self.store.set_epoch_deadline(1);
        let running = self.plugin.engine().run();
        let exports = Arc::clone(&self.exports);
        let result = run(&exports, &mut self.store);
        drop(running);
        match result {
            // The database was told to stop, and the guest came back in time to say so.
            Ok(_) if let Some(stop) = self.store.data().watch.should_stop() => Err(stop.into()),
            Ok(answer) => Ok((self, answer)),
            Err(error) => Err(classify(&error, self.store.data(), &self.plugin.settings().entry)),
        }
    }

    /// # Errors
    /// If the entry fails.
    pub fn describe(self, context: &EntryContext) -> Entered<lifecycle::Description> {
        self.enter(context, |exports, store| exports.lifecycle.call_describe(store))
    }

    /// # Errors
    /// If the entry fails.
    pub fn start(self, context: &EntryContext, config: &str) -> Entered<Result<(), types::Failure>> {
        let config = config.to_owned();
        self.enter(context, |exports, store| exports.lifecycle.call_start(store, &config))
    }

    /// # Errors
    /// If the entry fails.
    pub fn quiesce(self, context: &EntryContext) -> Entered<lifecycle::Readiness> {
        self.enter(context, |exports, store| exports.lifecycle.call_quiesce(store))
    }

    /// # Errors
    /// If the entry fails.
    pub fn export_state(self, context: &EntryContext) -> Entered<Result<lifecycle::ExportedState, types::Failure>> {
        self.enter(context, |exports, store| exports.lifecycle.call_export_state(store))
    }

    /// # Errors
    /// If the entry fails.
    pub fn import_state(
        self,
        context: &EntryContext,
        state: &lifecycle::ExportedState,
    ) -> Entered<Result<(), lifecycle::ImportError>> {
        self.enter(context, |exports, store| exports.lifecycle.call_import_state(store, state))
    }

    /// # Errors
    /// If the entry fails.
    pub fn self_test(self, context: &EntryContext) -> Entered<Result<(), types::Failure>> {
        self.enter(context, |exports, store| exports.lifecycle.call_self_test(store))
    }

    /// # Errors
    /// If the entry fails.
    pub fn list_tools(self, context: &EntryContext) -> Entered<Vec<tools::Tool>> {
        self.enter(context, |exports, store| exports.tools.call_list_tools(store))
    }

    /// # Errors
    /// If the entry fails.
    pub fn call_tool(
        self,
        context: &EntryContext,
        call: &tools::Call,
    ) -> Entered<Result<tools::Step, tools::CallError>> {
        self.enter(context, |exports, store| exports.tools.call_call_tool(store, call))
    }

    /// # Errors
    /// If the entry fails.
    pub fn resume_call(
        self,
        context: &EntryContext,
        call: &tools::Call,
        continuation: &tools::Continuation,
        answers: &[tools::KeyedAnswer],
    ) -> Entered<Result<tools::Step, tools::CallError>> {
        self.enter(context, |exports, store| exports.tools.call_resume_call(store, call, continuation, answers))
    }

    /// An empty page if the component has no resources.
    ///
    /// # Errors
    /// If the entry fails.
    pub fn list_resources(
        self,
        context: &EntryContext,
        caller: &types::Caller,
        cursor: Option<&str>,
    ) -> Entered<Result<resources::ResourcePage, resources::ResourceError>> {
        self.enter(context, |exports, store| match &exports.resources {
            Some(resources) => resources.call_list_resources(store, caller, cursor),
            None => Ok(Ok(resources::ResourcePage { resources: Vec::new(), next_cursor: None })),
        })
    }

    /// Empty if the component has no resources.
    ///
    /// # Errors
    /// If the entry fails.
    pub fn list_resource_templates(self, context: &EntryContext) -> Entered<Vec<resources::ResourceTemplate>> {
        self.enter(context, |exports, store| match &exports.resources {
            Some(resources) => resources.call_list_resource_templates(store),
            None => Ok(Vec::new()),
        })
    }

    /// # Errors
    /// If the entry fails.
    pub fn read_resource(
        self,
        context: &EntryContext,
        caller: &types::Caller,
        uri: &str,
    ) -> Entered<Result<Vec<types::ResourceContents>, resources::ResourceError>> {
        self.enter(context, |exports, store| match &exports.resources {
            Some(resources) => resources.call_read_resource(store, caller, uri),
            None => Ok(Err(resources::ResourceError::NotFound)),
        })
    }

    /// Empty if the component has no prompts.
    ///
    /// # Errors
    /// If the entry fails.
    pub fn list_prompts(
        self,
        context: &EntryContext,
        caller: &types::Caller,
    ) -> Entered<Result<Vec<prompts::Prompt>, types::Failure>> {
        self.enter(context, |exports, store| match &exports.prompts {
            Some(prompts) => prompts.call_list_prompts(store, caller),
            None => Ok(Ok(Vec::new())),
        })
    }

    /// # Errors
    /// If the entry fails.
    pub fn get_prompt(
        self,
        context: &EntryContext,
        caller: &types::Caller,
        name: &str,
        arguments: &[(String, String)],
    ) -> Entered<Result<prompts::PromptResult, prompts::PromptError>> {
        self.enter(context, |exports, store| match &exports.prompts {
            Some(prompts) => prompts.call_get_prompt(store, caller, name, arguments),
            None => Ok(Err(prompts::PromptError::UnknownPrompt)),
        })
    }

    /// # Errors
    /// If the entry fails.
    pub fn make_prompt(
        self,
        context: &EntryContext,
        caller: &types::Caller,
        name: &str,
        arguments: &[(String, String)],
        replies: &[asking_prompts::KeyedReply],
    ) -> Entered<Result<asking_prompts::PromptStep, asking_prompts::PromptProblem>> {
        self.enter(context, |exports, store| match &exports.asking_prompts {
            Some(prompts) => prompts.call_make_prompt(store, caller, name, arguments, replies),
            None => Ok(Err(asking_prompts::PromptProblem::UnknownPrompt)),
        })
    }

    /// Nothing if the component completes nothing.
    ///
    /// # Errors
    /// If the entry fails.
    pub fn complete(
        self,
        context: &EntryContext,
        caller: &types::Caller,
        request: &completion::CompletionRequest,
    ) -> Entered<Result<completion::Completions, types::Failure>> {
        self.enter(context, |exports, store| match &exports.completion {
            Some(completion) => completion.call_complete(store, caller, request),
            None => Ok(Ok(completion::Completions { values: Vec::new(), total: Some(0), has_more: false })),
        })
    }
}

/// Thrown by the epoch callback; becomes an [`EntryError`] on the other side of the guest.
#[derive(Debug, thiserror::Error)]
#[error("stopped: {0:?}")]
struct Stopped(Stop);

fn classify(error: &wasmtime::Error, data: &StoreData, settings: &EntrySettings) -> EntryError {
    if let Some(Stopped(stop)) = error.downcast_ref::<Stopped>() {
        return (*stop).into();
    }
    let text = format!("{error:#}");
    if data.limits.refused {
        return EntryError::Memory { limit: settings.memory_bytes };
    }
    if text.contains("hostcall") || text.contains("fuel allocated for hostcalls") {
        return EntryError::Crossing { limit: settings.crossing_bytes };
    }
    let trap = error.downcast_ref::<Trap>().map(ToString::to_string);
    let message = match (&data.last_words, trap) {
        (Some(words), _) => words.clone(),
        (None, Some(trap)) => trap,
        (None, None) => text,
    };
    EntryError::Trapped { message }
}
