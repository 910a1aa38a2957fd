//! The steps of a swap: how long each took, and where a test can stop or fail one.

use std::time::{Duration, Instant};

use super::aborted::Aborted;
use crate::model::swap::{StepTime, SwapPhase};

/// Steps that are done, and what is to be said of them.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    times: Vec<StepTime>,
    warnings: Vec<String>,
}

impl Steps {
    pub(crate) fn done(&mut self, step: &str, began: Instant) {
        self.took(step, began.elapsed());
    }

    pub(crate) fn took(&mut self, step: &str, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.times.push(StepTime { step: step.to_owned(), micros });
    }

    pub(crate) fn warn(&mut self, warning: String) {
        tracing::warn!("{warning}");
        self.warnings.push(warning);
    }

    pub(crate) fn extend(&mut self, times: &[StepTime], warnings: &[String]) {
        self.times.extend_from_slice(times);
        self.warnings.extend_from_slice(warnings);
    }

    pub(crate) fn into_parts(self) -> (Vec<StepTime>, Vec<String>) {
        (self.times, self.warnings)
    }
}

/// A point at which a test holds or fails a swap. In a build without tests there is nothing here.
///
/// `FAILPOINTS` says which: `swap::commit=return` fails each swap at its commit. `swap::commit=return(FILE)` looks at
/// a file whenever a swap comes there: it fails if the file says `fail`, and else is held for as long as there is one.
pub(crate) fn at(point: &str, phase: SwapPhase) -> Result<(), Aborted> {
    tracing::debug!(point, "swap");
    let name = format!("swap::{point}");
    fail::fail_point!(&name, |file: Option<String>| {
        let failed = || Err(Aborted::new(phase, "injected", format!("a test failed the step {point}")));
        let Some(file) = file else { return failed() };
        while let Ok(order) = std::fs::read_to_string(&file) {
            if order == "fail" {
                return failed();
            }
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        Ok(())
    });
    drop((name, phase));
    Ok(())
}
