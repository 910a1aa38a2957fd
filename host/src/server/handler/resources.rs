//! Resources, as the plugins have them.

use rmcp::model::{
    CacheScope, ListResourceTemplatesResult, ListResourcesResult, PaginatedRequestParams, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::json;

use super::Handler;
use crate::plugin::contract::resources;
use crate::server::{convert, errors, pages};

impl Handler {
    pub(super) async fn resources_listed(
        &self,
        params: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let caller = self.session().caller(&context);
        let with = self.surfaces().await?.into_iter().filter(|(_, plugin)| plugin.surface().has_resources);
        let slots: Vec<_> = with.map(|(slot, _)| slot).collect();
        let asked = params.and_then(|params| params.cursor);
        let Some((index, cursor)) = pages::resume(asked.as_deref(), &slots) else {
            return Err(resource_error(&resources::ResourceError::InvalidCursor, ""));
        };
        let Some(slot) = slots.get(index) else { return Ok(ListResourcesResult::with_all_items(Vec::new())) };
        let page = self.read(slot, move |instance, cx| instance.list_resources(cx, &caller, cursor.as_deref())).await?;
        let page = page.map_err(|error| resource_error(&error, ""))?;
        let mut result =
            ListResourcesResult::with_all_items(page.resources.into_iter().map(convert::resource_info).collect());
        result.next_cursor = pages::next(index, page.next_cursor, &slots);
        Ok(result.with_ttl_ms(0).with_cache_scope(CacheScope::Private))
    }

    pub(super) async fn resource_templates_listed(&self) -> Result<ListResourceTemplatesResult, ErrorData> {
        let surfaces = self.surfaces().await?;
        let templates = surfaces.iter().flat_map(|(_, plugin)| &plugin.surface().templates);
        let templates = templates.map(convert::resource_template).collect();
        Ok(ListResourceTemplatesResult::with_all_items(templates).with_ttl_ms(self.ttl()))
    }

    pub(super) async fn resource_read(
        &self,
        params: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        for (slot, plugin) in self.surfaces().await? {
            if !plugin.surface().has_resources {
                continue;
            }
            let (caller, uri) = (self.session().caller(&context), params.uri.clone());
            let contents = self.read(&slot, move |instance, cx| instance.read_resource(cx, &caller, &uri)).await?;
            let contents = match contents {
                Err(resources::ResourceError::NotFound) => continue,
                other => other.map_err(|error| resource_error(&error, &params.uri))?,
            };
            let contents = contents.into_iter().map(convert::resource_contents).collect();
            let result = ReadResourceResult::new(contents).with_ttl_ms(0).with_cache_scope(CacheScope::Private);
            return Ok(ReadResourceResponse::Complete(result));
        }
        Err(resource_error(&resources::ResourceError::NotFound, &params.uri))
    }
}

fn resource_error(error: &resources::ResourceError, uri: &str) -> ErrorData {
    match error {
        resources::ResourceError::NotFound => {
            ErrorData::resource_not_found(format!("there is no resource {uri}"), Some(json!({ "uri": uri })))
        }
        resources::ResourceError::InvalidCursor => {
            ErrorData::invalid_params("the cursor is not one of ours: list from the beginning", None)
        }
        resources::ResourceError::Failed(failure) => errors::failure_protocol_error(failure),
    }
}
