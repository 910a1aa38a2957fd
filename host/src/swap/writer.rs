//! The one thread that writes.
//!
//! It owns the slot's writing instance and the write connection, and takes entries from a bounded
//! mailbox. Each entry is a savepoint; all entries that are waiting run in one transaction and share one
//! commit; replies leave after it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use tokio::sync::oneshot;

use super::answer::{Answer, Outcome};
use super::error::SlotError;
use super::services::{Reporter, Silent, Workbench};
use super::waiting::{Keep, Waiting};
use crate::model::{Generation, chain};
use crate::plugin::contract::tools;
use crate::plugin::{EntryContext, EntryError, Instance, KillSwitch, Plugin, Watch, now};
use crate::store::{PluginDb, StoreError};

/// No entry joins a batch that has been running for this long: those in it want their answers. About the
/// time of one commit on a disk that is not slow.
const BATCH_TIME: Duration = Duration::from_millis(4);

/// One entry in the mailbox.
pub(crate) struct Entry {
    pub(crate) work: Work,
    pub(crate) kill: KillSwitch,
    pub(crate) reporter: Arc<dyn Reporter>,
    pub(crate) reply: oneshot::Sender<Result<Outcome, SlotError>>,
}

/// What an entry is to do.
pub(crate) enum Work {
    Call {
        call: tools::Call,
        carried: bool,
    },
    Resume {
        wait: String,
        answers: Vec<tools::KeyedAnswer>,
        carried: bool,
    },
    /// Nobody will answer any more.
    Abandon {
        wait: String,
    },
}

/// What the thread works with.
pub(crate) struct Writer {
    plugin: Arc<Plugin>,
    generation: Generation,
    bench: Workbench,
    watch: Watch,
    /// None after an entry took the instance down with it.
    instance: Option<Instance>,
    settings: WriterSettings,
}

#[derive(Debug, Clone)]
pub(crate) struct WriterSettings {
    pub(crate) deadline: Duration,
    pub(crate) batch: usize,
    /// Names this process in rows of calls that wait.
    pub(crate) holder: String,
    pub(crate) keep: Duration,
    pub(crate) rounds: u32,
    /// The plugin's configuration, a JSON object.
    pub(crate) config: String,
}

impl Entry {
    fn answer(self, result: Result<Outcome, SlotError>) {
        // A client that has gone does not want to know.
        drop(self.reply.send(result));
    }
}

impl Writer {
    pub(crate) fn new(
        plugin: Arc<Plugin>,
        generation: Generation,
        mut db: PluginDb,
        settings: WriterSettings,
    ) -> Result<Self, SlotError> {
        let watch = Watch::new();
        let asked = watch.clone();
        db.interrupt_with(Box::new(move || asked.is_over()))?;
        let bench = Workbench::new(db);
        Ok(Self { plugin, generation, bench, watch, instance: None, settings })
    }

    /// Serves until every handle to the mailbox is gone.
    pub(crate) fn run(mut self, mailbox: &Receiver<Entry>) {
        while let Ok(first) = mailbox.recv() {
            self.batch(first, mailbox);
        }
    }

    /// Runs `first` and whatever else is waiting in one transaction.
    fn batch(&mut self, first: Entry, mailbox: &Receiver<Entry>) {
        let until = Instant::now() + BATCH_TIME;
        let (mut first, mut taken) = (Some(first), 0);
        let limit = self.settings.batch;
        let mut next = move || {
            let more = taken < limit && Instant::now() < until;
            taken += 1;
            first.take().or_else(|| if more { mailbox.try_recv().ok() } else { None })
        };
        // Some errors cost SQLite the whole transaction: a disk that is full, a write that was stopped. The
        // entry that met one has its answer; the others have left no trace and run once more.
        if let Err(innocent) = self.transaction(&mut next) {
            let mut innocent = innocent.into_iter();
            if let Err(unlucky) = self.transaction(&mut || innocent.next()) {
                for entry in unlucky.into_iter().chain(innocent) {
                    entry.answer(Err(StoreError::Full.into()));
                }
            }
        }
    }

