use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{FutureExt as _, StreamExt as _};
use rmcp::model::{ClientJsonRpcMessage, GetExtensions as _, ServerJsonRpcMessage};
use rmcp::transport::Transport as _;
use rmcp::transport::streamable_http_server::session::{
    RestoreOutcome, SessionId, SessionManager as _, SessionState, SessionStore as _,
};
use serde_json::{Value, json};

use super::event_id::{EventId, StreamId};
use super::reader::Reader;
use super::transport::SessionTransport;
use super::{Disk, SessionError, Sessions};
use crate::config::{Live, Role, Settings};
use crate::server::http::asking::{self, Asking};
use crate::server::http::refusal::Refusal;
use crate::server::principal::{Principal, Standing};
use crate::store::{DataDir, HostDb};

mod bounds;
mod ids;
mod resuming;

/// Sessions on a file, and the file, for those that follow.
struct House {
    sessions: Arc<Sessions>,
    db: Arc<HostDb>,
    live: Live,
    _dir: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(Some(dir.path().join("data"))).unwrap();
        let (db, live) = (Arc::new(HostDb::open(&data).unwrap()), Live::new(Settings::default()));
        Self { sessions: Sessions::new(Disk::File(Arc::clone(&db)), live.clone(), Arc::default()), db, live, _dir: dir }
    }

    fn set(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = (*self.live.get()).clone();
        change(&mut settings);
        self.live.set(settings);
    }

    /// The process ends without a word, and another takes its place.
    fn crash(&mut self) {
        self.sessions = Sessions::new(Disk::File(Arc::clone(&self.db)), self.live.clone(), Arc::default());
    }

    /// Writes what is on its way to the disk.
    async fn settle(&self) {
        self.sessions.journal.write(Vec::new(), self.live.get().http.resume()).await;
    }

    /// A session whose client and service have agreed, and the service's end of it.
    async fn open(&self, principal: Option<&str>) -> (SessionId, SessionTransport) {
        let (id, transport) = as_client(principal, self.sessions.create_session()).await.0.unwrap();
        let transport = self.hello(principal, &id, transport).await;
        let params = serde_json::from_value(hello()["params"].clone()).unwrap();
        as_client(principal, self.sessions.store(&id, &SessionState::new(params))).await.0.unwrap();
        (id, transport)
    }

    async fn hello(
        &self,
        principal: Option<&str>,
        id: &SessionId,
        mut transport: SessionTransport,
    ) -> SessionTransport {
        let sessions = Arc::clone(&self.sessions);
        let service = tokio::spawn(async move {
            let asked = serde_json::to_value(transport.receive().await.unwrap()).unwrap();
            assert_eq!(asked["method"], "initialize");
            let agreed = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
                "serverInfo": { "name": "host", "version": "1" } });
            transport.send(answer(&asked["id"], agreed)).await.unwrap();
            transport
        });
        let agreed = as_client(principal, sessions.initialize_session(id, message(hello()))).await.0.unwrap();
        assert!(matches!(agreed, ServerJsonRpcMessage::Response(_)));
        service.await.unwrap()
    }

    /// What comes to a session's client after another process took its place.
    async fn restore(&self, id: &SessionId) -> SessionTransport {
        let RestoreOutcome::Restored(transport) = self.sessions.restore_session(Arc::clone(id)).await.unwrap() else {
            panic!("it was here already");
        };
        self.hello(None, id, transport).await
    }

    async fn ask(&self, id: &SessionId, request: Value) -> Reader {
        self.sessions.create_stream(id, message(request)).await.unwrap()
    }

    async fn resume(&self, id: &SessionId, last: &str) -> Reader {
        self.sessions.resume(id, last.to_owned()).await.unwrap()
    }
}

async fn as_client<T>(principal: Option<&str>, future: impl Future<Output = T>) -> (T, Option<Refusal>) {
    asking::scope(Asking::of(principal.map(ToOwned::to_owned)), future).await
}

fn hello() -> Value {
    let info = json!({ "name": "client", "version": "1" });
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info });
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params })
}

fn ping(id: impl Into<Value>) -> Value {
    json!({ "jsonrpc": "2.0", "id": id.into(), "method": "ping" })
}

/// A call whose progress has that token.
fn call(id: i64, token: &str) -> Value {
    let params = json!({ "name": "tool", "arguments": {}, "_meta": { "progressToken": token } });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })
}

fn message(value: Value) -> ClientJsonRpcMessage {
    serde_json::from_value(value).unwrap()
}

#[expect(clippy::needless_pass_by_value, reason = "callers make results where they pass them")]
fn answer(id: &Value, result: Value) -> ServerJsonRpcMessage {
    serde_json::from_value(json!({ "jsonrpc": "2.0", "id": id, "result": result })).unwrap()
}

fn progress(token: &str, progress: u32) -> ServerJsonRpcMessage {
    let params = json!({ "progressToken": token, "progress": progress });
    let said = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": params });
    serde_json::from_value(said).unwrap()
}

fn changed() -> ServerJsonRpcMessage {
    let said = json!({ "jsonrpc": "2.0", "method": "notifications/tools/list_changed" });
    serde_json::from_value(said).unwrap()
}

