use std::fs;
use std::path::Path;

use super::{Folder, Kind};

fn folder(files: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for file in files {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap_or(dir.path())).expect("a folder");
        fs::write(path, "text").expect("a file");
    }
    dir
}

#[test]
fn every_file_is_taken_or_named() {
    let dir = folder(&[
        "task_orchestrator.db",
        "task_orchestrator.db-wal",
        "artifacts/a/artifact_1.md",
        "artifacts/backups/artifact_2.md",
        "roles/project_roles.yaml",
        "templates/user/a.json5",
        "templates/shared/b.json",
        "templates/user/deep/c.json5",
        "templates/user/metadata.json",
        "templates/builtin/d.json5",
        "session_1.json",
        "backups/tasks.db",
        "logs/server.log",
        "notes.txt",
    ]);
    let listed = Folder::read(dir.path()).expect("a listing");
    let count = |kind: Kind| listed.of(kind).count();
    let counts = [Kind::Database, Kind::Log, Kind::Artifact, Kind::Roles, Kind::Template].map(count);
    assert_eq!(counts, [1, 1, 2, 1, 2]);
    let expected = [
        "1 of kind backup: backups/tasks.db",
        "1 of kind list of templates: templates/user/metadata.json",
        "1 of kind log: logs/server.log",
        "2 of kind other file: notes.txt, templates/user/deep/c.json5",
        "1 of kind session: session_1.json",
        "1 of kind template of its library: templates/builtin/d.json5",
    ];
    assert_eq!(listed.not_taken(), expected.map(|line| format!("not taken: {line}")));
}

#[test]
fn of_many_files_some_are_named() {
    let names: Vec<_> = (0..5).map(|number| format!("session_{number}.json")).collect();
    let dir = folder(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let listed = Folder::read(dir.path()).expect("a listing");
    let expected = "not taken: 5 of kind session: session_0.json, session_1.json, session_2.json, …";
    assert_eq!(listed.not_taken(), [expected]);
}

#[cfg(unix)]
#[test]
fn what_is_not_looked_into_is_named() {
    let deep = format!("{}file", "d/".repeat(14));
    let dir = folder(&["notes.txt", &deep]);
    std::os::unix::fs::symlink(Path::new("notes.txt"), dir.path().join("tasks.db")).expect("a link");
    let said = Folder::read(dir.path()).expect("a listing").not_taken().join("\n");
    assert!(said.contains("1 of kind link or device: tasks.db"), "{said}");
    assert!(said.contains("1 of kind folder that is too deep: d/d/"), "{said}");
}
