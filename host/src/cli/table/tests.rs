use super::{List, list};

fn swaps() -> List {
    let mut rows = list(&["when", "slot", "from (generation)", "why"]);
    rows.add_row(["2026-11-21 09:05:24Z", "orchestrator", "", "a change of mind"]);
    rows.add_row(["2026-11-21 09:05:25Z", "other", "1.0.0 (2)", ""]);
    rows
}

fn set(room: u16) -> String {
    let text = swaps().set(room).to_string();
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(room.into()), "{room} columns:\n{text}");
    text
}

#[test]
fn a_list_breaks_between_words_as_long_as_it_can() {
    // The longest words are 10, 12, 12 and 6 wide.
    for room in [53, 60, 80, 200] {
        let text = set(room);
        for word in ["2026-11-21", "09:05:24Z", "orchestrator", "(generation)", "change"] {
            assert!(text.contains(word), "{room} columns:\n{text}");
        }
        assert!(text.starts_with('┌'), "{text}");
    }
}

#[test]
fn a_list_that_has_no_room_is_paragraphs_of_what_is_there() {
    let text = set(52);
    assert!(!text.contains('│'), "{text}");
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "2026-11-21 09:05:24Z  slot: orchestrator, why: a",
            "change of mind",
            "2026-11-21 09:05:25Z  slot: other, from",
            "(generation): 1.0.0 (2)",
        ]
    );
    set(20);
}
