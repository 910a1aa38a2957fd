//! Who a request over HTTP is from.

use crate::config::Role;

/// Whoever came without a token.
pub(crate) const ANONYMOUS: &str = "anonymous";

/// What begins the id of whoever has a token of the host's own.
const OWN_TOKEN: &str = "token:";

/// Whoever a request is on behalf of. The layer that checks tokens puts one into the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    /// `anonymous`, `token:<id>` or `oauth:<subject>`. Two principals never share one.
    pub(crate) id: String,
    pub(crate) role: Role,
}

/// Which of the protocol's sessions a message belongs to. The session manager puts one into a message's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionTag {
    /// The same after a restart of the host, and of no use to anybody who wants to take the session over.
    pub(crate) id: String,
}

/// What the client of a session has said for good, in the words of the protocol. The session manager puts it into the
/// extensions of the `initialize` with which a session is taken up again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// From which level on it wants log lines.
    pub(crate) level: Option<String>,
    /// The resources that it wants to hear of.
    pub(crate) subscriptions: Vec<String>,
}

impl Principal {
    /// Whom a session belongs to: with another role, it is somebody else's, who initializes anew. A token of the host's own
    /// has one role for ever. As it is stored with sessions.
    pub(crate) fn owner(&self) -> String {
        if self.id.starts_with(OWN_TOKEN) { self.id.clone() } else { format!("{} {}", self.role.as_str(), self.id) }
    }

    /// Whoever came without a token.
    pub(crate) fn anonymous(role: Role) -> Self {
        Self { id: ANONYMOUS.to_owned(), role }
    }
}
