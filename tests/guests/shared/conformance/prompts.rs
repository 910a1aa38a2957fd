//! Prompts: plain ones, with arguments, with a resource, with an image, and one that asks first.

use mainstay_plugin::bindings::mainstay::plugin::types::Role;
use mainstay_plugin::prelude::*;
use mainstay_plugin::{
    Prompt, PromptArgument, PromptError, PromptMessage, PromptQuestion, PromptReplies, PromptResult, PromptStep,
};

use super::{IMAGE, content};

const ASKING: &str = "test_input_required_result_prompt";

#[derive(Serialize, Deserialize, JsonSchema)]
struct About {
    context: String,
}

pub(super) fn list() -> Vec<Prompt> {
    vec![
        prompt("test_simple_prompt", "Is always the same.", &[]),
        prompt("test_prompt_with_arguments", "Says what it is given.", &["arg1", "arg2"]),
        prompt("test_prompt_with_embedded_resource", "Carries a resource.", &["resourceUri"]),
        prompt("test_prompt_with_image", "Carries an image.", &[]),
        prompt(ASKING, "Asks what it is about.", &[]),
    ]
}

fn prompt(name: &str, description: &str, arguments: &[&str]) -> Prompt {
    let argument = |name: &&str| PromptArgument {
        name: (*name).to_owned(),
        title: None,
        description: Some("Any text.".to_owned()),
        required: true,
    };
    Prompt {
        name: name.to_owned(),
        title: None,
        description: Some(description.to_owned()),
        arguments: arguments.iter().map(argument).collect(),
        meta: None,
    }
}

pub(super) fn get(name: &str, arguments: &[(String, String)]) -> Result<PromptResult, PromptError> {
    let given = |wanted: &str| {
        let found = arguments.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        found.ok_or_else(|| PromptError::InvalidArgument((wanted.to_owned(), "it is missing".to_owned())))
    };
    Ok(match name {
        "test_simple_prompt" => says(vec![Content::text("This is a simple prompt for testing.")]),
        "test_prompt_with_arguments" => {
            let (first, second) = (given("arg1")?, given("arg2")?);
            says(vec![Content::text(format!("Prompt with arguments: arg1='{first}', arg2='{second}'"))])
        }
        "test_prompt_with_embedded_resource" => {
            let resource =
                content::embedded(&given("resourceUri")?, "text/plain", "Embedded resource content for testing.");
            says(vec![resource, Content::text("Please process the embedded resource above.")])
        }
        "test_prompt_with_image" => {
            let image = Content::image(IMAGE.to_vec(), "image/png");
            says(vec![image, Content::text("Please analyze the image above.")])
        }
        _ => return Err(PromptError::UnknownPrompt),
    })
}

pub(super) fn make(
    name: &str,
    arguments: &[(String, String)],
    replies: &PromptReplies,
) -> Result<PromptStep, PromptError> {
    if name != ASKING {
        return get(name, arguments).map(PromptStep::Done);
    }
    let about = match replies.form::<About>("user_context") {
        None => {
            let question = "What context should the prompt use?";
            return Ok(PromptStep::Ask(vec![PromptQuestion::form::<About>("user_context", question)]));
        }
        Some(FormAnswer::Accepted(about)) => about.context,
        Some(_) => "nothing in particular".to_owned(),
    };
    Ok(PromptStep::Done(says(vec![Content::text(format!("This is about {about}."))])))
}

fn says(content: Vec<Content>) -> PromptResult {
    let messages = content.into_iter().map(|content| PromptMessage { role: Role::User, content }).collect();
    PromptResult { description: None, messages }
}
