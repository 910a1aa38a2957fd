//! The handle to a slot.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use super::answer::{Answer, Outcome};
use super::error::SlotError;
use super::reader::{ReadFrom, ReaderSettings, Readers, StopOnDrop};
use super::services::{Reporter, Silent};
use super::waiting::Waiting;
use super::writer::{Entry, Work, Writer, WriterSettings};
use crate::config::Settings;
use crate::plugin::contract::tools;
use crate::plugin::{EntryError, KillSwitch, Plugin, now};
use crate::store::{Activation, PluginDb};

/// A plugin at work: its writer, its readers, its file.
#[derive(Debug)]
pub struct Slot {
    plugin: Arc<Plugin>,
    activation: Activation,
    mailbox: Option<Sender<Entry>>,
    capacity: usize,
    readers: Readers,
    writer: Option<JoinHandle<()>>,
}

/// A call as the slot sees it.
pub struct CallRequest {
    pub call: tools::Call,
    /// Whether a wait of this call outlives this process, because the client carries the key to it.
    pub carried: bool,
    pub reporter: Arc<dyn Reporter>,
    /// Stops the call, queued or running.
    pub kill: KillSwitch,
}

impl std::fmt::Debug for CallRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallRequest").field("call", &self.call.id).finish_non_exhaustive()
    }
}

/// What a slot is opened with.
#[derive(Debug, Clone)]
pub struct SlotSettings {
    pub database: PathBuf,
    pub settings: Settings,
    /// The plugin's configuration, a JSON object.
    pub config: String,
}

impl SlotSettings {
    pub(crate) fn readers(&self, threads: usize) -> ReaderSettings {
        ReaderSettings {
            threads,
            capacity: self.settings.mailbox.entries,
            deadline: self.settings.entry.deadline(),
            database: self.settings.database.clone(),
            crossing_bytes: self.settings.entry.crossing_bytes,
            config: self.config.clone(),
        }
    }
}

impl Slot {
    /// Opens the plugin's file, activates this version if it is not the active one, and starts the
    /// threads. Blocks. The caller holds the lock of the data directory.
    ///
    /// # Errors
    /// If the file cannot be used or is of a schema the plugin does not read; nothing has changed then.
    pub fn open(plugin: Arc<Plugin>, settings: &SlotSettings) -> Result<Self, SlotError> {
        let crossing = settings.settings.entry.crossing_bytes;
        let mut db = PluginDb::open(&settings.database, &settings.settings.database, crossing)?;
        let surface = plugin.surface();
        let (name, version) = (&surface.description.name, &surface.description.version);
        let digest = plugin.digest().to_string();
        let activation = db.activate(name, version, &digest, &surface.migration_plan(), now())?;
        let holder = uuid::Uuid::now_v7().simple().to_string();
        let interrupted = db.remove_dead_waits(&holder, now())?;
        if interrupted > 0 {
            tracing::info!(calls = interrupted, "calls that waited when the host last ended were interrupted");
        }
        let wait = &settings.settings.wait;
        let writer_settings = WriterSettings {
            deadline: settings.settings.entry.deadline(),
            batch: settings.settings.mailbox.batch,
            holder,
            keep: std::time::Duration::from_secs(wait.keep_hours * 3600),
            rounds: u32::try_from(wait.rounds).unwrap_or(u32::MAX),
            config: settings.config.clone(),
        };
        let writer = Writer::new(Arc::clone(&plugin), activation.generation, db, writer_settings)?;
        let from = ReadFrom::File(settings.database.clone());
        let readers = Readers::open(&plugin, &from, &settings.readers(settings.settings.mailbox.readers))?;
        let capacity = settings.settings.mailbox.entries;
        let (mailbox, entries) = bounded(capacity);
        let writer = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer.run(&entries))
            .map_err(|error| SlotError::Entry(EntryError::Instantiate(error.into())))?;
        let (mailbox, writer) = (Some(mailbox), Some(writer));
        Ok(Self { plugin, activation, mailbox, capacity, readers, writer })
    }

    pub fn plugin(&self) -> &Arc<Plugin> {
        &self.plugin
    }

    /// Which version is active since when.
    pub fn activation(&self) -> &Activation {
        &self.activation
    }

    pub fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Calls a tool. The answer has been committed. If this future is dropped the call is stopped, unless
    /// it is done.
    ///
    /// # Errors
    /// If it comes to nothing; nothing of it remains then.
    pub async fn call(&self, request: CallRequest) -> Result<Outcome, SlotError> {
        let tool = self.plugin.surface().tool(&request.call.tool);
        if tool.is_some_and(crate::plugin::Tool::read_only) {
            return self.call_reader(request).await;
        }
        let work = Work::Call { call: request.call, carried: request.carried };
        self.write(work, request.reporter, request.kill).await
    }

    /// Goes on with a call that waits; `answers` has one for each request, in the order asked.
    ///
    /// # Errors
    /// As [`Slot::call`], and if no such call waits.
    pub async fn resume(
        &self,
        wait: String,
        answers: Vec<tools::KeyedAnswer>,
        carried: bool,
        reporter: Arc<dyn Reporter>,
        kill: KillSwitch,
    ) -> Result<Outcome, SlotError> {
        self.write(Work::Resume { wait, answers, carried }, reporter, kill).await
    }

    /// The call that waits under `id`.
    ///
    /// # Errors
    /// If there is none: it has been answered, or has expired.
    pub async fn waiting(&self, id: String) -> Result<Waiting, SlotError> {
        self.readers.waiting(id).await
    }

    /// Forgets a call that waits, because nobody will answer.
    pub fn abandon(&self, wait: String) {
        let (reply, _) = oneshot::channel();
        let entry =
            Entry { work: Work::Abandon { wait }, kill: KillSwitch::default(), reporter: Arc::new(Silent), reply };
        // If the mailbox is full or gone, the row is removed when it expires or the host starts again.
        if let Some(mailbox) = &self.mailbox {
            drop(mailbox.try_send(entry));
        }
    }

    async fn call_reader(&self, request: CallRequest) -> Result<Outcome, SlotError> {
        let call = request.call;
        let entry = move |instance: crate::plugin::Instance, context: &_| instance.call_tool(context, &call);
        let step = self.readers.read(request.reporter, request.kill, entry).await?;
        match step.map_err(SlotError::Refused)? {
            tools::Step::Done(result) => Ok(Outcome::Done(Answer::check(result)?)),
            tools::Step::Wait(_) => Err(SlotError::Contract("a read-only tool may not wait".to_owned())),
        }
    }

    async fn write(&self, work: Work, reporter: Arc<dyn Reporter>, kill: KillSwitch) -> Result<Outcome, SlotError> {
        let (reply, answer) = oneshot::channel();
        let guard = StopOnDrop(kill.clone());
        let mailbox = self.mailbox.as_ref().ok_or(SlotError::Stopped)?;
        mailbox.try_send(Entry { work, kill, reporter, reply }).map_err(|error| match error {
            TrySendError::Full(_) => SlotError::Busy(self.capacity),
            TrySendError::Disconnected(_) => SlotError::Stopped,
        })?;
        let result = answer.await.unwrap_or(Err(SlotError::Stopped));
        drop(guard);
        result
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // The writer ends when it has served what is in the mailbox.
        self.mailbox = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writer's thread panicked");
        }
    }
}
