//! The handle to a slot.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError, bounded};
use tokio::sync::oneshot;

use super::aborted::Aborted;
use super::answer::{Answer, Outcome};
use super::changes::Changes;
use super::error::SlotError;
use super::exchange::{Committed, Staged, SwapOrder};
use super::health::Health;
use super::mailbox::{Entry, Message, Running, SwapsAhead, Turn, Work};
use super::pulse::Pulse;
use super::reader::{Observers, ReadFrom, ReaderSettings, Readers, StopOnDrop};
use super::recorder::Recorder;
use super::services::{Granted, Reporter, Silent, Workbench};
use super::serving::{Current, Serving};
use super::waiting::Waiting;
use super::writer::{Writer, WriterSettings};
use crate::config::Live;
use crate::model::swap::SwapPhase;
use crate::model::{Digest, SlotName};
use crate::plugin::contract::tools;
use crate::plugin::{EntryError, Instance, KillSwitch, Plugin, Tool, Watch};
use crate::seal::Sealer;
use crate::store::{PluginDb, StoreError};

/// Swaps that do not wait behind calls. There is one at a time.
const URGENT: usize = 1;

/// A plugin at work: its writer, its readers, its file.
#[derive(Debug)]
pub struct Slot {
    current: Arc<Current>,
    /// The writer's, for instances that are to be its.
    bench: Workbench,
    watch: Watch,
    health: Arc<Health>,
    recorder: Arc<Recorder>,
    mailbox: Option<Sender<Message>>,
    /// For what does not wait behind calls.
    urgent: Sender<Message>,
    running: Running,
    swaps_ahead: SwapsAhead,
    capacity: usize,
    live: Live,
    pulse: Arc<Pulse>,
    readers: Readers,
    writer: Option<JoinHandle<()>>,
    /// A reader has answered a call.
    proven: AtomicBool,
}

/// A call as the slot sees it.
pub struct CallRequest {
    pub call: tools::Call,
    /// The component whose schemas the arguments were checked against.
    pub checked: Digest,
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
    pub slot: SlotName,
    pub database: PathBuf,
    /// For what is kept in it.
    pub sealer: Arc<Sealer>,
    pub live: Live,
    /// Where what it does is counted.
    pub pulse: Arc<Pulse>,
    /// Where what the plugin says has changed is told.
    pub changes: Changes,
}

impl SlotSettings {
    /// The file, for writing.
    pub(crate) fn open(&self) -> Result<PluginDb, StoreError> {
        let settings = self.live.get();
        PluginDb::open(&self.database, &settings.database, settings.entry.crossing_bytes, Arc::clone(&self.sealer))
    }

    /// The file, for reading.
    pub(crate) fn open_reader(&self) -> Result<PluginDb, StoreError> {
        let settings = self.live.get();
        let crossing = settings.entry.crossing_bytes;
        PluginDb::open_reader(&self.database, &settings.database, crossing, Arc::clone(&self.sealer))
    }

    pub(crate) fn readers(&self, threads: usize) -> ReaderSettings {
        let settings = self.live.get();
        ReaderSettings {
            threads,
            capacity: settings.mailbox.entries,
            live: self.live.clone(),
            database: settings.database.clone(),
            crossing_bytes: settings.entry.crossing_bytes,
            sealer: Arc::clone(&self.sealer),
            granted: self.granted(),
            pulse: Arc::clone(&self.pulse),
        }
    }

    /// What of other directories the plugin may see.
    pub(crate) fn granted(&self) -> Granted {
        Granted { slot: self.slot.clone(), live: self.live.clone() }
    }

    /// The plugin's configuration as it is now, a JSON object.
    pub(crate) fn config(&self) -> Arc<str> {
        self.live.get().plugin_config(&self.slot).into()
    }

    /// How long migrations may take.
    pub(crate) fn migrate(&self) -> Duration {
        Duration::from_secs(self.live.get().swap.migrate_seconds)
    }

    pub(crate) fn writer(&self, holder: String) -> WriterSettings {
        let settings = self.live.get();
        let wait = &settings.wait;
        WriterSettings {
            deadline: settings.entry.deadline(),
            batch: settings.mailbox.batch,
            holder,
            keep: Duration::from_secs(wait.keep_hours * 3600),
            rounds: u32::try_from(wait.rounds).unwrap_or(u32::MAX),
            exported_state_bytes: settings.entry.exported_state_bytes,
            migrate: self.migrate(),
            fresh_instances: settings.entry.fresh_instances,
        }
    }
}

/// A slot whose file is open and that has no threads yet.
pub(crate) struct Parts {
    pub(crate) current: Arc<Current>,
    pub(crate) health: Arc<Health>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) writer: Writer,
}

