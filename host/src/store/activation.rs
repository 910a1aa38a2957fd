//! Which version of a plugin a file is active for: the record that makes code, schema and state change
//! together.

use rusqlite::{Connection, OptionalExtension as _, Row};

use super::corruption::Corruption;
use super::plugin_db::{PluginDb, StoreError};
use crate::model::{Digest, Generation};
use crate::seal::{SealError, Sealer};

/// Generations whose records are kept, for rollback and for people.
const KEPT: u64 = 100;

/// A version that became active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    pub generation: Generation,
    pub plugin: String,
    pub version: String,
    pub digest: Digest,
    /// Of the data, once the version's migrations had run.
    pub schema: u32,
    /// Milliseconds since the epoch.
    pub activated_at: u64,
    /// The swap that did it.
    pub swap: String,
    /// What its predecessor had in memory.
    pub carried: Option<Carried>,
}

/// Exported state, sealed by whoever keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    pub schema: u32,
    pub sealed: Vec<u8>,
}

impl Carried {
    /// What it is sealed with: it is of one generation and no other.
    pub fn place(generation: Generation, schema: u32) -> Vec<u8> {
        format!("carried into generation {generation} at schema {schema}").into_bytes()
    }
}

/// What was found at a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boot {
    /// Starts with this version since one that went well, this one included.
    pub starts: u32,
    /// Calls that waited when the host last ended.
    pub interrupted: usize,
}

const COLUMNS: &str = "generation, plugin, version, digest, schema, activated_at, swap, carried_schema, carried";

/// Seals what was carried over with the newest key, in the transaction that has begun, and says how often it was not.
pub(super) fn reseal(connection: &Connection, sealer: &Sealer) -> Result<usize, StoreError> {
    let select = "SELECT generation, carried_schema, carried FROM _mainstay_generations WHERE carried IS NOT NULL";
    let mut select = connection.prepare(select)?;
    let mut update = connection.prepare("UPDATE _mainstay_generations SET carried = ?2 WHERE generation = ?1")?;
    let mut forget = connection.prepare("UPDATE _mainstay_generations SET carried = NULL WHERE generation = ?1")?;
    let active = connection.query_row("SELECT coalesce(max(generation), 0) FROM _mainstay_slot", [], |row| row.get(0));
    let active = Generation(active?);
    let rows = select.query_map([], |row| Ok((row.get(0).map(Generation)?, row.get(1)?, row.get(2)?)))?;
    let mut resealed = 0;
    for (generation, schema, sealed) in rows.collect::<Result<Vec<(Generation, u32, Vec<u8>)>, _>>()? {
        let renewed = sealer.renew(&sealed, &Carried::place(generation, schema));
        if renewed.as_ref().is_err_and(SealError::is_corruption) && generation != active {
            // Nobody will ever ask for it.
            forget.execute([generation.0])?;
            continue;
        }
        let what = || format!("what was carried into generation {generation}");
        let Some(renewed) = renewed.map_err(|problem| Corruption { what: what(), problem })? else { continue };
        resealed += update.execute((generation.0, renewed))?;
    }
    Ok(resealed)
}

