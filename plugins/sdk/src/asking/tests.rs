use schemars::JsonSchema;
use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Name {
    name: String,
}

fn replied(reply: contract::Reply) -> PromptReplies {
    PromptReplies::new(vec![contract::KeyedReply { key: "who".to_owned(), reply }])
}

#[test]
fn a_form_is_answered_refused_or_not_asked_yet() {
    let accepted = replied(contract::Reply::Accepted(Some(r#"{ "name": "Ada" }"#.to_owned())));
    assert_eq!(accepted.form::<Name>("who"), Some(FormAnswer::Accepted(Name { name: "Ada".to_owned() })));
    assert_eq!(accepted.form::<Name>("else"), None);
    assert_eq!(replied(contract::Reply::Declined).form::<Name>("who"), Some(FormAnswer::Declined));
    assert_eq!(replied(contract::Reply::Cancelled).form::<Name>("who"), Some(FormAnswer::Cancelled));
    let unfit = replied(contract::Reply::Accepted(Some("{}".to_owned()))).form::<Name>("who");
    assert!(matches!(unfit, Some(FormAnswer::Unavailable(why)) if why.contains("name")));
}

#[test]
fn what_is_asked_reaches_the_contract() {
    let step = PromptStep::Ask(vec![
        PromptQuestion::form::<Name>("who", "Who?"),
        PromptQuestion::page("where", "There.", "https://example.com"),
    ]);
    let contract::PromptStep::Ask(asked) = step.into() else { panic!("it is done") };
    let contract::Question::Form(form) = &asked[0].question else { panic!("no form") };
    assert!(form.requested_schema.contains("\"name\""));
    assert!(matches!(&asked[1].question, contract::Question::Page(page) if page.url == "https://example.com"));
}
