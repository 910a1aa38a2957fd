//! What a service manager such as systemd hands over, and what it wants to hear. Without one, all of this is nothing.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::Context as _;
use listenfd::ListenFd;
use sd_notify::NotifyState;

use crate::model::chain;

/// The sockets that this process was started with (`LISTEN_FDS`), in the order of the unit's. They listen already: whoever
/// connected before the host was there has waited. Once: they are handed over to whoever asks first.
///
/// Changes the environment, so nothing else may run yet.
///
/// # Errors
/// If one is no socket of TCP's.
pub fn inherited_listeners() -> anyhow::Result<Vec<TcpListener>> {
    let mut handed = ListenFd::from_env();
    let indices = 0..handed.len();
    let taken = indices.map(|index| {
        let listener = handed.take_tcp_listener(index);
        let listener = listener.with_context(|| format!("socket {index} of LISTEN_FDS cannot be served"))?;
        listener.with_context(|| format!("socket {index} of LISTEN_FDS is not there"))
    });
    taken.collect()
}

/// The host serves.
pub fn notify_ready() {
    notify(&[NotifyState::Ready, NotifyState::Status("serving")]);
}

/// The host ends: what runs is finished.
pub fn notify_stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("draining")]);
}

/// The host is about to begin anew in the same process, and says when it serves again.
pub fn notify_reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now, NotifyState::Status("restarting in place")]),
        Err(error) => tracing::debug!(error = chain(&error), "the service manager was not told of a restart"),
    }
}

/// Says again and again that the runtime is alive, if the service manager wants to hear it. Does not end then.
pub async fn watchdog() {
    let Some(patience) = sd_notify::watchdog_enabled() else { return };
    // Twice in the time after which it gives up, as systemd recommends.
    let mut times = tokio::time::interval((patience / 2).max(Duration::from_millis(1)));
    loop {
        times.tick().await;
        notify(&[NotifyState::Watchdog]);
    }
}

fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(error = chain(&error), "the service manager could not be told");
    }
}
