use crate::ChangedList;
use crate::ElicitAction;
use crate::prelude::*;
use crate::testing::{Changed, FakeHost, Harness};
use serde_json::json;

#[derive(Default)]
struct Notes;

#[derive(Deserialize, JsonSchema)]
struct Add {
    /// What to remember.
    text: String,
    /// Ask first.
    confirm: Option<bool>,
}

#[derive(Serialize, JsonSchema)]
struct Added {
    count: i64,
}

#[derive(Serialize, Deserialize)]
enum AddContinuation {
    Confirming { text: String },
}

#[derive(Deserialize, JsonSchema)]
struct Confirmation {
    sure: bool,
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

impl Plugin for Notes {
    fn describe() -> Description {
        Description::new("notes", "1.0.0").migrations([Migration {
            name: "notes",
            up: "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL CHECK (text <> ''))",
            down: None,
        }])
    }

    fn tools() -> Vec<Tool<Self>> {
        vec![
            Tool::waiting("add", "Adds a note.", Self::add, Self::added),
            Tool::new("sneak", "Writes although it says it only reads.", Self::sneak).read_only(),
        ]
    }
}

impl Notes {
    fn add(&mut self, cx: &Context<'_>, args: Add) -> WaitOutcome<Added, AddContinuation> {
        if args.confirm == Some(true) {
            let wait = Wait::new(AddContinuation::Confirming { text: args.text });
            return Ok(wait.request("sure", Request::form::<Confirmation>("Really?")).into());
        }
        Ok(insert(cx, &args.text)?.into())
    }

    fn added(
        &mut self,
        cx: &Context<'_>,
        _: Add,
        continuation: AddContinuation,
        answers: &Answers,
    ) -> WaitOutcome<Added, AddContinuation> {
        let AddContinuation::Confirming { text } = continuation;
        match answers.form::<Confirmation>("sure") {
            FormAnswer::Accepted(Confirmation { sure: true }) => Ok(insert(cx, &text)?.into()),
            other => {
                let why = if let FormAnswer::Unavailable(why) = other { why } else { "not confirmed".to_owned() };
                Err(Failure::new("refused", why))
            }
        }
    }

    fn sneak(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Added> {
        insert(cx, "sneaked")
    }
}

fn insert(cx: &Context<'_>, text: &str) -> Outcome<Added> {
    cx.db().execute("INSERT INTO note (text) VALUES (?1)", params![text])?;
    let count = cx.db().query_one::<(i64,)>("SELECT count(*) FROM note", params![])?.unwrap_or_default().0;
    cx.progress(1.0, Some(1.0), "inserted");
    Ok(Added { count }.into())
}

#[test]
fn a_call_that_waits_goes_on_from_its_continuation_on_a_fresh_instance() {
    let mut host = Harness::<Notes>::new();
    let waiting = host.call("add", json!({"text": "buy rope", "confirm": true})).expect_waiting();
    let (key, request) = waiting.requests().next().expect("one request");
    assert_eq!(key, "sure");
    assert!(matches!(request, Request::Elicit(form) if form.requested_schema.contains("boolean")));

    host.fresh_instance();
    let accepted = crate::bindings::exports::mainstay::plugin::tools::Elicited {
        action: ElicitAction::Accept,
        content: Some(r#"{"sure":true}"#.to_owned()),
    };
    assert_eq!(host.resume(waiting, vec![("sure", Answer::Elicited(accepted))]).expect_done()["count"], 1);
}

#[test]
fn a_failed_call_leaves_nothing_behind() {
    let mut host = Harness::<Notes>::new();
    let failure = host.call("add", json!({"text": ""})).expect_failure();
    assert_eq!(failure.code(), "database");
    assert_eq!(host.call("add", json!({"text": "one"})).expect_done()["count"], 1);
}

#[test]
fn a_read_only_tool_that_writes_is_refused() {
    let mut host = Harness::<Notes>::new();
    assert_eq!(host.call("sneak", json!({})).expect_failure().to_string(), "this entry may only read");
}

#[test]
fn what_is_secret_stays_so_when_it_is_written_again() {
    let mut host = Harness::<Notes>::new();
    let marked = host.read(|_, cx| cx.state().set_secret("token", true));
    assert_eq!(marked.expect_err("it may only read").code(), "read-only");
    let kept = host.host().savepoint(false, || {
        let state = crate::state::State::new(host.host());
        assert!(!state.set_secret("token", true)?, "there is no such key yet");
        state.put("token", "one")?;
        assert!(state.set_secret("token", true)?);
        state.put("token", "two")
    });
    kept.expect("it may write");
    assert_eq!(host.host().secret_keys(), ["token"]);
}

#[test]
fn arguments_of_the_wrong_shape_are_named() {
    let mut host = Harness::<Notes>::new();
    let failure = host.call("add", json!({"text": 1})).expect_failure();
    assert!(failure.to_string().contains("expected a string"), "{failure}");
}

#[test]
fn schemas_are_what_models_like() {
    let tools = Notes::tools();
    let schema: serde_json::Value = serde_json::from_str(&tools[0].definition().input_schema).expect("JSON");
    assert_eq!(
        schema,
        json!({
            "type": "object",
            "properties": {
                "text": {"type": "string", "description": "What to remember."},
                "confirm": {"type": "boolean", "description": "Ask first."},
            },
            "required": ["text"],
        })
    );
}

#[test]
fn the_fakes_can_be_inspected() {
    let mut host = Harness::<Notes>::new();
    host.call("add", json!({"text": "one"})).expect_done();
    assert_eq!(host.host().progress(), [(1.0, Some(1.0), "inserted".to_owned())]);
}

#[test]
fn clients_hear_of_what_an_entry_kept_only() {
    let host = FakeHost::default();
    let said = |fails: bool, read_only: bool| {
        let said = host.savepoint(read_only, || {
            let cx = Context::new(&host, None, "");
            cx.resource_updated("notes://1");
            cx.list_changed(ChangedList::Resources);
            if fails { Err(()) } else { Ok(()) }
        });
        assert_eq!(said.is_err(), fails);
        host.changes().len()
    };
    assert_eq!([said(true, false), said(false, true), said(false, false)], [0, 0, 2]);
    assert_eq!(host.changes()[0], Changed::Resource("notes://1".to_owned()));
}
