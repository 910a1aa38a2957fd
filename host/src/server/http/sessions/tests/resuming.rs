use super::*;

const ANSWER: &str = "notifications/progress";

#[tokio::test]
async fn a_stream_goes_on_after_the_last_event_that_was_read() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut stream = house.ask(&id, call(1, "a")).await;
    for number in 1..=3 {
        service.send(progress("a", number)).await.unwrap();
    }
    let (primed, _) = next(&mut stream).unwrap();
    let (first, said_first) = next(&mut stream).unwrap();
    assert_eq!((said_first["method"].as_str(), said_first["params"]["progress"].as_f64()), (Some(ANSWER), Some(1.0)));
    drop(stream);
    service.send(answer(&json!(1), json!({}))).await.unwrap();
    assert_eq!(said(&mut house.resume(&id, &first).await).len(), 3);
    // Whoever comes back later hears all of it again.
    let mut again = house.resume(&id, &primed).await;
    assert_eq!(said(&mut again).len(), 4);
    assert!(is_over(&mut again));
}

#[tokio::test]
async fn who_resumes_hears_what_comes_then() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut stream = house.ask(&id, call(1, "a")).await;
    let (primed, _) = next(&mut stream).unwrap();
    let mut resumed = house.resume(&id, &primed).await;
    assert!(said(&mut resumed).is_empty());
    service.send(progress("a", 1)).await.unwrap();
    service.send(answer(&json!(1), json!({}))).await.unwrap();
    assert_eq!(said(&mut resumed).len(), 2);
    assert!(said(&mut stream).is_empty() && is_over(&mut stream), "the one before hears nothing twice");
}

#[tokio::test]
async fn an_answer_that_nobody_was_there_for_outlives_a_crash() {
    let mut house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut stream = house.ask(&id, call(1, "a")).await;
    let (primed, _) = next(&mut stream).unwrap();
    drop(stream);
    service.send(progress("a", 1)).await.unwrap();
    service.send(answer(&json!(1), json!({ "done": true }))).await.unwrap();
    house.settle().await;
    house.crash();
    let _service = house.restore(&id).await;
    let mut resumed = house.resume(&id, &primed).await;
    let heard = said(&mut resumed);
    assert_eq!((heard.len(), &heard[1]["result"]["done"]), (2, &json!(true)));
    assert!(is_over(&mut resumed));
    // In between, too.
    let (first, _) = next(&mut house.resume(&id, &primed).await).unwrap();
    assert_eq!(said(&mut house.resume(&id, &first).await).len(), 1);
}

#[tokio::test]
async fn a_request_that_a_crash_ended_is_answered_that_this_is_not_known() {
    let mut house = House::new();
    let (id, mut service) = house.open(None).await;
    let request = json!({ "jsonrpc": "2.0", "id": "an id", "method": "ping" });
    let mut stream = house.ask(&id, request).await;
    let (primed, _) = next(&mut stream).unwrap();
    service.send(changed()).await.unwrap();
    house.crash();
    let _service = house.restore(&id).await;
    let mut resumed = house.resume(&id, &primed).await;
    let (last, error) = next(&mut resumed).unwrap();
    assert_eq!((&error["id"], &error["error"]["data"]["code"]), (&json!("an id"), &json!("interrupted")));
    assert_eq!(error["error"]["data"]["retryable"], true);
    assert!(is_over(&mut resumed));
    assert!(EventId::parse(&last).unwrap().place > 0);
}

#[tokio::test]
async fn a_host_that_ends_leaves_what_may_not_have_been_read() {
    let mut house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut common = house.sessions.create_standalone_stream(&id).await.unwrap();
    let mut stream = house.ask(&id, call(1, "a")).await;
    service.send(changed()).await.unwrap();
    service.send(answer(&json!(1), json!({}))).await.unwrap();
    // One that took everything, though it may not have arrived; and one that took nothing.
    let (primed, _) = next(&mut stream).unwrap();
    assert_eq!(said(&mut stream).len(), 1);
    house.sessions.end().await;
    assert!(is_over(&mut stream));
    drop(common);
    house.crash();
    let _service = house.restore(&id).await;
    assert_eq!(said(&mut house.resume(&id, &primed).await).len(), 1);
    common = house.sessions.create_standalone_stream(&id).await.unwrap();
    assert_eq!(said(&mut common).len(), 1, "a stream that is opened anew begins with what nobody was given");
    assert!(said(&mut house.sessions.create_standalone_stream(&id).await.unwrap()).is_empty());
}

