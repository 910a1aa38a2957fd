use super::{is_home_or_above, is_within, normalised, parent};

#[test]
fn the_same_directory_has_one_name() {
    for path in ["/home/u/p", "/home/u/p/", "/home//u/./p", "/home/u/x/../p", " /home/u/p "] {
        assert_eq!(normalised(path, None).as_deref(), Ok("/home/u/p"), "{path}");
    }
    assert_eq!(normalised("/", None).as_deref(), Ok("/"));
    assert_eq!(normalised("/../..", None).as_deref(), Ok("/"));
}

#[test]
fn drives_are_understood() {
    assert_eq!(normalised("c:/Users/u/", None).as_deref(), Ok("C:\\Users\\u"));
    assert_eq!(normalised("sub", Some("C:\\Users")).as_deref(), Ok("C:\\Users\\sub"));
}

#[test]
fn a_relative_path_is_below_the_clients_directory() {
    assert_eq!(normalised("api", Some("/home/u")).as_deref(), Ok("/home/u/api"));
    assert_eq!(normalised("../v", Some("/home/u")).as_deref(), Ok("/home/v"));
    assert!(normalised("api", None).expect_err("to what?").contains("absolute"));
}

#[test]
fn what_needs_a_shell_or_a_network_is_no_directory() {
    assert!(normalised("~/p", Some("/home/u")).is_err());
    assert!(normalised("file:///home/u/p", Some("/home/u")).is_err());
}

#[test]
fn every_directory_but_the_top_is_in_another() {
    let parents = |path: &str| std::iter::successors(parent(path), |path| parent(path)).collect::<Vec<_>>();
    assert_eq!(parents("/a/b/c"), ["/a/b", "/a", "/"]);
    assert_eq!(parents("C:\\a\\b"), ["C:\\a", "C:\\"]);
    assert_eq!(parents("/é/日本"), ["/é", "/"]);
}

#[test]
fn homes_are_known_by_their_place() {
    for home in ["/", "/home", "/home/ada", "/Users/ada", "/root", "C:\\", "C:\\Users", "C:\\Users\\Ada"] {
        assert!(is_home_or_above(home), "{home}");
    }
    for other in ["/srv", "/home/ada/x", "/root/x", "C:\\work", "C:\\Users\\Ada\\x", "/srv/home"] {
        assert!(!is_home_or_above(other), "{other}");
    }
}

#[test]
fn a_directory_contains_itself_and_what_is_below() {
    assert!(is_within("/a/b", "/a/b") && is_within("/a/b", "/a") && is_within("/a", "/"));
    assert!(!is_within("/ab", "/a") && !is_within("/a", "/a/b"));
    assert!(is_within("C:\\a\\b", "C:\\a") && is_within("C:\\a", "C:\\"));
}
