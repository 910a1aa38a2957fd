//! The catalogue: the tools that clients are shown, of all slots, in one order that lasts.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, Row, Transaction, TransactionBehavior};

use super::{HostDb, unreadable};
use crate::model::surface::ToolText;
use crate::model::{Digest, SlotName};
use crate::store::StoreError;

/// How many removed tools are remembered: far more than a client that is open still has in its prompt.
const TOMBSTONES: u32 = 1_000;

/// A tool that clients are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedTool {
    pub slot: SlotName,
    pub tool: ToolText,
    /// When its text last changed, in milliseconds since the epoch; 0 if it never did.
    pub edited_at: u64,
}

/// What is left of a tool that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    pub slot: SlotName,
    pub name: String,
    /// The swap that did it.
    pub removed_by: String,
    /// Milliseconds since the epoch.
    pub removed_at: u64,
}

impl HostDb {
    /// The published tools of all slots, in the order in which clients are shown them.
    ///
    /// # Errors
    /// If the database fails or a row cannot be read.
    pub fn tools(&self) -> Result<Vec<PublishedTool>, StoreError> {
        let select = "SELECT slot, name, text, coalesce(edited_at, 0) FROM tool
            WHERE removed_at IS NULL ORDER BY position";
        let connection = self.connection.lock();
        let mut select = connection.prepare_cached(select)?;
        let tools = select.query_map([], |row| {
            let slot = slot(row, 0)?;
            let tool = ToolText { name: row.get(1)?, text: row.get::<_, String>(2)?.into() };
            Ok(PublishedTool { slot, tool, edited_at: row.get(3)? })
        })?;
        Ok(tools.collect::<Result<_, _>>()?)
    }

    /// Makes `offered` the published tools of a slot, as those of the component `digest`: what stays keeps its
    /// position, what is not offered leaves a tombstone, what is new follows after all others, by name; the first list of a
    /// slot is in the order offered. What is equal
    /// is not touched. `now` is in milliseconds since the epoch.
    ///
    /// # Errors
    /// If the database fails or a name is offered twice; nothing is changed then.
    pub fn publish(
        &self,
        slot: &SlotName,
        digest: Digest,
        offered: &[ToolText],
        swap: &str,
        now: u64,
    ) -> Result<(), StoreError> {
        self.change(slot, swap, now, |change| {
            change.replace(offered)?;
            let record = "INSERT INTO surface VALUES (?1, ?2, ?3) ON CONFLICT (slot) DO UPDATE
                SET digest = ?2, published_at = ?3 WHERE digest <> ?2";
            change.transaction.execute(record, (slot.as_str(), digest.to_string(), now))?;
            Ok(())
        })
    }

    /// Of which component the published tools of a slot are.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub fn published_digest(&self, slot: &SlotName) -> Result<Option<Digest>, StoreError> {
        let connection = self.connection.lock();
        let mut select = connection.prepare_cached("SELECT digest FROM surface WHERE slot = ?1")?;
        let digest = select.query_row([slot.as_str()], |row| {
            let digest: String = row.get(0)?;
            digest.parse().map_err(|problem| unreadable(|| format!("the published surface of {slot}"), &problem))
        });
        Ok(digest.optional()?)
    }

    /// What is left of a tool, if there was one of that name and no slot has one again.
    ///
    /// # Errors
    /// If the database fails or the row cannot be read.
    pub fn tombstone(&self, name: &str) -> Result<Option<Tombstone>, StoreError> {
        let select = "SELECT slot, removed_by, removed_at FROM tool WHERE name = ?1 AND removed_at IS NOT NULL
            ORDER BY removed_at DESC, position DESC LIMIT 1";
        let connection = self.connection.lock();
        let mut select = connection.prepare_cached(select)?;
        let tombstone = select.query_row([name], |row| {
            let (slot, name) = (slot(row, 0)?, name.to_owned());
            Ok(Tombstone { slot, name, removed_by: row.get(1)?, removed_at: row.get(2)? })
        });
        Ok(tombstone.optional()?)
    }

    fn change(
        &self,
        slot: &SlotName,
        swap: &str,
        now: u64,
        change: impl FnOnce(&Change<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        change(&Change { transaction: &transaction, slot, swap, now })?;
        Ok(transaction.commit()?)
    }
}

/// A change to one slot's tools that is under way.
struct Change<'a> {
    transaction: &'a Transaction<'a>,
    slot: &'a SlotName,
    swap: &'a str,
    now: u64,
}

impl Change<'_> {
    fn replace(&self, offered: &[ToolText]) -> rusqlite::Result<()> {
        let mut published = self.published()?;
        // The first list of a slot is in the order in which its plugin shows it.
        let first = published.is_empty();
        let mut new = Vec::new();
        for tool in offered {
            match published.remove(&tool.name) {
                Some((position, text)) if *text != *tool.text => self.edit(position, tool)?,
                Some(_) => {}
                None => new.push(tool),
            }
        }
        for (position, _) in published.into_values() {
            let remove = "UPDATE tool SET removed_by = ?2, removed_at = ?3 WHERE position = ?1";
            self.transaction.prepare_cached(remove)?.execute((position, self.swap, self.now))?;
        }
        if !first {
            new.sort_by(|a, b| a.name.cmp(&b.name));
        }
        new.into_iter().try_for_each(|tool| self.append(tool))?;
        let forget = "DELETE FROM tool WHERE position IN (SELECT position FROM tool WHERE removed_at IS NOT NULL
            ORDER BY removed_at DESC, position DESC LIMIT -1 OFFSET ?1)";
        self.transaction.prepare_cached(forget)?.execute([TOMBSTONES])?;
        Ok(())
    }

    /// Position and text by name.
    fn published(&self) -> rusqlite::Result<HashMap<String, (i64, String)>> {
        let select = "SELECT name, position, text FROM tool WHERE slot = ?1 AND removed_at IS NULL";
        let mut select = self.transaction.prepare_cached(select)?;
        let tools = select.query_map([self.slot.as_str()], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        tools.collect()
    }

    fn edit(&self, position: i64, tool: &ToolText) -> rusqlite::Result<()> {
        let edit = "UPDATE tool SET text = ?2, edited_by = ?3, edited_at = ?4 WHERE position = ?1";
        self.transaction.prepare_cached(edit)?.execute((position, &*tool.text, self.swap, self.now))?;
        Ok(())
    }

    fn append(&self, tool: &ToolText) -> rusqlite::Result<()> {
        let exhume = "DELETE FROM tool WHERE name = ?1 AND removed_at IS NOT NULL";
        self.transaction.prepare_cached(exhume)?.execute([&tool.name])?;
        let append = "INSERT INTO tool (slot, name, text, published_at) VALUES (?1, ?2, ?3, ?4)";
        let row = (self.slot.as_str(), &tool.name, &*tool.text, self.now);
        self.transaction.prepare_cached(append)?.execute(row)?;
        Ok(())
    }
}

fn slot(row: &Row<'_>, column: usize) -> rusqlite::Result<SlotName> {
    let name: String = row.get(column)?;
    name.parse().map_err(|problem| unreadable(|| "a published tool".to_owned(), &problem))
}
