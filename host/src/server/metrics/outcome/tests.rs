use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock};

use super::{Outcome, outcome};
use crate::server::errors;
use crate::swap::SlotError;

#[test]
fn an_answer_is_what_it_says_of_itself() {
    let text = || vec![ContentBlock::text("x")];
    assert_eq!(outcome(&Ok(CallToolResult::success(text()).into())), Outcome::Ok);
    assert_eq!(outcome(&Ok(CallToolResult::error(text()).into())), Outcome::ToolError);
    assert_eq!(outcome(&Err(ErrorData::invalid_params("no such tool", None))), Outcome::Arguments);
    assert_eq!(outcome(&Err(ErrorData::internal_error("x", None))), Outcome::Fault);
}

#[test]
fn what_a_slot_refuses_is_told_from_what_it_fails_at() {
    let of = |error: SlotError| outcome(&errors::slot_error(&error).map(Into::into));
    assert_eq!(of(SlotError::Busy(3)), Outcome::Busy);
    assert_eq!(of(SlotError::Interrupted), Outcome::Interrupted);
    assert_eq!(of(SlotError::Changed(Vec::new())), Outcome::Arguments);
    assert_eq!(of(SlotError::Contract("it lied".to_owned())), Outcome::Fault);
    let failed = errors::tool_error("no-such-task", "There is no such task.".to_owned(), false);
    assert_eq!(outcome(&Ok(failed.into())), Outcome::ToolError, "it is the plugin's own word");
}
