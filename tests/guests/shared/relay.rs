//! The family `relay`: versions of one plugin, any of which can take over from any other. Here is what they
//! have in common; a guest of the family is only what differs.

use std::marker::PhantomData;

use mainstay_plugin::prelude::*;

use crate::{Nothing, spin_for_ever};

/// In what a version differs. Whatever it does not say is as in the others.
pub trait Variant: Sized + 'static {
    /// Semantic version of the logic. Rows and answers say it.
    const VERSION: &'static str;

    /// Adds to the description that the versions have in common: schema 1 and continuations of version 1.
    fn describe(common: Description) -> Description {
        common
    }

    /// Changes the tools that the versions have in common.
    fn tools(common: Vec<Tool<Relay<Self>>>) -> Vec<Tool<Relay<Self>>> {
        common
    }

    fn start() -> Result<(), Failure> {
        Ok(())
    }

    fn quiesce() -> Result<(), String> {
        Ok(())
    }

    fn export(asked: u64) -> Result<Vec<u8>, Failure> {
        Ok(asked.to_string().into_bytes())
    }

    fn import(data: &[u8]) -> Result<u64, String> {
        let text = str::from_utf8(data).map_err(|error| error.to_string())?;
        text.parse().map_err(|_| format!("{text:?} is no number"))
    }

    fn self_test(_cx: &Context<'_>) -> Result<(), Failure> {
        Ok(())
    }

    /// Runs first in every entry of a call. `entries` counts those of this instance, this one included.
    fn begin(_entries: u64) {}

    /// What the tool `spin` does once it has written.
    fn spin() {
        spin_for_ever();
    }

    /// What the tool `same` answers.
    fn same(text: String) -> String {
        text
    }
}

/// A version of the plugin.
#[derive(Debug)]
pub struct Relay<V> {
    /// How often the tool `version` was called. In guest memory, and handed from version to version.
    asked: u64,
    /// In guest memory, and nobody's but this instance's.
    entries: u64,
    variant: PhantomData<V>,
}

/// A row to be.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Append {
    pub client: String,
    pub number: i64,
}

/// A row that was appended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Appended {
    id: i64,
    /// That wrote it.
    version: String,
}

#[derive(Serialize, JsonSchema)]
struct List {
    /// Client, number and version that wrote it, in the order in which they were appended.
    rows: Vec<(String, i64, String)>,
}

#[derive(Serialize, JsonSchema)]
struct Count {
    count: i64,
}

#[derive(Serialize, JsonSchema)]
struct Version {
    version: String,
    /// How often it was asked, in the versions before this one too.
    asked: u64,
}

#[derive(Deserialize, JsonSchema)]
struct Number {
    number: i64,
}

/// The form that is asked.
#[derive(Deserialize, JsonSchema)]
struct Form {
    word: String,
}

/// Where a call goes on that waits for a word.
#[derive(Serialize, Deserialize)]
struct Asked {
    /// The version that asked.
    by: String,
}

#[derive(Serialize, JsonSchema)]
struct Heard {
    id: i64,
    /// The version that asked.
    asked_by: String,
    /// The version that heard the answer.
    heard_by: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Text {
    text: String,
}

/// Leads to schema 1.
pub fn appended() -> Migration {
    let up = "CREATE TABLE appended
        (id INTEGER PRIMARY KEY, client TEXT NOT NULL, number INTEGER NOT NULL, version TEXT NOT NULL)";
    Migration { name: "appended", up, down: None }
}

impl<V> Default for Relay<V> {
    fn default() -> Self {
        Self { asked: 0, entries: 0, variant: PhantomData }
    }
}

impl<V: Variant> Plugin for Relay<V> {
    fn describe() -> Description {
        V::describe(Description::new("relay", V::VERSION).migrations([appended()]))
    }

