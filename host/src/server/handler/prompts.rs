//! The list of prompts, as the plugins have them.

use rmcp::model::{CacheScope, ListPromptsResult};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use super::Handler;
use crate::plugin::contract::prompts;
use crate::server::{convert, errors};

impl Handler {
    pub(super) async fn prompts_listed(
        &self,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let mut all = Vec::new();
        for (slot, plugin) in self.surfaces().await? {
            if plugin.surface().has_prompts {
                let caller = self.session().caller(&context);
                let listed = self.read(&slot, move |instance, cx| instance.list_prompts(cx, &caller)).await?;
                let listed = listed.map_err(|failure| errors::failure_protocol_error(&failure))?;
                all.extend(listed.into_iter().map(convert::prompt));
            }
        }
        Ok(ListPromptsResult::with_all_items(all).with_ttl_ms(self.ttl()).with_cache_scope(CacheScope::Private))
    }
}

pub(super) fn prompt_error(error: &prompts::PromptError, name: &str) -> ErrorData {
    match error {
        prompts::PromptError::UnknownPrompt => ErrorData::invalid_params(format!("there is no prompt {name:?}"), None),
        prompts::PromptError::InvalidArgument((argument, problem)) => {
            ErrorData::invalid_params(format!("argument {argument:?}: {problem}"), None)
        }
        prompts::PromptError::Failed(failure) => errors::failure_protocol_error(failure),
    }
}