    /// Runs entries in one transaction and answers them after its commit.
    ///
    /// If the transaction is lost on the way, the entry at which it was lost is answered, and those before
    /// it are given back.
    fn transaction(&mut self, next: &mut dyn FnMut() -> Option<Entry>) -> Result<(), Vec<Entry>> {
        let Some(mut entry) = next() else { return Ok(()) };
        if let Err(error) = self.begin() {
            entry.answer(Err(error));
            return Ok(());
        }
        let mut done: Vec<(Entry, Result<Outcome, SlotError>)> = Vec::new();
        loop {
            let result = self.entry(&entry);
            if self.bench.lock().db.lost_transaction() {
                entry.answer(result.and_then(|_| Err(StoreError::Full.into())));
                return Err(done.into_iter().map(|(entry, _)| entry).collect());
            }
            done.push((entry, result));
            match next() {
                Some(another) => entry = another,
                None => break,
            }
        }
        let committed = self.commit();
        for (entry, result) in done {
            entry.answer(match &committed {
                Ok(()) => result,
                // What was refused anyway stays refused for its own reason.
                Err(problem) => result.and_then(|_| Err(problem.to_error())),
            });
        }
        Ok(())
    }

    fn begin(&self) -> Result<(), SlotError> {
        Ok(self.bench.lock().db.begin(self.generation)?)
    }

    fn commit(&self) -> Result<(), NotCommitted> {
        let bench = self.bench.lock();
        bench.db.commit().map_err(|error| {
            tracing::error!(error = chain(&error), "a batch could not be committed");
            bench.db.rollback();
            if matches!(error, StoreError::Full) { NotCommitted::Full } else { NotCommitted::Failed(error.to_string()) }
        })
    }

    /// Runs one entry in its savepoint.
    fn entry(&mut self, entry: &Entry) -> Result<Outcome, SlotError> {
        if entry.kill.is_killed() {
            return Err(EntryError::Killed.into());
        }
        let context = EntryContext::new(self.settings.deadline, entry.kill.clone());
        self.bench.lock().reporter = Arc::clone(&entry.reporter);
        let result = match &entry.work {
            Work::Call { call, carried } => self.in_savepoint(|writer| writer.call(&context, call, *carried)),
            Work::Resume { wait, answers, carried } => self.resume(&context, wait, answers, *carried),
            Work::Abandon { wait } => self.abandon(wait),
        };
        self.bench.lock().reporter = Arc::new(Silent);
        result
    }

