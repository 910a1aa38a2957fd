//! One connected client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use rmcp::RoleServer;
use rmcp::model::Implementation;
use rmcp::service::RequestContext;

use super::places::{Place, Places, RunningCall};
use super::principal::Principal;
use super::subscriptions::Subscribed;
use crate::config::{RebootSettings, Role};
use crate::model::surface::SurfaceId;
use crate::plugin::contract::{log, types};
use crate::plugin::now;

/// What is known of a client, and what bounds it.
#[derive(Debug, Clone)]
pub(crate) struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: String,
    directory: Option<String>,
    transport: &'static str,
    standing: Standing,
    /// Milliseconds since the epoch.
    opened_at: u64,
    /// When the client last asked for anything, in milliseconds since the epoch.
    active_at: AtomicU64,
    client: Mutex<Client>,
    places: Arc<Places>,
    /// Streams for what it subscribed to, since 2026-07-28.
    listens: AtomicUsize,
    unsent: Mutex<Arc<AtomicUsize>>,
    subscribed: Subscribed,
    /// From which level on log lines are sent; a client that has not asked gets none.
    log_from: AtomicU8,
    /// The list of tools that it was shown by whoever answered it before.
    shown: Mutex<Option<SurfaceId>>,
    /// When the client last asked for the list of tools, or came; in milliseconds since the epoch.
    listed_at: AtomicU64,
}

/// What a client says of itself. All empty until it has said it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Such as `2025-11-25`.
    pub(crate) protocol: String,
}

/// A stream that a client listens on.
#[derive(Debug)]
pub(crate) struct Listens(Session);

impl Drop for Listens {
    fn drop(&mut self) {
        let Self(session) = self;
        // Until now it was there.
        session.0.active_at.store(now(), Ordering::Relaxed);
        session.0.listens.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a session's client may do.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    /// It started the host, or one that joined it: the settings say.
    Local,
    /// It is the command line of whoever runs the host, and may call what plugins keep for them.
    CommandLine,
    /// It came over HTTP.
    Remote(Principal),
}

const NO_LOG: u8 = u8::MAX;

/// Characters that are kept of what a client calls itself. Names of programs are shorter.
const NAME: usize = 128;

impl Session {
    pub(crate) fn new(directory: Option<String>, transport: &'static str) -> Self {
        Self::open(new_id(), directory, transport, Standing::Local)
    }

    /// One that has been open before, in an image of the host before this one.
    pub(crate) fn again(id: String, directory: Option<String>, transport: &'static str) -> Self {
        Self::open(id, directory, transport, Standing::Local)
    }

    /// Of the command line.
    pub(crate) fn of_operator(directory: Option<String>) -> Self {
        Self::open(new_id(), directory, "command-line", Standing::CommandLine)
    }

    /// Of a client over HTTP, by that id if it is one of the protocol's sessions.
    pub(crate) fn over_http(id: Option<String>, principal: Principal) -> Self {
        Self::open(id.unwrap_or_else(new_id), None, "http", Standing::Remote(principal))
    }

    fn open(id: String, directory: Option<String>, transport: &'static str, standing: Standing) -> Self {
        Self(Arc::new(Inner {
            id,
            directory,
            transport,
            standing,
            opened_at: now(),
            active_at: AtomicU64::new(now()),
            client: Mutex::default(),
            places: Places::new(),
            listens: AtomicUsize::new(0),
            unsent: Mutex::default(),
            subscribed: Subscribed::default(),
            log_from: AtomicU8::new(NO_LOG),
            shown: Mutex::default(),
            listed_at: AtomicU64::new(now()),
        }))
    }

    /// Unique.
    pub(crate) fn id(&self) -> &str {
        &self.0.id
    }

    /// Where the client started the host.
    pub(crate) fn directory(&self) -> Option<&str> {
        self.0.directory.as_deref()
    }

    /// Whether it may call what plugins keep from clients.
    pub(crate) fn is_operator(&self) -> bool {
        self.0.standing == Standing::CommandLine
    }

    /// Whether it was started by its client, on this machine.
    pub(crate) fn is_local(&self) -> bool {
        self.0.standing == Standing::Local
    }

    /// What it may ask of the host itself.
    pub(crate) fn role(&self, settings: &RebootSettings) -> Role {
        match &self.0.standing {
            Standing::Local => settings.stdio_role,
            Standing::CommandLine => Role::Operator,
            Standing::Remote(principal) => principal.role,
        }
    }

    /// On whose behalf, if it came over HTTP.
    pub(crate) fn principal(&self) -> Option<&Principal> {
        match &self.0.standing {
            Standing::Remote(principal) => Some(principal),
            Standing::Local | Standing::CommandLine => None,
        }
    }

    /// `stdio`, `joined` (over the standard input and output of a process that joined this one), `http` or
    /// `command-line`.
    pub(crate) fn transport(&self) -> &'static str {
        self.0.transport
    }

    /// Milliseconds since the epoch.
    pub(crate) fn opened_at(&self) -> u64 {
        self.0.opened_at
    }

