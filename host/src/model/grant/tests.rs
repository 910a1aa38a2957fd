use super::{Grant, GrantError, PATTERN_BYTES};

fn grant(text: &str) -> Grant {
    text.parse().unwrap()
}

#[test]
fn a_star_is_any_part_of_one_step() {
    let roles = grant(".task_orchestrator/roles/*.yaml");
    assert!(roles.matches(".task_orchestrator/roles/mine.yaml"));
    assert!(roles.matches(".task_orchestrator/roles/.yaml"), "and of nothing");
    assert!(!roles.matches(".task_orchestrator/roles/deep/mine.yaml"), "a step is not left");
    assert!(!roles.matches("roles/mine.yaml"));
    assert!(!roles.matches(".task_orchestrator/roles/mine.YAML"));
    assert!(grant("*_roles.yml").matches("日本語_roles.yml"));
}

#[test]
fn a_question_mark_at_the_end_lets_it_only_be_found() {
    let (found, read) = (grant("Cargo.toml?"), grant("Cargo.toml"));
    assert!(found.matches("Cargo.toml") && !found.reads());
    assert!(!found.matches("Cargo.toml1"), "it stands for no character");
    assert!(read.matches("Cargo.toml") && read.reads());
    assert_eq!((found.pattern(), found.to_string().as_str()), ("Cargo.toml", "Cargo.toml?"));
}

#[test]
fn what_is_no_pattern_is_refused() {
    let refused = |text: &str| text.parse::<Grant>().unwrap_err();
    assert_eq!(refused(""), GrantError::Empty);
    assert_eq!(refused("?"), GrantError::Empty);
    for path in ["/etc/passwd", "../up", "a/../b", "a//b", "./a", "a/", "."] {
        assert_eq!(refused(path), GrantError::NoPath, "{path}");
    }
    for path in ["**/a", "a?b", "[ab]", "{a,b}", "a\\b", "a\0"] {
        assert_eq!(refused(path), GrantError::Character, "{path}");
    }
    assert_eq!(refused(&"a".repeat(PATTERN_BYTES + 1)), GrantError::TooLong);
    grant(&"a".repeat(PATTERN_BYTES));
}
