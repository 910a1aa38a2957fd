//! Resources: text, bytes, a template, and one that changes.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{ResourceBody, ResourceContents, ResourceError, ResourceInfo, ResourcePage, ResourceTemplate};

use super::IMAGE;

/// The resource that changes.
pub(super) const WATCHED: &str = "test://watched-resource";

pub(super) fn list() -> ResourcePage {
    let resources = vec![
        info("test://static-text", "Static text", "text/plain"),
        info("test://static-binary", "Static bytes", "image/png"),
        info(WATCHED, "Watched", "text/plain"),
    ];
    ResourcePage { resources, next_cursor: None }
}

fn info(uri: &str, name: &str, mime_type: &str) -> ResourceInfo {
    ResourceInfo {
        uri: uri.to_owned(),
        name: name.to_owned(),
        title: None,
        description: Some("For testing.".to_owned()),
        mime_type: Some(mime_type.to_owned()),
        size: None,
        annotations: None,
        meta: None,
    }
}

pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![ResourceTemplate {
        uri_template: "test://template/{id}/data".to_owned(),
        name: "Data".to_owned(),
        title: None,
        description: Some("Data of any id.".to_owned()),
        mime_type: Some("application/json".to_owned()),
        annotations: None,
        meta: None,
    }]
}

pub(super) fn read(cx: &Context<'_>, uri: &str) -> Result<Vec<ResourceContents>, ResourceError> {
    let contents = match uri {
        "test://static-text" => {
            ResourceContents::text(uri, "text/plain", "This is the content of the static text resource.")
        }
        "test://static-binary" => ResourceContents {
            uri: uri.to_owned(),
            mime_type: Some("image/png".to_owned()),
            body: ResourceBody::Blob(IMAGE.to_vec()),
            meta: None,
        },
        WATCHED => {
            let text = cx.state().get::<String>(WATCHED)?;
            ResourceContents::text(uri, "text/plain", text.unwrap_or_else(|| "as it was".to_owned()))
        }
        _ => {
            let id = uri.strip_prefix("test://template/").and_then(|rest| rest.strip_suffix("/data"));
            let id = id.ok_or(ResourceError::NotFound)?;
            let data = serde_json::json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
            ResourceContents::text(uri, "application/json", data.to_string())
        }
    };
    Ok(vec![contents])
}
