use std::task::Waker;

use axum::body::{Body as Bytes, to_bytes};

use super::*;

fn held() -> Arc<Rest> {
    let rest = Rest::new(Arc::default(), false);
    rest.shared.hold();
    Arc::new(rest)
}

fn post(body: &'static str) -> Request<Bytes> {
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = Method::POST;
    request
}

#[tokio::test]
async fn it_rests_before_the_first_request_and_after_each_answer() {
    let rest = held();
    assert!(rest.is_held());
    rest.read(b"POST /mcp ");
    assert!(!rest.is_held(), "half a head");
    let (request, answering) = rest.asked(post("{}"));
    rest.flushed();
    assert!(!rest.is_held());
    to_bytes(Bytes::new(request.into_body()), 10).await.unwrap();
    rest.wrote();
    rest.flushed();
    assert!(!rest.is_held(), "the answer has not come to its end");
    drop(answering);
    assert!(!rest.is_held(), "its end is not with the system");
    rest.flushed();
    assert!(rest.is_held());
    rest.read(b"POST /mcp ");
    rest.flushed();
    assert!(!rest.is_held(), "half a head again");
}

#[test]
fn a_request_that_was_not_read_to_its_end_is_in_the_way() {
    let rest = held();
    rest.read(b"POST /mcp ");
    let (request, answering) = rest.asked(post("unread"));
    drop((request, answering));
    rest.wrote();
    rest.flushed();
    assert!(rest.is_reached() && !rest.may_leave());
}

#[test]
fn what_only_two_understand_stays_between_them() {
    let (rest, encrypted) = (held(), Rest::new(held().shared.clone(), true));
    let mut request = post("");
    *request.version_mut() = Version::HTTP_2;
    drop(rest.asked(request));
    assert!(!rest.may_leave() && !encrypted.may_leave());
    let silent = held();
    silent.read(b"PRI * HTTP/2.0");
    assert!(!silent.may_leave());
}

#[test]
fn who_only_listens_is_counted() {
    let rest = held();
    let mut request = post("");
    request.headers_mut().insert(METHOD, http::HeaderValue::from_static("subscriptions/listen"));
    let (request, answering) = rest.asked(request);
    let mut answer = Answer { body: Bytes::empty(), _answering: answering };
    let mut context = Context::from_waker(Waker::noop());
    let end: Poll<Option<Result<_, _>>> = Pin::new(&mut answer).poll_frame(&mut context);
    assert!(matches!(end, Poll::Ready(None)));
    assert_eq!(rest.shared.streams.load(Ordering::Relaxed), 1);
    drop((request, answer));
    assert_eq!(rest.shared.streams.load(Ordering::Relaxed), 0);
    assert_eq!(rest.shared.hand_on().len(), 0, "nothing was left to anybody");
}
