use super::*;

#[tokio::test]
async fn a_client_that_does_not_read_holds_up_nobody() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut common = house.sessions.create_standalone_stream(&id).await.unwrap();
    for _ in 0..25_000 {
        service.send(changed()).now_or_never().expect("it waits").unwrap();
    }
    let mut stream = house.ask(&id, ping(1)).await;
    service.send(answer(&json!(1), json!({}))).await.unwrap();
    assert_eq!(said(&mut stream).len(), 1);
    // It is told what came last.
    assert_eq!(said(&mut common).len(), 256);
}

#[tokio::test]
async fn what_is_kept_is_bounded_in_bytes_too() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut stream = house.ask(&id, call(1, "a")).await;
    let long = "x".repeat(400 << 10);
    for number in 1..=5 {
        let params = json!({ "progressToken": "a", "progress": number, "message": long });
        let said = json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": params });
        service.send(serde_json::from_value(said).unwrap()).await.unwrap();
    }
    service.send(answer(&json!(1), json!({}))).await.unwrap();
    let heard = said(&mut stream);
    assert_eq!(heard.len(), 3);
    assert!(heard[2].get("result").is_some(), "the answer is among them");
}

#[tokio::test]
async fn a_stream_that_is_not_read_for_too_long_is_closed_and_can_be_resumed() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut stuck = house.sessions.create_standalone_stream(&id).await.unwrap();
    let (primed, _) = next(&mut stuck).unwrap();
    let mut stream = house.ask(&id, call(1, "a")).await;
    service.send(changed()).await.unwrap();
    let slow = house.live.get().http.slow_reader();
    house.sessions.sweep(Instant::now() + slow / 2);
    assert_eq!(said(&mut stuck).len(), 1);
    service.send(changed()).await.unwrap();
    house.sessions.sweep(Instant::now() + slow);
    assert!(is_over(&mut stuck));
    assert!(said(&mut stream).is_empty() && !is_over(&mut stream), "who has nothing to read is not slow");
    assert_eq!(said(&mut house.resume(&id, &primed).await).len(), 2);
}

#[tokio::test]
async fn a_session_has_so_many_streams_and_no_more() {
    let house = House::new();
    house.set(|settings| settings.http.streams_per_session = 3);
    let (id, mut service) = house.open(None).await;
    let common = house.sessions.create_standalone_stream(&id).await.unwrap();
    let (one, two) = (house.ask(&id, ping(1)).await, house.ask(&id, ping(2)).await);
    let asked = as_client(None, house.sessions.create_stream(&id, message(ping(3)))).await;
    assert_eq!(asked.0.unwrap_err(), SessionError::TooManyStreams);
    assert_eq!(asked.1.unwrap().status.as_u16(), 429);
    // One that its client gave up goes on until it is answered.
    drop(two);
    assert!(house.sessions.create_stream(&id, message(ping(3))).await.is_err());
    service.send(answer(&json!(2), json!({}))).await.unwrap();
    let three = house.ask(&id, ping(3)).await;
    assert!(house.sessions.create_standalone_stream(&id).await.is_err());
    drop((common, one, three));
}

#[tokio::test]
async fn two_requests_under_way_have_two_ids() {
    let house = House::new();
    let (id, _service) = house.open(None).await;
    let _one = house.ask(&id, ping(1)).await;
    let (asked, refusal) = as_client(None, house.sessions.create_stream(&id, message(ping(1)))).await;
    assert_eq!((asked.unwrap_err(), refusal.unwrap().status.as_u16()), (SessionError::SameId, 400));
}

#[tokio::test]
async fn one_session_too_many_takes_the_place_of_the_idlest_or_is_refused() {
    let house = House::new();
    house.set(|settings| settings.http.sessions = 2);
    let (first, _first) = house.open(None).await;
    let (second, _second) = house.open(None).await;
    let _listens = house.sessions.create_standalone_stream(&first).await.unwrap();
    let (third, _third) = house.open(None).await;
    let here = |id: SessionId| {
        let sessions = Arc::clone(&house.sessions);
        async move { sessions.has_session(&id).await.unwrap() }
    };
    assert!(here(Arc::clone(&first)).await && !here(Arc::clone(&second)).await && here(Arc::clone(&third)).await);
    // Its client finds it on disk.
    assert!(house.sessions.load(&second).await.unwrap().is_some());
    let _under_way = house.ask(&third, ping(1)).await;
    let (refused, refusal) = as_client(None, house.sessions.create_session()).await;
    assert_eq!(refused.map(drop).unwrap_err(), SessionError::TooManySessions);
    let refusal = refusal.unwrap();
    assert_eq!((refusal.status.as_u16(), refusal.retry_after), (503, Some(30)));
}

#[tokio::test]
async fn sessions_that_nobody_uses_go_and_others_stay() {
    let house = House::new();
    let (idle, _idle) = house.open(None).await;
    let (listens, _listens) = house.open(None).await;
    let _common = house.sessions.create_standalone_stream(&listens).await.unwrap();
    let (busy, _busy) = house.open(None).await;
    drop(house.ask(&busy, ping(1)).await);
    let longest = house.live.get().http.session_idle();
    house.sessions.sweep(Instant::now() + longest - Duration::from_secs(60));
    assert_eq!(house.sessions.len(), 3);
    house.sessions.sweep(Instant::now() + longest);
    assert!(!house.sessions.has_session(&idle).await.unwrap());
    assert!(house.sessions.has_session(&listens).await.unwrap() && house.sessions.has_session(&busy).await.unwrap());
}

#[tokio::test]
async fn finished_streams_are_not_kept_for_ever() {
    let house = House::new();
    let (id, mut service) = house.open(None).await;
    let mut ids = Vec::new();
    for number in 0..100 {
        let mut stream = house.ask(&id, ping(number)).await;
        ids.push(next(&mut stream).unwrap().0);
        drop(stream);
        service.receive().await.unwrap();
        service.send(answer(&json!(number), json!({}))).await.unwrap();
    }
    let heard = said(&mut house.resume(&id, &ids[99]).await);
    assert!(heard[0].get("result").is_some());
    // Of the older ones it is on disk, once that is written.
    let heard = said(&mut house.resume(&id, &ids[0]).await);
    assert_eq!(heard[0]["error"]["data"]["code"], "interrupted");
    house.settle().await;
    let heard = said(&mut house.resume(&id, &ids[0]).await);
    assert!(heard[0].get("result").is_some());
}
