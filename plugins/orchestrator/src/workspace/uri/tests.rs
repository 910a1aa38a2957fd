use mainstay_plugin::bindings::exports::mainstay::plugin::tools::Root;

use super::{choose, directory};

fn roots(uris: &[&str]) -> Vec<Root> {
    uris.iter().map(|uri| Root { uri: (*uri).to_owned(), name: None }).collect()
}

#[test]
fn file_uris_are_paths() {
    for (uri, path) in [
        ("file:///srv/shop", "/srv/shop"),
        ("FILE:///srv/shop/", "/srv/shop"),
        ("file://localhost/srv/shop", "/srv/shop"),
        ("file:///srv/my%20shop/%C3%A9%F0%9F%9A%B2", "/srv/my shop/é🚲"),
        ("file:///srv/100%/a%zz", "/srv/100%/a%zz"),
        ("file:///C:/Users/Ada", "C:\\Users\\Ada"),
        ("file:///c%3A/Users/Ada", "C:\\Users\\Ada"),
    ] {
        assert_eq!(directory(uri).as_deref(), Some(path), "{uri}");
    }
}

#[test]
fn what_is_no_directory_here_is_passed_over() {
    for uri in ["", "https://example.org/a", "file://server/share", "file:///a%00b", "file:///%FF", "file:é/x/y"] {
        assert_eq!(directory(uri), None, "{uri}");
    }
    assert_eq!(directory(&format!("file:///{}", "x".repeat(5000))), None);
    assert_eq!(choose(&roots(&["https://x.org", "file:///b"]), None).as_deref(), Some("/b"));
    assert_eq!(choose(&roots(&[]), Some("/a")), None);
}

#[test]
fn the_root_around_the_start_is_preferred_to_the_first() {
    let roots = roots(&["file:///a", "file:///b", "file:///b/c"]);
    assert_eq!(choose(&roots, Some("/b/c/d")).as_deref(), Some("/b/c"));
    assert_eq!(choose(&roots, Some("/b/x")).as_deref(), Some("/b"));
    assert_eq!(choose(&roots, Some("/elsewhere")).as_deref(), Some("/a"));
    assert_eq!(choose(&roots, None).as_deref(), Some("/a"));
}

#[test]
fn no_more_than_a_hundred_roots_are_looked_at() {
    let uris: Vec<_> = (0..=100).map(|i| format!("file:///r{i}")).collect();
    let roots = roots(&uris.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(choose(&roots, Some("/r99/x")).as_deref(), Some("/r99"));
    assert_eq!(choose(&roots, Some("/r100/x")).as_deref(), Some("/r0"));
}
