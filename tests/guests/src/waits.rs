//! Waits: for time, for a person, for a model, for another server.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Nothing, mark, migrations, with_marks};
use serde_json::json;

#[derive(Default)]
struct Waits;

#[derive(Deserialize, JsonSchema)]
struct Sleep {
    milliseconds: u64,
}

#[derive(Deserialize, JsonSchema)]
struct Question {
    question: String,
}

#[derive(Deserialize, JsonSchema)]
struct Upstream {
    upstream: String,
}

/// The form that is asked.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Form {
    /// What the person calls itself.
    name: String,
}

/// Where a call goes on.
#[derive(Serialize, Deserialize)]
struct Going {
    round: u32,
    /// To see that the call is still the same.
    call_id: String,
    heard: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Heard {
    heard: Vec<String>,
    same_call: bool,
}

type Went = WaitOutcome<Heard, Going>;

impl Plugin for Waits {
    fn describe() -> Description {
        Description::new("waits", env!("CARGO_PKG_VERSION")).migrations(migrations())
    }

    fn tools() -> Vec<Tool<Self>> {
        with_marks(vec![
            Tool::waiting("sleep", "Sleeps.", Self::sleep, Self::answer),
            Tool::waiting("ask", "Leaves a mark and asks the person.", Self::ask, Self::answer),
            Tool::waiting("ask_twice", "Asks the person twice.", Self::ask, Self::ask_again),
            Tool::waiting("ask_without_end", "Asks again and again.", Self::ask, Self::ask_for_ever),
            Tool::waiting("ask_and_sleep", "Asks the person and sleeps meanwhile.", Self::ask_and_sleep, Self::answer),
            Tool::waiting("ask_and_panic", "Asks the person and panics.", Self::ask, Self::panic),
            Tool::waiting("ask_and_fail", "Asks the person and refuses.", Self::ask, Self::fail),
            Tool::waiting("visit", "Sends the person to a page.", Self::visit, Self::answer),
            Tool::waiting("sample", "Asks the model.", Self::sample, Self::answer),
            Tool::waiting("roots", "Asks for the open directories.", Self::roots, Self::answer),
            Tool::waiting("upstream", "Calls another server.", Self::upstream, Self::answer),
            Tool::waiting("ask_reading", "Only reads, and waits.", Self::ask_reading, Self::answer).read_only(),
        ])
    }
}

impl Waits {
    fn sleep(&mut self, cx: &Context<'_>, args: Sleep) -> Went {
        mark(cx, "asleep")?;
        Ok(begin(cx).request("timer", Request::SleepUntil(cx.now() + args.milliseconds)).into())
    }

    fn ask(&mut self, cx: &Context<'_>, args: Question) -> Went {
        mark(cx, "asked")?;
        Ok(begin(cx).request("form", Request::form::<Form>(args.question)).into())
    }

    fn ask_reading(&mut self, cx: &Context<'_>, args: Question) -> Went {
        Ok(begin(cx).request("form", Request::form::<Form>(args.question)).into())
    }

    fn ask_and_sleep(&mut self, cx: &Context<'_>, args: Question) -> Went {
        let timer = Request::SleepUntil(cx.now() + 20);
        Ok(begin(cx).request("form", Request::form::<Form>(args.question)).request("timer", timer).into())
    }

    fn visit(&mut self, cx: &Context<'_>, _: Nothing) -> Went {
        Ok(begin(cx).request("page", Request::url("Please sign in", "https://example.com/sign-in")).into())
    }

    fn sample(&mut self, cx: &Context<'_>, args: Question) -> Went {
        Ok(begin(cx).request("sample", Request::sample(args.question, 100)).into())
    }

    fn roots(&mut self, cx: &Context<'_>, _: Nothing) -> Went {
        Ok(begin(cx).request("roots", Request::Roots).into())
    }

    fn upstream(&mut self, cx: &Context<'_>, args: Upstream) -> Went {
        Ok(begin(cx).request("call", Request::upstream(&args.upstream, "any", &json!({}))).into())
    }

    fn answer<A>(&mut self, cx: &Context<'_>, _: A, going: Going, answers: &Answers) -> Went {
        mark(cx, "answered")?;
        let same_call = going.call_id == cx.call_id();
        let heard = going.heard.into_iter().chain(words(answers)).collect();
        Ok(Step::Done(Heard { heard, same_call }.into()))
    }

    fn ask_again(&mut self, cx: &Context<'_>, args: Question, mut going: Going, answers: &Answers) -> Went {
        if going.round == 2 {
            return self.answer(cx, args, going, answers);
        }
        mark(cx, "asked again")?;
        going.round += 1;
        going.heard.extend(words(answers));
        Ok(Wait::new(going).request("form", Request::form::<Form>(format!("{} Really?", args.question))).into())
    }

    fn ask_for_ever(&mut self, _: &Context<'_>, args: Question, going: Going, _: &Answers) -> Went {
        Ok(Wait::new(going).request("form", Request::form::<Form>(args.question)).into())
    }

    fn panic<A>(&mut self, cx: &Context<'_>, _: A, _: Going, _: &Answers) -> Went {
        mark(cx, "answered")?;
        panic!("after the answer");
    }

    fn fail<A>(&mut self, cx: &Context<'_>, _: A, _: Going, _: &Answers) -> Went {
        mark(cx, "answered")?;
        Err(Failure::new("disliked", "That is not an answer."))
    }
}

fn begin(cx: &Context<'_>) -> Wait<Going> {
    Wait::new(Going { round: 1, call_id: cx.call_id().to_owned(), heard: Vec::new() })
}

/// What the answers were, in a word or two each.
fn words(answers: &Answers) -> Vec<String> {
    let keys = ["form", "timer", "page", "sample", "roots", "call"];
    let given = keys.into_iter().filter_map(|key| Some((key, answers.get(key)?)));
    given.map(|(key, answer)| format!("{key}: {}", word(key, answer, answers))).collect()
}

fn word(key: &str, answer: &Answer, answers: &Answers) -> String {
    match answer {
        Answer::Awake => "awake".to_owned(),
        Answer::Elicited(_) => match answers.form::<Form>(key) {
            FormAnswer::Accepted(form) => format!("accepted {}", form.name),
            FormAnswer::Declined => "declined".to_owned(),
            FormAnswer::Cancelled => "cancelled".to_owned(),
            FormAnswer::Unavailable(why) => format!("unusable: {why}"),
        },
        Answer::Sampled(_) => answers.sampled_text(key).unwrap_or_default(),
        Answer::Roots(roots) => roots.iter().map(|root| root.uri.clone()).collect::<Vec<_>>().join(" "),
        Answer::Upstream(Ok(_)) => "called".to_owned(),
        Answer::Upstream(Err(error)) => format!("{error:?}"),
        Answer::Unavailable(why) => format!("{why:?}"),
    }
}

mainstay_plugin::export!(Waits);
