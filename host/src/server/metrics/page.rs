//! The page, written down a family at a time.

use std::fmt::Error;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;

use crate::model::spread::Seen;

/// What tells one line of a family from another.
pub(super) type Labels = Vec<(&'static str, String)>;

/// In which unit the bounds of a spread are, and how they are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scale {
    /// Microseconds, written as seconds.
    Time,
    /// As it is.
    Plain,
}

pub(super) struct Page<'a, 'b>(pub(super) &'a mut DescriptorEncoder<'b>);

impl Page<'_, '_> {
    /// Numbers that only grow. Their name gets `_total`.
    pub(super) fn counters(
        &mut self,
        name: &str,
        help: &str,
        lines: impl IntoIterator<Item = (Labels, u64)>,
    ) -> Result<(), Error> {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in lines {
            ConstCounter::new(value).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    /// Numbers of now.
    pub(super) fn gauges(
        &mut self,
        name: &str,
        help: &str,
        lines: impl IntoIterator<Item = (Labels, f64)>,
    ) -> Result<(), Error> {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in lines {
            // Not braces with nothing in them.
            if labels.is_empty() {
                family.encode_gauge(&value)?;
            } else {
                family.encode_family(&labels)?.encode_gauge(&value)?;
            }
        }
        Ok(())
    }

    /// How values spread.
    pub(super) fn spreads(
        &mut self,
        name: &str,
        help: &str,
        scale: Scale,
        lines: impl IntoIterator<Item = (Labels, Seen)>,
    ) -> Result<(), Error> {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (labels, seen) in lines {
            let bounds = seen.bounds.iter().map(|bound| scale.of(*bound)).chain([f64::INFINITY]);
            let buckets: Vec<_> = bounds.zip(seen.counts.iter().copied()).collect();
            let mut line = family.encode_family(&labels)?;
            line.encode_histogram::<NoLabelSet>(scale.of(seen.sum), seen.all(), &buckets, None)?;
        }
        Ok(())
    }
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "exact for centuries of microseconds")]
    fn of(self, value: u64) -> f64 {
        match self {
            Self::Time => value as f64 / 1_000_000.0,
            Self::Plain => value as f64,
        }
    }
}
