use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Map, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::{Notify, watch};

use super::protocol::{ANSWER_BYTES, REQUEST_BYTES};
use super::serve::Control;
use super::{
    ControlClient, ControlError, ControlSocket, Event, HistoryQuery, JoinOrder, PruneOrder, Request, RollbackOrder,
    SessionStatus, SnapshotOrder, SwapOrder, ToolAnswer, ToolOrder, place,
};
use crate::model::drift::Policy;
use crate::model::swap::{Origin, SlotStatus, SwapOutcome, SwapPhase, SwapReport};
use crate::model::{Generation, SlotName};
use crate::server::lines::{ClientEnd, Read, Wire};
use crate::store::{DataDir, StoreError};
use crate::swap::{Reporter, TakeError, Taken};

fn slot() -> SlotName {
    "some".parse().unwrap()
}

fn report(reason: &str) -> SwapReport {
    SwapReport {
        id: "1".to_owned(),
        slot: slot(),
        origin: Origin::CommandLine,
        reason: Some(reason.to_owned()),
        requested_at: 0,
        from: None,
        to: None,
        outcome: SwapOutcome::Unchanged,
        drift: None,
        replay: None,
        migrations: Vec::new(),
        steps: Vec::new(),
        pause_us: 0,
        paused_at_us: 0,
        waited_calls: 0,
        orphaned_calls: 0,
        warnings: Vec::new(),
        restart: false,
        backup: None,
    }
}

fn swap(file: &str) -> Request {
    let file = PathBuf::from(file);
    Request::Swap(SwapOrder { slot: slot(), file, policy: None, force: false, dry_run: false, reason: None })
}

fn tool(name: &str) -> ToolOrder {
    let arguments = Map::from_iter([("include_history".to_owned(), json!(true))]);
    ToolOrder { tool: name.to_owned(), arguments, version: "0.1.0".to_owned(), directory: None }
}

/// Slots that go on when they are told to.
struct Slots {
    phase: watch::Sender<SwapPhase>,
    go_on: Notify,
    done: AtomicU32,
}

impl Slots {
    fn new() -> Arc<Self> {
        let phase = watch::Sender::new(SwapPhase::Probation);
        Arc::new(Self { phase, go_on: Notify::new(), done: AtomicU32::new(0) })
    }
}

impl Control for Slots {
    fn sessions(&self, _: usize) -> Vec<SessionStatus> {
        Vec::new()
    }

    fn connected(&self) -> u64 {
        0
    }

    fn began_at(&self) -> u64 {
        1
    }

    fn may_join(&self, order: &JoinOrder) -> Result<(), String> {
        if order.session == "full" { Err("no room".to_owned()) } else { Ok(()) }
    }

    async fn joined(self: Arc<Self>, order: JoinOrder, _: Wire, mut end: ClientEnd) {
        // Says back what it hears, and who it is.
        while let Ok(Read::Line) = end.reader.next(1 << 20).await {
            let line = [order.session.as_bytes(), b": ", end.reader.line()].concat();
            end.output.queue_line(&line);
            drop(end.output.write().await);
            end.reader.done();
        }
    }

    async fn swap(self: Arc<Self>, order: SwapOrder) -> Arc<SwapReport> {
        for phase in [SwapPhase::Staging, SwapPhase::Committing] {
            self.phase.send_replace(phase);
            self.go_on.notified().await;
        }
        self.done.fetch_add(1, Ordering::SeqCst);
        Arc::new(report(&order.file.to_string_lossy()))
    }

    async fn rollback(self: Arc<Self>, order: RollbackOrder) -> Arc<SwapReport> {
        Arc::new(report(&format!("to {:?}", order.to)))
    }

    fn phase(&self, slot: &SlotName) -> Option<watch::Receiver<SwapPhase>> {
        (slot.as_str() == "some").then(|| self.phase.subscribe())
    }

