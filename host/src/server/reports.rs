//! Progress and log lines of a running call, on their way to its client.

#![expect(
    deprecated,
    reason = "clients of today use sampling, roots and logging, which the protocol is to drop in 2027"
)]

use std::sync::Mutex;
use std::sync::PoisonError;

use rmcp::RoleServer;
use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam, ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext};
use tokio::sync::mpsc;

use super::places::{CallState, Mark};
use super::session::Session;
use crate::plugin::contract::log;
use crate::swap::Reporter;

/// Reports of one call that may wait to be sent. They are only of use while fresh: a plugin that reports
/// faster than its client reads loses some.
const REPORTS: usize = 64;

enum Report {
    Progress { progress: f64, total: Option<f64>, message: Option<String> },
    Log { level: log::Level, message: String },
}

/// The slot's end.
pub(crate) struct Reports {
    queue: mpsc::Sender<Report>,
    wants_progress: bool,
    session: Session,
    /// From which level on the request itself wants log lines.
    request_level: Option<log::Level>,
    last: Mutex<f64>,
    /// Of a call that has a place.
    mark: Option<Mark>,
}

/// The client's end.
pub(crate) struct ReportPump {
    queue: mpsc::Receiver<Report>,
    peer: Peer<RoleServer>,
    token: Option<ProgressToken>,
}

pub(crate) fn channel(session: &Session, context: &RequestContext<RoleServer>) -> (Reports, ReportPump) {
    let (queue, reports) = mpsc::channel(REPORTS);
    let token = context.meta.get_progress_token();
    let sender = Reports {
        queue,
        wants_progress: token.is_some(),
        session: session.clone(),
        request_level: context.meta.log_level().and_then(level_from_mcp),
        last: Mutex::new(f64::NEG_INFINITY),
        mark: None,
    };
    (sender, ReportPump { queue: reports, peer: context.peer.clone(), token })
}

impl Reports {
    /// Also says when the turn of the call in that place has come.
    pub(crate) fn marking(mut self, mark: Mark) -> Self {
        self.mark = Some(mark);
        self
    }
}

impl Reporter for Reports {
    fn begins(&self) {
        if let Some(mark) = &self.mark {
            mark.set(CallState::Running);
        }
    }

    fn progress(&self, progress: f64, total: Option<f64>, message: Option<String>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Also refuses NaN, which is greater than nothing.
        if !self.wants_progress || progress.partial_cmp(&*last) != Some(std::cmp::Ordering::Greater) {
            return;
        }
        *last = progress;
        drop(self.queue.try_send(Report::Progress { progress, total, message }));
    }

    fn log(&self, level: log::Level, message: String) {
        log_line(level, &message);
        let asked = self.request_level.is_some_and(|from| level as u8 >= from as u8);
        if asked || self.session.wants_log(level) {
            drop(self.queue.try_send(Report::Log { level, message }));
        }
    }
}

impl ReportPump {
    /// Sends reports until `call` is done, then those that are left, so that all come before the answer.
    pub(crate) async fn during<T>(mut self, call: impl Future<Output = T>) -> T {
        let mut call = std::pin::pin!(call);
        let answer = loop {
            tokio::select! {
                biased;
                Some(report) = self.queue.recv() => self.send(report).await,
                answer = &mut call => break answer,
            }
        };
        while let Ok(report) = self.queue.try_recv() {
            self.send(report).await;
        }
        answer
    }

    /// A client that cannot be reached finds out by other means.
    async fn send(&self, report: Report) {
        match report {
            Report::Progress { progress, total, message } => {
                let Some(token) = self.token.clone() else { return };
                let mut notification = ProgressNotificationParam::new(token, progress);
                notification.total = total;
                notification.message = message;
                drop(self.peer.notify_progress(notification).await);
            }
            Report::Log { level, message } => {
                let notification = LoggingMessageNotificationParam::new(level_to_mcp(level), message.into());
                drop(self.peer.notify_logging_message(notification).await);
            }
        }
    }
}

fn log_line(level: log::Level, message: &str) {
    use log::Level as L;
    match level {
        L::Debug => tracing::debug!(target: "plugin", "{message}"),
        L::Info | L::Notice => tracing::info!(target: "plugin", "{message}"),
        L::Warning => tracing::warn!(target: "plugin", "{message}"),
        L::Error | L::Critical | L::Alert | L::Emergency => tracing::error!(target: "plugin", "{message}"),
    }
}

pub(crate) fn level_from_mcp(level: LoggingLevel) -> Option<log::Level> {
    Some(match level {
        LoggingLevel::Debug => log::Level::Debug,
        LoggingLevel::Info => log::Level::Info,
        LoggingLevel::Notice => log::Level::Notice,
        LoggingLevel::Warning => log::Level::Warning,
        LoggingLevel::Error => log::Level::Error,
        LoggingLevel::Critical => log::Level::Critical,
        LoggingLevel::Alert => log::Level::Alert,
        LoggingLevel::Emergency => log::Level::Emergency,
    })
}

fn level_to_mcp(level: log::Level) -> LoggingLevel {
    match level {
        log::Level::Debug => LoggingLevel::Debug,
        log::Level::Info => LoggingLevel::Info,
        log::Level::Notice => LoggingLevel::Notice,
        log::Level::Warning => LoggingLevel::Warning,
        log::Level::Error => LoggingLevel::Error,
        log::Level::Critical => LoggingLevel::Critical,
        log::Level::Alert => LoggingLevel::Alert,
        log::Level::Emergency => LoggingLevel::Emergency,
    }
}
