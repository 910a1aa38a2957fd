use super::*;

fn key(principal: &str, number: usize) -> Key {
    let (principal, program) = (principal.to_owned(), format!("program {number}"));
    Key { principal, operator: false, program, version: String::new(), address: None }
}

fn find(clients: &Clients, principal: &str, number: usize) -> (Option<Session>, Option<Session>) {
    clients.find(key(principal, number), &Principal { id: principal.to_owned(), role: Role::User })
}

#[test]
fn whoever_is_there_again_has_the_same_session() {
    let clients = Clients::default();
    let id = |found: Option<Session>| found.unwrap().id().to_owned();
    let first = id(find(&clients, "a", 1).0);
    assert_eq!(id(find(&clients, "a", 1).0), first);
    assert_ne!(id(find(&clients, "b", 1).0), first);
}

#[test]
fn one_principal_makes_room_for_itself_alone() {
    let clients = Clients::default();
    find(&clients, "other", 0);
    let first = find(&clients, "a", 0).0.unwrap();
    let _listens = first.listens();
    for number in 1..MOST_OF_ONE {
        assert!(find(&clients, "a", number).1.is_none());
    }
    let second = find(&clients, "a", 1).0.unwrap();
    let (session, left) = find(&clients, "a", MOST_OF_ONE);
    // The first listens, and the second was there just now.
    assert!(session.is_some() && left.is_some_and(|left| left.id() != first.id() && left.id() != second.id()));
    assert!(find(&clients, "other", 0).1.is_none());
    assert_eq!(clients.0.lock().sessions.len(), MOST_OF_ONE + 1);
}

#[test]
fn where_all_are_busy_there_is_no_room() {
    let clients = Clients::default();
    let busy: Vec<_> = (0..MOST_OF_ONE).map(|number| find(&clients, "a", number).0.unwrap().listens()).collect();
    assert!(find(&clients, "a", MOST_OF_ONE).0.is_none());
    drop(busy);
    assert!(find(&clients, "a", MOST_OF_ONE).0.is_some());
}

#[test]
fn whoever_listens_has_not_left() {
    let clients = Clients::default();
    let session = find(&clients, "a", 1).0.unwrap();
    let listens = session.listens();
    assert!(clients.silent(now() + 60_000).is_empty());
    drop(listens);
    assert!(clients.silent(session.active_at()).is_empty());
    assert_eq!(clients.silent(now() + 60_000).len(), 1);
}
