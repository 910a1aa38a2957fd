//! The one thread that writes.
//!
//! It owns the slot's writing instance and the write connection, and takes entries from a bounded
//! mailbox. Each entry is a savepoint; all entries that are waiting run in one transaction and share one
//! commit; replies leave after it. A swap comes through the same mailbox and has a transaction of its own:
//! see [`super::exchange`]. An entry that was stuck when it came runs again after it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, select};
use tokio::sync::watch;

use super::answer::{Answer, Outcome};
use super::error::SlotError;
use super::exchange::SwapOrder;
use super::health::Health;
use super::mailbox::{Entry, Message, Running, SwapsAhead, Work};
use super::pulse::Pulse;
use super::recorder::Recorder;
use super::services::{Silent, Workbench};
use super::serving::{Current, Serving};
use super::slot::SlotSettings;
use super::waiting::{Keep, Waiting};
use crate::config::Settings;
use crate::model::chain;
use crate::plugin::contract::tools;
use crate::plugin::{EntryContext, EntryError, Instance, Watch};
use crate::store::{PluginDb, StoreError};

/// No entry joins a batch that has been running for this long: those in it want their answers. About the
/// time of one commit on a disk that is not slow.
const BATCH_TIME: Duration = Duration::from_millis(4);

/// What the thread works with.
pub(crate) struct Writer {
    pub(super) current: Arc<Current>,
    pub(super) serving: Arc<Serving>,
    pub(super) bench: Workbench,
    pub(super) watch: Watch,
    /// None after an entry took the instance down with it.
    pub(super) instance: Option<Instance>,
    pub(super) settings: WriterSettings,
    /// Where they come from, and that they changed.
    pub(super) source: (SlotSettings, watch::Receiver<Arc<Settings>>),
    pub(super) health: Arc<Health>,
    recorder: Arc<Recorder>,
    pub(super) swaps_ahead: SwapsAhead,
    pub(super) running: Running,
    /// Entries that were stuck and run again after the swap that comes next.
    stuck: Vec<Entry>,
    /// The running entry is to be one of them.
    is_stuck: bool,
    /// How often the running entry has entered the plugin.
    attempts: u32,
    /// The plugin has answered a call, or there is another reason to believe that it does not end the host.
    pub(super) proven: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct WriterSettings {
    pub(crate) deadline: Duration,
    pub(crate) batch: usize,
    /// Names this process in rows of calls that wait.
    pub(crate) holder: String,
    pub(crate) keep: Duration,
    pub(crate) rounds: u32,
    pub(crate) exported_state_bytes: usize,
    /// For the migrations of a swap.
    pub(crate) migrate: Duration,
    /// No instance serves twice.
    pub(crate) fresh_instances: bool,
}

impl Writer {
    pub(crate) fn new(
        current: Arc<Current>,
        mut db: PluginDb,
        (source, holder): (SlotSettings, String),
        health: Arc<Health>,
        recorder: Arc<Recorder>,
    ) -> Result<Self, SlotError> {
        let watch = Watch::new();
        let asked = watch.clone();
        db.interrupt_with(Box::new(move || asked.is_over()))?;
        let (serving, bench) = (current.get(), Workbench::new(db, source.granted()));
        let changed = source.live.subscribe();
        let settings = source.writer(holder);
        Ok(Self {
            current,
            serving,
            bench,
            watch,
            instance: None,
            settings,
            source: (source, changed),
            health,
            recorder,
            swaps_ahead: SwapsAhead::default(),
            running: Running::default(),
            stuck: Vec::new(),
            is_stuck: false,
            attempts: 0,
            proven: false,
        })
    }

    /// Serves until every handle to the mailbox is gone.
    pub(crate) fn run(mut self, mailbox: &Receiver<Message>, urgent: &Receiver<Message>) {
        let mut held = None;
        while let Some(message) = urgent.try_recv().ok().or_else(|| held.take()).or_else(|| next(mailbox, urgent)) {
            self.follow_settings();
            match message {
                // What does not wait behind calls comes first.
                entry @ Message::Entry(_) if !urgent.is_empty() => held = Some(entry),
                Message::Entry(first) => held = self.batch(first, mailbox, urgent),
                Message::Swap(order) => self.swap(*order, mailbox),
                Message::Probe(reply) => drop(reply.send(self.probe())),
                Message::Check(reply) => drop(reply.send(self.check())),
                Message::Keep(kept) => {
                    self.keep_exported(kept);
                    break;
                }
                Message::Proven => self.proven(),
                Message::TakenUp(digest) => self.note("source", |db| db.set_source(digest)),
                Message::Sweep => self.sweep(),
            }
        }
        // A version that is out of service has proven nothing.
        if self.current.stalled().is_none() {
            self.proven();
        }
    }

