use super::{DAY, Expiry, HOUR};

#[test]
fn what_is_said_is_understood() {
    for (text, expiry) in [
        ("never", Expiry::Never),
        ("30d", Expiry::In(30 * DAY)),
        ("1h", Expiry::In(HOUR)),
        ("3653d", Expiry::In(3_653 * DAY)),
        // The first moment of the next day.
        ("2026-12-31", Expiry::At(1_798_761_600_000)),
        ("2024-02-29", Expiry::At(1_709_251_200_000)),
    ] {
        assert_eq!(text.parse(), Ok(expiry), "{text}");
    }
}

#[test]
fn what_is_no_time_is_refused() {
    let wrong = ["", "d", "0d", "0h", "-1d", "+1d", "1", "1w", "1.5d", "3654d", "99999999999999999999d", "Never"];
    let dates = ["2026-02-30", "2026-13-01", "31.12.2026", "2026-12-31T00:00:00Z", "1969-12-30"];
    for text in wrong.into_iter().chain(dates) {
        assert!(text.parse::<Expiry>().is_err_and(|why| why.contains("2026-12-31")), "{text}");
    }
}

#[test]
fn a_day_that_is_over_is_refused() {
    let day = "2026-12-31".parse::<Expiry>().unwrap();
    assert_eq!(day.after(1_798_761_599_999).unwrap(), Some(1_798_761_600_000), "that day still counts");
    assert!(day.after(1_798_761_600_000).is_err());
    assert_eq!(Expiry::In(HOUR).after(5).unwrap(), Some(HOUR + 5));
    assert_eq!(Expiry::Never.after(5).unwrap(), None);
}
