//! What is said on the control socket: format version 1.
//!
//! One JSON object a line, in UTF-8. A connection carries one request after the other. A request is at most
//! [`REQUEST_BYTES`] long and names the version and a command; fields that are not given are null or false:
//!
//! ```json
//! {"v":1,"command":"swap","slot":"orchestrator","file":"/absolute/path.wasm","policy":"strict|append|force",
//!  "force":false,"dry_run":false,"reason":null}
//! {"v":1,"command":"rollback","slot":"orchestrator","to":7,"force":false,"reason":null}
//! {"v":1,"command":"status"}
//! {"v":1,"command":"history","slot":null,"limit":20}
//! {"v":1,"command":"snapshot","slot":"orchestrator"}
//! {"v":1,"command":"prune-snapshots","slot":null,"keep":10}
//! {"v":1,"command":"tool","tool":"orchestrator_health_check","arguments":{},"version":"0.1.0",
//!  "directory":"/absolute/path"}
//! {"v":1,"command":"ping"}
//! {"v":1,"command":"join","session":"0190...","directory":"/absolute/path","version":"0.1.0"}
//! ```
//!
//! The answer to a swap, a rollback or a tool begins with any number of events that say how far it is, in percent for a
//! tool. Every answer ends with exactly one of the others:
//!
//! ```json
//! {"event":"phase","slot":"orchestrator","phase":"staging"}
//! {"event":"progress","progress":40.0,"message":"maintenance_mode: ..."}
//!
//! {"event":"report","report":{...}}
//! {"event":"status","process":4711,"began_at":1790000000000,"version":"0.1.0","slots":[...],"sessions":[...],
//!  "connected":1}
//! {"event":"history","swaps":[...],"more":false}
//! {"event":"snapshot","snapshot":{...},"unchanged":false}
//! {"event":"pruned","removed":3}
//! {"event":"answer","error":false,"result":{...}}
//! {"event":"pong"}
//! {"event":"joined","version":"0.1.0"}
//! {"event":"error","message":"..."}
//! ```
//!
//! `report` and `swaps` are [`SwapReport`]s, `snapshot` is a [`Snapshot`], `slots` are [`SlotStatus`]es. A swap that is
//! refused is a report that says so, and not an error. `more` says that older swaps did not fit into the answer. A tool is
//! one of the reboot tools, its `result` what a client finds in `structuredContent`; or one that a plugin has for operators
//! only, its `result` the whole result of MCP, called as from `directory`. `error` says that it did not do what it was
//! asked for. After `joined` the connection carries the messages of MCP in both directions, one a line, of the client that
//! started the process that asks; `session` is what that client is known by, here and wherever it is answered next.
//! `version` is of the program that asks. Calls from here are not limited. Within a version of the
//! format, fields and events may be added: what is not known is ignored. A connection on which nothing is asked for a
//! minute is closed.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::drift::Policy;
use crate::model::snapshot::Snapshot;
use crate::model::swap::{SlotStatus, SwapPhase, SwapReport};
use crate::model::{Generation, SlotName};

/// The version of the format.
pub(super) const VERSION: u64 = 1;
/// The longest request, in bytes.
pub(super) const REQUEST_BYTES: usize = 16 << 20;
/// The longest answer, in bytes. A history that would be longer is cut.
pub(super) const ANSWER_BYTES: usize = 16 << 20;

/// What the host is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Request {
    Swap(SwapOrder),
    Rollback(RollbackOrder),
    Status,
    History(HistoryQuery),
    Snapshot(SnapshotOrder),
    PruneSnapshots(PruneOrder),
    Tool(ToolOrder),
    Join(JoinOrder),
    Ping,
}

/// Puts another component into a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwapOrder {
    pub slot: SlotName,
    /// Absolute.
    pub file: PathBuf,
    /// Which change of the tools is accepted; none is what the settings say.
    #[serde(default)]
    pub policy: Option<Policy>,
    /// Whether to do it in spite of what else can be overruled.
    #[serde(default)]
    pub force: bool,
    /// Whether to try only.
    #[serde(default)]
    pub dry_run: bool,
    #[serde(default)]
    pub reason: Option<String>,
}

/// Puts a version back that served before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackOrder {
    pub slot: SlotName,
    /// None is the one before.
    #[serde(default)]
    pub to: Option<Generation>,
    #[serde(default)]
    pub force: bool,
    #[serde(default)]
    pub reason: Option<String>,
}

/// The latest swaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryQuery {
    /// None is all slots.
    #[serde(default)]
    pub slot: Option<SlotName>,
    pub limit: u32,
}

/// Takes a snapshot of a slot's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotOrder {
    pub slot: SlotName,
}

