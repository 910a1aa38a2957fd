//! Requests whose parameters are of another shape.

use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CompleteRequestParams, CustomRequest, GetPromptRequestParams, ReadResourceRequestParams,
    SetLevelRequestParams,
};

/// A request of a known method whose parameters are of another shape reaches us as an unknown one.
pub(super) fn misshapen(request: &CustomRequest) -> Option<ErrorData> {
    fn problem<T: serde::de::DeserializeOwned>(request: &CustomRequest) -> Option<String> {
        let params = request.params.clone().unwrap_or_default();
        serde_json::from_value::<T>(params).err().map(|error| error.to_string())
    }
    let problem = match request.method.as_str() {
        "tools/call" => problem::<CallToolRequestParams>(request),
        "resources/read" => problem::<ReadResourceRequestParams>(request),
        "prompts/get" => problem::<GetPromptRequestParams>(request),
        "completion/complete" => problem::<CompleteRequestParams>(request),
        "logging/setLevel" => problem::<SetLevelRequestParams>(request),
        _ => return None,
    };
    let problem = problem.unwrap_or_else(|| "they are not of the expected shape".to_owned());
    Some(ErrorData::invalid_params(format!("the parameters of {} do not fit: {problem}", request.method), None))
}
