use super::minutes;

#[test]
fn efforts_are_understood_as_people_write_them() {
    let cases = [
        ("2 hours", 120),
        ("30m", 30),
        ("1.5 h", 90),
        ("1,5 h", 90),
        ("1h 30m", 90),
        ("1 hour and 15 minutes", 75),
        ("3 days", 1440),
        ("1w", 2400),
        ("90", 90),
        ("2-3 h", 150),
        ("2 – 3 days", 1200),
        ("2 to 4 hours", 180),
        ("About 2 Hours", 120),
        ("~ 20 min.", 20),
        ("0.5 min", 1),
    ];
    for (text, expected) in cases {
        assert_eq!(minutes(text), Some(expected), "{text}");
    }
}

#[test]
fn what_says_no_time_has_none() {
    for text in
        ["", " ", "small", "2 sprints", "h", "-3 h", "3-2 h", "0 h", "1.2.3 h", "2 3", "99999999 h", "２ h", "∞"]
    {
        assert_eq!(minutes(text), None, "{text:?}");
    }
}
