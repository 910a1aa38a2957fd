//! `mainstay token`: who may come over HTTP with a token that this host made.
//!
//! [`create`] makes one and shows it, [`list`] what is known of each, [`revoke`] takes one back. They write to the host's
//! own file, beside a host that runs or without one; a host looks there at every request.

mod create;
mod expiry;
mod list;
mod revoke;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::Value;

use crate::app::Options;
use crate::plugin::now;
use crate::store::{AuditEntry, AuditOutcome, AuditWho, DataDir, HostDb};

/// Make, list and take back tokens, with which clients may use this host over HTTP
///
/// A client sends its token with every request, as `Authorization: Bearer mst_...`. Works whether a host is running or not,
/// and what is changed holds at once.
#[derive(Debug, clap::Args)]
pub(super) struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Create),
    List(list::List),
    Revoke(revoke::Revoke),
}

impl Token {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        match self.command {
            Command::Create(create) => create.run(options),
            Command::List(list) => list.run(options),
            Command::Revoke(revoke) => revoke.run(options),
        }
    }
}

/// The host's own file, to be written to; made if no host ever was.
fn writable(dir: &DataDir) -> anyhow::Result<HostDb> {
    if let Some(db) = HostDb::open_beside(dir)? {
        return Ok(db);
    }
    let _lock =
        dir.lock().context("the host that runs has no place for tokens yet: it is starting, or of an older version")?;
    Ok(HostDb::open(dir)?)
}

/// A row of the audit log. Whoever may write the file owns the data, and may do this.
fn attempt(action: &str, arguments: Value, outcome: AuditOutcome) -> AuditEntry {
    let who = AuditWho {
        client: "mainstay".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        session: None,
        transport: "command line".to_owned(),
    };
    AuditEntry {
        id: uuid::Uuid::now_v7().simple().to_string(),
        at: now(),
        who,
        action: action.to_owned(),
        arguments,
        reason: None,
        outcome,
        error_code: None,
        swaps: Vec::new(),
    }
}
