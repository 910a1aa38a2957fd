//! What a plugin says of itself.

use crate::bindings::exports::mainstay::plugin::lifecycle;

/// Name, version, and which data the plugin works with.
#[derive(Debug, Clone)]
pub struct Description {
    name: String,
    version: String,
    migrations: Vec<Migration>,
    /// The oldest and the newest schema, if not those that follow from the migrations.
    reads: Option<(u32, u32)>,
    continuations: Vec<u32>,
    instructions: Option<String>,
}

/// One step of the plugin's schema. The first leads to schema 1.
#[derive(Debug, Clone)]
pub struct Migration {
    /// For people: shows up in history and errors.
    pub name: &'static str,
    /// SQL statements separated by `;`.
    pub up: &'static str,
    /// The way back, if there is one that loses nothing.
    pub down: Option<&'static str>,
}

impl Description {
    /// `name` is the same in every version; `version` is semantic.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            migrations: Vec::new(),
            reads: None,
            continuations: vec![1],
            instructions: None,
        }
    }

    /// The whole history of the schema, oldest first. Never edit one that has been released.
    #[must_use]
    pub fn migrations(mut self, migrations: impl IntoIterator<Item = Migration>) -> Self {
        self.migrations = migrations.into_iter().collect();
        self
    }

    /// Which schemas of data and of exported state this version can take over: from `oldest`, 0 if its
    /// migrations can create everything, to `newest`, which may be one that only a later version writes.
    /// Unless said otherwise, all that its migrations lead through. The schema it writes must lie between
    /// them, or the host refuses the plugin.
    #[must_use]
    pub fn reads(mut self, oldest: u32, newest: u32) -> Self {
        self.reads = Some((oldest, newest));
        self
    }

    /// Which versions of its continuations [`crate::Tool::waiting`] handlers understand; 1 unless said
    /// otherwise. New ones are written in the last.
    #[must_use]
    pub fn continuations(mut self, versions: impl IntoIterator<Item = u32>) -> Self {
        self.continuations = versions.into_iter().collect();
        self
    }

    /// Told to clients when they connect.
    #[must_use]
    pub fn instructions(mut self, text: &str) -> Self {
        self.instructions = Some(text.to_owned());
        self
    }

    /// The version in which continuations are written.
    pub(crate) fn continuation_version(&self) -> u32 {
        self.continuations.last().copied().unwrap_or(1)
    }

    /// In the words of the contract.
    pub fn to_contract(&self) -> lifecycle::Description {
        let numbered = || (1..).zip(&self.migrations);
        let writes = u32::try_from(self.migrations.len()).unwrap_or(u32::MAX).max(1);
        let (reads_min, reads_max) = self.reads.unwrap_or((0, writes));
        let reversible = self.migrations.iter().rev().take_while(|m| m.down.is_some()).count();
        lifecycle::Description {
            name: self.name.clone(),
            version: self.version.clone(),
            schema: lifecycle::SchemaSupport {
                writes,
                reads_min,
                reads_max,
                downgrades_to: writes.saturating_sub(u32::try_from(reversible).unwrap_or(0)).max(1),
            },
            migrations: numbered()
                .map(|(schema, m)| lifecycle::Migration {
                    schema,
                    name: m.name.to_owned(),
                    up: m.up.to_owned(),
                    down: m.down.map(str::to_owned),
                })
                .collect(),
            continuations: self.continuations.clone(),
            instructions: self.instructions.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
