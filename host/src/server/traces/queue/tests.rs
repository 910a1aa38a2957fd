use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanExporter, SpanProcessor};
use parking_lot::Mutex;

use super::{Bounded, Counted, Counts, QUEUE, Sent};

/// A processor whose collector takes nothing.
#[derive(Debug, Clone, Default)]
struct Heap(Arc<Mutex<Vec<SpanData>>>);

impl SpanProcessor for Heap {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.lock().push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[derive(Debug)]
struct Takes(bool);

impl SpanExporter for Takes {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        let failed = || opentelemetry_sdk::error::OTelSdkError::InternalFailure("it is gone".to_owned());
        if self.0 { Ok(()) } else { Err(failed()) }
    }
}

fn ended(provider: &SdkTracerProvider, spans: usize) {
    let tracer = provider.tracer("test");
    for _ in 0..spans {
        drop(tracer.start("span"));
    }
}

#[tokio::test]
async fn spans_that_nobody_takes_are_dropped_and_counted_and_room_comes_back() {
    let (heap, counts) = (Heap::default(), Arc::new(Counts::default()));
    let bounded = Bounded::new(heap.clone(), Arc::clone(&counts));
    let provider = SdkTracerProvider::builder().with_span_processor(bounded).build();
    ended(&provider, QUEUE + 10);
    assert_eq!(heap.0.lock().len(), QUEUE);
    assert_eq!(counts.look(), Sent { sent: 0, failed: 0, dropped: 10 });
    let batch: Vec<_> = heap.0.lock().drain(..100).collect();
    Counted::new(Takes(true), Arc::clone(&counts)).export(batch).await.unwrap();
    let batch: Vec<_> = heap.0.lock().drain(..50).collect();
    Counted::new(Takes(false), Arc::clone(&counts)).export(batch).await.unwrap_err();
    ended(&provider, 160);
    assert_eq!(heap.0.lock().len(), QUEUE, "150 have left");
    assert_eq!(counts.look(), Sent { sent: 100, failed: 50, dropped: 20 });
}
