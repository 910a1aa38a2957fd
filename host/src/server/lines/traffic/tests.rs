use super::*;

fn request(id: i64, kind: Kind<'_>) -> Said<'_> {
    Said::Request { id: RequestId::Number(id), kind }
}

fn hear(traffic: &mut Traffic, id: i64, kind: Kind<'_>) {
    traffic.heard(&request(id, kind), format!("line {id}").as_bytes(), true);
}

#[test]
fn what_counts_for_good_is_said_again_and_its_answers_are_not() {
    let mut traffic = Traffic::default();
    hear(&mut traffic, 1, Kind::Hello);
    traffic.heard(&Said::Ready, b"", true);
    hear(&mut traffic, 2, Kind::Level);
    hear(&mut traffic, 3, Kind::Subscribe("a://b"));
    hear(&mut traffic, 4, Kind::Subscribe("c://d"));
    hear(&mut traffic, 5, Kind::Unsubscribe("a://b"));
    hear(&mut traffic, 6, Kind::Level);
    for id in 1..=6 {
        assert!(traffic.answers(&RequestId::Number(id)));
    }
    assert!(traffic.is_quiet());
    let again = traffic.standing().again(&[]);
    let ready = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    assert_eq!(again.lines, ["line 1", ready, "line 6", "line 4"]);
    let answered = [(1, None), (4, Some("c://d".to_owned())), (6, None)];
    let answered = answered.map(|(id, uri)| (RequestId::Number(id), uri)).into_iter().collect();
    assert_eq!(again.known.answered, answered);
}

#[test]
fn what_is_not_answered_is_asked_again_in_order() {
    let mut traffic = Traffic::default();
    hear(&mut traffic, 1, Kind::Hello);
    hear(&mut traffic, 3, Kind::Call);
    hear(&mut traffic, 2, Kind::Other);
    assert!(traffic.answers(&RequestId::Number(1)));
    let (open, _) = traffic.take_open();
    let asked: Vec<_> = open.iter().map(|open| (open.text.as_deref(), open.is_call)).collect();
    assert_eq!(asked, [(Some("line 3"), true), (Some("line 2"), false)]);
    assert_eq!(traffic.standing().again(&open).lines, ["line 1", "line 3", "line 2"]);
}

#[test]
fn a_question_is_taken_back_once() {
    let mut traffic = Traffic::default();
    assert!(traffic.asks(Some(&RequestId::Number(7))) && traffic.asks(Some(&RequestId::Number(8))));
    assert!(traffic.withdraws(&RequestId::Number(7)));
    assert_eq!(traffic.take_open().1, [RequestId::Number(8)]);
    traffic.close();
    assert!(!traffic.withdraws(&RequestId::Number(8)));
}

#[test]
fn a_hello_without_an_answer_is_said_once() {
    let mut traffic = Traffic::default();
    hear(&mut traffic, 1, Kind::Hello);
    let (open, _) = traffic.take_open();
    let again = traffic.standing().again(&open);
    assert_eq!((again.lines, again.known.answered.len()), (vec!["line 1".to_owned()], 0));
}

#[test]
fn subscriptions_stay_open_until_they_are_cancelled() {
    let mut traffic = Traffic::default();
    hear(&mut traffic, 1, Kind::Listen);
    hear(&mut traffic, 2, Kind::Listen);
    assert!(traffic.is_quiet(), "they are not waited for");
    traffic.heard(&Said::Cancelled(RequestId::Number(1)), b"", true);
    assert!(traffic.standing().again(&[]).known.acknowledged.is_empty(), "nobody has said that it began");
    traffic.acknowledges(&RequestId::Number(2));
    let again = traffic.standing().again(&[]);
    assert_eq!(again.lines, ["line 2"]);
    assert!(again.known.acknowledged.contains(&RequestId::Number(2)) && again.known.answered.is_empty());
    assert!(traffic.answers(&RequestId::Number(2)), "its end is an answer");
    assert!(traffic.standing().again(&[]).lines.is_empty());
}

#[test]
fn nothing_is_for_a_client_that_is_answered_elsewhere() {
    let mut traffic = Traffic::default();
    hear(&mut traffic, 1, Kind::Call);
    assert!(traffic.asks(Some(&RequestId::Number(7))));
    traffic.close();
    assert!(!traffic.answers(&RequestId::Number(1)));
    assert!(!traffic.asks(None));
    let (open, asked) = traffic.take_open();
    assert_eq!((open.len(), asked), (1, vec![RequestId::Number(7)]));
    assert!(traffic.answers(&RequestId::Number(1)), "it may be answered by whoever is next");
}

#[test]
fn what_is_asked_again_is_waited_for_again() {
    let mut traffic = Traffic::default();
    hear(&mut traffic, 1, Kind::Call);
    let (open, _) = traffic.take_open();
    assert!(traffic.is_quiet());
    traffic.reopen(&open);
    assert!(!traffic.is_quiet());
    assert_eq!(traffic.take_open().0, open);
}

#[test]
fn a_question_that_was_answered_is_not_taken_back() {
    let mut traffic = Traffic::default();
    assert!(traffic.asks(Some(&RequestId::Number(7))));
    traffic.replied(&RequestId::Number(7));
    assert_eq!(traffic.take_open().1, []);
}
