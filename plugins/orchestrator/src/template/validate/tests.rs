use crate::limits::shortened;
use crate::roles::Roles;
use crate::template::{CHECKLIST, CHOICES, PARAMETERS, TAGS, TASKS, parse};

/// What is wrong with a template, or its warnings.
fn verdict(content: &str) -> Result<Vec<String>, String> {
    let template = parse(content).unwrap_or_else(|problem| panic!("{problem}: {}", shortened(content, 200))).alone();
    super::validate(&template, &Roles::built_in()).into_result().map_err(|failure| failure.to_string())
}

fn with_tasks(tasks: &str) -> String {
    format!("{{metadata: {{name: 'x'}}, tasks: {tasks}}}")
}

fn with_parameters(parameters: &str) -> Result<Vec<String>, String> {
    verdict(&format!(
        "{{metadata: {{name: 'x'}}, parameters: {parameters}, tasks: {{a: {{title: 't', description: 'd'}}}}}}"
    ))
}

fn refused(content: &str, expected: &str) {
    let problem = verdict(content).expect_err("it should be refused");
    assert!(problem.contains(expected), "{problem}");
}

#[test]
fn what_is_right_is_right_in_any_script() {
    let content = r"{metadata: {name: 'Straße 道路 🚧 שלום e\u0301'}, parameters: {a: {type: 'string'}},
        tasks: {t: {title: 'مرحبا {{a}}', description: '👩‍👩‍👧 {{ a }}', checklist: ['{{a}}']}}}";
    assert_eq!(verdict(content), Ok(Vec::new()));
}

#[test]
fn a_template_needs_a_name_and_tasks_with_title_and_description() {
    refused("{metadata: {name: ' '}}", "/metadata/name: is empty");
    refused("{metadata: {name: 'a\\nb'}}", "/metadata/name: has a line break");
    refused("{metadata: {name: 'x'}}", "/tasks: is empty");
    refused(&with_tasks("{a: {description: 'd'}}"), "/tasks/a/title: is missing");
    refused(&with_tasks("{a: {title: '', description: 'd'}}"), "/tasks/a/title: is empty");
    refused(&with_tasks("{a: {title: 't'}}"), "/tasks/a/description: is missing");
    refused(&with_tasks("{a: {title: 't\\u0000', description: 'd'}}"), "/tasks/a/title: contains a NUL");
    refused(&with_tasks("{'a b': {title: 't', description: 'd'}}"), "/tasks/a b: is no key: 1 to 48");
    refused(&with_tasks(&format!("{{{}: {{title: 't', description: 'd'}}}}", "k".repeat(49))), "is no key");
}

#[test]
fn texts_and_lists_have_limits() {
    let long = |field: &str, most: usize| {
        let content = format!(
            "{{metadata: {{name: 'x', {field}: '{}'}}, tasks: {{a: {{title: 't', description: 'd'}}}}}}",
            "x".repeat(most + 1)
        );
        refused(&content, &format!("/metadata/{field}: has {} characters; at most {most}", most + 1));
    };
    long("description", 2000);
    long("version", 32);
    long("category", 64);
    long("author", 100);
    long("estimated_duration", 100);
    refused(
        &format!("{{metadata: {{name: '{}'}}}}", "x".repeat(101)),
        "/metadata/name: has 101 characters; at most 100",
    );
    refused(
        &format!("{{metadata: {{name: 'x', tags: [{}]}}}}", "'a',".repeat(TAGS + 1)),
        "/metadata/tags: has 21 items; at most 20",
    );
    refused(
        &with_tasks(&format!("{{a: {{title: '{}', description: 'd'}}}}", "x".repeat(256))),
        "/tasks/a/title: has 256 characters",
    );
    refused(
        &with_tasks(&format!("{{a: {{title: 't', description: '{}'}}}}", "x".repeat(20_001))),
        "/tasks/a/description: has 20001",
    );
    refused(
        &with_tasks(&format!("{{a: {{title: 't', description: 'd', estimated_effort: '{}'}}}}", "x".repeat(256))),
        "estimated_effort: has 256",
    );
    let items = "'i',".repeat(CHECKLIST + 1);
    refused(
        &with_tasks(&format!("{{a: {{title: 't', description: 'd', checklist: [{items}]}}}}")),
        "checklist: has 51 items; at most 50",
    );
    let tasks: String = (0..=TASKS).map(|n| format!("t{n}: {{title: 't', description: 'd'}},")).collect();
    refused(&with_tasks(&format!("{{{tasks}}}")), "/tasks: has 201 items; at most 200");
    let parameters: String = (0..=PARAMETERS).map(|n| format!("p{n}: {{type: 'date'}},")).collect();
    assert!(
        with_parameters(&format!("{{{parameters}}}"))
            .expect_err("51")
            .contains("/parameters: has 51 items; at most 50")
    );
    let choices = "'c',".repeat(CHOICES + 1);
    assert!(
        with_parameters(&format!("{{p: {{type: 'string', enum: [{choices}]}}}}"))
            .expect_err("101")
            .contains("has 101 items; at most 100")
    );
}

