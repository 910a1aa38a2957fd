//! The slots of a host in this very process: for what no client can ask for, and for what is to be asked very often.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::Context as _;
use mainstay::config::{Live, Settings};
use mainstay::model::SlotName;
use mainstay::model::swap::{Origin, SwapReport};
use mainstay::plugin::contract::{tools, types};
use mainstay::plugin::{Compiler, KillSwitch};
use mainstay::store::DataDir;
use mainstay::swap::{
    CallRequest, Component, Outcome, Reporter, RestartRequest, RollbackRequest, Silent, Slot, SlotError, Slots,
    SwapRequest, Waiting,
};
use mainstay_tests::{FRESH_INSTANCES, Host};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::PROGRAM;

/// Fail points are of the whole process, so those who use the slots in it take turns.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the slots of all tests run.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("a runtime"))
}

/// A host that is no process: one slot on the data of another.
pub(crate) struct Inside {
    slots: Arc<Slots>,
    slot: Arc<Slot>,
}

impl Inside {
    /// Opens the slot.
    ///
    /// # Errors
    /// If another host works there, or the component cannot serve.
    pub(crate) async fn open(host: &Host, component: &str) -> anyhow::Result<Self> {
        let mut settings = Settings::default();
        settings.entry.fresh_instances = std::env::var_os(FRESH_INSTANCES).is_some();
        let compiler = Compiler::new(PROGRAM.path.into(), settings.compile.clone());
        let dir = DataDir::open(Some(host.dir().to_owned()))?;
        let components = vec![(name(), Component::File(component.into()))];
        let slots = Arc::new(Slots::new(components, compiler, Live::new(settings), dir));
        let slot = Arc::clone(slots.get(&name()).context("no slot")?.slot().await?);
        Ok(Self { slots, slot })
    }

    /// Calls a tool. A call that is `carried` waits on when the host is gone.
    pub(crate) async fn begin(
        &self,
        tool: &str,
        arguments: Value,
        carried: bool,
        kill: KillSwitch,
    ) -> Result<Outcome, SlotError> {
        self.begin_heard(tool, arguments, carried, kill, Arc::new(Silent)).await
    }

    /// The same, of which somebody hears the progress.
    pub(crate) async fn begin_heard(
        &self,
        tool: &str,
        arguments: Value,
        carried: bool,
        kill: KillSwitch,
        reporter: Arc<dyn Reporter>,
    ) -> Result<Outcome, SlotError> {
        static CALLS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let id = CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
        let nobody = types::Caller {
            session: "s".to_owned(),
            client_name: "behaviour".to_owned(),
            client_version: "1".to_owned(),
            protocol: "2025-11-25".to_owned(),
            working_directory: None,
        };
        let call = tools::Call { id, tool: tool.to_owned(), arguments: arguments.to_string(), caller: nobody };
        let checked = self.slot.serving().plugin.digest();
        self.slot.call(CallRequest { call, checked, carried, reporter, kill }).await
    }

    /// Calls a tool that does not wait.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Result<Value, SlotError> {
        done(self.begin(tool, arguments, false, KillSwitch::default()).await?)
    }

    /// Goes on with a call that waits for a word.
    pub(crate) async fn give_word(&self, waiting: &Waiting, word: &str, carried: bool) -> Result<Value, SlotError> {
        let content = serde_json::json!({ "word": word }).to_string();
        let elicited = tools::Elicited { action: tools::ElicitAction::Accept, content: Some(content) };
        let answer = tools::KeyedAnswer { key: "word".to_owned(), answer: tools::Answer::Elicited(elicited) };
        let (id, reporter, kill) = (waiting.id.clone(), Arc::new(Silent), KillSwitch::default());
        done(self.slot.resume(id, vec![answer], carried, reporter, kill).await?)
    }

    pub(crate) fn abandon(&self, waiting: &Waiting) {
        self.slot.abandon(waiting.id.clone());
    }

    pub(crate) async fn swap(&self, component: &str, force: bool) -> Arc<SwapReport> {
        self.swap_as(component, Origin::CommandLine, force).await
    }

    pub(crate) async fn swap_as(&self, component: &str, origin: Origin, force: bool) -> Arc<SwapReport> {
        let component = Component::File(Path::new(component).to_owned());
        let (reason, policy, dry_run) = (None, None, false);
        self.slots.swap(SwapRequest { slot: name(), component, origin, reason, policy, force, dry_run }).await
    }

    pub(crate) async fn restart(&self, request: RestartRequest) -> Arc<SwapReport> {
        self.slots.restart(request).await
    }

    /// Goes back to the version before. If it is forced, without what cannot be handed over to it.
    pub(crate) async fn roll_back(&self, force: bool) -> Arc<SwapReport> {
        let (to, origin, reason) = (None, Origin::CommandLine, None);
        self.slots.rollback(RollbackRequest { slot: name(), to, origin, reason, force }).await
    }

    pub(crate) fn slots(&self) -> &Arc<Slots> {
        &self.slots
    }
}

fn name() -> SlotName {
    "guest".parse().expect("a name")
}

fn done(outcome: Outcome) -> Result<Value, SlotError> {
    match outcome {
        Outcome::Done(answer) => Ok(answer.structured.unwrap_or_default()),
        Outcome::Waiting(_) | Outcome::Noted => Err(SlotError::Contract("it waits".to_owned())),
    }
}
