//! What is under way comes to its end, and nothing new begins.

use std::time::Duration;

use tokio::time::timeout;

use super::web::Web;
use crate::app::App;

/// How long calls may take that run when the host ends: longer than an entry's deadline, and shorter than what systems
/// give a process that is told to end.
pub(super) const AT_END: Duration = Duration::from_secs(8);

/// How long answers may take to reach whoever waited for a person or a timer that will not come.
const GIVING_UP: Duration = Duration::from_secs(1);

/// Nothing more is read; what was read is answered, if it is in time. What only waits is answered with that.
pub(super) async fn drain(app: &App, web: &Web, limit: Duration) {
    app.shared.stop_reading();
    web.stop();
    let in_time = timeout(limit, app.shared.work_is_done()).await.is_ok();
    // Before streams are cut: what is not answered on its stream, some clients never hear.
    app.shared.give_up_waiting();
    if !in_time {
        tracing::warn!(seconds = limit.as_secs(), "calls were not answered in time");
    }
    let lines = timeout(GIVING_UP, app.shared.everything_is_answered());
    let (_, ()) = tokio::join!(lines, web.settle(GIVING_UP));
    app.shared.give_up_running();
    web.finish(GIVING_UP).await;
}
