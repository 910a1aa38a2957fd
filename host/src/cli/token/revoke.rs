//! A token that is to let nobody in any more.

use serde_json::json;

use super::{attempt, writable};
use crate::app::Options;
use crate::cli::exit_code::WrongUsage;
use crate::cli::table::print;
use crate::cli::time::utc;
use crate::model::{AccessToken, TOKEN_PREFIX};
use crate::plugin::now;
use crate::store::{AuditOutcome, DataDir, Revoked};

/// Take a token back: it lets nobody in any more, at once
#[derive(Debug, clap::Args)]
pub(super) struct Revoke {
    /// Which, by its id: the first letters after mst_; `mainstay token list` names them
    id: String,
}

impl Revoke {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let id = id(&self.id);
        let dir = DataDir::open(options.data_dir.clone())?;
        let attempt = |revoked: &Revoked| {
            let unknown = *revoked == Revoked::Unknown;
            let outcome = if unknown { AuditOutcome::Failed } else { AuditOutcome::Done };
            attempt("token_revoke", json!({ "id": id }), outcome)
        };
        match writable(&dir)?.revoke_token(&id, now(), attempt)? {
            Revoked::Now(row) => print(&format!("token {id} ({:?}) was revoked", row.name)),
            Revoked::Before(row) => {
                let when = row.revoked_at.map(utc).unwrap_or_default();
                print(&format!("token {id} ({:?}) had been revoked already, {when}", row.name))
            }
            Revoked::Unknown => {
                Err(WrongUsage(format!("there is no token {id}: `mainstay token list` names those there are")).into())
            }
        }
    }
}

/// Somebody who has the token itself may give that; no more than its id is repeated anywhere.
fn id(given: &str) -> String {
    /// Of what is no id.
    const LETTERS: usize = 16;
    let given = given.trim();
    match AccessToken::parse(given) {
        Ok(token) => token.id().to_owned(),
        Err(_) => {
            let rest = given.strip_prefix(TOKEN_PREFIX).unwrap_or(given);
            rest.split('_').next().unwrap_or_default().chars().take(LETTERS).collect()
        }
    }
}