/// Keeps the newest snapshots only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PruneOrder {
    /// None is all slots.
    #[serde(default)]
    pub slot: Option<SlotName>,
    /// Of each slot; none is what the settings say.
    #[serde(default)]
    pub keep: Option<usize>,
}

/// Calls one of the host's own tools, or one that a plugin has for operators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolOrder {
    /// Its whole name.
    pub tool: String,
    #[serde(default)]
    pub arguments: Map<String, Value>,
    /// Of the program that asks, for the audit log.
    #[serde(default)]
    pub version: String,
    /// Where it was asked for; absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
}

/// Has the client of another process answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinOrder {
    /// What the client is known by: letters and digits, at most 64.
    pub session: String,
    /// Where it was started; absolute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
    /// Of the program that asks.
    #[serde(default)]
    pub version: String,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolAnswer {
    /// It did not do what it was asked for.
    pub error: bool,
    /// As its output schema has it; of a plugin's tool, the whole result.
    pub result: Map<String, Value>,
}

/// What the host says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// How far the swap that was asked for is. Steps that take no time may be left out.
    Phase {
        slot: SlotName,
        phase: SwapPhase,
    },
    /// How far the tool that was asked for is, in percent.
    Progress {
        progress: f64,
        message: Option<String>,
    },
    Report {
        report: Box<SwapReport>,
    },
    Status(HostStatus),
    /// Newest first.
    History {
        swaps: Vec<SwapReport>,
        more: bool,
    },
    Snapshot {
        snapshot: Box<Snapshot>,
        /// The state is what it was in this one, which was there already.
        unchanged: bool,
    },
    Pruned {
        removed: usize,
    },
    Answer(ToolAnswer),
    Pong,
    /// The connection is the client's from now on.
    Joined {
        /// Of the program that answers.
        version: String,
    },
    Error {
        message: String,
    },
    /// One of a later version.
    #[serde(other, skip_serializing)]
    Unknown,
}

/// How a host is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostStatus {
    pub process: u32,
    /// When this image of the process began, in milliseconds since the epoch; 0 if the host does not say.
    #[serde(default)]
    pub began_at: u64,
    /// Of the program.
    pub version: String,
    pub slots: Vec<SlotStatus>,
    /// Who is connected: those that asked for something last, newest first.
    #[serde(default)]
    pub sessions: Vec<SessionStatus>,
    /// How many are.
    #[serde(default)]
    pub connected: u64,
}

/// A client that is connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionStatus {
    pub session: String,
    /// As it calls itself.
    pub client: String,
    pub version: String,
    /// Such as `2025-11-25`.
    pub protocol: String,
    /// `stdio`, `joined` or `http`.
    pub transport: String,
    /// Of plugins' tools, since it came.
    pub calls: u64,
    pub under_way: u64,
    /// When it last asked for anything, in milliseconds since the epoch.
    pub active_at: u64,
}

#[derive(Deserialize)]
struct Versioned {
    v: Option<u64>,
}

/// What a request's version is beside.
#[derive(Serialize)]
struct Envelope<'a> {
    v: u64,
    #[serde(flatten)]
    request: &'a Request,
}

impl Request {
    /// The line that says it.
    pub(super) fn line(&self) -> serde_json::Result<Vec<u8>> {
        line(&Envelope { v: VERSION, request: self })
    }

    /// What a line asks for.
    ///
    /// # Errors
    /// In words for whoever asked.
    pub(super) fn parse(line: &[u8]) -> Result<Self, String> {
        let Versioned { v } =
            serde_json::from_slice(line).map_err(|error| format!("this is no JSON object on one line: {error}"))?;
        if v != Some(VERSION) {
            let found = v.map_or("no version".to_owned(), |v| format!("version {v}"));
            return Err(format!("the request has {found} (\"v\"): this host understands version {VERSION}"));
        }
        serde_json::from_slice(line).map_err(|error| format!("this request is not understood: {error}"))
    }
}

impl Event {
    pub(super) fn line(&self) -> serde_json::Result<Vec<u8>> {
        line(self)
    }

    /// A history that fits into an answer.
    pub(super) fn history(mut swaps: Vec<SwapReport>) -> Self {
        let mut room = ANSWER_BYTES / 2;
        let fitting = swaps.iter().take_while(|report| {
            let bytes = serde_json::to_vec(report).map_or(usize::MAX, |text| text.len());
            let fits = bytes <= room;
            room = room.saturating_sub(bytes);
            fits
        });
        let fitting = fitting.count();
        let more = fitting < swaps.len();
        swaps.truncate(fitting);
        Self::History { swaps, more }
    }
}

fn line(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}