    /// Where what is done is counted.
    pub(super) fn pulse(&self) -> &Arc<Pulse> {
        &self.source.0.pulse
    }

    /// Between two messages, settings may change.
    fn follow_settings(&mut self) {
        let (source, changed) = &mut self.source;
        if changed.has_changed().unwrap_or(false) {
            changed.mark_unchanged();
            self.settings = source.writer(std::mem::take(&mut self.settings.holder));
        }
    }

    /// Exchanges versions, and runs what was stuck on whichever serves then.
    fn swap(&mut self, order: SwapOrder, mailbox: &Receiver<Message>) {
        self.swaps_ahead.one_less();
        if order.staged.at_once {
            self.running.obey();
        }
        let stuck = std::mem::take(&mut self.stuck);
        order.carry_out(self, &|| mailbox.len() + stuck.len());
        let mut again = stuck.into_iter().map(|entry| Entry { again: true, ..entry });
        self.run_all(&mut || again.next());
    }

    /// Runs `first` and whatever else is waiting in one transaction. Returns what is no entry and comes next.
    fn batch(&mut self, first: Entry, mailbox: &Receiver<Message>, urgent: &Receiver<Message>) -> Option<Message> {
        let until = Instant::now() + BATCH_TIME;
        let (mut first, mut taken, mut held) = (Some(first), 0, None);
        let (limit, pulse) = (self.settings.batch, Arc::clone(self.pulse()));
        let mut next = || loop {
            let more = held.is_none() && taken < limit && Instant::now() < until && urgent.is_empty();
            let entry = match first.take() {
                Some(entry) => entry,
                None if more => match mailbox.try_recv().ok()? {
                    Message::Entry(entry) => entry,
                    other => {
                        held = Some(other);
                        return None;
                    }
                },
                None => return None,
            };
            taken += 1;
            if entry.turn.take() {
                pulse.begins(entry.since.elapsed());
                entry.reporter.begins();
                return Some(entry);
            }
        };
        self.run_all(&mut next);
        held
    }

    /// Runs entries in one transaction, or in a second one if that is lost.
    fn run_all(&mut self, next: &mut dyn FnMut() -> Option<Entry>) {
        // Some errors cost SQLite the whole transaction: a disk that is full, a write that was stopped. The
        // entry that met one has its answer; the others have left no trace and run once more.
        if let Err(innocent) = self.transaction(next) {
            let mut innocent = innocent.into_iter();
            if let Err(unlucky) = self.transaction(&mut || innocent.next()) {
                for entry in unlucky.into_iter().chain(innocent) {
                    drop(entry.answer(Err(StoreError::Full.into())));
                }
            }
        }
    }

    /// Runs entries in one transaction and answers them after its commit.
    ///
    /// If the transaction is lost on the way, the entry at which it was lost is answered, and those before
    /// it are given back.
    fn transaction(&mut self, next: &mut dyn FnMut() -> Option<Entry>) -> Result<(), Vec<Entry>> {
        let mut entry = loop {
            let Some(entry) = next() else { return Ok(()) };
            match self.begin() {
                Ok(()) => break entry,
                Err(error) => drop(entry.answer(Err(error))),
            }
        };
        self.bench.lock().said.take();
        let mut done: Vec<(Entry, Result<Outcome, SlotError>)> = Vec::new();
        loop {
            let result = self.entry(&entry);
            self.pulse().entered();
            let lost = self.bench.lock().db.lost_transaction();
            if std::mem::take(&mut self.is_stuck) {
                self.stuck.push(entry);
            } else if lost {
                drop(entry.answer(result.and_then(|_| Err(StoreError::Full.into()))));
            } else {
                done.push((entry, result));
            }
            if lost {
                return Err(done.into_iter().map(|(entry, _)| entry).collect());
            }
            match next() {
                Some(another) => entry = another,
                None => break,
            }
        }
        self.proven();
        let committed = self.commit();
        self.pulse().committed(done.len(), committed.is_ok());
        let mut ghosts = Vec::new();
        for (entry, result) in done {
            ghosts.extend(entry.answer(match &committed {
                Ok(()) => result,
                // What was refused anyway stays refused for its own reason.
                Err(problem) => result.and_then(|_| Err(problem.to_error())),
            }));
        }
        for ghost in ghosts {
            self.note("a wait", |db| db.remove_wait(&ghost).map(drop));
        }
        Ok(())
    }

