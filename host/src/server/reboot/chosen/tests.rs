use super::{Code, choose};
use crate::model::SlotName;

fn slots(names: &[&str]) -> Vec<SlotName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

#[test]
fn a_slot_need_not_be_named_if_it_is_clear_which() {
    let chosen = |there: &[&str], named| {
        let target = choose(slots(there), named).unwrap();
        (target.slots.iter().map(|slot| slot.as_str().to_owned()).collect::<Vec<_>>(), target.all)
    };
    assert_eq!(chosen(&["a", "orchestrator"], None), (vec!["orchestrator".to_owned()], false));
    assert_eq!(chosen(&["a"], None), (vec!["a".to_owned()], false));
    assert_eq!(chosen(&["a", "b"], Some("b")), (vec!["b".to_owned()], false));
    assert_eq!(chosen(&["a", "b"], Some("*")), (vec!["a".to_owned(), "b".to_owned()], true));
    assert_eq!(chosen(&["a"], Some("*")), (vec!["a".to_owned()], true));
}

#[test]
fn else_it_is_said_which_there_are() {
    for named in [None, Some("c"), Some("orchestrator"), Some("")] {
        let problem = choose(slots(&["a", "b"]), named).unwrap_err();
        assert_eq!(problem.code, Code::InvalidParameters);
        assert!(problem.message.contains("a, b"), "{}", problem.message);
    }
    assert_eq!(choose(Vec::new(), None).unwrap_err().code, Code::InitializationFailed);
}
