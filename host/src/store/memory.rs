//! What the plugin that is active had in memory when a host last ended in good order.
//!
//! It is beside what its predecessor handed over, which a version that is gone back to begins with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{Connection, OptionalExtension as _};

use super::activation::Carried;
use super::corruption::Corruption;
use super::plugin_db::{PluginDb, StoreError};
use crate::model::Generation;
use crate::seal::Sealer;

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
        let Some(kept) = kept else { return self.forget_memory() };
        write(self.connection(), generation, kept).map(drop)
    }

    /// What was kept of that generation. None if it is of another, or nobody understands it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn memory(&self, generation: Generation) -> Result<Option<Carried>, StoreError> {
        let value = read(self.connection())?;
        Ok(value.and_then(|value| parse(&value)).filter(|(of, _)| *of == generation).map(|(_, kept)| kept))
    }

    /// Forgets it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn forget_memory(&self) -> Result<(), StoreError> {
        forget(self.connection()).map(drop)
    }
}

/// Seals it with the newest key, in the transaction that has begun, and says how often it was not. What does not open is
/// forgotten: nobody would begin with it.
pub(super) fn reseal(connection: &Connection, sealer: &Sealer) -> Result<usize, StoreError> {
    let Some(value) = read(connection)? else { return Ok(0) };
    let renewed = parse(&value).map(|(generation, kept)| {
        let renewed = sealer.renew(&kept.sealed, &place(generation, kept.schema));
        renewed.map(|sealed| sealed.map(|sealed| (generation, Carried { sealed, ..kept })))
    });
    match renewed {
        Some(Ok(None)) => Ok(0),
        Some(Ok(Some((generation, kept)))) => write(connection, generation, &kept),
        Some(Err(problem)) if !problem.is_corruption() => {
            Err(Corruption { what: "what was in memory when the host ended".to_owned(), problem }.into())
        }
        Some(Err(_)) | None => {
            tracing::warn!("what was in memory when the host ended does not open, and is forgotten");
            forget(connection)
        }
    }
}

fn read(connection: &Connection) -> Result<Option<String>, StoreError> {
    let select = "SELECT value FROM _mainstay_meta WHERE key = 'memory'";
    Ok(connection.query_row(select, [], |row| row.get(0)).optional()?)
}

fn write(connection: &Connection, generation: Generation, kept: &Carried) -> Result<usize, StoreError> {
    let upsert = "INSERT INTO _mainstay_meta VALUES ('memory', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1";
    let value = format!("{} {} {}", generation.0, kept.schema, STANDARD.encode(&kept.sealed));
    Ok(connection.prepare_cached(upsert)?.execute([value])?)
}

fn forget(connection: &Connection) -> Result<usize, StoreError> {
    Ok(connection.execute("DELETE FROM _mainstay_meta WHERE key = 'memory'", [])?)
}

fn parse(value: &str) -> Option<(Generation, Carried)> {
    let mut words = value.split(' ');
    let generation = Generation(words.next()?.parse().ok()?);
    let schema = words.next()?.parse().ok()?;
    let sealed = STANDARD.decode(words.next()?).ok()?;
    Some((generation, Carried { schema, sealed }))
}
