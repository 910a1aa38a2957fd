//! What the plugin that is active had in memory when a host last ended in good order.
//!
//! It is beside what its predecessor handed over, which a version that is gone back to begins with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::OptionalExtension as _;

use super::activation::Carried;
use super::plugin_db::{PluginDb, StoreError};
use crate::model::Generation;

/// What the sealed state is sealed with: it is of one generation and no other.
pub(crate) fn place(generation: Generation, schema: u32) -> Vec<u8> {
    format!("in memory of generation {generation} at schema {schema}").into_bytes()
}

impl PluginDb {
    /// Keeps what the active generation has in memory, sealed for [`place`], or that it has nothing there: in the transaction
    /// that has begun for it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn keep_memory(&self, generation: Generation, kept: Option<&Carried>) -> Result<(), StoreError> {
        let Some(Carried { schema, sealed }) = kept else { return self.forget_memory() };
        let upsert = "INSERT INTO _mainstay_meta VALUES ('memory', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1";
        let value = format!("{} {schema} {}", generation.0, STANDARD.encode(sealed));
        self.connection().prepare_cached(upsert)?.execute([value])?;
        Ok(())
    }

    /// What was kept of that generation. None if it is of another, or nobody understands it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn memory(&self, generation: Generation) -> Result<Option<Carried>, StoreError> {
        let select = "SELECT value FROM _mainstay_meta WHERE key = 'memory'";
        let value: Option<String> = self.connection().query_row(select, [], |row| row.get(0)).optional()?;
        Ok(value.and_then(|value| parse(&value)).filter(|(of, _)| *of == generation).map(|(_, kept)| kept))
    }

    /// Forgets it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn forget_memory(&self) -> Result<(), StoreError> {
        self.connection().execute("DELETE FROM _mainstay_meta WHERE key = 'memory'", [])?;
        Ok(())
    }
}

fn parse(value: &str) -> Option<(Generation, Carried)> {
    let mut words = value.split(' ');
    let generation = Generation(words.next()?.parse().ok()?);
    let schema = words.next()?.parse().ok()?;
    let sealed = STANDARD.decode(words.next()?).ok()?;
    Some((generation, Carried { schema, sealed }))
}
