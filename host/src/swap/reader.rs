//! Threads for what only reads: each has an instance and a read-only connection of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select};
use tokio::sync::oneshot;

use super::error::SlotError;
use super::health::Health;
use super::mailbox::check_again;
use super::pulse::Pulse;
use super::recorder::Recorder;
use super::services::{Granted, Reporter, Silent, Workbench};
use super::serving::{Current, Serving};
use super::waiting::Waiting;
use crate::config::{DatabaseSettings, Live};
use crate::model::Digest;
use crate::plugin::contract::tools;
use crate::plugin::{Entered, EntryContext, EntryError, Instance, KillSwitch, Watch, now};
use crate::seal::Sealer;
use crate::store::PluginDb;

/// How often an entry begins anew because another version took over: once, unless swaps come one after the other.
const ANEW: usize = 16;

/// Where readers read.
#[derive(Debug, Clone)]
pub enum ReadFrom {
    /// The slot's file, beside its writer.
    File(PathBuf),
    /// An empty database: there is no file yet.
    Nothing,
}

/// A pool of readers. Dropping it ends their threads.
#[derive(Debug, Clone)]
pub struct Readers {
    queue: Sender<Job>,
    /// One for each thread.
    wakes: Arc<[Sender<()>]>,
    capacity: usize,
    live: Live,
    /// Hears of state that does not open.
    health: Option<Arc<Health>>,
}

type Job = Box<dyn FnOnce(&mut Reader) + Send>;

/// One reading thread's things.
pub(crate) struct Reader {
    current: Arc<Current>,
    serving: Arc<Serving>,
    bench: Workbench,
    watch: Watch,
    instance: Option<Instance>,
    live: Live,
    pulse: Arc<Pulse>,
}

/// What readers are made with.
#[derive(Debug, Clone)]
pub(crate) struct ReaderSettings {
    pub(crate) threads: usize,
    pub(crate) capacity: usize,
    pub(crate) live: Live,
    pub(crate) database: DatabaseSettings,
    pub(crate) crossing_bytes: usize,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) granted: Granted,
    pub(crate) pulse: Arc<Pulse>,
}

/// Whose calls are counted and recorded.
#[derive(Debug, Clone)]
pub(crate) struct Observers {
    pub(crate) health: Arc<Health>,
    pub(crate) recorder: Arc<Recorder>,
}

impl Readers {
    pub(crate) fn open(current: &Arc<Current>, from: &ReadFrom, settings: &ReaderSettings) -> Result<Self, SlotError> {
        let (queue, jobs) = bounded::<Job>(settings.capacity);
        let mut wakes = Vec::new();
        for index in 0..settings.threads {
            let db = match from {
                ReadFrom::File(path) => {
                    let sealer = Arc::clone(&settings.sealer);
                    PluginDb::open_reader(path, &settings.database, settings.crossing_bytes, sealer)?
                }
                ReadFrom::Nothing => {
                    let plan = current.get().plugin.surface().migration_plan();
                    PluginDb::in_memory(&plan, &settings.database, settings.crossing_bytes)?
                }
            };
            let reader = Reader::new(Arc::clone(current), db, settings)?;
            // One is enough: it says that there is something to look at.
            let (wake, woken) = bounded(1);
            wakes.push(wake);
            let jobs = jobs.clone();
            let run = move || reader.run(&jobs, &woken);
            let spawned = thread::Builder::new().name(format!("reader-{index}")).spawn(run);
            spawned.map_err(|error| SlotError::Entry(EntryError::Instantiate(error.into())))?;
        }
        Ok(Self { queue, wakes: wakes.into(), capacity: settings.capacity, live: settings.live.clone(), health: None })
    }

    /// The same, telling `health` of state that does not open.
    pub(crate) fn telling(mut self, health: &Arc<Health>) -> Self {
        self.health = Some(Arc::clone(health));
        self
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.wakes.len()
    }

    /// Has readers that are idle give up the version that they served with.
    pub(crate) fn let_go(&self) {
        for wake in &*self.wakes {
            // One that waits says it already.
            let _ = wake.try_send(());
        }
    }