impl PluginDb {
    /// The activation on record, if there ever was one.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn activation(&self) -> Result<Option<Activation>, StoreError> {
        let select = format!(
            "SELECT {COLUMNS} FROM _mainstay_generations
             WHERE generation = (SELECT generation FROM _mainstay_slot WHERE id = 1)"
        );
        Ok(self.connection().query_row(&select, [], read).optional()?)
    }

    /// The latest activations, newest first.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn activations(&self) -> Result<Vec<Activation>, StoreError> {
        let select = format!("SELECT {COLUMNS} FROM _mainstay_generations ORDER BY generation DESC");
        let mut select = self.connection().prepare(&select)?;
        let rows = select.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Begins the transaction in which another version becomes active after `active`.
    ///
    /// # Errors
    /// If something else is active.
    pub fn begin_activation(&self, active: Option<Generation>) -> Result<(), StoreError> {
        if let Some(active) = active {
            return self.begin(active);
        }
        self.rollback();
        self.host("BEGIN IMMEDIATE")?;
        match self.activation()? {
            None => Ok(()),
            Some(found) => {
                self.rollback();
                Err(StoreError::Fenced { ours: Generation(0), active: found.generation })
            }
        }
    }

    /// Ends the transaction in which `generation` becomes active.
    ///
    /// # Errors
    /// If it does not; then the generation before is active still.
    pub fn commit_activation(&self, generation: Generation) -> Result<(), StoreError> {
        let Err(error) = self.commit() else { return Ok(()) };
        self.rollback();
        // An error says that something failed, not what is on disk.
        match self.activation() {
            Ok(Some(active)) if active.generation == generation => Ok(()),
            _ => Err(error),
        }
    }

    /// Records an activation, in the transaction that has begun: whoever is of another generation may not
    /// write from the commit on.
    ///
    /// # Errors
    /// If it does not change exactly one row; the caller rolls back.
    pub fn activate(&self, new: &Activation) -> Result<(), StoreError> {
        let insert =
            format!("INSERT INTO _mainstay_generations ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
        let digest = new.digest.to_string();
        let (carried_schema, carried) =
            (new.carried.as_ref().map(|c| c.schema), new.carried.as_ref().map(|c| &c.sealed));
        self.connection().prepare_cached(&insert)?.execute((
            new.generation.0,
            &new.plugin,
            &new.version,
            &digest,
            new.schema,
            new.activated_at,
            &new.swap,
            carried_schema,
            carried,
        ))?;
        let record = "INSERT INTO _mainstay_slot (id, generation, plugin, version, digest, schema, activated_at, boots)
            VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, 0)
            ON CONFLICT (id) DO UPDATE SET generation = ?1, plugin = ?2, version = ?3, digest = ?4, schema = ?5,
                activated_at = ?6, boots = 0 WHERE generation = ?1 - 1";
        let changed = self.connection().prepare_cached(record)?.execute((
            new.generation.0,
            &new.plugin,
            &new.version,
            &digest,
            new.schema,
            new.activated_at,
        ))?;
        if changed != 1 {
            let active = self.activation()?.map_or(Generation(0), |active| active.generation);
            return Err(StoreError::Fenced { ours: new.generation, active });
        }
        let oldest = new.generation.0.saturating_sub(KEPT);
        let forget = "DELETE FROM _mainstay_generations WHERE generation <= ?1";
        self.connection().prepare_cached(forget)?.execute([oldest])?;
        Ok(())
    }

    /// Counts a start of the host with the active version, if it `counts`, and removes what waited for a process that is gone.
    /// Durable when this returns.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn boot(&self, holder: &str, now: u64, counts: bool) -> Result<Boot, StoreError> {
        self.rollback();
        self.host("BEGIN IMMEDIATE")?;
        let count = "UPDATE _mainstay_slot SET boots = boots + ?1 WHERE id = 1 RETURNING boots";
        let counted = self.connection().query_row(count, [counts], |row| row.get(0));
        let starts = counted.optional()?.unwrap_or(0);
        let interrupted = self.remove_dead_waits(holder, now)?;
        self.commit()?;
        Ok(Boot { starts, interrupted })
    }

    /// The digest of the file, or of the built-in component, that was last taken up for this slot. While it is
    /// the same, what was chosen since by other means stays.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn source(&self) -> Result<Option<Digest>, StoreError> {
        let select = "SELECT value FROM _mainstay_meta WHERE key = 'source'";
        let text: Option<String> = self.connection().query_row(select, [], |row| row.get(0)).optional()?;
        Ok(text.and_then(|text| text.parse().ok()))
    }

    /// Remembers it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn set_source(&self, digest: Digest) -> Result<(), StoreError> {
        let upsert = "INSERT INTO _mainstay_meta VALUES ('source', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1";
        self.connection().prepare_cached(upsert)?.execute([digest.to_string()])?;
        Ok(())
    }

    /// Counts an attempt to make `component` the active one, durably, and says the how manieth in a row it is.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn count_attempt(&self, component: Digest) -> Result<u32, StoreError> {
        let select = "SELECT value FROM _mainstay_meta WHERE key = 'attempts'";
        let known: Option<String> = self.connection().query_row(select, [], |row| row.get(0)).optional()?;
        let name = component.to_string();
        let before = known.as_deref().and_then(|known| known.split_once(' ')).filter(|(digest, _)| *digest == name);
        let count = before.and_then(|(_, count)| count.parse::<u32>().ok()).unwrap_or(0).saturating_add(1);
        let upsert = "INSERT INTO _mainstay_meta VALUES ('attempts', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1";
        self.connection().execute(upsert, [format!("{name} {count}")])?;
        Ok(count)
    }

    /// The attempt did not end the host.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn forget_attempts(&self) -> Result<(), StoreError> {
        self.connection().execute("DELETE FROM _mainstay_meta WHERE key = 'attempts'", [])?;
        Ok(())
    }

    /// The active version does well: in the transaction that has begun, or in one of its own.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn forget_boots(&self) -> Result<(), StoreError> {
        self.host("UPDATE _mainstay_slot SET boots = 0 WHERE id = 1 AND boots <> 0")
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Activation> {
    let digest: String = row.get(3)?;
    let digest = digest.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, Box::new(error) as Box<_>)
    })?;
    let carried_schema: Option<u32> = row.get(7)?;
    let carried: Option<Vec<u8>> = row.get(8)?;
    Ok(Activation {
        generation: Generation(row.get(0)?),
        plugin: row.get(1)?,
        version: row.get(2)?,
        digest,
        schema: row.get(4)?,
        activated_at: row.get(5)?,
        swap: row.get(6)?,
        carried: carried_schema.zip(carried).map(|(schema, sealed)| Carried { schema, sealed }),
    })
}
