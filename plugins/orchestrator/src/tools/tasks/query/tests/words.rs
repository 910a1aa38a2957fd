//! Tasks are found by their words.

use serde_json::json;

use super::{found, problem, some};
use crate::testing::{complete, done, each, host};

#[test]
fn words_are_found_whole_or_by_their_beginning_whatever_is_typed() {
    let mut host = some();
    complete(&mut host, "e");
    let cases = [
        ("payment", "cb"),
        ("PAY", "cb"),
        ("payment form", "b"),
        ("\"payment tests\"", "c"),
        ("\"tests payment\"", ""),
        ("cafe", "a"),
        ("任务", "d"),
        ("Summary of e", "e"),
        ("payment AND form", ""),
        ("payment OR", ""),
        ("payment) (", "cb"),
        ("pay*", "cb"),
        ("payment for*", "b"),
        ("payment for", "b"),
        ("title:payment", ""),
        ("^payment -form + \" '", "b"),
        ("words", ""),
        ("NEAR(payment form)", ""),
    ];
    for (words, expected) in cases {
        assert_eq!(found(&mut host, json!({"search_text": words})).concat(), expected, "{words}");
    }
    for nothing in ["", " ", "\"\"", "*", "👍", "()"] {
        let said = problem(&mut host, json!({"search_text": nothing}));
        assert_eq!(said, "/search_text: has no word to look for", "{nothing}");
    }
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    done(&mut host, "plan_task", json!({"task_id": "x", "title": "payment", "description": "d"}));
    assert_eq!(found(&mut host, json!({"search_text": "payment"})), ["x"], "of this workspace only");
}

#[test]
fn a_page_after_another_looks_for_the_same_words() {
    let mut host = host();
    let named = |id: &str, title: &str| json!({"task_id": id, "title": title, "description": "d"});
    ["a", "b", "c"].iter().for_each(|id| drop(done(&mut host, "plan_task", named(id, "authentication"))));
    let page = done(&mut host, "query_tasks", json!({"search_text": "auth", "limit": 1}));
    assert_eq!(each(&page["tasks"], "task_id"), ["c"]);
    done(&mut host, "plan_task", named("d", "auth"));
    let rest = json!({"search_text": "auth", "cursor": page["next_cursor"]});
    assert_eq!(found(&mut host, rest), ["b", "a"]);
    assert_eq!(found(&mut host, json!({"search_text": "auth"})), ["d"]);
}
