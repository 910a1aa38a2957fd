use super::too_deep;

#[test]
fn the_first_bracket_that_is_too_deep_is_found() {
    assert_eq!(too_deep("{a: [[]]}", 3), None);
    assert_eq!(too_deep("{a: [[]]}", 2), Some((1, 6)));
    assert_eq!(too_deep("{\n  a: [\n    {}]}", 2), Some((3, 5)));
    assert_eq!(too_deep("[][][][]{}{}{}", 1), None);
}

#[test]
fn brackets_in_strings_and_comments_do_not_count() {
    assert_eq!(too_deep(r#"["[[[[", '{{{\'{{', "\"[["]"#, 1), None);
    assert_eq!(too_deep("[ // [[[[\n /* [[[ * / [[ */ 1]", 1), None);
    assert_eq!(too_deep("[ /* [[ **/ [", 1), Some((1, 13)));
}

#[test]
fn a_hundred_thousand_brackets_are_only_counted() {
    assert_eq!(too_deep(&"[".repeat(100_000), 32), Some((1, 33)));
}
