use super::{Client, Rates};

#[test]
fn each_client_has_a_rate_of_its_own() {
    let rates = Rates::new(3);
    let (one, other) = (Client::Principal("token:1".to_owned()), Client::Address("127.0.0.1".parse().ok()));
    for client in [&one, &other] {
        for _ in 0..3 {
            assert!(rates.admit(client).is_ok());
        }
        let refused = rates.admit(client).unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.retry_after), (429, Some(1)));
    }
    rates.sweep();
    assert!(rates.admit(&one).is_err(), "who was there lately is not forgotten");
}

#[test]
fn nothing_is_no_limit() {
    let rates = Rates::new(0);
    for _ in 0..10_000 {
        assert!(rates.admit(&Client::Address(None)).is_ok());
    }
}
