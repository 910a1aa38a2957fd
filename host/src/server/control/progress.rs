//! How far a tool is, on its way to whoever asked.

use tokio::sync::mpsc;

use super::protocol::Event;
use crate::plugin::contract::log;
use crate::swap::{Reporter, Silent};

/// Steps that may wait to be sent. They are only of use while fresh: one that reads slowly misses some.
const STEPS: usize = 64;

/// The tool's end.
pub(super) struct Progress(mpsc::Sender<Event>);

/// That end, and the one that is sent from.
pub(super) fn channel() -> (Progress, mpsc::Receiver<Event>) {
    let (sender, receiver) = mpsc::channel(STEPS);
    (Progress(sender), receiver)
}

impl Reporter for Progress {
    fn progress(&self, progress: f64, _: Option<f64>, message: Option<String>) {
        drop(self.0.try_send(Event::Progress { progress, message }));
    }

    fn log(&self, level: log::Level, message: String) {
        Silent.log(level, message);
    }
}
