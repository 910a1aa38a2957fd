//! Threads for what only reads: each has an instance and a read-only connection of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use super::error::SlotError;
use super::services::{Reporter, Silent, Workbench};
use super::waiting::Waiting;
use super::writer::fresh;
use crate::config::DatabaseSettings;
use crate::plugin::{Entered, EntryContext, EntryError, Instance, KillSwitch, Plugin, Watch, now};
use crate::store::PluginDb;

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
    capacity: usize,
    deadline: Duration,
}

type Job = Box<dyn FnOnce(&mut Reader) + Send>;

/// One reading thread's things.
struct Reader {
    plugin: Arc<Plugin>,
    bench: Workbench,
    watch: Watch,
    instance: Option<Instance>,
    config: String,
    deadline: Duration,
}

/// What readers are made with.
#[derive(Debug, Clone)]
pub(crate) struct ReaderSettings {
    pub(crate) threads: usize,
    pub(crate) capacity: usize,
    pub(crate) deadline: Duration,
    pub(crate) database: DatabaseSettings,
    pub(crate) crossing_bytes: usize,
    pub(crate) config: String,
}

impl Readers {
    pub(crate) fn open(plugin: &Arc<Plugin>, from: &ReadFrom, settings: &ReaderSettings) -> Result<Self, SlotError> {
        let (queue, jobs) = bounded::<Job>(settings.capacity);
        for index in 0..settings.threads {
            let db = match from {
                ReadFrom::File(path) => PluginDb::open_reader(path, &settings.database, settings.crossing_bytes)?,
                ReadFrom::Nothing => {
                    let plan = plugin.surface().migration_plan();
                    PluginDb::in_memory(&plan, &settings.database, settings.crossing_bytes)?
                }
            };
            let reader = Reader::new(Arc::clone(plugin), db, settings)?;
            let jobs = jobs.clone();
            let spawned = thread::Builder::new().name(format!("reader-{index}")).spawn(move || reader.run(&jobs));
            spawned.map_err(|error| SlotError::Entry(EntryError::Instantiate(error.into())))?;
        }
        Ok(Self { queue, capacity: settings.capacity, deadline: settings.deadline })
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
        let context = EntryContext::new(self.deadline, kill.clone());
        let guard = StopOnDrop(kill);
        let result = self.run(move |reader| reader.serve(reporter, &context, entry)).await;
        drop(guard);
        result
    }

    /// The call that waits under `id`.
    pub(crate) async fn waiting(&self, id: String) -> Result<Waiting, SlotError> {
        let row = self.run(move |reader| Ok(reader.bench.lock().db.wait(&id, now())?)).await?;
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
pub(crate) struct StopOnDrop(pub(crate) KillSwitch);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.kill();
    }
}

impl Reader {
    fn new(plugin: Arc<Plugin>, mut db: PluginDb, settings: &ReaderSettings) -> Result<Self, SlotError> {
        let watch = Watch::new();
        let asked = watch.clone();
        db.interrupt_with(Box::new(move || asked.is_over()))?;
        let (config, deadline) = (settings.config.clone(), settings.deadline);
        Ok(Self { plugin, bench: Workbench::new(db), watch, instance: None, config, deadline })
    }

    fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            job(&mut self);
        }
    }

    fn serve<T>(
        &mut self,
        reporter: Arc<dyn Reporter>,
        context: &EntryContext,
        entry: impl Fn(Instance, &EntryContext) -> Entered<T>,
    ) -> Result<T, SlotError> {
        if context.kill.is_killed() {
            return Err(EntryError::Killed.into());
        }
        self.bench.lock().reporter = reporter;
        let result = self.enter(context, &entry).or_else(|error| match error {
            SlotError::Entry(EntryError::Trapped { .. }) => self.enter(context, &entry),
            other => Err(other),
        });
        let mut bench = self.bench.lock();
        bench.db.rollback();
        bench.reporter = Arc::new(Silent);
        result
    }

    fn enter<T>(
        &mut self,
        context: &EntryContext,
        entry: impl Fn(Instance, &EntryContext) -> Entered<T>,
    ) -> Result<T, SlotError> {
        let instance = match self.instance.take() {
            Some(instance) => instance,
            None => fresh(&self.plugin, &self.bench, &self.watch, &self.config, self.deadline)?,
        };
        let (instance, answer) = entry(instance, context)?;
        self.instance = Some(instance);
        Ok(answer)
    }
}
