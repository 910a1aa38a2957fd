use serde_json::json;

use crate::testing::{Host, done, host, text};

fn workspace(host: &mut Host, directory: &str) -> String {
    let session = done(host, "initialize_session", json!({"working_directory": directory}));
    session["workspace"].as_str().expect("a path").to_owned()
}

#[test]
fn a_directory_belongs_to_the_nearest_certain_mark_above() {
    let mut host = host();
    host.host().make_directory("/srv/shop/.git");
    host.host().write_file("/srv/shop/api/package.json", "{}");
    assert_eq!(workspace(&mut host, "/srv/shop/api/src"), "/srv/shop");
    host.host().make_directory("/srv/shop/api/.task_orchestrator");
    assert_eq!(workspace(&mut host, "/srv/shop/api/src"), "/srv/shop/api");
}

#[test]
fn without_a_certain_mark_the_nearest_likely_one_counts() {
    let mut host = host();
    for name in super::LIKELY {
        host.host().write_file(&format!("/srv/{name}.d/{name}"), "");
        assert_eq!(workspace(&mut host, &format!("/srv/{name}.d/a/b")), format!("/srv/{name}.d"));
    }
    host.host().write_file("/srv/mono/Makefile", "");
    host.host().write_file("/srv/mono/app/Cargo.toml", "");
    assert_eq!(workspace(&mut host, "/srv/mono/app/src"), "/srv/mono/app");
}

#[test]
fn a_directory_without_any_mark_is_a_workspace_of_its_own() {
    assert_eq!(workspace(&mut host(), "/srv/notes/today"), "/srv/notes/today");
}

#[test]
fn a_home_and_what_is_above_it_is_no_project_unless_asked_for() {
    let mut host = host();
    for top in ["/home/ada", "/Users/ada", "/root", "/home", "/"] {
        host.host().make_directory(&format!("{}/.git", top.trim_end_matches('/')));
        assert_eq!(workspace(&mut host, top), top);
    }
    assert_eq!(workspace(&mut host, "/home/ada/notes"), "/home/ada/notes");
    assert_eq!(workspace(&mut host, "/Users/ada/notes/x"), "/Users/ada/notes/x");
    assert_eq!(workspace(&mut host, "/root/x"), "/root/x");
    assert_eq!(workspace(&mut host, "/var/x"), "/var/x");
}

#[test]
fn the_search_ends_after_forty_levels() {
    let mut host = host();
    host.host().make_directory("/srv/.git");
    let below = |levels: usize| format!("/srv{}", "/x".repeat(levels));
    assert_eq!(workspace(&mut host, &below(39)), "/srv");
    assert_eq!(workspace(&mut host, &below(40)), below(40));
}

#[test]
fn a_client_that_never_began_works_in_the_same_project() {
    let mut host = host();
    host.host().make_directory("/home/user/.git");
    host.host().make_directory("/home/user/project/.git");
    host.caller_mut().working_directory = Some("/home/user/project/src/deep".to_owned());
    crate::testing::task(&mut host, "a");
    assert_eq!(workspace(&mut host, "/home/user/project"), "/home/user/project");
    assert!(text(&mut host, "get_status", json!({})).contains("`a`"));
}