#[tokio::test]
async fn the_common_stream_goes_on_in_another_process() {
    let mut house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut common = house.sessions.create_standalone_stream(&id).await.unwrap();
    let (primed, _) = next(&mut common).unwrap();
    drop(common);
    service.send(changed()).await.unwrap();
    house.settle().await;
    house.crash();
    let mut service = house.restore(&id).await;
    let mut resumed = house.resume(&id, &primed).await;
    assert_eq!(said(&mut resumed).len(), 1);
    service.send(changed()).await.unwrap();
    assert_eq!(said(&mut resumed).len(), 1);
    assert!(!is_over(&mut resumed));
}

#[tokio::test]
async fn what_the_host_asked_is_not_asked_again_by_another() {
    let mut house = House::new();
    let (id, mut service) = house.open(None).await;
    drop(house.sessions.create_standalone_stream(&id).await.unwrap());
    let asks = json!({ "jsonrpc": "2.0", "id": 100, "method": "ping" });
    service.send(serde_json::from_value(asks).unwrap()).await.unwrap();
    house.sessions.end().await;
    house.crash();
    let _service = house.restore(&id).await;
    assert!(said(&mut house.sessions.create_standalone_stream(&id).await.unwrap()).is_empty());
}

#[tokio::test]
async fn streams_of_others_are_not_to_be_had() {
    let house = House::new();
    let (one, mut service) = house.open(None).await;
    let (other, _other) = house.open(None).await;
    let mut stream = house.ask(&one, ping("secret")).await;
    let (primed, _) = next(&mut stream).unwrap();
    service.send(answer(&json!("secret"), json!({}))).await.unwrap();
    let heard = said(&mut house.resume(&other, &primed).await);
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0]["error"]["data"]["code"], "interrupted");
    assert!(house.sessions.resume(&other, "nonsense".to_owned()).await.is_err());
    // One of this very session, with the id of another request: its number says which it is.
    let forged = EventId::parse(&primed).unwrap();
    let stream = StreamId { request: Some(rmcp::model::RequestId::Number(9)), ..forged.stream };
    let heard = said(&mut house.resume(&one, &stream.at(0).to_string()).await);
    assert_eq!((heard.len(), &heard[0]["id"]), (1, &json!("secret")));
}

#[tokio::test]
async fn a_stream_goes_on_whose_request_is_too_long_to_be_said() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    let long = "x".repeat(500);
    let mut stream = house.ask(&id, ping(long.as_str())).await;
    let (primed, _) = next(&mut stream).unwrap();
    drop(stream);
    service.send(answer(&json!(long), json!({}))).await.unwrap();
    assert_eq!(said(&mut house.resume(&id, &primed).await)[0]["id"], long);
}

#[tokio::test]
async fn a_notice_is_given_out_once() {
    let mut house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut common = house.sessions.create_standalone_stream(&id).await.unwrap();
    let (primed, _) = next(&mut common).unwrap();
    drop(common);
    // On disk, and in the ring.
    service.send(changed()).await.unwrap();
    house.settle().await;
    let mut common = house.sessions.create_standalone_stream(&id).await.unwrap();
    assert_eq!(said(&mut common).len(), 1);
    drop(common);
    service.send(changed()).await.unwrap();
    house.settle().await;
    assert_eq!(said(&mut house.resume(&id, &primed).await).len(), 2, "who resumes says what it has read");
    house.crash();
    let _service = house.restore(&id).await;
    assert!(said(&mut house.sessions.create_standalone_stream(&id).await.unwrap()).is_empty());
}
