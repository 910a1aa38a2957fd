//! Who asks, while rmcp serves their request: its traits for sessions have no place for that.

use parking_lot::Mutex;

use super::refusal::Refusal;

tokio::task_local! {
    static ASKING: Asking;
}

/// The request that is served by this task.
#[derive(Debug, Default)]
pub(in crate::server::http) struct Asking {
    /// Who sent it and what that may do, if clients say who they are.
    pub(in crate::server::http) principal: Option<String>,
    /// Why it was refused, in better words than rmcp has.
    refusal: Mutex<Option<Refusal>>,
}

impl Asking {
    pub(in crate::server::http) fn of(principal: Option<String>) -> Self {
        Self { principal, refusal: Mutex::default() }
    }
}

/// Serves a request of theirs, and says why it was refused, if that was said.
pub(in crate::server::http) async fn scope<T>(asking: Asking, serve: impl Future<Output = T>) -> (T, Option<Refusal>) {
    let within = async {
        let served = serve.await;
        (served, ASKING.with(|asking| asking.refusal.lock().take()))
    };
    ASKING.scope(asking, within).await
}

/// The principal of the request that is served. The outer is none where no request is.
pub(in crate::server::http) fn principal() -> Option<Option<String>> {
    ASKING.try_with(|asking| asking.principal.clone()).ok()
}

/// The request that is served is refused, and this is why.
pub(in crate::server::http) fn refuse(refusal: Refusal) {
    // Where no request is served, nobody is to hear it.
    drop(ASKING.try_with(|asking| asking.refusal.lock().replace(refusal)));
}
