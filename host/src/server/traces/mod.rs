//! Traces, for whoever collects them: OpenTelemetry's protocol over HTTP, if the settings or the environment say where to.
//! If not, nothing of this is built.
//!
//! A call is a span ([`call`]), and so is a swap, with its steps below it ([`swap`]). What a client says in `traceparent`
//! is the parent ([`parent`]). [`queue`] sees to it that a collector that is slow or gone costs spans and nothing else.

mod call;
mod client;
mod parent;
mod queue;
mod swap;

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracer, SdkTracerProvider};

pub(crate) use self::call::{CallSpan, Served};
use self::client::OnRuntime;
use self::queue::{Bounded, Counted, Counts};
pub(crate) use self::queue::{QUEUE, Sent};
use super::shared::Shared;
use crate::model::chain;

/// How often what has gathered is sent.
const INTERVAL: Duration = Duration::from_secs(2);
/// Spans that are sent in one request: some hundred KiB.
const BATCH: usize = 512;
/// How long a request to the collector may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the end of the host waits for the last of them.
const FAREWELL: Duration = Duration::from_secs(2);

/// Spans cannot be sent.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("there is no HTTP client")]
    Client(#[from] reqwest::Error),
    #[error("the collector cannot be spoken to")]
    Exporter(#[from] ExporterBuildError),
}

/// Where spans go to.
#[derive(Debug)]
pub(crate) struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    counts: Arc<Counts>,
}

impl Traces {
    /// To the collector at `endpoint`, without the path, or where the environment says. Needs a runtime.
    ///
    /// # Errors
    /// If the address is none.
    fn start(endpoint: &str) -> Result<Self, StartError> {
        let client = OnRuntime::new(PATIENCE)?;
        let mut exporter = SpanExporter::builder().with_http().with_http_client(client).with_timeout(PATIENCE);
        if !endpoint.is_empty() {
            exporter = exporter.with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')));
        }
        let counts = Arc::new(Counts::default());
        let exporter = Counted::new(exporter.build()?, Arc::clone(&counts));
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(INTERVAL)
            .build();
        let processor = BatchSpanProcessor::new(exporter, config);
        let provider = SdkTracerProvider::builder()
            .with_span_processor(Bounded::new(processor, Arc::clone(&counts)))
            .with_resource(resource())
            .build();
        let tracer = provider.tracer("mainstay");
        Ok(Self { provider, tracer, counts })
    }

    /// What became of the spans so far.
    pub(crate) fn sent(&self) -> Sent {
        self.counts.look()
    }
}

/// Who sends them. What the environment says has the last word.
fn resource() -> Resource {
    let ours = [
        KeyValue::new("service.name", "mainstay"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", uuid::Uuid::now_v7().to_string()),
    ];
    let resource = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(ours)
        .with_detector(Box::new(EnvResourceDetector::new()));
    match std::env::var("OTEL_SERVICE_NAME") {
        Ok(name) if !name.is_empty() => resource.with_service_name(name).build(),
        _ => resource.build(),
    }
}

impl Shared {
    /// Where spans go to, if anywhere.
    pub(crate) fn traces(&self) -> Option<&Traces> {
        self.traces.get()
    }

    /// From now on spans are made, if somebody collects them. Once, on the runtime that serves.
    pub fn start_traces(&self) {
        let settings = self.slots.settings();
        let endpoint = settings.telemetry.otlp.as_str();
        let said = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
        let said = said.iter().any(|variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty()));
        if endpoint.is_empty() && !said {
            return;
        }
        match Traces::start(endpoint) {
            Ok(traces) => drop(self.traces.set(traces)),
            Err(error) => tracing::error!(error = chain(&error), "no traces are sent"),
        }
    }

    /// Makes a span of each swap. Does not end if there is somebody to collect them.
    pub async fn trace_swaps(&self) {
        let Some(traces) = self.traces() else { return };
        let mut reports = self.slots.reports();
        loop {
            match reports.recv().await {
                Ok(report) => traces.swap(&report),
                Err(tokio::sync::broadcast::error::RecvError::Lagged(missed)) => {
                    tracing::debug!(missed, "swaps came faster than they were traced");
                }
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// Sends what is left, unless that takes too long.
    pub async fn end_traces(&self) {
        let Some(traces) = self.traces() else { return };
        let provider = traces.provider.clone();
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FAREWELL)).await;
        if let Ok(Err(error)) = ended {
            tracing::debug!(error = chain(&error), "the last spans were not sent");
        }
    }
}
