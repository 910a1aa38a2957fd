//! The one word for all sessions.

use super::overall;

#[test]
fn all_some_or_none_of_them_are_there() {
    assert_eq!([overall(0, 0), overall(2, 2), overall(2, 1), overall(2, 0)], ["pass", "pass", "partial", "fail"]);
}
