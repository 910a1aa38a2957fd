use super::{RoleFile, parse};

/// As the files that are around are written.
const FILE: &str = r#"
task_orchestrator:
  role_definition: "You split work"
  approach:
    - "Ask first"
  specialist_roles:
    security_auditor: "Whatever faces the network"
security_auditor:
  role_definition: "You are a security auditor"
  expertise:
    - "Threat models"
    - "Cryptography"
  approach:
    - "Assume nothing"
    - "Show the attack"
  output_format: "Findings by severity"
data-keeper:
  expertise: Schemas
"#;

fn trouble(text: &str) -> (usize, String) {
    let trouble = parse(text).expect_err("it makes no sense");
    (trouble.line, trouble.what)
}

#[test]
fn a_file_defines_roles_and_speaks_to_the_coordinator() {
    let file = parse(FILE).expect("it makes sense");
    let auditor = &file.roles[0];
    let prompt = "You are a security auditor.\nExpertise: Threat models; Cryptography.\n- Assume nothing\n\
        - Show the attack\nDeliver: Findings by severity.";
    assert_eq!((auditor.id.as_str(), auditor.prompt.as_str()), ("security_auditor", prompt));
    assert_eq!(file.uses, [("security_auditor".to_owned(), "Whatever faces the network".to_owned())]);
    assert_eq!(file.coordinator.as_deref(), Some("You split work.\n- Ask first"));
    assert_eq!(file.roles[1].prompt, "You are the data-keeper specialist.\nExpertise: Schemas.");
    assert_eq!(file.roles[1].knows, "Schemas");
}

#[test]
fn an_empty_file_and_unknown_fields_are_nothing_to_complain_about() {
    assert_eq!(parse(""), Ok(RoleFile::default()));
    assert_eq!(parse("a:\n  role_definition: x\n  emoji: y\n").map(|file| file.roles.len()), Ok(1));
}

#[test]
fn every_script_is_kept() {
    for text in ["Prüfe e\u{301} genau", "בדוק הכל", "🔎 suche", "检查一切"] {
        let file = parse(&format!("a:\n  role_definition: \"{text}\"\n")).expect("it makes sense");
        assert_eq!(file.roles[0].prompt, format!("{text}."));
    }
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    assert_eq!(trouble("- a\n- b\n").1, "the file is no list of roles by name");
    let (line, what) = trouble("a:\n  role_definition: x\nb c:\n  role_definition: y\n");
    assert!(line == 3 && what.starts_with("`b c` is no name of a role"), "{line} {what}");
    assert!(trouble("a: just text\n").1.starts_with("`a` is no role: it needs role_definition"));
    assert_eq!(trouble("# first\na:\n  role_defintion: x\n").0, 2);
    assert_eq!(trouble("a:\n  role_definition: [x]\n"), (2, "role_definition is not text".to_owned()));
    assert_eq!(trouble("a:\n  approach:\n    - x: y\n"), (3, "approach is not text".to_owned()));
    assert_eq!(trouble("a:\n  role_definition: \"x\\0\"\n").1, "role_definition contains a NUL character");
}

#[test]
fn roles_and_their_length_have_limits() {
    let roles = |count: usize| (0..count).map(|i| format!("r{i}: {{role_definition: x}}\n")).collect::<String>();
    assert_eq!(parse(&roles(200)).map(|file| file.roles.len()), Ok(200));
    assert_eq!(trouble(&roles(201)).1, "there are more than 200 roles");
    assert!(parse(&format!("a: {{role_definition: {}}}", "é".repeat(7_999))).is_ok());
    let long = trouble(&format!("a: {{role_definition: {}}}", "é".repeat(8_000))).1;
    assert_eq!(long, "`a` has 8001 characters; at most 8000 are allowed");
    let long = trouble(&format!("a: {{role_definition: {}}}", "é".repeat(8_001))).1;
    assert_eq!(long, "role_definition has more than 8000 characters");
    let uses = |count: usize| {
        let uses: String = (0..count).map(|i| format!("    r{i}: x\n")).collect();
        format!("task_orchestrator:\n  specialist_roles:\n{uses}")
    };
    assert_eq!(parse(&uses(200)).map(|file| file.uses.len()), Ok(200));
    assert_eq!(trouble(&uses(201)).1, "there are more than 200 roles");
    let knows = |count: usize| {
        parse(&format!("a: {{expertise: {}}}", "é".repeat(count))).map(|file| file.roles[0].knows.clone())
    };
    assert_eq!(knows(120), Ok("é".repeat(120)));
    assert_eq!(knows(121), Ok(format!("{}…", "é".repeat(119))));
    assert!(parse(&format!("{}: {{role_definition: x}}", "a".repeat(64))).is_ok());
    assert!(trouble(&format!("{}: {{role_definition: x}}", "a".repeat(65))).1.contains("is no name of a role"));
}

#[test]
fn a_list_that_repeats_one_long_line_is_measured_on_the_way() {
    let items = "*a, ".repeat(1_000);
    let (_, what) = trouble(&format!("x: &a {}\nr: {{expertise: [{items}]}}\n", "y".repeat(7_000)));
    assert!(what.starts_with("`x` is no role"), "{what}");
    let (_, what) = trouble(&format!("r: {{role_definition: &a {}, expertise: [{items}]}}\n", "y".repeat(7_000)));
    assert_eq!(what, "expertise has more than 8000 characters");
}
