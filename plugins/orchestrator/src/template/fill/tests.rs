use serde_json::{Value, json};

use super::fill_in;
use crate::template::{ITEMS, Instance, VALUE, parse};

fn filled(content: &str, parameters: &Value) -> Result<Instance, String> {
    let template = parse(content)?.alone();
    let empty = serde_json::Map::new();
    fill_in(&template, parameters.as_object().unwrap_or(&empty)).map_err(|failure| failure.to_string())
}

const NOTE: &str = "{metadata: {name: 'Note'}, parameters: {text: {type: 'string'}},
    tasks: {a: {title: 'Note: {{text}}', description: '<{{text}}>'}}}";

fn note(text: &str) -> Result<(String, String), String> {
    let mut instance = filled(NOTE, &json!({ "text": text }))?;
    let part = instance.parts.remove(0);
    Ok((part.title, part.description))
}

#[test]
fn a_value_cannot_become_anything_but_text() {
    for value in
        ["{{text}}", "{{", "}}", "a\"}, evil: {title: \"x", "'", "\\u0041", "// comment", "{{{{text}}}}", "$(id)"]
    {
        let (title, description) = note(value).expect(value);
        assert_eq!((title, description), (format!("Note: {value}"), format!("<{value}>")));
    }
}

#[test]
fn a_value_in_any_script_is_kept() {
    for value in ["é", "e\u{301}", "שלום", "\u{202e}abc", "👩‍👩‍👧", "漢字かな", "😀".repeat(50).as_str()]
    {
        assert_eq!(note(value).expect(value).1, format!("<{value}>"));
    }
}

#[test]
fn titles_stay_on_one_line_and_descriptions_keep_theirs() {
    let (title, description) = note("first\nsecond\t third\r\nfourth").expect("lines");
    assert_eq!(title, "Note: first second third fourth");
    assert_eq!(description, "<first\nsecond\t third\r\nfourth>");
}

#[test]
fn control_characters_are_refused() {
    for (value, code) in [("a\u{0}", "U+0000"), ("\u{1b}[31m", "U+001B"), ("\u{85}", "U+0085"), ("\u{7f}", "U+007F")] {
        assert_eq!(note(value), Err(format!("/parameters/text: contains the control character {code}")));
    }
}

#[test]
fn values_that_are_too_long_are_refused() {
    let problem = note(&"x".repeat(1024 * 1024)).expect_err("a megabyte");
    assert_eq!(
        problem,
        format!("/parameters/text: has more than {VALUE} characters, which is the most that is allowed")
    );
    let problem = note(&"x".repeat(300)).expect_err("no title is that long");
    assert_eq!(problem, "/parameters: make the title of `a` longer than 255 characters, which is the most");
    let many = "{{text}}".repeat(2_000);
    let content = format!(
        "{{metadata: {{name: 'x'}}, parameters: {{text: {{type: 'string'}}}}, tasks: {{a: {{title: 't', description: '{many}'}}}}}}"
    );
    let problem = filled(&content, &json!({ "text": "x".repeat(VALUE) })).expect_err("20 megabytes");
    assert!(problem.contains("make the description of `a` longer than 20000"), "{problem}");
}

#[test]
fn a_title_that_would_be_empty_is_refused() {
    let content = "{metadata: {name: 'x'}, parameters: {text: {type: 'string', required: false}}, tasks: {a: {title: '{{text}}', description: 'd'}}}";
    assert_eq!(filled(content, &json!({})).expect_err("empty"), "/parameters: leave the title of `a` empty");
}

#[test]
fn values_must_fit_their_parameters() {
    let content = "{metadata: {name: 'x'}, parameters: {
        s: {type: 'string', required: false, min_length: 2, max_length: 4}, i: {type: 'integer', default: 1, min: 0, max: 9},
        n: {type: 'number', default: 1}, b: {type: 'boolean', default: true}, d: {type: 'date', required: false},
        l: {type: 'array', default: [], enum: ['red', 'green']}, e: {type: 'string', enum: ['low', 'high'], default: 'low'}},
        tasks: {a: {title: 't{{s}}{{i}}{{n}}{{b}}{{d}}{{l}}{{e}}', description: 'd'}}}";
    let right =
        json!({"s": "äöü", "i": 9, "n": 1.5, "b": false, "d": "2026-01-31", "l": ["red", "green"], "e": "high"});
    assert_eq!(filled(content, &right).expect("right").parts[0].title, "täöü91.5false2026-01-31red, greenhigh");
    assert_eq!(filled(content, &json!({"s": null})).expect("defaults").parts[0].title, "t11truelow");
    for (wrong, expected) in [
        (json!({"s": 3}), "/parameters/s: is an integer, and a string is needed"),
        (json!({"s": "a"}), "/parameters/s: has 1 characters; at least 2 are needed"),
        (json!({"s": "abcde"}), "/parameters/s: has more than 4 characters"),
        (json!({"i": "3"}), "/parameters/i: is a string, and an integer is needed"),
        (json!({"i": 1.5}), "/parameters/i: is a number with a fraction"),
        (json!({"i": 10}), "/parameters/i: is 10; at most 9 is allowed"),
        (json!({"i": -1}), "/parameters/i: is -1; at least 0 is needed"),
        (json!({"n": true}), "/parameters/n: is a boolean, and a number is needed"),
        (json!({"b": "yes"}), "/parameters/b: is a string, and true or false is needed"),
        (json!({"d": "tomorrow"}), "/parameters/d: is a string, and a date such as"),
        (json!({"l": "red"}), "/parameters/l: is a string, and an array of strings is needed"),
        (json!({"l": ["red", 1]}), "/parameters/l: has an integer as item 1"),
        (json!({"l": ["gren"]}), "/parameters/l: is `gren`; did you mean `green`? allowed: red, green"),
        (json!({"l": vec!["red"; ITEMS + 1]}), "/parameters/l: has more than 100 items"),
        (json!({"e": "hihg"}), "/parameters/e: is `hihg`; did you mean `high`? allowed: low, high"),
        (json!({"e": {"x": 1}}), "/parameters/e: is an object"),
        (json!({"flag": 1}), "/parameters/flag: is no parameter of this template; it has: s, i, n, b, d, l, e"),
    ] {
        let problem = filled(content, &wrong).expect_err("it should be refused");
        assert!(problem.starts_with(expected), "{problem}");
    }
}

