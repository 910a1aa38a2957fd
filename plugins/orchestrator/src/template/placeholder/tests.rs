use super::{Piece, is_name, pieces};

#[test]
fn a_text_is_split_at_its_placeholders() {
    use Piece::{Name, Text};
    let found = pieces("Fix {{bug}} in {{ area_2 }}!").expect("it is right");
    assert_eq!(found, [Text("Fix "), Name("bug"), Text(" in "), Name("area_2"), Text("!")]);
    assert_eq!(pieces("{a} }} 你好").expect("no placeholder"), [Text("{a} }} 你好")]);
}

#[test]
fn what_is_no_placeholder_is_said() {
    assert_eq!(pieces("a {{b").expect_err("open"), "has `{{` without `}}`");
    for wrong in ["{{}}", "{{a b}}", "{{{{a}}}}", "{{1a}}", "{{é}}", "{{a.b}}", "{{a\u{0}}}"] {
        assert!(pieces(wrong).expect_err(wrong).contains("no name of a parameter"), "{wrong}");
    }
}

#[test]
fn a_name_has_at_most_64_characters() {
    assert!(is_name(&"a".repeat(64)) && is_name("_a1"));
    assert!(!is_name(&"a".repeat(65)) && !is_name("") && !is_name("a-b"));
}
