//! A swap as a span, and each of its steps as one below it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};

use super::Traces;
use crate::model::swap::{Origin, StepTime, SwapOutcome, SwapReport};

/// The steps while calls queue.
const PAUSED: [&str; 7] = ["quiesce", "export", "import", "migrate", "start", "record", "commit"];

impl Traces {
    /// A swap is over.
    pub(super) fn swap(&self, report: &SwapReport) {
        let begun = UNIX_EPOCH + Duration::from_millis(report.requested_at);
        let span = self.tracer.span_builder("swap").with_kind(SpanKind::Internal).with_start_time(begun);
        let mut span = self.tracer.build_with_context(span.with_attributes(attributes(report)), &Context::new());
        if let SwapOutcome::Refused(refusal) = &report.outcome {
            span.set_status(Status::error(refusal.code.clone()));
        }
        let parent = Context::new().with_span(span);
        let mut last = begun;
        for (step, from, to) in places(report) {
            let builder = self.tracer.span_builder(format!("swap {}", step.step)).with_start_time(from);
            self.tracer.build_with_context(builder, &parent).end_with_timestamp(to);
            last = last.max(to);
        }
        // Somebody may have set the clock back.
        parent.span().end_with_timestamp(SystemTime::now().max(last));
    }
}

/// When each step was: one after the other from the beginning, and the last ones from where calls began to queue.
fn places(report: &SwapReport) -> impl Iterator<Item = (&StepTime, SystemTime, SystemTime)> {
    let paused = |step: &StepTime| report.paused_at_us > 0 && PAUSED.contains(&step.step.as_str());
    let first = report.steps.iter().rposition(|step| !paused(step)).map_or(0, |last| last + 1);
    let (mut at, since) = (report.requested_at.saturating_mul(1_000), report.paused_at_us);
    report.steps.iter().enumerate().map(move |(place, step)| {
        if place == first && since > 0 {
            at = at.max(since);
        }
        let from = at;
        at = at.saturating_add(step.micros);
        (step, UNIX_EPOCH + Duration::from_micros(from), UNIX_EPOCH + Duration::from_micros(at))
    })
}

fn attributes(report: &SwapReport) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new("mainstay.slot", report.slot.to_string()),
        KeyValue::new("mainstay.swap", report.id.clone()),
        KeyValue::new("mainstay.origin", origin(&report.origin)),
        KeyValue::new("mainstay.outcome", outcome(&report.outcome)),
        KeyValue::new("mainstay.restart", report.restart),
        KeyValue::new("mainstay.pause_us", number(report.pause_us)),
        KeyValue::new("mainstay.waited_calls", number(report.waited_calls)),
    ];
    for (name, version) in [("mainstay.from", &report.from), ("mainstay.to", &report.to)] {
        attributes.extend(version.as_ref().map(|version| KeyValue::new(name, version.version.clone())));
    }
    let generation = report.to.as_ref().and_then(|to| to.generation);
    attributes.extend(generation.map(|generation| KeyValue::new("mainstay.generation", number(generation.0))));
    attributes
}

fn origin(origin: &Origin) -> &'static str {
    match origin {
        Origin::Start => "start",
        Origin::File => "file",
        Origin::CommandLine => "command-line",
        Origin::Schedule => "schedule",
        Origin::Client { .. } => "client",
        Origin::Recovery => "recovery",
    }
}

fn outcome(outcome: &SwapOutcome) -> &'static str {
    match outcome {
        SwapOutcome::Committed => "committed",
        SwapOutcome::Ready => "ready",
        SwapOutcome::Unchanged => "unchanged",
        SwapOutcome::Refused(_) => "refused",
        SwapOutcome::RolledBack { .. } => "withdrawn",
    }
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
