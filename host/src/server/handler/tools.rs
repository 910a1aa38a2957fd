//! The list of tools.

use rmcp::ErrorData;
use rmcp::model::{CacheScope, ListToolsResult, Tool};

use super::Handler;
use crate::model::chain;
use crate::server::reboot;

impl Handler {
    pub(super) async fn tools_listed(&self) -> Result<ListToolsResult, ErrorData> {
        self.session().listed();
        let answers = self.slots().settings().reboot.output_schemas;
        let shown = |of: &reboot::Definition| if answers { of.with_answers.clone() } else { of.tool.clone() };
        let own = reboot::definitions().iter().map(shown);
        // A plugin that cannot be loaded is no reason to hide the tools that repair it.
        let mut tools: Vec<Tool> = match self.slots().published().await {
            Ok(published) => own.chain(self.shared().listed.tools(&published).iter().cloned()).collect(),
            Err(error) => {
                tracing::warn!(error = chain(&error), "no plugin can be listed");
                own.collect()
            }
        };
        tools.extend(self.operators_tools().await);
        Ok(ListToolsResult::with_all_items(tools).with_ttl_ms(self.ttl()).with_cache_scope(CacheScope::Private))
    }
}
