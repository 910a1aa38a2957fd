//! The family `patient`: two versions of a plugin in which a call can wait for the other. For clients that cannot be
//! asked anything, so that nothing but a swap ends the call.

use mainstay_plugin::prelude::*;

use crate::{Done, Nothing};

/// How often a call that waits looks whether another version serves, in milliseconds.
const LOOK: u64 = 100;

/// A version of the plugin: 1, or a later one with a tool more.
#[derive(Debug, Default)]
pub struct Patient<const VERSION: u32> {
    /// How often the tool `version` was called. In guest memory, and handed from version to version.
    asked: u64,
}

/// Where a call goes on that waits.
#[derive(Serialize, Deserialize)]
struct Asked {
    /// The version that was asked.
    of: u32,
}

#[derive(Serialize, JsonSchema)]
struct Waited {
    /// The version that was asked.
    asked: u32,
    /// The version that answers.
    answered: u32,
}

/// The form that is asked.
#[derive(Deserialize, JsonSchema)]
struct Form {
    word: String,
}

#[derive(Serialize, JsonSchema)]
struct Heard {
    word: String,
    /// The version that asked.
    asked: u32,
    /// The version that heard the answer.
    answered: u32,
}

#[derive(Serialize, JsonSchema)]
struct Version {
    version: u32,
    /// How often it was asked, in the version before this one too.
    asked: u64,
}

type Went<T> = WaitOutcome<T, Asked>;

impl<const VERSION: u32> Plugin for Patient<VERSION> {
    fn describe() -> Description {
        Description::new("patient", &format!("{VERSION}.0.0"))
    }

    fn tools() -> Vec<Tool<Self>> {
        let mut tools = vec![
            Tool::new("version", "Says which version this is, and how often it was asked.", Self::version),
            Tool::waiting("wait_for_next", "Waits until another version serves.", Self::begin, Self::look),
            Tool::waiting("ask", "Asks for a word.", Self::ask, Self::hear),
        ];
        if VERSION > 1 {
            let greet = |_: &mut Self, _: &Context<'_>, _: Nothing| Ok(Done { done: true }.into());
            tools.push(Tool::new("greet", "Is new here.", greet).read_only());
        }
        tools
    }

    fn export_state(&self) -> Result<Vec<u8>, Failure> {
        Ok(self.asked.to_le_bytes().to_vec())
    }

    fn import_state(&mut self, _: u32, data: &[u8]) -> Result<(), String> {
        self.asked = u64::from_le_bytes(data.try_into().map_err(|_| format!("{} bytes are no number", data.len()))?);
        Ok(())
    }
}

impl<const VERSION: u32> Patient<VERSION> {
    fn version(&mut self, _: &Context<'_>, _: Nothing) -> Outcome<Version> {
        self.asked += 1;
        Ok(Version { version: VERSION, asked: self.asked }.into())
    }

    fn begin(&mut self, cx: &Context<'_>, _: Nothing) -> Went<Waited> {
        Ok(wait(cx, Asked { of: VERSION }))
    }

    fn look(&mut self, cx: &Context<'_>, _: Nothing, asked: Asked, _: &Answers) -> Went<Waited> {
        if asked.of == VERSION {
            return Ok(wait(cx, asked));
        }
        Ok(Step::Done(Waited { asked: asked.of, answered: VERSION }.into()))
    }

    fn ask(&mut self, _: &Context<'_>, _: Nothing) -> Went<Heard> {
        Ok(Wait::new(Asked { of: VERSION }).request("word", Request::form::<Form>("Which word?")).into())
    }

    fn hear(&mut self, _: &Context<'_>, _: Nothing, asked: Asked, answers: &Answers) -> Went<Heard> {
        let FormAnswer::Accepted(form) = answers.form::<Form>("word") else {
            return Err(Failure::new("no-word", "No word was given."));
        };
        Ok(Step::Done(Heard { word: form.word, asked: asked.of, answered: VERSION }.into()))
    }
}

fn wait(cx: &Context<'_>, asked: Asked) -> Step<Waited, Asked> {
    Wait::new(asked).request("timer", Request::SleepUntil(cx.now() + LOOK)).into()
}
