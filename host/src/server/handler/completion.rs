//! Completion of arguments.

use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use super::Handler;
use crate::plugin::contract::completion;
use crate::server::errors;

impl Handler {
    pub(super) async fn completed(
        &self,
        params: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let reference = match params.r#ref {
            Reference::Prompt(prompt) => completion::Reference::Prompt(prompt.name),
            Reference::Resource(template) => completion::Reference::ResourceTemplate(template.uri),
            _ => return Err(ErrorData::invalid_params("a reference is to a prompt or a resource", None)),
        };
        let filled = params.context.and_then(|context| context.arguments).unwrap_or_default();
        let request = completion::CompletionRequest {
            reference,
            argument: params.argument.name,
            value: params.argument.value,
            context: filled.into_iter().collect(),
        };
        for (slot, plugin) in self.surfaces().await? {
            if !plugin.surface().has_completion {
                continue;
            }
            let (caller, request) = (self.session().caller(&context), request.clone());
            let found = self.read(&slot, move |instance, cx| instance.complete(cx, &caller, &request)).await?;
            let mut found = found.map_err(|failure| errors::failure_protocol_error(&failure))?;
            if found.values.is_empty() {
                // Not one of this plugin's, or nothing begins like that.
                continue;
            }
            found.values.truncate(CompletionInfo::MAX_VALUES);
            let mut info = CompletionInfo::default();
            info.values = found.values;
            info.total = found.total;
            info.has_more = Some(found.has_more);
            return Ok(CompleteResult::new(info));
        }
        Ok(CompleteResult::default())
    }
}