impl Parts {
    /// `serving` is what is on record, or a candidate that is still to be exchanged into the empty place.
    pub(crate) fn new(
        serving: Serving,
        db: PluginDb,
        settings: &SlotSettings,
        holder: String,
        health: Health,
    ) -> Result<Self, SlotError> {
        let (current, health) = (Arc::new(Current::new(serving)), Arc::new(health));
        let recorder = Arc::new(Recorder::new(settings.live.clone()));
        let (kept, known) = (Arc::clone(&health), Arc::clone(&recorder));
        let writer = Writer::new(Arc::clone(&current), db, (settings.clone(), holder), kept, known)?;
        Ok(Self { current, health, recorder, writer })
    }

    /// Exchanges versions while nobody can call yet.
    pub(crate) fn exchange(&mut self, staged: Staged) -> Result<Committed, Aborted> {
        let (reply, mut answer) = oneshot::channel();
        SwapOrder { staged, reply }.carry_out(&mut self.writer, &|| 0);
        let stopped = || Aborted::new(SwapPhase::Committing, "stopped", "the host is shutting down".to_owned());
        answer.try_recv().unwrap_or_else(|_| Err(stopped()))
    }

    /// Starts the threads.
    pub(crate) fn start(self, settings: &SlotSettings) -> Result<Slot, SlotError> {
        let Self { current, health, recorder, writer } = self;
        let mailbox_settings = settings.live.get().mailbox.clone();
        let from = ReadFrom::File(settings.database.clone());
        let readers = Readers::open(&current, &from, &settings.readers(mailbox_settings.readers))?.telling(&health);
        let capacity = mailbox_settings.entries;
        let (mailbox, messages) = bounded(capacity);
        let (urgent, at_once) = bounded(URGENT);
        let (swaps_ahead, running) = (writer.swaps_ahead.clone(), writer.running.clone());
        let (bench, watch) = (writer.bench.clone(), writer.watch.clone());
        let writer = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer.run(&messages, &at_once))
            .map_err(|error| SlotError::Entry(EntryError::Instantiate(error.into())))?;
        let (mailbox, writer) = (Some(mailbox), Some(writer));
        Ok(Slot {
            current,
            bench,
            watch,
            health,
            recorder,
            mailbox,
            urgent,
            running,
            swaps_ahead,
            capacity,
            live: settings.live.clone(),
            pulse: Arc::clone(&settings.pulse),
            readers,
            writer,
            proven: AtomicBool::new(false),
        })
    }
}

impl Slot {
    /// What serves now.
    pub fn serving(&self) -> Arc<Serving> {
        self.current.get()
    }

    pub(crate) fn current(&self) -> &Arc<Current> {
        &self.current
    }

    pub(crate) fn health(&self) -> &Arc<Health> {
        &self.health
    }

    pub(crate) fn recorder(&self) -> &Arc<Recorder> {
        &self.recorder
    }

    pub fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Entries in the mailbox.
    pub(crate) fn queued(&self) -> usize {
        self.mailbox.as_ref().map_or(0, Sender::len)
    }

    /// Whether the writer is in an entry now.
    pub(crate) fn is_writing(&self) -> bool {
        self.running.is_busy()
    }

