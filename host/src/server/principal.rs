//! Who a request over HTTP is from.

use crate::config::Role;

/// Whoever came without a token.
pub(crate) const ANONYMOUS: &str = "anonymous";

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

impl Principal {
    /// Whoever came without a token.
    pub(crate) fn anonymous(role: Role) -> Self {
        Self { id: ANONYMOUS.to_owned(), role }
    }
}