    fn tools() -> Vec<Tool<Self>> {
        V::tools(vec![
            Tool::new("append", "Appends a numbered row.", Self::append).additive(),
            Tool::new("list", "Lists all rows.", Self::list).read_only(),
            Tool::new("count", "Counts the rows.", Self::count).read_only(),
            Tool::new("version", "Says which version this is, and how often it was asked.", Self::version),
            Tool::waiting("wait_for_word", "Asks for a word and appends it.", Self::ask, Self::hear).additive(),
            Tool::new("spin", "Appends a numbered row and may not come back.", Self::spin).additive(),
            Tool::new("same", "Answers what it was given.", Self::same).idempotent(),
        ])
    }

    fn start(&mut self, _: &Context<'_>, _: serde_json::Value) -> Result<(), Failure> {
        V::start()
    }

    fn quiesce(&mut self, _: &Context<'_>) -> Result<(), String> {
        V::quiesce()
    }

    fn export_state(&self) -> Result<Vec<u8>, Failure> {
        V::export(self.asked)
    }

    fn import_state(&mut self, _: u32, data: &[u8]) -> Result<(), String> {
        self.asked = V::import(data)?;
        Ok(())
    }

    fn self_test(&mut self, cx: &Context<'_>) -> Result<(), Failure> {
        V::self_test(cx)
    }
}

impl<V: Variant> Relay<V> {
    /// The tool `append`, for a variant that wraps it.
    ///
    /// # Errors
    /// If the database refuses.
    pub fn append(&mut self, cx: &Context<'_>, args: Append) -> Outcome<Appended> {
        self.begin();
        let id = insert::<V>(cx, &args.client, args.number)?;
        Ok(Appended { id, version: V::VERSION.to_owned() }.into())
    }

    fn list(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<List> {
        self.begin();
        let rows = cx.db().query("SELECT client, number, version FROM appended ORDER BY id", params![])?;
        Ok(List { rows }.into())
    }

    fn count(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<Count> {
        self.begin();
        let count = cx.db().query_one::<(i64,)>("SELECT count(*) FROM appended", params![])?.unwrap_or_default().0;
        Ok(Count { count }.into())
    }

    fn version(&mut self, _: &Context<'_>, _: Nothing) -> Outcome<Version> {
        self.begin();
        self.asked += 1;
        Ok(Version { version: V::VERSION.to_owned(), asked: self.asked }.into())
    }

    fn ask(&mut self, _: &Context<'_>, _: Number) -> WaitOutcome<Heard, Asked> {
        self.begin();
        let going = Asked { by: V::VERSION.to_owned() };
        Ok(Wait::new(going).request("word", Request::form::<Form>("Which word?")).into())
    }

    fn hear(&mut self, cx: &Context<'_>, args: Number, asked: Asked, answers: &Answers) -> WaitOutcome<Heard, Asked> {
        self.begin();
        let FormAnswer::Accepted(form) = answers.form::<Form>("word") else {
            return Err(Failure::new("no-word", "No word was given."));
        };
        let id = insert::<V>(cx, &form.word, args.number)?;
        let heard = Heard { id, asked_by: asked.by, heard_by: V::VERSION.to_owned() };
        Ok(Step::Done(heard.into()))
    }

    fn spin(&mut self, cx: &Context<'_>, args: Append) -> Outcome<Appended> {
        let appended = self.append(cx, args)?;
        cx.progress(1.0, None, "spinning");
        V::spin();
        Ok(appended)
    }

    fn same(&mut self, _: &Context<'_>, args: Text) -> Outcome<Text> {
        self.begin();
        Ok(Text { text: V::same(args.text) }.into())
    }

    fn begin(&mut self) {
        self.entries += 1;
        V::begin(self.entries);
    }
}

/// Appends a row without any protection against doing it twice: so that doing it twice would show.
fn insert<V: Variant>(cx: &Context<'_>, client: &str, number: i64) -> Result<i64, Failure> {
    let insert = "INSERT INTO appended (client, number, version) VALUES (?1, ?2, ?3)";
    let rows = cx.db().batch(vec![Statement::new(insert, params![client, number, V::VERSION])])?;
    Ok(rows[0].last_insert_rowid())
}
