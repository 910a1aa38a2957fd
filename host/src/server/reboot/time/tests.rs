//! Moments, written.

use super::{parse, timestamp};

#[test]
fn moments_are_written_in_utc_with_milliseconds() {
    assert_eq!(timestamp(0), "1970-01-01T00:00:00.000Z");
    assert_eq!(timestamp(1_795_250_724_017), "2026-11-21T08:45:24.017Z");
    assert!(timestamp(u64::MAX).starts_with("+2621"), "{}", timestamp(u64::MAX));
}

#[test]
fn a_moment_that_is_written_is_read() {
    for moment in [0, 1_795_250_724_017] {
        assert_eq!(parse(&timestamp(moment)), Some(moment));
    }
    assert_eq!(parse("2026-11-21T09:45:24.017+01:00"), Some(1_795_250_724_017), "of another zone");
    for wrong in ["", "now", "2026-11-21", "2026-13-21T09:05:24Z", "1969-12-31T23:59:59Z", "2026-11-21T09:05"] {
        assert_eq!(parse(wrong), None, "{wrong}");
    }
}
