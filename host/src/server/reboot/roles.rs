//! Who may do what.

use super::answer::{Code, Problem};
use super::desk::Asker;
use crate::config::Role;

impl Asker {
    /// # Errors
    /// If it may only look.
    pub(super) fn must_be_operator(&self) -> Result<(), Problem> {
        if self.role == Role::Operator {
            return Ok(());
        }
        let message = "Only an operator may do this, and nothing was done. A client on standard input and output is \
            one if reboot.stdio_role = \"operator\" is set; a client over HTTP is one with a token of that role (`mainstay \
            token create --role operator`), or with the scope mainstay:operate; the command line always may: see \
            `mainstay restart --help`";
        Err(Problem::new(Code::PermissionDenied, "preparation_failed", message))
    }
}
