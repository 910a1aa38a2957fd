//! Spans on their way to the collector: never more than a number, and what became of each is known.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter, SpanProcessor};

use crate::model::chain;

/// Spans that wait to be sent, at half a KiB each. More means that the collector does not keep up: those that come are
/// dropped.
pub(crate) const QUEUE: usize = 4_096;

/// What became of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) sent: u64,
    /// The collector did not take them.
    pub(crate) failed: u64,
    /// There was no room.
    pub(crate) dropped: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    queued: AtomicUsize,
    sent: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
}

impl Counts {
    pub(super) fn look(&self) -> Sent {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Sent { sent: read(&self.sent), failed: read(&self.failed), dropped: read(&self.dropped) }
    }

    /// Whether there is room for one more.
    fn admit(&self) -> bool {
        let one_more = |queued: usize| (queued < QUEUE).then_some(queued + 1);
        let admitted = self.queued.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok();
        if !admitted {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        admitted
    }
}

/// Lets spans through to another processor as long as there is room.
#[derive(Debug)]
pub(super) struct Bounded<P> {
    inner: P,
    counts: Arc<Counts>,
}

impl<P> Bounded<P> {
    pub(super) fn new(inner: P, counts: Arc<Counts>) -> Self {
        Self { inner, counts }
    }
}

impl<P: SpanProcessor> SpanProcessor for Bounded<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.counts.admit() {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

/// Counts what another exporter sends, and says when the collector goes and comes back.
pub(super) struct Counted<E> {
    inner: E,
    counts: Arc<Counts>,
    gone: AtomicBool,
}

impl<E> Counted<E> {
    pub(super) fn new(inner: E, counts: Arc<Counts>) -> Self {
        Self { inner, counts, gone: AtomicBool::new(false) }
    }
}

impl<E> fmt::Debug for Counted<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let size = batch.len();
        let exported = self.inner.export(batch).await;
        self.counts.queued.fetch_sub(size, Ordering::Relaxed);
        let counter = if exported.is_ok() { &self.counts.sent } else { &self.counts.failed };
        counter.fetch_add(u64::try_from(size).unwrap_or(u64::MAX), Ordering::Relaxed);
        let was_gone = self.gone.swap(exported.is_err(), Ordering::Relaxed);
        match &exported {
            Err(error) if !was_gone => tracing::warn!(error = chain(error), "the collector does not take spans"),
            Ok(()) if was_gone => tracing::warn!("the collector takes spans again"),
            _ => {}
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

#[cfg(test)]
mod tests;