/// The next event that is there: its id and what it says.
#[expect(clippy::unwrap_in_result, reason = "none is the end of the stream, and all else is a failure of the test")]
fn next(reader: &mut Reader) -> Option<(String, Value)> {
    let event = reader.next().now_or_never().expect("nothing is there")?;
    let said = event.message.map_or(Value::Null, |message| serde_json::to_value(&*message).unwrap());
    Some((event.event_id.unwrap(), said))
}

/// What all events that are there say.
fn said(reader: &mut Reader) -> Vec<Value> {
    let mut all = Vec::new();
    while let Some(Some(event)) = reader.next().now_or_never() {
        all.extend(event.message.map(|message| serde_json::to_value(&*message).unwrap()));
    }
    all
}

fn is_over(reader: &mut Reader) -> bool {
    matches!(reader.next().now_or_never(), Some(None))
}

#[tokio::test]
async fn each_answer_comes_on_the_stream_of_its_request() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    let (mut one, mut two) = (house.ask(&id, call(1, "a")).await, house.ask(&id, call(2, "b")).await);
    let mut common = house.sessions.create_standalone_stream(&id).await.unwrap();
    for sent in [progress("b", 1), changed(), answer(&json!(2), json!({})), progress("a", 1), progress("gone", 1)] {
        service.send(sent).await.unwrap();
    }
    let methods = |said: Vec<Value>| said.iter().map(|said| said["method"].clone()).collect::<Vec<_>>();
    assert_eq!(methods(said(&mut two)), [json!("notifications/progress"), Value::Null]);
    assert!(is_over(&mut two));
    assert_eq!(methods(said(&mut one)), [json!("notifications/progress")]);
    assert!(!is_over(&mut one));
    let common = methods(said(&mut common));
    assert_eq!(common, [json!("notifications/tools/list_changed"), json!("notifications/progress")]);
}

#[tokio::test]
async fn what_the_service_asks_goes_to_the_stream_it_is_about() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut stream = house.ask(&id, call(7, "a")).await;
    let asks = json!({ "jsonrpc": "2.0", "id": 100, "method": "ping" });
    let ServerJsonRpcMessage::Request(mut about) = serde_json::from_value(asks).unwrap() else { panic!("no request") };
    service.send(ServerJsonRpcMessage::Request(about.clone())).await.unwrap();
    about.request.extensions_mut().insert(rmcp::service::OriginatingRequestId(rmcp::model::RequestId::Number(7)));
    service.send(ServerJsonRpcMessage::Request(about)).await.unwrap();
    assert_eq!(said(&mut stream).len(), 1);
    assert_eq!(said(&mut house.sessions.create_standalone_stream(&id).await.unwrap()).len(), 1);
}

#[tokio::test]
async fn what_came_before_there_was_anybody_to_read_it_comes_first() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    service.send(changed()).await.unwrap();
    let mut common = house.sessions.create_standalone_stream(&id).await.unwrap();
    let (primed, nothing) = next(&mut common).unwrap();
    assert_eq!((EventId::parse(&primed).unwrap().place, nothing), (0, Value::Null));
    assert_eq!(said(&mut common).len(), 1);
    // It is given out once.
    drop(common);
    assert!(said(&mut house.sessions.create_standalone_stream(&id).await.unwrap()).is_empty());
}

#[tokio::test]
async fn of_two_common_streams_one_hears_and_the_other_goes_on_when_that_one_closes() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut first = house.sessions.create_standalone_stream(&id).await.unwrap();
    let mut second = house.sessions.create_standalone_stream(&id).await.unwrap();
    service.send(changed()).await.unwrap();
    assert_eq!((said(&mut first).len(), said(&mut second).len()), (0, 1));
    assert!(!is_over(&mut first));
    drop(second);
    service.send(changed()).await.unwrap();
    assert_eq!(said(&mut first).len(), 1);
}

#[tokio::test]
async fn a_request_that_is_cancelled_has_no_stream_any_more() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut stream = house.ask(&id, ping(5)).await;
    let params = json!({ "requestId": 5 });
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params });
    house.sessions.accept_message(&id, message(cancelled)).await.unwrap();
    assert!(said(&mut stream).is_empty() && is_over(&mut stream));
    service.send(answer(&json!(5), json!({}))).await.unwrap();
    assert!(said(&mut house.sessions.create_standalone_stream(&id).await.unwrap()).is_empty());
    // Its id is free again.
    house.ask(&id, ping(5)).await;
}

#[tokio::test]
async fn a_session_that_was_ended_is_not_found_and_its_streams_are_over() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut common = house.sessions.create_standalone_stream(&id).await.unwrap();
    assert!(as_client(None, house.sessions.has_session(&id)).await.0.unwrap());
    as_client(None, house.sessions.close_session(&id)).await.0.unwrap();
    assert!(as_client(None, house.sessions.delete(&id)).await.1.is_none());
    assert!(said(&mut common).is_empty() && is_over(&mut common));
    assert!(service.receive().await.is_none());
    assert!(!as_client(None, house.sessions.has_session(&id)).await.0.unwrap());
    assert!(as_client(None, house.sessions.load(&id)).await.0.unwrap().is_none());
    let (_, refusal) = as_client(None, house.sessions.delete(&id)).await;
    assert_eq!(refusal.unwrap().status.as_u16(), 404);
}

