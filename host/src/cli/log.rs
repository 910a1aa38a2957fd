//! The log of this process, on standard error.

use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::app::Log;

/// Logs from now on; once. The settings may say otherwise when they are read; until then, and for commands that need
/// none, `flag` or the environment has the word.
pub(super) fn start(flag: Option<&str>) -> Log {
    let variable = std::env::var("MAINSTAY_LOG").ok();
    let (log, filter) = Log::new(flag.or(variable.as_deref()).unwrap_or("warn"));
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_target(false);
    tracing_subscriber::registry().with(filter).with(lines).init();
    log
}
