//! Tokens that this host made.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::Ledger;
use super::refusal::{Invalid, Refusal};
use crate::model::{AccessToken, chain};
use crate::server::principal::Principal;
use crate::store::{DataDir, StoreError, TokenReader, TokenRow};

/// To what use is noted, in milliseconds. To tell a token that nobody uses from one that somebody does, this is enough, and
/// a client that calls all the time makes the host write only so often.
const NOTED: u64 = 10 * 60 * 1_000;

/// Looks tokens up in the host's own file, each time: one that was revoked a moment ago lets nobody in.
pub(super) struct Tokens {
    dir: DataDir,
    /// Opened when it is first needed: the file may not be there before this process is the host.
    reader: Mutex<Option<Arc<TokenReader>>>,
    /// Up to when use of each was noted. Only tokens that are good are in it, so it is no longer than their list.
    noted: Mutex<HashMap<String, u64>>,
    ledger: Arc<dyn Ledger>,
}

impl Tokens {
    pub(super) fn new(dir: DataDir, ledger: Arc<dyn Ledger>) -> Self {
        Self { dir, reader: Mutex::default(), noted: Mutex::default(), ledger }
    }

    /// Whose it is.
    ///
    /// # Errors
    /// If it is not good, or nobody can say.
    pub(super) fn check(&self, text: &str, now: u64) -> Result<Principal, Refusal> {
        let token = AccessToken::parse(text).map_err(Invalid::Shape)?;
        let known = self.find(token.id()).map_err(|error| {
            tracing::warn!(error = chain(&error), "tokens cannot be looked up");
            Refusal::Unavailable("the host's own file cannot be read")
        })?;
        // Which of the two is wrong is not told.
        let Some((row, _)) = known.filter(|(_, hash)| *hash == token.hash()) else {
            return Err(Invalid::Unknown.into());
        };
        if row.revoked_at.is_some() {
            return Err(Invalid::Revoked.into());
        }
        if !row.is_good(now) {
            return Err(Invalid::Expired.into());
        }
        self.note(&row, now);
        Ok(Principal { id: format!("token:{}", row.id), role: row.role })
    }

    fn find(&self, id: &str) -> Result<Option<(TokenRow, crate::model::TokenHash)>, StoreError> {
        let reader = {
            let mut reader = self.reader.lock();
            if reader.is_none() {
                *reader = TokenReader::open(&self.dir)?.map(Arc::new);
            }
            reader.clone()
        };
        reader.map_or(Ok(None), |reader| reader.find(id))
    }

    /// That it was used, if that is news.
    fn note(&self, row: &TokenRow, now: u64) {
        let at = now - now % NOTED;
        {
            let mut noted = self.noted.lock();
            let before = noted.entry(row.id.clone()).or_insert(row.last_used_at.unwrap_or_default());
            if *before >= at {
                return;
            }
            *before = at;
        }
        let id = row.id.clone();
        self.ledger.note(Box::new(move |db| db.note_token(&id, at)));
    }
}
