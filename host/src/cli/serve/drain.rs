//! What is under way comes to its end, and nothing new begins.

use std::time::Duration;

use tokio::time::timeout;

use super::web::Web;
use crate::app::App;

/// How long calls may take that run when the host ends: longer than an entry's deadline, and shorter than what systems
/// give a process that is told to end.
pub(super) const AT_END: Duration = Duration::from_secs(8);

/// How long whoever waits for a person or a timer may take to hear that nobody will come.
const GIVING_UP: Duration = Duration::from_secs(1);

/// Nothing more is read; what was read is answered, if it is in time. What only waits is answered with that.
pub(super) async fn drain(app: &App, web: &Web, limit: Duration) {
    app.shared.stop_reading();
    let finish = web.drain(limit);
    let lines = async {
        let in_time = timeout(limit, app.shared.work_is_done()).await.is_ok();
        app.shared.give_up_waiting();
        in_time
    };
    let ((), in_time) = tokio::join!(finish, lines);
    if !in_time {
        tracing::warn!(seconds = limit.as_secs(), "calls were not answered in time");
    }
    drop(timeout(GIVING_UP, app.shared.everything_is_answered()).await);
}