    /// Runs `entry` on a reader and waits for what it gives. If this future is dropped the entry is
    /// stopped. A trap is tried once more on a fresh instance: there is nothing to undo.
    ///
    /// # Errors
    /// If all readers are busy and the queue is full, or the entry fails.
    pub async fn read<T: Send + 'static>(
        &self,
        reporter: Arc<dyn Reporter>,
        kill: KillSwitch,
        entry: impl Fn(Instance, &EntryContext) -> Entered<T> + Send + 'static,
    ) -> Result<T, SlotError> {
        let context = EntryContext::new(self.live.get().entry.deadline(), kill.clone());
        let guard = StopOnDrop::new(kill);
        let health = self.health.clone();
        let result = self.run(move |reader| {
            let served = reader.serve(&reporter, &context, entry);
            if let (Some(health), Err(SlotError::Corrupt(corruption))) = (health, &served) {
                health.corrupt(reader.serving.generation, corruption);
            }
            served
        });
        let result = result.await;
        guard.done();
        result
    }

    /// Answers a call of a tool that only reads.
    pub(crate) async fn call(
        &self,
        call: Arc<tools::Call>,
        checked: Digest,
        reporter: Arc<dyn Reporter>,
        kill: KillSwitch,
        observers: Observers,
    ) -> Result<Result<tools::Step, tools::CallError>, SlotError> {
        let context = EntryContext::new(self.live.get().entry.deadline(), kill.clone());
        let guard = StopOnDrop::new(kill);
        let result = self.run(move |reader| {
            reporter.begins();
            let accept = |serving: &Serving| {
                if serving.plugin.digest() != checked {
                    check_again(serving.plugin.surface(), &call)?;
                    let reads = serving.plugin.surface().tool(&call.tool).is_some_and(crate::plugin::Tool::read_only);
                    if !reads {
                        return Err(SlotError::Moved);
                    }
                }
                observers.health.admit(&call)
            };
            let entry = |instance: Instance, context: &_| instance.call_tool(context, &call);
            let answer = reader.serve_checked(&reporter, &context, accept, entry);
            observers.health.answered();
            match &answer {
                Err(SlotError::Corrupt(corruption)) => observers.health.corrupt(reader.serving.generation, corruption),
                Ok(step) => observers.recorder.record(&call, &context, step, true),
                // What a version that has been replaced fails at is not its successor's fault.
                Err(error) if error.is_fault() && reader.serves_still() => {
                    let times = if matches!(error, SlotError::Entry(EntryError::Trapped { .. })) { 2 } else { 1 };
                    observers.health.trapped();
                    observers.health.failed(&call, times, error);
                }
                Err(_) => {}
            }
            answer
        });
        let result = result.await;
        guard.done();
        result
    }

    /// Does something with the data, in no entry.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&PluginDb) -> Result<T, crate::store::StoreError> + Send + 'static,
    ) -> Result<T, SlotError> {
        self.run(move |reader| Ok(look(&reader.bench.lock().db)?)).await
    }

    /// The call that waits under `id`.
    pub(crate) async fn waiting(&self, id: String) -> Result<Waiting, SlotError> {
        let row = self.look(move |db| db.wait(&id, now())).await?;
        Ok(Waiting::from_row(row.ok_or(SlotError::NoSuchWait)?)?.0)
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Reader) -> Result<T, SlotError> + Send + 'static,
    ) -> Result<T, SlotError> {
        let (reply, answer) = oneshot::channel();
        let job = move |reader: &mut Reader| drop(reply.send(job(reader)));
        self.queue.try_send(Box::new(job)).map_err(|error| match error {
            TrySendError::Full(_) => SlotError::Busy(self.capacity),
            TrySendError::Disconnected(_) => SlotError::Stopped,
        })?;
        answer.await.unwrap_or(Err(SlotError::Stopped))
    }
}

/// Stops an entry that nobody waits for any more.
pub(crate) struct StopOnDrop(Option<KillSwitch>);

