use super::*;
use crate::server::http::asking::{Asking, scope};

async fn read(body: Body) -> (Result<Bytes, axum::Error>, Option<Refusal>) {
    let body = TimedBody { longest: Duration::from_millis(1), ..TimedBody::new(body) };
    scope(Asking::default(), axum::body::to_bytes(Body::new(body), usize::MAX)).await
}

#[tokio::test]
async fn a_body_that_does_not_come_is_refused() {
    let (read, refusal) = read(Body::from_stream(futures::stream::pending::<Result<Bytes, axum::Error>>())).await;
    assert!(read.is_err());
    assert_eq!(refusal.unwrap().status, StatusCode::REQUEST_TIMEOUT);
}

#[tokio::test]
async fn a_body_that_comes_is_what_it_is() {
    let (read, refusal) = read(Body::from("all")).await;
    assert_eq!((read.unwrap().as_ref(), refusal), (b"all".as_slice(), None));
}
