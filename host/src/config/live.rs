//! The settings as they are now.

use std::sync::Arc;

use tokio::sync::watch;

use super::Settings;

/// The settings as they are now: clones of this see the same.
#[derive(Debug, Clone)]
pub struct Live(watch::Sender<Arc<Settings>>);

impl Live {
    pub fn new(settings: Settings) -> Self {
        Self(watch::Sender::new(Arc::new(settings)))
    }

    pub fn get(&self) -> Arc<Settings> {
        Arc::clone(&self.0.borrow())
    }

    /// From now on these apply, wherever settings are looked at anew.
    pub fn set(&self, settings: Settings) {
        self.0.send_replace(Arc::new(settings));
    }

    /// Changes when they do.
    pub fn subscribe(&self) -> watch::Receiver<Arc<Settings>> {
        self.0.subscribe()
    }
}
