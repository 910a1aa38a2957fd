use crate::roles::Roles;

#[test]
fn every_built_in_prompt_is_short_and_says_who_one_is() {
    for role in Roles::built_in().iter() {
        let length = role.prompt.chars().count();
        assert!((120..=260).contains(&length), "{}: {length}", role.id);
        assert!(role.prompt.starts_with("You are a"), "{}", role.id);
        assert!(role.use_for.len() <= 60, "{}", role.id);
    }
}
