//! The sections of the settings, as types.

mod http;
mod oauth;
mod serving;
mod swapping;
mod upkeep;

pub use self::http::{HttpSettings, TlsSettings};
pub(crate) use self::oauth::is_url;
pub use self::oauth::{Claim, ClaimError, OAuthSettings};
pub use self::serving::{
    CompileSettings, DatabaseSettings, EntrySettings, MailboxSettings, ServerSettings, Synchronous, WaitSettings,
};
pub use self::swapping::{ProbationSettings, Publish, Replay, RestartSettings, SwapSettings, WatchSettings};
pub use self::upkeep::{BackupSettings, LogSettings, RebootSettings, Role, SnapshotSettings, TelemetrySettings};
