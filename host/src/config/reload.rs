//! Settings that are read again while they apply.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::watch;

use super::error::ConfigError;
use super::key::Key;
use super::known::{self, Applies, PLUGINS};
use super::overlay::{self, Loaded, Valued, Values};
use super::sources::Sources;
use super::{Live, Settings};
use crate::model::chain;

/// A setting that has another value. Of what plugins are configured with, the values are not said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    pub key: String,
    pub from: String,
    pub to: String,
}

/// What reading again came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Applies.
    pub now: Vec<Changed>,
    /// Applies to what is started anew: at the next swap, rollback or restart of the plugin.
    pub at_plugin_restart: Vec<Changed>,
    /// Applies when the host is started again; until then, the old values do.
    pub at_host_restart: Vec<Changed>,
}

impl Applied {
    /// Whether everything is as it was.
    pub fn is_empty(&self) -> bool {
        self.now.is_empty() && self.at_plugin_restart.is_empty() && self.at_host_restart.is_empty()
    }
}

/// Reads the settings again: clones of this are the same.
#[derive(Debug, Clone)]
pub struct Reloader(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sources: Sources,
    live: Live,
    /// The values that apply. Held while others are read, so that one reading follows the other.
    running: Mutex<Values>,
    /// Why the last reading changed nothing.
    problem: Mutex<Option<String>>,
    latest: watch::Sender<Arc<Applied>>,
}

impl Reloader {
    /// `loaded` is what `sources` said a moment ago.
    pub fn new(sources: Sources, loaded: Loaded) -> Self {
        let Loaded { settings, values } = loaded;
        let (live, running) = (Live::new(settings), Mutex::new(values));
        let (problem, latest) = (Mutex::default(), watch::Sender::default());
        Self(Arc::new(Inner { sources, live, running, problem, latest }))
    }

    /// The settings that apply.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// Where they come from.
    pub fn sources(&self) -> &Sources {
        &self.0.sources
    }

    /// Reads the settings again, and has apply what can. Blocks for as long as a small file is read.
    ///
    /// # Errors
    /// If they are invalid. Everything stays as it was, and [`Self::problem`] says why until they are valid.
    pub fn reload(&self) -> Result<Applied, ConfigError> {
        let mut running = self.0.running.lock();
        let read = self.0.sources.load().and_then(|loaded| Ok(take(&running, &loaded.values)?));
        *self.0.problem.lock() = read.as_ref().err().map(|error: &ConfigError| chain(error));
        let (values, settings, applied) = read?;
        *running = values;
        if !applied.is_empty() {
            self.0.live.set(settings);
            self.0.latest.send_replace(Arc::new(applied.clone()));
        }
        Ok(applied)
    }

    /// Why the settings could not be read the last time somebody tried.
    pub fn problem(&self) -> Option<String> {
        self.0.problem.lock().clone()
    }

    /// Changes when a reading did.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Applied>> {
        self.0.latest.subscribe()
    }
}

/// What applies from now on, of what was `read` where something is `running`.
fn take(running: &Values, read: &Values) -> Result<(Values, Settings, Applied), toml::de::Error> {
    let mut applied = Applied::default();
    let mut values = read.clone();
    let mut keys: Vec<&Key> = running.keys().chain(read.keys()).collect();
    keys.sort_by_key(|key| (known::rank(key), *key));
    keys.dedup();
    for key in keys {
        let (from, to) = (running.get(key), read.get(key));
        if from.map(|valued| &valued.value) == to.map(|valued| &valued.value) {
            continue;
        }
        let changed = Changed { key: key.to_string(), from: said(key, from), to: said(key, to) };
        match when(key, to) {
            Applies::Now => applied.now.push(changed),
            Applies::WithPlugin => applied.at_plugin_restart.push(changed),
            Applies::WithHost => {
                applied.at_host_restart.push(changed);
                match from {
                    Some(valued) => drop(values.insert(key.clone(), valued.clone())),
                    None => drop(values.remove(key)),
                }
            }
        }
    }
    let settings = overlay::settings(&values)?;
    Ok((values, settings, applied))
}

/// A plugin is never withdrawn while somebody may call it.
fn when(key: &Key, to: Option<&Valued>) -> Applies {
    match (key.parts().as_slice(), to) {
        ([PLUGINS, _, "file"], None) => Applies::WithHost,
        _ => known::applies(key),
    }
}

fn said(key: &Key, valued: Option<&Valued>) -> String {
    match valued {
        None => "nothing".to_owned(),
        Some(_) if key.is_private() => "something".to_owned(),
        Some(valued) => valued.value.to_string(),
    }
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("applies now", &self.now),
            ("applies when the plugin begins anew", &self.at_plugin_restart),
            ("needs a restart of the host", &self.at_host_restart),
        ];
        let said = parts.iter().filter(|(_, changed)| !changed.is_empty()).map(|(when, changed)| {
            let changed: Vec<_> = changed.iter().map(ToString::to_string).collect();
            format!("{when}: {}", changed.join(", "))
        });
        let said: Vec<_> = said.collect();
        f.write_str(if said.is_empty() { "nothing changed".to_owned() } else { said.join("; ") }.as_str())
    }
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {} (was {})", self.key, self.to, self.from)
    }
}

#[cfg(test)]
mod tests;
