//! `mainstay restart --host`

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::answer::conclude;
use super::exit_code::NoAnswer;
use super::host;
use super::table::table;
use crate::server::control::{ControlClient, ControlError, Event, HostStatus, Request};
use crate::store::DataDir;

/// Between two looks whether it is there.
const PAUSE: Duration = Duration::from_millis(20);

/// Has the host replaced, and waits until the next image answers.
pub(super) async fn restart(
    dir: &DataDir,
    arguments: Map<String, Value>,
    limit: Duration,
    json: bool,
) -> anyhow::Result<()> {
    let began = Instant::now();
    let before = status(dir).await;
    let otherwise = "the program on disk is used anyway when one is started";
    let asked = host::tool(dir, "orchestrator_restart_server", arguments, limit, otherwise).await;
    match asked {
        Ok(refused) if refused.error => return conclude(refused, json, |_| String::new(), |_| None),
        Ok(_) => {}
        // It may have begun anew before its answer was on its way.
        Err(error) if error.downcast_ref::<ControlError>().is_some_and(is_end) => {}
        Err(error) => return Err(error),
    }
    loop {
        if let (Some(before), Some(now)) = (&before, status(dir).await)
            && now.began_at != before.began_at
        {
            let told = json!({
                "success": true,
                "process": now.process,
                "from": { "version": before.version },
                "to": { "version": now.version },
                "took_ms": u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            });
            return super::table::print(&if json { serde_json::to_string_pretty(&told)? } else { as_text(&told) });
        }
        if began.elapsed() > limit {
            return Err(NoAnswer { seconds: limit.as_secs() }.into());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn is_end(error: &ControlError) -> bool {
    matches!(error, ControlError::Ended | ControlError::Io(_))
}

/// How the host is, if it says so now.
async fn status(dir: &DataDir) -> Option<HostStatus> {
    let asked = async {
        match ControlClient::connect(dir).await.ok()?.request(&Request::Status, |_| {}).await.ok()? {
            Event::Status(status) => Some(status),
            _ => None,
        }
    };
    tokio::time::timeout(Duration::from_secs(2), asked).await.ok().flatten()
}

fn as_text(told: &Value) -> String {
    let mut rows = table(&["host", ""]);
    rows.add_row(["outcome", "restarted, with all connections"]);
    rows.add_row(["process", &told["process"].to_string()]);
    rows.add_row(["from", told["from"]["version"].as_str().unwrap_or_default()]);
    rows.add_row(["to", told["to"]["version"].as_str().unwrap_or_default()]);
    rows.add_row(["took", &format!("{} ms", told["took_ms"])]);
    rows.to_string()
}
