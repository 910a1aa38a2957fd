use std::time::Duration;

use super::{Calls, Kind, TOOLS};
use crate::server::metrics::Outcome;

#[test]
fn names_that_clients_make_up_share_one_line() {
    let calls = Calls::default();
    for made_up in ["a", "b", "c"] {
        calls.of(made_up, || None).over(Outcome::Arguments, Duration::ZERO);
    }
    let known = calls.of("listed", || Some(Kind::Writes));
    known.over(Outcome::Ok, Duration::from_millis(2));
    let counted = calls.look();
    let names: Vec<_> = counted.iter().map(|counted| (counted.tool.as_str(), counted.kind)).collect();
    assert_eq!(names, [("listed", "write"), ("other", "other")]);
    assert_eq!(counted[1].outcomes[Outcome::Arguments as usize], 3);
    assert_eq!((counted[0].times.all(), counted[0].times.sum), (1, 2_000));
}

#[test]
fn outcomes_are_counted_at_their_own_place() {
    for (place, outcome) in Outcome::ALL.into_iter().enumerate() {
        assert_eq!(outcome as usize, place);
    }
}

#[test]
fn ever_new_tools_do_not_make_the_page_grow_for_ever() {
    let calls = Calls::default();
    for number in 0..TOOLS + 10 {
        calls.of(&format!("tool-{number}"), || Some(Kind::Reads)).over(Outcome::Ok, Duration::ZERO);
    }
    assert_eq!(calls.look().len(), TOOLS + 1);
    assert_eq!(calls.look()[TOOLS].outcomes[0], 10);
}
