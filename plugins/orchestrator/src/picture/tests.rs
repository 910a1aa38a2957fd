use std::collections::HashMap;

use mainstay_plugin::{Context, Failure};
use serde_json::{Value, json};

use super::layout::{Rect, layout};
use super::{Picture, gather, mermaid, svg, text};
use crate::task::Task;
use crate::testing::{Host, complete, done, host, shop, subtask, task};
use crate::workspace::Workspace;

fn picture(host: &mut Host, id: &str) -> Picture {
    let of = |cx: &Context<'_>| {
        let task = Task::require(cx, &Workspace::of_caller(cx)?, "", id)?;
        gather(cx, &task)
    };
    host.read(|_, cx| of(cx)).unwrap_or_else(|failure: Failure| panic!("{failure:?}"))
}

fn plan(host: &mut Host, id: &str, parts: &[Value]) {
    done(host, "plan_task", json!({"task_id": id, "description": "d", "subtasks": parts}));
}

fn ids(picture: &Picture) -> Vec<&str> {
    picture.nodes.iter().map(|node| node.id.as_str()).collect()
}

fn edges(picture: &Picture) -> Vec<String> {
    let id = |place: usize| &picture.nodes[place].id;
    picture.edges.iter().map(|edge| format!("{} {}", id(edge.from), id(edge.to))).collect()
}

#[test]
fn a_plan_is_its_parts_and_what_waits_for_what() {
    let mut host = host();
    shop(&mut host);
    let picture = picture(&mut host, "shop");
    assert_eq!(ids(&picture), ["shop", "design", "build", "check"]);
    assert_eq!(edges(&picture), ["design build", "build check"]);
    assert_eq!(picture.left_out(), None);
}

#[test]
fn tasks_of_other_plans_are_there_if_something_waits_for_them() {
    let mut host = host();
    task(&mut host, "before");
    done(
        &mut host,
        "plan_task",
        json!({"task_id": "p", "description": "d",
        "subtasks": [subtask("inside", "coder", &["before"])]}),
    );
    done(
        &mut host,
        "plan_task",
        json!({"task_id": "after", "title": "t", "description": "d", "dependencies": ["inside"]}),
    );
    let picture = picture(&mut host, "p");
    assert_eq!(ids(&picture), ["p", "inside", "before", "after"]);
    assert_eq!(picture.nodes.iter().map(|node| node.outside).collect::<Vec<_>>(), [false, false, true, true]);
    assert_eq!(edges(&picture), ["inside after", "before inside"]);
    assert!(mermaid(&picture).contains("n2 -.-> n1"));
    assert!(svg(&picture).contains("outside"));
}

#[test]
fn of_more_than_two_hundred_tasks_what_is_open_is_shown_and_the_rest_is_counted() {
    let mut host = host();
    let parts: Vec<_> = (0..250).map(|i| subtask(&format!("p{i:03}"), "coder", &[])).collect();
    plan(&mut host, "many", &parts);
    let full = picture(&mut host, "many");
    assert_eq!((full.nodes.len(), full.left_out, full.nodes[0].folded), (200, 51, 51));
    for i in 0..100 {
        complete(&mut host, &format!("p{i:03}"));
    }
    let rest = picture(&mut host, "many");
    assert_eq!((rest.nodes.len(), rest.left_out), (151, 100));
    assert_eq!(rest.nodes[1].id, "p100");
    assert!(rest.left_out().is_some_and(|said| said.contains("100 more tasks")));
    assert!(svg(&rest).contains("100 more tasks are not shown"));
    assert!(mermaid(&rest).contains("100 more tasks are not shown"));
}

#[test]
fn deep_levels_are_folded_into_their_plan_with_their_dependencies() {
    let mut host = host();
    plan(&mut host, "top", &[subtask("a", "coder", &[]), subtask("b", "coder", &["a"])]);
    for (under, prefix) in [("a", "x"), ("b", "y")] {
        for i in 0..120 {
            let id = format!("{prefix}{i}");
            done(
                &mut host,
                "plan_task",
                json!({"task_id": id, "title": id, "description": "d", "parent_task_id": under}),
            );
        }
    }
    let picture = picture(&mut host, "top");
    assert_eq!(picture.nodes.len(), 200);
    assert_eq!(picture.left_out, 43);
    let folded: i64 =
        picture.nodes.iter().filter(|node| node.id == "a" || node.id == "b").map(|node| node.folded).sum();
    assert_eq!(folded, 43);
}

#[test]
fn four_hundred_dependencies_are_enough() {
    let mut host = host();
    let before: Vec<_> = (0..25).map(|i| format!("a{i}")).collect();
    let names: Vec<_> = before.iter().map(String::as_str).collect();
    let mut parts: Vec<_> = names.iter().map(|id| subtask(id, "coder", &[])).collect();
    parts.extend((0..25).map(|i| subtask(&format!("b{i}"), "coder", &names)));
    plan(&mut host, "dense", &parts);
    let picture = picture(&mut host, "dense");
    assert_eq!((picture.edges.len(), picture.cut), (400, true));
    assert!(picture.left_out().is_some_and(|said| said.contains("some dependencies")));
}

