//! Resources, in the words of the contract.

pub use crate::bindings::mainstay::plugin::types::{ResourceBody, ResourceContents};
pub use crate::bindings::resources::exports::mainstay::plugin::resources::{
    ResourceError, ResourceInfo, ResourcePage, ResourceTemplate,
};
use crate::failure::Failure;

impl From<Failure> for ResourceError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure.into())
    }
}

impl ResourceContents {
    /// A text resource of the given media type.
    pub fn text(uri: &str, mime_type: &str, text: impl Into<String>) -> Self {
        Self {
            uri: uri.to_owned(),
            mime_type: Some(mime_type.to_owned()),
            body: ResourceBody::Text(text.into()),
            meta: None,
        }
    }
}
