use serde_json::json;

use super::{file, one, take};
use crate::testing::host;

fn template(name: &str, more: &str) -> String {
    let task = "tasks: { only: { title: 'Do it', description: 'All of it' } }";
    format!("{{ metadata: {{ name: '{name}' }}, {more} {task} }} // of {name}")
}

#[test]
fn templates_come_to_their_workspace_or_to_all_and_twice_is_as_good_as_once() {
    let mut host = host();
    let mut records = vec![
        file("templates/shared/common.json5", &template("Common", "")),
        file(
            "templates/user/mine.json",
            r#"{"metadata": {"name": "Mine"}, "tasks": {"a": {"title": "T", "description": "d"}}}"#,
        ),
        file("templates/user/bug_fix.json5", "{ metadata: { name: 'Our fix' }, extends: 'bug_fix' }"),
    ];
    // Each extends the one that comes after it.
    records.push(file("templates/user/top.json5", &template("Top", "extends: 'under',")));
    records.push(file("templates/user/under.json5", &template("Under", "extends: 'zero',")));
    records.push(file("templates/user/zero.json5", &template("Zero", "")));
    let (rows, links) = take(&mut host, &records);
    assert_eq!((&rows["left_out"], &links["left_out"]), (&json!([]), &json!([])), "{rows:#} {links:#}");
    assert_eq!(rows["taken"], json!({"template": 2, "shared_template": 1}));
    assert_eq!(links["taken"], json!({"template": 3}));
    let owners = "SELECT group_concat(id || ' ' || (SELECT count(*) FROM workspace w WHERE w.id = workspace_id), ', ')
        FROM (SELECT id, workspace_id FROM template ORDER BY id)";
    assert_eq!(one(&host, owners), "bug_fix 1, common 0, mine 1, top 1, under 1, zero 1");
    let (rows, links) = take(&mut host, &records);
    assert_eq!((&rows["taken"], &links["taken"]), (&json!({}), &json!({})), "{rows:#} {links:#}");
    assert_eq!((&rows["there"]["template"], &links["there"]["template"]), (&json!(2), &json!(3)));
    assert_eq!(one(&host, "SELECT count(*) FROM template"), "6");
}

#[test]
fn templates_that_do_not_fit_are_left_out_with_the_reason_and_the_line() {
    let mut host = host();
    take(&mut host, &[file("templates/user/there.json5", &template("There", ""))]);
    let records = [
        file("templates/user/there.json5", &template("Other", "")),
        file("templates/user/comma.json5", "{\n  metadata: { name: 'x' }\n  tasks: {} }"),
        file("templates/user/word.json5", &template("x", "steps: [],")),
        file(
            "templates/user/role.json5",
            "{ metadata: { name: 'x' }, tasks: { a: { title: 'T', description: 'd', specialist_type: 'codr' } } }",
        ),
        file("templates/user/orphan.json5", &template("x", "extends: 'ghost',")),
        file("templates/shared/a b.json5", &template("x", "")),
        json!({"file": "templates/shared/long.json5"}),
    ];
    let (rows, links) = take(&mut host, &records);
    assert_eq!((&rows["taken"], &links["taken"]), (&json!({}), &json!({})), "{rows:#} {links:#}");
    let mut told: Vec<_> =
        [&rows, &links].iter().flat_map(|report| report["left_out"].as_array().expect("a list")).collect();
    told.sort_by_key(|left| left["what"].as_str());
    let expected = [
        ("templates/shared/a b.json5", "its name is no id"),
        ("templates/shared/long.json5", "it is no text, or it is too long"),
        ("templates/user/comma.json5", "line 3, column 3: "),
        ("templates/user/orphan.json5", "there is no template `ghost`"),
        ("templates/user/role.json5", "did you mean `coder`?"),
        ("templates/user/there.json5", "there is another template `there` in user"),
        ("templates/user/word.json5", "line 1, column "),
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (left, (file, why)) in told.iter().zip(expected) {
        assert_eq!(left["what"], format!("file {file}"), "{left}");
        assert!(left["why"].as_str().is_some_and(|said| said.contains(why)), "{left}");
    }
    assert_eq!(one(&host, "SELECT name FROM template"), "There");
}
