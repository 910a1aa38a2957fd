//! What happens in the demo, in order.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::super::load::{Callers, Control, Ledger, Server, Versions, compare, read_back};
use super::super::table::print;
use super::numbered;
use super::plan::Plan;
use super::play::Play;
use super::stage::Stage;
use super::summary::{self, Figures};
use super::swapper::{Swapper, Swaps};
use crate::store::DataDir;

/// There is no demo without these, however short the plan is.
const SWAPS_BEFORE_KILL: usize = 2;
const SWAPS: usize = 5;

/// What stays the same from one server process to the next.
struct Scene {
    dir: DataDir,
    versions: Arc<Versions>,
    every: Duration,
    ledger: Ledger,
    swaps: Swaps,
    stage: Stage,
}

/// What goes on beside the plan.
struct Beside {
    callers: Callers,
    swapper: Swapper,
}

/// Plays the plan.
pub(super) async fn tell(plan: &Plan, pace: Duration, every: Duration) -> anyhow::Result<()> {
    let home = tempfile::Builder::new().prefix("mainstay-demo-").tempdir()?;
    let started = Instant::now();
    let scene = Scene::new(home.path(), plan, every)?;
    let server = scene.server().await?;
    print(&format!("{}: {} tasks", plan.title, plan.tasks.len()))?;
    print(&format!("{}, process {}, connected over stdio", server.who(), server.process()))?;
    let mut play = Play::begin(&server, plan).await?;
    numbered::prepare(&server).await?;

    let mut beside = scene.beside(&server).await?;
    play.until(plan.tasks.len() / 2, &server, &scene.stage, pace).await?;
    beside.swapper.reached(&scene.swaps, SWAPS_BEFORE_KILL).await?;
    let (server, back_after) = scene.kill_and_return(server, beside, &mut play).await?;

    let mut beside = scene.beside(&server).await?;
    play.until(plan.tasks.len(), &server, &scene.stage, pace).await?;
    beside.swapper.reached(&scene.swaps, SWAPS).await?;
    beside.swapper.stop().await?;
    beside.callers.stop().await;
    scene.stage.finish();

    let synthesis = play.synthesis(&server).await?;
    let results_lost = play.done() - play.verify(&server).await?;
    server.leave().await?;
    let calls = scene.ledger.calls();
    let books = compare(&calls, &read_back(&scene.dir)?);
    let (swaps, refusal) = (scene.swaps.made(), scene.ledger.refusal());
    let (plan_calls, took) = (play.calls, started.elapsed());
    let figures = Figures { synthesis, results_lost, back_after, plan_calls, calls, refusal, books, swaps, took };
    summary::conclude(plan, &figures)
}

impl Scene {
    fn new(home: &Path, plan: &Plan, every: Duration) -> anyhow::Result<Self> {
        let dir = DataDir::open(Some(home.join("data")))?;
        let versions = Arc::new(Versions::write(home)?);
        let (ledger, swaps) = (Ledger::default(), Swaps::default());
        let stage = Stage::new(plan, &ledger, &swaps);
        Ok(Self { dir, versions, every, ledger, swaps, stage })
    }

    /// A process, and a client with a session.
    async fn server(&self) -> anyhow::Result<Server> {
        // The demo reads the answers as programs do.
        let answers = ["--set", "plugins.orchestrator.config.answers=\"both\""].map(OsString::from);
        let server = Server::start(self.dir.root(), "mainstay-demo", &answers).await?;
        let session = json!({ "working_directory": self.dir.root() });
        server.call("orchestrator_initialize_session", session).await?;
        Ok(server)
    }

    async fn beside(&self, server: &Server) -> anyhow::Result<Beside> {
        let swapper = Swapper::start(&self.dir, &self.versions, self.every, &self.swaps, &self.stage).await?;
        let callers = Callers::start(server, &numbered::works(), &self.ledger);
        self.stage.begin();
        Ok(Beside { callers, swapper })
    }

    /// Kills the server with everything under way, starts another, and finds out what is left. Says how long it took
    /// until that one answered.
    async fn kill_and_return(
        &self,
        server: Server,
        beside: Beside,
        play: &mut Play<'_>,
    ) -> anyhow::Result<(Server, Duration)> {
        self.stage.say(&format!("SIGKILL to process {} with calls under way", server.process()));
        beside.swapper.cut();
        let killed = play.kill(server).await?;
        beside.callers.stop().await;
        let server = self.server().await?;
        let back_after = killed.elapsed();
        let version = Control::connect(&self.dir).await?.serving().await?.version;
        self.stage.say(&format!("process {} took over with version {version}", server.process()));
        let (kept, unanswered) = (play.verify(&server).await?, play.unanswered(&server).await?);
        let done = play.done();
        self.stage.say(&format!("{kept} of {done} acknowledged results are there, byte for byte"));
        self.stage.say(unanswered);
        anyhow::ensure!(kept == done, "something acknowledged was lost");
        Ok((server, back_after))
    }
}
