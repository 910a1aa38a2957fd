//! What a client says for good: a process that has not heard it is told.

use rmcp::model::{ClientJsonRpcMessage, ClientRequest};

/// One thing that counts until the client says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lasting {
    /// From which level on it wants log lines.
    Level(String),
    Subscribed(String),
    Unsubscribed(String),
}

impl Lasting {
    pub(super) fn of(message: &ClientJsonRpcMessage) -> Option<Self> {
        let ClientJsonRpcMessage::Request(asked) = message else { return None };
        match &asked.request {
            ClientRequest::SetLevelRequest(said) => {
                let params = serde_json::to_value(&said.params).ok()?;
                Some(Self::Level(params["level"].as_str()?.to_owned()))
            }
            ClientRequest::SubscribeRequest(said) => Some(Self::Subscribed(said.params.uri.clone())),
            ClientRequest::UnsubscribeRequest(said) => Some(Self::Unsubscribed(said.params.uri.clone())),
            _ => None,
        }
    }
}