impl StopOnDrop {
    pub(crate) fn new(kill: KillSwitch) -> Self {
        Self(Some(kill))
    }

    /// It has an answer.
    pub(crate) fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if let Some(kill) = &self.0 {
            kill.kill();
        }
    }
}

impl Reader {
    fn new(current: Arc<Current>, mut db: PluginDb, settings: &ReaderSettings) -> Result<Self, SlotError> {
        let watch = Watch::new();
        let asked = watch.clone();
        db.interrupt_with(Box::new(move || asked.is_over()))?;
        let (serving, bench) = (current.get(), Workbench::new(db, settings.granted.clone()));
        let (live, pulse) = (settings.live.clone(), Arc::clone(&settings.pulse));
        let mut reader = Self { current, serving, bench, watch, instance: None, live, pulse };
        reader.expect();
        Ok(reader)
    }

    fn run(mut self, jobs: &Receiver<Job>, woken: &Receiver<()>) {
        loop {
            select! {
                recv(jobs) -> job => match job {
                    Ok(job) => job(&mut self),
                    Err(_) => return,
                },
                recv(woken) -> wake => match wake {
                    Ok(()) => self.follow(),
                    Err(_) => return,
                },
            }
        }
    }

    /// Goes over to the version that serves now.
    fn follow(&mut self) {
        let current = self.current.settled();
        if !Arc::ptr_eq(&current, &self.serving) {
            self.serving = current;
            self.instance = None;
            self.expect();
        }
    }

    fn serves_still(&self) -> bool {
        Arc::ptr_eq(&self.current.get(), &self.serving)
    }

    fn expect(&mut self) {
        if let Some(generation) = self.serving.generation {
            self.bench.lock().db.expect(generation);
        }
    }

    fn serve<T>(
        &mut self,
        reporter: &Arc<dyn Reporter>,
        context: &EntryContext,
        entry: impl Fn(Instance, &EntryContext) -> Entered<T>,
    ) -> Result<T, SlotError> {
        self.serve_checked(reporter, context, |_| Ok(()), entry)
    }

    fn serve_checked<T>(
        &mut self,
        reporter: &Arc<dyn Reporter>,
        context: &EntryContext,
        accept: impl Fn(&Serving) -> Result<(), SlotError>,
        entry: impl Fn(Instance, &EntryContext) -> Entered<T>,
    ) -> Result<T, SlotError> {
        if context.kill.is_killed() {
            return Err(EntryError::Killed.into());
        }
        for _ in 0..ANEW {
            self.follow();
            if let Some(why) = self.current.stalled() {
                return Err(SlotError::Stalled(why));
            }
            accept(&self.serving)?;
            self.pulse.read();
            self.bench.lock().reporter = Arc::clone(reporter);
            let result = self.enter(context, &entry).or_else(|error| match error {
                SlotError::Entry(EntryError::Trapped { .. }) => self.enter(context, &entry),
                other => Err(other),
            });
            let mut bench = self.bench.lock();
            bench.db.rollback();
            bench.reporter = Arc::new(Silent);
            // What only reads has changed nothing.
            bench.said.take();
            let corruption = bench.db.take_corruption();
            let outdated = bench.db.is_outdated();
            drop(bench);
            if self.live.get().entry.fresh_instances {
                self.instance = None;
            }
            match corruption {
                Some(corruption) if !outdated => return Err(SlotError::Corrupt(corruption)),
                None if !outdated => return result,
                _ => {}
            }
            // In the moment of a swap: the next look at what serves waits for its end.
            self.instance = None;
            self.expect();
        }
        Err(SlotError::Busy(ANEW))
    }

    fn enter<T>(
        &mut self,
        context: &EntryContext,
        entry: impl Fn(Instance, &EntryContext) -> Entered<T>,
    ) -> Result<T, SlotError> {
        let instance = match self.instance.take() {
            Some(instance) => instance,
            None => self.serving.fresh(&self.bench, &self.watch, self.live.get().entry.deadline())?,
        };
        let (instance, answer) = entry(instance, context)?;
        self.instance = Some(instance);
        Ok(answer)
    }
}