    pub(super) fn begin(&self) -> Result<(), SlotError> {
        if let Some(why) = self.current.stalled() {
            return Err(SlotError::Stalled(why));
        }
        let generation = self.serving.generation.unwrap_or(crate::model::Generation(0));
        Ok(self.bench.lock().db.begin(generation)?)
    }

    fn commit(&self) -> Result<(), NotCommitted> {
        let mut bench = self.bench.lock();
        let said = bench.said.take();
        bench.db.commit().map_err(|error| {
            tracing::error!(error = chain(&error), "a batch could not be committed");
            bench.db.rollback();
            if matches!(error, StoreError::Full) { NotCommitted::Full } else { NotCommitted::Failed(error.to_string()) }
        })?;
        self.source.0.changes.tell(&said);
        Ok(())
    }

    /// Runs one entry in its savepoint.
    fn entry(&mut self, entry: &Entry) -> Result<Outcome, SlotError> {
        self.running.begin(&entry.kill);
        if entry.kill.is_killed() {
            let cancelled = self.running.end();
            return Err(if cancelled { EntryError::Killed.into() } else { SlotError::Interrupted });
        }
        let context = EntryContext::new(self.settings.deadline, entry.kill.clone());
        self.bench.lock().reporter = Arc::clone(&entry.reporter);
        self.attempts = 0;
        let result = match &entry.work {
            Work::Call { call, carried, checked } => self.checked(call, *checked).and_then(|()| {
                let result = self.in_savepoint(|writer| writer.call(&context, call, *carried));
                self.judge(call, &result, entry.again);
                result
            }),
            Work::Resume { wait, answers, carried } => self.resume(&context, (wait, answers), *carried, entry.again),
            Work::Abandon { wait } => self.abandon(wait),
            Work::Task(work) => self.task(&context, work, entry.again),
        };
        self.bench.lock().reporter = Arc::new(Silent);
        let stopped = !self.running.end();
        if self.settings.fresh_instances {
            self.instance = None;
        }
        match result {
            Err(SlotError::Entry(EntryError::Killed)) if stopped => Err(SlotError::Interrupted),
            result => result,
        }
    }

    /// Whether a call may enter the version that serves now, which may not be the one it was accepted for.
    fn checked(&self, call: &tools::Call, checked: crate::model::Digest) -> Result<(), SlotError> {
        if checked != self.serving.plugin.digest() {
            super::mailbox::check_again(self.serving.plugin.surface(), call)?;
        }
        self.health.admit(call)
    }

    /// Charges the version that serves with what it failed at. What it is stuck in while a swap waits for it is
    /// nobody's fault yet: it has left no trace, and the next version may do better.
    pub(super) fn judge(&mut self, call: &tools::Call, result: &Result<Outcome, SlotError>, again: bool) {
        let stuck = matches!(result, Err(SlotError::Entry(EntryError::Deadline { .. })));
        self.is_stuck = stuck && !again && self.swaps_ahead.any();
        if self.is_stuck {
            return;
        }
        self.health.answered();
        if let Err(error) = result
            && error.is_fault()
        {
            self.health.failed(call, self.attempts.max(1), error);
        }
    }

    pub(super) fn in_savepoint<T>(
        &mut self,
        run: impl FnOnce(&mut Self) -> Result<T, SlotError>,
    ) -> Result<T, SlotError> {
        {
            let mut bench = self.bench.lock();
            bench.said.begin();
            bench.db.savepoint()?;
        }
        let result = run(self);
        let mut bench = self.bench.lock();
        let result = match bench.db.take_corruption() {
            Some(corruption) => {
                self.health.corrupt(self.serving.generation, &corruption);
                Err(SlotError::Corrupt(corruption))
            }
            None => result,
        };
        if bench.db.lost_transaction() {
            // The savepoint went with it; the batch finds out.
            return result;
        }
        if result.is_ok() {
            bench.db.keep_entry()?;
        } else {
            bench.said.undo();
            bench.db.undo_entry()?;
        }
        result
    }

