use super::{FULL, may_listen};

#[test]
fn other_machines_are_served_only_with_authentication() {
    for address in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
        assert!(may_listen(address.parse().unwrap(), false).is_ok(), "{address}");
    }
    for address in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "[2001:db8::1]:1"] {
        let address = address.parse().unwrap();
        let error = may_listen(address, false).unwrap_err().to_string();
        assert!(error.contains("127.0.0.1") && error.contains("mainstay token create"), "{error}");
        assert!(may_listen(address, true).is_ok());
    }
}

#[test]
fn what_one_too_many_hears_is_whole() {
    let text = std::str::from_utf8(FULL).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("Content-Length: {}", body.len())), "{}", body.len());
    assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap()["error"]["data"]["code"], "busy");
}
