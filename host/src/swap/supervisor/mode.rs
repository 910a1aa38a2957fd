//! Why versions are exchanged, and why they were not.

use std::sync::Arc;
use std::time::Instant;

use crate::model::drift::Policy;
use crate::model::swap::{Origin, Refusal, SwapPhase, SwapReport};
use crate::model::{Digest, Generation, SlotName};
use crate::plugin::Plugin;
use crate::swap::aborted::Aborted;
use crate::swap::lazy::Component;
use crate::swap::report::{self, Draft};

/// What is to serve.
pub(super) enum Candidate {
    Bytes(Vec<u8>, Digest),
    Warm(Arc<Plugin>),
    /// What is in place if it is news, even if it is known to fail and somebody `insists`; else what serves.
    InPlace {
        component: Component,
        insists: bool,
    },
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
    /// With what is in place, or the same version anew.
    Restart(Manner),
    Rollback {
        force: bool,
    },
    /// The same version anew, with what was kept of its state, if it is still of this generation.
    Restoration {
        of: Generation,
    },
    /// From the version of this generation.
    Recovery {
        of: Generation,
    },
}

/// How a slot is restarted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    pub(super) policy: Policy,
    pub(super) force: bool,
    /// What is in place is taken up.
    pub(super) source: bool,
    /// What runs may finish, and the plugin is asked to come to rest.
    pub(super) graceful: bool,
    pub(super) preserve_state: bool,
    /// What serves has no say.
    pub(super) ailing: bool,
    /// The data is copied first.
    pub(super) backup: bool,
    /// What is not committed then is abandoned.
    pub(super) until: Instant,
}

impl Candidate {
    /// Of one that has been resolved.
    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::Bytes(_, digest) => *digest,
            Self::Warm(plugin) => plugin.digest(),
            Self::Earlier(_) | Self::InPlace { .. } => Digest::of(&[]),
        }
    }
}

impl Mode {
    /// Somebody insists.
    pub(super) fn is_forced(self) -> bool {
        match self {
            Self::Upgrade { force, .. } | Self::Rollback { force } => force,
            Self::Restart(manner) => manner.force,
            Self::Restoration { .. } | Self::Recovery { .. } => false,
        }
    }

    /// Which change of the tools may come with it; none if any may, because those tools were there before.
    pub(super) fn policy(self) -> Option<Policy> {
        match self {
            Self::Upgrade { policy, .. } => Some(policy),
            Self::Restart(manner) => Some(manner.policy),
            Self::Rollback { .. } | Self::Restoration { .. } | Self::Recovery { .. } => None,
        }
    }

    pub(super) fn is_dry_run(self) -> bool {
        matches!(self, Self::Upgrade { dry_run: true, .. })
    }

    /// Whether what is in place is taken up.
    pub(super) fn takes_up(self) -> bool {
        match self {
            Self::Upgrade { source, .. } => source,
            Self::Restart(manner) => manner.source,
            Self::Rollback { .. } | Self::Restoration { .. } | Self::Recovery { .. } => false,
        }
    }

    /// The same, taking up what is in place.
    pub(super) fn taking_up(self) -> Self {
        match self {
            Self::Restart(manner) => Self::Restart(Manner { source: true, ..manner }),
            other => other,
        }
    }

    /// How, if it is a restart.
    pub(super) fn manner(self) -> Option<Manner> {
        if let Self::Restart(manner) = self { Some(manner) } else { None }
    }

    /// After this nothing is changed any more.
    pub(super) fn until(self) -> Option<Instant> {
        self.manner().map(|manner| manner.until)
    }

    /// From which generation it leads, if only from that.
    pub(super) fn of(self) -> Option<Generation> {
        if let Self::Restoration { of } | Self::Recovery { of } = self { Some(of) } else { None }
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
