use super::*;

fn resource(uri: &str) -> Change {
    Change::Resource(uri.to_owned())
}

#[test]
fn an_entry_that_comes_to_nothing_takes_back_what_it_said_alone() {
    let mut said = Said::default();
    said.begin();
    said.hear(resource("a"));
    said.hear(resource("a"));
    said.begin();
    said.hear(resource("a"));
    said.hear(Change::Tools);
    said.undo();
    assert_eq!(said.take(), [resource("a")]);
    assert!(said.take().is_empty());
}

#[test]
fn an_entry_is_not_listened_to_for_ever() {
    let mut said = Said::default();
    said.begin();
    (0..HEARD + 10).for_each(|number| said.hear(resource(&number.to_string())));
    assert_eq!(said.take().len(), HEARD);
}

#[test]
fn what_is_told_reaches_whoever_listens() {
    let changes = Changes::default();
    let (mut lists, mut resources) = (changes.lists(), changes.resources());
    changes.tell(&[resource("a"), Change::Prompts]);
    assert!(lists.has_changed().unwrap());
    assert_eq!(*lists.borrow_and_update(), Others { prompts: 1, ..Others::default() });
    assert_eq!(&*resources.try_recv().unwrap(), "a");
    changes.tell(&[resource("b")]);
    assert!(!lists.has_changed().unwrap());
}
