use serde_json::json;

use crate::testing::{Host, complete, done, each, host, refused, rows, subtask, task, text};

const DIRECTORY: &str = "/home/user/project";

fn write(host: &Host, name: &str, content: &str) {
    host.host().write_file(&format!("{DIRECTORY}/{name}"), content);
}

fn auditor(definition: &str) -> String {
    format!("security_auditor:\n  role_definition: {definition}\n")
}

fn plan_for(host: &mut Host, role: &str, id: &str) {
    done(host, "plan_task", json!({"task_id": id, "title": "t", "description": "d", "specialist_type": role}));
}

fn told(host: &mut Host, id: &str) -> String {
    host.fresh_instance();
    text(host, "execute_task", json!({"task_id": id}))
}

#[test]
fn a_workspace_adds_roles_and_changes_those_that_are_built_in() {
    let mut host = host();
    let roles = "task_orchestrator:\n  role_definition: Ask before planning\n  specialist_roles:\n    \
        architect: whatever is drawn\n    scout: unknown ground\n";
    write(&host, ".task_orchestrator/roles/a.yaml", &format!("{roles}{}", auditor("Audit everything")));
    write(&host, "b_roles.yaml", "coder:\n  role_definition: Code in Ada\n  expertise: [Ada]\n");
    let page = text(&mut host, "initialize_session", json!({}));
    for part in
        ["- architect: whatever is drawn\n", "- scout: unknown ground\n", "- security_auditor: Audit everything\n"]
    {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(page.contains("In this workspace: Ask before planning.\n"), "{page}");
    plan_for(&mut host, "security_auditor", "a");
    plan_for(&mut host, "coder", "b");
    plan_for(&mut host, "scout", "c");
    assert!(told(&mut host, "a").starts_with("Audit everything.\n"));
    assert!(told(&mut host, "b").starts_with("Code in Ada.\nExpertise: Ada.\n"));
    assert!(told(&mut host, "c").starts_with("You are a specialist: unknown ground.\n"));
}

#[test]
fn later_files_win() {
    let mut host = host();
    write(&host, "z_roles.yaml", &auditor("Third"));
    write(&host, ".task_orchestrator/roles/a.yml", &auditor("Second"));
    write(&host, ".task_orchestrator/roles/b.yaml", &auditor("First"));
    plan_for(&mut host, "security_auditor", "a");
    assert!(told(&mut host, "a").starts_with("Third."));
    host.host().remove_file(&format!("{DIRECTORY}/z_roles.yaml"));
    assert!(told(&mut host, "a").starts_with("Second."));
}

#[test]
fn the_next_call_after_a_change_uses_it() {
    let mut host = host();
    write(&host, "x_roles.yaml", &auditor("Look"));
    plan_for(&mut host, "security_auditor", "a");
    assert!(told(&mut host, "a").starts_with("Look."));
    // At once, and of the same length.
    write(&host, "x_roles.yaml", &auditor("Peek"));
    assert!(told(&mut host, "a").starts_with("Peek."));
    host.host().advance(60_000);
    assert!(told(&mut host, "a").starts_with("Peek."));
    write(&host, "x_roles.yaml", &auditor("Gaze"));
    let prompt = host.read(|_, cx| crate::roles::Roles::of_caller(cx)).expect("roles");
    assert!(prompt.get("security_auditor").expect("it is there").prompt.starts_with("Gaze."), "reading is enough");
    assert!(told(&mut host, "a").starts_with("Gaze."));
}

#[test]
fn a_file_that_makes_no_sense_leaves_the_old_roles_in_force_and_is_named() {
    let mut host = host();
    write(&host, "x_roles.yaml", &auditor("Look"));
    plan_for(&mut host, "security_auditor", "a");
    for (bad, why) in [
        ("security_auditor: [1,\n", "x_roles.yaml, line "),
        ("security_auditor:\n  role_definition: [no]\n", "line 2: role_definition is not text"),
        (&"#".repeat(256 * 1024 + 1), "it has 262145 bytes; at most 262144 are read"),
        ("not text", "x_roles.yaml: it is not UTF-8"),
    ] {
        write(&host, "x_roles.yaml", bad);
        if bad == "not text" {
            host.host().write_bytes(&format!("{DIRECTORY}/x_roles.yaml"), &[b'a', b':', 0xFF]);
        }
        host.host().advance(10_000);
        for _ in 0..2 {
            let page = told(&mut host, "a");
            assert!(page.starts_with("Look."), "{page}");
            assert!(page.contains(why) && page.contains("its last good version stays in force"), "{why}: {page}");
        }
        assert!(text(&mut host, "initialize_session", json!({})).contains(why));
        assert!(text(&mut host, "session_status", json!({})).contains(why));
    }
    write(&host, "x_roles.yaml", &auditor("Again"));
    let page = told(&mut host, "a");
    assert!(page.starts_with("Again.") && !page.contains("Roles file"), "{page}");
}

#[test]
fn one_bad_file_does_not_keep_others_from_being_used() {
    let mut host = host();
    write(&host, "a_roles.yaml", "nonsense");
    write(&host, "b_roles.yaml", &auditor("Look"));
    plan_for(&mut host, "security_auditor", "a");
    let page = told(&mut host, "a");
    assert!(
        page.starts_with("Look.") && page.contains("Roles file a_roles.yaml, line 1: the file is no list"),
        "{page}"
    );
    assert!(page.contains("it is left out"), "{page}");
}

#[test]
fn without_files_the_roles_are_those_that_are_built_in() {
    let mut host = host();
    write(&host, "x_roles.yaml", &auditor("Look"));
    plan_for(&mut host, "security_auditor", "a");
    assert_eq!(rows(&host, "role_file"), 1);
    host.host().remove_file(&format!("{DIRECTORY}/x_roles.yaml"));
    assert!(told(&mut host, "a").starts_with("You are a careful specialist"), "the task remains");
    assert_eq!(rows(&host, "role_file"), 0);
    let failure = refused(
        &mut host,
        "plan_task",
        json!({"title": "t", "description": "d", "specialist_type": "security_auditor"}),
    );
    assert!(failure.to_string().contains("is not a specialist"), "{failure}");
}

#[test]
fn every_workspace_has_its_own_roles() {
    let mut host = host();
    write(&host, "x_roles.yaml", &auditor("Look"));
    done(&mut host, "initialize_session", json!({}));
    done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    let session = done(&mut host, "initialize_session", json!({"working_directory": "/srv/other"}));
    assert_eq!(each(&session["specialist_roles"], "specialist_type").len(), 12);
    task(&mut host, "a");
    complete(&mut host, "a");
}

#[test]
fn many_roles_are_listed_by_name_and_a_wrong_one_is_told_some() {
    let mut host = host();
    let roles: String = (0..200).map(|i| format!("role_{i}: {{role_definition: x}}\n")).collect();
    write(&host, "x_roles.yaml", &roles);
    let page = text(&mut host, "initialize_session", json!({}));
    assert!(page.contains("- role_27: x\n- and role_28, role_29, ") && page.len() < 5_000, "{page}");
    let parts = [subtask("p", "role_1x", &[])];
    let failure = refused(&mut host, "plan_task", json!({"description": "d", "subtasks": parts}));
    let said = failure.to_string();
    assert!(said.contains("did you mean `role_1") && said.ends_with(", …") && said.len() < 900, "{said}");
}

#[test]
fn at_most_thirty_two_files_are_read() {
    let mut host = host();
    let one = |host: &Host, i: usize| {
        write(host, &format!("f{i:02}_roles.yaml"), &format!("r{i}: {{role_definition: x}}\n"));
    };
    (0..32).for_each(|i| one(&host, i));
    assert_eq!(done(&mut host, "initialize_session", json!({}))["roles_problems"], json!([]));
    (32..34).for_each(|i| one(&host, i));
    let session = done(&mut host, "initialize_session", json!({}));
    let roles = each(&session["specialist_roles"], "specialist_type");
    assert_eq!((roles.len(), roles.last().map(String::as_str)), (12 + 32, Some("r31")));
    let said = "2 more roles files are left out: at most 32 are read; put some into one.";
    assert_eq!(session["roles_problems"], json!([said]));
    assert!(text(&mut host, "session_status", json!({})).contains(said));
    assert_eq!(rows(&host, "role_file"), 32);
}

#[test]
fn a_file_has_at_most_256_kib() {
    let mut host = host();
    let padded = |bytes: usize| format!("r: {{role_definition: x}} {}", "#".repeat(bytes - 24));
    write(&host, "x_roles.yaml", &padded(262_144));
    let session = done(&mut host, "initialize_session", json!({}));
    assert_eq!(
        (&session["roles_problems"], session["specialist_roles"].as_array().map(Vec::len)),
        (&json!([]), Some(13))
    );
    write(&host, "y_roles.yaml", &padded(262_145));
    let said = "Roles file y_roles.yaml: it has 262145 bytes; at most 262144 are read; it is left out.";
    assert_eq!(done(&mut host, "initialize_session", json!({}))["roles_problems"], json!([said]));
}

#[test]
fn without_a_grant_there_are_no_files_and_no_marks() {
    let mut host = host();
    write(&host, "x_roles.yaml", &auditor("Look"));
    host.host().make_directory("/home/user/project/.git");
    host.host().grant_no_files();
    let session = done(&mut host, "initialize_session", json!({"working_directory": "src"}));
    assert_eq!(session["workspace"], "/home/user/project/src");
    let session = done(&mut host, "initialize_session", json!({}));
    assert_eq!(each(&session["specialist_roles"], "specialist_type").len(), 12);
}

#[test]
fn files_that_cannot_be_looked_for_now_stay_in_force_and_are_not_forgotten() {
    let mut host = host();
    write(&host, "x_roles.yaml", &auditor("Look"));
    plan_for(&mut host, "security_auditor", "a");
    host.host().fail_files(true);
    for _ in 0..2 {
        let page = told(&mut host, "a");
        assert!(page.starts_with("Look."), "{page}");
        assert_eq!(page.matches("cannot be looked for: the disk is away").count(), 1, "{page}");
    }
    assert_eq!(rows(&host, "role_file"), 1);
    host.host().fail_files(false);
    let page = told(&mut host, "a");
    assert!(page.starts_with("Look.") && !page.contains("Roles file"), "{page}");
}

#[test]
fn some_patterns_may_be_granted_and_others_not() {
    let mut host = host();
    write(&host, "x_roles.yaml", &auditor("Look"));
    write(&host, ".task_orchestrator/roles/a.yaml", "scout: {role_definition: x}\n");
    host.host().make_directory("/home/user/project/.git");
    host.host().grant_only(&["*_roles.yaml", "x_roles.yaml", ".git"]);
    let session = done(&mut host, "initialize_session", json!({"working_directory": "src"}));
    assert_eq!(session["workspace"], "/home/user/project");
    let roles = each(&session["specialist_roles"], "specialist_type");
    assert!(roles.contains(&"security_auditor".to_owned()) && !roles.contains(&"scout".to_owned()), "{roles:?}");
}

#[test]
fn the_example_to_copy_is_right() {
    let mut host = host();
    let example = include_str!("../../../../examples/roles/project_roles.yaml");
    write(&host, ".task_orchestrator/roles/project_roles.yaml", example);
    let page = text(&mut host, "initialize_session", json!({}));
    assert!(page.contains("- data_engineer: moving data from where it is to where it is needed\n"), "{page}");
    plan_for(&mut host, "security_auditor", "a");
    let briefing = told(&mut host, "a");
    assert!(briefing.contains("prove them") && briefing.contains("Findings by severity"), "{briefing}");
    assert!(!briefing.contains("project_roles.yaml"), "nothing is wrong with it: {briefing}");
}
