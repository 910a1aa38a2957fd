//! Another process is the host: it answers the client of this one, for as long as it is there.

use std::time::{Duration, Instant};

use rand::RngExt as _;

use tokio::time::timeout;

use super::{Next, Stop};
use crate::app::{App, Handover, Options};
use crate::model::chain;
use crate::server::control::{ControlClient, ControlError, JoinOrder, Joined};
use crate::server::{Held, Open, Passed, Session, interrupted, relay};
use crate::store::DataDir;

/// How long it is tried to find another host, or to become it, after the one that answered has gone.
const SEARCH: Duration = Duration::from_secs(10);

/// How long a host may take to say whether it answers for somebody: one that is stopped says nothing at all.
const ANSWER: Duration = Duration::from_secs(2);

/// Between two attempts, in milliseconds: at random, so that of several that try the first is not all.
const PAUSE: std::ops::Range<u64> = 5..25;

/// Finds out who answers. The client waits for `open`; `orphaned` says that somebody did until now.
pub(super) async fn look(
    options: &Options,
    client: Held,
    open: Vec<Open>,
    orphaned: bool,
    stop: &Stop,
) -> anyhow::Result<Next> {
    let until = Instant::now() + SEARCH;
    let dir = DataDir::open(options.data_dir.clone())?;
    loop {
        if stop.is_cancelled() {
            return Ok(Next::End);
        }
        let error = match ask(&dir, &client.session).await {
            Ok(joined) => return Ok(Next::Pass { client, open, joined }),
            Err(error) => error,
        };
        if !orphaned {
            match error {
                ControlError::NoHost { .. } | ControlError::Unsupported => {}
                error => tracing::warn!(error = chain(&error), "the host that runs cannot be joined"),
            }
            return Ok(here(client, open, None));
        }
        let app = App::build(options)?;
        match app.slots.become_host().await {
            Ok(()) => return Ok(here(client, open, Some(app))),
            Err(error) if error.is_in_use() && Instant::now() < until => {}
            Err(error) => {
                tracing::error!(error = chain(&error), "no host answers, and this process cannot be it");
                return Ok(here(client, open, Some(app)));
            }
        }
        drop(app);
        let pause = rand::rng().random_range(PAUSE);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

fn here(client: Held, open: Vec<Open>, app: Option<App>) -> Next {
    Next::Answer { taken: Handover { clients: vec![client], ..Handover::default() }, open, app }
}

/// Has the client answered by the host that runs.
pub(super) async fn ask(dir: &DataDir, client: &Session) -> Result<Joined, ControlError> {
    let joined = async { ControlClient::connect(dir).await?.join(order(client)).await };
    timeout(ANSWER, joined).await.map_err(|_| ControlError::Ended)?
}

/// What is said of a client that is to be answered by another process.
fn order(session: &Session) -> JoinOrder {
    let directory = session.directory().map(Into::into);
    JoinOrder { session: session.id().to_owned(), directory, version: env!("CARGO_PKG_VERSION").to_owned() }
}

/// Passes on what the client and the host say, until one of them has gone.
pub(super) async fn pass(
    options: &Options,
    mut client: Held,
    open: Vec<Open>,
    joined: Joined,
    stop: &Stop,
) -> anyhow::Result<Next> {
    let dir = DataDir::open(options.data_dir.clone())?;
    let longest = options.sources(Some(&dir)).load()?.settings.server.message_bytes;
    let passed = tokio::select! {
        passed = relay(&mut client.end, joined, &open, longest) => passed,
        () = stop.cancelled() => return Ok(Next::End),
    };
    match passed {
        Passed::Left => Ok(Next::End),
        Passed::HostGone => {
            let open = interrupted(&client.end, false).await;
            Ok(Next::Look { client, open, orphaned: true })
        }
    }
}
