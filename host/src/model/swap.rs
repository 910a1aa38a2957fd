//! What is said of a swap: who asked, how far it is, what came of it.
//!
//! All of this is written to the history and sent over the control socket as JSON: fields may be added,
//! never renamed or given another meaning.

use serde::{Deserialize, Serialize};

use super::drift::Drift;
use super::ids::{Digest, Generation, SlotName};

/// Who asked for a swap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Origin {
    /// The host found another component than the one on record when it started.
    Start,
    /// A file that changed.
    File,
    CommandLine,
    /// The settings said when.
    Schedule,
    /// A client's request. `fixed_list` if its protocol forbids that a list changes as the effect of one.
    Client {
        name: String,
        fixed_list: bool,
    },
    /// The host itself, because the version that serves does not do well.
    Recovery,
}

/// How far a swap is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SwapPhase {
    /// Nothing is under way.
    #[default]
    Idle,
    /// The candidate is tried beside the version that serves.
    Staging,
    /// Calls queue from here on.
    Quiescing,
    Transferring,
    Committing,
    /// The new version serves, and the one before it is kept ready.
    Probation,
}

impl SwapPhase {
    /// Those of a swap that goes well, in order.
    pub const ORDER: [Self; 5] =
        [Self::Staging, Self::Quiescing, Self::Transferring, Self::Committing, Self::Probation];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Staging => "staging",
            Self::Quiescing => "quiescing",
            Self::Transferring => "transferring",
            Self::Committing => "committing",
            Self::Probation => "probation",
        }
    }
}

/// A version of a plugin that serves, served or is to serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub plugin: String,
    /// Semantic version of the logic.
    pub version: String,
    pub digest: Digest,
    /// What it writes.
    pub schema: u32,
    /// None if it never served.
    pub generation: Option<Generation>,
}

/// What came of a swap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SwapOutcome {
    /// The new version serves.
    Committed,
    /// A dry run that found nothing in the way.
    Ready,
    /// This very component serves already.
    Unchanged,
    /// The version that served before still does, and nothing was changed.
    Refused(Refusal),
    /// It was committed, and later withdrawn.
    RolledBack { at: u64, why: String },
}

/// Why a swap did not happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A stable word, such as `drift`, `migration`, `self-test`, `busy`.
    pub code: String,
    pub message: String,
    /// In which step.
    pub phase: SwapPhase,
    /// What to do.
    pub hint: Option<String>,
}

impl Refusal {
    /// Whether the data is in the way, not the plugin.
    pub fn is_about_data(&self) -> bool {
        ["schema", "migration", "storage", "disk-full", "fenced", "other-plugin", "state-corruption"]
            .contains(&self.code.as_str())
    }
}

/// How long a step took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTime {
    /// Such as `load`, `shadow`, `replay`, `quiesce`, `export`, `import`, `migrate`, `commit`.
    pub step: String,
    pub micros: u64,
}

/// An answer of the candidate that is not the one of the version that serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub tool: String,
    /// A unified diff of the two answers. Empty in the history, for answers are kept sealed only.
    pub diff: String,
}

/// What a replay of recorded calls showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayReport {
    /// Calls that were run again, on both versions.
    pub calls: u32,
    /// Calls that could not be, for example because the data is too large for a copy and they write.
    pub skipped: u32,
    /// The first ones.
    pub differences: Vec<Difference>,
    /// All of them.
    pub different: u32,
}

/// A swap, attempted or done: a row of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwapReport {
    /// Unique, and in order of time.
    pub id: String,
    pub slot: SlotName,
    pub origin: Origin,
    pub reason: Option<String>,
    /// Milliseconds since the epoch.
    pub requested_at: u64,
    pub from: Option<Version>,
    pub to: Option<Version>,
    pub outcome: SwapOutcome,
    pub drift: Option<Drift>,
    pub replay: Option<ReplayReport>,
    /// Names of the migrations that ran.
    pub migrations: Vec<String>,
    pub steps: Vec<StepTime>,
    /// From the moment that calls began to queue to the moment that the new version took them, in microseconds.
    pub pause_us: u64,
    /// When calls began to queue, in microseconds since the epoch; 0 if they did not.
    #[serde(default)]
    pub paused_at_us: u64,
    /// Calls that queued meanwhile. None of them waited longer than `pause_us` for the swap.
    pub waited_calls: u64,
    /// Calls that waited for somebody and that the new version could not have continued.
    pub orphaned_calls: u64,
    pub warnings: Vec<String>,
    /// Whether it was a restart, of which the version may stay the same.
    #[serde(default)]
    pub restart: bool,
    /// The copy of the data that was made first, a path in the data directory.
    #[serde(default)]
    pub backup: Option<String>,
}

/// Words of warnings that tell of state that did not come through.
const LOST: [&str; 4] = [
    "exported state was used",
    "state of its predecessor was used",
    "restored from snapshot",
    "working state was given up",
];

impl SwapReport {
    /// The warnings that tell of working state that did not come through.
    pub fn losses(&self) -> impl Iterator<Item = &String> {
        self.warnings.iter().filter(|warning| LOST.iter().any(|words| warning.contains(words)))
    }
}

/// How often a version may fail before it is taken out of service, and how often it has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// Failed calls that replaced an instance, in the last `burst_seconds`.
    pub burst: u64,
    pub burst_limit: u64,
    pub burst_seconds: u64,
    /// And in the last `sustained_seconds`.
    pub sustained: u64,
    pub sustained_limit: u64,
    pub sustained_seconds: u64,
    /// Starts of the host with this version since one that went well.
    pub starts: u64,
    pub starts_limit: u64,
}

/// How a slot is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotStatus {
    pub slot: SlotName,
    /// None if nothing was ever loaded.
    pub serving: Option<Version>,
    pub phase: SwapPhase,
    /// Why no plugin serves, if none does.
    pub stalled: Option<String>,
    /// To which a rollback would go.
    pub previous: Option<Version>,
    /// Milliseconds since the epoch; 0 if not yet.
    pub activated_at: u64,
    /// Of this process.
    pub calls: u64,
    pub traps: u64,
    /// In the mailbox.
    pub queued: u64,
    /// Calls that wait for a person, a model, a timer.
    pub waiting: u64,
    #[serde(default)]
    pub attempts: Attempts,
    /// What of the working state was lost in this process because it did not open, and what took its place.
    #[serde(default)]
    pub restored: Option<String>,
    /// Why the slot could not be opened, if it could not.
    #[serde(default)]
    pub problem: Option<String>,
}