#[test]
fn what_is_missing_or_misspelt_is_said_at_once() {
    let problem = filled(NOTE, &json!({"txt": "a"})).expect_err("misspelt");
    assert!(problem.contains("/parameters/txt: is no parameter of this template; did you mean `text`?"), "{problem}");
    assert!(problem.contains("/parameters/text: is missing"), "{problem}");
}

#[test]
fn what_depended_on_a_part_that_is_left_out_depends_on_what_that_depended_on() {
    let content = "{metadata: {name: 'x'}, parameters: {b: {type: 'boolean', default: false}}, tasks: {
        last: {title: 't', description: 'd', dependencies: ['middle', 'first']},
        middle: {title: 't', description: 'd', dependencies: ['first', 'other'], when: 'b'},
        inner: {title: 't', description: 'd', parent: 'middle'},
        first: {title: 't', description: 'd'}, other: {title: 't', description: 'd'}}}";
    let parts = |b: bool| {
        let instance = filled(content, &json!({ "b": b })).expect("right");
        instance.parts.iter().map(|part| format!("{}<{}", part.key, part.dependencies.join(","))).collect::<Vec<_>>()
    };
    assert_eq!(parts(false), ["first<", "other<", "last<first,other"]);
    assert_eq!(parts(true), ["first<", "other<", "middle<first,other", "last<middle,first", "inner<"]);
    let nothing = "{metadata: {name: 'x'}, parameters: {b: {type: 'boolean', default: false}}, tasks: {a: {title: 't', description: 'd', when: 'b'}}}";
    assert!(filled(nothing, &json!({})).expect_err("nothing is left").contains("leave nothing to do"));
}

#[test]
fn the_most_that_is_allowed_is_filled_in_and_one_more_is_not() {
    let content = "{metadata: {name: 'x'}, parameters: {
            t: {type: 'string', default: 'a'}, c: {type: 'string', default: 'b'}, l: {type: 'array', default: []}},
        plan: {title: '{{t}}', description: 'd', context: '{{c}}-'},
        tasks: {a: {title: 't', description: 'd{{l}}', estimated_effort: '{{t}}'}, b: {title: 't', description: '{{c}}{{c}}'}}}";
    let x = |count: usize| "é".repeat(count);
    for (most, more, said) in [
        (json!({"c": x(9_999)}), json!({"c": x(10_000)}), "make the plan's context longer than 10000 characters"),
        (json!({"t": x(255)}), json!({"t": x(256)}), "make the plan's title longer than 255 characters"),
        (json!({"t": x(255)}), json!({"t": x(256)}), "make the estimated_effort of `a` longer than 255 characters"),
        (json!({"c": x(9_999)}), json!({"c": x(10_001)}), "/parameters/c: has more than 10000 characters"),
        (json!({"l": vec!["i"; 100]}), json!({"l": vec!["i"; 101]}), "/parameters/l: has more than 100 items"),
        (json!({"l": [x(10_000)]}), json!({"l": [x(10_001)]}), "has an item 0 that has more than 10000 characters"),
        (
            json!({"l": [x(9_998), x(9_999)]}),
            json!({"l": [x(9_998), x(10_000)]}),
            "make the description of `a` longer than 20000 characters, which is the most",
        ),
    ] {
        assert!(filled(content, &most).is_ok(), "{said}");
        let problem = filled(content, &more).expect_err(said);
        assert!(problem.contains(said), "{said} is missing in {problem}");
    }
    let note =
        "{metadata: {name: 'x'}, parameters: {c: {type: 'string'}}, tasks: {a: {title: 't', description: '{{c}}'}}}";
    assert_eq!(filled(note, &json!({"c": x(VALUE)})).expect("the most").parts[0].description, x(VALUE));
}

#[test]
fn of_many_choices_twenty_are_named() {
    let said = |count: usize| {
        let choices: String = (0..count).map(|n| format!("'c{n}',")).collect();
        let content = format!(
            "{{metadata: {{name: 'x'}}, parameters: {{e: {{type: 'string', enum: [{choices}]}}}},
                tasks: {{a: {{title: '{{{{e}}}}', description: 'd'}}}}}}"
        );
        filled(&content, &json!({"e": "other"})).expect_err("it is none of these")
    };
    assert!(said(20).ends_with(", c18, c19"), "{}", said(20));
    assert!(said(21).ends_with(", c18, c19 and others"), "{}", said(21));
}
