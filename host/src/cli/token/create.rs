//! A new token.

use anyhow::bail;
use serde_json::json;
use zeroize::Zeroizing;

use super::expiry::Expiry;
use super::{attempt, writable};
use crate::app::Options;
use crate::cli::table::print;
use crate::cli::time::utc;
use crate::config::Role;
use crate::model::AccessToken;
use crate::plugin::now;
use crate::store::{AuditOutcome, DataDir, TokenRow};

/// Make a token and print it, this once
///
/// Only a hash of it is kept: if it is lost, make another and revoke this one. The token alone goes to standard output, so
/// that a script can hand it on without anybody seeing it.
#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// What it is for, such as "editor on the laptop"
    #[arg(long, value_parser = name)]
    name: String,
    /// What may be done with it: operator everything, user no restarts and nothing else that others would notice
    #[arg(long, value_name = "operator|user", value_parser = role)]
    role: Role,
    /// How long it is good: some days (30d) or hours (12h), to the end of a day in UTC (2026-12-31), or never for no end
    #[arg(long, value_name = "30d|2026-12-31|never", default_value = "90d")]
    expires: Expiry,
    /// Print JSON, with what is known of the token
    #[arg(long)]
    json: bool,
}

impl Create {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let now = now();
        let expires_at = self.expires.after(now)?;
        let token = AccessToken::new(rand::random(), &Zeroizing::new(rand::random()));
        let row = TokenRow {
            id: token.id().to_owned(),
            name: self.name,
            role: self.role,
            created_at: now,
            expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        let dir = DataDir::open(options.data_dir.clone())?;
        let said = json!({ "id": row.id, "name": row.name, "role": row.role, "expires_at": row.expires_at });
        if !writable(&dir)?.create_token(&row, &token.hash(), &attempt("token_create", said, AuditOutcome::Done))? {
            bail!(
                "there are too many tokens: `mainstay token list` says which nobody uses, and `mainstay token revoke` takes one back"
            );
        }
        if self.json {
            let mut shown = json!(row);
            shown["token"] = json!(token.reveal());
            return print(&serde_json::to_string_pretty(&shown)?);
        }
        print(&token.reveal())?;
        tell(&row);
        Ok(())
    }
}

#[expect(clippy::print_stderr, reason = "the command line's own words")]
fn tell(row: &TokenRow) {
    let until = row.expires_at.map_or("for ever".to_owned(), |at| format!("until {}", utc(at)));
    eprintln!("token {} ({:?}, {}) is good {until}. It is not shown again", row.id, row.name, row.role.as_str());
}

fn name(text: &str) -> Result<String, String> {
    /// As much as fits into a row of a list.
    const LETTERS: usize = 100;
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LETTERS || text.chars().any(char::is_control) {
        return Err(format!("say in 1 to {LETTERS} letters what it is for"));
    }
    Ok(text.to_owned())
}

fn role(text: &str) -> Result<Role, String> {
    Role::named(text).ok_or_else(|| "a role is operator or user".to_owned())
}