    /// Calls a tool. The answer has been committed. If this future is dropped the call is stopped, unless
    /// it is done.
    ///
    /// # Errors
    /// If it comes to nothing; nothing of it remains then.
    pub async fn call(&self, request: CallRequest) -> Result<Outcome, SlotError> {
        let CallRequest { call, checked, carried, reporter, kill } = request;
        let (call, serving) = (Arc::new(call), self.serving());
        if serving.plugin.surface().tool(&call.tool).is_some_and(Tool::read_only) {
            let read = self.call_reader(Arc::clone(&call), checked, Arc::clone(&reporter), kill.clone()).await;
            if !matches!(read, Err(SlotError::Moved)) {
                return read;
            }
        }
        self.write(Work::Call { call, carried, checked }, reporter, kill).await
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

    /// Comes back when a swap has taken away who could continue a call that waits. It has been answered then.
    pub async fn orphaned(&self, wait: &str) -> SlotError {
        let mut current = self.current.changes();
        loop {
            let id = wait.to_owned();
            let row = self.readers.look(move |db| db.wait(&id, crate::plugin::now())).await;
            if let Ok(Some(crate::store::WaitRow { orphaned_by: Some(swap), .. })) = row {
                self.abandon(wait.to_owned());
                return SlotError::Orphaned { swap };
            }
            if current.changed().await.is_err() {
                return SlotError::Stopped;
            }
        }
    }

    /// Forgets a call that waits, because nobody will answer.
    pub fn abandon(&self, wait: String) {
        let (reply, _) = oneshot::channel();
        let (kill, turn) = (KillSwitch::default(), Turn::default());
        let (work, reporter) = (Work::Abandon { wait }, Arc::new(Silent));
        let entry = Entry { work, kill, reporter, turn, since: Instant::now(), again: false, reply };
        // If the mailbox is full or gone, the row is removed when it expires or the host starts again.
        if let Some(mailbox) = &self.mailbox {
            drop(mailbox.try_send(Message::Entry(entry)));
        }
    }

    /// How long what waits for a client is kept, in milliseconds.
    pub(super) fn keeps_waits_for(&self) -> u64 {
        self.live.get().wait.keep_hours * 3_600_000
    }

    async fn call_reader(
        &self,
        call: Arc<tools::Call>,
        checked: Digest,
        reporter: Arc<dyn Reporter>,
        kill: KillSwitch,
    ) -> Result<Outcome, SlotError> {
        let observers = Observers { health: Arc::clone(&self.health), recorder: Arc::clone(&self.recorder) };
        let step = self.readers.call(call, checked, reporter, kill, observers).await?;
        if !self.proven.swap(true, Ordering::Relaxed) {
            self.forget_boots();
        }
        match step.map_err(SlotError::Refused)? {
            tools::Step::Done(result) => Ok(Outcome::Done(Answer::check(result)?)),
            tools::Step::Wait(_) => Err(SlotError::Contract("a read-only tool may not wait".to_owned())),
        }
    }

    pub(super) async fn write(
        &self,
        work: Work,
        reporter: Arc<dyn Reporter>,
        kill: KillSwitch,
    ) -> Result<Outcome, SlotError> {
        let (reply, mut answer) = oneshot::channel();
        let guard = StopOnDrop::new(kill.clone());
        let turn = Turn::default();
        let mailbox = self.mailbox.as_ref().ok_or(SlotError::Stopped)?;
        let since = Instant::now();
        let entry = Entry { work, kill, reporter, turn: turn.clone(), since, again: false, reply };
        mailbox.try_send(Message::Entry(entry)).map_err(|error| match error {
            TrySendError::Full(_) => {
                self.pulse.was_full();
                SlotError::Busy(self.capacity)
            }
            TrySendError::Disconnected(_) => SlotError::Stopped,
        })?;
        let patience = Duration::from_secs(self.live.get().mailbox.wait_seconds);
        let result = match tokio::time::timeout(patience, &mut answer).await {
            Ok(answered) => answered.unwrap_or(Err(SlotError::Stopped)),
            Err(_) if turn.expire() => {
                self.pulse.has_expired();
                Err(SlotError::Expired(patience.as_secs()))
            }
            // Its turn has come meanwhile: how long it takes is bounded.
            Err(_) => answer.await.unwrap_or(Err(SlotError::Stopped)),
        };
        guard.done();
        result
    }

    /// An instance for the writer, which nobody has entered. None if it cannot be made: whoever needs it says why.
    pub(crate) fn instance(&self, plugin: &Arc<Plugin>) -> Option<Instance> {
        Instance::new(plugin, Box::new(self.bench.clone()), self.watch.clone()).ok()
    }

    /// Puts a swap into the mailbox, behind the calls that are there. Blocks while the mailbox is full.
    pub(crate) fn order(&self, staged: Staged) -> oneshot::Receiver<Result<Committed, Aborted>> {
        let (reply, answer) = oneshot::channel();
        if staged.at_once {
            self.swaps_ahead.one_more();
            // There is one swap at a time, so there is room for it.
            self.running.order(|| drop(self.urgent.try_send(Message::Swap(Box::new(SwapOrder { staged, reply })))));
            return answer;
        }
        if let Some(mailbox) = &self.mailbox {
            self.swaps_ahead.one_more();
            // If the writer is gone, so is the reply.
            drop(mailbox.send(Message::Swap(Box::new(SwapOrder { staged, reply }))));
        }
        answer
    }

    /// Stops the entry that runs, if one does. Nothing of it is kept, and its caller is told to call again.
    pub(crate) fn stop_running(&self) {
        self.running.stop();
    }

    /// Says that the host has lived long enough with this version, and whether that was heard.
    pub(crate) fn forget_boots(&self) -> bool {
        self.current.stalled().is_none() && self.note(Message::Proven)
    }

    /// Remembers that what is in place serves.
    pub(crate) fn taken_up(&self, digest: Digest) {
        self.note(Message::TakenUp(digest));
    }

    /// Removes calls that have waited for too long.
    pub(crate) fn sweep(&self) {
        self.note(Message::Sweep);
    }

    fn note(&self, message: Message) -> bool {
        self.mailbox.as_ref().is_some_and(|mailbox| mailbox.try_send(message).is_ok())
    }

    /// Writes something and reads it back, on the writer's thread. None if there is no room to ask.
    pub(crate) async fn check_database(&self) -> Option<Result<(), String>> {
        let (reply, answer) = oneshot::channel();
        self.mailbox.as_ref()?.try_send(Message::Check(reply)).ok()?;
        answer.await.ok()
    }

    /// Keeps what the plugin has in memory for the process that serves the slot next, behind all that runs.
    pub(crate) async fn keep(&self) {
        let (reply, kept) = oneshot::channel();
        if self.note(Message::Keep(reply)) {
            // Nothing is sent: the writer drops its end.
            drop(kept.await);
        }
    }

    /// Asks the plugin to test itself. None if there is no time for it.
    pub(crate) async fn probe(&self) -> Option<Result<(), String>> {
        let (reply, answer) = oneshot::channel();
        self.mailbox.as_ref()?.try_send(Message::Probe(reply)).ok()?;
        answer.await.ok().flatten()
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
