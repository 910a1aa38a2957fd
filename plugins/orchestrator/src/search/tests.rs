use super::terms;

#[test]
fn words_are_quoted_and_phrases_kept() {
    assert_eq!(terms("one \"two three\" fo"), ["\"one\" *", "\"two three\"", "\"fo\" *"]);
    assert_eq!(terms("a:b OR -c"), ["\"a:b\" *", "\"OR\" *", "\"-c\" *"]);
    assert_eq!(terms("\"open end"), ["\"open end\""]);
    assert_eq!(terms("* ( \"\" 👍"), [] as [&str; 0]);
}
