use super::of;

#[test]
fn the_most_alike_comes_first() {
    assert_eq!(of("arch_2", ["impl_1", "arch_1", "arch_22"], 3), ["arch_22", "arch_1"]);
}

#[test]
fn what_is_not_alike_is_no_hint() {
    assert!(of("zebra", ["coder", "tester"], 3).is_empty());
}

#[test]
fn case_does_not_matter() {
    assert_eq!(of("Coder", ["coder"], 1), ["coder"]);
}
