use std::time::Duration;

use super::Spread;

#[test]
fn a_value_is_counted_once_at_the_first_bound_that_it_does_not_exceed() {
    let spread = Spread::new(&[10, 100]);
    for value in [0, 10, 11, 100, 101, 5_000] {
        spread.add(value);
    }
    let seen = spread.look();
    assert_eq!(seen.counts, [2, 2, 2]);
    assert_eq!((seen.all(), seen.sum), (6, 5_222));
}

#[test]
fn time_is_counted_in_microseconds() {
    let spread = Spread::new(&[1_000]);
    spread.took(Duration::from_millis(1));
    spread.took(Duration::from_millis(2));
    assert_eq!(spread.look().counts, [1, 1]);
    assert_eq!(spread.look().sum, 3_000);
}