#[test]
fn placeholders_need_a_parameter() {
    let content = "{metadata: {name: 'x'}, parameters: {title: {type: 'string'}},
        tasks: {a: {title: '{{titel}}', description: '{{', checklist: ['{{a b}}'], estimated_effort: '{{title}}'}}}";
    refused(content, "/tasks/a/title: names `titel`, which is no parameter; did you mean `title`?");
    refused(content, "/tasks/a/description: has `{{` without `}}`");
    refused(content, "/tasks/a/checklist/0: has `{{a b}}`");
    refused("{metadata: {name: '{{x}}'}, tasks: {a: {title: 't', description: 'd'}}}", "/metadata/name: names `x`");
}

#[test]
fn dependencies_and_parents_exist_and_do_not_go_in_circles() {
    let task = |more: &str| format!("{{title: 't', description: 'd', {more}}}");
    let tasks = |list: &[(&str, &str)]| {
        let tasks: String = list.iter().map(|(key, more)| format!("{key}: {},", task(more))).collect();
        with_tasks(&format!("{{{tasks}}}"))
    };
    refused(
        &tasks(&[("build", ""), ("test", "dependencies: ['biuld']")]),
        "/tasks/test/dependencies/0: there is no task `biuld` in this template; did you mean `build`?",
    );
    refused(&tasks(&[("a", "parent: 'b'")]), "/tasks/a/parent: there is no task `b`");
    refused(&tasks(&[("a", "dependencies: ['a']")]), "a -> a");
    refused(&tasks(&[("a", "dependencies: ['b']"), ("b", "dependencies: ['a']")]), "a -> b -> a");
    refused(
        &tasks(&[("a", "parent: 'b'"), ("b", "parent: 'a'")]),
        "/tasks/a/parent: these would be parts of each other: a -> b -> a",
    );
    refused(&tasks(&[("a", ""), ("b", "parent: 'a', dependencies: ['a']")]), "wait for each other");
    // Neither waits for the other by itself, but what is above them does.
    let crossed =
        [("a", "dependencies: ['d']"), ("b", "dependencies: ['c']"), ("c", "parent: 'a'"), ("d", "parent: 'b'")];
    refused(&tasks(&crossed), "wait for each other");
    assert_eq!(verdict(&tasks(&[("a", ""), ("b", "parent: 'a'"), ("c", "dependencies: ['b', 'b']")])), Ok(Vec::new()));
    let deep: Vec<_> = (1..=9)
        .map(|n| (format!("t{n}"), if n == 1 { String::new() } else { format!("parent: 't{}'", n - 1) }))
        .collect();
    let deep: Vec<_> = deep.iter().map(|(key, more)| (key.as_str(), more.as_str())).collect();
    refused(&tasks(&deep), "/tasks/t9/parent: is more than 8 levels below the plan");
    assert_eq!(verdict(&tasks(&deep[..8])), Ok(Vec::new()));
}

#[test]
fn roles_and_conditions_exist() {
    refused(&with_tasks("{a: {title: 't', description: 'd', specialist_type: 'codder'}}"), "did you mean `coder`?");
    let when = |when: &str| {
        verdict(&format!("{{metadata: {{name: 'x'}}, parameters: {{b: {{type: 'boolean'}}, e: {{type: 'string', enum: ['x', 'y']}}, l: {{type: 'array'}}}},
            tasks: {{a: {{title: 't {{{{b}}}}{{{{e}}}}{{{{l}}}}', description: 'd', when: {when}}}}}}}"))
    };
    assert_eq!(when("'b'"), Ok(Vec::new()));
    assert_eq!(when("{e: 'x', b: false}"), Ok(Vec::new()));
    for (wrong, expected) in [
        ("'c'", "names `c`, which is no parameter"),
        ("'e'", "compares `e` with what it can never be"),
        ("{e: 'z'}", "did you mean"),
        ("{l: ['x']}", "which is an array"),
        ("{}", "is neither the name"),
        ("3", "is neither the name"),
    ] {
        let problem = when(wrong).expect_err(wrong);
        assert!(
            problem.contains("/tasks/a/when") && (problem.contains(expected) || expected == "did you mean"),
            "{problem}"
        );
    }
}

#[test]
fn what_nobody_needs_is_a_warning() {
    assert_eq!(with_parameters("{p: {type: 'date'}}"), Ok(vec!["nothing makes use of `p`".to_owned()]));
    let content =
        "{metadata: {name: 'x'}, lifecycle_hooks: {pre: ['rm -rf /']}, tasks: {a: {title: 't', description: 'd'}}}";
    let warnings = verdict(content).expect("it is right");
    assert_eq!(warnings, ["hooks are ignored: a template runs nothing; make the step a task"]);
}

