use std::io::{Read as _, Write as _};

use super::*;

/// As an image leaves it, and the next finds it.
fn handed_over(handover: Handover) -> Handover {
    let text = handover.text().unwrap();
    // The descriptors stay open, as they do across `exec`.
    std::mem::forget(handover);
    Handover::read(&text).unwrap()
}

#[test]
fn a_lock_stays_locked() {
    let dir = tempfile::tempdir().unwrap();
    let dir = crate::store::DataDir::open(Some(dir.path().to_owned())).unwrap();
    let before = Handover { lock: Some(dir.lock().unwrap()), ..Handover::default() };
    let after = handed_over(before);
    assert!(dir.lock().is_err(), "nobody else becomes the host");
    drop(after);
    drop(dir.lock().unwrap());
}

#[tokio::test]
async fn a_client_goes_on_where_it_was() {
    let (mut client, ours) = std::os::unix::net::UnixStream::pair().unwrap();
    let (wire, source, sink) = socket(ours.into()).unwrap();
    let standing: Standing = serde_json::from_str(r#"{"hello":{"id":1,"text":"{}"},"ready":true}"#).unwrap();
    let end = ClientEnd::again(Reader::after(b"{\"half\":".to_vec(), source), Output::new(sink), standing.clone());
    end.output.queue_line(b"unsent");
    let session = Session::again("abc".to_owned(), Some("/home".to_owned()), "joined");
    let before = Handover { clients: vec![Held { session, wire, end }], ..Handover::default() };
    let mut after = handed_over(before);
    let mut held = after.clients.pop().unwrap();
    assert_eq!(
        (held.session.id(), held.session.directory(), held.session.transport()),
        ("abc", Some("/home"), "joined")
    );
    assert_eq!(*held.end.traffic.lock().standing(), standing);
    client.write_all(b"1}\n").unwrap();
    held.end.reader.next(1 << 10).await.unwrap();
    assert_eq!(held.end.reader.line(), b"{\"half\":1}");
    held.end.output.queue_line(b"answer");
    held.end.output.flush().await.unwrap();
    let mut answer = [0; 14];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"unsent\nanswer\n");
}

#[test]
fn another_format_is_not_guessed_at() {
    let text = Handover::default().text().unwrap().replace("\"format\":1", "\"format\":2");
    let error = Handover::read(&text).unwrap_err().to_string();
    assert_eq!(error, "it is of format 2, and this program knows 1");
}

#[test]
fn standard_streams_are_not_taken_for_what_was_handed_over() {
    let text = r#"{"format":1,"lock":1,"control":null,"http":[],"clients":[],"shown":null}"#;
    assert!(Handover::read(text).is_err());
}

#[test]
fn a_program_that_does_not_start_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let data = crate::store::DataDir::open(Some(dir.path().join("data"))).unwrap();
    let handover = Handover { lock: Some(data.lock().unwrap()), ..Handover::default() };
    let error = handover.exec(&dir.path().join("nothing")).to_string();
    assert!(error.starts_with("could not start"), "{error}");
    let flags = fcntl_getfd(handover.lock.as_ref().unwrap().file()).unwrap();
    assert!(flags.contains(FdFlags::CLOEXEC), "it is left to no other program");
}
