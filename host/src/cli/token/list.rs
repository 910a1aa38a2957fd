//! What is known of the tokens.

use serde_json::{Value, json};

use crate::app::Options;
use crate::cli::table::{list, print};
use crate::cli::time::utc;
use crate::plugin::now;
use crate::store::{DataDir, HostDb, TokenRow};

/// List the tokens, newest first, those that are over too
///
/// No token is shown, only what it is called by. Last use is noted to ten minutes.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl List {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let tokens = HostDb::open_reader(&dir)?.map_or(Ok(Vec::new()), |db| db.tokens())?;
        let now = now();
        if self.json {
            let tokens: Vec<Value> = tokens.iter().map(|token| said(token, now)).collect();
            return print(&serde_json::to_string_pretty(&tokens)?);
        }
        if tokens.is_empty() {
            let how = "`mainstay token create --name NAME --role user` makes one";
            return print(&format!("there are no tokens in {} yet: {how}", dir.root().display()));
        }
        let mut rows = list(&["id", "name", "role", "created", "expires", "last used", "is"]);
        for token in &tokens {
            rows.add_row(row(token, now));
        }
        print(&rows)
    }
}

fn said(token: &TokenRow, now: u64) -> Value {
    let mut said = json!(token);
    said["state"] = json!(state(token, now));
    said
}

fn row(token: &TokenRow, now: u64) -> [String; 7] {
    [
        token.id.clone(),
        token.name.clone(),
        token.role.as_str().to_owned(),
        utc(token.created_at),
        token.expires_at.map_or("never".to_owned(), utc),
        token.last_used_at.map_or("never".to_owned(), utc),
        state(token, now).to_owned(),
    ]
}

fn state(token: &TokenRow, now: u64) -> &'static str {
    match token {
        TokenRow { revoked_at: Some(_), .. } => "revoked",
        token if token.is_good(now) => "good",
        _ => "expired",
    }
}
