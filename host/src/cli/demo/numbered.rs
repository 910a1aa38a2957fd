//! Calls with numbers, beside everything else that is called.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Map;

use super::super::load::{Server, Work, numbered_part, numbered_plan};

/// Callers that add a task each time, and callers that ask for the status.
const WRITERS: usize = 4;
const READERS: usize = 2;
/// Between two calls of one caller: some thousand calls a second in all leave the machine room for the rest.
const PAUSE: Duration = Duration::from_millis(2);

/// Makes the plan.
pub(super) async fn prepare(server: &Server) -> anyhow::Result<()> {
    server.call("orchestrator_plan_task", numbered_plan()).await.map(drop)
}

pub(super) fn works() -> Vec<Work> {
    let writes =
        Work { tool: "orchestrator_plan_task", writes: true, arguments: Arc::new(numbered_part), pause: PAUSE };
    let reads =
        Work { tool: "orchestrator_get_status", writes: false, arguments: Arc::new(|_| Map::new()), pause: PAUSE };
    [vec![writes; WRITERS], vec![reads; READERS]].concat()
}