/// What is in the same plan does not touch, what is in a plan is inside its box, and what waits is further right.
fn check_layout(picture: &Picture) {
    let rects = layout(picture).rects;
    let touch =
        |a: Rect, b: Rect| a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
    for (place, node) in picture.nodes.iter().enumerate() {
        for (other, rect) in rects.iter().enumerate().skip(place + 1) {
            let siblings = picture.nodes[other].parent == node.parent;
            assert!(!siblings || !touch(rects[place], *rect), "{place} and {other}");
        }
        if let Some(plan) = node.parent {
            let (inner, outer) = (rects[place], rects[plan]);
            assert!(inner.x >= outer.x && inner.x + inner.width <= outer.x + outer.width, "{place} in {plan}");
            assert!(inner.y >= outer.y + 30.0 && inner.y + inner.height <= outer.y + outer.height, "{place} in {plan}");
        }
    }
    let siblings = picture.edges.iter().filter(|edge| picture.nodes[edge.from].parent == picture.nodes[edge.to].parent);
    for edge in siblings {
        let (from, to) = (rects[edge.from], rects[edge.to]);
        assert!(from.x + from.width < to.x, "{} and {}", edge.from, edge.to);
    }
}

#[test]
fn nothing_lies_on_anything_else_and_time_runs_to_the_right() {
    let mut host = host();
    shop(&mut host);
    let parts: Vec<_> = (0..180)
        .map(|i| {
            let before: Vec<_> =
                [3, 7].iter().filter(|step| i >= **step).map(|step| format!("q{}", i - step)).collect();
            subtask(&format!("q{i}"), "coder", &before.iter().map(String::as_str).collect::<Vec<_>>())
        })
        .collect();
    plan(&mut host, "big", &parts);
    for id in ["shop", "big", "design"] {
        check_layout(&picture(&mut host, id));
    }
}

#[test]
fn plans_that_wait_for_each_other_crosswise_are_drawn() {
    let mut host = host();
    plan(&mut host, "top", &[subtask("a", "coder", &[]), subtask("b", "coder", &[])]);
    let under = |id: &str, plan: &str, before: &[&str]| json!({"task_id": id, "title": id, "description": "d", "parent_task_id": plan, "dependencies": before});
    for arguments in
        [under("a1", "a", &[]), under("b1", "b", &["a1"]), under("b2", "b", &[]), under("a2", "a", &["b2"])]
    {
        done(&mut host, "plan_task", arguments);
    }
    let picture = picture(&mut host, "top");
    assert_eq!(picture.edges.len(), 2);
    check_layout(&picture);
}

const NASTY: &str = "</text><script>alert(1)</script> \"quoted\" [a](b) {c} #35; %%{init: {}}%% end; 1. x `y` \
    e\u{301} עברית 漢字 👩‍👩‍👧 \u{202e}back";

#[test]
fn titles_are_text_whatever_is_in_them() {
    let mut host = host();
    let mut part = subtask("a", "coder", &[]);
    part["title"] = json!(NASTY);
    done(&mut host, "plan_task", json!({"task_id": "p", "title": NASTY, "description": "d", "subtasks": [part]}));
    let picture = picture(&mut host, "p");
    let drawn = svg(&picture);
    assert!(!drawn.contains("<script") && drawn.contains("&lt;script&gt;"), "{drawn}");
    assert!(drawn.contains("漢字") && drawn.contains("עברית"), "{drawn}");
    let drawn = mermaid(&picture);
    for line in drawn.lines().filter(|line| line.contains("[\"")) {
        let label = line.split("[\"").nth(1).and_then(|rest| rest.strip_suffix("\"]")).expect("one label");
        let plain = label.replacen("<br/>", "", 1);
        assert!(!plain.contains(['"', '[', ']', '<', '>', '{', '}', '%', '`']), "{label}");
    }
}

#[test]
fn text_is_cut_where_it_is_too_wide() {
    assert_eq!(text::line("abcdef", 6), "abcdef");
    assert_eq!(text::line("abcdefg", 6), "abcde…");
    assert_eq!(text::line("漢字漢字", 6), "漢字…");
    assert_eq!(text::line("a\n\tb\u{0}\u{7}c", 10), "a b c");
    assert_eq!(text::line("\u{202e}a\u{2066}b\u{ffff}", 10), "ab\u{fffd}");
    assert_eq!(text::two_lines("one two three four", 9), ("one two".to_owned(), "three fo…".to_owned()));
    assert_eq!(text::two_lines("abcdefghijkl", 6), ("abcdef".to_owned(), "ghijkl".to_owned()));
}

#[test]
fn every_status_has_a_mark_beside_its_colour() {
    use crate::status::Status;
    use crate::words::Word;
    let mut words = HashMap::new();
    for &status in Status::ALL {
        for (ready, waits) in [(true, 0), (false, 0), (false, 1)] {
            let look = super::Look::of(status, ready, waits);
            assert!(!look.mark.is_empty() && !look.word.is_empty());
            assert_eq!(*words.entry(look.word).or_insert(look.class), look.class);
        }
    }
    assert_eq!(words.len(), 10);
}

#[test]
fn of_other_plans_forty_tasks_are_shown_and_the_rest_is_told() {
    let mut host = host();
    let ids: Vec<_> = (0..40).map(|i| format!("before{i}")).collect();
    ids.iter().for_each(|id| drop(task(&mut host, id)));
    let names: Vec<_> = ids.iter().map(String::as_str).collect();
    plan(&mut host, "p", &[subtask("inside", "coder", &names)]);
    let all = picture(&mut host, "p");
    assert_eq!((all.nodes.len(), all.edges.len(), all.left_out()), (42, 40, None));
    task(&mut host, "one_more");
    done(&mut host, "update_task", json!({"task_id": "inside", "add_dependencies": ["one_more"]}));
    let cut = picture(&mut host, "p");
    assert_eq!((cut.nodes.len(), cut.edges.len()), (42, 40));
    assert_eq!(cut.left_out().as_deref(), Some("some dependencies are not shown"));
    assert!(svg(&cut).contains("some dependencies are not shown"));
}
