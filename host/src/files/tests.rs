use std::fs;

use super::{FOUND, FileError, Found, LOOKED_AT, READ_BYTES, find, read};
use crate::model::Grant;

/// A directory with what a project has.
struct Project(tempfile::TempDir);

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.0.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn find(&self, grants: &[&str], patterns: &[&str]) -> Result<Vec<String>, FileError> {
        Ok(self.found(grants, patterns)?.into_iter().map(|found| found.name).collect())
    }

    fn found(&self, grants: &[&str], patterns: &[&str]) -> Result<Vec<Found>, FileError> {
        let patterns: Vec<_> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        find(&granted(grants), self.path(), &patterns)
    }

    fn read(&self, grants: &[&str], name: &str) -> Result<Vec<u8>, FileError> {
        read(&granted(grants), self.path(), name)
    }
}

fn granted(grants: &[&str]) -> Vec<Grant> {
    grants.iter().map(|grant| grant.parse().unwrap()).collect()
}

#[test]
fn what_is_granted_is_found_and_read() {
    let project = Project::new(&[("roles/b.yaml", "bb"), ("roles/a.yaml", "a"), ("roles/c.txt", ""), ("x", "")]);
    let grants = ["roles/*.yaml", "roles", "none?"];
    assert_eq!(project.find(&grants, &["roles/*.yaml"]).unwrap(), ["roles/a.yaml", "roles/b.yaml"]);
    let names = project.find(&grants, &["none", "roles", "roles/b.yaml", "roles/*.yaml"]).unwrap();
    assert_eq!(names, ["roles", "roles/b.yaml", "roles/a.yaml"], "in the order of the patterns, each once");
    let found = project.found(&grants, &["roles", "roles/b.yaml"]).unwrap();
    assert_eq!((found[0].is_directory, found[0].size), (true, 0));
    assert_eq!((found[1].is_directory, found[1].size), (false, 2));
    assert!(found[1].modified > 1_700_000_000_000);
    assert_eq!(project.read(&grants, "roles/b.yaml").unwrap(), b"bb");
    assert_eq!(project.read(&grants, "roles/z.yaml"), Err(FileError::NotFound));
}

#[test]
fn what_is_not_granted_is_not_even_looked_for() {
    let project = Project::new(&[("secret", "s"), ("Cargo.toml", "c"), ("a.yaml", "")]);
    let not = |what: &str| FileError::NotGranted(what.to_owned());
    assert_eq!(project.find(&["*.yaml"], &["a.yaml", "secret"]), Err(not("secret")));
    assert_eq!(project.find(&["*.yaml"], &["*"]), Err(not("*")), "no wider pattern");
    assert_eq!(project.read(&["*.yaml"], "secret"), Err(not("secret")));
    assert_eq!(project.read(&["*.yaml"], "missing"), Err(not("missing")), "nor said whether it is there");
    assert_eq!(project.find(&["Cargo.toml?"], &["Cargo.toml"]).unwrap(), ["Cargo.toml"]);
    assert_eq!(project.read(&["Cargo.toml?"], "Cargo.toml"), Err(not("Cargo.toml")), "found is not read");
    assert_eq!(project.find(&[], &["a.yaml"]), Err(not("a.yaml")));
}

#[test]
fn a_name_stays_in_the_directory() {
    let project = Project::new(&[("in/a", "a")]);
    for name in ["../in/a", "/etc/hostname", "in/../in/a", "in//a", "", "in/a\0", "in\\a"] {
        assert!(matches!(project.read(&["*", "*/*"], name), Err(FileError::Invalid(_))), "{name:?}");
    }
    for directory in ["relative", "", "./x"] {
        assert!(matches!(read(&granted(&["a"]), directory, "a"), Err(FileError::Invalid(_))), "{directory:?}");
    }
    let file = format!("{}/in/a", project.path());
    assert!(matches!(find(&granted(&["a"]), &file, &["a".to_owned()]), Err(FileError::Invalid(_))));
    let missing = format!("{}/nowhere", project.path());
    assert_eq!(find(&granted(&["a"]), &missing, &["a".to_owned()]), Ok(Vec::new()));
    assert_eq!(read(&granted(&["a"]), &missing, "a"), Err(FileError::NotFound));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_is_not_followed() {
    let outside = Project::new(&[("secret", "s"), ("deep/secret", "s")]);
    let project = Project::new(&[("real/a.yaml", "in")]);
    let link = |to: String, name: &str| std::os::unix::fs::symlink(to, project.0.path().join(name)).unwrap();
    link(format!("{}/secret", outside.path()), "out.yaml");
    link(format!("{}/deep", outside.path()), "folder");
    link("../../../../../../../../etc/hostname".to_owned(), "up.yaml");
    link("real/a.yaml".to_owned(), "in.yaml");
    link("nowhere".to_owned(), "broken.yaml");
    link("loop.yaml".to_owned(), "loop.yaml");
    let grants = ["*.yaml", "*/*"];
    assert_eq!(project.find(&grants, &["*.yaml", "*/*"]).unwrap(), ["in.yaml", "real/a.yaml"]);
    assert_eq!(project.read(&grants, "in.yaml").unwrap(), b"in");
    for name in ["out.yaml", "folder/secret", "up.yaml"] {
        assert!(matches!(project.read(&grants, name), Err(FileError::Invalid(_))), "{name}");
    }
    assert!(project.read(&grants, "loop.yaml").is_err());
    assert_eq!(project.read(&grants, "broken.yaml"), Err(FileError::NotFound));
}

#[cfg(unix)]
#[test]
fn only_ordinary_files_are_read() {
    let project = Project::new(&[("folder/a", "a")]);
    let pipe = format!("{}/pipe", project.path());
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(matches!(project.read(&["*"], "pipe"), Err(FileError::Invalid(_))), "nobody waits for a pipe");
    assert!(matches!(project.read(&["*"], "folder"), Err(FileError::Invalid(_))));
    assert_eq!(project.find(&["*"], &["*"]).unwrap(), ["folder"]);
}

#[test]
fn a_file_is_read_up_to_its_limit() {
    let limit = usize::try_from(READ_BYTES).unwrap();
    let project = Project::new(&[("fits", &"x".repeat(limit)), ("not", &"x".repeat(limit + 1))]);
    assert_eq!(project.read(&["*"], "fits").unwrap().len(), limit);
    assert_eq!(project.read(&["*"], "not"), Err(FileError::TooLarge(READ_BYTES + 1)));
}

#[test]
fn no_more_is_found_and_looked_at_than_the_limits_say() {
    let project = Project::new(&[]);
    for number in 0..=FOUND {
        project.write(&format!("{number:05}"), "");
    }
    let found = project.find(&["*"], &["*"]).unwrap();
    assert_eq!((found.len(), found[FOUND - 1].as_str()), (FOUND, "00999"));
    for number in FOUND..=LOOKED_AT {
        project.write(&format!("{number:05}"), "");
    }
    assert!(matches!(project.find(&["*"], &["*"]), Err(FileError::Failed(_))));
    assert_eq!(project.find(&["*"], &["00003"]).unwrap(), ["00003"], "a name needs no looking around");
}
