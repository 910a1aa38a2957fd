use super::*;

#[test]
fn a_client_subscribes_to_so_many_and_no_more() {
    let subscribed = Subscribed::default();
    for number in 0..MOST {
        subscribed.add(number.to_string()).unwrap();
    }
    assert!(subscribed.add("another".to_owned()).is_err());
    subscribed.add("7".to_owned()).unwrap();
    subscribed.remove("7");
    assert!(!subscribed.has("7"));
    subscribed.add("another".to_owned()).unwrap();
    assert_eq!(subscribed.all().len(), MOST);
    subscribed.remove("another");
    assert!(subscribed.add("x".repeat(LONGEST + 1)).is_err());
    subscribed.add("x".repeat(LONGEST)).unwrap();
}

#[test]
fn a_stream_gets_as_many_as_a_client() {
    let mut uris: Vec<String> = (0..MOST + 5).map(|number| number.to_string()).collect();
    uris.insert(0, "x".repeat(LONGEST + 1));
    let requested = SubscriptionFilter::builder().tools_list_changed().resource_subscriptions(uris).build();
    let accepted = accepted(&requested);
    let subscriptions = accepted.resource_subscriptions.unwrap();
    assert_eq!((subscriptions.len(), subscriptions[0].as_str()), (MOST, "0"));
    assert_eq!(accepted.tools_list_changed, Some(true));
}
