//! Who came back after the host had ended under its clients.

use std::time::Duration;

use serde_json::{Value, json};

use super::to_json;
use crate::model::chain;
use crate::plugin::now;
use crate::store::{HostDb, Reconnections, StoreError};
use crate::swap::Slots;

/// The numbers, and the clients that have come back, by name and transport.
pub(in crate::server::reboot) type Known = (Reconnections, Vec<(String, String)>);

/// Reads the rows, as the host or beside it. No rows are nobody.
///
/// # Errors
/// If they cannot be read in time.
pub(in crate::server::reboot) async fn read(slots: &Slots, limit: Duration) -> Result<Known, String> {
    let look = |db: &HostDb| Ok::<_, StoreError>((db.reconnections(now())?, db.clients_that_returned()?));
    let dir = slots.dir().clone();
    let read = async {
        match slots.with_host_db(look).await {
            Some(known) => known,
            // Another process may be the host, or none.
            None => {
                let aside = move || HostDb::open_reader(&dir)?.map_or_else(|| Ok(Known::default()), |db| look(&db));
                tokio::task::spawn_blocking(aside).await.unwrap_or_else(|_| Ok(Known::default()))
            }
        }
    };
    match tokio::time::timeout(limit, read).await {
        Ok(known) => known.map_err(|error| chain(&error)),
        Err(_) => Err(format!("they have not been read in {} ms", limit.as_millis())),
    }
}

/// As the tool tells it. Times are in seconds.
pub(in crate::server::reboot) fn tell(known: &Result<Known, String>) -> Value {
    let found = match known {
        Ok((found, _)) => found,
        Err(problem) => {
            let status = format!("unknown: {problem}");
            return json!({ "successful_reconnections": 0, "failed_reconnections": 0, "status": status });
        }
    };
    let mut told = json!({
        "successful_reconnections": found.successful,
        "failed_reconnections": found.failed,
        "pending_reconnections": found.pending,
        "interrupted_sessions": found.interrupted,
        "remembered_sessions": found.remembered,
        "status": if found.successful + found.failed + found.pending > 0 { "collected" } else { "nobody was cut off" },
    });
    if let Some(average) = found.average_ms {
        told["average_reconnection_time"] = to_json(average / 1_000.0);
    }
    if let Some(rate) = rate(found) {
        told["success_rate"] = to_json(rate);
    }
    told
}

/// Of those that came back or will not, the part that did.
#[expect(clippy::cast_precision_loss, reason = "there are at most 10,000 rows")]
fn rate(found: &Reconnections) -> Option<f64> {
    let over = found.successful + found.failed;
    (over > 0).then(|| found.successful as f64 / over as f64)
}

#[cfg(test)]
mod tests;
