//! How late the host comes to what it is to do now.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::{Status, micros};

/// A moment: long enough that the timer is not over before it is looked at.
const MOMENT: Duration = Duration::from_millis(5);
/// People begin to notice.
const LATE: Duration = Duration::from_millis(100);

/// How late a timer was.
#[derive(Debug, Clone, Serialize)]
pub(in crate::server::reboot) struct EventLoop {
    pub(in crate::server::reboot) status: Status,
    lag_us: u64,
}

/// Sets a timer and sees how late it goes off.
pub(in crate::server::reboot) async fn check() -> EventLoop {
    let began = Instant::now();
    tokio::time::sleep(MOMENT).await;
    let lag = began.elapsed().saturating_sub(MOMENT);
    let status = if lag < LATE { Status::Operational } else { Status::Degraded };
    EventLoop { status, lag_us: micros(lag) }
}
