use super::{check_media_type, check_name, check_text};
use crate::limits::Problems;

fn said(check: impl FnOnce(&mut Problems)) -> String {
    let mut problems = Problems::default();
    check(&mut problems);
    problems.into_result().err().map(|failure| failure.to_string()).unwrap_or_default()
}

#[test]
fn binary_work_is_refused_with_what_to_do() {
    for (text, what) in
        [("a\0b", "a NUL character at byte 1"), ("ä\u{1b}[0m", "a control (U+001B) character at byte 2")]
    {
        let problem = said(|problems| check_text(problems, "/content", text, 100, "…"));
        assert!(problem.contains(what) && problem.contains("base64") && problem.contains("name its path"), "{problem}");
    }
}

#[test]
fn text_of_every_language_is_taken() {
    for text in [
        "a\tb\r\nc",
        "e\u{301}",
        "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
        "\u{1f468}\u{200d}\u{1f469}",
        "漢字",
        "\u{feff}x",
        "\u{2028}",
    ] {
        assert_eq!(said(|problems| check_text(problems, "/content", text, 100, "…")), "", "{text:?}");
    }
}

#[test]
fn too_much_is_told_with_the_way_to_do_it() {
    let problem = said(|problems| check_text(problems, "/content", "äää", 5, "write it in pieces"));
    assert_eq!(problem, "/content: has 6 bytes; at most 5 are allowed in one call: write it in pieces");
}

#[test]
fn a_name_is_one_line_of_at_most_255_characters() {
    assert_eq!(said(|problems| check_name(problems, "/name", &"漢".repeat(255))), "");
    let long = said(|problems| check_name(problems, "/name", &"漢".repeat(256)));
    assert_eq!(long, "/name: has 256 characters; at most 255 are allowed");
    for bad in ["", " ", "a\nb", "a\0b", "a\u{85}b"] {
        assert_ne!(said(|problems| check_name(problems, "/name", bad)), "", "{bad:?}");
    }
}

#[test]
fn a_media_type_has_a_type_and_a_subtype() {
    for good in ["text/markdown", "application/vnd.api+json", "text/plain; charset=utf-8"] {
        assert_eq!(said(|problems| check_media_type(problems, "/media_type", good)), "", "{good}");
    }
    let long = format!("text/{}", "x".repeat(123));
    for bad in ["", "text", "text/", "/x", "text/ü", "a b/c", "text/plain\n", &long] {
        assert_ne!(said(|problems| check_media_type(problems, "/media_type", bad)), "", "{bad:?}");
    }
}
