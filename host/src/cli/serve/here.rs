//! Clients are answered by this process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;

use super::web::Web;
use super::{Left, Next, Stop, drain, elsewhere};
use crate::app::{App, Handover, Options, notify_ready, notify_reloading, notify_stopping, successor};
use crate::model::chain;
use crate::server::control::Joined;
use crate::server::{Held, HostOrder, Open, Shared, Wire, interrupted, is_read_ahead};
use crate::store::ClosedBy;

/// How long it is tried to join whoever became the host.
const JOINING: Duration = Duration::from_secs(2);
/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(10);

/// Why this process does not go on as it does.
enum End {
    /// Its own client has left.
    Left,
    Stopped,
    /// Another process is the host.
    Elsewhere(Joined),
    /// The program on disk is to take its place.
    Replaced(HostOrder),
}

/// Answers clients until there is a reason not to. `open` is what the first of them waits for.
pub(super) async fn answer(
    options: &Options,
    taken: Handover,
    open: Vec<Open>,
    app: Option<App>,
    stop: &Stop,
) -> anyhow::Result<Next> {
    let app = match app {
        Some(app) => app,
        None => App::build(options)?,
    };
    let Handover { lock, control, http, connections, clients, shown } = taken;
    let (took_over, web) = (lock.is_some(), Web::default());
    if let Some(lock) = lock {
        app.inherit(lock, control)?;
    }
    if took_over || !http.is_empty() {
        // Whoever looks for the host finds it, before any client calls.
        app.slots.become_host().await?;
        if let Err(error) = web.open(&app, http).await {
            if !took_over {
                return Err(error);
            }
            // Others are connected, and keep their connections.
            tracing::error!(error = chain(&*error), "nothing is served over HTTP any more");
        }
        web.adopt(connections);
    }
    let asked = options.clone();
    app.shared.may_be_replaced(Box::new(move || {
        let options = asked.clone();
        async move {
            if is_read_ahead() {
                return Err(
                    "standard input is neither a pipe nor a socket, and what was typed would be lost".to_owned()
                );
            }
            successor(&options).await.map(|successor| successor.version)
        }
        .boxed()
    }));
    let left = serve(&app, clients, open, shown);
    let warm_up = tokio::spawn(warm_up(Arc::clone(&app.shared)));
    let life = async {
        let end = end(&app, &left, stop).await;
        warm_up.abort();
        let next = over(&app, &web, end).await;
        app.shared.end_traces().await;
        next
    };
    tokio::select! {
        next = life => Ok(next),
        () = attend(&app) => Ok(Next::End),
        () = web.serve(&app) => Ok(Next::End),
        () = watchdog() => Ok(Next::End),
    }
}

/// What a host does on the side does not end its service.
async fn attend(app: &App) {
    app.attend().await;
    std::future::pending::<()>().await;
}

async fn watchdog() {
    crate::app::watchdog().await;
    std::future::pending::<()>().await;
}

/// In the background, so that the first call finds it loaded. Whatever goes wrong here is said to whoever needs the
/// plugin.
async fn warm_up(shared: Arc<Shared>) {
    let is_host = shared.slots_now().is_host();
    for slot in shared.slots_now().all() {
        drop(slot.plugin().await);
        // A host that serves others, or took over, is to be ready before anybody calls.
        if *is_host.borrow() {
            drop(slot.slot().await);
        }
    }
    shared.is_ready();
    notify_ready();
}

/// Begins to answer each of them. Says when the one that started this process has left.
fn serve(app: &App, clients: Vec<Held>, open: Vec<Open>, shown: Option<crate::model::surface::SurfaceId>) -> Left {
    let left = Left::new();
    let mut open = Some(open);
    for client in clients {
        let (shared, open, left) = (Arc::clone(&app.shared), open.take().unwrap_or_default(), left.clone());
        let is_own = matches!(client.wire, Wire::Stdio);
        client.session.is_shown(shown);
        tokio::spawn(async move {
            if shared.serve_lines(client, &open).await && is_own {
                left.cancel();
            }
        });
    }
    left
}

async fn end(app: &App, left: &Left, stop: &Stop) -> End {
    loop {
        tokio::select! {
            () = left.cancelled() => return End::Left,
            () = stop.cancelled() => return End::Stopped,
            order = app.shared.is_to_be_replaced() => return End::Replaced(order),
            () = app.shared.is_answered_elsewhere() => {}
        }
        // A call came that only the host can answer, and that is another process.
        match join(app).await {
            Some(joined) => return End::Elsewhere(joined),
            None => app.shared.nobody_elsewhere(),
        }
    }
}

/// Somebody is the host, and may be about to listen.
async fn join(app: &App) -> Option<Joined> {
    let until = Instant::now() + JOINING;
    let client = app.shared.own_session()?;
    loop {
        if let Ok(joined) = elsewhere::ask(app.slots.dir(), &client).await {
            return Some(joined);
        }
        if Instant::now() > until {
            return None;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Brings what is under way to its end, and leaves the rest to whoever is next.
async fn over(app: &App, web: &Web, end: End) -> Next {
    match end {
        End::Elsewhere(joined) => {
            let mut clients = app.shared.gather_clients().await;
            let Some(client) = clients.pop() else { return Next::End };
            let (open, _) = client.end.traffic.lock().take_open();
            Next::Pass { client, open, joined }
        }
        End::Left => {
            notify_stopping();
            drain::drain(app, web, drain::AT_END).await;
            app.slots.end().await;
            app.shared.close_journal(ClosedBy::Client).await;
            Next::End
        }
        End::Stopped => {
            notify_stopping();
            drain::drain(app, web, drain::AT_END).await;
            app.slots.end().await;
            app.shared.close_journal(ClosedBy::Host).await;
            Next::End
        }
        End::Replaced(order) => replace(app, web, order).await,
    }
}

async fn replace(app: &App, web: &Web, order: HostOrder) -> Next {
    let began = Instant::now();
    notify_reloading();
    app.shared.gives_way();
    web.hold();
    drain::drain(app, web, order.timeout).await;
    let clients = app.shared.gather_clients().await;
    for client in &clients {
        // What could not be brought to its end in time.
        drop(interrupted(&client.end, true).await);
    }
    let shown = app.slots.published_now().map(|published| published.id);
    let kept = app.hand_on();
    app.slots.end().await;
    let (http, connections) = web.hand_on();
    match kept {
        Ok((lock, control)) => {
            tracing::info!(waited_ms = began.elapsed().as_millis(), "the program on disk takes over");
            Next::Exec(Handover { lock, control, http, connections, clients, shown })
        }
        Err(error) => {
            tracing::error!(%error, "the host could not be replaced: this one goes on");
            Next::Answer {
                taken: Handover { http, connections, clients, shown, ..Handover::default() },
                open: Vec::new(),
                app: None,
            }
        }
    }
}
