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

#[tokio::test]
async fn a_tool_goes_on_when_its_connection_goes_away() {
    let host = Host::new();
    let mut client = host.client().await;
    let begun = Notify::new();
    tokio::select! {
        _ = client.tool(tool("held"), |_, _| begun.notify_one()) => unreachable!("the tool is held"),
        () = begun.notified() => {}
    }
    drop(client);
    until("the tool is done", async || {
        host.slots.go_on.notify_one();
        host.slots.done.load(Ordering::SeqCst) == 1
    })
    .await;
}
