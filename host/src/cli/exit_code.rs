//! Exit codes, and which error means which.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::plugin::LoadError;
use crate::store::{BackupError, DataDirError, ForeignError, RotationError, SnapshotError, StoreError};
use crate::swap::{OpenError, SlotError, TakeError};

/// Shown below the help of every command.
pub(super) const HELP: &str = "Exit codes:
   0  done
   1  something unexpected
   2  wrong usage
   3  the tool answered with an error
   4  the file is not a plugin this host can run
   5  the data directory cannot be used
   6  the settings are invalid
   7  the swap, rollback or restart was refused
   8  no host is running
   9  the host is not healthy
  10  something is in the way of a restart
  11  it was not done in time";

/// What went wrong, as far as a script can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    Unexpected,
    Usage,
    Tool,
    Plugin,
    Data,
    Settings,
    Refused,
    NoHost,
    NotHealthy,
    NotReady,
    Late,
}

/// The tool's own words have been printed; only the exit code is left to say.
#[derive(Debug, thiserror::Error)]
#[error("the tool answered with an error")]
pub(super) struct ToolAnsweredWithError;

/// Why has been printed; only the exit code is left to say.
#[derive(Debug, thiserror::Error)]
#[error("the swap was refused")]
pub(super) struct SwapRefused {
    /// The file is no plugin for this host, whatever serves.
    pub(super) unusable: bool,
}

/// What it is has been printed; only the exit code is left to say.
#[derive(Debug, thiserror::Error)]
#[error("the host's answer says {0:?}")]
pub(super) struct Told(pub(super) Failure);

/// The host listens, and says nothing.
#[derive(Debug, thiserror::Error)]
#[error("the host has not answered in {seconds} s: look at its process, with `mainstay status` if it says anything")]
pub(super) struct NoAnswer {
    pub(super) seconds: u64,
}

/// A command needs a host that is running, and there is none.
#[derive(Debug, thiserror::Error)]
#[error("no host is running in {}: {otherwise}", dir.display())]
pub(super) struct NoHost {
    pub(super) dir: PathBuf,
    /// What to do.
    pub(super) otherwise: String,
}

/// What was given on the command line is not what the command takes.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct WrongUsage(pub(super) String);

impl Failure {
    pub(super) fn of(error: &anyhow::Error) -> Self {
        let is = |cause: &(dyn std::error::Error + 'static)| {
            if cause.is::<ToolAnsweredWithError>() {
                Some(Self::Tool)
            } else if let Some(refused) = cause.downcast_ref::<SwapRefused>() {
                Some(if refused.unusable { Self::Plugin } else { Self::Refused })
            } else if let Some(Told(failure)) = cause.downcast_ref() {
                Some(*failure)
            } else if cause.is::<NoAnswer>() {
                Some(Self::Late)
            } else if cause.is::<NoHost>() {
                Some(Self::NoHost)
            } else if cause.is::<WrongUsage>() {
                Some(Self::Usage)
            } else if cause.is::<LoadError>() {
                Some(Self::Plugin)
            } else if matches!(
                cause.downcast_ref(),
                Some(SnapshotError::Unknown { .. } | SnapshotError::Ambiguous { .. })
            ) || matches!(
                cause.downcast_ref(),
                Some(TakeError::NoSuchSlot { .. } | TakeError::OtherSlot { .. } | TakeError::DoesNotFit { .. })
            ) {
                Some(Self::Usage)
            } else if cause.is::<SnapshotError>()
                || cause.is::<RotationError>()
                || cause.is::<DataDirError>()
                || cause.is::<StoreError>()
                || cause.is::<BackupError>()
                || cause.is::<ForeignError>()
            {
                Some(Self::Data)
            } else if cause.is::<ConfigError>() {
                Some(Self::Settings)
            } else {
                match cause.downcast_ref::<OpenError>() {
                    Some(OpenError::DataDir(_) | OpenError::Slot(SlotError::Store(_))) => Some(Self::Data),
                    Some(OpenError::Refused(refusal)) if refusal.is_about_data() => Some(Self::Data),
                    Some(
                        OpenError::Load(_)
                        | OpenError::Read { .. }
                        | OpenError::Refused(_)
                        | OpenError::NotKept { .. }
                        | OpenError::Clash { .. }
                        | OpenError::Reserved { .. },
                    ) => Some(Self::Plugin),
                    _ => None,
                }
            }
        };
        error.chain().find_map(is).unwrap_or(Self::Unexpected)
    }

    /// Whether standard output or standard error have told of it already.
    pub(super) fn was_said(error: &anyhow::Error) -> bool {
        error.is::<ToolAnsweredWithError>() || error.is::<SwapRefused>() || error.is::<Told>()
    }

    pub(super) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Tool => 3,
            Self::Plugin => 4,
            Self::Data => 5,
            Self::Settings => 6,
            Self::Refused => 7,
            Self::NoHost => 8,
            Self::NotHealthy => 9,
            Self::NotReady => 10,
            Self::Late => 11,
        })
    }
}
