use super::{Problems, all_cut, cut, shortened};

fn said(check: impl FnOnce(&mut Problems)) -> String {
    let mut problems = Problems::default();
    check(&mut problems);
    problems.into_result().map_or_else(|failure| failure.to_string(), |()| "fine".to_owned())
}

#[test]
fn a_limit_is_counted_in_characters_and_named_with_its_field() {
    assert_eq!(said(|p| p.text("/title", "äöü", 3)), "fine");
    assert_eq!(said(|p| p.text("/title", "äöüß", 3)), "/title: has 4 characters; at most 3 are allowed");
}

#[test]
fn a_nul_character_is_refused() {
    let said = said(|p| p.text("/summary", "a\0b", 10));
    assert_eq!(said, "/summary: contains a NUL character, which cannot be stored");
}

#[test]
fn blank_text_counts_as_empty() {
    assert_eq!(said(|p| p.required_text("/title", " \n", 255)), "/title: is empty; 1 to 255 characters are needed");
}

#[test]
fn ids_are_short_and_plain() {
    for good in ["a", "task_0aF-9", &"x".repeat(64)] {
        assert_eq!(said(|p| p.id("/task_id", good)), "fine");
    }
    for bad in ["", "a b", "a/b", "ä", "a\0", &"x".repeat(65)] {
        assert!(said(|p| p.id("/task_id", bad)).contains("/task_id: is no id"), "{bad:?}");
    }
}

#[test]
fn all_problems_are_told_at_once_but_not_more_than_help() {
    let said = said(|p| (0..500).for_each(|i| p.id(&format!("/subtasks/{i}/task_id"), "")));
    assert!(said.contains("/subtasks/9/task_id") && !said.contains("/subtasks/10/"), "{said}");
    assert!(said.ends_with("and 490 more problems"), "{said}");
}

#[test]
fn shortened_text_says_that_something_is_missing() {
    assert_eq!(shortened(" short ", 10), "short");
    assert_eq!(shortened("long enough to cut", 5), "long…");
}

#[test]
fn what_is_cut_is_named() {
    let (mut two, mut three) = (vec![1, 2], vec![1, 2, 3]);
    assert_eq!(all_cut([cut("two", &mut two, 2), cut("three", &mut three, 2)]), Some(vec!["three"]));
    assert_eq!((two, three), (vec![1, 2], vec![1, 2]));
    assert_eq!(all_cut([cut("none", &mut Vec::<i32>::new(), 0)]), None);
}
