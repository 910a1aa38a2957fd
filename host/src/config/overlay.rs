//! What layers of settings come to, one put on the other.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize as _, Serialize};
use toml::{Table, Value};

use super::error::{ConfigError, Problem};
use super::key::{Key, Place};
use super::{Settings, check, known, layer};

/// A value, and where it was given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Valued {
    pub value: Value,
    pub from: Place,
}

/// All values that were given or are defaults.
pub(super) type Values = BTreeMap<Key, Valued>;

/// Settings, and where each came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub settings: Settings,
    pub(super) values: Values,
}

/// Layers that are put on each other.
#[derive(Default)]
pub(super) struct Overlay {
    values: Values,
    problems: Vec<Problem>,
    /// Where paths of components begin.
    pub(super) base: PathBuf,
}

impl Overlay {
    /// Puts a text on what there is.
    ///
    /// # Errors
    /// If it is no TOML. What is wrong with its values is kept until the end.
    pub(super) fn text(&mut self, text: &str, place: impl Fn(usize) -> Place) -> Result<(), layer::Syntax> {
        for given in layer::parse(text)? {
            let lines: Vec<Place> = given.entries.iter().map(|line| place(*line)).collect();
            self.put(place(given.line), &lines, given.key, given.value);
        }
        Ok(())
    }

    /// What was said somewhere else than in a text, or why it says nothing.
    pub(super) fn said(&mut self, at: &Place, given: &Result<(Key, Value), String>) {
        match given {
            Ok((key, value)) => self.put(at.clone(), &[], key.clone(), value.clone()),
            Err(what) => self.problems.push(Problem { at: at.clone(), what: what.clone() }),
        }
    }

    /// One value, unless something is wrong with it. `entries` are the places of what is in it.
    fn put(&mut self, from: Place, entries: &[Place], key: Key, value: Value) {
        let place = |index: usize| entries.get(index).cloned().unwrap_or_else(|| from.clone());
        let before = self.problems.len();
        let wrong = check::check(&key, &value).err().map(|what| Problem { at: from.clone(), what });
        self.problems.extend(wrong);
        if key.parts() == [known::SCHEDULE] {
            let wrong = check::schedule(&value).into_iter();
            self.problems.extend(wrong.map(|(index, what)| Problem { at: place(index), what }));
        }
        if self.problems.len() > before {
            return;
        }
        let value = layer::rebase(&key, value, &self.base);
        self.values.retain(|known, _| !known.overlaps(&key));
        self.values.insert(key, Valued { value, from });
    }

    /// # Errors
    /// With everything that is wrong.
    pub(super) fn settle(mut self) -> Result<Loaded, ConfigError> {
        if self.problems.is_empty() {
            self.problems = check::together(&self.values);
        }
        if self.problems.is_empty() {
            return Ok(Loaded { settings: settings(&self.values)?, values: self.values });
        }
        Err(ConfigError::Invalid(self.problems))
    }
}

impl Loaded {
    /// Every key with its value and where that came from, in the order of `default.toml`.
    pub fn values(&self) -> Vec<(&Key, &Valued)> {
        let mut values: Vec<_> = self.values.iter().collect();
        values.sort_by_key(|(key, _)| (known::rank(key), *key));
        values
    }
}

/// The settings that have these values.
pub(super) fn settings(values: &Values) -> Result<Settings, toml::de::Error> {
    let mut table = Table::new();
    for (key, valued) in values {
        put(&mut table, &key.parts(), valued.value.clone());
    }
    Settings::deserialize(table)
}

fn put(table: &mut Table, parts: &[&str], value: Value) {
    match parts {
        [] => {}
        [last] => drop(table.insert((*last).to_owned(), value)),
        [first, rest @ ..] => {
            let inner = table.entry(*first).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