#[test]
fn a_parameter_fits_its_type() {
    for (wrong, expected) in [
        ("{'1a': {type: 'date'}}", "/parameters/1a: is no name"),
        ("{p: {type: 'string', default: 3}}", "/parameters/p/default: is an integer, and a string is needed"),
        ("{p: {type: 'integer', default: 1.5}}", "an integer is needed"),
        ("{p: {type: 'number', default: 5, max: 4}}", "is 5; at most 4 is allowed"),
        ("{p: {type: 'string', enum: []}}", "no value would be allowed"),
        ("{p: {type: 'string', enum: ['a', 1]}}", "/parameters/p/enum: is an integer"),
        ("{p: {type: 'string', enum: ['a'], default: 'b'}}", "/parameters/p/default: is `b`"),
        ("{p: {type: 'string', min_length: 3, max_length: 2}}", "is more than max_length"),
        ("{p: {type: 'integer', min: 3, max: 2}}", "is more than max"),
        ("{p: {type: 'date', max_length: 3}}", "means nothing for type date"),
        ("{p: {type: 'string', min: 3}}", "means nothing for type string"),
        ("{p: {type: 'date', example: '2026-02-31'}}", "/parameters/p/example: is a string, and a date"),
    ] {
        let problem = with_parameters(wrong).expect_err(wrong);
        assert!(problem.contains(expected), "{problem}");
    }
    let problem = parse("{metadata: {name: 'x'}, parameters: {p: {type: 'text'}}}").expect_err("no such type");
    assert!(problem.contains("`text` is not a type of parameter"), "{problem}");
    assert!(parse("{metadata: {name: 'x'}, parameters: {p: {type: 'string', pattern: 'a'}}}").is_err());
}

#[test]
fn the_most_that_is_allowed_is_right() {
    let x = |count: usize| "é".repeat(count);
    let (tags, items, choices) = (
        format!("'{}',", x(64)).repeat(TAGS),
        format!("'{}',", "i".repeat(2000)).repeat(CHECKLIST),
        "'c',".repeat(CHOICES),
    );
    let parameters: String = (1..PARAMETERS).map(|n| format!("p{n}: {{type: 'date'}},")).collect();
    let content = format!(
        "{{metadata: {{name: '{}', description: '{}', version: '{}', category: '{}', author: '{}',
                estimated_duration: '{}', tags: [{tags}]}},
            plan: {{title: '{}', description: '{}', context: '{}'}},
            parameters: {{{parameters} {}: {{type: 'string', description: '{}', enum: [{choices}]}}}},
            tasks: {{{}: {{title: '{}', description: '{}', estimated_effort: '{}', checklist: [{items}]}}}}}}",
        x(100),
        x(2000),
        x(32),
        x(64),
        x(100),
        x(100),
        x(255),
        x(20_000),
        x(10_000),
        "n".repeat(64),
        x(2000),
        "k".repeat(48),
        x(255),
        x(20_000),
        x(255),
    );
    assert!(verdict(&content).is_ok(), "{:?}", verdict(&content));
    let dependencies = "'t0',".repeat(TASKS);
    let tasks: String = (0..TASKS)
        .map(|n| match n {
            1 => format!("t1: {{title: 't', description: 'd', dependencies: [{dependencies}]}},"),
            _ => format!("t{n}: {{title: 't', description: 'd'}},"),
        })
        .collect();
    assert_eq!(verdict(&with_tasks(&format!("{{{tasks}}}"))), Ok(Vec::new()));
}

#[test]
fn one_more_than_is_allowed_is_refused_with_the_number() {
    let x = |count: usize| "é".repeat(count);
    let task = "tasks: {a: {title: 't', description: 'd'}}";
    let plan = |field: &str, most: usize| {
        let content = format!("{{metadata: {{name: 'x'}}, plan: {{{field}: '{}'}}, {task}}}", x(most + 1));
        refused(&content, &format!("/plan/{field}: has {} characters; at most {most} are allowed", most + 1));
    };
    plan("title", 255);
    plan("description", 20_000);
    plan("context", 10_000);
    refused(
        &format!("{{metadata: {{name: 'x', tags: ['{}']}}, {task}}}", x(65)),
        "/metadata/tags: has 65 characters; at most 64 are allowed",
    );
    let name = with_parameters(&format!("{{{}: {{type: 'date'}}}}", "n".repeat(65))).expect_err("65");
    assert!(name.contains("is no name: 1 to 64 of A-Z a-z 0-9 _ are allowed"), "{name}");
    let about = with_parameters(&format!("{{p: {{type: 'date', description: '{}'}}}}", x(2001))).expect_err("2001");
    assert!(about.contains("/parameters/p/description: has 2001 characters; at most 2000 are allowed"), "{about}");
    refused(
        &with_tasks(&format!("{{a: {{title: 't', description: 'd', checklist: ['{}']}}}}", x(2001))),
        "/tasks/a/checklist/0: has 2001 characters; at most 2000 are allowed",
    );
    refused(
        &with_tasks(&format!("{{a: {{title: 't', description: 'd', dependencies: [{}]}}}}", "'b',".repeat(TASKS + 1))),
        "/tasks/a/dependencies: has 201 items; at most 200 are allowed",
    );
}
