//! Why versions are exchanged, and why they were not.

use std::sync::Arc;

use crate::model::drift::Policy;
use crate::model::swap::{Origin, Refusal, SwapPhase, SwapReport};
use crate::model::{Digest, Generation, SlotName};
use crate::plugin::Plugin;
use crate::swap::exchange::Aborted;
use crate::swap::report::{self, Draft};

/// What is to serve.
pub(super) enum Candidate {
    Bytes(Vec<u8>, Digest),
    Warm(Arc<Plugin>),
    /// Of that generation; of the last one that is not known to fail if none is named.
    Earlier(Option<Generation>),
}

/// Why, and so how strictly it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Upgrade {
        policy: Policy,
        force: bool,
        dry_run: bool,
        source: bool,
    },
    Rollback {
        force: bool,
    },
    /// From the version of this generation.
    Recovery {
        of: Generation,
    },
}

impl Candidate {
    /// Of one that has been resolved.
    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::Bytes(_, digest) => *digest,
            Self::Warm(plugin) => plugin.digest(),
            Self::Earlier(_) => Digest::of(&[]),
        }
    }
}

impl Mode {
    /// Somebody insists.
    pub(super) fn is_forced(self) -> bool {
        matches!(self, Self::Upgrade { force: true, .. } | Self::Rollback { force: true })
    }

    pub(super) fn orphans(self) -> bool {
        self.is_forced() || matches!(self, Self::Recovery { .. })
    }
}

/// Why a swap did not happen, and whether the same component would fail again.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) refusal: Refusal,
    pub(super) permanent: bool,
}

impl Failed {
    pub(super) fn of(aborted: &Aborted, slot: &SlotName) -> Self {
        Self { refusal: report::refusal(aborted, slot), permanent: aborted.permanent && aborted.code != "injected" }
    }

    /// By a rule, not because the component is bad.
    pub(super) fn refused(code: &str, message: String) -> Self {
        Self { refusal: refusal(code, message, SwapPhase::Staging), permanent: false }
    }

    pub(super) fn passing(code: &str, message: String) -> Self {
        Self::refused(code, message)
    }

    pub(super) fn permanent(code: &str, message: String) -> Self {
        Self { permanent: true, ..Self::refused(code, message) }
    }

    pub(super) fn died() -> Self {
        Self::refused("host-fault", "a thread of the host died".to_owned())
    }

    pub(super) fn hinted(mut self, hint: &str) -> Self {
        self.refusal.hint = Some(hint.to_owned());
        self
    }
}

pub(super) fn refusal(code: &str, message: String, phase: SwapPhase) -> Refusal {
    Refusal { code: code.to_owned(), message, phase, hint: None }
}

pub(super) fn died(slot: &SlotName, error: &tokio::task::JoinError) -> SwapReport {
    let mut draft = Draft::new(slot, Origin::Recovery, None);
    draft.refused(refusal("host-fault", error.to_string(), SwapPhase::Staging));
    draft.finish()
}
