use serde_json::{Map, json};

use super::{Code, Problem, reached, together};
use crate::model::SlotName;

#[test]
fn several_slots_are_one_answer() {
    let (a, b): (SlotName, SlotName) = ("a".parse().unwrap(), "b".parse().unwrap());
    let went = |message: &str| {
        Ok(Map::from_iter([("success".to_owned(), json!(true)), ("message".to_owned(), json!(message))]))
    };
    let both = together([(&a, went("one")), (&b, went("two"))].into_iter()).unwrap();
    assert_eq!(
        (&both["success"], &both["phase"], &both["restarts"][1]["plugin"]),
        (&json!(true), &json!("complete"), &json!("b"))
    );
    let busy = Err(Problem::new(Code::SystemNotReady, "initiation_failed", "Not at rest."));
    let one = together([(&a, busy), (&b, went("two"))].into_iter()).unwrap_err();
    assert_eq!((one.code, one.phase), (Code::SystemNotReady, "initiation_failed"));
    assert!(one.message.contains("1 of 2") && one.message.contains("a: Not at rest."), "{}", one.message);
    let restarts = &one.more["restarts"];
    assert_eq!((&restarts[0]["success"], &restarts[0]["error_code"]), (&json!(false), &json!("SYSTEM_NOT_READY")));
    assert_eq!(restarts[1]["success"], true);
}

#[test]
fn it_is_said_how_far_it_came() {
    let slot: SlotName = "a".parse().unwrap();
    let percentages = [0, 1, 3, 7].map(|told| reached(&slot, told)["progress"].clone());
    assert_eq!(percentages, [json!(0), json!(10), json!(50), json!(100)]);
}
