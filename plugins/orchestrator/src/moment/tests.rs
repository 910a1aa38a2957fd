use super::{format, parse};

#[test]
fn what_is_written_is_read_back() {
    for text in ["1970-01-01", "2024-02-29", "2026-12-31", "2000-03-01T23:59:59Z", "2100-02-28T00:00:01Z"] {
        assert_eq!(format(parse(text).expect(text)), text);
    }
    assert_eq!(parse("2026-01-01"), Some(1_767_225_600_000));
}

#[test]
fn offsets_and_fractions_are_understood() {
    assert_eq!(parse("2026-01-01T01:00:00+01:00"), parse("2026-01-01"));
    assert_eq!(parse("2025-12-31T19:00-05:00"), parse("2026-01-01"));
    assert_eq!(parse("2026-01-01 00:00:00"), parse("2026-01-01"));
    assert_eq!(parse("2026-01-01T00:00:00.25Z"), Some(1_767_225_600_250));
}

#[test]
fn what_is_no_date_is_refused() {
    for text in
        ["", "tomorrow", "2026-13-01", "2026-02-30", "2026-1-1", "2026-01-01T25:00Z", "2026-01-01T", "2026-01-01T10"]
    {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn every_day_of_four_centuries_is_one_day_after_the_last() {
    let first = parse("1970-01-01").expect("a date");
    for day in 0..146_097 {
        let at = first + day * 86_400_000;
        assert_eq!(parse(&format(at)), Some(at));
    }
}

#[test]
fn lengths_of_work_are_told_as_people_tell_them() {
    let told = [
        (0, "0 min"),
        (59, "59 min"),
        (60, "1 h"),
        (80, "1.5 h"),
        (110, "2 h"),
        (570, "9.5 h"),
        (640, "11 h"),
        (2_399, "40 h"),
        (2_400, "5 days"),
        (2_640, "5.5 days"),
        (48_000, "100 days"),
    ];
    for (minutes, text) in told {
        assert_eq!(super::duration(minutes), text, "{minutes}");
    }
}
