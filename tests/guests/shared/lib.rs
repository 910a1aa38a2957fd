//! What the guests share: marks, by which a test sees what is left of an entry, an age, by which it sees
//! whether the instance is a fresh one, families of versions that replace one another, and all that the protocol has.

pub mod conformance;
pub mod patient;
pub mod relay;

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use mainstay_plugin::prelude::*;

/// Entries that this instance has begun. Guest memory, so a fresh instance starts at 0.
static ENTRIES: AtomicU64 = AtomicU64::new(0);

/// A tool without arguments.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Nothing {}

/// An answer that is of no interest.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Done {
    pub done: bool,
}

/// Everything that was marked and kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Marks {
    /// From the table.
    pub rows: Vec<String>,
    /// From the keys and values.
    pub keys: Vec<String>,
}

/// How many entries the instance has begun, this one included.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Age {
    pub entries: u64,
}

/// The table of marks.
pub fn migrations() -> [Migration; 1] {
    let up = "CREATE TABLE mark (id INTEGER PRIMARY KEY, text TEXT NOT NULL)";
    [Migration { name: "marks", up, down: None }]
}

/// Leaves a mark in a table and one in the keys and values.
///
/// # Errors
/// If the database refuses.
pub fn mark(cx: &Context<'_>, text: &str) -> Result<(), Failure> {
    begin_entry();
    cx.db().execute("INSERT INTO mark (text) VALUES (?1)", params![text])?;
    cx.state().put(&format!("mark/{text}"), text)
}

/// Counts an entry and says how many this instance has begun.
pub fn begin_entry() -> u64 {
    ENTRIES.fetch_add(1, Ordering::Relaxed) + 1
}

/// Never comes back, and does nothing meanwhile.
pub fn spin_for_ever() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// Takes memory until there is no more.
pub fn hoard_for_ever() -> ! {
    let mut hoard = Vec::new();
    loop {
        hoard.push(black_box(vec![1_u8; 1 << 20]));
    }
}

/// The tools that every guest with marks has, after its own.
pub fn with_marks<P: Plugin>(mut tools: Vec<Tool<P>>) -> Vec<Tool<P>> {
    tools.push(Tool::new("mark", "Leaves a mark and answers.", |_: &mut P, cx, args: Mark| {
        mark(cx, &args.text)?;
        Ok(Done { done: true }.into())
    }));
    tools.push(Tool::new("marks", "Says what was marked and kept.", |_: &mut P, cx, _: Nothing| marks(cx)).read_only());
    tools.push(Tool::new("age", "Says how old the instance is.", |_: &mut P, _, _: Nothing| {
        Ok(Age { entries: begin_entry() }.into())
    }));
    tools
}

#[derive(Deserialize, JsonSchema)]
struct Mark {
    /// What to write.
    text: String,
}

fn marks(cx: &Context<'_>) -> Outcome<Marks> {
    let rows = cx.db().query::<(String,)>("SELECT text FROM mark ORDER BY id", params![])?;
    let keys = cx.state().scan::<String>("mark/", None, 1_000)?;
    Ok(Marks { rows: rows.into_iter().map(|(text,)| text).collect(), keys: keys.into_iter().map(|(_, v)| v).collect() }
        .into())
}