    fn call(&mut self, context: &EntryContext, call: &Arc<tools::Call>, carried: bool) -> Result<Outcome, SlotError> {
        let step = self.enter(|instance| instance.call_tool(context, call))?;
        self.recorder.record(call, context, &step, false);
        self.finish(step, call, 0, carried, context)
    }

    fn resume(
        &mut self,
        context: &EntryContext,
        (id, answers): (&str, &[tools::KeyedAnswer]),
        carried: bool,
        again: bool,
    ) -> Result<Outcome, SlotError> {
        let row = self.bench.lock().db.wait(id, context.now)?.ok_or(SlotError::NoSuchWait)?;
        if let Some(swap) = row.orphaned_by {
            self.bench.lock().db.remove_wait(id)?;
            return Err(SlotError::Orphaned { swap });
        }
        let (waiting, continuation) = Waiting::from_row(row)?;
        let call = &waiting.call;
        let result = self.in_savepoint(|writer| {
            let step = writer.enter(|instance| instance.resume_call(context, call, &continuation, answers))?;
            writer.bench.lock().db.remove_wait(id)?;
            writer.finish(step, call, waiting.round + 1, carried, context)
        });
        self.judge(call, &result, again);
        // Answered is answered, with an error too; only a client that carries the key may come again after it
        // cancelled or nothing could be kept.
        let once_more = |error: &SlotError| match error {
            SlotError::Store(_) | SlotError::Corrupt(_) => true,
            SlotError::Entry(EntryError::Killed) => carried,
            _ => false,
        };
        if let Err(error) = &result
            && !self.is_stuck
            && !once_more(error)
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
                let waiting =
                    Waiting::check(&wait, call.clone(), round, &self.serving.plugin.surface().description, &keep)?;
                self.bench.lock().db.insert_wait(&waiting.to_row(wait.continuation, &keep)?)?;
                Ok(Outcome::Waiting(waiting))
            }
        }
    }

    /// Enters the instance. One that traps has left no trace after its savepoint is undone, so the entry
    /// runs once more, on a fresh instance under the same conditions.
    pub(super) fn enter<T>(&mut self, run: impl Fn(Instance) -> crate::plugin::Entered<T>) -> Result<T, SlotError> {
        self.attempts = 1;
        let instance = self.take_instance()?;
        let error = match run(instance) {
            Ok((instance, answer)) => {
                self.instance = Some(instance);
                return Ok(answer);
            }
            Err(error) => error,
        };
        let plugin = &self.serving.plugin.surface().description.name;
        if matches!(error, EntryError::Killed) {
            tracing::debug!(plugin, "an entry was cancelled");
        } else {
            self.health.trapped();
            tracing::warn!(error = %error, plugin, "an entry failed");
        }
        if !matches!(error, EntryError::Trapped { .. }) || self.bench.lock().db.lost_transaction() {
            return Err(error.into());
        }
        {
            let mut bench = self.bench.lock();
            bench.said.undo();
            bench.db.undo_entry()?;
            bench.db.savepoint()?;
        }
        self.attempts = 2;
        let instance = self.take_instance()?;
        let (instance, answer) = run(instance).inspect_err(|_| self.health.trapped())?;
        self.instance = Some(instance);
        Ok(answer)
    }

    /// The instance at rest, or a fresh one that has been started.
    pub(super) fn take_instance(&mut self) -> Result<Instance, SlotError> {
        match self.instance.take() {
            Some(instance) => Ok(instance),
            None => self.serving.fresh(&self.bench, &self.watch, self.settings.deadline),
        }
    }
}

/// What comes next; none when every handle to the mailbox is gone.
fn next(mailbox: &Receiver<Message>, urgent: &Receiver<Message>) -> Option<Message> {
    select! {
        recv(urgent) -> message => message.ok().or_else(|| mailbox.recv().ok()),
        recv(mailbox) -> message => message.ok(),
    }
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
