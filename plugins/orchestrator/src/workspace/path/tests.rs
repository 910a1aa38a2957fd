use super::normalised;

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
