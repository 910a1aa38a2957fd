use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt as _};

use super::handler::{Attentive, Guarded};
use super::state::StateKeys;
use crate::seal::Keyring;

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
