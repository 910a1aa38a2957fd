use super::choose;
use crate::model::{Digest, Generation};
use crate::store::Activation;

fn activation(component: &str) -> Activation {
    Activation {
        generation: Generation(3),
        plugin: "p".to_owned(),
        version: "1.0.0".to_owned(),
        digest: Digest::of(component.as_bytes()),
        schema: 1,
        activated_at: 0,
        swap: "s".to_owned(),
        carried: None,
    }
}

fn digest(component: &str) -> Digest {
    Digest::of(component.as_bytes())
}

#[test]
fn what_is_in_place_serves_when_nothing_ever_did() {
    assert_eq!(choose(None, None, digest("file"), false), digest("file"));
}

#[test]
fn a_file_that_changed_while_no_host_ran_is_taken_up() {
    let active = activation("old");
    assert_eq!(choose(Some(&active), Some(digest("old")), digest("new"), false), digest("new"));
}

#[test]
fn what_was_chosen_since_the_file_was_taken_up_stays() {
    let active = activation("chosen");
    assert_eq!(choose(Some(&active), Some(digest("file")), digest("file"), false), digest("chosen"));
}

#[test]
fn a_file_that_is_known_to_fail_is_left_alone() {
    let active = activation("old");
    assert_eq!(choose(Some(&active), Some(digest("old")), digest("bad"), true), digest("old"));
}
