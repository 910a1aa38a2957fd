//! A reboot tool called by a client.

use std::sync::Arc;

use rmcp::RoleServer;
use rmcp::model::{CallToolRequestParams, CallToolResult, ProtocolVersion};
use rmcp::service::RequestContext;

use super::answer::to_mcp;
use super::definition::definitions;
use super::desk::Asker;
use super::time::timestamp;
use crate::plugin::now;
use crate::server::handler::Handler;
use crate::server::session::names;
use crate::server::{errors, reports};

impl Handler {
    /// Answers a call of one of the host's own tools. It has no place among the client's calls: however many of those
    /// are under way, these are answered.
    pub(crate) async fn answer_reboot(
        &self,
        params: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> CallToolResult {
        let Some(definition) = definitions().iter().find(|definition| definition.name == params.name) else {
            return errors::tool_error("unknown-tool", format!("There is no tool {:?}.", params.name), false);
        };
        let (reports, pump) = reports::channel(self.session(), &context);
        let modern = |version: ProtocolVersion| version >= ProtocolVersion::V_2026_07_28;
        let (client_name, client_version) = context.client_info().map(names).unwrap_or_default();
        let asker = Asker {
            session: Some(self.session().clone()),
            client_name,
            client_version,
            transport: self.session().transport(),
            role: self.session().role(&self.slots().settings().reboot),
            fixed_list: context.protocol_version().is_some_and(modern),
            reporter: Arc::new(reports),
        };
        let answer = self.shared().answer(definition, params.arguments.unwrap_or_default(), &asker);
        let answer = pump.during(answer).await;
        to_mcp(answer, definition, &timestamp(now()))
    }
}
