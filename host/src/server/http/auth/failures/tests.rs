use std::net::IpAddr;
use std::time::Duration;

use governor::clock::FakeRelativeClock;

use super::{Failures, Row, WINDOW, network};

fn address(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

#[test]
fn who_fails_all_the_time_is_told_to_wait_and_others_are_not() {
    let clock = FakeRelativeClock::default();
    let failures = Failures::new(clock.clone());
    let one = address("192.0.2.1");
    for _ in 0..30 {
        assert_eq!(failures.take(one), Ok(()));
    }
    assert_eq!(failures.take(one), Err(2));
    assert_eq!(failures.take(address("192.0.2.2")), Ok(()));
    clock.advance(Duration::from_secs(2));
    assert_eq!(failures.take(one), Ok(()));
}

#[test]
fn one_party_is_one_however_many_addresses_it_has() {
    for (one, other, same) in [
        ("2001:db8::1", "2001:db8::ffff:1", true),
        ("2001:db8::1", "2001:db8:0:1::1", false),
        ("::ffff:192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
    ] {
        assert_eq!(network(one.parse().unwrap()) == network(other.parse().unwrap()), same, "{one} {other}");
    }
}

#[test]
fn an_address_has_a_row_now_and_then_which_counts_the_others() {
    let failures = Failures::new(FakeRelativeClock::default());
    let one = address("192.0.2.1");
    assert_eq!(failures.report(one, 1), Some(Row { unwritten: 0 }));
    for now in 2..1_000 {
        assert_eq!(failures.report(one, now), None);
    }
    assert_eq!(failures.report(address("192.0.2.2"), 1_000), Some(Row { unwritten: 998 }));
    assert_eq!(failures.report(one, 1 + WINDOW), Some(Row { unwritten: 0 }));
}

#[test]
fn however_many_fail_the_rows_are_few() {
    let clock = FakeRelativeClock::default();
    let failures = Failures::new(clock.clone());
    let from_everywhere = |now: u64| {
        let everyone = (0..20_000_u32).map(|number| Some(IpAddr::from((0x0a00_0000 + number).to_be_bytes())));
        everyone.filter_map(|peer| failures.report(peer, now)).count()
    };
    assert_eq!(from_everywhere(1), 20);
    assert_eq!(from_everywhere(2), 0);
    clock.advance(Duration::from_secs(180));
    assert_eq!(from_everywhere(3), 1);
    assert_eq!(failures.written.lock().addresses.len(), 21);
}

#[test]
fn addresses_without_end_are_counted_together() {
    let failures = Failures::new(FakeRelativeClock::default());
    let refused = (0..20_000_u32)
        .map(|number| failures.take(Some(IpAddr::from((0x0a00_0000 + number).to_be_bytes()))))
        .filter(Result::is_err)
        .count();
    assert!(refused > 9_900, "{refused}");
    assert!(failures.addresses.len() <= super::ADDRESSES + 1);
}
