use super::Status;
use crate::testing::host;
use crate::words::Word;

#[test]
fn a_task_can_always_stay_what_it_is() {
    for status in Status::ALL {
        assert!(status.check("a", *status).is_ok());
        assert!(!status.next().contains(status), "{status} need not list itself");
    }
}

#[test]
fn what_is_settled_never_comes_back_to_life() {
    for from in Status::ALL.iter().filter(|s| s.is_settled()) {
        for to in from.next() {
            assert_eq!(*to, Status::Archived);
        }
    }
}

#[test]
fn every_status_but_the_first_can_be_reached() {
    for to in Status::ALL {
        assert!(Status::ALL.iter().any(|from| from.next().contains(to)), "nothing leads to {to}");
    }
}

#[test]
fn a_refused_transition_says_which_are_legal() {
    let failure = Status::Completed.check("arch_1", Status::Active).expect_err("completed is done");
    assert_eq!(failure.code(), "illegal-transition");
    let message = failure.to_string();
    assert!(message.contains("`arch_1` is completed and cannot become active"), "{message}");
    assert!(message.contains("it can become archived"), "{message}");
    let failure = Status::Archived.check("a", Status::Pending).expect_err("archived is final");
    assert!(failure.to_string().contains("final"), "{failure}");
}

#[test]
fn blocked_work_is_taken_up_before_it_is_completed() {
    let failure = Status::Blocked.check("a", Status::Completed).expect_err("someone has to unblock it");
    assert!(format!("{failure:?}").contains("orchestrator_execute_task"));
    assert!(Status::Blocked.check("a", Status::Active).is_ok());
}

#[test]
fn the_table_says_what_the_machine_does() {
    let table = super::table();
    let rows: Vec<Vec<&str>> =
        table.lines().map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect();
    assert_eq!(rows.len(), Status::ALL.len() + 2);
    for (from, row) in Status::ALL.iter().zip(&rows[2..]) {
        assert_eq!(row[0], from.as_str());
        for (to, cell) in Status::ALL.iter().zip(&row[1..]) {
            assert_eq!(*cell == "x", from.next().contains(to), "{from} to {to}");
        }
    }
}

#[test]
fn the_readme_shows_the_table_as_it_is() {
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&super::table()), "README.md should have\n{}", super::table());
}

#[test]
fn the_database_agrees_on_what_is_settled() {
    let host = host();
    let db = host.host().connection();
    db.execute_batch("INSERT INTO workspace VALUES (1, '/w', 0)").expect("a workspace");
    for (seq, status) in (1..).zip(Status::ALL) {
        let insert = "INSERT INTO task (seq, workspace_id, id, path, depth, position, title, type, status, complexity,
            specialist, created_at, updated_at, description)
            VALUES (?1, 1, ?2, printf('%08x', ?1), 1, 0, 't', 'standard', ?2, 'simple', 'coder', 0, 0, '')";
        db.execute(insert, (seq, status.as_str())).expect("every status is allowed in the table");
        let settled: bool =
            db.query_row("SELECT settled FROM task WHERE seq = ?1", [seq], |row| row.get(0)).expect("the row");
        assert_eq!(settled, status.is_settled(), "{status}");
    }
}