    fn in_savepoint<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, SlotError>) -> Result<T, SlotError> {
        self.bench.lock().db.savepoint()?;
        let result = run(self);
        let bench = self.bench.lock();
        if bench.db.lost_transaction() {
            // The savepoint went with it; the batch finds out.
            return result;
        }
        if result.is_ok() {
            bench.db.keep_entry()?;
        } else {
            bench.db.undo_entry()?;
        }
        result
    }

    fn call(&mut self, context: &EntryContext, call: &tools::Call, carried: bool) -> Result<Outcome, SlotError> {
        let step = self.enter(|instance| instance.call_tool(context, call))?;
        self.finish(step, call, 0, carried, context)
    }

    fn resume(
        &mut self,
        context: &EntryContext,
        id: &str,
        answers: &[tools::KeyedAnswer],
        carried: bool,
    ) -> Result<Outcome, SlotError> {
        let row = self.bench.lock().db.wait(id, context.now)?.ok_or(SlotError::NoSuchWait)?;
        let result = self.in_savepoint(|writer| {
            let (waiting, continuation) = Waiting::from_row(row)?;
            let call = &waiting.call;
            let step = writer.enter(|instance| instance.resume_call(context, call, &continuation, answers))?;
            writer.bench.lock().db.remove_wait(id)?;
            writer.finish(step, call, waiting.round + 1, carried, context)
        });
        // Answered is answered, with an error too; only a client that carries the key may come again after it
        // cancelled or nothing could be kept.
        let again = |error: &SlotError| match error {
            SlotError::Store(_) => true,
            SlotError::Entry(EntryError::Killed) => carried,
            _ => false,
        };
        if let Err(error) = &result
            && !again(error)
            && !self.bench.lock().db.lost_transaction()
        {
            self.bench.lock().db.remove_wait(id)?;
        }
        result
    }

    fn abandon(&self, id: &str) -> Result<Outcome, SlotError> {
        if self.bench.lock().db.remove_wait(id)? {
            tracing::info!(wait = id, "a call that waited was abandoned");
        }
        Err(SlotError::NoSuchWait)
    }

    fn finish(
        &self,
        step: Result<tools::Step, tools::CallError>,
        call: &tools::Call,
        round: u32,
        carried: bool,
        context: &EntryContext,
    ) -> Result<Outcome, SlotError> {
        match step.map_err(SlotError::Refused)? {
            tools::Step::Done(result) => Ok(Outcome::Done(Answer::check(result)?)),
            tools::Step::Wait(wait) => {
                let keep = Keep {
                    holder: (!carried).then(|| self.settings.holder.clone()),
                    now: context.now,
                    expires_at: context.now + u64::try_from(self.settings.keep.as_millis()).unwrap_or(u64::MAX),
                    rounds: self.settings.rounds,
                };
                let waiting = Waiting::check(&wait, call.clone(), round, &self.plugin.surface().description, &keep)?;
                self.bench.lock().db.insert_wait(&waiting.to_row(wait.continuation, &keep)?)?;
                Ok(Outcome::Waiting(waiting))
            }
        }
    }

    /// Enters the instance. One that traps has left no trace after its savepoint is undone, so the entry
    /// runs once more, on a fresh instance under the same conditions.
    fn enter<T>(&mut self, run: impl Fn(Instance) -> crate::plugin::Entered<T>) -> Result<T, SlotError> {
        let instance = self.take_instance()?;
        let error = match run(instance) {
            Ok((instance, answer)) => {
                self.instance = Some(instance);
                return Ok(answer);
            }
            Err(error) => error,
        };
        let plugin = &self.plugin.surface().description.name;
        if matches!(error, EntryError::Killed) {
            tracing::debug!(plugin, "an entry was cancelled");
        } else {
            tracing::warn!(error = %error, plugin, "an entry failed");
        }
        if !matches!(error, EntryError::Trapped { .. }) || self.bench.lock().db.lost_transaction() {
            return Err(error.into());
        }
        {
            let bench = self.bench.lock();
            bench.db.undo_entry()?;
            bench.db.savepoint()?;
        }
        let instance = self.take_instance()?;
        let (instance, answer) = run(instance)?;
        self.instance = Some(instance);
        Ok(answer)
    }

    /// The instance at rest, or a fresh one that has been started.
    fn take_instance(&mut self) -> Result<Instance, SlotError> {
        match self.instance.take() {
            Some(instance) => Ok(instance),
            None => fresh(&self.plugin, &self.bench, &self.watch, &self.settings.config, self.settings.deadline),
        }
    }
}

/// Makes and starts an instance. While it starts it may only read.
pub(crate) fn fresh(
    plugin: &Arc<Plugin>,
    bench: &Workbench,
    watch: &Watch,
    config: &str,
    deadline: Duration,
) -> Result<Instance, SlotError> {
    let instance = Instance::new(plugin, Box::new(bench.clone()), watch.clone())?;
    let was = bench.lock().db.set_read_only(true);
    let started = instance.start(&EntryContext { now: now(), seed: 0, deadline, kill: KillSwitch::default() }, config);
    bench.lock().db.set_read_only(was);
    let (instance, started) = started?;
    started.map_err(SlotError::Start)?;
    Ok(instance)
}

/// A batch that came to nothing: the same for every entry in it.
enum NotCommitted {
    Full,
    Failed(String),
}

impl NotCommitted {
    fn to_error(&self) -> SlotError {
        match self {
            Self::Full => StoreError::Full.into(),
            Self::Failed(what) => StoreError::NotCommitted(what.clone()).into(),
        }
    }
}