    /// When the client last asked for anything, in milliseconds since the epoch.
    pub(crate) fn active_at(&self) -> u64 {
        self.0.active_at.load(Ordering::Relaxed)
    }

    pub(crate) fn client(&self) -> Client {
        self.0.client.lock().clone()
    }

    /// The client asks for something, and says who it is.
    pub(crate) fn seen(&self, context: &RequestContext<RoleServer>) {
        self.0.active_at.store(now(), Ordering::Relaxed);
        let mut client = self.0.client.lock();
        // It says so with each request, and does not change.
        if client.name.is_empty()
            && let Some(info) = context.client_info()
        {
            (client.name, client.version) = names(info);
        }
        if client.protocol.is_empty()
            && let Some(version) = context.protocol_version()
        {
            client.protocol = version.to_string();
        }
    }

    /// What was agreed on, which need not be what the client asked for.
    pub(crate) fn agreed(&self, protocol: &rmcp::model::ProtocolVersion) {
        self.0.client.lock().protocol = protocol.to_string();
    }

    /// A place for one more call of `tool`, unless as many as `most` are taken.
    pub(crate) fn admit(&self, tool: &str, most: usize) -> Option<Place> {
        self.0.places.admit(tool, most)
    }

    /// How many calls of plugins' tools the client has made.
    pub(crate) fn calls(&self) -> u64 {
        self.0.places.count()
    }

    /// The client's calls under way, in the order in which they began.
    pub(crate) fn running(&self) -> Vec<RunningCall> {
        self.0.places.running()
    }

    /// When the client's last call ended, if any has.
    pub(crate) fn ended(&self) -> Option<Instant> {
        self.0.places.ended()
    }

    /// Whether anything of the client's is under way: a call, or a stream that it listens on.
    pub(crate) fn is_busy(&self) -> bool {
        self.0.listens.load(Ordering::Relaxed) > 0 || !self.running().is_empty()
    }

    /// The client listens on one more stream, until this is dropped.
    pub(crate) fn listens(&self) -> Listens {
        self.0.listens.fetch_add(1, Ordering::Relaxed);
        Listens(self.clone())
    }

    /// How many bytes of answers wait for the client to read.
    pub(crate) fn unsent(&self) -> usize {
        self.0.unsent.lock().load(Ordering::Relaxed)
    }

    /// The transport counts them here from now on.
    pub(crate) fn sends_to(&self, unsent: &Arc<AtomicUsize>) {
        *self.0.unsent.lock() = Arc::clone(unsent);
    }

    /// The resources that it wants to hear of, in the protocol's older versions.
    pub(crate) fn subscribed(&self) -> &Subscribed {
        &self.0.subscribed
    }

    /// Comes back when none of the client's calls is under way. Keeps none from beginning.
    pub(crate) async fn idle(&self) {
        self.0.places.idle().await;
    }

    /// The list of tools that the client was shown before it was answered here, if that is known. Says so once.
    pub(crate) fn was_shown(&self) -> Option<SurfaceId> {
        self.0.shown.lock().take()
    }

    /// The client was answered elsewhere before, and was shown that list.
    pub(crate) fn is_shown(&self, list: Option<SurfaceId>) {
        *self.0.shown.lock() = list;
    }

    /// The client asks for the list of tools.
    pub(crate) fn listed(&self) {
        self.0.listed_at.store(now(), Ordering::Relaxed);
    }

    /// Whether something that changed at that time may be news to the client.
    pub(crate) fn may_not_know(&self, changed_at: u64) -> bool {
        changed_at >= self.0.listed_at.load(Ordering::Relaxed)
    }

    pub(crate) fn log_from(&self, level: log::Level) {
        self.0.log_from.store(level as u8, Ordering::Relaxed);
    }

    pub(crate) fn wants_log(&self, level: log::Level) -> bool {
        let from = self.0.log_from.load(Ordering::Relaxed);
        from != NO_LOG && level as u8 >= from
    }

    /// Whether it is told of what it did not cause. A client that has not said from which level on is, unless its
    /// protocol lets servers send only what was asked for.
    pub(crate) fn wants_notice(&self, level: log::Level) -> bool {
        let asked = self.0.log_from.load(Ordering::Relaxed) != NO_LOG;
        let protocol = &self.0.client.lock().protocol;
        if asked { self.wants_log(level) } else { !protocol.is_empty() && protocol.as_str() < "2026-07-28" }
    }

    /// In the contract's words.
    pub(crate) fn caller(&self, context: &RequestContext<RoleServer>) -> types::Caller {
        let (client_name, client_version) = context.client_info().map(names).unwrap_or_default();
        types::Caller {
            session: self.0.id.clone(),
            client_name,
            client_version,
            protocol: context.protocol_version().map(|version| version.to_string()).unwrap_or_default(),
            working_directory: self.0.directory.clone(),
        }
    }
}

/// The name and version that a client says, as far as they are kept.
pub(crate) fn names(info: Implementation) -> (String, String) {
    (cut(info.name), cut(info.version))
}

fn cut(mut name: String) -> String {
    if let Some((end, _)) = name.char_indices().nth(NAME) {
        name.truncate(end);
    }
    name
}

fn new_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}
