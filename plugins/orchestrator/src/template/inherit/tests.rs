use super::parse;
use crate::template::{BRACKETS, CONTENT};

#[test]
fn an_error_names_line_and_column() {
    let wrong = |text: &str| parse(text).expect_err(text);
    assert_eq!(wrong("{\n  metadata: {name: 'x'},\n  tasks: }"), "line 3, column 10: expected opening brace");
    assert!(
        wrong("{metadata: {name: 'x'}, task: {}}").contains("line 1, column"),
        "{}",
        wrong("{metadata: {name: 'x'}, task: {}}")
    );
    assert!(wrong("{metadata: {name: 'x'}, task: {}}").contains("unknown field `task`, expected"));
    assert!(wrong("{metadata: {name: 1}}").starts_with("line 1, column"));
    assert!(wrong("{tasks: {}}").contains("missing field `metadata`"));
    assert!(
        wrong("{metadata: {name: 'x'").starts_with("at the end: ") || wrong("{metadata: {name: 'x'").contains("line 1")
    );
    assert!(wrong("").contains("EOF"));
}

#[test]
fn a_key_that_is_there_twice_is_refused() {
    for twice in [
        "{metadata: {name: 'x'}, tasks: {a: {}, b: {}, a: {}}}",
        "{metadata: {name: 'x'}, parameters: {a: {type: 'date'}, a: {type: 'date'}}}",
    ] {
        assert!(parse(twice).expect_err(twice).ends_with("`a` is there twice"));
    }
    assert!(parse("{metadata: {name: 'x', name: 'y'}}").expect_err("a field").contains("duplicate field `name`"));
}

#[test]
fn a_text_that_is_too_long_or_holds_nul_is_refused() {
    let padded = |bytes: usize| format!("{{metadata:{{name:'x'}}}}{}", " ".repeat(bytes - 21));
    assert!(parse(&padded(CONTENT)).is_ok());
    let problem = parse(&padded(CONTENT + 1)).expect_err("one too many");
    assert_eq!(problem, format!("has {} bytes; at most {CONTENT} are allowed", CONTENT + 1));
    assert!(parse("{metadata: {name: '\0'}}").expect_err("NUL").contains("NUL"));
}

#[test]
fn brackets_are_nested_at_most_32_levels_deep() {
    let hooks =
        |levels: usize| format!("{{metadata: {{name: 'x'}}, hooks: {}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse(&hooks(BRACKETS - 1)).is_ok());
    assert!(parse(&hooks(BRACKETS)).expect_err("too deep").contains("more than 32 levels"));
    assert!(parse(&hooks(100_000)).expect_err("far too deep").contains("more than 32 levels"));
}

#[test]
fn tasks_are_in_the_order_in_which_they_are_written() {
    let source = parse("{metadata: {name: 'x'}, tasks: {z: {}, a: {}, m: {}}}").expect("a template");
    assert_eq!(source.tasks.0.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["z", "a", "m"]);
}