    async fn status(&self) -> Vec<SlotStatus> {
        Vec::new()
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<SwapReport>, StoreError> {
        Ok((0..query.limit).map(|index| report(&index.to_string())).collect())
    }

    async fn snapshot(&self, order: SnapshotOrder) -> Result<Taken, TakeError> {
        Err(TakeError::NoSuchSlot { slot: order.slot, served: vec![slot()] })
    }

    async fn prune_snapshots(&self, order: PruneOrder) -> Result<usize, TakeError> {
        Ok(order.keep.unwrap_or(10))
    }

    /// The tool `held` waits for its turn twice; `refused` says no, `dies` dies, and there is no other.
    async fn tool(self: Arc<Self>, order: ToolOrder, reporter: Arc<dyn Reporter>) -> Option<ToolAnswer> {
        let result = order.arguments;
        match order.tool.as_str() {
            "held" => {
                for (progress, message) in [(10.0, Some("preparing".to_owned())), (90.5, None)] {
                    reporter.progress(progress, Some(100.0), message);
                    self.go_on.notified().await;
                }
                self.done.fetch_add(1, Ordering::SeqCst);
                Some(ToolAnswer { error: false, result })
            }
            "refused" => {
                reporter.progress(10.0, Some(100.0), None);
                Some(ToolAnswer { error: true, result })
            }
            "dies" => panic!("as it is told to"),
            _ => None,
        }
    }
}

/// A host that serves nothing but its control socket.
struct Host {
    _home: TempDir,
    dir: DataDir,
    slots: Arc<Slots>,
    serving: tokio::task::JoinHandle<()>,
}

impl Host {
    fn new() -> Self {
        Self::below(Path::new("data"))
    }

    fn below(path: &Path) -> Self {
        let home = tempfile::tempdir().unwrap();
        let dir = DataDir::open(Some(home.path().join(path))).unwrap();
        let slots = Slots::new();
        let socket = ControlSocket::bind(&dir).unwrap();
        let served = Arc::clone(&slots);
        let serving = tokio::spawn(async move { socket.serve(served).await });
        Self { _home: home, dir, slots, serving }
    }

    async fn client(&self) -> ControlClient {
        ControlClient::connect(&self.dir).await.unwrap()
    }

