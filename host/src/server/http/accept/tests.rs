use http::{HeaderMap, HeaderValue, header::ACCEPT};

use super::prefers_events;

fn headers(values: &[&'static str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(ACCEPT, HeaderValue::from_static(value));
    }
    headers
}

#[test]
fn only_a_higher_quality_asks_for_a_stream() {
    for json in [
        "application/json, text/event-stream",
        "text/event-stream, application/json",
        "text/event-stream;q=0.5, application/json",
        "application/json;q=0.9, text/event-stream;q=0.9",
        "text/event-stream;q=nonsense, application/json",
    ] {
        assert!(!prefers_events(&headers(&[json])), "{json}");
    }
    for events in [
        "application/json;q=0.5, text/event-stream",
        "text/event-stream; charset=utf-8, application/json ; Q=0.001",
        "application/json;q=0, text/event-stream;q=0.2",
    ] {
        assert!(prefers_events(&headers(&[events])), "{events}");
    }
    assert!(!prefers_events(&headers(&[])));
    assert!(prefers_events(&headers(&["application/json;q=0.1", "Text/Event-Stream"])));
}
