use opentelemetry::trace::TraceContextExt as _;

use super::{Said, extract};

#[test]
fn a_parent_is_taken_as_the_client_says_it() {
    let parent = Some("00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01");
    let context = extract(&Said { parent, state: Some("vendor=1") });
    let parent = context.span().span_context().clone();
    assert_eq!(parent.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(parent.span_id().to_string(), "00f067aa0ba902b7");
    assert!(parent.is_remote() && parent.is_sampled());
    assert_eq!(parent.trace_state().header(), "vendor=1");
}

#[test]
fn what_is_no_parent_is_none() {
    let zeroes = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
    for wrong in [None, Some(""), Some("00-xyz"), Some(zeroes), Some("ü")] {
        let context = extract(&Said { parent: wrong, state: None });
        assert!(!context.span().span_context().is_valid(), "{wrong:?}");
    }
}