    /// Writes lines by hand and reads the answers to the end.
    async fn raw(&self, lines: &[u8]) -> Vec<String> {
        let mut stream = UnixStream::connect(place::socket_path(&self.dir)).await.unwrap();
        stream.write_all(lines).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answers = BufReader::new(stream).lines();
        let mut all = Vec::new();
        while let Some(answer) = answers.next_line().await.unwrap() {
            all.push(answer);
        }
        all
    }
}

#[test]
fn requests_are_understood_as_documented() {
    let parse = |text: &str| Request::parse(text.as_bytes()).unwrap();
    assert_eq!(
        parse(
            r#"{"v":1,"command":"swap","slot":"some","file":"/a.wasm","policy":"append","force":true,"dry_run":true,"reason":"why"}"#
        ),
        Request::Swap(SwapOrder {
            slot: slot(),
            file: "/a.wasm".into(),
            policy: Some(Policy::Append),
            force: true,
            dry_run: true,
            reason: Some("why".to_owned()),
        })
    );
    let least = r#"{"v":1,"command":"swap","slot":"some","file":"/a.wasm","policy":null,"later":{}}"#;
    assert_eq!(parse(least), swap("/a.wasm"));
    let rollback = RollbackOrder { slot: slot(), to: Some(Generation(7)), force: false, reason: None };
    assert_eq!(parse(r#"{"v":1,"command":"rollback","slot":"some","to":7}"#), Request::Rollback(rollback));
    let history = HistoryQuery { slot: None, limit: 20 };
    assert_eq!(parse(r#"{"v":1,"command":"history","slot":null,"limit":20}"#), Request::History(history));
    let snapshot = Request::Snapshot(SnapshotOrder { slot: slot() });
    assert_eq!(parse(r#"{"v":1,"command":"snapshot","slot":"some"}"#), snapshot);
    let prune = Request::PruneSnapshots(PruneOrder { slot: None, keep: Some(3) });
    assert_eq!(parse(r#"{"v":1,"command":"prune-snapshots","keep":3}"#), prune);
    let called = r#"{"v":1,"command":"tool","tool":"a","arguments":{"include_history":true},"version":"0.1.0"}"#;
    assert_eq!(parse(called), Request::Tool(tool("a")));
    let least = ToolOrder { tool: "a".to_owned(), arguments: Map::new(), version: String::new(), directory: None };
    assert_eq!(parse(r#"{"v":1,"command":"tool","tool":"a"}"#), Request::Tool(least));
    assert_eq!(parse(r#"{"v":1,"command":"status"}"#), Request::Status);
    assert_eq!(parse(r#"{"command":"ping","v":1}"#), Request::Ping);
}

#[test]
fn what_is_said_is_what_is_documented() {
    let line = |event: &Event| String::from_utf8(event.line().unwrap()).unwrap();
    let phase = Event::Phase { slot: slot(), phase: SwapPhase::Staging };
    assert_eq!(line(&phase), "{\"event\":\"phase\",\"slot\":\"some\",\"phase\":\"staging\"}\n");
    assert_eq!(line(&Event::Pruned { removed: 3 }), "{\"event\":\"pruned\",\"removed\":3}\n");
    let progress = Event::Progress { progress: 40.0, message: Some("half".to_owned()) };
    assert_eq!(line(&progress), "{\"event\":\"progress\",\"progress\":40.0,\"message\":\"half\"}\n");
    let answer = ToolAnswer { error: true, result: Map::from_iter([("success".to_owned(), json!(false))]) };
    let said = "{\"event\":\"answer\",\"error\":true,\"result\":{\"success\":false}}\n";
    assert_eq!(line(&Event::Answer(answer)), said);
    assert_eq!(line(&Event::Pong), "{\"event\":\"pong\"}\n");
    let error = Event::Error { message: "no".to_owned() };
    assert_eq!(line(&error), "{\"event\":\"error\",\"message\":\"no\"}\n");
    assert_eq!(line(&Event::history(Vec::new())), "{\"event\":\"history\",\"swaps\":[],\"more\":false}\n");
    let report = line(&Event::Report { report: Box::new(report("why")) });
    assert!(report.starts_with(r#"{"event":"report","report":{"id":"1","slot":"some","origin":{"#), "{report}");
    assert_eq!(
        String::from_utf8(swap("/a").line().unwrap()).unwrap(),
        "{\"v\":1,\"command\":\"swap\",\"slot\":\"some\",\"file\":\"/a\",\"policy\":null,\"force\":false,\
         \"dry_run\":false,\"reason\":null}\n"
    );
}

#[test]
fn an_event_of_a_later_version_is_ignored() {
    let event: Event = serde_json::from_str(r#"{"event":"weather","sun":true}"#).unwrap();
    assert_eq!(event, Event::Unknown);
}

#[test]
fn what_is_not_understood_is_answered_with_what_is() {
    for (line, words) in [
        ("swap it", "no JSON object"),
        ("[]", "no JSON object"),
        (r#"{"command":"ping"}"#, "no version"),
        (r#"{"v":2,"command":"ping"}"#, "version 2 (\"v\"): this host understands version 1"),
        (
            r#"{"v":1,"command":"dance"}"#,
            "`swap`, `rollback`, `status`, `history`, `snapshot`, `prune-snapshots`, `tool`, `join`, `ping`",
        ),
        (r#"{"v":1}"#, "`command`"),
        (r#"{"v":1,"command":"swap","slot":"some"}"#, "`file`"),
        (r#"{"v":1,"command":"tool","tool":"a","arguments":[]}"#, "expected a map"),
        (r#"{"v":1,"command":"swap","slot":"../up","file":"/a"}"#, "no slot name"),
        (r#"{"v":1,"command":"swap","slot":"some","file":"/a","policy":"lax"}"#, "`strict`"),
    ] {
        let answer = Request::parse(line.as_bytes()).unwrap_err();
        assert!(answer.contains(words), "{line}: {answer}");
    }
}

#[test]
fn a_history_that_is_too_long_is_cut() {
    let large = report(&"x".repeat(ANSWER_BYTES / 5));
    let Event::History { swaps, more } = Event::history(vec![large; 9]) else { unreachable!() };
    assert_eq!((swaps.len(), more), (2, true));
}

#[tokio::test]
async fn a_swap_tells_how_far_it_is_and_then_what_came_of_it() {
    let host = Host::new();
    let mut client = host.client().await;
    let mut phases = Vec::new();
    let on_phase = |phase| {
        phases.push(phase);
        host.slots.go_on.notify_one();
    };
    let Event::Report { report } = client.request(&swap("/a.wasm"), on_phase).await.unwrap() else { panic!() };
    assert_eq!(report.reason.as_deref(), Some("/a.wasm"));
    assert_eq!(phases, [SwapPhase::Staging, SwapPhase::Committing]);
}

#[tokio::test]
async fn a_tool_tells_how_far_it_is_and_then_its_answer() {
    let host = Host::new();
    let mut client = host.client().await;
    let mut steps = Vec::new();
    let on_progress = |progress, message: Option<&str>| {
        steps.push((progress, message.map(str::to_owned)));
        host.slots.go_on.notify_one();
    };
    let order = tool("held");
    let answer = client.tool(order.clone(), on_progress).await.unwrap();
    assert_eq!(answer, ToolAnswer { error: false, result: order.arguments });
    assert_eq!(steps, [(10.0, Some("preparing".to_owned())), (90.5, None)]);
    // What it said last comes before its answer, which it gives at once.
    let mut told = 0;
    let answer = client.tool(tool("refused"), |_, _| told += 1).await.unwrap();
    assert_eq!((answer.error, told), (true, 1));
}

#[tokio::test]
async fn a_tool_that_is_not_there_or_dies_is_an_error_and_the_connection_goes_on() {
    let host = Host::new();
    let mut client = host.client().await;
    for (name, words) in [("dance", "there is no tool \"dance\""), ("dies", "dies ended without an answer")] {
        let refused = client.tool(tool(name), |_, _| {}).await.unwrap_err();
        assert!(matches!(&refused, ControlError::Refused(said) if said.contains(words)), "{refused:?}");
    }
    assert_eq!(client.request(&Request::Ping, |_| {}).await.unwrap(), Event::Pong);
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let host = Host::new();
    let mut client = host.client().await;
    assert_eq!(client.request(&Request::Ping, |_| {}).await.unwrap(), Event::Pong);
    let Event::Status(status) = client.request(&Request::Status, |_| {}).await.unwrap() else { panic!() };
    assert_eq!(status.process, std::process::id());
    let query = HistoryQuery { slot: None, limit: 3 };
    let Event::History { swaps, more } = client.request(&Request::History(query), |_| {}).await.unwrap() else {
        panic!()
    };
    assert_eq!((swaps.len(), more), (3, false));
    let order = RollbackOrder { slot: slot(), to: Some(Generation(2)), force: false, reason: None };
    let Event::Report { report } = client.request(&Request::Rollback(order), |_| {}).await.unwrap() else { panic!() };
    assert_eq!(report.reason.as_deref(), Some("to Some(Generation(2))"));
}

#[tokio::test]
async fn a_swap_keeps_nobody_else_waiting() {
    let host = Host::new();
    let (mut swapping, mut asking) = (host.client().await, host.client().await);
    let order = swap("/a.wasm");
    let begun = Notify::new();
    let held = swapping.request(&order, |_| begun.notify_one());
    let other = async {
        begun.notified().await;
        assert_eq!(asking.request(&Request::Ping, |_| {}).await.unwrap(), Event::Pong);
        host.slots.go_on.notify_one();
        let mut phase = host.slots.phase.subscribe();
        phase.wait_for(|phase| *phase == SwapPhase::Committing).await.unwrap();
        host.slots.go_on.notify_one();
    };
    let (report, ()) = tokio::join!(held, other);
    assert!(matches!(report.unwrap(), Event::Report { .. }));
}

#[tokio::test]
async fn a_swap_goes_on_when_its_connection_goes_away() {
    let host = Host::new();
    let mut client = host.client().await;
    let order = swap("/a.wasm");
    let begun = Notify::new();
    tokio::select! {
        _ = client.request(&order, |_| begun.notify_one()) => unreachable!("the swap is held"),
        () = begun.notified() => {}
    }
    drop(client);
    host.slots.go_on.notify_one();
    host.slots.phase.subscribe().wait_for(|phase| *phase == SwapPhase::Committing).await.unwrap();
    host.slots.go_on.notify_one();
    until("the swap is done", async || host.slots.done.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn one_more_than_there_is_room_for_is_told_so() {
    let host = Host::new();
    let mut clients = Vec::new();
    for _ in 0..16 {
        let mut client = host.client().await;
        client.request(&Request::Ping, |_| {}).await.unwrap();
        clients.push(client);
    }
    let refused = host.client().await.request(&Request::Ping, |_| {}).await.unwrap_err();
    assert!(matches!(&refused, ControlError::Refused(words) if words.contains("try again")), "{refused:?}");
    clients.pop();
    until("there is room", async || host.client().await.request(&Request::Ping, |_| {}).await.is_ok()).await;
}

#[tokio::test]
async fn a_line_that_is_too_long_ends_its_connection_only() {
    let host = Host::new();
    let mut other = host.client().await;
    let mut longest = br#"{"v":1,"command":"ping","pad":""#.to_vec();
    longest.resize(REQUEST_BYTES - 2, b' ');
    longest.extend_from_slice(b"\"}\n");
    assert_eq!(host.raw(&longest).await, [r#"{"event":"pong"}"#]);
    longest.insert(31, b' ');
    let answers = host.raw(&longest).await;
    assert_eq!(answers.len(), 1);
    assert!(answers[0].contains(&format!("longer than {REQUEST_BYTES} bytes")), "{answers:?}");
    assert_eq!(other.request(&Request::Ping, |_| {}).await.unwrap(), Event::Pong);
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_answered_and_the_next_too() {
    let host = Host::new();
    let answers = host.raw(b"what?\n{\"v\":1,\"command\":\"ping\"}\n{\"v\":1,\"comm").await;
    assert_eq!(answers.len(), 2, "{answers:?}");
    assert!(answers[0].contains("no JSON object"), "{answers:?}");
    assert_eq!(answers[1], r#"{"event":"pong"}"#);
    let refused = host.client().await.request(&swap("a.wasm"), |_| {}).await.unwrap_err();
    assert!(matches!(&refused, ControlError::Refused(words) if words.contains("no absolute path")), "{refused:?}");
}

#[tokio::test]
async fn the_socket_is_its_owners_alone_and_goes_with_its_host() {
    use std::os::unix::fs::PermissionsExt as _;
    let host = Host::new();
    let path = place::socket_path(&host.dir);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(path.parent().unwrap(), fs::canonicalize(host.dir.root()).unwrap());
    let left: Vec<_> = fs::read_dir(host.dir.root()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".c")), "{left:?}");
    host.serving.abort();
    until("the socket is gone", async || !path.exists()).await;
    let error = ControlClient::connect(&host.dir).await.unwrap_err();
    assert!(matches!(error, ControlError::NoHost { .. }), "{error:?}");
}

#[tokio::test]
async fn what_a_dead_host_has_left_is_replaced() {
    let home = tempfile::tempdir().unwrap();
    let dir = DataDir::open(Some(home.path().to_owned())).unwrap();
    let path = place::socket_path(&dir);
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let error = ControlClient::connect(&dir).await.unwrap_err();
    assert!(matches!(error, ControlError::NoHost { .. }), "{error:?}");
    let first = ControlSocket::bind(&dir).unwrap();
    let second = ControlSocket::bind(&dir).unwrap();
    drop(first);
    assert!(path.exists(), "it is the second one's");
    ControlClient::connect(&dir).await.unwrap();
    drop(second);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_has_one_elsewhere() {
    let host = Host::below(&Path::new(&"long".repeat(20)).join("er".repeat(20)));
    let path = place::socket_path(&host.dir);
    assert!(!path.starts_with(host.dir.root()) && path.as_os_str().len() <= 100, "{}", path.display());
    let again = DataDir::open(Some(host.dir.root().join("."))).unwrap();
    let mut client = ControlClient::connect(&again).await.unwrap();
    assert_eq!(client.request(&Request::Ping, |_| {}).await.unwrap(), Event::Pong);
    host.serving.abort();
    until("the socket is gone", async || !path.exists()).await;
}

/// Waits for something that no message tells.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(tokio::time::Instant::now() < end, "it did not come true that {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

mod joining;
