use super::terms;

#[test]
fn words_are_quoted_and_phrases_kept() {
    let whole = |text| terms(text, false);
    assert_eq!(whole("one \"two three\" fo"), ["\"one\"", "\"two three\"", "\"fo\""]);
    assert_eq!(whole("a:b OR -c"), ["\"a:b\"", "\"OR\"", "\"-c\""]);
    assert_eq!(whole("\"open end"), ["\"open end\""]);
    assert_eq!(whole("* ( \"\" 👍"), [] as [&str; 0]);
}

#[test]
fn beginnings_are_looked_for_where_an_asterisk_says_so_or_everywhere() {
    assert_eq!(terms("one tw* \"x y*\"", false), ["\"one\"", "\"tw*\" *", "\"x y*\""]);
    assert_eq!(terms("one tw* \"x y*\"", true), ["\"one\" *", "\"tw*\" *", "\"x y*\""]);
}
