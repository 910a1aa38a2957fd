//! What a tool answers: a typed value, and the text a model reads.

use schemars::JsonSchema;
use serde::Serialize;

use crate::bindings::exports::mainstay::plugin::tools::ToolResult;
use crate::bindings::mainstay::plugin::types;
pub use crate::bindings::mainstay::plugin::types::Content;
use crate::failure::Failure;

/// What a handler returns.
pub type Outcome<T> = Result<Reply<T>, Failure>;

/// A successful answer. Its structured content is `value`; its text is the JSON of it unless
/// [`Reply::with_text`] says it better.
#[derive(Debug, Clone)]
pub struct Reply<T> {
    value: T,
    content: Option<Vec<Content>>,
    content_only: bool,
    is_error: bool,
}

impl<T: Serialize + JsonSchema> Reply<T> {
    /// Shows the model this text in place of JSON.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.content = Some(vec![Content::text(text)]);
        self
    }

    /// Shows the model this content in place of JSON.
    #[must_use]
    pub fn with_content(mut self, content: Vec<Content>) -> Self {
        self.content = Some(content);
        self
    }

    /// Leaves the structured content out: the model reads the content alone. Several clients hand their model only
    /// the structured content of an answer that has both.
    #[must_use]
    pub fn content_only(mut self) -> Self {
        self.content_only = true;
        self
    }

    /// What the answer says.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Marks the answer as an error and keeps what was written.
    #[must_use]
    pub fn as_error(mut self) -> Self {
        self.is_error = true;
        self
    }

    pub(crate) fn into_result(self) -> Result<ToolResult, Failure> {
        let structured = serde_json::to_string(&self.value)
            .map_err(|error| Failure::new("internal", format!("the answer could not be written as JSON: {error}")))?;
        let content = self.content.unwrap_or_else(|| vec![Content::text(structured.clone())]);
        let structured_content = (!self.content_only).then_some(structured);
        Ok(ToolResult { content, structured_content, is_error: self.is_error, meta: None })
    }
}

impl<T: Serialize + JsonSchema> From<T> for Reply<T> {
    fn from(value: T) -> Self {
        Self { value, content: None, content_only: false, is_error: false }
    }
}

impl Content {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(types::TextContent { text: text.into(), annotations: None, meta: None })
    }

    /// An image of the given media type.
    pub fn image(data: Vec<u8>, mime_type: &str) -> Self {
        Self::Image(types::MediaContent { data, mime_type: mime_type.to_owned(), annotations: None, meta: None })
    }

    /// A pointer to a resource the client may read.
    pub fn link(uri: &str, name: &str, mime_type: &str) -> Self {
        Self::ResourceLink(types::ResourceLink {
            uri: uri.to_owned(),
            name: name.to_owned(),
            title: None,
            description: None,
            mime_type: Some(mime_type.to_owned()),
            size: None,
            annotations: None,
            meta: None,
        })
    }
}
