use super::*;

#[tokio::test]
async fn whoever_joins_has_the_connection_for_its_client() {
    let host = Host::new();
    let order = |session: &str| JoinOrder { session: session.to_owned(), directory: None, version: String::new() };
    let mut joined = host.client().await.join(order("abc")).await.unwrap();
    joined.sink.write_all(b"{}\n").await.unwrap();
    assert!(matches!(joined.reader.next(1 << 10).await, Ok(Read::Line)));
    assert_eq!(joined.reader.line(), b"abc: {}");
    let refused = host.client().await.join(order("full")).await.err().unwrap();
    assert!(matches!(&refused, ControlError::Refused(said) if said == "no room"), "{refused:?}");
}