#[tokio::test]
async fn a_session_is_its_principals_alone() {
    let mut house = House::new();
    let (id, _service) = house.open(Some("token:1")).await;
    for _ in 0..2 {
        for other in [Some("token:2"), None] {
            assert!(!as_client(other, house.sessions.has_session(&id)).await.0.unwrap());
            let (streams, refusal) = as_client(other, house.sessions.create_standalone_stream(&id)).await;
            assert_eq!((streams.unwrap_err(), refusal.unwrap().status.as_u16()), (SessionError::NoSession, 404));
            assert!(as_client(other, house.sessions.load(&id)).await.0.unwrap().is_none());
            assert!(as_client(other, house.sessions.restore_session(Arc::clone(&id))).await.0.is_err());
            as_client(other, house.sessions.close_session(&id)).await.0.unwrap();
            as_client(other, house.sessions.delete(&id)).await.0.unwrap();
        }
        assert!(as_client(Some("token:1"), house.sessions.load(&id)).await.0.unwrap().is_some());
        // Neither in memory nor on disk.
        house.crash();
    }
}

#[tokio::test]
async fn whoever_has_another_role_is_somebody_else() {
    let house = House::new();
    let owner = |role| Principal { id: "oauth:anna".to_owned(), role }.owner();
    let (id, _service) = house.open(Some(&owner(Role::Operator))).await;
    assert!(as_client(Some(&owner(Role::Operator)), house.sessions.has_session(&id)).await.0.unwrap());
    assert!(!as_client(Some(&owner(Role::User)), house.sessions.has_session(&id)).await.0.unwrap());
    assert!(as_client(Some(&owner(Role::User)), house.sessions.load(&id)).await.0.unwrap().is_none());
}

#[tokio::test]
async fn a_client_that_says_too_much_of_itself_is_refused() {
    let house = House::new();
    let (id, _transport) = as_client(None, house.sessions.create_session()).await.0.unwrap();
    let mut hello = hello();
    hello["params"]["clientInfo"]["title"] = json!("x".repeat(16 << 10));
    let (refused, refusal) = as_client(None, house.sessions.initialize_session(&id, message(hello))).await;
    assert_eq!((refused.unwrap_err(), refusal.unwrap().status.as_u16()), (SessionError::TooMuch, 413));
    assert_eq!(house.sessions.len(), 0);
}

#[tokio::test]
async fn the_end_of_an_old_service_is_not_the_end_of_the_session_that_was_restored() {
    let house = House::new();
    let (id, service) = house.open(None).await;
    house.set(|settings| settings.http.sessions = 1);
    let (_other, _service) = house.open(None).await;
    assert!(!house.sessions.has_session(&id).await.unwrap(), "it was put away");
    house.set(|settings| settings.http.sessions = 2);
    let _restored = house.restore(&id).await;
    drop(service);
    house.sessions.close_session(&id).await.unwrap();
    assert!(house.sessions.has_session(&id).await.unwrap());
}

#[tokio::test]
async fn a_service_that_ended_takes_its_session_along() {
    let house = House::new();
    let (id, service) = house.open(None).await;
    drop(service);
    assert!(!house.sessions.has_session(&id).await.unwrap());
    house.sessions.close_session(&id).await.unwrap();
    assert_eq!(house.sessions.len(), 0);
}

#[tokio::test]
async fn what_a_client_has_said_for_good_the_service_knows_when_it_is_restored() {
    let mut house = House::new();
    let (id, _service) = house.open(None).await;
    for (number, (method, params)) in [
        ("logging/setLevel", json!({ "level": "debug" })),
        ("resources/subscribe", json!({ "uri": "a://left" })),
        ("resources/subscribe", json!({ "uri": "a://kept" })),
        ("resources/unsubscribe", json!({ "uri": "a://left" })),
        ("logging/setLevel", json!({ "level": "warning" })),
        ("resources/subscribe", json!({ "uri": "a://".repeat(5_000) })),
    ]
    .into_iter()
    .enumerate()
    {
        let said = json!({ "jsonrpc": "2.0", "id": number, "method": method, "params": params });
        house.ask(&id, said).await;
    }
    house.crash();
    let RestoreOutcome::Restored(mut service) = house.sessions.restore_session(Arc::clone(&id)).await.unwrap() else {
        panic!("it was here already");
    };
    let (sessions, of) = (Arc::clone(&house.sessions), Arc::clone(&id));
    let _agreed = tokio::spawn(async move { sessions.initialize_session(&of, message(hello())).await });
    let Some(ClientJsonRpcMessage::Request(asked)) = service.receive().await else { panic!("no request") };
    let standing = Standing { level: Some("warning".to_owned()), subscriptions: vec!["a://kept".to_owned()] };
    assert_eq!(asked.request.extensions().get::<Standing>(), Some(&standing));
}
