use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ListToolsResult, PaginatedRequestParams, RequestId, ServerCapabilities,
    ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt as _};

use super::guard::{Attentive, Guarded};
use super::scan::IdScanner;
use super::state::StateKeys;
use crate::seal::Keyring;

fn id_of(message: &str) -> Option<RequestId> {
    let mut whole = IdScanner::default();
    whole.feed(message.as_bytes());
    let mut piecewise = IdScanner::default();
    message.as_bytes().chunks(1).for_each(|piece| piecewise.feed(piece));
    assert_eq!(whole.id(), piecewise.id(), "however the bytes arrive");
    whole.id()
}

#[test]
fn an_id_is_found_wherever_it_stands() {
    assert_eq!(id_of(r#"{"jsonrpc":"2.0","id":7,"method":"x"}"#), Some(RequestId::Number(7)));
    assert_eq!(
        id_of(r#"{"method":"x","params":{"id":1,"a":["id",{"id":2}]},"id" : "abc" }"#),
        Some(RequestId::String("abc".into()))
    );
    assert_eq!(id_of(r#"{"params":{"text":"\",\"id\":9"},"id":-3}"#), Some(RequestId::Number(-3)));
}

#[test]
fn what_has_no_id_has_none() {
    assert_eq!(id_of(r#"{"method":"notifications/x","params":{"id":1}}"#), None);
    assert_eq!(id_of(r#"{"id":null}"#), None);
    assert_eq!(id_of(r#"["id",1]"#), None);
    assert_eq!(id_of("{not json"), None);
}

#[test]
fn a_request_state_opens_only_for_the_call_it_was_made_for() {
    let keys = StateKeys::new(&Keyring::of([7; 32]));
    let sealed = keys.seal("wait-1", "deploy", r#"{"to":"production"}"#);
    assert_eq!(keys.open(&sealed, "deploy", r#"{"to":"production"}"#).as_deref(), Some("wait-1"));
    assert_eq!(keys.open(&sealed, "deploy", r#"{"to":"staging"}"#), None);
    assert_eq!(keys.open(&sealed, "destroy", r#"{"to":"production"}"#), None);
    assert_eq!(keys.open("made up", "deploy", "{}"), None);
    let other = Keyring::of([8; 32]);
    assert_eq!(StateKeys::new(&other).open(&sealed, "deploy", r#"{"to":"production"}"#), None);
    let both = Keyring::of([7; 32]).with(other.newest().clone()).unwrap();
    let both = StateKeys::new(&both);
    assert_eq!(both.open(&sealed, "deploy", r#"{"to":"production"}"#).as_deref(), Some("wait-1"));
    let newer = both.seal("wait-2", "deploy", "{}");
    assert_eq!(keys.open(&newer, "deploy", "{}"), None, "it is made with the newest");
}

struct Panics;

impl Attentive for Panics {
    fn hears(&self, _: &RequestContext<RoleServer>) {}
}

impl ServerHandler for Panics {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        _: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        panic!("on purpose")
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        panic!("on purpose")
    }
}

#[tokio::test]
async fn a_handler_that_panics_still_answers() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let server = tokio::spawn(async move { Guarded(Panics).serve(theirs).await });
    let client = ().serve(ours).await.unwrap();
    let running = server.await.unwrap().unwrap();
    let called = client.call_tool(CallToolRequestParams::new("any")).await.unwrap();
    assert_eq!(called.is_error, Some(true));
    let listed = client.list_tools(None).await.unwrap_err().to_string();
    assert!(listed.contains("The host failed"), "{listed}");
    drop((client, running));
}
